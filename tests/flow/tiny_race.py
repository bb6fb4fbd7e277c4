"""A race without networks: strategies and controls whose answers are as right as a test says."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np

from warmstart.controls._base import Control
from warmstart.core.adapted import Adapted
from warmstart.core.material import Material
from warmstart.core.task import Task
from warmstart.errors import NotApplicable
from warmstart.flow.plan import Candidate, Plan
from warmstart.flow.split import Rows
from warmstart.strategies._base import Strategy

ROWS = 200
AVERAGED = 0.95


class Answers(Adapted):
    """Is right on the first share of the rows, and equally sure everywhere."""

    def __init__(self, codes: np.ndarray, share: float, sure: float = 0.9, **learned: Any) -> None:
        self.codes, self.share, self.sure = codes, share, sure
        self.learned_, self.seconds_, self.history_ = learned, 0.5, []

    def predict_proba(self, inputs: Any, rows: np.ndarray) -> np.ndarray:
        right = np.random.default_rng(0).permutation(len(self.codes)) < self.share * len(self.codes)
        answered = np.where(right, self.codes, 1 - self.codes)
        return np.where(np.arange(2) == answered[rows, None], self.sure, 1 - self.sure)

    def average(self, others: Any) -> Answers:
        return Answers(self.codes, AVERAGED)

    def deliver(self, temperature: float = 1.0) -> Any:
        raise NotImplementedError


class Probe(Strategy):
    name, summary, share = "probe", "a probe", 0.8

    def settings(self, backbone: Any) -> list[Any]:
        return [{"stages": "last", "cut": "top"}, {"stages": "all", "cut": "top"}]

    def fit(self, material: Any, assignment: Any) -> Answers:
        better = 0.02 if assignment.setting["stages"] == "all" else 0.0
        return Answers(material.codes, self.share + better, penalty=0.1)


class Prototypes(Probe):
    name, summary, share = "prototypes", "class means", 0.7


class Partial(Strategy):
    name, summary, iterative, forgets = "partial", "the top", True, 1
    shares: ClassVar[dict[str, float]] = {"top": 0.9, "middle": 0.3}

    def __init__(self) -> None:
        self.asked = ASKED

    def settings(self, backbone: Any) -> list[Any]:
        return [{"cut": "top"}, {"cut": "middle"}]

    def fit(self, material: Any, assignment: Any) -> Answers:
        self.asked.append(assignment)
        return Answers(material.codes, self.shares[assignment.setting["cut"]])


class Majority(Control):
    name, summary, learns = "majority", "the shares", False

    def prepare(self, material: Any, decoder: Any, **options: Any) -> str:
        PREPARED.append(self.name)
        return "prepared"

    def fit(self, material: Any, prepared: Any, rows: np.ndarray, terms: Any) -> Answers:
        FITTED.append((self.name, rows, terms))
        return Answers(material.codes, 0.6, sure=0.55, penalty=3.0)


class Scratch(Majority):
    name, iterative = "scratch", True


class Untouched(Majority):
    name, borrows = "untouched", True

    def applies(self, material: Any) -> None:
        raise NotApplicable("the source has no head of its own.")


ASKED: list[Any] = []
PREPARED: list[str] = []
FITTED: list[Any] = []
PARTS: dict[str, dict[str, Any]] = {
    "strategies": {kind.name: kind for kind in (Partial, Probe, Prototypes)},
    "controls": {kind.name: kind for kind in (Majority, Scratch, Untouched)},
}


def replace_parts(patch: Any) -> None:
    """Let the race find these parts only, and forget what was asked of them before."""
    from warmstart.flow import race

    patch.setattr(race, "parts", lambda folder: list(PARTS[folder].values()))
    patch.setattr(race, "part", lambda folder, name: PARTS[folder][name])
    for kept in (ASKED, PREPARED, FITTED):
        kept.clear()


class Ledger:
    """A run that only remembers."""

    def __init__(self) -> None:
        self.record: dict[str, Any] = {}
        self.notes: list[dict[str, Any]] = []
        self.seconds = 0.0

    def settle(self, name: str, value: Any) -> Any:
        return self.record.setdefault(name, value)

    def require_same_source(self, card: Any) -> None:
        """Refuse nothing: no run is gone on with here."""

    def note(self, event: str, **fields: Any) -> None:
        self.notes.append({"event": event, **fields})

    def elapsed(self) -> float:
        return self.seconds


def plan(*epochs: tuple[str, int], scratch: int = 3, longer: bool = False) -> Plan:
    """Return a plan that trains above some cuts."""
    candidates = tuple(Candidate("partial", {"cut": cut}, count, 10.0, longer=longer) for cut, count in epochs)
    reason = "" if scratch else "one epoch from scratch takes 90 s, and its limit is 20 s"
    seconds = {"input": 0.05, "middle": 0.02, "top": 0.01}
    return Plan(100.0, (("deliver", 10.0),), candidates, (), seconds, 4, (), scratch, reason)


def bench(planned: Plan | None = None, **changes: Any) -> Any:
    """Return a workbench of 200 rows of two classes."""
    codes = np.arange(ROWS) % 2
    said: list[Any] = []
    config = SimpleNamespace(seed=0, strategy=changes.pop("strategy", ("auto",)), tolerance=0.003)
    tools = SimpleNamespace(
        config=config,
        run=Ledger(),
        decoder=None,
        progress=lambda *step: said.append(step),
        leader=said.append,
        said=said,
    )
    stages = tuple(SimpleNamespace(name=name) for name in ("middle", "top"))
    cuts = ["input", *(stage.name for stage in stages)]
    backbone: Any = SimpleNamespace(
        card=SimpleNamespace(name="tiny", licence="MIT", lineage=()), stages=stages, cut=cuts.index, modality="image"
    )
    nothing: Any = None
    material = Material(nothing, Task(("a", "b"), "image"), codes, backbone, nothing)
    values: dict[str, Any] = {
        "tools": tools,
        "material": material,
        "metric": "accuracy",
        "plan": planned or plan(),
        "rows": Rows(codes, codes, np.arange(ROWS)),
        "prepared": {},
        "crossed": False,
        "few": False,
        "ranking_reason": "",
        "ranking": [],
        "views": {},
        "answered": {},
        "shares": lambda rows: np.bincount(codes[rows], minlength=2) / len(rows),
        "checkpoint": lambda scope, name: f"{scope}-{name}",
    }
    return SimpleNamespace(**values | changes)

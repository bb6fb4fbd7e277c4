"""From the data, the speed of a source on this machine and what was asked for to a plan."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from warmstart.controls._base import Control
from warmstart.core.backbone import Backbone
from warmstart.core.catalog import catalog, part, parts
from warmstart.core.dataset import Dataset
from warmstart.core.split import Split
from warmstart.errors import BudgetError, OptionError, listed
from warmstart.flow.config import FitConfig
from warmstart.flow.few_labels import EPOCHS as FEW_EPOCHS
from warmstart.flow.few_labels import NO_SCRATCH, judging_seconds, trained_rows
from warmstart.flow.other_source import choose_other
from warmstart.flow.plan import NO_OTHER, OtherSource, Pace, Plan, Sizes, Wish, make_plan
from warmstart.flow.rank import Ranked
from warmstart.flow.sources import Contender
from warmstart.flow.speed import Speed
from warmstart.flow.split import OUTER_FOLDS
from warmstart.flow.views import views_of
from warmstart.flow.workbench import Tools

EPOCHS = {"image": 6, "text": 3}


@dataclass(frozen=True)
class Planning:
    """What a plan is made from, whichever source is taken.

    Parameters
    ----------
    classes : how many there are.
    crossed : whether every row is tested once, by outer folds.
    few : whether there are few labels a class.
    """

    tools: Tools
    dataset: Dataset
    classes: int
    split: Split
    crossed: bool
    few: bool

    def cuts(self, backbone: Backbone) -> list[str]:
        """Return the names of the cuts that training may start from, "input" among them."""
        cuts = ["input", *(str(wish.setting["cut"]) for wish in self._wishes(backbone))]
        return list(dict.fromkeys(cuts))

    def pays(self, backbone: Backbone, speed: Speed) -> bool:
        """Return whether the budget pays for what is wanted most in full: every epoch, and fitting it again.

        Parameters
        ----------
        speed : of the source, or of another with the like of its cuts.
        """
        wanted = self._wishes(backbone)[:1]
        try:
            plan = self._made(wanted, speed, NO_OTHER)
        except BudgetError:
            return False
        return not wanted or any(one.again and one.epochs == plan.epochs for one in plan.candidates)

    def plan(self, ranked: Ranked, entrants: Sequence[Contender]) -> Plan:
        """Return the plan that run.json holds; make it where there is none yet.

        Parameters
        ----------
        entrants : the sources that might have been taken.

        Raises
        ------
        BudgetError : the budget does not pay for what has to be done.
        """
        if "plan" not in self.tools.run.record:
            other = choose_other(self.tools, self.dataset, ranked, entrants)
            plan = self._made(self._wishes(ranked.backbone), ranked.speed, other)
            self.tools.run.settle("plan", plan.to_json())
        return Plan.from_json(self.tools.run.record["plan"])

    def _wishes(self, backbone: Backbone) -> list[Wish]:
        return wishes_of(self.tools.config, backbone, few=self.few)

    def _made(self, wishes: Sequence[Wish], speed: Speed, other: OtherSource) -> Plan:
        """Return the plan for a source of that speed."""
        named = self.tools.config.strategy
        return make_plan(
            self.tools.config.budget,
            self._pace(speed),
            self._sizes(),
            wishes,
            forced=named != ("auto",) and all(part("strategies", name).iterative for name in named),
            other=other,
            no_scratch=NO_SCRATCH if self.few else "",
        )

    @property
    def _rows(self) -> int:
        return self.split.count("train") + self.split.count("validation")

    @property
    def _train(self) -> int:
        return round(0.8 * 0.8 * self._rows) if self.crossed else self.split.count("train")

    def _pace(self, speed: Speed) -> Pace:
        """Return what this machine needs."""
        closed = judging_seconds if self.few else closed_seconds
        return Pace(
            spent=self.tools.run.elapsed(),
            embed_row=speed.embed_row,
            train_row=speed.train_row,
            control=_control_seconds(self.dataset.modality, len(self.dataset)),
            closed=closed(self._train, self.classes),
        )

    def _sizes(self) -> Sizes:
        """Return how many rows there are for what."""
        modality = self.dataset.modality
        return Sizes(
            all=len(self.dataset),
            train=trained_rows(self._rows) if self.few else self._train,
            fitted=round(0.8 * self._rows) if self.crossed else self._rows,
            refits=not self.few,
            repeats=OUTER_FOLDS + 1 if self.crossed else 1,
            views=() if self.few else views_of(modality),
            epochs=FEW_EPOCHS if self.few else EPOCHS.get(modality, 4),
        )


def wishes_of(config: FitConfig, backbone: Backbone, *, few: bool) -> list[Wish]:
    """Return the iterative candidates that may enter, the most wanted first; with few labels, those made for them.

    Of the cuts of one strategy the deepest comes first: where it can be paid, it is rarely beaten.

    Raises
    ------
    OptionError : a named strategy, or the named cut, does not exist, nothing lies above the cut, or L2-SP
        concerns none of them.
    """
    cut = None if config.cut == "auto" else backbone.cut(config.cut)
    if cut == len(backbone.stages):
        raise OptionError(
            f"`--cut` must leave a stage to train. '{config.cut}' is the last of '{backbone.card.name}'. "
            f"Name an earlier one, such as {backbone.stages[len(backbone.stages) // 2].name}, or leave --cut."
        )
    names = list(catalog("strategies")) if config.strategy == ("auto",) else list(config.strategy)
    found: list[Wish] = []
    for name in names:
        kind = part("strategies", name)
        unasked = kind.for_few == few and backbone.modality in kind.proven
        if not kind.iterative or (config.strategy == ("auto",) and not unasked):
            continue
        settings = kind().settings(backbone)
        if cut is not None and backbone.cut(settings[0]["cut"]) > 0:
            settings = [{**settings[0], "cut": backbone.cut_name(cut)}]
        if config.l2_sp and kind.anchored:
            settings = [{**setting, "l2_sp": config.l2_sp} for setting in settings]
        found += [Wish(name, setting, kind.fewest_epochs) for setting in reversed(settings)]
    if config.l2_sp and not any("l2_sp" in wish.setting for wish in found):
        concerned = listed([name for name in catalog("strategies") if part("strategies", name).anchored])
        raise OptionError(f"`--l2-sp` concerns {concerned} alone. None of them may enter: name one with --strategy.")
    modality = backbone.card.modality
    return sorted(found, key=lambda wish: part("strategies", wish.strategy)().turn(modality))


def closed_seconds(train: int, classes: int) -> float:
    """Return what fitting all closed forms once is predicted to take."""
    return 0.2 + 0.0015 * train * math.sqrt(classes)


def _control_seconds(modality: str, rows: int) -> float:
    """Return what preparing and fitting the quick controls is predicted to take."""
    kinds: list[type[Control]] = parts("controls")
    return sum(one.start_seconds.get(modality, 0.0) + one.row_seconds.get(modality, 0.0) * rows for one in kinds)

"""Plant transfer that harms or is of no use beside transfer that helps, and see what is said and delivered.

    python benchmarks/negative_transfer.py [--draws 20] [--cases "a,b"] [--workers 2] [--work FOLDER]

Every draw takes some rows of a pool for a user's own, and runs on them what `fit` runs: the race of the closed
forms and of the controls, candidate and control named on validation, the sealed or cross-fitted test, the verdict,
and the choice of what is delivered. All other rows of the pool tell the truth about what is delivered and about
every control. What a draw found is kept in the work folder: run again, it goes on where it was.

A draw is harmful where the case was planted as of no use, and the candidate in truth gains nothing over the control
that was named beside it. The best control of a case is the one with the best mean truth.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path

import numpy as np
from _draws import CLOSED_FORMS_ALONE, World, controls_in_truth, judge, truth_of, workbench, world_of
from _planted_cases import Case, cases
from _planted_sources import Workshop
from _planted_verdicts import Drawn, claims, report

from warmstart.flow.config import FitConfig
from warmstart.flow.run import open_run
from warmstart.flow.workbench import Tools
from warmstart.learning.transfer_gain import transfer_gain
from warmstart.runtime.decode import Decoder
from warmstart.store.cache import Cache
from warmstart.store.journal import Journal


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--cases", default="", help="parts of their names, separated by commas; all by default")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--work", type=Path, default=Path("negative-transfer-work"))
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    wanted = [one for one in cases() if any(part in one.name for part in options.cases.split(","))]
    found = measured(wanted, options.draws, options.work, options.workers)
    print(report(found), flush=True)
    held_out = {case.name for case in wanted if case.tested}
    for how, crossed in (("outer folds", True), ("held-out rows", False)):
        print(f"\ntested by {how}:", *claims([one for one in found if (one.case not in held_out) == crossed]), sep="\n")


def measured(wanted: Sequence[Case], draws: int, work: Path, workers: int) -> list[Drawn]:
    """Return all draws of the cases, those that an earlier run made from its journal."""
    journal = Journal(work / "draws.jsonl")
    order = {one.name: place for place, one in enumerate(wanted)}
    kept = [Drawn(**line) for line in journal.records()]
    found = [one for one in kept if one.case in order and one.draw < draws]
    done = {(one.case, one.draw) for one in found}
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _use_one_core) as pool:
        for case in wanted:
            left = [draw for draw in range(draws) if (case.name, draw) not in done]
            if not left:
                continue
            start = time.perf_counter()
            opened(case.name, work)
            for future in as_completed([pool.submit(drawn, case.name, draw, work) for draw in left]):
                found.append(future.result())
                journal.append(asdict(found[-1]))
            sys.stderr.write(f"{case.name}: {len(left)} draws, {time.perf_counter() - start:.0f} s\n")
    return sorted(found, key=lambda one: order[one.case])


def _use_one_core() -> None:
    from threadpoolctl import threadpool_limits

    from warmstart.training.threads import use_threads

    use_threads(1)
    threadpool_limits(1)


@lru_cache(maxsize=1)
def opened(name: str, work: Path) -> tuple[Case, World]:
    """Return a case by name, with its pool as its source sees it."""
    case = next(one for one in cases() if one.name == name)
    with Decoder(workers=2) as decoder:
        cache = Cache(work / "cache")
        source = case.source(Workshop(work, cache, decoder))
        return case, world_of(case.task(), source, work, cache, decoder)


def drawn(name: str, draw: int, work: Path) -> Drawn:
    """Draw rows, run the procedure on them, and learn the truth about it from all others."""
    case, world = opened(name, work)
    places = np.random.default_rng(draw).permutation(len(world.material.codes))
    fitted, tested = np.sort(places[: case.rows]), np.sort(places[case.rows :][: case.tested])
    config = FitConfig(data=case.name, seed=draw, threads=1)
    with tempfile.TemporaryDirectory() as folder, Decoder(workers=1) as decoder:
        with open_run(Path(folder), config.to_json()) as run:
            tools = Tools(config, run, decoder, Cache(work / "cache"), threads=1)
            bench = workbench(world, tools, fitted, tested, plan=CLOSED_FORMS_ALONE)
            judged = judge(bench)
        gain = transfer_gain(judged.evidence)
        controls = controls_in_truth(world, bench, judged)
    choice, known = judged.choice, case.exact
    candidate, delivered = (truth_of(world, bench, one) for one in (choice.candidate, choice.delivered))
    return Drawn(
        case.name,
        draw,
        case.helpful,
        gain.verdict,
        gain.gain.value,
        gain.detectable,
        delivered if known is None else known,
        candidate if known is None else known,
        controls[choice.control.trial.name] if known is None else known,
        controls if known is None else dict.fromkeys(controls, known),
    )


if __name__ == "__main__":
    main()

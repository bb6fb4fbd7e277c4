"""`predict --explain`: a few answers, and what each rests on: words with weights, patches of images, heat maps."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warmstart.errors import OptionError, PathError

if TYPE_CHECKING:
    from warmstart.cli._late_progress import LateProgress
    from warmstart.cli._predict_inputs import Inputs, Item
    from warmstart.runtime.answers import Answers
    from warmstart.runtime.bundle import Bundle
    from warmstart.runtime.decode import Decoder
    from warmstart.runtime.explain import Explanation

MOST = 20
FILE = "explained.json"
HEAT_SIDE = 512


@dataclass(frozen=True)
class Explained:
    """An input, its record as `predict` writes it, and what the answer rests on; None where nothing can be hidden.

    Parameters
    ----------
    heat_map : the file with its heat map; None where none was asked for or there is nothing to see.
    """

    item: Item
    record: dict[str, Any]
    found: Explanation | None
    heat_map: Path | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the record with what was found as plain values; words come in the order of the text."""
        if self.found is None:
            return {**self.record, "explained": None}
        said = self.found.to_json()
        if self.found.spans is not None:
            said["words"] = [
                {"text": str(self.item.cell)[start:stop], "start": start, "stop": stop, "weight": weight}
                for start, stop, weight in said.pop("spans")
            ]
        return {
            **self.record, "explained": said, **({"heat_map": str(self.heat_map)} if self.heat_map else {})
        }  # fmt: skip


def show_explained(
    bundle: Bundle,
    inputs: Inputs,
    *,
    form: str | None,
    out: Path | None,
    as_json: bool,
    threads: int | None,
    batch_size: int,
    below: float,
) -> None:
    """Predict and explain a few inputs, and show them to people, or as JSON, or as JSON Lines.

    Parameters
    ----------
    form : "json" for JSON Lines; a table is what people get anyway.
    out : a folder for explained.json and the heat maps of images.
    below : the probability below which no answer is given.

    Raises
    ------
    OptionError : there are too many inputs, or the format is CSV.
    PathError : `out` is a file.
    DataError : no input could be read.
    """
    from warmstart.cli._late_progress import LateProgress
    from warmstart.cli._predict_stream import Stream
    from warmstart.cli._predict_written import Tally
    from warmstart.runtime.decode import Decoder

    if form == "csv":
        raise OptionError("`--explain` cannot be written as CSV. Take --format json or --json, or leave --format.")
    if out is not None and out.is_file():
        raise PathError(f"With `--explain`, `--out` must be a folder. '{out}' is a file.")
    items = _few(inputs)
    tally = Tally()
    with LateProgress("explaining") as progress, Decoder() as decoder:
        stream = Stream(bundle, decoder, threads, batch_size)
        [answers] = stream.answers(replace(inputs, items=iter(items)), progress)
        tally.add(answers)
        explained = _explained(bundle, items, replace(answers, abstain_below=below), decoder, threads, progress)
        if out is not None:
            explained = [_with_heat_map(one, out, place, decoder) for place, one in enumerate(explained, start=1)]
    _write(explained, bundle, out=out, lines=form == "json", as_json=as_json)
    tally.check()
    sys.stderr.write(tally.about_novelty(bundle.no_feature_reference) + "\n")


def _few(inputs: Inputs) -> list[Item]:
    """Return the inputs, which may not be many."""
    items = list(islice(inputs.items, MOST + 1))
    if len(items) > MOST:
        raise OptionError(
            f"`--explain` asks the model about 25 times an input, and takes at most {MOST} inputs. Got more. "
            "Name those that you wonder about."
        )
    return items


def _explained(
    bundle: Bundle,
    items: Sequence[Item],
    answers: Answers,
    decoder: Decoder,
    threads: int | None,
    progress: LateProgress,
) -> list[Explained]:
    """Explain the decided class of every input that was read."""
    from warmstart.runtime.explain import explain

    found = []
    for place, (item, record) in enumerate(zip(items, answers.records(), strict=True)):
        code = int(answers.codes[place])
        why = None if code < 0 else explain(bundle, item.cell, code, decoder=decoder, threads=threads)
        found.append(Explained(item, record, why))
        progress("explain", place + 1, len(items))
    return found


def _with_heat_map(explained: Explained, folder: Path, place: int, decoder: Decoder) -> Explained:
    """Write the heat map of an image into the folder, and return the explanation with where it is."""
    from warmstart.report.occlusion import heat_png
    from warmstart.store.atomic import write_bytes

    if explained.found is None or explained.found.spans is not None:
        return explained
    [thumbnail] = decoder.map("thumbnail", [explained.item.cell], {"side": HEAT_SIDE})
    drawn = None if thumbnail.value is None else heat_png(thumbnail.value["png"], explained.found.to_json())
    if drawn is None:
        return explained
    name = re.sub(r"[^\w.-]+", "_", Path(explained.item.name).stem)[:80]
    target = folder / f"{place:02d}-{name}.png"
    write_bytes(target, drawn)
    return replace(explained, heat_map=target)


def _write(explained: Sequence[Explained], bundle: Bundle, *, out: Path | None, lines: bool, as_json: bool) -> None:
    """Write to stdout in the form that was asked for, and everything into the folder where there is one."""
    from warmstart.cli._explained_shown import print_explained
    from warmstart.core.wording import count
    from warmstart.store import strict_json

    records = [one.to_json() for one in explained]
    whole = {"bundle": str(bundle.path), "classes": list(bundle.labels.classes), "predictions": records}
    if out is not None:
        strict_json.save(out / FILE, whole)
    if as_json:
        sys.stdout.write(strict_json.dumps(whole, indent=1) + "\n")
    elif lines:
        sys.stdout.write("".join(strict_json.dumps(record) + "\n" for record in records))
    else:
        print_explained(explained)
    if out is not None:
        maps = sum(one.heat_map is not None for one in explained)
        sys.stderr.write(f"Wrote {FILE} and {count(maps, 'heat map')} to {out}\n")

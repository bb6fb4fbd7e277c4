"""What exploring found, in plain values: result.json, what the page shows, and the bundle's README.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from warmstart.core.card import Card
from warmstart.flow.config import is_named
from warmstart.flow.explore.config import ExploreConfig
from warmstart.flow.explore.matched import Matched, as_json
from warmstart.flow.explore.rows import FACE, Rows, cards, points
from warmstart.flow.explore.unlabelled import FOLDER, Unlabelled
from warmstart.flow.next_commands import command, predict, show
from warmstart.flow.run import versions
from warmstart.learning.flat_map import FlatMap
from warmstart.learning.grouping import COMPARED_ROWS, Grouping, representatives
from warmstart.learning.intervals import Interval
from warmstart.learning.outliers import NEIGHBOURS, NOTABLE
from warmstart.learning.stability import LEAST_GAIN, SHAKY, SHARE, STEADY, Candidate
from warmstart.readers._base import ReadOptions
from warmstart.readers._places import places
from warmstart.runtime.decode import Decoder
from warmstart.store import strict_json

SCHEMA = "warmstart.explore/1"
REPRESENTATIVES = 6
MOST_FACES = 60
OUTLIERS = 24
MOST_PAIRS = 1_000
PAIRS_SHOWN = 12
WAYS = {"umap": "UMAP", "t-sne": "t-SNE", "pca": "the two strongest principal components"}


@dataclass(frozen=True)
class Explored:
    """All that was found.

    Parameters
    ----------
    card : of the source.
    names : of the clusters.
    words : the top words of every cluster, none for images.
    outliers : the outlier score of every row (rows,).
    matched : against labels, or None.
    """

    rows: Unlabelled
    card: Card
    grouping: Grouping
    names: tuple[str, ...]
    words: list[list[str]]
    outliers: np.ndarray
    map: FlatMap
    matched: Matched | None

    @property
    def representatives(self) -> list[np.ndarray]:
        """The rows nearest to the centre of every cluster, no two of the same content."""
        grouping = self.grouping
        return representatives(
            grouping.values, grouping.centres, grouping.codes, rows=self.rows.distinct, most=REPRESENTATIVES
        )

    @property
    def strangest(self) -> np.ndarray:
        """The rows that lie notably apart, the farthest first, no two of the same content."""
        own = self.rows.distinct
        order = own[np.argsort(-self.outliers[own], kind="stable")]
        return np.asarray(order[self.outliers[order] >= NOTABLE])


def describe(found: Explored, config: ExploreConfig, *, threads: int) -> dict[str, Any]:
    """Return the result as plain values, without seconds."""
    dataset, grouping = found.rows.dataset, found.grouping
    result = {
        "schema": SCHEMA,
        "data": dataset.name,
        "modality": dataset.modality,
        "rows": {"used": len(dataset), "different": len(found.rows.distinct), "skipped": len(dataset.skipped)},
        "source": found.card.name,
        "reduction": {
            "way": "principal components of the last stage",
            "dimensions": grouping.centres.shape[1],
            "kept": grouping.reduction.kept,
        },
        "chosen": {**_candidate(grouping.chosen), "given": config.clusters is not None, "sentence": how_chosen(found)},
        "candidates": [_candidate(one) for one in grouping.candidates],
        "clusters": _clusters(found),
        "outliers": {"notable": len(found.strangest), "rows": _outliers(found)},
        "duplicates": _duplicates(found.rows),
        "map": {"way": found.map.way, "laid_out": found.map.laid_out, "sentence": how_mapped(found)},
        "labels": None if found.matched is None else as_json(found.matched),
        "skipped": [{"id": row.id, "reason": row.reason} for row in dataset.skipped],
        "next": next_commands(found, config),
        "seed": config.seed,
        "threads": threads,
        "versions": versions(),
    }
    plain: dict[str, Any] = strict_json.plain(result)
    return plain


def page_contents(found: Explored, table: Rows, decoder: Decoder, *, seed: int) -> dict[str, Any]:
    """Return what the page shows of single rows: points, cards of clusters, outliers and duplicates."""
    near, strange = found.representatives[:MOST_FACES], found.strangest[:OUTLIERS]
    pairs = _shown_pairs(found.rows)
    wanted = np.concatenate([*near, strange, pairs.ravel()]).astype(np.int64)
    dataset = found.rows.dataset
    return {
        "points": points(table, decoder, wanted=wanted, seed=seed),
        "clusters": [cards(dataset, rows, decoder, side=FACE) for rows in near],
        "outliers": cards(dataset, strange, decoder),
        "duplicates": [cards(dataset, pair, decoder) for pair in pairs],
    }


def how_chosen(found: Explored) -> str:
    """Return how the number of clusters was chosen, and how far to trust them, in sentences."""
    chosen, grouping = found.grouping.chosen, found.grouping
    few = f" on {COMPARED_ROWS:,} rows" if len(found.rows.distinct) > COMPARED_ROWS else ""
    agreement = (
        f"two samples of {100 * SHARE:.0f} % of the rows agree on the groups with an adjusted Rand index of "
        f"{chosen.stability or 0.0:.2f} (1 is full agreement, 0 is chance), and with {chosen.reference:.2f} where rows "
        "are spread alike and have no groups"
    )
    opening = f"Of {len(grouping.candidates)} ways tried{few}, {_way(chosen)} stand out most"
    if grouping.asked is not None:
        opening = f"{grouping.asked} clusters were asked for"
    if grouping.asked is not None and len(grouping.centres) < grouping.asked:
        opening += f", and {len(grouping.centres)} found, as no more rows look different to the source"
    return f"{opening}: {agreement}. {_trust(chosen)}"


def _way(chosen: Candidate) -> str:
    """Return a way to group as a phrase."""
    return f"the {chosen.clusters} clusters of {chosen.method.name.split(',')[0]}"


def _trust(chosen: Candidate) -> str:
    """Return what a stability means for who reads it."""
    stability = chosen.stability or 0.0
    if chosen.gain < LEAST_GAIN * (1 - chosen.reference):
        return "That is hardly more: take the clusters as a way to cut the data up, not as groups that it has."
    if stability >= STEADY:
        return "Other rows of the same kind would give nearly the same clusters."
    if stability >= SHAKY:
        return "Other rows of the same kind would give similar clusters, with other borders."
    return "Other rows of the same kind would give clusters that overlap with these, and not the same ones."


def how_mapped(found: Explored) -> str:
    """Return how the map was made."""
    rows = len(found.map.places)
    rest = (
        "" if found.map.laid_out == rows else f", of {found.map.laid_out:,} rows; the others lie between their nearest"
    )
    return f"The map is {WAYS[found.map.way]}{rest}. Neighbours on it are alike; distances across it say little."


def next_commands(found: Explored, config: ExploreConfig) -> list[str]:
    """Return three commands that make sense now; two where no command could name the data."""
    first = [show(config.out), predict(config.out / "bundle", found.rows.dataset.modality)]
    if not is_named(config.data):
        return first
    return [*first, _with_labels(found, config) if found.matched is None else _fitted(config)]


def _with_labels(found: Explored, config: ExploreConfig) -> str:
    """Return the command that finds the same clusters and holds them against labels."""
    inside = {place.label for place in places(found.rows.dataset.ids) if place.label}
    labels = FOLDER if Path(config.data).is_dir() and len(inside) > 1 else "COLUMN"
    count = "auto" if config.clusters is None else str(config.clusters)
    said = {"--source": config.source, "--clusters": count, "--map": config.map}
    options = [word for option, value in said.items() if value != "auto" for word in (option, value)]
    options += ["--out", f"{config.out}-labels"]
    return command(
        "explore", config.data, "--labels", labels, *options, options=ReadOptions(config.inputs), seed=config.seed
    )


def _fitted(config: ExploreConfig) -> str:
    """Return the command that learns to tell the labels."""
    source = () if config.source == "auto" else ("--source", config.source)
    target = None if config.labels == FOLDER and Path(config.data).is_dir() else config.labels
    return command("fit", config.data, *source, options=ReadOptions(config.inputs, target), seed=config.seed)


def readme(found: Explored, *, name: str) -> str:
    """Return the text of the bundle's README.md."""
    rows = "\n".join(
        f"| {cluster['name']} | {cluster['rows']:,} | {100 * cluster['share']:.1f} % |" for cluster in _clusters(found)
    )
    dataset = found.rows.dataset
    return (
        f"# {name}\n\nClusters of {len(dataset):,} {dataset.modality}s, found without labels in what "
        f"{found.card.name} ({found.card.licence}) sees. {how_chosen(found)}\n\n"
        f"| cluster | rows | share |\n|---|---|---|\n{rows}\n\n"
        "A new input belongs to the cluster with the nearest centre. Its probability says how often clusterings of "
        "other samples of these rows would have put it there.\n\n"
        f"```bash\nwarmstart predict {name}/bundle INPUT…\n```\n"
    )


def _candidate(one: Candidate) -> dict[str, Any]:
    stability = None
    if one.stability is not None:
        low, high = one.stability - one.error, min(one.stability + one.error, 1.0)
        stability = Interval(one.stability, low, high).to_json()
    return {
        "method": one.method.name,
        "clusters": one.clusters,
        "stability": stability,
        "reference": one.reference,
        "reason": one.reason,
    }


def _clusters(found: Explored) -> list[dict[str, Any]]:
    """Return every cluster with its size, how many rows stay in it, its words and its nearest rows."""
    ids, rows = found.rows.dataset.ids, len(found.rows.dataset)
    counts = np.bincount(found.grouping.codes, minlength=len(found.names))
    kept = [None if np.isnan(share) else float(share) for share in found.grouping.kept]
    return [
        {
            "number": place + 1,
            "name": found.names[place],
            "rows": int(counts[place]),
            "share": float(counts[place] / rows),
            "kept": kept[place],
            "words": found.words[place],
            "representatives": [ids[row] for row in near],
            "labels": _labels(found.matched, place),
        }
        for place, near in enumerate(found.representatives)
    ]


def _labels(matched: Matched | None, cluster: int) -> list[list[Any]]:
    """Return the labels of a cluster's rows with their shares of the labelled ones, the commonest first."""
    if matched is None:
        return []
    counts = matched.table[cluster]
    order = [int(code) for code in np.argsort(-counts, kind="stable") if counts[code]]
    return [[matched.labels.task.classes[code], float(counts[code] / counts.sum())] for code in order]


def _outliers(found: Explored) -> list[dict[str, Any]]:
    """Return the rows that lie notably apart, each with a sentence."""
    dataset, entries = found.rows.dataset, []
    for row in found.strangest[:OUTLIERS]:
        score, name = float(found.outliers[row]), found.names[found.grouping.codes[row]]
        sentence = (
            f"It lies {score:.1f} times as far from its {NEIGHBOURS} nearest {dataset.modality}s as these lie from "
            f"theirs; the nearest cluster is {name}."
        )
        entries.append({"id": dataset.ids[row], "score": score, "cluster": name, "sentence": sentence})
    return entries


def _duplicates(rows: Unlabelled) -> dict[str, Any]:
    """Return the pairs of rows that repeat each other, MOST_PAIRS of each kind at most."""
    ids, near = rows.dataset.ids, np.zeros((0, 2), np.int64) if rows.near is None else rows.near
    return {
        "exact": len(rows.exact),
        "near": None if rows.near is None else len(near),
        "exact_pairs": [[ids[one], ids[two]] for one, two in rows.exact[:MOST_PAIRS].tolist()],
        "near_pairs": [[ids[one], ids[two]] for one, two in near[:MOST_PAIRS].tolist()],
    }


def _shown_pairs(rows: Unlabelled) -> np.ndarray:
    """Return the pairs that the page shows, near ones first: equal ones look alike."""
    parts: Sequence[np.ndarray] = [rows.exact] if rows.near is None else [rows.near, rows.exact]
    return np.concatenate(parts)[:PAIRS_SHOWN].reshape(-1, 2)

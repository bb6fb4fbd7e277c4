"""Deliver what exploring found as an ordinary bundle: a linear layer on the source names the cluster of an input."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from warmstart.core.backbone import Backbone
from warmstart.core.card import Ancestor
from warmstart.core.dataset import Dataset
from warmstart.core.representation import Representation
from warmstart.core.task import Task
from warmstart.errors import BundleError
from warmstart.flow.deliver import BundleFacts, deliver
from warmstart.flow.run import versions
from warmstart.learning.grouping import Grouping
from warmstart.learning.rotation import moments
from warmstart.runtime.bundle import Bundle
from warmstart.runtime.decode import Decoder
from warmstart.runtime.graph import Graph
from warmstart.runtime.predictor import Predictor
from warmstart.runtime.prepare import preparation
from warmstart.store.hashing import content_address
from warmstart.training.transferred import Transferred

CHECKED_ROWS = 16
ENGINES_AGREE = 0.01


def deliver_clusters(
    folder: Path,
    grouping: Grouping,
    names: Sequence[str],
    *,
    dataset: Dataset,
    backbone: Backbone,
    representation: Representation,
    readme: str,
    decoder: Decoder,
    threads: int,
) -> Bundle:
    """Write the bundle, read it back, and compare its answers with those of the clustering.

    Parameters
    ----------
    folder : the bundle's; the run's name is that of the folder it lies in.
    names : of the clusters, in the order of their codes.

    Raises
    ------
    BundleError : the graph answers otherwise than the clustering that it was made from.
    """
    stages = [stage.name for stage in backbone.stages]
    model = Transferred(backbone, grouping.head(), (stages[-1],), len(stages))
    made = model.deliver()
    predictor = Predictor(
        preparation(made.preparation, made.assets),
        Graph(made.graph, threads=threads),
        by_length=dataset.modality == "text",
    )
    rows = np.arange(0, len(dataset), -(-len(dataset) // CHECKED_ROWS))
    found = predictor.predict([dataset.inputs[0].cells[row] for row in rows.tolist()], decoder=decoder)
    kept = rows[found.kept]
    distance = float(np.abs(found.scores - model.predict_proba(representation, kept)).max(initial=0.0))
    if not distance <= ENGINES_AGREE:
        raise BundleError(
            "The graph must name the clusters as the clustering does that it was made from. Its probabilities differ "
            f"by {distance:.2g}, more than {ENGINES_AGREE:g}. Run again with another --source."
        )
    facts = BundleFacts(
        task=Task(tuple(names), dataset.modality),
        card=backbone.card,
        strategy="clusters",
        cut=stages[-1],
        input_name=dataset.inputs[0].name,
        input_kind=dataset.inputs[0].kind,
        lineage=_lineage(folder.resolve().parent.name, backbone, dataset),
        versions=versions(),
        precision_reason="Clusters are delivered as they were found.",
    )
    return deliver(
        folder,
        deliverable=made,
        control=None,
        facts=facts,
        reference=_reference(grouping, names, representation, stages[-1]),
        evidence=None,
        readme=readme,
        check=([dataset.inputs[0].cells[row] for row in kept], found.scores),
        decoder=decoder,
        threads=threads,
    )


def _lineage(name: str, backbone: Backbone, dataset: Dataset) -> tuple[Ancestor, ...]:
    """Return the source's ancestors, the source, and the clustering, which saw every row."""
    card, hashes = backbone.card, dataset.hashes or ()
    own = Ancestor(name, f"result:{name}", content_address({"rows": sorted(hashes)}), card.licence, hashes)
    return (*card.lineage, card.as_ancestor(), own)


def _reference(
    grouping: Grouping, names: Sequence[str], representation: Representation, stage: str
) -> dict[str, object]:
    """Return a summary of the features that the clusters were found in, as every bundle has it."""
    mean, deviation = moments(representation.table([stage], np.arange(len(representation))))
    counts = np.bincount(grouping.codes, minlength=len(names))
    return {
        "stage": stage,
        "rows": len(representation),
        "mean": [round(float(value), 6) for value in mean],
        "deviation": [round(float(value), 6) for value in deviation],
        "classes": {name: int(count) for name, count in zip(names, counts, strict=True)},
    }

"""Deliver what exploring found as an ordinary bundle: a linear layer on the source names the cluster of an input."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from warmstart.core.backbone import Backbone
from warmstart.core.dataset import Dataset
from warmstart.core.representation import Representation
from warmstart.core.task import Task
from warmstart.errors import BundleError
from warmstart.flow.ancestry import lineage_of
from warmstart.flow.deliver import BundleFacts, checked_rows, deliver
from warmstart.flow.feature_summary import feature_summary
from warmstart.flow.run import versions
from warmstart.learning.grouping import Grouping
from warmstart.runtime.bundle import Bundle
from warmstart.runtime.decode import Decoder
from warmstart.runtime.graph import Graph
from warmstart.runtime.predictor import Predictor
from warmstart.runtime.prepare import preparation
from warmstart.training.transferred import Transferred

ENGINES_AGREE = 0.01
WHY_NO_NOVELTY = "it is not measured for clusters, of which every input belongs to the nearest."


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
    every = np.arange(len(dataset))
    rows = checked_rows(every)
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
        lineage=lineage_of(backbone.card, folder.resolve().parent.name, dataset.hashes or ()),
        versions=versions(),
        precision_reason="Clusters are delivered as they were found.",
    )
    return deliver(
        folder,
        deliverable=made,
        control=None,
        facts=facts,
        reference={
            **feature_summary(representation, stages[-1], every, grouping.codes, names),
            "no_feature_reference": WHY_NO_NOVELTY,
        },
        evidence=None,
        readme=readme,
        check=([dataset.inputs[0].cells[row] for row in kept], found.scores),
        decoder=decoder,
        threads=threads,
    )

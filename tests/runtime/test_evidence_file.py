import dataclasses
import json

import numpy as np
import pytest

from warmstart.core.evidence import (
    CurvePoint,
    DataFacts,
    Evidence,
    Forgetting,
    FrontierPoint,
    Licence,
    Measured,
    Novelty,
    OutOfFold,
    Predictions,
    Repeated,
    Retention,
    Shortcut,
    Validation,
)
from warmstart.core.note import Note
from warmstart.core.task import Task
from warmstart.errors import BundleError
from warmstart.runtime.evidence_file import load_evidence, pack, save_evidence, unpack

SHARE = Measured(0.5, 0.4, 0.6)
KEPT = Forgetting(
    "a1",
    "b2",
    1000,
    (
        Retention("your inputs", 9, SHARE, SHARE, {"stem": 1.0, "top": 0.8}),
        Retention("reference", 9, None, SHARE, {}, (SHARE, SHARE, SHARE), labelled=4),
    ),
    (FrontierPoint(0.0, SHARE, SHARE), FrontierPoint(1.0, SHARE, SHARE)),
)


def evidence(**changes):
    random = np.random.default_rng(0)
    proba = random.dirichlet([1, 1], 4)
    values = {
        "task": Task(("red", "blue"), "image"),
        "metric": "accuracy",
        "evaluation": "held-out",
        "ids": ("a.png", "ü.png", "c.png", "d.png"),
        "truth": np.array([0, 1, 1, 0]),
        "chosen": "probe",
        "candidate": "probe",
        "control": "hog/linear",
        "predictions": {
            "probe": Predictions(proba, proba.argmax(axis=1)),
            "hog/linear": Predictions(proba[:, ::-1].astype(np.float32), proba.argmin(axis=1)),
        },
        "groups": np.array(["p1", "p1", "p2", "p3"], dtype=object),
        "attributes": {"type": np.array(["mono", "poly", "poly", "mono"]), "age": np.array([1.5, 2, 3, 4])},
        "curve": (CurvePoint("probe", 20, np.array([0, 0, 1, 0]), "probe all", 0.25),),
        "labels": 12,
        "data": DataFacts(
            rows=20,
            exact=(("a.png", "b.png"),),
            skipped=(("x.png", "is empty"),),
            rare={"blue": 1},
            overlap=("a.png",),
            notes=(Note("truncated", "3 % of the texts are cut.", {"share": 0.03}),),
            shortcuts=(Shortcut("the file format", True, SHARE, 2, 20),),
        ),
        "seconds": {"load": 1.5},
        "forgetting": KEPT,
        "out_of_fold": OutOfFold(("a.png", "e.png"), ("test", "train"), np.array([0, 1]), np.float32([[1, 0], [0, 1]])),
        "other_sources": ("probe",),
        "validation": Validation(np.array([1, 0]), Predictions(proba[:2], np.array([0, 1])), 1.3),
        "abstain_below": np.array([0.8, 0.8, 0.0, 0.8]),
        "not_compared": "there is no other",
        "licences": (Licence("the source", "MIT"),),
        "repeated": Repeated(np.array([1, 2]), 3, np.array([0, 1, 1, 0]), np.array([0, 0, 1, 0])),
        "novelty": Novelty(np.array([0.5, 0.01, 1.0, 0.2]), "it was not measured for some.", distances=160),
    }
    return Evidence(**values | changes)


def as_plain(value):
    """Make evidence comparable: arrays as lists."""
    if dataclasses.is_dataclass(value):
        return {field.name: as_plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {key: as_plain(inner) for key, inner in value.items()}
    if isinstance(value, tuple):
        return tuple(as_plain(inner) for inner in value)
    return value.tolist() if isinstance(value, np.ndarray) else value


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"groups": None, "attributes": {}, "curve": (), "validation": None, "abstain_below": None, "novelty": None},
        {"groups": np.arange(4), "no_control": "none travels in the bundle", "data": DataFacts(rows=4, shortcuts=None)},
    ],
)
def test_evidence_comes_back_as_it_was(tmp_path, changes):
    original = evidence(**changes)
    save_evidence(tmp_path, original)
    found = load_evidence(tmp_path)
    assert as_plain(found) == as_plain(original)
    for name, answers in original.predictions.items():
        assert found.predictions[name].proba.dtype == answers.proba.dtype


def test_the_plain_part_does_not_grow_with_the_rows_and_their_copies():
    many = tuple((f"a{row}", f"b{row}") for row in range(1000))
    facts = DataFacts(exact=many, near=many, conflicts=many, skipped=many, across=many, overlap=("c.png",) * 1000)
    rows = {"ids": tuple(f"{row}.png" for row in range(1000)), "hashes": ("0" * 64,) * 1000}
    checked = OutOfFold(rows["ids"], ("train",) * 1000, np.zeros(1000, int), np.ones((1000, 2), np.float32))
    few, more = pack(evidence()), pack(evidence(data=facts, out_of_fold=checked, **rows))
    assert len(more["evidence.json"]) < len(few["evidence.json"]) + 100
    assert unpack(**dict(zip(("plain", "arrays"), more.values(), strict=True))).data.near == many


def test_equal_evidence_gives_equal_bytes():
    other = evidence(predictions=dict(reversed(evidence().predictions.items())))
    assert pack(evidence()) == pack(evidence())
    assert pack(other)["evidence.json"] != pack(evidence())["evidence.json"]


def test_without_row_data_no_row_is_written():
    files = pack(evidence(), row_data=False)
    assert all(word not in b"".join(files.values()) for word in (b"a.png", "ü.png".encode(), b"x.png", b"p1", b"mono"))
    assert b"Row ids and per-row arrays were left out on request" in files["evidence.json"]
    found = unpack(files["evidence.json"], files["evidence.safetensors"])
    assert (found.ids, len(found.truth), found.groups, found.curve) == ((), 0, None, ())
    assert (found.validation, found.abstain_below, found.novelty) == (None, None, None)
    assert found.predictions["probe"].proba.shape == (0, 2)
    assert found.data.rare == {"blue": 1}


def test_damaged_or_newer_evidence_is_refused(tmp_path):
    files = pack(evidence())
    with pytest.raises(BundleError, match="Update warmstart"):
        unpack(files["evidence.json"].replace(b"evidence/1", b"evidence/2"), files["evidence.safetensors"])
    with pytest.raises(BundleError, match="The evidence is damaged"):
        unpack(files["evidence.json"], b"\x00" * 20)
    with pytest.raises(BundleError, match="The evidence is damaged"):
        unpack(files["evidence.json"].replace(b'"models"', b'"model"'), files["evidence.safetensors"])
    with pytest.raises(BundleError, match="There is no evidence in"):
        load_evidence(tmp_path)


def test_evidence_from_before_distances_and_shares_were_kept_can_be_read():
    files = pack(evidence())
    plain = json.loads(files["evidence.json"])
    del plain["novelty"]["distances"], plain["curve"][0]["share"]
    found = unpack(json.dumps(plain).encode(), files["evidence.safetensors"])
    assert (found.novelty.distances, found.novelty.reason) == (0, "it was not measured for some.")
    assert (found.curve[0].share, found.curve[0].labels) == (None, 20)

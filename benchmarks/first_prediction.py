"""The first prediction from cold: `warmstart predict` against transformers' pipeline, and against torch for a photo.

    python benchmarks/first_prediction.py [--repeats N] [--write docs/benchmarks.md]

With --rows N the bundles are fitted on N rows; how many changes nothing that is timed, but int8 takes 1,000.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

from _benchmark import Benchmark
from _data import photos, texts
from _memory import peak_mb
from _networks import minilm_folder
from _rounds import SET, Reading, Side, Work, both
from _runs import warmstart
from _tables import Bar, Comparison

SENTENCE = "Works like a charm, and the battery lasts for days."
COMMANDS = "commands.json"
# Per side of ours: what it predicts, and with which options its bundle is fitted.
BUNDLES = {
    "warmstart, text": ("text", ("--source", "all-minilm-l6-v2", "--precision", "fp32")),
    "warmstart int8, text": ("text", ("--source", "all-minilm-l6-v2", "--precision", "int8")),
    "warmstart, image": ("image", ("--source", "efficientnet-lite0")),
}

# What the documentation of transformers shows, with a folder for the model's name.
PIPELINE = """
import sys
from transformers import pipeline
print(pipeline("text-classification", model=sys.argv[1])(sys.argv[2]))
"""

# transformers has no EfficientNet-Lite: what its package's page shows.
TORCH = """
import sys
import numpy as np
import torch
from efficientnet_lite_pytorch import EfficientNet
from PIL import Image
network = EfficientNet.from_name("efficientnet-lite0", num_classes=2)
network.load_state_dict(torch.load(sys.argv[1], weights_only=True))
network.eval()
image = np.asarray(Image.open(sys.argv[2]).convert("RGB").resize((224, 224), Image.BICUBIC), dtype=np.float32)
with torch.no_grad():
    print(torch.softmax(network(torch.from_numpy((image - 127) / 128).permute(2, 0, 1)[None]), dim=1))
"""


def prepare(work: Work) -> None:
    """Fit the bundles, save the peers' models as their libraries do, and note the commands."""
    photo = _write_tables(work)
    answered = {"text": ["--text", SENTENCE], "image": [photo]}
    python = sys.executable
    commands = {
        name: [python, "-m", "warmstart", "predict", _bundle(work, name), *answered[kind]]
        for name, (kind, _) in BUNDLES.items()
    }
    commands["pipeline"] = [python, "-c", PIPELINE, _saved_classifier(work.folder), SENTENCE]
    commands["torch"] = [python, "-c", TORCH, _saved_network(work.folder), photo]
    (work.folder / COMMANDS).write_text(json.dumps(commands))


def _write_tables(work: Work) -> str:
    """Write rows to fit on, and return the path of one photo."""
    found = {"image": photos(work.rows, work.folder), "text": texts(work.rows)}
    for kind, (cells, labels) in found.items():
        with (work.folder / f"{kind}.csv").open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([(kind, "label"), *zip(cells, labels, strict=True)])
    return found["image"][0][0]


def _bundle(work: Work, name: str) -> str:
    """Return the bundle of a side of ours: a probe on the rows."""
    kind, options = BUNDLES[name]
    run = work.folder / f"run {name}"
    command = ["fit", str(work.folder / f"{kind}.csv"), "--input", kind, "--target", "label", *options]
    warmstart(*command, "--strategy", "probe", "--budget", "2m", "--out", str(run), cache=work.folder / "cache")
    return str(run / "bundle")


def _saved_classifier(folder: Path) -> str:
    """Return a folder with MiniLM and a classifier on top, as transformers saves one."""
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    saved = str(folder / "classifier")
    AutoModelForSequenceClassification.from_pretrained(minilm_folder(), num_labels=2).save_pretrained(saved)
    AutoTokenizer.from_pretrained(minilm_folder()).save_pretrained(saved)
    return saved


def _saved_network(folder: Path) -> str:
    """Return a file with EfficientNet-Lite0 for two classes, as torch saves one."""
    import torch
    from _networks import efficientnet_lite0

    saved = str(folder / "network.pt")
    torch.save(efficientnet_lite0(classes=2).state_dict(), saved)
    return saved


def cold(name: str, work: Work) -> Reading:
    """A process from its start to its end, and again for its memory."""
    command = json.loads((work.folder / COMMANDS).read_text())[name]
    start = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return {"seconds": time.perf_counter() - start, "MB": peak_mb(command)}


def _comparisons(ours: str, peer: str, faster: float = 10) -> tuple[Comparison, ...]:
    return (
        Comparison("time", peer, ours, Bar("≥", faster)),
        Comparison("time", peer + SET, ours, Bar("≥", faster)),
        Comparison("peak memory", ours, peer, Bar("≤", 0.5), measure="MB"),
    )


BENCHMARK = Benchmark(
    file=Path(__file__).name,
    summary="One prediction in a fresh process, from its start to its end, files in the system's cache: `warmstart "
    "predict` of a bundle, against `transformers.pipeline` with MiniLM and a head on it, and for a photo, as "
    "transformers has no EfficientNet-Lite, against loading it in torch. Memory is proportional, over all processes.",
    prepare=prepare,
    sides=(
        *(Side(name, partial(cold, name)) for name in BUNDLES),
        *both("pipeline", partial(cold, "pipeline")),
        *both("torch", partial(cold, "torch")),
    ),
    comparisons=(
        *_comparisons("warmstart, text", "pipeline"),
        *_comparisons("warmstart int8, text", "pipeline", faster=15),
        *_comparisons("warmstart, image", "torch"),
    ),
    rows=1200,
    repeats=5,
)

if __name__ == "__main__":
    BENCHMARK.main()

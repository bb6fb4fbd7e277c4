"""The first prediction from cold: `warmstart predict` against transformers' pipeline, and against torch for a photo.

    python benchmarks/first_prediction.py [--repeats N] [--write docs/benchmarks.md]

With --rows N the bundles are fitted on N rows; how many changes nothing that is timed.
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
    """Fit a bundle of each kind, save the peers' models as their libraries do, and note the four commands."""
    paths, labels = photos(work.rows, work.folder)
    bundles = {"image": _bundle(work, "image", paths, labels), "text": _bundle(work, "text", *texts(work.rows))}
    python, predict = sys.executable, [sys.executable, "-m", "warmstart", "predict"]
    commands = {
        "warmstart, text": [*predict, bundles["text"], "--text", SENTENCE],
        "warmstart, image": [*predict, bundles["image"], paths[0]],
        "pipeline": [python, "-c", PIPELINE, _saved_classifier(work.folder), SENTENCE],
        "torch": [python, "-c", TORCH, _saved_network(work.folder), paths[0]],
    }
    (work.folder / COMMANDS).write_text(json.dumps(commands))


def _bundle(work: Work, kind: str, cells: list[str], labels: list[str]) -> str:
    """Return the bundle of a probe on some rows."""
    table = work.folder / f"{kind}.csv"
    with table.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([(kind, "label"), *zip(cells, labels, strict=True)])
    run = work.folder / f"run-{kind}"
    command = ["fit", str(table), "--input", kind, "--target", "label", "--strategy", "probe", "--budget", "10m"]
    warmstart(*command, "--out", str(run), cache=work.folder / "cache")
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


def _comparisons(kind: str, peer: str) -> tuple[Comparison, ...]:
    ours = f"warmstart, {kind}"
    return (
        Comparison(f"one {kind}", peer, ours, Bar("≥", 10)),
        Comparison(f"one {kind}", peer + SET, ours, Bar("≥", 10)),
        Comparison(f"one {kind}, peak memory", ours, peer, Bar("≤", 0.5), measure="MB"),
    )


BENCHMARK = Benchmark(
    file=Path(__file__).name,
    summary="One prediction in a fresh process, from its start to its end, files in the system's cache: `warmstart "
    "predict` of a bundle, against `transformers.pipeline` with a fine-tuned MiniLM, and for a photo, as transformers "
    "has no EfficientNet-Lite, against loading it in torch. Memory is proportional, over all processes.",
    prepare=prepare,
    sides=(
        Side("warmstart, text", partial(cold, "warmstart, text")),
        *both("pipeline", partial(cold, "pipeline")),
        Side("warmstart, image", partial(cold, "warmstart, image")),
        *both("torch", partial(cold, "torch")),
    ),
    comparisons=(*_comparisons("text", "pipeline"), *_comparisons("image", "torch")),
    rows=200,
    repeats=5,
)

if __name__ == "__main__":
    BENCHMARK.main()

"""`pip install warmstart` alone is enough to predict: no torch, no transformers."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tiny_models import constant_model, facts, text_model
from warmstart.flow.deliver import deliver

ROOT = Path(__file__).resolve().parents[1]
NOT_THERE = ("torch", "transformers", "onnx", "peft")


@pytest.fixture
def bundle(tmp_path):
    deliver(
        tmp_path / "bundle",
        deliverable=text_model(),
        control=constant_model(),
        facts=facts("text"),
        reference={},
        evidence=None,
        readme="# Tiny\n",
    )
    return tmp_path / "bundle"


@pytest.fixture
def base(tmp_path):
    """Return the folder of the programs of a new environment with the base dependencies only."""
    programs = tmp_path / "venv" / "bin"
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True)
    if reason := unreached(programs / "python", tmp_path):
        pytest.skip(f"not applicable: pip reaches no package index here ({reason})")
    told = pip(programs / "python", "install", "--no-compile", "--constraint", str(ROOT / "constraints.txt"), str(ROOT))
    if told.returncode and (reason := unreached(programs / "python", tmp_path)):
        pytest.skip(f"not applicable: pip reaches no package index any more ({reason})")
    assert told.returncode == 0, told.stderr
    return programs


def pip(python, *arguments):
    quiet = ["--quiet", "--disable-pip-version-check"]
    return subprocess.run([python, "-m", "pip", *quiet, *arguments], capture_output=True, text=True, check=False)


def unreached(python, folder):
    """Return what pip says where it cannot fetch what builds any package, "" where it can: then a fault is ours."""
    told = pip(python, "download", "--no-deps", "--retries", "1", "--dest", str(folder / "fetched"), "hatchling")
    return told.stderr.strip().splitlines()[-1] if told.returncode else ""


def test_an_index_that_cannot_be_reached_is_told_from_a_fault_of_ours(tmp_path, monkeypatch):
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    assert "hatchling" in unreached(sys.executable, tmp_path)


def test_predicts_in_an_environment_with_the_base_dependencies_only(base, bundle):
    code = f"import importlib.util; print([name for name in {NOT_THERE!r} if importlib.util.find_spec(name)])"
    there = subprocess.run([base / "python", "-c", code], capture_output=True, text=True, check=True)
    assert there.stdout.strip() == "[]"
    ask = [base / "warmstart", "predict", bundle, "--text", "good", "--text", "bad bad", "--json"]
    told = subprocess.run(ask, capture_output=True, text=True, check=False, cwd=base)
    assert told.returncode == 0, told.stderr
    assert [row["predicted"] for row in json.loads(told.stdout)["predictions"]] == ["good", "bad"]
    missing = subprocess.run([base / "warmstart", "fit", bundle], capture_output=True, text=True, check=False)
    assert missing.returncode == 2
    assert "pip install torch==2.13.0\n  pip install 'warmstart[train,packaged]'" in missing.stderr

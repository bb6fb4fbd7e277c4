"""`pip install warmstart` alone is enough to predict: no torch, no transformers."""

import json
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
    install = [programs / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    told = subprocess.run(
        [*install, "--constraint", ROOT / "constraints.txt", ROOT], capture_output=True, text=True, check=False
    )
    if told.returncode and ("No matching distribution" in told.stderr or "Connection" in told.stderr):
        pytest.skip(f"not applicable: pip reaches no package index here ({told.stderr.strip().splitlines()[-1]})")
    assert told.returncode == 0, told.stderr
    return programs


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

"""The layers of ARCHITECTURE.md hold: import-linter's contracts, and what starting imports."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("torch", "transformers", "onnx", "onnxscript", "peft")
FOLDERS = (
    "cli", "report", "estimators", "flow", "readers", "modalities", "sources", "controls", "scores", "strategies",
    "adaptation", "pretraining", "diagnoses", "samples", "training", "learning", "runtime", "store", "core",
)  # fmt: skip


def imported(statement: str, names: tuple[str, ...]) -> set[str]:
    code = f"import sys\n{statement}\nprint(*(set({names!r}) & set(sys.modules)))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(said.stdout.split())


def test_imports_go_downwards_only():
    command = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    if command is None:
        pytest.skip("not applicable: import-linter is not installed beside this Python")
    said = subprocess.run([command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout + said.stderr


@pytest.mark.parametrize("module", ["runtime.bundle", "report", "learning.linear", "store.cache", "core.material"])
def test_the_torch_free_layers_import_no_training_stack(module):
    assert imported(f"import warmstart.{module}", HEAVY) == set()


def test_importing_warmstart_imports_nothing_else():
    assert imported("import warmstart", (*HEAVY, "numpy", "sklearn", "scipy", "polars", "rich", "typer")) == set()


def test_every_folder_is_in_the_picture():
    folders = {path.name for path in (ROOT / "src" / "warmstart").iterdir() if (path / "__init__.py").exists()}
    assert folders == set(FOLDERS)
    picture = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    assert all(folder in picture for folder in FOLDERS)


def test_no_file_is_called_utils_or_helpers():
    files = {path.name for path in (ROOT / "src").rglob("*.py")}
    assert not files & {"utils.py", "helpers.py", "common.py", "misc.py"}

import ast
import importlib
import importlib.util
from pathlib import Path

import pytest

FILES = {file.stem: file for file in (Path(__file__).resolve().parents[2] / "benchmarks").glob("*.py")}


def imported(file):
    """Return (module, name) of all that a file imports of warmstart and of its neighbours, in functions too."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        module = (isinstance(node, ast.ImportFrom) and node.module) or ""
        if module in FILES or module.split(".")[0] == "warmstart":
            yield from ((module, alias.name) for alias in node.names)


def defined(file):
    """Return the names that a file has at its top."""
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from (alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            yield from (name.id for name in ast.walk(node) if isinstance(name, ast.Name))


def is_there(module, name):
    if module in FILES:
        return name in set(defined(FILES[module]))
    found = importlib.import_module(module)
    inside = hasattr(found, "__path__") and importlib.util.find_spec(f"{module}.{name}")
    return hasattr(found, name) or bool(inside)


@pytest.mark.parametrize("benchmark", sorted(FILES))
def test_what_a_benchmark_imports_is_there(benchmark):
    assert [one for one in imported(FILES[benchmark]) if not is_there(*one)] == []


def test_what_is_not_there_is_told():
    assert not is_there("warmstart.flow.config", "Nothing")
    assert not is_there("_ratios", "nothing")
    assert ("_ratios", "mean_of") in list(imported(FILES["update"]))

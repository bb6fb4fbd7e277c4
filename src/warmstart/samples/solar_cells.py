"""Photos of solar cells by electroluminescence, functional or defective (Buerhop-Lutz et al., 2018)."""

from __future__ import annotations

import base64
import csv
import importlib.util
import io
from collections.abc import Callable
from pathlib import Path

from warmstart.errors import DataError, MissingExtra
from warmstart.samples._base import Sample, SampleData
from warmstart.store import atomic

PACKAGE = "elpv_dataset"
DEFECTIVE_ABOVE = 0.5
GREY_DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="
)


class SolarCells(Sample):
    """2,624 photos of 300 x 300 pixels with a probability of defect and the type of the cell.

    Parameters
    ----------
    folder : the folder that holds labels.csv and images/; by default that of the installed package.
    """

    name = "solar-cells"
    summary = "2,624 photos of solar cells: functional or defective, audited by cell type"
    extra = "demo"

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder

    def fetch(self, cache_root: Path) -> SampleData:
        """Write a table of image paths, labels and cell types; the images stay where the package put them."""
        folder = self.folder or _installed_folder()
        table = cache_root / "samples" / "solar-cells.csv"
        table.parent.mkdir(parents=True, exist_ok=True)
        atomic.write_text(table, _as_csv(_labels(folder)))
        return SampleData(
            data=table,
            options={"inputs": ("image",), "target": "label", "attributes": ("cell_type",)},
            fit={"test_size": 0.25, "budget": 160.0},
            licence="CC BY-NC-SA 4.0",
            citation=(
                "Buerhop-Lutz et al., A Benchmark for Visual Identification of Defective Solar Cells in "
                "Electroluminescence Imagery, EU PVSEC 2018; Deitsch et al., Solar Energy 185, 2019"
            ),
        )

    @classmethod
    def example(cls) -> Callable[[Path], Sample]:
        """Return a function that makes a folder of six dots look like the package's."""
        return _stand_in


def _installed_folder() -> Path:
    """Return the data folder of the installed package, without importing it."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise MissingExtra(
            "The sample 'solar-cells' needs elpv-dataset. Install it with `pip install 'warmstart[demo]'`."
        )
    return Path(next(iter(spec.submodule_search_locations))) / "data"


def _labels(folder: Path) -> list[tuple[str, str, str]]:
    """Return (absolute image path, label, cell type) of every line "path probability type" of labels.csv."""
    file = folder / "labels.csv"
    if not file.is_file():
        raise DataError(
            f"The sample 'solar-cells' needs {file}, and it is not there. "
            "Install its package again with `pip install --force-reinstall elpv-dataset`."
        )
    rows = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        if line.strip():
            rows.append(_row(folder, line, f"{file}, line {number}"))
    return rows


def _row(folder: Path, line: str, where: str) -> tuple[str, str, str]:
    fields = line.rsplit(None, 2)
    try:
        path, probability, kind = fields[0], float(fields[1]), fields[2]
    except (IndexError, ValueError):
        raise DataError(
            f"A line of the solar cells' labels must be 'path probability type'. {where} is {line.strip()[:80]!r}. "
            "Install the package again with `pip install --force-reinstall elpv-dataset`."
        ) from None
    return str(folder / path), "defective" if probability > DEFECTIVE_ABOVE else "functional", kind


def _as_csv(rows: list[tuple[str, str, str]]) -> str:
    page = io.StringIO()
    writer = csv.writer(page, lineterminator="\n")
    writer.writerow(["id", "image", "label", "cell_type"])
    writer.writerows([(Path(path).stem, path, label, kind) for path, label, kind in rows])
    return page.getvalue()


def _stand_in(folder: Path) -> Sample:
    images = folder / "images"
    images.mkdir(parents=True)
    lines = []
    for number in range(6):
        (images / f"cell{number}.png").write_bytes(GREY_DOT)
        lines.append(f"images/cell{number}.png  {number % 4 / 3}   {'mono' if number < 3 else 'poly'}")
    (folder / "labels.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return SolarCells(folder)

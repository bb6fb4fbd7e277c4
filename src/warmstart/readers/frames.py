"""Data frames in memory, of any library that narwhals knows (pandas, polars, pyarrow)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from warmstart.core.dataset import Dataset
from warmstart.readers._base import Reader, ReadOptions
from warmstart.readers._choice import Columns
from warmstart.readers._columns import dataset_of


class Frames(Reader):
    """A data frame in memory."""

    name: ClassVar[str] = "frames"
    summary: ClassVar[str] = "a pandas, polars or pyarrow frame with a column of texts or images"

    @classmethod
    def claims(cls, data: Any) -> bool:
        """Return whether it is a frame."""
        from narwhals.stable.v1.dependencies import is_into_dataframe

        return bool(is_into_dataframe(data))

    def read(self, data: Any, options: ReadOptions) -> Dataset:
        """Read the frame; image paths are relative to the working folder."""
        return dataset_of(frame_columns(data), options, name="the frame")

    @classmethod
    def example(cls) -> Any:
        """Return a polars frame."""

        def build(folder: Path) -> Any:
            import polars

            return polars.DataFrame({"text": ["very good", "not good"], "label": ["yes", "no"]})

        return build, ReadOptions()


def frame_columns(data: Any) -> Columns:
    """Return the columns of a frame as lists of plain values, None where a value is missing."""
    import narwhals.stable.v1 as narwhals

    frame = narwhals.from_native(data, eager_only=True)
    return {str(series.name): series.to_list() for series in frame.iter_columns()}

"""How an input becomes the numbers that a graph reads: one preparation for training, embedding and prediction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from warmstart.errors import BundleError, listed, nearest
from warmstart.runtime.decode import Decoder
from warmstart.runtime.texts import why_unreadable
from warmstart.runtime.tfidf import rebuild_vectorizers, tfidf_features


@dataclass(frozen=True)
class Prepared:
    """What became of some cells.

    Parameters
    ----------
    feeds : named arrays for the graph, a row for every cell that worked.
    kept : which cells worked, integers (rows,), ascending.
    failed : the reason for every other cell.
    """

    feeds: dict[str, np.ndarray]
    kept: np.ndarray
    failed: dict[int, str]


class Preparation(Protocol):
    """Makes a graph's inputs out of cells."""

    def prepare(self, cells: Sequence[Any], decoder: Decoder) -> Prepared:
        """Return the graph's inputs; a cell that cannot be prepared is named in `failed`, never fatal."""
        ...


@dataclass(frozen=True)
class ImagePreparation:
    """Images at one size: feeds "pixels", uint8 (rows, height, width, 3); normalising is in the graph."""

    options: Mapping[str, Any]

    def prepare(self, cells: Sequence[Any], decoder: Decoder) -> Prepared:
        """Decode and resize the images."""
        height, width = self.options["size"]
        return _decoded("pixels", (height, width, 3), np.uint8, decoder.map("pixels", cells, self.options))


@dataclass(frozen=True)
class HogPreparation:
    """Shape and colour of images: feeds "features", float32 (rows, features)."""

    options: Mapping[str, Any]

    def prepare(self, cells: Sequence[Any], decoder: Decoder) -> Prepared:
        """Decode the images and describe them."""
        return _decoded("features", (0,), np.float32, decoder.map("hog", cells, self.options))


class TextPreparation:
    """Tokens of texts: feeds "input_ids" and "attention_mask", int64 (rows, longest of the batch).

    Parameters
    ----------
    tokenizer : a tokenizer.json.
    max_length : the most tokens, special ones included; longer texts are cut.
    pad_id : the token that fills up shorter texts.
    """

    def __init__(self, tokenizer: bytes, *, max_length: int, pad_id: int = 0) -> None:
        from tokenizers import Tokenizer

        self.max_length = max_length
        self.pad_id = pad_id
        self.tokenizer = Tokenizer.from_str(tokenizer.decode())
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(max_length)

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the token ids of every text, cut to `max_length` and not padded."""
        return [encoding.ids for encoding in self.tokenizer.encode_batch(list(texts))]

    def prepare(self, cells: Sequence[Any], decoder: Decoder | None = None) -> Prepared:
        """Tokenize the texts and pad them to the longest."""
        kept, failed = _readable(cells)
        tokens = self.encode([cells[row] for row in kept])
        return Prepared(self.pad(tokens), kept, failed)

    def pad(self, tokens: Sequence[Sequence[int] | np.ndarray]) -> dict[str, np.ndarray]:
        """Return token ids as padded arrays."""
        longest = max((len(ids) for ids in tokens), default=1)
        input_ids = np.full((len(tokens), longest), self.pad_id, dtype=np.int64)
        mask = np.zeros((len(tokens), longest), dtype=np.int64)
        for row, ids in enumerate(tokens):
            input_ids[row, : len(ids)] = ids
            mask[row, : len(ids)] = 1
        return {"input_ids": input_ids, "attention_mask": mask}


class TfidfPreparation:
    """Weighted word and character counts of texts: feeds "features", float32 (rows, terms)."""

    def __init__(self, config: Mapping[str, Any], assets: Mapping[str, bytes]) -> None:
        self.vectorizers = rebuild_vectorizers(config, assets)

    def prepare(self, cells: Sequence[Any], decoder: Decoder | None = None) -> Prepared:
        """Count and weigh the terms."""
        kept, failed = _readable(cells)
        features = tfidf_features(self.vectorizers, [cells[row] for row in kept]) if len(kept) else None
        dense = np.zeros((0, self._width()), np.float32) if features is None else features.toarray()
        return Prepared({"features": dense}, kept, failed)

    def _width(self) -> int:
        return sum(len(vectorizer.vocabulary) for vectorizer in self.vectorizers)


@dataclass(frozen=True)
class ConstantPreparation:
    """Nothing of the input: feeds "features", zeros (rows, 1)."""

    def prepare(self, cells: Sequence[Any], decoder: Decoder | None = None) -> Prepared:
        """Return zeros."""
        return Prepared({"features": np.zeros((len(cells), 1), np.float32)}, np.arange(len(cells)), {})


KINDS = ("image", "text", "hog", "tfidf", "constant")


def preparation(config: Mapping[str, Any], assets: Mapping[str, bytes]) -> Preparation:
    """Return the preparation that `preprocess.json` describes.

    Parameters
    ----------
    config : "kind" (one of KINDS) and that kind's options.
    assets : the files it needs, by name.

    Raises
    ------
    BundleError : the kind is unknown, or a file is missing.
    """
    kind = str(config.get("kind"))
    if kind == "image":
        return ImagePreparation({name: value for name, value in config.items() if name != "kind"})
    if kind == "hog":
        return HogPreparation({name: value for name, value in config.items() if name != "kind"})
    if kind == "text":
        return _text_preparation(config, assets)
    if kind == "tfidf":
        return TfidfPreparation(config, assets)
    if kind == "constant":
        return ConstantPreparation()
    raise BundleError(f"There is no preparation '{kind}'. It must be one of: {listed(KINDS)}.{nearest(kind, KINDS)}")


def _text_preparation(config: Mapping[str, Any], assets: Mapping[str, bytes]) -> TextPreparation:
    """Return the tokenization that the configuration describes."""
    name = config.get("tokenizer", "tokenizer.json")
    if name not in assets:
        raise BundleError(f"The text preparation needs the file '{name}', and it is not there.")
    return TextPreparation(assets[name], max_length=int(config["max_length"]), pad_id=int(config.get("pad_id", 0)))


def prepared_batches(
    preparation: Preparation, cells: Sequence[Any], decoder: Decoder, batch_size: int
) -> Iterator[tuple[np.ndarray, Prepared]]:
    """Yield row numbers and what became of them, a batch at a time, preparing the next meanwhile.

    Parameters
    ----------
    batch_size : cells a batch.
    """
    batches = [np.arange(start, min(start + batch_size, len(cells))) for start in range(0, len(cells), batch_size)]

    def prepare(rows: np.ndarray) -> Prepared:
        return preparation.prepare([cells[row] for row in rows], decoder)

    with ThreadPoolExecutor(1, thread_name_prefix="prepare") as ahead:
        pending = ahead.submit(prepare, batches[0]) if batches else None
        for place, rows in enumerate(batches):
            ready = pending.result() if pending is not None else prepare(rows)
            pending = ahead.submit(prepare, batches[place + 1]) if place + 1 < len(batches) else None
            yield rows, ready


def _decoded(name: str, shape: tuple[int, ...], dtype: Any, results: Iterator[Any]) -> Prepared:
    """Stack the arrays that decoding gave, and note the reasons where it gave none."""
    values: list[np.ndarray] = []
    kept: list[int] = []
    failed: dict[int, str] = {}
    for row, decoded in enumerate(results):
        if decoded.value is None:
            failed[row] = decoded.reason
        else:
            values.append(decoded.value[name])
            kept.append(row)
    stacked = np.stack(values) if values else np.zeros((0, *shape), dtype)
    return Prepared({name: stacked}, np.array(kept, dtype=np.int64), failed)


def _readable(cells: Sequence[Any]) -> tuple[np.ndarray, dict[int, str]]:
    """Return which cells are texts with something in them, and what is wrong with the others."""
    failed = {row: reason for row, cell in enumerate(cells) if (reason := why_unreadable(cell))}
    return np.array([row for row in range(len(cells)) if row not in failed], dtype=np.int64), failed

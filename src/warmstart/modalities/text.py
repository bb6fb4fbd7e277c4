"""Texts: reviews, messages, abstracts."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from warmstart.core.backbone import Backbone
from warmstart.core.note import Note
from warmstart.core.progress import Progress
from warmstart.learning.near_texts import near_texts
from warmstart.modalities._base import Clue, Inspection, Modality, Preview
from warmstart.runtime.decode import Decoder
from warmstart.runtime.texts import why_unreadable

SAMPLE = 5000
UNKNOWN_SHARE = 0.2
PIECES_A_LETTER = 0.8
LEAST = 0.001
UNKNOWN = ("[UNK]", "<unk>", "<|unk|>", "�")


class Text(Modality):
    """Texts in any language."""

    name: ClassVar[str] = "text"
    summary: ClassVar[str] = "reviews, messages and other texts"

    def inspect(self, cells: Sequence[Any], decoder: Decoder, progress: Progress | None = None) -> Inspection:
        """Hash every text after Unicode NFC and with single spaces; an empty text cannot be used."""
        reasons = {row: reason for row, cell in enumerate(cells) if (reason := why_unreadable(cell))}
        hashes = tuple(
            "" if row in reasons else hashlib.sha256(normalised(cell).encode()).hexdigest()
            for row, cell in enumerate(cells)
        )
        if progress is not None:
            progress("reading texts", len(cells), len(cells))
        return Inspection(hashes, {}, reasons)

    def near_duplicates(self, cells: Sequence[Any], inspection: Inspection) -> np.ndarray | None:
        """Compare the texts without case and punctuation, and by their 5-grams."""
        return near_texts(cells)

    def clues(self, cells: Sequence[Any], inspection: Inspection) -> list[Clue]:
        """Return the length of the texts, in letters and words."""
        lengths = [(len(cell), len(cell.split())) for cell in cells]
        return [Clue("the text length", np.array(lengths, dtype=np.float64).reshape(-1, 2), seen=True)]

    def previews(self, cells: Sequence[Any], decoder: Decoder, *, side: int = 160) -> list[Preview]:
        """Return the texts, cut to `4 × side` letters."""
        return [Preview(text=cell if len(cell) <= 4 * side else cell[: 4 * side - 1] + "…") for cell in cells]

    def source_notes(
        self, cells: Sequence[Any], backbone: Backbone, *, inspection: Inspection | None = None
    ) -> list[Note]:
        """Say what share of the texts is cut or in a strange script, and what share of tokens is unknown."""
        from tokenizers import Tokenizer

        name = str(backbone.preparation.get("tokenizer", "tokenizer.json"))
        if name not in backbone.assets or not len(cells):
            return []
        tokenizer = Tokenizer.from_str(backbone.assets[name].decode())
        tokenizer.no_padding()
        tokenizer.no_truncation()
        rows = np.linspace(0, len(cells) - 1, min(len(cells), SAMPLE)).astype(np.int64)
        texts = [cells[row] for row in rows]
        encodings = tokenizer.encode_batch(texts)
        limit = int(backbone.preparation.get("max_length", backbone.card.input_size))
        cut = float(np.mean([len(encoding.ids) > limit for encoding in encodings]))
        strange = float(np.mean([_strange(text, e.tokens) for text, e in zip(texts, encodings, strict=True)]))
        lengths = [len(encoding.ids) for encoding in encodings]
        return [
            *_notes(cut, strange, limit, backbone.card.name, lengths),
            *_unknown([token for encoding in encodings for token in encoding.tokens], backbone.card.name),
        ]

    @classmethod
    def example(cls) -> Any:
        """Return four texts, and the first of them shouted."""
        return [
            "It works, really well.",
            "It broke after a day.",
            "Never again!",
            "What a find",
        ], "IT WORKS - REALLY WELL"


def normalised(text: str) -> str:
    """Return a text in Unicode NFC with single spaces: what makes two texts the same.

    >>> normalised("a  b\\n")
    'a b'
    """
    return " ".join(unicodedata.normalize("NFC", text).split())


def _strange(text: str, tokens: Sequence[str]) -> bool:
    """Return whether a tokenizer hardly knows a text's script: unknown tokens, or almost a token a letter."""
    unknown = sum(token in UNKNOWN for token in tokens)
    letters = sum(letter.isalpha() and not letter.isascii() for letter in text)
    foreign = letters > 0.5 * max(1, sum(letter.isalpha() for letter in text))
    return unknown > UNKNOWN_SHARE * len(tokens) or (foreign and len(tokens) > PIECES_A_LETTER * len(text))


def _notes(cut: float, strange: float, limit: int, source: str, lengths: Sequence[int]) -> list[Note]:
    """Return the notes that are worth a sentence."""
    notes: list[Note] = []
    if cut > 0:
        longest = int(max(lengths))
        sentence = (
            f"{_percent(cut)} of the texts are longer than the {limit} tokens that {source} reads, and are cut there."
        )
        remedy = "Put what matters first, split long texts, or choose a source that reads more tokens."
        notes.append(Note("truncated_texts", sentence, {"share": cut, "limit": limit, "longest": longest}, remedy))
    if strange > 0:
        sentence = f"{_percent(strange)} of the texts are in a script that {source} hardly knows."
        remedy = "Choose a source that was trained on this language: --source hf:OWNER/NAME."
        notes.append(Note("unknown_script", sentence, {"share": strange}, remedy))
    return notes


def _unknown(tokens: Sequence[str], source: str) -> list[Note]:
    """Return a note if the tokenizer has no token for some of what the texts hold."""
    share = sum(token in UNKNOWN for token in tokens) / max(1, len(tokens))
    if share < LEAST:
        return []
    sentence = f"{_percent(share)} of the tokens of the texts are unknown to the tokenizer of {source}."
    remedy = "Choose a source whose tokenizer knows such texts: --source hf:OWNER/NAME."
    return [Note("unknown_tokens", sentence, {"share": share}, remedy)]


def _percent(share: float) -> str:
    """Return a share in percent, with a digit more where it is small."""
    return f"{share:.0%}" if share >= 0.1 else f"{share:.1%}"

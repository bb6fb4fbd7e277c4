"""Snippets of reviews, tweets and editorials rated by twenty people each (Hutto and Gilbert, ICWSM 2014)."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from warmstart.errors import DataError
from warmstart.samples import _archive, _pip
from warmstart.samples._base import Sample, SampleData
from warmstart.store import atomic

SDIST = _pip.Archive(
    project="vaderSentiment",
    file="vaderSentiment-3.3.2.tar.gz",
    sha256="5d7c06e027fc8b99238edb0d53d970cf97066ef97654009890b83703849632f9",
)
INNER = "additional_resources/hutto_ICWSM_2014.tar.gz"
CLEAR = 0.5
"""A mean rating (from -4 to 4) this far from zero is positive or negative; between, it is neutral."""


class AmazonSentiment(Sample):
    """Sentences of customer reviews of five products; sentences of one review belong together.

    Parameters
    ----------
    archive : what is to be fetched; by default the source archive of vaderSentiment 3.3.2.
    """

    name = "sentiment"
    summary = "2,985 sentences of Amazon reviews: positive or negative, kept together by review"
    file: ClassVar[str] = "amazonReviewSnippets_GroundTruth.txt"
    site: ClassVar[str] = "amazon"

    def __init__(self, archive: _pip.Archive = SDIST) -> None:
        self.archive = archive

    def fetch(self, cache_root: Path) -> SampleData:
        """Fetch the archive with pip into the cache, check its hash, and write one site's table from it."""
        folder = cache_root / "samples"
        table = folder / f"sentiment-{self.site}.csv"
        atomic.write_text(table, self._table(_pip.fetch(self.archive, folder)))
        return SampleData(
            data=table,
            options={"inputs": ("text",), "target": "label", "classes": ("positive", "negative"), "groups": "document"},
            fit={"test_size": 0.2, "budget": 160.0},
            licence="MIT",
            citation=(
                "Hutto & Gilbert, VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social Media Text, "
                "ICWSM 2014"
            ),
        )

    @classmethod
    def example(cls) -> Callable[[Path], Sample]:
        """Return a function that makes an archive of four sentences, already fetched."""
        return lambda folder: cls(_stand_in(folder, cls.file))

    def _table(self, sdist: bytes) -> str:
        inner = _archive.member(sdist, f"{self.archive.file.removesuffix('.tar.gz')}/{INNER}")
        truth = _archive.member(inner, f"hutto_ICWSM_2014/{self.file}").decode("utf-8-sig")
        page = io.StringIO()
        writer = csv.writer(page, lineterminator="\n")
        writer.writerow(["id", "text", "score", "label", "document", "site"])
        for line in filter(None, truth.replace("\r\n", "\n").split("\n")):
            writer.writerow(self._row(line))
        return page.getvalue()

    def _row(self, line: str) -> list[str]:
        """Return id, text, score, label, document and site of a line "id TAB mean rating TAB text"."""
        try:
            row, score, text = line.split("\t", 2)
            rating = float(score)
        except ValueError:
            raise DataError(
                f"A line of {self.file} must be 'id, mean rating, text' separated by tabs. Got {line[:80]!r}. "
                f"Delete {self.archive.file} from the cache and run again."
            ) from None
        label = "positive" if rating >= CLEAR else "negative" if rating <= -CLEAR else "neutral"
        return [row, text.strip(), f"{rating:.3f}".rstrip("0").rstrip("."), label, row.split("_")[0], self.site]


class MovieSentiment(AmazonSentiment):
    """Sentences of film reviews; which review a sentence is from is not known."""

    name = "sentiment-movies"
    summary = "10,072 sentences of film reviews: positive or negative"
    file = "movieReviewSnippets_GroundTruth.txt"
    site = "movies"


class TweetSentiment(AmazonSentiment):
    """Tweets and tweet-like sentences."""

    name = "sentiment-tweets"
    summary = "3,432 tweets: positive or negative"
    file = "tweets_GroundTruth.txt"
    site = "tweets"


class NewsSentiment(AmazonSentiment):
    """Sentences of 500 newspaper editorials; sentences of one editorial belong together."""

    name = "sentiment-news"
    summary = "2,970 sentences of New York Times editorials: positive or negative, kept together by article"
    file = "nytEditorialSnippets_GroundTruth.txt"
    site = "news"


def _stand_in(folder: Path, file: str) -> _pip.Archive:
    """Write a tiny archive of the same layout where the fetched one would lie below `folder`."""
    truth = "1_1\t2.5\tA delight.\r\n1_2\t-0.5\t broke twice\r\n2_1\t0.1\tIt is a camera.\r\n2_2\t-3\tAwful."
    inner = _archive.packed({f"hutto_ICWSM_2014/{file}": truth.encode()})
    sdist = _archive.packed({f"vaderSentiment-3.3.2/{INNER}": inner})
    target = folder / "samples" / SDIST.file
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(sdist)
    return _pip.Archive(SDIST.project, SDIST.file, hashlib.sha256(sdist).hexdigest())

import csv

import pytest

from warmstart.errors import DataError
from warmstart.samples import _archive, _pip
from warmstart.samples.sentiment import INNER, AmazonSentiment, MovieSentiment
from warmstart.store import hashing


def sample_of(truth: str, folder, kind=AmazonSentiment):
    """A sample whose archive, already in the cache folder, holds one site's text."""
    inner = _archive.packed({f"hutto_ICWSM_2014/{kind.file}": truth.encode()})
    sdist = _archive.packed({f"vaderSentiment-3.3.2/{INNER}": inner})
    (folder / "samples").mkdir(parents=True)
    (folder / "samples" / "vaderSentiment-3.3.2.tar.gz").write_bytes(sdist)
    return kind(_pip.Archive("vaderSentiment", "vaderSentiment-3.3.2.tar.gz", hashing.sha256_bytes(sdist)))


def table(truth, folder, kind=AmazonSentiment):
    with sample_of(truth, folder, kind).fetch(folder).data.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_cuts_the_mean_rating_at_one_half_on_both_sides(tmp_path):
    ratings = ["0.5", "0.499", "-0.499", "-0.5", "2.266666667"]
    rows = table("\r\n".join(f"1_{n}\t{rating}\ttext {n}" for n, rating in enumerate(ratings)), tmp_path)
    assert [row["label"] for row in rows] == ["positive", "neutral", "neutral", "negative", "positive"]


def test_keeps_sentences_of_one_review_together(tmp_path):
    rows = table("1_1\t1\ta\n1_2\t1\tb\n12_1\t-1\tc", tmp_path)
    assert [row["document"] for row in rows] == ["1", "1", "12"]


def test_gives_every_row_its_own_document_where_ids_do_not_tell(tmp_path):
    rows = table("1\t1\ta\n2\t1\tb", tmp_path, MovieSentiment)
    assert [row["document"] for row in rows] == ["1", "2"]


def test_reads_a_byte_order_mark_accents_tabs_and_quotes_in_the_text(tmp_path):
    rows = table('\ufeff1_1\t-0.9\t clich\u00e9s,\t"quoted" \r\n', tmp_path)
    assert rows[0]["id"] == "1_1"
    assert rows[0]["text"] == 'clich\u00e9s,\t"quoted"'


def test_names_the_line_that_cannot_be_read(tmp_path):
    with pytest.raises(DataError, match=r"must be 'id, mean rating, text' separated by tabs. Got '1_1 1.0 no tabs'"):
        table("1_1 1.0 no tabs", tmp_path)

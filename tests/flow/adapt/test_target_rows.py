import shutil

import numpy as np
import pytest

from tests.flow import tiny_domains
from warmstart.errors import DataError, PathError
from warmstart.flow.adapt.target_rows import load_target
from warmstart.flow.load import load
from warmstart.flow.run import Run
from warmstart.flow.workbench import Tools
from warmstart.runtime.decode import Decoder
from warmstart.store.cache import Cache


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("target-rows")
    tiny_domains.photos(folder / "day", 24, light=0, seed=0)
    return folder


@pytest.fixture(scope="module")
def tools(home):
    with Decoder(workers=1) as decoder:
        config = tiny_domains.command(home, "").source
        yield Tools(config, Run(home / "run", {}), decoder, Cache(home / "cache"), 1)


@pytest.fixture(scope="module")
def source(home, tools):
    return load(str(home / "day"), decoder=tools.decoder).dataset


def table(path, rows, header="text,label"):
    path.write_text("\n".join([header, *map(",".join, rows), ""]), encoding="utf-8")
    return str(path)


def test_reads_no_labels(home, tools, source):
    data = tiny_domains.photos(home / "with classes", 22, light=30, seed=1)
    assert load_target(tools, source, str(data)).dataset.labels is None


def test_reads_a_flat_folder(home, tools, source):
    data = tiny_domains.photos(home / "flat", 22, light=30, seed=1, flat=True)
    found = load_target(tools, source, str(data))
    assert len(found.new) == 22
    assert found.sentence() == "No row of the target stands in the source."


def test_leaves_out_rows_that_stand_in_the_source(home, tools, source):
    data = tiny_domains.photos(home / "some", 22, light=30, seed=1)
    for number in range(3):
        shutil.copy(source.inputs[0].cells[number], data / f"copy {number}.png")
    found = load_target(tools, source, str(data))
    assert (len(found.new), int(found.exact.sum())) == (22, 3)
    assert "3 as they are: they get answers, and are left out" in found.sentence()


def test_names_files_that_are_called_as_a_source_file_is(home, tools, source):
    data = tiny_domains.photos(home / "same names", 22, light=30, seed=5)
    for file in sorted(data.rglob("*.png")):
        file.rename(file.with_name(file.name.replace("5-", "0-")))
    found = load_target(tools, source, str(data))
    assert found.same_name == len(found.new)
    assert "22 others have the file name of a source row" in found.sentence()


def test_refuses_the_source_itself(home, tools, source):
    with pytest.raises(DataError, match="nothing to adapt to: all 24 rows of the target day stand in the source"):
        load_target(tools, source, str(home / "day"))


def test_refuses_too_few_new_rows(home, tools, source):
    data = tiny_domains.photos(home / "few", 4, light=30, seed=1)
    with pytest.raises(DataError, match=r"20 different target inputs that do not stand in the source. Got 4 in few"):
        load_target(tools, source, str(data))


def test_refuses_another_modality(home, tools, source):
    data = table(home / "texts.csv", [("good film", "yes"), ("bad film", "no")])
    with pytest.raises(DataError, match=r"target must hold image inputs, as the source does. texts.csv holds text"):
        load_target(tools, source, data)


def test_refuses_an_empty_target(home, tools, source):
    (home / "empty").mkdir()
    with pytest.raises(DataError, match="holds no images"):
        load_target(tools, source, str(home / "empty"))


def test_names_the_nearest_path(home, tools, source):
    with pytest.raises(PathError, match=r"does not exist.*Did you mean 'day'"):
        load_target(tools, source, str(home / "dya"))


def test_copies_of_one_input_are_one_input(home, tools, source):
    data = tiny_domains.photos(home / "copies", 4, light=30, seed=1, flat=True)
    for number in range(20):
        shutil.copy(data / "1-000.png", data / f"copy {number}.png")
    with pytest.raises(DataError, match=r"at least 20 different target inputs .* Got 4 in copies"):
        load_target(tools, source, str(data))


@pytest.mark.parametrize(
    ("header", "cells", "column"),
    [
        ("summary,review", ("a summary of some length {}", "film {}"), "review"),
        ("tweet,label", ("ok {}", "a very positive one"), "tweet"),
        ("tweet,user", ("ok {}", "{}"), "tweet"),
    ],
    ids=["the source's", "not the labels", "the likeliest"],
)
def test_where_no_column_is_named_the_inputs_are_found(home, tools, header, cells, column):
    reviews = [(f"good film {number}", "ab"[number % 2]) for number in range(24)]
    known = load(table(home / "reviews.csv", reviews, "review,label"), decoder=tools.decoder).dataset
    rows = [tuple(cell.format(number) for cell in cells) for number in range(24)]
    rows[0] = (rows[0][0], "another")
    data = table(home / "target.csv", rows, header)
    assert load_target(tools, known, data).dataset.inputs[0].name == column


def test_copies_of_what_nearly_stands_in_the_source_are_left_out_with_it(home, tools):
    words = np.random.default_rng(0).choice(["one", "two", "three", "four", "five", "six"], (50, 9))
    first, *texts = [" ".join(row) for row in words]
    known = load(table(home / "once.csv", [(text, "ab"[row % 2]) for row, text in enumerate([first, *texts[:24]])]),
                 decoder=tools.decoder).dataset  # fmt: skip
    longer = f"{first} x"
    data = table(home / "thrice.csv", [(text, "") for text in [longer, longer.upper(), longer, *texts[24:]]])
    found = load_target(tools, known, data)
    assert found.near[:3].all()
    assert len(found.new) == len(texts) - 24


def test_near_copies_are_left_out_too(home, tools):
    words = ["one", "two", "three", "four", "five", "six", "seven", "eight"]
    rng = np.random.default_rng(0)
    texts = [" ".join(rng.choice(words, 9)) for _ in range(60)]
    known = load(table(home / "known.csv", [(text, "ab"[row % 2]) for row, text in enumerate(texts[:30])]),
                 decoder=tools.decoder).dataset  # fmt: skip
    data = table(home / "shouted.csv", [(text, "") for text in [*texts[30:], texts[0].upper() + "!"]])
    found = load_target(tools, known, data)
    assert (int(found.near.sum()), len(found.new)) == (1, 30)
    assert "1 nearly so" in found.sentence()

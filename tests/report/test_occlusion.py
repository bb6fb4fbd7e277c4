import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

from warmstart.report import render
from warmstart.report.examples import examples
from warmstart.report.occlusion import heat_map, marked


def png(side=100):
    page = io.BytesIO()
    Image.fromarray(np.full((side, side, 3), 128, np.uint8)).save(page, "PNG")
    return page.getvalue()


def pixels(address):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(address.removeprefix("data:image/png;base64,"))))).astype(
        int
    )


def grid(place, weight=2.0):
    weights = np.zeros((5, 5))
    weights[place] = weight
    return {"grid": weights.tolist(), "lowest": 0.4}


def test_the_patch_that_carries_the_answer_is_warm_and_one_against_it_blue():
    warm, blue = (pixels(heat_map(png(), grid((0, 4), weight))) for weight in (2.0, -2.0))
    red_minus_blue = warm[:, :, 0] - warm[:, :, 2]
    assert np.unravel_index(red_minus_blue.argmax(), (100, 100))[0] < 20
    assert red_minus_blue[10, 90] > 50
    assert (blue[:, :, 2] - blue[:, :, 0])[10, 90] > 50
    assert np.abs(warm[90, 10] - 128).max() <= 3


@pytest.mark.parametrize("explained", [grid((0, 0), 0.01), {"spans": []}, {}])
def test_an_answer_that_rests_on_no_part_has_no_map(explained):
    assert heat_map(png(), explained) is None


def test_words_are_marked_by_how_much_they_carry():
    pieces = marked("not bad at all", {"spans": [[0, 3, 2.0], [4, 7, -1.0], [8, 10, 0.5], [11, 14, 0.0]]})
    assert "".join(piece.text for piece in pieces) == "not bad at all"
    assert [(piece.text, piece.shade, piece.kind) for piece in pieces if piece.shade] == [
        ("not", 100.0, "for"), ("bad", 50.0, "against"), ("at", 25.0, "for"),
    ]  # fmt: skip


def test_of_a_text_that_was_cut_only_what_is_shown_is_marked():
    pieces = marked("a long …", {"spans": [[0, 1, 1.0], [2, 6, 2.0], [700, 704, 4.0]]})
    assert "".join(piece.text for piece in pieces) == "a long …"


def test_an_example_says_how_sure_the_answer_is_without_what_carries_it():
    entry = {"id": "a", "png": base64.b64encode(png()).decode(), "probability": 0.9}
    plain, looked = examples({"wrong": [entry, {**entry, "explained": grid((2, 2))}]}, "wrong")
    assert (plain.look, plain.hidden) == (None, "")
    assert looked.look.startswith("data:image/png;base64,")
    assert looked.hidden == "40.0 %"


@pytest.mark.parametrize("modality", ["image", "text"])
def test_the_page_shows_what_answers_rest_on(make_run, modality):
    run = make_run(modality=modality)
    shown = json.loads((run / "examples.json").read_text())
    assert "was hidden in turn" not in render(run)
    explained = grid((1, 1)) if modality == "image" else {"spans": [[0, 3, 1.0]], "lowest": 0.4}
    shown["wrong"][0]["explained"] = explained
    (run / "examples.json").write_text(json.dumps(shown))
    page = render(run)
    assert "was hidden in turn" in page
    assert "40.0\u00a0% without its warmest part" in page
    assert ("rests on" in page) if modality == "image" else ('<mark class="for" style="--s:100.0%">the</mark>' in page)

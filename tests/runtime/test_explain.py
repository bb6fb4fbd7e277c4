import dataclasses
import io

import numpy as np
import pytest
from PIL import Image

from tests.tiny_models import constant_model, facts, image_model, text_model
from warmstart.flow.deliver import deliver
from warmstart.runtime.explain import explain, occluded_images, word_spans


def made(folder, kind, model):
    return deliver(
        folder / "bundle", deliverable=model, control=None, facts=facts(kind), reference={}, evidence=None, readme=""
    )


def test_the_word_that_carries_the_answer_weighs_most(tmp_path, decoder):
    found = explain(made(tmp_path, "text", text_model()), "what a good good film", 0, decoder=decoder)
    assert found.spans == ((0, 4), (5, 6), (7, 11), (12, 16), (17, 21))
    assert found.weights == pytest.approx((0, 0, 1, 1, 0), abs=1e-4)
    assert found.lowest < found.probability


def test_a_word_against_the_answer_weighs_less_than_nothing(tmp_path, decoder):
    found = explain(made(tmp_path, "text", text_model()), "good but awful", 0, decoder=decoder)
    assert found.weights == pytest.approx((1, 0, -2), abs=1e-4)


def test_a_long_text_is_explained_by_runs_of_words():
    text = " ".join(f"word{n}" for n in range(100))
    spans = word_spans(text)
    assert len(spans) == 20
    assert text[slice(*spans[1])] == "word5 word6 word7 word8 word9"


@pytest.mark.parametrize("text", ["one", ""])
def test_a_single_word_has_no_parts_to_hide(tmp_path, decoder, text):
    assert explain(made(tmp_path, "text", text_model()), text, 0, decoder=decoder) is None


def test_the_red_patch_is_what_red_rests_on(tmp_path, decoder):
    image = np.full((40, 40, 3), 90, np.uint8)
    image[8:16, 24:32] = (250, 0, 0)
    found = explain(made(tmp_path, "image", image_model()), image, 0, decoder=decoder)
    grid = np.array(found.to_json()["grid"])
    assert grid.shape == (5, 5)
    assert np.unravel_index(grid.argmax(), grid.shape) == (1, 3)
    assert grid[1, 3] > 10 * np.abs(np.delete(grid.ravel(), 8)).max()


def test_a_long_photo_is_explained_as_it_is_answered(tmp_path, decoder, monkeypatch):
    model = image_model()
    cropped = dataclasses.replace(model, preparation={**model.preparation, "resize": "crop"})
    bundle = made(tmp_path, "image", cropped)
    pixels = np.random.default_rng(0).integers(0, 255, (30, 400, 3), np.uint8)
    pixels[:, 195:205] = (250, 0, 0)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    asked, predict = [], type(bundle).predict
    monkeypatch.setattr(
        type(bundle), "predict", lambda self, cells, **o: (asked.extend(cells), predict(self, cells, **o))[1]
    )
    found = explain(bundle, file.getvalue(), 0, decoder=decoder)
    answered = predict(bundle, [file.getvalue()], decoder=decoder)
    assert found.probability == pytest.approx(float(answered.proba[0, 0]), abs=1e-6)
    assert {cell.shape for cell in asked[1:]} == {(30, 400, 3)}


def test_an_image_smaller_than_what_the_model_sees_is_not_enlarged(decoder):
    small = np.zeros((5, 9, 3), np.uint8)
    [found] = decoder.map("reduced", [small], {"shorter": 16})
    assert found.value["pixels"].shape == (5, 9, 3)


def test_each_copy_hides_another_patch_in_the_mean_colour():
    image = np.random.default_rng(0).integers(0, 255, (11, 7, 3), np.uint8)
    copies = occluded_images(image)
    hidden = np.sum([(copy != image).any(axis=2) for copy in copies], axis=0)
    assert len(copies) == 25
    assert hidden.max() == 1
    assert hidden.mean() > 0.9
    changed = copies[0][(copies[0] != image).any(axis=2)]
    assert np.abs(changed - image.mean(axis=(0, 1))).max() < 1


def test_an_image_that_cannot_be_read_is_not_explained(tmp_path, decoder):
    assert explain(made(tmp_path, "image", image_model()), b"no image", 0, decoder=decoder) is None


def test_a_model_that_does_not_look_rests_on_nothing(tmp_path, decoder):
    found = explain(made(tmp_path, "text", constant_model()), "good or bad", 0, decoder=decoder)
    assert set(found.weights) == {0.0}

import numpy as np
import pytest

from tests.tiny_models import image_model, text_model
from warmstart.errors import BundleError
from warmstart.runtime.decode import Decoder
from warmstart.runtime.graph import Graph
from warmstart.runtime.predictor import Predictor
from warmstart.runtime.prepare import preparation
from warmstart.training.onnx_graph import linear_graph


def predictor(model, *, by_length=False):
    return Predictor(preparation(model.preparation, model.assets), Graph(model.graph, threads=1), by_length=by_length)


def test_answers_come_in_the_order_of_the_texts():
    texts = ["good good good", "bad", "", "fine " * 14, None, "awful bad"] * 90
    with Decoder() as decoder:
        found = predictor(text_model(), by_length=True).predict(texts, decoder=decoder)
        alone = predictor(text_model()).predict(["awful bad"], decoder=decoder)
    assert found.kept.tolist() == [row for row, text in enumerate(texts) if text]
    assert found.failed == {
        row: "is empty" if text == "" else "is missing" for row, text in enumerate(texts) if not text
    }
    np.testing.assert_allclose(found.embedding[:4], [[3, 0], [0, 1], [7, 0], [0, 3]])
    np.testing.assert_array_equal(found.scores[3], alone.scores[0])


def test_a_graph_that_gives_no_embedding_answers_with_one_of_width_0():
    zeros = np.zeros(1, np.float32)
    head = {"mean": zeros, "scale": zeros + 1, "weight": np.ones((2, 1), np.float32), "bias": np.zeros(2, np.float32)}
    graph = Graph(linear_graph(1, **head, temperature=1.0, embedded=False), threads=1)
    with Decoder() as decoder:
        found = Predictor(preparation({"kind": "constant"}, {}), graph).predict(["a", "b", "c"], decoder=decoder)
    assert (found.scores.shape, found.embedding.shape) == ((3, 2), (3, 0))


def test_images_that_cannot_be_read_get_a_reason():
    red, blue = np.zeros((5, 6, 3), np.uint8), np.zeros((9, 9, 3), np.uint8)
    red[..., 0], blue[..., 2] = 255, 255
    with Decoder(workers=1) as decoder:
        found = predictor(image_model()).predict([red, b"", blue], decoder=decoder, batch_size=2)
    assert found.kept.tolist() == [0, 2]
    assert found.failed == {1: "is empty"}
    assert found.scores.argmax(axis=1).tolist() == [0, 1]


def test_nothing_readable_gives_no_rows():
    with Decoder() as decoder:
        found = predictor(text_model()).predict(["", None], decoder=decoder)
    assert len(found.scores) == 0
    assert set(found.failed) == {0, 1}


def test_progress_reaches_the_total():
    told = []
    with Decoder() as decoder:
        predictor(text_model()).predict(["good"] * 40, decoder=decoder, progress=lambda *step: told.append(step))
    assert told[-1] == ("predict", 40, 40)
    assert len(told) == 3


def test_a_graph_that_cannot_load_is_told():
    broken = Predictor(preparation({"kind": "constant"}, {}), Graph(b"\x00", threads=1))
    with Decoder() as decoder, pytest.raises(BundleError, match="must be an ONNX model"):
        broken.predict(["a"], decoder=decoder)

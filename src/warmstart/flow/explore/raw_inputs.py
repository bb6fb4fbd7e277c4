"""What clustering gets to see where nothing is transferred: the inputs themselves, and careful classical features."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from warmstart.controls.hog import Hog, zeros_on_disk
from warmstart.core.material import Material
from warmstart.core.progress import Progress
from warmstart.core.representation import FeatureTable, blocks, let_go
from warmstart.learning.many_rows import some_places
from warmstart.learning.term_counts import count_terms, weigh
from warmstart.runtime.decode import Decoder
from warmstart.runtime.prepare import preparation, prepared_batches
from warmstart.runtime.tfidf import tfidf_features, vectorizer_of

SIDE = 32
PIXELS = {"kind": "image", "size": [SIDE, SIDE], "resize": "squash", "filter": "bilinear"}
TOGETHER = 64
LATENT = 100
RAW_PIXELS, RAW_HOG, RAW_WORDS = "raw pixels", "PCA of HOG", "TF-IDF with truncated SVD"


def raw_inputs(material: Material, decoder: Decoder, *, progress: Progress) -> dict[str, FeatureTable]:
    """Return features of all rows that borrow nothing, by name: pixels and HOG of images, TF-IDF of texts."""
    made = {"image": _of_images, "text": _of_texts}[material.dataset.modality](material, decoder, progress)
    return {name: FeatureTable((values,), np.arange(len(material.dataset))) for name, values in made.items()}


def _of_images(material: Material, decoder: Decoder, progress: Progress) -> dict[str, np.ndarray]:
    hog = Hog().prepare(material, decoder, progress=progress)
    return {RAW_PIXELS: _pixels(material.dataset.inputs[0].cells, decoder, progress), RAW_HOG: hog}


def _pixels(cells: Sequence[object], decoder: Decoder, progress: Progress) -> np.ndarray:
    """Return small pictures (rows, 3 · SIDE²) of float32, 0 to 1; zeros where a file is no longer readable."""
    found = zeros_on_disk((len(cells), 3 * SIDE * SIDE))
    for rows, made in prepared_batches(preparation(PIXELS, {}), cells, decoder, TOGETHER):
        found[rows[made.kept]] = made.feeds["pixels"].reshape(len(made.kept), -1) / np.float32(255)
        let_go(found)
        progress(RAW_PIXELS, int(rows[-1]) + 1, len(cells))
    return found


def _of_texts(material: Material, decoder: Decoder, progress: Progress) -> dict[str, np.ndarray]:
    """Return latent semantic analysis (Deerwester et al., 1990): rows of length one, as its users cluster them."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.preprocessing import normalize

    texts = material.dataset.inputs[0].cells
    some = [texts[place] for place in some_places(len(texts))]
    counted = count_terms(some)
    vectorizers = [vectorizer_of(*one) for one in weigh(counted, np.arange(len(some))).vocabularies(counted)]
    sample = tfidf_features(vectorizers, some)
    svd = TruncatedSVD(min(LATENT, min(sample.shape) - 1), random_state=0).fit(sample)
    found = []
    for part in blocks(len(texts)):
        found.append(normalize(svd.transform(tfidf_features(vectorizers, texts[part]))).astype(np.float32))
        progress(RAW_WORDS, min(part.stop, len(texts)), len(texts))
    return {RAW_WORDS: np.concatenate(found)}

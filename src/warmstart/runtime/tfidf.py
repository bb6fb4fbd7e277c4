"""TF-IDF as plain data: vocabularies in JSON and idf weights, rebuilt into scikit-learn's vectorizer.

Nothing is unpickled: a vectorizer is described by typed options, a list of terms, and an array.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from warmstart.errors import BundleError

OPTIONS = ("analyzer", "ngram_range", "lowercase", "sublinear_tf", "strip_accents", "norm")
ANALYZERS = ("word", "char", "char_wb")


def describe_vectorizers(vectorizers: Sequence[Any]) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return fitted TfidfVectorizers as a preparation ("kind": "tfidf") and its asset files.

    Parameters
    ----------
    vectorizers : fitted `TfidfVectorizer`s with the default tokenizer; their features stand side by side.
    """
    blocks: list[dict[str, Any]] = []
    assets: dict[str, bytes] = {}
    for place, vectorizer in enumerate(vectorizers):
        options = {name: getattr(vectorizer, name) for name in OPTIONS}
        options["ngram_range"] = list(options["ngram_range"])
        names = {"vocabulary": f"vocabulary_{place}.json", "idf": f"idf_{place}.npy"}
        terms = [str(term) for term in vectorizer.get_feature_names_out()]
        assets[names["vocabulary"]] = json.dumps(terms, ensure_ascii=False).encode()
        assets[names["idf"]] = _array_bytes(vectorizer.idf_)
        blocks.append({**options, **names})
    return {"kind": "tfidf", "blocks": blocks}, assets


def rebuild_vectorizers(config: Mapping[str, Any], assets: Mapping[str, bytes]) -> list[Any]:
    """Return the vectorizers that `describe_vectorizers` described.

    Raises
    ------
    BundleError : an asset is missing, or vocabulary and idf do not belong together.
    """
    return [_rebuild(block, assets) for block in config["blocks"]]


def _rebuild(block: Mapping[str, Any], assets: Mapping[str, bytes]) -> Any:
    """Return one vectorizer."""
    for name in (block["vocabulary"], block["idf"]):
        if name not in assets:
            raise BundleError(f"The text preparation needs the file '{name}', and it is not there.")
    if block["analyzer"] not in ANALYZERS:
        raise BundleError(f"`analyzer` must be one of: {', '.join(ANALYZERS)}. Got {block['analyzer']!r}.")
    terms = json.loads(assets[block["vocabulary"]])
    idf = np.load(io.BytesIO(assets[block["idf"]]), allow_pickle=False)
    if idf.shape != (len(terms),):
        raise BundleError(f"The vocabulary has {len(terms)} terms and its idf weights are of shape {idf.shape}.")
    options = {name: block[name] for name in OPTIONS}
    return vectorizer_of({**options, "ngram_range": tuple(options["ngram_range"])}, terms, idf)


def vectorizer_of(options: Mapping[str, Any], terms: Sequence[str], idf: np.ndarray) -> Any:
    """Return a fitted TfidfVectorizer, with sublinear counts, of these terms and their weights (terms,)."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    places = {term: place for place, term in enumerate(terms)}
    vectorizer = TfidfVectorizer(**{"sublinear_tf": True, **options}, vocabulary=places, dtype=np.float32)
    vectorizer.idf_ = idf.astype(np.float32)
    return vectorizer


def tfidf_features(vectorizers: Sequence[Any], texts: Sequence[str]) -> Any:
    """Return the features of the texts side by side, a sparse matrix (texts, terms) of float32."""
    import scipy.sparse

    blocks = [vectorizer.transform(texts) for vectorizer in vectorizers]
    return scipy.sparse.hstack(blocks, format="csr", dtype=np.float32)


def _array_bytes(values: np.ndarray) -> bytes:
    """Return an array as the bytes of an .npy file."""
    buffer = io.BytesIO()
    np.save(buffer, np.asarray(values, dtype=np.float32), allow_pickle=False)
    return buffer.getvalue()

"""The planted cases: a task and a source that meet, and whether transfer was planted to help."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from _planted_sources import (
    LITE,
    MINILM,
    Made,
    gratings_by_light,
    gratings_by_tilt,
    never_trained,
    noise_and_labels,
    packaged,
    pictures_with_labels_in_disorder,
    small,
    tuned_to_random_labels,
    weights_damaged,
    weights_in_disorder,
    wrongly_normalised,
)
from _planted_tasks import at_random, cells, colours, counted, emoji, sentiment, textures, tilted, tokens
from _ranking_tasks import Task

TESTED = 400


@dataclass(frozen=True)
class Case:
    """A task and a source.

    Parameters
    ----------
    rows : how many the user has labelled, besides the tested ones.
    tested : how many the user gives as a test part; 0, and the rows are cross-fitted.
    exact : what any model reaches in truth, where that is known without looking.
    """

    name: str
    task: Callable[[], Task]
    source: Made
    rows: int
    tested: int = 0
    helpful: bool = False
    exact: float | None = None


def cases() -> list[Case]:
    """Return the cases, those in which transfer is of no use first."""
    return [*_harmful(), *_helpful()]


def _harmful() -> list[Case]:
    google, twitter = partial(emoji, "google"), partial(emoji, "twitter")
    amazon, movies, tweets = (partial(sentiment, site) for site in ("amazon", "movies", "tweets"))
    lite, minilm = packaged(LITE), packaged(MINILM)
    return [
        Case("labels at random: pictures", lambda: at_random(google()), lite, 300, exact=0.5),
        Case("labels at random: texts", lambda: at_random(amazon()), minilm, 300, TESTED, exact=0.5),
        Case("source with shuffled labels", twitter, small("shuffled", pictures_with_labels_in_disorder), 300),
        Case("source pre-trained on noise", google, small("noise", noise_and_labels), 300),
        Case("source taught the opposite", tilted, small("light", gratings_by_light), 300, TESTED),
        Case("noise textures", textures, lite, 200, TESTED),
        Case("colour alone", colours, lite, 200, TESTED),
        Case("source never trained", cells, never_trained(LITE), 300),
        Case("weights in disorder: pictures", google, weights_in_disorder(LITE), 300, TESTED),
        Case("wrongly normalised", cells, wrongly_normalised(LITE), 300, TESTED),
        Case("random tokens", tokens, minilm, 300),
        Case("one word", counted, minilm, 300, TESTED),
        Case("weights in disorder: texts", amazon, weights_in_disorder(MINILM), 300, TESTED),
        Case("damaged weights: texts", movies, weights_damaged(MINILM), 300),
        Case("source tuned to random labels", tweets, tuned_to_random_labels, 300, TESTED),
    ]


def _helpful() -> list[Case]:
    google, twitter = partial(emoji, "google"), partial(emoji, "twitter")
    amazon, movies, tweets = (partial(sentiment, site) for site in ("amazon", "movies", "tweets"))
    lite, minilm, helps = packaged(LITE), packaged(MINILM), partial(Case, helpful=True)
    return [
        helps("google: 200 rows", google, lite, 200),
        helps("google: 300 rows", google, lite, 300, TESTED),
        helps("google: 600 rows", google, lite, 600, TESTED),
        helps("twitter: 200 rows", twitter, lite, 200),
        helps("twitter: 400 rows", twitter, lite, 400, TESTED),
        helps("twitter: lite1", twitter, packaged("efficientnet-lite1"), 300, TESTED),
        helps("solar cells: 600 rows", cells, lite, 600, TESTED),
        helps("source taught the task", tilted, small("tilt", gratings_by_tilt), 200),
        helps("amazon: 200 rows", amazon, minilm, 200),
        helps("amazon: 500 rows", amazon, minilm, 500, TESTED),
        helps("movies: 300 rows", movies, minilm, 300, TESTED),
        helps("movies: 600 rows", movies, minilm, 600, TESTED),
        helps("tweets: 200 rows", tweets, minilm, 200),
        helps("tweets: 400 rows", tweets, minilm, 400, TESTED),
    ]

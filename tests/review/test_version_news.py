"""A new version is told to who is reviewing: since when, learnt from what, and what it changes."""

from __future__ import annotations

import re

from kgreview.review.version_news import version_news
from tests.films import MakeFilms, Score

BEFORE = {"l0 r0": 0.9, "l1 r1": 0.6, "l2 r2": 0.4, "l3 r3": 0.1}


def test_a_new_version_says_how_many_pairs_crossed_and_where_the_threshold_is(
    same_films: MakeFilms, score: Score
) -> None:
    project = same_films()
    score(project, BEFORE)
    assert version_news(project, "v1") is None
    score(project, BEFORE | {"l1 r1": 0.3, "l2 r2": 0.7}, threshold=0.65, name="v2")
    news = version_news(project, "v1")
    assert news is not None
    assert re.fullmatch(
        r"v2 is current since \d\d:\d\d UTC\. 2 pairs crossed the threshold\. "
        r"Threshold 0\.50 → 0\.65\.",
        news,
    )
    assert version_news(project, "v2") is None


def test_one_whose_threshold_stays_says_so_and_one_that_is_not_there_says_nothing(
    same_films: MakeFilms, score: Score
) -> None:
    project = same_films()
    score(project, BEFORE)
    score(project, BEFORE | {"l3 r3": 0.8}, name="v2")
    assert "1 pair crossed the threshold. Threshold 0.50 as before." in str(
        version_news(project, "v1")
    )
    assert version_news(project, "v7") is None


def test_scores_of_other_candidates_are_not_compared(same_films: MakeFilms, score: Score) -> None:
    project = same_films()
    score(project, BEFORE)
    (project.path / "models" / "v1" / "scores.npy").unlink()
    score(project, BEFORE, threshold=0.4, name="v2")
    news = str(version_news(project, "v1"))
    assert "crossed" not in news
    assert news.endswith("Threshold 0.50 → 0.40.")

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kgreview.aligner.explanation import NeighbourAttention, PairAttention, agreement
from kgreview.pipeline.explanation import explain
from kgreview.pipeline.faithfulness import (
    _interval,
    check,
    check_new,
    draw_near,
    evidence_words,
    measured,
)
from kgreview.pipeline.project import Project


@pytest.mark.slow
def test_the_figure_is_the_mean_rank_correlation_of_the_pairs(small_sample: Path) -> None:
    project = Project.open(small_sample)
    pairs = project.candidates()
    found = check(project, "v1", sample=400)
    scores = np.load(project.version_folder("v1") / "scores.npy")
    threshold = explain(project, "v1", 0, 0).threshold
    each = []
    for candidate in draw_near(scores, threshold, 400, 0):
        left, right = int(pairs.left[candidate]), int(pairs.right[candidate])
        attention = explain(project, "v1", left, right).attention
        each.append(agreement([attention.left, attention.right], 3))
    ranked = np.array([value for value in each if not math.isnan(value)])
    assert (found.pairs, found.ranked) == (400, len(ranked))
    assert found.rank_correlation == pytest.approx(ranked.mean())
    if np.ptp(ranked) > 1e-9:
        assert found.low <= found.rank_correlation <= found.high
    else:  # of equal correlations there is no interval
        assert math.isnan(found.low)
        assert math.isnan(found.high)
    assert found.trusted == pytest.approx((ranked >= 0.3).mean())
    assert 0 <= found.first <= 1
    assert found.telling > 0
    assert 0.5 < found.signs <= 1


def test_pairs_like_those_that_are_asked_are_drawn_and_the_same_each_time() -> None:
    scores = np.linspace(0, 1, 1001, dtype=np.float32)
    drawn = draw_near(scores, 0.5, 20, seed=3)
    assert len(set(drawn.tolist())) == 20
    assert (np.abs(scores[drawn] - 0.5) <= 0.051).all()
    np.testing.assert_array_equal(draw_near(scores, 0.5, 20, seed=3), drawn)
    assert len(draw_near(scores[:7], 0.5, 20, seed=3)) == 7


def test_a_new_version_is_measured_and_the_page_says_what_it_means(small_sample: Path) -> None:
    project = Project.open(small_sample)
    assert measured(project, "v1") is None, "not while somebody waits for its scores"
    check_new(project, "v1")
    found = measured(project, "v1")
    assert found is not None
    assert found["pairs"] == 100
    assert f"{found['rank_correlation']:.2f}" in str(evidence_words(project, "v1"))


@pytest.mark.parametrize(
    ("correlation", "words"),
    [
        (0.9, "the contributions shown are faithful"),
        (0.4, "faithful for most pairs"),
        (-0.2, "often not faithful"),
        (None, "too few pairs"),
    ],
)
def test_the_words_follow_the_figure(
    small_sample: Path, correlation: float | None, words: str
) -> None:
    project = Project.open(small_sample)
    write(project, ranked=40, rank_correlation=correlation, trusted=0.5)
    assert words in str(evidence_words(project, "v1"))


def test_equal_correlations_have_no_interval_and_others_one_that_a_correlation_can_have() -> None:
    for alike in ([1.0] * 40, [0.3], [0.1 + 0.2, 0.3]):
        mean, low, high = _interval(np.array(alike))
        assert mean == pytest.approx(alike[0])
        assert math.isnan(low)
        assert math.isnan(high)
    mean, low, high = _interval(np.array([1.0, 1.0, 0.4]))
    assert -1 <= low < mean < high == 1  # Student's: 1.96 standard errors would end at 0.41
    assert low == pytest.approx(-0.06, abs=0.01)
    assert np.isnan(_interval(np.array([]))).all()


def test_the_words_tell_how_often_the_sign_is_right_where_there_is_any(small_sample: Path) -> None:
    project = Project.open(small_sample)
    figures = {"ranked": 40, "rank_correlation": 0.9, "trusted": 0.5}
    write(project, **figures, telling=1234, signs=0.98)
    said = str(evidence_words(project, "v1"))
    assert "Of 1,234 neighbours that change the log odds by more than 0.1, 98% speak" in said
    write(project, **figures, telling=0, signs=None)
    assert "more than 0.1" not in str(evidence_words(project, "v1"))


def write(project: Project, **figures: float | None) -> None:
    file = project.version_folder("v1") / "agreement.json"
    file.write_text(json.dumps(figures), encoding="utf-8")


def test_a_version_that_was_not_measured_says_nothing(small_sample: Path) -> None:
    project = Project.open(small_sample)
    (project.version_folder("v1") / "agreement.json").write_text("{")
    assert measured(project, "v1") is None
    assert evidence_words(project, "v1") is None
    assert evidence_words(project, "../..") is None


def correlation_with(
    attention: Sequence[PairAttention], shown: Callable[[NeighbourAttention], float]
) -> float:
    """Mean rank correlation, where neighbours are shown with other figures."""
    found = [
        agreement([[replace(n, contribution=shown(n)) for n in side] for side in sides], 3)
        for sides in ([each.left, each.right] for each in attention)
    ]
    # what is the same for all ranks nothing: no correlation
    return float(np.nan_to_num(found).mean())


@pytest.mark.slow
def test_what_is_shown_is_the_reason_and_even_or_shuffled_figures_would_not_be(
    sample: Path,
) -> None:
    project = Project.open(sample)
    found = check(project, "v1")
    assert found.pairs == 200
    assert found.rank_correlation >= 0.9
    assert found.telling > 200
    assert found.signs >= 0.95
    pairs, scores = project.candidates(), np.load(project.version_folder("v1") / "scores.npy")
    threshold = explain(project, "v1", 0, 0).threshold
    rows = [(int(pairs.left[c]), int(pairs.right[c])) for c in draw_near(scores, threshold, 200, 0)]
    attention = [explain(project, "v1", *pair).attention for pair in rows]
    attention = [a for a in attention if len(a.left) + len(a.right) >= 3]
    rng = np.random.default_rng(0)
    assert correlation_with(attention, lambda n: n.contribution) >= 0.9
    assert abs(correlation_with(attention, lambda _: 0.1)) < 0.2
    assert abs(correlation_with(attention, lambda _: rng.normal())) < 0.2

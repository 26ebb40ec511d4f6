"""The paired bootstrap: what it calls worse is worse, and chance alone is hardly ever."""

from __future__ import annotations

import math

import numpy as np
import pytest

from kgreview.evaluation import bootstrap
from kgreview.evaluation.bootstrap import _average_precision, compare_paired, prauc_interval
from kgreview.evaluation.metrics import average_precision

Floats = np.ndarray


def scored(
    rng: np.random.Generator, entities: int, signal: tuple[float, float]
) -> tuple[Floats, Floats, Floats, Floats]:
    """Entities with five candidates, the first the match; two scorings of unlike signal."""
    entity = np.repeat(np.arange(entities), 5)
    label = np.tile([1, 0, 0, 0, 0], entities)
    shared = rng.normal(size=len(label))
    one, two = (
        strength * label + shared + rng.normal(scale=0.5, size=len(label)) for strength in signal
    )
    return label, one, two, entity


def test_a_draw_counts_pairs_as_often_as_they_are_drawn() -> None:
    label = np.array([1, 0, 1, 0])
    scores = np.array([0.9, 0.8, 0.8, 0.1])
    times = np.array([[2.0, 1, 0, 3], [1, 1, 1, 1], [0, 2, 0, 1]])
    found = _average_precision(label, scores, times)
    for drawn, figure in zip(times.astype(int), found, strict=True):
        taken = np.repeat(np.arange(4), drawn)
        expected = average_precision(label[taken], scores[taken])
        np.testing.assert_allclose(figure, expected)


def test_a_scoring_is_as_good_as_itself() -> None:
    label, one, _, entity = scored(np.random.default_rng(0), 50, (2.0, 2.0))
    found = compare_paired(label, one, one, entity)
    assert found.difference == (0, 0, 0)
    assert not found.worse
    assert (found.pairs, found.matches, found.entities) == (250, 50, 50)
    assert found.before.low < found.before.value < found.before.high


def test_where_all_draws_are_alike_there_is_a_figure_and_no_interval() -> None:
    label = np.array([1] * 8 + [0] * 9)
    perfect, other = np.linspace(1, 0, 17), np.linspace(1, 0, 17) ** 2
    found = compare_paired(label, perfect, other, np.arange(17))
    assert (found.before.value, found.after.value, found.difference.value) == (1, 1, 0)
    for interval in (found.before, found.after, found.difference):
        assert math.isnan(interval.low)
        assert math.isnan(interval.high)
    assert math.isnan(prauc_interval(label, perfect, np.arange(17)).width)
    # of one entity every draw is the whole: what it lost may be chance
    one = compare_paired([1, 0, 0], [0.9, 0.5, 0.1], [0.1, 0.5, 0.9], [7, 7, 7])
    assert one.difference.value < -0.5
    assert not one.worse


def test_one_scoring_alone_has_the_interval_that_it_has_in_a_comparison() -> None:
    label, one, two, entity = scored(np.random.default_rng(3), 40, (2.0, 1.5))
    assert prauc_interval(label, one, entity) == compare_paired(label, one, two, entity).before


def test_the_order_of_the_pairs_does_not_matter_and_the_seed_repeats() -> None:
    label, one, two, entity = scored(np.random.default_rng(1), 40, (2.0, 1.5))
    found = compare_paired(label, one, two, entity)
    assert found == compare_paired(label, one, two, entity)
    turned = np.random.default_rng(2).permutation(len(label))
    again = compare_paired(label[turned], one[turned], two[turned], entity[turned])
    np.testing.assert_allclose(again.difference, found.difference)


@pytest.mark.parametrize("label", [[], [0, 0], [1, 1]])
def test_without_both_labels_nothing_is_known(label: list[int]) -> None:
    found = compare_paired(label, [0.5] * len(label), [0.5] * len(label), range(len(label)))
    assert all(map(math.isnan, (*found.before, *found.after, *found.difference)))
    assert not found.worse


def test_many_pairs_are_drawn_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    label, one, two, entity = scored(np.random.default_rng(3), 30, (2.0, 1.0))
    whole = compare_paired(label, one, two, entity)
    monkeypatch.setattr(bootstrap, "_CELLS", 7 * len(label))
    parts = compare_paired(label, one, two, entity)
    np.testing.assert_allclose(parts.difference, whole.difference, atol=0.03)


def test_versions_that_are_equally_good_are_rarely_called_worse() -> None:
    """One-sided at 2.5 %: of 300 pairs of equals some seven or eight, hardly ever twice as many."""
    rng = np.random.default_rng(4)
    called = [compare_paired(*scored(rng, 60, (1.5, 1.5)), resamples=200).worse for _ in range(300)]
    assert 1 <= sum(called) <= 18


def test_a_clearly_worse_version_is_nearly_always_found() -> None:
    rng = np.random.default_rng(5)
    worse = [compare_paired(*scored(rng, 60, (2.0, 1.0)), resamples=200).worse for _ in range(60)]
    better = [compare_paired(*scored(rng, 60, (1.0, 2.0)), resamples=200).worse for _ in range(60)]
    assert sum(worse) >= 57
    assert not any(better)


def test_the_interval_of_the_difference_holds_the_true_one() -> None:
    """Of 300 samples, 95 % of the intervals hold what a sample of 20,000 entities comes to."""
    rng = np.random.default_rng(6)
    label, one, two, _ = scored(rng, 20_000, (1.5, 1.2))
    truth = average_precision(label, two) - average_precision(label, one)
    held = 0
    for _ in range(300):
        found = compare_paired(*scored(rng, 80, (1.5, 1.2)), resamples=200).difference
        held += found.low <= truth <= found.high
    assert 0.91 <= held / 300 <= 0.985


def test_pairs_of_one_entity_are_not_taken_for_independent() -> None:
    """Five copies of each entity's pairs tell no more than one: the interval is as wide."""
    label, one, two, entity = scored(np.random.default_rng(7), 60, (1.5, 1.2))
    once = compare_paired(label, one, two, entity).difference.width
    copied = [np.tile(column, 5) for column in (label, one, two, entity)]
    assert compare_paired(*copied).difference.width == pytest.approx(once, rel=0.15)

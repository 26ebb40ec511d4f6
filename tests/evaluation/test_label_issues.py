"""Wrong labels stand out to a model that has not learnt from them."""

import numpy as np
import pytest

from kgreview.evaluation.label_issues import doubt, unfitted

PAIRS = 400


@pytest.fixture(scope="module")
def pairs() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Features, labels with one in ten wrong, groups of two pairs, and which are wrong."""
    rng = np.random.default_rng(0)
    truth = rng.random(PAIRS) < 0.4
    features = rng.normal(truth[:, None] * [2.0, 1.0, 0.0], 1.0)
    wrong = rng.random(PAIRS) < 0.1
    return features, (truth ^ wrong).astype(int), np.arange(PAIRS) // 2, wrong


def test_most_wrong_labels_are_among_the_first_fifth(
    pairs: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
) -> None:
    features, labels, groups, wrong = pairs
    everything = np.ones(PAIRS, bool)
    found = doubt(labels, unfitted(features, labels, groups, judged=everything, learnt=everything))
    first = np.argsort(-found)[: PAIRS // 5]
    assert wrong[first].sum() >= 0.65 * wrong.sum()


def test_what_a_label_says_has_no_part_in_its_own_judgement(
    pairs: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
) -> None:
    features, labels, groups, _ = pairs
    everything = np.ones(PAIRS, bool)
    before = unfitted(features, labels, groups, judged=everything, learnt=everything)
    other = labels.copy()
    other[:2] = 1 - other[:2]  # the two pairs of one left entity
    after = unfitted(features, other, groups, judged=everything, learnt=everything)
    assert (before[:2] == after[:2]).all()
    assert (before != after).any()


def test_labels_that_may_not_be_learnt_from_are_judged_and_change_nothing(
    pairs: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
) -> None:
    features, labels, groups, _ = pairs
    judged = np.arange(PAIRS) < 50
    one = unfitted(features, labels, groups, judged=judged, learnt=~judged)
    labels = np.where(judged, 1 - labels, labels)
    assert (
        unfitted(features, labels, groups, judged=judged, learnt=~judged)[:50] == one[:50]
    ).all()
    assert np.isnan(one[50:]).all()
    assert not np.isnan(one[:50]).any()


@pytest.mark.parametrize("labels", [np.zeros(PAIRS, int), np.arange(PAIRS) % 40 == 0])
def test_from_a_handful_of_labels_of_a_kind_nothing_is_concluded(labels: np.ndarray) -> None:
    everything = np.ones(PAIRS, bool)
    found = unfitted(
        np.ones((PAIRS, 1)), labels, np.arange(PAIRS), judged=everything, learnt=everything
    )
    assert np.isnan(found).all()


@pytest.mark.parametrize("seed", range(20))
def test_twenty_labels_of_either_kind_are_enough_however_they_are_parted(seed: int) -> None:
    labels = np.random.default_rng(seed).permutation(np.repeat([0, 1], 20))
    everything, groups = np.ones(40, bool), np.arange(40)
    features = labels[:, None].astype(float)
    found = unfitted(features, labels, groups, judged=everything, learnt=everything, seed=seed)
    assert not np.isnan(found).all()
    features, labels = features[1:], labels[1:]
    fewer, groups = everything[1:], groups[1:]
    found = unfitted(features, labels, groups, judged=fewer, learnt=fewer, seed=seed)
    assert np.isnan(found).all(), "nineteen of one kind are not"


def test_no_pairs_and_columns_that_are_missing_throughout_are_no_fault(
    pairs: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
) -> None:
    none = np.zeros(0)
    assert len(unfitted(np.zeros((0, 3)), none, none, judged=none, learnt=none)) == 0
    features, labels, groups, _ = pairs
    everything = np.ones(PAIRS, bool)
    wider = np.column_stack([features, np.full(PAIRS, np.nan)])
    assert np.array_equal(
        unfitted(wider, labels, groups, judged=everything, learnt=everything),
        unfitted(features, labels, groups, judged=everything, learnt=everything),
    )


def test_doubt_is_the_probability_of_the_other_answer() -> None:
    assert doubt([1, 0, 1], [0.1, 0.1, np.nan]) == pytest.approx([0.9, 0.1, np.nan], nan_ok=True)

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, f1_score

from kgreview.evaluation.metrics import (
    average_precision,
    best_threshold,
    hits_at_1,
    precision_recall_curve,
    precision_recall_f1,
    recall_at_precision,
    threshold_at_precision,
)

scored = st.lists(
    st.tuples(st.integers(0, 1), st.integers(-3, 3).map(float)), min_size=1, max_size=30
).map(lambda pairs: tuple(np.array(column) for column in zip(*pairs, strict=True)))


def arrays(labels, scores):
    return np.array(labels), np.array(scores, dtype=float)


def test_average_precision_of_three_pairs_by_hand():
    # matches at ranks 1 and 3: (1/1 + 2/3) / 2
    assert average_precision(*arrays([1, 0, 1], [0.9, 0.5, 0.1])) == pytest.approx(5 / 6)


def test_equal_scores_enter_together_whatever_their_order():
    assert average_precision(*arrays([1, 0, 0, 0], [1, 1, 1, 1])) == 0.25
    assert average_precision(*arrays([0, 0, 0, 1], [1, 1, 1, 1])) == 0.25


def test_without_matches_there_is_no_figure():
    assert np.isnan(average_precision(*arrays([0, 0], [1, 2])))
    assert np.isnan(average_precision(*arrays([], [])))
    assert np.isnan(recall_at_precision(*arrays([0], [1])))


@given(scored)
def test_average_precision_is_the_fields(pair):
    labels, scores = pair
    if labels.any():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected = average_precision_score(labels, scores)
        assert average_precision(labels, scores) == pytest.approx(expected)


def test_the_best_threshold_lies_between_the_scores_it_parts():
    assert best_threshold(*arrays([1, 1, 0, 0], [0.9, 0.7, 0.3, 0.1])) == pytest.approx(0.5)
    assert best_threshold(*arrays([1, 1], [0.9, 0.7])) == pytest.approx(0.7)


def test_without_matches_the_threshold_lets_nothing_in():
    labels, scores = arrays([0, 0], [0.9, 0.7])
    assert not (scores >= best_threshold(labels, scores)).any()
    assert best_threshold(*arrays([], [])) == np.inf


@given(scored)
def test_no_other_threshold_has_a_higher_f1(pair):
    labels, scores = pair
    best = precision_recall_f1(labels, scores, best_threshold(labels, scores)).f1
    if labels.any():
        for other in np.unique(scores):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                assert best >= f1_score(labels, scores >= other) - 1e-12


def test_neighbouring_floats_are_parted():
    low = np.float64(0.5)
    high = np.nextafter(low, 1)
    labels, scores = arrays([1, 0], [high, low])
    assert precision_recall_f1(labels, scores, best_threshold(labels, scores)).f1 == 1


def test_links_lost_in_blocking_are_misses():
    labels, scores = arrays([1, 1, 0, 0], [0.9, 0.4, 0.6, 0.1])
    figures = precision_recall_f1(labels, scores, 0.5)
    assert figures == (0.5, 0.5, 0.5)
    end_to_end = precision_recall_f1(labels, scores, 0.5, missed=2)
    assert end_to_end.precision == 0.5
    assert end_to_end.recall == 0.25
    assert end_to_end.f1 == pytest.approx(1 / 3)


def test_nothing_called_and_nothing_to_find():
    assert precision_recall_f1(*arrays([1], [0.1]), 0.5) == (0, 0, 0)
    assert np.isnan(precision_recall_f1(*arrays([0], [0.1]), 0.5).recall)
    assert precision_recall_f1(*arrays([], []), 0.5, missed=3) == (0, 0, 0)


def test_recall_at_a_precision_takes_the_furthest_threshold_that_reaches_it():
    labels, scores = arrays([1, 0, 1, 1, 0], [5, 4, 3, 2, 1])
    assert recall_at_precision(labels, scores, 0.75) == 1  # 3 of the first 4
    assert recall_at_precision(labels, scores, 0.95) == pytest.approx(1 / 3)
    assert recall_at_precision(*arrays([0, 1], [2, 1]), 0.95) == 0


def test_the_threshold_of_a_precision_is_the_lowest_that_reaches_it():
    labels, scores = arrays([1, 0, 1, 1, 0, 0], [9, 8, 7, 6, 5, 4])
    assert threshold_at_precision(labels, scores, 0.75) == 6
    assert threshold_at_precision(labels, scores, 0.95) == 9
    assert np.isnan(threshold_at_precision(*arrays([0, 1], [2, 1]), 0.95))
    assert np.isnan(threshold_at_precision(*arrays([], []), 0.5))


def test_hits_count_linked_entities_whose_best_is_a_link():
    left = np.array([0, 0, 1, 1, 2])
    labels, scores = arrays([1, 0, 1, 0, 0], [0.9, 0.1, 0.2, 0.8, 0.9])
    # 0 hit, 1 not, 3 lost in blocking; 2 has no link
    assert hits_at_1(left, labels, scores, np.array([0, 1, 3])) == pytest.approx(1 / 3)


def test_a_tie_at_the_top_counts_with_its_share():
    left = np.array([0, 0, 0, 0])
    for labels in ([1, 0, 0, 0], [0, 0, 0, 1]):
        scores = [0.5, 0.5, 0.1, 0.5]
        assert hits_at_1(left, *arrays(labels, scores), np.array([0])) == pytest.approx(1 / 3)
    assert np.isnan(hits_at_1(left, *arrays([0] * 4, [0] * 4), np.array([], dtype=int)))


def test_nan_scores_and_columns_of_different_length_are_refused():
    with pytest.raises(ValueError, match="nan"):
        average_precision(*arrays([1], [np.nan]))
    with pytest.raises(ValueError, match="aligned"):
        best_threshold(*arrays([1, 0], [1]))


def test_the_curve_goes_from_the_highest_score_down():
    recall, precision = precision_recall_curve([1, 0, 1, 0], [0.9, 0.8, 0.7, 0.7])
    np.testing.assert_allclose(recall, [0.5, 0.5, 1.0])
    np.testing.assert_allclose(precision, [1.0, 0.5, 0.5])


def test_a_long_curve_is_thinned_and_keeps_its_ends():
    labels = np.arange(1000) % 2
    recall, precision = precision_recall_curve(labels, -np.arange(1000), most=50)
    assert len(recall) == len(precision) == 50
    assert (recall[0], precision[0]) == (0, 0)
    assert (recall[-1], precision[-1]) == (1, 0.5)
    assert [len(column) for column in precision_recall_curve([0], [0.5])] == [0, 0]

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgreview.evaluation.calibration import Calibration, expected_calibration_error, reliability


def sampled(slope: float, intercept: float, n: int = 20_000):
    rng = np.random.default_rng(0)
    scores = rng.normal(size=n) * 3
    labels = rng.random(n) < 1 / (1 + np.exp(-(slope * scores + intercept)))
    return scores, labels.astype(int)


def test_a_logistic_truth_is_found_again():
    fitted = Calibration.fit(*sampled(1.7, -2.0))
    assert fitted.slope == pytest.approx(1.7, rel=0.05)
    assert fitted.intercept == pytest.approx(-2.0, rel=0.05)


def test_calibrated_scores_are_probabilities_and_raw_ones_are_not():
    scores, labels = sampled(0.5, -1.0)
    raw = Calibration().apply(scores)
    fitted = Calibration.fit(scores, labels).apply(scores)
    assert expected_calibration_error(labels, raw) > 0.05
    assert expected_calibration_error(labels, fitted) < 0.02


@given(
    st.lists(st.tuples(st.floats(-50, 50), st.integers(0, 1)), max_size=20),
)
def test_the_order_of_pairs_stays_whatever_the_labels(pairs):
    scores = np.array([score for score, _ in pairs])
    fitted = Calibration.fit(scores, np.array([label for _, label in pairs]))
    assert fitted.slope > 0
    assert np.isfinite([fitted.slope, fitted.intercept]).all()
    applied = fitted.apply(np.sort(scores))
    assert (np.diff(applied) >= 0).all()
    assert ((applied >= 0) & (applied <= 1)).all()


def test_scores_that_part_the_labels_without_fault_keep_a_finite_slope():
    fitted = Calibration.fit([-2, -1, 1, 2], [0, 0, 1, 1])
    assert 0 < fitted.slope < 100
    assert fitted.apply([2])[0] < 1


def test_it_comes_back_from_json():
    fitted = Calibration(1.5, -0.25)
    assert Calibration.from_json(json.loads(json.dumps(fitted.to_json()))) == fitted


def test_bins_of_equal_width_by_hand():
    found = reliability([0, 1, 1, 1], [0.1, 0.4, 0.9, 1.0], bins=2)
    np.testing.assert_allclose(found.predicted, [0.25, 0.95])
    np.testing.assert_allclose(found.observed, [0.5, 1.0])
    assert found.pairs.tolist() == [2, 2]
    assert expected_calibration_error([0, 1, 1, 1], [0.1, 0.4, 0.9, 1.0], bins=2) == pytest.approx(
        0.5 * 0.25 + 0.5 * 0.05
    )


def test_an_empty_bin_has_no_figure():
    found = reliability([0, 1], [0.1, 0.9], bins=3)
    assert found.pairs.tolist() == [1, 0, 1]
    assert np.isnan([found.predicted[1], found.observed[1]]).all()


def test_without_pairs_there_is_no_figure():
    assert np.isnan(expected_calibration_error([], []))
    assert reliability([], [], bins=3).pairs.tolist() == [0, 0, 0]

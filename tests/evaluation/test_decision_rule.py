import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit

from kgreview.evaluation.calibration import Calibration, expected_calibration_error
from kgreview.evaluation.decision_rule import DecisionRule, steady_threshold
from kgreview.evaluation.metrics import best_threshold, precision_recall_f1


def sampled(slope: float, intercept: float, n: int, seed: int = 0):
    """Log odds of pairs, and labels drawn as if slope × log odds + intercept were the true ones."""
    rng = np.random.default_rng(seed)
    log_odds = rng.normal(-1, 3, size=n)
    return log_odds, (rng.random(n) < expit(slope * log_odds + intercept)).astype(int)


def test_of_many_pairs_the_threshold_is_that_of_the_best_f1():
    log_odds, label = sampled(1, 0, 20_000)
    best = precision_recall_f1(label, expit(log_odds), best_threshold(label, expit(log_odds)))
    steady = precision_recall_f1(label, expit(log_odds), steady_threshold(label, log_odds))
    assert steady.f1 == pytest.approx(best.f1, abs=0.002)


def test_a_threshold_of_few_matches_is_drawn_towards_one_half():
    label, log_odds = np.array([1, 1, 0, 0]), np.array([4.0, 3.0, 1.0, -2.0])
    # whatever is drawn, half-way between 3 and 1 is best, but two matches say no more than 2 of 7
    assert logit(steady_threshold(label, log_odds)) == pytest.approx(2 * 2 / 7)
    many = steady_threshold(np.repeat(label, 500), np.repeat(log_odds, 500))
    assert logit(many) == pytest.approx(2 * 1000 / 1005)


def test_of_few_pairs_it_does_better_on_others_than_the_best_threshold_does():
    others, truth = sampled(1, 0, 20_000, seed=1)
    steady, best = [], []
    for draw in range(40):
        log_odds, label = sampled(1, 0, 12, seed=100 + draw)
        if not 0 < label.sum() < 12:
            continue
        found = steady_threshold(label, log_odds), best_threshold(label, expit(log_odds))
        for threshold, f1 in zip(found, (steady, best), strict=True):
            f1.append(precision_recall_f1(truth, expit(others), threshold).f1)
    assert np.mean(steady) > np.mean(best) + 0.03
    assert np.std(steady) < np.std(best)


@pytest.mark.parametrize("label", [[], [0, 0], [1, 1]])
def test_without_labels_of_both_kinds_the_odds_are_even(label):
    assert steady_threshold(label, np.zeros(len(label))) == 0.5


@given(st.lists(st.tuples(st.floats(-40, 40), st.integers(0, 1)), max_size=30))
def test_a_threshold_is_a_probability_and_the_same_each_time(pairs):
    log_odds = np.array([value for value, _ in pairs])
    label = np.array([each for _, each in pairs])
    found = steady_threshold(label, log_odds)
    assert 0 < found < 1
    assert found == steady_threshold(label, log_odds)


def test_log_odds_are_believed_until_labels_speak_against_them():
    apart = np.array([-6.0, -5, -4, 4, 5, 6]), np.array([0, 0, 0, 1, 1, 1])
    few = DecisionRule.fit(*apart).calibration
    assert few.slope == pytest.approx(1, abs=0.05)
    assert few.intercept == pytest.approx(0, abs=0.05)
    log_odds, label = sampled(0.5, -2, 20_000)
    many = DecisionRule.fit(log_odds, label).calibration
    assert many.slope == pytest.approx(0.5, rel=0.05)
    assert many.intercept == pytest.approx(-2, rel=0.05)


def test_of_few_labels_log_odds_are_better_calibrated_than_by_platts_scaling():
    log_odds, label = sampled(1, 0, 30)
    others, truth = sampled(1, 0, 20_000, seed=1)
    errors = [
        expected_calibration_error(truth, fitted.apply(others))
        for fitted in (
            DecisionRule.fit(log_odds, label).calibration,
            Calibration.fit(log_odds, label),
        )
    ]
    assert errors[0] < errors[1]


def test_nothing_known_leaves_log_odds_as_they_are():
    rule = DecisionRule.fit([], [])
    assert (rule.calibration, rule.threshold) == (Calibration(), 0.5)

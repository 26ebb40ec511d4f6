"""Competing candidates: what is looked at, and that evidence never counts against a pair."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from kgreview.aligner import rank_features
from kgreview.aligner.reranking import RISING, Competition, SmoothCorrection, of_competitors, rising

numbers = st.floats(-20, 20, width=32)


def test_the_best_of_the_others_is_looked_at():
    values = np.array([1, 3, 2, 5], np.float32)
    best, others, count = of_competitors(values, np.array([0, 0, 0, 9]))
    np.testing.assert_array_equal(best, [3, 2, 3, -8])
    np.testing.assert_allclose(
        others, np.log1p([np.e**3 + np.e**2, np.e + np.e**2, np.e + np.e**3, 0]), rtol=1e-5
    )
    np.testing.assert_allclose(count, np.log1p([3, 3, 3, 1]), rtol=1e-6)


def test_the_others_are_the_same_however_many_are_looked_at_at_once(monkeypatch):
    rng = np.random.default_rng(0)
    values, entities = rng.normal(size=40).astype(np.float32), rng.integers(0, 6, 40)
    whole = of_competitors(values, entities)
    monkeypatch.setattr(rank_features, "_AT_ONCE", 5)
    np.testing.assert_array_equal(of_competitors(values, entities), whole)


def test_two_that_are_level_are_each_others_best():
    best, _, _ = of_competitors(np.array([4, 4], np.float32), np.array([1, 1]))
    np.testing.assert_array_equal(best, [4, 4])


def test_no_pairs_at_all():
    nothing = np.empty(0, np.float32)
    assert all(len(column) == 0 for column in of_competitors(nothing, np.empty(0, np.int64)))


def test_what_a_pair_is_set_against_does_not_hang_on_itself():
    left, right = np.array([0, 0, 1]), np.array([0, 1, 1])
    one = Competition(np.array([1, 2, 3], np.float32), np.zeros(3, np.float32), left, right)
    two = Competition(np.array([9, 2, 3], np.float32), np.zeros(3, np.float32), left, right)
    np.testing.assert_array_equal(one.against[0], two.against[0])
    assert (one.against[1] != two.against[1]).any()


@given(st.lists(numbers, min_size=8, max_size=8), st.floats(0.125, 5, width=32), st.integers(0, 5))
def test_more_evidence_makes_a_pair_likelier_strictly(figures, more, seed):
    torch.manual_seed(seed)
    correction = SmoothCorrection(2)
    log_odds, evidence, *against = figures
    others = torch.tensor([[0.5, 1.0]])

    def final(extra: float) -> float:
        own = torch.tensor([log_odds + extra]), torch.tensor([evidence + extra])
        with torch.no_grad():
            return float(correction(rising(*own, torch.tensor([against])), others))

    assert final(more) > final(0)


def test_rising_figures_are_the_own_ones_and_six_leads():
    up = rising(torch.tensor([3.0]), torch.tensor([1.0]), torch.tensor([[1.0, 2, 0, 0, 4, 0]]))
    np.testing.assert_array_equal(up.numpy(), [[3, 1, 2, 1, 3, 3, -3, 1]])
    assert up.shape[1] == RISING

"""Boosted trees as tensors say what scikit-learn says that grew them."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import HistGradientBoostingClassifier

from kgreview.aligner.trees import BoostedTrees

NAN = math.nan


def draw(seed: int, pairs: int = 600) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Figures with gaps, equal values, one column that is never there, and labels to be learnt."""
    rng = np.random.default_rng(seed)
    figures = rng.normal(size=(pairs, 6)).astype(np.float32).round(int(rng.integers(1, 6)))
    figures[rng.random(figures.shape) < 0.2] = NAN
    figures[:, 2] = NAN
    figures[:, 3] = 1.0
    known = np.nan_to_num(figures)
    label = (known[:, 0] * known[:, 1] + np.isnan(figures[:, 4]) > 0.3).astype(np.int8)
    return figures, label, rng.integers(1, 4, pairs).astype(np.float32) / 2


@settings(max_examples=20)
@given(st.integers(0, 10_000), st.sampled_from([2, 8, 31]))
def test_they_give_the_logits_of_the_trees_they_were_made_of(seed: int, leaves: int) -> None:
    """Also where a figure lies just at a threshold, and where one is missing."""
    figures, label, weight = draw(seed)
    trees = BoostedTrees(20, leaves)
    trees.fit(figures, label, weight, seed)
    there = ~np.isnan(figures).all(axis=0)
    times = np.rint(2 * weight).astype(np.int64)  # a pair is there as often as it weighs
    grown = HistGradientBoostingClassifier(
        max_iter=20,
        learning_rate=0.05,
        max_leaf_nodes=leaves,
        l2_regularization=1.0,
        early_stopping=False,
        random_state=seed,
    ).fit(np.repeat(figures[:, there], times, axis=0), np.repeat(label, times))
    found = trees(torch.from_numpy(figures)).numpy()
    np.testing.assert_allclose(found, grown.decision_function(figures[:, there]), atol=1e-4)


def test_a_split_into_there_and_missing_is_kept() -> None:
    figures = np.array([[1.0], [2.0], [NAN], [NAN]] * 30, np.float32)
    label = np.array([1, 1, 0, 0] * 30, np.int8)
    trees = BoostedTrees(50)
    trees.fit(figures, label, np.ones(len(label), np.float32), 0)
    there, huge, missing = trees(torch.tensor([[1.5], [1e30], [NAN]])).tolist()
    assert there == huge > 1
    assert missing < -1


def test_before_they_are_grown_they_say_nothing() -> None:
    assert BoostedTrees(5)(torch.ones(3, 2)).tolist() == [0, 0, 0]


def test_of_too_few_pairs_they_say_how_many_match() -> None:
    """With less than two leaves' worth of pairs there is no split, and no error either."""
    trees = BoostedTrees(5)
    figures = np.array([[0.0], [1.0], [2.0], [3.0]], np.float32)
    trees.fit(figures, np.array([1, 0, 0, 0], np.int8), np.ones(4, np.float32), 0)
    assert trees(torch.tensor([[0.0], [9.0]])).tolist() == pytest.approx([math.log(1 / 3)] * 2)


def test_growing_again_forgets_what_was_there() -> None:
    figures, label, weight = draw(1)
    once, again = BoostedTrees(10), BoostedTrees(10)
    once.fit(figures, label, weight, 0)
    again.fit(figures[:50], 1 - label[:50], weight[:50], 0)
    again.fit(figures, label, weight, 0)
    for name, value in once.state_dict().items():
        assert torch.equal(again.state_dict()[name], value), name
    assert int(once.learnt) == len(figures)

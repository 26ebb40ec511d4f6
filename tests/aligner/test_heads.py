"""Figures are cut in pieces, missing ones are a case of their own, and heads vote side by side."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from kgreview.aligner.heads import Ensemble, PiecewiseEncoding, telling_columns, votes_entropy

NAN = float("nan")


def fitted(figures: np.ndarray, bins: int = 4) -> PiecewiseEncoding:
    encoding = PiecewiseEncoding(figures.shape[1], bins, dropout=0.5)
    encoding.fit(figures, np.arange(figures.shape[1]))
    return encoding.eval()


def test_the_encoding_of_a_figure_is_monotone_and_knows_missing_from_zero() -> None:
    encoding = fitted(np.linspace(0, 1, 101, dtype=np.float32)[:, None])
    encoded = encoding(torch.tensor([[0.0], [0.3], [0.8], [NAN]]))
    assert encoded.shape == (4, 5)
    assert encoded[0].tolist() == [0, 0, 0, 0, 1]
    assert encoded[1].tolist() == pytest.approx([1, 0.2, 0, 0, 1], abs=1e-5)
    assert encoded[2].tolist() == pytest.approx([1, 1, 1, 0.2, 1], abs=1e-5)
    assert encoded[3].tolist() == [0, 0, 0, 0, 0]


def test_what_is_beyond_the_training_pairs_is_as_the_last_of_them() -> None:
    encoding = fitted(np.linspace(0, 1, 101, dtype=np.float32)[:, None])
    low, high = encoding(torch.tensor([[-9.0], [9.0]]))
    assert low.tolist() == [0, 0, 0, 0, 1]
    assert high.tolist() == [1, 1, 1, 1, 1]


def test_training_takes_figures_away_and_use_does_not() -> None:
    encoding = fitted(np.linspace(0, 1, 101, dtype=np.float32)[:, None])
    many = torch.full((1000, 1), 0.5)
    assert encoding(many)[:, -1].sum() == 1000
    torch.manual_seed(0)
    assert 400 < encoding.train()(many)[:, -1].sum() < 600


def test_only_figures_that_differ_between_pairs_are_used() -> None:
    figures = np.array(
        [[1, NAN, 0.5, NAN, 2], [1, NAN, 0.5, 0.5, 3], [1, NAN, 0.5, 0.5, NAN]], np.float32
    )
    assert telling_columns(figures).tolist() == [3, 4], "equal, missing, equal, some there, differ"
    assert telling_columns(figures[:, :3]).tolist() == [0], "one is kept where none differs"
    encoding = PiecewiseEncoding(2, 3, 0.0)
    encoding.fit(figures, telling_columns(figures))
    changed = figures.copy()
    changed[:, :3] = 77
    assert torch.equal(encoding(torch.from_numpy(figures)), encoding(torch.from_numpy(changed)))


def test_heads_do_not_know_of_each_other() -> None:
    """What leads into one head changes the vote of that one only."""
    torch.manual_seed(0)
    ensemble = Ensemble(3, 4, 0.0).eval()
    inward = torch.randn(5, ensemble.width)
    other = inward.clone()
    other[:, 4:8] += 1
    changed = (ensemble(inward) != ensemble(other)).any(0)
    assert changed.tolist() == [False, True, False]


def test_a_head_is_two_layers_by_hand() -> None:
    torch.manual_seed(1)
    ensemble = Ensemble(2, 3, 0.0).eval()
    inward = torch.randn(1, 6)
    for head in (0, 1):
        first = torch.relu(F.layer_norm(inward[0, 3 * head : 3 * head + 3], (3,)))
        second = torch.relu(first @ ensemble.inner[head] + ensemble.inner_bias[head])
        expected = second @ ensemble.out[head] + ensemble.out_bias[head]
        torch.testing.assert_close(ensemble(inward)[0, head], expected)


def test_every_head_has_a_loss_of_its_own() -> None:
    """Two heads that err to either side are not right by their mean."""
    votes, label = torch.tensor([[3.0, -3.0]]), torch.tensor([1.0])
    expected = (np.log1p(np.exp(-3)) + np.log1p(np.exp(3))) / 2
    assert float(votes_entropy(votes, label, torch.ones(1))) == pytest.approx(expected)


def test_a_pair_counts_by_its_weight() -> None:
    votes, label = torch.tensor([[2.0], [-1.0]]), torch.tensor([1.0, 1.0])
    one = float(votes_entropy(votes, label, torch.tensor([1.0, 0.0])))
    assert one == pytest.approx(np.log1p(np.exp(-2)))

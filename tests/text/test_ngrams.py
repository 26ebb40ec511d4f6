"""Rows of n-grams multiplied in pairs."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from kgreview.text import ngrams
from kgreview.text.ngrams import paired_cosine, unit


def some_rows(rows: int, seed: int) -> sp.csr_matrix:
    return unit(sp.random(rows, 50, density=0.3, format="csr", rng=np.random.default_rng(seed)))


def test_pairs_are_multiplied_by_their_rows() -> None:
    left = unit(sp.csr_matrix(np.array([[3.0, 4.0, 0.0], [0.0, 0.0, 2.0]])))
    right = unit(sp.csr_matrix(np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])))
    rows = np.array([0, 0, 1]), np.array([0, 1, 1])
    np.testing.assert_allclose(paired_cosine(left, right, *rows), [0.6, 0.8, 0.0], rtol=1e-6)


@pytest.mark.parametrize("each", [1, 40])
def test_a_row_that_is_spread_out_gives_the_same_to_the_last_bit(
    each: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    left, right = some_rows(7, 1), some_rows(90, 2)
    rng = np.random.default_rng(3)
    rows = np.repeat(rng.integers(0, 7, 9), each), rng.integers(0, 90, 9 * each)
    monkeypatch.setattr(ngrams, "_WORTH_SPREADING", 0)  # all of them are
    spread = paired_cosine(left, right, *rows)
    monkeypatch.setattr(ngrams, "_WORTH_SPREADING", 1_000)  # none is
    np.testing.assert_array_equal(spread, paired_cosine(left, right, *rows))
    assert spread.max() > 0

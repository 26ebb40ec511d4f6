"""How a pair stands among the candidates of its two entities."""

from __future__ import annotations

import numpy as np

from kgreview.aligner.baselines.boosting_rivals import standings

LEFT = np.array([0, 0, 0, 1])
RIGHT = np.array([5, 6, 7, 5])


def test_gap_lead_rank_and_number_by_either_side() -> None:
    found = standings(np.array([3.0, 1.0, 1.0, 4.0], np.float32), LEFT, RIGHT)
    # gap to the best, lead over the best of the others, rank, candidates
    np.testing.assert_allclose(found[0, :4], [0, 2, 0, 3])
    np.testing.assert_allclose(found[1, :4], [2, -2, 1, 3])
    np.testing.assert_allclose(found[1], found[2])  # equals are described alike
    np.testing.assert_allclose(found[0, 4:], [1, -1, 1, 2])
    np.testing.assert_allclose(found[3, 4:], [0, 1, 0, 2])


def test_without_rivals_there_is_no_lead() -> None:
    found = standings(np.array([0.5], np.float32), np.array([0]), np.array([0]))
    assert np.isnan(found[0, [1, 5]]).all()
    np.testing.assert_allclose(found[0, [0, 2, 3, 4, 6, 7]], [0, 0, 1, 0, 0, 1])


def test_two_equal_best_have_no_lead_over_each_other() -> None:
    found = standings(np.array([1.0, 1.0], np.float32), np.array([0, 0]), np.array([0, 1]))
    np.testing.assert_allclose(found[:, :3], 0)


def test_a_missing_value_is_below_all_others() -> None:
    found = standings(np.array([np.nan, 0.1], np.float32), np.array([0, 0]), np.array([0, 1]))
    assert found[0, 2] == 1
    assert found[1, 2] == 0

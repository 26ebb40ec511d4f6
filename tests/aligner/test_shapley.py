"""What each part adds to a whole."""

from __future__ import annotations

import itertools
from math import factorial

import numpy as np
import numpy.typing as npt
import pytest

from kgreview.aligner import shapley
from kgreview.aligner.shapley import shapley_values

WORTH = {
    **{(): 0.0, (0,): 2.0, (1,): 1.0, (2,): 0.0, (0, 1): 5.0, (0, 2): 2.0, (1, 2): 1.5},
    (0, 1, 2): 7.0,
}


def worth(kept: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    return np.array([WORTH[tuple(np.flatnonzero(row).tolist())] for row in kept])


def test_they_are_the_means_over_all_orders_in_which_parts_join() -> None:
    of_orders = np.zeros(3)
    for order in itertools.permutations(range(3)):
        for size, part in enumerate(order):
            before, after = tuple(sorted(order[:size])), tuple(sorted(order[: size + 1]))
            of_orders[part] += (WORTH[after] - WORTH[before]) / factorial(3)
    np.testing.assert_allclose(shapley_values(3, worth), of_orders)


def test_where_orders_are_drawn_they_add_up_to_the_whole_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    exact = shapley_values(3, worth)
    monkeypatch.setattr(shapley, "_EXACT", 2)
    drawn = shapley_values(3, worth)
    assert drawn.sum() == pytest.approx(7.0)
    np.testing.assert_allclose(drawn, exact, atol=0.5)


def test_of_hundreds_of_parts_each_gets_what_it_alone_adds() -> None:
    weights = np.arange(300.0)
    np.testing.assert_allclose(shapley_values(300, lambda kept: kept @ weights), weights)

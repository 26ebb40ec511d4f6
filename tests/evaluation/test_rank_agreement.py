import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgreview.evaluation.rank_agreement import rank_correlation

numbers = st.floats(-1e6, 1e6)


def test_the_same_order_is_one_and_the_reverse_minus_one() -> None:
    assert rank_correlation([1, 2, 30], [5, 6, 7]) == pytest.approx(1)
    assert rank_correlation([1, 2, 30], [7, 6, 5]) == pytest.approx(-1)


def test_ties_share_their_rank() -> None:
    # ranks 1.5, 1.5, 3, 4 and 1, 2, 3, 4
    assert rank_correlation([0, 0, 1, 2], [1, 2, 3, 4]) == pytest.approx(4.5 / math.sqrt(4.5 * 5))


@pytest.mark.parametrize("values", [[], [1.0], [1.0, 2.0], [3.0, 3.0, 3.0]])
def test_what_ranks_nothing_has_no_correlation(values: list[float]) -> None:
    assert math.isnan(rank_correlation(values, range(len(values))))


@given(st.lists(st.tuples(numbers, numbers), max_size=30))
def test_it_is_symmetric_and_within_its_bounds(pairs: list[tuple[float, float]]) -> None:
    one, two = [a for a, _ in pairs], [b for _, b in pairs]
    found = rank_correlation(one, two)
    assert math.isnan(found) or -1 - 1e-9 <= found <= 1 + 1e-9
    assert found == pytest.approx(rank_correlation(two, one), nan_ok=True)

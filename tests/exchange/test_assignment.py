from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgreview.exchange import assignment
from kgreview.exchange.assignment import best_assignment

PAIR = st.tuples(st.integers(0, 4), st.integers(0, 4))


def chosen(*pairs: tuple[int, int, float]) -> list[tuple[int, int]]:
    left, right, gain = (np.array(column) for column in zip(*pairs, strict=True))
    kept = best_assignment(left, right, gain.astype(float))
    return list(zip(left[kept].tolist(), right[kept].tolist(), strict=True))


def test_each_entity_is_in_one_pair_at_most():
    assert chosen((0, 0, 3), (0, 1, 2), (1, 0, 2)) == [(0, 1), (1, 0)]
    assert chosen((0, 0, 5), (0, 1, 2), (1, 0, 2)) == [(0, 0)]
    assert chosen((0, 7, 1), (3, 7, 2), (4, 7, 1)) == [(3, 7)]


def test_no_pair_at_all():
    none = np.empty(0, np.int64)
    assert best_assignment(none, none, none.astype(float)).tolist() == []


@pytest.mark.parametrize("most", [assignment._MOST_CELLS, 0], ids=["dense", "sparse"])
@given(st.dictionaries(PAIR, st.integers(1, 100), min_size=1, max_size=9))
def test_the_sum_of_gains_is_the_greatest_there_is(most, gains):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assignment, "_MOST_CELLS", most)
        found = chosen(*((left, right, gain) for (left, right), gain in gains.items()))
    best = max(
        sum(gains[pair] for pair in pairs)
        for size in range(len(gains) + 1)
        for pairs in itertools.combinations(gains, size)
        if len({a for a, _ in pairs}) == len({b for _, b in pairs}) == size
    )
    assert len({a for a, _ in found}) == len({b for _, b in found}) == len(found)
    assert sum(gains[pair] for pair in found) == best


def test_a_hundred_thousand_small_components_take_seconds():
    left = np.repeat(np.arange(100_000), 2)
    right = left.copy()
    right[1::2] ^= 1  # each two left entities compete for the same two right ones
    gain = np.tile([2.0, 1.0], 100_000)
    kept = best_assignment(left, right, gain)
    assert kept[::2].all()
    assert not kept[1::2].any()

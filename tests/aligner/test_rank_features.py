"""How pairs stand among their competitors, against a literal version."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgreview.aligner import rank_features
from kgreview.aligner.rank_features import Floats, RankFeatures, by_entity, entity_blocks

# three pairs of the left entity 0, one of 1; the right entity 5 is wanted by both
LEFT, RIGHT = np.array([0, 0, 0, 1]), np.array([5, 6, 7, 5])
NAN = math.nan


def standings(values: list[list[float]]) -> Floats:
    return RankFeatures(np.array(values, np.float32), LEFT, RIGHT)[:]


def literal(values: list[float], group: list[int], pair: int) -> list[float]:
    own, *others = (
        -1000.0 if math.isnan(value) else value
        for value in [values[pair]]
        + [values[p] for p in range(len(values)) if group[p] == group[pair] and p != pair]
    )
    lead = own - max(others) if others else NAN
    rank = sum(value > own for value in others)
    return [max([own, *others]) - own, lead, rank, 1 + len(others)]


@given(
    st.lists(
        st.one_of(st.just(NAN), st.sampled_from([0.0, 0.5, 1.0]), st.floats(-9, 9, width=32)),
        min_size=4,
        max_size=4,
    )
)
def test_standings_are_what_they_say(values: list[float]) -> None:
    """Gap to the best, lead over the best of the others, rank and number, of either side."""
    found = standings([[value] for value in values])
    for pair in range(4):
        expected = [*literal(values, LEFT.tolist(), pair), *literal(values, RIGHT.tolist(), pair)]
        np.testing.assert_allclose(found[pair], np.array(expected, np.float32), atol=1e-4)


def test_standings_by_hand() -> None:
    found = standings([[3.0], [1.0], [1.0], [4.0]])
    assert found[0].tolist() == [0, 2, 0, 3, 1, -1, 1, 2]
    assert found[1, :4].tolist() == [2, -2, 1, 3]
    assert found[3, 4:].tolist() == [0, 1, 0, 2]


def test_equal_competitors_stand_alike_whatever_their_order() -> None:
    found = standings([[2.0], [2.0], [-1.0], [0.0]])
    assert found[0, :4].tolist() == found[1, :4].tolist()
    assert found[0, :3].tolist() == [0, 0, 0], "neither leads the other, both are first"


def test_standings_do_not_depend_on_the_order_of_the_candidates() -> None:
    values = np.random.default_rng(0).random((4, 3), dtype=np.float32)
    turned = np.array([3, 1, 0, 2])
    found = RankFeatures(values, LEFT, RIGHT)
    assert found.shape == (4, 24)
    others = RankFeatures(values[turned], LEFT[turned], RIGHT[turned])
    np.testing.assert_array_equal(found[turned], others[:])


def test_rows_are_the_same_whichever_are_asked() -> None:
    rng = np.random.default_rng(0)
    values = rng.integers(0, 5, (60, 2)).astype(np.float32)
    values[rng.random((60, 2)) < 0.2] = NAN
    found = RankFeatures(values, np.sort(rng.integers(0, 9, 60)), rng.integers(0, 9, 60))
    whole = found[:]
    np.testing.assert_array_equal(found[10:20], whole[10:20])
    some = np.array([59, 3, 3, 0])
    np.testing.assert_array_equal(found[some], whole[some])
    assert found[some[:0]].shape == (0, 16)


def test_standings_are_the_same_however_many_pairs_are_put_in_order_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(0)
    values = rng.integers(0, 5, (60, 2)).astype(np.float32)
    sides = rng.integers(0, 9, 60), np.append(np.zeros(20, np.int64), rng.integers(0, 9, 40))
    whole = RankFeatures(values, *sides)[:]
    for at_once in (1, 7, 60):
        monkeypatch.setattr(rank_features, "_AT_ONCE", at_once)
        np.testing.assert_array_equal(RankFeatures(values, *sides)[:], whole)


def test_blocks_part_no_entity_and_leave_none_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rank_features, "_AT_ONCE", 4)
    order, starts = by_entity(np.array([3, 1, 3, 3, 1, 8, 3, 3, 9]))
    assert order.tolist() == [1, 4, 0, 2, 3, 6, 7, 5, 8]
    assert starts.tolist() == [0, 2, 7, 8, 9]  # five pairs of 3, more than at once
    assert entity_blocks(starts) == [slice(0, 1), slice(1, 3), slice(3, 4)]
    assert entity_blocks(np.array([0])) == []


def test_more_competitors_than_a_small_number_holds_have_ranks_of_their_own() -> None:
    many = 70_000
    value = np.arange(many, dtype=np.float32)[:, None]
    found = RankFeatures(value, np.zeros(many, np.int64), np.arange(many))
    assert found[np.array([0, many - 1])][:, [2, 3]].tolist() == [[many - 1, many], [0, many]]


def test_no_candidates_have_no_standings() -> None:
    nothing = np.empty(0, np.int64)
    assert RankFeatures(np.empty((0, 2), np.float32), nothing, nothing)[:].shape == (0, 16)

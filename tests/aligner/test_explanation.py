"""Whether attention and what decides rank neighbours alike."""

import math

import pytest

from kgreview.aligner.explanation import Change, NeighbourAttention, agreement


def side(*weights_and_odds: tuple[float, float | None]) -> list[NeighbourAttention]:
    return [
        NeighbourAttention(
            row, 0, weight, weight, weight, change=None if odds is None else Change(odds / 9, odds)
        )
        for row, (weight, odds) in enumerate(weights_and_odds)
    ]


SAME = side((0.5, -3.0), (0.2, 2.0), (0.15, -1.0), (0.1, 0.5), (0.05, 0.1))
TURNED = side((0.05, -3.0), (0.1, 2.0), (0.15, -1.0), (0.2, 0.5), (0.5, 0.1))


def test_attention_agrees_where_it_dwells_on_what_matters_either_way() -> None:
    assert agreement([SAME]) == pytest.approx(1)
    assert agreement([TURNED]) == pytest.approx(-1)


def test_sides_count_by_their_neighbours() -> None:
    assert agreement([SAME, TURNED]) == pytest.approx(0)
    longer = [*SAME, *side((0.01, 0.0))]
    assert agreement([longer, TURNED]) == pytest.approx(1 / 11)


def test_few_neighbours_and_unknown_changes_are_not_ranked() -> None:
    assert math.isnan(agreement([SAME[:4], SAME[:4]])), "too few to rank"
    assert math.isnan(agreement([side(*[(0.2, None)] * 5)])), "nothing was left out"
    assert math.isnan(agreement([side(*[(0.2, 1.0)] * 5)])), "nothing is looked at more"
    assert agreement([SAME, SAME[:4]]) == pytest.approx(1)

"""Ranks among all right entities, held against a ranking of every order of level ones."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgreview.evaluation.ranks import Matches, RankFigures, ScoredPairs, rank_figures


def figures(
    pairs: list[tuple[int, int, float]],
    matches: list[tuple[int, int]],
    pool: int,
    *,
    known: list[tuple[int, int]] | None = None,
    reachable: bool = True,
) -> RankFigures:
    def columns(rows: list[tuple[int, int]]) -> Matches:
        return Matches(*np.array(rows, dtype=np.int64).reshape(-1, 2).T)

    left, right, score = np.array(pairs, dtype=np.float64).reshape(-1, 3).T
    return rank_figures(
        ScoredPairs(left.astype(np.int64), right.astype(np.int64), score),
        columns(matches),
        columns(matches if known is None else known),
        np.full(len(matches), pool),
        np.full(len(matches), reachable),
    )


def test_the_best_scored_right_entity_is_a_hit_and_the_second_half_a_reciprocal_rank() -> None:
    assert figures([(0, 5, 0.9), (0, 6, 0.4)], [(0, 5)], 100) == (1, 1, 1)
    assert figures([(0, 5, 0.9), (0, 6, 0.4)], [(0, 6)], 100) == (0, 1, 0.5)


def test_level_scores_count_with_what_is_expected_of_drawing_one() -> None:
    found = figures([(0, 5, 0.5), (0, 6, 0.5)], [(0, 5)], 100)
    assert found == pytest.approx((0.5, 1, (1 + 1 / 2) / 2))


def test_a_match_that_blocking_lost_ranks_below_all_candidates_level_with_the_others() -> None:
    found = figures([(0, 6, 0.9), (0, 7, 0.1)], [(0, 5)], 4)  # on place 3 or 4
    assert found == pytest.approx((0, 1, (1 / 3 + 1 / 4) / 2))


def test_without_any_candidate_all_right_entities_are_level() -> None:
    assert figures([], [(0, 5)], 20) == pytest.approx(
        (1 / 20, 10 / 20, sum(1 / n for n in range(1, 21)) / 20)
    )


def test_a_match_of_types_that_are_not_paired_is_not_found() -> None:
    assert figures([], [(0, 5)], 0, reachable=False) == (0, 0, 0)


def test_another_match_of_the_entity_is_no_competitor() -> None:
    pairs = [(0, 5, 0.9), (0, 6, 0.8), (0, 7, 0.7)]
    assert figures(pairs, [(0, 5), (0, 6)], 3) == (1, 1, 1)
    assert figures(pairs, [(0, 6)], 3, known=[(0, 5), (0, 6)]) == (1, 1, 1)
    assert figures(pairs, [(0, 7)], 3).mrr == pytest.approx(1 / 3)


def test_without_matches_there_is_no_figure() -> None:
    assert all(math.isnan(value) for value in figures([(0, 1, 0.5)], [], 3))


@given(st.lists(st.integers(0, 2), min_size=0, max_size=3), st.integers(1, 5), st.data())
def test_figures_are_the_means_over_all_orders_of_level_entities(
    scores: list[int], pool: int, data: st.DataObject
) -> None:
    pool = max(pool, len(scores))
    match = data.draw(st.integers(0, pool - 1))
    found = figures([(0, right, s) for right, s in enumerate(scores)], [(0, match)], pool)
    level = [*scores, *[-1] * (pool - len(scores))]  # those without a score stand last
    ranks = []
    for order in itertools.permutations(range(pool)):
        ranked = sorted(order, key=lambda right: -level[right])  # stable: the order breaks ties
        ranks.append(ranked.index(match) + 1)
    expected = (
        np.mean([rank <= 1 for rank in ranks]),
        np.mean([rank <= 10 for rank in ranks]),
        np.mean([1 / rank for rank in ranks]),
    )
    assert found == pytest.approx(expected)

"""What each strategy asks first, on pools small enough to order by hand."""

from __future__ import annotations

import dataclasses
import doctest
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgreview.active import strategies
from kgreview.active.query_plan import (
    COLD_START_SHARES,
    DEFAULT_SHARES,
    check_shares,
    query_plan,
    shares_now,
)
from kgreview.active.strategies import RANDOM, STRATEGIES, Pool, Side, profiles
from kgreview.errors import InputError
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.store.questions import why

NEVER = -np.inf


def pool(
    pairs: Sequence[tuple[int, int, float]],
    *,
    threshold: float = 0.5,
    label: dict[int, int] | None = None,
    closed: Sequence[int] = (),
    spread: Sequence[float] | None = None,
    sides: tuple[Side, Side] | None = None,
    alike: Sequence[float] | None = None,
) -> Pool:
    """Make a pool of (left, right, score)."""
    left, right, score = (np.array(column) for column in zip(*pairs, strict=True))
    labels = np.full(len(pairs), -1, dtype=np.int8)
    for place, value in (label or {}).items():
        labels[place] = value
    is_open = labels < 0
    is_open[list(closed)] = False
    spreads = None if spread is None else np.array(spread, dtype=np.float64)
    like = None if alike is None else np.array(alike, dtype=np.float64)
    return Pool(left, right, score.astype(float), threshold, is_open, labels, spreads, sides, like)


def offer(name: str, given: Pool) -> strategies.Offer:
    return STRATEGIES[name](given, np.random.default_rng(0))


def order(name: str, given: Pool) -> list[int]:
    """Give the pairs a strategy wants, the most urgent first."""
    urgency = offer(name, given).urgency
    wanted = np.flatnonzero(urgency > NEVER)
    return wanted[np.argsort(-urgency[wanted], kind="stable")].tolist()


def graph(
    relations: list[tuple[int, str, int]], values: list[tuple[int, str]], entities: int
) -> KnowledgeGraph:
    return KnowledgeGraph.from_columns(
        ids=pa.array([f"e{i:03}" for i in range(entities)], pa.large_string()),
        types=pa.array(["film"] * entities),
        value_entities=np.array([row for row, _ in values], dtype=np.int64),
        value_attributes=pa.array([name for _, name in values], pa.string()),
        values=pa.array(["x"] * len(values), pa.large_string()),
        edge_heads=np.array([head for head, _, _ in relations], dtype=np.int64),
        edge_relations=pa.array([name for _, name, _ in relations], pa.string()),
        edge_tails=np.array([tail for _, _, tail in relations], dtype=np.int64),
    )


# ---------------------------------------------------------------- one by one


def test_uncertainty_asks_what_is_nearest_to_the_threshold_on_either_side() -> None:
    given = pool([(0, 0, 0.9), (1, 1, 0.45), (2, 2, 0.52), (3, 3, 0.0)])
    assert order("uncertainty", given) == [2, 1, 0, 3]


def test_margin_asks_the_best_candidate_where_the_second_is_nearly_as_good() -> None:
    given = pool([(0, 0, 0.9), (0, 1, 0.85), (1, 2, 0.8), (1, 3, 0.2), (2, 4, 0.9)])
    assert order("margin", given) == [0, 2], "a pair without a competitor has no margin"
    assert offer("margin", given).figure[0] == 0.85


def test_margin_sees_competitors_of_the_right_entity_too() -> None:
    assert order("margin", pool([(0, 0, 0.9), (1, 0, 0.8)])) == [0]


def test_margin_leaves_alone_entities_whose_best_candidate_nobody_would_take() -> None:
    assert order("margin", pool([(0, 0, 0.2), (0, 1, 0.19)])) == []


def test_a_rejected_candidate_is_a_competitor_no_more_and_an_accepted_one_the_strongest() -> None:
    pairs = [(0, 0, 0.8), (0, 1, 0.7), (0, 2, 0.3)]
    assert offer("margin", pool(pairs, label={1: 0})).figure[0] == 0.3
    assert offer("conflict", pool(pairs, label={2: 1})).figure[0] == 1.0


def test_a_committee_asks_where_heads_differ_and_nothing_without_heads() -> None:
    pairs = [(0, 0, 0.9), (1, 1, 0.5), (2, 2, 0.4)]
    assert order("committee", pool(pairs, spread=[0.3, 0.1, 0.2])) == [0, 2, 1]
    assert order("committee", pool(pairs)) == []


def test_conflict_asks_where_an_entity_has_two_candidates_above_the_threshold() -> None:
    given = pool([(0, 0, 0.9), (0, 1, 0.6), (1, 2, 0.9), (1, 3, 0.4), (2, 4, 0.8), (3, 4, 0.7)])
    assert set(order("conflict", given)) == {0, 1, 4, 5}
    assert order("conflict", given)[:2] == [4, 5], "both of them sure of it: one must be wrong"


def test_candidates_of_an_entity_with_several_counterparts_are_no_conflict() -> None:
    given = pool([(0, 0, 0.9), (0, 1, 0.8), (1, 1, 0.3)])
    assert order("conflict", given) == [0, 1]
    may = np.array([True, True, False]), np.zeros(3, bool)
    assert order("conflict", dataclasses.replace(given, several=may)) == []


def test_confident_checks_what_is_far_from_the_threshold_on_both_sides() -> None:
    # of entity 1 the best is far below: nobody for it, says the model; of entity 0, not the best
    given = pool([(0, 0, 0.97), (0, 1, 0.02), (1, 2, 0.05), (2, 3, 0.6), (3, 4, 0.35)])
    assert set(order("confident", given)) == {0, 2}


def test_the_opening_asks_the_best_then_the_middle_then_the_quarters() -> None:
    given = pool([(i, i, 1 - i / 10) for i in range(8)])
    assert order("cold-start", given) == [0, 4, 2, 6, 1, 5, 3, 7]


def test_the_opening_asks_for_the_best_open_candidate_of_an_entity_alone() -> None:
    given = pool([(0, 0, 0.9), (0, 1, 0.8), (1, 2, 0.7), (1, 3, 0.6)], closed=[0])
    assert order("cold-start", given) == [1, 2]


def side(kinds: Sequence[float], edges: Sequence[tuple[int, int]] = ()) -> Side:
    """Make a side whose entities differ by one figure; edges go both ways."""
    both = [*edges, *((far, near) for near, far in edges)]
    near, far = (np.array([edge[end] for edge in both], dtype=np.int64) for end in (0, 1))
    return Side(np.array(kinds, dtype=np.float64)[:, None], near, far)


def test_overlooked_asks_what_resembles_matches_and_is_taken_for_none() -> None:
    pairs = [(0, 0, 0.9), (1, 1, 0.1), (1, 2, 0.2), (2, 3, 0.0), (3, 4, 0.1), (4, 5, 0.1)]
    given = pool(pairs, alike=[3.0, 2.0, 1.0, 2.5, np.nan, 4.0], closed=[5])
    assert order("low-score", given) == [3, 1], "the best of each left entity that is open"
    assert order("low-score", pool(pairs)) == []


def test_coverage_asks_first_what_stands_for_the_most_and_is_not_decided() -> None:
    # five of kind 0, one of them decided; three of kind 1; one of kind 9
    kinds = [0, 0, 0, 0, 0, 1, 1, 1, 9]
    both = side(kinds), side(kinds)
    given = pool([(i, i, 0.9) for i in range(9)], label={0: 1}, sides=both)
    asked = order("coverage", given)
    assert len(asked) == 2, "kind 0 is covered, and one of each other kind covers the rest"
    assert {kinds[place] for place in asked} == {1, 9}


def test_coverage_without_a_decision_begins_in_the_middle_of_the_crowd() -> None:
    kinds = [0.0, 1.0, 1.1, 1.2, 9.0]
    given = pool([(i, i, 0.9) for i in range(5)], sides=(side(kinds), side(kinds)))
    assert kinds[order("coverage", given)[0]] in (1.0, 1.1, 1.2)


def test_influence_asks_what_shares_neighbours_with_many_open_pairs() -> None:
    # films 0, 1, 2 share director 4; film 3 has director 5 for itself
    both = side([0] * 6, [(0, 4), (1, 4), (2, 4), (3, 5)])
    given = pool([(i, i, 0.5) for i in range(4)], sides=(both, both))
    assert offer("density", given).figure.tolist() == [2, 2, 2, 0]
    assert set(order("density", given)) == {0, 1, 2}
    decided = pool([(i, i, 0.5) for i in range(4)], label={1: 1, 2: 0}, sides=(both, both))
    assert offer("density", decided).figure.tolist() == [0, 1, 1, 0], "not with those decided"


def test_a_neighbour_that_several_relations_join_counts_once() -> None:
    # film 0 has one person, as director and as writer, and nobody else has
    alone = graph([(0, "director", 1), (0, "writer", 1)], [], 2)
    both = (Side.of(alone), Side.of(alone))
    assert offer("density", pool([(0, 0, 0.5)], sides=both)).figure.tolist() == [0]
    assert order("density", pool([(0, 0, 0.5)], sides=both)) == []


def test_influence_prefers_the_doubtful_of_equals() -> None:
    both = side([0] * 4, [(0, 3), (1, 3), (2, 3)])
    given = pool([(0, 0, 0.99), (1, 1, 0.5), (2, 2, 0.01)], sides=(both, both))
    assert order("density", given)[0] == 1


def test_a_profile_tells_what_an_entity_has_and_not_what_it_says() -> None:
    known = graph(
        [(0, "director", 2), (1, "director", 2)],
        [(0, "title"), (0, "year"), (1, "title")],
        3,
    )
    # type; title, year; director of, directed by
    log2, log3 = np.log(2), np.log(3)
    np.testing.assert_allclose(
        profiles(known), [[1, 1, 1, log2, 0], [1, 1, 0, log2, 0], [1, 0, 0, 0, log3]]
    )


def test_profiles_of_many_relations_keep_their_distances_about() -> None:
    relations = [(i, f"r{j}", i + 1) for i in range(60) for j in range(i % 7, 90, 7)]
    found = profiles(graph(relations, [], 61))
    assert found.shape == (61, 32)
    apart = np.linalg.norm(found[7] - found[14]), np.linalg.norm(found[7] - found[8])
    assert apart[0] < 1e-9, "the same relations"
    assert apart[1] > 1


# ---------------------------------------------------------------- sentences


@pytest.mark.parametrize("name", STRATEGIES)
def test_each_strategy_says_to_the_curator_why_it_asks(name: str) -> None:
    with_figure, without = why(name, 0.6, 0.5, 0.4), why(name, 0.6, 0.5, None)
    for text in (with_figure, without):
        assert text.endswith("the threshold of a match is 0.50.")
        assert "nan" not in text
    assert why(name, 0.6, 0.5, float("nan")) == without


def test_no_two_strategies_say_the_same() -> None:
    assert len({why(name, 0.6, 0.5) for name in STRATEGIES}) == len(STRATEGIES)


def test_the_examples_in_the_documentation_are_true() -> None:
    assert doctest.testmod(strategies).failed == 0


# ---------------------------------------------------------------- the mix


def test_any_beginning_of_a_plan_has_the_stated_shares() -> None:
    rng = np.random.default_rng(1)
    n = 400
    given = pool([(i, i, score) for i, score in enumerate(rng.random(n))], spread=rng.random(n))
    made = query_plan(
        given,
        {"uncertainty": 0.5, "committee": 0.3, RANDOM: 0.2},
        kind=np.zeros(n, dtype=np.int64),
        length=100,
    )
    for upto in (10, 25, 60, 100):
        counts = [made.strategies[:upto].count(s) for s in ("uncertainty", "committee", RANDOM)]
        np.testing.assert_allclose(counts, np.array([0.5, 0.3, 0.2]) * upto, atol=1)
    assert len(set(made.candidates.tolist())) == 100


def test_a_strategy_that_wants_nothing_leaves_its_share_to_the_others() -> None:
    given = pool([(i, i, i / 10) for i in range(10)])
    shares = {"committee": 0.9, "uncertainty": 0.1}
    made = query_plan(given, shares, kind=np.zeros(10, dtype=np.int64))
    assert made.strategies == ("uncertainty",) * 10


def test_what_may_not_be_asked_is_in_no_plan() -> None:
    given = pool([(i, i, i / 10) for i in range(10)], closed=[4, 5], label={6: 1})
    made = query_plan(given, DEFAULT_SHARES, kind=np.zeros(10, dtype=np.int64))
    assert set(made.candidates.tolist()) == {0, 1, 2, 3, 7, 8, 9}


def test_never_ten_times_the_same_film() -> None:
    # the twenty most doubtful pairs are of one film, and of one name on the other side
    hub = [(0, i, 0.5) for i in range(20)]
    others = [(1 + i, 20 + i, 0.6 + i / 1000) for i in range(100)]
    given = pool([*hub, *others])
    names = np.array([0] * 20 + list(range(1, 101)))
    made = query_plan(
        given,
        {"uncertainty": 1.0},
        kind=np.zeros(120, dtype=np.int64),
        groups=[names],
        length=60,
        window=20,
    )
    places = np.flatnonzero(np.isin(made.candidates, np.arange(20)))
    assert places.tolist() == [0, 20, 40]


def test_namesakes_do_not_come_close_together() -> None:
    given = pool([(i, i, 0.5 + i / 100) for i in range(30)])
    same_name = np.array([0] * 10 + list(range(1, 21)))
    made = query_plan(
        given,
        {"uncertainty": 1.0},
        kind=np.zeros(30, dtype=np.int64),
        groups=[same_name],
        length=12,
        window=6,
    )
    places = np.flatnonzero(made.candidates < 10)
    assert np.diff(places).min() >= 6


def test_half_of_a_window_at_most_is_of_one_type_while_there_are_others() -> None:
    given = pool([(i, i, 0.5 + i / 1000) for i in range(100)])
    kind = (np.arange(100) >= 60).astype(np.int64)  # the sixty most doubtful are of one type
    made = query_plan(given, {"uncertainty": 1.0}, kind=kind, length=70, window=10)
    of_first = kind[made.candidates] == 0
    windows = np.lib.stride_tricks.sliding_window_view(of_first, 10).sum(axis=1)
    assert windows[:60].max() <= 6
    assert windows[:60].min() >= 4


def test_where_there_is_nothing_else_the_same_film_is_asked_again() -> None:
    given = pool([(0, i, 0.5) for i in range(5)])
    made = query_plan(given, {"uncertainty": 1.0}, kind=np.zeros(5, dtype=np.int64))
    assert len(made.candidates) == 5


def test_equals_come_in_an_order_that_depends_on_the_seed_alone() -> None:
    given = pool([(i, i, 0.5) for i in range(50)])
    kind = np.zeros(50, dtype=np.int64)
    first, again, other = (
        query_plan(given, {"uncertainty": 1.0}, kind=kind, length=20, seed=seed).candidates.tolist()
        for seed in (0, 0, 1)
    )
    assert first == again
    assert first != other
    assert first != sorted(first), "rows of both sides may be numbered alike"


def test_an_empty_pool_makes_an_empty_plan() -> None:
    none = np.empty(0, dtype=np.int64)
    nothing = Pool(
        none, none, none.astype(float), 0.5, none.astype(bool), none.astype(np.int8), None, None
    )
    for name in STRATEGIES:
        assert len(query_plan(nothing, {name: 1.0}, kind=none).candidates) == 0


@given(st.data())
def test_a_plan_asks_each_open_pair_at_most_once_and_all_of_them_if_it_is_long_enough(
    data: st.DataObject,
) -> None:
    pairs = data.draw(
        st.lists(
            st.tuples(st.integers(0, 5), st.integers(0, 5), st.sampled_from([0.0, 0.3, 0.5, 1.0])),
            min_size=1,
            max_size=30,
            unique_by=lambda pair: pair[:2],
        )
    )
    closed = data.draw(st.lists(st.integers(0, len(pairs) - 1)))
    window = data.draw(st.integers(1, 8))
    given = pool(pairs, closed=closed)
    kind = np.arange(len(pairs), dtype=np.int64) % 3
    made = query_plan(given, DEFAULT_SHARES | {RANDOM: 0.1}, kind=kind, window=window)
    assert sorted(made.candidates.tolist()) == np.flatnonzero(given.open).tolist()
    assert len(made.strategies) == len(made.figures) == len(made.candidates)


# ---------------------------------------------------------------- shares


def test_the_default_shares_add_up_and_name_strategies() -> None:
    assert check_shares(DEFAULT_SHARES) == pytest.approx(DEFAULT_SHARES)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"uncertainly": 1}, "no strategy 'uncertainly'; give shares for uncertainty"),
        ({"cold-start": 1}, "no strategy 'cold-start'"),
        ({"audit": 0.1, "margin": 1}, "audit_every"),
        ({"margin": -1}, "not a number from 0: -1"),
        ({"margin": "much"}, "not a number from 0: 'much'"),
        ({"margin": True}, "not a number from 0: True"),
        ({"margin": float("nan")}, "not a number from 0: nan"),
        ({"margin": 0}, "add up to nothing"),
    ],
)
def test_shares_that_make_no_sense_are_said_in_one_line(
    given: dict[str, object], says: str
) -> None:
    with pytest.raises(InputError, match=says) as error:
        check_shares(given)
    assert "\n" not in str(error.value)


def test_the_opening_goes_on_until_there_is_a_network_and_answers_of_both_kinds() -> None:
    few = np.array([1] * 9 + [0] * 30 + [-1] * 5, dtype=np.int8)
    enough = np.array([1] * 10 + [0] * 10, dtype=np.int8)
    assert shares_now(DEFAULT_SHARES, few, network=True) == COLD_START_SHARES
    assert shares_now(DEFAULT_SHARES, enough, network=False) == COLD_START_SHARES
    assert shares_now(DEFAULT_SHARES, enough, network=True) == DEFAULT_SHARES
    assert shares_now({"margin": 1.0}, few, network=False) == {"margin": 1.0}


def test_the_documentation_names_each_strategy_with_its_share() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "learning.md").read_text("utf-8")
    shares = dict(re.findall(r"^\| `([\w-]+)` \| .* \| \.(\d+) \|$", text, re.MULTILINE))
    assert {name: float(f"0.{share}") for name, share in shares.items()} == DEFAULT_SHARES

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from kgreview.exchange.alignment import ScoredPairs, Settled
from kgreview.exchange.groups import Groups
from kgreview.exchange.threshold_counts import Counts, ThresholdCounts
from kgreview.graph.cardinality import Cardinality
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.links import Links
from kgreview.graph.schema import TypePair

MANY = {TypePair("film", "film"): Cardinality.MANY_TO_MANY}
ENTITIES = 5


def films(side):
    none = pa.array([], pa.large_string())
    return KnowledgeGraph.from_columns(
        ids=pa.array([f"{side}{n}" for n in range(ENTITIES)], pa.large_string()),
        types=pa.array(["film"] * ENTITIES),
        value_entities=np.empty(0, np.int64),
        value_attributes=none,
        values=none,
        edge_heads=np.empty(0, np.int64),
        edge_relations=none,
        edge_tails=np.empty(0, np.int64),
    )


GRAPHS = films("l"), films("r")


def settled(sides, pairs, known=(), cardinality=None):
    """``pairs``: score by rows, ``known``: rows of matches."""
    rows = np.array(list(pairs), dtype=np.int64).reshape(-1, 2)
    scored = ScoredPairs(rows[:, 0], rows[:, 1], np.array(list(pairs.values()), dtype=float))
    both = np.array(list(known), dtype=np.int64).reshape(-1, 2)
    links = Links(both[:, 0], both[:, 1], np.ones(len(both), np.int8), np.zeros(len(both), bool))
    return Settled.of(*sides, [], links, scored, cardinality or {})


def test_a_chain_of_pairs_is_counted_as_far_as_its_scores_reach():
    pairs = {(0, 0): 0.9, (1, 1): 0.8, (0, 1): 0.5, (2, 2): 0.3}
    counts = ThresholdCounts.of(settled(GRAPHS, pairs))
    assert counts.at(0.95) == Counts(pairs=0, contested=0, groups=0, chains=0)
    assert counts.at(0.9) == Counts(pairs=1, contested=0, groups=1, chains=0)
    assert counts.at(0.6) == Counts(pairs=2, contested=0, groups=2, chains=0)
    assert counts.at(0.5) == Counts(pairs=3, contested=2, groups=1, chains=1)
    assert counts.at(0.0) == Counts(pairs=4, contested=2, groups=2, chains=1)


def test_settled_matches_are_there_at_every_threshold_and_contested_by_pairs():
    counts = ThresholdCounts.of(settled(GRAPHS, {(0, 1): 0.7}, known=[(0, 0)]))
    assert counts.at(1.0) == Counts(pairs=0, contested=0, groups=1, chains=0)
    assert counts.at(0.7) == Counts(pairs=1, contested=1, groups=1, chains=1)


def test_an_entity_is_contested_only_where_its_types_have_one_counterpart():
    pairs = {(0, 0): 0.9, (0, 1): 0.8, (1, 1): 0.6}  # l0 has two, and r1
    to_many = {TypePair("film", "film"): Cardinality.ONE_TO_MANY}
    counts = ThresholdCounts.of(settled(GRAPHS, pairs, cardinality=to_many))
    assert (counts.at(0.7).contested, counts.at(0.6).contested) == (0, 1)
    counts = ThresholdCounts.of(settled(GRAPHS, pairs))
    assert (counts.at(0.7).contested, counts.at(0.6).contested) == (1, 2)


def test_no_pair_at_all():
    counts = ThresholdCounts.of(settled(GRAPHS, {}))
    assert counts.at(0.5) == Counts(0, 0, 0, 0)


def test_where_several_counterparts_are_allowed_nobody_is_contested():
    pairs = {(0, 0): 0.9, (0, 1): 0.9}
    counts = ThresholdCounts.of(settled(GRAPHS, pairs, cardinality=MANY))
    assert counts.at(0.5) == Counts(pairs=2, contested=0, groups=1, chains=1)


ROWS = st.tuples(st.integers(0, ENTITIES - 1), st.integers(0, ENTITIES - 1))
SCORES = st.dictionaries(ROWS, st.sampled_from([0.1, 0.3, 0.5, 0.7]), max_size=12)


@given(SCORES, st.sets(ROWS, max_size=3), st.sampled_from([0.0, 0.1, 0.2, 0.5, 0.6, 0.9]))
def test_at_every_threshold_it_counts_what_a_literal_count_does(pairs, known, threshold):
    sides = GRAPHS
    found = ThresholdCounts.of(settled(sides, pairs, sorted(known), MANY)).at(threshold)
    links = settled(sides, pairs, sorted(known)).links
    whole = Settled.of(*sides, [], links, settled(sides, pairs).scored, MANY).at(threshold)
    sizes = Groups.of(whole, *sides).sizes
    assert found.groups == int((sizes > 1).sum())
    assert found.chains == int((sizes > 2).sum())
    assert found.pairs == whole.counts()["predicted"]
    one_to_one = ThresholdCounts.of(settled(sides, pairs, sorted(known))).at(threshold)
    match = whole.matches
    assert one_to_one.contested == sum(
        int((np.unique(side[match], return_counts=True)[1] > 1).sum())
        for side in (whole.left, whole.right)
    )

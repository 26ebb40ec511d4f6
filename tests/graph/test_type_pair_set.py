"""Of pairs of types it is told which are among some, however many types there are."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.schema import TypePair
from kgreview.graph.type_pair_set import TypePairSet

GraphOf = Callable[..., KnowledgeGraph]


@pytest.fixture
def graphs(graph_of: GraphOf) -> tuple[KnowledgeGraph, KnowledgeGraph]:
    left = graph_of([("f", "film"), ("p", "person"), ("t", "town")])
    return left, graph_of([("m", "movie"), ("h", "human")])


def test_each_pair_of_types_is_told_by_itself(graphs: tuple[KnowledgeGraph, ...]) -> None:
    left, right = graphs
    pairs = [TypePair("film", "movie"), TypePair("town", "human"), TypePair("film", "movie")]
    some = TypePairSet.of(left, right, pairs)
    codes = np.array([(a, b) for a in left.type_codes.values() for b in right.type_codes.values()])
    listed = {
        (left.type_names[a], right.type_names[b])
        for (a, b), is_one in zip(codes, some.has(codes[:, 0], codes[:, 1]), strict=True)
        if is_one
    }
    assert listed == {("film", "movie"), ("town", "human")}


def test_types_that_a_graph_lacks_pair_nothing(graphs: tuple[KnowledgeGraph, ...]) -> None:
    none = TypePairSet.of(*graphs, [TypePair("film", "song"), TypePair("song", "movie")])
    assert none.has(graphs[0].types, np.zeros(3, np.int64)).tolist() == [False] * 3


def test_thousands_of_types_take_room_for_their_pairs_alone() -> None:
    names = {f"kind {i}": i for i in range(20_000)}
    graph = type("Types", (), {"type_codes": names, "type_names": tuple(names)})()
    pairs = [TypePair(name, name) for name in names]
    some = TypePairSet.of(graph, graph, pairs)
    codes = np.arange(20_000)
    assert some.has(codes, codes).all()
    assert not some.has(codes[1:], codes[:-1]).any()
    assert some.keys.nbytes == 8 * len(pairs)

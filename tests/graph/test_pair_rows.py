from __future__ import annotations

from typing import NamedTuple

from kgreview.graph.pair_rows import pair_rows, present_rows
from tests.conftest import MakeGraph


class Ids(NamedTuple):
    left: str
    right: str


def test_pairs_with_an_entity_that_is_gone_are_left_out_and_counted(make_graph: MakeGraph) -> None:
    left = make_graph([("a", "film"), ("b", "film")])
    right = make_graph([("x", "film"), ("y", "film")])
    asked = [Ids("gone", "x"), Ids("b", "x"), Ids("a", "gone"), Ids("b", ""), Ids("a", "y")]
    found = pair_rows(left, right, asked)
    assert (found.left.tolist(), found.right.tolist()) == ([1, 0], [0, 1])
    assert found.pairs == (Ids("b", "x"), Ids("a", "y"))
    assert (found.where.tolist(), found.gone, len(found)) == ([1, 4], 3, 2)
    none = pair_rows(left, right, [])
    assert (len(none), none.gone, none.left.tolist()) == (0, 0, [])


def test_entities_that_are_there_come_once(make_graph: MakeGraph) -> None:
    graph = make_graph([("a", "film"), ("b", "film")])
    assert present_rows(graph, ["b", "gone", "a", "b"]).tolist() == [0, 1]

"""What differs between two states of a graph, by hand."""

from __future__ import annotations

import numpy as np

from kgreview.graph.changes import Changes, with_names_of
from tests.conftest import MakeGraph

ENTITIES = [("a", "film"), ("b", "film"), ("c", "person"), ("d", "person")]
VALUES = [("a", "title", "One"), ("b", "title", "Two"), ("c", "name", "Cleo"), ("d", "name", "Dan")]
EDGES = [("a", "director", "c"), ("b", "director", "d")]


def test_the_same_statements_in_any_order_are_no_change(make_graph: MakeGraph) -> None:
    old = make_graph(ENTITIES, VALUES, EDGES)
    new = make_graph(ENTITIES[::-1], VALUES[::-1], EDGES[::-1])
    assert not Changes.of(old, new).touched.any()
    assert not len(Changes.of(old, new).gone)


def test_new_changed_gone_and_beside_a_change(make_graph: MakeGraph) -> None:
    old = make_graph(ENTITIES, VALUES, EDGES)
    new = make_graph(
        [("0", "film"), ("a", "film"), ("b", "film"), ("c", "person")],
        [
            ("0", "title", "Nought"),
            ("a", "title", "One"),
            ("b", "title", "Two"),
            ("c", "name", "X"),
        ],
        [("a", "director", "c"), ("0", "sequel", "b")],
    )
    found = Changes.of(old, new)
    assert found.to_new.tolist() == [1, 2, 3, -1]
    assert found.old_rows.tolist() == [-1, 0, 1, 2]
    assert found.is_new.tolist() == [True, False, False, False]
    assert found.says_else.tolist() == [False, False, False, True]
    assert found.relates_else.tolist() == [False, False, True, False]
    assert found.near.tolist() == [False, True, False, False]
    assert found.gone.tolist() == [3]


def test_another_type_is_a_change_and_a_relation_turned_round_is_one(
    make_graph: MakeGraph,
) -> None:
    old = make_graph(ENTITIES, VALUES, EDGES)
    typed = make_graph([("a", "series"), *ENTITIES[1:]], VALUES, EDGES)
    assert Changes.of(old, typed).says_else.tolist() == [True, False, False, False]
    turned = make_graph(ENTITIES, VALUES, [("c", "director", "a"), EDGES[1]])
    assert Changes.of(old, turned).relates_else.tolist() == [True, False, True, False]


def test_a_value_that_moves_to_another_attribute_is_a_change(make_graph: MakeGraph) -> None:
    old = make_graph([("a", "film")], [("a", "title", "One"), ("a", "note", "Two")])
    new = make_graph([("a", "film")], [("a", "title", "Two"), ("a", "note", "One")])
    assert Changes.of(old, new).changed.all()


def test_names_of_before_stay_and_nothing_else_differs(make_graph: MakeGraph) -> None:
    old = make_graph(ENTITIES, VALUES, EDGES)
    new = make_graph(
        [("a", "film"), ("z", "studio")], [("z", "label", "Zed")], [("z", "made", "a")]
    )
    both = with_names_of(new, old)
    assert both.type_names == ("film", "person", "studio")
    assert both.attribute_names == ("label", "name", "title")
    assert both.relation_names == ("director", "made")
    assert both.attributes(1) == {"label": ["Zed"]}
    assert both.type_of(1) == "studio"
    codes, far = both.neighbourhood(0)
    assert both.relation(int(codes[0])) == ("made", True)
    assert far.tolist() == [1]
    assert not Changes.of(new, both).touched.any()
    assert np.array_equal(with_names_of(old, old).edge_relations, old.edge_relations)

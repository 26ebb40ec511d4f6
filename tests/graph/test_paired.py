"""Links between types that no candidate can be of."""

from __future__ import annotations

import numpy as np

from kgreview.graph.links import Links
from kgreview.graph.paired import of_paired_types, unpaired_words
from kgreview.graph.schema import Schema, TypePair


def schema(*types: tuple[str, str]) -> Schema:
    return Schema(tuple(TypePair(*pair) for pair in types), {}, {})


def links(*pairs: tuple[int, int]) -> Links:
    left, right = (np.array(side) for side in zip(*pairs, strict=True))
    return Links.of_file(left, right, np.ones(len(pairs), np.int8))


def test_links_of_types_that_are_not_paired_are_found_and_counted_by_types(make_graph):
    left = make_graph([("a", "film"), ("b", "actor"), ("c", "actor")])
    right = make_graph([("x", "film"), ("y", "person"), ("z", "town")])
    known = links((0, 0), (1, 1), (2, 1), (0, 2))
    pairs = schema(("film", "film"))
    assert of_paired_types(known, left, right, pairs).tolist() == [True, False, False, False]
    assert unpaired_words(known, left, right, pairs) == [
        "3 known links join types that are not paired: actor / person 2, film / town 1; "
        "they are not used: pair these types in schema.json or correct the links"
    ]
    everything = schema(("film", "film"), ("actor", "person"), ("film", "town"))
    assert of_paired_types(known, left, right, everything).all()
    assert unpaired_words(known, left, right, everything) == []


def test_a_single_link_is_spoken_of_as_one(make_graph):
    left, right = make_graph([("a", "film")]), make_graph([("x", "film")])
    (said,) = unpaired_words(links((0, 0)), left, right, schema(("book", "book")))
    assert said.startswith("1 known link joins types that are not paired: film 1; it is not used")


def test_of_very_many_types_the_commonest_are_named_and_the_rest_counted(make_graph):
    left = make_graph([(f"a{i:02}", f"type {i:02}") for i in range(11)])
    right = make_graph([("x", "film")])
    (said,) = unpaired_words(links(*((i, 0) for i in range(11))), left, right, schema())
    assert "type 07 / film 1, 3 more;" in said


def test_no_links_join_nothing(make_graph):
    graph = make_graph([("a", "film")])
    assert not len(of_paired_types(Links.empty(), graph, graph, schema()))
    assert unpaired_words(Links.empty(), graph, graph, schema()) == []

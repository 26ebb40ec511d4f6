from collections.abc import Callable

import numpy as np
import pytest

from kgreview.graph.cardinality import Cardinality
from kgreview.graph.counterparts import Counterparts
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.links import Links
from kgreview.graph.paired import usable
from kgreview.graph.schema import Schema, TypePair

GraphOf = Callable[..., KnowledgeGraph]
Graphs = tuple[KnowledgeGraph, KnowledgeGraph]
FILMS, PEOPLE = TypePair("film", "movie"), TypePair("person", "human")


@pytest.fixture
def graphs(graph_of: GraphOf) -> tuple[KnowledgeGraph, KnowledgeGraph]:
    return (
        graph_of([("f0", "film"), ("f1", "film"), ("p0", "person")]),
        graph_of([("m0", "movie"), ("m1", "movie"), ("h0", "human"), ("h1", "human")]),
    )


def pairs(graphs: Graphs, *ids: str) -> tuple[np.ndarray, np.ndarray]:
    left, right = zip(*(pair.split() for pair in ids), strict=True)
    return graphs[0].rows(left), graphs[1].rows(right)


def matches(graphs: Graphs, *ids: str) -> Links:
    return Links.of_file(*pairs(graphs, *ids), np.ones(len(ids), np.int8))


@pytest.mark.parametrize(
    ("which", "of_left", "of_right"),
    [
        (Cardinality.ONE_TO_ONE, False, False),
        (Cardinality.ONE_TO_MANY, True, False),
        (Cardinality.MANY_TO_ONE, False, True),
        (Cardinality.MANY_TO_MANY, True, True),
    ],
)
def test_types_tell_which_entity_may_have_several(graphs, which, of_left, of_right):
    told = Counterparts.of(*graphs, {PEOPLE: which})
    film, person = pairs(graphs, "f0 m0"), pairs(graphs, "p0 h0")
    assert (told.of_left(*person).all(), told.of_right(*person).all()) == (of_left, of_right)
    assert not told.of_left(*film).any()
    assert not told.of_right(*film).any()


def test_a_match_of_an_entity_with_several_counterparts_says_nothing_of_others(graphs):
    links = matches(graphs, "f0 m0", "p0 h0")
    schema = Schema((FILMS, PEOPLE), {}, {}, cardinality={PEOPLE: Cardinality.ONE_TO_MANY})
    asked = pairs(graphs, "f0 m0", "f0 m1", "p0 h0", "p0 h1")
    assert links.labels(*asked).tolist() == [1, 0, 1, 0]
    assert usable(links, *graphs, schema).labels(*asked).tolist() == [1, 0, 1, -1]


def test_an_entity_that_may_be_one_of_several_still_ends_the_search_for_its_counterpart(graphs):
    told = Counterparts.of(*graphs, {PEOPLE: Cardinality.MANY_TO_ONE})
    links = told.opened(matches(graphs, "p0 h0"))
    assert links.labels(*pairs(graphs, "p0 h0", "p0 h1")).tolist() == [1, 0]

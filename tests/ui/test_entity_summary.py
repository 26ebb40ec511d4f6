import math
import time

import numpy as np
import pyarrow as pa
import pytest

from kgreview.aligner.explanation import NeighbourAttention
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.ui.entity_summary import More, side_of

NAMES = {"film": ("title",), "person": ("name",)}


def graph_of(edges: list[tuple[int, str, int]], entities: int) -> KnowledgeGraph:
    """Row 0 is a film called Heat, the others are persons called p1, p2 …"""
    return KnowledgeGraph.from_columns(
        ids=pa.array([f"e{i:06}" for i in range(entities)]),
        types=pa.array(["film"] + ["person"] * (entities - 1)),
        value_entities=np.arange(entities),
        value_attributes=pa.array(["title"] + ["name"] * (entities - 1)),
        values=pa.array(["Heat"] + [f"p{i}" for i in range(1, entities)]),
        edge_heads=np.array([h for h, _, _ in edges], dtype=np.int64),
        edge_relations=pa.array([r for _, r, _ in edges], type=pa.string()),
        edge_tails=np.array([t for _, _, t in edges], dtype=np.int64),
    )


@pytest.fixture(scope="module")
def hub() -> KnowledgeGraph:
    """A film with 100,000 actors, two directors and a critic who reviewed it."""
    edges = [(0, "actor", i) for i in range(1, 100_001)]
    edges += [(0, "director", 1), (0, "director", 2), (3, "reviewed", 0)]
    return graph_of(edges, 100_001)


def test_a_neighbour_has_its_name_type_and_relation() -> None:
    graph = graph_of([(0, "actor", 1), (2, "directed", 0)], 3)
    side = side_of(graph, 0, NAMES)
    assert (side.name, side.type, side.degree) == ("Heat", "film", 2)
    assert [(n.name, n.type, n.relation, n.inverse) for n in side.neighbours] == [
        ("p1", "person", "actor", False),
        ("p2", "person", "directed", True),
    ]
    assert all(math.isnan(n.contribution) for n in side.neighbours)


def test_sampled_neighbours_come_first_by_what_they_say_and_are_not_repeated() -> None:
    graph = graph_of([(0, "actor", i) for i in range(1, 6)], 6)
    seen = (NeighbourAttention(4, 0, 0.2, 0.3, 0.4), NeighbourAttention(2, 0, -0.8, 0.1, 0.9))
    side = side_of(graph, 0, NAMES, seen)
    assert [n.name for n in side.neighbours] == ["p2", "p4", "p1", "p3", "p5"]
    assert (side.neighbours[0].contribution, side.neighbours[0].self_) == (-0.8, 0.9)


def test_the_same_neighbour_over_two_relations_is_shown_twice() -> None:
    side = side_of(graph_of([(0, "actor", 1), (0, "writer", 1)], 2), 0, NAMES)
    assert [(n.name, n.relation) for n in side.neighbours] == [("p1", "actor"), ("p1", "writer")]


def test_an_entity_without_relations_has_an_empty_side() -> None:
    side = side_of(graph_of([], 1), 0, NAMES)
    assert (side.neighbours, side.more, side.degree) == ((), (), 0)


def test_rare_relations_of_a_hub_are_shown_before_its_many(hub: KnowledgeGraph) -> None:
    side = side_of(hub, 0, NAMES, most=5)
    relations = [n.relation for n in side.neighbours]
    assert relations == ["reviewed", "director", "actor", "director", "actor"]
    assert side.more == (More("actor", False, 99_998),)
    assert side.degree == 100_003


def test_a_hub_costs_milliseconds(hub: KnowledgeGraph) -> None:
    side_of(hub, 0, NAMES)
    start = time.process_time()
    side_of(hub, 0, NAMES)
    assert time.process_time() - start < 0.25

"""Which edges of an entity count: one of each relation in turn, by what the neighbour says."""

from __future__ import annotations

import numpy as np

from kgreview.graph.edges import first_edges, turns


def film(graph_of):
    people = [f"p{i}" for i in range(40)]
    return graph_of(
        [("f", "film"), *((p, "person") for p in people)],
        relations=[("f", "actor", p) for p in people] + [("f", "director", "p39")],
    )


def test_an_edge_s_turn_is_its_place_among_those_of_its_relation(graph_of):
    graph = film(graph_of)
    place = np.arange(graph.num_entities)[::-1]  # the last entity first
    turn = turns(graph, place)
    of_film = slice(int(graph.edge_offsets[0]), int(graph.edge_offsets[1]))
    by_edge = {
        (graph.relation(int(code))[0], graph.id(int(row))): int(t)
        for code, row, t in zip(
            graph.edge_relations[of_film],
            graph.edge_neighbours[of_film],
            turn[of_film],
            strict=True,
        )
    }
    assert by_edge["actor", graph.id(graph.num_entities - 1)] == 0
    assert by_edge["director", "p39"] == 0
    assert sorted(t for (relation, _), t in by_edge.items() if relation == "actor") == list(
        range(40)
    )


def test_the_one_director_is_kept_before_forty_actors(graph_of):
    graph = film(graph_of)
    entities, edges = first_edges(graph, 3, np.arange(graph.num_entities))
    kept = edges[entities == graph.row("f")]
    relations = [graph.relation(int(code))[0] for code in graph.edge_relations[kept]]
    assert sorted(relations) == ["actor", "actor", "director"]


def test_where_none_has_too_many_all_are_kept(graph_of):
    graph = film(graph_of)
    assert len(first_edges(graph, 41, np.arange(graph.num_entities))[1]) == 2 * graph.num_edges


def test_a_graph_without_relations_has_no_edges_to_keep(graph_of):
    graph = graph_of([("a", "x")])
    assert len(turns(graph, np.arange(1))) == 0
    assert len(first_edges(graph, 3, np.arange(1))[1]) == 0

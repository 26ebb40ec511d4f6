"""Which edges of an entity count, where it has more than anybody can look at."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kgreview.graph.knowledge_graph import KnowledgeGraph

Rows = npt.NDArray[np.integer]


def turns(graph: KnowledgeGraph, place: Rows) -> Rows:
    """Give each edge's place among those of its entity over the same relation, (edges,).

    ``place`` (entities,) orders neighbours, see ``graph.values.entity_order``: a neighbour of a
    rare name tells more than a hub.
    """
    relations = np.asarray(graph.edge_relations, dtype=np.int64)
    if not len(relations):
        return relations
    owners = graph.edge_entities * (int(relations.max()) + 1) + relations
    order = np.lexsort((place[graph.edge_neighbours], owners))
    sorted_owners = owners[order]
    starts = np.flatnonzero(np.r_[True, sorted_owners[1:] != sorted_owners[:-1]])
    turn = np.empty(len(order), dtype=np.int64)
    turn[order] = np.arange(len(order)) - np.repeat(
        starts, np.diff(np.r_[starts, len(sorted_owners)])
    )
    return turn


def first_edges(graph: KnowledgeGraph, most: int, place: Rows) -> tuple[Rows, Rows]:
    """Give at most ``most`` edges of each entity: (entity, position).

    One of each relation in turn, so that a film's one director is kept before its forty actors; of
    one relation in the order of ``place`` (entities,).
    """
    degrees = np.diff(graph.edge_offsets)
    everything = np.arange(len(graph.edge_neighbours))
    if len(degrees) == 0 or degrees.max() <= most:
        return graph.edge_entities, everything
    order = np.lexsort((place[graph.edge_neighbours], turns(graph, place), graph.edge_entities))
    within = everything - graph.edge_offsets[graph.edge_entities[order]]
    kept = order[within < most]
    return graph.edge_entities[kept], kept

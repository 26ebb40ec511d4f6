"""Which edges of an entity count, where it has more than anybody can look at."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.text.ngrams import mix

Rows = npt.NDArray[np.integer]


def first_edges(graph: KnowledgeGraph, most: int) -> tuple[Rows, Rows]:
    """Give at most ``most`` edges of each entity: (entity, position), the most telling first.

    A neighbour with few edges of its own tells more than a hub; ties are broken by a hash.
    """
    neighbours = np.asarray(graph.edge_neighbours)
    degrees = np.diff(graph.edge_offsets)
    tie = mix(np.arange(len(neighbours), dtype=np.uint64))
    if len(degrees) == 0 or degrees.max() <= most:
        return graph.edge_entities, np.arange(len(neighbours))
    order = np.lexsort((tie, degrees[neighbours], graph.edge_entities))
    place = np.arange(len(order)) - graph.edge_offsets[graph.edge_entities[order]]
    kept = order[place < most]
    return graph.edge_entities[kept], kept


def edges_of(graph: KnowledgeGraph, row: int, most: int) -> Rows:
    """Give what ``first_edges`` keeps of one entity: places in its neighbourhood, in that order."""
    start, end = int(graph.edge_offsets[row]), int(graph.edge_offsets[row + 1])
    if end - start <= most and not _has_hubs(graph, most):
        return np.arange(end - start)
    neighbours = np.asarray(graph.edge_neighbours[start:end])
    degrees = np.asarray(graph.edge_offsets[neighbours + 1] - graph.edge_offsets[neighbours])
    order: Rows = np.lexsort((mix(np.arange(start, end, dtype=np.uint64)), degrees))[:most]
    return order


@lru_cache(maxsize=8)
def _has_hubs(graph: KnowledgeGraph, most: int) -> bool:
    """Tell whether an entity has more edges than are kept, so that all are put in order."""
    return int(np.diff(graph.edge_offsets).max(initial=0)) > most

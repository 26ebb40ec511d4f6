"""How many entities of a type share their name with another on their side.

A few are namesakes. Where most do, a record stands there several times, once for each role or
edition, and an entity of the other side has several counterparts: known before any link is.
"""

from __future__ import annotations

import numpy as np

from kgreview.arrays import Ints
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.values import best_of_each

_FEWEST = 30  # named entities of a type, below which nothing is told


def twin_shares(graph: KnowledgeGraph, codes: Ints, rank: Ints) -> dict[str, float]:
    """Give the share of the named entities of each type that have a name of another of it.

    ``codes`` (values,) of normalised strings, -1 for missing ones; ``rank`` (values,) of their
    attribute among those that name, -1 where it does not. Types with few named entities are left
    out.
    """
    naming = np.flatnonzero((rank >= 0) & (codes >= 0))
    first = best_of_each(graph.value_entities, naming, 1, rank[naming], codes[naming])
    types = graph.types[graph.value_entities[first]].astype(np.int64)
    named = np.stack([types, codes[first]])
    _, which, counts = np.unique(named, axis=1, return_inverse=True, return_counts=True)
    twin = counts[which.ravel()] > 1
    entities = np.bincount(types, minlength=len(graph.type_names))
    twins = np.bincount(types[twin], minlength=len(graph.type_names))
    return {
        name: int(some) / int(whole)
        for name, some, whole in zip(graph.type_names, twins, entities, strict=True)
        if whole >= _FEWEST
    }

"""Entities as sparse unit vectors: n-grams of their names, their neighbours' names, exact keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import scipy.sparse as sp

from kgreview.graph.edges import first_edges
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.schema import Schema
from kgreview.graph.values import first_of_each, naming_values
from kgreview.text.ngrams import inverse_frequency, ngrams, unit
from kgreview.text.strings import normalise, sort_words

Rows = npt.NDArray[np.integer]

NEIGHBOURS = 20  # of one entity that count; a hub of 100,000 has none that tell more
_NAMES = 4  # names of one entity that count
_VALUES = 16  # other values of one entity that count as keys
_BUCKETS = 1 << 20
# how much of the context is the name, the neighbours' names by n-grams, and the exact keys
_NAME, _AROUND, _KEYS = 0.5, 0.25, 0.25


@dataclass(frozen=True, eq=False)
class Vectors:
    """One side's entities as vectors in a space that both sides share.

    ``names``: TF-IDF of character n-grams of all names of an entity, of length 1, or 0 where it
    has none. ``keys``: exact values, whatever says them: an attribute or a neighbour's name (a
    city is a node here and an attribute there), by inverse frequency, of length at most 1.
    ``around``: the neighbours that count, (entities, entities).
    """

    names: sp.csr_matrix  # (entities, n-grams)
    keys: sp.csr_matrix  # (entities, keys)
    around: sp.csr_matrix  # (entities, entities)

    def context(self, rows: Rows) -> sp.csr_matrix:
        """Give name, neighbours' names and keys of some rows in one vector of length at most 1.

        It is built when asked for, since for a million entities it would not fit in memory.
        """
        around = unit(self.around[rows] @ self.names)
        parts = [
            np.float32(np.sqrt(_NAME)) * self.names[rows],
            np.float32(np.sqrt(_AROUND)) * around,
            np.float32(np.sqrt(_KEYS)) * self.keys[rows],
        ]
        return sp.hstack(parts, format="csr", dtype=np.float32)


def vectors(left: KnowledgeGraph, right: KnowledgeGraph, schema: Schema) -> tuple[Vectors, Vectors]:
    """Turn the entities of both graphs into vectors of one space. No label and no id is used."""
    sides = [_Side.of(left, schema.left_names), _Side.of(right, schema.right_names)]
    weights = sp.diags(inverse_frequency(sides[0].counts, sides[1].counts))
    keys = _keys(sides[0], sides[1])
    found = [
        Vectors(unit(side.counts @ weights), key, side.around)
        for side, key in zip(sides, keys, strict=True)
    ]
    return found[0], found[1]


@dataclass(frozen=True, eq=False)
class _Side:
    """What is read off one graph before it is known what both have in common."""

    counts: sp.csr_matrix  # (entities, n-grams) 1 where a name has it
    around: sp.csr_matrix  # (entities, entities) 1 for a neighbour that counts
    words: list[str]  # (values,) the words in order, names before other values
    saying: sp.csr_matrix  # (entities, values) how often a value is said by or next to an entity

    @classmethod
    def of(cls, graph: KnowledgeGraph, names: Mapping[str, tuple[str, ...]]) -> _Side:
        n = graph.num_entities
        naming = naming_values(graph, names)
        where = first_of_each(graph.value_entities, np.flatnonzero(naming), _NAMES)
        spelt = normalise(graph.values.take(pa.array(where)))
        named = _gather(graph.value_entities[where], n)
        counts = sp.csr_matrix(named @ ngrams(spelt, _BUCKETS))
        counts.data[:] = 1  # a name said twice is one name

        entities, kept = first_edges(graph, NEIGHBOURS)
        ones = np.ones(len(kept), dtype=np.float32)
        around = sp.csr_matrix((ones, (entities, graph.edge_neighbours[kept])), shape=(n, n))
        around.data[:] = 1

        rest = first_of_each(graph.value_entities, np.flatnonzero(~naming), _VALUES)
        values = normalise(pc.utf8_slice_codeunits(graph.values.take(pa.array(rest)), 0, 80))
        return cls(
            counts=counts,
            around=around,
            words=sort_words(spelt) + sort_words(values),
            saying=sp.hstack([around @ named, _gather(graph.value_entities[rest], n)]).tocsr(),
        )


def _keys(left: _Side, right: _Side) -> tuple[sp.csr_matrix, sp.csr_matrix]:
    """Weigh the keys that both sides have. One rare key alone makes a vector of length 1."""
    encoded = pa.array(left.words + right.words, type=pa.large_string()).dictionary_encode()
    codes = encoded.indices.to_numpy()
    size = len(encoded.dictionary)
    empty = pc.index(encoded.dictionary, "").as_py()
    split = len(left.words)
    found = []
    for side, code in ((left, codes[:split]), (right, codes[split:])):
        ones = np.ones(len(code), dtype=np.float32)
        word = sp.csr_matrix((ones, (np.arange(len(code)), code)), shape=(len(code), size))
        key = sp.csr_matrix(side.saying @ word)
        key.data[:] = 1
        found.append(key)
    shared = (found[0].getnnz(axis=0) > 0) & (found[1].getnnz(axis=0) > 0)
    if empty >= 0:
        shared[empty] = False
    columns = np.flatnonzero(shared)
    one, two = found[0][:, columns], found[1][:, columns]
    weights = inverse_frequency(one, two, floor=0.0)
    rarest = float(weights.max(initial=0))
    scale = sp.diags(weights)
    return unit(one @ scale, rarest), unit(two @ scale, rarest)


def _gather(owner: Rows, n: int) -> sp.csr_matrix:
    """Make the matrix that sums rows by their owner, (entities, rows)."""
    ones = np.ones(len(owner), dtype=np.float32)
    return sp.csr_matrix((ones, (owner, np.arange(len(owner)))), shape=(n, len(owner)))

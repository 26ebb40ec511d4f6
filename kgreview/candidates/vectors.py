"""Entities as sparse unit vectors: n-grams of their names, their neighbours' names, exact keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import scipy.sparse as sp

from kgreview.candidates.text import mix, ngrams, normalise, sort_words
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.schema import Schema

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


def inverse_frequency(
    left: sp.csr_matrix, right: sp.csr_matrix, floor: float = 1.0
) -> npt.NDArray[np.float32]:
    """Weigh each column by how few rows of both sides have it: ln((1 + n) / (1 + df)) + floor."""
    having = left.getnnz(axis=0) + right.getnnz(axis=0)
    rows = left.shape[0] + right.shape[0]
    found: npt.NDArray[np.float32] = (np.log((1 + rows) / (1 + having)) + floor).astype(np.float32)
    return np.maximum(found, 0)


def unit(matrix: sp.csr_matrix, shortest: float = 0.0) -> sp.csr_matrix:
    """Scale each row to length 1; a row shorter than ``shortest`` stays shorter in proportion."""
    matrix = matrix.tocsr().astype(np.float32)
    squares = np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel()
    lengths = np.maximum(np.sqrt(squares), shortest)
    lengths[lengths == 0] = 1
    return (sp.diags((1 / lengths).astype(np.float32)) @ matrix).tocsr()


def paired_cosine(
    left: sp.csr_matrix, right: sp.csr_matrix, left_rows: Rows, right_rows: Rows
) -> npt.NDArray[np.float32]:
    """Multiply row by row: the cosine of pairs of unit vectors, (pairs,)."""
    found = np.zeros(len(left_rows), dtype=np.float32)
    for start in range(0, len(left_rows), 50_000):
        part = slice(start, start + 50_000)
        product = left[left_rows[part]].multiply(right[right_rows[part]])
        found[part] = np.asarray(product.sum(axis=1)).ravel()
    return np.clip(found, 0, 1)


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


def naming_values(
    graph: KnowledgeGraph, names: Mapping[str, tuple[str, ...]]
) -> npt.NDArray[np.bool_]:
    """Tell which attribute values name their entity, (values,)."""
    named = np.zeros((len(graph.type_names), max(1, len(graph.attribute_names))), dtype=bool)
    for type_name, attributes in names.items():
        for attribute in attributes:
            if type_name in graph.type_names and attribute in graph.attribute_names:
                code = graph.type_names.index(type_name)
                named[code, graph.attribute_names.index(attribute)] = True
    found: npt.NDArray[np.bool_] = named[graph.types[graph.value_entities], graph.value_attributes]
    return found


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


def first_of_each(owners: Rows, chosen: Rows, most: int) -> Rows:
    """Keep at most ``most`` of the chosen positions of each owner; both ascend."""
    owner = owners[chosen]
    starts = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]]) if len(owner) else owner
    place = np.arange(len(owner)) - np.repeat(starts, np.diff(np.r_[starts, len(owner)]))
    return np.asarray(chosen[place < most])


def _gather(owner: Rows, n: int) -> sp.csr_matrix:
    """Make the matrix that sums rows by their owner, (entities, rows)."""
    ones = np.ones(len(owner), dtype=np.float32)
    return sp.csr_matrix((ones, (owner, np.arange(len(owner)))), shape=(n, len(owner)))

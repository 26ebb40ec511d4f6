"""Entities as sparse unit vectors: n-grams of their names, their neighbours' names, exact keys."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import scipy.sparse as sp

from kgreview.candidates.across_scripts import across_scripts
from kgreview.graph.canonical import canonical_codes
from kgreview.graph.edges import first_edges
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.schema import Schema
from kgreview.graph.sides import Sides, SideValues, read_sides
from kgreview.graph.values import Values, best_of_each, order_of_codes
from kgreview.text.columns import distinct_numbers
from kgreview.text.ngrams import (
    hash_numbers,
    hash_strings,
    indicator,
    inverse_frequency,
    ngrams,
    unit,
)
from kgreview.text.strings import sort_words

Rows = npt.NDArray[np.integer]

NEIGHBOURS = 20  # of one entity that count; a hub of 100,000 has none that tell more
_NAMES = 8  # names of one entity that count
_VALUES = 16  # other values of one entity that count as keys
_BUCKETS = 1 << 20
# how much of the context is the name, the neighbours' names by n-grams, and the exact keys
_NAME, _AROUND, _KEYS = 0.5, 0.25, 0.25


@dataclass(frozen=True, eq=False)
class Vectors:
    """One side's entities as vectors in a space that both sides share.

    ``names``: TF-IDF of character n-grams of all names of an entity in both their spellings, of
    length 1, or 0 where it has none; behind the first ``_BUCKETS`` columns what names meet by
    ``across_scripts``. ``keys``: exact values, whatever says them: an attribute or a neighbour's
    name (a city is a node here and an attribute there), by inverse frequency, of length at most 1.
    ``around``: the neighbours that count. ``order``: which of two equals comes first.
    """

    names: sp.csr_matrix  # (entities, n-grams)
    keys: sp.csr_matrix  # (entities, keys)
    around: sp.csr_matrix  # (entities, entities)
    order: Rows  # (entities,)

    def context(self, rows: Rows) -> sp.csr_matrix:
        """Give name, neighbours' names and keys of some rows in one vector of length at most 1.

        It is built when asked for, since for a million entities it would not fit in memory.
        """
        near = self.around[rows]
        if near.nnz:
            around = self._around(near)
        else:  # a product would go through all n-grams for each of thousands of types
            around = sp.csr_matrix((len(rows), self.names.shape[1]), dtype=np.float32)
        parts = [
            np.float32(np.sqrt(_NAME)) * self.names[rows],
            np.float32(np.sqrt(_AROUND)) * around,
            np.float32(np.sqrt(_KEYS)) * self.keys[rows],
        ]
        return sp.hstack(parts, format="csr", dtype=np.float32)

    def _around(self, near: sp.csr_matrix) -> sp.csr_matrix:
        around = sp.csr_matrix(near @ self.names)
        if around.shape[1] == _BUCKETS:
            return unit(around)
        parts = around[:, :_BUCKETS], around[:, _BUCKETS:]  # two Latin names meet in the first
        return sp.hstack([unit(part) for part in parts], format="csr", dtype=np.float32)


def vectors(
    left: KnowledgeGraph, right: KnowledgeGraph, schema: Schema, sides: Sides | None = None
) -> tuple[Vectors, Vectors]:
    """Turn the entities of both graphs into vectors of one space. No label is used.

    ``sides``: their values as ``schema`` has them, if they are read already.
    """
    sides = sides or read_sides(left, right, schema)
    keys = _Keys.of(sides)
    parts = [
        _Side.of(side, keys, of_value) for side, of_value in zip(sides, keys.of_value, strict=True)
    ]
    across = across_scripts((parts[0].names_of, parts[1].names_of), sides, schema, _BUCKETS)
    grams = [
        _grams(part.names_of, side.values, met.foreign)
        for part, side, met in zip(parts, sides, across, strict=True)
    ]
    weights = sp.diags(inverse_frequency(grams[0], grams[1]))
    shared = _shared_keys(parts[0].keys, parts[1].keys)
    both = [
        Vectors(_beside(unit(own @ weights), met.columns), key, part.around, side.order)
        for own, met, part, key, side in zip(grams, across, parts, shared, sides, strict=True)
    ]
    return both[0], both[1]


@dataclass(frozen=True, eq=False)
class _Keys:
    """What values say, exactly: the same words in any order, the same amount in any form."""

    of_string: Rows  # (strings,) key of each string
    of_value: tuple[Rows, Rows]  # (values,) of either side, -1 where one is missing
    order: Rows  # (keys,) place of each, where only some are kept

    @classmethod
    def of(cls, sides: Sides) -> _Keys:
        words = pa.array(
            sort_words(sides[0].values.strings), type=pa.large_string()
        ).dictionary_encode()
        of_string = words.indices.to_numpy().astype(np.int64)
        canonical = canonical_codes(*sides)
        amounts = 1 + max(int(c.max(initial=-1)) for c in canonical) - len(of_string)
        amount = np.arange(max(0, amounts))
        count = len(words.dictionary)
        padded = np.concatenate([of_string, count + amount, [-1]])  # what is missing has no key
        one, two = (padded[codes] for codes in canonical)
        hashes = np.concatenate([hash_strings(words.dictionary), hash_numbers(amount)])
        return cls(of_string, (one, two), order_of_codes((one, two), hashes))

    @property
    def size(self) -> int:
        """How many keys there are."""
        return len(self.order)


@dataclass(frozen=True, eq=False)
class _Side:
    """What is read off one graph before it is known what both have in common."""

    names_of: sp.csr_matrix  # (entities, strings) 1 for a name that counts
    around: sp.csr_matrix  # (entities, entities) 1 for a neighbour that counts
    keys: sp.csr_matrix  # (entities, keys) 1 where a value or a neighbour's name is it

    @classmethod
    def of(cls, side: SideValues, keys: _Keys, of_value: Rows) -> _Side:
        graph, values, codes, naming = side.graph, side.values, side.codes, side.naming
        n, owners, stated = graph.num_entities, graph.value_entities, codes >= 0
        named: Rows = np.flatnonzero((naming >= 0) & stated)
        named = best_of_each(owners, named, _NAMES, naming[named], values.order[codes[named]])
        names_of = indicator(owners[named], codes[named], (n, len(values.strings)))

        entities, kept = first_edges(graph, NEIGHBOURS, side.order)
        around = indicator(entities, graph.edge_neighbours[kept], (n, n))

        rest: Rows = np.flatnonzero((naming < 0) & stated)
        rest = best_of_each(owners, rest, _VALUES, keys.order[of_value[rest]])
        counts = indicator(owners[rest], of_value[rest], (n, keys.size))
        called = indicator(owners[named], keys.of_string[codes[named]], (n, keys.size))
        saying = sp.csr_matrix(around @ called + counts)
        saying.data[:] = 1
        return cls(names_of, around, saying)


def _grams(
    names_of: sp.csr_matrix, values: Values, foreign: npt.NDArray[np.bool_]
) -> sp.csr_matrix:
    """Give the n-grams of each entity's names, in either spelling, (entities, n-grams).

    Of ``foreign`` ones in the first alone: in Latin letters they are met ``across_scripts``.
    """
    used = distinct_numbers(names_of.indices)
    named = names_of[:, used]
    if not foreign.any():
        grams = sp.csr_matrix(named @ values.ngrams(_BUCKETS, used))
    else:
        own = sp.diags(foreign.astype(np.float32)) @ named
        first = ngrams(values.strings.take(pa.array(used)), _BUCKETS)
        grams = sp.csr_matrix((named - own) @ values.ngrams(_BUCKETS, used) + own @ first)
        grams.eliminate_zeros()
    grams.data[:] = 1  # a name said twice is one name
    return grams


def _beside(names: sp.csr_matrix, across: sp.csr_matrix) -> sp.csr_matrix:
    if not across.shape[1]:
        return names
    return sp.hstack([names, across], format="csr", dtype=np.float32)


def _shared_keys(left: sp.csr_matrix, right: sp.csr_matrix) -> tuple[sp.csr_matrix, sp.csr_matrix]:
    """Weigh the keys that both sides have. One rare key alone makes a vector of length 1."""
    columns = np.flatnonzero((left.getnnz(axis=0) > 0) & (right.getnnz(axis=0) > 0))
    one, two = left[:, columns], right[:, columns]
    weights = inverse_frequency(one, two, floor=0.0)
    rarest = float(weights.max(initial=0))
    scale = sp.diags(weights)
    return unit(one @ scale, rarest), unit(two @ scale, rarest)

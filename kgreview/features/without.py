"""How alike a pair is without some neighbours: compared again, as if their edges were not there."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt

from kgreview.features.fields import MOST_EDGES, MOST_STRINGS, Fields, TextField
from kgreview.features.similarity import (
    _SET,
    _STRING,
    Floats,
    PairSimilarity,
    _compare_sets,
    _compare_texts,
    _compared_as_strings,
)
from kgreview.graph.knowledge_graph import KnowledgeGraph

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Codes = list[int]


class SimilarityWithout:
    """Compares entities with some of their edges left out, by what was fitted on the whole graphs.

    Which strings are telling stays as it is; only what the two entities' own neighbours say is
    gathered anew.
    """

    def __init__(
        self, similarity: PairSimilarity, left: KnowledgeGraph, right: KnowledgeGraph
    ) -> None:
        self.similarity = similarity
        order = similarity.texts.order
        self._sides = (
            _Gatherer(left, similarity.left, order),
            _Gatherer(right, similarity.right, order),
        )

    def compare(
        self, left: int, right: int, kept: Sequence[tuple[Bools, Bools]], whole: Floats
    ) -> Floats:
        """Compare a pair of rows once for each variant: (variants, features).

        ``kept`` has two masks for each, over the edges of the left and of the right entity;
        ``whole`` (features,) is what was computed with all edges. What is made of the entities'
        own values is taken from it.
        """
        found = np.tile(np.asarray(whole, dtype=np.float32), (len(kept), 1))
        variants = np.arange(len(kept))
        texts = self.similarity.texts

        def anew(field: TextField, number: int) -> TextField:
            row = (left, right)[number]
            return self._sides[number].variants(field, row, [masks[number] for masks in kept])

        for first, a, b in self._made_of_neighbours:
            columns = _compare_texts(anew(a, 0), anew(b, 1), texts, variants, variants)
            found[:, first : first + columns.shape[1]] = columns
        one = anew(self.similarity.left.two_hops, 0)
        two = anew(self.similarity.right.two_hops, 1)
        two_hops = _compare_sets(one, two, texts, variants, variants, best=False)[:, :3]
        degrees = [np.log1p([masks[number].sum() for masks in kept]) for number in (0, 1)]
        structure = np.column_stack([*degrees, -np.abs(degrees[0] - degrees[1])])
        found[:, -6:] = np.hstack([two_hops, structure])
        return found

    @cached_property
    def _made_of_neighbours(self) -> list[tuple[int, TextField, TextField]]:
        """Give the pairs of fields that neighbours have a part in, and their first columns."""
        names = self.similarity.feature_names
        found, first = [], sum(name.startswith("name: ") for name in names)
        for a, b in self.similarity.text_pairs:
            if not (a.own and b.own):
                found.append((first, a, b))
            first += len(_SET) + len(_STRING) * _compared_as_strings(a, b)
        return found


class _Gatherer:
    """Gathers what the neighbours of one entity say, from those of its edges that are kept."""

    def __init__(self, graph: KnowledgeGraph, fields: Fields, order: Ints) -> None:
        self._graph, self._fields, self._order = graph, fields, order
        self._own = {field.source.attribute: field for field in fields.texts if field.own}
        self._near = lru_cache(maxsize=4096)(self._names_around)

    def variants(self, field: TextField, row: int, kept: Sequence[Bools]) -> TextField:
        """Give a field whose entities are the variants of one entity."""
        if field.own:
            return _stack(field, [_codes(field, row)] * len(kept))
        return _stack(field, [self._gather(field, row, mask) for mask in kept])

    def _gather(self, field: TextField, row: int, kept: Bools) -> Codes:
        """Gather a field of neighbours as ``fields`` does, over some of the edges."""
        source = field.source
        codes, rows = self._graph.neighbourhood(row)
        mask = kept & self._followed(codes, rows)
        if source.relation is not None:
            mask &= codes == source.relation
        if source.neighbour_type is not None:
            mask &= np.asarray(self._graph.types[rows] == source.neighbour_type)
        said: Callable[[int], Iterable[int]] = self._near
        if source.hops == 1:
            base = self._fields.names if source.attribute is None else self._own[source.attribute]
            said = lambda neighbour: _codes(base, neighbour)  # noqa: E731
        most = 4 * MOST_STRINGS if source.hops > 1 else MOST_STRINGS
        return self._first(row, (c for neighbour in rows[mask] for c in said(int(neighbour))), most)

    def _names_around(self, row: int) -> Codes:
        """Give the names of an entity's neighbours."""
        codes, rows = self._graph.neighbourhood(row)
        near = rows[self._followed(codes, rows)]
        names = (c for neighbour in near for c in _codes(self._fields.names, int(neighbour)))
        return self._first(row, names, MOST_STRINGS)

    def _first(self, row: int, codes: Iterable[int], most: int) -> Codes:
        """Keep each string once, not the entity's own names, and of many those that come first."""
        others = set(codes) - set(_codes(self._fields.names, row))
        return sorted(others, key=lambda code: self._order[code])[:most]

    def _followed(self, codes: npt.NDArray[np.integer], rows: npt.NDArray[np.integer]) -> Bools:
        """Tell which edges of an entity are followed, (edges,); of one relation only the first."""
        followed = np.ones(len(codes), dtype=bool)
        if len(codes) > MOST_EDGES:
            for code in np.unique(codes):
                of_relation = np.flatnonzero(codes == code)
                order = np.argsort(self._fields.order[rows[of_relation]], kind="stable")
                followed[of_relation[order[MOST_EDGES:]]] = False
        return followed


def _codes(field: TextField, row: int) -> Codes:
    return [int(code) for code in field.codes[field.offsets[row] : field.offsets[row + 1]]]


def _stack(field: TextField, codes: Sequence[Codes]) -> TextField:
    """Make a field whose entities say these strings."""
    offsets = np.concatenate([[0], np.cumsum([len(said) for said in codes])]).astype(np.int64)
    flat = np.array([code for said in codes for code in said], dtype=np.int64)
    return dataclasses.replace(field, offsets=offsets, codes=flat)

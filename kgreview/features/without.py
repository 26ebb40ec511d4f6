"""How alike a pair is without some neighbours: compared again, as if their edges were not there."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt

from kgreview.features.fields import _STRINGS, Group, Side
from kgreview.features.similarity import (
    _SET,
    _STRING,
    Floats,
    PairSimilarity,
    _compare_groups,
    _compare_sets,
    _compared_as_strings,
)
from kgreview.graph.edges import edges_of
from kgreview.graph.knowledge_graph import KnowledgeGraph

Bools = npt.NDArray[np.bool_]
Codes = list[int]
_EDGES = 4 * _STRINGS  # of an entity that are read, as in ``features.fields``


class SimilarityWithout:
    """Compares entities with some of their edges left out, by what was fitted on the whole graphs.

    Which strings are telling stays as it is; only what the two entities' own neighbours say is
    gathered anew.
    """

    def __init__(
        self, similarity: PairSimilarity, left: KnowledgeGraph, right: KnowledgeGraph
    ) -> None:
        self.similarity = similarity
        self._sides = (_Gatherer(left, similarity.left), _Gatherer(right, similarity.right))

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
        gathered = [
            side.variants(row, [masks[number] for masks in kept])
            for number, (side, row) in enumerate(zip(self._sides, (left, right), strict=True))
        ]
        for first, a, b in self._made_of_neighbours:
            columns = _compare_groups(
                gathered[0][id(a)], gathered[1][id(b)], texts, variants, variants
            )
            found[:, first : first + columns.shape[1]] = columns
        hops = (self.similarity.left.two_hops, self.similarity.right.two_hops)
        one, two = (side[id(group)] for side, group in zip(gathered, hops, strict=True))
        two_hops = _compare_sets(one, two, texts, variants, variants, best=False)[:, :3]
        degrees = [np.log1p([masks[number].sum() for masks in kept]) for number in (0, 1)]
        structure = np.column_stack([*degrees, -np.abs(degrees[0] - degrees[1])])
        found[:, -6:] = np.hstack([two_hops, structure])
        return found

    @cached_property
    def _made_of_neighbours(self) -> list[tuple[int, Group, Group]]:
        """Give the pairs of groups that neighbours have a part in, and their first columns."""
        names = self.similarity.feature_names
        found, first = [], sum(name.startswith("name: ") for name in names)
        for a, b in self.similarity.group_pairs:
            if not (a.own and b.own):
                found.append((first, a, b))
            first += len(_SET) + len(_STRING) * _compared_as_strings(a, b)
        return found


class _Gatherer:
    """Gathers what the neighbours of one entity say, from those of its edges that are kept."""

    def __init__(self, graph: KnowledgeGraph, side: Side) -> None:
        self._graph, self._side = graph, side
        self._by_attribute = {group.name: group for group in side.groups if group.own}

    def variants(self, row: int, kept: Sequence[Bools]) -> dict[int, Group]:
        """Give groups whose entities are the variants of one entity, by id of the whole group."""
        everything = np.ones(self._graph.degree(row), dtype=bool)

        def anew(group: Group) -> Group:
            stated = _codes(group, row)
            for gather in () if group.own else self._ways(group, row):
                # the way that leads to what was gathered from the whole graph is the right one
                if gather(everything) == stated:
                    return _stack(group, [gather(mask) for mask in kept])
            return _stack(group, [stated] * len(kept))

        side = self._side
        return {id(group): anew(group) for group in (side.names, *side.groups, side.two_hops)}

    def _ways(self, group: Group, row: int) -> list[Callable[[Bools], Codes]]:
        """List what a group may have been gathered from; its name alone may not tell."""
        graph, name = self._graph, group.name
        codes, rows = graph.neighbourhood(row)
        order = edges_of(graph, row, _EDGES)
        own = set(_codes(self._side.names, row))

        def over(mask: Bools, said: Callable[[int], Codes], most: int) -> Callable[[Bools], Codes]:
            def gather(kept: Bools) -> Codes:
                told = (c for e in order if mask[e] and kept[e] for c in said(int(rows[e])))
                return [c for c in dict.fromkeys(told) if c not in own][:most]

            return gather

        def names(entity: int) -> Codes:
            return _codes(self._side.names, entity)

        found = []
        if group is self._side.two_hops:
            near = lru_cache(maxsize=None)(self._near)
            found.append(over(np.ones(len(rows), dtype=bool), near, 4 * _STRINGS))
        for code in np.unique(codes):
            relation, inverse = graph.relation(int(code))
            if name == relation + (" inverse" if inverse else ""):
                found.append(over(np.asarray(codes == code), names, _STRINGS))
        if name.startswith("near "):
            named = name[len("near ") :]
            if named in graph.type_names:
                of_type = np.asarray(graph.types[rows] == graph.type_names.index(named))
                found.append(over(of_type, names, _STRINGS))
            if named in self._by_attribute:
                values = self._by_attribute[named]
                every = np.ones(len(rows), dtype=bool)
                found.append(over(every, lambda entity: _codes(values, entity), _STRINGS))
        return found

    def _near(self, entity: int) -> Codes:
        """Give the names of an entity's neighbours, the first few."""
        _, rows = self._graph.neighbourhood(entity)
        own = set(_codes(self._side.names, entity))
        order = edges_of(self._graph, entity, _EDGES)
        told = (c for e in order for c in _codes(self._side.names, int(rows[e])))
        return [c for c in dict.fromkeys(told) if c not in own][:_STRINGS]


def _codes(group: Group, row: int) -> Codes:
    return [int(code) for code in group.codes[group.offsets[row] : group.offsets[row + 1]]]


def _stack(group: Group, codes: Sequence[Codes]) -> Group:
    """Make a group whose entities say these strings."""
    offsets = np.concatenate([[0], np.cumsum([len(said) for said in codes])]).astype(np.int64)
    flat = np.array([code for said in codes for code in said], dtype=np.int64)
    return dataclasses.replace(group, offsets=offsets, codes=flat)

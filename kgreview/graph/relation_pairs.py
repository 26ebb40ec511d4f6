"""Which relations of two graphs correspond: what probable matches say over both, and their words.

As PARIS counts sub-relations (Suchanek et al., VLDB 2011): of what r says of entities that the
other graph has, the share that s says too. A relation may correspond to the other's inverse, and to
several.

Shapes: M probable matches of two types, R relations of a side as seen from them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from kgreview.arrays import Bools, Floats, Ints
from kgreview.graph.attribute_pairs import (
    ProbableMatches,
    distinct_rows,
    same_places,
    strongest_partners,
    words_in_common,
)
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.schema import Direction, RelationPair, TypePair
from kgreview.graph.values import Values, spread
from kgreview.text.columns import distinct_numbers
from kgreview.text.strings import sort_words

_FEWEST = 2  # statements that both make, before they alone make relations correspond
_LIFT = 0.1  # share beyond chance, of what is possible, that they must reach
_DOUBT = 2  # statements added that only one makes: two of two are less than ninety of a hundred
_SAME_WORDS = 0.9  # birth place and death place have a word in common, and are not the same
_WORDS_LIFT = 0.02  # and where the words of both speak for it, if there is much to go by
_MANY = 20
_HUB = 1_000  # edges of an entity from which on it is left out: it tells little, and costs much


def suggest_relation_pairs(
    left: KnowledgeGraph,
    right: KnowledgeGraph,
    values: Values,
    naming: tuple[Ints, Ints],
    matches: list[ProbableMatches],
) -> tuple[RelationPair, ...]:
    """Find relations that correspond, by pair of types, the strongest first.

    The types are those of the entities that are compared, the near end; what holds from there holds
    from the far end, too, and is given once. ``naming`` (values,) of either side is -1 where a
    value does not name.
    """
    codes = _entity_codes(left, right, values, naming, matches)
    shared = np.unique(codes[0]), np.unique(codes[1])
    pairs: list[RelationPair] = []
    for each in matches:
        one = _Stated.of(left, codes[0], shared[1], each.types.left, each.left)
        two = _Stated.of(right, codes[1], shared[0], each.types.right, each.right)
        pairs += _of_types(each.types, one, two)
    return _from_one_end(pairs)


def _from_one_end(pairs: list[RelationPair]) -> tuple[RelationPair, ...]:
    """Leave out what another pair says from the far end."""
    forward = {(pair.left, pair.right) for pair in pairs if not pair.left.inverse}
    return tuple(
        pair
        for pair in pairs
        if not pair.left.inverse or (pair.left.turned, pair.right.turned) not in forward
    )


def _entity_codes(
    left: KnowledgeGraph,
    right: KnowledgeGraph,
    values: Values,
    naming: tuple[Ints, Ints],
    matches: list[ProbableMatches],
) -> tuple[Ints, Ints]:
    """Give each entity a code, (entities,), the same on both sides where they are the same.

    Probable matches are, and of the rest those of the same name; -1 for what has none.
    """
    a, b = (
        np.concatenate([getattr(each, side) for each in matches] or [np.empty(0, np.int64)])
        for side in ("left", "right")
    )
    size = left.num_entities + right.num_entities
    joined = sp.csr_matrix((np.ones(len(a), bool), (a, left.num_entities + b)), shape=(size, size))
    group = connected_components(joined, directed=False)[1].astype(np.int64)
    side_codes = _by_name(left, right, values, naming)
    for codes, rows, start in zip(side_codes, (a, b), (0, left.num_entities), strict=True):
        codes[rows] = len(values.strings) + group[start + rows]
    return side_codes


def _by_name(
    left: KnowledgeGraph, right: KnowledgeGraph, values: Values, naming: tuple[Ints, Ints]
) -> tuple[Ints, Ints]:
    """Give a code of each entity's name, (entities,), -1 where it has none.

    Of several names that of which both graphs know the words, in whatever order, then the rarest.
    """
    named = [
        np.flatnonzero((rank >= 0) & (codes >= 0))
        for rank, codes in zip(naming, values.codes, strict=True)
    ]
    spelt = [codes[where] for codes, where in zip(values.codes, named, strict=True)]
    names = np.unique(np.concatenate(spelt))
    words = pa.array(sort_words(values.strings.take(pa.array(names))), pa.large_string())
    key = np.asarray(words.dictionary_encode().indices.to_numpy(), dtype=np.int64)
    keys = [key[np.searchsorted(names, each)] for each in spelt]
    size = len(names)
    uses = [np.bincount(each, minlength=size) for each in keys]
    order = np.lexsort((uses[0] + uses[1], np.minimum(*uses) == 0))
    place = np.empty(size, dtype=np.int64)
    place[order] = np.arange(size)
    side_codes = []
    for graph, where, each in zip((left, right), named, keys, strict=True):
        first = np.full(graph.num_entities, size, dtype=np.int64)
        np.minimum.at(first, graph.value_entities[where], place[each])
        side_codes.append(np.append(order, -1)[first])
    return side_codes[0], side_codes[1]


@dataclass(frozen=True, eq=False)
class _Stated:
    """What one side says of its probable matches over relations."""

    directions: tuple[Direction, ...]  # (R,) that entities of the type have, seen from them
    match: Ints  # (statements,)
    relation: Ints  # (statements,) place in directions
    code: Ints  # (statements,) of the far end
    has: sp.csr_matrix  # (M, R) 1 where an entity has a neighbour over it
    known: sp.csr_matrix  # (M, R) how many of them the other graph has

    @classmethod
    def of(
        cls, graph: KnowledgeGraph, codes: Ints, others: Ints, type_name: str, rows: Ints
    ) -> _Stated:
        """``codes`` (entities,) of this graph, ``others`` all of the other one, ascending."""
        of_type = graph.rows_of_type(type_name)
        first = graph.edge_offsets[of_type]
        of_type = spread(first, graph.edge_offsets[of_type + 1] - first)
        relations = distinct_numbers(np.asarray(graph.edge_relations)[of_type])
        counts = graph.edge_offsets[rows + 1] - graph.edge_offsets[rows]
        counts = np.where(counts < _HUB, counts, 0)
        match = np.repeat(np.arange(len(rows)), counts)
        where = spread(graph.edge_offsets[rows], counts)
        place = np.searchsorted(relations, graph.edge_relations[where])
        code = codes[graph.edge_neighbours[where]]
        shape = (len(rows), len(relations))
        has = _counts(match, place, shape)
        has.data[:] = 1
        has_code = (code >= 0) & _among(code, others)
        match, place, code = distinct_rows(match[has_code], place[has_code], code[has_code])
        directions = tuple(Direction(*graph.relation(int(code))) for code in relations)
        return cls(directions, match, place, code, has, _counts(match, place, shape))


def _among(codes: Ints, sorted_codes: Ints) -> Bools:
    """Tell which codes are among those that are known, which are ascending."""
    at = np.minimum(np.searchsorted(sorted_codes, codes), max(0, len(sorted_codes) - 1))
    return sorted_codes[at] == codes if len(sorted_codes) else np.zeros(len(codes), dtype=bool)


def _counts(match: Ints, relation: Ints, shape: tuple[int, int]) -> sp.csr_matrix:
    return sp.csr_matrix((np.ones(len(match), np.float64), (match, relation)), shape=shape)


def _of_types(types: TypePair, left: _Stated, right: _Stated) -> list[RelationPair]:
    """Pair the relations of two types, each with at most a few of the other side."""
    if not left.directions or not right.directions:
        return []
    both = _common(left, right)  # (R left, R right) statements that both make
    share, lift, most = _shares(both, left, right)
    words = _words(left.directions, right.directions)
    by_statements = (both >= _FEWEST) & (lift >= _LIFT)
    refuted = (most >= _MANY) & (lift < _WORDS_LIFT)
    strength = np.where(by_statements | ((words >= _SAME_WORDS) & ~refuted), lift + words, -1.0)
    names = [tuple(map(str, side.directions)) for side in (left, right)]
    return [
        RelationPair(
            types,
            left.directions[i],
            right.directions[j],
            round(float(share[i, j]), 3) if most[i, j] else None,
        )
        for i, j in strongest_partners(strength, *names)
    ]


def _common(left: _Stated, right: _Stated) -> Floats:
    one, two = same_places((left.match, left.code), (right.match, right.code))
    shape = (len(left.directions), len(right.directions))
    where = (left.relation[one], right.relation[two])
    return np.asarray(sp.csr_matrix((np.ones(len(one)), where), shape=shape).toarray())


def _shares(both: Floats, left: _Stated, right: _Stated) -> tuple[Floats, Floats, Floats]:
    """Give by pair of relations the share of statements that both make, and that beyond chance.

    Of those of the one where the other says something at all, and the larger of the two ways
    round: who is starring is a part of the cast. ``_DOUBT`` is added to what only one says. The
    third is of how many statements, at most.
    """
    of_left = (left.known.T @ right.has).toarray()
    of_right = (left.has.T @ right.known).toarray()
    codes = np.intersect1d(left.code, right.code)
    profiles = _profiles(left, codes), _profiles(right, codes)
    by_chance = (
        (profiles[0][0] @ profiles[1][1].T).toarray(),
        (profiles[0][1] @ profiles[1][0].T).toarray(),
    )
    share, lift = np.zeros(both.shape), np.full(both.shape, -1.0)
    for total, expected in zip((of_left, of_right), by_chance, strict=True):
        part, chance = both / (total + _DOUBT), np.minimum(expected, 1)
        share = np.maximum(share, part)
        beyond = np.where(chance < 1, (part - chance) / np.maximum(1 - chance, 1e-9), 0)
        lift = np.maximum(lift, beyond)
    return share, lift, np.maximum(of_left, of_right)


def _profiles(side: _Stated, codes: Ints) -> tuple[sp.csr_matrix, sp.csr_matrix]:
    """Give how often each relation leads to each of ``codes``, (R, codes), in two ways.

    As a share of its known statements, and of the entities that have it.
    """
    there = np.isin(side.code, codes)
    where = (side.relation[there], np.searchsorted(codes, side.code[there]))
    shape = (len(side.directions), len(codes))
    counts = sp.csr_matrix((np.ones(len(where[0])), where), shape=shape)
    totals = [np.asarray(each.sum(axis=0)).ravel() for each in (side.known, side.has)]
    shares, has = (sp.csr_matrix(sp.diags(1 / np.maximum(t, 1)) @ counts) for t in totals)
    return shares, has


def _words(left: tuple[Direction, ...], right: tuple[Direction, ...]) -> Floats:
    """Give how much the names of relations have in common, (R left, R right).

    Those seen from the other end count where a type has them from there alone: the author of a
    book here and who is author of it there.
    """
    names = [tuple(dict.fromkeys(each.relation for each in side)) for side in (left, right)]
    codes = [{name: code for code, name in enumerate(of_side)} for of_side in names]
    places = [
        np.array([of_side[each.relation] for each in side], dtype=np.int64)
        for of_side, side in zip(codes, (left, right), strict=True)
    ]
    words = words_in_common(*names)[np.ix_(*places)]
    inverse = [np.array([each.inverse for each in side], dtype=bool) for side in (left, right)]
    both_ways = [
        np.array([each.turned in there for each in side], dtype=bool)
        for side in (left, right)
        for there in (frozenset(side),)
    ]
    crossed = inverse[0][:, None] != inverse[1][None, :]
    return np.where(crossed & (both_ways[0][:, None] | both_ways[1][None, :]), 0.0, words)

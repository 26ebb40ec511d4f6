"""Which attributes of two graphs correspond: what probable matches say alike, and their words.

Probable matches are known links and entities whose name occurs once on each side, as PARIS counts
them (Suchanek et al., VLDB 2011): two attributes correspond where these say the same in both more
often than chance would have it.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from kgreview.arrays import Floats, Ints
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.links import Links
from kgreview.graph.schema import AttributePair, TypePair
from kgreview.graph.values import Values, naming_rank, spread
from kgreview.text.columns import distinct_numbers
from kgreview.text.iris import words_of
from kgreview.text.ngrams import indicator

_MOST_MATCHES = 5_000  # probable matches of a pair of types that are looked at
_FEWEST = 2  # of them that agree, before values alone make attributes correspond
_LIFT = 0.25  # agreement beyond chance, of what is possible, that values alone must reach
_WORDS_LIFT = 0.02  # and where the words of both speak for it, if there are many probable matches
_MANY = 20
_MOST_PARTNERS = 3  # of one attribute for one pair of types
_PART = 10_000  # pairs that are looked at before those are left out that have found enough

# words that say little beside others: a birth date is no release date
_WEAK_WORDS = frozenset(
    {"has", "is", "of", "the", "in", "by", "my", "a", "an", "id", "date", "year", "minutes"}
)
# other words of catalogues for the same thing, where an attribute has no other name
_SAME_MEANING = {
    "year": "release",
    "released": "release",
    "published": "release",
    "publication": "release",
    "runtime": "duration",
    "length": "duration",
    "birthday": "birth",
    "born": "birth",
    "died": "death",
    "genres": "genre",
}


@functools.lru_cache(maxsize=100_000)
def telling_words(attribute: str) -> frozenset[str]:
    """Give the words of an attribute's name that say what it is about."""
    words = frozenset(words_of(attribute)) or frozenset({attribute})
    return frozenset(_SAME_MEANING.get(word, word) for word in words - _WEAK_WORDS or words)


@dataclass(frozen=True, eq=False)
class ProbableMatches:
    """Pairs of entities of two types that are probably the same."""

    types: TypePair
    left: Ints  # (matches,)
    right: Ints  # (matches,)


def probable_matches(
    left: KnowledgeGraph,
    right: KnowledgeGraph,
    values: Values,
    types: tuple[TypePair, ...],
    names: tuple[Mapping[str, tuple[str, ...]], Mapping[str, tuple[str, ...]]],
    links: Links | None = None,
) -> list[ProbableMatches]:
    """Give known matches and entities of a name that occurs once on each side, by pair of types."""
    unique = [
        _UniqueNames.of(graph, codes, naming_rank(graph, naming))
        for graph, codes, naming in zip((left, right), values.codes, names, strict=True)
    ]
    by_links = None if links is None else MatchesByType.of(left, right, links)
    matches = []
    for pair in types:
        name_1, row_1 = unique[0].of_type(left.type_codes[pair.left])
        name_2, row_2 = unique[1].of_type(right.type_codes[pair.right])
        shared, one, two = np.intersect1d(name_1, name_2, return_indices=True)
        order = np.argsort(values.order[shared])  # the rarest, whatever their rows
        a, b = row_1[one][order], row_2[two][order]
        if by_links is not None:
            known_left, known_right = by_links.of_types(pair)
            a, b = np.concatenate([known_left, a]), np.concatenate([known_right, b])
        matches.append(ProbableMatches(pair, a[:_MOST_MATCHES], b[:_MOST_MATCHES]))
    return matches


@dataclass(frozen=True, eq=False)
class _UniqueNames:
    """The names that one entity of a type has alone, by type: all types in one sort."""

    bounds: Ints  # (types + 1,) where the names of each type begin
    names: Ints  # codes of strings, ascending within a type
    rows: Ints  # of the entity that has it

    @classmethod
    def of(cls, graph: KnowledgeGraph, codes: Ints, naming: Ints) -> _UniqueNames:
        where = np.flatnonzero((naming >= 0) & (codes >= 0))
        rows = graph.value_entities[where]
        size = int(codes.max(initial=-1)) + 1
        keys = graph.types[rows].astype(np.int64) * size + codes[where]
        order = np.lexsort((rows, keys))
        keys, rows = keys[order], rows[order]
        again = np.zeros(len(keys), dtype=bool)  # an entity may say its name twice
        again[1:] = (keys[1:] == keys[:-1]) & (rows[1:] == rows[:-1])
        keys, rows = keys[~again], rows[~again]
        key, first, count = np.unique(keys, return_index=True, return_counts=True)
        key, rows = key[count == 1], rows[first[count == 1]]
        bounds = np.searchsorted(key, np.arange(len(graph.type_names) + 1) * size)
        return cls(bounds, key % max(1, size), rows)

    def of_type(self, code: int) -> tuple[Ints, Ints]:
        """Give the names and rows of one type."""
        part = slice(int(self.bounds[code]), int(self.bounds[code + 1]))
        return self.names[part], self.rows[part]


@dataclass(frozen=True, eq=False)
class MatchesByType:
    """The matches among links, by the types they join: all types in one sort."""

    sides: tuple[KnowledgeGraph, KnowledgeGraph]
    links: Links  # the matches, by pair of types, in their order within one
    keys: Ints  # (matches,) of their pair of types, ascending

    @classmethod
    def of(cls, left: KnowledgeGraph, right: KnowledgeGraph, links: Links) -> MatchesByType:
        """Sort the matches of ``links``."""
        matches = links.matches
        keys = left.types[matches.left].astype(np.int64) * len(right.type_names)
        keys += right.types[matches.right]
        order = np.argsort(keys, kind="stable")
        return cls((left, right), matches.take(order), keys[order])

    def of_types(self, pair: TypePair) -> tuple[Ints, Ints]:
        """Give the rows of the matches that join two types; none where a graph lacks one."""
        left, right = (graph.type_codes for graph in self.sides)
        if pair.left not in left or pair.right not in right:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        key = left[pair.left] * len(right) + right[pair.right]
        first, end = np.searchsorted(self.keys, [key, key + 1])
        return self.links.left[first:end], self.links.right[first:end]


@dataclass(frozen=True, eq=False)
class Agreement:
    """How far probable matches of two types agree, by attribute of both (A left, A right)."""

    types: TypePair
    left: tuple[str, ...]  # (A left,) attributes that entities of the type have, names aside
    right: tuple[str, ...]
    left_matches: Ints  # (A left,) matches whose left entity has it
    right_matches: Ints
    both: Floats  # matches that have both
    equal: Floats  # of them, those that have a value in common
    lift: Floats  # share of them beyond chance, of what is possible; nan where none has both

    @property
    def share(self) -> Floats:
        """Share of the matches that have both whose values agree, nan where none has both."""
        return np.where(self.both > 0, self.equal / np.maximum(self.both, 1), np.nan)


def measure_agreement(
    left: KnowledgeGraph,
    right: KnowledgeGraph,
    canonical: tuple[Ints, Ints],
    matches: list[ProbableMatches],
    naming: tuple[Ints, Ints],
) -> list[Agreement]:
    """Count where probable matches say the same, by pair of types.

    ``canonical`` (values,) of either side are equal where two values say the same, -1 where one is
    missing; ``naming`` is -1 where a value does not name: names are compared by themselves.
    """
    return [
        _agreement(
            each.types,
            _AttributeValues.of(left, canonical[0], naming[0], each.types.left, each.left),
            _AttributeValues.of(right, canonical[1], naming[1], each.types.right, each.right),
        )
        for each in matches
    ]


def suggest_attribute_pairs(agreements: list[Agreement]) -> tuple[AttributePair, ...]:
    """Find attributes that correspond, by pair of types, those that agree most first."""
    return tuple(pair for agreement in agreements for pair in _of_types(agreement))


@dataclass(frozen=True, eq=False)
class _AttributeValues:
    """What one side of the probable matches says beside its names."""

    names: tuple[str, ...]  # (A,) attributes that entities of the type have
    match: Ints  # (values,) each match says each value of an attribute once
    attribute: Ints  # (values,) place in names
    code: Ints  # (values,)
    has: sp.csr_matrix  # (matches, A) 1 where the entity has the attribute

    @classmethod
    def of(
        cls, graph: KnowledgeGraph, canonical: Ints, naming: Ints, type_name: str, rows: Ints
    ) -> _AttributeValues:
        of_type = graph.rows_of_type(type_name)
        starts = graph.value_offsets[of_type]
        all_of_type = spread(starts, graph.value_offsets[of_type + 1] - starts)
        telling = (canonical[all_of_type] >= 0) & (naming[all_of_type] < 0)
        attributes = distinct_numbers(graph.value_attributes[all_of_type[telling]])
        starts, ends = graph.value_offsets[rows], graph.value_offsets[rows + 1]
        counts = ends - starts
        match = np.repeat(np.arange(len(rows)), counts)
        where = spread(starts, counts)
        stated = (canonical[where] >= 0) & (naming[where] < 0)
        match, where = match[stated], where[stated]
        place = np.searchsorted(attributes, graph.value_attributes[where])
        match, place, code = distinct_rows(match, place, canonical[where])
        has = indicator(match, place, (len(rows), len(attributes)))
        names = tuple(graph.attribute_names[code] for code in attributes)
        return cls(names, match, place, code, has)

    def shares(self, codes: Ints) -> sp.csr_matrix:
        """Give the share of entities with an attribute that say each of ``codes``, (A, codes)."""
        there = np.isin(self.code, codes)
        place = np.searchsorted(codes, self.code[there])
        counts = sp.csr_matrix(
            (np.ones(len(place), np.float32), (self.attribute[there], place)),
            shape=(len(self.names), len(codes)),
        )
        return sp.csr_matrix(sp.diags(1 / np.maximum(self.matches, 1)) @ counts)

    @property
    def matches(self) -> Ints:
        """How many of the matches have each attribute, (A,)."""
        return np.asarray(self.has.sum(axis=0)).ravel().astype(np.int64)


def _agreement(types: TypePair, left: _AttributeValues, right: _AttributeValues) -> Agreement:
    if not len(left.code) or not len(right.code):  # as with most of thousands of types
        none = np.zeros((len(left.names), len(right.names)))
        counts = left.matches, right.matches
        return Agreement(types, left.names, right.names, *counts, none, none, none + np.nan)
    both = (left.has.T @ right.has).toarray()
    equal = _equal(left, right)
    shared = np.intersect1d(left.code, right.code)
    chance = np.minimum((left.shares(shared) @ right.shares(shared).T).toarray(), 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(both > 0, equal / both, np.nan)
        lift = np.where(chance < 1, (share - chance) / (1 - chance), 0)
    return Agreement(types, left.names, right.names, left.matches, right.matches, both, equal, lift)


def _of_types(agreement: Agreement) -> list[AttributePair]:
    """Pair the attributes of two types, each with at most a few of the other side."""
    lift, share = np.nan_to_num(agreement.lift), agreement.share
    words = words_in_common(agreement.left, agreement.right)
    by_values = (agreement.equal >= _FEWEST) & (lift >= _LIFT)
    refuted = (agreement.both >= _MANY) & (lift < _WORDS_LIFT) & (words < 1)
    strength = np.where(by_values | ((words > 0) & ~refuted), lift + words, -1.0)
    return [
        AttributePair(
            agreement.types,
            agreement.left[i],
            agreement.right[j],
            round(float(share[i, j]), 3) if agreement.both[i, j] else None,
        )
        for i, j in strongest_partners(strength, agreement.left, agreement.right)
    ]


def _equal(left: _AttributeValues, right: _AttributeValues) -> Floats:
    """Count the matches in which two attributes have a value in common, (A left, A right)."""
    one, two = same_places((left.match, left.code), (right.match, right.code))
    match, of_left, of_right = left.match[one], left.attribute[one], right.attribute[two]
    _, of_left, of_right = distinct_rows(match, of_left, of_right)
    counts = sp.csr_matrix(
        (np.ones(len(of_left)), (of_left, of_right)), shape=(len(left.names), len(right.names))
    )
    return np.asarray(counts.toarray())


def distinct_rows(*columns: Ints) -> tuple[Ints, ...]:
    """Give the distinct rows of aligned columns, in order."""
    order = np.lexsort(columns[::-1])
    rows = [column[order] for column in columns]
    first = np.zeros(len(order), dtype=bool)
    first[:1] = True
    for row in rows:
        first[1:] |= row[1:] != row[:-1]
    return tuple(row[first] for row in rows)


def same_places(left: tuple[Ints, Ints], right: tuple[Ints, Ints]) -> tuple[Ints, Ints]:
    """Give the positions of all rows of both sides that are equal in two columns."""
    width = 1 + max(int(side[1].max(initial=0)) for side in (left, right))
    one, two = (side[0].astype(np.int64) * width + side[1] for side in (left, right))
    order = np.argsort(two, kind="stable")
    two = two[order]
    starts = np.searchsorted(two, one, side="left")
    counts = np.searchsorted(two, one, side="right") - starts
    return np.repeat(np.arange(len(one)), counts), order[spread(starts, counts)]


def words_in_common(left: tuple[str, ...], right: tuple[str, ...]) -> Floats:
    """Give how much names have in common, 1 where they are the same words, (left, right)."""
    one, two = [telling_words(name) for name in left], [telling_words(name) for name in right]
    codes = {word: code for code, word in enumerate(sorted(set().union(*one, *two)))}
    has_1, has_2 = (_words_said(each, codes) for each in (one, two))
    shared = (has_1 @ has_2.T).tocoo()
    shares = np.zeros((len(left), len(right)))
    sizes = np.array([*map(len, one)], np.int64), np.array([*map(len, two)], np.int64)
    union = sizes[0][shared.row] + sizes[1][shared.col] - shared.data
    shares[shared.row, shared.col] = 0.9 * shared.data / union
    places = {name: j for j, name in reversed(list(enumerate(right)))}
    plain = {tuple(words_of(name)): j for j, name in reversed(list(enumerate(right)))}
    for i, name in enumerate(left):
        same = places.get(name, plain.get(tuple(words_of(name))))
        if same is not None and words_of(name):
            shares[i, same] = 1.0
    return shares


def _words_said(names: list[frozenset[str]], codes: Mapping[str, int]) -> sp.csr_matrix:
    """Give which words each name has, (names, words)."""
    rows = np.repeat(np.arange(len(names)), [len(words) for words in names])
    columns = np.array([codes[word] for words in names for word in words], dtype=np.int64)
    ones = np.ones(len(rows), np.float64)
    return sp.csr_matrix((ones, (rows, columns)), shape=(len(names), len(codes)))


def strongest_partners(
    strength: Floats, left: tuple[str, ...], right: tuple[str, ...]
) -> list[tuple[int, int]]:
    """Take pairs by their strength, each of either side a few times; below 0 stands for none."""
    one, two = np.nonzero(strength >= 0)
    place_1, place_2 = (_places(names) for names in (left, right))
    order = np.lexsort((place_2[two], place_1[one], -strength[one, two]))
    taken_left, taken_right = np.zeros(len(left), np.int64), np.zeros(len(right), np.int64)
    chosen = []
    while len(order):  # a part at a time: a word that all names have makes millions of pairs
        part, order = order[:_PART], order[_PART:]
        for i, j in zip(one[part].tolist(), two[part].tolist(), strict=True):
            if taken_left[i] < _MOST_PARTNERS and taken_right[j] < _MOST_PARTNERS:
                taken_left[i] += 1
                taken_right[j] += 1
                chosen.append((i, j))
        free = (taken_left < _MOST_PARTNERS)[one[order]] & (taken_right < _MOST_PARTNERS)[
            two[order]
        ]
        order = order[free]
    return chosen


def _places(names: tuple[str, ...]) -> Ints:
    """Give each name's place among them in alphabetical order, equal names alike."""
    rank = {name: place for place, name in enumerate(sorted(set(names)))}
    return np.array([rank[name] for name in names], dtype=np.int64)

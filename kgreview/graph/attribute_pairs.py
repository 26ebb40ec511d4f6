"""Which attributes of two graphs correspond: what probable matches say alike, and their words.

Probable matches are known links and entities whose name occurs once on each side, as PARIS counts
them (Suchanek et al., VLDB 2011): two attributes correspond where these say the same in both more
often than chance would have it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp

from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.links import Links
from kgreview.graph.schema import AttributePair, TypePair, words_of
from kgreview.graph.values import Values, naming_rank, spread

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_MOST_MATCHES = 5_000  # probable matches of a pair of types that are looked at
_FEWEST = 2  # of them that agree, before values alone make attributes correspond
_LIFT = 0.25  # agreement beyond chance, of what is possible, that values alone must reach
_WORDS_LIFT = 0.02  # and where the words of both speak for it, if there are many probable matches
_MANY = 20
_MOST_PARTNERS = 3  # of one attribute for one pair of types

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
    sides = [
        (graph, codes, naming_rank(graph, naming))
        for graph, codes, naming in zip((left, right), values.codes, names, strict=True)
    ]
    found = []
    for pair in types:
        unique = [
            _unique_names(*side, type_name)
            for side, type_name in zip(sides, (pair.left, pair.right), strict=True)
        ]
        shared, one, two = np.intersect1d(unique[0][0], unique[1][0], return_indices=True)
        order = np.argsort(values.order[shared])  # the rarest, whatever their rows
        a, b = unique[0][1][one][order], unique[1][1][two][order]
        if links is not None:
            known_left, known_right = _linked(left, right, pair, links)
            a, b = np.concatenate([known_left, a]), np.concatenate([known_right, b])
        found.append(ProbableMatches(pair, a[:_MOST_MATCHES], b[:_MOST_MATCHES]))
    return found


def _unique_names(
    graph: KnowledgeGraph, codes: Ints, naming: Ints, type_name: str
) -> tuple[Ints, Ints]:
    """Give the names that one entity of a type has alone, and its row."""
    of_type = graph.types == graph.type_names.index(type_name)
    where = np.flatnonzero((naming >= 0) & (codes >= 0) & of_type[graph.value_entities])
    said = np.unique(np.stack([codes[where], graph.value_entities[where]], axis=1), axis=0)
    name, first, count = np.unique(said[:, 0], return_index=True, return_counts=True)
    return name[count == 1], said[first[count == 1], 1]


def _linked(
    left: KnowledgeGraph, right: KnowledgeGraph, pair: TypePair, links: Links
) -> tuple[Ints, Ints]:
    of_pair = (
        (links.label == 1)
        & (left.types[links.left] == left.type_names.index(pair.left))
        & (right.types[links.right] == right.type_names.index(pair.right))
    )
    return links.left[of_pair], links.right[of_pair]


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
            _Said.of(left, canonical[0], naming[0], each.types.left, each.left),
            _Said.of(right, canonical[1], naming[1], each.types.right, each.right),
        )
        for each in matches
    ]


def suggest_attribute_pairs(agreements: list[Agreement]) -> tuple[AttributePair, ...]:
    """Find attributes that correspond, by pair of types, those that agree most first."""
    return tuple(pair for agreement in agreements for pair in _of_types(agreement))


@dataclass(frozen=True, eq=False)
class _Said:
    """What one side of the probable matches says beside its names."""

    names: tuple[str, ...]  # (A,) attributes that entities of the type have
    values: pd.DataFrame  # match, attribute (place in names), code: each once
    has: sp.csr_matrix  # (matches, A) 1 where the entity has the attribute

    @classmethod
    def of(
        cls, graph: KnowledgeGraph, canonical: Ints, naming: Ints, type_name: str, rows: Ints
    ) -> _Said:
        of_type = graph.types == graph.type_names.index(type_name)
        stated = (canonical >= 0) & (naming < 0)
        attributes = np.unique(graph.value_attributes[stated & of_type[graph.value_entities]])
        starts, ends = graph.value_offsets[rows], graph.value_offsets[rows + 1]
        counts = ends - starts
        match = np.repeat(np.arange(len(rows)), counts)
        where = spread(starts, counts)
        match, where = match[stated[where]], where[stated[where]]
        place = np.searchsorted(attributes, graph.value_attributes[where])
        values = pd.DataFrame({"match": match, "attribute": place, "code": canonical[where]})
        values = values.drop_duplicates()
        shape = (len(rows), len(attributes))
        has = sp.csr_matrix(
            (np.ones(len(values), np.float32), (values["match"], values["attribute"])), shape=shape
        )
        has.data[:] = 1  # duplicates were added up
        return cls(tuple(graph.attribute_names[code] for code in attributes), values, has)

    def shares(self, codes: Ints) -> sp.csr_matrix:
        """Give the share of entities with an attribute that say each of ``codes``, (A, codes)."""
        there = self.values[self.values["code"].isin(codes)]
        place = np.searchsorted(codes, there["code"])
        counts = sp.csr_matrix(
            (np.ones(len(there), np.float32), (there["attribute"], place)),
            shape=(len(self.names), len(codes)),
        )
        return sp.csr_matrix(sp.diags(1 / np.maximum(self.matches, 1)) @ counts)

    @property
    def matches(self) -> Ints:
        """How many of the matches have each attribute, (A,)."""
        return np.asarray(self.has.sum(axis=0)).ravel().astype(np.int64)


def _agreement(types: TypePair, left: _Said, right: _Said) -> Agreement:
    both = (left.has.T @ right.has).toarray()
    equal = _equal(left, right)
    shared = np.intersect1d(left.values["code"].unique(), right.values["code"].unique())
    chance = np.minimum((left.shares(shared) @ right.shares(shared).T).toarray(), 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(both > 0, equal / both, np.nan)
        lift = np.where(chance < 1, (share - chance) / (1 - chance), 0)
    return Agreement(types, left.names, right.names, left.matches, right.matches, both, equal, lift)


def _of_types(known: Agreement) -> list[AttributePair]:
    """Pair the attributes of two types, each with at most a few of the other side."""
    lift, share = np.nan_to_num(known.lift), known.share
    words = words_in_common(known.left, known.right)
    by_values = (known.equal >= _FEWEST) & (lift >= _LIFT)
    refuted = (known.both >= _MANY) & (lift < _WORDS_LIFT) & (words < 1)
    strength = np.where(by_values | ((words > 0) & ~refuted), lift + words, -1.0)
    return [
        AttributePair(
            known.types,
            known.left[i],
            known.right[j],
            round(float(share[i, j]), 3) if known.both[i, j] else None,
        )
        for i, j in strongest_partners(strength, known.left, known.right)
    ]


def _equal(left: _Said, right: _Said) -> npt.NDArray[np.float64]:
    """Count the matches in which two attributes have a value in common, (A left, A right)."""
    joined = left.values.merge(right.values, on=["match", "code"], suffixes=("_left", "_right"))
    joined = joined[["match", "attribute_left", "attribute_right"]].drop_duplicates()
    counts = sp.csr_matrix(
        (np.ones(len(joined)), (joined["attribute_left"], joined["attribute_right"])),
        shape=(len(left.names), len(right.names)),
    )
    return np.asarray(counts.toarray())


def words_in_common(left: tuple[str, ...], right: tuple[str, ...]) -> Floats:
    """Give how much names have in common, 1 where they are the same words, (left, right)."""
    found = np.zeros((len(left), len(right)))
    by_word: dict[str, list[int]] = {}
    words = [telling_words(name) for name in right]
    for j, of_right in enumerate(words):
        for word in of_right:
            by_word.setdefault(word, []).append(j)
    plain = {tuple(words_of(name)): j for j, name in reversed(list(enumerate(right)))}
    for i, name in enumerate(left):
        mine = telling_words(name)
        for j in {j for word in mine for j in by_word.get(word, ())}:
            found[i, j] = 0.9 * len(mine & words[j]) / len(mine | words[j])
        same = right.index(name) if name in right else plain.get(tuple(words_of(name)))
        if same is not None and words_of(name):
            found[i, same] = 1.0
    return found


def strongest_partners(
    strength: Floats, left: tuple[str, ...], right: tuple[str, ...]
) -> list[tuple[int, int]]:
    """Take pairs by their strength, each of either side a few times; below 0 stands for none."""
    one, two = np.nonzero(strength >= 0)
    order = sorted(
        zip(one.tolist(), two.tolist(), strict=True),
        key=lambda pair: (-strength[pair], left[pair[0]], right[pair[1]]),
    )
    taken_left, taken_right = np.zeros(len(left), int), np.zeros(len(right), int)
    chosen = []
    for i, j in order:
        if taken_left[i] < _MOST_PARTNERS and taken_right[j] < _MOST_PARTNERS:
            taken_left[i] += 1
            taken_right[j] += 1
            chosen.append((i, j))
    return chosen

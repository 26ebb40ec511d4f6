"""What is said of each entity, in groups: by its own attributes, by neighbours, by their names.

A city is a node in one graph and an attribute in the other. So values and neighbours' names are the
same here: a group gives each entity a few strings, wherever they stand.
"""

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
from kgreview.graph.values import first_of_each, naming_values
from kgreview.text.ngrams import Rows, ngrams, unit
from kgreview.text.strings import LONGEST, normalise, sort_words
from kgreview.text.values import Kind, amounts, kind_of

_STRINGS = 8  # an entity says in one group
_RELATIONS, _NEIGHBOUR_VALUES = 6, 4  # groups of a kind on one side, the most widespread
_WORDS = 12  # of a string that look for their like
_TEXT = 2000  # characters of a text whose words count
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Group:
    """Strings of each entity, as codes into ``Texts``, in CSR form."""

    name: str  # "value genre", "starring", "starring inverse", "near person", "near street"
    kind: Kind
    offsets: Ints  # (entities + 1,)
    codes: Ints  # (strings,)
    own: bool = False  # whether these are values of the entity itself

    def counts(self, rows: Rows) -> Ints:
        """Give how many strings each row has, (rows,)."""
        found: Ints = self.offsets[rows + 1] - self.offsets[rows]
        return found


@dataclass(frozen=True, eq=False)
class Amounts:
    """Numbers, years or seconds of each entity, the first of an attribute."""

    name: str
    kind: Kind
    amount: npt.NDArray[np.float64]  # (entities,) nan where there is none
    day: npt.NDArray[np.float64]  # (entities,) of a date, nan where unknown


@dataclass(frozen=True, eq=False)
class Side:
    """All that one graph says, with strings as codes into the ``Texts`` of both sides."""

    names: Group
    groups: tuple[Group, ...]
    amounts: tuple[Amounts, ...]
    two_hops: Group


@dataclass(frozen=True, eq=False)
class Texts:
    """The distinct normalised strings of both graphs, ready to be compared."""

    strings: list[str]  # (strings,) cut to a comparable length
    keys: Ints  # (strings,) equal where the words are, whatever their order; -1 for an empty one
    key_weight: npt.NDArray[np.float32]  # (keys,) ln of how rare it is among entities, at least 0
    ngrams: sp.csr_matrix  # (strings, n-grams) TF-IDF of length 1
    words: sp.csr_matrix  # (strings, words) inverse frequency where the string has the word
    numbers: sp.csr_matrix  # (strings, words) 1 where the string has the number
    few_words: Group  # the rarest words of each string, in place of entities
    word_ngrams: sp.csr_matrix  # (words, n-grams) of length 1
    word_weight: npt.NDArray[np.float32]  # (words,) inverse frequency


def read_sides(
    left: KnowledgeGraph,
    right: KnowledgeGraph,
    left_names: Mapping[str, tuple[str, ...]],
    right_names: Mapping[str, tuple[str, ...]],
) -> tuple[Side, Side, Texts]:
    """Read off both graphs what is said of their entities."""
    spelt = [normalise(pc.utf8_slice_codeunits(graph.values, 0, _TEXT)) for graph in (left, right)]
    encoded = pa.chunked_array([pa.array(part, pa.large_string()) for part in spelt])
    encoded = encoded.combine_chunks().dictionary_encode()
    codes = np.asarray(encoded.indices.to_numpy(), dtype=np.int64)
    first = _Reader(left, left_names, codes[: left.num_values]).side()
    second = _Reader(right, right_names, codes[left.num_values :]).side()
    entities = left.num_entities + right.num_entities
    return first, second, _texts(encoded.dictionary.cast(pa.large_string()), codes, entities)


class _Reader:
    """Reads one graph, given the code of each of its values."""

    def __init__(
        self, graph: KnowledgeGraph, names: Mapping[str, tuple[str, ...]], codes: Ints
    ) -> None:
        self.graph = graph
        self.codes = codes
        self.naming = naming_values(graph, names)
        self.names = self._gather(np.flatnonzero(self.naming), "name", Kind.STRING)
        self.entities, edges = first_edges(graph, 4 * _STRINGS)
        self.neighbours = np.asarray(graph.edge_neighbours)[edges].astype(np.int64)
        self.relations = np.asarray(graph.edge_relations)[edges]

    def side(self) -> Side:
        groups: list[Group] = []
        numbers: list[Amounts] = []
        attributes = np.asarray(self.graph.value_attributes)
        inner: list[Group] = []
        for code, name in enumerate(self.graph.attribute_names):
            of_attribute = np.flatnonzero((attributes == code) & ~self.naming)
            if len(of_attribute) == 0:
                continue
            kind = kind_of(self.graph.values.take(pa.array(of_attribute)))
            if kind in (Kind.STRING, Kind.TEXT):
                inner.append(self._gather(of_attribute, name, kind))
            else:
                numbers.append(self._amounts(of_attribute, name, kind))
        groups += inner
        inner.sort(key=lambda group: -int((np.diff(group.offsets) > 0).sum()))
        groups += self._neighbours()
        groups += [
            self._pass_on(group, f"near {group.name}", group.kind)
            for group in inner[:_NEIGHBOUR_VALUES]
        ]
        near = self._pass_on(self.names, "near", Kind.STRING)
        return Side(
            self.names, tuple(groups), tuple(numbers), self._pass_on(near, "two hops", Kind.STRING)
        )

    def _neighbours(self) -> list[Group]:
        """Neighbours' names by their type, and by the most widespread relations."""
        graph = self.graph
        types = np.asarray(graph.types)[self.neighbours]
        found = [
            self._pass_on(self.names, f"near {name}", Kind.STRING, types == code)
            for code, name in enumerate(graph.type_names)
        ]
        count = np.bincount(self.relations, minlength=2 * graph.num_relations)
        widespread = [int(r) for r in np.argsort(-count, kind="stable")[:_RELATIONS] if count[r]]
        for code in widespread:
            name, inverse = graph.relation(code)
            name += " inverse" if inverse else ""
            found.append(self._pass_on(self.names, name, Kind.STRING, self.relations == code))
        distinct: list[Group] = []
        for group in found:  # the only relation to albums says what being near an album says
            same = any(
                np.array_equal(group.codes, other.codes)
                and np.array_equal(group.offsets, other.offsets)
                for other in distinct
            )
            if len(group.codes) and not same:
                distinct.append(group)
        return distinct

    def _gather(self, where: Rows, name: str, kind: Kind) -> Group:
        """Take the first few values of each entity among some positions."""
        kept = first_of_each(self.graph.value_entities, where, _STRINGS)
        return self._group(self.graph.value_entities[kept], self.codes[kept], name, kind, own=True)

    def _group(
        self, owners: Rows, codes: Ints, name: str, kind: Kind, *, own: bool = False
    ) -> Group:
        offsets = np.searchsorted(owners, np.arange(self.graph.num_entities + 1))
        return Group(name, kind, offsets.astype(np.int64), codes, own)

    def _pass_on(
        self, said: Group, name: str, kind: Kind, mask: npt.NDArray[np.bool_] | None = None
    ) -> Group:
        """Give each entity what is said of its neighbours: each of theirs once, the first few."""
        entities = self.entities if mask is None else self.entities[mask]
        neighbours = self.neighbours if mask is None else self.neighbours[mask]
        counts = said.counts(neighbours)
        owner = np.repeat(entities, counts)
        place = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
        codes = said.codes[np.repeat(said.offsets[neighbours], counts) + place]
        # a neighbour over two relations says its name once, and nobody tells an entity its own
        width = int(max(codes.max(initial=0), self.names.codes.max(initial=0))) + 1
        told, once = np.unique(owner * width + codes, return_index=True)
        own = np.repeat(np.arange(self.graph.num_entities), np.diff(self.names.offsets))
        others: Rows = np.sort(once[~np.isin(told, own * width + self.names.codes)])
        kept = first_of_each(owner, others, _STRINGS if name != "two hops" else 4 * _STRINGS)
        return self._group(owner[kept], codes[kept], name, kind)

    def _amounts(self, where: Rows, name: str, kind: Kind) -> Amounts:
        first = first_of_each(self.graph.value_entities, where, 1)
        amount = np.full(self.graph.num_entities, np.nan)
        day = np.full(self.graph.num_entities, np.nan)
        owners = self.graph.value_entities[first]
        amount[owners], day[owners] = amounts(self.graph.values.take(pa.array(first)), kind)
        return Amounts(name, kind, amount, day)


def _texts(distinct: pa.Array, codes: Ints, entities: int) -> Texts:
    """Weigh words, n-grams and whole strings by how few values of both graphs have them."""
    n = len(distinct)
    uses = np.bincount(codes, minlength=n)
    strings = pc.utf8_slice_codeunits(distinct, 0, LONGEST)
    key_codes = pa.array(sort_words(strings), type=pa.large_string()).dictionary_encode()
    keys = np.asarray(key_codes.indices.to_numpy(), dtype=np.int64)
    empty = pc.index(key_codes.dictionary, "").as_py()
    key_uses = np.bincount(keys, weights=uses, minlength=len(key_codes.dictionary))
    key_weight = np.maximum(np.log((1 + entities) / (1 + key_uses)), 0).astype(np.float32)
    keys = np.where(keys == empty, -1, keys)

    counts = ngrams(strings)
    counts.data[:] = 1
    grams = unit(counts @ sp.diags(_rarity(counts, n)))

    split = pc.split_pattern(distinct, " ")
    flat = pc.list_flatten(split).dictionary_encode()
    owner = np.asarray(pc.list_parent_indices(split).to_numpy(), dtype=np.int64)
    word = np.asarray(flat.indices.to_numpy(), dtype=np.int64)
    vocabulary = flat.dictionary
    real = pc.not_equal(vocabulary, "").to_numpy(zero_copy_only=False)
    words = sp.csr_matrix(
        (real[word].astype(np.float32), (owner, word)), shape=(n, len(vocabulary))
    )
    words.eliminate_zeros()
    words.data[:] = 1
    digits = pc.match_substring_regex(vocabulary, r"\p{Nd}").to_numpy(zero_copy_only=False)
    numbers = sp.csr_matrix(words @ sp.diags(digits.astype(np.float32)))
    numbers.eliminate_zeros()
    word_weight = _rarity(words, n)
    words = sp.csr_matrix(words @ sp.diags(word_weight))
    owners = np.repeat(np.arange(n), np.diff(words.indptr))
    order = np.lexsort((words.indices, -words.data, owners))
    rarest = order[first_of_each(owners[order], np.arange(len(order)), _WORDS)]
    few = Group(
        "words",
        Kind.STRING,
        np.searchsorted(owners[rarest], np.arange(n + 1)).astype(np.int64),
        words.indices[rarest].astype(np.int64),
    )
    counts = ngrams(pc.utf8_slice_codeunits(vocabulary, 0, LONGEST).cast(pa.large_string()))
    return Texts(
        strings=strings.to_pylist(),
        keys=keys,
        key_weight=key_weight,
        ngrams=grams,
        words=words,
        numbers=numbers,
        few_words=few,
        word_ngrams=unit(counts),
        word_weight=word_weight,
    )


def _rarity(matrix: sp.csr_matrix, n: int) -> npt.NDArray[np.float32]:
    rarity: npt.NDArray[np.float32] = np.log((1 + n) / (1 + matrix.getnnz(axis=0))) + 1
    return rarity.astype(np.float32)

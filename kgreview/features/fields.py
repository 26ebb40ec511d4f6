"""Fields of entities: the strings and amounts that are compared, each with its source.

A city is a node in one graph and an attribute in the other. So own values and neighbours' names are
the same here: a text field gives each entity a few strings, wherever they stand.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import scipy.sparse as sp

from kgreview.features.amount_order import AmountOrder
from kgreview.features.sources import unlike
from kgreview.graph.edges import turns
from kgreview.graph.sides import SideValues
from kgreview.graph.values import Values, best_of_each, by_attribute, spread
from kgreview.text.columns import distinct_numbers
from kgreview.text.ngrams import BUCKETS, Rows, indicator, ngrams, unit
from kgreview.text.readings import Reading, ValueType
from kgreview.text.skeletons import Codes, scripts
from kgreview.text.strings import LONGEST, sort_words

MOST_STRINGS = 24  # of one entity in one field
MOST_EDGES = 24  # of one entity over one relation that are followed
_RELATIONS, _NEIGHBOUR_VALUES = 6, 4  # fields of a kind on one side, the most widespread
_WORDS = 12  # of a string that look for their like
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Edges = tuple[Ints, Ints, Ints]  # (edges,) entities, neighbours, relation codes


@dataclass(frozen=True)
class Source:
    """Where the values of a field stand, seen from the entity that is compared."""

    hops: int = 0  # 0: its own, 1: those of its neighbours, 2: those of theirs
    attribute: str | None = None  # ``None``: what names entities
    relation: int | None = None  # neighbours over this relation code only
    neighbour_type: int | None = None  # neighbours of this type code only

    @property
    def own(self) -> bool:
        """Whether the values are the entity's own."""
        return self.hops == 0


@dataclass(frozen=True, eq=False)
class TextField:
    """Strings of each entity, as codes into ``Texts``, those kept first that fewest have."""

    name: str  # "genre", "starring", "starring inverse", "near person", "near street"
    source: Source
    type: ValueType
    offsets: Ints  # (entities + 1,)
    codes: Ints  # (strings,)

    @property
    def own(self) -> bool:
        """Whether these are values of the entity itself."""
        return self.source.own

    def counts(self, rows: Rows) -> Ints:
        """Give how many strings each row has, (rows,)."""
        return self.offsets[rows + 1] - self.offsets[rows]


@dataclass(frozen=True, eq=False)
class NumericField:
    """Numbers, dates (days) or durations (seconds) of each entity, in CSR form like ``text``."""

    name: str
    reading: Reading
    offsets: Ints  # (entities + 1,)
    low: Floats  # (values,) the least a value stands for, nan where it cannot be read
    high: Floats  # (values,) the most: 1950 is a whole year of days
    text: TextField  # the same values as strings

    def counts(self, rows: Rows) -> Ints:
        """Give how many values each row has, (rows,)."""
        return self.offsets[rows + 1] - self.offsets[rows]


@dataclass(frozen=True, eq=False)
class Fields:
    """All fields of one graph, with strings as codes into the ``Texts`` of both."""

    names: TextField
    texts: tuple[TextField, ...]
    numbers: tuple[NumericField, ...]
    two_hops: TextField
    order: Ints  # (entities,) which neighbours are followed first, where there are many
    over: Mapping[int, TextField] = field(default_factory=dict)  # of neighbours, by relation code


@dataclass(frozen=True, eq=False)
class Texts:
    """The distinct normalised strings of both graphs, ready to be compared."""

    strings: list[str]  # (strings,) cut to a comparable length
    latin: list[str]  # (strings,) the second spelling, the same where the first is ASCII
    is_latin: npt.NDArray[np.bool_]  # (strings,) whether the two are the same
    scripts: Codes  # (strings,) which family of scripts they are in
    order: Ints  # (strings,) which are kept first, where only some are
    keys: Ints  # (strings,) equal where the words are, whatever their order; -1 for an empty one
    key_weight: npt.NDArray[np.float32]  # (keys,) ln of how rare it is among entities, at least 0
    ngrams: sp.csr_matrix  # (strings, n-grams) TF-IDF of length 1, of both spellings
    words: sp.csr_matrix  # (strings, words) inverse frequency where a spelling has the word
    numbers: sp.csr_matrix  # (strings, words) 1 where the string has the number
    few_words: TextField  # the rarest words of each string, in place of entities
    word_ngrams: sp.csr_matrix  # (words, n-grams) of length 1
    word_weight: npt.NDArray[np.float32]  # (words,) inverse frequency


def read_fields(
    left: SideValues,
    right: SideValues,
    wanted: tuple[Collection[str], Collection[str]] = ((), ()),
    relations: tuple[Collection[int], Collection[int]] = ((), ()),
    only: tuple[Bools, Bools] | tuple[None, None] = (None, None),
) -> tuple[Fields, Fields, Texts]:
    """Read the fields of both graphs.

    ``wanted`` names some that are read however rare they are; ``relations``: codes of relations
    whose neighbours are read likewise, see ``Fields.over``. ``only``: of which entities neighbours
    are read, (entities,), where not of all; that is what takes the time.
    """
    entities = left.graph.num_entities + right.graph.num_entities
    amounts = AmountOrder(left, right)
    one, two = (
        _Reader(side, amounts, names, some).fields(codes)
        for side, names, codes, some in zip((left, right), wanted, relations, only, strict=True)
    )
    return one, two, _texts(left.values, entities)


class _Reader:
    """Reads one graph."""

    def __init__(
        self,
        side: SideValues,
        amounts: AmountOrder,
        wanted: Collection[str] = (),
        only: Bools | None = None,
    ) -> None:
        self.side, self.graph, self.values = side, side.graph, side.values
        self.amounts = amounts
        self.wanted = frozenset(wanted)
        self.codes, self.naming = side.codes, side.naming
        named = np.flatnonzero((self.naming >= 0) & (self.codes >= 0))
        self.names = self._field(named, "name", Source(), ValueType.STRING, self.naming[named])
        followed = np.flatnonzero(turns(self.graph, side.order) < MOST_EDGES)
        entities = self.graph.edge_entities[followed]
        neighbours = np.asarray(self.graph.edge_neighbours)[followed].astype(np.int64)
        relations = np.asarray(self.graph.edge_relations)[followed].astype(np.int64)
        self.edges: Edges
        self.near_edges: Edges
        self.edges = self.near_edges = entities, neighbours, relations
        if only is not None:
            near = only.copy()  # whose neighbours are those over two relations
            near[neighbours[only[entities]]] = True
            self.near_edges = _where(near[entities], *self.edges)
            self.edges = _where(only[entities], *self.edges)

    def fields(self, relations: Collection[int]) -> Fields:
        numbers: list[NumericField] = []
        own: list[TextField] = []
        for name, where in by_attribute(self.graph):
            stated = where[(self.naming[where] < 0) & (self.codes[where] >= 0)]
            if not len(stated) and name not in self.wanted:
                continue
            reading = self.side.readings.get(name, Reading())
            if reading.is_amount:
                numbers.append(self._amounts(stated, name, reading))
            else:
                own.append(self._field(stated, name, Source(attribute=name), reading.type))
        widespread = sorted(own, key=lambda field: -int((np.diff(field.offsets) > 0).sum()))
        near_values = [
            self._of_neighbours(
                field,
                self._unlike(f"near {field.name}"),
                Source(1, attribute=field.source.attribute),
            )
            for place, field in enumerate(widespread)
            if place < _NEIGHBOUR_VALUES or self._unlike(f"near {field.name}") in self.wanted
        ]
        near = self._of_neighbours(self.names, "near", Source(1), self.near_edges)
        names, over = self._near_names(relations)
        return Fields(
            self.names,
            (*own, *names, *near_values),
            tuple(numbers),
            self._of_neighbours(near, "two hops", Source(2)),
            self.side.order,
            over,
        )

    def _near_names(
        self, relations: Collection[int]
    ) -> tuple[list[TextField], dict[int, TextField]]:
        """Neighbours' names by their type, and by the most widespread and the named relations.

        Gives them by relation, too.
        """
        graph = self.graph
        near = np.bincount(graph.types[self.edges[1]], minlength=len(graph.type_names)) > 0
        fields = [
            self._of_neighbours(self.names, label, Source(1, neighbour_type=code))
            for code, label in enumerate(self._unlike(f"near {name}") for name in graph.type_names)
            if near[code] or label in self.wanted  # of thousands of types few may have edges
        ]
        count = np.bincount(self.edges[2], minlength=2 * graph.num_relations)
        for place, code in enumerate(np.argsort(-count, kind="stable").tolist()):
            name, inverse = graph.relation(code)
            name = self._unlike(f"{name} inverse" if inverse else name)
            widespread = place < _RELATIONS and count[code]
            if widespread or code in relations or name in self.wanted:
                fields.append(self._of_neighbours(self.names, name, Source(1, relation=code)))
        distinct: list[TextField] = []
        over: dict[int, TextField] = {}
        for each in fields:  # the only relation to albums says what being near an album says
            same = next((other for other in distinct if _says_the_same(each, other)), None)
            if (len(each.codes) and same is None) or each.name in self.wanted:
                distinct.append(each)
            if len(each.codes) and each.source.relation is not None:
                over[each.source.relation] = same or each
        return distinct, over

    def _unlike(self, label: str) -> str:
        return unlike(label, self.graph.attribute_codes)

    def _field(
        self, where: Rows, name: str, source: Source, kind: ValueType, rank: Ints | None = None
    ) -> TextField:
        """Make a field of the values at some positions; ``rank`` (where,) goes before rarity."""
        owner, code = self.graph.value_entities[where], self.codes[where]
        return self._gather(owner, code, name, source, kind, rank)

    def _gather(
        self,
        owner: Ints,
        code: Ints,
        name: str,
        source: Source,
        kind: ValueType,
        rank: Ints | None = None,
    ) -> TextField:
        """Keep each string of an entity once, and of many those that come first."""
        rank = np.zeros(len(code), np.int64) if rank is None else rank
        order = np.lexsort((rank, code, owner))
        again = np.r_[False, (np.diff(owner[order]) == 0) & (np.diff(code[order]) == 0)]
        once = order[~again[: len(order)]]
        kept = best_of_each(owner, once, MOST_STRINGS, rank[once], self.values.order[code[once]])
        return self._made(owner[kept], code[kept], name, source, kind)

    def _made(
        self, owner: Ints, code: Ints, name: str, source: Source, kind: ValueType
    ) -> TextField:
        """Make a field of strings that are kept, by entity."""
        offsets = np.searchsorted(owner, np.arange(self.graph.num_entities + 1))
        return TextField(name, source, kind, offsets.astype(np.int64), code)

    def _of_neighbours(
        self, field: TextField, name: str, source: Source, edges: Edges | None = None
    ) -> TextField:
        """Give each entity what is said of its neighbours, but not its own name."""
        entities, neighbours, relations = edges or self.edges
        mask = np.ones(len(entities), bool)
        if source.neighbour_type is not None:
            mask = np.asarray(self.graph.types)[neighbours] == source.neighbour_type
        if source.relation is not None:
            mask = relations == source.relation
        entities, neighbours = entities[mask], neighbours[mask]
        counts = field.counts(neighbours)
        owner = np.repeat(entities, counts)
        codes = field.codes[spread(field.offsets[neighbours], counts)]
        # a neighbour over two relations says its name once, and nobody tells an entity its own
        width = len(self.values.strings) + 1
        keys = distinct_numbers(owner * width + codes)
        own = np.repeat(np.arange(self.graph.num_entities), np.diff(self.names.offsets))
        # an entity has each of its names once
        is_own = np.isin(keys, own * width + self.names.codes, assume_unique=True)
        keys = keys[~is_own]
        most = 4 * MOST_STRINGS if source.hops > 1 else MOST_STRINGS
        owner, code = keys // width, keys % width  # each once, so that there is no more to sort
        kept = best_of_each(owner, np.arange(len(keys)), most, self.values.order[code])
        return self._made(owner[kept], code[kept], name, source, field.type)

    def _amounts(self, where: Ints, name: str, reading: Reading) -> NumericField:
        kept = self.amounts.kept(self.side, where)
        owner, read = self.graph.value_entities[kept], self.side.amounts[kept]
        offsets = np.searchsorted(owner, np.arange(self.graph.num_entities + 1))
        text = self._field(where, name, Source(attribute=name), ValueType.STRING)
        return NumericField(name, reading, offsets.astype(np.int64), read[:, 0], read[:, 1], text)


def _where(mask: Bools, *columns: Ints) -> Edges:
    entities, neighbours, relations = (column[mask] for column in columns)
    return entities, neighbours, relations


def _says_the_same(a: TextField, b: TextField) -> bool:
    return np.array_equal(a.codes, b.codes) and np.array_equal(a.offsets, b.offsets)


def _texts(values: Values, entities: int) -> Texts:
    """Weigh words, n-grams and whole strings by how few values of both graphs have them."""
    n = len(values.strings)
    strings, latin = (
        pc.utf8_slice_codeunits(each, 0, LONGEST) for each in (values.strings, values.latin)
    )
    is_latin = np.asarray(pc.equal(values.strings, values.latin).to_numpy(zero_copy_only=False))
    keys, key_weight = _keys(values, entities)
    counts = values.ngrams(BUCKETS)
    counts.data[:] = 1
    grams = unit(counts @ sp.diags(_rarity(counts, n)))
    words, vocabulary = _words(values, np.flatnonzero(~is_latin))
    digits = pc.match_substring_regex(vocabulary, r"\p{Nd}").to_numpy(zero_copy_only=False)
    numbers = sp.csr_matrix(words @ sp.diags(digits.astype(np.float32)))
    numbers.eliminate_zeros()
    word_weight = _rarity(words, n)
    words = sp.csr_matrix(words @ sp.diags(word_weight))
    return Texts(
        strings=strings.to_pylist(),
        latin=latin.to_pylist(),
        is_latin=is_latin,
        scripts=scripts(values.strings),
        order=values.order,
        keys=keys,
        key_weight=key_weight,
        ngrams=grams,
        words=words,
        numbers=numbers,
        few_words=_rarest_words(words),
        word_ngrams=unit(ngrams(pc.utf8_slice_codeunits(vocabulary, 0, LONGEST))),
        word_weight=word_weight,
    )


def _keys(values: Values, entities: int) -> tuple[Ints, npt.NDArray[np.float32]]:
    """Give a key of each string, equal where the words are, and how telling each key is."""
    encoded = pa.array(sort_words(values.strings), type=pa.large_string()).dictionary_encode()
    keys = np.asarray(encoded.indices.to_numpy(), dtype=np.int64)
    uses = np.bincount(keys, weights=values.uses, minlength=len(encoded.dictionary))
    weight = np.maximum(np.log((1 + entities) / (1 + uses)), 0).astype(np.float32)
    empty = pc.index(encoded.dictionary, "").as_py()
    return np.where(keys == empty, -1, keys), weight


def _words(values: Values, second: Ints) -> tuple[sp.csr_matrix, pa.Array]:
    """Give which words each string has in its spellings (strings, words), and the words.

    ``second``: the strings that have a second spelling.
    """
    parts = [values.strings, values.latin.take(pa.array(second))]
    owner = np.concatenate([np.arange(len(values.strings)), second])  # of each spelling
    spellings = pa.chunked_array(parts, pa.large_string()).combine_chunks()
    split = pc.split_pattern(spellings, " ")
    flat = pc.list_flatten(split).dictionary_encode()
    word = np.asarray(flat.indices.to_numpy(), dtype=np.int64)
    real = pc.not_equal(flat.dictionary, "").to_numpy(zero_copy_only=False)[word]
    row = owner[np.asarray(pc.list_parent_indices(split).to_numpy(), dtype=np.int64)]
    shape = (len(values.strings), len(flat.dictionary))
    return indicator(row[real], word[real], shape), flat.dictionary


def _rarest_words(words: sp.csr_matrix) -> TextField:
    """Give the rarest words of each string, in place of an entity's strings."""
    n = words.shape[0]
    owners = np.repeat(np.arange(n), np.diff(words.indptr))
    rarest = best_of_each(owners, np.arange(len(owners)), _WORDS, -words.data, words.indices)
    return TextField(
        "words",
        Source(),
        ValueType.STRING,
        np.searchsorted(owners[rarest], np.arange(n + 1)).astype(np.int64),
        words.indices[rarest].astype(np.int64),
    )


def _rarity(matrix: sp.csr_matrix, n: int) -> npt.NDArray[np.float32]:
    rarity: npt.NDArray[np.float32] = np.log((1 + n) / (1 + matrix.getnnz(axis=0))) + 1
    return rarity.astype(np.float32)

"""Which fields of two graphs are compared, and which attributes are not."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest
from typing import TypeGuard

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from kgreview.features.fields import Fields, NumericField, TextField, Texts
from kgreview.graph.canonical import comparable, kind_of, unit_as_written
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.schema import Direction, Schema
from kgreview.graph.values import spread
from kgreview.text.ngrams import hash_numbers, indicator
from kgreview.text.ngrams import unit as of_length_one
from kgreview.text.readings import Reading, ValueType

Rows = npt.NDArray[np.integer]
TextPair = tuple[TextField, TextField]
NumericPair = tuple[NumericField, NumericField]

_MOST_TEXTS, _LEAST_OTHERS = 30, 12  # pairs of text fields; of them beside what corresponds
_MOST_RELATED = 30  # of them over relations that correspond
_MOST_OF_TYPES = 18  # for one pair of types
_MOST_NUMBERS = 12  # pairs of numeric fields beside what corresponds
_LEAST_OVERLAP = 0.03  # cosine of the words two fields use, below which they say different things
_AMOUNTS = 2_000  # distinct ones of a field that are looked at
_SAMPLE = 20_000  # entities of a type whose words are looked at


@dataclass(frozen=True, eq=False)
class Chosen:
    """What is compared, and the attributes of either side that are not."""

    texts: tuple[TextPair, ...]
    numbers: tuple[NumericPair, ...]
    left_alone: tuple[str, ...]
    right_alone: tuple[str, ...]


def choose_fields(
    left: Fields,
    right: Fields,
    texts: Texts,
    schema: Schema,
    left_graph: KnowledgeGraph,
    right_graph: KnowledgeGraph,
) -> Chosen:
    """Choose what to compare: attributes that correspond, and fields that use the same words.

    All pairs of attributes of ``schema`` are compared, and neighbours over relations that
    correspond. Beside them, for every pair of types in turn, the fields that overlap most: a city
    here with a neighbour there, neighbours with neighbours.
    """
    numbers: list[NumericPair] = []
    own: list[TextPair] = []
    for pair in _corresponding(left, right, schema):
        if _are_amounts(pair):
            numbers.append(_in_one_unit(*pair))
        else:
            own.append((_as_text(pair[0]), _as_text(pair[1])))
    numbers += _other_numbers(left, right, numbers)
    own += _related(left, right, schema, left_graph, right_graph)
    others = _overlapping(left, right, texts, schema, left_graph, right_graph)
    room = max(_LEAST_OTHERS, _MOST_TEXTS - len(own))
    taken = {(id(a), id(b)) for a, b in own}
    free = (pair for pair in others if (id(pair[0]), id(pair[1])) not in taken)
    chosen = own + list(islice(free, room))
    pairs: list[tuple[Field, Field]] = [*chosen, *numbers]
    return Chosen(
        tuple(chosen),
        tuple(numbers),
        _alone(left, {a.name for a, _ in pairs if _is_own(a)}),
        _alone(right, {b.name for _, b in pairs if _is_own(b)}),
    )


Field = TextField | NumericField


def named_fields(
    left: Fields,
    right: Fields,
    texts: Sequence[tuple[str, str]],
    numbers: Sequence[tuple[str, str]],
) -> Chosen:
    """Take the fields of these names, in this order, as they were chosen on earlier graphs.

    Raises ``ValueError`` where one is not there, or is read as something else now.
    """
    one, two = _by_name(left), _by_name(right)
    try:
        chosen = tuple((_as_text(one[a]), _as_text(two[b])) for a, b in texts)
        amounts = tuple(_in_one_unit(*_amounts(one[c], two[d])) for c, d in numbers)
    except KeyError as error:
        raise ValueError(f"there is no field {error} any more") from error
    taken = [{pair[side] for pair in (*texts, *numbers)} for side in (0, 1)]
    return Chosen(chosen, amounts, _alone(left, taken[0]), _alone(right, taken[1]))


def _by_name(fields: Fields) -> dict[str, Field]:
    by_name: dict[str, Field] = {}
    fields_in_order: tuple[Field, ...] = (fields.names, *fields.texts, *fields.numbers)
    for field in fields_in_order:
        by_name.setdefault(field.name, field)
    return by_name


def _amounts(a: Field, b: Field) -> NumericPair:
    if isinstance(a, NumericField) and isinstance(b, NumericField):
        return a, b
    raise ValueError(f"{a.name!r} and {b.name!r} are no amounts any more")


def _corresponding(left: Fields, right: Fields, schema: Schema) -> Iterator[tuple[Field, Field]]:
    """Give the fields of attributes that correspond, each pair once."""
    sides = [_by_attribute(fields) for fields in (left, right)]
    for a, b in dict.fromkeys((pair.left, pair.right) for pair in schema.attributes):
        if a in sides[0] and b in sides[1]:
            yield sides[0][a], sides[1][b]


def compared_relations(
    schema: Schema, left: KnowledgeGraph, right: KnowledgeGraph
) -> list[tuple[Direction, Direction]]:
    """Give relations whose neighbours are compared: the strongest of each pair of types in turn.

    Only those that both graphs have: the last of a relation may be gone after a refresh.
    """
    names = set(left.relation_names), set(right.relation_names)
    ranked = [schema.counterparts(types) for types in schema.types]
    in_turn = (pair for turn in zip_longest(*ranked) for pair in turn if pair is not None)
    there = (p for p in in_turn if p[0].relation in names[0] and p[1].relation in names[1])
    return list(dict.fromkeys(there))[:_MOST_RELATED]


def _related(
    left: Fields,
    right: Fields,
    schema: Schema,
    left_graph: KnowledgeGraph,
    right_graph: KnowledgeGraph,
) -> Iterator[TextPair]:
    """Give the names over relations that correspond, each pair of fields once.

    The only relation to albums says what being near an album says, and has its field.
    """
    given: set[tuple[str, str]] = set()
    for a, b in compared_relations(schema, left_graph, right_graph):
        one = left.over.get(left_graph.relation_code(*a))
        two = right.over.get(right_graph.relation_code(*b))
        if one is not None and two is not None and (one.name, two.name) not in given:
            given.add((one.name, two.name))
            yield one, two


def _by_attribute(fields: Fields) -> dict[str, Field]:
    by_attribute: dict[str, Field] = {f.name: f for f in fields.texts if f.own}
    by_attribute |= {f.name: f for f in fields.numbers}
    return by_attribute


def _of_one_kind(a: NumericField, b: NumericField) -> bool:
    return kind_of(a.reading) == kind_of(b.reading)


def _are_amounts(pair: tuple[Field, Field]) -> TypeGuard[NumericPair]:
    """Whether two fields are amounts that can be compared."""
    a, b = pair
    if not (isinstance(a, NumericField) and isinstance(b, NumericField)):
        return False
    return comparable(a.reading, b.reading)


def _in_one_unit(a: NumericField, b: NumericField) -> NumericPair:
    """Give both in one unit; where one side names none, the other's amounts are as written."""
    if _of_one_kind(a, b):
        return a, b
    return _as_written(a), _as_written(b)


def _as_written(field: NumericField) -> NumericField:
    """Give amounts in the unit of values that name none."""
    unit = unit_as_written(field.reading)
    if unit is None:
        return field
    low, high = ((each - unit.offset) / unit.factor for each in (field.low, field.high))
    return dataclasses.replace(field, reading=Reading(ValueType.NUMBER), low=low, high=high)


def _as_text(field: Field) -> TextField:
    return field.text if isinstance(field, NumericField) else field


def _is_own(field: Field) -> bool:
    return isinstance(field, NumericField) or field.own


def _other_numbers(left: Fields, right: Fields, chosen: list[NumericPair]) -> list[NumericPair]:
    """Pair amounts of one kind that correspond to nothing: no probable match told anything.

    Of very many pairs those that have most amounts in common, each field once before any twice.
    """
    taken = {a.name for a, _ in chosen}, {b.name for _, b in chosen}
    one = [a for a in left.numbers if a.name not in taken[0]]
    two = [b for b in right.numbers if b.name not in taken[1]]
    places = [(i, j) for i, a in enumerate(one) for j, b in enumerate(two) if _of_one_kind(a, b)]
    if len(places) > _MOST_NUMBERS:
        overlap = _shared_amounts(one, two)
        places.sort(key=lambda place: -overlap[place])  # stable: of equals the first by name
        first: list[tuple[int, int]] = []
        used: tuple[set[int], set[int]] = (set(), set())
        for i, j in places:
            if i not in used[0] and j not in used[1]:
                first.append((i, j))
                used[0].add(i)
                used[1].add(j)
        places = list(dict.fromkeys([*first, *places]))
    return [(one[i], two[j]) for i, j in places[:_MOST_NUMBERS]]


def _shared_amounts(left: list[NumericField], right: list[NumericField]) -> npt.NDArray[np.float64]:
    """Give the share of distinct amounts that two fields have in common, (left, right).

    Of very many amounts those of the smallest hash are looked at, the same of both.
    """
    amounts = []
    for field in (*left, *right):
        low = np.unique(field.low[~np.isnan(field.low)])
        amounts.append(low[np.argsort(hash_numbers(low), kind="stable")[:_AMOUNTS]])
    counts = np.array([len(each) for each in amounts])
    distinct, code = np.unique(np.concatenate(amounts), return_inverse=True)
    has = indicator(np.repeat(np.arange(len(amounts)), counts), code, (len(counts), len(distinct)))
    both = (has[: len(left)] @ has[len(left) :].T).toarray()
    fewest = np.minimum.outer(counts[: len(left)], counts[len(left) :])
    return np.asarray(both / np.maximum(fewest, 1), dtype=np.float64)


def _alone(fields: Fields, compared: set[str]) -> tuple[str, ...]:
    return tuple(name for name in _by_attribute(fields) if name not in compared)


# ------------------------------------------------------------------------ overlap


def _overlapping(
    left: Fields,
    right: Fields,
    texts: Texts,
    schema: Schema,
    left_graph: KnowledgeGraph,
    right_graph: KnowledgeGraph,
) -> Iterator[TextPair]:
    """Give pairs of fields that use the same words, the best of each pair of types in turn."""
    one, two = (left.names, *left.texts), (right.names, *right.texts)
    given: set[tuple[int, int]] = set()
    for pair in _in_turn(one, two, texts, _rows_of_types(left_graph, right_graph, schema)):
        if pair not in given:
            given.add(pair)
            yield one[pair[0]], two[pair[1]]


def _in_turn(
    left: tuple[TextField, ...],
    right: tuple[TextField, ...],
    texts: Texts,
    rows_of_types: Iterable[tuple[Rows, Rows]],
) -> Iterator[tuple[int, int]]:
    """Give the best pair of fields of each pair of types, then the second best of each …

    Types are looked at as they are asked for: of thousands the first give enough.
    """
    ranked: list[list[tuple[int, int]]] = []
    for rows in rows_of_types:
        ranked.append(_ranked(left, right, texts, rows))
        yield from ranked[-1][:1]
    for turn in zip_longest(*(each[1:] for each in ranked)):
        yield from (pair for pair in turn if pair is not None)


def _ranked(
    left: tuple[TextField, ...],
    right: tuple[TextField, ...],
    texts: Texts,
    rows: tuple[Rows, Rows],
) -> list[tuple[int, int]]:
    """Order pairs of fields by how much the words overlap that entities of two types use."""
    (one, covered_one), (two, covered_two) = (
        _profiles(side, some, texts) for side, some in zip((left, right), rows, strict=True)
    )
    overlap = (one @ two.T).toarray()
    value = overlap * np.sqrt(np.outer(covered_one, covered_two))
    value[overlap < _LEAST_OVERLAP] = 0
    value[0, 0] = 0  # names are compared anyhow
    places = np.nonzero(value)
    best = np.lexsort((places[1], places[0], -value[places]))[:_MOST_OF_TYPES]
    return list(zip(places[0][best].tolist(), places[1][best].tolist(), strict=True))


def _profiles(
    fields: tuple[TextField, ...], rows: Rows, texts: Texts
) -> tuple[sp.csr_matrix, npt.NDArray[np.float64]]:
    """Give the words of each field, of length 1, and the share of entities that have it."""
    tables, coverage = [], []
    for place, field in enumerate(fields):
        counts = field.counts(rows)
        codes, times = np.unique(
            field.codes[spread(field.offsets[rows], counts)], return_counts=True
        )
        tables.append((np.full(len(codes), place), codes, np.sqrt(times)))
        coverage.append(float((counts > 0).mean()))
    of_field, codes, often = (np.concatenate(column) for column in zip(*tables, strict=True))
    shape = (len(fields), len(texts.strings))
    profiles = sp.csr_matrix((often.astype(np.float32), (of_field, codes)), shape=shape)
    return of_length_one(sp.csr_matrix(profiles @ texts.words)), np.array(coverage)


def _rows_of_types(
    left: KnowledgeGraph, right: KnowledgeGraph, schema: Schema
) -> Iterator[tuple[Rows, Rows]]:
    """Give rows of both sides for each pair of types, an even sample of large ones."""
    for pair in schema.types:
        rows = left.rows_of_type(pair.left), right.rows_of_type(pair.right)
        if len(rows[0]) and len(rows[1]):
            yield (
                rows[0][:: max(1, len(rows[0]) // _SAMPLE)],
                rows[1][:: max(1, len(rows[1]) // _SAMPLE)],
            )

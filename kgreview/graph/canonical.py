"""Codes that are equal where two values say the same, whatever form they are written in."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.schema import Schema
from kgreview.graph.values import Values
from kgreview.text.amounts import read_values
from kgreview.text.days import years
from kgreview.text.readings import Reading, ValueType
from kgreview.text.units import DURATION, MONEY, Unit, units_of

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def canonical_codes(
    left: KnowledgeGraph,
    right: KnowledgeGraph,
    values: Values,
    schema: Schema,
    *,
    by_year: bool = False,
) -> tuple[Ints, Ints]:
    """Give a code for what each value says, (values,) of either side, -1 where it is missing.

    ``by_year``: dates of one year are the same, as where one side knows no more than the year.
    Dates, numbers and durations that are the same amount have one code, if both graphs have an
    attribute of their kind; all other values have that of their spelling.
    """
    readings = schema.left_readings, schema.right_readings
    kinds = sorted(set(_kinds(readings[0])) & set(_kinds(readings[1])))
    amounts = [
        _amounts(graph, codes, reading, kinds, by_year)
        for graph, codes, reading in zip((left, right), values.codes, readings, strict=True)
    ]
    _, code = np.unique(np.concatenate([a[1] for a in amounts]), axis=0, return_inverse=True)
    code = code.reshape(-1) + len(values.strings)
    sides = []
    for codes, (where, _), start in zip(
        values.codes, amounts, (0, len(amounts[0][0])), strict=True
    ):
        canonical = codes.copy()
        canonical[where] = code[start : start + len(where)]
        sides.append(canonical)
    return sides[0], sides[1]


def kind_of(reading: Reading) -> tuple[str, str, str]:
    """Give what an amount is of: amounts of one kind can be compared."""
    currency = reading.unit if reading.dimension == MONEY else ""
    return reading.type.value, reading.dimension, currency


def comparable(left: Reading, right: Reading) -> bool:
    """Tell whether amounts are of one kind, or one side has a unit and the other only numbers."""
    kinds = kind_of(left), kind_of(right)
    if not (is_amount(left) and is_amount(right)):
        return False
    return kinds[0] == kinds[1] or (_BARE in kinds and not any(k[0] == _DATE for k in kinds))


_BARE = (ValueType.NUMBER.value, "", "")
_DATE = ValueType.DATE.value


def unit_as_written(reading: Reading) -> Unit | None:
    """Give the unit of values that name none: in it, amounts can be set beside mere numbers."""
    dimension = DURATION if reading.type is ValueType.DURATION else reading.dimension
    return units_of(dimension).get(reading.unit)


def is_amount(reading: Reading) -> bool:
    """Whether values are read as numbers, dates or durations."""
    return reading.type not in (ValueType.STRING, ValueType.TEXT)


def _kinds(readings: Mapping[str, Reading]) -> list[tuple[str, str, str]]:
    return [kind_of(reading) for reading in readings.values() if is_amount(reading)]


def _amounts(
    graph: KnowledgeGraph,
    codes: Ints,
    readings: Mapping[str, Reading],
    kinds: list[tuple[str, str, str]],
    by_year: bool,
) -> tuple[Ints, Floats]:
    """Give the positions of values that are amounts, and kind, low and high of each, (n, 3)."""
    where, rows = [np.empty(0, np.int64)], [np.empty((0, 3))]
    for name, reading in readings.items():
        if not is_amount(reading) or kind_of(reading) not in kinds:
            continue
        attribute = graph.attribute_names.index(name)
        stated = np.flatnonzero((graph.value_attributes == attribute) & (codes >= 0))
        read = read_values(graph.values.take(pa.array(stated)), reading)
        if by_year and reading.type is ValueType.DATE:
            read = years(read)
        readable = ~np.isnan(read[:, 0])
        kind = np.full(int(readable.sum()), float(kinds.index(kind_of(reading))))
        where.append(stated[readable])
        rows.append(np.column_stack([kind, read[readable]]))
    return np.concatenate(where), np.concatenate(rows)

"""Codes that are equal where two values say the same, whatever form they are written in."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from kgreview.arrays import Floats, Ints
from kgreview.graph.sides import SideValues
from kgreview.graph.values import by_attribute, order_of_codes
from kgreview.text.days import years
from kgreview.text.ngrams import hash_numbers
from kgreview.text.readings import Reading, ValueType
from kgreview.text.units import DURATION, MONEY, Unit, units_of


def canonical_codes(
    left: SideValues, right: SideValues, *, by_year: bool = False
) -> tuple[Ints, Ints]:
    """Give a code for what each value says, (values,) of either side, -1 where it is missing.

    ``by_year``: dates of one year are the same, as where one side knows no more than the year.
    Dates, numbers and durations that are the same amount have one code, if both graphs have an
    attribute of their kind; all other values have that of their spelling.
    """
    sides = (left, right)
    kinds = sorted(set(_kinds(left.readings)) & set(_kinds(right.readings)))
    amounts = [_amounts(side, kinds, by_year) for side in sides]
    _, code = np.unique(np.concatenate([a[1] for a in amounts]), axis=0, return_inverse=True)
    code = code.reshape(-1) + len(left.values.strings)
    codes = []
    for side, (where, _), start in zip(sides, amounts, (0, len(amounts[0][0])), strict=True):
        canonical = side.codes.copy()
        canonical[where] = code[start : start + len(where)]
        codes.append(canonical)
    return codes[0], codes[1]


def canonical_order(left: SideValues, right: SideValues) -> tuple[Ints, Ints]:
    """Give the place of each value where only some of an entity are kept, (values,) of either side.

    By what it says, in whatever form, see ``order_of_codes``: both sides keep the same ones. That
    of a missing value says nothing.
    """
    codes = canonical_codes(left, right)
    strings = left.values.hashes
    amounts = 1 + max(int(each.max(initial=-1)) for each in codes) - len(strings)
    hashes = np.concatenate([strings, hash_numbers(np.arange(max(0, amounts)))])
    order = np.append(order_of_codes(codes, hashes), -1)
    return order[codes[0]], order[codes[1]]


def kind_of(reading: Reading) -> tuple[str, str, str]:
    """Give what an amount is of: amounts of one kind can be compared."""
    currency = reading.unit if reading.dimension == MONEY else ""
    return reading.type.value, reading.dimension, currency


def comparable(left: Reading, right: Reading) -> bool:
    """Tell whether amounts are of one kind, or one side has a unit and the other only numbers."""
    kinds = kind_of(left), kind_of(right)
    if not (left.is_amount and right.is_amount):
        return False
    return kinds[0] == kinds[1] or (_BARE in kinds and not any(k[0] == _DATE for k in kinds))


_BARE = (ValueType.NUMBER.value, "", "")
_DATE = ValueType.DATE.value


def unit_as_written(reading: Reading) -> Unit | None:
    """Give the unit of values that name none: in it, amounts can be set beside mere numbers."""
    dimension = DURATION if reading.type is ValueType.DURATION else reading.dimension
    return units_of(dimension).get(reading.unit)


def _kinds(readings: Mapping[str, Reading]) -> list[tuple[str, str, str]]:
    return [kind_of(reading) for reading in readings.values() if reading.is_amount]


def _amounts(
    side: SideValues, kinds: list[tuple[str, str, str]], by_year: bool
) -> tuple[Ints, Floats]:
    """Give the positions of values that are amounts, and kind, low and high of each, (n, 3)."""
    where, rows = [np.empty(0, np.int64)], [np.empty((0, 3))]
    for name, positions in by_attribute(side.graph):
        reading = side.readings.get(name)
        if reading is None or not reading.is_amount or kind_of(reading) not in kinds:
            continue
        read = side.amounts[positions]
        if by_year and reading.type is ValueType.DATE:
            read = years(read)
        readable = ~np.isnan(read[:, 0])
        kind = np.full(int(readable.sum()), float(kinds.index(kind_of(reading))))
        where.append(positions[readable])
        rows.append(np.column_stack([kind, read[readable]]))
    return np.concatenate(where), np.concatenate(rows)

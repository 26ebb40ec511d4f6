"""What a column leaves open about its values, a corresponding column settles."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kgreview.text.amounts import reader
from kgreview.text.readings import SWITCHES, Reading, ValueType
from kgreview.text.samples import sample_distinct
from kgreview.text.units import DURATION, MONEY, units_of

_MOST_DISTINCT = 10_000  # values of a column that are compared
_FAR = 2.0  # powers of ten
_DIGITS = 9  # of two amounts that have to be equal
_Keys = npt.NDArray[np.complex128]  # distinct lowest and highest amounts


def harmonise(
    left: pa.Array, left_reading: Reading, right: pa.Array, right_reading: Reading
) -> tuple[Reading, Reading]:
    """Settle what two corresponding columns leave open by what makes most values equal.

    Only ``undecided`` fields change: the order of day and month, the decimal sign, the unit of
    numbers that name none (135 beside PT2H15M are minutes), whether codes are numbers (007 beside
    7); and mere numbers may be years (450 beside 450 AD). They change where more distinct values of
    both columns are equal then. Where none are, a decimal sign that brings the columns to the same
    size is taken; money without a currency is in that of the other column.
    """
    current = (_in_money_of(left_reading, right_reading), _in_money_of(right_reading, left_reading))
    options = _options(*current), _options(*reversed(current))
    if len(options[0]) == len(options[1]) == 1:
        return current
    strings = [sample_distinct(column, _MOST_DISTINCT)[0] for column in (left, right)]
    counts = _equal_values(strings, options)
    choices = list(product(*options))
    best = [choice for choice, n in zip(choices, counts, strict=True) if n == max(counts)]
    if max(counts) == 0:
        return _by_size(strings, current), _by_size(strings[::-1], current[::-1])
    chosen = current if current in best else best[0]
    return _settled(0, chosen, best, choices), _settled(1, chosen, best, choices)


def _in_money_of(own: Reading, other: Reading) -> Reading:
    bare = own.type is ValueType.NUMBER and not own.dimension and "unit" in own.undecided
    if not (bare and other.dimension == MONEY and other.unit):
        return own
    undecided = tuple(field for field in own.undecided if field != "unit")
    return replace(own, dimension=MONEY, unit=other.unit, undecided=undecided)


def _options(own: Reading, other: Reading) -> list[Reading]:
    """Give all readings that what is undecided allows, ``own`` first."""
    options = [own]
    for field in own.undecided:
        if field in SWITCHES:
            options += [_switched(each, field) for each in options]
        elif field == "decimal_sign":
            options += [_with_other_sign(each) for each in options]
        elif field == "unit":
            options += [unit for each in options for unit in _with_units(each, other)]
        elif other.type is ValueType.NUMBER:
            for dimension in dict.fromkeys(("", other.dimension)):
                options.append(
                    Reading(ValueType.NUMBER, dimension=dimension, undecided=own.undecided)
                )
    is_plain = own.type is ValueType.NUMBER and not (own.dimension or own.unit)
    if is_plain and other.type is ValueType.DATE:
        options.append(Reading(ValueType.DATE, short_years=True))  # 450 beside 450 AD
    return options


def _switched(reading: Reading, field: str) -> Reading:
    change: dict[str, Any] = {field: not getattr(reading, field)}
    return replace(reading, **change)


def _with_other_sign(reading: Reading) -> Reading:
    return replace(reading, decimal_sign="," if reading.decimal_sign == "." else ".")


def _with_units(own: Reading, other: Reading) -> list[Reading]:
    """Give a reading with each unit that bare numbers can have beside the other column."""
    if DURATION in (own.type.value, other.type.value) and not own.dimension:
        kept = own if own.type is ValueType.DURATION else None
        plain = kept or Reading(
            ValueType.DURATION, decimal_sign=own.decimal_sign, undecided=own.undecided
        )
        return [replace(plain, unit=unit) for unit in units_of(DURATION) if unit != own.unit]
    dimension = own.dimension or other.dimension
    return [
        replace(own, dimension=dimension, unit=unit)
        for unit in units_of(dimension)
        if unit != own.unit
    ]


def _settled(
    side: int,
    chosen: Sequence[Reading],
    best: Sequence[Sequence[Reading]],
    choices: Sequence[Sequence[Reading]],
) -> Reading:
    """Give the chosen reading; a field in which all the best agree is no longer open."""
    reading = chosen[side]
    fields = [field for field in reading.undecided if not _is_settled(field, side, best, choices)]
    return replace(reading, undecided=tuple(fields))


def _is_settled(
    field: str,
    side: int,
    best: Sequence[Sequence[Reading]],
    choices: Sequence[Sequence[Reading]],
) -> bool:
    among_best = {getattr(choice[side], field) for choice in best}
    return len(among_best) == 1 and len({getattr(choice[side], field) for choice in choices}) > 1


def _equal_values(
    strings: Sequence[Sequence[str]], options: Sequence[Sequence[Reading]]
) -> list[int]:
    """Count the distinct values that are equal under each pair of readings."""
    keys = [[_keys(strings[side], reading) for reading in options[side]] for side in (0, 1)]
    plain = len({text.strip() for text in strings[0]} & {text.strip() for text in strings[1]})
    return [
        len(np.intersect1d(one_keys, two_keys, assume_unique=True))
        if one.comparable(two)
        else plain
        for (one, one_keys), (two, two_keys) in product(
            zip(options[0], keys[0], strict=True), zip(options[1], keys[1], strict=True)
        )
    ]


def _keys(strings: Sequence[str], reading: Reading) -> _Keys:
    amounts = np.array(list(map(reader(reading), strings)), dtype=np.float64).reshape(-1, 2)
    low, high = _rounded(amounts[~np.isnan(amounts[:, 0])]).T
    return np.unique(low + 1j * high)


def _by_size(strings: Sequence[Sequence[str]], readings: Sequence[Reading]) -> Reading:
    """Settle the decimal sign of the first column where one makes it a hundred times nearer."""
    own, other = readings
    is_open = ["decimal_sign" in reading.undecided for reading in readings]
    if is_open != [True, False] or not own.comparable(other):
        return own
    undecided = tuple(field for field in own.undecided if field != "decimal_sign")
    signs = [replace(own, undecided=undecided), replace(_with_other_sign(own), undecided=undecided)]
    size = _size(_keys(strings[1], other))
    apart = [abs(_size(_keys(strings[0], sign)) - size) for sign in signs]
    if not abs(apart[0] - apart[1]) >= _FAR:  # also where one is nan
        return own
    return signs[int(apart[1] < apart[0])]


def _size(keys: _Keys) -> float:
    """Give the decimal logarithm of the middle amount; nan where there is none."""
    sizes = np.abs(keys.real[keys.real != 0])
    return float(np.log10(np.median(sizes))) if len(sizes) else math.nan


def _rounded(amounts: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Round to so many digits, wherever the decimal point stands."""
    size = np.floor(np.log10(np.abs(amounts), where=amounts != 0, out=np.zeros_like(amounts)))
    scale = 10.0 ** (_DIGITS - 1 - size)
    return np.round(amounts * scale) / scale

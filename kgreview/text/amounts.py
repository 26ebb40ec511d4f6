"""Amounts: what values stand for, as numbers to compare and in one form for people."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kgreview.text.columns import encode
from kgreview.text.dates import read_date
from kgreview.text.days import date_of, days_of
from kgreview.text.durations import read_duration
from kgreview.text.quantities import read_quantity
from kgreview.text.ranges import read_range
from kgreview.text.readings import Reading, ValueType
from kgreview.text.tidy import tidy
from kgreview.text.units import MONEY, Unit, unit_word, units_of

Floats = npt.NDArray[np.float64]
_UNREAD = (math.nan, math.nan)
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_PLAIN_YEARS = range(1000, 2101)  # that are written without an era


def read_values(values: pa.Array, reading: Reading) -> Floats:
    """Give the lowest and the highest amount that each value stands for, (values, 2).

    A number comes in the base unit of its dimension, a duration in seconds, either twice unless it
    is a range; a date as its first and last day, counted from 1970-01-01 (``kgreview.text.days``).
    nan where a value cannot be read, and for strings and texts.
    """
    if reading.type in (ValueType.STRING, ValueType.TEXT):
        return np.full((len(values), 2), np.nan)
    encoded = encode(values)
    read = reader(reading)
    distinct = [read(value) for value in encoded.dictionary.to_pylist()]
    amounts = np.array([*distinct, _UNREAD], dtype=np.float64)
    codes = pc.fill_null(encoded.indices, len(distinct)).to_numpy(zero_copy_only=False)
    by_code: Floats = amounts[codes]
    return by_code


def reader(reading: Reading) -> Callable[[str], tuple[float, float]]:
    """Give the function that reads one value as ``reading`` says: its lowest and highest amount."""
    if reading.type is ValueType.DATE:

        def read_as_date(value: str) -> tuple[float, float]:
            days = read_date(
                tidy(value),
                day_first=reading.day_first,
                year_pairs=reading.year_pairs,
                short_years=reading.short_years,
            )
            return _UNREAD if days is None else days

        return read_as_date
    if reading.type is ValueType.DURATION:

        def seconds(value: str) -> float:
            return read_duration(
                value,
                unit=reading.unit,
                decimal_sign=reading.decimal_sign,
                hours_first=reading.hours_first,
            )

        return _with_ranges(seconds, reading.ranges)
    if reading.type is ValueType.NUMBER:
        bare, word = units_of(reading.dimension).get(reading.unit), unit_word(reading.unit)

        def number(value: str) -> float:
            return _number(value, reading, bare, word)

        return _with_ranges(number, reading.ranges)
    return lambda _: _UNREAD


def _with_ranges(
    read: Callable[[str], float], ranges: bool
) -> Callable[[str], tuple[float, float]]:
    """Give the function that reads one amount twice, and if there are such, a range of two."""

    def read_either(value: str) -> tuple[float, float]:
        tidied = tidy(value)
        amount = read(tidied)
        if ranges and math.isnan(amount):
            return read_range(tidied, read) or _UNREAD
        return amount, amount

    return read_either


def _number(value: str, reading: Reading, bare: Unit | None, word: str) -> float:
    quantity = read_quantity(value, reading.decimal_sign, reading.dimension)
    if quantity is None:
        return math.nan
    amount, unit = quantity
    if isinstance(unit, Unit):
        other_currency = unit.dimension == MONEY and reading.unit not in ("", unit.name)
        if unit.dimension != reading.dimension or other_currency:
            return math.nan
        return unit.to_base(amount)
    if not reading.dimension:
        return amount if unit in ("", word) else math.nan
    return bare.to_base(amount) if bare is not None and not unit else math.nan


def write_amount(low: float, high: float, reading: Reading) -> str:
    """Write what ``read_values`` gave for a value; '' for nan.

    >>> write_amount(0, 0, Reading(ValueType.DATE)), write_amount(0, 364, Reading(ValueType.DATE))
    ('1970-01-01', '1970')
    >>> write_amount(8100, 8100, Reading(ValueType.DURATION))
    '2:15:00'
    """
    if math.isnan(low):
        return ""
    if reading.type is ValueType.DATE:
        return _write_days(int(low), int(high))
    ends = dict.fromkeys((float(low), float(high)))
    if reading.type is ValueType.DURATION:
        return " to ".join(map(_write_duration, ends))
    return " to ".join(_write_number(end, reading) for end in ends)


def _write_number(amount: float, reading: Reading) -> str:
    units = units_of(reading.dimension)
    if units:
        unit = units.get(reading.unit) or next(iter(units.values()))
        return f"{unit.from_base(amount):.12g} {unit.name}"
    return f"{amount:.15g} {reading.unit}".strip()


def _write_duration(seconds: float) -> str:
    minutes, rest = divmod(round(abs(seconds), 3), 60)
    hours, minutes = divmod(int(minutes), 60)
    fraction = f"{rest:06.3f}".rstrip("0").rstrip(".") if rest % 1 else f"{int(rest):02d}"
    return f"{'-' * (seconds < 0)}{hours}:{minutes:02d}:{fraction}"


def _write_days(low: int, high: int) -> str:
    first, last = date_of(low), date_of(high)
    for parts in (1, 2):  # whole years, whole months
        ends = days_of(*first[:parts]), days_of(*last[:parts])
        if ends[0] is not None and ends[1] is not None and (low, high) == (ends[0][0], ends[1][1]):
            return _joined(first[:parts], last[:parts])
    return _joined(first, last)


def _joined(first: tuple[int, ...], last: tuple[int, ...]) -> str:
    return _date(*first) if first == last else f"{_date(*first)}/{_date(*last)}"


def _date(year: int, month: int = 0, day: int = 0) -> str:
    if year < 1:
        month_and_day = [str(day)] * bool(day) + [_MONTHS[month - 1]] * bool(month)
        return " ".join([*month_and_day, f"{1 - year} BC"])
    if not month:
        return str(year) if year in _PLAIN_YEARS else f"{year} AD"
    return f"{year:04d}-{month:02d}" + (f"-{day:02d}" if day else "")

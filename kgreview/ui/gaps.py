"""How far apart numbers, dates and durations are, in words."""

from __future__ import annotations

import dataclasses

from kgreview.text.amounts import write_amount
from kgreview.text.readings import Reading, ValueType
from kgreview.ui.entity_values import Amount

_YEAR = 365.2425  # days


def apart(one: Amount, two: Amount) -> float:
    """Give how far apart two stretches are, 0 where they meet."""
    return max(one.low - two.high, two.low - one.high, 0.0)


def years_apart(one: Amount, two: Amount) -> float:
    """Give how many years lie between two dates, 0 for dates of one year."""
    return max(one.first_year - two.last_year, two.first_year - one.last_year, 0.0)


def gap(one: Amount, two: Amount, reading: Reading) -> str:
    """Say how far apart two amounts are that differ; ``reading`` is that of either."""
    if reading.type is ValueType.DATE:
        return _between_dates(one, two)
    between = float(f"{apart(one, two):.12g}")  # 0.3 is not 0.1 + 0.2
    if between == 0:
        return "similar: they overlap"
    if reading.type is ValueType.DURATION:
        return f"{_time(between)} apart"
    return f"{_with_unit(between, reading)} apart"


def _between_dates(one: Amount, two: Amount) -> str:
    days, between = apart(one, two), years_apart(one, two)
    if one.low == one.high and two.low == two.high:
        by_days = days < _YEAR
        words = _count(days, "day") if by_days else _count(round(days / _YEAR), "year")
        return f"{words} apart"
    if between:
        return f"{_count(between, 'year')} apart"
    same_year = one.first_year == one.last_year == two.first_year == two.last_year
    return "similar: the same year" if same_year else "similar: they overlap"


def _time(seconds: float) -> str:
    for unit, size in (("hour", 3600), ("minute", 60)):
        if seconds >= size:
            return _count(seconds / size, unit)
    return _count(seconds, "second")


def _count(number: float, unit: str) -> str:
    figure = f"{number:,.0f}" if number == int(number) else f"{number:,.3g}"
    return f"{figure} {unit}{'' if figure == '1' else 's'}"


def _with_unit(number: float, reading: Reading) -> str:
    if not reading.dimension:
        return f"{number:,.10g} {reading.unit}".rstrip()
    if reading.dimension == "temperature":  # 0 °F is not 0 °C: only the base unit has differences
        reading = dataclasses.replace(reading, unit="")
    return write_amount(number, number, reading)

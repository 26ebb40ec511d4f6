"""Durations as people write them, in seconds: 2:15:00, PT2H15M, 2 h 15 min, 135 min."""

from __future__ import annotations

import math
import re

from kgreview.text.quantities import read_quantity
from kgreview.text.units import DURATION, Unit, find_unit, units_of

_CLOCK = re.compile(
    r"(?:([0-9]{1,4}) ?(?:d|days?),? )?(?:([0-9]{1,6}):)?([0-9]{1,3}):([0-5][0-9])(?:[.,]([0-9]+))?"
    r" ?([^\W0-9]{1,8}\.?)?"
)
_ISO = re.compile(
    r"P(?:([0-9]+(?:[.,][0-9]+)?)W)?(?:([0-9]+(?:[.,][0-9]+)?)D)?"
    r"(?:T(?:([0-9]+(?:[.,][0-9]+)?)H)?(?:([0-9]+(?:[.,][0-9]+)?)M)?"
    r"(?:([0-9]+(?:[.,][0-9]+)?)S)?)?",
    re.IGNORECASE,
)
_ISO_SECONDS = (604800, 86400, 3600, 60, 1)


def read_duration(
    value: str, *, unit: str = "", decimal_sign: str = ".", hours_first: bool = False
) -> float:
    """Read a tidied value in seconds; nan where it is no duration.

    ``unit``: of values that name none; '' for no such values. ``hours_first``: 2:15 is hours and
    minutes, not minutes and seconds.

    >>> read_duration("2:15"), read_duration("2:15:00") == read_duration("PT2H15M")
    (135.0, True)
    """
    if ":" in value:
        return _clock(value, hours_first)
    if value[:1] in ("P", "p"):
        return _iso(value)
    quantity = read_quantity(value, decimal_sign, DURATION)
    if quantity is None:
        return math.nan
    amount, named = quantity
    if isinstance(named, Unit):
        return named.to_base(amount) if named.dimension == DURATION else math.nan
    if named or not unit:
        return math.nan
    return units_of(DURATION)[unit].to_base(amount)


def clock_parts(value: str) -> tuple[int, int]:
    """Tell how many parts a time like 1:02:03 has and how large the first is; (0, 0) for no time.

    A time that says what its parts are (2:15 h) is none.
    """
    parts = _CLOCK.fullmatch(value) if ":" in value else None
    if parts is None or parts[1] or parts[6]:
        return 0, 0
    return (3, int(parts[2])) if parts[2] else (2, int(parts[3]))


def _clock(value: str, hours_first: bool) -> float:
    parts = _CLOCK.fullmatch(value)
    if parts is None:
        return math.nan
    days, first, middle, last, fraction, word = parts.groups()
    if word:
        unit = find_unit(word, DURATION)
        if unit is None or unit.name not in ("h", "min"):
            return math.nan
        hours_first = unit.name == "h"
    if first is None and (hours_first or days):
        first, middle, last = middle, last, "0"
    elif first is not None and int(middle) > 59:
        return math.nan
    seconds = 3600 * int(first or 0) + 60 * int(middle) + int(last)
    return 86400.0 * int(days or 0) + seconds + float(f"0.{fraction or 0}")


def _iso(value: str) -> float:
    parts = _ISO.fullmatch(value)
    if parts is None or not any(parts.groups()):
        return math.nan
    return sum(
        seconds * float(part.replace(",", "."))
        for seconds, part in zip(_ISO_SECONDS, parts.groups(), strict=True)
        if part
    )

"""Dates as people write them, each as the first and the last day that it can mean.

So 1950 is all its days, and 1950-04 those of April. The time of the day is not read.
"""

from __future__ import annotations

import re

from kgreview.text.days import (
    Days,
    days_in_era,
    days_of,
    days_of_week,
    full_year,
    iso_day,
    span,
)
from kgreview.text.worded_dates import read_worded_date

_FIRST_YEAR, _LAST_YEAR = 1000, 2100  # of four digits alone, or eight
_CLOCK = r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?(?: ?[AP]\.?M\.?)?"
_TIME = (  # after a date: a time with its zone, or a zone
    rf"(?:(?:(?:T|,? ){_CLOCK}|T[0-9]{{4,6}}(?:\.[0-9]+)?)"
    r" ?(?:Z|UTC|GMT|[+-][0-9]{2}:?(?:[0-9]{2})?)?|Z|[+-][0-9]{2}:[0-9]{2})?"
)
_AFTER_DATE = re.compile(_TIME, re.IGNORECASE)
_YEAR_FIRST = re.compile(
    rf"([+-]?[0-9]{{4,6}})(?:-([0-9]{{1,2}})(?:-([0-9]{{1,2}}))?"
    rf"|( ?[/.] ?)([0-9]{{1,2}})\4([0-9]{{1,2}})\.?|/([0-9]{{1,2}})){_TIME}",
    re.IGNORECASE,
)
_EARLY_DAY = re.compile(r"(-[0-9]{1,3}|[0-9]{3})-([0-9]{1,2})-([0-9]{1,2})")
_WEEK = re.compile(r"([0-9]{4})-?W([0-9]{2})(?:-?([1-7]))?")
_MASKED = re.compile(r"([-/.])(?:XX|xx|\?\?)(?=[-/.]|$)|^(?:XX|xx|\?\?)([-/.])")  # 1950-04-??
_AGE = re.compile(r" \((?:aged?|alter|âge|edad|età) ?[0-9]{1,3}\)$", re.IGNORECASE)
_OPEN_END = re.compile(r"[0-9] ?[-+]$")  # 1950- is no more the year than after 1950 is
_YEAR_LAST = re.compile(
    rf"([0-9]{{1,2}})( ?[/.-] ?| )([0-9]{{1,2}})\2([0-9]{{4}}|[0-9]{{2}})\.?{_TIME}", re.IGNORECASE
)
_YEAR = re.compile(r"(-?[0-9]{3,6})(?:\.0+|Z|[+-][0-9]{2}:[0-9]{2})?")
_SHORT_YEAR = re.compile(r"-?[0-9]{1,2}")
_COMPACT = re.compile(
    rf"([0-9]{{4}})([0-9]{{2}})([0-9]{{2}})(?:\.0+|[0-9]{{6}}|{_TIME})", re.IGNORECASE
)
_MONTH_YEAR = re.compile(r"([0-9]{1,2})[/.-]([0-9]{4})")
_YEARS = re.compile(r"([0-9]{4}) ?[-/] ?([0-9]{4})")
_BETWEEN_DATES = re.compile(r" (?:-|to|until|bis|au|al|до) |/")
_DIGIT = re.compile(r"[0-9]")
_WORD = re.compile(r"[^\W0-9_]{2}|[年년]")


def read_date(
    value: str, *, day_first: bool = False, year_pairs: bool = False, short_years: bool = False
) -> Days | None:
    """Read a tidied value as the first and last day it can mean; ``None`` where it is no date.

    ``day_first``: of 3/4/1950 the 3 is the day. ``year_pairs``: 2009/10 is two years, no month.
    ``short_years``: 37 is the year 37.

    >>> read_date("1970"), read_date("1/2/1970", day_first=True), read_date("1973 mystery film")
    ((0, 364), (31, 31), None)
    """
    day = iso_day(value[:10])  # most dates
    if day is not None and (len(value) == 10 or _AFTER_DATE.fullmatch(value, 10)):
        return day, day
    if not _DIGIT.search(value) or _OPEN_END.search(value):
        return None
    if value.endswith(")"):
        value = _AGE.sub("", value)
    if short_years and _SHORT_YEAR.fullmatch(value):
        return _signed(value)
    has_words = _WORD.search(value) is not None
    days = read_worded_date(value) if has_words else None
    days = days or _numeric_date(value, day_first, year_pairs)
    if days is None and not has_words:  # [1950], 1950?
        days = read_worded_date(value)
    return days or _range(value, day_first)


def _numeric_date(value: str, day_first: bool, year_pairs: bool) -> Days | None:
    if parts := _YEAR_FIRST.fullmatch(value):
        return _year_first(parts, year_pairs)
    if parts := _YEAR.fullmatch(value):
        return _year(parts[1])
    if parts := _YEAR_LAST.fullmatch(value):
        return _year_last(*parts.group(1, 3, 4), day_first=day_first)
    if parts := _COMPACT.fullmatch(value):
        year, month, day = map(int, parts.groups())
        return days_of(year, month, day) if _FIRST_YEAR <= year <= _LAST_YEAR else None
    return _rarer_date(value) or _masked_date(value, day_first, year_pairs)


def _rarer_date(value: str) -> Days | None:
    if parts := _MONTH_YEAR.fullmatch(value):
        return days_in_era(int(parts[2]), int(parts[1]))
    if parts := _EARLY_DAY.fullmatch(value):
        return _signed(parts[1], int(parts[2]), int(parts[3]))
    if parts := _WEEK.fullmatch(value):
        return days_of_week(*(int(part or 0) for part in parts.groups()))
    parts = _YEARS.fullmatch(value)
    return span(_year(parts[1]), _year(parts[2])) if parts else None


def _masked_date(value: str, day_first: bool, year_pairs: bool) -> Days | None:
    """Read 1950-04-??, which is the month."""
    known = _MASKED.sub(r"\g<1>0\g<2>", value)
    return None if known == value else _numeric_date(known, day_first, year_pairs)


def follows(year: str, two_digits: str) -> bool:
    """Tell whether two digits are those of the next year: 1984/85, 1999/00."""
    return (int(year) + 1) % 100 == int(two_digits)


def _year_first(parts: re.Match[str], year_pairs: bool) -> Days | None:
    written = parts[1]
    month, day = parts[2] or parts[5] or parts[7], parts[3] or parts[6]
    if day is None and _is_last_year(written, month, year_pairs):
        century = int(written) // 100 + (month == "00")
        return span(_year(written), days_of(100 * century + int(month)))
    return _signed(written, int(month), int(day or 0))


def _signed(year: str, month: int = 0, day: int = 0) -> Days | None:
    """Read a year like +1950 or -0044, which is 44 BC."""
    return days_in_era(int(year.lstrip("+-")), month, day, before=year[0] == "-")


def _is_last_year(year: str, digits: str, year_pairs: bool) -> bool:
    """Tell whether what follows a year is no month but a later year: 1939-45, 1984/85."""
    if len(digits) != 2 or year[0] == "-":
        return False
    return 12 < int(digits) > int(year) % 100 or (
        follows(year, digits) and (year_pairs or digits == "00")
    )


def _year(written: str) -> Days | None:
    return _signed(written) if int(written) <= _LAST_YEAR else None


def _year_last(first: str, second: str, last: str, *, day_first: bool) -> Days | None:
    one, two = int(first), int(second)
    if one > 31 and len(last) == 2:  # 50-04-25
        return days_of(full_year(first), two, int(last))
    day, month = (one, two) if (day_first or one > 12) and two <= 12 else (two, one)
    if month == 0:  # 00/04/1950: whichever is there is the month
        day, month = 0, day
    return days_in_era(full_year(last), month, day)


def _range(value: str, day_first: bool) -> Days | None:
    """Read two dates, the first and the last of a time."""
    halves = _BETWEEN_DATES.split(value)
    if len(halves) == 1:
        halves = value.split("-")  # April 1950-May 1951
    if len(halves) != 2 or min(map(len, halves)) < 3:
        return None
    return span(*(read_date(half.strip(), day_first=day_first) for half in halves))

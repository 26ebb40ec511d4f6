"""Days by number: counted from 1970-01-01 in the Gregorian calendar, carried on into the past.

Years are astronomical: 1 BC is the year 0, 44 BC the year -43.
"""

from __future__ import annotations

import calendar
import datetime

import numpy as np
import numpy.typing as npt

Days = tuple[int, int]  # first and last of a day, a month, years
Floats = npt.NDArray[np.float64]

_EPOCH = datetime.date(1970, 1, 1).toordinal()
_CYCLE_YEARS, _CYCLE_DAYS = 400, 146_097  # after which the calendar repeats itself
_PIVOT = 40  # of two digits, years up to it are of this century


def days_of(year: int, month: int = 0, day: int = 0) -> Days | None:
    """Give the first and last day of a day, of a month (``day`` 0) or of a year (``month`` 0).

    A day that its month does not have stands for the month; ``None`` where nothing holds.

    >>> days_of(1970, 1, 2), days_of(1970, 1), days_of(1970, 2, 30), days_of(1970, 13)
    ((1, 1), (0, 30), (31, 58), None)
    """
    if month == 0:
        return _day(year, 1, 1), _day(year, 12, 31)
    if month > 12 or day > 31:
        return None
    try:
        number = _day(year, month, day)
    except ValueError:  # the day 0, or the 31st of February
        last = calendar.monthrange(2000 + year % _CYCLE_YEARS, month)[1]
        return _day(year, month, 1), _day(year, month, last)
    return number, number


def days_of_week(year: int, week: int, weekday: int = 0) -> Days | None:
    """Give the days of a week as ISO 8601 numbers them, or one of them, Monday being 1."""
    try:
        first = datetime.date.fromisocalendar(year, week, weekday or 1).toordinal() - _EPOCH
    except ValueError:
        return None
    return first, first + (0 if weekday else 6)


def days_in_era(year: int, month: int = 0, day: int = 0, *, before: bool = False) -> Days | None:
    """Give the days of a year as people count them, with no year 0: 44 BC (``before``), 1950."""
    if year == 0:
        return None
    return days_of(1 - year if before else year, month, day)


def span(first: Days | None, last: Days | None) -> Days | None:
    """Join the first and the last time of a range; ``None`` where one is missing or they cross."""
    if first is None or last is None or first[0] > last[1]:
        return None
    return first[0], last[1]


def date_of(day: int) -> tuple[int, int, int]:
    """Give astronomical year, month and day of the month of a day by number."""
    cycles, rest = divmod(day + _EPOCH - 1, _CYCLE_DAYS)
    date = datetime.date.fromordinal(rest + 1)
    return date.year + _CYCLE_YEARS * cycles, date.month, date.day


def years(days: Floats) -> Floats:
    """Give the astronomical year of each day by number; nan stays nan."""
    whole = np.floor(np.where(np.isfinite(days), days, 0)).astype("datetime64[D]")
    years_of_days: Floats = whole.astype("datetime64[Y]").astype(np.float64) + 1970
    return np.where(np.isfinite(days), years_of_days, np.nan)


def full_year(digits: str) -> int:
    """Read a year; one of two digits lies between 1941 and 2040."""
    year = int(digits)
    if len(digits) > 2:
        return year
    return year + (2000 if year <= _PIVOT else 1900)


def iso_day(value: str) -> int | None:
    """Read the day from a plain 1950-04-25; ``None`` from all else."""
    if len(value) != 10 or value[4] != "-" or value[7] != "-":
        return None
    try:
        return datetime.date.fromisoformat(value).toordinal() - _EPOCH
    except ValueError:
        return None


def _day(year: int, month: int, day: int) -> int:
    if 1 <= year <= 9999:
        return datetime.date(year, month, day).toordinal() - _EPOCH
    cycles, rest = divmod(year - 1, _CYCLE_YEARS)
    return datetime.date(rest + 1, month, day).toordinal() - _EPOCH + cycles * _CYCLE_DAYS

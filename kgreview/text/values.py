"""What an attribute holds: text, strings, numbers, dates or durations; and their values."""

from __future__ import annotations

import datetime
import re
from enum import Enum

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Floats = npt.NDArray[np.float64]

_SAMPLE = 2000  # values that settle an attribute's kind
_MOST = 0.8  # of them must be of it: real columns hold "unknown" and "n/a" too
_TEXT_WORDS = 12  # words of a value, on average, from which it is text

_DURATION = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):(\d{2})(?:\.\d+)?")
_ISO_DURATION = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.\d+)?S)?", re.IGNORECASE)
_NUMBER = re.compile(r"[^\w+\-.(]*([+\-]?(?:\d[\d,]*\.?\d*|\.\d+)(?:e[+\-]?\d+)?)\s*[^\d]{0,8}")
_ISO_DATE = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?(?:[T ].*|Z)?")
_DAY_MONTH_YEAR = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th)?[\s\-./]+([a-z]{3,9})[\s\-.,/]+(\d{4}|\d{2})"
)
_MONTH_DAY_YEAR = re.compile(r"([a-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?\s*,?\s+(\d{4})")
_MONTH_YEAR = re.compile(r"([a-z]{3,9})\.?,?\s+(\d{4})")
_NUMERIC_DATE = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4}|\d{2})")
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}


class Kind(str, Enum):
    """What the values of an attribute are."""

    STRING = "string"
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    DURATION = "duration"


def kind_of(values: pa.Array) -> Kind:
    """Tell the kind of an attribute from its values, by what most of an even sample can be read as.

    A column of four-digit numbers from 1000 to 2100 is one of years, so of dates.
    """
    step = max(1, len(values) // _SAMPLE)
    sample = values.take(pa.array(np.arange(0, len(values), step)[:_SAMPLE])).to_pylist()
    sample = [value.strip() for value in sample if value.strip()]
    if not sample:
        return Kind.STRING
    for kind, read in (
        (Kind.DURATION, duration),
        (Kind.DATE, lambda value: date(value)[0]),
        (Kind.NUMBER, number),
    ):
        if sum(not np.isnan(read(value)) for value in sample) >= _MOST * len(sample):
            return kind
    words = sum(value.count(" ") + 1 for value in sample) / len(sample)
    return Kind.TEXT if words >= _TEXT_WORDS else Kind.STRING


def amounts(values: pa.Array, kind: Kind) -> tuple[Floats, Floats]:
    """Read numbers, dates or durations, (values,) each; nan where a value cannot be read.

    Numbers come as they are, durations in seconds, dates as years; the second column is the day
    of a date (days since year 1), where one is given, and nan for other kinds.
    """
    encoded = pa.array(values).dictionary_encode()
    distinct = encoded.dictionary.to_pylist()
    read = np.full((len(distinct) + 1, 2), np.nan)
    for i, value in enumerate(distinct):
        if kind is Kind.DATE:
            read[i] = date(value)
        else:
            read[i, 0] = number(value) if kind is Kind.NUMBER else duration(value)
    codes = pc.fill_null(encoded.indices, len(distinct)).to_numpy(zero_copy_only=False)
    return read[codes, 0], read[codes, 1]


def number(value: str) -> float:
    """Read a number, with thousands' commas, currency before it or a short unit after it.

    >>> number("$ 1,299.50"), number("12 MB"), number("415/495-5775")
    (1299.5, 12.0, nan)
    """
    if len(value) > 40:
        return float("nan")
    found = _NUMBER.fullmatch(value.strip())
    return float(found[1].replace(",", "")) if found else float("nan")


def duration(value: str) -> float:
    """Read a duration in seconds: 3:45, 1:02:03 or PT3M45S.

    >>> duration("3:45"), duration("PT1H2M"), duration("3.45")
    (225.0, 3720.0, nan)
    """
    value = value.strip()
    if len(value) > 20:
        return float("nan")
    found = _DURATION.fullmatch(value) or (len(value) > 2 and _ISO_DURATION.fullmatch(value))
    if not found:
        return float("nan")
    hours, minutes, seconds = (float(part or 0) for part in found.groups())
    return 3600 * hours + 60 * minutes + seconds


def date(value: str) -> tuple[float, float]:
    """Read a date as (year, day since year 1); the day is nan where only year or month is given.

    Of 3/4/2005 the first is taken for the month, unless it cannot be.

    >>> date("1-Feb-11") == date("February 1 , 2011") == date("2011-02-01T00:00:00")
    True
    >>> date("1999"), date("soon")
    ((1999.0, nan), (nan, nan))
    """
    value = value.strip().lower()
    year: str | None = None
    month: str | int | None = None
    day: str | None = None
    if not 4 <= len(value) <= 40:
        pass
    elif found := _ISO_DATE.fullmatch(value.upper()):
        year, month, day = found.groups()
    elif found := _DAY_MONTH_YEAR.fullmatch(value):
        day, month, year = found[1], _MONTHS.get(found[2][:3], 0), found[3]
    elif found := _MONTH_DAY_YEAR.fullmatch(value):
        month, day, year = _MONTHS.get(found[1][:3], 0), found[2], found[3]
    elif (found := _MONTH_YEAR.fullmatch(value)) and found[1][:3] in _MONTHS:
        year = found[2]
    elif found := _NUMERIC_DATE.fullmatch(value):
        month, day, year = found.groups()
        if int(month) > 12:
            month, day = day, month
    return _day(year, month, day) if year is not None else (float("nan"), float("nan"))


def _day(year: str, month: str | int | None, day: str | None) -> tuple[float, float]:
    nothing = (float("nan"), float("nan"))
    number_of_year = int(year)
    if len(year) == 2:
        number_of_year += 2000 if number_of_year <= 40 else 1900
    if not 1000 <= number_of_year <= 2100:
        return nothing
    if month is None or day is None:
        return (float(number_of_year), float("nan"))
    try:
        return float(number_of_year), float(
            datetime.date(number_of_year, int(month), int(day)).toordinal()
        )
    except ValueError:  # the 0th of a month, or the 31st of February: the year still holds
        return (float(number_of_year), float("nan"))

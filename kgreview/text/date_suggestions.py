"""Whether a column holds dates, and what is the day in them, the month or another year."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from kgreview.text.amounts import reader
from kgreview.text.dates import follows
from kgreview.text.days import days_of
from kgreview.text.readings import Reading, ValueType
from kgreview.text.samples import MOST, SOME, Sample
from kgreview.text.units import unit_of_attribute

_DATE_TRIPLE = re.compile(
    r"([0-9]{1,2})( ?[/.-] ?| )([0-9]{1,2})\2(?:[0-9]{4}|[0-9]{2})(?![0-9]).*"
)
_TWO_PARTS = re.compile(r"([0-9]{4})[-/]([0-9]{2})")
_YEAR = re.compile(r"(?:1[0-9]{3}|20[0-9]{2}|2100)(?:\.0+)?|-[0-9]{4,6}")
_PADDED_YEAR = re.compile(r"0[0-9]{3}")
_EARLY_YEAR = re.compile(r"-?[1-9][0-9]{0,2}")  # without an era: 450, 37, -44
_SHORT_YEAR = re.compile(r"-?[1-9][0-9]?")
_YEAR_1000 = -354_285  # its first day, counted from 1970
_YEAR_WORDS = frozenset({"year", "date", "jahr", "datum", "annee", "année", "ano", "año", "anno"})
_COMPACT = re.compile(r"(1[0-9]{3}|20[0-9]{2})([0-9]{2})([0-9]{2})(?:\.0+)?")
_MONTH_POINT_YEAR = re.compile(r"(?:0?[1-9]|1[0-2])\.(?:1[0-9]{3}|20[0-9]{2})")
_EIGHT_DIGITS = re.compile(r"[0-9]{8}(?:\.0+)?")
_NUMBER = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?")
_SEVERAL = 3  # values that are hardly alike by chance


def suggest_date(sample: Sample, words: Sequence[str]) -> Reading | None:
    """Give the reading of a column of dates; ``None`` for another column.

    ``words``: those of the attribute, in order.
    """
    day_first, guessed = _day_first(sample)
    year_pairs, pairs_guessed = _year_pairs(sample)
    reading = Reading(
        ValueType.DATE,
        day_first=day_first,
        year_pairs=year_pairs,
        undecided=("day_first",) * guessed + ("year_pairs",) * pairs_guessed,
    )
    read = reader(reading)
    is_number = [_is_number(value) for value in sample.values]
    last_days = [
        math.nan if number else read(value)[1]
        for number, value in zip(is_number, sample.values, strict=True)
    ]
    spelt = sample.share(not math.isnan(day) for day in last_days)
    years = _share_of_years(sample, spelt)
    if _are_early(sample, sample.share(day < _YEAR_1000 for day in last_days), years, words):
        years += sample.share_matching(_EARLY_YEAR)
        reading = replace(reading, short_years=sample.share_matching(_SHORT_YEAR) > 0)
    if spelt < SOME:  # numbers alone are dates only where no number speaks against it
        unit = unit_of_attribute(words)
        if sample.share(is_number) - years >= SOME or (unit and unit.dimension != "period"):
            return None
    return reading if spelt + years >= MOST else None


def _are_early(sample: Sample, early: float, years: float, words: Sequence[str]) -> bool:
    """Tell whether numbers below a thousand are years.

    ``early``: the share of dates that lie so early and say it, as 450 AD does. ``years``: that of
    numbers that are years anyhow. An attribute that is a year or a date tells it as well, where
    most numbers are no smaller than a hundred.
    """
    if early >= SOME:
        return True
    is_year = bool(words) and (
        words[-1] in _YEAR_WORDS or (words[0] in _YEAR_WORDS and tuple(words[1:2]) == ("of",))
    )
    short = sample.share_matching(_SHORT_YEAR)
    three = sample.share_matching(_EARLY_YEAR) - short
    return is_year and three + years >= MOST and short <= SOME


def _share_of_years(sample: Sample, spelt: float) -> float:
    """Give the share of the numbers alone that are years, or days of eight digits."""
    years = sample.share_matching(_YEAR)
    eight = sample.share_matching(_EIGHT_DIGITS)
    if eight and sample.share(map(_is_compact, sample.values)) == eight:
        years += eight
    months = [value for value in sample.values if _MONTH_POINT_YEAR.fullmatch(value)]
    if len(months) >= _SEVERAL:  # as decimals they would hardly all look like that
        years += sample.share_matching(_MONTH_POINT_YEAR)
    if spelt + years > MOST / 2:  # beside other dates 0450 is a year, and no code
        years += sample.share_matching(_PADDED_YEAR)
    return years


def _is_number(value: str) -> bool:
    return value.strip("0.,") != "" and _NUMBER.fullmatch(value) is not None


def _is_compact(value: str) -> bool:
    parts = _COMPACT.fullmatch(value)
    return parts is not None and days_of(*map(int, parts.groups())) is not None


def _year_pairs(sample: Sample) -> tuple[bool, bool]:
    """Tell whether 2009/10 is two years, and whether that is a guess.

    1984/85 says that it is, as do several years each followed by the next, 2009-04 that it is
    a month.
    """
    pairs = months = 0
    either = 0
    for value, count in sample.counted():
        parts = _TWO_PARTS.fullmatch(value)
        if parts is None:
            continue
        if int(parts[2]) > 12:
            pairs += count
        elif follows(*parts.groups()):
            either += 1
        else:
            months += count
    if pairs or months:
        return pairs > months, False
    return either >= _SEVERAL, 0 < either < _SEVERAL


def _day_first(sample: Sample) -> tuple[bool, bool]:
    """Tell whether days stand before months in 3/4/1950, and whether that is a guess.

    A number beyond twelve tells. Else points speak for the day (3.4.1950), other signs for the
    month.
    """
    surely, maybe = Counter[bool](), Counter[bool]()  # True: the day first
    for value, count in sample.counted():
        triple = _DATE_TRIPLE.fullmatch(value)
        if triple is None:
            continue
        first, second = int(triple[1]), int(triple[3])
        if (first > 12) != (second > 12) and first <= 31:
            surely[first > 12] += count
        elif first <= 12 and first != second:
            maybe["." in triple[2]] += count
    if surely:
        return surely[True] > surely[False], False
    return maybe[True] > maybe[False], bool(maybe)

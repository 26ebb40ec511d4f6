"""How a column is probably read, told from its values together: none is decided alone."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pyarrow as pa

from kgreview.text.date_suggestions import suggest_date
from kgreview.text.durations import clock_parts, read_duration
from kgreview.text.months import eras
from kgreview.text.numbers import LARGEST_WHOLE, SignUse, use_of_sign
from kgreview.text.quantities import number_digits, read_quantity
from kgreview.text.range_suggestions import are_ranges
from kgreview.text.ranges import range_ends
from kgreview.text.readings import Reading, ValueType
from kgreview.text.samples import MOST, SOME, Sample, sample_of
from kgreview.text.units import DURATION, MONEY, Unit, is_about_time, unit_of_attribute, unit_word

_FEW = 0.01  # of whole numbers tell that all are codes
_TEXT_WORDS = 12  # words of a value, on average, from which it is text
_CODE_DIGITS = 9  # of numbers of one length that hardly repeat: ISBN, EAN, telephone
_DISTINCT = 0.9  # of the values that hardly repeat

_WHOLE = re.compile(r"[0-9]+")
_VERSION = re.compile(r"[vV]?[0-9]{1,5}(?:\.[0-9]{1,5}){2,}")
_NUMBER_BEFORE = re.compile(r".*[0-9]")
_DECADE = re.compile(r"(?:1[0-9]|20)[0-9]0 ?s")
_SECONDS = re.compile(r"[0-9][0-9.,]* ?s")
_BYTES_OR_BILLIONS = re.compile(r"[0-9]+[Bb]")
_MILLIONS = re.compile(r"[0-9][0-9.,]* ?M")
_HOURS = 24  # of a day: 23:59 may be a time of hours and minutes


def suggest_reading(values: pa.Array, attribute_words: Sequence[str] = ()) -> Reading:
    """Tell how a column is read, from its values as a set and the words of its attribute.

    A type is taken where it reads four fifths of the values, blanks and placeholders aside. What
    the values leave open is ``undecided``, for a corresponding column to settle. Codes (007, ISBN)
    and whole numbers that no float can hold are strings.

    ``attribute_words``: as of ``words_of``: ("runtime", "minutes").

    >>> str(suggest_reading(pa.array(["25/04/1950", "03/04/1950"])))
    'date, day before month'
    """
    sample = sample_of(values)
    if sample is not None and sample.share(map(_has_digit, sample.values)) >= MOST:
        decimal_sign, guessed = _decimal_sign(sample)
        numbers = Reading(
            ValueType.NUMBER,
            decimal_sign=decimal_sign,
            ranges=are_ranges(sample, decimal_sign),
            undecided=("decimal_sign",) if guessed else (),
        )
        codes = _are_codes(sample)
        for reading in (
            _as_duration(sample, numbers, attribute_words, codes),
            suggest_date(sample, attribute_words),
            codes or _as_number(sample, numbers, attribute_words),
        ):
            if reading is not None:
                return reading
    if sample is not None and sample.words >= _TEXT_WORDS:
        return Reading(ValueType.TEXT)
    return Reading()


def _has_digit(value: str) -> bool:
    return any(map(str.isdecimal, value))


# ------------------------------------------------------------------------ numbers


def _decimal_sign(sample: Sample) -> tuple[str, bool]:
    """Tell the decimal sign of a column's numbers, and whether that is a guess.

    What a value shows for sure counts: 1,5 and 1.234.567 and 1 234,567. Where all could be either
    (12.345), points are taken for thousands if several values have them and no plain number is as
    large; commas always.
    """
    digits = [number_digits((range_ends(value) or (value,))[-1]) for value in sample.values]
    votes, open_values = Counter[str](), Counter[str]()
    for each, count in zip(digits, sample.counts.tolist(), strict=True):
        for sign, other in ((".", ","), (",", ".")):
            use = use_of_sign(each, sign)
            if use is SignUse.EITHER:
                open_values[sign] += 1
            elif use is not SignUse.NONE:
                votes[sign if use is SignUse.DECIMAL else other] += count
    if votes:
        return ("," if votes[","] > votes["."] else "."), False
    if any(" " in each or "'" in each for each in digits):  # thousands have a sign of their own
        return ("," if open_values[","] > open_values["."] else "."), False
    large = any(len(each) > 3 for each in digits if each.isdigit())
    grouped = open_values["."] > 1 and not open_values[","] and not large
    return ("," if grouped else "."), bool(open_values)


def _are_codes(sample: Sample) -> Reading | None:
    """Give the reading of codes where whole numbers are such."""
    if sample.share(map(_is_version, sample.values)) >= SOME:
        return Reading()
    digits = [_whole_number(value) for value in sample.values]
    share = sample.share(map(bool, digits))
    if not share:
        return None
    padded = sample.share(len(each) > 1 and each[0] == "0" for each in digits)
    if padded >= _FEW * share:
        return Reading(undecided=("type",))
    huge = sample.share(len(each) > 15 and int(each) > LARGEST_WHOLE for each in digits)
    if huge >= _FEW * share:
        return Reading()
    lengths = Counter[int]()
    for each, count in zip(digits, sample.counts.tolist(), strict=True):
        lengths[len(each)] += count
    length = max(lengths, key=lambda length: (lengths[length], length))
    of_length = sample.share(len(each) == length for each in digits)
    if length >= _CODE_DIGITS and of_length >= MOST and sample.distinct >= _DISTINCT:
        return Reading()
    return None


def _is_version(value: str) -> bool:
    """Tell 3.5.1 from 1.234.567: beside it, 1.10 is not 1.1."""
    return _VERSION.fullmatch(value) is not None and read_quantity(value) is None


def _whole_number(value: str) -> str:
    """Give the digits of a whole number, with or without spaces; '' of anything else."""
    digits = value.replace(" ", "").lstrip("+-")
    return digits if _WHOLE.fullmatch(digits) else ""


def _as_number(sample: Sample, numbers: Reading, words: Sequence[str]) -> Reading | None:
    named = unit_of_attribute(words)
    named = None if named is None or named.dimension == DURATION else named
    only_b = sample.share_matching(_BYTES_OR_BILLIONS)
    if named is None and only_b == sample.share(map(_has_digit, sample.values)):
        return Reading(undecided=("type",))
    units = _units(sample, numbers, named.dimension if named else "")
    dimension, word = _main_unit(units)
    if dimension:  # beside KB, 512B is bytes; beside 3M it is billions
        units = _units(sample, numbers, dimension)
    bare = units.pop(("", ""), 0)
    if not dimension and not word and named is not None:
        dimension = named.dimension
    reading = replace(numbers, dimension=dimension, unit=_spelling(sample, word))
    if dimension == MONEY and named is None:
        reading = replace(reading, unit=_most_common(units, MONEY))
    elif dimension and named is not None and named.dimension == dimension:
        reading = replace(reading, unit=named.name)
    elif bare and not word:
        unit = _most_common(units, dimension) if dimension else ""
        reading = replace(reading, unit=unit, undecided=(*numbers.undecided, "unit"))
    return reading if sample.readable(reading) >= MOST else None


_Units = Counter[tuple[str, str]]  # how often, by dimension and unit, ("", word) for other words


def _units(sample: Sample, numbers: Reading, dimension: str = "") -> _Units:
    counts = _Units()
    for value, count in sample.counted():
        quantity = read_quantity(value, numbers.decimal_sign, dimension)
        if quantity is None and numbers.ranges and (ends := range_ends(value)):
            quantity = read_quantity(ends[1], numbers.decimal_sign, dimension)
        if quantity is not None:
            unit = quantity[1]
            key = (unit.dimension, unit.name) if isinstance(unit, Unit) else ("", unit)
            counts[key] += count
    return counts


def _main_unit(units: _Units) -> tuple[str, str]:
    """Give the dimension that most numbers with a unit have, or else the word beside most."""
    dimensions, words = Counter[str](), Counter[str]()
    for (dimension, unit), count in units.items():
        if dimension != DURATION and (dimension or unit) and unit not in eras():
            (dimensions if dimension else words)[dimension or unit] += count
    total = sum(units.values())
    (dimension, measured), (word, counted) = _largest(dimensions), _largest(words)
    if max(measured, counted) < SOME * total:
        return "", ""
    return (dimension, "") if measured >= counted else ("", word)


def _spelling(sample: Sample, word: str) -> str:
    """Give a folded word as it is written most often beside numbers: pages, not page."""
    spellings = Counter[str]()
    for value, count in sample.counted():
        spelling = _NUMBER_BEFORE.sub("", value).strip(" .,")
        if word and unit_word(spelling) == word:
            spellings[spelling] += count
    return _largest(spellings)[0]


def _most_common(units: _Units, dimension: str) -> str:
    return _largest({unit: count for (of, unit), count in units.items() if of == dimension})[0]


def _largest(counts: Mapping[str, int]) -> tuple[str, int]:
    """Give the key of the largest count, of equal ones the first in the alphabet."""
    return min(counts.items(), key=lambda item: (-item[1], item[0]), default=("", 0))


# ------------------------------------------------------------------------ durations


def _as_duration(
    sample: Sample, numbers: Reading, words: Sequence[str], codes: Reading | None
) -> Reading | None:
    if not is_about_time(words) and _are_decades_or_millions(sample):
        return None
    units = _units(sample, numbers, DURATION)
    attribute = unit_of_attribute(words)
    own = attribute.name if attribute and attribute.dimension == DURATION and not codes else ""
    undecided = list(numbers.undecided)
    unit = own
    if units[("", "")] and not own and codes is None:
        unit = _most_common(units, DURATION)
        undecided.append("unit")
    clocks = [clock_parts(value) for value in sample.values]
    firsts = [first for parts, first in clocks if parts == 2]
    if firsts and max(firsts) < _HOURS and all(parts != 3 for parts, _ in clocks):
        undecided.append("hours_first")
    reading = replace(numbers, type=ValueType.DURATION, unit=unit, undecided=tuple(undecided))
    if sample.readable(reading) < MOST:
        return None
    alike = _units(sample, numbers)  # 5 m and 5'11" are lengths as well
    lengths = sum(count for (of, _), count in alike.items() if of not in ("", DURATION))
    named = sample.readable(replace(reading, unit=""))
    is_clear = is_about_time(words) or named > lengths / int(sample.counts.sum())
    return reading if is_clear or not lengths else None


def _are_decades_or_millions(sample: Sample) -> bool:
    """Tell whether all that may be seconds are decades (1950s), or all that names a unit millions.

    1.2M is a minute and a bit only beside values such as 1H or 2H15M.
    """
    decades = sample.share_matching(_DECADE)
    if decades >= SOME and decades == sample.share_matching(_SECONDS):
        return True
    others = [value for value in sample.values if _MILLIONS.fullmatch(value) is None]
    return len(others) < len(sample.values) and all(
        math.isnan(read_duration(value)) for value in others
    )

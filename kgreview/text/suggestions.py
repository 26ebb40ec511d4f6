"""How a column is probably read, told from its values together: none is decided alone."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pandas.util import hash_array

from kgreview.text.amounts import reader
from kgreview.text.columns import encode
from kgreview.text.dates import follows
from kgreview.text.days import days_of
from kgreview.text.durations import clock_parts
from kgreview.text.numbers import LARGEST_WHOLE, SignUse, use_of_sign
from kgreview.text.placeholders import is_blank, is_placeholder_word
from kgreview.text.quantities import number_digits, read_quantity
from kgreview.text.readings import Reading, ValueType
from kgreview.text.tidy import tidy
from kgreview.text.units import DURATION, MONEY, Unit, is_about_time, unit_of_attribute, unit_word

SAMPLE = 2000  # distinct values that settle a reading
_MOST = 0.8  # of the values must be read: real columns hold stray words
_SOME = 0.05  # of the values are more than strays
_FEW = 0.01  # of whole numbers tell that all are codes
_TEXT_WORDS = 12  # words of a value, on average, from which it is text
_LONG_TEXT = 1000  # characters, whose words are enough to tell
_CODE_DIGITS = 9  # of numbers of one length that hardly repeat: ISBN, EAN, telephone
_DISTINCT = 0.9  # of the values that hardly repeat

_WHOLE = re.compile(r"[0-9]+")
_DATE_TRIPLE = re.compile(
    r"([0-9]{1,2})( ?[/.-] ?| )([0-9]{1,2})\2(?:[0-9]{4}|[0-9]{2})(?![0-9]).*"
)
_TWO_PARTS = re.compile(r"([0-9]{4})[-/]([0-9]{2})")
_YEAR = re.compile(r"(?:1[0-9]{3}|20[0-9]{2}|2100)(?:\.0+)?|-[0-9]{4,6}")
_PADDED_YEAR = re.compile(r"0[0-9]{3}")
_COMPACT = re.compile(r"(1[0-9]{3}|20[0-9]{2})([0-9]{2})([0-9]{2})(?:\.0+)?")
_MONTH_POINT_YEAR = re.compile(r"(?:0?[1-9]|1[0-2])\.(?:1[0-9]{3}|20[0-9]{2})")
_EIGHT_DIGITS = re.compile(r"[0-9]{8}(?:\.0+)?")
_NUMBER = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?")
_NUMBER_BEFORE = re.compile(r".*[0-9]")
_SEVERAL = 3  # values that are hardly alike by chance
_HOURS = 24  # of a day: 23:59 may be a time of hours and minutes


@dataclass(frozen=True, eq=False)
class _Sample:
    """Distinct values of a column that say something, and how often each occurs."""

    values: list[str]  # tidied
    weights: npt.NDArray[np.float64]  # (values,) they add up to 1
    words: float  # of a value, on average
    distinct: float  # share of distinct values in the column

    def share(self, holds: Iterable[bool]) -> float:
        """Give the share of the column's values for which something holds, 0 to 1."""
        return float(self.weights[np.fromiter(holds, dtype=bool, count=len(self.values))].sum())

    def share_matching(self, pattern: re.Pattern[str]) -> float:
        return self.share(pattern.fullmatch(value) is not None for value in self.values)

    def readable(self, reading: Reading) -> float:
        """Give the share of the column's values that can be read as ``reading`` says."""
        read = reader(reading)
        return self.share(not math.isnan(low) for low, _ in map(read, self.values))


def suggest_reading(values: pa.Array, attribute_words: Sequence[str] = ()) -> Reading:
    """Tell how a column is read, from its values as a set and the words of its attribute.

    A type is taken where it reads four fifths of the values, blanks and placeholders aside. What
    the values leave open is ``undecided``, for a corresponding column to settle. Codes (007, ISBN)
    and whole numbers that no float can hold are strings.

    ``attribute_words``: as of ``words_of``: ("runtime", "minutes").

    >>> str(suggest_reading(pa.array(["25/04/1950", "03/04/1950"])))
    'date, day before month'
    """
    sample = _sample_of(values)
    if sample is not None and sample.share(map(_has_digit, sample.values)) >= _MOST:
        decimal_sign, guessed = _decimal_sign(sample)
        numbers = Reading(
            ValueType.NUMBER,
            decimal_sign=decimal_sign,
            undecided=("decimal_sign",) if guessed else (),
        )
        codes = _are_codes(sample)
        for reading in (
            _as_duration(sample, numbers, attribute_words, codes),
            _as_date(sample, attribute_words),
            codes or _as_number(sample, numbers, attribute_words),
        ):
            if reading is not None:
                return reading
    if sample is not None and sample.words >= _TEXT_WORDS:
        return Reading(ValueType.TEXT)
    return Reading()


# ------------------------------------------------------------------------ sample


def sample_distinct(values: pa.Array, most: int) -> tuple[list[str], npt.NDArray[np.int64]]:
    """Give distinct values that are neither blank nor a placeholder, and how often each occurs.

    Of more than ``most`` those of the smallest hash are taken: the same ones in any order.
    """
    encoded = encode(values)
    counts = np.bincount(encoded.indices.drop_null().to_numpy(), minlength=len(encoded.dictionary))
    strings = encoded.dictionary.to_numpy(zero_copy_only=False).astype(object)
    if len(strings) > most:
        kept = np.argpartition(hash_array(strings, categorize=False), most)[:most]
        strings, counts = strings[kept], counts[kept]
    column = pa.array(strings, type=pa.large_string())
    says = ~(is_blank(column) | is_placeholder_word(column))
    strings, counts = strings[says], counts[says]
    order = np.argsort(strings)
    return strings[order].tolist(), counts[order]


def _sample_of(values: pa.Array) -> _Sample | None:
    strings, counts = sample_distinct(values, SAMPLE)
    if not strings:
        return None
    weights = counts / counts.sum()
    words = float(weights @ [len(string[:_LONG_TEXT].split()) for string in strings])
    return _Sample([tidy(string) for string in strings], weights, words, len(counts) / counts.sum())


def _has_digit(value: str) -> bool:
    return any(map(str.isdecimal, value))


# ------------------------------------------------------------------------ numbers


def _decimal_sign(sample: _Sample) -> tuple[str, bool]:
    """Tell the decimal sign of a column's numbers, and whether that is a guess.

    What a value shows for sure counts: 1,5 and 1.234.567 and 1 234,567. Where all could be either
    (12.345), points are taken for thousands if several values have them and no plain number is as
    large; commas always.
    """
    digits = [number_digits(value) for value in sample.values]
    votes, open_values = Counter[str](), Counter[str]()
    for each, weight in zip(digits, sample.weights.tolist(), strict=True):
        for sign, other in ((".", ","), (",", ".")):
            use = use_of_sign(each, sign)
            if use is SignUse.EITHER:
                open_values[sign] += 1
            elif use is not SignUse.NONE:
                votes[sign if use is SignUse.DECIMAL else other] += weight
    if votes:
        return ("," if votes[","] > votes["."] else "."), False
    if any(" " in each or "'" in each for each in digits):  # thousands have a sign of their own
        return ("," if open_values[","] > open_values["."] else "."), False
    large = any(len(each) > 3 for each in digits if each.isdigit())
    grouped = open_values["."] > 1 and not open_values[","] and not large
    return ("," if grouped else "."), bool(open_values)


def _are_codes(sample: _Sample) -> Reading | None:
    """Give the reading of codes where whole numbers are such."""
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
    for each, weight in zip(digits, sample.weights.tolist(), strict=True):
        lengths[len(each)] += weight
    length, of_length = max(lengths.items(), key=lambda item: (item[1], item[0]))
    if length >= _CODE_DIGITS and of_length >= _MOST and sample.distinct >= _DISTINCT:
        return Reading()
    return None


def _whole_number(value: str) -> str:
    """Give the digits of a whole number, with or without spaces; '' of anything else."""
    digits = value.replace(" ", "").lstrip("+-")
    return digits if _WHOLE.fullmatch(digits) else ""


def _as_number(sample: _Sample, numbers: Reading, words: Sequence[str]) -> Reading | None:
    units = _units(sample, numbers)
    bare = units.pop(("", ""), 0.0)
    named = unit_of_attribute(words)
    named = None if named is None or named.dimension == DURATION else named
    dimension, word = _main_unit(units, bare)
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
    return reading if sample.readable(reading) >= _MOST else None


_Units = Counter[tuple[str, str]]  # weight by dimension and unit, ("", word) for other words


def _units(sample: _Sample, numbers: Reading, dimension: str = "") -> _Units:
    weights = _Units()
    for value, weight in zip(sample.values, sample.weights.tolist(), strict=True):
        quantity = read_quantity(value, numbers.decimal_sign, dimension)
        if quantity is not None:
            unit = quantity[1]
            key = (unit.dimension, unit.name) if isinstance(unit, Unit) else ("", unit)
            weights[key] += weight
    return weights


def _main_unit(units: _Units, bare: float) -> tuple[str, str]:
    """Give the dimension that most numbers with a unit have, or else the word beside most."""
    dimensions, words = Counter[str](), Counter[str]()
    for (dimension, unit), weight in units.items():
        if dimension != DURATION:
            (dimensions if dimension else words)[dimension or unit] += weight
    total = bare + sum(units.values())
    (dimension, measured), (word, counted) = _largest(dimensions), _largest(words)
    if max(measured, counted) < _SOME * total:
        return "", ""
    return (dimension, "") if measured >= counted else ("", word)


def _spelling(sample: _Sample, word: str) -> str:
    """Give a folded word as it is written most often beside numbers: pages, not page."""
    spellings = Counter[str]()
    for value, weight in zip(sample.values, sample.weights.tolist(), strict=True):
        spelling = _NUMBER_BEFORE.sub("", value).strip(" .,")
        if word and unit_word(spelling) == word:
            spellings[spelling] += weight
    return _largest(spellings)[0]


def _most_common(units: _Units, dimension: str) -> str:
    return _largest({unit: weight for (of, unit), weight in units.items() if of == dimension})[0]


def _largest(weights: Mapping[str, float]) -> tuple[str, float]:
    """Give the key of the largest weight, of equal ones the first in the alphabet."""
    return min(weights.items(), key=lambda item: (-item[1], item[0]), default=("", 0.0))


# ------------------------------------------------------------------------ durations


def _as_duration(
    sample: _Sample, numbers: Reading, words: Sequence[str], codes: Reading | None
) -> Reading | None:
    units = _units(sample, numbers, DURATION)
    named = unit_of_attribute(words)
    own = named.name if named is not None and named.dimension == DURATION else ""
    unit = "" if codes is not None else own or _most_common(units, DURATION)
    undecided = list(numbers.undecided)
    if units[("", "")] and not own and codes is None:
        undecided.append("unit")
    clocks = [clock_parts(value) for value in sample.values]
    firsts = [first for parts, first in clocks if parts == 2]
    if firsts and max(firsts) < _HOURS and all(parts != 3 for parts, _ in clocks):
        undecided.append("hours_first")
    reading = replace(numbers, type=ValueType.DURATION, unit=unit, undecided=tuple(undecided))
    if sample.readable(reading) < _MOST:
        return None
    alike = _units(sample, numbers)  # 5 m and 5'11" are lengths as well
    lengths = sum(weight for (of, _), weight in alike.items() if of not in ("", DURATION))
    is_clear = is_about_time(words) or sample.readable(replace(reading, unit="")) > lengths
    return reading if is_clear or not lengths else None


# ------------------------------------------------------------------------ dates


def _as_date(sample: _Sample, words: Sequence[str]) -> Reading | None:
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
    spelt = sample.share(
        not number and not math.isnan(read(value)[0])
        for number, value in zip(is_number, sample.values, strict=True)
    )
    years = _share_of_years(sample, spelt)
    if spelt < _SOME:  # numbers alone are dates only where no number speaks against it
        unit = unit_of_attribute(words)
        if sample.share(is_number) - years >= _SOME or (unit and unit.dimension != "period"):
            return None
    return reading if spelt + years >= _MOST else None


def _share_of_years(sample: _Sample, spelt: float) -> float:
    """Give the share of the numbers alone that are years, or days of eight digits."""
    years = sample.share_matching(_YEAR)
    eight = sample.share_matching(_EIGHT_DIGITS)
    if eight and sample.share(map(_is_compact, sample.values)) == eight:
        years += eight
    months = [value for value in sample.values if _MONTH_POINT_YEAR.fullmatch(value)]
    if len(months) >= _SEVERAL:  # as decimals they would hardly all look like that
        years += sample.share_matching(_MONTH_POINT_YEAR)
    if spelt + years > _MOST / 2:  # beside other dates 0450 is a year, and no code
        years += sample.share_matching(_PADDED_YEAR)
    return years


def _is_number(value: str) -> bool:
    return value.strip("0.,") != "" and _NUMBER.fullmatch(value) is not None


def _is_compact(value: str) -> bool:
    parts = _COMPACT.fullmatch(value)
    return parts is not None and days_of(*map(int, parts.groups())) is not None


def _year_pairs(sample: _Sample) -> tuple[bool, bool]:
    """Tell whether 2009/10 is two years, and whether that is a guess.

    1984/85 says that it is, as do several years each followed by the next, 2009-04 that it is
    a month.
    """
    pairs = months = 0.0
    either = 0
    for value, weight in zip(sample.values, sample.weights.tolist(), strict=True):
        parts = _TWO_PARTS.fullmatch(value)
        if parts is None:
            continue
        if int(parts[2]) > 12:
            pairs += weight
        elif follows(*parts.groups()):
            either += 1
        else:
            months += weight
    if pairs or months:
        return pairs > months, False
    return either >= _SEVERAL, 0 < either < _SEVERAL


def _day_first(sample: _Sample) -> tuple[bool, bool]:
    """Tell whether days stand before months in 3/4/1950, and whether that is a guess.

    A number beyond twelve tells. Else points speak for the day (3.4.1950), other signs for the
    month.
    """
    evidence = {True: 0.0, False: 0.0}
    open_dots, open_others = 0.0, 0.0
    for value, weight in zip(sample.values, sample.weights.tolist(), strict=True):
        triple = _DATE_TRIPLE.fullmatch(value)
        if triple is None:
            continue
        first, second = int(triple[1]), int(triple[3])
        if (first > 12) != (second > 12):
            evidence[first > 12] += weight if first <= 31 else 0.0
        elif first <= 12 and first != second:
            dotted = "." in triple[2]
            open_dots, open_others = (
                open_dots + weight * dotted,
                open_others + weight * (not dotted),
            )
    if any(evidence.values()):
        return evidence[True] > evidence[False], False
    return open_dots > open_others, open_dots + open_others > 0

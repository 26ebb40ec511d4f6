"""Numbers with their units: 12 MB, $1,299.50, 5'11", 2 h 15 min."""

from __future__ import annotations

import math
import re
import unicodedata
from functools import lru_cache

from kgreview.text.numbers import NUMBER, read_digits
from kgreview.text.tidy import fold
from kgreview.text.units import DURATION, MONEY, Unit, find_unit, magnitude, unit_word, units_of

_PLAIN = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]+)?")
_QUANTITY = re.compile(
    rf"([^0-9]{{0,12}})({NUMBER})(?:[eE]([+-]?[0-9]{{1,3}}))?([^0-9]{{0,24}}[23]?)"
)
_PART = re.compile(r"([0-9]+(?:[.,][0-9]+)?)([^0-9]*)")
_ISO_PERIOD = re.compile(r"P(?:([0-9]+(?:[.,][0-9]+)?)Y)?(?:([0-9]+(?:[.,][0-9]+)?)M)?")
_MOST_PARTS = 4  # 1 d 2 h 3 min 4 s
_BY_LETTER = ("", MONEY)  # dimensions of numbers that may end in K, M or B
_IN_PARTS = frozenset({DURATION, "length", "mass", "volume", "period"})
_JOINING = re.compile(r"\s(?:and|und|et|y|e|en|i|и)$")
_SMALLER = {"d": "h", "h": "min", "min": "s", "m": "cm", "ft": "in"}  # 2h15, 1m80, 5'11
# before a number they say that it is not exact, or that it is a number; "<5" says another thing
_BEFORE_NUMBERS = frozenset({"", "~", "≈", "±", "ca", "c", "circa", "about", "approx", "#", "№"})


def read_quantity(
    value: str, decimal_sign: str = ".", dimension: str = ""
) -> tuple[float, Unit | str] | None:
    """Read a tidied value as a number with its unit; ``None`` where it is none.

    ``dimension``: the one whose units are looked for first. The unit comes as a ``Unit``, as a
    folded word that is no known unit, or as '' where there is none.

    >>> amount, unit = read_quantity("12 MB")
    >>> amount, unit.name, read_quantity("7 pages"), read_quantity("415/495-5775")
    (12.0, 'MB', (7.0, 'page'), None)
    """
    if decimal_sign == "." and _PLAIN.fullmatch(value):
        return float(value), ""
    if value[:1] == "P" and (period := _read_iso_period(value)):
        return period
    parts = _QUANTITY.fullmatch(value)
    if parts is not None:
        amount = read_digits(parts[2], decimal_sign)
        if not math.isnan(amount):
            return _with_unit(amount, parts, dimension)
    return _read_parts(value, decimal_sign, dimension) or _without_bracket(
        value, decimal_sign, dimension
    )


def number_digits(value: str) -> str:
    """Give the digits with their signs of a tidied value that is a number; '' of another."""
    parts = _QUANTITY.fullmatch(value)
    return parts[2] if parts is not None and read_quantity(value) is not None else ""


def _with_unit(
    amount: float, parts: re.Match[str], dimension: str
) -> tuple[float, Unit | str] | None:
    before, digits, exponent, after = parts.groups()
    if exponent:
        amount = float(f"{amount}e{exponent}")
    if before[-1:] == "." and not before[-2:-1].isalpha():  # .5 and $.99
        amount = read_digits(f"0٫{digits}")
    named = _unit_before(before) if before else ""
    factor, unit = _unit_after(after, dimension, bool(named)) if after else (1.0, "")
    amount *= -factor if "-" in before else factor
    if named is None or not math.isfinite(amount) or (named and unit and unit != named):
        return None
    return amount, unit or named


@lru_cache(maxsize=4096)
def _unit_before(text: str) -> Unit | str | None:
    """Find the money before a number; '' for what says nothing, ``None`` for any other word."""
    text = text.replace("-", "").replace("+", "").strip(" .")
    if not text or fold(text).strip(".") in _BEFORE_NUMBERS:
        return ""
    unit = find_unit(text, MONEY)
    return unit if unit is not None and unit.dimension == MONEY else None


@lru_cache(maxsize=4096)
def _unit_after(text: str, dimension: str, money: bool) -> tuple[float, Unit | str]:
    """Find what stands after a number: a factor, as of million, and a unit or a folded word.

    The factor is nan where it is no word at all.
    """
    beside = text[0] in "MBTb"  # 1.2M is a million; 12 M may be metres
    text = text.strip(" .,-") if text[0] in " .," else text.rstrip(" .")
    if not text:
        return 1.0, ""
    unit = find_unit(text, dimension)
    if unit is not None and not (money and unit.dimension != MONEY):
        return 1.0, unit
    first, _, rest = text.partition(" ")
    factor = magnitude(first, money=money or (beside and first == text[:1]))
    if factor is not None and first.isascii() and len(text) == 1 and dimension not in _BY_LETTER:
        return math.nan, ""  # 10K of a length are kilometres to some, thousands to others
    if factor is not None:
        return factor, _unit_after(rest, dimension, money)[1] if rest else ""
    word = unit_word(text)
    # 65+ is no number of pluses
    is_word = any(sign.isalpha() or unicodedata.category(sign) in ("Sc", "So") for sign in word)
    return (1.0 if is_word and not any(map(str.isdigit, word)) else math.nan), word


def _read_iso_period(value: str) -> tuple[float, Unit] | None:
    """Read P1Y6M; with days in it, it is neither so many months nor so many seconds."""
    parts = _ISO_PERIOD.fullmatch(value)
    if parts is None or not any(parts.groups()):
        return None
    years, months = (float((part or "0").replace(",", ".")) for part in parts.groups())
    units = units_of("period")
    month = units["month"]
    return month.from_base(units["year"].to_base(years)) + months, month


def _read_parts(value: str, decimal_sign: str, dimension: str) -> tuple[float, Unit | str] | None:
    """Read amounts in smaller and smaller units of one dimension, as 2 h 15 min."""
    negative, rest = value[:1] == "-", value.lstrip("+-")
    parts = _PART.findall(rest)
    if not 2 <= len(parts) <= _MOST_PARTS or not rest[0].isdecimal():
        return None
    total = 0.0
    last: Unit | None = None
    for digits, word in parts:
        unit = _part_unit(word, dimension, last)
        if unit is None or unit.dimension not in _IN_PARTS:
            return None
        if last is not None and unit.factor >= last.factor:
            return None
        total += unit.to_base(read_digits(digits, decimal_sign))
        dimension, last = unit.dimension, unit
    if last is None:
        return None
    return last.from_base(-total if negative else total), last


def _part_unit(word: str, dimension: str, last: Unit | None) -> Unit | None:
    word = _JOINING.sub("", word.strip(" .,")).strip(" .,")
    if word:
        unit = find_unit(word, dimension)
        return unit if unit is not None and (last is None or unit.dimension == dimension) else None
    smaller = _SMALLER.get(last.name, "") if last is not None else ""
    return units_of(dimension).get(smaller)


def _without_bracket(
    value: str, decimal_sign: str, dimension: str
) -> tuple[float, Unit | str] | None:
    """Read 1.80 m (5 ft 11 in) without what stands in brackets."""
    head, bracket, _ = value.partition(" (")
    if not bracket or not value.endswith(")"):
        return None
    quantity = read_quantity(head, decimal_sign, dimension)
    return quantity if quantity is not None and isinstance(quantity[1], Unit) else None

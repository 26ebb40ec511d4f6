"""Ranges of amounts as people write them: 12–15 cm, 1.2-1.5M, $10-15, 5 to 7 pages."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable

_BETWEEN = re.compile(r"(?<=[^\s-])(?: ?(?:-|~|\.{2,3}) ?| (?:to|bis|до|à|a|al|til|till|tot) )(?=\S)")
_BEFORE = re.compile(r"[^0-9]*")
_AFTER = re.compile(r".*[0-9]", re.DOTALL)
_DIGIT = re.compile(r"[0-9]")
_DIGITS = re.compile(r"[0-9]+")
_FEW = 0.05  # of what may be ranges, that are strays
_SEVERAL = 3  # that all ascend hardly by chance
_CODE_DIGITS = 7  # of a telephone number and its like: 495-5775


def range_ends(value: str) -> tuple[str, str] | None:
    """Part a tidied value into the first and the last amount of a range; ``None`` of another.

    A sign of money before the first, and a word or a unit behind the last, are of both.

    >>> range_ends("$10-15"), range_ends("1.2 - 1.5M"), range_ends("-5 to -3"), range_ends("5-")
    (('$10', '$15'), ('1.2M', '1.5M'), ('-5', '-3'), None)
    """
    if ":" in value:
        return None  # of the day
    for between in _BETWEEN.finditer(value):
        first, last = value[: between.start()], value[between.end() :]
        if _DIGIT.search(first) and _DIGIT.search(last):
            if first[-1].isdigit():
                first += _AFTER.sub("", last)
            if last[0].isdigit():
                last = _BEFORE.match(first)[0].strip("+-") + last  # type: ignore[index]
            return first, last
    return None


def read_range(value: str, read: Callable[[str], float]) -> tuple[float, float] | None:
    """Read a tidied value as two amounts of which the second is larger; ``None`` of another."""
    ends = range_ends(value)
    if ends is None:
        return None
    low, high = map(read, ends)
    return (low, high) if low < high else None  # nan is not


def are_ranges(values: Iterable[str], read: Callable[[str], float]) -> bool:
    """Tell whether what stands between two numbers of a column's values says from and to.

    Not where it does in codes and scores: 2-1, 34-12, 495-5775, 01-02.
    """
    ascending: list[tuple[int, int]] = []  # digits of the two ends
    others = 0
    for value in values:
        ends = range_ends(value)
        amounts = [read(end) for end in ends] if ends else [math.nan]
        if ends is None or math.isnan(sum(amounts)):
            continue
        numbers = _DIGITS.findall(ends[0])[:1] + _DIGITS.findall(ends[1])[:1]
        padded = any(len(number) > 1 and number[0] == "0" for number in numbers)
        if padded or not amounts[0] < amounts[1]:
            others += 1
        else:
            ascending.append((len(numbers[0]), len(numbers[1])))
    if not ascending or others > _FEW * len(ascending):
        return False
    (form, count), = Counter(ascending).most_common(1)
    codes = sum(form) >= _CODE_DIGITS and form[0] != form[1] and count > len(ascending) / 2
    return len(ascending) >= _SEVERAL and not codes

"""Ranges of amounts as people write them: 12–15 cm, 1.2-1.5M, $10-15, 5 to 7 pages."""

from __future__ import annotations

import re
from collections.abc import Callable

_BETWEEN = re.compile(
    r"(?<=[^\s-])(?: ?(?:-|~|\.{2,3}) ?| (?:to|bis|до|à|a|al|til|till|tot) )(?=\S)"
)
_BEFORE = re.compile(r"[^0-9]*")
_AFTER = re.compile(r".*[0-9]", re.DOTALL)
_DIGIT = re.compile(r"[0-9]")


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

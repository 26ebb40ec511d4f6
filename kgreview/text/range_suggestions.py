"""Whether what stands between two numbers of a column says from and to."""

from __future__ import annotations

import math
import re
from collections import Counter

from kgreview.text.quantities import read_quantity
from kgreview.text.ranges import range_ends
from kgreview.text.samples import MOST, SOME, Sample
from kgreview.text.units import Unit

_SEVERAL = 3  # that all ascend hardly by chance
_CODE_DIGITS = 7  # of a telephone number and its like: 495-5775
_DIGITS = re.compile(r"[0-9]+")


def are_ranges(sample: Sample, decimal_sign: str) -> bool:
    """Tell whether 12-15 is from 12 to 15: all such values ascend.

    Not those of codes and scores: 2-1, 34-12, 495-5775, 01-02.
    """
    ascending: list[tuple[int, int]] = []  # digits of the two ends, where these are plain numbers
    measured = others = 0
    for value in sample.values:
        ends = range_ends(value)
        (low, unit), (high, _) = (_base_amount(end, decimal_sign) for end in ends or ("", ""))
        if math.isnan(low + high) or ends is None:
            continue
        numbers = [_DIGITS.findall(end)[0] for end in ends]
        if not low < high or any(len(each) > 1 and each[0] == "0" for each in numbers):
            others += 1
        elif unit:
            measured += 1
        else:
            ascending.append((len(numbers[0]), len(numbers[1])))
    if others > SOME * (measured + len(ascending)):
        return False
    if measured or not ascending:
        return measured > 0
    if len(ascending) < _SEVERAL and len(ascending) > (1 - MOST) * len(sample.values):
        return False
    (digits, count) = Counter(ascending).most_common(1)[0]
    are_codes = sum(digits) >= _CODE_DIGITS and digits[0] != digits[1]
    return not (are_codes and count > len(ascending) / 2)


def _base_amount(value: str, decimal_sign: str) -> tuple[float, bool]:
    """Read a number in the base unit of its dimension, and tell whether it names its unit."""
    quantity = read_quantity(value, decimal_sign)
    if quantity is None:
        return math.nan, False
    amount, unit = quantity
    return (unit.to_base(amount) if isinstance(unit, Unit) else amount), unit != ""

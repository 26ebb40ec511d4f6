"""Numbers as people write them: a point or a comma before the fraction, groups by any sign."""

from __future__ import annotations

import math
import re
from enum import Enum

LARGEST_WHOLE = 2**53  # beyond it, whole numbers have no float of their own
_GROUP_ONLY = " '٬"  # signs that only ever part groups of digits
_DECIMAL_ONLY = "٫"
_NOT_DIGITS = re.compile(r"[^0-9]")

NUMBER = rf"[0-9](?:[0-9.,{_GROUP_ONLY}{_DECIMAL_ONLY}]*[0-9])?"
"""Regular expression of the digits of a tidied number with all their signs."""


class SignUse(Enum):
    """What a point or a comma can be in a number."""

    NONE = 0  # it is not there
    DECIMAL = 1  # only a decimal sign: 1.5
    GROUP = 2  # only a group sign: 1.234.567
    EITHER = 3  # 12.345


def read_digits(digits: str, decimal_sign: str = ".") -> float:
    """Read digits with their signs; nan where these cannot be a number.

    ``decimal_sign`` decides where a sign can be either: a point and three digits. Whole numbers
    that a float cannot hold are not read.

    >>> read_digits("1,5"), read_digits("12.345", ","), read_digits("12,34,567"), read_digits("1,2")
    (1.5, 12345.0, 1234567.0, 1.2)
    """
    if digits.isdigit():
        return _whole(digits)
    group, decimal = _roles(digits, decimal_sign)
    whole, _, fraction = digits.rpartition(decimal) if decimal else (digits, "", "")
    if group:
        if not _is_grouped(whole, group):
            return math.nan
        whole = whole.replace(group, "")
    if not (whole.isdigit() and (fraction.isdigit() if decimal else True)):
        return math.nan
    return float(f"{whole}.{fraction}") if decimal else _whole(whole)


def use_of_sign(digits: str, sign: str) -> SignUse:
    """Tell what ``sign``, a point or a comma, can be in these digits alone."""
    count = digits.count(sign)
    if count == 0:
        return SignUse.NONE
    if count > 1:
        return SignUse.GROUP
    others = set(_NOT_DIGITS.findall(digits)) - {sign}
    if others:
        return (
            SignUse.DECIMAL
            if digits.rfind(sign) > max(map(digits.rfind, others))
            else (SignUse.GROUP)
        )
    return SignUse.EITHER if _is_grouped(digits, sign) else SignUse.DECIMAL


def _whole(digits: str) -> float:
    if len(digits) > 15 and int(digits) > LARGEST_WHOLE:
        return math.nan
    return float(digits)


def _roles(digits: str, decimal_sign: str) -> tuple[str, str]:
    """Tell the group sign and the decimal sign, '' where there is none."""
    signs = _NOT_DIGITS.findall(digits)
    last = signs[-1]
    if last in _DECIMAL_ONLY or (len(signs) > 1 and signs.count(last) == 1):
        return signs[0] if len(signs) > 1 else "", last
    could_group = last != decimal_sign and _is_grouped(digits, last)
    if last in _GROUP_ONLY or len(signs) > 1 or could_group:
        return last, ""
    return "", last


def _is_grouped(digits: str, sign: str) -> bool:
    """Tell whether a sign parts groups of three, or of two and at last three (12,34,567)."""
    first, *middle, last = digits.split(sign)
    if len(last) != 3 or not 1 <= len(first) <= 3 or first[0] == "0":
        return False
    widths = {len(group) for group in middle}
    return widths <= {3} or (sign == "," and widths == {2} and len(first) <= 2)

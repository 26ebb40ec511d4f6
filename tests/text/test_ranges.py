import math

import pytest

from kgreview.text.ranges import range_ends, read_range
from kgreview.text.tidy import tidy


@pytest.mark.parametrize(
    ("value", "ends"),
    [
        ("12–15", ("12", "15")),
        ("12 - 15", ("12", "15")),
        ("12~15", ("12", "15")),
        ("5 to 7 pages", ("5 pages", "7 pages")),  # the word behind the last is of both
        ("12–15 cm", ("12 cm", "15 cm")),
        ("90 cm - 1.2 m", ("90 cm", "1.2 m")),
        ("1.2-1.5M", ("1.2M", "1.5M")),
        ("$10-15", ("$10", "$15")),  # and money before the first
        ("-5 to -3", ("-5", "-3")),
        ("-5-3", ("-5", "3")),
        ("-5--3", ("-5", "-3")),
    ],
)
def test_a_range_has_two_ends_with_what_belongs_to_both(value, ends):
    assert range_ends(tidy(value)) == ends


@pytest.mark.parametrize("value", ["12", "-5", "5-", "12-", "A-5", "9:00-17:00", "", "a to b"])
def test_what_has_no_two_numbers_is_no_range(value):
    assert range_ends(tidy(value)) is None


def number(text):
    try:
        return float(text)
    except ValueError:
        return math.nan


def test_a_range_ascends():
    assert read_range("12-15", number) == (12, 15)
    assert read_range("15-12", number) is None
    assert read_range("12-12", number) is None
    assert read_range("12-15-18", number) is None
    assert read_range("12-15 cm", number) is None  # which these numbers have no unit for

import math

import pytest

from kgreview.text.numbers import SignUse, read_digits, use_of_sign


@pytest.mark.parametrize(
    ("digits", "number"),
    [
        ("1,5", 1.5),
        ("1.5", 1.5),
        ("0.345", 0.345),
        ("1299.95", 1299.95),
        ("1234.567", 1234.567),  # four digits before are no group
        ("12 000", 12000),
        ("12'000", 12000),
        ("1,234,567", 1234567),
        ("12,34,567", 1234567),  # Indian
        ("1.234.567", 1234567),
        ("1.234,5", 1234.5),
        ("1,234.5", 1234.5),
        ("1'234.50", 1234.5),
        ("1 234,567", 1234.567),
        ("12٫345", 12.345),  # the Arabic decimal sign is nothing else
        ("١٢".translate({0x661: "1", 0x662: "2"}), 12),
    ],
)
@pytest.mark.parametrize("decimal_sign", [".", ","])
def test_what_can_be_only_one_number_is_it_whatever_the_column(digits, number, decimal_sign):
    assert read_digits(digits, decimal_sign) == number


def test_three_digits_after_one_sign_are_what_the_column_says():
    assert read_digits("12.345", ".") == 12.345
    assert read_digits("12.345", ",") == 12345
    assert read_digits("12,345", ".") == 12345
    assert read_digits("12,345", ",") == 12.345


@pytest.mark.parametrize(
    "digits", ["12 00", "1.2.3", "1,2,3.4.5", "1,23,4", "12 0000", "1'2", "1,2,"]
)
def test_signs_that_part_no_groups_make_no_number(digits):
    assert math.isnan(read_digits(digits))


def test_whole_numbers_that_no_float_holds_are_not_read_as_their_neighbour():
    assert read_digits(str(2**53)) == 2**53
    assert math.isnan(read_digits(str(2**53 + 1)))
    assert math.isnan(read_digits("9,007,199,254,740,993"))


@pytest.mark.parametrize(
    ("digits", "use"),
    [
        ("12", SignUse.NONE),
        ("1.5", SignUse.DECIMAL),
        ("0.345", SignUse.DECIMAL),
        ("12.345", SignUse.EITHER),
        ("1.234.567", SignUse.GROUP),
        ("1.234,5", SignUse.GROUP),
        ("1,234.5", SignUse.DECIMAL),
    ],
)
def test_a_value_tells_what_a_point_in_it_can_be(digits, use):
    assert use_of_sign(digits, ".") is use

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgreview.text.quantities import number_digits, read_quantity
from kgreview.text.tidy import tidy


def amount(value, decimal_sign=".", dimension=""):
    """Amount in the base unit, and the dimension or the word beside it."""
    quantity = read_quantity(tidy(value), decimal_sign, dimension)
    if quantity is None:
        return None
    number, unit = quantity
    return (number, unit) if isinstance(unit, str) else (unit.to_base(number), unit.dimension)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("135", 135), ("-3", -3), ("−5", -5), ("+5", 5), ("1e3", 1000), (".5", 0.5), ("-.5", -0.5),
        ("5.", 5), ("12 000", 12000), ("12’000", 12000), ("1,5", 1.5), ("~12", 12), ("ca. 12", 12),
        ("# 12", 12), ("9½", 9.5), ("½", 0.5), ("١٢٫٥", 12.5), ("1.2 million", 1.2e6),
        ("3 Mio.", 3e6), ("1,2 млн", 1.2e6), ("007", 7),
        ("1.2M", 1.2e6), ("1.2B", 1.2e9), ("1.2T", 1.2e12),
    ],
)  # fmt: skip
def test_numbers_are_read_in_the_forms_people_write(value, number):
    assert amount(value) == (number, "")


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("$ 1,299.50", 1299.5), ("$-5", -5), ("-$5", -5), ("$.99", 0.99), ("1 234,50 €", 1234.5),
        ("EUR 5", 5), ("5,- €", 5), ("R$ 5,00", 5), ("$1.2M", 1.2e6), ("$ 3 bn", 3e9),
        ("US$ 5 million", 5e6), ("Rs. 500", 500), ("$5 USD", 5), ("3M €", 3e6),
    ],
)  # fmt: skip
def test_money_stands_before_or_after(value, number):
    assert amount(value) == (number, "money")


def test_the_same_size_in_other_units_is_the_same_amount():
    for value in (
        "1.8034 m",
        "180.34 cm",
        "5'11\"",
        "5'11''",
        "5′11″",
        "5 ft 11 in",
        "5 feet 11 inches",
    ):
        assert amount(value) == (1.8034, "length")
    for value in ("1.80 m", "180 cm", "1m80", "1 m 80 cm", "1,80 м", "1.80 m (5 ft 11 in)"):
        assert amount(value) == (1.8, "length")
    assert amount("12 MB") != amount("12 GB")
    assert amount("12 km²") == amount("12 km2") == (12e6, "area")
    assert amount("212 °F") == amount("100 °C")
    assert amount("373.15 K", dimension="temperature") == amount("100 °C") == (100, "temperature")
    assert amount("100C", dimension="temperature") == (100, "temperature")
    assert amount("278 K") == (278e3, "")


def test_units_of_a_dimension_may_be_asked_for():
    assert amount("2h 5m") == (7500, "duration")
    assert amount("5 m") == (5, "length")
    assert amount("5 m", dimension="duration") == (300, "duration")
    assert amount("5'11\"", dimension="duration") == (311, "duration")
    assert amount("512B", dimension="data") == (512, "data")
    assert amount("12M", dimension="data") == (12e6, "data")
    assert amount("12M") == (12e6, "")
    assert amount("12K", dimension="money") == (12e3, "")
    assert amount("10K", dimension="length") is None  # thousands or kilometres


def test_a_word_that_is_no_unit_comes_folded():
    assert amount("7 pages") == amount("7 Page") == (7, "page")


@pytest.mark.parametrize(
    "value",
    ["", "Kinderchor", "4 of 5 stars", "10 x 20 cm", "415/495-5775", "A-5", "<5", "5-10", "12 0000",
     "1e999", "$5 EUR", "12 (2003)", "1985-04", "3.4.1950", "2.1.3", "5-", "12 m 3 kg", "5 in 2 ft",
     "1 2 3 4 5 6 7 8 9", "9007199254740993", "²5 ft 3 in", "5²", "5 °C 3 °F",
     "P", "PT1M", "P1Y3D", "65+"],
)  # fmt: skip
def test_what_is_no_number_is_not_read(value):
    assert amount(value) is None


def test_the_decimal_sign_of_the_column_decides_what_can_be_either():
    assert amount("12.345 kg") == (12.345, "mass")
    assert amount("12.345 kg", ",") == (12345, "mass")


def test_digits_of_a_number_are_given_with_their_signs():
    assert number_digits("$ 1,299.50") == "1,299.50"
    assert number_digits("3.4.1950") == number_digits("soon") == ""


@given(st.one_of(st.text(), st.text("0123456789.,' -+eE$€%mhftin\"()½٫²①", max_size=64)))
def test_any_string_can_be_tried(value):
    quantity = read_quantity(tidy(value))
    assert quantity is None or abs(quantity[0]) < float("inf")

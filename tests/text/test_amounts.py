import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgreview.text.amounts import read_values, write_amount
from kgreview.text.days import days_of
from kgreview.text.readings import Reading, ValueType

NUMBER, DATE, DURATION = (
    Reading(kind) for kind in (ValueType.NUMBER, ValueType.DATE, ValueType.DURATION)
)
LENGTH = Reading(ValueType.NUMBER, dimension="length", unit="cm")
DOLLARS = Reading(ValueType.NUMBER, dimension="money", unit="USD")
EVERY = [
    Reading(), Reading(ValueType.TEXT), NUMBER, DATE, DURATION, LENGTH, DOLLARS,
    Reading(ValueType.NUMBER, decimal_sign=",", unit="pages"),
    Reading(ValueType.DATE, day_first=True, year_pairs=True),
    Reading(ValueType.DATE, short_years=True),
    Reading(ValueType.DURATION, unit="min", hours_first=True, ranges=True),
    Reading(ValueType.NUMBER, dimension="length", unit="cm", ranges=True),
]  # fmt: skip


def amounts(values, reading):
    return read_values(pa.array(values, pa.large_string()), reading)


def test_amounts_come_in_the_order_of_the_values_and_nan_where_none_is_read():
    read = amounts(["3:45", "?", None, "", "3:45"], DURATION)
    assert read.shape == (5, 2)
    np.testing.assert_array_equal(read[:, 0], [225, np.nan, np.nan, np.nan, 225])
    np.testing.assert_array_equal(read[:, 0], read[:, 1])


def test_columns_of_any_layout_are_read():
    chunks = pa.chunked_array([pa.array(["1", "2"]), pa.array(["2"])])
    assert read_values(chunks, NUMBER)[:, 0].tolist() == [1, 2, 2]
    assert read_values(pa.array([], pa.string()), NUMBER).shape == (0, 2)
    assert read_values(pa.array([None], pa.string()), NUMBER).shape == (1, 2)


def test_a_date_is_its_first_and_last_day():
    read = amounts(["1950-04-25", "1950-04", "1950", "1614/1619", "44 BC", "soon"], DATE)
    assert read[0].tolist() == list(days_of(1950, 4, 25))
    assert read[1].tolist() == list(days_of(1950, 4))
    assert read[2].tolist() == list(days_of(1950))
    assert read[3].tolist() == [days_of(1614)[0], days_of(1619)[1]]
    assert read[4].tolist() == list(days_of(-43))
    assert np.isnan(read[5]).all()


def test_numbers_with_units_come_in_the_base_unit_of_their_dimension():
    assert amounts(["1.80 m", "180", "180 cm", "180 kg"], LENGTH)[:3, 0].tolist() == [1.8] * 3
    assert np.isnan(amounts(["180 kg", "180 pages"], LENGTH)).all()
    assert np.isnan(amounts(["180"], Reading(ValueType.NUMBER, dimension="length"))).all()


def test_numbers_without_dimension_have_no_unit_but_their_own_word():
    pages = Reading(ValueType.NUMBER, unit="pages")
    assert amounts(["12 pages", "12", "1 page"], pages)[:, 0].tolist() == [12, 12, 1]
    assert np.isnan(amounts(["12 chapters", "12 MB"], pages)).all()


def test_money_of_another_currency_is_not_read():
    read = amounts(["$ 5", "5", "5 USD", "5 €"], DOLLARS)[:, 0]
    np.testing.assert_array_equal(read, [5, 5, 5, np.nan])


@pytest.mark.parametrize(
    ("value", "reading", "written"),
    [
        ("25/04/1950", DATE, "1950-04-25"),
        ("April 1950", DATE, "1950-04"),
        ("1950", DATE, "1950"),
        ("-0044", DATE, "44 BC"),
        ("15 March 44 BC", DATE, "15 March 44 BC"),
        ("0450", DATE, "450 AD"),
        ("0450-04-03", DATE, "0450-04-03"),
        ("1614–1619", DATE, "1614/1619"),
        ("1950-04-25/1950-05-01", DATE, "1950-04-25/1950-05-01"),
        ("300-200 BC", DATE, "300 BC/200 BC"),
        ("135 min", DURATION, "2:15:00"),
        ("3:45", DURATION, "0:03:45"),
        ("PT0.25S", DURATION, "0:00:00.25"),
        ("1.80 m", LENGTH, "180 cm"),
        ("1.80 m", Reading(ValueType.NUMBER, dimension="length"), "1.8 m"),
        ("$ 1,299.50", DOLLARS, "1299.5 USD"),
        ("1,234,567", NUMBER, "1234567"),
        ("7 pages", Reading(ValueType.NUMBER, unit="pages"), "7 pages"),
        ("12–15", Reading(ValueType.NUMBER, ranges=True), "12 to 15"),
        ("90–100", Reading(ValueType.DURATION, unit="min", ranges=True), "1:30:00 to 1:40:00"),
        ("soon", DATE, ""),
    ],
)
def test_an_amount_is_written_in_one_form(value, reading, written):
    assert write_amount(*amounts([value], reading)[0], reading) == written


def assert_read_back(low, high, reading):
    written = write_amount(low, high, reading)
    np.testing.assert_allclose(amounts([written], reading)[0], [low, high], rtol=1e-11)


@given(st.integers(-4_000_000, 3_000_000), st.integers(0, 40_000))
def test_a_written_date_is_read_back(low, length):
    assert_read_back(low, low + length, DATE)


@given(st.integers(-9999, 9999).filter(bool), st.integers(0, 12))
def test_a_written_month_or_year_is_read_back(year, month):
    assert_read_back(*days_of(year, month), DATE)


@given(st.floats(0, 1e6).map(lambda seconds: round(seconds, 3)))
def test_a_written_duration_is_read_back(seconds):
    assert_read_back(seconds, seconds, DURATION)


@given(st.floats(-1e9, 1e9).map(lambda number: round(number, 4)), st.sampled_from([NUMBER, LENGTH]))
def test_a_written_number_is_read_back(number, reading):
    assert_read_back(number, number, reading)


@given(st.lists(st.text()), st.sampled_from(EVERY))
def test_any_strings_can_be_read_as_anything(values, reading):
    read = amounts(values, reading)
    assert read.shape == (len(values), 2)
    assert not np.isinf(read).any()
    for low, high in read:
        assert math.isnan(low) == math.isnan(high) or low <= high
        assert isinstance(write_amount(low, high, reading), str)


@pytest.mark.parametrize("reading", EVERY, ids=str)
@pytest.mark.parametrize(
    "value",
    ["1" * 100_000, " " * 100_000, "1," * 32, "1 " * 32, "1:" * 32, "P" + "1" * 63, "(" * 64,
     "1" * 64, "a1" * 32, "." * 64, "-" * 64, "1/" * 32, "٫" * 64, "½" * 64],
    ids=lambda value: value[:4],
)  # fmt: skip
@pytest.mark.timeout(5)
def test_long_values_and_long_runs_of_signs_take_no_time(value, reading):
    amounts([value] * 10, reading)


def test_a_range_is_what_its_ends_stand_for():
    ranges = Reading(ValueType.NUMBER, dimension="length", unit="cm", ranges=True)
    np.testing.assert_array_equal(
        amounts(["12–15 cm", "15-12 cm"], ranges), [[0.12, 0.15], [np.nan] * 2]
    )
    assert np.isnan(amounts(["12–15 cm"], LENGTH)).all()


@given(st.floats(-1e6, 1e6).map(lambda number: round(number, 3)), st.floats(0.001, 1e6))
def test_a_written_range_is_read_back(low, length):
    assert_read_back(low, low + round(length, 3), Reading(ValueType.NUMBER, ranges=True))

import numpy as np
import pyarrow as pa
import pytest

from kgreview.text.amounts import read_values
from kgreview.text.days import days_of
from kgreview.text.readings import Reading, ValueType
from kgreview.text.suggestions import suggest_reading


def column(values):
    return pa.array(values, pa.large_string())


def reading(values, *words):
    return suggest_reading(column(values), words)


def test_a_day_beyond_twelve_tells_the_order_for_all():
    values = column(["25/04/1950", "03/04/1950"])
    found = suggest_reading(values)
    assert found == Reading(ValueType.DATE, day_first=True)
    read = read_values(values, found)
    assert read[0, 0] - read[1, 0] == 22


@pytest.mark.parametrize(
    ("values", "day_first", "guessed"),
    [
        (["04/25/1950", "03/04/1950"], False, False),
        (["03/04/1950", "05/06/1951"], False, True),
        (["3.4.1950", "5.6.1951"], True, True),  # points go with the day first
        (["04/04/1950"], False, False),  # the same in both orders
        (["25/04/1950", "26/05/1950", "04/27/1950", "03/04/1950"], True, False),
        (["1950-04-03"], False, False),
        (["3/4/50 12:00", "25/4/50 12:00"], True, False),
    ],
)
def test_the_order_of_day_and_month_is_what_the_column_shows(values, day_first, guessed):
    found = reading(values)
    assert found.type is ValueType.DATE
    assert found.day_first == day_first
    assert ("day_first" in found.undecided) == guessed


def test_eight_digits_are_days_only_where_all_of_them_are():
    assert reading(["19500425", "19601231"]).type is ValueType.DATE
    assert reading(["19500425", "19601231", "19501345"]).type is not ValueType.DATE


def test_numbers_alone_are_years_only_where_no_number_speaks_against_it():
    assert reading(["1950"] * 9 + ["0"]).type is ValueType.DATE
    assert reading(["1299", "1499", "1899", "1999", "1299.95"]).type is ValueType.NUMBER
    assert reading(["1299"] * 9 + ["12000"]).type is ValueType.NUMBER


def test_a_padded_year_beside_dates_is_a_year():
    values = column(["0450", "1950-04-25", "1066"])
    assert suggest_reading(values).type is ValueType.DATE
    assert reading(["0450", "0451"]).type is ValueType.STRING


@pytest.mark.parametrize(
    ("values", "pairs", "guessed"),
    [
        (["1984/85", "2009/10"], True, False),
        (["2009/10", "2010/11", "2011/12"], True, False),
        (["2009/10"], False, True),
        (["2009-10", "2009-04"], False, False),
        (["2009-10", "2009-04", "1950-03", "1939-45"], False, False),
    ],
)
def test_two_digits_after_a_year_are_what_the_column_shows(values, pairs, guessed):
    found = reading(values)
    assert found.type is ValueType.DATE
    assert found.year_pairs == pairs
    assert ("year_pairs" in found.undecided) == guessed


def test_bare_years_beside_an_era_are_years():
    values = column(["450 AD", "44 BC", "450", "-44", "512", "37"])
    found = suggest_reading(values)
    assert found == Reading(ValueType.DATE, short_years=True)
    read = read_values(values, found).tolist()
    assert read[2] == read[0]
    assert read[3] == read[1]
    assert read[5] == list(days_of(37))


def test_numbers_beside_dates_of_now_are_no_early_years():
    values = column(["1950-04-25", "1951-05-26", "1952-06-27", "1953-07-28", "37"])
    found = suggest_reading(values)
    assert found == Reading(ValueType.DATE)
    assert np.isnan(read_values(values, found)[4]).all()


def test_an_attribute_that_is_a_year_makes_years_of_hundreds():
    numbers = ["476", "800", "1066", "1492"]
    assert reading(numbers, "year").type is ValueType.DATE
    assert reading(numbers, "founding", "date").type is ValueType.DATE
    assert reading(numbers, "year", "of", "death").type is ValueType.DATE
    assert reading(numbers, "pages").type is ValueType.NUMBER
    assert reading(numbers, "year", "count").type is ValueType.NUMBER
    assert reading(["1", "2", "3", "4"], "study", "year").type is ValueType.NUMBER

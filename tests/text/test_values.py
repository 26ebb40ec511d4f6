import datetime
import math

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgreview.text.values import Kind, amounts, date, duration, kind_of, number


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["Comedy", "Horror", "Drama"], Kind.STRING),
        (["$ 1.29", "0.99", "1,299.00 EUR", "Album Only"] * 2 + ["12"] * 4, Kind.NUMBER),
        (["1999", "2004", "1987"], Kind.DATE),
        (["1-Feb-11", "February 24 , 2015", "2011-02-01"], Kind.DATE),
        (["3:45", "1:02:03", "PT3M45S"], Kind.DURATION),
        (["415/495-5775", "702-252-7737"], Kind.STRING),
        (["a band from a town by the sea that has played there for many years now"], Kind.TEXT),
        (["", "  "], Kind.STRING),
        ([], Kind.STRING),
        (["12345", "99999", "70000"], Kind.NUMBER),
    ],
)
def test_an_attribute_is_what_most_of_its_values_can_be_read_as(values, kind):
    assert kind_of(pa.array(values, type=pa.large_string())) is kind


def test_numbers_are_read_with_currency_commas_and_units():
    assert [number(v) for v in ("$ 1,299.50", "-3", "1e3", "12 MB", ".5")] == [
        1299.5,
        -3,
        1000,
        12,
        0.5,
    ]
    assert all(math.isnan(number(v)) for v in ("", "4 of 5 stars", "n/a", "x" * 100))


def test_durations_are_read_in_seconds():
    assert [duration(v) for v in ("3:45", "1:02:03", "PT1H2M3S")] == [225, 3723, 3723]
    assert math.isnan(duration("PT"[:1]))
    assert math.isnan(duration("half an hour"))


def test_the_same_day_is_read_from_every_spelling():
    day = datetime.date(2011, 2, 1).toordinal()
    for value in ("1-Feb-11", "February 1 , 2011", "1 february 2011", "2011/02/01", "2/1/2011"):
        assert date(value) == (2011, day)


def test_a_year_has_no_day_and_a_wrong_day_keeps_its_year():
    for value in ("1999", "Feb 1999", "1999-02-31"):
        year, day = date(value)
        assert year == 1999
        assert math.isnan(day)
    assert all(math.isnan(v) for v in date("0042"))


def test_amounts_come_in_the_order_of_the_values():
    amount, day = amounts(pa.array(["2:00", "?", "2:00"]), Kind.DURATION)
    assert amount[0] == amount[2] == 120
    assert math.isnan(amount[1])
    assert math.isnan(day[0])


@given(st.text(max_size=50))
def test_any_string_can_be_tried(value):
    assert isinstance(number(value), float)
    assert isinstance(duration(value), float)
    assert len(date(value)) == 2

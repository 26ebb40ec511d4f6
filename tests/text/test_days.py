import datetime

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kgreview.text.days import (
    date_of,
    days_in_era,
    days_of,
    days_of_week,
    full_year,
    iso_day,
    span,
    years,
)


def test_days_are_counted_from_1970():
    assert days_of(1970, 1, 1) == (0, 0)
    assert days_of(1969, 12, 31) == (-1, -1)
    assert days_of(1970, 2) == (31, 58)
    assert days_of(1970) == (0, 364)


def test_a_day_that_its_month_lacks_stands_for_the_month():
    assert days_of(1999, 2, 31) == days_of(1999, 2, 0) == days_of(1999, 2)
    assert days_of(2000, 2)[1] - days_of(2000, 2)[0] == 28
    assert days_of(1999, 13) is None
    assert days_of(1999, 2, 32) is None


def test_people_count_no_year_0_and_numbers_do():
    assert days_in_era(1, before=True) == days_of(0)
    assert days_in_era(44, 3, 15, before=True) == days_of(-43, 3, 15)
    assert days_in_era(0) is None
    assert days_of(0)[1] + 1 == days_of(1)[0]


@given(st.dates())
def test_every_day_has_its_date(date):
    day = days_of(date.year, date.month, date.day)[0]
    assert day == (date - datetime.date(1970, 1, 1)).days == iso_day(date.isoformat())
    assert date_of(day) == (date.year, date.month, date.day)
    assert years(np.array([day, np.nan, day]))[2] == date.year


@given(st.integers(-20_000, 20_000), st.integers(1, 12))
def test_the_calendar_goes_on_before_the_year_1_and_after_9999(year, month):
    first, last = days_of(year, month)
    assert date_of(first) == (year, month, 1)
    assert date_of(last)[:2] == (year, month)
    assert date_of(last + 1)[2] == 1
    assert years(np.array([first, last], dtype=float)).tolist() == [year, year]


def test_years_of_unread_values_stay_nan():
    assert np.isnan(years(np.array([np.nan]))).all()
    assert years(np.array([0.0, -1.0])).tolist() == [1970, 1969]


def test_years_of_two_digits_lie_around_us():
    assert [full_year(digits) for digits in ("40", "41", "00", "1950", "044")] == [
        2040, 1941, 2000, 1950, 44,
    ]  # fmt: skip


def test_a_span_needs_both_ends_in_order():
    assert span((1, 2), (3, 4)) == (1, 4)
    assert span((3, 4), (1, 2)) is None
    assert span(None, (1, 2)) is None


def test_a_week_is_seven_days_and_its_fourth_tells_the_year():
    assert days_of_week(1970, 1) == (-3, 3)  # of which 1 January was the Thursday
    assert days_of_week(1970, 1, 4) == (0, 0)
    assert days_of_week(2020, 53) is not None
    assert days_of_week(2021, 53) is None

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgreview.text.durations import clock_parts, read_duration
from kgreview.text.tidy import tidy


def seconds(value, **reading):
    return read_duration(tidy(value), **reading)


@pytest.mark.parametrize(
    "value",
    [
        "2:15:00", "02:15:00", "2:15:00.0", "PT2H15M", "pt2h15m", "PT135M", "PT8100S", "P0DT2H15M",
        "2h 15min", "2h15", "2 h 15 m", "2 hrs. 15 mins.", "2 hours and 15 minutes", "135 min",
        "135 minutes", "135'", "135 Min.", "2 Std. 15 Min.", "2 ч 15 мин", "2時間15分",
        "2시간 15분", "8100 s", "8100 sec", "8,100 s", "8100000 ms", "2.25 h", "2,25 Std.",
        "2:15 h", "135:00", "0 days 02:15:00",
    ],
)  # fmt: skip
def test_one_duration_has_many_spellings(value):
    assert seconds(value) == 8100


def test_a_time_of_two_parts_is_minutes_and_seconds_unless_the_column_says_otherwise():
    assert seconds("3:45") == 225
    assert seconds("3:45", hours_first=True) == 3 * 3600 + 45 * 60
    assert seconds("3:45 min", hours_first=True) == 225
    assert seconds("1:02:03", hours_first=True) == seconds("1:02:03") == 3723
    assert seconds("3'45\"") == 225


def test_days_and_fractions_of_seconds_count():
    assert seconds("1 day, 2:03:04") == seconds("P1DT2H3M4S") == 93784
    assert seconds("0:03:45.5") == seconds("PT3M45.5S") == seconds("PT3M45,5S") == 225.5


def test_bare_numbers_are_in_the_unit_of_the_column():
    assert seconds("135", unit="min") == 8100
    assert seconds("225,000", unit="ms") == 225
    assert math.isnan(seconds("135"))


@pytest.mark.parametrize(
    "value",
    ["", "P", "PT", "16:9", "3:75", "1:75:00", "half an hour", "1 h 5 kg", "12 MB", "12 pages"],
)
def test_what_is_no_duration_is_not_read(value):
    assert math.isnan(seconds(value, unit="s"))


def test_the_parts_of_a_time_are_counted_for_the_column():
    assert clock_parts("75:30") == (2, 75)
    assert clock_parts("1:02:03") == (3, 1)
    assert clock_parts("2:15 h") == clock_parts("135 min") == clock_parts("") == (0, 0)


@given(st.one_of(st.text(), st.text("0123456789:PTHMSDW.,' hmsdayin\"", max_size=64)))
def test_any_string_can_be_tried(value):
    assert isinstance(seconds(value), float)

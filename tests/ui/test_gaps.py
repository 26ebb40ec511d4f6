import math

import pytest

from kgreview.text.readings import Reading, ValueType
from kgreview.ui.entity_values import Amount, read_entity
from kgreview.ui.gaps import gap

DATE, NUMBER = Reading(ValueType.DATE), Reading(ValueType.NUMBER)
DURATION = Reading(ValueType.DURATION)


def date(text: str) -> Amount:
    (value,) = read_entity({"a": [text]}, {"a": DATE}, {})["a"]
    assert value.amount is not None
    return value.amount


def amount(low: float, high: float | None = None) -> Amount:
    return Amount(low, low if high is None else high, math.nan, math.nan)


@pytest.mark.parametrize(
    ("left", "right", "words"),
    [
        ("1974", "1998", "24 years apart"),
        ("2011", "2010", "1 year apart"),
        ("2008", "2008-05-01", "similar: the same year"),
        ("1980-01-02", "1980-01-03", "1 day apart"),
        ("1980-01-02", "1980-02-01", "30 days apart"),
        ("1980-12-31", "1981-01-01", "1 day apart"),
        ("1980-01-01", "1981-01-01", "1 year apart"),
        ("1981-02-01", "1982-02-01", "365 days apart"),
        ("1962-07-11", "1968-12-14", "6 years apart"),
    ],
)
def test_dates_are_days_or_years_apart(left: str, right: str, words: str) -> None:
    assert gap(date(left), date(right), DATE) == words
    assert gap(date(right), date(left), DATE) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "1 second apart"),
        (0.5, "0.5 seconds apart"),
        (60, "1 minute apart"),
        (90, "1.5 minutes apart"),
        (300, "5 minutes apart"),
        (7200, "2 hours apart"),
    ],
)
def test_durations_are_apart_in_the_largest_unit_that_fits(seconds: float, words: str) -> None:
    assert gap(amount(8100), amount(8100 + seconds), DURATION) == words


def test_numbers_are_apart_by_what_one_counts() -> None:
    assert gap(amount(1_200_000.5), amount(0), NUMBER) == "1,200,000.5 apart"
    assert gap(amount(0.3), amount(0.1), NUMBER) == "0.2 apart"
    pages = Reading(ValueType.NUMBER, unit="pages")
    assert gap(amount(187), amount(276), pages) == "89 pages apart"


def test_ranges_that_meet_overlap() -> None:
    assert gap(amount(10, 20), amount(15), NUMBER) == "similar: they overlap"
    assert gap(amount(10, 20), amount(25), NUMBER) == "5 apart"

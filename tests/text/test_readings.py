import json

import pytest

from kgreview.text.readings import Reading, ValueType

READINGS = [
    (Reading(), "string"),
    (Reading(undecided=("type",)), "string (a guess)"),
    (Reading(ValueType.TEXT), "text"),
    (Reading(ValueType.DATE), "date"),
    (Reading(ValueType.DATE, day_first=True), "date, day before month"),
    (
        Reading(ValueType.DATE, undecided=("day_first",)),
        "date, month before day (a guess)",
    ),
    (Reading(ValueType.DATE, year_pairs=True), "date, 2009/10 is two years"),
    (Reading(ValueType.DATE, short_years=True), "date, 37 is a year"),
    (Reading(ValueType.NUMBER, decimal_sign=","), "number, decimal comma"),
    (Reading(ValueType.NUMBER, ranges=True), "number, 12-15 is a range"),
    (Reading(ValueType.NUMBER, unit="pages"), "number, in pages"),
    (
        Reading(ValueType.NUMBER, dimension="length", unit="m"),
        "length, in m where no unit is named",
    ),
    (Reading(ValueType.DURATION, hours_first=True), "duration, 2:15 is hours and minutes"),
]


@pytest.mark.parametrize(("reading", "words"), READINGS)
def test_a_reading_is_said_in_words_and_survives_json(reading, words):
    assert str(reading) == words
    assert Reading.from_json(json.loads(json.dumps(reading.to_json()))) == reading


def test_json_holds_only_what_differs_from_the_defaults():
    assert Reading(ValueType.DATE).to_json() == {"type": "date"}
    assert Reading(ValueType.DATE, day_first=True).to_json() == {"type": "date", "day_first": True}


def test_a_known_unit_may_be_given_in_any_of_its_words():
    reading = Reading.from_json({"type": "number", "unit": "centimetres"})
    assert (reading.dimension, reading.unit) == ("length", "cm")
    assert Reading.from_json({"type": "duration", "unit": "minutes"}).unit == "min"


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({}, "the type of a reading is one of string, text, number, date, duration"),
        ({"type": "year"}, "one of string"),
        ({"type": ["date"]}, "one of string"),
        ({"type": "date", "dayfirst": True}, "has no fields but type, decimal_sign"),
        ({"type": "date", "day_first": "yes"}, "day_first is true or false"),
        ({"type": "date", "decimal_sign": ","}, "decimal_sign does not belong to it"),
        ({"type": "string", "unit": "m"}, "unit does not belong to it"),
        ({"type": "number", "decimal_sign": ";"}, 'decimal_sign is "." or ","'),
        ({"type": "number", "dimension": "size"}, "dimension is one of length"),
        ({"type": "number", "dimension": "mass", "unit": "m"}, "unit is one of kg"),
        ({"type": "number", "unit": "7"}, "unit is a word without digits"),
        ({"type": "number", "unit": 7}, "unit of a reading is a string"),
        ({"type": "duration", "unit": "m2"}, "unit is one of s, ms"),
        ({"type": "date", "undecided": "unit"}, "undecided of a reading is a list"),
        ({"type": "date", "undecided": ["unit"]}, "undecided is a list of type, day_first"),
        (["date"], "has no fields but"),
    ],
)
def test_what_is_no_reading_is_refused_by_name(values, complaint):
    with pytest.raises(ValueError, match=complaint.replace(".", r"\.")):
        Reading.from_json(values)


def test_amounts_compare_where_they_measure_the_same():
    number, length = Reading(ValueType.NUMBER), Reading(ValueType.NUMBER, dimension="length")
    dollars, euros = (
        Reading(ValueType.NUMBER, dimension="money", unit=unit) for unit in ("USD", "EUR")
    )
    date = Reading(ValueType.DATE)
    assert date.comparable(Reading(ValueType.DATE, day_first=True))
    assert number.comparable(Reading(ValueType.NUMBER, unit="pages"))
    assert length.comparable(Reading(ValueType.NUMBER, dimension="length", unit="cm"))
    assert not number.comparable(length)
    assert not dollars.comparable(euros)
    assert not date.comparable(number)
    assert not Reading().comparable(Reading())

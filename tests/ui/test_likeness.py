import unicodedata
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgreview.text.readings import Reading, ValueType
from kgreview.ui.entity_values import Value, read_entity
from kgreview.ui.likeness import Likeness, Verdict, compare_values

STRING = Reading()
DATE, NUMBER = Reading(ValueType.DATE), Reading(ValueType.NUMBER)
DURATION = Reading(ValueType.DURATION)

texts = st.lists(st.text(alphabet="aAá12 -.Ж", max_size=6), min_size=1, max_size=5)


def read(values: list[str], reading: Reading) -> tuple[Value, ...]:
    return read_entity({"a": values}, {"a": reading}, {"a": ("unknown",)})["a"]


def compare(
    left: str | list[str],
    right: str | list[str],
    reading: Reading = STRING,
    other: Reading | None = None,
) -> Likeness:
    one, two = ([side] if isinstance(side, str) else side for side in (left, right))
    readings = reading, other or reading
    return compare_values(read(one, readings[0]), read(two, readings[1]), readings)[0]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Café Olé", unicodedata.normalize("NFD", "Café Olé")),
        ("Heat ", "\u200bHeat"),
        ("New  York", "New\u00a0York"),
        ("Heat", "Heat"),
    ],
)
def test_what_is_the_same_to_the_eye_is_simply_equal(left: str, right: str) -> None:
    assert compare(left, right).words == "equal"


@pytest.mark.parametrize(
    ("left", "right", "words"),
    [
        ("CAFÉ OLÉ", "café olé", "same text, other spelling"),
        ("Café", "Cafe", "same text, other spelling"),
        ("Heat: Part 2", "Heat, Part 2", "same words, other punctuation"),
        ("Kapoor, Aditya", "Aditya Kapoor", "same words, other order"),
        ("Анна", "Anna", "equal in Latin letters"),
        ("Иван Петров", "Petrov, Ivan", "equal in Latin letters"),
    ],
)
def test_text_that_differs_in_form_only_says_in_what(left: str, right: str, words: str) -> None:
    for found in (compare(left, right), compare(right, left)):
        assert (found.verdict, found.similarity, found.words) == (Verdict.EQUAL, 1.0, words)


@pytest.mark.parametrize(
    ("left", "right", "reading", "words"),
    [
        ("1950-04-25", "25/04/1950", DATE, "same date, other format"),
        ("1950-04-25", "25 April 1950", DATE, "same date, other format"),
        ("1,299.50", "1299.5", NUMBER, "same number, other format"),
        ("PT2H15M", "2:15:00", DURATION, "same duration, other format"),
    ],
)
def test_amounts_that_differ_in_format_only_are_equal(
    left: str, right: str, reading: Reading, words: str
) -> None:
    found = compare(left, right, reading)
    assert (found.verdict, found.similarity, found.words) == (Verdict.EQUAL, 1.0, words)


def test_strings_that_are_equal_are_equal_whatever_the_kind() -> None:
    assert compare("1950", "1950", DATE, NUMBER).words == "equal"
    assert compare("soon", "Soon", DATE).words == "same text, other spelling"
    assert compare("1950-04-25", "25/04/1950", DATE, STRING).verdict is not Verdict.EQUAL


def test_numbers_of_the_same_digits_are_not_equal_for_that() -> None:
    found = compare("-5", "5", NUMBER)
    assert found.verdict is Verdict.DIFFERENT
    assert found.words == "10 apart"
    assert compare("12.5 13.5", "13.5 12.5").verdict is not Verdict.EQUAL, "another place"


def test_names_in_one_other_script_that_sound_alike_are_not_equal() -> None:
    assert compare("东", "冬").verdict is Verdict.DIFFERENT


def test_names_in_two_scripts_are_compared_by_how_they_sound() -> None:
    # myunkhen and munchen: 6 letters of 15 are not in the other
    assert compare("Мюнхен", "München").similarity == pytest.approx(0.8)
    assert compare("Мюнхен", "München").verdict is Verdict.SIMILAR


def test_text_that_goes_on_behind_what_is_compared_is_no_more_than_said() -> None:
    found = compare("a" * 2000 + "b", "a" * 2000 + "c")
    assert found.words == "the first 2,000 characters are equal"


def test_numbers_are_compared_as_numbers() -> None:
    assert compare("304", "342", NUMBER).similarity == 0
    assert compare("342", "340", NUMBER).verdict is Verdict.SIMILAR
    assert compare("1000000", "1000001", NUMBER).similarity == pytest.approx(0.99)
    assert compare("0", "0.0", NUMBER).verdict is Verdict.EQUAL


def test_years_apart_are_far_though_their_digits_are_near() -> None:
    assert compare("2010", "2011", DATE).similarity == pytest.approx(0.85)
    assert compare("2010", "2014", DATE).similarity == pytest.approx(0.4)
    assert compare("1980-01-02", "1990-01-02", DATE).similarity == 0
    assert compare("1980-01-02", "1980-02-01", DATE).similarity == pytest.approx(0.8)


def test_a_year_and_a_day_in_it_are_similar() -> None:
    found = compare("2008", "2008-05-01", DATE)
    assert (found.verdict, found.similarity) == (Verdict.SIMILAR, 0.9)
    assert found.words == "similar: the same year"


@pytest.mark.parametrize(
    ("left", "right", "reading", "words"),
    [
        ("1962-07-11", "1968-12-14", DATE, "6 years apart"),
        ("1980-01-02", "1980-01-05", DATE, "3 days apart"),
        ("187", "276", NUMBER, "89 apart"),
        ("3:45", "3:47", DURATION, "2 seconds apart"),
        (["1960", "1962-01-01"], ["1962-01-04", "1980"], DATE, "closest: 3 days apart"),
        ("in May", "1962-01-04", DATE, "different · 12% alike"),
        (["in May", "1962-01-01"], "1962-01-04", DATE, "closest: 3 days apart"),
        ("rock", "jazz", STRING, "different · 0% alike"),
        ("Aditya Raj", "Aditya Rao", STRING, "similar · 90% alike"),
    ],
)
def test_how_far_apart_or_how_alike_is_said_in_words(
    left: str | list[str], right: str | list[str], reading: Reading, words: str
) -> None:
    assert compare(left, right, reading).words == words


def test_a_longer_list_is_not_held_against_the_shorter() -> None:
    assert compare(["rock"], ["pop", "rock", "folk"]).words == "equal"
    found = compare(["rock", "pop"], ["jazz", "rock", "folk"])
    assert found.verdict is Verdict.DIFFERENT
    assert 0.5 <= float(found.similarity or 0) < 0.7


@pytest.mark.parametrize(
    "reading",
    [
        Reading(ValueType.DURATION, unit="s"),
        Reading(ValueType.NUMBER, dimension="area", unit="m2"),
    ],
)
def test_where_one_side_names_no_unit_numbers_are_compared_as_written(reading: Reading) -> None:
    assert compare("187", "276", reading, NUMBER).words == "89 apart"
    assert compare("1,000", "1000", NUMBER, reading).words == "same number, other format"


def test_amounts_in_other_units_are_compared_in_one() -> None:
    length = Reading(ValueType.NUMBER, dimension="length", unit="m")
    assert compare("1.80 m", "180 cm", length).words == "same length, other format"
    assert compare("1.80 m", "200 cm", length).words == "0.2 m apart"
    heat = Reading(ValueType.NUMBER, dimension="temperature", unit="°F")
    assert compare("50 °F", "68 °F", heat).words == "10 °C apart"


def test_of_several_the_form_is_told_that_differs_most() -> None:
    found = compare(["1950-04-25", "1951-04-25"], ["1950-04-25", "25/04/1951"], DATE)
    assert found.words == "same date, other format"


def test_no_gap_is_told_where_some_values_are_equal() -> None:
    assert compare(["1950", "1960"], ["1950", "1990"], DATE).gap is None


def test_a_placeholder_is_compared_with_nothing() -> None:
    assert compare("unknown", "unknown").verdict is Verdict.NEITHER
    assert compare("Unknown", "Heat").words == "only right"
    assert compare(["Heat", " "], "unknown").words == "only left"
    assert compare(["unknown", "Heat"], ["Heat"]).words == "equal"


def test_what_the_other_side_says_too_is_marked() -> None:
    left, right = read(["25/04/1950", "1960"], DATE), read(["1950-04-25"], DATE)
    _, one, two = compare_values(left, right, (DATE, DATE))
    assert [value.equal for value in one] == [True, False]
    assert [value.equal for value in two] == [True]


def test_of_very_many_values_equals_are_found_among_all_and_the_rest_says_so() -> None:
    left = [f"left {i}" for i in range(100)] + ["both"]
    right = [f"right {i}" for i in range(200)] + ["both"]
    found = compare(left, right)
    assert "all 201" in found.note
    assert "first 50" in found.note
    assert compare([f"x{i}" for i in range(300)], [f"X{i}" for i in range(300)]).note == ""


@given(texts, texts, st.randoms(), st.sampled_from([STRING, NUMBER, DATE]))
def test_the_order_of_values_does_not_matter(
    left: list[str], right: list[str], random: Random, reading: Reading
) -> None:
    again = [random.sample(side, len(side)) for side in (left, right)]
    assert compare(left, right, reading) == compare(again[0], again[1], reading)
    assert compare(left * 2, right, reading) == compare(left, right, reading)


@given(texts, texts, st.sampled_from([STRING, NUMBER, DATE]))
def test_only_what_is_equal_is_alike_in_full(
    left: list[str], right: list[str], reading: Reading
) -> None:
    found = compare(left, right, reading)
    if found.similarity is not None:
        assert 0 <= found.similarity <= 1
        assert (found.similarity == 1) == (found.verdict is Verdict.EQUAL)
        assert "100%" not in found.words


def test_names_across_scripts_are_alike_by_their_consonants():
    same, other = compare("بيروت", "Beirut"), compare("بيروت", "Madrid")
    assert same.verdict is Verdict.SIMILAR
    assert same.similarity is not None
    assert other.verdict is Verdict.DIFFERENT

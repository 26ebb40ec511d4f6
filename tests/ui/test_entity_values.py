import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgreview.text.readings import Reading, ValueType
from kgreview.ui.entity_values import State, Value, read_entity

DATE, NUMBER = Reading(ValueType.DATE), Reading(ValueType.NUMBER)


def read(
    texts: list[str], reading: Reading | None = None, placeholders: tuple[str, ...] = ()
) -> tuple[Value, ...]:
    readings = {"a": reading} if reading else {}
    return read_entity({"a": texts}, readings, {"a": placeholders})["a"]


def test_a_value_is_spelt_as_it_is_compared() -> None:
    (value,) = read(["Café  OLÉ!"])
    assert (value.text, value.spelt, value.latin) == ("Café  OLÉ!", "cafe ole", "cafe ole")
    (anna,) = read(["Анна"])
    assert (anna.spelt, anna.latin) == ("анна", "anna")


def test_a_value_is_read_as_its_attribute_is() -> None:
    (day,) = read(["1970-01-11"], DATE)
    assert day.amount == (10, 10, 1970, 1970)
    (number,) = read(["12"], NUMBER)
    assert number.amount is not None
    assert (number.amount.low, number.amount.high) == (12, 12)
    assert math.isnan(number.amount.first_year)
    (string,) = read(["12"])
    assert string.amount is None


def test_what_cannot_be_read_says_so() -> None:
    (value,) = read(["in the spring"], DATE)
    assert (value.amount, value.state, value.missing) == (None, State.UNREAD, False)
    assert value.remark == "not read as a date"
    assert read(["in the spring"])[0].remark == ""


@pytest.mark.parametrize("text", ["N/A", "n/a", "  N / A", "n.a."])
def test_a_placeholder_counts_as_missing_however_it_is_written(text: str) -> None:
    (value,) = read([text], placeholders=("N/A",))
    assert value.missing
    assert value.remark == "counts as missing"
    assert not read([text])[0].missing, "only what the schema names is a placeholder"


@pytest.mark.parametrize("text", ["", " ", "\u00a0", "\u200b"])
def test_a_blank_value_is_missing(text: str) -> None:
    (value,) = read([text], DATE)
    assert (value.state, value.missing) == (State.BLANK, True)


def test_values_of_many_attributes_keep_their_places() -> None:
    found = read_entity(
        {"born": ["1970-01-02", "soon"], "pages": ["7"], "none": [], "died": ["1970-01-03"]},
        {"born": DATE, "pages": NUMBER, "died": DATE},
        {"pages": ("7",)},
    )
    lows = {
        name: [value.amount and value.amount.low for value in values]
        for name, values in found.items()
    }
    assert lows == {"born": [1, None], "pages": [7], "none": [], "died": [2]}
    assert [name for name, values in found.items() if any(v.missing for v in values)] == ["pages"]


def test_a_value_that_is_said_twice_is_one() -> None:
    assert [value.text for value in read(["a", "b", "a"])] == ["a", "b"]


@given(st.dictionaries(st.text(max_size=5), st.lists(st.text(max_size=9), max_size=3), max_size=4))
def test_any_strings_are_read(values: dict[str, list[str]]) -> None:
    readings = dict(zip(values, (DATE, NUMBER), strict=False))
    found = read_entity(values, readings, {})
    assert {name: [value.text for value in own] for name, own in found.items()} == {
        name: list(dict.fromkeys(texts)) for name, texts in values.items()
    }

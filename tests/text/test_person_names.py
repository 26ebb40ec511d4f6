from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgreview.errors import InputError
from kgreview.text.person_names import LONGEST_NAME, looks, name_form, tidy_name


@pytest.mark.parametrize(
    "typed", ["Anna", "  Anna ", "An\u200bna", "Ａｎｎａ", "A\u00adnna\u2060", "\ufeffAnna\u202e"]
)
def test_a_name_is_kept_without_what_nobody_sees(typed: str) -> None:
    assert tidy_name(typed) == "Anna"


@pytest.mark.parametrize("other", ["anna", "ANNA", "An\u200bna", "Ａnna"])
def test_names_that_differ_in_capitals_alone_are_one(other: str) -> None:
    assert name_form(tidy_name(other)) == name_form("Anna")


def test_accents_written_in_two_ways_are_one() -> None:
    assert tidy_name("A\u0301nna") == tidy_name("Ánna")
    assert name_form("Straße") == name_form("STRASSE")


@pytest.mark.parametrize("typed", ["", " \t", "\u200b\u2060", "A" * (LONGEST_NAME + 1), "A\x00"])
def test_what_can_be_no_name_is_refused(typed: str) -> None:
    with pytest.raises(InputError, match="1 to 80 characters"):
        tidy_name(typed)


@pytest.mark.parametrize("typed", ["\u0410nna", "Ann\u0430", "Ada \u0410nna", "\u0391nna"])
def test_a_word_of_two_scripts_that_look_alike_is_refused(typed: str) -> None:
    with pytest.raises(InputError, match="mixes letters of two scripts"):
        tidy_name(typed)


@pytest.mark.parametrize("typed", ["Анна", "山田 Taro", "Ελένη", "Анна Smith", "Wu 2", "O'Neil"])
def test_names_of_any_script_are_taken(typed: str) -> None:
    assert tidy_name(typed) == typed


@pytest.mark.parametrize(
    ("one", "other"),
    [("Сора", "Copa"), ("COPA", "СОРА"), ("Al", "AI"), ("Wu 1", "Wu l"), ("Bob", "B0b")],
)
def test_names_that_look_alike_share_a_look(one: str, other: str) -> None:
    assert looks(one) & looks(other)


@pytest.mark.parametrize(
    ("one", "other"), [("Anna", "Анна"), ("René", "Rene"), ("Ada", "Bob"), ("Ann", "Anna")]
)
def test_names_that_differ_to_the_eye_do_not(one: str, other: str) -> None:
    assert not looks(one) & looks(other)


@given(st.text(max_size=90))
def test_a_name_that_was_tidied_stays_as_it_is(typed: str) -> None:
    try:
        name = tidy_name(typed)
    except InputError:
        return
    assert tidy_name(name) == name
    assert name_form(name) == name_form(typed) or name_form(name)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgreview.text.tidy import LONGEST, fold, tidy


@pytest.mark.parametrize(
    ("value", "tidied"),
    [
        ("  12 ", "12"),
        ("١٩٥٠", "1950"),  # Arabic-Indic
        ("१९५०", "1950"),  # Devanagari
        ("１９５０－０４", "1950-04"),  # full width
        ("−5", "-5"),  # U+2212
        ("–5", "-5"),
        ("12\u202f000", "12 000"),  # narrow no-break space
        ("12\u2009000", "12 000"),  # thin space
        ("12\u00a0000", "12 000"),
        ("12’000", "12'000"),
        ("5′11″", "5'11\""),
        ("25\u200f/04\u200f/1950", "25/04/1950"),  # right-to-left marks
        ("\ufeff12\u200b", "12"),
        ("12 \t 000", "12 000"),
        ("9½", "9٫5"),
        ("⅛", "0٫125"),
        ("1950\u1102\u1167\u11ab", "1950년"),  # a decomposed syllable
    ],
)
def test_signs_of_any_script_come_in_one_spelling(value, tidied):
    assert tidy(value) == tidied


def test_what_is_too_long_is_nothing_and_padding_does_not_count():
    assert tidy("1" * (LONGEST + 1)) == ""
    assert tidy("1" * 100_000) == ""
    assert tidy("12" + " " * 100_000) == "12"


def test_words_are_folded_without_accents_and_case():
    assert fold("Février") == fold("FÉVRIER") == "fevrier"
    assert fold("Kasım") == fold("KASIM")
    assert fold("أبريل") == fold("ابريل")


@given(st.text(max_size=200))
def test_a_tidied_value_is_tidy(value):
    assert len(tidy(value)) <= LONGEST
    assert tidy(tidy(value)) == tidy(value)

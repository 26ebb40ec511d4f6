from __future__ import annotations

import doctest
import unicodedata

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgreview.graph.readers import id_forms
from kgreview.graph.readers.id_forms import no_entity, twins


def ids(*names: str) -> pa.Array:
    return pa.array(names, pa.large_string())


def test_the_examples_in_the_docstrings_hold():
    assert doctest.testmod(id_forms).failed == 0


@pytest.mark.parametrize(
    "other",
    [
        "Cafe\u0301",
        " Caf\xe9",
        "Caf\xe9\u00a0",
        "Ca\u200bf\xe9",
        "\ufeffCafe\u0301",
        "Caf\u00ad\xe9",
        "Cafe\u200b\u0301",
    ],
)
def test_an_id_and_its_other_form_are_twins(other):
    assert twins(ids("Caf\xe9", "tea", other)) == (1, (other, "Caf\xe9"))
    assert twins(ids(other, "Caf\xe9"))[0] == 1


def test_signs_that_unicode_holds_equal_to_letters_are_twins_of_them():
    assert twins(ids("K", "\u212a")) == (1, ("\u212a", "K"))


def test_other_forms_of_an_id_that_has_no_plain_one_are_twins_of_the_first():
    assert twins(ids("e\u0301 ", "e\u0301", "e\u0301  ")) == (2, ("e\u0301", "e\u0301 "))


@pytest.mark.parametrize(
    "names",
    [(), ("a",), ("a b", "ab"), ("Caf\xe9", "Cafe"), ("A", "a"), ("e\u0301", "e"), ("é", "ê")],
)
def test_ids_that_can_be_told_apart_have_no_twin(names):
    assert twins(ids(*names)) == (0, ("", ""))


@given(st.sets(st.text(st.sampled_from("aeé\u0301 \u200b"), min_size=1, max_size=3)))
def test_as_many_ids_have_a_twin_as_forms_are_fewer_than_ids(names):
    def form(name: str) -> str:
        seen = name.replace("\u200b", "").strip()  # which an accent may follow
        return unicodedata.normalize("NFC", seen)

    # white space is cut off before what is within is removed, and may be left by it
    names = {name for name in names if "\u200b" not in name or " " not in name}
    assert twins(ids(*names))[0] == len(names) - len({form(name) for name in names})


def test_an_id_that_no_entity_has_in_any_form_is_to_be_added():
    assert no_entity("tea", ids("Tea", "Caf\xe9")) == (
        "no entity has the id {}; add it to the entities table or drop the row"
    )

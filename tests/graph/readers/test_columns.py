from __future__ import annotations

import doctest
from pathlib import Path

import pytest

from kgreview.errors import InputError
from kgreview.graph.readers import columns
from kgreview.graph.readers.columns import find_columns, other_columns, places

FILE = Path("entities.csv")


def test_the_examples_in_the_docstrings_hold():
    assert doctest.testmod(columns).failed == 0


@pytest.mark.parametrize("name", ["id", "ID", " Id\t", "\ufeffid", "\u200bid", "\u00a0ID\ufeff "])
def test_a_column_is_found_under_its_name_in_any_case_and_with_blanks_around_it(name):
    assert places(["type", name], "id") == [1]
    assert find_columns(FILE, 1, ["type", name], ["id"], []) == {"id": 1}


@pytest.mark.parametrize("name", ["i d", "ids", "", "'id'", "_id"])
def test_another_name_is_another_column(name):
    assert places([name], "id") == []


def test_the_very_name_goes_before_names_much_alike():
    names = ["ID", "id", "Type", "type "]
    assert find_columns(FILE, 1, names[:3], ["id", "type"], []) == {"id": 1, "type": 2}
    with pytest.raises(InputError, match="column 'type': stands more than once"):
        find_columns(FILE, 1, names, ["id", "type"], [])


def test_optional_columns_may_lack():
    assert find_columns(FILE, 1, ["left", "right"], ["left", "right"], ["label"]) == {
        "left": 0,
        "right": 1,
    }
    assert find_columns(FILE, 1, ["Label", "left"], ["left"], ["label"]) == {"left": 1, "label": 0}


def test_other_columns_are_all_but_those_taken_and_the_row_numbers_of_pandas():
    names = ["id", " year ", "Year", "__index_level_0__", "type"]
    assert other_columns(FILE, 1, names, {0, 4}) == {"year": 1, "Year": 2}


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["id", " \ufeff"], "entities.csv, row 3: column 2 has no name; name it or drop it"),
        (["id", "a", "a "], "entities.csv, row 3, column 'a': stands more than once; keep one"),
    ],
)
def test_other_columns_need_a_name_of_their_own(names, message):
    with pytest.raises(InputError) as caught:
        other_columns(FILE, 3, names, {0})
    assert str(caught.value) == message

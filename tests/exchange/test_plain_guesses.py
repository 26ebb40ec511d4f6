"""Guesses about columns by their names and values."""

from __future__ import annotations

import pyarrow as pa
import pytest

from kgreview.exchange.plain_guesses import are_among, are_numbers, ends_like_a_key, refers_by_name


@pytest.mark.parametrize("name", ["id", "director_id", "filmId", "imdbID", "IMDb ID", "home-uri"])
def test_names_that_end_as_keys_do(name):
    assert ends_like_a_key(name)


@pytest.mark.parametrize("name", ["paid", "grid", "valid", "monkey", "idea"])
def test_names_that_only_look_so(name):
    assert not ends_like_a_key(name)


@pytest.mark.parametrize(
    ("column", "table", "refers"),
    [
        ("city_id", "cities", True),
        ("homeCityId", "cities", True),
        ("person_id", "people", True),
        ("film", "films", True),
        ("film_id", "people", False),
        ("id", "films", False),
    ],
)
def test_a_column_refers_to_a_table_by_its_name(column, table, refers):
    assert refers_by_name(column, table) is refers


def test_whole_numbers_beside_gaps_are_ids_as_pandas_writes_them():
    ids = pa.array(["1", "2"], pa.large_string())
    assert are_numbers(ids)
    assert are_among(pa.array(["2.0", "1"], pa.large_string()), ids, numbers=True)
    assert not are_among(pa.array(["2.0"], pa.large_string()), ids, numbers=False)
    assert not are_among(pa.array(["1"] * 2000 + ["3"], pa.large_string()), ids, numbers=True)

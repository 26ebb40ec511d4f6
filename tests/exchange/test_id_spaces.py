"""Ids of several tables in one graph."""

from __future__ import annotations

import pyarrow as pa

from kgreview.exchange.id_spaces import IdSpaces


def spaces(notes=None, **ids):
    columns = {name: pa.array(values, pa.large_string()) for name, values in ids.items()}
    return IdSpaces(columns, (lambda _: None) if notes is None else notes.append)


def test_ids_stay_where_no_two_tables_have_the_same():
    notes: list[str] = []
    made = spaces(notes, films=["a"], people=["b"])
    assert made.unique("films", pa.array(["a"], pa.large_string())).to_pylist() == ["a"]
    assert notes == []


def test_all_ids_get_their_table_where_two_have_the_same():
    notes: list[str] = []
    made = spaces(notes, films=["1", "2"], people=["2"])
    assert made.unique("films", pa.array(["1"], pa.large_string())).to_pylist() == ["films:1"]
    assert notes == [
        "ids that stand in several tables: 1; the table goes before each id, as in films:1"
    ]

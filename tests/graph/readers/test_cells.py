from __future__ import annotations

import pyarrow as pa

from kgreview.graph.readers.cells import Cells


def fit(*values: str) -> tuple[list[str], list[str]]:
    """Give values as a graph takes them, and what was said of them."""
    notes: list[str] = []
    cells = Cells()
    found = cells.fit(pa.chunked_array([list(values)], pa.large_string()), lambda index: index + 2)
    cells.tell(notes.append)
    return found.to_pylist(), notes


def test_what_is_fit_stays_as_it_is_without_a_word():
    values = ["a", "", " b ", "☀\ufe0f", "\u200fא", "x" * 65536]
    assert fit(*values) == (values, [])


def test_blank_values_say_nothing_and_are_counted_but_empty_ones_are_not():
    assert fit("", " ", "\u200b", "a") == (["", "", "", "a"], ["2 blank values left out"])


def test_an_empty_value_that_was_stated_is_counted_with_the_blank_ones():
    notes: list[str] = []
    cells = Cells(stated=True)
    cells.fit(pa.chunked_array([["", " ", "a"]], pa.large_string()))
    cells.tell(notes.append)
    assert notes == ["2 blank values left out"]


def test_a_value_is_cut_where_the_last_character_that_fits_ends():
    found, notes = fit("a", "x" + "é" * 40_000, "🎬" * 16_384, "🎬" * 16_385)
    assert [len(value.encode()) for value in found] == [1, 65535, 65536, 65536]
    assert notes == ["2 values longer than 64 KiB cut there (the first in row 3)"]


def test_a_value_of_nul_bytes_alone_is_blank():
    assert fit("\0", "a\0b") == (["", "ab"], ["NUL bytes removed from 2 values"])

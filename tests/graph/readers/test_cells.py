from __future__ import annotations

import unicodedata

import pyarrow as pa
import pytest

from kgreview.graph.readers.cells import Cells, is_visible


def visible(text: str) -> bool:
    return bool(is_visible(pa.chunked_array([[text]]))[0].as_py())


def fit(*values: str) -> tuple[list[str], list[str]]:
    """Give values as a graph takes them, and what was said of them."""
    notes: list[str] = []
    cells = Cells()
    found = cells.fit(pa.chunked_array([list(values)], pa.large_string()), lambda index: index + 2)
    cells.tell("t.tsv", notes.append)
    return found.to_pylist(), notes


def test_no_white_space_control_or_format_character_of_unicode_can_be_seen():
    for code in range(0x110000):
        character = chr(code)
        if character.isspace() or unicodedata.category(character) in {"Zs", "Zl", "Zp", "Cc"}:
            assert not visible(character), hex(code)


@pytest.mark.parametrize(
    "text", ["", "\u200b\u200d", "\ufeff \u00a0", "\ufe0f", "\u3164", "\u2800"]
)
def test_what_cannot_be_seen_is_blank(text):
    assert not visible(text)


@pytest.mark.parametrize("text", ["-", ".", "0", "é", " a ", "\u200bא", "\u0301", "🎬", "\ue000"])
def test_what_can_be_seen_is_not_blank(text):
    assert visible(text)


def test_what_is_fit_stays_as_it_is_without_a_word():
    values = ["a", "", " b ", "☀\ufe0f", "\u200fא", "x" * 65536]
    assert fit(*values) == (values, [])


def test_blank_values_say_nothing_and_are_counted_but_empty_ones_are_not():
    assert fit("", " ", "\u200b", "a") == (["", "", "", "a"], ["t.tsv: 2 blank values left out"])


def test_a_value_is_cut_where_the_last_character_that_fits_ends():
    found, notes = fit("a", "x" + "é" * 40_000, "🎬" * 16_384, "🎬" * 16_385)
    assert [len(value.encode()) for value in found] == [1, 65535, 65536, 65536]
    assert notes == ["t.tsv: 2 values longer than 64 KiB cut there (the first in row 3)"]


def test_a_value_of_nul_bytes_alone_is_blank():
    assert fit("\0", "a\0b") == (["", "ab"], ["t.tsv: NUL bytes removed from 2 values"])

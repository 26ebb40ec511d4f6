"""Lines of triples and links: what is written comes back, whatever it holds."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kgreview.errors import InputError
from kgreview.exchange import tab_lines
from kgreview.exchange.tab_lines import (
    find_file,
    read_cells,
    read_literal,
    read_numbers,
    read_values,
)

XSD = "http://www.w3.org/2001/XMLSchema#"
WORDS = st.text(
    st.characters(exclude_characters='\t\n\r"\\<>', exclude_categories=["Cs", "Cc", "Z"]),
    min_size=1,
)
SAME = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)


@SAME
@given(st.lists(st.tuples(WORDS, WORDS, WORDS), min_size=1, max_size=5))
def test_cells_come_back_with_the_number_of_their_line(
    tmp_path: Path, rows: list[tuple[str, str, str]]
) -> None:
    file = tmp_path / "rel_triples_1"
    file.write_bytes("".join("\t".join(row) + "\r\n\n" for row in rows).encode())
    found = list(read_cells(file, 3))
    assert [tuple(cells) for _, cells in found] == rows
    assert [number for number, _ in found] == list(range(1, 2 * len(rows), 2))


@given(
    st.text(st.characters(exclude_categories=["Cs"])),
    st.sampled_from(["@en", "@zh-Hant", f"^^<{XSD}date>"]),
)
def test_a_literal_comes_back_from_what_n_triples_make_of_it(value: str, tag: str) -> None:
    written = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    written = written.replace("\r", "\\r").replace("\t", "\\t")
    expected = tag.replace("<", "").replace(">", "")
    assert read_literal(f'"{written}"{tag}') == (value, expected)
    assert read_literal(f'"{written}"{tag} .') == (value, expected)
    assert read_literal(f'"{written}"') == (value, "")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Paris", "Paris"),
        ('12" disk', '12" disk'),
        ('"Heroes" and "Zeroes"', '"Heroes" and "Zeroes"'),
        ("J. R. R.", "J. R. R."),
        ("The end .", "The end ."),
        ("<http://example.org/a>", "http://example.org/a"),
        ('"\\u00e9\\U0001F600\\ud800"', "é😀\\ud800"),
        ("", ""),
    ],
)
def test_a_value_without_a_tag_is_plain(text: str, value: str) -> None:
    assert read_literal(text) == (value, "")


def test_a_value_may_hold_tabs(tmp_path: Path) -> None:
    file = tmp_path / "attr_triples_1"
    file.write_text("e\ta\tone\ttwo\n")
    assert list(read_values(file)) == [(1, "e", "a", "one\ttwo", "")]


def test_numbers_may_stand_with_spaces_between_them(tmp_path: Path) -> None:
    file = tmp_path / "triples_1"
    file.write_text("1 2  3\n4\t5\t6\n")
    assert list(read_numbers(file, 3)) == [(1, [1, 2, 3]), (2, [4, 5, 6])]
    file.write_text("1 2 9999999999999999999\n")
    with pytest.raises(
        InputError, match="row 1: '9999999999999999999' is not a number of an entity"
    ):
        list(read_numbers(file, 3))


def test_a_byte_order_mark_is_no_part_of_the_first_cell(tmp_path: Path) -> None:
    file = tmp_path / "ent_links"
    file.write_bytes(b"\xef\xbb\xbfa\tb\n")
    assert list(read_cells(file, 2)) == [(1, ["a", "b"])]


def test_the_same_file_twice_is_refused(tmp_path: Path) -> None:
    assert find_file(tmp_path, "ent_links") is None
    (tmp_path / "ent_links").write_text("a\tb\n")
    assert find_file(tmp_path, "other", "ent_links") == tmp_path / "ent_links"
    (tmp_path / "ent_links.txt").write_text("a\tb\n")
    with pytest.raises(InputError, match=r"holds ent_links and ent_links\.txt; keep one"):
        find_file(tmp_path, "ent_links")


def test_the_examples_in_the_documentation_are_true() -> None:
    assert doctest.testmod(tab_lines).failed == 0

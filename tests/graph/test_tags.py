from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgreview.graph.tags import XSD, datatypes, joint_tag, languages, tags_of_columns


def column(*cells: str) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(cells, pa.large_string())])


@pytest.mark.parametrize(
    ("language", "datatype", "tag", "wrong"),
    [
        ("", "", "", 0),
        ("de", "", "@de", 0),
        ("en de", "", "@de @en", 0),
        ("zh-Hant-TW", "", "@zh-Hant-TW", 0),
        ("", "xsd:date", f"^^{XSD}date", 0),
        ("de", "urn:x", "@de ^^urn:x", 0),
        ("de_DE", "", "", 1),
        ("de no!", "", "@de", 1),
        ("", "date", "", 1),
        ("", "http://x.org/<", "", 1),
    ],
)
def test_cells_become_one_tag(language, datatype, tag, wrong):
    tags, left_out = tags_of_columns(column(language), column(datatype))
    assert (tags.to_pylist(), left_out) == ([tag], wrong)


@given(st.lists(st.tuples(st.text(), st.text())))
def test_whatever_cells_hold_there_is_a_tag_for_each_row_and_none_twice(cells):
    cells = [(one.replace("\0", ""), two) for one, two in cells]
    tags, _ = tags_of_columns(column(*(a for a, _ in cells)), column(*(b for _, b in cells)))
    assert len(tags) == len(cells)
    assert len(set(tags.dictionary.to_pylist())) == len(tags.dictionary)


def test_a_tag_says_its_languages_and_datatypes():
    tag = joint_tag("@en", "", "^^urn:x", "@de @en")
    assert tag == "@de @en ^^urn:x"
    assert (languages(tag), datatypes(tag)) == (["de", "en"], ["urn:x"])

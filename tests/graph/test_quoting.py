from __future__ import annotations

import doctest

from hypothesis import given
from hypothesis import strategies as st

from kgreview.graph import quoting
from kgreview.graph.quoting import quoted


def test_the_examples_in_the_docstrings_hold():
    assert doctest.testmod(quoting).failed == 0


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_quoted_text_is_one_short_printable_line(text):
    shown = quoted(text)
    assert shown.isprintable()
    assert len(shown) <= 10 * 61 + 2


def test_marks_that_turn_text_around_are_spelled_out():
    assert quoted("a\u202eb\x1b[31m") == r"'a\u202eb\x1b[31m'"

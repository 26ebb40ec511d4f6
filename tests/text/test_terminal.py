from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgreview.text.terminal import for_terminal


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]0;owned\x07", r"\u001b]0;owned\u0007"),  # the window's title
        ("\x1b]8;;http://x\x1b\\y", r"\u001b]8;;http://x\u001b\y"),  # a link
        ("\x9b2J", r"\u009b2J"),  # clears the screen
        ("a\rb", r"a\u000db"),
        ("a\u202eb", r"a\u202eb"),
        ("half \ud83d", r"half \ud83d"),
        ("Amélie\t山\nשלום", "Amélie\t山\nשלום"),
    ],
)
def test_what_a_terminal_would_obey_is_written_out(text: str, shown: str) -> None:
    assert for_terminal(text) == shown


@given(st.text())
def test_json_says_the_same_after_it(text: str) -> None:
    assert json.loads(for_terminal(json.dumps({"a": text}, ensure_ascii=False))) == {"a": text}

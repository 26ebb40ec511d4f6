"""What was used last, kept in memory."""

from __future__ import annotations

from kgreview.pipeline.recent import Recent


def test_what_was_not_used_for_longest_goes_first() -> None:
    recent = Recent[str, int](2)
    recent.keep("a", 1)
    recent.keep("b", 2)
    assert recent.get("a") == 1
    recent.keep("c", 3)
    assert (recent.get("a"), recent.get("b"), recent.get("c")) == (1, None, 3)
    recent.clear()
    assert recent.get("c") is None

"""How a piece of somebody's data is shown inside a one-line message."""

from __future__ import annotations


def one_line(text: str, longest: int = 200) -> str:
    """Put text on one line, shortened, what cannot be printed escaped."""
    shown = text if len(text) <= longest else text[:longest] + "…"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in shown)


def quoted(text: str, longest: int = 60) -> str:
    r"""Put text in quotes, on one line, shortened: graphs hold megabytes and control characters.

    >>> quoted("Gone\nGirl"), quoted("a" * 100, longest=3)
    ("'Gone\\nGirl'", "'aaa…'")
    """
    return f"'{one_line(text, longest)}'"

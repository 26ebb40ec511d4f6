"""How a piece of somebody's data is shown inside a one-line message."""

from __future__ import annotations

from collections.abc import Iterable


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


def listed(names: Iterable[str], most: int = 8) -> str:
    """Put names in quotes, one after another, of many the first.

    >>> listed(["id", "type"]), listed("abc", most=1)
    ("'id', 'type'", "'a', …")
    """
    names = list(names)
    return ", ".join(map(quoted, names[:most])) + (", …" if len(names) > most else "")


def counted(count: int, thing: str) -> str:
    """Say how many there are.

    >>> counted(1, "value"), counted(1200, "value")
    ('1 value', '1,200 values')
    """
    return f"{count:,} {thing}" + "s" * (count != 1)

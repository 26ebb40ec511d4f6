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


def counted(count: int, one: str, several: str | None = None) -> str:
    """Say how many there are; ``several``: the words for any number but one.

    >>> counted(1, "value"), counted(1200, "value"), counted(2, "pair is", "pairs are")
    ('1 value', '1,200 values', '2 pairs are')
    """
    return f"{count:,} {one if count == 1 else several or f'{one}s'}"

"""The headers of Neo4j's CSV: which fields its import tool knows, and how a property is typed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kgreview.errors import InputError
from kgreview.exchange.files import beginning
from kgreview.graph.readers import text_rows
from kgreview.graph.readers.text_rows import Dialect

DELIMITERS = (b",", b";", b"\t", b"|")
ID, LABEL, START, END, TYPE, IGNORE = "ID", "LABEL", "START_ID", "END_ID", "TYPE", "IGNORE"

_TYPES = (
    *("int", "long", "float", "double", "boolean", "byte", "short", "char", "string", "point"),
    *("date", "localtime", "time", "localdatetime", "datetime", "duration", "number"),
)
_FIELD = re.compile(
    rf"(.*):({ID}|{LABEL}|{START}|{END}|{TYPE}|{IGNORE}|(?i:{'|'.join(_TYPES)}))"
    r"(\[\])?(?:\(([^()]*)\))?(?:\{[^{}]*\})?",
    re.DOTALL,
)
_SIGN = re.compile(rb"(?:^|[,;\t|\"])[^,;\t|\"]*:(?:ID|START_ID|END_ID)(?=[({\",;\t|\r\n]|$)")


@dataclass(frozen=True)
class Field:
    """A column of a file of nodes or relationships."""

    key: str  # what it is called in messages, each once
    name: str  # of the property; '' where it is none
    kind: str  # ID, LABEL and so on, or the type of the property
    is_array: bool
    space: str  # of ids; '' without one
    place: int

    @property
    def is_property(self) -> bool:
        """Whether its cells are values."""
        return self.kind not in (ID, LABEL, START, END, TYPE, IGNORE) and bool(self.name)


def fields_of(names: Sequence[str]) -> tuple[Field, ...]:
    """Read the names of a header.

    >>> fields_of(["movieId:ID(Movie)", "http://x/tag:string[]", "title"])[1].name
    'http://x/tag'
    """
    fields = []
    for place, whole in enumerate(names):
        match = _FIELD.fullmatch(whole.strip())
        name, kind, array, space = match.groups() if match else (whole.strip(), "string", None, "")
        key = whole if list(names).count(whole) == 1 else f"{whole} ({place + 1})"
        fields.append(Field(key, name, kind, array is not None, space or "", place))
    return tuple(fields)


def find_header(path: Path, encoding: str | None) -> tuple[bytes, list[str]] | None:
    """Read the first row of a file, and tell the sign between its columns.

    ``None``: it is no header of nodes or relationships.
    """
    if not has_sign(path):
        return None
    best: tuple[int, bytes, list[str]] = (0, b"", [])
    for delimiter in DELIMITERS:
        try:
            names = text_rows.header(path, Dialect(delimiter, True, encoding=encoding))[1]
        except InputError:
            continue
        special = sum(field.kind in (ID, START, END) for field in fields_of(names))
        if special > best[0]:
            best = special, delimiter, names
    return best[1:] if best[0] else None


def has_sign(path: Path) -> bool:
    """Whether the first line of a file looks like such a header."""
    return _SIGN.search(_first_line(path)) is not None


def _first_line(path: Path) -> bytes:
    return beginning(path).removeprefix(b"\xef\xbb\xbf").lstrip().partition(b"\n")[0]

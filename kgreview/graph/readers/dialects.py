"""In which way a text table is written: its delimiter, and how quotes stand within values.

A ``.tsv`` has no quoting. A ``.csv`` is read by RFC 4180 where it is valid under it, which one fast
look at the whole file tells. Where it is not, slower looks tell, row by row, whether quotes are
escaped by a backslash, or stand in values that are not quoted. What fits no reading is refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np

from kgreview.errors import InputError
from kgreview.graph.readers import text_rows
from kgreview.graph.readers.columns import places
from kgreview.graph.readers.text_rows import TSV, Dialect
from kgreview.progress import Notice, unheard

_DELIMITERS = {b",": "commas", b";": "semicolons", b"\t": "tabs"}  # the usual one first
_AT_ONCE = 16 * 1024 * 1024  # bytes
_QUOTE, _BACKSLASH = b'"\\'
_BACKSLASHES = re.compile(rb'(\\["\\])|\\')


def is_csv(path: Path) -> bool:
    """Whether quoting holds: in ``.csv`` it does, in ``.tsv`` a quote is a character."""
    return path.name.lower().removesuffix(".gz").endswith(".csv")


def find_dialect(path: Path, columns: Sequence[str] = (), notice: Notice = unheard) -> Dialect:
    """Tell in which dialect a text table with these columns is written.

    ``notice`` is told of anything but the usual. Raises ``InputError`` for a file that is empty,
    and with the row for one that is valid in no dialect.
    """
    if not is_csv(path):
        return TSV
    usual = Dialect(_delimiter(path, columns), quotes=True)
    if usual.delimiter != b",":
        notice(
            f"{path.name}: its columns are separated by {_DELIMITERS[usual.delimiter]}, not commas"
        )
    valid, escapes = _scan(path, usual.delimiter)
    return usual if valid else _slow_choice(path, usual, escapes, notice)


def _delimiter(path: Path, columns: Sequence[str]) -> bytes:
    """Give the first delimiter by which the header has all columns, or else the most columns."""
    headers = {delimiter: _names(path, delimiter) for delimiter in _DELIMITERS}
    whole = [
        delimiter
        for delimiter, names in headers.items()
        if columns and all(places(names, column) for column in columns)
    ]
    return whole[0] if whole else max(headers, key=lambda delimiter: len(headers[delimiter]))


def _names(path: Path, delimiter: bytes) -> list[str]:
    try:
        return text_rows.header(path, Dialect(delimiter, quotes=True))[1]
    except InputError:
        return []


# ---------------------------------------------------------------- the fast look


def _scan(path: Path, delimiter: bytes) -> tuple[bool, bool]:
    r"""Tell whether a file's quotes obey RFC 4180, and whether a quote follows a backslash.

    They obey where each opens a value (behind a delimiter or line end), closes it (before one), or
    is one of two side by side within it; by turns, since two quotes within a value open nothing.
    """
    beside = np.zeros(256, dtype=bool)
    beside[list(delimiter + b'\r\n"')] = True
    tail, quotes, valid, escapes = b"\n", 0, True, False
    for stretch in chain(text_rows.stretches(path, _AT_ONCE), [b"\n"]):
        data = np.frombuffer(tail + stretch, dtype=np.uint8)
        at = 1 + np.flatnonzero(data[1:-1] == _QUOTE)
        before, after = data[at - 1], data[at + 1]
        opens = (quotes + np.arange(len(at))) % 2 == 0
        valid &= bool(beside[np.where(opens, before, after)].all())
        escapes |= bool((before == _BACKSLASH).any())
        quotes += len(at)
        tail = bytes(data[-2:])
    return valid and quotes % 2 == 0, escapes


# ---------------------------------------------------------------- the slow look


class _Reading(NamedTuple):
    """How a file fits a dialect."""

    rows: int  # that were read until the first that does not fit
    fault: InputError | None  # what is wrong there
    bare: int  # values that hold quotes without standing in quotes
    first_bare: int  # row of the first


def _slow_choice(path: Path, usual: Dialect, escapes: bool, notice: Notice) -> Dialect:
    escaped = usual._replace(escapes=True)
    tries = [(escaped, True), (usual, False), (escaped, False)] if escapes else [(usual, False)]
    readings = []
    for dialect, strict in tries:
        reading = _read(path, dialect, strict)
        if reading.fault is None:
            _tell(path, dialect, reading, notice)
            return dialect
        readings.append(reading)
    # the strict one sees no more rows than the last
    fault = max(readings[-2:], key=lambda reading: reading.rows).fault
    assert fault is not None
    raise fault


def _read(path: Path, dialect: Dialect, strict: bool) -> _Reading:
    width = count = bare = first_bare = 0
    try:
        for row, fields in text_rows.records(path, dialect, strict=strict):
            width = width or len(fields)
            if len(fields) != width:
                raise InputError.at(
                    path, text_rows.wrong_width(dialect, len(fields), width), row=row
                )
            quotes = sum(b'"' in field and field[:1] != b'"' for field in fields)
            first_bare = first_bare or row * bool(quotes)
            bare += quotes
            count += 1
    except InputError as fault:
        return _Reading(count, fault, bare, first_bare)
    return _Reading(count, None, bare, first_bare)


def _tell(path: Path, dialect: Dialect, reading: _Reading, notice: Notice) -> None:
    if dialect.escapes:
        notice(
            rf"{path.name}: a quote within a value stands behind a backslash (\"); read so, and "
            r"\\ as one backslash"
        )
    elif reading.bare:
        notice(
            f"{path.name}: {reading.bare:,} values hold quotes without standing in quotes (the "
            f"first in row {reading.first_bare}); the quotes are read as characters"
        )


# ---------------------------------------------------------------- backslashes


class LoneBackslashes:
    r"""Doubles each backslash before neither ``"`` nor ``\``, which Arrow would drop."""

    def __init__(self) -> None:
        self._rest = b""

    def __call__(self, stretch: bytes) -> bytes:
        """Take the next stretch, an empty one at the end, and give what can be said by now."""
        data = self._rest + bytes(stretch)
        whole = data.rstrip(b"\\") if stretch else data  # what follows a backslash may be to come
        self._rest = data[len(whole) :]
        return _BACKSLASHES.sub(lambda found: found[1] or rb"\\", whole)

"""In which way a text table is written: its delimiter, and how quotes stand within values.

A ``.tsv`` has no quoting, and where its quotes look like it, that is told. A ``.csv`` is read by
RFC 4180 where it is valid under it, which one fast look at the whole file tells. Where it is not,
slower looks tell, row by row, whether quotes are escaped by a backslash, or stand in values that
are not quoted. What fits no reading is refused.

Of a table in nobody's form (``guess_dialect``) the name tells nothing: its delimiter is that by
which the first rows have equally many columns, and tabs part values that may stand in quotes, too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from kgreview.arrays import Bools, Ints
from kgreview.errors import InputError
from kgreview.graph.quoting import quoted
from kgreview.graph.readers import text_rows
from kgreview.graph.readers.columns import places
from kgreview.graph.readers.text_rows import TSV, Dialect
from kgreview.progress import Notice, unheard

_DELIMITERS = {b",": "commas", b";": "semicolons", b"\t": "tabs"}  # the usual one first
_AT_ONCE = 16 * 1024 * 1024  # bytes
_GUESSED = (b",", b";", b"\t", b"|", b"^", b"~", b"\x1f", b"\x01")  # by any file
_FIRST_ROWS = 100
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
        dialect = TSV._replace(encoding=text_rows.encoding_by_mark(path))
        if notice is not unheard:
            _tell_of_quoted_values(path, dialect, notice)
        return dialect
    encoding = text_rows.encoding_by_mark(path)
    usual = Dialect(_delimiter(path, columns, encoding), quotes=True, encoding=encoding)
    if usual.delimiter != b",":
        notice(
            f"{path.name}: its columns are separated by {_DELIMITERS[usual.delimiter]}, not commas"
        )
    scan = _scan(path, usual)
    return usual if scan.is_valid else _slow_choice(path, usual, scan.escapes, notice)


def _tell_of_quoted_values(path: Path, dialect: Dialect, notice: Notice) -> None:
    """Say that quotes are characters where they stand as if they enclosed values."""
    scan = _scan(path, dialect._replace(quotes=True))
    if scan.quotes and scan.is_valid:
        notice(
            f"{path.name}: {scan.quotes:,} quotes around or within values are read as characters, "
            "as in every .tsv; name the file .csv if they only enclose values"
        )


def guess_dialect(
    path: Path,
    delimiter: bytes | None = None,
    encoding: str | None = None,
    notice: Notice = unheard,
) -> Dialect:
    """Tell in which dialect a text table is written of which nothing is known but what is given.

    ``encoding``: ``None`` is UTF-8, or what a byte order mark tells. ``notice`` is told of anything
    but the usual. Raises ``InputError`` for a file that is valid in no dialect.
    """
    encoding = encoding or text_rows.encoding_by_mark(path)
    mark = delimiter or _likely_delimiter(path, encoding)
    usual = Dialect(mark, quotes=True, encoding=encoding)
    scan = _scan(path, usual)
    if mark == b"\t":
        plain = usual._replace(quotes=False)
        if scan.crosses or not scan.is_valid:
            if _read(path, plain, strict=False).fault is None:
                return plain
        elif not scan.quotes:
            return plain
    elif delimiter is None and mark != b",":
        notice(f"{path.name}: its columns are separated by {_named(mark)}, not commas")
    return usual if scan.is_valid else _slow_choice(path, usual, scan.escapes, notice)


def _named(delimiter: bytes) -> str:
    return _DELIMITERS.get(delimiter) or quoted(delimiter.decode())


def _likely_delimiter(path: Path, encoding: str | None) -> bytes:
    """Give the delimiter by which nearly all of the first rows have the columns of the header.

    Of several, that of the most columns; where there is none, a table of one column has commas.
    """
    widths = {mark: _widths(path, Dialect(mark, True, encoding=encoding)) for mark in _GUESSED}
    likely = [
        mark
        for mark, counts in widths.items()
        if counts and counts[0] > 1 and counts.count(counts[0]) >= 0.9 * len(counts)
    ]
    whole = [mark for mark in likely if len(set(widths[mark])) == 1]
    return max(whole or likely or [b","], key=lambda mark: widths[mark][:1])


def _widths(path: Path, dialect: Dialect) -> list[int]:
    """Count the columns of the first rows, until one that breaks the dialect."""
    widths: list[int] = []
    try:
        for _, fields in islice(text_rows.records(path, dialect), _FIRST_ROWS):
            widths.append(len(fields))
    except InputError:
        pass
    return widths


def _delimiter(path: Path, columns: Sequence[str], encoding: str | None) -> bytes:
    """Give the first delimiter by which the header has all columns, or else the most columns."""
    headers = {delimiter: _names(path, delimiter, encoding) for delimiter in _DELIMITERS}
    whole = [
        delimiter
        for delimiter, names in headers.items()
        if columns and all(places(names, column) for column in columns)
    ]
    return whole[0] if whole else max(headers, key=lambda delimiter: len(headers[delimiter]))


def _names(path: Path, delimiter: bytes, encoding: str | None) -> list[str]:
    try:
        return text_rows.header(path, Dialect(delimiter, True, encoding=encoding))[1]
    except InputError:
        return []


# ---------------------------------------------------------------- the fast look


class _Scan(NamedTuple):
    """What one look at a whole file says of its quotes."""

    is_valid: bool  # they obey RFC 4180
    quotes: int  # how many there are
    escapes: bool  # one follows a backslash
    crosses: bool  # between two that belong together may stand a delimiter or a line end


def _scan(path: Path, dialect: Dialect) -> _Scan:
    r"""Tell how the quotes of a file stand.

    They obey where each opens a value (behind a delimiter or line end), closes it (before one), or
    is one of two side by side within it; by turns, since two quotes within a value open nothing.
    """
    parts = np.zeros(256, dtype=bool)
    parts[list(dialect.delimiter + b"\r\n")] = True
    beside = parts.copy()
    beside[_QUOTE] = True
    tail, quotes, valid, escapes, crosses = b"\n", 0, True, False, False
    stretches = text_rows.stretches(path, _AT_ONCE, dialect.encoding)
    for stretch in chain(stretches, [b"\n"]):
        data = np.frombuffer(tail + stretch, dtype=np.uint8)
        at = 1 + np.flatnonzero(data[1:-1] == _QUOTE)
        before, after = data[at - 1], data[at + 1]
        opens = (quotes + np.arange(len(at))) % 2 == 0
        valid &= bool(beside[np.where(opens, before, after)].all())
        escapes |= bool((before == _BACKSLASH).any())
        crosses |= len(at) > 0 and (not opens[0] or _crosses(parts[data], at[opens], at[~opens]))
        quotes += len(at)
        tail = bytes(data[-2:])
    return _Scan(valid and quotes % 2 == 0, quotes, escapes, crosses)


def _crosses(parts: Bools, opens: Ints, closes: Ints) -> bool:
    """Whether what parts values stands between quotes that belong together, or may do so."""
    if len(opens) != len(closes):
        return True
    so_far = np.cumsum(parts)
    return bool((so_far[opens] != so_far[closes]).any())


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

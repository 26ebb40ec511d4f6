"""Text tables row by row: their grammar, and where a bad row stands. Slow, exact, plain Python.

The fast reading of good tables is in ``tables``; this finds the place for a message.
"""

from __future__ import annotations

import functools
import gzip
import re
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from kgreview.errors import InputError
from kgreview.graph.quoting import counted
from kgreview.graph.readers.encodings import as_utf8, encoding_of
from kgreview.graph.readers.unpacking import open_gzip

LONGEST_VALUE = 64 * 1024  # bytes
LONGEST_ROW = 4 * 1024 * 1024  # bytes; Arrow parses blocks of this size, and no row may exceed one

TOO_LONG = f"is longer than {LONGEST_VALUE // 1024} KiB; shorten it or leave it out"
NOT_UTF_8 = "is not UTF-8; convert the file to UTF-8"
NOT_CLOSED = "opens a double quote that is never closed; close it or double it"
GOES_ON = (
    "holds a value that goes on after its closing double quote; double each quote within a value "
    "that stands in quotes"
)
_BARE_QUOTE = "holds a double quote in a value that does not stand in quotes; quote the value"
_ROW_TOO_LONG = f"is longer than {LONGEST_ROW // 2**20} MiB; shorten it or leave it out"

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Dialect(NamedTuple):
    """How the rows of a text table are written."""

    delimiter: bytes
    quotes: bool  # whether a value may stand in double quotes; a quote within it is doubled
    escapes: bool = False  # whether a backslash may stand before a quote instead
    encoding: str | None = None  # None: UTF-8


_NAMES = {b",": "a comma", b";": "a semicolon", b"\t": "a tab"}
TSV = Dialect(b"\t", quotes=False)  # where a quote is a character like any other


class Grammar(NamedTuple):
    """A dialect as expressions over bytes, each of one reading only: they match in linear time."""

    record: re.Pattern[bytes]  # a row, group 1, and its line end
    field: re.Pattern[bytes]  # a field, group 1, and its delimiter
    whole: re.Pattern[bytes]  # as many fields with their delimiters as there are
    quoted: re.Pattern[bytes]  # a value in quotes


@functools.cache
def grammar(dialect: Dialect, strict: bool = False) -> Grammar:
    """Give the expressions of a dialect.

    ``strict``: a value that does not stand in quotes holds none, which RFC 4180 demands.
    """
    bare = rb'[^"D\r\n]*' if strict else rb'(?:[^"D\r\n][^D\r\n]*)?'
    quoted = rb'"[^"]*(?:""[^"]*)*"'
    if dialect.escapes:
        bare = rb'[^"\\D\r\n]*(?:\\(?:["\\]|(?!["\\]))[^"\\D\r\n]*)*' if strict else bare
        quoted = rb'"[^"\\]*(?:(?:\\.|"")[^"\\]*)*"'
    field = rb"(?:" + quoted + rb"|" + bare + rb")" if dialect.quotes else rb"[^D\r\n]*"

    def compiled(expression: bytes) -> re.Pattern[bytes]:
        return re.compile(expression.replace(b"D", re.escape(dialect.delimiter)), re.DOTALL)

    return Grammar(
        record=compiled(rb"((?:" + field + rb"D)*" + field + rb")(?:\r\n?|\n)"),
        field=compiled(rb"(" + field + rb")D"),
        whole=compiled(rb"(?:" + field + rb"D)*"),
        quoted=compiled(quoted),
    )


def records(
    path: Path, dialect: Dialect, *, strict: bool = False
) -> Iterator[tuple[int, list[bytes]]]:
    """Give the row number and the fields, as written, of each row that is not blank.

    The header is the first. A row number is the number of the line at which the row begins, blank
    lines counted: what an editor shows. Raises ``InputError`` for a row outside the grammar and
    for a gzip file that is cut off or damaged.
    """
    form = grammar(dialect, strict)
    row, rest = 1, b""
    for stretch in stretches(path, LONGEST_ROW, dialect.encoding):
        rest += stretch
        position = 0
        while match := form.record.match(rest, position):
            position = match.end()
            text = match[1]
            if len(text) > LONGEST_ROW:
                raise InputError.at(path, _ROW_TOO_LONG, row=row)
            if text:
                yield row, form.field.findall(text + dialect.delimiter)
            row += len(text.splitlines()) or 1
        rest = rest[position:]
        if len(rest) > LONGEST_ROW:
            break
    if rest:
        raise InputError.at(path, _why(rest, dialect, form), row=row)


def _why(rest: bytes, dialect: Dialect, form: Grammar) -> str:
    """Say why no row can be read where ``rest`` begins."""
    whole = form.whole.match(rest)
    at = rest[whole.end() :] if whole else rest
    if dialect.quotes and at.startswith(b'"'):
        return GOES_ON if form.quoted.match(at) else NOT_CLOSED
    return _ROW_TOO_LONG if len(rest) > LONGEST_ROW else _BARE_QUOTE


def unquoted(field: bytes, dialect: Dialect) -> bytes:
    """Give the value of a field as it was written."""
    if not (dialect.quotes and field.startswith(b'"')):
        return re.sub(rb'\\(["\\])', rb"\1", field) if dialect.escapes else field
    if dialect.escapes:
        return re.sub(rb'[\\"]"|\\\\', lambda pair: pair[0][1:], field[1:-1])
    return field[1:-1].replace(b'""', b'"')


def header(path: Path, dialect: Dialect) -> tuple[int, list[str]]:
    """Give the row number of the header and the columns it names.

    Raises ``InputError`` for an empty file and for a header that is not UTF-8.
    """
    for row, fields in records(path, dialect):
        try:
            return row, [unquoted(field, dialect).decode() for field in fields]
        except UnicodeDecodeError:
            raise InputError.at(path, NOT_UTF_8, row=row) from None
    raise InputError.at(path, "is empty; its first row must name the columns")


def row_of(path: Path, record: int, dialect: Dialect) -> int:
    """Give the row number of a record, the first of the file being record 0."""
    for number, (row, _) in enumerate(records(path, dialect)):
        if number == record:
            return row
    raise AssertionError(f"{path} has no record {record}")


def first_fault(
    path: Path, dialect: Dialect, positions: Mapping[str, int], width: int
) -> InputError | None:
    """Find the first row that has not ``width`` columns, or is no UTF-8 in one of ``positions``."""
    for row, fields in records(path, dialect):
        if len(fields) != width:
            return InputError.at(path, wrong_width(dialect, len(fields), width), row=row)
        for column, position in positions.items():
            try:
                fields[position].decode()
            except UnicodeDecodeError:
                return InputError.at(path, NOT_UTF_8, row=row, column=column)
    return None


def wrong_width(dialect: Dialect, fields: int, expected: int) -> str:
    """Say that a row has another number of fields than the header."""
    if dialect.quotes:
        sign = _NAMES.get(dialect.delimiter, "a delimiter")
        hint = f"put a value with {sign} or a line break in double quotes"
    else:
        hint = "a value may hold no tab and no line break"
    return f"has {counted(fields, 'column')} where the header names {expected}; {hint}"


def stretches(path: Path, size: int, encoding: str | None = None) -> Iterator[bytes]:
    """Give the text of a file as UTF-8, unpacked, without a byte order mark, with a last line end.

    None ends between CR and LF. Raises ``InputError`` for a damaged gzip file, and for bytes that
    are none of ``encoding``.
    """
    parts = _parts(path, size)
    if encoding is not None:
        parts = as_utf8(path, parts, encoding)
    last, held = b"\n", next(parts, b"").removeprefix(_BYTE_ORDER_MARK)
    for part in parts:
        whole = held.removesuffix(b"\r")
        if whole:
            yield whole
            last = whole[-1:]
        held = held[len(whole) :] + part
    if held:
        yield held
        last = held[-1:]
    if last not in b"\r\n":
        yield b"\n"


def _parts(path: Path, size: int) -> Iterator[bytes]:
    with open_gzip(path) if is_gzip(path) else path.open("rb") as file:
        try:
            while part := file.read(size):
                yield part
        except (EOFError, zlib.error, gzip.BadGzipFile):
            raise damaged_gzip(path) from None


def encoding_by_mark(path: Path) -> str | None:
    """Tell the encoding of a file that is not in UTF-8 by its byte order mark; else ``None``.

    Raises ``InputError`` for a damaged gzip file.
    """
    encoding = encoding_of(next(_parts(path, 4), b""))
    return None if encoding == "utf-8" else encoding


def is_gzip(path: Path) -> bool:
    """Whether the name of a file says that it is compressed."""
    return path.name.lower().endswith(".gz")


def damaged_gzip(path: Path) -> InputError:
    """Say that a compressed file cannot be read to its end."""
    return InputError.at(path, "is cut off or damaged, or no gzip file; copy or compress it again")

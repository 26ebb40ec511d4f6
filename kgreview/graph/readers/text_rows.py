"""Text tables row by row: their header, and where a bad row stands. Slow, exact, plain Python.

The fast reading of good tables is in ``tables``; this finds the place for a message.
"""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from kgreview.errors import InputError

LONGEST_VALUE = 64 * 1024  # bytes
LONGEST_ROW = 4 * 1024 * 1024  # bytes; Arrow parses blocks of this size, and no row may exceed one

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def is_csv(path: Path) -> bool:
    """Whether quoting holds: in ``.csv`` it does, in ``.tsv`` a quote is a character."""
    return path.name.removesuffix(".gz").endswith(".csv")


def text_records(path: Path) -> Iterator[tuple[int, list[bytes]]]:
    """Give the row number and the fields of each row that is not blank, the header first.

    A row number is the number of the line at which the row begins, blank lines counted: what an
    editor shows. Raises ``InputError`` for a gzip file that is cut off or damaged.
    """
    lines = _lines(path)
    if is_csv(path):
        yield from _csv_records(path, lines)
        return
    for row, line in enumerate(lines, start=1):
        bare = line.rstrip(b"\r\n")
        if bare:
            yield row, bare.split(b"\t")


def header(path: Path) -> tuple[int, list[str]]:
    """Give the row number of the header and the columns it names.

    Raises ``InputError`` for an empty file and for a header that is not UTF-8.
    """
    for row, fields in text_records(path):
        try:
            return row, [field.decode() for field in fields]
        except UnicodeDecodeError:
            raise InputError.at(path, NOT_UTF_8, row=row) from None
    raise InputError.at(path, "is empty; its first row must name the columns")


def row_of(path: Path, record: int) -> int:
    """Give the row number of a record, the first after the header being record 0."""
    for number, (row, _) in enumerate(text_records(path)):
        if number == record + 1:
            return row
    raise AssertionError(f"{path} has no record {record}")


def check_quotes(path: Path) -> None:
    """Raise ``InputError`` for a quote that is never closed: Arrow takes the rest for its value."""
    quotes = 0
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        while stretch := file.read(LONGEST_ROW):
            quotes += stretch.count(b'"')
    if quotes % 2:  # or one that stands within a value, as in 5" disk, which only a look can tell
        for _ in text_records(path):
            pass


def first_fault(path: Path, columns: Iterable[str]) -> InputError | None:
    """Find the first row that breaks the form of a table in one of ``columns``."""
    records = text_records(path)
    _, names = next(records)
    positions = {name: names.index(name.encode()) for name in columns}
    for row, fields in records:
        if len(fields) != len(names):
            return InputError.at(path, _wrong_width(path, fields, len(names)), row=row)
        for column, position in positions.items():
            if len(fields[position]) > LONGEST_VALUE:
                return InputError.at(path, TOO_LONG, row=row, column=column)
            try:
                fields[position].decode()
            except UnicodeDecodeError:
                return InputError.at(path, NOT_UTF_8, row=row, column=column)
    return None


TOO_LONG = f"is longer than {LONGEST_VALUE // 1024} KiB; shorten it or leave it out"
NOT_UTF_8 = "is not UTF-8; convert the file to UTF-8"
NOT_CLOSED = "opens a double quote that is never closed; close it or double it"


def _wrong_width(path: Path, fields: list[bytes], expected: int) -> str:
    if is_csv(path):
        hint = "put a value with a comma or a line break in double quotes"
    else:
        hint = "a value may hold no tab and no line break"
    count = f"{len(fields)} column" + "s" * (len(fields) != 1)
    return f"has {count} where the header names {expected}; {hint}"


def _lines(path: Path) -> Iterator[bytes]:
    """Give the lines, ended by LF, CRLF or CR as Arrow ends them."""
    row = 0
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        try:
            while stretch := file.readline(LONGEST_ROW):
                if len(stretch) == LONGEST_ROW and not stretch.endswith(b"\n"):
                    raise InputError.at(
                        path,
                        f"is longer than {LONGEST_ROW // 2**20} MiB; shorten it or leave it out",
                        row=row + 1,
                    )
                if row == 0:
                    stretch = stretch.removeprefix(_BYTE_ORDER_MARK)
                lines = stretch.splitlines(keepends=True)
                row += len(lines)
                yield from lines
        except (EOFError, zlib.error, gzip.BadGzipFile):
            raise damaged_gzip(path) from None


def damaged_gzip(path: Path) -> InputError:
    """Say that a compressed file cannot be read to its end."""
    return InputError.at(path, "is cut off or damaged, or no gzip file; copy or compress it again")


def _csv_records(path: Path, lines: Iterator[bytes]) -> Iterator[tuple[int, list[bytes]]]:
    at_end = False

    def text() -> Iterator[str]:
        nonlocal at_end
        for line in lines:
            # Latin-1 carries any byte through the csv module, which takes no NUL in Python 3.10
            yield line.decode("latin-1").replace("\0", "\x01")
        at_end = True

    reader = csv.reader(text())
    row = 1
    while True:
        try:
            fields = next(reader, None)
        except csv.Error:  # a field over the module's own limit, above LONGEST_VALUE
            what = "holds a value " + TOO_LONG.removeprefix("is ")
            raise InputError.at(path, what, row=row) from None
        if fields is None:
            return
        if at_end:  # a record that asked for one more line than there is
            raise InputError.at(path, NOT_CLOSED, row=row)
        if fields:
            yield row, [field.encode("latin-1") for field in fields]
        row = reader.line_num + 1

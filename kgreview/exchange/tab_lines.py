"""Lines of cells with tabs between them and no header, as data sets for alignment come."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from kgreview.errors import InputError
from kgreview.exchange.files import entries_of, lines_of, the_one
from kgreview.exchange.identifiers import without_brackets
from kgreview.graph.quoting import counted, quoted

_LITERAL = re.compile(r'"(.*)"(?:@([A-Za-z]+(?:-[A-Za-z0-9]+)*)|\^\^<?([^<>"\s]+)>?)', re.DOTALL)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_TRIPLE = re.compile(r"<([^<>\s]*)>\s+<([^<>\s]*)>\s+(.*)", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


def find_file(folder: Path, *names: str) -> Path | None:
    """Find the file of the first of these names that is there, plain, ``.txt`` or gzipped.

    Raises ``InputError`` where one name stands twice, as ``ent_links`` and ``ent_links.txt``.
    """
    entries = [entry for entry in entries_of(folder) if entry.is_file()]
    for name in names:
        spelt = {name + ending + gz for ending in ("", ".txt") for gz in ("", ".gz")}
        if file := the_one(folder, (entry for entry in entries if entry.name in spelt)):
            return file
    return None


def needed_file(folder: Path, title: str, name: str) -> Path:
    """Find a file as ``find_file`` does; raises ``InputError`` where it is not there.

    ``title``: what the folder was taken for.
    """
    file = find_file(folder, name)
    if file is None:
        raise InputError.at(folder, f"is {title}, but has no {name}; add it")
    return file


def read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Give each line that is not blank, and its number. Raises ``InputError`` for other bytes."""
    for number, line in lines_of(path):
        if line.strip():
            yield number, line.rstrip("\r\n")


def read_cells(path: Path, columns: int) -> Iterator[tuple[int, list[str]]]:
    """Give the cells of each line with its number. Raises ``InputError`` for more or fewer."""
    for number, line in read_lines(path):
        cells = [without_brackets(cell.strip()) for cell in line.split("\t")]
        if len(cells) != columns or not all(cells):
            filled = sum(map(bool, cells))
            what = f"has {counted(filled, 'filled column')} with tabs between them, not {columns}"
            raise InputError.at(path, what, row=number)
        yield number, cells


def read_numbers(path: Path, columns: int) -> Iterator[tuple[int, list[int]]]:
    """Give the numbers of each line, with tabs or spaces between them, and that of the line."""
    for number, line in read_lines(path):
        cells = line.split()
        if len(cells) != columns:
            what = f"has {counted(len(cells), 'column')}, not {columns}"
            raise InputError.at(path, what, row=number)
        yield number, [_number(path, cell, number) for cell in cells]


def read_values(path: Path) -> Iterator[tuple[int, str, str, str, str]]:
    """Give number, entity, attribute, value and tag of each line: tabs between, or N-Triples.

    A value may hold tabs. Raises ``InputError`` for a line without entity, attribute and value.
    """
    for number, line in read_lines(path):
        cells = [cell.strip() for cell in line.split("\t", 2)]
        if len(cells) < 3 and (triple := _TRIPLE.fullmatch(line.strip())):
            cells = list(triple.groups())
        if len(cells) < 3 or not all(cells[:2]):
            what = "has no entity, attribute and value with tabs between them"
            raise InputError.at(path, what, row=number)
        value, tag = read_literal(cells[2])
        yield number, without_brackets(cells[0]), without_brackets(cells[1]), value, tag


def read_literal(text: str) -> tuple[str, str]:
    r"""Give a value without its quotes, and its language or datatype as a graph has it.

    >>> read_literal('"1.89"^^<http://www.w3.org/2001/XMLSchema#decimal>')
    ('1.89', '^^http://www.w3.org/2001/XMLSchema#decimal')
    >>> read_literal('"Gone \\"Girl\\""@en .'), read_literal('12" disk'), read_literal('"a" "b"')
    (('Gone "Girl"', '@en'), ('12" disk', ''), ('"a" "b"', ''))
    """
    text = text.strip()
    shorter = text.removesuffix(".").rstrip() if text.endswith((" .", '".', ">.")) else text
    if match := _LITERAL.fullmatch(shorter):
        value, language, datatype = match.groups()
        return _unescaped(value), f"@{language}" if language else f"^^{datatype}"
    if match := _QUOTED.fullmatch(shorter):
        return _unescaped(match.group(1)), ""
    return without_brackets(shorter if shorter.startswith("<") else text), ""


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(_character, text) if "\\" in text else text


def _character(match: re.Match[str]) -> str:
    short, long, other = match.groups()
    code = int(short or long, 16) if short or long else -1
    if code < 0:
        return _ESCAPES.get(other, other)
    # half a pair of surrogates, or none at all, is no character
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else match.group()


def _number(path: Path, cell: str, row: int) -> int:
    if not (cell.isascii() and cell.isdecimal()) or len(cell) > 18:
        raise InputError.at(
            path, f"{quoted(cell)} is not a number of an entity or relation", row=row
        )
    return int(cell)

"""Plain tables as a source: a file of records as CSV, TSV or Parquet, or a folder of such files.

A row is an entity, a cell its value; a column that holds the ids of another table is a relation. A
table of a folder that has no ids and little else than what points to two others is relations alone.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from kgreview.errors import InputError
from kgreview.exchange.files import beginning, entries_of
from kgreview.exchange.forms import Form, SourceOptions
from kgreview.exchange.graph_builder import GraphBuilder
from kgreview.exchange.id_spaces import IdSpaces
from kgreview.exchange.plain_plan import id_names, named_id, plan_tables
from kgreview.exchange.plain_statements import TableReading
from kgreview.exchange.plain_table import PlainTable, table_name
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.quoting import listed, quoted
from kgreview.graph.readers.encodings import is_utf8
from kgreview.graph.readers.tables import guess_layout
from kgreview.graph.readers.text_rows import NOT_UTF_8
from kgreview.progress import Notice, Progress

_ENDINGS = (".csv", ".tsv", ".tab", ".psv", ".parquet", ".pq")
_DELIMITERS = {"tab": "\t", "\\t": "\t"}  # what is hard to type


def _recognises(path: Path) -> bool:
    if path.is_dir():
        return any(_is_table(entry) for entry in entries_of(path))
    return _is_table(path) or (_ends(path, ".txt") and _has_columns(path))


def _is_table(path: Path) -> bool:
    return path.is_file() and _ends(path, *_ENDINGS)


def _ends(path: Path, *endings: str) -> bool:
    return path.name.lower().removesuffix(".gz").endswith(endings)


def _has_columns(path: Path) -> bool:
    if not beginning(path, 1):
        return False
    try:
        return len(guess_layout(path).names) > 1
    except InputError:
        return False


def _read(path: Path, options: SourceOptions, progress: Progress, notice: Notice) -> KnowledgeGraph:
    with _hint_at_encoding(options):
        tables = _open(path, options, notice)
        _check_options(path, tables, options)
        plans = plan_tables(path, tables, options, progress, notice)
        spaces = IdSpaces({plan.table.name: plan.ids for plan in plans if not plan.is_link}, notice)
        builder = GraphBuilder()
        for plan in plans:
            TableReading(plan, plans, spaces, builder, progress, notice).read()
    return builder.build(untyped="record", notice=notice)


@contextlib.contextmanager
def _hint_at_encoding(options: SourceOptions) -> Iterator[None]:
    try:
        yield
    except InputError as error:
        if options.encoding is None and str(error).endswith(NOT_UTF_8):
            hint = ", or name its encoding, as in --encoding windows-1252"
            raise InputError(f"{error}{hint}") from error
        raise


def _open(path: Path, options: SourceOptions, notice: Notice) -> list[PlainTable]:
    delimiter, encoding = _delimiter(options), _encoding(options)
    files = _files(path, notice) if path.is_dir() else [path]
    return [PlainTable.open(file, delimiter, encoding, notice) for file in files]


def _files(folder: Path, notice: Notice) -> list[Path]:
    entries = entries_of(folder)
    files = [entry for entry in entries if _is_table(entry)]
    if not files:
        raise InputError.at(folder, f"holds no table; give {', '.join(_ENDINGS)}")
    names = [table_name(file) for file in files]
    for name in names:
        if names.count(name) > 1:
            raise InputError.at(folder, f"has {names.count(name)} tables {quoted(name)}; keep one")
    others = [entry.name for entry in entries if entry not in files]
    if others:
        notice(f"files and folders that are no table, passed over: {len(others):,} "
               f"({listed(others)})")  # fmt: skip
    return files


def _delimiter(options: SourceOptions) -> bytes | None:
    given = options.delimiter
    if given is None:
        return None
    sign = _DELIMITERS.get(given.lower(), given)
    if len(sign) != 1 or not sign.isascii() or sign in '"\r\n':
        raise InputError(f"--delimiter {given}: give one ASCII character, or tab")
    return sign.encode()


def _encoding(options: SourceOptions) -> str | None:
    if options.encoding is None:
        return None
    try:
        return None if is_utf8(options.encoding) else options.encoding
    except LookupError:
        raise InputError(
            f"--encoding {options.encoding}: is no encoding that is known; give one as "
            "windows-1252 or utf-16"
        ) from None


def _check_options(path: Path, tables: Sequence[PlainTable], options: SourceOptions) -> None:
    """Raise ``InputError`` for a column or a table that is not there."""
    for name in id_names(options):
        if all(named_id(table, [name]) is None for table in tables):
            names = listed(column.name for table in tables for column in table.columns)
            raise InputError.at(path, f"--id {name}: there is no such column; there are {names}")
    asked = [("columns", name) for name in options.columns]
    asked += [("references", reference.partition("=")[0]) for reference in options.references]
    for option, name in asked:
        if all(table.column(name) is None for table in tables):
            names = listed(column.name for table in tables for column in table.columns)
            raise InputError.at(
                path, f"--{option} {name}: there is no such column; there are {names}"
            )
    for reference in options.references:
        target = reference.partition("=")[2]
        if target not in [table.name for table in tables]:
            names = listed(table.name for table in tables)
            raise InputError.at(
                path,
                f"--references {reference}: give COLUMN=TABLE, where the tables are {names}",
            )
    if options.separator == "":
        raise InputError("--separator: give the sign between values")


PLAIN_TABLES = Form(
    "records",
    "plain tables of records",
    _recognises,
    _read,
    frozenset({"id", "type", "columns", "separator", "delimiter", "encoding", "references"}),
)

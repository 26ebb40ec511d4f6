"""Plain tables as a source: a file of records as CSV, TSV or Parquet, or a folder of such files.

A row is an entity, a cell its value; a column that holds the ids of another table is a relation. A
table of a folder that has no ids and little else than what points to two others is relations alone.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kgreview.errors import InputError
from kgreview.exchange.files import beginning, entries_of
from kgreview.exchange.forms import Form, SourceOptions
from kgreview.exchange.graph_builder import GraphBuilder
from kgreview.exchange.id_spaces import IdSpaces
from kgreview.exchange.joins import joined
from kgreview.exchange.plain_guesses import (
    Survey,
    Target,
    are_numbers,
    as_keys,
    choose_ids,
    guess_references,
    guess_separators,
    read_id_columns,
    row_ids,
    survey,
    type_column,
)
from kgreview.exchange.plain_table import Column, PlainTable, Positions, cell_values, table_name
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.quoting import counted, listed, quoted
from kgreview.graph.readers.encodings import is_utf8
from kgreview.graph.readers.tables import Rows, check_names, guess_layout
from kgreview.graph.readers.text_rows import NOT_UTF_8
from kgreview.progress import Notice, Progress

_ENDINGS = (".csv", ".tsv", ".tab", ".psv", ".parquet", ".pq")
_MOST_BESIDE = 2  # columns of a table that is relations, beside its two keys: a role, an order
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
        plans = _plans(path, tables, options, progress, notice)
        spaces = IdSpaces({plan.table.name: plan.ids for plan in plans if not plan.is_link}, notice)
        builder = GraphBuilder()
        for plan in plans:
            _Reading(plan, plans, spaces, builder, progress, notice).read()
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


# ---------------------------------------------------------------- files and options


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
    for name in _id_names(options):
        if all(_named_id(table, [name]) is None for table in tables):
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


def _id_names(options: SourceOptions) -> list[str]:
    return [] if options.id is None else options.id.split(",")


def _named_id(table: PlainTable, names: Sequence[str]) -> Column | None:
    """Find the column of ids that a user names: one of this very table, or one of any."""
    own = [name.removeprefix(f"{table.name}.") for name in names if f"{table.name}." in name]
    return next((found for name in (*own, *names) if (found := table.column(name))), None)


# ---------------------------------------------------------------- how a table is read


@dataclass(eq=False)
class _Plan:
    """How one table is read."""

    table: PlainTable
    id: Column | None  # None: rows are numbered
    ids: pa.Array  # (rows,)
    is_named: bool = False  # a user names the column of ids
    type: Column | None = None
    type_name: str = ""  # of entities without a value there
    columns: list[Column] = field(default_factory=list)  # that are values or relations
    separators: dict[str, str] = field(default_factory=dict)  # by key
    references: dict[str, int] = field(default_factory=dict)  # by key, the place of another plan
    is_link: bool = False  # its rows are relations, not entities

    @cached_property
    def numbers(self) -> bool:
        """Whether its ids are short whole numbers."""
        return are_numbers(self.ids)


def _plans(
    path: Path,
    tables: list[PlainTable],
    options: SourceOptions,
    progress: Progress,
    notice: Notice,
) -> list[_Plan]:
    plans = _with_ids(tables, options, progress)
    keyed = [number for number, plan in enumerate(plans) if plan.id is not None]
    targets = [Target(plans[n].table, plans[n].ids, plans[n].numbers) for n in keyed]
    types = options.type and any(table.column(options.type) for table in tables)
    kept = []
    for plan in plans:
        plan.columns = _columns(plan, options)
        seen = survey(plan.table, plan.columns, options.separator, targets, progress)
        if not seen.rows:
            continue
        _choose_type(plan, seen, options, bool(types))
        _choose_separators(plan, seen, options, notice)
        open_columns = [column for column in plan.columns if not _is_named(column, options)]
        found = guess_references(plan.table, open_columns, seen, targets, notice)
        plan.references = {key: keyed[n] for key, n in found.items()}
        _add_named_references(plan, plans, options)
        if plan.id is None:
            plan.ids = row_ids(plan.table, seen.rows)
            others = len(plan.columns) - len(plan.references)
            plan.is_link = len(plan.references) == 2 and others <= _MOST_BESIDE and path.is_dir()
        kept.append(plan)
        _tell(plan, plans, options, notice)
    _check_rows(path, plans, kept, notice)
    return plans


def _check_rows(path: Path, plans: list[_Plan], kept: list[_Plan], notice: Notice) -> None:
    if not kept:
        raise InputError.at(path, "has no rows below its header; add them")
    empty = [plan.table.path.name for plan in plans if plan not in kept]
    if empty:
        notice(f"tables without rows: {len(empty):,} ({listed(empty)})")


def _with_ids(tables: list[PlainTable], options: SourceOptions, progress: Progress) -> list[_Plan]:
    """Find the ids of each table."""
    named = {table.name: _named_id(table, _id_names(options)) for table in tables}
    others = [table for table in tables if named[table.name] is None]
    found = {table.name: read_id_columns(table, progress) for table in others}
    chosen = choose_ids(others, found)
    plans = []
    for table in tables:
        column = named[table.name]
        if column is not None:
            ids = _named_ids(table, column, progress)
            plans.append(_Plan(table, column, ids, is_named=True))
            continue
        key = chosen.get(table.name)
        column = next((each for each in table.columns if each.key == key), None)
        empty = pa.array([], pa.large_string())
        plans.append(_Plan(table, column, found[table.name][key] if key else empty))
    return plans


def _named_ids(table: PlainTable, column: Column, progress: Progress) -> pa.Array:
    """Read the column of ids that a user names. Raises ``InputError`` where it holds none."""
    if column.is_list:
        raise InputError.at(table.path, "holds lists, which are no ids", column=column.key)
    parts: list[pa.Array] = []
    stretches: list[Rows] = []
    for rows in table.rows([column], progress):
        check_names(rows, (), ())
        parts += rows.columns[column.key].chunks
        stretches.append(rows)
    ids = pa.chunked_array(parts, pa.large_string()).combine_chunks()
    if pc.count_distinct(ids).as_py() == len(ids):
        return ids
    first = pc.index_in(ids, value_set=ids).to_numpy()
    again = int(np.flatnonzero(first != np.arange(len(ids)))[0])
    earlier = stretches[0].row_number(int(first[again]))
    raise InputError.at(
        table.path,
        f"the id {quoted(ids[again].as_py())} stands already in row {earlier}; give each entity "
        "one row, or --id another column",
        row=stretches[0].row_number(again),
        column=column.key,
    )


def _columns(plan: _Plan, options: SourceOptions) -> list[Column]:
    """Give the columns that are read, that of ids left out."""
    asked = [plan.table.column(name) for name in options.columns]
    asked += [plan.table.column(options.type)] if options.type and options.columns else []
    return [
        column
        for column in plan.table.columns
        if column != plan.id and (column in asked or not options.columns)
    ]


def _choose_type(plan: _Plan, seen: Survey, options: SourceOptions, is_column: bool) -> None:
    plan.type_name = plan.table.name
    if options.type is None:
        plan.type = type_column(plan.columns, seen)
    elif is_column:
        plan.type = plan.table.column(options.type)
    else:
        plan.type_name = options.type
    plan.columns = [column for column in plan.columns if column != plan.type]


def _choose_separators(plan: _Plan, seen: Survey, options: SourceOptions, notice: Notice) -> None:
    if options.separator is None:
        plan.separators = guess_separators(plan.table, plan.columns, seen, notice)
    else:
        keys = [column.key for column in (*plan.columns, plan.type) if column is not None]
        plan.separators = dict.fromkeys(keys, options.separator)


def _is_named(column: Column, options: SourceOptions) -> bool:
    return column.name in [reference.partition("=")[0] for reference in options.references]


def _add_named_references(plan: _Plan, plans: list[_Plan], options: SourceOptions) -> None:
    names = [each.table.name for each in plans]
    for reference in options.references:
        name, _, target = reference.partition("=")
        column = plan.table.column(name)
        if column is None or column not in plan.columns:
            continue
        number = names.index(target)
        if plans[number].id is None:
            raise InputError(
                f"--references {reference}: {plans[number].table.path.name} has no column of ids; "
                "name it with --id"
            )
        plan.references[column.key] = number


def _tell(plan: _Plan, plans: list[_Plan], options: SourceOptions, notice: Notice) -> None:
    """Say what was guessed of ids and types."""
    file = plan.table.path.name
    if plan.is_link:
        one, other = (plans[number].table.path.name for number in plan.references.values())
        others = [column.name for column in plan.columns if column.key not in plan.references]
        left_out = f"; other columns left out: {listed(others)}" if others else ""
        notice(f"{file}: its rows are relations between {one} and {other}{left_out}")
        return
    if plan.id is None:
        notice(
            f"{file}: no column is called as an id and differs in all rows, so ids are numbers of "
            f"rows ({plan.ids[0].as_py()}…), which a change of the file changes; --id names a "
            "column"
        )
    elif not plan.is_named:
        notice(f"{file}: ids are the column {quoted(plan.id.name)}; --id names another")
    if options.type is None and plan.type is not None:
        notice(f"{file}: types are the column {quoted(plan.type.name)}; --type names another")
    elif options.type is None:
        notice(
            f"{file}: the type of its entities is {quoted(plan.type_name)}, the name of the file; "
            "--type names a column, or a type"
        )


# ---------------------------------------------------------------- from cells to statements


class _Count(NamedTuple):
    known: int
    unknown: int


@dataclass(eq=False)
class _Reading:
    """One table on its way into a graph."""

    plan: _Plan
    plans: list[_Plan]
    spaces: IdSpaces
    builder: GraphBuilder
    progress: Progress
    notice: Notice
    counts: dict[str, _Count] = field(default_factory=dict)  # of relations, by key

    def read(self) -> None:
        plan = self.plan
        if not len(plan.ids):
            return
        asked = [column for column in plan.columns if not plan.is_link or self._points(column)]
        if plan.type is not None and not plan.is_link:
            asked.append(plan.type)
        for rows in plan.table.rows([*asked, plan.id] if plan.id else asked, self.progress):
            if plan.is_link:
                self._links(rows)
            else:
                self._entities(rows)
        self._tell()

    def _points(self, column: Column) -> bool:
        return column.key in self.plan.references

    def _entities(self, rows: Rows) -> None:
        plan = self.plan
        keys = {key.key for key in (plan.id, plan.type) if key is not None}
        values = [key for key in rows.columns if key not in keys]
        check_names(rows, values, [plan.type.key] if plan.type else [])
        ids = plan.ids.slice(rows.first, len(rows))
        if plan.id is not None:  # numbers of rows have the table before them already
            ids = self.spaces.unique(plan.table.name, ids)
        self._types(rows, ids)
        for column in plan.columns:
            cells = rows.columns[column.key]
            where, texts = cell_values(cells, plan.separators.get(column.key))
            if self._points(column):
                where, texts = self._relations(column, where, texts, ids)
            self.builder.add_values(ids.take(pa.array(where)), column.name, texts)

    def _types(self, rows: Rows, ids: pa.Array) -> None:
        plan = self.plan
        if plan.type is None:
            self.builder.add_entities(ids, plan.type_name)
            return
        separator = plan.separators.get(plan.type.key)
        where, texts = cell_values(rows.columns[plan.type.key], separator)
        self.builder.add_entities(ids.take(pa.array(where)), texts)
        rest = np.setdiff1d(np.arange(len(ids)), where)
        if len(rest):
            self.builder.add_entities(ids.take(pa.array(rest)), plan.type_name)

    def _relations(
        self, column: Column, where: Positions, texts: pa.Array, ids: pa.Array
    ) -> tuple[Positions, pa.Array]:
        """Add the relations of a column; give back the values that name no entity."""
        known, tails = self._resolved(column, texts)
        heads = ids.take(pa.array(where[known]))
        self.builder.add_relations(heads, column.name, tails)
        rest = np.flatnonzero(~known)
        return where[rest], texts.take(pa.array(rest))

    def _links(self, rows: Rows) -> None:
        sides = []
        for key in self.plan.references:
            column = next(each for each in self.plan.columns if each.key == key)
            where, texts = cell_values(rows.columns[key], self.plan.separators.get(key))
            known, ids = self._resolved(column, texts)
            sides.append((where[known], ids))
        (heads_at, heads), (tails_at, tails) = sides
        one, other = joined(heads_at, tails_at)
        self.builder.add_relations(
            heads.take(pa.array(one)), self.plan.table.name, tails.take(pa.array(other))
        )

    def _resolved(self, column: Column, texts: pa.Array) -> tuple[np.ndarray, pa.Array]:
        """Say which values are ids of the table a column points to, and give these as ids."""
        target = self.plans[self.plan.references[column.key]]
        keys = as_keys(texts, target.numbers)
        found = pc.index_in(keys, value_set=target.ids)
        known = np.asarray(pc.is_valid(found))
        before = self.counts.get(column.key, _Count(0, 0))
        held = int(known.sum())
        self.counts[column.key] = _Count(before.known + held, before.unknown + len(known) - held)
        tails = target.ids.take(found.filter(pa.array(known)))
        return known, self.spaces.unique(target.table.name, tails)

    def _tell(self) -> None:
        file = self.plan.table.path.name
        then = "left out" if self.plan.is_link else "kept as values"
        for column in self.plan.columns:
            if column.key in self.counts:
                count = self.counts[column.key]
                target = self.plans[self.plan.references[column.key]].table.path.name
                line = (
                    f"{file}: {quoted(column.name)} holds ids of {target}: "
                    f"{counted(count.known, 'relation')}"
                )
                if count.unknown:
                    line += f"; {counted(count.unknown, 'value')} that are no id there, {then}"
                self.notice(line)


PLAIN_TABLES = Form(
    "records",
    "plain tables of records",
    _recognises,
    _read,
    frozenset({"id", "type", "columns", "separator", "delimiter", "encoding", "references"}),
)

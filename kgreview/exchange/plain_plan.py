"""How each of some plain tables is read: ids, types, separators and references."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pyarrow as pa

from kgreview.errors import InputError
from kgreview.exchange.forms import SourceOptions
from kgreview.exchange.plain_guesses import (
    Survey,
    Target,
    are_numbers,
    choose_ids,
    guess_references,
    guess_separators,
    read_id_columns,
    row_ids,
    survey,
    type_column,
)
from kgreview.exchange.plain_table import Column, PlainTable
from kgreview.graph.quoting import listed, quoted
from kgreview.graph.readers.id_forms import repeated
from kgreview.graph.readers.tables import Rows, check_names
from kgreview.progress import Notice, Progress

_MOST_BESIDE = 2  # columns of a table that is relations, beside its two keys: a role, an order


def id_names(options: SourceOptions) -> list[str]:
    """Give the columns of ids that a user names."""
    return [] if options.id is None else options.id.split(",")


def named_id(table: PlainTable, names: Sequence[str]) -> Column | None:
    """Find the column of ids that a user names: one of this very table, or one of any."""
    own = [name.removeprefix(f"{table.name}.") for name in names if f"{table.name}." in name]
    return next((column for name in (*own, *names) if (column := table.column(name))), None)


@dataclass(eq=False)
class TablePlan:
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


def plan_tables(
    path: Path,
    tables: list[PlainTable],
    options: SourceOptions,
    progress: Progress,
    notice: Notice,
) -> list[TablePlan]:
    """Find out how each table is read, and say what was guessed.

    Raises ``InputError`` where no table has rows, and for options that do not fit them.
    """
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
        guessed = guess_references(plan.table, open_columns, seen, targets, notice)
        plan.references = {key: keyed[n] for key, n in guessed.items()}
        _add_named_references(plan, plans, options)
        if plan.id is None:
            plan.ids = row_ids(plan.table, seen.rows)
            others = len(plan.columns) - len(plan.references)
            plan.is_link = len(plan.references) == 2 and others <= _MOST_BESIDE and path.is_dir()
        kept.append(plan)
        _say_guesses(plan, plans, options, notice)
    _check_rows(path, plans, kept, notice)
    return plans


def _check_rows(path: Path, plans: list[TablePlan], kept: list[TablePlan], notice: Notice) -> None:
    if not kept:
        raise InputError.at(path, "has no rows below its header; add them")
    empty = [plan.table.path.name for plan in plans if plan not in kept]
    if empty:
        notice(f"tables without rows: {len(empty):,} ({listed(empty)})")


def _with_ids(
    tables: list[PlainTable], options: SourceOptions, progress: Progress
) -> list[TablePlan]:
    """Find the ids of each table."""
    named = {table.name: named_id(table, id_names(options)) for table in tables}
    others = [table for table in tables if named[table.name] is None]
    id_columns = {table.name: read_id_columns(table, progress) for table in others}
    chosen = choose_ids(others, id_columns)
    plans = []
    for table in tables:
        column = named[table.name]
        if column is not None:
            ids = _named_ids(table, column, progress)
            plans.append(TablePlan(table, column, ids, is_named=True))
            continue
        key = chosen.get(table.name)
        column = next((each for each in table.columns if each.key == key), None)
        empty = pa.array([], pa.large_string())
        plans.append(TablePlan(table, column, id_columns[table.name][key] if key else empty))
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
    places = repeated(ids)
    if places is None:
        return ids
    again, earlier = places[0], stretches[0].row_number(places[1])
    raise InputError.at(
        table.path,
        f"the id {quoted(ids[again].as_py())} stands already in row {earlier}; give each entity "
        "one row, or --id another column",
        row=stretches[0].row_number(again),
        column=column.key,
    )


def _columns(plan: TablePlan, options: SourceOptions) -> list[Column]:
    """Give the columns that are read, that of ids left out."""
    asked = [plan.table.column(name) for name in options.columns]
    asked += [plan.table.column(options.type)] if options.type and options.columns else []
    return [
        column
        for column in plan.table.columns
        if column != plan.id and (column in asked or not options.columns)
    ]


def _choose_type(plan: TablePlan, seen: Survey, options: SourceOptions, is_column: bool) -> None:
    plan.type_name = plan.table.name
    if options.type is None:
        plan.type = type_column(plan.columns, seen)
    elif is_column:
        plan.type = plan.table.column(options.type)
    else:
        plan.type_name = options.type
    plan.columns = [column for column in plan.columns if column != plan.type]


def _choose_separators(
    plan: TablePlan, seen: Survey, options: SourceOptions, notice: Notice
) -> None:
    if options.separator is None:
        plan.separators = guess_separators(plan.table, plan.columns, seen, notice)
    else:
        keys = [column.key for column in (*plan.columns, plan.type) if column is not None]
        plan.separators = dict.fromkeys(keys, options.separator)


def _is_named(column: Column, options: SourceOptions) -> bool:
    return column.name in [reference.partition("=")[0] for reference in options.references]


def _add_named_references(plan: TablePlan, plans: list[TablePlan], options: SourceOptions) -> None:
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


def _say_guesses(
    plan: TablePlan, plans: list[TablePlan], options: SourceOptions, notice: Notice
) -> None:
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

"""What a table of records does not say of itself: its ids, types, separators and foreign keys."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kgreview.exchange.plain_table import Column, PlainTable, cell_values
from kgreview.graph.quoting import listed, quoted
from kgreview.progress import Notice, Progress
from kgreview.text.placeholders import is_blank

_ID_NAMES = (  # of a column that holds the ids of its table, letters and digits only
    *("id", "identifier", "uniqueid", "recordid", "recid", "entityid", "uri", "iri"),
    *("uuid", "guid", "key", "pk"),
)
_ID_ENDING = re.compile(r"(?:^|[\W_])(?:id|uri|iri|uuid|guid|key|fk|ref)s?$", re.IGNORECASE)
_CAMEL_ENDING = re.compile(r"(?<=[a-z0-9])(?:I[Dd]s?|URI|IRI|Key|Ref)$")
_TYPE_NAMES = ("type", "rdftype", "entitytype", "class")
_MOST_TYPES = 50
_FIRST_LOOK = 1000  # values that rule out most tables a column could point to
_SPLIT_SHARE = 0.05  # of the cells that hold a bar, from which on it is a separator
_HINT_SHARE = 0.25  # of the cells that hold a semicolon, from which on it may be one


# ---------------------------------------------------------------- names


def _letters(name: str) -> str:
    return re.sub(r"[\W_]", "", name.lower())


def _singular(name: str) -> str:
    """Give the singular of an English noun, well enough to compare names.

    >>> _singular("films"), _singular("countries"), _singular("bus"), _singular("class")
    ('film', 'country', 'bu', 'class')
    """
    word = _letters(name)
    if word == "people":
        return "person"
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def ends_like_a_key(name: str) -> bool:
    """Whether a column is called as one that holds ids.

    >>> [ends_like_a_key(n) for n in ("director_id", "filmId", "IMDb ID", "paid", "id")]
    [True, True, True, False, True]
    """
    return bool(_key_ending(name))


def _key_ending(name: str) -> re.Match[str] | None:
    return _CAMEL_ENDING.search(name) or _ID_ENDING.search(name)


def refers_by_name(column: str, table: str) -> bool:
    """Whether the name of a column is that of a table, but for what keys end in.

    >>> refers_by_name("home_city_id", "cities"), refers_by_name("cityId", "films")
    (True, False)
    """
    ending = _key_ending(column)
    word, thing = _singular(column[: ending.start()] if ending else column), _singular(table)
    return bool(thing) and (word == thing or (len(thing) > 2 and word.endswith(thing)))


def id_columns(table: PlainTable) -> tuple[list[Column], list[Column]]:
    """Give the columns that may hold the ids of a table: by their very name, and by its ending."""
    own = f"{_singular(table.name)}id"
    names = [*_ID_NAMES[:1], own, *_ID_NAMES[1:]]
    places = {name: place for place, name in reversed(list(enumerate(names)))}
    plain = [column for column in table.columns if not column.is_list]
    named = [column for column in plain if _letters(column.name) in places]
    named.sort(key=lambda column: places[_letters(column.name)])
    others = [c for c in plain if c not in named and ends_like_a_key(c.name)]
    return named, others


# ---------------------------------------------------------------- ids


def is_key(ids: pa.Array) -> bool:
    """Whether values are ids: none blank, none twice, and at least one."""
    return (
        len(ids) > 0
        and not is_blank(pa.chunked_array([ids])).any()
        and pc.count_distinct(ids).as_py() == len(ids)
    )


def are_numbers(ids: pa.Array) -> bool:
    """Whether all ids are short whole numbers, which tables share by chance."""
    return bool(pc.all(pc.match_substring_regex(ids, r"^\d{1,9}$")).as_py())


def as_keys(texts: pa.Array, numbers: bool) -> pa.Array:
    """Give values as ids they may be: pandas writes whole numbers beside gaps as 3.0."""
    return pc.replace_substring_regex(texts, r"^(\d+)\.0$", r"\1") if numbers else texts


def are_among(texts: pa.Array, ids: pa.Array, numbers: bool) -> bool:
    """Whether all values are among ids."""
    for part in (texts[:_FIRST_LOOK], texts[_FIRST_LOOK:]):
        keys = as_keys(part.unique(), numbers)
        if not pc.all(pc.is_in(keys, value_set=ids), min_count=0).as_py():
            return False
    return True


# ---------------------------------------------------------------- one look at all cells


@dataclass(frozen=True, eq=False)
class Target:
    """The ids of a table, which columns may point to."""

    table: PlainTable
    ids: pa.Array
    numbers: bool


@dataclass(eq=False)
class Survey:
    """What all cells of a table tell."""

    rows: int = 0
    filled: Counter[str] = field(default_factory=Counter)  # cells by column
    bars: Counter[str] = field(default_factory=Counter)  # of them with |
    semicolons: Counter[str] = field(default_factory=Counter)
    distinct: dict[str, set[str] | None] = field(default_factory=dict)  # None: too many for types
    targets: dict[str, list[int]] = field(default_factory=dict)  # that hold all of a column


def survey(
    table: PlainTable,
    columns: Sequence[Column],
    separator: str | None,
    targets: Sequence[Target],
    progress: Progress,
) -> Survey:
    """Look at all cells of some columns."""
    seen = Survey()
    moved: set[str] = set()  # columns that differ from the table's own ids somewhere
    for rows in table.rows(columns or table.columns[:1], progress, "look through"):
        for column in columns:
            where, texts = cell_values(rows.columns[column.key], separator)
            _count(seen, column, texts)
            there = seen.targets.get(column.key, list(range(len(targets))) if len(texts) else [])
            if len(texts):
                there = [
                    number
                    for number in there
                    if are_among(texts, targets[number].ids, targets[number].numbers)
                ]
                seen.targets[column.key] = there
            for number in there:
                target = targets[number]
                if target.table is not table or column.key in moved:
                    continue
                own = target.ids.take(pa.array(rows.first + where))
                if pc.any(pc.not_equal(as_keys(texts, target.numbers), own)).as_py():
                    moved.add(column.key)
        seen.rows += len(rows)
    for key, numbers in seen.targets.items():
        seen.targets[key] = [n for n in numbers if targets[n].table is not table or key in moved]
    return seen


def _count(seen: Survey, column: Column, texts: pa.Array) -> None:
    key = column.key
    seen.filled[key] += len(texts)
    if not column.is_list:
        seen.bars[key] += pc.sum(pc.match_substring(texts, "|")).as_py() or 0
        seen.semicolons[key] += pc.sum(pc.match_substring(texts, ";")).as_py() or 0
    if _letters(column.name) in _TYPE_NAMES:
        names = seen.distinct.setdefault(key, set())
        if names is not None:
            names |= set(texts.unique()[: _MOST_TYPES + 1].to_pylist())
            seen.distinct[key] = names if len(names) <= _MOST_TYPES else None


def type_column(columns: Sequence[Column], seen: Survey) -> Column | None:
    """Give a column that is called as one of types, and holds few different values."""
    for name in _TYPE_NAMES:
        for column in columns:
            names = seen.distinct.get(column.key)
            if _letters(column.name) == name and names and 2 * len(names) <= max(seen.rows, 10):
                return column
    return None


def guess_separators(
    table: PlainTable, columns: Sequence[Column], seen: Survey, notice: Notice
) -> dict[str, str]:
    """Give the columns whose cells hold several values with a bar between them, by key."""
    split, hint = {}, []
    for column in columns:
        filled = max(1, seen.filled[column.key])
        if seen.bars[column.key] >= _SPLIT_SHARE * filled and seen.bars[column.key]:
            split[column.key] = "|"
        elif seen.semicolons[column.key] >= _HINT_SHARE * filled:
            hint.append(column.name)
    if split:
        notice(
            f"{table.path.name}: cells are split at '|' in {listed(split)}; --separator names "
            "another sign"
        )
    if hint:
        notice(
            f"{table.path.name}: many cells hold ';' in {listed(hint)}; give --separator ';' if "
            "it stands between several values"
        )
    return split


def guess_references(
    table: PlainTable,
    columns: Sequence[Column],
    seen: Survey,
    targets: Sequence[Target],
    notice: Notice,
) -> dict[str, int]:
    """Give the columns that point to a table, by key, with its place among ``targets``.

    All their values are ids of that table. Where these are short numbers, which are among the ids
    of a table by chance, the name of the column must say so, too.
    """
    references = {}
    for column in columns:
        inside = seen.targets.get(column.key, [])
        named = [n for n in inside if refers_by_name(column.name, targets[n].table.name)]
        likely = named or [
            n for n in inside if not targets[n].numbers or ends_like_a_key(column.name)
        ]
        if len(likely) == 1:
            references[column.key] = likely[0]
        elif likely:
            files = listed(targets[n].table.name for n in likely)
            notice(
                f"{table.path.name}: the values of {quoted(column.name)} are ids of several tables "
                f"({files}), and read as values; --references {column.name}=TABLE names one"
            )
    return references


def choose_ids(
    tables: Sequence[PlainTable], columns_of: Mapping[str, Mapping[str, pa.Array]]
) -> dict[str, str]:
    """Give the column of ids of each table that has one, both by name.

    ``columns_of``: by table, the columns that may hold its ids, with values, best first. A column
    whose name only ends as that of ids does is no key of its table if another table has all its
    values: it points there.
    """
    chosen: dict[str, str] = {}
    late: list[tuple[int, PlainTable, list[str]]] = []
    for table in tables:
        named, others = id_columns(table)
        columns = columns_of[table.name]
        keys = [column.key for column in named if column.key in columns]
        if first := next((key for key in keys if is_key(columns[key])), None):
            chosen[table.name] = first
        elif weak := [c.key for c in others if c.key in columns and is_key(columns[c.key])]:
            late.append((-len(columns[weak[0]]), table, weak))
    for _, table, weak in sorted(late, key=lambda each: (each[0], each[1].name)):
        others_ids = [columns_of[name][key] for name, key in chosen.items()]
        for key in weak:
            ids = columns_of[table.name][key]
            if not any(are_among(ids, other, numbers=False) for other in others_ids):
                chosen[table.name] = key
                break
    return chosen


def read_id_columns(table: PlainTable, progress: Progress) -> dict[str, pa.Array]:
    """Read all columns of a table that may hold its ids."""
    columns = [column for group in id_columns(table) for column in group]
    parts: dict[str, list[pa.Array]] = {column.key: [] for column in columns}
    for rows in table.rows(columns, progress, "find ids in") if columns else ():
        for key in parts:
            parts[key] += rows.columns[key].chunks
    return {
        key: pa.chunked_array(each, pa.large_string()).combine_chunks()
        for key, each in parts.items()
    }


def row_ids(table: PlainTable, count: int) -> pa.Array:
    """Number the entities of a table that has no ids, (rows,)."""
    numbers = pa.array(np.arange(1, count + 1)).cast(pa.large_string())
    text = pa.large_string()
    return pc.binary_join_element_wise(pa.scalar(table.name, text), numbers, pa.scalar(":", text))

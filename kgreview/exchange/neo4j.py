"""Neo4j's CSV as a source: a folder of nodes and relationships as its import tool takes them."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from kgreview.errors import InputError
from kgreview.exchange.files import beginning, entries_of
from kgreview.exchange.forms import Form, SourceOptions
from kgreview.exchange.graph_builder import GraphBuilder, graph_of
from kgreview.exchange.id_spaces import IdSpaces
from kgreview.exchange.neo4j_headers import (
    END,
    ID,
    LABEL,
    START,
    TYPE,
    Field,
    fields_of,
    find_header,
    has_sign,
)
from kgreview.exchange.plain_table import cell_values, table_name
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.quoting import counted, listed, quoted
from kgreview.graph.readers import text_rows
from kgreview.graph.readers.columns import places
from kgreview.graph.readers.dialects import guess_dialect
from kgreview.graph.readers.id_forms import repeated
from kgreview.graph.readers.layout import Layout
from kgreview.graph.readers.tables import Check, Rows, check_names, read_columns
from kgreview.graph.readers.text_rows import encoding_by_mark
from kgreview.progress import Notice, Progress, silent

_ENDINGS = (".csv", ".tsv", ".txt")
_SCRIPTS = (".args", ".sh", ".bat", ".txt", ".conf")
_HEADER = re.compile(r"[-_. ]?headers?[-_. ]?", re.IGNORECASE)
_ARRAY_DELIMITER = re.compile(rb"""--array-delimiter[= ]+(?:"([^"]+)"|'([^']+)'|(\S+))""")
_ARRAY = ";"  # between the values of an array, if nothing else is said
_NO_LABEL = "node"


def _recognises(path: Path) -> bool:
    if path.is_file():
        return _may_be_table(path) and has_sign(path)
    if not path.is_dir():
        return False
    files = [entry for entry in entries_of(path) if _may_be_table(entry)]
    return any(has_sign(file) for file in files) and not any(map(_is_own, files))


def _may_be_table(path: Path) -> bool:
    return path.is_file() and path.name.lower().removesuffix(".gz").endswith(_ENDINGS)


def _is_own(path: Path) -> bool:
    """Whether a file is the entities table of a table folder, which may have any attribute."""
    if table_name(path).lower() != "entities":
        return False
    names = re.split(rb"[,;\t]", beginning(path).partition(b"\n")[0])
    texts = [name.decode(errors="replace").strip().strip('"') for name in names]
    return bool(places(texts, "id")) and bool(places(texts, "type"))


# ---------------------------------------------------------------- files


@dataclass(frozen=True, eq=False)
class _Table:
    """A file of nodes or of relationships."""

    path: Path
    name: str  # of the file that has the header, without endings
    layout: Layout
    fields: tuple[Field, ...]

    def of_kind(self, kind: str) -> list[Field]:
        return [field for field in self.fields if field.kind == kind]

    def one(self, kind: str) -> Field:
        """Give the only field of a kind. Raises ``InputError`` where there are more, or none."""
        fields = self.of_kind(kind)
        if len(fields) != 1:
            what = f"has {len(fields) or 'no'} columns :{kind}; it needs one"
            raise InputError.at(self.path, what, row=self.layout.row or 1)
        return fields[0]

    @property
    def is_nodes(self) -> bool:
        return bool(self.of_kind(ID))

    def rows(self, fields: Sequence[Field], progress: Progress) -> Iterator[Rows]:
        asked = {field.key: field.place for field in fields}
        stage = f"read {self.path.name}"
        return read_columns(self.path, self.layout, asked, stage=stage, progress=progress)


def _tables(path: Path, notice: Notice) -> list[_Table]:
    files = [path] if path.is_file() else [f for f in entries_of(path) if _may_be_table(f)]
    with_header: list[_Table] = []
    headers: list[tuple[_Table, bytes]] = []
    data: list[Path] = []
    for file in files:
        encoding = encoding_by_mark(file)
        header = find_header(file, encoding)
        if header is None:
            data.append(file)
            continue
        delimiter, names = header
        dialect = guess_dialect(file, delimiter, encoding)
        layout = Layout(text_rows.header(file, dialect)[0], names, [], dialect)
        table = _Table(file, table_name(file), layout, fields_of(names))
        if _is_header_alone(table):
            headers.append((table, delimiter))
        else:
            with_header.append(table)
    apart, rest = _with_headers(headers, data)
    if rest and path.is_dir():
        notice(f"files without a header of nodes or relationships, passed over: "
               f"{len(rest):,} ({listed(file.name for file in rest)})")  # fmt: skip
    if not any(table.is_nodes for table in (*with_header, *apart)):
        raise InputError.at(
            path, "has no nodes; a file of nodes has a column :ID in its header, and rows below it"
        )
    return [*with_header, *apart]


def _is_header_alone(table: _Table) -> bool:
    field = table.fields[0]
    return next(iter(table.rows([field], silent)), None) is None


def _with_headers(
    headers: Sequence[tuple[_Table, bytes]], data: Sequence[Path]
) -> tuple[list[_Table], list[Path]]:
    """Join files of data to the header that their names begin as; give those without one, too."""
    tables, rest = [], []
    for file in data:
        name = table_name(file).lower()
        fitting = [
            (len(stem), table, delimiter)
            for table, delimiter in headers
            if (stem := _HEADER.sub("", table.name).lower()) and name.startswith(stem)
        ]
        if not fitting:
            rest.append(file)
            continue
        _, table, delimiter = max(fitting, key=lambda each: each[0])
        dialect = guess_dialect(file, delimiter, encoding_by_mark(file))
        layout = Layout(0, table.layout.names, [], dialect)
        stem = _HEADER.sub("", table.name)
        tables.append(dataclasses.replace(table, path=file, name=stem, layout=layout))
    return tables, rest


def _array_sign(path: Path, options: SourceOptions) -> str:
    """Tell what parts the values of an array: what is asked for, or a script beside it says."""
    if options.separator:
        return options.separator
    for file in entries_of(path) if path.is_dir() else ():
        if file.suffix.lower() not in _SCRIPTS or not file.is_file():
            continue
        if match := _ARRAY_DELIMITER.search(beginning(file)):
            return _sign(next(filter(None, match.groups())).decode(errors="replace"))
    return _ARRAY


def _sign(text: str) -> str:
    """Read a sign as the import tool takes it.

    >>> _sign("U+001F") == chr(31), _sign("TAB") == chr(9), _sign("|")
    (True, True, '|')
    """
    if text.upper() == "TAB":
        return "\t"
    code = re.fullmatch(r"U\+([0-9A-Fa-f]{1,6})", text)
    return chr(int(code.group(1), 16)) if code else text


# ---------------------------------------------------------------- nodes


class _Nodes(NamedTuple):
    """The ids of one file of nodes."""

    table: _Table
    field: Field
    ids: pa.Array
    row_number: Callable[[int], int]


def _read(path: Path, options: SourceOptions, progress: Progress, notice: Notice) -> KnowledgeGraph:
    tables = _tables(path, notice)
    sign = _array_sign(path, options)
    nodes = [_ids(table, progress) for table in tables if table.is_nodes]
    by_space = _by_space(nodes)
    spaces = IdSpaces(by_space, notice)
    builder = GraphBuilder()
    for each in nodes:
        _add_nodes(each, sign, spaces, builder, progress, notice)
    relationships = [table for table in tables if not table.is_nodes]
    for table in relationships:
        _add_relationships(table, by_space, spaces, builder, progress)
    _tell_of_properties(relationships, notice)
    return graph_of(builder.statements(), untyped=_NO_LABEL, type_attribute="label", notice=notice)


def _ids(table: _Table, progress: Progress) -> _Nodes:
    field = table.one(ID)
    parts: list[pa.Array] = []
    row_number: Callable[[int], int] = int
    for rows in table.rows([field], progress):
        check_names(rows, (), ())
        parts += rows.columns[field.key].chunks
        if rows.first == 0:
            row_number = rows.row_number
    ids = pa.chunked_array(parts, pa.large_string()).combine_chunks()
    return _Nodes(table, field, ids, row_number)


def _by_space(nodes: Sequence[_Nodes]) -> dict[str, pa.Array]:
    """Put the ids of each space together. Raises ``InputError`` for one that stands twice."""
    by_space: dict[str, pa.Array] = {}
    for space in dict.fromkeys(each.field.space for each in nodes):
        files = [each for each in nodes if each.field.space == space]
        ids = pa.chunked_array([each.ids for each in files]).combine_chunks()
        if places := repeated(ids):
            raise _twice(files, ids, places)
        by_space[space or _NO_LABEL] = ids
    return by_space


def _twice(files: Sequence[_Nodes], ids: pa.Array, places: tuple[int, int]) -> InputError:
    (other, other_row), (one, one_row) = (_place(files, place) for place in places)
    earlier = f"row {one_row}" if one is other else f"{one.table.path.name}, row {one_row}"
    return InputError.at(
        other.table.path,
        f"the id {quoted(ids[places[0]].as_py())} stands already in {earlier}; give each node "
        "one row",
        row=other_row,
        column=other.field.key,
    )


def _place(files: Sequence[_Nodes], place: int) -> tuple[_Nodes, int]:
    for each in files:
        if place < len(each.ids):
            return each, each.row_number(place)
        place -= len(each.ids)
    raise AssertionError("a place beyond the last node")


def _add_nodes(
    nodes: _Nodes,
    sign: str,
    spaces: IdSpaces,
    builder: GraphBuilder,
    progress: Progress,
    notice: Notice,
) -> None:
    table, labels = nodes.table, nodes.table.of_kind(LABEL)
    properties = [field for field in table.fields if field.is_property]
    if not labels:
        notice(f"{table.path.name}: has no :LABEL, so its nodes are {quoted(table.name)}, as the "
               "file is called")  # fmt: skip
    for rows in table.rows([nodes.field, *labels, *properties], progress):
        check_names(rows, {field.key for field in properties}, [f.key for f in labels])
        own = nodes.ids.slice(rows.first, len(rows))
        ids = spaces.unique(nodes.field.space or _NO_LABEL, own)
        builder.add_entities(ids, None if labels else table.name)
        for field in labels:
            where, names = cell_values(rows.columns[field.key], sign, trim=False)
            builder.add_entities(ids.take(pa.array(where)), names)
        for field in properties:
            parts = sign if field.is_array else None
            where, texts = cell_values(rows.columns[field.key], parts, trim=False)
            builder.add_values(ids.take(pa.array(where)), field.name, texts)


# ---------------------------------------------------------------- relationships


def _add_relationships(
    table: _Table,
    by_space: dict[str, pa.Array],
    spaces: IdSpaces,
    builder: GraphBuilder,
    progress: Progress,
) -> None:
    ends = [table.one(START), table.one(END)]
    types = table.of_kind(TYPE)[:1]
    for rows in table.rows([*ends, *types], progress):
        check_names(rows, (), ())
        joined_rows = [
            pc.fill_null(
                pc.index_in(rows.columns[field.key], value_set=_ids_of(field, by_space, table)), -1
            )
            for field in ends
        ]
        rows.refuse(
            *(
                Check(field.key, (at.to_numpy() < 0), partial(_unknown, field))
                for field, at in zip(ends, joined_rows, strict=True)
            )
        )
        heads, tails = (
            spaces.unique(field.space or _NO_LABEL, rows.columns[field.key].combine_chunks())
            for field in ends
        )
        names = rows.columns[types[0].key] if types else table.name
        builder.add_relations(heads, names, tails)


def _ids_of(field: Field, by_space: dict[str, pa.Array], table: _Table) -> pa.Array:
    ids = by_space.get(field.space or _NO_LABEL)
    if ids is None:
        raise InputError.at(
            table.path,
            f"names ids of the space {quoted(field.space)}, which no file of nodes has; those "
            f"there are {listed(by_space)}",
            row=table.layout.row or 1,
            column=field.key,
        )
    return ids


def _unknown(field: Field, value: str) -> str:
    of_space = f" of the space {quoted(field.space)}" if field.space else ""
    return f"no node{of_space} has the id {quoted(value)}; add it or drop the row"


def _tell_of_properties(tables: Sequence[_Table], notice: Notice) -> None:
    names = sorted({field.name for table in tables for field in table.fields if field.is_property})
    if names:
        notice(
            f"properties of relationships left out: {counted(len(names), 'column')} "
            f"({listed(names)})"
        )


NEO4J = Form("neo4j", "Neo4j CSV", _recognises, _read, frozenset({"separator"}))

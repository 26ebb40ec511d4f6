"""The merged graph as CSV for Neo4j's import tool: a file of nodes a type, one of relationships."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kgreview.arrays import Rows
from kgreview.exchange.export import Export
from kgreview.exchange.export_merged import MergedTables, merged, write_table
from kgreview.exchange.identifiers import slug
from kgreview.exchange.merged_graph import MergedGraph
from kgreview.exchange.writing import Target
from kgreview.graph.quoting import counted

_NAMES = re.compile(
    r"nodes-\d+-[a-z0-9-]+\.csv|(relationships|members|dropped)\.csv|note\.txt|import\.args"
)
_ARRAY, _RARE_ARRAY = ";", "\x1f"  # between values of a property; where a value holds the first
_TEXT = pa.large_string()
_LONGEST_SLUG = 40


class _Names(Container[str]):
    """The names of all files that an export may write."""

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and _NAMES.fullmatch(name) is not None


NEO4J_FILES = _Names()


def write_neo4j(target: Target, export: Export) -> None:
    """Write nodes and relationships, and ``import.args``, which names them to the import tool.

    An attribute of which an entity has several values is an array of strings. Beside it stand
    ``members``, which entity of either graph became which, ``dropped``, and the note.
    """
    graph = merged(export, target.notice)
    tables = MergedTables(export, graph)
    kinds = list(_kinds(graph))
    sign = _sign(graph, kinds)
    if sign == _RARE_ARRAY:
        _tell_of_sign(graph, kinds, target)
    ids = pa.array(export.group_ids, _TEXT)
    for kind in kinds:
        nodes = _Nodes(graph, kind, ids, sign)
        write_table(target.path / kind.file, len(kind.entities), nodes.columns, target.progress)
    rest = tables.all()
    count, batch = rest["relations"]

    def relationships(rows: slice) -> dict[str, pa.Array]:
        names = {"head": ":START_ID", "relation": ":TYPE", "tail": ":END_ID", "side": "side:string"}
        return {names[name]: column for name, column in batch(rows).items()}

    write_table(target.path / "relationships.csv", count, relationships, target.progress)
    for name in ("members", "dropped"):
        write_table(target.path / f"{name}.csv", *rest[name], target.progress)
    _write_words(target.path, export, [kind.file for kind in kinds], sign)


class _Property(NamedTuple):
    """The values of one attribute that entities of one type have."""

    name: str
    nodes: Rows  # (values,) place among the nodes of the type, in order
    where: Rows  # (values,) position of the text
    is_array: bool


class _Kind(NamedTuple):
    """The entities of one type."""

    file: str
    name: str
    entities: Rows  # (nodes,) group, in order
    properties: tuple[_Property, ...]


def _kinds(graph: MergedGraph) -> Iterator[_Kind]:
    """Give the types by name, each with its entities and what these have."""
    names, codes = np.unique(np.array(graph.types, dtype=object).astype(str), return_inverse=True)
    entities = _parts(codes, len(names))
    values = _parts(codes[graph.values.entity], len(names))
    for code, name in enumerate(names.tolist()):
        short = slug(name.rstrip("/#").replace("#", "/").rpartition("/")[2])[:_LONGEST_SLUG]
        file = f"nodes-{code + 1}-{short.strip('-')}.csv"
        properties = _properties(graph, entities[code], values[code])
        yield _Kind(file, name, entities[code], tuple(properties))


def _properties(graph: MergedGraph, entities: Rows, values: Rows) -> Iterator[_Property]:
    names = graph.values.name[values]
    for code, places in enumerate(_parts(names, int(names.max(initial=-1)) + 1)):
        if not len(places):
            continue
        own = values[places]
        nodes = np.searchsorted(entities, graph.values.entity[own])
        order = np.argsort(nodes, kind="stable")
        several = bool((np.diff(nodes[order]) == 0).any())
        where = graph.values.where[own[order]]
        yield _Property(graph.attribute_names[code], nodes[order], where, several)


def _parts(codes: Rows, count: int) -> list[Rows]:
    """Give the positions at which each of ``count`` codes stands, in order."""
    order = np.argsort(codes, kind="stable")
    return np.split(order, np.searchsorted(codes[order], np.arange(1, count)))


class _Nodes:
    """The nodes of one type, as columns of a stretch of them."""

    def __init__(self, graph: MergedGraph, kind: _Kind, ids: pa.Array, sign: str) -> None:
        self._texts = graph.texts
        self._kind = kind
        self._ids = ids
        self._sign = sign

    def columns(self, rows: slice) -> dict[str, pa.Array]:
        """Give the columns by their header."""
        entities = self._kind.entities[rows]
        start = rows.start or 0
        columns = {
            "kgreview_id:ID": self._ids.take(pa.array(entities)),
            ":LABEL": pa.array([self._kind.name] * len(entities), _TEXT),
        }
        for each in self._kind.properties:
            header = f"{each.name}:string{'[]' if each.is_array else ''}"
            columns[header] = self._cells(each, start, len(entities))
        return columns

    def _cells(self, values: _Property, start: int, count: int) -> pa.Array:
        """Join the values of each node, (nodes,); null where there is none."""
        first, last = np.searchsorted(values.nodes, [start, start + count])
        counts = np.bincount(values.nodes[first:last] - start, minlength=count)
        texts = self._texts.take(pa.array(values.where[first:last])).combine_chunks()
        if values.is_array and self._sign == _RARE_ARRAY:
            texts = pc.replace_substring(texts, _RARE_ARRAY, " ")
        offsets = pa.array(np.concatenate([[0], np.cumsum(counts)]))
        lists = pa.LargeListArray.from_arrays(offsets, texts)
        joined = pc.binary_join(lists, pa.scalar(self._sign, _TEXT))
        return pc.if_else(pa.array(counts > 0), joined, pa.scalar(None, _TEXT))


def _arrays(graph: MergedGraph, kinds: list[_Kind]) -> pa.ChunkedArray:
    """Give all values that stand in arrays."""
    places = [each.where for kind in kinds for each in kind.properties if each.is_array]
    return graph.texts.take(pa.array(np.concatenate([np.empty(0, np.int64), *places])))


def _sign(graph: MergedGraph, kinds: list[_Kind]) -> str:
    """Choose what stands between the values of an array, and between labels: what none holds."""
    held = any(_ARRAY in kind.name for kind in kinds)
    if not held:
        held = bool(pc.any(pc.match_substring(_arrays(graph, kinds), _ARRAY)).as_py())
    return _RARE_ARRAY if held else _ARRAY


def _tell_of_sign(graph: MergedGraph, kinds: list[_Kind], target: Target) -> None:
    target.notice(
        "values or types hold ';', so U+001F stands between the values of an array; import.args "
        "says so to the import tool"
    )
    texts = _arrays(graph, kinds)
    changed = pc.sum(pc.match_substring(texts, _RARE_ARRAY)).as_py() or 0
    if changed:
        target.notice(f"U+001F within {counted(changed, 'value')} of arrays became a blank")


def _write_words(folder: Path, export: Export, files: list[str], sign: str) -> None:
    word = f"U+{ord(sign):04X}" if sign == _RARE_ARRAY else sign
    lines = [
        *(f"--nodes={file}" for file in files),
        "--relationships=relationships.csv",
        f"--array-delimiter={word}",
        "--multiline-fields=true",
    ]
    (folder / "import.args").write_text("\n".join(lines) + "\n", encoding="utf-8")
    note = [
        *export.provenance.lines(),
        f"Values: {export.settings.values}",
        "Import it from within this folder: neo4j-admin database import full @import.args",
    ]
    (folder / "note.txt").write_text("\n".join(note) + "\n", encoding="utf-8")

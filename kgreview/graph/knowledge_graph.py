"""One knowledge graph in columns, immutable and memory-mapped."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kgreview.arrays import Ints
from kgreview.errors import InputError
from kgreview.graph.canonical_order import (
    IntArray,
    as_strings,
    byte_order,
    canonical_values,
    encode,
    encode_tags,
    first_of_each,
    offsets_of,
    order_by,
)
from kgreview.graph.columns import open_column, open_strings
from kgreview.graph.languages import language_ranks
from kgreview.graph.quoting import one_line, quoted

_ARRAYS = (
    "types",
    "value_offsets",
    "value_attributes",
    "edge_offsets",
    "edge_relations",
    "edge_neighbours",
    "id_order",
)
_STRINGS = ("ids", "values")
_FORMAT = 1
_FEW = 100  # entities to one id, from which on to bisect for each is faster than to hash all ids


@dataclass(frozen=True, eq=False)
class KnowledgeGraph:
    """Entities with an id and a type, their attribute values, and relations between them.

    An entity is a *row*, an integer from 0 to ``num_entities - 1``. Attribute values and edges are
    in CSR form: those of row ``i`` lie at ``offsets[i]:offsets[i + 1]``. Each relation (head,
    relation, tail) stands twice, at its head as ``relation`` and at its tail as
    ``relation + num_relations``, the inverse, so that a neighbourhood is one slice.

    The order is canonical, so that nothing depends on the order of the source: entities by the
    bytes of their ids, values of an entity by attribute, language (see ``language_ranks``) and
    bytes, edges by relation and neighbour. Graphs saved by an earlier release keep entities and
    values in the order of the source; ``id_order`` is for them.
    """

    ids: pa.LargeStringArray  # (entities,)
    types: IntArray  # (entities,) code into type_names
    type_names: tuple[str, ...]
    value_offsets: IntArray  # (entities + 1,)
    value_attributes: IntArray  # (values,) code into attribute_names
    values: pa.LargeStringArray  # (values,) by entity, attribute, language, bytes
    attribute_names: tuple[str, ...]
    edge_offsets: IntArray  # (entities + 1,)
    edge_relations: IntArray  # (2 × relations,) code, the inverse is shifted by num_relations
    edge_neighbours: IntArray  # (2 × relations,) row of the entity at the other end
    relation_names: tuple[str, ...]
    id_order: IntArray = field(repr=False)  # (entities,) rows by their ids; 0, 1, 2 …
    # "@de" a language, "^^IRI" a datatype, "@de @en" several, "" a plain string
    tag_names: tuple[str, ...] = ()
    value_tags: IntArray | None = None  # (values,) code into tag_names; None: the source has none

    @property
    def num_entities(self) -> int:
        """How many entities there are."""
        return len(self.types)

    @property
    def num_values(self) -> int:
        """How many attribute values there are."""
        return len(self.value_attributes)

    @property
    def num_edges(self) -> int:
        """How many (head, relation, tail) there are."""
        return len(self.edge_relations) // 2

    @property
    def num_relations(self) -> int:
        """How many relation names there are, inverses not counted."""
        return len(self.relation_names)

    @classmethod
    def from_columns(
        cls,
        *,
        ids: pa.Array,
        types: pa.Array,
        value_entities: IntArray,
        value_attributes: pa.Array,
        values: pa.Array,
        edge_heads: IntArray,
        edge_relations: pa.Array,
        edge_tails: IntArray,
        value_tags: pa.Array | None = None,
    ) -> KnowledgeGraph:
        """Build a graph from columns that were already checked.

        ``ids`` and ``types`` are strings (entities,); ``value_entities``, ``edge_heads`` and
        ``edge_tails`` are positions in ``ids``; names of types, attributes and relations are
        strings, dictionary arrays welcome. ``value_tags`` (values,) are languages and datatypes.
        All may come in any order: the graph is the same. A value or relation stated twice counts
        once. Ids must be unique and positions within range: readers see to that, this constructor
        does not.
        """
        n = len(ids)
        id_order = byte_order(ids)
        row = np.empty(n, dtype=np.int32)  # of each position in ids
        row[id_order] = np.arange(n, dtype=np.int32)
        value_entities, heads, tails = row[value_entities], row[edge_heads], row[edge_tails]
        type_codes, type_names = encode(types)
        attribute_codes, attribute_names = encode(value_attributes)
        relation_codes, relation_names = encode(edge_relations)

        tags, tag_names = encode_tags(value_tags)
        value_order = canonical_values(value_entities, attribute_codes, values)
        if tags is not None:
            ranks = language_ranks(tag_names, np.bincount(tags, minlength=len(tag_names)))
            keys = ranks[tags], attribute_codes, value_entities
            value_order = value_order[order_by(*(key[value_order] for key in keys))]
            tags = tags[value_order]
        stated = first_of_each(heads, relation_codes, tails)
        heads, tails, relations = heads[stated], tails[stated], relation_codes[stated]
        sources = np.concatenate([heads, tails])
        targets = np.concatenate([tails, heads])
        codes = np.concatenate([relations, relations + len(relation_names)])
        edge_order = order_by(targets, codes, sources)
        return cls(
            ids=as_strings(ids).take(pa.array(id_order)),
            types=type_codes[id_order],
            type_names=type_names,
            value_offsets=offsets_of(value_entities[value_order], n),
            value_attributes=attribute_codes[value_order],
            values=as_strings(values).take(pa.array(value_order)),
            attribute_names=attribute_names,
            edge_offsets=offsets_of(sources, n),
            edge_relations=codes[edge_order].astype(np.int32),
            edge_neighbours=targets[edge_order],
            relation_names=relation_names,
            id_order=np.arange(n, dtype=np.int64),
            tag_names=tag_names,
            value_tags=tags,
        )

    # ---------------------------------------------------------------- look-up

    def id(self, row: int) -> str:
        """Give the id of a row."""
        return str(self.ids[int(row)].as_py())

    def row(self, entity_id: str) -> int:
        """Find the row of an id by bisection. Raises ``InputError`` where no entity has it."""
        row = self._find(entity_id)
        if row < 0:
            raise InputError(f"no entity has the id {quoted(entity_id)}")
        return row

    def _find(self, entity_id: str) -> int:
        wanted = entity_id.encode(errors="surrogatepass")
        low, high = 0, self.num_entities
        while low < high:
            middle = (low + high) // 2
            if self.ids[int(self.id_order[middle])].as_py().encode() < wanted:
                low = middle + 1
            else:
                high = middle
        if low < self.num_entities and self.id(int(self.id_order[low])) == entity_id:
            return int(self.id_order[low])
        return -1

    def rows(self, entity_ids: Sequence[str] | pa.Array | pa.ChunkedArray) -> Ints:
        """Find the rows of many ids at once, -1 where no entity has it."""
        wanted = (
            entity_ids.cast(pa.large_string())
            if isinstance(entity_ids, pa.Array | pa.ChunkedArray)
            else pa.array(entity_ids, type=pa.large_string())
        )
        if len(wanted) * _FEW < self.num_entities:
            few = [-1 if each is None else self._find(each) for each in wanted.to_pylist()]
            return np.array(few, dtype=np.int64)
        rows = pc.fill_null(pc.index_in(wanted, value_set=self.ids), -1)
        return np.asarray(rows, dtype=np.int64)

    def type_of(self, row: int) -> str:
        """Give the name of a row's type."""
        return self.type_names[int(self.types[row])]

    def rows_of_type(self, type_name: str) -> Ints:
        """Give the rows of one type, ascending; none where the graph lacks the type."""
        code = self.type_codes.get(type_name)
        if code is None:
            return np.empty(0, dtype=np.int64)
        order, bounds = self._by_type
        return order[bounds[code] : bounds[code + 1]]

    @cached_property
    def type_codes(self) -> dict[str, int]:
        """The code of each type by its name."""
        return {name: code for code, name in enumerate(self.type_names)}

    @cached_property
    def attribute_codes(self) -> dict[str, int]:
        """The code of each attribute by its name."""
        return {name: code for code, name in enumerate(self.attribute_names)}

    @cached_property
    def _by_type(self) -> tuple[Ints, Ints]:
        """All rows by their type, and where each type begins, (types + 1,)."""
        counts = np.bincount(self.types, minlength=len(self.type_names))
        bounds = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        return np.argsort(self.types, kind="stable"), bounds

    def attributes(self, row: int) -> dict[str, list[str]]:
        """Give the values of one entity by attribute, in the order that ``values`` has."""
        start, end = int(self.value_offsets[row]), int(self.value_offsets[row + 1])
        values: dict[str, list[str]] = {}
        for code, value in zip(
            self.value_attributes[start:end], self.values.slice(start, end - start), strict=True
        ):
            values.setdefault(self.attribute_names[int(code)], []).append(value.as_py())
        return values

    def tags(self, row: int) -> dict[str, list[str]]:
        """Give the language or datatype of each value of one entity, '' without one.

        By attribute, in the order of ``attributes``; empty where the source has none at all.
        """
        if self.value_tags is None:
            return {}
        where = slice(int(self.value_offsets[row]), int(self.value_offsets[row + 1]))
        tags: dict[str, list[str]] = {}
        for code, tag in zip(self.value_attributes[where], self.value_tags[where], strict=True):
            tags.setdefault(self.attribute_names[int(code)], []).append(self.tag_names[int(tag)])
        return tags

    def degree(self, row: int) -> int:
        """Count the edges of one entity, both directions."""
        return int(self.edge_offsets[row + 1] - self.edge_offsets[row])

    def neighbourhood(self, row: int) -> tuple[IntArray, IntArray]:
        """Give relation codes (edges,) and neighbour rows (edges,) of one entity."""
        where = slice(int(self.edge_offsets[row]), int(self.edge_offsets[row + 1]))
        return self.edge_relations[where], self.edge_neighbours[where]

    def relation(self, code: int) -> tuple[str, bool]:
        """Give the name a relation code stands for, and whether it is the inverse."""
        inverse = code >= self.num_relations
        return self.relation_names[int(code) - self.num_relations * inverse], bool(inverse)

    def relation_code(self, name: str, inverse: bool = False) -> int:
        """Give the code of a relation or its inverse: what ``relation`` reads."""
        return self._relation_codes[name] + self.num_relations * inverse

    @cached_property
    def _relation_codes(self) -> dict[str, int]:
        return {name: code for code, name in enumerate(self.relation_names)}

    @cached_property
    def value_entities(self) -> Ints:
        """Row of each attribute value, (values,)."""
        return np.repeat(np.arange(self.num_entities), np.diff(self.value_offsets))

    @cached_property
    def edge_entities(self) -> Ints:
        """Row at the near end of each edge, (2 × relations,)."""
        return np.repeat(np.arange(self.num_entities), np.diff(self.edge_offsets))

    def describe(self) -> dict[str, Any]:
        """Count what is there, as JSON values: in total, and by type, attribute and relation."""

        def by(names: tuple[str, ...], codes: IntArray) -> dict[str, int]:
            return dict(zip(names, np.bincount(codes, minlength=len(names)).tolist(), strict=True))

        forward = self.edge_relations[self.edge_relations < self.num_relations]
        return {
            "entities": self.num_entities,
            "values": self.num_values,
            "relations": self.num_edges,
            "by_type": by(self.type_names, self.types),
            "by_attribute": by(self.attribute_names, self.value_attributes),
            "by_relation": by(self.relation_names, forward),
        }

    # ---------------------------------------------------------------- on disk

    def save(self, folder: Path) -> None:
        """Write the columns into a new folder: ``.npy`` for integers, Arrow files for strings."""
        folder.mkdir(parents=True)
        for name in _ARRAYS:
            np.save(folder / f"{name}.npy", np.ascontiguousarray(getattr(self, name)))
        if self.value_tags is not None:
            np.save(folder / "value_tags.npy", self.value_tags)
        for name in _STRINGS:
            column: pa.Array = getattr(self, name)
            table = pa.table({name: column})
            with (
                pa.OSFile(str(folder / f"{name}.arrow"), "wb") as sink,
                pa.ipc.new_file(sink, table.schema) as writer,
            ):
                writer.write_table(table, max_chunksize=max(1, len(column)))
        header = {
            "format": _FORMAT,
            "type_names": self.type_names,
            "attribute_names": self.attribute_names,
            "relation_names": self.relation_names,
            "tag_names": self.tag_names,
        }
        (folder / "graph.json").write_text(json.dumps(header, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def open(cls, folder: Path) -> KnowledgeGraph:
        """Open a saved graph without reading its values: its columns are memory-mapped.

        Raises ``InputError`` where the folder holds no whole saved graph.
        """
        try:
            return cls._open(folder)
        except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
            raise InputError.at(
                folder,
                f"is no whole saved graph ({one_line(str(error))}); restore it from a backup, or "
                "create the project again",
            ) from error

    @classmethod
    def _open(cls, folder: Path) -> KnowledgeGraph:
        header = json.loads((folder / "graph.json").read_text(encoding="utf-8"))
        if header["format"] != _FORMAT:
            raise InputError.at(
                folder, f"is in format {header['format']}, not {_FORMAT}; create the project again"
            )
        arrays = {name: open_column(folder / f"{name}.npy") for name in _ARRAYS}
        strings = {name: open_strings(folder / f"{name}.arrow") for name in _STRINGS}
        tags = open_column(folder / "value_tags.npy") if header.get("tag_names") else None
        _check_lengths(folder, arrays, strings)
        return cls(
            **arrays,
            **strings,
            type_names=tuple(header["type_names"]),
            attribute_names=tuple(header["attribute_names"]),
            relation_names=tuple(header["relation_names"]),
            tag_names=tuple(header.get("tag_names", ())),  # none: of an earlier release
            value_tags=tags,
        )


def _check_lengths(
    folder: Path, arrays: dict[str, IntArray], strings: dict[str, pa.LargeStringArray]
) -> None:
    """Raise ``InputError`` for columns that cannot be of one graph; looks at their ends alone."""
    entities, values, edges = (
        len(arrays[name]) for name in ("types", "value_attributes", "edge_relations")
    )
    whole = (
        len(strings["ids"]) == len(arrays["id_order"]) == entities
        and len(strings["values"]) == values
        and len(arrays["edge_neighbours"]) == edges
        and all(column.ndim == 1 and column.dtype.kind in "iu" for column in arrays.values())
        and all(
            len(arrays[name]) == entities + 1 and arrays[name][0] == 0 and arrays[name][-1] == last
            for name, last in (("value_offsets", values), ("edge_offsets", edges))
        )
    )
    if not whole:
        what = "holds columns that do not belong together; restore it from a backup"
        raise InputError.at(folder, what)

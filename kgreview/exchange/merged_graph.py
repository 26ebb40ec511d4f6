"""The merged graph: one entity for each group, with all that both sides say of it.

Attributes of the right graph that the schema pairs with one of the left have its name. Where both
sides have values of an attribute that differ, a rule says which are kept:

- ``keep_both``: all of them;
- ``left``, ``right``: those of that side, where it has any;
- ``newest``: those of the entities that were changed last, by an attribute of each graph; all of
  them where one that has a value tells no date;
- ``most_frequent``: those that most entities of the group state, and of equally many the left ones.

A placeholder is no value. What a rule drops stands beside the graph, so that nothing is lost. The
same text in two languages is one value with both.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kgreview.arrays import Bools, Floats, Rows
from kgreview.exchange.groups import Groups
from kgreview.graph.canonical import canonical_codes
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.schema import AttributePair, Schema
from kgreview.graph.sides import SideValues, read_sides
from kgreview.graph.tags import join_tags
from kgreview.text.amounts import read_values
from kgreview.text.readings import Reading, ValueType

SIDES = ("left", "right", "both")  # of a statement: who makes it, by the bits LEFT and RIGHT - 1
LEFT, RIGHT = 1, 2


@dataclass(frozen=True, eq=False)
class Statements:
    """Values or relations of merged entities, each stated by one side or both."""

    entity: Rows  # (statements,) group
    name: Rows  # (statements,) code of the attribute or relation
    sides: npt.NDArray[np.int8]  # (statements,) LEFT, RIGHT or both bits
    where: Rows  # (statements,) position of the value, or group of the tail
    tags: (
        Rows  # (statements, 2) of values, by side: code into MergedGraph.tag_names; 0 of relations
    )

    def __len__(self) -> int:
        return len(self.entity)

    def take(self, kept: Bools) -> Statements:
        """Keep some of them."""
        return Statements(
            self.entity[kept], self.name[kept], self.sides[kept], self.where[kept], self.tags[kept]
        )


@dataclass(frozen=True, eq=False)
class MergedGraph:
    """Two graphs as one. Entities are numbered as their groups are."""

    left: KnowledgeGraph
    right: KnowledgeGraph
    groups: Groups
    types: tuple[str, ...]  # (groups,)
    attribute_names: tuple[str, ...]
    values: Statements
    dropped: Statements  # values that the rule dropped
    relation_names: tuple[str, ...]
    relations: Statements
    conflicts: int  # attributes of an entity on which the sides differ
    tag_names: tuple[str, ...] = ("",)  # languages and datatypes, as in ``KnowledgeGraph``

    @cached_property
    def texts(self) -> pa.ChunkedArray:
        """All values of both graphs, left ones first; ``Statements.where`` are positions in it."""
        return pa.chunked_array([self.left.values, self.right.values], pa.large_string())


def merge(
    left: KnowledgeGraph,
    right: KnowledgeGraph,
    schema: Schema,
    groups: Groups,
    rule: str,
    changed: tuple[str, str] = ("", ""),
) -> MergedGraph:
    """Merge two graphs by their groups. ``rule``: one of ``export.RULES``.

    ``changed``: the attributes of either graph that say when an entity was last changed.
    """
    attribute_names, codes = _attribute_codes(left, right, schema)
    statements = _MergedStatements.of(left, right, schema, groups, codes, changed)
    kept, conflicts = statements.kept(rule)
    relation_names, relations = _relations(left, right, groups)
    return MergedGraph(
        left,
        right,
        groups,
        _types(left, right, groups, first="right" if rule == "right" else "left"),
        attribute_names,
        statements.statements.take(kept),
        statements.statements.take(~kept),
        relation_names,
        relations,
        conflicts,
        statements.tag_names,
    )


def _types(
    left: KnowledgeGraph, right: KnowledgeGraph, groups: Groups, first: str
) -> tuple[str, ...]:
    """Give each group the type of its first entity, of the side that comes first if it has one."""
    type_of = np.full(groups.count, "", dtype=object)
    sides = [(left, groups.left), (right, groups.right)]
    for graph, group in sides if first == "right" else reversed(sides):
        names = np.array(graph.type_names, dtype=object)
        type_of[group[::-1]] = names[graph.types[::-1]]  # of a group the first one is written last
    return tuple(type_of.tolist())


# ---------------------------------------------------------------- attributes


def _attribute_codes(
    left: KnowledgeGraph, right: KnowledgeGraph, schema: Schema
) -> tuple[tuple[str, ...], Rows]:
    """Name the attributes of the merged graph; give the code of each of the right, by type.

    (right types, right attributes). The left ones keep their codes.
    """
    names = [*left.attribute_names]
    places = {name: code for code, name in enumerate(names)}
    own = []
    for name in right.attribute_names:
        if name not in places:
            places[name] = len(names)
            names.append(name)
        own.append(places[name])
    codes = np.tile(np.array(own, dtype=np.int64), (max(1, len(right.type_names)), 1))
    for (type_name, attribute), pair in _best_pairs(schema).items():
        if attribute in right.attribute_names and pair.left in left.attribute_names:
            at = right.type_names.index(type_name), right.attribute_names.index(attribute)
            codes[at] = places[pair.left]
    return tuple(names), codes


def _best_pairs(schema: Schema) -> Mapping[tuple[str, str], AttributePair]:
    """Give for each right type and attribute the left attribute that it agrees with best."""
    best: dict[tuple[str, str], AttributePair] = {}
    for pair in schema.attributes:
        key = pair.types.right, pair.right
        if key not in best or _strength(pair) > _strength(best[key]):
            best[key] = pair
    return best


def _strength(pair: AttributePair) -> tuple[float, bool]:
    agreement = 1.0 if pair.agreement is None else pair.agreement  # None: a user says so
    return agreement, pair.left == pair.right


# ---------------------------------------------------------------- values


@dataclass(frozen=True, eq=False)
class _MergedStatements:
    """The distinct values of merged entities, and what each means."""

    statements: Statements
    meaning: Rows  # (statements,) equal for values that say the same; -1 for one that says nothing
    members: Rows  # (statements,) how many entities state it
    changed: Floats  # (statements,) when the newest of these was last changed, in days; nan unknown
    tag_names: tuple[str, ...]

    @classmethod
    def of(
        cls,
        left: KnowledgeGraph,
        right: KnowledgeGraph,
        schema: Schema,
        groups: Groups,
        codes: Rows,
        changed: tuple[str, str],
    ) -> _MergedStatements:
        owners = groups.left[left.value_entities], groups.right[right.value_entities]
        entity = np.concatenate(owners)
        named = codes[right.types[right.value_entities], right.value_attributes]
        name = np.concatenate([left.value_attributes, named]).astype(np.int64)
        side = np.repeat([LEFT, RIGHT], [left.num_values, right.num_values])
        texts = pa.chunked_array([left.values, right.values], pa.large_string())
        spelt = np.asarray(
            texts.combine_chunks().dictionary_encode().indices.to_numpy(), dtype=np.int64
        )
        order = np.lexsort((np.arange(len(entity)), spelt, name, entity))
        starts = np.flatnonzero(_changes(entity[order], name[order], spelt[order]))
        first = order[starts]
        # what is not compared is handed on all the same
        whole = dataclasses.replace(schema, left_ignored=(), right_ignored=())
        sides = read_sides(left, right, whole)
        days = [_days_of_change(*each)[each[0].graph.value_entities]
                for each in zip(sides, changed, strict=True)]  # fmt: skip
        if not len(order):
            bits, count, newest = side[:0].astype(np.int8), entity[:0], np.empty(0)
        else:
            bits = np.bitwise_or.reduceat(side[order], starts).astype(np.int8)
            count = np.diff(np.append(starts, len(order)))
            newest = np.fmax.reduceat(np.concatenate(days)[order], starts)
        meaning = np.concatenate(canonical_codes(*sides))
        tags, tag_names = _tags((left, right), entity, name)
        by_side = _tags_by_side(tags[order], side[order], starts)
        return cls(
            Statements(entity[first], name[first], bits, first, by_side),
            meaning[first],
            count.astype(np.int64),
            newest,
            tag_names,
        )

    def kept(self, rule: str) -> tuple[Bools, int]:
        """Say which statements a rule keeps, (statements,), and count the attributes at odds."""
        statements = self.statements
        speaks = self.meaning >= 0
        cell = (
            np.cumsum(_changes(statements.entity, statements.name)) - 1
        )  # (statements,), by entity and name
        cells = int(cell[-1]) + 1 if len(cell) else 0
        by = [_any(cell, speaks & (statements.sides & bit > 0), cells) for bit in (LEFT, RIGHT)]
        of_meaning, sides = self._by_meaning(cell)
        differs = _any(cell, speaks & (sides[of_meaning] != LEFT | RIGHT), cells)
        conflict = by[0] & by[1] & differs
        if rule == "keep_both":
            kept = np.ones(len(cell), dtype=np.bool_)
        elif rule in ("most_frequent", "newest"):
            best = (
                self._newest(cell, cells, speaks)
                if rule == "newest"
                else self._most_frequent(cell, cells, of_meaning, sides)
            )
            # where one side alone speaks, all it says is kept
            kept = ~(by[0] & by[1])[cell] | best
        else:
            first = rule == "right"
            kept = (statements.sides & (LEFT, RIGHT)[first] > 0) | ~by[first][cell]
        return kept, int(conflict.sum())

    def _by_meaning(self, cell: Rows) -> tuple[Rows, npt.NDArray[np.int8]]:
        """Number what is said in each cell, however spelt; give who says it, (meanings,)."""
        keys = cell * (int(self.meaning.max(initial=0)) + 2) + self.meaning + 1
        numbered: Rows = np.unique(keys, return_inverse=True)[1].astype(np.int64)
        sides = np.zeros(int(numbered.max(initial=-1)) + 1, dtype=np.int8)
        np.bitwise_or.at(sides, numbered, self.statements.sides)
        return numbered, sides

    def _most_frequent(
        self, cell: Rows, cells: int, of_meaning: Rows, sides: npt.NDArray[np.int8]
    ) -> Bools:
        """Keep what most entities say; of equally many, what the left says; in the left's words."""
        votes = np.bincount(of_meaning, weights=self.members, minlength=len(sides))
        rank = 2 * votes + (sides & LEFT > 0)  # a tie goes to the left
        rank = np.where(self.meaning >= 0, rank[of_meaning], -1)
        best = np.full(cells, -1.0)
        np.maximum.at(best, cell, rank)
        of_left = sides[of_meaning] & LEFT > 0
        in_words = ~of_left | (self.statements.sides & LEFT > 0)
        is_best: Bools = (rank == best[cell]) & in_words
        return is_best

    def _newest(self, cell: Rows, cells: int, speaks: Bools) -> Bools:
        """Keep what the entities say that were changed last; all where one tells no date."""
        unknown = _any(cell, speaks & np.isnan(self.changed), cells)
        latest = np.full(cells, -np.inf)
        np.fmax.at(latest, cell[speaks], self.changed[speaks])
        is_newest: Bools = unknown[cell] | (speaks & (self.changed == latest[cell]))
        return is_newest


def _days_of_change(side: SideValues, attribute: str) -> Floats:
    """Give the day on which each entity was last changed, nan where none tells, (entities,)."""
    graph = side.graph
    day_of = np.full(graph.num_entities, np.nan)
    if attribute in graph.attribute_names:
        where = np.flatnonzero(graph.value_attributes == graph.attribute_names.index(attribute))
        reading = side.readings.get(attribute, Reading())
        reading = reading if reading.type is ValueType.DATE else Reading(ValueType.DATE)
        days = read_values(graph.values.take(pa.array(where)), reading)[:, 1]
        np.fmax.at(day_of, graph.value_entities[where], days)
    return day_of


def _tags(
    graphs: tuple[KnowledgeGraph, KnowledgeGraph], entity: Rows, name: Rows
) -> tuple[Rows, tuple[str, ...]]:
    """Give the tag of each value, (values of both,), joint where a side states it in several.

    ``entity`` and ``name``: group and merged attribute of each value.
    """
    names = list(dict.fromkeys(("", *graphs[0].tag_names, *graphs[1].tag_names)))
    codes, start = np.zeros(len(entity), dtype=np.int64), 0
    for graph in graphs:
        part = slice(start, start + graph.num_values)
        start += graph.num_values
        if graph.value_tags is not None:
            code = np.array([names.index(tag) for tag in graph.tag_names], dtype=np.int64)
            tags = code[graph.value_tags]
            codes[part], names = join_tags(entity[part], name[part], graph.values, tags, names)
    return codes, tuple(names)


def _tags_by_side(tags: Rows, side: Rows, starts: Rows) -> Rows:
    """Give the tag of each statement on either side, (statements, 2), 0 where it says nothing.

    ``tags`` and ``side`` (values,) are in the order of statements, which begin at ``starts``.
    """
    statement = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(tags))))
    codes = np.zeros((len(starts), 2), dtype=np.int64)
    for column, bit in enumerate((LEFT, RIGHT)):
        mine = side == bit
        codes[statement[mine], column] = tags[mine]  # all of one statement and side are the same
    return codes


# ---------------------------------------------------------------- relations


def _relations(
    left: KnowledgeGraph, right: KnowledgeGraph, groups: Groups
) -> tuple[tuple[str, ...], Statements]:
    """Join the relations of both sides; one that both state stands once."""
    names = tuple(dict.fromkeys([*left.relation_names, *right.relation_names]))
    parts = []
    for graph, group, bit in ((left, groups.left, LEFT), (right, groups.right, RIGHT)):
        forward = np.flatnonzero(graph.edge_relations < graph.num_relations)
        code = np.array([names.index(name) for name in graph.relation_names], dtype=np.int64)
        heads = group[graph.edge_entities[forward]]
        tails = group[np.asarray(graph.edge_neighbours)[forward]]
        relation = code[graph.edge_relations[forward]] if len(code) else heads[:0]
        parts.append((heads, relation, tails, np.full(len(forward), bit, dtype=np.int8)))
    heads, relation, tails, side = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    order = np.lexsort((tails, relation, heads))
    starts = np.flatnonzero(_changes(heads[order], relation[order], tails[order]))
    first = order[starts]
    sides = np.bitwise_or.reduceat(side[order], starts) if len(order) else side
    untagged = np.broadcast_to(np.int64(0), (len(first), 2))
    return names, Statements(heads[first], relation[first], sides, tails[first], untagged)


def _changes(*columns: Rows) -> Bools:
    """Say of sorted rows which differ from the one before, (rows,)."""
    changed = np.ones(len(columns[0]), dtype=np.bool_)
    changed[1:] = False
    for column in columns:
        changed[1:] |= column[1:] != column[:-1]
    return changed


def _any(cell: Rows, holds: Bools, cells: int) -> Bools:
    return np.bincount(cell, weights=holds, minlength=cells) > 0

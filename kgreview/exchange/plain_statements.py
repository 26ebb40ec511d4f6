"""From the cells of a plain table to the statements of a graph."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kgreview.arrays import Ints
from kgreview.exchange.graph_builder import GraphBuilder
from kgreview.exchange.id_spaces import IdSpaces
from kgreview.exchange.joins import joined
from kgreview.exchange.plain_guesses import as_keys
from kgreview.exchange.plain_plan import TablePlan
from kgreview.exchange.plain_table import Column, cell_values
from kgreview.graph.quoting import counted, quoted
from kgreview.graph.readers.tables import Rows, check_names
from kgreview.progress import Notice, Progress


class _Count(NamedTuple):
    ids: int
    others: int


@dataclass(eq=False)
class TableReading:
    """One table on its way into a graph."""

    plan: TablePlan
    plans: list[TablePlan]
    spaces: IdSpaces
    builder: GraphBuilder
    progress: Progress
    notice: Notice
    counts: dict[str, _Count] = field(default_factory=dict)  # of relations, by key

    def read(self) -> None:
        """Read its rows into the graph that is built."""
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
        self._say_relations()

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
        self, column: Column, where: Ints, texts: pa.Array, ids: pa.Array
    ) -> tuple[Ints, pa.Array]:
        """Add the relations of a column; give back the values that name no entity."""
        are_ids, tails = self._resolved(column, texts)
        heads = ids.take(pa.array(where[are_ids]))
        self.builder.add_relations(heads, column.name, tails)
        rest = np.flatnonzero(~are_ids)
        return where[rest], texts.take(pa.array(rest))

    def _links(self, rows: Rows) -> None:
        sides = []
        for key in self.plan.references:
            column = next(each for each in self.plan.columns if each.key == key)
            where, texts = cell_values(rows.columns[key], self.plan.separators.get(key))
            are_ids, ids = self._resolved(column, texts)
            sides.append((where[are_ids], ids))
        (heads_at, heads), (tails_at, tails) = sides
        one, other = joined(heads_at, tails_at)
        self.builder.add_relations(
            heads.take(pa.array(one)), self.plan.table.name, tails.take(pa.array(other))
        )

    def _resolved(self, column: Column, texts: pa.Array) -> tuple[np.ndarray, pa.Array]:
        """Say which values are ids of the table a column points to, and give these as ids."""
        target = self.plans[self.plan.references[column.key]]
        keys = as_keys(texts, target.numbers)
        rows = pc.index_in(keys, value_set=target.ids)
        are_ids = np.asarray(pc.is_valid(rows))
        before = self.counts.get(column.key, _Count(0, 0))
        count = int(are_ids.sum())
        self.counts[column.key] = _Count(before.ids + count, before.others + len(are_ids) - count)
        tails = target.ids.take(rows.filter(pa.array(are_ids)))
        return are_ids, self.spaces.unique(target.table.name, tails)

    def _say_relations(self) -> None:
        file = self.plan.table.path.name
        then = "left out" if self.plan.is_link else "kept as values"
        for column in self.plan.columns:
            if column.key in self.counts:
                count = self.counts[column.key]
                target = self.plans[self.plan.references[column.key]].table.path.name
                line = (
                    f"{file}: {quoted(column.name)} holds ids of {target}: "
                    f"{counted(count.ids, 'relation')}"
                )
                if count.others:
                    line += f"; {counted(count.others, 'value')} that are no id there, {then}"
                self.notice(line)

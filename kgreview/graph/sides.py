"""The values of one graph as its schema has them: which name, which are amounts. Read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kgreview.arrays import Floats
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.schema import Names, Schema
from kgreview.graph.values import Ints, Values, by_attribute, naming_rank
from kgreview.text.amounts import read_values
from kgreview.text.ngrams import hash_strings
from kgreview.text.readings import Reading


@dataclass(frozen=True, eq=False)
class SideValues:
    """One graph's values, in the space of spellings of both."""

    side: str  # "left" or "right"
    graph: KnowledgeGraph
    values: Values
    names: Names  # by type, the attributes that name, the best first
    readings: Mapping[str, Reading]  # by attribute

    @property
    def codes(self) -> Ints:
        """Spelling of each value, (values,), -1 where it is missing."""
        return self.values.codes[("left", "right").index(self.side)]

    @cached_property
    def naming(self) -> Ints:
        """Place of each value's attribute among those that name, (values,), -1 for others."""
        return naming_rank(self.graph, self.names)

    @cached_property
    def amounts(self) -> Floats:
        """What each value stands for at least and at most, (values, 2), in base units.

        nan where it is missing or no amount, see ``text.amounts.read_values``.
        """
        amounts = np.full((self.graph.num_values, 2), np.nan)
        for name, where in by_attribute(self.graph):
            reading = self.readings.get(name)
            if reading is not None and reading.is_amount:
                stated = where[self.codes[where] >= 0]
                amounts[stated] = read_values(self.graph.values.take(pa.array(stated)), reading)
        return amounts

    @cached_property
    def order(self) -> Ints:
        """Each entity's place where only some neighbours are kept, (entities,).

        Those with the rarest name come first, those without a name last; namesakes are told apart
        by all they say, and what says the same by a hash of the id that differs between the sides,
        so that ids numbered alike tell nothing.
        """
        graph, codes = self.graph, self.codes
        rarest = np.full(graph.num_entities, len(self.values.strings), dtype=np.int64)
        named = np.flatnonzero((self.naming >= 0) & (codes >= 0))
        np.minimum.at(rarest, graph.value_entities[named], self.values.order[codes[named]])
        stated = np.flatnonzero(codes >= 0)
        content = np.zeros(graph.num_entities, dtype=np.uint64)
        np.add.at(content, graph.value_entities[stated], self.values.hashes[codes[stated]])
        salted = pc.binary_join_element_wise(self.side, graph.ids.cast(pa.string()), "|")
        place = np.empty(graph.num_entities, dtype=np.int64)
        place[np.lexsort((hash_strings(salted), content, rarest))] = np.arange(len(place))
        return place


Sides = tuple[SideValues, SideValues]


def read_sides(
    left: KnowledgeGraph, right: KnowledgeGraph, schema: Schema, values: Values | None = None
) -> Sides:
    """Read the values of both graphs by a schema, whose placeholders are missing.

    ``values``, if they are spelt already, are without these.
    """
    values = values or Values.of(left, right, schema)
    return (
        SideValues("left", left, values, schema.left_names, schema.left_readings),
        SideValues("right", right, values, schema.right_names, schema.right_readings),
    )

"""The attribute values of two graphs in one space of spellings, and the few of each that count.

Where an entity has more values than are compared, both sides keep the same ones: of those that both
graphs know the rarest, then those of the smallest hash. Nothing depends on the order in which
values, entities or attributes came.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.schema import Schema
from kgreview.text.ngrams import hash_strings
from kgreview.text.placeholders import is_blank
from kgreview.text.strings import normalise, transliterate

Rows = npt.NDArray[np.integer]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

LONGEST_TEXT = 2000  # characters of a value that are compared


@dataclass(frozen=True, eq=False)
class Values:
    """The values of both graphs as codes of distinct normalised strings."""

    strings: pa.LargeStringArray  # (strings,) distinct, normalised, in order
    codes: tuple[Ints, Ints]  # (values of the left,), (of the right); -1 where a value is missing

    @classmethod
    def of(
        cls, left: KnowledgeGraph, right: KnowledgeGraph, schema: Schema | None = None
    ) -> Values:
        """Spell all values; blank ones and the placeholders of ``schema`` are missing."""
        raw = pa.chunked_array(
            [pa.array(graph.values, pa.large_string()) for graph in (left, right)]
        )
        distinct = raw.combine_chunks().dictionary_encode()
        cut = pc.utf8_slice_codeunits(distinct.dictionary, 0, LONGEST_TEXT)
        spelt = normalise(cut)
        strings = pc.unique(spelt)
        # codes say nothing of where a value came first
        strings = strings.take(pc.sort_indices(strings))
        code = pc.index_in(spelt, value_set=strings).to_numpy().astype(np.int64)
        code[is_blank(cut) | np.asarray(pc.equal(spelt, "").to_numpy(zero_copy_only=False))] = -1
        of_value = code[distinct.indices.to_numpy()]
        values = cls(
            strings,
            (of_value[: left.num_values], of_value[left.num_values :]),
        )
        return values if schema is None else values.without_placeholders(left, right, schema)

    def without_placeholders(
        self, left: KnowledgeGraph, right: KnowledgeGraph, schema: Schema
    ) -> Values:
        """Take the placeholders that ``schema`` names for missing values."""
        sides = []
        for graph, codes, placeholders in (
            (left, self.codes[0], schema.left_missing),
            (right, self.codes[1], schema.right_missing),
        ):
            kept = codes.copy()
            for attribute, words in placeholders.items():
                if attribute in graph.attribute_names:
                    named = graph.value_attributes == graph.attribute_names.index(attribute)
                    kept[named & np.isin(codes, self.find(words))] = -1
            sides.append(kept)
        return Values(self.strings, (sides[0], sides[1]))

    def find(self, texts: tuple[str, ...]) -> Ints:
        """Give the codes of texts as people write them; what no value says has none."""
        where = pc.index_in(normalise(list(texts)), value_set=self.strings)
        return np.asarray(where.drop_null().to_numpy(zero_copy_only=False), dtype=np.int64)

    @cached_property
    def hashes(self) -> npt.NDArray[np.uint64]:
        """A hash of each string, (strings,)."""
        return hash_strings(self.strings)

    @cached_property
    def uses(self) -> Ints:
        """How many values of both graphs are spelt so, (strings,)."""
        codes = np.concatenate(self.codes)
        return np.bincount(codes[codes >= 0], minlength=len(self.strings))

    @cached_property
    def order(self) -> Ints:
        """Place of each string where only some are kept, (strings,).

        What both graphs say comes before what one does alone, then what is rare, then by hash.
        """
        alone = np.zeros(len(self.strings), dtype=bool)
        for codes in self.codes:
            said = np.zeros(len(self.strings), dtype=bool)
            said[codes[codes >= 0]] = True
            alone |= ~said
        place = np.empty(len(self.strings), dtype=np.int64)
        place[np.lexsort((self.hashes, self.uses, alone))] = np.arange(len(place))
        return place

    @cached_property
    def latin(self) -> pa.LargeStringArray:
        """The second spelling of each string, in ASCII, (strings,)."""
        return transliterate(self.strings)


def naming_rank(graph: KnowledgeGraph, names: Mapping[str, tuple[str, ...]]) -> Ints:
    """Give the place of each value's attribute among those that name its entity, (values,).

    -1 where the attribute does not name. ``names``: by type, the best attribute first.
    """
    rank = np.full((len(graph.type_names), max(1, len(graph.attribute_names))), -1, np.int64)
    types = {name: code for code, name in enumerate(graph.type_names)}
    attributes = {name: code for code, name in enumerate(graph.attribute_names)}
    for type_name, naming in names.items():
        for place, attribute in enumerate(naming):
            if type_name in types and attribute in attributes:
                rank[types[type_name], attributes[attribute]] = place
    found: Ints = rank[graph.types[graph.value_entities], graph.value_attributes]
    return found


def first_of_each(owners: Rows, chosen: Rows, most: int) -> Rows:
    """Keep at most ``most`` of the chosen positions of each owner; owners stand together."""
    owner = owners[chosen]
    starts = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]]) if len(owner) else owner
    place = np.arange(len(owner)) - np.repeat(starts, np.diff(np.r_[starts, len(owner)]))
    return np.asarray(chosen[place < most])


def best_of_each(owners: Rows, chosen: Rows, most: int, *keys: Rows) -> Rows:
    """Keep the ``most`` chosen positions of each owner that come first by keys (chosen,).

    The first key counts most. Gives them by owner, in that order.
    """
    order = np.lexsort((*reversed(keys), owners[chosen]))
    return first_of_each(owners, chosen[order], most)


def entity_order(
    graph: KnowledgeGraph, codes: Ints, naming: Ints, values: Values, side: str
) -> Ints:
    """Give each entity's place where only some neighbours are kept, (entities,).

    Those with the rarest name come first, those without a name last; namesakes are told apart by
    all they say, and what says the same by a hash of the id that differs between the sides, so that
    ids numbered alike tell nothing.
    """
    n = graph.num_entities
    rarest = np.full(n, len(values.strings), dtype=np.int64)
    named = np.flatnonzero((naming >= 0) & (codes >= 0))
    np.minimum.at(rarest, graph.value_entities[named], values.order[codes[named]])
    stated = np.flatnonzero(codes >= 0)
    content = np.zeros(n, dtype=np.uint64)
    np.add.at(content, graph.value_entities[stated], values.hashes[codes[stated]])
    salted = hash_strings(pc.binary_join_element_wise(side, graph.ids.cast(pa.string()), "|"))
    place = np.empty(n, dtype=np.int64)
    place[np.lexsort((salted, content, rarest))] = np.arange(n)
    return place

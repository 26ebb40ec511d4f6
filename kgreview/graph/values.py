"""The attribute values of two graphs in one space of spellings, and the few of each that count.

Where an entity has more values than are compared, both sides keep the same ones: of those that both
graphs know the rarest, then those of the smallest hash. Nothing depends on the order in which
values, entities or attributes came.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import scipy.sparse as sp

from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.schema import Schema
from kgreview.text.ngrams import hash_strings, indicator, ngrams
from kgreview.text.placeholders import is_blank
from kgreview.text.strings import normalise, transliterate

Rows = npt.NDArray[np.integer]
Ints = npt.NDArray[np.int64]

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
        """Spell all values; blank ones, and what ``schema`` says is no value, are missing."""
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
        return values if schema is None else values.stated(left, right, schema)

    def stated(self, left: KnowledgeGraph, right: KnowledgeGraph, schema: Schema) -> Values:
        """Take for missing the placeholders that ``schema`` names, and attributes it ignores."""
        sides = []
        for graph, codes, placeholders, ignored in (
            (left, self.codes[0], schema.left_missing, schema.left_ignored),
            (right, self.codes[1], schema.right_missing, schema.right_ignored),
        ):
            kept = codes.copy()
            for attribute, where in by_attribute(graph):
                if attribute in ignored:
                    kept[where] = -1
                elif attribute in placeholders:
                    code = self.find(placeholders[attribute])
                    kept[where[np.isin(codes[where], code)]] = -1
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
        """Place of each string where only some are kept, (strings,), see ``order_of_codes``."""
        return order_of_codes(self.codes, self.hashes)

    @cached_property
    def latin(self) -> pa.LargeStringArray:
        """The second spelling of each string, in ASCII, (strings,)."""
        return transliterate(self.strings)

    def ngrams(self, buckets: int, which: Ints | None = None) -> sp.csr_matrix:
        """Count the n-grams of strings in both their spellings, (strings or ``which``, buckets)."""
        which = np.arange(len(self.strings)) if which is None else which
        first, second = (each.take(pa.array(which)) for each in (self.strings, self.latin))
        other = np.flatnonzero(pc.not_equal(first, second).to_numpy(zero_copy_only=False))
        counts = ngrams(first, buckets)
        if len(other):
            of_string = indicator(other, np.arange(len(other)), (len(which), len(other)))
            counts = counts + of_string @ ngrams(second.take(pa.array(other)), buckets)
        return counts.tocsr()


def order_of_codes(codes: tuple[Ints, Ints], hashes: npt.NDArray[np.uint64]) -> Ints:
    """Give the place of each code where only some are kept, (codes,).

    ``codes``: what each value of either graph says, (values,), -1 where it is missing. What both
    graphs say comes before what one does alone, then what is rare, then by ``hashes`` (codes,).
    """
    there = [each[each >= 0] for each in codes]
    uses = [np.bincount(each, minlength=len(hashes)) for each in there]
    alone = (uses[0] == 0) | (uses[1] == 0)
    place = np.empty(len(hashes), dtype=np.int64)
    place[np.lexsort((hashes, uses[0] + uses[1], alone))] = np.arange(len(place))
    return place


def naming_rank(graph: KnowledgeGraph, names: Mapping[str, tuple[str, ...]]) -> Ints:
    """Give the place of each value's attribute among those that name its entity, (values,).

    -1 where the attribute does not name. ``names``: by type, the best attribute first.
    """
    width = max(1, len(graph.attribute_names))
    rank = {  # by type and attribute: a table of thousands of both would take gigabytes
        graph.type_codes[type_name] * width + graph.attribute_codes[attribute]: place
        for type_name, naming in names.items()
        for place, attribute in enumerate(naming)
        if type_name in graph.type_codes and attribute in graph.attribute_codes
    }
    keys = np.array(sorted(rank), dtype=np.int64)
    places = np.array([*(rank[key] for key in keys.tolist()), -1], dtype=np.int64)
    stated = graph.types[graph.value_entities].astype(np.int64) * width + graph.value_attributes
    at = np.searchsorted(keys, stated)
    there = np.append(keys, -1)[at] == stated
    return places[np.where(there, at, -1)]


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


def by_attribute(graph: KnowledgeGraph) -> Iterator[tuple[str, Ints]]:
    """Give each attribute and the positions of its values, ascending."""
    order = np.argsort(graph.value_attributes, kind="stable")
    bounds = np.searchsorted(
        graph.value_attributes[order], np.arange(len(graph.attribute_names) + 1)
    )
    for code, name in enumerate(graph.attribute_names):
        yield name, order[bounds[code] : bounds[code + 1]]


def spread(starts: Rows, counts: Rows) -> Ints:
    """Give start, start + 1 … for each start, as many as its count, one after another."""
    ends = np.cumsum(counts)
    first = np.repeat(starts - (ends - counts), counts)
    positions: Ints = np.arange(int(ends[-1]) if len(ends) else 0) + first
    return positions

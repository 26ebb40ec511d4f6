"""Links as a schema lets them count: those between types that it does not pair are of no use."""

from __future__ import annotations

from collections import Counter

import numpy as np

from kgreview.arrays import Bools, Ints
from kgreview.graph.counterparts import Counterparts
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.links import Links
from kgreview.graph.schema import Schema, TypePair
from kgreview.graph.type_pair_set import TypePairSet

_MOST_LISTED = 8  # pairs of types


def of_paired_types(
    links: Links, left: KnowledgeGraph, right: KnowledgeGraph, schema: Schema
) -> Bools:
    """Say of each link whether the schema pairs the types of its entities, (links,)."""
    types = left.types[links.left], right.types[links.right]
    return TypePairSet.of(left, right, schema.types).has(*types)


def is_asked(
    left: KnowledgeGraph,
    right: KnowledgeGraph,
    schema: Schema,
    left_rows: Ints,
    right_rows: Ints,
) -> Bools:
    """Say of each pair of entities, given by their rows, whether its types are asked about."""
    if not schema.not_asked:
        return np.ones(len(left_rows), dtype=np.bool_)
    types = left.types[left_rows], right.types[right_rows]
    return ~TypePairSet.of(left, right, schema.not_asked).has(*types)


def usable(links: Links, left: KnowledgeGraph, right: KnowledgeGraph, schema: Schema) -> Links:
    """Give the links between paired types, as far as the schema lets them tell of other pairs."""
    paired = links.take(of_paired_types(links, left, right, schema))
    return Counterparts.of(left, right, schema.cardinality).opened(paired)


def unpaired_words(
    links: Links, left: KnowledgeGraph, right: KnowledgeGraph, schema: Schema
) -> list[str]:
    """Name the types that matches join and the schema does not pair, and count other such links.

    A line for matches, which must be a mistake of one or the other, and one for non-matches, which
    only say what the schema says.
    """
    lost = links.take(~of_paired_types(links, left, right, schema))
    matches, others = lost.matches, len(lost) - len(lost.matches)
    lines = []
    if len(matches):
        subject, verb = _many(len(matches), "link")
        lines.append(
            f"{subject} types that are not paired: {_by_types(matches, left, right)}; {verb} not "
            "used: pair these types in schema.json or correct the links"
        )
    if others:
        subject, verb = _many(others, "non-match")
        lines.append(f"{subject} types that are not paired, as no candidate does; {verb} not used")
    return lines


def _by_types(links: Links, left: KnowledgeGraph, right: KnowledgeGraph) -> str:
    """List the pairs of types that links join with their counts, the commonest first."""
    joined = Counter(
        TypePair(left.type_names[a], right.type_names[b])
        for a, b in zip(left.types[links.left], right.types[links.right], strict=True)
    )
    listed = [f"{pair} {count:,}" for pair, count in joined.most_common(_MOST_LISTED)]
    if len(joined) > _MOST_LISTED:
        listed.append(f"{len(joined) - _MOST_LISTED:,} more")
    return ", ".join(listed)


def _many(count: int, what: str) -> tuple[str, str]:
    if count == 1:
        return f"1 known {what} joins", "it is"
    return f"{count:,} known {what}{'es' if what.endswith('ch') else 's'} join", "they are"

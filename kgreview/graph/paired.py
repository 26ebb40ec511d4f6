"""Links between types that a schema does not pair: no candidate can be of them."""

from __future__ import annotations

from collections import Counter

import numpy as np
import numpy.typing as npt

from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.links import Links
from kgreview.graph.schema import Schema, TypePair

_MOST_LISTED = 8  # pairs of types


def of_paired_types(
    links: Links, left: KnowledgeGraph, right: KnowledgeGraph, schema: Schema
) -> npt.NDArray[np.bool_]:
    """Say of each link whether the schema pairs the types of its entities, (links,)."""
    paired = np.zeros((len(left.type_names), len(right.type_names)), dtype=np.bool_)
    for pair in schema.types:
        if pair.left in left.type_names and pair.right in right.type_names:
            paired[left.type_names.index(pair.left), right.type_names.index(pair.right)] = True
    found: npt.NDArray[np.bool_] = paired[left.types[links.left], right.types[links.right]]
    return found


def unpaired_words(
    links: Links, left: KnowledgeGraph, right: KnowledgeGraph, schema: Schema
) -> str | None:
    """Name the types that links join and the schema does not pair; ``None`` where it pairs all."""
    lost = links.take(~of_paired_types(links, left, right, schema))
    joined = Counter(
        TypePair(left.type_names[a], right.type_names[b])
        for a, b in zip(left.types[lost.left], right.types[lost.right], strict=True)
    )
    if not joined:
        return None
    listed = [f"{pair} {count:,}" for pair, count in joined.most_common(_MOST_LISTED)]
    if len(joined) > _MOST_LISTED:
        listed.append(f"{len(joined) - _MOST_LISTED:,} more")
    subject = "1 known link joins" if len(lost) == 1 else f"{len(lost):,} known links join"
    return (
        f"{subject} types that are not paired: {', '.join(listed)}; "
        f"{'it is' if len(lost) == 1 else 'they are'} not used: pair these types in schema.json or "
        "correct the links"
    )

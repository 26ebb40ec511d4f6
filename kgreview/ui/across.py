"""Which neighbours of the two entities of a pair are joined across the middle of the canvas."""

from __future__ import annotations

from dataclasses import dataclass

from kgreview.ui.entity_summary import Neighbour, Side
from kgreview.ui.evidence import Evidence
from kgreview.ui.evidence_html import name_key

TypePairs = frozenset[tuple[str, str]]  # types that correspond, left and right


@dataclass(frozen=True)
class Link:
    """Two neighbours that are joined across the middle of the canvas."""

    left: Neighbour
    right: Neighbour
    strength: float  # A_pq, 0 where only the names join them
    same_name: bool


def evident_links(halves: tuple[Side, Side], evidence: Evidence) -> list[Link]:
    """Join what the evidence takes for the same."""
    left, right = (side.neighbours for side in halves)
    return [
        Link(left[i], right[j], strength, name_key(left[i].name) == name_key(right[j].name))
        for i, j, strength in evidence.strongest(left, right)
    ]


def same_name_links(halves: tuple[Side, Side], types: TypePairs | None) -> list[Link]:
    """Join neighbours of one name and of types that correspond, where each side has one such."""
    by_name: tuple[dict[str, list[Neighbour]], ...] = ({}, {})
    for side, named in zip(halves, by_name, strict=True):
        for neighbour in {n.id: n for n in reversed(side.neighbours)}.values():
            named.setdefault(name_key(neighbour.name), []).append(neighbour)
    found = []
    for name in sorted(by_name[0].keys() & by_name[1].keys()):
        pairs = [
            (p, q)
            for p in by_name[0][name]
            for q in by_name[1][name]
            if types is None or (p.type, q.type) in types
        ]
        if len(pairs) == 1:
            found.append(Link(*pairs[0], 0.0, same_name=True))
    return found

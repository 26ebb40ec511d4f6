"""Lines across the middle of the canvas: between what may be the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyvis.network import Network

from kgreview.ui.canvas_half import SMOOTH, CanvasHalf
from kgreview.ui.entity_summary import Neighbour, Side
from kgreview.ui.evidence import Evidence
from kgreview.ui.evidence_html import name_key
from kgreview.ui.palette import Palette
from kgreview.ui.text import plain

TypePairs = frozenset[tuple[str, str]]  # types that correspond, left and right


@dataclass(frozen=True)
class _Link:
    left: Neighbour
    right: Neighbour
    strength: float  # A_pq, 0 where only the names join them
    same_name: bool


def links_across(
    halves: tuple[Side, Side], evidence: Evidence | None, types: TypePairs | None
) -> list[_Link]:
    """Choose what to join across the middle: what the evidence takes for the same.

    Where there is none, neighbours of one name and of ``types`` that correspond, if each side has
    one such.
    """
    if evidence is None:
        return _same_names(halves, types)
    left, right = (side.neighbours for side in halves)
    return [
        _Link(left[i], right[j], strength, name_key(left[i].name) == name_key(right[j].name))
        for i, j, strength in evidence.strongest(left, right)
    ]


def _same_names(halves: tuple[Side, Side], types: TypePairs | None) -> list[_Link]:
    by_name: tuple[dict[str, list[Neighbour]], ...] = ({}, {})
    for side, named in zip(halves, by_name, strict=True):
        # who stands there over several relations is one
        for neighbour in {n.id: n for n in reversed(side.neighbours)}.values():
            named.setdefault(name_key(neighbour.name), []).append(neighbour)
    links = []
    for name in sorted(by_name[0].keys() & by_name[1].keys()):
        pairs = [
            (p, q)
            for p in by_name[0][name]
            for q in by_name[1][name]
            if types is None or (p.type, q.type) in types
        ]
        if len(pairs) == 1:
            links.append(_Link(*pairs[0], 0.0, same_name=True))
    return links


def draw_links(
    network: Network, colours: Palette, halves: list[CanvasHalf], links: list[_Link]
) -> None:
    """Join lines across the middle: as wide as A_pq, dashed where the names are the same."""
    for link in links:
        colour = colours.shared if link.same_name else colours.accent
        ends = [len(network.nodes), len(network.nodes) + 1]
        places = (halves[0].ends[link.left], halves[1].ends[link.right])
        attended = link.strength > 0
        shown: dict[str, Any] = {
            # self-attention knows nothing of the other side
            "modes": [{"hidden": False}, {"hidden": False}, {"hidden": attended}],
            "hops": {"hidden": True},  # the second hop lies between
        }
        for node, (x, y) in zip(ends, places, strict=True):
            network.add_node(node, label=" ", shape="dot", size=2, color=colour, x=x, y=y, **shown)
        network.add_edge(
            *ends,
            color=colour,
            dashes=[5, 3] if link.same_name else False,
            width=round(1 + 3 * link.strength**2, 2),
            arrows={"to": {"enabled": False}},
            smooth=SMOOTH,
            **shown,
            tip=[
                f"{plain(link.left.name, 60)} – {plain(link.right.name, 60)}",
                f"A = {link.strength:.2f} (0 to 1): how likely the two are the same"
                if attended
                else "the same name",
            ],
        )


def join_second_hop(
    network: Network, colours: Palette, halves: list[CanvasHalf], types: TypePairs | None
) -> None:
    """Join those of one name and corresponding types, hidden as long as they are."""
    hidden = {"hidden": True, "modes": {"hidden": True}, "hops": {"hidden": False}}
    for name in sorted(halves[0].far.keys() & halves[1].far.keys()):
        if types is not None and (halves[0].far[name][2], halves[1].far[name][2]) not in types:
            continue
        ends = [len(network.nodes), len(network.nodes) + 1]
        for node, half in zip(ends, halves, strict=True):
            x, y, _ = half.far[name]
            dot = {"label": " ", "shape": "dot", "size": 2, "color": colours.shared}
            network.add_node(node, x=x, y=y, **dot, **hidden)
        network.add_edge(
            *ends,
            color=colours.shared,
            dashes=[5, 3],
            width=1,
            arrows={"to": {"enabled": False}},
            smooth=SMOOTH,
            **hidden,
        )

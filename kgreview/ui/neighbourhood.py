"""Both neighbourhoods side by side: one pyvis network, which the document of the canvas draws."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from pyvis.network import Network

from kgreview.ui.bands import Counterparts
from kgreview.ui.canvas_half import CanvasHalf
from kgreview.ui.canvas_layout import all_names, fold, lay_out
from kgreview.ui.canvas_links import TypePairs, draw_links, join_second_hop, links_across
from kgreview.ui.canvas_page import Drawing
from kgreview.ui.canvas_tips import second_hop
from kgreview.ui.entity_summary import Side
from kgreview.ui.evidence import Evidence
from kgreview.ui.evidence_html import BAR_HEIGHT, LEGEND_HEIGHT, legend_html, switches_html
from kgreview.ui.evidence_tables import bars_by_relation, table
from kgreview.ui.palette import palette
from kgreview.ui.scales import scales_of

# The drawing is laid out on a sheet 1280 wide, its middle at 0, and scaled to the frame as a whole.
_WIDTH = 1280


@lru_cache(maxsize=64)  # a page draws the same pair again with each click
def neighbourhood_drawing(
    left: Side,
    right: Side,
    *,
    height: int,
    dark: bool = False,
    evidence: Evidence | None = None,
    counterparts: Counterparts = (),
    types: TypePairs | None = None,
) -> Drawing:
    """Draw both neighbourhoods: for the document of ``canvas_page``, always the same.

    The left graph has the left half. Each neighbour is coloured and sized by what it adds to the
    log odds, on one scale for both sides, with the change of the probability without it where
    ``evidence`` knows it. Relations that correspond stand side by side, in one colour, or where
    there is no room for that in the same order (``counterparts``: see ``ui.bands``). Links across
    the middle: see ``links_across`` (``types`` that correspond; ``None``: any). Switches choose
    between evidence and the two attentions, one hop and two, canvas, bars and a table; they ask
    nobody and move nothing. ``height`` is in CSS pixels, switches and legend included.
    """
    colours = palette(dark)
    room = height - LEGEND_HEIGHT - BAR_HEIGHT
    sides = (left, right)
    halves = (fold(left, room), fold(right, room))
    scales = scales_of((*left.neighbours, *right.neighbours), colours)
    layout = lay_out(halves, counterparts, colours, room)
    network = _empty_network()
    also = (all_names(halves[1]), all_names(halves[0]))
    drawn = [
        CanvasHalf(network, colours, sign, layout.row, scales, also[number], evidence)
        for number, sign in enumerate((-1, 1))
    ]
    for half, side, placed in zip(drawn, halves, layout.sides, strict=True):
        half.draw(side, placed)
    links = links_across(halves, evidence, types)
    draw_links(network, colours, drawn, links)
    far = [second_hop(side, names, room) for side, names in zip(halves, also, strict=True)]
    for half, (neighbours, more) in zip(drawn, far, strict=True):
        half.draw_second_hop(neighbours, more, room)
    join_second_hop(network, colours, drawn, types)
    # holds the middle, so that an empty half stays empty
    network.add_node(-1, label=" ", shape="text", x=0, y=0, size=1, color=colours.background)
    nodes, edges, *_, options = network.get_network_data()
    linked = any(link.strength > 0 for link in links)
    two_hops = any(neighbours for neighbours, _ in far)
    return Drawing(
        nodes,
        edges,
        json.loads(options),
        switches_html(sides, evidence, unseen=scales is None, two_hops=two_hops),
        bars_by_relation(sides, evidence, scales, layout.relations)
        + table(sides, evidence)
        + legend_html(sides, evidence, scales, linked=linked, relations=layout.relations),
        _WIDTH,
        room,
    )


def _empty_network() -> Network:
    network = Network(directed=True)  # undirected graphs of pyvis drop parallel edges
    network.set_options(json.dumps(_OPTIONS))
    return network


_OPTIONS: dict[str, Any] = {
    "physics": {"enabled": False},
    "layout": {"randomSeed": 0},
    "interaction": {
        "hover": True,
        "tooltipDelay": 80,
        "dragNodes": False,
        "dragView": False,
        "zoomView": False,
        "selectable": False,
    },
}

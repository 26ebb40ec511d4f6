"""What stands around the drawing of a pair: its switches and the legend, as HTML."""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape

from kgreview.graph.schema import Direction
from kgreview.text.strings import normalise_one
from kgreview.ui.entity_summary import Side
from kgreview.ui.evidence import Evidence, caution
from kgreview.ui.scales import MODES, Scale, Scales

BAR_HEIGHT, LEGEND_HEIGHT = 28, 26
_MODE_WORDS = {
    "evidence": ("evidence", "what a neighbour adds to the log odds of a match"),
    "cross": ("cross-graph attention", "0 to 1: whether it has a counterpart on the other side"),
    "self": ("self-attention", "log odds at stake: how far it can move the score"),
}
_ADDS = {
    "evidence": "log odds it adds",
    "cross": "has a counterpart",
    "self": "log odds it can move",
}
_HOPS = {
    1: ("one hop", "the neighbours of the two entities"),
    2: ("two hops", "their neighbours too, shared ones first"),
}
_TABS = {"canvas": "Neighbourhoods", "relations": "By relation", "table": "Table"}
# one for each switch, which turns it on by one; none of them is a key of the page
KEYS = {"tab": "V", "hop": "D", "mode": "T"}


def switches_html(
    sides: tuple[Side, Side], evidence: Evidence | None, *, unseen: bool, two_hops: bool
) -> str:
    """Write the switches; ``unseen``: no network looked at either side, ``two_hops``: there is one.

    Beside them stands what is to be kept in mind with the evidence.
    """
    tabs = "".join(
        f'<button data-to-tab="{name}"{_pressed(name == "canvas")}>{words}</button>'
        for name, words in _TABS.items()
    )
    modes = "".join(
        f'<button data-to-mode="{name}" title="{hint}"{_pressed(name == "evidence")}>'
        f"{words}</button>"
        for name, (words, hint) in _MODE_WORDS.items()
    )
    hops = "".join(
        f'<button data-to-hop="{number}" title="{hint}"{_pressed(number == 1)}>{words}</button>'
        for number, (words, hint) in _HOPS.items()
    )
    hopping = _group("hop", ' id="hops"', hops) if two_hops else ""
    switches = "" if unseen else _group("mode", "", modes)
    warning = caution(sides, evidence)
    warning_html = f'<p title="{escape(warning)}">⚠ {escape(warning)}</p>' if warning else ""
    return f'<nav id="bar">{_group("tab", "", tabs)}{hopping}{switches}{warning_html}</nav>'


def _group(switch: str, named: str, buttons: str) -> str:
    """Put the buttons of a switch together, with the key that turns it printed beside them."""
    key = KEYS[switch]
    key_html = f'<kbd title="{key}: the next of these">{key}</kbd>'
    return f'<span class="group"{named} data-key="{key}">{buttons}{key_html}</span>'


def _pressed(on: bool) -> str:
    return f' aria-pressed="{"true" if on else "false"}"'


def legend_html(
    sides: tuple[Side, Side],
    evidence: Evidence | None,
    scales: Scales | None,
    *,
    linked: bool,
    relations: tuple[Mapping[Direction, str], Mapping[Direction, str]],
) -> str:
    """Say what signs and colours mean.

    ``scales`` are those of the three ways to look at neighbours, ``linked``: links between the
    halves are drawn, ``relations``: the colours of those that correspond, by side.
    """
    parts = ["<span><b>◆</b>the two entities</span>"]
    if colour := next(iter(relations[0].values()), ""):
        box = f"border:1px solid {colour};border-radius:2px;width:14px;height:9px"
        parts.append(f'<span><i style="{box}"></i>one colour: relations that correspond</span>')
    if scales is None:
        parts.append("<span>No evidence of neighbours to show</span>")
    else:
        parts += [
            f'<span class="{mode}">{_ADDS[mode]}{_ticks(scale)}</span>'
            for mode, scale in zip(MODES, scales, strict=True)
        ]
        if any(math.isnan(n.contribution) for side in sides for n in side.neighbours):
            parts.append('<span><i style="width:6px;height:6px"></i>not sampled</span>')
    if evidence is not None and evidence.neighbourhood is not None:
        example = ("(−1.31)", "log odds") if evidence.in_odds else ("(−7%)", "probability")
        example_html = f"<em>{example[0]}</em>{example[1]} without it"
        parts.append(f'<span class="one figure">{example_html}</span>')
    if linked:
        parts.append('<span class="one"><hr class="solid">may be the same</span>')
    if _same_names(sides):
        parts.append('<span class="one"><hr>same name</span>')
    parts.append('<span class="two"><b>□</b>second hop</span>')
    parts.append('<span class="two"><hr><b>■</b>on both sides, by name</span>')
    return f'<div id="legend">{"".join(parts)}</div>'


def _ticks(scale: Scale) -> str:
    """Draw the values of a scale as dots of their size and colour."""
    dots = []
    for value in scale.ticks():
        size = round(2 * (2.5 + 6.5 * math.sqrt(scale.share(value))))
        style = f"width:{size}px;height:{size}px;background:{scale.colour(value)}"
        dots.append(f'<i style="{style}"></i>{scale.write(value)}')
    return "".join(dots)


def _same_names(sides: tuple[Side, Side]) -> bool:
    names = [{name_key(n.name) for n in side.neighbours} for side in sides]
    return not names[0].isdisjoint(names[1])


def name_key(name: str) -> str:
    """Give the same for names that differ in case, accents, punctuation or order of words."""
    return " ".join(sorted(normalise_one(name[:400]).split())) or name

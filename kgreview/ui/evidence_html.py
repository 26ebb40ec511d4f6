"""The document around the canvas: switches, legend, bars by relation, and a table of it all.

Whole in itself: it loads nothing, and by its content security policy no script runs but ours.
"""

from __future__ import annotations

import base64
import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from html import escape
from pathlib import Path

from pyvis.network import Network

from kgreview.graph.schema import Direction
from kgreview.text.iris import local_name
from kgreview.text.strings import normalise_one
from kgreview.ui.entity_summary import Neighbour, Side, size_of
from kgreview.ui.evidence import Evidence, caution, points
from kgreview.ui.palette import Palette
from kgreview.ui.scales import MODES, Scale, Scales, figures_of, signed
from kgreview.ui.text import plain

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
# what only one of the modes shows has its name for a class
_OF_ONE_MODE = "".join(
    f"body:not([data-mode={mode}]) :is(#legend,.relation) .{mode}{{display:none}}" for mode in MODES
)
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif"
_SCRIPT = Path(__file__).with_name("canvas.js")


def document(
    drawn: str,
    sides: tuple[Side, Side],
    evidence: Evidence | None,
    *,
    width: int,
    room: int,
    scales: Scales | None,
    linked: bool,
    two_hops: bool,
    colours: Palette,
    relations: tuple[Mapping[Direction, str], Mapping[Direction, str]],
) -> str:
    """Turn what pyvis wrote into a page that loads nothing and runs only our scripts.

    ``width`` and ``room`` are the sheet's, ``scales`` those of the three ways to look at
    neighbours, ``linked`` whether links between the halves are drawn, ``two_hops`` whether there is
    a second hop to show, ``relations`` the colours of those that correspond, by side.
    """
    library = _library()
    scripts = _scripts(drawn.replace(library, "", 1))
    drawing = next(script for script in scripts if "function drawGraph" in script)
    body = [library, drawing, _canvas_script()]
    # Only scripts with these hashes run: whatever else might end up in the document stays text.
    hashes = " ".join(f"'sha256-{_hash(script)}'" for script in body)
    policy = (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; "
        "form-action 'none'; base-uri 'none'"
    )
    return (
        "<!DOCTYPE html>\n"
        '<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f"<title>Neighbourhoods</title><style>{_style(colours)}</style></head>"
        '<body data-tab="canvas" data-mode="evidence" data-hop="1">'
        f"{_bar(sides, evidence, scales is None, two_hops)}"
        f'<div id="mynetwork" role="img" aria-label="Neighbourhoods of both entities; the table '
        f'says the same" data-width="{width}" data-height="{room}"></div>'
        f"{_relations(sides, evidence, scales, relations)}{_table(sides, evidence)}"
        f"{_legend(sides, evidence, scales, linked, relations)}"
        '<div id="opened" role="dialog" aria-label="Neighbour" hidden></div>'
        + "".join(f"<script>{script}</script>" for script in body)
        + "</body></html>"
    )


@cache
def _library() -> str:
    """Give the drawing library that pyvis puts into each document: looked for once."""
    scripts = _scripts(Network(cdn_resources="in_line").generate_html())
    return next(script for script in scripts if "vis-network" in script[:2000])


def _scripts(page: str) -> list[str]:
    found = re.findall(r"<script\b(?![^>]*\bsrc=)[^>]*>(.*?)</script>", page, re.DOTALL)
    return [str(script) for script in found]


@lru_cache(maxsize=4)  # of those that are the same in every document
def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


@cache
def _canvas_script() -> str:
    return _SCRIPT.read_text(encoding="utf-8")


def _bar(sides: tuple[Side, Side], evidence: Evidence | None, unseen: bool, two_hops: bool) -> str:
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
    said = f'<p title="{escape(warning)}">⚠ {escape(warning)}</p>' if warning else ""
    return f'<nav id="bar">{_group("tab", "", tabs)}{hopping}{switches}{said}</nav>'


def _group(switch: str, named: str, buttons: str) -> str:
    """Put the buttons of a switch together, with the key that turns it printed beside them."""
    key = KEYS[switch]
    said = f'<kbd title="{key}: the next of these">{key}</kbd>'
    return f'<span class="group"{named} data-key="{key}">{buttons}{said}</span>'


def _pressed(on: bool) -> str:
    return f' aria-pressed="{"true" if on else "false"}"'


def _legend(
    sides: tuple[Side, Side],
    evidence: Evidence | None,
    scales: Scales | None,
    linked: bool,
    relations: tuple[Mapping[Direction, str], Mapping[Direction, str]],
) -> str:
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
        said = f"<em>{example[0]}</em>{example[1]} without it"
        parts.append(f'<span class="one figure">{said}</span>')
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


# ---------------------------------------------------------------- by relation


def _relations(
    sides: tuple[Side, Side],
    evidence: Evidence | None,
    scales: Scales | None,
    colours: tuple[Mapping[Direction, str], Mapping[Direction, str]],
) -> str:
    """Bars of what neighbours add by relation, for both sides beside each other on one scale."""
    found = [_by_relation(side) for side in sides]
    totals = [total for of_side in found for group in of_side for total in [group.totals] if total]
    most = tuple(max((abs(total[mode]) for total in totals), default=0.0) for mode in range(3))
    halves = []
    for number, (side, groups) in enumerate(zip(sides, found, strict=True)):
        rows = "".join(
            _relation_row(
                group,
                evidence.figure(evidence.relation(number, *group.key)) if evidence else "",
                None if scales is None else _bars(group.totals, most, scales),
                colours[number].get(Direction(*group.key), ""),
            )
            for group in groups
        )
        empty = '<p class="quiet">No relations</p>'
        halves.append(f"<section><h3>{_bdi(side.name, 80)}</h3>{rows or empty}</section>")
    return f'<div id="relations" class="pane">{"".join(halves)}</div>'


@dataclass(frozen=True)
class _OfRelation:
    """All neighbours of a side over one relation."""

    key: tuple[str, bool]  # name, inverse
    count: int
    sampled: int
    totals: tuple[float, float, float]  # sums of the three figures


def _by_relation(side: Side) -> list[_OfRelation]:
    """Gather a side's neighbours by relation, that which says most first."""
    groups: dict[tuple[str, bool], list[Neighbour]] = {}
    counts: dict[tuple[str, bool], int] = {}
    for neighbour in side.neighbours:
        key = (neighbour.relation, neighbour.inverse)
        counts[key] = counts.get(key, 0) + 1
        groups.setdefault(key, []).append(neighbour)
    for more in side.more:
        key = (more.relation, more.inverse)
        counts[key] = counts.get(key, 0) + more.count
        groups.setdefault(key, [])
    found = []
    for key, neighbours in groups.items():
        seen = [figures_of(n) for n in neighbours if not math.isnan(n.contribution)]
        adds, cross, own = (math.fsum(figures[mode] for figures in seen) for mode in range(3))
        found.append(_OfRelation(key, counts[key], len(seen), (adds, cross, own)))
    return sorted(found, key=lambda group: (-size_of(group.totals[0]), group.key))


def _relation_row(group: _OfRelation, change: str, bars: str | None, colour: str) -> str:
    name, inverse = group.key
    style = f' style="color:{colour}"' if colour else ""
    looked = f"{group.sampled} of {group.count:,}" if group.sampled else f"none of {group.count:,}"
    return (
        f'<div class="relation"><span{style} title="{escape(plain(name, 300))}">'
        f"{_relation_html(name, inverse)}</span>"
        f"{bars or '<i></i><b></b>'}<em>{f'({change})' if change else ''}</em>"
        f"<small>{looked} looked at</small></div>"
    )


def _bars(totals: Sequence[float], most: Sequence[float], scales: Scales) -> str:
    """Draw the three sums of a relation, of which a switch shows one; evidence from the middle."""
    bars, figures = [], []
    for mode, total, largest, scale in zip(MODES, totals, most, scales, strict=True):
        share = abs(total) / largest if largest else 0.0
        left, width = 0.0, 100 * share
        if scale.signed:
            width /= 2
            left = 50 - width if total < 0 else 50.0
        # the bar's length tells the sum; its colour the sign, or nothing
        colour = f";background:{scale.colour(math.copysign(scale.most, total))}"
        bars.append(
            f'<i class="bar {mode}" style="left:{left:.1f}%;width:{width:.1f}%'
            f'{colour if scale.signed else ""}"></i>'
        )
        figures.append(f'<b class="{mode}">{scale.write(total)}</b>')
    return f'<i class="meter">{"".join(bars)}</i>{"".join(figures)}'


def _relation_html(name: str, inverse: bool) -> str:
    shown = _bdi(local_name(name), 60)
    return f"← {shown}" if inverse else f"{shown} →"


# ---------------------------------------------------------------- the table


def _table(sides: tuple[Side, Side], evidence: Evidence | None) -> str:
    """Say the same as the canvas, and more, in rows; for those who cannot see it too."""
    rows = []
    for number, (place, side) in enumerate(zip(("left", "right"), sides, strict=True)):
        others = sides[1 - number].neighbours
        for n in side.neighbours:
            seen = not math.isnan(n.contribution)
            cells = [
                place,
                f"{plain(n.relation)} ({'from' if n.inverse else 'to'})",
                plain(n.name),
                plain(n.type),
                *(
                    (signed(n.contribution), f"{n.cross:.2f}", f"{n.self_:.2f}")
                    if seen
                    else [""] * 3
                ),
                points(n.change),
                signed(n.change.log_odds) if n.change else "",
                _counterpart(n, others, evidence, number),
                _neighbours_of(n),
            ]
            rows.append("".join(f"<td>{escape(cell)}</td>" for cell in cells))
        for more in side.more:
            cells = [place, plain(more.relation), f"+{more.count:,} more", *[""] * 8]
            rows.append("".join(f"<td>{escape(cell)}</td>" for cell in cells))
    head = "".join(
        f"<th>{name}</th>"
        for name in (
            *("side", "relation", "neighbour", "type", "adds (log odds)", "cross-graph", "self"),
            *("without it", "in log odds", "best counterpart (A)", "its own neighbours"),
        )
    )
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return f'<div id="table" class="pane"><table><tr>{head}</tr>{body}</table></div>'


def _neighbours_of(neighbour: Neighbour) -> str:
    names = "; ".join(plain(one.name, 60) for one in neighbour.beyond)
    rest = neighbour.not_beyond
    return names + (f" +{rest:,} more" if rest else "")


def _counterpart(
    neighbour: Neighbour, others: tuple[Neighbour, ...], evidence: Evidence | None, side: int
) -> str:
    if evidence is None:
        return ""
    ends = [(neighbour, o) if side == 0 else (o, neighbour) for o in others]
    known = [
        (a, other.name)
        for pair, other in zip(ends, others, strict=True)
        if not math.isnan(a := evidence.between(*pair))
    ]
    if not known:
        return ""
    a, name = max(known)
    return f"{plain(name, 60)} ({a:.2f})"


def _bdi(text: str, limit: int) -> str:
    return f"<bdi>{escape(plain(text, limit))}</bdi>"


def name_key(name: str) -> str:
    """Give the same for names that differ in case, accents, punctuation or order of words."""
    return " ".join(sorted(normalise_one(name[:400]).split())) or name


def _style(c: Palette) -> str:
    return (
        f"html,body{{margin:0;height:100%;background:{c.background};color:{c.text};"
        f"font:12px {_FONT};overflow:hidden}}"
        f"#mynetwork,.pane{{height:calc(100vh - {BAR_HEIGHT + LEGEND_HEIGHT}px);width:100%;"
        "outline:0}"
        "#mynetwork canvas{outline:0}"
        f"#bar{{height:{BAR_HEIGHT}px;display:flex;gap:20px;align-items:center;padding:0 10px;"
        f"white-space:nowrap;overflow:hidden;color:{c.quiet};box-sizing:border-box}}"
        "#bar .group{display:inline-flex;align-items:center;gap:2px;flex:none}"
        "#bar small{margin-right:5px;font-size:12px}"
        "#bar kbd{font:inherit;opacity:.65;margin-left:3px}"
        f"#bar button{{font:inherit;color:{c.quiet};background:none;border:1px solid transparent;"
        "border-radius:4px;padding:1px 7px;cursor:pointer}"
        f"#bar button[aria-pressed=true]{{color:{c.text};border-color:{c.line};"
        f"background:{c.panel}}}"
        f"#bar p{{margin:0;overflow:hidden;text-overflow:ellipsis;color:{c.shared}}}"
        f"#legend{{height:{LEGEND_HEIGHT}px;display:flex;gap:16px;align-items:center;"
        f"justify-content:center;white-space:nowrap;overflow:hidden;color:{c.quiet}}}"
        "#legend span{display:inline-flex;align-items:center;gap:5px}"
        f"#legend i{{display:inline-block;border-radius:50%;border:1px solid {c.quiet}}}"
        f"#legend b{{color:{c.centre};font-weight:400;font-size:14px}}"
        "body[data-tab=canvas][data-hop='2'] #legend .one,body[data-hop='1'] #legend .two,"
        "body:not([data-tab=canvas]) #legend span:not(.figure),"
        "body[data-tab=table] #legend .figure{display:none}"
        f"#legend .two b{{color:{c.quiet};font-size:12px}}"
        f"#legend .two hr+b{{color:{c.shared}}}"
        "body:not([data-tab=canvas]) #hops{display:none}"
        f"#legend em,.pane em{{font-style:normal;color:{c.text}}}"
        f"#legend hr{{width:22px;margin:0;border:0;border-top:2px dashed {c.shared}}}"
        f"#legend hr.solid{{border-top:3px solid {c.accent}}}"
        # hidden from sight when another tab is open, and still there for a screen reader
        ".pane{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}"
        "body:not([data-tab=canvas]) #mynetwork{display:none}"
        "body[data-tab=relations] #relations,body[data-tab=table] #table{position:static;"
        f"width:auto;height:calc(100vh - {BAR_HEIGHT + LEGEND_HEIGHT}px);overflow:auto;"
        "clip-path:none}"
        "body[data-tab=relations] #relations{display:grid;grid-template-columns:1fr 1fr;gap:0 36px;"
        "padding:0 14px;box-sizing:border-box}"
        ".pane section{min-width:0}"
        ".pane h3{font-size:13px;margin:4px 0 6px;overflow:hidden;text-overflow:ellipsis;"
        "white-space:nowrap}"
        ".relation{display:grid;grid-template-columns:10.5rem 1fr 2.6rem 3.6rem 7.6rem;gap:8px;"
        "align-items:center;line-height:19px}"
        ".relation>span{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}"
        ".relation b,.relation em{font-weight:400;text-align:right;"
        "font-variant-numeric:tabular-nums}"
        f".relation small,.quiet{{color:{c.quiet};font-size:12px}}"
        f".meter{{display:block;position:relative;height:9px;background:{c.panel};"
        "border-radius:2px}"
        f".bar{{position:absolute;height:100%;background:{c.accent};border-radius:2px}}"
        # the zero of what is signed
        "body[data-mode=evidence] .meter::after{content:'';position:absolute;left:50%;top:-2px;"
        f"height:13px;border-left:1px solid {c.quiet}}}"
        f"{_OF_ONE_MODE}"
        "#table table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}"
        f"#table th,#table td{{text-align:left;padding:2px 8px;border-bottom:1px solid {c.line}55;"
        "max-width:22rem;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}"
        f"#table th{{font-weight:400;color:{c.quiet};position:sticky;top:0;"
        f"background:{c.background}}}"
        "#table :is(th,td):nth-child(n+5):nth-child(-n+9){text-align:right}"
        f"div.vis-tooltip,#opened{{border:1px solid {c.line};border-radius:4px;"
        f"background:{c.panel};color:{c.text};font:12px/1.45 {_FONT};overflow-wrap:anywhere;"
        "box-shadow:0 2px 8px rgba(0,0,0,.2)}"
        "div.vis-tooltip{position:absolute;visibility:hidden;pointer-events:none;z-index:5;"
        "max-width:420px;padding:6px 9px}"
        "div.vis-tooltip>div>div:first-child,#opened div:first-of-type{font-weight:600}"
        f"#opened{{position:absolute;top:{BAR_HEIGHT}px;width:min(27rem,46vw);max-height:"
        f"calc(100vh - {BAR_HEIGHT + LEGEND_HEIGHT}px);overflow:auto;padding:8px 12px;"
        "z-index:6;box-sizing:border-box}"
        "#opened[hidden]{display:none}"
        f"#opened a{{color:{c.accent}}}"
        f"#opened h4{{margin:7px 0 1px;font-size:12px;font-weight:400;color:{c.quiet}}}"
        f"#opened button{{float:right;font:inherit;color:{c.quiet};background:none;border:0;"
        "cursor:pointer;padding:0 0 4px 8px}"
        "#opened .also{font-weight:600}"
    )

"""Evidence of neighbours as bars by relation and as a table."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from kgreview.graph.schema import Direction
from kgreview.text.iris import local_name
from kgreview.ui.entity_summary import Neighbour, Side, size_of
from kgreview.ui.evidence import Evidence, points
from kgreview.ui.scales import MODES, Scales, figures_of, signed
from kgreview.ui.text import plain


def bars_by_relation(
    sides: tuple[Side, Side],
    evidence: Evidence | None,
    scales: Scales | None,
    colours: tuple[Mapping[Direction, str], Mapping[Direction, str]],
) -> str:
    """Bars of what neighbours add by relation, for both sides beside each other on one scale."""
    by_side = [_by_relation(side) for side in sides]
    totals = [
        total for of_side in by_side for group in of_side for total in [group.totals] if total
    ]
    most = tuple(max((abs(total[mode]) for total in totals), default=0.0) for mode in range(3))
    halves = []
    for number, (side, groups) in enumerate(zip(sides, by_side, strict=True)):
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
    relations = []
    for key, neighbours in groups.items():
        seen = [figures_of(n) for n in neighbours if not math.isnan(n.contribution)]
        adds, cross, own = (math.fsum(figures[mode] for figures in seen) for mode in range(3))
        relations.append(_OfRelation(key, counts[key], len(seen), (adds, cross, own)))
    return sorted(relations, key=lambda group: (-size_of(group.totals[0]), group.key))


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


def table(sides: tuple[Side, Side], evidence: Evidence | None) -> str:
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
    partners = [
        (a, other.name)
        for pair, other in zip(ends, others, strict=True)
        if not math.isnan(a := evidence.between(*pair))
    ]
    if not partners:
        return ""
    a, name = max(partners)
    return f"{plain(name, 60)} ({a:.2f})"


def _bdi(text: str, limit: int) -> str:
    return f"<bdi>{escape(plain(text, limit))}</bdi>"

"""Where the log odds of a pair come from: one bar a step, which add up. HTML, escaped.

Before anything is compared, then own attributes, neighbours by relation, competing candidates. Each
bar begins where the one above it ends.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from kgreview.text.iris import local_name
from kgreview.ui.entity_summary import Side
from kgreview.ui.evidence import Evidence
from kgreview.ui.scales import signed
from kgreview.ui.text import plain

_MOST_ATTRIBUTES = 8  # with a bar each; the rest is one
_PLACES = ("left", "right")


@dataclass(frozen=True)
class Bar:
    """A step of the waterfall."""

    words: str
    value: float  # log odds, negative where it speaks against a match
    parts: tuple[Bar, ...] = ()  # what it is the sum of, where it can be opened


def bars_of(evidence: Evidence, sides: tuple[Side, Side]) -> tuple[Bar, ...]:
    """Give the steps from nothing to the log odds of a pair, which are their sum.

    Empty where no network judged the pair.
    """
    waterfall = evidence.waterfall
    if waterfall is None:
        return ()
    attributes = [Bar(row_name(row), value) for row, value in waterfall.attributes if value]
    return (
        Bar("Before anything is compared", waterfall.prior),
        *_largest_first(attributes)[:_MOST_ATTRIBUTES],
        *_rest(_largest_first(attributes)[_MOST_ATTRIBUTES:], "more attribute"),
        *_largest_first(_relations(evidence, sides)),
        Bar("Competing candidates", waterfall.competitors),
    )


def row_name(attributes: tuple[str | None, str | None]) -> str:
    """Name the attributes that correspond on one row, as in title / name."""
    names = dict.fromkeys(plain(local_name(name), 60) for name in attributes if name)
    return " / ".join(names) or "other values"


def _relations(evidence: Evidence, sides: tuple[Side, Side]) -> list[Bar]:
    """Give a bar for each relation of each side, which its neighbours are parts of."""
    names = [{n.slot: n.name for n in side.neighbours if n.slot >= 0} for side in sides]
    groups: dict[tuple[int, str, bool], list[Bar]] = {}
    unnamed: dict[tuple[int, str, bool], list[Bar]] = {}
    for share in evidence.shares:
        key = (share.side, share.relation, share.inverse)
        name = names[share.side].get(share.slot)
        where = groups if name is not None else unnamed
        where.setdefault(key, []).append(Bar(plain(name or "", 60), share.contribution))
    bars = []
    for key in dict.fromkeys((*groups, *unnamed)):
        parts = (*_largest_first(groups.get(key, [])), *_rest(unnamed.get(key, []), "more"))
        side, relation, inverse = key
        short = plain(local_name(relation), 60)
        words = f"{_PLACES[side]}: {f'← {short}' if inverse else f'{short} →'}"
        bars.append(Bar(words, math.fsum(part.value for part in parts), parts))
    return bars


def _largest_first(bars: list[Bar]) -> list[Bar]:
    return sorted(bars, key=lambda bar: (-abs(bar.value), bar.words))


def _rest(bars: list[Bar], words: str) -> list[Bar]:
    """Put what has no bar of its own into one, counted."""
    if not bars:
        return []
    plural = "s" if len(bars) > 1 and words != "more" else ""
    total = math.fsum(bar.value for bar in bars)
    return [Bar(f"{len(bars)} {words}{plural}", total, tuple(bars) if bars[0].words else ())]


def waterfall_html(evidence: Evidence, sides: tuple[Side, Side], probability: str) -> str:
    """Draw the waterfall of a pair, which ends in ``probability``; '' where there is none."""
    bars = bars_of(evidence, sides)
    if evidence.waterfall is None:
        return ""
    total = evidence.waterfall.log_odds
    axis = _Axis([0.0, *_ends(bars)])
    rows, start = [], 0.0
    for bar in bars:
        rows.append(_row(bar, start, axis))
        start += bar.value
    return (
        '<div class="kg-fall"><p>Each bar begins where the one above ends: to the right it speaks '
        "for a match, to the left against one. Figures are log odds.</p>"
        f"{''.join(rows)}"
        f'<div class="kg-bar kg-total"><span>Log odds</span>{_track(0.0, total, axis)}'
        f"<b>{signed(total)}</b></div>"
        f'<div class="kg-bar kg-total"><span>Probability, 1 / (1 + e<sup>−log odds</sup>)</span>'
        f"<span></span><b>{escape(probability)}</b></div></div>"
    )


@dataclass(frozen=True)
class _Axis:
    """From the least to the greatest sum on the way."""

    sums: Sequence[float]

    def at(self, value: float) -> float:
        """Give the place of a sum in per cent of the width."""
        low, high = min(self.sums), max(self.sums)
        return 100 * (value - low) / (high - low) if high > low else 0.0


def _ends(bars: Sequence[Bar], start: float = 0.0) -> Iterator[float]:
    """Give all sums on the way, also within what can be opened."""
    for bar in bars:
        yield from _ends(bar.parts, start)
        start += bar.value
        yield start


def _row(bar: Bar, start: float, axis: _Axis) -> str:
    line = (
        f'<span title="{escape(bar.words)}"><bdi>{escape(bar.words)}</bdi></span>'
        f"{_track(start, bar.value, axis)}<b>{signed(bar.value)}</b>"
    )
    if not bar.parts:
        return f'<div class="kg-bar">{line}</div>'
    inner = []
    for part in bar.parts:
        inner.append(_row(part, start, axis))
        start += part.value
    return (
        f'<details><summary class="kg-bar">{line}</summary>'
        f'<div class="kg-parts">{"".join(inner)}</div></details>'
    )


def _track(start: float, value: float, axis: _Axis) -> str:
    left, right = sorted((axis.at(start), axis.at(start + value)))
    kind = "kg-for" if value > 0 else "kg-against"
    return (
        f'<i class="kg-track"><i class="{kind}" style="left:{left:.2f}%;'
        f'width:{max(right - left, 0.2):.2f}%"></i>'
        f'<i class="kg-zero" style="left:{axis.at(0.0):.2f}%"></i></i>'
    )

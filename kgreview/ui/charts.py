"""Charts as pictures (SVG) that need nothing from the network, in both themes."""

from __future__ import annotations

import math
from collections.abc import Sequence

from kgreview.evaluation.audit import Interval
from kgreview.ui.palette import palette

_SIZE, _LOW, _HIGH = 300, 44, 288  # of the picture, and where its axes begin and end
_FONT = "system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif"
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)


def reliability_svg(bins: Sequence[tuple[float, Interval, int]], *, dark: bool = False) -> str:
    """Draw what probabilities said against what was found, with 95 % intervals.

    ``bins`` are mean probability, share of matches and number of pairs. On the diagonal a
    probability is what it says; above it the network is too timid, below it too bold. The area of
    a point grows with its pairs.
    """
    c = palette(dark)
    parts = [
        f'<rect width="{_SIZE}" height="{_SIZE}" fill="{c.background}"/>',
        _line(0, 0, 1, 1, c.line, "4 4"),
    ]
    for tick in _TICKS:
        parts.append(_line(tick, 0, tick, 1, f"{c.line}55"))
        parts.append(_line(0, tick, 1, tick, f"{c.line}55"))
        parts.append(_text(_x(tick), _HIGH - _LOW + 44 - 16 + 2, f"{tick:g}", c.quiet))
        parts.append(_text(_LOW - 8, _y(tick) + 4, f"{tick:g}", c.quiet, "end"))
    most = max((pairs for _, _, pairs in bins), default=1)
    for predicted, observed, pairs in bins:
        if math.isnan(predicted) or math.isnan(observed.value):
            continue
        parts.append(_line(predicted, observed.low, predicted, observed.high, c.accent, width=2))
        radius = 2.5 + 4.5 * math.sqrt(pairs / most)
        words = f"said {predicted:.2f}, found {observed.value:.2f} of {pairs:,} pairs"
        parts.append(
            f'<circle cx="{_x(predicted):.1f}" cy="{_y(observed.value):.1f}" r="{radius:.1f}" '
            f'fill="{c.accent}"><title>{words}</title></circle>'
        )
    parts.append(_text((_LOW + _HIGH) / 2, _SIZE - 4, "probability", c.text))
    middle = (_y(0) + _y(1)) / 2
    parts.append(
        f'<g transform="rotate(-90 11 {middle:.0f})">'
        f"{_text(11, middle, 'share of matches', c.text)}</g>"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIZE} {_SIZE}" '
        f'width="{_SIZE}" height="{_SIZE}" font-family="{_FONT}" font-size="11">'
        f"{''.join(parts)}</svg>"
    )


def _x(share: float) -> float:
    return _LOW + share * (_HIGH - _LOW)


def _y(share: float) -> float:
    return _HIGH - _LOW + 12 - share * (_HIGH - _LOW)


def _line(
    x1: float, y1: float, x2: float, y2: float, colour: str, dash: str = "", *, width: int = 1
) -> str:
    ends = f'x1="{_x(x1):.1f}" y1="{_y(y1):.1f}" x2="{_x(x2):.1f}" y2="{_y(y2):.1f}"'
    return f'<line {ends} stroke="{colour}" stroke-width="{width}" stroke-dasharray="{dash}"/>'


def _text(x: float, y: float, words: str, colour: str, anchor: str = "middle") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" fill="{colour}" text-anchor="{anchor}">{words}</text>'

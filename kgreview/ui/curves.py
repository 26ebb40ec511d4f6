"""Precision over recall, before and after, as a picture (SVG) that loads nothing."""

from __future__ import annotations

from collections.abc import Sequence

from kgreview.ui.palette import palette

Curve = tuple[Sequence[float], Sequence[float]]  # recall and precision, aligned

_WIDTH, _HEIGHT = 420, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 408, 12, 258  # of the square that 0 to 1 is drawn in
_FONT = "system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif"


def curves_svg(before: Curve, after: Curve, *, dark: bool = False) -> str:
    """Draw two curves over each other, the one before dashed. Holds no text of a graph."""
    c = palette(dark)
    parts = []
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        x, y = _x(tick), _y(tick)
        parts.append(f'<path d="M{x:.1f} {_TOP}V{_BOTTOM}M{_LEFT} {y:.1f}H{_RIGHT}"/>')
    grid = f'<g stroke="{c.line}" stroke-opacity="0.4">{"".join(parts)}</g>'
    ticks = "".join(
        f'<text x="{_x(t):.1f}" y="{_BOTTOM + 16}" text-anchor="middle">{t:g}</text>'
        f'<text x="{_LEFT - 7}" y="{_y(t) + 4:.1f}" text-anchor="end">{t:g}</text>'
        for t in (0.0, 0.5, 1.0)
    )
    middle = (_TOP + _BOTTOM) / 2
    words = (
        f'<text x="{(_LEFT + _RIGHT) / 2}" y="{_HEIGHT - 8}" text-anchor="middle">recall</text>'
        f'<text transform="translate(12 {middle}) rotate(-90)" text-anchor="middle">'
        f"precision</text>"
        f'<text x="{_LEFT + 44}" y="{_BOTTOM - 28}">before</text>'
        f'<text x="{_LEFT + 44}" y="{_BOTTOM - 10}">after</text>'
    )
    lines = (
        f'<polyline points="{_points(before)}" stroke="{c.quiet}" stroke-dasharray="4 3"/>'
        f'<polyline points="{_points(after)}" stroke="{c.accent}"/>'
        f'<path d="M{_LEFT + 12} {_BOTTOM - 32}h26" stroke="{c.quiet}" stroke-dasharray="4 3"/>'
        f'<path d="M{_LEFT + 12} {_BOTTOM - 14}h26" stroke="{c.accent}"/>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="Precision over recall, before and after" width="{_WIDTH}" '
        f'height="{_HEIGHT}" font-family="{_FONT}" font-size="12">{grid}'
        f'<g fill="{c.quiet}">{ticks}{words}</g>'
        f'<g fill="none" stroke-width="2" stroke-linejoin="round">{lines}</g></svg>'
    )


def _points(curve: Curve) -> str:
    return " ".join(f"{_x(r):.1f},{_y(p):.1f}" for r, p in zip(*curve, strict=True))


def _x(recall: float) -> float:
    return _LEFT + recall * (_RIGHT - _LEFT)


def _y(precision: float) -> float:
    return _BOTTOM - precision * (_BOTTOM - _TOP)

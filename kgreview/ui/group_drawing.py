"""A group as a picture (SVG) that needs nothing from the network: its entities and their pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

from kgreview.ui.palette import Palette, palette
from kgreview.ui.text import clip, plain

Kind = Literal["match", "rejected", "open"]

MOST_DRAWN = 30  # entities of a side

_WIDTH, _ROW, _TOP = 1280, 26, 34  # of the picture; height of an entity's row; of the first one
_LEFT, _RIGHT, _NAME = 500, 780, 34.0  # x of the dots of either side; room of a name, in em
_FONT = "system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif"
_BADGE = 8  # radius of a step's number


@dataclass(frozen=True)
class Line:
    """A pair of the group, by the places of its entities."""

    left: int
    right: int
    kind: Kind
    words: str = ""  # beside the line: the number of the step


def group_svg(
    left: Sequence[str], right: Sequence[str], lines: Sequence[Line], *, dark: bool = False
) -> str:
    """Draw the names of a group's entities, left ones on the left, and lines for its pairs.

    Matches are whole, with the number of their step, rejected pairs dashed, open candidates dotted.
    Of more than ``MOST_DRAWN`` entities of a side the last ones are counted, not drawn.
    """
    c = palette(dark)
    sides = [list(names[:MOST_DRAWN]) for names in (left, right)]
    more = [len(names) - MOST_DRAWN for names in (left, right)]
    rows = max(len(names) + (beyond > 0) for names, beyond in zip(sides, more, strict=True))
    height = _TOP + _ROW * rows
    offsets = [_ROW * (rows - len(names) - (beyond > 0)) / 2
               for names, beyond in zip(sides, more, strict=True)]  # fmt: skip
    parts = [
        f'<rect width="{_WIDTH}" height="{height}" fill="{c.background}"/>',
        *_headings(c),
    ]
    shown = [each for each in lines if max(each.left, each.right) < MOST_DRAWN]
    order = {"open": 0, "rejected": 1, "match": 2}
    for line in sorted(shown, key=lambda each: order[each.kind]):
        parts.append(_line(line, offsets, c))
    for number, (names, beyond) in enumerate(zip(sides, more, strict=True)):
        parts += _names(number, names, beyond, offsets[number], c)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        f'width="{_WIDTH}" height="{height}" font-family="{_FONT}" font-size="13">'
        f"{''.join(parts)}</svg>"
    )


def _headings(c: Palette) -> list[str]:
    samples = (
        ("match", "match, with its step", 420), ("rejected", "rejected", 640),
        ("open", "open candidate", 780),
    )  # fmt: skip
    drawn = []
    for kind, words, x in samples:
        drawn.append(
            f'<line x1="{x}" y1="12" x2="{x + 34}" y2="12" {_stroke(kind, c)}/>'
            f'<text x="{x + 42}" y="16" fill="{c.quiet}" font-size="12">{words}</text>'
        )
    return drawn


def _line(line: Line, offsets: Sequence[float], c: Palette) -> str:
    ends = [_TOP + _ROW * (place + 0.5) + offset
            for place, offset in zip((line.left, line.right), offsets, strict=True)]  # fmt: skip
    drawn = (
        f'<line x1="{_LEFT + 10}" y1="{ends[0]:.1f}" x2="{_RIGHT - 10}" y2="{ends[1]:.1f}" '
        f"{_stroke(line.kind, c)}/>"
    )
    if not line.words:
        return drawn
    # lines from one entity have their numbers at different places, so that none hides another
    share = 0.12 + 0.76 * ((line.right * 0.381966) % 1.0)
    x = _LEFT + 10 + share * (_RIGHT - _LEFT - 20)
    y = ends[0] + share * (ends[1] - ends[0])
    words = escape(line.words)
    return drawn + (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{_BADGE}" fill="{c.background}" '
        f'stroke="{c.match}"/><text x="{x:.1f}" y="{y + 4:.1f}" fill="{c.text}" font-size="11" '
        f'text-anchor="middle">{words}</text>'
    )


def _stroke(kind: str, c: Palette) -> str:
    colour, width, dash = {
        "match": (c.match, 2, ""),
        "rejected": (c.centre, 1.6, "7 4"),
        "open": (c.quiet, 1, "1 4"),
    }[kind]
    return f'stroke="{colour}" stroke-width="{width}" stroke-dasharray="{dash}"'


def _names(number: int, names: Sequence[str], beyond: int, offset: float, c: Palette) -> list[str]:
    x, sign, anchor = ((_LEFT, -1, "end"), (_RIGHT, 1, "start"))[number]
    drawn = []
    for place, name in enumerate(names):
        y = _TOP + _ROW * (place + 0.5) + offset
        drawn.append(
            f'<circle cx="{x}" cy="{y:.1f}" r="5" fill="{c.accent}"/>'
            f'<text x="{x + sign * 14}" y="{y + 4.5:.1f}" fill="{c.text}" '
            f'text-anchor="{anchor}">{escape(clip(plain(name), _NAME))}</text>'
        )
    if beyond > 0:
        y = _TOP + _ROW * (len(names) + 0.5) + offset
        drawn.append(
            f'<text x="{x + sign * 14}" y="{y + 4.5:.1f}" fill="{c.quiet}" '
            f'text-anchor="{anchor}">and {beyond:,} more</text>'
        )
    return drawn

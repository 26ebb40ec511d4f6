"""The three ways to look at neighbours, each with one scale for both sides of a pair.

What a neighbour adds to the log odds is signed: its scale diverges from nothing, as far on either
hand. Cross-graph attention and self-attention go from nothing to the most.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from kgreview.ui.entity_summary import Neighbour
from kgreview.ui.palette import Palette, scale_colour, signed_colour

MODES = ("evidence", "cross", "self")  # contribution, cross-graph attention, self-attention
LEAST = 0.5  # log odds at the end of a scale, at the least: what is nothing looks like nothing


@dataclass(frozen=True)
class Scale:
    """How one figure of a neighbour is coloured, sized and written."""

    colours: tuple[str, ...]
    most: float  # its end
    signed: bool  # it diverges

    def share(self, value: float) -> float:
        """Give how large a value is, from 0 to 1 at the end of the scale, whatever its sign."""
        return min(1.0, abs(value) / self.most)

    def colour(self, value: float) -> str:
        """Give the colour of a value."""
        if not self.signed:
            return scale_colour(self.colours, value / self.most)
        return signed_colour(self.colours, value / self.most)

    def write(self, value: float) -> str:
        """Write a value, with its sign where there are two."""
        return signed(value) if self.signed else f"{value:.2f}"

    def ticks(self) -> tuple[float, ...]:
        """Give the values that a legend shows."""
        low = -1.0 if self.signed else 0.0
        return tuple(self.most * (low + step * (1.0 - low) / 4) for step in range(5))


Scales = tuple[Scale, Scale, Scale]  # in the order of MODES


def scales_of(neighbours: Iterable[Neighbour], colours: Palette) -> Scales | None:
    """Give the scales of the neighbours of both sides; ``None`` where no network looked at any."""
    seen = [n for n in neighbours if not math.isnan(n.contribution)]
    if not seen:
        return None
    adds = max(LEAST, *(abs(n.contribution) for n in seen))
    stake = max(LEAST, *(n.self_ for n in seen))
    return (
        Scale(colours.diverging, adds, True),
        Scale(colours.scale, 1.0, False),
        Scale(colours.scale, stake, False),
    )


def figures_of(neighbour: Neighbour) -> tuple[float, float, float]:
    """Give the three figures of a neighbour, in the order of ``MODES``; nan where unknown."""
    return neighbour.contribution, neighbour.cross, neighbour.self_


def signed(value: float) -> str:
    """Write a figure with its sign, as in −0.31; what rounds to nothing has none."""
    shown = f"{abs(value):.2f}"
    if shown == "0.00":
        return f"±{shown}"
    return f"{'−' if value < 0 else '+'}{shown}"

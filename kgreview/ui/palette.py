"""Colours for both themes, of which colour-blind eyes see the same.

The sequential scale is viridis. The diverging one goes from orange (against) over grey (nothing) to
blue (for).
"""

from __future__ import annotations

from dataclasses import dataclass

# The end of viridis that would be lost against the background is drawn in a little.
_ON_WHITE = ("#cfd43c", "#7ad151", "#22a884", "#2a788e", "#414487", "#440154")
_ON_BLACK = ("#5f559f", "#4c6db0", "#2a8f9a", "#22a884", "#7ad151", "#fde725")


@dataclass(frozen=True)
class Palette:
    """What the canvas and the tables of one theme are painted with."""

    background: str
    panel: str
    text: str
    quiet: str  # text that may be overlooked
    line: str
    centre: str
    match: str  # what is accepted
    accent: str  # bars
    button: str  # background of the main button, whose text is white
    shared: str  # what both sides have
    removed: str  # background of characters only the left has
    added: str  # background of characters only the right has
    scale: tuple[str, ...]  # from none to the most
    diverging: tuple[str, ...]  # from what speaks most against to what speaks most for
    relations: tuple[str, ...]  # what corresponds, in one colour on both sides


LIGHT = Palette(
    background="#ffffff",
    panel="#f4f5f7",
    text="#1b1f24",
    quiet="#5f6873",
    line="#c3c9d1",
    centre="#b3261e",
    match="#1a6b3c",
    accent="#2a6fb0",
    button="#2a6fb0",
    shared="#8a5a00",
    removed="#ffe0d6",
    added="#d8ecff",
    scale=_ON_WHITE,
    diverging=("#8f3b00", "#d9762b", "#c6cad0", "#4b8fd0", "#0f4d9e"),
    # after Okabe and Ito, whose hues colour-blind eyes tell apart; dark enough to be read
    relations=("#0065a3", "#9c4f00", "#00694e", "#8f3a7c", "#5c5c00", "#5546b5"),
)
DARK = Palette(
    background="#171614",
    panel="#262522",
    text="#efeeeb",
    quiet="#a3a29c",
    line="#4b4a46",
    centre="#ff8a80",
    match="#6fcf97",
    accent="#5aa5e8",
    button="#2a6fb0",
    shared="#e6b450",
    removed="#5a2a20",
    added="#173f63",
    scale=_ON_BLACK,
    diverging=("#ffb469", "#c9741f", "#5d5b55", "#3f86cf", "#86c5ff"),
    relations=("#62b6ec", "#f0a93a", "#3dc9a0", "#e296cb", "#d8d14a", "#b3a7f7"),
)


def palette(dark: bool) -> Palette:
    """Choose the palette of a theme."""
    return DARK if dark else LIGHT


def scale_colour(scale: tuple[str, ...], share: float) -> str:
    """Give the colour at ``share`` (0 to 1) of a scale, as #rrggbb."""
    place = min(max(share, 0.0), 1.0) * (len(scale) - 1)
    low = min(int(place), len(scale) - 2)
    a, b = _rgb(scale[low]), _rgb(scale[low + 1])
    mixed = (round(x + (y - x) * (place - low)) for x, y in zip(a, b, strict=True))
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def signed_colour(scale: tuple[str, ...], share: float) -> str:
    """Give the colour at ``share`` (−1 to 1) of a diverging scale, as #rrggbb."""
    return scale_colour(scale, (share + 1) / 2)


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)

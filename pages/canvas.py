"""The canvas: one frame that stays from pair to pair, and is told what to draw. No page itself.

A component of Streamlit's whose document the server has at an address of its own: a browser asks
for it once, and each pair takes some KB.
"""

from __future__ import annotations

from streamlit.components.v1 import declare_component

from kgreview.ui.canvas_page import Drawing, canvas_address

_CANVAS = {
    dark: declare_component("dark" if dark else "light", url=canvas_address(dark=dark))
    for dark in (False, True)
}


def canvas(drawing: Drawing, token: str, *, height: int, dark: bool) -> None:
    """Have the frame draw a pair; ``token`` is of the question it belongs to."""
    _CANVAS[dark](
        drawing=drawing.packed, name=drawing.name, pair=token, height=height, key="canvas"
    )

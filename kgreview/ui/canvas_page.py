"""The document that draws pairs: one for each theme, the same for all pairs; browsers keep it.

It is told what to draw by messages (canvas.js), loads nothing but the library that draws, and by
its content security policy no script runs but ours.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from pyvis.network import Network

from kgreview.ui.css import colours_css, css_file
from kgreview.ui.evidence_html import BAR_HEIGHT, LEGEND_HEIGHT
from kgreview.ui.palette import Palette, palette

FOLDER = "/canvas"  # of the server, where the documents are
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif"
_SCRIPT = Path(__file__).with_name("canvas.js")


@dataclass(frozen=True)
class Drawing:
    """What the document draws of one pair. Strings of graphs are text in it, or escaped HTML."""

    nodes: Sequence[Mapping[str, Any]]  # as pyvis has them
    edges: Sequence[Mapping[str, Any]]
    options: Mapping[str, Any]  # of the network
    switches: str  # HTML above the drawing
    panes: str  # HTML of bars, table and legend
    width: int  # of the sheet; its middle is at 0
    height: int

    @cached_property
    def packed(self) -> bytes:
        """The same as compressed JSON, in some KB."""
        parts = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return zlib.compress(json.dumps(parts, separators=(",", ":")).encode(), 6)

    @cached_property
    def name(self) -> str:
        """What tells it from another drawing."""
        return hashlib.sha256(self.packed).hexdigest()[:20]


def canvas_address(*, dark: bool) -> str:
    """Give the address of the document on the server: another one whenever it changes."""
    theme = "dark" if dark else "light"
    return f"{FOLDER}/{next(name for name in files() if name.startswith(theme))}"


@cache
def files() -> Mapping[str, tuple[str, str]]:
    """Give what the server has in ``FOLDER`` by its name: media type and content.

    A name holds the hash of the content. The library is a file of its own, since a page asks for
    its document anew by each address that it has itself.
    """
    library = _library()
    script = _named("vis-network", library, "js")
    by_name = {script: ("text/javascript", library)}
    for theme, is_dark in (("light", False), ("dark", True)):
        document = _document(f"{FOLDER}/{script}", palette(is_dark))
        by_name[_named(theme, document, "html")] = ("text/html", document)
    return by_name


def _named(name: str, content: str, ending: str) -> str:
    return f"{name}-{hashlib.sha256(content.encode()).hexdigest()[:16]}.{ending}"


def _document(library: str, colours: Palette) -> str:
    """Write the document that draws; ``library``: the address of the script it draws with."""
    script = _SCRIPT.read_text(encoding="utf-8")
    # Only our scripts run: whatever else might end up in the document stays text.
    policy = (
        f"default-src 'none'; script-src 'self' 'sha256-{_hash(script)}'; "
        "style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'"
    )
    return (
        "<!DOCTYPE html>\n"
        '<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f"<title>Neighbourhoods</title><style>{_style(colours)}</style></head>"
        '<body data-tab="canvas" data-mode="evidence" data-hop="1"><div id="switches"></div>'
        '<div id="mynetwork" role="img" aria-label="Neighbourhoods of both entities; the table '
        'says the same"></div><div id="panes"></div>'
        '<div id="opened" role="dialog" aria-label="Neighbour" hidden></div>'
        f'<script src="{library}"></script><script>{script}</script></body></html>'
    )


def _library() -> str:
    """Give the drawing library that pyvis puts into the documents it writes."""
    page = Network(cdn_resources="in_line").generate_html()
    scripts = re.findall(r"<script\b(?![^>]*\bsrc=)[^>]*>(.*?)</script>", page, re.DOTALL)
    return next(str(script) for script in scripts if "vis-network" in script[:2000])


def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _style(colours: Palette) -> str:
    sizes = f"--kg-bar: {BAR_HEIGHT}px; --kg-legend: {LEGEND_HEIGHT}px; --kg-font: {_FONT}"
    return f":root {{{sizes}}}\n{colours_css(colours)}\n{css_file('canvas.css')}"

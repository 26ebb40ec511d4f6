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

from kgreview.ui.evidence_html import BAR_HEIGHT, LEGEND_HEIGHT
from kgreview.ui.palette import Palette, palette
from kgreview.ui.scales import MODES

FOLDER = "/canvas"  # of the server, where the documents are
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif"
# what only one of the modes shows has its name for a class
_OF_ONE_MODE = "".join(
    f"body:not([data-mode={mode}]) :is(#legend,.relation) .{mode}{{display:none}}" for mode in MODES
)
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
    found = {script: ("text/javascript", library)}
    for theme, is_dark in (("light", False), ("dark", True)):
        document = _document(f"{FOLDER}/{script}", palette(is_dark))
        found[_named(theme, document, "html")] = ("text/html", document)
    return found


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

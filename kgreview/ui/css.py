"""The style sheets of the pages and of the canvas: files of their own, and colours for a theme."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from kgreview.ui.palette import Palette, palette
from kgreview.ui.text import plain


def desk_css(*, dark: bool, title: str = "") -> str:
    """Write the style sheet of the pages, in a ``<style>`` element. It loads nothing.

    ``title`` stands in the page's head: which of several projects is open.
    """
    head = f':root {{--kg-title: "{_css_text(plain(title, 40))}"}}'
    return f"<style>\n{head}\n{colours_css(palette(dark))}\n{css_file('desk.css')}</style>"


def table_css(share: float) -> str:
    """Give the attribute table a share of the window's height; the canvas has what is left."""
    return f"<style>:root {{--kg-table: {share:.1%}}}</style>".replace("%", "vh")


def colours_css(colours: Palette) -> str:
    """Give the colours of a theme by the names that the style sheets use."""
    named = {name: value for name, value in vars(colours).items() if isinstance(value, str)}
    named |= {"against": colours.diverging[0], "for": colours.diverging[-1]}
    named |= {f"line-{alpha}": f"{colours.line}{alpha}" for alpha in ("55", "66", "88")}
    named |= {"accent-66": f"{colours.accent}66"}
    return f":root {{{'; '.join(f'--kg-{name}: {value}' for name, value in named.items())}}}"


@cache
def css_file(name: str) -> str:
    """Read one of the style sheets beside this module."""
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _css_text(text: str) -> str:
    """Write a string as it may stand between quotes, with nothing in it that ends anything."""
    return "".join(
        sign if sign.isalnum() and sign.isascii() else f"\\{ord(sign):x} " for sign in text
    )

"""Scripts of the pages themselves: what keys must not do, and who reviews. Nothing of a graph."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from urllib.parse import quote, unquote

CURATOR_COOKIE = "kgreview_curator"
_YEAR = 365 * 24 * 3600  # s


@cache
def guard_html() -> str:
    """Write the script that keeps held keys, double clicks and open dialogs from deciding."""
    script = Path(__file__).with_name("guard.js").read_text(encoding="utf-8")
    return f"<script>{script}</script>"


def curator_html(name: str) -> str:
    """Write the script that keeps the curator's name in this browser.

    Not in the address: a link to a pair must not make its reader somebody else.
    """
    cookie = f"{CURATOR_COOKIE}={quote(name, safe='')}; path=/; max-age={_YEAR}; samesite=strict"
    return f'<script>document.cookie = "{cookie}";</script>'


def curator_of(cookie: object) -> str:
    """Read the name that ``curator_html`` wrote; '' without one."""
    return unquote(cookie, errors="ignore") if isinstance(cookie, str) else ""

"""The lines above a pair, and the pages' words when there is none. HTML, every string escaped."""

from __future__ import annotations

from html import escape

from kgreview.views.sides import Side
from kgreview.views.text import plain

_MOST_NAME, _MOST_ID = 160, 120


def heading_html(left: Side, right: Side, score: float | None) -> str:
    """Write both names with their types and ids, and the probability between them."""
    if score is None:
        middle = '<b class="kg-words">no score yet</b>'
    else:
        bar = f'<i><span style="width:{100 * score:.1f}%"></span></i>'
        middle = f"<b>{_share(score)}</b> likely the same{bar}"
    return (
        f'<div class="kg-heading">{_entity(left)}<div class="kg-score">{middle}</div>'
        f"{_entity(right)}</div>"
    )


def line_html(left: str, figures: dict[str, int]) -> str:
    """Write a quiet line: a sentence on the left, named counts on the right."""
    counts = " · ".join(f"<b>{value:,}</b> {escape(name)}" for name, value in figures.items())
    return (
        f'<div class="kg-line"><span><bdi>{escape(plain(left))}</bdi></span>'
        f"<span>{counts}</span></div>"
    )


def said_html(text: str) -> str:
    """Write what was just saved; screen readers say it."""
    return f'<div class="kg-said" role="status"><bdi>{escape(plain(text))}</bdi></div>'


def empty_html(title: str, *what_to_do: str) -> str:
    """Write what stands in the place of a pair when there is none: what is so, what to do."""
    lines = "".join(f"<p>{_with_commands(line)}</p>" for line in what_to_do)
    return f'<div class="kg-empty"><h2>{escape(plain(title))}</h2>{lines}</div>'


def markdown_text(text: str, limit: int = 60) -> str:
    """Make a string safe where Markdown is read: it comes out as the text it is.

    An image in a name must not be fetched, nor a ``:red[…]`` of Streamlit colour the page.
    """
    return "".join(
        character
        if character.isalnum() or character == " " or ord(character) > 127
        else f"\\{character}"
        for character in plain(text, limit)
    )


def _share(score: float) -> str:
    """Write a probability; nothing is called certain by rounding."""
    if score > 0.99:
        return "&gt;99%"
    return "&lt;1%" if score < 0.01 else f"{score:.0%}"


def _entity(side: Side) -> str:
    name, full = escape(plain(side.name, _MOST_NAME)), escape(plain(side.name, 600))
    entity_id = escape(plain(side.id, _MOST_ID))
    if side.id.startswith(("http://", "https://")):
        entity_id = (
            f'<a href="{escape(side.id)}" target="_blank" rel="noopener noreferrer">{entity_id}</a>'
        )
    return (
        f'<section><h2 title="{full}"><bdi>{name}</bdi></h2>'
        f"<small><bdi>{escape(plain(side.type, 80))}</bdi> · <bdi>{entity_id}</bdi></small>"
        "</section>"
    )


def _with_commands(line: str) -> str:
    parts = escape(line).split("`")
    return "".join(f"<code>{part}</code>" if i % 2 else part for i, part in enumerate(parts))

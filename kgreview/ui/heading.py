"""The lines above a pair, and the pages' words when there is none. HTML, every string escaped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from kgreview.text.iris import local_name
from kgreview.ui.entity_summary import Side
from kgreview.ui.text import clip, plain

_MOST_NAME, _MOST_ID = 160, 120
_UNSEEN = "\u2060"  # the word joiner: it has no width, and parts no word
# a colon or an @ that no space follows, "www" before its dot, signs that make an arrow or a dash
_FOUND_LATER = re.compile(r"\\[:@](?! )|www(?=\\\.)|\\[-<>=~](?=\\[-<>=~])", re.IGNORECASE)


def heading_html(
    left: Side,
    right: Side,
    score: float | None,
    *,
    hidden: bool = False,
    waterfall: str = "",
    token: str = "",
) -> str:
    """Write both names with their types and ids, and the probability between them.

    A click on it opens ``waterfall``, HTML, where there is one. ``token``: of the question, by
    which the page tells whether all of its parts are of one pair.
    """
    if hidden:
        middle = '<b class="kg-words">hidden until you decide</b>'
    elif score is None:
        middle = '<b class="kg-words">no score yet</b>'
    else:
        bar = f'<i><span style="width:{100 * score:.1f}%"></span></i>'
        middle = f"<b>{escape(share(score))}</b> <span>likely the same</span>{bar}"
        if waterfall:
            middle = (
                f'<details class="kg-waterfall"><summary title="Where it comes from">{middle}'
                f"</summary>{waterfall}</details>"
            )
    return (
        f'<div class="kg-heading" data-pair="{escape(token)}">{_entity(left)}'
        f'<div class="kg-score">{middle}</div>{_entity(right)}</div>'
    )


def line_html(left: str, figures: dict[str, str]) -> str:
    """Write a quiet line: a sentence on the left, named counts on the right."""
    counts = " · ".join(f"<b>{escape(value)}</b> {escape(name)}" for name, value in figures.items())
    return (
        f'<div class="kg-line"><span><bdi>{escape(plain(left))}</bdi></span>'
        f"<span>{counts}</span></div>"
    )


def notice_html(*sentences: str) -> str:
    """Write what stands against an answer; screen readers say it."""
    lines = "".join(f"<p><bdi>{escape(plain(sentence, 300))}</bdi></p>" for sentence in sentences)
    return f'<div class="kg-notice" role="alert">{lines}</div>'


def saved_html(text: str) -> str:
    """Write what was just saved; screen readers say it."""
    return f'<div class="kg-said" role="status"><bdi>{escape(plain(text))}</bdi></div>'


def competitor_label(side: str, name: str, score: float | None, *, is_open: bool) -> str:
    """Write the label of the button that opens another candidate, as Markdown.

    The arrow points to the side whose entity takes the other's place.
    """
    arrow = "→" if side == "right" else "←"
    figure = "" if score is None else f" · {share(score)}"
    return f"{arrow} {markdown_text(clip(name, 15))}{figure}{'' if is_open else ' · settled'}"


def bulk_html(count: int, sample: Sequence[tuple[str, str, float]], *, cap: int, more: bool) -> str:
    """Write what one answer to many pairs would touch: how many, and a sample of them."""
    rows = "".join(
        f"<tr><td><bdi>{escape(plain(left, 60))}</bdi></td><td><bdi>{escape(plain(right, 60))}"
        f"</bdi></td><td>{escape(share(score))}</td></tr>"
        for left, right, score in sample
    )
    capped = f" There are more; one answer settles at most {cap:,}." if more else ""
    words = (
        f"<p><b>{count:,}</b> open pairs would be decided.{capped} Pairs of the audit sample stay "
        "open. Of matches, those that would be the second of an entity stay open too.</p>"
        f"<p>{len(sample)} of them, drawn at random:</p>"
        if count
        else "<p>No open pair matches the filter. Change the filter.</p>"
    )
    return f'<div class="kg-bulk">{words}<table class="kg-attributes">{rows}</table></div>'


def empty_html(title: str, *what_to_do: str) -> str:
    """Write what stands in the place of a pair when there is none: what is so, what to do."""
    lines = "".join(f"<p>{_with_commands(line)}</p>" for line in what_to_do)
    return f'<div class="kg-empty"><h2>{escape(plain(title))}</h2>{lines}</div>'


def markdown_text(text: str, limit: int = 60) -> str:
    """Make a string safe where Streamlit reads Markdown: it comes out as the text it is.

    An image in a name must not be fetched, nor a ``:red[…]`` colour the page. Addresses, arrows and
    ``:names:`` of pictures are found in the text when it is read already, and no backslash keeps
    them: what nobody sees is put into them, and parts them.
    """
    escaped = "".join(
        character
        if character.isalnum() or character == " " or ord(character) > 127
        else f"\\{character}"
        for character in plain(text, limit)
    )
    return _FOUND_LATER.sub(lambda found: found[0] + _UNSEEN, escaped)


def share(score: float) -> str:
    """Write a probability; nothing is called certain by rounding."""
    if score > 0.99:
        return ">99%"
    return "<1%" if score < 0.01 else f"{score:.0%}"


def _entity(side: Side) -> str:
    name, full = escape(plain(side.name, _MOST_NAME)), escape(plain(side.name, 600))
    entity_id = escape(plain(side.id, _MOST_ID))
    if side.url is not None:
        entity_id = (
            f'<a href="{escape(side.url)}" target="_blank" rel="noopener noreferrer">'
            f"{entity_id}</a>"
        )
    type_name = escape(plain(local_name(side.type), 80))
    return (
        f'<section><h2 title="{full}"><bdi>{name}</bdi></h2>'
        f"<small><bdi>{type_name}</bdi> · <bdi>{entity_id}</bdi></small>"
        "</section>"
    )


def _with_commands(line: str) -> str:
    parts = escape(line).split("`")
    return "".join(f"<code>{part}</code>" if i % 2 else part for i, part in enumerate(parts))

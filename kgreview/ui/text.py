"""Strings of graphs made fit to be seen: one line, no tricks, no wider than there is room."""

from __future__ import annotations

import unicodedata
from functools import cache

ELLIPSIS = "…"
_NARROW = frozenset("iljtfrI.,:;'|!()[] -·")
_WIDE = frozenset("mwMW@%—…")


def plain(text: str, limit: int = 400) -> str:
    """Put a string on one line of at most ``limit`` characters.

    Control and direction characters go: a name must not break a line, nor turn the text beside it
    around.
    """
    head = text[: limit + 1]
    shown = head
    if not (head.isascii() and head.isprintable()):  # most names are
        shown = "".join(_visible(character) for character in head)
    shown = " ".join(shown.split())
    return shown[: limit - 1].rstrip() + ELLIPSIS if len(head) > limit else shown


def clip(text: str, width: float) -> str:
    """Shorten a string to ``width`` em, the end of it replaced by an ellipsis."""
    shown = plain(text)
    if text_width(shown) <= width:
        return shown
    room = width - text_width(ELLIPSIS)
    used = 0.0
    for position, character in enumerate(shown):
        used += _character_width(character)
        if used > room:
            return shown[:position].rstrip() + ELLIPSIS
    return shown


def text_width(text: str) -> float:
    """Estimate how wide a sans-serif face sets a string, in em; rather too wide than too narrow."""
    return sum(_character_width(character) for character in text)


@cache
def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cf":
        return "" if character != "\u200d" else character  # the joiner holds emoji together
    return " " if category[0] in "CZ" else character


@cache  # of the characters there are
def _character_width(character: str) -> float:
    if character in _NARROW:
        return 0.31
    if character in _WIDE:
        return 0.98
    if unicodedata.combining(character) or unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0.0
    if unicodedata.east_asian_width(character) in "WF" or character > "\u2fff":
        return 1.15
    if character.isupper():
        return 0.7
    return 0.56

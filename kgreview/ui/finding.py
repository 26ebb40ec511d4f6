"""What a search for an entity has found, as labels in Markdown. Every string escaped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from kgreview.text.iris import local_name
from kgreview.ui.heading import markdown_text

_MOST_NAME, _MOST_ID, _MOST_VALUE = 48, 28, 28


class _SearchResult(Protocol):
    """A right entity that was found, see ``review.entity_search``."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def values(self) -> Sequence[tuple[str, str]]: ...
    @property
    def is_candidate(self) -> bool: ...
    @property
    def refused(self) -> str: ...


def result_label(each: _SearchResult, *, shown: bool) -> str:
    """Write the label of the button that puts an entity beside the left one.

    Name, type and id, the end of a long one; a few values; whether it is shown now, or a candidate.
    """
    parts = [_text(local_name(each.type), _MOST_NAME), _text(_end(each.id), _MOST_ID)]
    parts += [
        f"{_text(local_name(name), 20)} {_text(value, _MOST_VALUE)}" for name, value in each.values
    ]
    parts += ["*shown now*"] if shown else ["*candidate*"] if each.is_candidate else []
    return f"**{_text(each.name, _MOST_NAME)}** · {' · '.join(parts)}"


def refused_label(each: _SearchResult) -> str:
    """Write of an entity why it cannot be matched."""
    return f"{_text(each.name, _MOST_NAME)}: {markdown_text(each.refused, 200)}"


def _text(text: str, most: int) -> str:
    return markdown_text(text, most)


def _end(entity: str) -> str:
    return entity if len(entity) <= _MOST_ID else "…" + entity[-_MOST_ID + 1 :]

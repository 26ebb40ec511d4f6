"""Where on the web an entity can be looked up."""

from __future__ import annotations

import re
from urllib.parse import quote

_ADDRESS = re.compile(r"https?://[^\s<>\"'`/]+[^\s<>\"'`]*")


def entity_url(entity_id: str, template: str = "") -> str | None:
    """Give the page of an entity: by a graph's template, else its id if that is an address.

    ``template`` has ``{id}`` in the place of the id. Nothing but http and https is ever linked.
    """
    if is_web(template):
        return template.replace("{id}", quote(entity_id, safe=""))
    return entity_id if is_web(entity_id) else None


def is_template(text: str) -> bool:
    """Tell whether a text is an address on the web with ``{id}`` in it."""
    return is_web(text) and "{id}" in text


def is_web(text: str) -> bool:
    """Tell whether a value is an address on the web, whole and not just in part."""
    return _ADDRESS.fullmatch(text) is not None

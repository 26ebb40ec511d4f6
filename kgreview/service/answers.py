"""Answers: JSON, CSV, HTML, and errors as JSON with one clear line."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from starlette.responses import Response

from kgreview.errors import InputError
from kgreview.exchange.export_tables import sheet_writer
from kgreview.graph.columns import finite
from kgreview.ui.links import is_web
from kgreview.ui.text import plain

_CALLBACK = re.compile(r"[A-Za-z_$][\w$.]{0,99}", re.ASCII)
_MOST_FACTS, _MOST_VALUES, _LONGEST = 12, 4, 160

_STYLE = """
:root{color-scheme:light dark}body{font:13px/1.4 sans-serif;margin:8px;overflow-wrap:anywhere}
h1{font-size:15px;margin:0}p{margin:0 0 6px;opacity:.7}table{border-collapse:collapse}
th{text-align:left;font-weight:normal;opacity:.7;padding:1px 10px 1px 0;vertical-align:top}
td{padding:1px 0}"""


def json_answer(values: Any, status: int = 200, links: Mapping[str, str] | None = None) -> Response:
    """Answer with JSON; ``links``: addresses of other pages by how they relate ("next")."""
    return _text(_json(values), "application/json", status, links)


def failure(status: int, line: str) -> Response:
    """Answer that something went wrong, in one line."""
    return json_answer({"error": plain(line)}, status)


def jsonp_answer(values: Any, callback: str) -> Response:
    """Answer with a call of a function of the page that asked, for older clients.

    Raises ``InputError`` for a name that is none.
    """
    if _CALLBACK.fullmatch(callback) is None:
        raise InputError("callback: give the name of a function")
    # U+2028 and U+2029 end a line of a script
    text = _json(values).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return _text(f"/**/{callback}({text});", "text/javascript")


def csv_answer(
    columns: Sequence[str], rows: Iterable[Mapping[str, Any]], links: Mapping[str, str]
) -> Response:
    """Answer with a table. A text that a spreadsheet would run as a formula gets an apostrophe."""
    sheet = io.StringIO(newline="")
    write_row = sheet_writer(sheet, columns)
    for row in rows:
        write_row(row[name] for name in columns)
    return _text(sheet.getvalue(), "text/csv", 200, links)


def preview_answer(entity: Mapping[str, Any], frames: str) -> Response:
    """Answer with a page about an entity, as ``describe_entity`` gives it, for a small frame.

    Every string of the graph is escaped, and the page may load and run nothing. ``frames``: which
    pages may show it, as ``frame-ancestors`` has it.
    """
    near: dict[str, list[str]] = {}
    for each in entity["neighbours"]:
        relation = each["relation"]
        arrow = f"← {relation}" if each["inverse"] else f"{relation} →"
        near.setdefault(arrow, []).append(each["name"])
    facts = [*entity["attributes"].items(), *near.items()]
    left_out = len(facts) - _MOST_FACTS
    rows = "".join(f"<tr><th>{_seen(k)}<td>{_values(v)}" for k, v in facts[:_MOST_FACTS])
    more = f"<p>{left_out:,} more not shown" if left_out > 0 else ""
    page = (
        f'<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>{_seen(entity["name"])}'
        f"</title><style>{_STYLE}</style><h1><bdi>{_seen(entity['name'])}</bdi></h1>"
        f"<p>{_seen(entity['type'])} · {_address(entity['id'], entity['url'])}</p>"
        f"<table>{rows}</table>{more}"
    )
    answer = _text(page, "text/html")
    answer.headers["content-security-policy"] = (
        f"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
        f"frame-ancestors {frames}"
    )
    return answer


def _values(values: Sequence[str]) -> str:
    shown = " · ".join(f"<bdi>{_seen(value)}</bdi>" for value in values[:_MOST_VALUES])
    more = len(values) - _MOST_VALUES
    return f"{shown} and {more:,} more" if more > 0 else shown


def _address(entity: str, url: str | None) -> str:
    if url is None or not is_web(url):
        return _seen(entity)
    return f'<a href="{escape(url)}" target="_blank" rel="noreferrer noopener">{_seen(entity)}</a>'


def _seen(text: str) -> str:
    return escape(plain(text, _LONGEST))


def _text(
    text: str, kind: str, status: int = 200, links: Mapping[str, str] | None = None
) -> Response:
    related = ", ".join(f'<{address}>; rel="{how}"' for how, address in (links or {}).items())
    body = text.encode("utf-8", "replace")  # what somebody typed may hold half a character
    headers = {"link": related} if related else {}
    return Response(body, status, headers, media_type=kind)


def _json(values: Any) -> str:
    return json.dumps(finite(values), ensure_ascii=False, allow_nan=False)

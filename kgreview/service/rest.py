"""The REST read side: what ``/api/v1`` answers, an endpoint for each question."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from kgreview.exchange.alignment import What
from kgreview.exchange.export_tables import COLUMNS, count_rows, table_rows
from kgreview.graph.quoting import quoted
from kgreview.pipeline.export import Choice
from kgreview.pipeline.status import project_status
from kgreview.review import lookup
from kgreview.review.open_project import OpenProject
from kgreview.service.answers import csv_answer, json_answer
from kgreview.service.errors import MissingError
from kgreview.service.parameters import Parameter
from kgreview.service.served import API
from kgreview.store.history import STATES, HistoryFilter
from kgreview.store.outcomes import Outcome
from kgreview.store.rights import Right, permit

BASE = API
MOST_ROWS = 10_000  # of a page of the alignment
MOST_ENTITIES = 1_000  # of a page of anything else


@dataclass(frozen=True)
class Asked:
    """What a request asks for: its parameters as read, and the address of this endpoint."""

    values: Mapping[str, Any]
    address: str  # without parameters

    def link(self, **changed: Any) -> str:
        """Give the address with some parameters changed; those not given are left out."""
        given = {name: value for name, value in {**self.values, **changed}.items() if value != ""}
        return f"{self.address}?{urlencode({k: v for k, v in given.items() if v is not None})}"


Answer = Callable[[OpenProject, Asked], Response]


@dataclass(frozen=True)
class Endpoint:
    """One address that is answered."""

    path: str  # behind BASE
    words: str  # what it answers
    parameters: tuple[Parameter, ...]
    answer: Answer
    as_csv: bool = False  # whether it answers with CSV, too


def status(opened: OpenProject, _: Asked) -> Response:
    """Say what the project holds and how far its review is."""
    return json_answer(project_status(opened.project))


def entities(opened: OpenProject, asked: Asked) -> Response:
    """List or search the entities of a side."""
    side, text, kind, offset, limit = (
        asked.values[name] for name in ("side", "q", "type", "offset", "limit")
    )
    page = lookup.search_entities(opened, side, text, kind, offset, limit + 1)
    following = {"next": asked.link(offset=offset + limit)} if len(page) > limit else {}
    answer = {"entities": page[:limit], "next": following.get("next")}
    return json_answer(answer, links=following)


def entity(opened: OpenProject, asked: Asked) -> Response:
    """Give all that is known of one entity."""
    side, entity_id = _existing(opened, asked)
    return json_answer(lookup.describe_entity(opened, side, entity_id, asked.values["neighbours"]))


def candidates(opened: OpenProject, asked: Asked) -> Response:
    """Give the candidates of one entity."""
    side, entity_id = _existing(opened, asked)
    page = lookup.candidates_of(opened, side, entity_id)
    return json_answer({"side": side, "id": entity_id, "candidates": page})


def decisions(opened: OpenProject, asked: Asked) -> Response:
    """Give decisions, the newest first."""
    wanted = HistoryFilter(
        curator=asked.values["curator"],
        outcome=asked.values["outcome"],
        state=asked.values["state"],
    )
    before = asked.values["before"]
    after = None if before is None else (before, before)
    page, following = lookup.decisions_page(opened, wanted, after, asked.values["limit"])
    links = {} if following is None else {"next": asked.link(before=following[1])}
    return json_answer({"decisions": page, "next": links.get("next")}, links=links)


def alignment(opened: OpenProject, asked: Asked) -> Response:
    """Give a page of the alignment, as ``kgreview export`` would write it."""
    with opened.project.database() as db:
        permit(db, Right.EXPORT)
    what, offset, limit = (asked.values[name] for name in ("what", "offset", "limit"))
    choice = Choice(
        What(what) if what else None, asked.values["threshold"], asked.values["precision"]
    )
    export = opened.export(choice)
    total = count_rows(export)
    rows = list(table_rows(export, start=offset, stop=offset + limit))
    links = {"next": asked.link(offset=offset + limit)} if offset + limit < total else {}
    if asked.values["format"] == "csv":
        return csv_answer(COLUMNS, rows, links)
    provenance = export.provenance
    answer = {
        "what": provenance.what.value,
        "version": provenance.version,
        "threshold": None if provenance.version is None else provenance.threshold,
        "total": total,
        "note": provenance.lines(),
        "pairs": [
            {name: value if value != "" else None for name, value in row.items()} for row in rows
        ],
        "next": links.get("next"),
    }
    return json_answer(answer, links=links)


def _existing(opened: OpenProject, asked: Asked) -> tuple[str, str]:
    """Give side and id of an entity that is there. Raises ``MissingError``."""
    side, entity_id = asked.values["side"], asked.values["id"]
    if opened.graphs[side].rows([entity_id])[0] < 0:
        raise MissingError(f"no {side} entity has the id {quoted(entity_id)}")
    return side, entity_id


_SIDE = Parameter("side", "left or right", choices=("left", "right"), required=True)
_ID = Parameter("id", "the id of the entity", required=True)
_OFFSET = Parameter("offset", "how many to pass over", "integer", 0, high=10**9)


def _limit(most: int, default: int = 100) -> Parameter:
    return Parameter("limit", "how many at most", "integer", default, low=1, high=most)


ENDPOINTS = (
    Endpoint("/status", "What the project holds and how far its review is", (), status),
    Endpoint(
        "/entities",
        "Entities of a side in the order of their ids, or those that a text finds, the best first",
        (
            _SIDE,
            Parameter("q", "a name, in any script and also misspelt, or an id", default=""),
            Parameter("type", "the type of the entities", default=""),
            _OFFSET,
            _limit(MOST_ENTITIES),
        ),
        entities,
    ),
    Endpoint(
        "/entity",
        "All that a graph says of an entity: its attributes and its neighbours",
        (
            _SIDE,
            _ID,
            Parameter("neighbours", "how many at most", "integer", 100, high=MOST_ENTITIES),
        ),
        entity,
    ),
    Endpoint(
        "/candidates",
        "The candidates of an entity with their scores, the likeliest first",
        (_SIDE, _ID),
        candidates,
    ),
    Endpoint(
        "/decisions",
        "All decisions with what became of them, the newest first",
        (
            Parameter("curator", "whose", default=""),
            Parameter("outcome", "which", default="", choices=tuple(o.value for o in Outcome)),
            Parameter("state", "what became of them", default="", choices=STATES),
            Parameter("before", "only older ones than this id", "integer", high=2**53),
            _limit(MOST_ENTITIES),
        ),
        decisions,
    ),
    Endpoint(
        "/alignment",
        "The alignment as `kgreview export` would write it",
        (
            Parameter(
                "what",
                "which part; by default accepted+predicted where anything is scored",
                default="",
                choices=tuple(what.value for what in What),
            ),
            Parameter("threshold", "the score from which on a pair is predicted", "number", high=1),
            Parameter("precision", "in its place: the lowest that reaches it", "number", high=1),
            Parameter("format", "json or csv", default="json", choices=("json", "csv")),
            _OFFSET,
            _limit(MOST_ROWS, 1_000),
        ),
        alignment,
        as_csv=True,
    ),
)

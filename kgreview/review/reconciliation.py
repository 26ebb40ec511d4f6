"""Reconciliation: the right entities that something with a name and properties may be.

What the Reconciliation API of OpenRefine asks for, as plain values; ``kgreview.service`` speaks the
protocol. The left entities are what is reconciled, the right graph is the service. A query names a
left entity by its id, and then the project's own scores and decisions answer; any other is answered
by how alike names and values are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from kgreview.arrays import Bools
from kgreview.candidates.name_index import NOT_EQUAL, NamedEntity
from kgreview.exchange.alignment import SCORE, STATES, Alignment, What
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.names import display_name
from kgreview.pipeline.export import Choice
from kgreview.review.lookup import of_types
from kgreview.review.open_project import OpenProject
from kgreview.store.search import is_found
from kgreview.store.versions import scores_of
from kgreview.text.readings import Reading
from kgreview.text.strings import normalise_one
from kgreview.ui.entity_values import read_entity
from kgreview.ui.likeness import compare_values
from kgreview.ui.text import plain

EVERYTHING_TOLD = Choice(What.ALL)  # the alignment with what was rejected and left open
LEFT_ID = "kgreview:left-id"  # the property that names a left entity by its id
_LOOKED_AT = 50  # entities of a like name whose properties are compared, at least
_MOST_NEIGHBOURS = 200  # of one entity over one relation that are compared
_ALIKE = 0.25  # names less alike are no help to who chooses
_AGREES = 0.9  # likeness of a property from which on it does not speak against a certain match
_PROPERTY = 0.5  # how much a property counts beside the name
_DESCRIBED, _LONGEST = 3, 40  # values of a description, and their characters


@dataclass(frozen=True)
class Query:
    """One thing to reconcile."""

    text: str = ""  # its name; or the id of a left or of a right entity
    types: tuple[str, ...] = ()  # of the right graph; any of them will do. None: all
    limit: int = 10
    properties: tuple[tuple[str, tuple[str, ...]], ...] = ()  # ids of properties, and values


@dataclass(frozen=True)
class Suggested:
    """A right entity that may be it."""

    id: str
    name: str
    type: str
    description: str
    score: float  # 0 to 100
    match: bool  # whether it may be taken without a look
    features: dict[str, float] = field(default_factory=dict)  # what the score is made of, 0 to 1


def reconcile(opened: OpenProject, query: Query) -> list[Suggested]:
    """Answer one query: the right entities it may be, the best first.

    Raises ``InputError`` for a type that no right entity has.
    """
    left = _left_row(opened, query)
    if left is None:
        return _by_name(opened, query)
    answers = _by_project(opened, left, query)
    if answers is not None:
        return answers
    graph = opened.project.left
    name = display_name(graph, left, opened.project.schema.left_names)
    kind, paired = graph.type_of(left), opened.project.schema.types
    types = query.types or tuple(pair.right for pair in paired if pair.left == kind)
    suggested = _by_name(opened, Query(name, types, query.limit, _others(query)))
    # the project itself knows nothing of the two: it is left to a person
    return [replace(each, match=False) for each in suggested]


# ---------------------------------------------------------------- by the project's own word


def _left_row(opened: OpenProject, query: Query) -> int | None:
    """Find the left entity that a query names: by the property, or as its text.

    As a text, the id of a right entity comes first: who asks for it wants it.
    """
    named = [value for pid, values in query.properties if pid == LEFT_ID for value in values]
    if not named and query.text and opened.project.right.rows([query.text])[0] < 0:
        named = [query.text]
    rows = [row for row in opened.project.left.rows(named).tolist() if row >= 0]
    return rows[0] if rows else None


def _by_project(opened: OpenProject, left: int, query: Query) -> list[Suggested] | None:
    """Answer by decisions, known links and scores; ``None`` where there are none of this entity.

    A pair is a match where the alignment that ``kgreview export`` writes has it.
    """
    entity = opened.project.left.id(left)
    export, places = opened.of_left(left, EVERYTHING_TOLD)
    if any(decision.left == entity for decision in export.alignment.no_counterpart):
        return []
    states = _states(export.alignment, places)
    with opened.project.database() as db:
        scores = {pair.right: pair.score for pair in scores_of(db, left=entity)}
    right = opened.project.right
    rows = dict.fromkeys([*states, *(r for r in right.rows(list(scores)).tolist() if r >= 0)])
    if not rows:
        return None
    allowed = of_types(right, list(query.types)) if query.types else None
    suggested = [
        _judged(opened, row, scores.get(right.id(row)), *states.get(row, ("", True)))
        for row in rows
        if allowed is None or allowed[row]
    ]
    return sorted(suggested, key=lambda each: (not each.match, -each.score))[: query.limit]


def _states(alignment: Alignment, places: slice) -> dict[int, tuple[str, bool]]:
    """Say of the pairs at some places, by right row, what is known and whether by scores alone."""
    columns = (alignment.right[places], alignment.state[places], alignment.basis[places])
    return {
        right: (STATES[state], basis == SCORE)
        for right, state, basis in zip(*(column.tolist() for column in columns), strict=True)
    }


def _judged(
    opened: OpenProject, row: int, score: float | None, state: str, by_score: bool
) -> Suggested:
    features = {} if score is None else {"probability": score}
    if state == "match" and not by_score:
        return _suggested(opened, row, 1.0, match=True, features={**features, "decision": 1.0})
    if state == "no_match":
        return _suggested(opened, row, 0.0, match=False, features={**features, "decision": 0.0})
    return _suggested(opened, row, score or 0.0, match=state == "match", features=features)


# ---------------------------------------------------------------- by name and properties


class _Found(NamedTuple):
    row: int
    score: float
    certain: bool  # its name is spelt equally, and no property speaks against it
    features: dict[str, float]


def _by_name(opened: OpenProject, query: Query) -> list[Suggested]:
    right = opened.project.right
    allowed = of_types(right, list(query.types)) if query.types else None
    by_id = right.rows([query.text]).tolist()[0] if query.text else -1
    if by_id >= 0 and (allowed is None or allowed[by_id]):
        return [_suggested(opened, by_id, 1.0, match=True, features={"id": 1.0})]
    properties = _others(query)
    if query.text:
        most = max(query.limit, _LOOKED_AT) if properties else query.limit + 1
        near = _alike(opened, query.text, most, allowed)
    else:
        near = [NamedEntity(row, 0.0) for row in _saying(opened, properties, allowed)]
    scored = [_scored(opened, each, properties, named=bool(query.text)) for each in near]
    scored.sort(key=lambda each: -each.score)
    alone = sum(each.certain for each in scored) == 1
    return [
        _suggested(
            opened, each.row, each.score, match=alone and each.certain, features=each.features
        )
        for each in scored[: query.limit]
    ]


def _alike(
    opened: OpenProject, text: str, most: int, allowed: Bools | None = None
) -> list[NamedEntity]:
    entities = opened.names("right").similar(text, most, allowed)
    return [each for each in entities if each.similarity >= _ALIKE]


def _others(query: Query) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(each for each in query.properties if each[0] != LEFT_ID)


def _scored(
    opened: OpenProject,
    entity: NamedEntity,
    properties: Sequence[tuple[str, tuple[str, ...]]],
    *,
    named: bool,
) -> _Found:
    """Weigh the name and each property that the entity has: what it does not say is no evidence."""
    likenesses = {
        pid: likeness
        for pid, values in properties
        if (likeness := _property_likeness(opened, entity.row, pid, values)) is not None
    }
    weight = float(named) + _PROPERTY * len(likenesses)
    total = entity.similarity * named + _PROPERTY * sum(likenesses.values())
    agrees = all(likeness >= _AGREES for likeness in likenesses.values())
    return _Found(
        entity.row,
        total / weight if weight else 0.0,
        named and entity.similarity > NOT_EQUAL and agrees,
        ({"name": entity.similarity} if named else {}) | likenesses,
    )


def _property_likeness(
    opened: OpenProject, row: int, pid: str, values: tuple[str, ...]
) -> float | None:
    """Compare values with what an entity says, as the attribute is read; ``None``: it says nothing.

    Of a relation, the names and the ids of the neighbours are what is said, of a hub's the first.
    """
    graph, schema = opened.project.right, opened.project.schema
    values_of_entity = graph.attributes(row).get(pid) or list(_neighbours(opened, graph, row, pid))
    asked, there = (
        read_entity({pid: texts}, schema.right_readings, schema.right_missing).get(pid, ())
        for texts in (values, values_of_entity)
    )
    reading = schema.right_readings.get(pid, Reading())
    return compare_values(asked, there, (reading, reading))[0].similarity


def _neighbours(opened: OpenProject, graph: KnowledgeGraph, row: int, pid: str) -> Iterator[str]:
    if pid not in graph.relation_names:
        return
    codes, rows = graph.neighbourhood(row)
    wanted = graph.relation_names.index(pid)
    for neighbour in rows[codes == wanted][:_MOST_NEIGHBOURS].tolist():
        yield graph.id(neighbour)
        yield display_name(graph, neighbour, opened.project.schema.right_names)


def _saying(
    opened: OpenProject,
    properties: Sequence[tuple[str, tuple[str, ...]]],
    allowed: Bools | None,
) -> list[int]:
    """Give entities that say one of the values, spelt equally, of the first property some have."""
    for pid, values in properties:
        rows = opened.saying("right", pid, values)
        kept = rows if allowed is None else rows[allowed[rows]]
        if len(kept):
            entities: list[int] = kept[:_LOOKED_AT].tolist()
            return entities
    return []


# ---------------------------------------------------------------- suggest


def suggest_entities(opened: OpenProject, prefix: str, start: int, most: int) -> list[Suggested]:
    """Complete what somebody types: an id, parts of a name, then names that are alike."""
    by_id = [row for row in opened.project.right.rows([prefix]).tolist() if row >= 0]
    containing = opened.names("right").containing(prefix)[: start + most].tolist()
    similar = [each.row for each in _alike(opened, prefix, start + most)]
    rows = list(dict.fromkeys([*by_id, *containing, *similar]))[start : start + most]
    return [_suggested(opened, row, 0.0, match=False, features={}) for row in rows]


def suggest_types(opened: OpenProject, prefix: str) -> list[dict[str, str]]:
    """Give the types of the right graph, those first that the schema pairs."""
    graph = opened.project.right
    paired = [pair.right for pair in opened.project.schema.types]
    return _having(
        [
            {"id": name, "name": name}
            for name in dict.fromkeys([*paired, *graph.type_names])
            if name in graph.type_names
        ],
        prefix,
    )


def suggest_properties(opened: OpenProject, prefix: str) -> list[dict[str, str]]:
    """Give what a query may say besides a name: attributes and relations of the right graph."""
    graph = opened.project.right
    left = {
        "id": LEFT_ID,
        "name": "id of the left entity",
        "description": "Answers with the project's own scores and decisions",
    }
    attributes = [
        {"id": name, "name": name, "description": "attribute"} for name in graph.attribute_names
    ]
    relations = [
        {"id": name, "name": name, "description": "relation: name or id of the other entity"}
        for name in graph.relation_names
        if name not in graph.attribute_names
    ]
    return _having([left, *attributes, *relations], prefix)


def _having(items: list[dict[str, str]], typed: str) -> list[dict[str, str]]:
    beginning = normalise_one(typed)
    having = [
        item for item in items if not typed or typed == item["id"] or is_found(typed, item["name"])
    ]
    return sorted(having, key=lambda item: not normalise_one(item["name"]).startswith(beginning))


# ---------------------------------------------------------------- what is said of an entity


def _suggested(
    opened: OpenProject, row: int, score: float, *, match: bool, features: dict[str, Any]
) -> Suggested:
    graph = opened.project.right
    name = display_name(graph, row, opened.project.schema.right_names)
    return Suggested(
        graph.id(row),
        plain(name) or graph.id(row),
        graph.type_of(row),
        describe(opened, row),
        round(100 * score, 2),
        match,
        {feature: round(float(figure), 4) for feature, figure in features.items()},
    )


def describe(opened: OpenProject, row: int) -> str:
    """Tell namesakes apart: the first few values that are no names, then the first neighbours."""
    graph, schema = opened.project.right, opened.project.schema
    naming = schema.right_names.get(graph.type_of(row), ())
    parts = [values[0] for name, values in graph.attributes(row).items() if name not in naming]
    if len(parts) < _DESCRIBED:
        near = graph.neighbourhood(row)[1][: _DESCRIBED - len(parts)].tolist()
        parts += [display_name(graph, each, schema.right_names) for each in near]
    return " · ".join(text for each in parts[:_DESCRIBED] if (text := plain(each, _LONGEST)))

"""What programs look up in a project: entities by name or id, and their candidates. Plain values.

Nothing here changes a project.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from kgreview.arrays import Bools, Rows
from kgreview.errors import InputError
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.names import display_name
from kgreview.review.history import history_page
from kgreview.review.open_project import OpenProject
from kgreview.store.history import Cursor, HistoryFilter
from kgreview.store.versions import scores_of
from kgreview.ui.entity_summary import side_of
from kgreview.ui.links import entity_url


def entity_values(opened: OpenProject, side: str, row: int) -> dict[str, Any]:
    """Give id, name, type and address of an entity."""
    graph, entity = opened.graphs[side], opened.graphs[side].id(row)
    return {
        "side": side,
        "id": entity,
        "name": display_name(graph, row, opened.naming[side]),
        "type": graph.type_of(row),
        "url": entity_url(entity, opened.project.urls[side == "right"]),
    }


def search_entities(
    opened: OpenProject, side: str, text: str, kind: str, offset: int, limit: int
) -> list[dict[str, Any]]:
    """Find entities by name or id, the best first; without a text they come in the order of ids.

    ``kind``: their type; '' for any. ``similarity`` is 1 for an equal name or id.
    """
    graph = opened.graphs[side]
    allowed = of_types(graph, [kind]) if kind else None
    if not text:
        rows: Rows = np.arange(graph.num_entities) if allowed is None else np.flatnonzero(allowed)
        return [entity_values(opened, side, row) for row in rows[offset : offset + limit].tolist()]
    ranked = [(row, 1.0) for row in graph.rows([text]).tolist() if _may(row, allowed)]
    by_id = {row for row, _ in ranked}
    similar = opened.names(side).similar(text, offset + limit + 1, allowed)
    ranked += [(each.row, each.similarity) for each in similar if each.row not in by_id]
    return [
        {**entity_values(opened, side, row), "similarity": round(similarity, 4)}
        for row, similarity in ranked[offset : offset + limit]
    ]


def describe_entity(opened: OpenProject, side: str, entity: str, neighbours: int) -> dict[str, Any]:
    """Give all that a graph says of an entity. Raises ``InputError`` where it has none.

    At most so many ``neighbours``; ``neighbours_left_out`` counts the others.
    """
    graph = opened.graphs[side]
    row = graph.row(entity)
    shown = side_of(graph, row, opened.naming[side], most=neighbours)
    return {
        **entity_values(opened, side, row),
        "attributes": graph.attributes(row),
        "neighbours": [
            {
                "relation": each.relation,
                "inverse": each.inverse,
                "id": each.id,
                "name": each.name,
                "type": each.type,
            }
            for each in shown.neighbours
        ],
        "neighbours_left_out": sum(more.count for more in shown.more),
    }


def candidates_of(opened: OpenProject, side: str, entity: str) -> list[dict[str, Any]]:
    """Give the candidates of an entity with their scores, the likeliest first.

    Raises ``InputError`` where the graph has no such entity.
    """
    opened.graphs[side].row(entity)
    with opened.project.database() as db:
        scored = scores_of(db, **{side: entity})
    other = "right" if side == "left" else "left"
    graph = opened.graphs[other]
    rows = graph.rows([pair.right if side == "left" else pair.left for pair in scored]).tolist()
    return [
        {**entity_values(opened, other, row), "score": pair.score, "open": pair.open}
        for row, pair in zip(rows, scored, strict=True)
        if row >= 0
    ]


def decisions_page(
    opened: OpenProject, wanted: HistoryFilter, after: Cursor | None, size: int
) -> tuple[list[dict[str, Any]], Cursor | None]:
    """Give a page of decisions with what became of them, and the cursor of the next one."""
    page, following = history_page(opened.project, wanted, after, size)
    rows = [
        {
            **asdict(row.past.decision),
            "outcome": row.past.decision.outcome.value,
            "left_name": row.left_name,
            "right_name": row.right_name,
            "state": row.past.state,
            "changed_by": row.past.by,
        }
        for row in page
    ]
    return rows, following


def of_types(graph: KnowledgeGraph, types: list[str]) -> Bools:
    """Say which entities are of some types, (entities,). Raises ``InputError`` for an unknown."""
    for name in types:
        if name not in graph.type_names:
            some_names = ", ".join(graph.type_names[:20])
            raise InputError(f"no entity has the type '{name}'; types are {some_names}")
    codes = [graph.type_names.index(name) for name in types]
    return np.isin(graph.types, codes)


def _may(row: int, allowed: Bools | None) -> bool:
    return row >= 0 and (allowed is None or bool(allowed[row]))

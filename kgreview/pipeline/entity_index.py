"""Hands the database what entities are searched, and pairs warned, by: names and known matches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from kgreview.arrays import Ints
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.links import Links
from kgreview.graph.names import entity_names
from kgreview.graph.schema import Schema
from kgreview.pipeline.project import Project
from kgreview.progress import Progress, silent
from kgreview.store.cardinality import replace_several
from kgreview.store.entities import EntityBatch, has_entities, replace_entities
from kgreview.store.entity_states import entity_states_told, renew_entity_states

_BATCH = 20_000


def index_entities(project: Project, *, progress: Progress = silent) -> None:
    """Enter all entities of both graphs and all known matches, in the place of earlier ones."""
    schema = project.schema
    links = project.all_links()

    def batches() -> Iterator[EntityBatch]:
        yield from entity_batches("left", project.left, schema.left_names)
        yield from entity_batches("right", project.right, schema.right_names)

    with project.database() as db:
        replace_several(db, sides_with_several(schema))
        replace_entities(db, batches(), known_matches(project.left, project.right, links), progress)
        renew_entity_states(db, progress)


def sides_with_several(schema: Schema) -> Iterator[tuple[str, str, str]]:
    """Give left type, right type and side of all whose entities may have several counterparts."""
    for pair, which in schema.cardinality.items():
        if which.several_right:
            yield pair.left, pair.right, "left"
        if which.several_left:
            yield pair.left, pair.right, "right"


def indexed(project: Project) -> None:
    """See to it that the index is there: projects made by an earlier release lack it."""
    with project.database() as db:
        there = has_entities(db)
    if not there:
        index_entities(project)


def entity_states(project: Project, progress: Progress = silent) -> None:
    """See to it that the state of each entity is told; takes seconds for a hundred thousand."""
    with project.database() as db:
        if entity_states_told(db):
            return
        there = has_entities(db)
        if there:
            renew_entity_states(db, progress)
    if not there:
        index_entities(project, progress=progress)


def entity_batches(
    side: str,
    graph: KnowledgeGraph,
    naming: Mapping[str, tuple[str, ...]],
    rows: Ints | None = None,
) -> Iterator[EntityBatch]:
    """Describe entities of one side for the index; all of them, where no ``rows`` are given."""
    rows = np.arange(graph.num_entities) if rows is None else rows
    names = entity_names(graph, naming)
    for start in range(0, len(rows), _BATCH):
        part = rows[start : start + _BATCH]
        yield EntityBatch(
            side,
            graph.ids.take(part).to_pylist(),
            names.take(part).to_pylist(),
            [graph.type_names[code] for code in graph.types[part]],
            [_relations(graph, int(row)) for row in part],
        )


def _relations(graph: KnowledgeGraph, row: int) -> list[str]:
    codes, _ = graph.neighbourhood(row)
    return [graph.relation_names[code] for code in np.unique(codes % graph.num_relations)]


def known_matches(
    left: KnowledgeGraph, right: KnowledgeGraph, links: Links
) -> Iterator[tuple[str, str, str, str]]:
    """Give left id, right id, left type, right type of each match among links."""
    for a, b in zip(links.matches.left, links.matches.right, strict=True):
        yield left.id(a), right.id(b), left.type_of(a), right.type_of(b)

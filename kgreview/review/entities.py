"""The entities of a project: how far each is, and what it is matched to or might be."""

from __future__ import annotations

from dataclasses import dataclass

from kgreview.pipeline.asked_types import ask_by_schema
from kgreview.pipeline.entity_index import entity_states
from kgreview.pipeline.project import Project
from kgreview.store.decisions import standing
from kgreview.store.entity_pages import Cursor, EntityFilter, EntityRow, entity_page
from kgreview.store.entity_states import (
    OPEN,
    Partner,
    SideName,
    TypeProgress,
    partners,
    state_of,
    type_progress,
)
from kgreview.store.outcomes import Outcome
from kgreview.store.versions import current_version


@dataclass(frozen=True)
class ListedEntity:
    """An entity with what it is matched to, or else with its best open candidate."""

    row: EntityRow
    partners: tuple[Partner, ...]


def progress_by_type(project: Project, side: SideName) -> list[TypeProgress]:
    """Give how far the entities of each type are that has candidates."""
    entity_states(project)
    with project.database() as db:
        ask_by_schema(project, db)
        return type_progress(db, side)


def is_scored(project: Project) -> bool:
    """Whether a version has scored the candidates."""
    with project.database() as db:
        current = current_version(db)
    return current is not None and current.scored


def entities_page(
    project: Project, wanted: EntityFilter, after: Cursor | None = None, size: int = 50
) -> tuple[list[ListedEntity], Cursor | None]:
    """Give a page of entities, and the cursor of the next one."""
    entity_states(project)
    with project.database() as db:
        page, following = entity_page(db, wanted, after=after, size=size)
        listed = [ListedEntity(row, tuple(partners(db, row.side, row.entity))) for row in page]
    return listed, following


def may_have_none(project: Project, curator: str, left: str, fewest: int) -> bool:
    """Whether a left entity is open and a curator has rejected ``fewest`` of its candidates."""
    with project.database() as db:
        decided = standing(db, left=left, curator=curator)
        rejected = sum(decision.outcome is Outcome.NO_MATCH for decision in decided)
        return rejected >= fewest and state_of(db, "left", left) == OPEN


def pair_to_ask(listed: ListedEntity) -> tuple[str, str] | None:
    """Give the ids, left and right, of the pair that a click on an entity opens."""
    if not listed.partners:
        return None
    partner = listed.partners[0].entity
    row = listed.row
    return (row.entity, partner) if row.side == "left" else (partner, row.entity)

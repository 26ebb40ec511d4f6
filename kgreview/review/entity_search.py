"""The search for any right entity: what may be put beside a left one, whatever blocking says."""

from __future__ import annotations

from dataclasses import dataclass

from kgreview.graph.schema import TypePair
from kgreview.pipeline.entity_index import indexed
from kgreview.pipeline.entity_names import name_of
from kgreview.pipeline.project import Project
from kgreview.review.any_pair import type_refusal
from kgreview.store.candidate_pairs import candidates_of
from kgreview.store.entity_search import FoundEntity, find_entities
from kgreview.ui.comparison import compare_entities

MOST = 9  # that can be chosen, one for each key from 1 to 9
_MOST_REFUSED = 3  # of types that are not paired, which are shown so that nobody wonders
_TOLD = 2  # attributes told of each


@dataclass(frozen=True)
class RightEntity:
    """A right entity that was found for a left one."""

    id: str
    name: str
    type: str
    values: tuple[tuple[str, str], ...]  # attribute and value, those that tell most
    is_candidate: bool  # it stands among the left entity's candidates
    refused: str = ""  # why it cannot be matched; "" where it can


def find_right(project: Project, left: str, text: str) -> list[RightEntity]:
    """Find right entities by name or id for a left one, whether they are candidates or not.

    Slips are forgiven. At most ``MOST`` that may be matched come first, the likeliest first; after
    them a few of types that are not paired with the left one's, with the reason.
    """
    indexed(project)
    paired = [pair.right for pair in project.schema.types if pair.left == _type(project, left)]
    with project.database() as db:
        near = find_entities(db, "right", text, types=paired, most=MOST)
        anywhere = find_entities(db, "right", text, most=MOST + _MOST_REFUSED)
        candidates = candidates_of(db, left)
    near_entities = {each.entity for each in near}
    others = [each for each in anywhere if each.entity not in near_entities]
    others = [each for each in others if project.right.type_of(_row(project, each)) not in paired]
    return [
        _right_entity(project, left, each, candidates) for each in (*near, *others[:_MOST_REFUSED])
    ]


def left_name(project: Project, left: str) -> str:
    """Give what a left entity is called, which is the first thing to look for on the right."""
    return name_of(project, "left", left)


def _type(project: Project, left: str) -> str:
    return project.left.type_of(project.left.row(left))


def _row(project: Project, each: FoundEntity) -> int:
    return project.right.row(each.entity)


def _right_entity(
    project: Project, left: str, each: FoundEntity, candidates: set[str]
) -> RightEntity:
    types = TypePair(_type(project, left), project.right.type_of(_row(project, each)))
    return RightEntity(
        each.entity,
        name_of(project, "right", each.entity),
        types.right,
        _telling(project, project.left.row(left), _row(project, each)),
        each.entity in candidates,
        "" if types in project.schema.types else type_refusal(types.left, types.right),
    )


def _telling(project: Project, left: int, right: int) -> tuple[tuple[str, str], ...]:
    """Give two attributes of a right entity: those that the left one has, too, come first."""
    rows = compare_entities(project.left, left, project.right, right, project.schema)
    telling = [row for row in rows if row.right and row.right_attribute and not row.names]
    telling.sort(key=lambda row: not row.left)
    return tuple(
        (str(row.right_attribute), "; ".join(value.text for value in row.right[:2]))
        for row in telling[:_TOLD]
    )

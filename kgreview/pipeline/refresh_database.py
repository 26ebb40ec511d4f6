"""What a refresh changes in the database, inside the transaction of the swap."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from kgreview.candidates.blocking import Candidates
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.pipeline.entity_index import entity_batches, known_matches
from kgreview.pipeline.refresh_candidates import Blocked
from kgreview.pipeline.refresh_differences import Refresh
from kgreview.pipeline.refresh_scores import scores_to_keep
from kgreview.store.added_pairs import AddedAnew, give_back_scores
from kgreview.store.database import Database
from kgreview.store.entities import change_entities, has_entities, replace_known_matches
from kgreview.store.entity_states import SIDES, SideName, entity_states_told, renew_states_of
from kgreview.store.refreshed import (
    CandidateChanges,
    Pair,
    change_candidates,
    decided_entities,
    set_gone,
)
from kgreview.store.versions import forget_scores, rewrite_scores

Rows = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]

_MOST_TOLD = 50_000  # entities whose states are told anew while decisions wait


def change_database(
    refresh: Refresh,
    db: Database,
    blocked: Blocked | None,
    version: str | None,
    rescored: tuple[Floats, Rows] | None,
) -> None:
    """Change what the database holds, inside the transaction of the swap."""
    one, two = refresh.sides
    told = entity_states_told(db)
    decided = decided_entities(db)
    set_gone(
        db, *(_absent(side.new, ids) for side, ids in zip(refresh.sides, decided, strict=True))
    )
    if has_entities(db):
        replace_known_matches(db, known_matches(one.new, two.new, refresh.usable[1]))
    if blocked is None:
        return
    kept = {} if version is None else scores_to_keep(refresh, db, blocked, version)
    changes = _candidate_changes(refresh, blocked)
    change_candidates(
        db,
        changes,
        count=len(blocked.pairs),
        audit_share=refresh.project.settings.audit_share,
        seed=refresh.project.settings.seed,
        anew=AddedAnew(blocked.renew, blocked.renew.named),
    )
    if has_entities(db):
        left_out, batches = _indexed(refresh)
        change_entities(db, left_out, batches)
    forget_scores(db, but=version)
    if version is not None and rescored is not None:
        scores, where = rescored
        rewrite_scores(db, version, where, scores[where])
        give_back_scores(db, version, kept)
    touched = _touched(refresh, blocked, changes)
    if told and len(touched) <= _MOST_TOLD:  # else they wait for small transactions
        renew_states_of(db, touched)


def _touched(
    refresh: Refresh, blocked: Blocked, changes: CandidateChanges
) -> set[tuple[SideName, str]]:
    """Give the entities (side, id) whose own state may be another, by what has changed."""
    touched: set[tuple[SideName, str]] = set()
    for pair in (*changes.added, *changes.relabelled):
        touched |= {("left", pair.left), ("right", pair.right)}
    old = refresh.project.candidates()
    gone = blocked.numbering.gone
    others = zip(refresh.links.changed, refresh.decided, strict=True)
    before = old.left[gone], old.right[gone]
    for name, side, rows, more in zip(SIDES, refresh.sides, before, others, strict=True):
        touched |= {(name, entity) for entity in side.ids(rows)}
        anew = np.flatnonzero(side.changes.is_new | side.changes.changed)
        now = np.concatenate([anew, *more])
        touched |= {(name, entity) for entity in side.new.ids.take(now[now >= 0]).to_pylist()}
    return touched


def _candidate_changes(refresh: Refresh, blocked: Blocked) -> CandidateChanges:
    numbering, pairs = blocked.numbering, blocked.pairs
    linked = refresh.usable[1].settle(pairs.left, pairs.right)
    old = refresh.project.candidates()
    before = numbering.take(refresh.usable[0].settle(old.left, old.right), linked[numbering.added])
    one, two = (side.changes.says_else for side in refresh.sides)
    another = (linked != before) | one[pairs.left] | two[pairs.right]
    another[numbering.added] = False
    return CandidateChanges(
        numbering.gone.tolist(),
        numbering.moved,
        _pairs(refresh, pairs, numbering.added, linked),
        _pairs(refresh, pairs, np.flatnonzero(another), linked),
    )


def _pairs(refresh: Refresh, pairs: Candidates, where: Rows, linked: Bools) -> list[Pair]:
    """Give candidates by their numbers as the database has them."""
    columns: list[list[str]] = []
    for side, rows in zip(refresh.sides, (pairs.left[where], pairs.right[where]), strict=True):
        columns.append(side.new.ids.take(rows).to_pylist())
        columns.append([side.new.type_names[code] for code in side.new.types[rows]])
    return [
        Pair(number, left, right, left_type, right_type, bool(is_linked))
        for number, left, left_type, right, right_type, is_linked in zip(
            where.tolist(), *columns, linked[where].tolist(), strict=True
        )
    ]


def _indexed(refresh: Refresh) -> tuple[list[tuple[str, str]], Iterator[Any]]:
    """Give what is off the index of entities (side, id), and what is on it now."""
    schema = refresh.project.schema
    left_out: list[tuple[str, str]] = []
    entering = []
    for name, side, naming in (
        ("left", refresh.sides[0], schema.left_names),
        ("right", refresh.sides[1], schema.right_names),
    ):
        changes = side.changes
        another = changes.old_rows[changes.changed]
        off = np.concatenate([changes.gone, another])
        left_out += [(name, entity) for entity in side.ids(off)]
        on = np.flatnonzero(changes.is_new | changes.changed)
        entering.append(entity_batches(name, side.new, naming, on))
    return left_out, (batch for batches in entering for batch in batches)


def _absent(graph: KnowledgeGraph, ids: list[str]) -> list[str]:
    rows = graph.rows(ids)
    return [entity for entity, row in zip(ids, rows, strict=True) if row < 0]

"""One answer to all pairs that a filter shows."""

from __future__ import annotations

import random
from dataclasses import dataclass

from kgreview.pipeline.entity_index import indexed
from kgreview.pipeline.entity_names import name_of
from kgreview.pipeline.project import Project
from kgreview.progress import Notice, unheard
from kgreview.review.session import finetune_after
from kgreview.store import deciding, queue
from kgreview.store.decisions import Decision
from kgreview.store.outcomes import Outcome
from kgreview.store.pair_filter import PairFilter
from kgreview.store.versions import current_version, scored_pair

BULK_CAP = 500  # pairs that one answer to many may settle
SAMPLE = 10


@dataclass(frozen=True)
class Preview:
    """What an answer to many pairs would touch."""

    candidates: tuple[int, ...]
    more: bool  # there are more than BULK_CAP; only the first of them are taken
    sample: tuple[tuple[str, str, float], ...]  # names and score of a few, drawn at random


def preview(project: Project, curator: str, wanted: PairFilter) -> Preview:
    """Give what an answer to all that a filter shows would touch, at most ``BULK_CAP`` pairs."""
    indexed(project)
    with project.database() as db:
        candidates = queue.matching(db, curator, wanted, BULK_CAP + 1, bulk=True) or []
        taken = tuple(candidates[:BULK_CAP])
        drawn = random.sample(taken, min(SAMPLE, len(taken)))
        pairs = [pair for candidate in drawn if (pair := scored_pair(db, candidate)) is not None]
    sample = tuple(
        (name_of(project, "left", pair.left), name_of(project, "right", pair.right), pair.score)
        for pair in pairs
    )
    return Preview(taken, len(candidates) > BULK_CAP, sample)


def decide_all(
    project: Project,
    curator: str,
    seen: Preview,
    outcome: Outcome,
    wanted: PairFilter,
    notice: Notice = unheard,
) -> list[Decision]:
    """Give all pairs of a preview one answer, undone in one step.

    Those closed since are left out, and of matches those that would be an entity's second.
    ``notice``: is told what failed after they were saved. Raises ``KGReviewError`` where the
    project has got new rows since: numbers may be of other pairs now.
    """
    project.as_opened(seen)
    with project.database() as db:
        current = current_version(db)
        saved = deciding.decide_all(
            db,
            seen.candidates,
            curator=curator,
            outcome=outcome,
            version=current.name if current else None,
            filter=wanted.key,
        )
    finetune_after(project, notice)
    return saved

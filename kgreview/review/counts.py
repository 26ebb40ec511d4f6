"""How far the review has come."""

from __future__ import annotations

from dataclasses import dataclass

from kgreview.pipeline.project import Project
from kgreview.store import decisions, queue
from kgreview.store.asked_types import open_count, open_not_asked
from kgreview.store.candidate_pairs import candidate_count
from kgreview.store.database import Database
from kgreview.store.entity_states import TypeProgress, entity_states_told, type_progress
from kgreview.store.pair_filter import EVERYTHING, PairFilter
from kgreview.store.versions import current_version
from kgreview.ui.text import clip

MOST_COUNTED = 1_000  # pairs of a filter that are counted while somebody waits


@dataclass(frozen=True)
class ReviewCounts:
    """How far the review has come."""

    mine: int  # standing decisions of the curator
    everybody: int
    open: int  # pairs to ask about that nobody has settled
    candidates: int
    version: str | None  # the current one; None too while it has not scored the candidates
    matching: int | None = None  # pairs that the filter lets through, counted up to MOST_COUNTED
    of_type: TypeProgress | None = None  # left entities of the type on the screen, if it is told
    not_asked: int = 0  # pairs nobody has settled and nobody is asked about

    def figures(self, curator: str | None) -> dict[str, str]:
        """Give the counters by their words on the page; ``None``: for who decides nothing."""
        mine = {f"for {clip(curator, 12)}": f"no. {self.mine + 1:,}"} if curator else {}
        figures = mine | {
            "decided": f"{self.everybody:,}",
            "open pairs": f"{self.open:,}",
        }
        if self.not_asked:
            figures["not asked about"] = f"{self.not_asked:,}"
        if self.of_type is not None:
            settled = f"{self.of_type.settled:,} of {self.of_type.total:,}"
            figures[f"settled ({clip(self.of_type.type, 14)})"] = settled
        if self.matching is None:
            return figures
        more = "+" if self.matching >= MOST_COUNTED else ""
        return {"in the filter": f"{self.matching:,}{more}"} | figures


def review_counts(
    project: Project, curator: str, wanted: PairFilter = EVERYTHING, left_type: str | None = None
) -> ReviewCounts:
    """Count what is done and what is left, and what a filter that narrows lets through.

    ``left_type``: the type whose entities are counted, too.
    """
    with project.database() as db:
        current = current_version(db)
        matching = queue.matching(db, curator, wanted, MOST_COUNTED) if wanted.narrows else None
        many = wanted.narrows and matching is None
        return ReviewCounts(
            mine=decisions.decided_count(db, curator),
            everybody=decisions.decided_count(db),
            open=open_count(db),
            not_asked=open_not_asked(db),
            candidates=candidate_count(db),
            version=current.name if current is not None and current.scored else None,
            matching=MOST_COUNTED if many else None if matching is None else len(matching),
            of_type=None if left_type is None else _of_type(db, left_type),
        )


def _of_type(db: Database, left_type: str) -> TypeProgress | None:
    return (
        next(iter(type_progress(db, "left", left_type)), None) if entity_states_told(db) else None
    )

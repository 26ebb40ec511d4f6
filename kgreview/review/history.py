"""The history of a project: what was decided, with the names of what it was decided on."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass

from kgreview.exchange.export_tables import sheet_writer
from kgreview.pipeline.entity_names import name_of
from kgreview.pipeline.project import Project
from kgreview.store import deciding, history
from kgreview.store.decisions import Decision
from kgreview.store.history import Cursor, HistoryFilter, PastDecision
from kgreview.store.outcomes import Outcome
from kgreview.store.rights import Right, permit

_COLUMNS = (
    *("id", "created_at", "curator", "outcome", "state", "by", "left", "left_name", "right"),
    *("right_name", "score", "version", "hidden", "strategy", "filter", "seconds", "note"),
    *("reason", "flagged", "supersedes", "subject"),
)


@dataclass(frozen=True)
class HistoryRow:
    """A past decision and what its entities are called."""

    past: PastDecision
    left_name: str
    right_name: str


def history_page(
    project: Project, wanted: HistoryFilter, after: Cursor | None = None, size: int = 50
) -> tuple[list[HistoryRow], Cursor | None]:
    """Give a page of the history, and the cursor of the next one."""
    with project.database() as db:
        page, following = history.past_decisions(db, wanted, after=after, size=size)
    return [_named(project, past) for past in page], following


def history_csv(project: Project, wanted: HistoryFilter) -> bytes:
    """Write all decisions of a filter as CSV (UTF-8 with a byte order mark, as spreadsheets ask).

    A text that a spreadsheet would run as a formula gets an apostrophe before it. Raises
    ``RightError`` for who may not.
    """
    with project.database() as db:
        permit(db, Right.EXPORT)
    sheet = io.StringIO(newline="")
    write_row = sheet_writer(sheet, _COLUMNS)
    for past in all_decisions(project, wanted):
        row = _named(project, past)
        d = past.decision
        values = (
            *(d.id, d.created_at, d.curator, d.outcome.value, past.state, past.by),
            *(d.left, row.left_name, d.right, row.right_name, d.score, d.version),
            *(int(d.hidden), d.strategy, d.filter, d.seconds, d.note, d.reason),
            *(int(d.flagged), d.supersedes, d.subject),
        )
        write_row(values)
    return sheet.getvalue().encode("utf-8-sig", "replace")


def all_decisions(project: Project, wanted: HistoryFilter) -> Iterator[PastDecision]:
    """Give all decisions of a filter, one after another."""
    with project.database() as db:
        yield from history.all_past_decisions(db, wanted)


def curators(project: Project) -> list[str]:
    """Give everybody who has decided anything."""
    with project.database() as db:
        return history.curators(db)


def undo_decision(project: Project, decision: int, curator: str) -> Decision:
    """Take back a certain decision. Raises ``InputError`` where it does not stand any more."""
    with project.database() as db:
        return deciding.undo_decision(db, decision, curator)


def revise(project: Project, decision: int, curator: str, outcome: Outcome, note: str) -> Decision:
    """Put another answer in a decision's place. Raises ``InputError`` where it stands no more."""
    with project.database() as db:
        return deciding.revise(db, decision, curator=curator, outcome=outcome, note=note or None)


def _named(project: Project, past: PastDecision) -> HistoryRow:
    left, right = past.decision.left, past.decision.right
    return HistoryRow(past, name_of(project, "left", left), name_of(project, "right", right))

"""Work that is assigned to curators, as pages and programs see it."""

from __future__ import annotations

from kgreview.pipeline.project import Project
from kgreview.store import assignments
from kgreview.store.assignments import Assignment
from kgreview.store.pair_filter import PairFilter
from kgreview.store.people import known_names
from kgreview.text.iris import local_name


def assign(
    project: Project,
    curator: str,
    wanted: PairFilter,
    *,
    by: str,
    second: str = "",
    share: float = 0.0,
) -> None:
    """Give a part of the queue to a curator. Raises what ``assign`` of the store does."""
    with project.database() as db:
        assignments.assign(db, curator, wanted, by=by, second=second, share=share)


def withdraw(project: Project, number: int, by: str) -> None:
    """Take an assignment back. Raises ``RightError`` for who may not."""
    with project.database() as db:
        assignments.withdraw(db, number, by)


def assigned(project: Project, curator: str | None = None) -> list[Assignment]:
    """Give what is assigned, the oldest first: to one curator or as their second, or to all."""
    with project.database() as db:
        return assignments.assignments(db, curator)


def names(project: Project) -> list[str]:
    """Give whom work can be assigned to."""
    with project.database() as db:
        return sorted(known_names(db))


def filter_words(wanted: PairFilter) -> str:
    """Say what a filter lets through, in a few words."""
    parts = [
        f"“{wanted.text}”" if wanted.text else "",
        " / ".join(dict.fromkeys(map(local_name, wanted.types))) if wanted.types else "",
        f"score {wanted.low:g} to {wanted.high:g}"
        if (wanted.low, wanted.high) != (0.0, 1.0)
        else "",
        f"{wanted.relation[0]}: {local_name(wanted.relation[1])}" if wanted.relation else "",
        "in conflict" if wanted.conflict else "",
        f"strategy {wanted.strategy}" if wanted.strategy else "",
        f"order {wanted.order}" if wanted.order else "",
    ]
    return ", ".join(filter(None, parts)) or "everything"


def assignment_row(given: Assignment) -> dict[str, object]:
    """Give an assignment as a row of a table."""
    return {
        "curator": given.curator,
        "filter": filter_words(given.filter),
        "second": f"{given.second}: {given.share:.0%}" if given.second else "",
        "assigned by": given.assigned_by,
        "at": given.assigned_at[:16].replace("T", " "),
    }

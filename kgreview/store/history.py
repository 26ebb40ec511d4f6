"""All decisions ever made, filtered and sorted in the database, a page at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlite_utils import Database

from kgreview.store.conditions import undoes
from kgreview.store.database import rows
from kgreview.store.decisions import COLUMNS, Decision, decision_of
from kgreview.store.entities import HITS, count_hits, register_is_hit
from kgreview.store.outcomes import Outcome
from kgreview.store.search import search_terms, storable

STATES = ("stands", "undone", "superseded")
_MANY = 5_000  # entities of a search: of more, the decisions are not looked up entity by entity

# what a page is sorted by; each has an index with the id as its second column
SORTS = {
    "newest": ("id", "DESC"),
    "oldest": ("id", "ASC"),
    "score": ("coalesce(score, -1)", "DESC"),
    "lowest score": ("coalesce(score, -1)", "ASC"),
    "slowest": ("coalesce(seconds, -1)", "DESC"),
}


@dataclass(frozen=True)
class HistoryFilter:
    """Which decisions to list, and in which order."""

    sort: str = "newest"  # one of SORTS
    curator: str = ""
    outcome: str = ""  # value of an Outcome
    state: str = ""  # one of STATES
    flagged: bool = False
    text: str = ""  # what a name, an id, or note and reason are found by, see ``search``
    since: str = ""  # first and last day, ISO 8601, of UTC as the decisions are
    until: str = ""

    def parameters(self) -> dict[str, str]:
        """Give the filter as parameters of an address, the form ``from_parameters`` takes."""
        given = {
            "sort": self.sort if self.sort != "newest" else "",
            "who": self.curator,
            "outcome": self.outcome,
            "state": self.state,
            "flagged": "1" if self.flagged else "",
            "q": self.text,
            "since": self.since,
            "until": self.until,
        }
        return {name: value for name, value in given.items() if value}

    @classmethod
    def from_parameters(cls, given: Mapping[str, str]) -> HistoryFilter:
        """Read a filter from an address; what makes no sense is left out."""
        sort, outcome, state = (given.get(name, "") for name in ("sort", "outcome", "state"))
        since, until = (_day(given.get(name, "")) for name in ("since", "until"))
        if since and until:
            since, until = sorted((since, until))
        return cls(
            sort=sort if sort in SORTS else "newest",
            curator=given.get("who", ""),
            outcome=outcome if outcome in {o.value for o in Outcome} else "",
            state=state if state in STATES else "",
            flagged=given.get("flagged") == "1",
            text=given.get("q", "")[:200].strip(),
            since=since,
            until=until,
        )


PARAMETERS = ("sort", "who", "outcome", "state", "flagged", "q", "since", "until")
Cursor = tuple[float | str, int]  # sorted value and id of the last row of a page


@dataclass(frozen=True)
class PastDecision:
    """A decision with what became of it."""

    decision: Decision
    state: str  # one of STATES
    by: str  # who undid or superseded it, '' where it stands


_UNDONE = f"(SELECT u.curator FROM decisions u WHERE {undoes('d')} ORDER BY u.id LIMIT 1)"
_SUPERSEDED = f"""(
    SELECT s.curator FROM decisions s
    WHERE s.supersedes = d.id AND NOT EXISTS (SELECT 1 FROM decisions u WHERE {undoes("s")})
    ORDER BY s.id LIMIT 1)"""
_STATE = {
    "stands": f"{_UNDONE} IS NULL AND {_SUPERSEDED} IS NULL",
    "undone": f"{_UNDONE} IS NOT NULL",
    "superseded": f"{_UNDONE} IS NULL AND {_SUPERSEDED} IS NOT NULL",
}
_FOUND = f"""d.id IN (
    WITH hit AS MATERIALIZED ({HITS})
    SELECT f.id FROM hit CROSS JOIN decisions f ON f.left = hit.entity WHERE hit.side = 'left'
    UNION
    SELECT f.id FROM hit CROSS JOIN decisions f ON f.right = hit.entity WHERE hit.side = 'right'
    UNION
    SELECT rowid FROM note_words WHERE note_words MATCH :hits
    UNION
    SELECT id FROM decisions WHERE left = :text
    UNION
    SELECT id FROM decisions WHERE right = :text)"""
_HIT = """EXISTS (
    SELECT 1 FROM entities e
    WHERE e.side = '{0}' AND e.entity = d.{0} AND is_hit(:text, e.name, e.entity))"""
# the same, looked at decision by decision: where many are found, a page is full soon
_FOUND_ON_THE_WAY = f"""(
    d.left = :text OR d.right = :text OR {_HIT.format("left")} OR {_HIT.format("right")}
    OR d.id IN (SELECT rowid FROM note_words WHERE note_words MATCH :hits))"""


def past_decisions(
    db: Database, wanted: HistoryFilter, *, after: Cursor | None = None, size: int = 50
) -> tuple[list[PastDecision], Cursor | None]:
    """Give one page of decisions, and the cursor of the next page, ``None`` after the last.

    A page begins where the one before it ended, by index: the thousandth costs what the first does.
    """
    sort, direction = SORTS[wanted.sort]
    conditions = ["d.undoes IS NULL"]
    if wanted.curator:
        conditions.append("d.curator = :curator")
    if wanted.outcome:
        conditions.append("d.outcome = :outcome")
    if wanted.flagged:
        conditions.append("d.flagged = 1")
    if wanted.state:
        conditions.append(_STATE[wanted.state])
    if wanted.text:
        conditions.append(_found(db, wanted.text))
    if wanted.since or wanted.until:
        # sorted by time they are walked by the index of days, else (the plus) by that of the sort
        sort, day = ("created_at", "d.created_at") if sort == "id" else (sort, "+d.created_at")
        conditions.append(f"{day} >= :since AND {day} < :until")
    values: dict[str, Any] = {
        "curator": wanted.curator,
        "outcome": wanted.outcome,
        "text": storable(wanted.text),
        "hits": search_terms(wanted.text),
        "since": wanted.since,
        "until": f"{wanted.until}~",  # behind every time of that day
        "size": size + 1,
    }
    if after is not None:
        values |= {"value": after[0], "id": after[1]}
        sign = "<" if direction == "DESC" else ">"
        conditions.append(
            f"d.id {sign} :id" if sort == "id" else f"({sort}, d.id) {sign} (:value, :id)"
        )
    order = f"d.id {direction}" if sort == "id" else f"{sort} {direction}, d.id {direction}"
    events = rows(
        db,
        f"""SELECT {COLUMNS}, {sort} AS sorted, {_UNDONE} AS undone, {_SUPERSEDED} AS superseded
        FROM decisions d WHERE {" AND ".join(conditions)} ORDER BY {order} LIMIT :size""",
        values,
    )
    page = events[:size]
    last = (page[-1]["sorted"], page[-1]["id"]) if len(events) > size else None
    return [_past(row) for row in page], last


def all_past_decisions(db: Database, wanted: HistoryFilter) -> Iterator[PastDecision]:
    """Give all decisions of a filter, page by page, so that they need not fit into memory."""
    after: Cursor | None = None
    while True:
        page, after = past_decisions(db, wanted, after=after, size=1_000)
        yield from page
        if after is None:
            return


def curators(db: Database) -> list[str]:
    """Give everybody who has decided anything, in alphabetical order."""
    names = db.execute("SELECT DISTINCT curator FROM tallies ORDER BY curator")
    return [curator for (curator,) in names]


def _found(db: Database, text: str) -> str:
    """Write the condition that a decision's entities, note or reason are found by a search."""
    if count_hits(db, search_terms(text), _MANY + 1) <= _MANY:
        return _FOUND
    register_is_hit(db)
    return _FOUND_ON_THE_WAY


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""


def _past(row: dict[str, Any]) -> PastDecision:
    undone, superseded = row.pop("undone"), row.pop("superseded")
    del row["sorted"]
    state = "undone" if undone else "superseded" if superseded else "stands"
    return PastDecision(decision_of(row), state, undone or superseded or "")

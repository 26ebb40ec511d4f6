import sqlite3
from collections.abc import Callable

import pytest
from sqlite_utils import Database

from kgreview.review.migrations import NEWEST, migrations
from kgreview.review.outcomes import Outcome


def test_migrations_are_numbered_in_order_and_each_says_why() -> None:
    steps = migrations.pending(Database(memory=True))
    assert [step.name for step in steps] == sorted(step.name for step in steps)
    assert [int(step.name[1:4]) for step in steps] == list(range(1, len(steps) + 1))
    assert steps[-1].name == NEWEST
    assert all(step.fn.__doc__ for step in steps)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE decisions SET outcome = 'no_match' WHERE id = 1",
        "DELETE FROM decisions",
        "INSERT OR REPLACE INTO decisions SELECT * FROM decisions WHERE id = 1",
    ],
)
def test_a_decision_is_never_changed_or_deleted(
    db: Database, say: Callable[..., object], change: str
) -> None:
    say(db, "ann", "a", "x", Outcome.MATCH)
    with pytest.raises(sqlite3.IntegrityError, match="decisions are events"):
        db.execute(change)
    assert db.execute("SELECT outcome FROM decisions").fetchall() == [("match",)]


def test_there_is_one_current_version_and_one_running_job_at_most(db: Database) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        db.execute(
            "INSERT INTO versions (name, kind, created_at, seed, threshold, settings, figures,"
            " current) VALUES ('v2', 'trained', '', 0, 0.5, '{}', '{}', 1)"
        )
    running = (
        "INSERT INTO jobs (kind, state, pid, process_started, started_at)"
        " VALUES ('score', 'running', 1, 0, '')"
    )
    db.execute(running)
    with pytest.raises(sqlite3.IntegrityError):
        db.execute(running)

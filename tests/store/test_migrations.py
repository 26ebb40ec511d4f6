import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from sqlite_utils import Database

from kgreview.store.asked_types import open_count
from kgreview.store.database import database
from kgreview.store.deciding import undo
from kgreview.store.decisions import standing
from kgreview.store.entities import EntityBatch, has_entities, replace_entities
from kgreview.store.history import HistoryFilter, past_decisions
from kgreview.store.migrations import NEWEST, migrations
from kgreview.store.outcomes import Outcome
from kgreview.store.pair_filter import PairFilter
from kgreview.store.queue import matching


def test_migrations_are_numbered_in_order_and_each_says_why() -> None:
    with closing(Database(memory=True)) as empty:
        steps = migrations.pending(empty)
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


def test_a_database_of_the_first_release_keeps_its_decisions_and_learns_what_is_new(
    path: Path,
) -> None:
    old = Database(path)
    migrations.apply(old, stop_before="m011_filters_of_the_queue")
    old.conn.executescript("""
        INSERT INTO candidates (id, left, right, left_type, right_type) VALUES
            (0, 'a', 'x', 'film', 'movie'), (1, 'a', 'y', 'film', 'movie'),
            (2, 'b', 'y', 'person', 'actor');
        INSERT INTO versions (id, name, kind, created_at, seed, threshold, settings, figures,
                              scored, open_pairs, current)
            VALUES (1, 'v1', 'trained', '', 0, 0.5, '{}', '{}', 1, 2, 1);
        INSERT INTO scores (version, candidate, score, priority, audit, open) VALUES
            (1, 0, 0.9, 0.4, NULL, 0), (1, 1, 0.4, 0.1, NULL, 1), (1, 2, 0.6, 0.1, NULL, 1);
        INSERT INTO decisions (left, right, curator, outcome, note, created_at, hidden, strategy)
            VALUES ('a', 'x', 'ann', 'match', 'a remake', '', 0, 'uncertainty');
        INSERT INTO tallies VALUES ('ann', 'match', 1);
    """)
    old.close()
    with database(path) as db:
        (kept,) = standing(db)
        assert (kept.left, kept.outcome, kept.flagged, kept.batch) == (
            "a",
            Outcome.MATCH,
            False,
            None,
        )
        assert matching(db, "bob", PairFilter(conflict=True), 9) == [1]
        assert matching(db, "bob", PairFilter(types=("person", "actor")), 9) == [2]
        (past,), _ = past_decisions(db, HistoryFilter(text="remake"))
        assert past.decision == kept
        assert undo(db, "ann") == kept
        assert open_count(db) == 3
        # what was undone is on the screen of who undid it
        assert matching(db, "bob", PairFilter(), 9) == [1, 2]
        assert matching(db, "ann", PairFilter(), 9) == [1, 2, 0]


def test_strategies_are_renamed_wherever_they_are_stored_and_decisions_stay_events(
    path: Path,
) -> None:
    renamed = {
        "random": "audit",
        "chance": "random",
        "overlooked": "low-score",
        "influence": "density",
        "opening": "cold-start",
        "margin": "margin",
        "": "",
    }
    with closing(Database(path)) as old:
        migrations.apply(old, stop_before="m025_names_of_strategies")
        old.conn.executescript("""
            INSERT INTO versions (id, name, kind, created_at, seed, threshold, settings, figures,
                                  scored, open_pairs, current)
                VALUES (1, 'v1', 'trained', '', 0, 0.5, '{}', '{}', 1, 7, 1);""")
        for row, name in enumerate(renamed):
            wanted = f"strategy={name}&q=a%3Drandom" if name != "random" else "order=random"
            old.execute(
                "INSERT INTO candidates (id, left, right, left_type, right_type)"
                " VALUES (?, ?, 'x', 'film', 'film')",
                [row, f"e{row}"],
            )
            old.execute(
                "INSERT INTO scores (version, candidate, score, priority, open, strategy)"
                " VALUES (1, ?, 0.5, 0, 1, ?)",
                [row, name],
            )
            old.execute(
                "INSERT INTO decisions (left, right, curator, outcome, created_at, hidden,"
                " strategy, filter) VALUES (?, 'x', 'ann', 'match', '', 0, ?, ?)",
                [f"e{row}", name, wanted],
            )
            old.execute(
                "INSERT INTO questions (curator, candidate, token, strategy, chosen, asked_at,"
                " filter) VALUES (?, ?, ?, ?, 0, 0, ?)",
                [f"c{row}", row, f"t{row}", name, wanted],
            )
    with database(path) as db:
        filters = [
            f"strategy={name}&q=a%3Drandom" if name != "audit" else "order=audit"
            for name in renamed.values()
        ]
        for table, order in (("decisions", "id"), ("questions", "candidate")):
            kept = db.execute(f"SELECT strategy, filter FROM {table} ORDER BY {order}").fetchall()
            assert kept == list(zip(renamed.values(), filters, strict=True))
        scores = db.execute("SELECT strategy FROM scores ORDER BY candidate").fetchall()
        assert scores == [(name,) for name in renamed.values()]
        for key in filters[:6]:
            assert PairFilter.from_parameters(dict(parse_qsl(key))).key == key
        with pytest.raises(sqlite3.IntegrityError, match="decisions are events"):
            db.execute("UPDATE decisions SET outcome = 'no_match' WHERE id = 1")


def test_an_earlier_index_of_words_is_made_anew_and_notes_are_found_by_any_part(
    path: Path,
) -> None:
    old = Database(path)
    migrations.apply(old, stop_before="m021_parts_of_words")
    old.conn.executescript("""
        INSERT INTO decisions (left, right, curator, outcome, note, reason, created_at, hidden,
                               strategy)
            VALUES ('a', 'x', 'ann', 'match', 'Müller, 山田太郎', NULL, '', 0, ''),
                   ('b', 'x', 'ann', 'match', NULL, 'homonym', '', 0, ''),
                   ('c', 'x', 'ann', 'match', NULL, NULL, '', 0, '');
        INSERT INTO entities (id, side, entity, name) VALUES (1, 'left', 'a', 'Heat');
        INSERT INTO entity_words (rowid, name, marks) VALUES (1, 'Heat a', 'lt00');
        INSERT INTO meta VALUES ('entities', 'true');
    """)
    old.close()
    with database(path) as db:
        assert not has_entities(db), "they are entered again when the project is opened"
        for text, left in (("uller", "a"), ("太郎", "a"), ("nony", None), ("mony", "b")):
            page, _ = past_decisions(db, HistoryFilter(text=text))
            assert [past.decision.left for past in page] == ([left] if left else [])
        replace_entities(db, [EntityBatch("left", ["a"], ["Heat"], ["film"], [[]])], [])
        assert len(past_decisions(db, HistoryFilter(text="eat"))[0]) == 1

"""The database as release 0.1 made it; see ``store.migrations``."""

from __future__ import annotations

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

migrations = Migrations("kgreview")


@migrations()
def m001_meta(db: Database) -> None:
    """Few values about the project as a whole need a place that is copied with the decisions."""
    db.execute("CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID")


@migrations()
def m002_candidates(db: Database) -> None:
    """The queue joins pairs with their scores; decisions speak of entity ids, so both are here.

    ``id`` is the pair's place in the columns of ``candidates/``. ``audit`` orders the audit sample
    at random, and is NULL outside it. The two unique constraints are also the indexes by which the
    pairs of one entity are found; constraints follow a table that is renamed (as
    ``replace_candidates`` does), where named indexes would clash.
    """
    db.execute("""
        CREATE TABLE candidates (
            id INTEGER PRIMARY KEY,
            left TEXT NOT NULL,
            right TEXT NOT NULL,
            left_type TEXT NOT NULL,
            right_type TEXT NOT NULL,
            audit INTEGER,
            linked INTEGER NOT NULL DEFAULT 0,  -- 1: a known link settles the pair
            UNIQUE (left, right),
            UNIQUE (right, left)
        )""")


@migrations()
def m003_versions(db: Database) -> None:
    """What a version learnt from must be recoverable: its parent, settings and decisions."""
    db.execute("""
        CREATE TABLE versions (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            parent TEXT REFERENCES versions (name),
            kind TEXT NOT NULL,
            created_at TEXT NOT NULL,
            promoted_at TEXT,
            seed INTEGER NOT NULL,
            threshold REAL NOT NULL,
            settings TEXT NOT NULL,               -- JSON
            figures TEXT NOT NULL,                -- JSON
            scored INTEGER NOT NULL DEFAULT 0,    -- 1: every candidate has its score
            open_pairs INTEGER NOT NULL DEFAULT 0,  -- derived: how many of its scores are open
            current INTEGER NOT NULL DEFAULT 0
        )""")
    db.execute("CREATE UNIQUE INDEX one_current_version ON versions (current) WHERE current = 1")


@migrations()
def m004_decisions(db: Database) -> None:
    """Decisions are events, so that history, undo and agreement cost nothing extra.

    An event that undoes another repeats its pair and outcome. ``question`` is the token of the
    question it answers: a second answer to one question finds the first and writes nothing.
    """
    db.execute("""
        CREATE TABLE decisions (
            id INTEGER PRIMARY KEY,
            left TEXT NOT NULL,
            right TEXT NOT NULL,
            curator TEXT NOT NULL,
            outcome TEXT NOT NULL,
            note TEXT,
            reason TEXT,
            created_at TEXT NOT NULL,
            seconds REAL,
            version TEXT,
            score REAL,
            hidden INTEGER NOT NULL,
            strategy TEXT NOT NULL,
            undoes INTEGER REFERENCES decisions (id),
            supersedes INTEGER REFERENCES decisions (id),
            question TEXT UNIQUE
        )""")
    db.execute("CREATE INDEX decisions_by_pair ON decisions (left, right, curator)")
    db.execute("CREATE INDEX decisions_by_right ON decisions (right)")
    db.execute("CREATE INDEX decisions_by_curator ON decisions (curator, id)")
    db.execute("""
        CREATE UNIQUE INDEX decisions_undone ON decisions (undoes) WHERE undoes IS NOT NULL""")
    # not unique: when a correction is undone, the decision it replaced may be corrected again
    db.execute("""
        CREATE INDEX decisions_superseded ON decisions (supersedes) WHERE supersedes IS NOT NULL""")
    for verb in ("UPDATE", "DELETE"):
        db.execute(f"""
            CREATE TRIGGER decisions_never_{verb.lower()} BEFORE {verb} ON decisions
            BEGIN
                SELECT RAISE(ABORT, 'decisions are events: add one that undoes or supersedes');
            END""")


@migrations()
def m005_standing_decisions(db: Database) -> None:
    """The present state is a view over the events; a decision replaced by one undone is back."""
    db.execute("""
        CREATE VIEW standing_decisions AS
        SELECT d.* FROM decisions d
        WHERE d.undoes IS NULL
          AND NOT EXISTS (SELECT 1 FROM decisions u WHERE u.undoes = d.id)
          AND NOT EXISTS (
              SELECT 1 FROM decisions s
              WHERE s.supersedes = d.id
                AND NOT EXISTS (SELECT 1 FROM decisions u WHERE u.undoes = s.id))""")


@migrations()
def m006_version_decisions(db: Database) -> None:
    """Which decisions a version saw."""
    db.execute("""
        CREATE TABLE version_decisions (
            version INTEGER NOT NULL REFERENCES versions (id),
            decision INTEGER NOT NULL REFERENCES decisions (id),
            PRIMARY KEY (version, decision)
        ) WITHOUT ROWID""")


@migrations()
def m007_scores(db: Database) -> None:
    """The queue must answer at once among millions of pairs: it walks one index and stops.

    ``open`` is derived from the decisions (see ``derived``) and ``audit`` copied from the
    candidate, so that each of the two partial indexes holds just what its strategy may ask, in the
    order in which it asks.
    """
    db.execute("""
        CREATE TABLE scores (
            version INTEGER NOT NULL REFERENCES versions (id),
            candidate INTEGER NOT NULL,
            score REAL NOT NULL,
            priority REAL NOT NULL,  -- |score - threshold|
            audit INTEGER,
            open INTEGER NOT NULL,
            PRIMARY KEY (version, candidate)
        ) WITHOUT ROWID""")
    db.execute("""
        CREATE INDEX scores_by_uncertainty ON scores (version, priority)
        WHERE open = 1 AND audit IS NULL""")
    db.execute("""
        CREATE INDEX scores_by_chance ON scores (version, audit)
        WHERE open = 1 AND audit IS NOT NULL""")
    db.execute("""
        CREATE TRIGGER scores_count_open AFTER UPDATE OF open ON scores WHEN NEW.open <> OLD.open
        BEGIN
            UPDATE versions SET open_pairs = open_pairs + NEW.open - OLD.open
            WHERE id = NEW.version;
        END""")


@migrations()
def m008_questions(db: Database) -> None:
    """Two curators must not get the same pair, and a reloaded page must not jump to another.

    ``chosen``: the curator opened the pair, the queue did not ask it. ``asked_at`` is in seconds
    since 1970.
    """
    db.execute("""
        CREATE TABLE questions (
            curator TEXT NOT NULL,
            candidate INTEGER NOT NULL,
            token TEXT NOT NULL,
            strategy TEXT NOT NULL,
            chosen INTEGER NOT NULL,
            asked_at REAL NOT NULL,
            PRIMARY KEY (curator, candidate)
        ) WITHOUT ROWID""")
    db.execute("CREATE INDEX questions_by_candidate ON questions (candidate, asked_at)")


@migrations()
def m009_skips_and_tallies(db: Database) -> None:
    """What the queue asks each time must not grow with the number of decisions.

    Both are derived: ``skips`` are the candidates hidden from one curator, ``tallies`` the standing
    decisions of a curator by outcome.
    """
    db.execute("""
        CREATE TABLE skips (
            curator TEXT NOT NULL,
            candidate INTEGER NOT NULL,
            PRIMARY KEY (curator, candidate)
        ) WITHOUT ROWID""")
    db.execute("""
        CREATE TABLE tallies (
            curator TEXT NOT NULL,
            outcome TEXT NOT NULL,
            standing INTEGER NOT NULL,
            PRIMARY KEY (curator, outcome)
        ) WITHOUT ROWID""")


@migrations()
def m010_jobs(db: Database) -> None:
    """Work in the background tells how far it is; the index admits one at a time.

    ``process_started`` tells the process from a later one that was given the same number.
    """
    db.execute("""
        CREATE TABLE jobs (
            id INTEGER PRIMARY KEY,
            kind TEXT NOT NULL,
            state TEXT NOT NULL,
            pid INTEGER NOT NULL,
            process_started REAL NOT NULL,
            started_at TEXT NOT NULL,
            finished_at TEXT,
            stage TEXT NOT NULL DEFAULT '',
            done INTEGER NOT NULL DEFAULT 0,
            total INTEGER,
            figures TEXT NOT NULL DEFAULT '{}',  -- JSON
            message TEXT NOT NULL DEFAULT '',
            log TEXT NOT NULL DEFAULT '',
            cancel_requested INTEGER NOT NULL DEFAULT 0
        )""")
    db.execute("CREATE UNIQUE INDEX one_running_job ON jobs (state) WHERE state = 'running'")

"""How the database came to its present form, one numbered function a step.

A step that has been released is never changed: a new one is added at the end. Those of each release
have a module, which goes on from that of the release before; here are those since the last.
"""

from __future__ import annotations

from sqlite_utils import Database

from kgreview.store.migrations_0_2 import migrations

__all__ = ["NEWEST", "migrations"]


@migrations()
def m025_names_of_strategies(db: Database) -> None:
    """Query strategies have the field's names, and the audit sample one that no strategy has.

    'random' was the audit sample in the database and a strategy on the command line. What a
    decision says stays: only how its question was chosen is written in another word.
    """
    renamed = {
        "random": "audit",
        "chance": "random",
        "overlooked": "low-score",
        "influence": "density",
        "opening": "cold-start",
    }
    cases = " ".join(f"WHEN '{old}' THEN '{new}'" for old, new in renamed.items())
    old_names = ", ".join(f"'{old}'" for old in renamed)
    db.execute("DROP TRIGGER decisions_never_update")
    for table in ("decisions", "questions", "scores"):
        db.execute(f"""
            UPDATE {table} SET strategy = CASE strategy {cases} END
            WHERE strategy IN ({old_names})""")
    # addresses: values are written with %3D, so that = stands behind a parameter's name alone
    for table in ("decisions", "questions"):
        db.execute(f"""
            UPDATE {table} SET filter = replace(replace(replace(replace(replace(filter,
                'order=random', 'order=audit'), 'strategy=chance', 'strategy=random'),
                'strategy=overlooked', 'strategy=low-score'),
                'strategy=influence', 'strategy=density'),
                'strategy=opening', 'strategy=cold-start')
            WHERE filter <> ''""")
    db.execute("""
        CREATE TRIGGER decisions_never_update BEFORE UPDATE ON decisions
        BEGIN
            SELECT RAISE(ABORT, 'decisions are events: add one that undoes or supersedes');
        END""")
    db.execute("DROP INDEX scores_on_agenda")
    db.execute("""
        CREATE INDEX scores_on_plan ON scores (version, open, conflict, place)
        WHERE place IS NOT NULL""")
    db.execute("DROP INDEX scores_by_chance")
    db.execute("""
        CREATE INDEX scores_by_audit ON scores (version, audit, score DESC)
        WHERE open = 1 AND audit IS NOT NULL AND conflict = 0""")


@migrations()
def m026_entity_states(db: Database) -> None:
    """People match entities, not pairs: which of them have an answer is listed and counted.

    ``state`` is one of ``entity_states.STATES``, and changes with each decision. Entities are
    entered again when the project is opened (``has_entities``), with their types.
    """
    for column in ("type", "state"):
        db.execute(f"ALTER TABLE entities ADD COLUMN {column} TEXT NOT NULL DEFAULT ''")
    db.execute("CREATE INDEX entities_by_state ON entities (side, type, state, name)")
    db.execute("""
        CREATE TABLE entity_counts (
            side TEXT NOT NULL,
            type TEXT NOT NULL,
            state TEXT NOT NULL,
            entities INTEGER NOT NULL,
            PRIMARY KEY (side, type, state)
        ) WITHOUT ROWID""")
    db.execute("DELETE FROM meta WHERE key = 'entities'")


@migrations()
def m027_steps_of_the_clock(db: Database) -> None:
    """A clock that is set ends no job, and hides nothing that was decided since one began.

    ``process`` names a job's process by what no clock changes, '' where that is not known;
    ``newest_decision`` is the newest event when it began. What a second curator is asked is drawn
    anew, by the settings of then, when the queue asks.
    """
    db.execute("ALTER TABLE jobs ADD COLUMN process TEXT NOT NULL DEFAULT ''")
    db.execute("ALTER TABLE jobs ADD COLUMN newest_decision INTEGER NOT NULL DEFAULT 0")
    db.execute("""
        UPDATE jobs SET newest_decision = (
            SELECT coalesce(max(id), 0) FROM decisions WHERE created_at <= jobs.started_at)""")
    db.execute("CREATE INDEX questions_by_time ON questions (asked_at)")
    db.execute("DELETE FROM second_looks")


@migrations()
def m028_people(db: Database) -> None:
    """Whose name a decision bears must be known where people sign in, and what they may do.

    ``people`` holds the names that are taken, ``subject`` whom a sign-in verified for it; names of
    earlier releases are in the decisions alone. ``roles`` is the project's own list, by subject or
    e-mail address.
    """
    db.execute("ALTER TABLE decisions ADD COLUMN subject TEXT")
    db.execute("""
        CREATE TABLE people (
            name TEXT PRIMARY KEY,
            subject TEXT UNIQUE,
            entered_at TEXT NOT NULL
        ) WITHOUT ROWID""")
    db.execute("CREATE TABLE roles (who TEXT PRIMARY KEY, role TEXT NOT NULL) WITHOUT ROWID")


@migrations()
def m029_types_not_asked_about(db: Database) -> None:
    """A project may ask about people first and leave states alone, from one question to the next.

    ``not_asked`` holds those pairs of types. Open pairs are counted by pair of types, so that what
    is asked and what is not are told at once, and the audit sample is walked within one of them.
    """
    db.execute("""
        CREATE TABLE not_asked (
            left_type TEXT NOT NULL,
            right_type TEXT NOT NULL,
            PRIMARY KEY (left_type, right_type)
        ) WITHOUT ROWID""")
    db.execute("""
        CREATE TABLE open_of_kinds (
            version INTEGER NOT NULL REFERENCES versions (id),
            kind INTEGER NOT NULL,
            open_pairs INTEGER NOT NULL,  -- derived: how many of the version's scores are open
            PRIMARY KEY (version, kind)
        ) WITHOUT ROWID""")
    db.execute("""
        INSERT INTO open_of_kinds (version, kind, open_pairs)
        SELECT s.version, s.kind, sum(s.open) FROM scores s
        JOIN versions v ON v.id = s.version AND v.scored = 1
        GROUP BY s.version, s.kind""")
    db.execute("DROP TRIGGER scores_count_open")
    db.execute("""
        CREATE TRIGGER scores_count_open AFTER UPDATE OF open ON scores WHEN NEW.open <> OLD.open
        BEGIN
            UPDATE open_of_kinds SET open_pairs = open_pairs + NEW.open - OLD.open
            WHERE version = NEW.version AND kind = NEW.kind;
        END""")
    db.execute("ALTER TABLE versions DROP COLUMN open_pairs")
    db.execute("""
        CREATE INDEX scores_by_audit_of_kind ON scores (version, kind, audit, score DESC)
        WHERE open = 1 AND audit IS NOT NULL AND conflict = 0""")


@migrations()
def m030_kept_groups(db: Database) -> None:
    """Who has looked at a group that is too large and found it right is not shown it again.

    ``members`` names the entities of the group, so that it comes back when they change. Events like
    decisions: one with ``undoes`` takes another back.
    """
    db.execute("""
        CREATE TABLE kept_groups (
            id INTEGER PRIMARY KEY,
            members TEXT NOT NULL,
            entities INTEGER NOT NULL,
            curator TEXT NOT NULL,
            note TEXT NOT NULL,
            created_at TEXT NOT NULL,
            undoes INTEGER REFERENCES kept_groups (id)
        )""")
    db.execute("CREATE INDEX kept_groups_undone ON kept_groups (undoes) WHERE undoes IS NOT NULL")
    for verb in ("UPDATE", "DELETE"):
        db.execute(f"""
            CREATE TRIGGER kept_groups_never_{verb.lower()} BEFORE {verb} ON kept_groups
            BEGIN
                SELECT RAISE(ABORT, 'kept groups are events: add one that undoes another');
            END""")


@migrations()
def m031_audited_by_score(db: Database) -> None:
    """Entities of the audit sample are listed by their scores among the others."""
    db.execute("""
        CREATE INDEX scores_audited_by_kind ON scores (version, kind, score DESC)
        WHERE open = 1 AND audit IS NOT NULL""")


@migrations()
def m032_assignments(db: Database) -> None:
    """A part of the queue can be given to somebody, and a share of what they decide to a second.

    ``filter`` is the key of the filter that makes the part; ``second`` is '' where there is nobody.
    """
    db.execute("""
        CREATE TABLE assignments (
            id INTEGER PRIMARY KEY,
            curator TEXT NOT NULL,
            filter TEXT NOT NULL,
            second TEXT NOT NULL,
            share REAL NOT NULL,
            assigned_by TEXT NOT NULL,
            assigned_at TEXT NOT NULL,
            UNIQUE (curator, filter)
        )""")


NEWEST = m032_assignments.__name__  # names sort by their numbers

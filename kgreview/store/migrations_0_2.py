"""What release 0.2 changed in the database; see ``store.migrations``."""

from __future__ import annotations

from sqlite_utils import Database

from kgreview.store.migrations_0_1 import migrations
from kgreview.store.search import indexed_parts

__all__ = ["migrations"]


@migrations()
def m011_filters_of_the_queue(db: Database) -> None:
    """A filtered queue must cost no more than a whole one: it walks an index of its own.

    ``kinds`` numbers the pairs of types, so that scores can be walked within one. ``conflict`` is
    derived like ``open``: 1 where an entity of the pair is matched to another already. The queue
    walks the scores away from the threshold in both directions, so their order serves score ranges
    and every order by score, and the index by priority is no longer needed.
    """
    db.execute("""
        CREATE TABLE kinds (
            id INTEGER PRIMARY KEY,
            left_type TEXT NOT NULL,
            right_type TEXT NOT NULL,
            known INTEGER NOT NULL DEFAULT 0,  -- how many known matches join the two types
            UNIQUE (left_type, right_type)
        )""")
    db.execute("""
        INSERT INTO kinds (left_type, right_type)
        SELECT DISTINCT left_type, right_type FROM candidates""")
    for column in ("kind", "conflict"):
        db.execute(f"ALTER TABLE scores ADD COLUMN {column} INTEGER NOT NULL DEFAULT 0")
    db.execute("""
        UPDATE scores SET kind = coalesce((
            SELECT k.id FROM candidates c
            JOIN kinds k ON k.left_type = c.left_type AND k.right_type = c.right_type
            WHERE c.id = scores.candidate), 0)""")
    db.execute("""
        UPDATE scores SET conflict = 1
        WHERE candidate IN (
            SELECT c.id FROM standing_decisions d JOIN candidates c ON c.left = d.left
            WHERE d.outcome = 'match' AND c.right <> d.right
            UNION
            SELECT c.id FROM standing_decisions d JOIN candidates c ON c.right = d.right
            WHERE d.outcome = 'match' AND c.left <> d.left)""")
    db.execute("DROP INDEX scores_by_uncertainty")
    db.execute("""
        CREATE INDEX scores_by_score ON scores (version, score)
        WHERE open = 1 AND audit IS NULL""")
    db.execute("""
        CREATE INDEX scores_by_kind ON scores (version, kind, score)
        WHERE open = 1 AND audit IS NULL""")
    db.execute("""
        CREATE INDEX scores_in_conflict ON scores (version, score)
        WHERE open = 1 AND audit IS NULL AND conflict = 1""")
    # the parameters of the address that the queue was filtered by when it asked
    db.execute("ALTER TABLE questions ADD COLUMN filter TEXT NOT NULL DEFAULT ''")


@migrations()
def m012_names_and_known_matches(db: Database) -> None:
    """Pairs are found by what their entities are called, and must not overlook what is known.

    A row of ``entity_words`` has the number of its entity. ``marks`` are tokens for the type of the
    entity and the relations it stands in (see ``entities.mark``).
    """
    db.execute("""
        CREATE TABLE entities (
            id INTEGER PRIMARY KEY,
            side TEXT NOT NULL,   -- 'left' or 'right'
            entity TEXT NOT NULL,
            name TEXT NOT NULL,
            UNIQUE (side, entity)
        )""")
    db.execute("""
        CREATE VIRTUAL TABLE entity_words USING fts5 (
            name, marks, content = '', tokenize = 'unicode61 remove_diacritics 2')""")
    db.execute("""
        CREATE TABLE known_matches (
            left TEXT NOT NULL,
            right TEXT NOT NULL,
            PRIMARY KEY (left, right)
        ) WITHOUT ROWID""")
    db.execute("CREATE INDEX known_matches_by_right ON known_matches (right, left)")


@migrations()
def m013_history(db: Database) -> None:
    """A hundred thousand decisions page as fast as a hundred, in each order that is offered.

    An undo can be undone: what was set aside for another match is back when that is taken back.
    ``batch`` names events made by one press and undone by one; ``flagged`` marks what somebody
    should look at again; ``filter`` is what the queue was filtered by when it asked.
    """
    db.execute("DROP VIEW standing_decisions")
    db.execute("DROP INDEX decisions_undone")
    db.execute("CREATE INDEX decisions_undone ON decisions (undoes) WHERE undoes IS NOT NULL")
    db.execute("ALTER TABLE decisions ADD COLUMN batch TEXT")
    db.execute("ALTER TABLE decisions ADD COLUMN flagged INTEGER NOT NULL DEFAULT 0")
    db.execute("ALTER TABLE decisions ADD COLUMN filter TEXT NOT NULL DEFAULT ''")
    undone = """
        SELECT 1 FROM decisions u
        WHERE u.undoes = {0}.id AND NOT EXISTS (SELECT 1 FROM decisions b WHERE b.undoes = u.id)"""
    db.execute(f"""
        CREATE VIEW standing_decisions AS
        SELECT d.* FROM decisions d
        WHERE d.undoes IS NULL
          AND NOT EXISTS ({undone.format("d")})
          AND NOT EXISTS (
              SELECT 1 FROM decisions s
              WHERE s.supersedes = d.id AND NOT EXISTS ({undone.format("s")}))""")
    db.execute("CREATE INDEX decisions_by_batch ON decisions (batch) WHERE batch IS NOT NULL")
    db.execute("CREATE INDEX decisions_by_outcome ON decisions (outcome, id)")
    db.execute("CREATE INDEX decisions_by_score ON decisions (score, id)")
    db.execute("CREATE INDEX decisions_by_seconds ON decisions (seconds, id)")
    db.execute("CREATE INDEX decisions_flagged ON decisions (id) WHERE flagged = 1")
    db.execute("""
        CREATE VIRTUAL TABLE note_words USING fts5 (
            note, content = '', tokenize = 'unicode61 remove_diacritics 2')""")
    noted = "coalesce(note, '') || ' ' || coalesce(reason, '')"
    db.execute(f"""
        INSERT INTO note_words (rowid, note)
        SELECT id, {noted} FROM decisions WHERE note IS NOT NULL OR reason IS NOT NULL""")


@migrations()
def m014_sorted_history(db: Database) -> None:
    """A page begins after the last row of the one before, which a NULL cannot be compared with."""
    for column in ("score", "seconds"):
        db.execute(f"DROP INDEX decisions_by_{column}")
        db.execute(f"""
            CREATE INDEX decisions_by_{column} ON decisions (coalesce({column}, -1), id)""")


@migrations()
def m015_drafts_and_days(db: Database) -> None:
    """What is put down beside a pair is not lost with the page; the history is listed by days.

    A draft is a curator's own, and goes in the transaction that saves their decision.
    """
    db.execute("""
        CREATE TABLE drafts (
            curator TEXT NOT NULL,
            left TEXT NOT NULL,
            right TEXT NOT NULL,
            note TEXT NOT NULL,
            reason TEXT NOT NULL,
            flagged INTEGER NOT NULL,
            PRIMARY KEY (curator, left, right)
        ) WITHOUT ROWID""")
    db.execute("CREATE INDEX decisions_by_day ON decisions (created_at, id)")


@migrations()
def m016_agenda(db: Database) -> None:
    """Strategies look at all pairs at once, so their order is made with the scores and walked.

    ``place`` is a pair's in its version's agenda, and NULL outside it; ``figure`` is told with the
    strategy's reason.
    """
    for column in ("place INTEGER", "strategy TEXT", "figure REAL"):
        db.execute(f"ALTER TABLE scores ADD COLUMN {column}")
    db.execute("""
        CREATE INDEX scores_on_agenda ON scores (version, open, conflict, place)
        WHERE place IS NOT NULL""")


@migrations()
def m017_second_looks(db: Database) -> None:
    """Agreement is measured on pairs that two curators decide without knowing of each other.

    ``curator`` has decided the pair; one of the others shall.
    """
    db.execute("""
        CREATE TABLE second_looks (
            curator TEXT NOT NULL,
            left TEXT NOT NULL,
            right TEXT NOT NULL,
            PRIMARY KEY (curator, left, right)
        ) WITHOUT ROWID""")
    db.execute("CREATE INDEX second_looks_by_pair ON second_looks (left, right)")


@migrations()
def m018_promotions(db: Database) -> None:
    """Which version was current when, and by whose word, is told by events that stay.

    ``held`` says why a version was not made current. ``previous`` is the version it took the place
    of; without ``curator``, what the version's figures said decided.
    """
    db.execute("ALTER TABLE versions ADD COLUMN held TEXT")
    db.execute("""
        CREATE TABLE promotions (
            id INTEGER PRIMARY KEY,
            version TEXT NOT NULL REFERENCES versions (name),
            previous TEXT REFERENCES versions (name),
            curator TEXT,
            reason TEXT,
            created_at TEXT NOT NULL
        )""")
    db.execute("""
        INSERT INTO promotions (version, created_at)
        SELECT name, promoted_at FROM versions
        WHERE promoted_at IS NOT NULL
        ORDER BY promoted_at""")
    for verb in ("UPDATE", "DELETE"):
        db.execute(f"""
            CREATE TRIGGER promotions_never_{verb.lower()} BEFORE {verb} ON promotions
            BEGIN
                SELECT RAISE(ABORT, 'promotions are events: add another');
            END""")


@migrations()
def m019_audit_by_entity(db: Database) -> None:
    """The audit sample is asked entity by entity, the best candidate first, until one is its match.

    So what the match leaves without a question is not walked past each time.
    """
    db.execute("DROP INDEX scores_by_chance")
    db.execute("""
        CREATE INDEX scores_by_chance ON scores (version, audit, score DESC)
        WHERE open = 1 AND audit IS NOT NULL AND conflict = 0""")


@migrations()
def m020_doubts(db: Database) -> None:
    """Decisions that a model contradicts are asked again, so the queue must find them.

    ``wrong`` is the probability that the decision is; ``wanted`` whether its curator may be asked.
    An earlier release kept a list of its own.
    """
    db.execute("""
        CREATE TABLE doubts (
            decision INTEGER PRIMARY KEY REFERENCES decisions (id),
            wrong REAL NOT NULL,
            wanted INTEGER NOT NULL DEFAULT 1
        )""")
    db.execute("CREATE INDEX doubts_by_strength ON doubts (wrong DESC)")
    db.execute("DELETE FROM meta WHERE key = 'doubts'")


@migrations()
def m021_parts_of_words(db: Database) -> None:
    """A search finds any part of a word in any script, however it is written.

    Both indexes hold what ``search.indexed_parts`` makes of a text. That of entities is filled when
    a project is opened (``has_entities``); it holds the marks among the words, for without columns
    it is half as large.
    """
    for table in ("entity_words", "note_words"):
        db.execute(f"DROP TABLE {table}")
        db.execute(f"""
            CREATE VIRTUAL TABLE {table} USING fts5 (
                words, content = '', columnsize = 0, detail = 'none', prefix = '1 2',
                tokenize = 'ascii')""")
    noted = "coalesce(note, '') || ' ' || coalesce(reason, '')"
    notes = db.execute(f"""
        SELECT id, {noted} FROM decisions WHERE note IS NOT NULL OR reason IS NOT NULL""")
    while some := notes.fetchmany(1_000):
        parts = indexed_parts([text for _, text in some])
        db.conn.executemany(
            "INSERT INTO note_words (rowid, words) VALUES (?, ?)",
            [(decision, words) for (decision, _), words in zip(some, parts, strict=True)],
        )
    db.execute("DELETE FROM meta WHERE key = 'entities'")


@migrations()
def m022_added_pairs(db: Database) -> None:
    """A match that blocking lost is added by who finds it, among all entities of the other graph.

    ``candidate`` is the number of the pair, behind those that blocking found; NULL where blocking
    finds it, too, or where an entity is gone. ``similarities`` are 32-bit floats. The index of
    words gets prefixes of three letters: by them a search forgives slips. It is filled anew when a
    project is opened, with all entities of both graphs.
    """
    db.execute("""
        CREATE TABLE added_pairs (
            id INTEGER PRIMARY KEY,
            left TEXT NOT NULL,
            right TEXT NOT NULL,
            left_type TEXT NOT NULL,
            right_type TEXT NOT NULL,
            linked INTEGER NOT NULL,
            similarities BLOB,
            curator TEXT NOT NULL,
            added_at TEXT NOT NULL,
            candidate INTEGER UNIQUE,
            UNIQUE (left, right)
        )""")
    db.execute("DROP TABLE entity_words")
    db.execute("""
        CREATE VIRTUAL TABLE entity_words USING fts5 (
            words, content = '', columnsize = 0, detail = 'none', prefix = '1 2 3',
            tokenize = 'ascii')""")
    db.execute("DELETE FROM entities")
    db.execute("DELETE FROM meta WHERE key = 'entities'")


@migrations()
def m023_gone_entities(db: Database) -> None:
    """New rows may lack an entity that was decided on: its decisions stay, and count for nothing.

    Holds the entities of decisions that the graphs have no more; ``side`` is 'left' or 'right'.
    """
    db.execute("""
        CREATE TABLE gone_entities (
            side TEXT NOT NULL,
            entity TEXT NOT NULL,
            PRIMARY KEY (side, entity)
        ) WITHOUT ROWID""")


@migrations()
def m024_several_counterparts(db: Database) -> None:
    """A second match of an entity is no conflict where entities of its types may have several.

    Holds the sides, 'left' or 'right', whose entities may, by pair of types.
    """
    db.execute("""
        CREATE TABLE several_counterparts (
            left_type TEXT NOT NULL,
            right_type TEXT NOT NULL,
            side TEXT NOT NULL,
            PRIMARY KEY (left_type, right_type, side)
        ) WITHOUT ROWID""")

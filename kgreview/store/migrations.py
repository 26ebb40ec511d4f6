"""How the database came to its present form, one numbered function a step.

A step that has been released is never changed: a new one is added below it.
"""

from __future__ import annotations

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from kgreview.store.search import indexed_parts

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


NEWEST = m030_kept_groups.__name__  # names sort by their numbers

"""What the candidates' entities are called and stand in, so that pairs are found by it in SQL."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from kgreview.progress import Progress, silent
from kgreview.review.database import recall, rows, value, writing
from kgreview.review.derived import CONFLICT

_CHUNK = 5_000  # rows a transaction
_PAUSE = 0.005  # s between transactions, in which others take the lock
_MOST_NAME = 400  # characters of a name that are kept
_STATE = "entities"  # key in `meta`


@dataclass(frozen=True)
class EntityBatch:
    """Some entities of one side, as aligned lists; ``words``: what a search may find besides."""

    side: str  # 'left' or 'right'
    ids: Sequence[str]
    names: Sequence[str]
    words: Sequence[str]
    types: Sequence[str]
    relations: Sequence[Sequence[str]]


def replace_entities(
    db: Database,
    batches: Iterable[EntityBatch],
    known: Iterable[tuple[str, str, str, str]],
    progress: Progress = silent,
) -> None:
    """Put these entities and known matches in the place of all earlier ones.

    ``known``: left id, right id, left type, right type of each pair that is known to match. Goes in
    small transactions; interrupted, the earlier ones stay.
    """
    with writing(db, durable=False):
        for table in ("entities", "entity_words"):
            db.execute(f"DROP TABLE IF EXISTS incoming_{table}")
            schema = rows(db, "SELECT sql FROM sqlite_master WHERE name = ?", [table])[0]["sql"]
            db.execute(schema.replace(table, f"incoming_{table}", 1).replace('"', "", 2))
    count = 0
    for batch in batches:
        for start in range(0, len(batch.ids), _CHUNK):
            part = slice(start, start + _CHUNK)
            entered = list(enumerate(batch.ids[part], count + 1))
            names = [name[:_MOST_NAME] for name in batch.names[part]]
            details = zip(
                names, batch.words[part], batch.types[part], batch.relations[part], strict=True
            )
            with writing(db, durable=False):
                db.conn.executemany(
                    "INSERT INTO incoming_entities (id, side, entity, name) VALUES (?, ?, ?, ?)",
                    [(n, batch.side, i, name) for (n, i), name in zip(entered, names, strict=True)],
                )
                db.conn.executemany(
                    "INSERT INTO incoming_entity_words (rowid, name, marks) VALUES (?, ?, ?)",
                    [
                        (n, f"{name} {more[:_MOST_NAME]}", _marks(batch.side, kind, relations))
                        for (n, _), (name, more, kind, relations) in zip(
                            entered, details, strict=True
                        )
                    ],
                )
            count += len(entered)
            progress("index names", count)
            time.sleep(_PAUSE)
    with writing(db):
        for table in ("entities", "entity_words"):
            db.execute(f"DROP TABLE {table}")
            db.execute(f"ALTER TABLE incoming_{table} RENAME TO {table}")
        _replace_known(db, list(known))
        db.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?, 'true')", [_STATE])


def has_entities(db: Database) -> bool:
    """Tell whether ``replace_entities`` has been run on this database."""
    return bool(recall(db, _STATE))


def kinds(db: Database) -> list[tuple[str, str]]:
    """Give the pairs of types that candidates have, in alphabetical order."""
    return db.execute(
        "SELECT left_type, right_type FROM kinds ORDER BY left_type, right_type"
    ).fetchall()


def name_of(db: Database, side: str, entity: str) -> str:
    """Give what an entity is called, its id where it has no name or is not of the candidates."""
    sql = "SELECT name FROM entities WHERE side = ? AND entity = ?"
    return value(db, sql, [side, entity]) or entity


def mark(side: str, what: str, name: str) -> str:
    """Give the token that stands for a type (``what`` 't') or a relation ('r') of one side.

    A hash, since names may hold anything and a token must be one word.
    """
    return f"{side[0]}{what}{hashlib.blake2b(name.encode(), digest_size=8).hexdigest()}"


def search_terms(text: str) -> str:
    """Write what somebody typed as a query of FTS5: every word, or its beginning, must be there.

    Each word is quoted, so that nothing in it is syntax. Text without a letter or digit finds
    nothing.
    """
    clean = text.replace("\0", " ").encode("utf-8", "ignore").decode()
    words = [word for word in clean.split() if any(c.isalnum() for c in word)]
    quoted = ['"{}"*'.format(word.replace('"', '""')) for word in words]
    return " AND ".join(quoted) or '""'


def _marks(side: str, kind: str, relations: Sequence[str]) -> str:
    return " ".join([mark(side, "t", kind), *(mark(side, "r", name) for name in relations)])


def _replace_known(db: Database, known: list[tuple[str, str, str, str]]) -> None:
    db.execute("DELETE FROM known_matches")
    db.conn.executemany(
        "INSERT OR IGNORE INTO known_matches (left, right) VALUES (?, ?)",
        [(left, right) for left, right, _, _ in known],
    )
    db.execute("UPDATE kinds SET known = 0")
    db.conn.executemany(
        """INSERT INTO kinds (left_type, right_type, known) VALUES (?, ?, 1)
        ON CONFLICT (left_type, right_type) DO UPDATE SET known = known + 1""",
        [(left_type, right_type) for _, _, left_type, right_type in known],
    )
    db.execute(f"""
        UPDATE scores SET conflict = 1
        WHERE conflict = 0 AND (
            SELECT {CONFLICT} FROM candidates c WHERE c.id = scores.candidate)""")

"""What entities are called and stand in, so that they and their pairs are found by it in SQL."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import repeat

from sqlite_utils import Database

from kgreview.progress import Progress, silent
from kgreview.store.conditions import CONFLICT
from kgreview.store.database import get_meta, value, writing
from kgreview.store.entity_states import forget_entity_states
from kgreview.store.search import indexed_parts, is_found
from kgreview.text.strings import normalise_one, transliterate_one

_CHUNK = 2_000  # rows a transaction
_PAUSE = 0.005  # s between transactions, in which others take the lock
_MOST_NAME = 400  # characters of a name that are kept
_WIDE = {
    "left": "\N{FULLWIDTH LATIN CAPITAL LETTER L}",
    "right": "\N{FULLWIDTH LATIN CAPITAL LETTER R}",
}
_STATE = "entities"  # key in `meta`

# all entities that a query of FTS5 finds, or an id typed whole
HITS = """
    SELECT e.side, e.entity
    FROM entity_words CROSS JOIN entities e ON e.id = entity_words.rowid
    WHERE entity_words MATCH :hits
    UNION
    SELECT side, entity FROM entities WHERE side IN ('left', 'right') AND entity = :text"""


@dataclass(frozen=True)
class EntityBatch:
    """Some entities of one side, as aligned lists."""

    side: str  # 'left' or 'right'
    ids: Sequence[str]
    names: Sequence[str]
    types: Sequence[str]
    relations: Sequence[Sequence[str]]


def replace_entities(
    db: Database,
    batches: Iterable[EntityBatch],
    links: Iterable[tuple[str, str, str, str]],
    progress: Progress = silent,
) -> None:
    """Put these entities and known matches in the place of all earlier ones.

    ``links``: left id, right id, left type, right type of each pair that is known to match. Goes in
    small transactions; interrupted, the earlier ones stay.
    """
    with writing(db, durable=False):
        for table in ("entities", "entity_words"):
            db.execute(f"DROP TABLE IF EXISTS incoming_{table}")
            schema = value(db, "SELECT sql FROM sqlite_master WHERE name = ?", [table])
            db.execute(re.sub(f'"?{table}"?', f"incoming_{table}", schema, count=1))
    count = 0
    for batch in batches:
        for start in range(0, len(batch.ids), _CHUNK):
            with writing(db, durable=False):
                part = slice(start, start + _CHUNK)
                count += _enter(db, batch, part, count + 1, "incoming_")
            progress("index names", count)
            time.sleep(_PAUSE)
    with writing(db):
        for table in ("entities", "entity_words"):
            db.execute(f"DROP TABLE {table}")
            db.execute(f"ALTER TABLE incoming_{table} RENAME TO {table}")
        db.execute("CREATE INDEX entities_by_state ON entities (side, type, state, name)")
        _replace_known(db, links)
        db.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?, 'true')", [_STATE])


def change_entities(
    db: Database, left_out: Iterable[tuple[str, str]], batches: Iterable[EntityBatch]
) -> None:
    """Take entities (side, id) off the index and enter others, inside a transaction.

    The words of one that is off stay, since an index without its texts cannot give them up; its
    row says that it is of no side.
    """
    forget_entity_states(db)
    db.conn.executemany(
        "UPDATE entities SET side = 'gone', entity = id WHERE side = ? AND entity = ?", left_out
    )
    count = int(value(db, "SELECT coalesce(max(id), 0) FROM entities"))
    for batch in batches:
        count += _enter(db, batch, slice(None), count + 1)


def replace_known_matches(db: Database, links: Iterable[tuple[str, str, str, str]]) -> None:
    """Put these known matches in the place of earlier ones, inside a transaction.

    ``links``: as in ``replace_entities``. What it means for conflicts is up to who calls.
    """
    links = list(links)
    forget_entity_states(db)
    db.execute("DELETE FROM known_matches")
    db.conn.executemany(
        "INSERT OR IGNORE INTO known_matches (left, right) VALUES (?, ?)",
        [(left, right) for left, right, _, _ in links],
    )
    db.execute("UPDATE kinds SET known = 0")
    db.conn.executemany(
        """INSERT INTO kinds (left_type, right_type, known) VALUES (?, ?, 1)
        ON CONFLICT (left_type, right_type) DO UPDATE SET known = known + 1""",
        [(left_type, right_type) for _, _, left_type, right_type in links],
    )


def register_is_hit(db: Database) -> None:
    """Let SQL look at one entity: ``is_hit(text, name, entity)`` tells whether a search finds it.

    Where many are found and the first few are wanted, ``HITS`` would find all of them first.
    """
    db.conn.create_function("is_hit", 3, _is_hit, deterministic=True)


def count_hits(db: Database, hits: str, most: int) -> int:
    """Count the entities that a query of FTS5 finds, no further than ``most``."""
    sql = "SELECT 1 FROM entity_words WHERE entity_words MATCH ? LIMIT ?"
    return int(value(db, f"SELECT count(*) FROM ({sql})", [hits, most]))


def has_entities(db: Database) -> bool:
    """Tell whether ``replace_entities`` has been run on this database."""
    return bool(get_meta(db, _STATE))


def kinds(db: Database) -> list[tuple[str, str]]:
    """Give the pairs of types that candidates have, in alphabetical order."""
    return db.execute(
        "SELECT left_type, right_type FROM kinds ORDER BY left_type, right_type"
    ).fetchall()


def name_of(db: Database, side: str, entity: str) -> str:
    """Give what an entity is called, its id where it has no name or its graph lacks it."""
    sql = "SELECT name FROM entities WHERE side = ? AND entity = ?"
    return value(db, sql, [side, entity]) or entity


def last_part(entity: str) -> str:
    """Give the part of an id that is searched besides the name: what stands behind the last /."""
    return entity.rstrip("/#").rsplit("/", 1)[-1][:_MOST_NAME]


def mark(side: str, what: str, name: str = "") -> str:
    """Give the token of a type (``what`` 't'), a relation ('r') or a whole name ('n') of one side.

    And of the side itself ('s'), which has no name.

    A hash, since names may hold anything and a token must be one word. It begins with a wide
    capital, which no word of a text does (see ``search``).
    """
    return f"{_WIDE[side]}{what}{hashlib.blake2b(name.encode(), digest_size=8).hexdigest()}"


def _enter(db: Database, batch: EntityBatch, part: slice, first: int, into: str = "") -> int:
    """Enter a part of a batch, numbered from ``first`` on, and give how many entities it has.

    ``into``: what the names of the tables begin with.
    """
    ids = batch.ids[part]
    numbers = range(first, first + len(ids))
    names = [name[:_MOST_NAME] for name in batch.names[part]]
    parts = indexed_parts(names, list(map(last_part, ids)))
    marks = map(_marks, repeat(batch.side), names, batch.types[part], batch.relations[part])
    words = [f"{of_text} {of_graph}" for of_text, of_graph in zip(parts, marks, strict=True)]
    db.conn.executemany(
        f"INSERT INTO {into}entities (id, side, entity, name, type) VALUES (?, ?, ?, ?, ?)",
        zip(numbers, repeat(batch.side), ids, names, batch.types[part], strict=False),
    )
    db.conn.executemany(
        f"INSERT INTO {into}entity_words (rowid, words) VALUES (?, ?)",
        zip(numbers, words, strict=True),
    )
    return len(ids)


def _is_hit(text: str, name: str, entity: str) -> bool:
    return entity == text or is_found(text, name, last_part(entity))


def whole_names(side: str, name: str) -> list[str]:
    """Give the tokens of a whole name: of its spelling, and of the second one if there is one."""
    spelling = normalise_one(name)
    spellings = dict.fromkeys((spelling, transliterate_one(spelling)))
    return [mark(side, "n", each) for each in spellings if each]


def _marks(side: str, name: str, kind: str, relations: Sequence[str]) -> str:
    in_graph = [mark(side, "t", kind), *(mark(side, "r", each) for each in relations)]
    return " ".join([mark(side, "s"), *in_graph, *whole_names(side, name)])


def _replace_known(db: Database, links: Iterable[tuple[str, str, str, str]]) -> None:
    replace_known_matches(db, links)
    db.execute(f"""
        UPDATE scores SET conflict = 1
        WHERE conflict = 0 AND (
            SELECT {CONFLICT} FROM candidates c WHERE c.id = scores.candidate)""")

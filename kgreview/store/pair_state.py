"""What is computed from the decisions and kept beside them, so that the queue need not look back.

A pair is closed when a standing decision on it says match, no match or unsure, or when one says
that its left entity has no counterpart; one that a known link settles is never open.
``scores.open`` says so for every version that has scores, not only the current one, and changes in
the transaction that writes the decision. So a promotion has nothing to catch up with. So does
``scores.conflict``, which says that an entity of the pair is matched to another already and, by its
type, has one counterpart.
"""

from __future__ import annotations

from sqlite_utils import Database

from kgreview.store.conditions import CLOSED, CONFLICT
from kgreview.store.entity_states import refresh_entities

_CONFLICTS_CHANGED = f"""
    UPDATE scores SET conflict = 1 - conflict
    WHERE version IN (SELECT id FROM versions)
      AND candidate IN (
          SELECT id FROM candidates WHERE left = :left
          UNION SELECT id FROM candidates WHERE right = :right)
      AND conflict <> (SELECT {CONFLICT} FROM candidates c WHERE c.id = scores.candidate)"""

# all pairs of the left entity, for a decision that it has no counterpart closes them all
_FLIP_WHAT_CHANGED = f"""
    UPDATE scores SET open = 1 - open
    WHERE version IN (SELECT id FROM versions)
      AND candidate IN (SELECT id FROM candidates WHERE left = :left)
      AND open = (SELECT {CLOSED} FROM candidates c WHERE c.id = scores.candidate)"""

_FORGET_SKIP = """
    DELETE FROM skips
    WHERE curator = :curator
      AND candidate = (SELECT id FROM candidates WHERE left = :left AND right = :right)"""

_SKIPS = """
    INSERT INTO skips (curator, candidate)
    SELECT d.curator, c.id
    FROM standing_decisions d JOIN candidates c ON c.left = d.left AND c.right = d.right
    WHERE d.outcome = 'skip'"""

_RECALL_SKIP = f"{_SKIPS} AND d.left = :left AND d.right = :right AND d.curator = :curator"

_COUNT = """
    INSERT INTO tallies (curator, outcome, standing) VALUES (:curator, :outcome, :change)
    ON CONFLICT (curator, outcome) DO UPDATE SET standing = standing + :change"""


def refresh_pair(db: Database, left: str, right: str, curator: str) -> None:
    """Follow a decision just written on this pair, inside its transaction."""
    pair = {"left": left, "right": right, "curator": curator}
    db.execute(_FLIP_WHAT_CHANGED, {"left": left})
    db.execute(_CONFLICTS_CHANGED, {"left": left, "right": right})
    db.execute(_FORGET_SKIP, pair)
    db.execute(_RECALL_SKIP, pair)
    refresh_entities(db, left, right)


def refresh_skips(db: Database) -> None:
    """Point the skips to the candidates as they are now, inside a transaction."""
    db.execute("DELETE FROM skips")
    db.execute(_SKIPS)


def tally(db: Database, curator: str, outcome: str, change: int) -> None:
    """Count one decision more or less among the standing ones, inside its transaction."""
    db.execute(_COUNT, {"curator": curator, "outcome": outcome, "change": change})

"""Which pairs a second curator decides, too: a share of what stands, drawn when it is asked for.

So a share that is set late, or changed, holds for what was decided before, and whatever became of
a decision meanwhile counts.
"""

from __future__ import annotations

import hashlib

from sqlite_utils import Database

from kgreview.store.annotator_agreement import ADJUDICATED
from kgreview.store.database import get_meta, set_meta, value, writing
from kgreview.store.decisions import BULK, IMPORTED, REVISED

_KEY = "second looks"  # in meta: by which share and seed they are drawn, and up to which event

_CHANGED = "SELECT DISTINCT left, right FROM decisions WHERE id > :newest AND right <> ''"

_FORGET = f"DELETE FROM second_looks WHERE (left, right) IN ({_CHANGED})"

# One curator has judged the pair, and was asked it alone. Of the audit sample none: a pair there
# counts once.
_WANT = f"""
    INSERT INTO second_looks (curator, left, right)
    SELECT d.curator, d.left, d.right
    FROM ({_CHANGED}) p
    CROSS JOIN standing_decisions d ON d.left = p.left AND d.right = p.right
    CROSS JOIN candidates c ON c.left = p.left AND c.right = p.right
    WHERE is_drawn(p.left, p.right) AND c.audit IS NULL
      AND +d.outcome IN ('match', 'no_match', 'unsure')
    GROUP BY d.left, d.right
    HAVING count(DISTINCT d.curator) = 1
       AND NOT max(d.strategy IN ('{BULK}', '{IMPORTED}', '{REVISED}', '{ADJUDICATED}'))"""


def draw_second_looks(db: Database, share: float, seed: int = 0) -> None:
    """Bring what a second curator is asked in step with what stands.

    Which pairs, a hash of ``seed`` and the two ids decides, so that nobody can tell when deciding
    first. Looks at what was decided since it was called last; at all, where share or seed changed.
    """
    newest = int(value(db, "SELECT coalesce(max(id), 0) FROM decisions"))
    now = {"share": share, "seed": seed, "newest": newest}
    before = get_meta(db, _KEY)
    if before == now or not (share or (before is not None and before["share"])):
        return

    register_is_drawn(db, share, seed)
    with writing(db, durable=False):
        if before is None or (before["share"], before["seed"]) != (share, seed):
            db.execute("DELETE FROM second_looks")
            since = 0
        else:
            since = before["newest"]
            db.execute(_FORGET, {"newest": since})
        if share:
            db.execute(_WANT, {"newest": since})
        set_meta(db, _KEY, now)


def register_is_drawn(db: Database, share: float, seed: int = 0) -> None:
    """Let SQL call ``is_drawn(left, right)``: whether a pair of ids is one of a share of all."""

    def is_drawn(left: str, right: str) -> bool:
        return _is_drawn(left, right, share, seed)

    db.conn.create_function("is_drawn", 2, is_drawn, deterministic=True)


def _is_drawn(left: str, right: str, share: float, seed: int) -> bool:
    key = f"twice\0{seed}\0{left}\0{right}".encode(errors="surrogatepass")
    drawn = int.from_bytes(hashlib.blake2b(key, digest_size=8).digest(), "big")
    return drawn < share * 2**64

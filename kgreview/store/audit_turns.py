"""When a question comes from the audit sample: one in so many of all that are asked, of whomever.

Of each curator's own questions it would be none, where many answer a few each.
"""

from __future__ import annotations

from typing import Any

from sqlite_utils import Database

from kgreview.active.strategies import AUDIT
from kgreview.store.annotator_agreement import ADJUDICATED
from kgreview.store.conditions import undoes
from kgreview.store.decisions import BULK, IMPORTED, REVISED

AUDIT_EVERY = 10  # one question in so many comes from the audit sample, if not said otherwise
_NEWEST = 1_000  # events among which the last answers are looked for

# the last answers to questions; what was taken back is asked again
_ANSWERED = f"""
    SELECT d.strategy FROM decisions d
    WHERE d.id > (SELECT max(id) FROM decisions) - {_NEWEST} AND d.undoes IS NULL
      AND d.strategy NOT IN ('{BULK}', '{IMPORTED}', '{REVISED}', '{ADJUDICATED}')
      AND NOT EXISTS (SELECT 1 FROM decisions u WHERE {undoes("d")})
    ORDER BY d.id DESC LIMIT :last"""

_ON_SCREENS = """
    SELECT strategy FROM questions INDEXED BY questions_by_time
    WHERE asked_at > :recent AND asked_at <= :ahead AND chosen = 0 AND curator <> :curator"""


def audit_is_due(db: Database, me: dict[str, Any], every: int) -> bool:
    """Tell whether the next question of a curator is to come from the audit sample.

    It is where fewer than one in ``every`` have come from there of the questions on others'
    screens, of the last answers before them, and of this one. ``me``: the ``curator``, and the
    times after and up to which a question counts as on a screen, ``recent`` and ``ahead``.
    """
    asked = [strategy for (strategy,) in db.execute(_ON_SCREENS, me)]
    # so many that all together are a multiple of ``every``: a part of it is not rounded away
    last = every - 1 + -len(asked) % every
    asked += [strategy for (strategy,) in db.execute(_ANSWERED, {"last": last})]
    return (len(asked) + 1) // every > asked.count(AUDIT)

"""Conditions on rows of candidates and decisions, in SQL, that several modules tell states by."""

from __future__ import annotations

from kgreview.store.outcomes import CLOSING

_CLOSING = ", ".join(f"'{outcome.value}'" for outcome in CLOSING)

# of a row `c` of candidates
CLOSED = f"""(c.linked OR EXISTS (
    SELECT 1 FROM standing_decisions d
    WHERE d.left = c.left
      AND (d.outcome = 'no_counterpart'
           OR (d.right = c.right AND d.outcome IN ({_CLOSING})))))"""

# of a row `d` of decisions: both graphs still have its entity
PRESENT = """NOT EXISTS (
    SELECT 1 FROM gone_entities g
    WHERE (g.side = 'left' AND g.entity = d.left) OR (g.side = 'right' AND g.entity = d.right))"""


def undoes(event: str) -> str:
    """Say of a row `u` of decisions that it takes an event back, and was not taken back itself."""
    return f"""u.undoes = {event}.id
        AND NOT EXISTS (SELECT 1 FROM decisions b WHERE b.undoes = u.id)"""


def _matched_again(side: str, other: str) -> str:
    """Say of a row `c` of candidates whether to accept it would match an entity a second time.

    The plus keeps SQLite from looking up all matches: the few of an entity are found by it.
    """
    return f"""(
        NOT EXISTS (SELECT 1 FROM several_counterparts v
                    WHERE v.left_type = c.left_type AND v.right_type = c.right_type
                      AND v.side = '{side}')
        AND (EXISTS (SELECT 1 FROM known_matches k
                     WHERE k.{side} = c.{side} AND k.{other} <> c.{other})
             OR EXISTS (SELECT 1 FROM standing_decisions d
                        WHERE d.{side} = c.{side} AND d.{other} <> c.{other}
                          AND +d.outcome = 'match' AND {PRESENT})))"""


# of a row `c` of candidates: to accept it would match one of its entities a second time, where
# entities of its type have one counterpart
CONFLICT = f"({_matched_again('left', 'right')} OR {_matched_again('right', 'left')})"

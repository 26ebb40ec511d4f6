"""What a curator can say about a pair."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """The answer of one curator to one question."""

    MATCH = "match"  # both are the same thing
    NO_MATCH = "no_match"  # they are not
    UNSURE = "unsure"  # looked at, and cannot be told; leaves the queue, trains nothing
    SKIP = "skip"  # not now, not me; the pair stays in the queue of the others
    NO_COUNTERPART = "no_counterpart"  # nothing on the right side is the left entity of this pair

    @property
    def label(self) -> int | None:
        """What the network learns from it: 1, 0, or ``None`` for nothing."""
        return {Outcome.MATCH: 1, Outcome.NO_MATCH: 0}.get(self)

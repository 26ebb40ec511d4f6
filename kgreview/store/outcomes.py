"""What a curator can say about a pair."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """The answer of one curator to one question."""

    MATCH = "match"  # both are the same thing
    NO_MATCH = "no_match"  # they are not
    UNSURE = "unsure"  # looked at, and cannot be told; leaves the queue, trains nothing
    # they are not the same, and belong together: what the right entity is to the left one
    CLOSE = "close"  # nearly the same
    BROADER = "broader"
    NARROWER = "narrower"
    RELATED = "related"
    SKIP = "skip"  # not now, not me; the pair stays in the queue of the others
    NO_COUNTERPART = "no_counterpart"  # nothing on the right side is the left entity of this pair

    @property
    def label(self) -> int | None:
        """What the network learns from it: 1, 0, or ``None`` for nothing."""
        return {Outcome.MATCH: 1, Outcome.NO_MATCH: 0}.get(self)

    @property
    def turned(self) -> Outcome:
        """The same, said of the left entity and the right one the other way round."""
        return {Outcome.BROADER: Outcome.NARROWER, Outcome.NARROWER: Outcome.BROADER}.get(
            self, self
        )


# Qualified matches, as SSSOM has them beside the exact one. Like `unsure` they close a pair and
# train nothing: they are no match, and what is nearly one must not be learnt as none.
QUALIFIED = (Outcome.CLOSE, Outcome.BROADER, Outcome.NARROWER, Outcome.RELATED)
# what says something of a pair, so that it leaves the queue
CLOSING = (Outcome.MATCH, Outcome.NO_MATCH, Outcome.UNSURE, *QUALIFIED)

"""What spoke for and against a pair, in words and figures: what adds up, what happens without."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from kgreview.aligner.explanation import Change, PairExplanation, Part, Waterfall, agreement
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.ui.entity_summary import Neighbour, Side
from kgreview.ui.scales import signed

TRUSTED = 0.3  # rank correlation below which contributions are not to be trusted
_HARDLY = 0.005, 0.1  # of probability, and of log odds: what counts as no change
_STRONGEST = 10  # links between the halves
_FAINT = 0.1  # A_pq below which two neighbours are hardly the same
_LIKELY = 0.5  # from which on they are rather the same than not
_CLEARLY = 0.1  # by which a link is ahead of all others of either neighbour
_SAYS = 0.02  # log odds below which a neighbour says next to nothing


@dataclass(frozen=True)
class Share:
    """What a sampled neighbour adds to the log odds of its pair, whether it is shown or not."""

    side: int  # 0 left, 1 right
    slot: int  # its place in the sample of the side
    relation: str
    inverse: bool  # the neighbour is the head of the relation
    contribution: float


@dataclass(frozen=True)
class Evidence:
    """An explanation as the screens need it: of names and not of codes, and hashable."""

    affinity: tuple[tuple[float, ...], ...] = ()  # A_pq by the slots of either side
    relations: tuple[tuple[int, str, bool, Change], ...] = ()  # side, name, inverse, without it
    attributes: tuple[tuple[tuple[str | None, str | None], Change], ...] = ()
    neighbourhood: Change | None = None  # without any neighbour
    compared: tuple[tuple[str, str], ...] = ()  # what features compare: fields of either side
    in_odds: bool = False  # changes are read as log odds, since no probability moves visibly
    waterfall: Waterfall | None = None  # where the log odds come from
    shares: tuple[Share, ...] = ()  # those of all neighbours, which the waterfall leaves out
    agreement: float | None = None  # of shares with changes, by rank; None with too few to rank

    @classmethod
    def of(
        cls, explanation: PairExplanation, left: KnowledgeGraph, right: KnowledgeGraph
    ) -> Evidence:
        """Put the names of the graphs in the place of their codes."""
        graphs = (left, right)
        changes = explanation.changes.items()
        sides = (explanation.attention.left, explanation.attention.right)
        agreements = agreement(sides)
        return cls(
            affinity=explanation.affinity,
            relations=tuple(
                (part.side, *graphs[part.side].relation(part.relation), change)
                for part, change in changes
                if part.kind == "relation"
            ),
            attributes=tuple(
                (part.attributes, change) for part, change in changes if part.kind == "attribute"
            ),
            neighbourhood=explanation.changes.get(Part("neighbourhood")),
            compared=explanation.compared,
            in_odds=all(
                abs(change.probability) < _HARDLY[0]
                for part, change in changes
                if part.kind in ("neighbour", "attribute")
            ),
            waterfall=explanation.waterfall,
            shares=tuple(
                Share(number, n.slot, *graphs[number].relation(n.relation), n.contribution)
                for number, side in enumerate(sides)
                for n in side
            ),
            agreement=None if math.isnan(agreements) else agreements,
        )

    @cached_property
    def _by_row(self) -> dict[tuple[str | None, str | None], Change]:
        return dict(self.attributes)

    @cached_property
    def _partners(self) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
        partners: tuple[dict[str, list[str]], dict[str, list[str]]] = {}, {}
        for left, right in self.compared:
            partners[0].setdefault(left, []).append(right)
            partners[1].setdefault(right, []).append(left)
        return partners

    def row(self, left: str | None, right: str | None) -> Change | None:
        """Give what leaving out the attributes of a row does; ``None`` where it is not known."""
        return self._by_row.get((left, right))

    def partners(self, side: int, attribute: str) -> list[str]:
        """Give the fields of the other side that an attribute of ``side`` is compared with."""
        return self._partners[side].get(attribute, [])

    def figure(self, change: Change | None) -> str:
        """Write a change as it tells most here: in points of probability, or as log odds."""
        if change is None:
            return ""
        return signed(change.log_odds) if self.in_odds else points(change)

    def relation(self, side: int, name: str, inverse: bool) -> Change | None:
        """Give what leaving out a relation of a side does; ``None`` where it is not known."""
        wanted = (side, name, inverse)
        return next((change for *key, change in self.relations if tuple(key) == wanted), None)

    def between(self, left: Neighbour, right: Neighbour) -> float:
        """Give A_pq of two neighbours, nan where either was not sampled."""
        if left.slot < 0 or right.slot < 0 or not self.affinity:
            return math.nan
        return self.affinity[left.slot][right.slot]

    def strongest(
        self, left: Sequence[Neighbour], right: Sequence[Neighbour]
    ) -> list[tuple[int, int, float]]:
        """Give the links between the halves, as places and A_pq, the strongest first.

        Those of two neighbours that are rather the same than not, each other's best counterpart by
        far, and that say something of the pair; as many as can be told apart when drawn. Who stands
        there over several relations is linked once.
        """
        best: dict[tuple[str, str], tuple[float, int, int]] = {}  # by the ids of both
        for i, p in enumerate(left):
            for j, q in enumerate(right):
                a = self.between(p, q)
                if a >= _FAINT and a > best.get((p.id, q.id), (0.0,))[0]:
                    best[p.id, q.id] = (a, i, j)
        leading: dict[tuple[int, str], list[float]] = {}  # by side and id, the best first
        for ids, (a, _, _) in sorted(best.items(), key=lambda item: -item[1][0]):
            for end in enumerate(ids):
                leading.setdefault(end, []).append(a)
        found = [
            (i, j, a)
            for ids, (a, i, j) in best.items()
            if a >= _LIKELY
            and all(_is_clear(a, leading[end]) for end in enumerate(ids))
            and max(abs(left[i].contribution), abs(right[j].contribution)) >= _SAYS
        ]
        return sorted(found, key=lambda link: (-link[2], link))[:_STRONGEST]


def _is_clear(a: float, leading: list[float]) -> bool:
    """Tell whether an A_pq is the best of a neighbour's, the best first, and by far."""
    return a == leading[0] and (len(leading) == 1 or a >= leading[1] + _CLEARLY)


def caution(sides: Sequence[Side], evidence: Evidence | None) -> str | None:
    """Say when what is shown of neighbours is not the reason; ``None`` where it may be read so.

    It is not when the neighbours decide nothing, and when those that are said to add most are not
    those whose absence changes most.
    """
    if evidence is None or evidence.neighbourhood is None:
        return None
    whole = evidence.neighbourhood
    changes = [n.change for side in sides for n in side.neighbours if n.change] + [whole]
    if all(_hardly(change) for change in changes):
        return "Not the reason here: without any of these neighbours the score stays as it is"
    if evidence.agreement is not None and evidence.agreement < TRUSTED:
        return (
            "Not the reason here: contributions and leave-one-out effects disagree "
            f"(rank correlation {signed(evidence.agreement)})"
        )
    return None


def _hardly(change: Change) -> bool:
    return abs(change.probability) < _HARDLY[0] and abs(change.log_odds) < _HARDLY[1]


def points(change: Change | None) -> str:
    """Write a change of the probability in points, as in −7%; nothing where it is unknown."""
    if change is None:
        return ""
    share = 100 * change.probability
    if abs(share) < 0.05:
        return "±0%"
    return f"{'−' if share < 0 else '+'}{abs(share):.{0 if abs(share) >= 9.95 else 1}f}%"


def in_full(change: Change) -> str:
    """Say in words what leaving something out does."""
    return f"without it: {points(change)} probability, {signed(change.log_odds)} log odds"

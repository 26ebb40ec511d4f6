"""The alignment of two graphs: what people decided, what is known, and what scores say of the rest.

A decision always wins over a known link, and both over scores. Where an entity has one counterpart
at most, the pairs that scores give are an optimal assignment: the one that is likeliest as a whole,
with the log odds of a score above those of the threshold as what a pair gains. An entity that may
have several is as many as it has candidates: each pair from the threshold on belongs to it, but for
those that its candidates, where these have one counterpart, give to another entity. What is at odds
is kept, counted and reported.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.special import logit

from kgreview.arrays import Bools, Floats, Rows
from kgreview.exchange.assignment import best_assignment
from kgreview.graph.cardinality import Cardinality
from kgreview.graph.counterparts import Counterparts
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.links import Links, pair_keys
from kgreview.graph.schema import TypePair
from kgreview.store.decisions import Decision
from kgreview.store.outcomes import QUALIFIED, Outcome

Sides = tuple[Bools, Bools]  # of the left and of the right entities of pairs

STATES = ("match", "no_match", "unsure", "disputed", *(each.value for each in QUALIFIED))
MATCH, NO_MATCH, UNSURE, DISPUTED = range(4)
_FIRST_QUALIFIED = 4  # from here on pairs are no matches, and belong together all the same
BASES = ("decision", "link", "score")
DECISION, LINK, SCORE = range(3)

_SURE = 1e-6  # scores are kept this far from 0 and 1 where their odds are compared


class What(StrEnum):
    """Which part of an alignment is handed on."""

    ACCEPTED = "accepted"  # matches, also qualified ones, by people and by known links
    PREDICTED = "accepted+predicted"  # and those that scores give
    ALL = "all"  # and what was rejected, left open, or has no counterpart


@dataclass(frozen=True, eq=False)
class ScoredPairs:
    """The candidates with their scores."""

    left: Rows  # (pairs,) rows of the left graph
    right: Rows  # (pairs,)
    score: Floats  # (pairs,)

    @classmethod
    def none(cls) -> ScoredPairs:
        """No pair at all: nothing is scored yet."""
        empty = np.empty(0, dtype=np.int64)
        return cls(empty, empty, empty.astype(np.float64))


@dataclass(frozen=True, eq=False)
class Alignment:
    """Pairs with what is known of them, in the order of (left, right); each pair stands once."""

    left: Rows  # (pairs,)
    right: Rows  # (pairs,)
    state: npt.NDArray[np.int8]  # (pairs,) one of STATES
    basis: npt.NDArray[np.int8]  # (pairs,) one of BASES
    score: Floats  # (pairs,) nan where the pair is no candidate
    decisions: Mapping[tuple[int, int], tuple[Decision, ...]]  # that stand, by rows of the pair
    no_counterpart: tuple[Decision, ...]  # that stand on left entities that the graph has
    orphaned: int  # decisions on entities that a graph lacks
    overruled: int  # known links that decisions contradict; these count
    gave_way: int  # pairs from the threshold on that lost an entity to another pair

    def __len__(self) -> int:
        return len(self.left)

    @property
    def matches(self) -> Bools:
        """Which pairs are taken for matches, (pairs,)."""
        return np.asarray(self.state == MATCH)

    @property
    def qualified(self) -> Bools:
        """Which pairs people called close, broader, narrower or related, (pairs,)."""
        return np.asarray(self.state >= _FIRST_QUALIFIED)

    def part(self, what: What) -> Alignment:
        """Keep what is handed on."""
        if what is What.ALL:
            return self
        kept = self.matches & ((self.basis < SCORE) | (what is What.PREDICTED))
        kept |= self.qualified
        return replace(self._take(kept), no_counterpart=())

    def _take(self, kept: Bools) -> Alignment:
        columns = ("left", "right", "state", "basis", "score")
        return replace(self, **{name: getattr(self, name)[kept] for name in columns})

    def counts(self) -> dict[str, int]:
        """Count the pairs by what is known of them, by words for a person."""
        match = self.matches
        return {
            "accepted": int((match & (self.basis == DECISION)).sum()),
            "known links": int((match & (self.basis == LINK)).sum()),
            "predicted": int((match & (self.basis == SCORE)).sum()),
            "qualified": int(self.qualified.sum()),
            "rejected": int((self.state == NO_MATCH).sum()),
            "cannot be told": int((self.state == UNSURE).sum()),
            "disputed": int((self.state == DISPUTED).sum()),
            "without a counterpart": len({decision.left for decision in self.no_counterpart}),
        }


@dataclass(frozen=True, eq=False)
class Settled:
    """What decisions and links settle, and the candidates that they leave to scores.

    Read once, it gives the alignment from any threshold on.
    """

    decided: _DecidedPairs
    links: Links  # that no decision contradicts or repeats
    overruled: int
    scored: ScoredPairs
    open: Rows  # (open pairs,) positions of candidates that scores may make matches, ascending
    several: Sides  # (open pairs,) whether their left, their right entity may have several
    taken: Bools  # (open pairs,) whether one of their entities is matched and may have one only
    matches_several: Sides  # (matches,) the same of the settled matches

    @classmethod
    def of(
        cls,
        left: KnowledgeGraph,
        right: KnowledgeGraph,
        decisions: Sequence[Decision],
        known_links: Links,
        scored: ScoredPairs,
        cardinality: Mapping[TypePair, Cardinality],
    ) -> Settled:
        """Sort pairs into settled and open ones.

        Types that ``cardinality`` does not name are one-to-one.
        """
        decided = _DecidedPairs.of(decisions, left, right).without_linked(known_links)
        contradicted = known_links.label != _states_of(decided, known_links)
        contradicted &= np.isin(known_links.keys, decided.keys)
        contradicted |= np.isin(known_links.left, decided.alone) & (known_links.label == 1)
        links = known_links.take(~contradicted & ~np.isin(known_links.keys, decided.keys))
        counterparts = Counterparts.of(left, right, cardinality)
        known_links = counterparts.opened(known_links)
        closed = np.isin(pair_keys(scored.left, scored.right), decided.keys)
        closed |= np.isin(scored.left, decided.alone) | known_links.settle(
            scored.left, scored.right
        )
        where = np.flatnonzero(~closed)
        ends = scored.left[where], scored.right[where]
        matches = _matches(decided, links)
        several = counterparts.of_left(*ends), counterparts.of_right(*ends)
        of_matches = counterparts.of_left(*matches), counterparts.of_right(*matches)
        taken = np.zeros(len(where), dtype=np.bool_)
        for side, may, matched, other in zip(ends, several, matches, of_matches, strict=True):
            taken |= ~may & np.isin(side, matched[~other])
        overruled = int(contradicted.sum())
        return cls(decided, links, overruled, scored, where, several, taken, of_matches)

    @cached_property
    def matches(self) -> tuple[Rows, Rows]:
        """Left and right rows of the pairs that are settled to be matches, (matches,) each."""
        return _matches(self.decided, self.links)

    def at(self, threshold: float) -> Alignment:
        """Give the alignment from a threshold on."""
        decided, links, scored = self.decided, self.links, self.scored
        chosen, gave_way = self._predicted(threshold)
        made = Alignment(
            np.concatenate([decided.left, links.left, scored.left[chosen]]),
            np.concatenate([decided.right, links.right, scored.right[chosen]]),
            np.concatenate(
                [
                    decided.state,
                    np.where(links.label == 1, MATCH, NO_MATCH),
                    np.full(len(chosen), MATCH),
                ]
            ).astype(np.int8),
            np.repeat([DECISION, LINK, SCORE], [len(decided.left), len(links), len(chosen)]).astype(
                np.int8
            ),
            np.empty(0),
            decided.decisions,
            decided.no_counterpart,
            decided.orphaned,
            self.overruled,
            gave_way,
        )
        return self._in_order(made)

    def _predicted(self, threshold: float) -> tuple[Rows, int]:
        """Give the positions of the pairs that scores make matches, and how many gave way."""
        scored, called = self.scored, self.scored.score[self.open] >= threshold
        free = np.flatnonzero(called & ~self.taken)
        asked = self.open[free]
        odds = [logit(np.clip(each, _SURE, 1 - _SURE)) for each in (scored.score[asked], threshold)]
        gain = odds[0] - odds[1] + _SURE  # a pair at the threshold is one, too
        left, right = (
            _each_its_own(side[asked], may[free])
            for side, may in zip((scored.left, scored.right), self.several, strict=True)
        )
        assigned = asked[best_assignment(left, right, np.maximum(gain, _SURE))]
        return assigned, int(called.sum()) - len(assigned)

    @cached_property
    def _by_key(self) -> tuple[npt.NDArray[np.uint64], Rows]:
        """The candidates' keys in ascending order, and the position of each."""
        keys = pair_keys(self.scored.left, self.scored.right)
        order = np.argsort(keys, kind="stable")
        return keys[order], order

    def _in_order(self, made: Alignment) -> Alignment:
        """Sort the pairs and give each its score."""
        keys = pair_keys(made.left, made.right)
        order = np.argsort(keys, kind="stable")
        candidates, by_key = self._by_key
        place = np.searchsorted(candidates, keys[order])
        score = np.full(len(order), np.nan)
        inside = np.flatnonzero(place < len(candidates))
        same = inside[candidates[place[inside]] == keys[order][inside]]
        score[same] = self.scored.score[by_key[place[same]]]
        columns = ("left", "right", "state", "basis")
        return replace(made, score=score, **{name: getattr(made, name)[order] for name in columns})


def _each_its_own(entities: Rows, several: Bools) -> Rows:
    """Number the entities of pairs anew: one that may have several is another in each pair."""
    apart = int(entities.max(initial=-1)) + 1 + np.arange(len(entities))
    return np.where(several, apart, entities)


def _matches(settled: _DecidedPairs, links: Links) -> tuple[Rows, Rows]:
    decided, linked = settled.matches, links.matches
    return (
        np.concatenate([decided[0], linked.left]),
        np.concatenate([decided[1], linked.right]),
    )


# ---------------------------------------------------------------- decisions


@dataclass(frozen=True, eq=False)
class _DecidedPairs:
    """What standing decisions say, by pair."""

    left: Rows  # (pairs,)
    right: Rows  # (pairs,)
    state: npt.NDArray[np.int8]  # (pairs,)
    alone: Rows  # left entities that have no counterpart
    decisions: dict[tuple[int, int], tuple[Decision, ...]]
    no_counterpart: tuple[Decision, ...]
    orphaned: int

    @property
    def keys(self) -> npt.NDArray[np.uint64]:
        return pair_keys(self.left, self.right)

    @property
    def matches(self) -> tuple[Rows, Rows]:
        match = self.state == MATCH
        return self.left[match], self.right[match]

    def without_linked(self, links: Links) -> _DecidedPairs:
        """Pass over pairs that nobody could tell and a known link tells."""
        kept = (self.state != UNSURE) | ~np.isin(self.keys, links.keys)
        return replace(self, left=self.left[kept], right=self.right[kept], state=self.state[kept])

    @classmethod
    def of(
        cls, decisions: Sequence[Decision], left: KnowledgeGraph, right: KnowledgeGraph
    ) -> _DecidedPairs:
        answered = [d for d in decisions if d.outcome is not Outcome.SKIP]
        lefts = left.rows([d.left for d in answered]).tolist()
        rights = right.rows([d.right for d in answered]).tolist()
        by_pair: dict[tuple[int, int], list[Decision]] = {}
        alone: dict[int, list[Decision]] = {}
        orphaned = 0
        for row, other, decision in zip(lefts, rights, answered, strict=True):
            if decision.outcome is Outcome.NO_COUNTERPART and row >= 0:
                alone.setdefault(row, []).append(decision)
            elif row < 0 or other < 0:
                orphaned += 1
            else:
                by_pair.setdefault((row, other), []).append(decision)
        pairs = sorted(by_pair)
        state = [_state(by_pair[pair], alone=pair[0] in alone) for pair in pairs]
        both = np.array(pairs, dtype=np.int64).reshape(-1, 2)
        disputed = {pair[0] for pair, each in zip(pairs, state, strict=True) if each == DISPUTED}
        return cls(
            both[:, 0],
            both[:, 1],
            np.array(state, dtype=np.int8),
            np.array(sorted(alone), dtype=np.int64),
            {pair: tuple(by_pair[pair]) for pair in pairs},
            tuple(d for row in sorted(alone) if row not in disputed for d in alone[row]),
            orphaned,
        )


def _state(decisions: Sequence[Decision], *, alone: bool) -> int:
    """Say what several decisions on one pair come to; ``alone``: one says it has nobody."""
    outcomes = {decision.outcome for decision in decisions}
    if Outcome.MATCH in outcomes:
        return DISPUTED if alone or Outcome.NO_MATCH in outcomes else MATCH
    qualified = [decision.outcome for decision in decisions if decision.outcome in QUALIFIED]
    if qualified:  # who says only that they are not the same does not contradict it
        return STATES.index(qualified[-1].value)
    return NO_MATCH if Outcome.NO_MATCH in outcomes else UNSURE


def _states_of(decided: _DecidedPairs, links: Links) -> npt.NDArray[np.int8]:
    """Give 1 for the links whose pair is decided to be a match, else 0, (links,)."""
    return np.isin(links.keys, pair_keys(*decided.matches)).astype(np.int8)

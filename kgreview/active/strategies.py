"""Which pairs teach most: query strategies as functions, and the query plan they make.

Nothing here reads a file or a database. Each strategy looks at all candidates at once and says how
much it wants each asked; ``query_plan`` mixes them into one order. That is done once for a version,
when its scores are written, so that opening a pair stays one indexed query.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.spatial.distance import cdist

from kgreview.arrays import Bools, Floats, Rows
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.text.columns import distinct_numbers

AUDIT = "audit"  # the audit sample, which no query plan holds: it measures and never trains
RANDOM = "random"  # random order that trains: what strategies are measured against
COLD_START = "cold-start"
LOW_SCORE = "low-score"


_PROFILE = 32  # width of an entity's profile
_COVERED = 1_000  # pairs drawn to stand for all
_COVERING = 200  # of them asked at most, before a new version looks anew
_FAR = 0.8  # of the way from the threshold to certainty: from there on a check is a spot check
_PLAUSIBLE = 0.5  # of the threshold: a best candidate below it is a match of nobody


class Offer(NamedTuple):
    """What a strategy makes of all candidates."""

    urgency: Floats  # (pairs,) the higher the sooner; -inf where it does not want the pair
    figure: Floats  # (pairs,) what its sentence tells, nan where it tells none


@dataclass(frozen=True, eq=False)
class Pool:
    """All candidates as a version sees them, and what is known of them."""

    left: Rows  # (pairs,)
    right: Rows  # (pairs,)
    score: Floats  # (pairs,)
    threshold: float
    open: Bools  # (pairs,) may be asked: neither settled nor of the audit sample
    label: npt.NDArray[np.int8]  # (pairs,) 1 match, 0 no match, -1 not decided
    spread: Floats | None = None  # (pairs,) how far the network's members differ
    sides: tuple[Side, Side] | None = None  # what coverage and density look at
    alike: Floats | None = None  # (pairs,) see ``match_likeness``; nan where nobody compared
    # (pairs,) each: the left, the right entity may have several counterparts; none: no entity may
    several: tuple[Bools, Bools] | None = None

    @property
    def standing(self) -> Floats:
        """The scores (pairs,) with decisions in their place: 1 for matches, -inf for the others."""
        decided = np.where(self.label == 1, 1.0, -np.inf)
        return np.where(self.label < 0, self.score, decided)


@dataclass(frozen=True, eq=False)
class Side:
    """One graph, as far as strategies look at it."""

    profiles: Floats  # (entities, D), see ``profiles``
    near: Rows  # (edges,) rows of an entity and of a neighbour, in both directions; those that
    far: Rows  # (edges,) several relations join come once

    @classmethod
    def of(cls, graph: KnowledgeGraph, seed: int = 0) -> Side:
        """Describe a graph."""
        far = np.asarray(graph.edge_neighbours, dtype=np.int64)
        ends = distinct_numbers(graph.edge_entities * graph.num_entities + far)
        return cls(profiles(graph, seed), *np.divmod(ends, max(graph.num_entities, 1)))


# ---------------------------------------------------------------- strategies


def uncertainty(pool: Pool, _rng: np.random.Generator) -> Offer:
    """Ask what the model is least sure of: the pairs nearest to the threshold."""
    return Offer(-np.abs(pool.score - pool.threshold), np.full(len(pool.score), np.nan))


def margin(pool: Pool, _rng: np.random.Generator) -> Offer:
    """Ask the best candidate of an entity where the second is nearly as good."""
    competitor = _best_competitor(pool)
    lead = pool.score - competitor
    wanted = (lead >= 0) & np.isfinite(competitor) & (pool.score >= _PLAUSIBLE * pool.threshold)
    return Offer(np.where(wanted, -lead, -np.inf), competitor)


def committee(pool: Pool, _rng: np.random.Generator) -> Offer:
    """Ask where the members of the network disagree; nothing where there are none."""
    if pool.spread is None:
        return _nothing(pool)
    return Offer(np.where(pool.spread > 0, pool.spread, -np.inf), pool.spread)


def low_score_probe(pool: Pool, _rng: np.random.Generator) -> Offer:
    """Ask what looks like known matches in all that both have, and yet is taken for none.

    Where a network has hardly seen a match that lacks a name, it scores all that lack one so low
    that no strategy which goes by its scores would ever find the next.
    """
    if pool.alike is None:
        return _nothing(pool)
    alike = np.where(np.isnan(pool.alike) | ~pool.open, -np.inf, pool.alike)
    wanted = (pool.score < _PLAUSIBLE * pool.threshold) & _is_best(alike, pool.left)
    return Offer(np.where(wanted, alike, -np.inf), np.full(len(pool.score), np.nan))


def coverage(pool: Pool, rng: np.random.Generator) -> Offer:
    """Ask best candidates that stand for many others unlike those decided.

    Alike are entities that have the same attributes and relations (see ``profiles``), whatever
    these say. Of some candidates drawn at random, the first is the one that brings all of them
    nearest to a decided one once it is decided; the next is chosen as if it were; and so on: what
    is rare and strange comes late, unlike where the farthest is asked first.
    """
    best = np.flatnonzero(_is_best(np.where(pool.open, pool.score, -np.inf), pool.left) & pool.open)
    if pool.sides is None or not len(best):
        return _nothing(pool)
    sample = rng.permutation(best)[:_COVERED]
    decided = rng.permutation(np.flatnonzero(pool.label >= 0))[:_COVERED]
    left, right = (side.profiles for side in pool.sides)
    drawn = np.hstack([left[pool.left[sample]], right[pool.right[sample]]])
    decided_rows = np.hstack([left[pool.left[decided]], right[pool.right[decided]]])
    between = cdist(drawn, drawn)
    nearest = cdist(drawn, decided_rows).min(axis=1, initial=between.max())
    urgency = np.full(len(pool.score), -np.inf)
    for turn in range(min(len(sample), _COVERING)):
        gain = np.maximum(nearest[:, None] - between, 0).sum(axis=0)
        chosen = int(gain.argmax())
        if gain[chosen] <= 0:
            break
        urgency[sample[chosen]] = -turn
        nearest = np.minimum(nearest, between[chosen])
    return Offer(urgency, np.full(len(urgency), np.nan))


def density(pool: Pool, _rng: np.random.Generator) -> Offer:
    """Ask doubtful pairs that share neighbours with many others nobody has decided."""
    if pool.sides is None:
        return _nothing(pool)
    shared = np.full(len(pool.score), np.inf)
    for side, rows in zip(pool.sides, (pool.left, pool.right), strict=True):
        entities = len(side.profiles)
        own = np.bincount(rows[pool.open], minlength=entities).astype(np.float64)
        met = np.bincount(side.near, minlength=entities) * own  # an entity meets itself
        others = _around(side, _around(side, own)) - met
        shared = np.minimum(shared, others[rows])
    doubt = pool.score * (1 - pool.score)
    wanted = np.where(shared > 0, np.log1p(np.maximum(shared, 0)) * doubt, -np.inf)
    return Offer(wanted, shared)


def conflict(pool: Pool, _rng: np.random.Generator) -> Offer:
    """Ask where an entity has more than one candidate above the threshold."""
    competitor = _best_competitor(pool)
    both = np.minimum(pool.score, competitor)
    return Offer(np.where(both >= pool.threshold, both, -np.inf), competitor)


def confident(pool: Pool, rng: np.random.Generator) -> Offer:
    """Spot-check, at random, what the model is sure of, on both sides of the threshold."""
    score, threshold = pool.score, pool.threshold
    above = (score - threshold) / max(1 - threshold, 1e-9)
    # below it nearly all are far: only what is the best that an entity has may be a match missed
    below = np.where(_is_best(score, pool.left), (threshold - score) / max(threshold, 1e-9), 0.0)
    far = np.maximum(above, below) >= _FAR
    drawn = rng.random(len(score)) + (below >= _FAR) * (rng.random(len(score)) - 0.5)
    return Offer(np.where(far, drawn, -np.inf), np.full(len(score), np.nan))


def cold_start(pool: Pool, rng: np.random.Generator) -> Offer:
    """Begin with best candidates from all over the scale: the best, the middle, the quarters.

    Before anything was learnt a score is no probability, and what is nearest to the threshold may
    be one non-match after the other. So both answers come early, and they tell where the scale
    turns.
    """
    urgency = np.full(len(pool.score), -np.inf)
    best = np.flatnonzero(_is_best(np.where(pool.open, pool.score, -np.inf), pool.left) & pool.open)
    order = best[np.lexsort((rng.random(len(best)), -pool.score[best]))]
    if len(order):
        urgency[order[_halving(len(order))]] = -np.arange(len(order))
    return Offer(urgency, np.full(len(urgency), np.nan))


def at_random(pool: Pool, rng: np.random.Generator) -> Offer:
    """Ask at random."""
    return Offer(rng.random(len(pool.score)), np.full(len(pool.score), np.nan))


STRATEGIES: dict[str, Callable[[Pool, np.random.Generator], Offer]] = {
    "uncertainty": uncertainty,
    "margin": margin,
    "committee": committee,
    LOW_SCORE: low_score_probe,
    "coverage": coverage,
    "density": density,
    "conflict": conflict,
    "confident": confident,
    COLD_START: cold_start,
    RANDOM: at_random,
}


def sentence(strategy: str, figure: float | None = None) -> str:
    """Say to a curator why a strategy asks a pair; ``figure``: that of its offer, if it is known.

    >>> sentence("committee", 0.25)
    'The members of the ensemble disagree: their probabilities differ by 0.25 on average.'
    """
    with_figure, without = _SENTENCES[strategy]
    if figure is None or not math.isfinite(figure):
        return without
    return with_figure.format(figure)


_SENTENCES = {  # with a figure, and without one
    # in the past: a version that came since may be surer of the pair on the screen
    "uncertainty": ("When it was asked, the model was least certain of this pair.",) * 2,
    "margin": (
        "The best candidate of its entity is only just ahead of the second, which has {:.2f}.",
        "The best candidate of its entity is only just ahead of the second.",
    ),
    "committee": (
        "The members of the ensemble disagree: their probabilities differ by {:.2f} on average.",
        "The members of the ensemble disagree about it.",
    ),
    LOW_SCORE: ("Its values look like those of accepted matches, but its score is low.",) * 2,
    "coverage": (
        "It represents many pairs unlike those decided, by the attributes and relations they have.",
    )
    * 2,
    "density": (
        "Open pairs share neighbours with it {:,.0f} times in all: an answer here informs them "
        "too.",
        "Many open pairs share neighbours with it: an answer here informs them too.",
    ),
    "conflict": (
        "More than one candidate of an entity is above the threshold; another has {:.2f}.",
        "More than one candidate of an entity is above the threshold.",
    ),
    "confident": ("Spot check: the model is certain of this one. Is it right?",) * 2,
    COLD_START: ("Cold start: best candidates of all scores, so that both answers come early.",)
    * 2,
    RANDOM: ("Drawn at random, for training.",) * 2,
}


# ---------------------------------------------------------------- the mix


# ---------------------------------------------------------------- what strategies look at


def profiles(graph: KnowledgeGraph, seed: int = 0) -> Floats:
    """Describe what entities have, not what it says: type, attributes, relations, (entities, D).

    An attribute counts once, a relation by the logarithm of how often, either direction for
    itself. Beyond 32 of them, a random projection keeps distances about as they were.
    """
    entities, attributes = graph.num_entities, len(graph.attribute_names)
    relations = 2 * graph.num_relations
    row = np.arange(entities)
    parts = [
        _counts(row, np.asarray(graph.types), (entities, len(graph.type_names))),
        _counts(
            graph.value_entities, np.asarray(graph.value_attributes), (entities, attributes)
        ).minimum(1),
        _counts(
            graph.edge_entities, np.asarray(graph.edge_relations), (entities, relations)
        ).log1p(),
    ]
    table = sparse.hstack([part for part in parts if part.shape[1]], format="csr")
    width = table.shape[1]
    if width <= _PROFILE:
        dense: Floats = table.toarray()
        return dense
    drawn = np.random.default_rng(seed).normal(size=(width, _PROFILE)) / math.sqrt(_PROFILE)
    projected: Floats = table @ drawn
    return projected


def _counts(row: Rows, column: Rows, shape: tuple[int, int]) -> sparse.csr_matrix:
    counts = sparse.csr_matrix((np.ones(len(row)), (row, column)), shape=shape)
    counts.sum_duplicates()
    return counts


def _around(side: Side, values: Floats) -> Floats:
    """Sum values (entities,) over the neighbours of each entity."""
    sums = np.bincount(side.near, weights=values[side.far], minlength=len(values))
    return sums.astype(np.float64)  # without an edge numpy counts in integers


def _best_competitor(pool: Pool) -> Floats:
    """Give the best score (pairs,) of the other candidates of either entity; -inf without any.

    Those of an entity that may have several counterparts are no competitors.
    """
    value = pool.standing
    highest = np.full(len(value), -np.inf)
    several = pool.several or (np.zeros(len(value), np.bool_),) * 2
    for entities, may in zip((pool.left, pool.right), several, strict=True):
        order = np.lexsort((-value, entities))
        first = np.append(True, entities[order][1:] != entities[order][:-1])[: len(order)]
        starts = np.flatnonzero(first)
        group = np.cumsum(first) - 1
        counts = np.diff(np.append(starts, len(order)))[group]
        best = value[order][starts][group]
        second = value[order][np.minimum(starts + 1, len(order) - 1)][group]
        competitor = np.where(first, np.where(counts > 1, second, -np.inf), best)
        competitor[may[order]] = -np.inf
        highest[order] = np.maximum(highest[order], competitor)
    return highest


def _is_best(score: Floats, left: Rows) -> Bools:
    """Say of each pair whether no candidate of its left entity has a higher score, (pairs,)."""
    top = np.full(int(left.max(initial=-1)) + 1, -np.inf)
    np.maximum.at(top, left, score)
    return score >= top[left]


def _halving(number: int) -> Rows:
    """Give the positions from 0 to number - 1 so that any beginning is spread over all of them.

    >>> _halving(6).tolist()
    [0, 3, 1, 4, 2, 5]
    """
    bits = max(1, math.ceil(math.log2(max(number, 2))))
    counter = np.arange(2**bits)
    turned = np.zeros(2**bits, dtype=np.int64)  # the bits of the counter the other way round
    for bit in range(bits):
        turned |= ((counter >> bit) & 1) << (bits - 1 - bit)
    _, first = np.unique(turned * number >> bits, return_index=True)
    spread: Rows = (turned * number >> bits)[np.sort(first)]
    return spread


def _nothing(pool: Pool) -> Offer:
    return Offer(np.full(len(pool.score), -np.inf), np.full(len(pool.score), np.nan))

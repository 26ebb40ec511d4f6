"""Which pairs teach most: strategies as functions of scores and graphs, and the query plan they make.

Nothing here reads a file or a database. Each strategy looks at all candidates at once and says how
much it wants each asked; ``query_plan`` mixes them into one order. That is done once for a version,
when its scores are written, so that opening a pair stays one indexed query.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.spatial.distance import cdist

from kgreview.errors import InputError
from kgreview.graph.knowledge_graph import KnowledgeGraph

Rows = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

AUDIT = "audit"  # the audit sample, which no query plan holds: it measures and never trains
RANDOM = "random"  # random order that trains: what strategies are measured against
COLD_START = "cold-start"
LOW_SCORE = "low-score"

# What the queue asks where the project's settings do not say otherwise; the audit sample's tenth
# comes on top.
DEFAULT_SHARES = {
    "uncertainty": 0.35,
    "margin": 0.15,
    "committee": 0.1,
    LOW_SCORE: 0.1,
    "coverage": 0.05,
    "density": 0.1,
    "conflict": 0.1,
    "confident": 0.05,
}
# until a few answers of both kinds are there, scores are similarities and mean little
COLD_START_SHARES = {COLD_START: 0.5, "uncertainty": 0.5}
FEW_LABELS = 10  # of either kind; below that the cold start goes on

PLAN_LENGTH = 1_000  # pairs that a version puts in order; beyond them uncertainty decides
WINDOW = 25  # so many questions hold no entity and no name twice
_SHORTLIST = 3  # times the length of a plan: how many pairs of a strategy are looked at
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
    open: npt.NDArray[np.bool_]  # (pairs,) may be asked: neither settled nor of the audit sample
    label: npt.NDArray[np.int8]  # (pairs,) 1 match, 0 no match, -1 not decided
    spread: Floats | None = None  # (pairs,) how far the network's members differ
    sides: tuple[Side, Side] | None = None  # what coverage and density look at
    alike: Floats | None = None  # (pairs,) see ``resemblance``; nan where nobody compared
    # (pairs,) each: the left, the right entity may have several counterparts; none: no entity may
    several: tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]] | None = None

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
        ends = np.unique(graph.edge_entities * graph.num_entities + far)
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
    known = np.hstack([left[pool.left[decided]], right[pool.right[decided]]])
    between = cdist(drawn, drawn)
    nearest = cdist(drawn, known).min(axis=1, initial=between.max())
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
        "Other open pairs share a neighbour with it, {:,.0f} times in all: an answer here tells of "
        "them too.",
        "Many open pairs share neighbours with it: an answer here tells of them too.",
    ),
    "conflict": (
        "More than one candidate of an entity is above the threshold; another has {:.2f}.",
        "More than one candidate of an entity is above the threshold.",
    ),
    "confident": ("Spot check: the model is certain of this one. Is it right?",) * 2,
    COLD_START: (
        "Cold start: best candidates from the whole range of scores, so that both answers come early.",
    )
    * 2,
    RANDOM: ("Drawn at random, for training.",) * 2,
}


# ---------------------------------------------------------------- the mix


def check_shares(given: Mapping[str, Any]) -> dict[str, float]:
    """Give shares of strategies that add up to 1. Raises ``InputError`` for what makes no sense.

    >>> check_shares({"uncertainty": 3, "coverage": 1})
    {'uncertainty': 0.75, 'coverage': 0.25}
    """
    known = [name for name in STRATEGIES if name != COLD_START]
    for name, share in given.items():
        if name == AUDIT:
            raise InputError(
                "'audit' has no share: the audit sample is each tenth question; leave it out"
            )
        if name not in known:
            raise InputError(f"there is no strategy '{name}'; give shares for {', '.join(known)}")
        number = isinstance(share, int | float) and not isinstance(share, bool)
        if not number or not math.isfinite(share) or share < 0:
            raise InputError(f"the share of '{name}' is not a number from 0: {share!r}")
    total = sum(given.values())
    if not total > 0:
        raise InputError("the shares of the strategies add up to nothing; give one above 0")
    return {name: share / total for name, share in given.items() if share > 0}


def shares_now(
    shares: Mapping[str, float], label: npt.NDArray[np.int8], *, network: bool
) -> Mapping[str, float]:
    """Give the shares for the labels (pairs,) there are.

    They are the cold start's until there is a network and some answers of both kinds, unless a
    single strategy is asked for, which is what it says from the first question on.
    """
    few = min(int((label == 1).sum()), int((label == 0).sum())) < FEW_LABELS
    return COLD_START_SHARES if len(shares) > 1 and (few or not network) else shares


@dataclass(frozen=True, eq=False)
class QueryPlan:
    """Pairs in the order in which they are to be asked."""

    candidates: Rows  # (asked,) positions in the pool
    strategies: tuple[str, ...]  # (asked,) by which each was chosen
    figures: Floats  # (asked,) for the strategy's sentence, nan where it has none


def query_plan(
    pool: Pool,
    shares: Mapping[str, float],
    *,
    kind: Rows,
    groups: Sequence[Rows] = (),
    length: int = PLAN_LENGTH,
    window: int = WINDOW,
    seed: int = 0,
) -> QueryPlan:
    """Put the most wanted open pairs in order: strategies by their shares, nothing twice in a row.

    In any ``window`` of questions no left or right entity comes twice, nor a value of one of the
    ``groups`` (pairs,) (their names), and at most half are of one ``kind`` (pairs,), unless there
    is nothing else. Any beginning has the stated shares, as near as whole pairs can; a strategy
    that wants nothing more leaves its places to the others. Equals come in random order.
    """
    rng = np.random.default_rng(seed)
    asked = np.flatnonzero(pool.open)
    length = min(length, len(asked))
    columns = [pool.left, pool.right, *groups]
    queues, figures = {}, {}
    for name in shares:
        offer = STRATEGIES[name](pool, rng)
        listed = _shortlist(offer.urgency, asked, _SHORTLIST * length, rng)
        queues[name], figures[name] = _by_kind(listed, kind), offer.figure
    chosen: list[int] = []
    by: list[str] = []
    taken: set[int] = set()
    met = _Window(window, kind, columns)
    while len(chosen) < length:
        # the strategy that is furthest behind its share goes first
        said = Counter(by)
        behind = sorted(shares, key=lambda name: said[name] - shares[name] * (len(by) + 1))
        for name, strict in [(name, strict) for strict in (True, False) for name in behind]:
            found = _next_of(queues[name], taken, met if strict else None)
            if found is not None:
                chosen.append(found)
                by.append(name)
                taken.add(found)
                met.add(found)
                break
        else:
            break  # no strategy wants any of the others
    told = [figures[name][place] for name, place in zip(by, chosen, strict=True)]
    return QueryPlan(np.array(chosen, dtype=np.int64), tuple(by), np.array(told, dtype=np.float64))


class _Window:
    """What the last questions had: that nothing comes twice in ``size``, next to ``size - 1``."""

    def __init__(self, size: int, kind: Rows, columns: Sequence[Rows]) -> None:
        self._size, self._columns = size, [kind, *columns]
        self._recent: deque[int] = deque()
        self._met: list[Counter[int]] = [Counter() for _ in self._columns]

    def add(self, place: int) -> None:
        self._recent.append(place)
        for column, met in zip(self._columns, self._met, strict=True):
            met[int(column[place])] += 1
        if len(self._recent) >= self._size:
            gone = self._recent.popleft()
            for column, met in zip(self._columns, self._met, strict=True):
                met[int(column[gone])] -= 1

    def is_full_of(self, kind: int) -> bool:
        return self._met[0][kind] >= max(1, self._size // 2)

    def has_met(self, place: int) -> bool:
        return any(
            met[int(column[place])] > 0
            for column, met in zip(self._columns[1:], self._met[1:], strict=True)
        )


_Queues = dict[int, deque[tuple[int, int]]]  # by kind: rank and pair, the most wanted first


def _next_of(queues: _Queues, taken: set[int], met: _Window | None) -> int | None:
    """Find the first pair of a strategy that the window allows; of all kinds the most wanted."""
    best: tuple[int, int] | None = None
    for kind, queue in queues.items():
        while queue and queue[0][1] in taken:
            queue.popleft()
        if met is not None and len(queues) > 1 and met.is_full_of(kind):
            continue
        for rank, place in queue:
            if best is not None and rank >= best[0]:
                break
            if place not in taken and (met is None or not met.has_met(place)):
                best = rank, place
                break
    return None if best is None else best[1]


def _by_kind(listed: Rows, kind: Rows) -> _Queues:
    queues: _Queues = {}
    for rank, place in enumerate(listed.tolist()):
        queues.setdefault(int(kind[place]), deque()).append((rank, place))
    return queues


def _shortlist(urgency: Floats, asked: Rows, most: int, rng: np.random.Generator) -> Rows:
    """Give the positions of the most urgent of those that may be asked, equals at random."""
    wanted = asked[urgency[asked] > -np.inf]
    chance = rng.random(len(wanted))
    if len(wanted) > most:
        last = np.partition(urgency[wanted], len(wanted) - most)[len(wanted) - most]
        # all above the last that fits, and of its equals as many as there is room for
        at_last = np.flatnonzero(urgency[wanted] == last)
        above = np.flatnonzero(urgency[wanted] > last)
        room = at_last[np.argsort(chance[at_last])][: most - len(above)]
        kept = np.concatenate([above, room])
        wanted, chance = wanted[kept], chance[kept]
    return wanted[np.lexsort((chance, -urgency[wanted]))]


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
    found: Floats = table @ drawn
    return found


def _counts(row: Rows, column: Rows, shape: tuple[int, int]) -> sparse.csr_matrix:
    found = sparse.csr_matrix((np.ones(len(row)), (row, column)), shape=shape)
    found.sum_duplicates()
    return found


def _around(side: Side, values: Floats) -> Floats:
    """Sum values (entities,) over the neighbours of each entity."""
    found = np.bincount(side.near, weights=values[side.far], minlength=len(values))
    return found.astype(np.float64)  # without an edge numpy counts in integers


def _best_competitor(pool: Pool) -> Floats:
    """Give the best score (pairs,) of the other candidates of either entity; -inf without any.

    Those of an entity that may have several counterparts are no competitors.
    """
    value = pool.standing
    found = np.full(len(value), -np.inf)
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
        found[order] = np.maximum(found[order], competitor)
    return found


def _is_best(score: Floats, left: Rows) -> npt.NDArray[np.bool_]:
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

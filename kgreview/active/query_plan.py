"""The query plan: strategies by their shares, mixed into one order of questions."""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kgreview.active.strategies import AUDIT, COLD_START, LOW_SCORE, RANDOM, STRATEGIES, Pool
from kgreview.arrays import Floats, Rows
from kgreview.errors import InputError

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


def check_shares(given: Mapping[str, Any]) -> dict[str, float]:
    """Give shares of strategies that add up to 1. Raises ``InputError`` for what makes no sense.

    >>> check_shares({"uncertainty": 3, "coverage": 1})
    {'uncertainty': 0.75, 'coverage': 0.25}
    """
    names = [name for name in STRATEGIES if name != COLD_START]
    for name, share in given.items():
        if name == AUDIT:
            raise InputError(
                "'audit' has no share: 'audit_every' says how often it is asked; leave it out"
            )
        if name not in names:
            raise InputError(f"there is no strategy '{name}'; give shares for {', '.join(names)}")
        number = isinstance(share, int | float) and not isinstance(share, bool)
        if not number or not math.isfinite(share) or share < 0:
            raise InputError(f"the share of '{name}' is not a number from 0: {share!r}")
    total = sum(given.values())
    if not total > 0:
        raise InputError("the shares of the strategies add up to nothing; give one above 0")
    return {name: share / total for name, share in given.items() if share > 0}


def with_current_names(given: Mapping[str, Any]) -> dict[str, Any]:
    """Give shares that a project of an earlier release states, by the names strategies have now."""
    renamed = {"overlooked": LOW_SCORE, "influence": "density", "chance": RANDOM}
    return {renamed.get(name, name): share for name, share in given.items()}


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
        counts = Counter(by)
        behind = sorted(shares, key=lambda name: counts[name] - shares[name] * (len(by) + 1))
        for name, strict in [(name, strict) for strict in (True, False) for name in behind]:
            pair = _next_of(queues[name], taken, met if strict else None)
            if pair is not None:
                chosen.append(pair)
                by.append(name)
                taken.add(pair)
                met.add(pair)
                break
        else:
            break  # no strategy wants any of the others
    of_chosen = [figures[name][place] for name, place in zip(by, chosen, strict=True)]
    return QueryPlan(
        np.array(chosen, dtype=np.int64), tuple(by), np.array(of_chosen, dtype=np.float64)
    )


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

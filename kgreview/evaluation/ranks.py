"""Where matches stand among all right entities: Hits@k and MRR, as alignment papers report them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import digamma

from kgreview.arrays import Bools, Floats

Rows = npt.NDArray[np.integer]


class ScoredPairs(NamedTuple):
    """Pairs that have a score, the larger the more alike."""

    left: Rows  # (pairs,)
    right: Rows  # (pairs,) each pair once
    score: npt.NDArray[np.floating]  # (pairs,)


class Matches(NamedTuple):
    """Known matches."""

    left: Rows  # (matches,)
    right: Rows  # (matches,)


class RankFigures(NamedTuple):
    """Means over matches; nan where there is none."""

    hits_at_1: float
    hits_at_10: float
    mrr: float  # mean reciprocal rank


def rank_figures(
    pairs: ScoredPairs,
    matches: Matches,
    true_matches: Matches,
    pool: Rows,
    reachable: Bools,
) -> RankFigures:
    """Rank the right entity of each match among all right entities that its left one could have.

    ``pool`` (matches,): how many these are; ``reachable`` (matches,): whether the right entity is
    one of them, else the match counts as not found. Entities without a score rank below all that
    have one, level with each other. Of level ones each order is as likely, so a match counts with
    what is expected: a share of a hit, the mean of reciprocal ranks. Other true matches of the
    left entity are no competitors: they are left out of its ranking ("filtered").
    """
    spans = np.array(list(_spans(pairs, matches, true_matches, pool)), dtype=np.float64).reshape(
        -1, 2
    )
    if not len(spans):
        return RankFigures(*[float("nan")] * 3)
    best, worst = spans.T
    each = _hits(best, worst, 1), _hits(best, worst, 10), _reciprocal(best, worst)
    return RankFigures(*(float(np.where(reachable, column, 0).mean()) for column in each))


def _spans(
    pairs: ScoredPairs, matches: Matches, true_matches: Matches, pool: Rows
) -> Iterator[tuple[int, int]]:
    """Give the best and the worst rank of each match that level scores leave open, 1 the top."""
    order = np.argsort(pairs.left, kind="stable")
    left, right, score = (column[order] for column in pairs)
    starts = np.searchsorted(left, matches.left, side="left")
    ends = np.searchsorted(left, matches.left, side="right")
    others = _by_left(true_matches)
    for one, other, size, start, end in zip(
        matches.left.tolist(), matches.right.tolist(), pool.tolist(), starts, ends, strict=True
    ):
        rights, scores = right[start:end], score[start:end]
        out = others.get(one, set()) - {other}
        if out:
            stays = ~np.isin(rights, list(out))
            rights, scores = rights[stays], scores[stays]
        at = np.flatnonzero(rights == other)
        if len(at):
            own = scores[at[0]]
            yield int((scores > own).sum()) + 1, int((scores >= own).sum())
        else:
            yield len(rights) + 1, max(len(rights) + 1, size - len(out))


def _by_left(matches: Matches) -> dict[int, set[int]]:
    by_left: dict[int, set[int]] = {}
    for left, right in zip(matches.left.tolist(), matches.right.tolist(), strict=True):
        by_left.setdefault(left, set()).add(right)
    return by_left


def _hits(best: Floats, worst: Floats, k: int) -> Floats:
    """Give the chance of a rank up to ``k``, each from best to worst being as likely."""
    return np.clip(k - best + 1, 0, worst - best + 1) / (worst - best + 1)


def _reciprocal(best: Floats, worst: Floats) -> Floats:
    """Give the mean of 1/best … 1/worst, of which digamma gives the sum."""
    mean: Floats = (digamma(worst + 1) - digamma(best)) / (worst - best + 1)
    return mean

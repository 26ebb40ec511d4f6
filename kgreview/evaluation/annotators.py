"""How far annotators agree beyond what chance would have them: Cohen's and Krippendorff's figures.

Both are 1 where annotators always agree and 0 where they agree as often as by chance. Cohen's κ
compares two of them; Krippendorff's α any number, of whom each may have judged some units only.
Intervals are read off a Dirichlet posterior of how often each combination of answers occurs, under
Jeffreys' prior. A bootstrap would say that five agreements out of five prove perfection.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence

import numpy as np
import numpy.typing as npt

from kgreview.arrays import Floats, Ints
from kgreview.evaluation.audit import UNKNOWN, Interval

_DRAWS = 4_000
_TAILS = (0.025, 0.975)
_PRIOR = 1 / 2  # Jeffreys'


def cohen_kappa(table: npt.ArrayLike) -> float:
    """Give Cohen's κ of a table (answers, answers): how often one said i and the other j.

    (p_o − p_e) / (1 − p_e), Cohen, Educational and Psychological Measurement 1960. nan for an
    empty table and where both gave one and the same answer throughout.
    """
    kappas = _kappas(np.asarray(table, dtype=np.float64)[None])
    return float(kappas[0])


def kappa(one: Sequence[Hashable], other: Sequence[Hashable], seed: int = 0) -> Interval:
    """Give Cohen's κ of two annotators' answers to the same units, with its 95 % interval.

    All nan without a unit. Where both gave one and the same answer throughout, limits only.
    """
    if not one:
        return UNKNOWN
    answers = _codes([*one, *other])
    size = max(2, int(answers.max()) + 1)
    table = np.zeros((size, size))
    np.add.at(table, (answers[: len(one)], answers[len(one) :]), 1)

    def of(weights: Floats) -> Floats:
        return _kappas(weights.reshape(-1, size, size))

    return _interval(cohen_kappa(table), table.ravel(), of, seed)


def krippendorff_alpha(units: Sequence[Sequence[Hashable]]) -> float:
    """Give Krippendorff's α of answers that have no order; ``units`` holds the answers to each.

    1 − D_o / D_e over the coincidences of answers, Krippendorff, Computing Krippendorff's
    Alpha-Reliability (2011). Units with one answer do not count. nan where no unit has two, and
    where all answers are the same.
    """
    counts = _counts(units)
    return float(_alphas(np.ones((1, len(counts))), counts)[0])


def alpha(units: Sequence[Sequence[Hashable]], seed: int = 0) -> Interval:
    """Give Krippendorff's α with its 95 % interval; all nan where no unit has two answers."""
    counts = _counts(units)
    if not len(counts):
        return UNKNOWN
    size = counts.shape[1]
    eye = np.eye(size)
    # besides the combinations that came about, all that two annotators can give
    pairs = np.array([eye[i] + eye[j] for i in range(size) for j in range(i, size)])
    patterns, often = np.unique(np.concatenate([counts, pairs]), axis=0, return_counts=True)
    seen = np.array([(counts == pattern).all(axis=1).sum() for pattern in patterns])
    assert often.sum() == seen.sum() + len(pairs)

    def of(weights: Floats) -> Floats:
        return _alphas(weights, patterns)

    return _interval(krippendorff_alpha(units), seen.astype(np.float64), of, seed)


def _interval(
    value: float, counts: Floats, figure: Callable[[Floats], Floats], seed: int
) -> Interval:
    """Read an interval off Dirichlet draws of how often each combination occurs."""
    rng = np.random.default_rng(seed)
    drawn = figure(rng.dirichlet(counts + _PRIOR, _DRAWS) * counts.sum())
    low, high = (float(end) for end in np.nanquantile(drawn, _TAILS))
    if math.isnan(value):
        return Interval(value, low, high)
    # as for a share: where all that was seen is agreement, or none is, the interval reaches there
    return Interval(value, min(low, value), max(high, value))


def _kappas(tables: Floats) -> Floats:
    """Give κ of each of (draws, answers, answers)."""
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = tables / tables.sum(axis=(1, 2), keepdims=True)
        seen = np.trace(shares, axis1=1, axis2=2)
        chance = (shares.sum(axis=1) * shares.sum(axis=2)).sum(axis=1)
        kappas: Floats = (seen - chance) / (1 - chance)
    return np.where(np.isclose(chance, 1), math.nan, kappas)


def _alphas(weights: Floats, counts: Floats) -> Floats:
    """Give α for each row of weights (draws, units) of units with counts (units, answers)."""
    if not len(counts):
        return np.full(len(weights), math.nan)
    answers = counts.sum(axis=1)
    # of each unit: ordered pairs of answers that differ, and those of each answer, over m − 1
    differ = (answers**2 - (counts**2).sum(axis=1)) / (answers - 1)
    total = weights @ counts  # (draws, answers): n_c, since each answer is in m − 1 pairs
    n = total.sum(axis=1)
    chance = n**2 - (total**2).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        alphas: Floats = 1 - (n - 1) * (weights @ differ) / chance
    return np.where(chance > 0, alphas, math.nan)


def _counts(units: Sequence[Sequence[Hashable]]) -> Floats:
    """Count the answers of each unit that has two or more, (units, answers)."""
    rated_twice = [unit for unit in units if len(unit) > 1]
    codes = _codes([answer for unit in rated_twice for answer in unit])
    counts = np.zeros((len(rated_twice), max(2, int(codes.max(initial=-1)) + 1)))
    rows = np.repeat(np.arange(len(rated_twice)), [len(unit) for unit in rated_twice])
    np.add.at(counts, (rows, codes), 1)
    return counts


def _codes(answers: Sequence[Hashable]) -> Ints:
    codes: dict[Hashable, int] = {}
    return np.array([codes.setdefault(answer, len(codes)) for answer in answers], dtype=np.int64)

"""How good an alignment is, from a random sample: precision and recall with their uncertainty.

The unit that is drawn is a left entity with all its candidates, not a pair. Of ten candidates at
most one is the match, so a hundred pairs drawn by chance hold a handful of matches and next to no
missed ones: nothing can be said of recall. A hundred entities hold as many answers to "has it a
counterpart, and does the alignment give it?" as there are entities.

All entities are drawn with the same probability, in a random order fixed beforehand, so that those
looked at so far are a simple random sample. What the alignment holds is another matter: the queue
asks the doubtful first, and what is settled so is known. A sampled entity therefore stands for the
entities of like score that nobody has settled: N_c / n_c of them in a cell c of neighbouring scores
(post-stratification, Holt & Smith, JRSS A 1979). On either side of the threshold cells make up to
three strata. In each, shares have beta posteriors, with the effective sample size (Σw)² / Σw² in
the place of the size where weights differ (Korn & Graubard, Survey Methodology 1998), under
Jeffreys' prior, whose intervals cover as they say in small samples too (Brown, Cai & DasGupta,
Statistical Science 2001), and for the share of misses, which is near 0, under Kerman's neutral one
(Electronic Journal of Statistics 2011). What the entities not looked at hold is binomial on top.
Precision and recall are ratios of sums of these, so their intervals are read off 4,000 draws. Where
the sample holds no fault at all, the interval reaches to 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv

from kgreview.arrays import Floats

RIGHT = 0  # the counterpart that the network gives the entity is its match
MISSED = 1  # a candidate of it is its match, and the network gives another one or none
NONE = 2  # none of its candidates is its match, whatever the network gives

_LEVEL = 0.95
_DRAWS = 4_000
_JEFFREYS, _NEUTRAL = 1 / 2, 1 / 3
_FEWEST = 30  # sampled entities of a stratum, before a side of the threshold is parted
_MOST = 3  # strata on either side of the threshold
_CELL = 15  # sampled entities of a cell


class Interval(NamedTuple):
    """A figure and where it lies with a probability of 95 %. All nan where nothing is known."""

    value: float  # nan where there are limits only
    low: float
    high: float

    @property
    def width(self) -> float:
        """How much is left open, nan where nothing is known."""
        return self.high - self.low


UNKNOWN = Interval(math.nan, math.nan, math.nan)


@dataclass(frozen=True)
class Stratum:
    """Entities of like scores: how many there are, and what was found of those sampled."""

    low: float  # the network's best score of the entity is at least this
    given: bool  # the network gives the entity a counterpart: its score is not below the threshold
    others: int  # entities that the sampled ones stand for
    sampled: int
    effective: float  # sampled entities of equal weight that would tell as much
    shares: tuple[float, float, float]  # weighted, of RIGHT, MISSED and NONE; nan without a sample
    seen: tuple[int, int, int]  # the same as they were counted

    def pseudo(self, *codes: int) -> float:
        """Give how many of the effective sample were found to be one of ``codes``."""
        return sum(self.shares[code] for code in codes) * self.effective if self.effective else 0.0


@dataclass(frozen=True)
class AlignmentFigures:
    """How good the accepted alignment is, as far as a sample tells."""

    precision: Interval  # share of the counterparts it gives that are right
    recall: Interval  # share of the matches among the candidates that it gives
    missing: Interval  # how many matches among the candidates it lacks
    wrong: Interval  # how many of the counterparts it gives are wrong
    given: int  # counterparts it gives
    sampled: int  # entities that were looked at
    strata: tuple[Stratum, ...]


def alignment_figures(
    others: npt.ArrayLike,
    sample: npt.ArrayLike,
    outcomes: npt.ArrayLike,
    threshold: float,
    *,
    settled: int = 0,
    seed: int = 0,
) -> AlignmentFigures:
    """Estimate precision and recall of an alignment of left entities.

    ``others`` (entities,): the network's best score of each entity that nobody has settled.
    ``sample`` (sampled,): the same of those drawn at random and looked at, with ``outcomes`` of
    each, ``RIGHT``, ``MISSED`` or ``NONE``. ``settled``: matches that curators have found, which
    the alignment gives whatever the network says; those of the sample are among them. Entities
    settled as having no match count for neither figure.
    """
    strata = stratify(others, sample, outcomes, threshold)
    right, missing = _draw(strata, settled, np.random.default_rng(seed))
    given = settled + sum(s.others for s in strata if s.given)
    seen = {
        "right": sum(s.seen[RIGHT] for s in strata),
        "wrong": sum(s.seen[MISSED] + s.seen[NONE] for s in strata if s.given),
        "missed": sum(s.seen[MISSED] for s in strata),
    }
    right_now, missing_now = settled + _expected(strata, RIGHT), _expected(strata, MISSED)
    with np.errstate(invalid="ignore", divide="ignore"):
        precision, recall = right / given, right / (right + missing)
    return AlignmentFigures(
        precision=_interval(
            precision,
            right_now / given if given else math.nan,
            floor=settled / given if given and not seen["right"] else None,
            ceiling=None if seen["wrong"] else 1.0,
        ),
        recall=_interval(
            recall,
            right_now / (right_now + missing_now) if right_now + missing_now else math.nan,
            floor=0.0 if not seen["right"] and not settled else None,
            ceiling=None if seen["missed"] else 1.0,
        ),
        missing=_interval(missing, missing_now, floor=None if seen["missed"] else 0.0),
        wrong=_interval(given - right, given - right_now, floor=None if seen["wrong"] else 0.0),
        given=given,
        sampled=sum(s.sampled for s in strata),
        strata=tuple(strata),
    )


def _draw(
    strata: Sequence[Stratum], settled: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Draw how many pairs of the alignment are right and how many are missing, (draws,) both."""
    sides = {given: sum(1 for s in strata if s.given is given) for given in (True, False)}
    right = np.full(_DRAWS, settled, dtype=np.float64)
    missing = np.zeros(_DRAWS)
    for stratum in strata:
        # the priors of all strata of a side weigh as much as that of one
        few = _NEUTRAL / sides[stratum.given]
        rest = np.full(_DRAWS, stratum.others)
        if stratum.given:
            half = _JEFFREYS / sides[True]
            share = rng.beta(
                stratum.pseudo(RIGHT) + half, stratum.pseudo(MISSED, NONE) + half, _DRAWS
            )
            of_stratum = rng.binomial(rest, share)
            right += of_stratum
            rest = rest - of_stratum
        share = rng.beta(stratum.pseudo(MISSED) + few, stratum.pseudo(NONE) + few, _DRAWS)
        missing += rng.binomial(rest, share)
    return right, missing


def stratify(
    others: npt.ArrayLike, sample: npt.ArrayLike, outcomes: npt.ArrayLike, threshold: float
) -> list[Stratum]:
    """Part entities by the threshold, and each side where its sample is large enough, at quantiles.

    Where to part depends on the scores alone and never on what was found.
    """
    rest, scores = (np.asarray(values, dtype=np.float64) for values in (others, sample))
    codes = np.asarray(outcomes, dtype=np.int64)
    cells, strata = (_edges(scores, threshold, *each) for each in ((_CELL, None), (_FEWEST, _MOST)))
    cells = np.unique(np.concatenate([cells, strata]))
    rest_cell, cell = (np.searchsorted(cells, s, side="right") - 1 for s in (rest, scores))
    standing_for = np.bincount(rest_cell, minlength=len(cells))
    looked_at = np.bincount(cell, minlength=len(cells))
    weight = standing_for[cell] / looked_at[cell]
    place = np.searchsorted(strata, scores, side="right") - 1
    rest_place = np.searchsorted(strata, rest, side="right") - 1
    made = []
    for number, low in enumerate(strata.tolist()):
        mine = place == number
        w = weight[mine] if weight[mine].any() else np.ones(int(mine.sum()))
        seen = np.bincount(codes[mine], minlength=3)
        shares = np.bincount(codes[mine], weights=w, minlength=3) / (w.sum() or math.nan)
        made.append(
            Stratum(
                low=low,
                given=low >= threshold,
                others=int((rest_place == number).sum()),
                sampled=int(mine.sum()),
                effective=float(w.sum() ** 2 / (w**2).sum()) if len(w) else 0.0,
                shares=(float(shares[0]), float(shares[1]), float(shares[2])),
                seen=(int(seen[0]), int(seen[1]), int(seen[2])),
            )
        )
    return made


def _edges(scores: Floats, threshold: float, fewest: int, most: int | None) -> Floats:
    """Give the lower ends of parts: the threshold's two, each parted at quantiles."""
    cuts = [-math.inf, threshold]
    for side in (scores[scores < threshold], scores[scores >= threshold]):
        parts = len(side) // fewest
        parts = parts if most is None else min(parts, most)
        cuts += np.quantile(side, np.arange(1, parts) / parts).tolist() if parts > 1 else []
    return np.unique(cuts)


def share_interval(hits: int, of: int) -> Interval:
    """Give Jeffreys' 95 % interval of a share; it reaches to 0 or 1 where all are alike."""
    if not of:
        return UNKNOWN
    tail = (1 - _LEVEL) / 2
    low, high = betaincinv(hits + _JEFFREYS, of - hits + _JEFFREYS, [tail, 1 - tail])
    return Interval(hits / of, 0.0 if hits == 0 else float(low), 1.0 if hits == of else float(high))


def more_needed(interval: Interval, sampled: int, target: float) -> int | None:
    """Say how many more sampled units make an interval as narrow as ``target``, about.

    The width falls with the square root of the sample. 0 where it is narrow enough, ``None`` where
    nothing is known yet.
    """
    if not sampled or math.isnan(interval.width):
        return None
    return max(0, math.ceil(sampled * ((interval.width / target) ** 2 - 1)))


def _expected(strata: list[Stratum], code: int) -> float:
    """Sum N_h · (share found in the sample of h), nan where an inhabited stratum has no sample."""
    asked = [s for s in strata if s.others and (s.given or code != RIGHT)]
    return sum(s.others * s.shares[code] for s in asked)


def _interval(
    draws: Floats, value: float, *, floor: float | None = None, ceiling: float | None = None
) -> Interval:
    """Read an interval off posterior draws; its end is set where the sample shows no other case."""
    if np.isnan(draws).all():
        return UNKNOWN
    tail = (1 - _LEVEL) / 2
    low, high = (float(end) for end in np.nanquantile(draws, [tail, 1 - tail]))
    low, high = (low if floor is None else floor), (high if ceiling is None else ceiling)
    # of a stratum without a sample only the prior speaks: there are limits, and no figure
    return Interval(value if math.isnan(value) else min(max(value, low), high), low, high)

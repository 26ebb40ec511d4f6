"""Non-matches that nobody stated: other candidates of an entity that may have several counterparts.

Known matches are a sample of them. Most other candidates of a matched entity are none all the same,
and the hardest non-matches there are, so they are presumed to be non-matches; but for those that
look like known matches, which may be matches that nobody named, and those that nobody could tell
from a known match of the same entity. Learning from positive and
unlabelled pairs: Elkan & Noto, KDD 2008; the threshold is set by known matches as spies set it in
Liu et al., ICML 2002.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingClassifier

from kgreview.graph.counterparts import Counterparts
from kgreview.graph.links import Links, pair_keys
from kgreview.text.columns import distinct_numbers

Rows = npt.NDArray[np.int64]
Floats = npt.NDArray[np.floating]
Bools = npt.NDArray[np.bool_]

_FOLDS = 5
_FEWEST = 10  # known matches, and presumed non-matches, below which nothing is told apart
_MOST = 30_000  # presumed non-matches of a split: more would teach no more
_BELOW = (0.02, 0.01)  # share of known matches that look less like one, in either pass
_EQUAL = 0.05  # similarities nearer than this tell nobody which of two pairs matches
_A_FEW = 0.1  # of the matches: so many lookalikes are hard non-matches, and links are complete


@dataclass(frozen=True, eq=False)
class Presumed:
    """Links to learn from and to validate with, each with the non-matches that are presumed."""

    train: Links
    valid: Links
    presumed: int  # non-matches
    doubtful: int  # candidates that were left out, since they look like known matches


def with_presumed(
    left: Rows,
    right: Rows,
    similarities: Floats,
    train: Links,
    valid: Links,
    counterparts: Counterparts,
    name_column: int,
    seed: int = 0,
) -> Presumed:
    """Presume non-matches among candidates (``left``, ``right``) with ``similarities`` (pairs, F).

    ``train`` and ``valid`` as they are stated: what a gold link of an entity that may have several
    counterparts tells of its other candidates is put into presumed non-matches, each judged by
    itself. An entity with links in both is validated with. ``name_column`` (of the F) says how
    alike their names are, by which a handful of matches is compared.
    """
    opened = counterparts.opened(train), counterparts.opened(valid)
    several = counterparts.of_left(left, right)
    lefts = [
        distinct_numbers(stated.left[stated.gold & ~then.gold])
        for stated, then in zip((train, valid), opened, strict=True)
    ]
    if not len(lefts[0]) and not len(lefts[1]):
        return Presumed(*opened, 0, 0)
    keys = pair_keys(left, right)
    silent = several & ~np.isin(keys, np.concatenate([train.keys, valid.keys]))
    of_valid = np.isin(left, lefts[1])
    others = silent & np.isin(left, lefts[0]) & ~of_valid, silent & of_valid
    where = [_some(np.flatnonzero(each), seed) for each in others]
    matches = np.flatnonzero(several & np.isin(keys, train.matches.keys))
    rows = np.concatenate([matches, *where])
    is_match = np.arange(len(rows)) < len(matches)
    learnt = np.arange(len(rows)) < len(matches) + len(where[0])
    compared = np.nan_to_num(np.asarray(similarities[rows], np.float32), nan=-1.0)
    doubtful = lookalikes(compared, is_match, left[rows], learnt, compared[:, name_column], seed)
    if doubtful.any():  # links are no complete list
        known = np.flatnonzero(np.isin(keys, np.union1d(train.matches.keys, valid.matches.keys)))
        matched = np.nan_to_num(np.asarray(similarities[known], np.float32), nan=-1.0)
        doubtful |= ~is_match & as_good(compared, left[rows], matched, left[known])
    clear = np.split(~doubtful[~is_match], [len(where[0])])
    made_train, made_valid = (
        Links.concatenate(links, _non_matches(left[at[kept]], right[at[kept]]))
        for links, at, kept in zip(opened, where, clear, strict=True)
    )
    presumed = sum(int(kept.sum()) for kept in clear)
    return Presumed(made_train, made_valid, presumed, int(doubtful.sum()))


def lookalikes(
    compared: Floats, is_match: Bools, left: Rows, learnt: Bools, alike: Floats, seed: int
) -> Bools:
    """Say which pairs that are no ``is_match`` matches look like one, (pairs,).

    ``compared`` (pairs, F) without nan; only ``learnt`` pairs are learnt from. A pair is judged by
    trees that have not seen its left entity, in two passes: the second learns without what the
    first found. Where there are hardly any, matches are known completely, and none is one. Of a
    handful of matches trees learn nothing: then what is as ``alike`` (pairs,) as half of them are.
    """
    none = np.zeros(len(is_match), dtype=np.bool_)
    few = int((is_match & learnt).sum())
    if few and few < _FEWEST:
        return ~is_match & (alike >= np.median(alike[is_match & learnt]))
    if min(few, int((~is_match & learnt).sum())) < _FEWEST:
        return none
    presumed = none
    for below in _BELOW:
        belief = _beliefs(compared, is_match, left, learnt & ~presumed, seed)
        presumed = ~is_match & (belief >= np.quantile(belief[is_match & learnt], below))
        if (presumed & learnt).sum() <= _A_FEW * (is_match & learnt).sum():
            return none
    return presumed


def as_good(compared: Floats, left: Rows, matched: Floats, matched_left: Rows) -> Bools:
    """Say which pairs are as alike as a known match of the same left entity, all over.

    ``compared`` (pairs, F) of ``left`` (pairs,), and ``matched`` (matches, F) of ``matched_left``
    (matches,), without nan. One and the same evidence with two labels teaches nothing.
    """
    is_as_good = np.zeros(len(left), dtype=np.bool_)
    order = np.argsort(left, kind="stable")
    bounds = np.searchsorted(left[order], np.stack([matched_left, matched_left + 1]))
    for match, (start, end) in zip(matched, bounds.T, strict=True):
        same = order[start:end]
        is_as_good[same] |= (compared[same] >= match - _EQUAL).all(axis=1)
    return is_as_good


def _beliefs(
    compared: Floats, is_match: Bools, left: Rows, learnt: Bools, seed: int
) -> npt.NDArray[np.float64]:
    """Give the probability that a pair is known, by trees that never saw its left entity."""
    _, entity = np.unique(left, return_inverse=True)
    # whose known matches go round the folds, so that each has some to learn from
    order = np.random.default_rng(seed).permutation(int(entity.max()) + 1)
    matched = np.isin(order, entity[is_match])
    fold = np.empty(len(order), np.int64)
    fold[np.concatenate([order[matched], order[~matched]])] = np.arange(len(order)) % _FOLDS
    beliefs = np.zeros(len(is_match))
    for number in range(_FOLDS):
        asked = fold[entity] == number
        model = HistGradientBoostingClassifier(
            max_iter=200,
            learning_rate=0.05,
            max_leaf_nodes=15,
            min_samples_leaf=5,
            early_stopping=False,
            random_state=seed,
        )
        model.fit(compared[learnt & ~asked], is_match[learnt & ~asked])
        if asked.any():
            beliefs[asked] = model.predict_proba(compared[asked])[:, 1]
    return beliefs


def _some(where: Rows, seed: int) -> Rows:
    """Draw candidates at random where there are more than teach anything."""
    if len(where) <= _MOST:
        return where
    return np.sort(np.random.default_rng(seed).choice(where, _MOST, replace=False))


def _non_matches(left: Rows, right: Rows) -> Links:
    return Links(left, right, np.zeros(len(left), np.int8), np.zeros(len(left), np.bool_))

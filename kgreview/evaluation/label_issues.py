"""Which labels are probably wrong: what a model says that was not fitted on them.

A model that has learnt from a wrong label defends it. So the labels are parted, all labels of one
group together, and each part is judged by a model that learnt from the others (cross-validation as
in confident learning: Northcutt, Jiang & Chuang, JAIR 2021).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingClassifier

from kgreview.arrays import Floats, Ints

FOLDS = 5
FEWEST = 20  # labels of either kind below which nothing is said


def unfitted(
    features: npt.NDArray[np.floating],
    labels: npt.ArrayLike,
    groups: npt.ArrayLike,
    *,
    judged: npt.ArrayLike,
    learnt: npt.ArrayLike,
    folds: int = FOLDS,
    seed: int = 0,
) -> Floats:
    """Give the probability of label 1 by a model that has not seen the label, (pairs,).

    ``features`` (pairs, F) may hold nan. ``groups`` (pairs,): what must not be parted, the left
    entity. ``judged`` (pairs,): which labels are in question; ``learnt`` (pairs,): which may be
    learnt from. nan where not judged, and everywhere where there are too few labels of either kind
    to learn from. Gradient-boosted trees, shallow, so that a few wrong labels bend them little.
    """
    y = np.asarray(labels, dtype=np.int64)
    group, asked = np.asarray(groups), np.flatnonzero(judged)
    usable = np.asarray(learnt, dtype=bool)
    probabilities = np.full(len(y), np.nan)
    if _fewer(y[usable]) < FEWEST:
        return probabilities
    _, place = np.unique(group, return_inverse=True)
    part = np.random.default_rng(seed).integers(0, folds, int(place.max(initial=0)) + 1)[place]
    for fold in range(folds):
        own = asked[part[asked] == fold]
        others = np.flatnonzero(usable & (part != fold))
        if not len(own):
            continue
        # the parts are drawn, so that one may have far more than a fifth of either kind
        if _fewer(y[others]) < FEWEST // 2:
            continue
        # the trees cannot take a column that is missing throughout
        columns = np.flatnonzero(~np.isnan(features[others]).all(axis=0))
        model = HistGradientBoostingClassifier(
            max_iter=200,
            learning_rate=0.03,
            max_leaf_nodes=4,
            min_samples_leaf=15,
            l2_regularization=5.0,
            early_stopping=False,
            random_state=seed,
        )
        model.fit(features[np.ix_(others, columns)], y[others])
        probabilities[own] = model.predict_proba(features[np.ix_(own, columns)])[:, 1]
    return probabilities


def _fewer(labels: Ints) -> int:
    """Count the labels of the kind that there are fewer of."""
    return min(int((labels == 1).sum()), int((labels == 0).sum()))


def doubt(labels: npt.ArrayLike, probabilities: npt.ArrayLike) -> Floats:
    """Give the probability that each label is wrong, (pairs,); nan stays."""
    p = np.asarray(probabilities, dtype=np.float64)
    return np.where(np.asarray(labels) == 1, 1 - p, p)

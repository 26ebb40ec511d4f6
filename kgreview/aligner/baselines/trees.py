"""Trees over similarities, each pair judged by itself: a random forest, and boosting.

The forest is Magellan's (Konda et al. 2016) over features no weaker than its own. Trees on
similarities are what networks on embeddings lose to, so neither is not promoted: validation pairs
choose among the settings and the mean of all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier

from kgreview.aligner.baselines.dataset import Dataset, Floats, Scorer, in_batches
from kgreview.evaluation.metrics import average_precision
from kgreview.progress import Progress

FOREST = ({"min_samples_leaf": 1}, {"min_samples_leaf": 4})
BOOSTING = (
    {"max_iter": 200, "learning_rate": 0.1, "max_leaf_nodes": 31, "l2_regularization": 0.0},
    {"max_iter": 400, "learning_rate": 0.05, "max_leaf_nodes": 31, "l2_regularization": 5.0},
    {"max_iter": 300, "learning_rate": 0.05, "max_leaf_nodes": 8, "l2_regularization": 1.0},
    {  # of a few hundred pairs, leaves of twenty are too large
        "max_iter": 400,
        "learning_rate": 0.05,
        "max_leaf_nodes": 31,
        "l2_regularization": 5.0,
        "min_samples_leaf": 5,
    },
)


def magellan(data: Dataset, seed: int, device: str, progress: Progress) -> Scorer:  # noqa: ARG001
    """Fit a random forest to the similarities."""
    makers = [
        RandomForestClassifier(
            n_estimators=1_000, max_features="sqrt", n_jobs=-1, random_state=seed, **settings
        )
        for settings in FOREST
    ]
    return _best(makers, data, progress)


def boosting(data: Dataset, seed: int, device: str, progress: Progress) -> Scorer:  # noqa: ARG001
    """Fit histogram gradient boosting to the similarities."""
    return _best([booster(settings) for settings in BOOSTING], data, progress)


def booster(settings: dict[str, Any]) -> HistGradientBoostingClassifier:
    """Make one that stops when its settings say so, not when a random part of the pairs does.

    So nothing in it is drawn at random, but for the bins of more than 200,000 pairs.
    """
    return HistGradientBoostingClassifier(early_stopping=False, random_state=0, **settings)


def known_columns(similarities: Floats) -> npt.NDArray[np.int64]:
    """Find the columns that say anything of the training pairs: not all missing, not all equal."""
    with np.errstate(invalid="ignore"):
        some = ~np.isnan(similarities).all(axis=0)
        low = np.where(some, np.nan_to_num(similarities, nan=np.inf).min(axis=0), 0)
        high = np.where(some, np.nan_to_num(similarities, nan=-np.inf).max(axis=0), 0)
    gaps = np.isnan(similarities).any(axis=0)
    return np.flatnonzero(some & ((high > low) | gaps))


def matching(model: Any, features: Floats) -> npt.NDArray[np.floating]:
    """Give the probability of a match, (pairs,)."""
    probability: npt.NDArray[np.floating] = model.predict_proba(features)[:, -1]
    return probability


class Together:
    """The mean of several models: where validation hardly parts them, no pick is left to chance."""

    def __init__(self, models: Sequence[Any]) -> None:
        self.models = models

    def predict_proba(self, features: Floats) -> npt.NDArray[np.floating]:
        """Give the mean probabilities of no match and of a match, (pairs, 2)."""
        mean: npt.NDArray[np.floating] = np.mean(
            [model.predict_proba(features) for model in self.models], axis=0
        )
        return mean


def nodes(model: Any) -> int:
    """Count the nodes of all trees, which is what was fitted."""
    if isinstance(model, Together):
        return sum(map(nodes, model.models))
    if isinstance(model, RandomForestClassifier):
        return sum(tree.tree_.node_count for tree in model.estimators_)
    return sum(len(tree.nodes) for trees in model._predictors for tree in trees)


def _best(models: Sequence[Any], data: Dataset, progress: Progress) -> Scorer:
    learn = data.similarities[data.train.where]
    columns = known_columns(learn)
    learn, held = learn[:, columns], data.similarities[data.valid.where][:, columns]
    progress("train", 0, len(models))
    for number, model in enumerate(models):
        model.fit(learn, data.train.label)
        if isinstance(model, RandomForestClassifier):
            model.n_jobs = 1  # it would ask for processes, which a method's own may not start
        progress("train", number + 1, len(models))
    choices = [*models, Together(models)]
    figures = [average_precision(data.valid.label, matching(each, held)) for each in choices]
    best = choices[int(np.nanargmax(figures))] if not np.isnan(figures).all() else models[0]

    def score() -> Floats:
        return in_batches(
            len(data), lambda part: matching(best, data.similarities[part][:, columns]), progress
        )

    return Scorer(score, nodes(best))

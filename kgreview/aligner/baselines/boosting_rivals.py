"""Boosting that also sees how a pair stands among the other candidates of its two entities."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import logit
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import GroupKFold

from kgreview.aligner.baselines.dataset import BATCH, Dataset, Floats, Rows, Scorer, in_batches
from kgreview.aligner.baselines.trees import BOOSTING, booster, known_columns, matching, nodes
from kgreview.aligner.own import most_informative
from kgreview.aligner.rank_features import RankFeatures
from kgreview.evaluation.metrics import average_precision
from kgreview.progress import Progress

_FOLDS = 3
_ROUNDS = 2  # the second sees where the first has put a pair and its competitors
_STRONGEST = 6  # similarities whose standing is looked at, beside that of the own score


def boosting_rivals(data: Dataset, seed: int, device: str, progress: Progress) -> Scorer:  # noqa: ARG001
    """Fit boosting to similarities, then to these and the standing by its own scores, in rounds.

    A training pair's score comes from a model that has not seen its left entity; all others' from
    the mean of those models, so that both are alike. The last round's settings are chosen on
    validation pairs.
    """
    learn = data.similarities[data.train.where]
    columns = known_columns(learn)
    strongest = list(most_informative(learn, data.train.label, _STRONGEST, range(learn.shape[1])))
    beside = RankFeatures(data.similarities[:, strongest], data.left, data.right)
    extra: list[RankFeatures | Floats] = []  # (candidates, …) what this round sees besides
    fitted = 0
    progress("train", 0, 1 + _ROUNDS)
    for number in range(1 + _ROUNDS):

        def features(part: slice | Rows, extra: list[RankFeatures | Floats] = extra) -> Floats:
            own = data.similarities[part][:, columns]
            return np.concatenate([own, *(extra_columns[part] for extra_columns in extra)], axis=1)

        if number == _ROUNDS:
            model = _best(data, features)
            fitted += nodes(model)
        else:
            scores, size = _out_of_fold(data, features)
            fitted += size
            own = scores[:, None]
            extra = [beside, own, RankFeatures(own, data.left, data.right)]
        progress("train", number + 1, 1 + _ROUNDS)

    return Scorer(
        lambda: in_batches(len(data), lambda part: matching(model, features(part)), progress),
        fitted,
    )


def _best(data: Dataset, features: Any) -> HistGradientBoostingClassifier:
    learn, held = features(data.train.where), features(data.valid.where)
    models = [booster(settings).fit(learn, data.train.label) for settings in BOOSTING]
    figures = [average_precision(data.valid.label, matching(model, held)) for model in models]
    return models[int(np.nanargmax(figures)) if not np.isnan(figures).all() else 0]


def _out_of_fold(data: Dataset, features: Any) -> tuple[Floats, int]:
    """Give every candidate the logit of models that have not seen its label."""
    where, label = data.train.where, data.train.label
    entities = data.left[where]
    folds = GroupKFold(min(_FOLDS, len(np.unique(entities))))
    total, own, size = np.zeros(len(data)), np.empty(len(where)), 0
    learn = features(where)
    for seen, held in folds.split(where, label, entities):
        some = known_columns(learn[seen])  # a column may be missing throughout a part
        model = booster(BOOSTING[0]).fit(learn[seen][:, some], label[seen])
        for start in range(0, len(data), BATCH):
            part = slice(start, start + BATCH)
            total[part] += _logit(model, features(part)[:, some])
        own[held] = _logit(model, learn[held][:, some])
        size += nodes(model)
    scores = (total / folds.n_splits).astype(np.float32)
    scores[where] = own
    return scores, size


def _logit(model: Any, features: Floats) -> npt.NDArray[np.floating]:
    log_odds: npt.NDArray[np.floating] = logit(matching(model, features).clip(1e-6, 1 - 1e-6))
    return log_odds

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
from kgreview.evaluation.metrics import average_precision
from kgreview.progress import Progress

_FOLDS = 3
_ROUNDS = 2  # the second sees where the first has put a pair and its rivals
_STRONGEST = 6  # similarities whose standing is looked at, beside that of the own score


def boosting_rivals(data: Dataset, seed: int, device: str, progress: Progress) -> Scorer:  # noqa: ARG001
    """Fit boosting to similarities, then to these and the standing by its own scores, in rounds.

    A training pair's score comes from a model that has not seen its left entity; all others' from
    the mean of those models, so that both are alike. The last round's settings are chosen on
    validation pairs.
    """
    learn = data.similarities[data.train.where]
    columns = known_columns(learn)
    strongest = _strongest(learn, data.train.label, columns)
    beside = np.concatenate(
        [standings(data.similarities[:, c], data.left, data.right) for c in strongest], axis=1
    )
    extra = np.empty((len(data), 0), np.float32)  # (candidates, …) what this round sees besides
    fitted = 0
    for number in range(1 + _ROUNDS):

        def features(part: slice | Rows, extra: Floats = extra) -> Floats:
            return np.concatenate([data.similarities[part][:, columns], extra[part]], axis=1)

        if number == _ROUNDS:
            model = _best(data, features, seed)
            fitted += nodes(model)
        else:
            scores, size = _out_of_fold(data, features, seed)
            fitted += size
            extra = np.concatenate(
                [beside, scores[:, None], standings(scores, data.left, data.right)], axis=1
            )
        progress("train", number + 1, 1 + _ROUNDS)

    return Scorer(
        lambda: in_batches(len(data), lambda part: matching(model, features(part)), progress),
        fitted,
    )


def standings(values: Floats, left: Rows, right: Rows) -> Floats:
    """Describe each value among those of the candidates that share an entity, (candidates, 8).

    By side: gap to the best, lead over the best of the others, rank (equals share one), and how
    many candidates there are. A missing value is below all others.
    """
    filled = np.where(np.isnan(values), np.float32(-1e3), values).astype(np.float64)
    return np.concatenate([_standing(filled, left), _standing(filled, right)], axis=1)


def _standing(values: npt.NDArray[np.float64], entities: Rows) -> Floats:
    order = np.lexsort((-values, entities))
    value, entity = values[order], entities[order]
    fresh = np.r_[True, entity[1:] != entity[:-1]]
    starts = np.flatnonzero(fresh)
    group = np.cumsum(fresh) - 1
    counts = np.diff(np.r_[starts, len(order)])
    best = value[starts][group]
    second = np.where(counts > 1, value[np.minimum(starts + 1, len(order) - 1)], np.nan)[group]
    place = np.arange(len(order)) - starts[group]
    # equals share the rank of the first of them
    differs = np.r_[True, (value[1:] != value[:-1]) | fresh[1:]]
    rank = place[np.maximum.accumulate(np.where(differs, np.arange(len(order)), 0))]
    found = np.empty((len(order), 4), np.float32)
    found[order] = np.column_stack(
        [best - value, value - np.where(place == 0, second, best), rank, counts[group]]
    )
    return found


def _strongest(
    learn: Floats, label: npt.NDArray[np.int8], columns: npt.NDArray[np.int64]
) -> list[int]:
    """Find the similarities that tell most by themselves, by PRAUC on the training pairs."""
    figure = {
        int(c): average_precision(label, np.nan_to_num(learn[:, c], nan=-1e3)) for c in columns
    }
    return sorted(figure, key=lambda c: -figure[c])[:_STRONGEST]


def _best(data: Dataset, features: Any, seed: int) -> HistGradientBoostingClassifier:
    learn, held = features(data.train.where), features(data.valid.where)
    models = [booster(settings, seed).fit(learn, data.train.label) for settings in BOOSTING]
    figures = [average_precision(data.valid.label, matching(model, held)) for model in models]
    return models[int(np.nanargmax(figures)) if not np.isnan(figures).all() else 0]


def _out_of_fold(data: Dataset, features: Any, seed: int) -> tuple[Floats, int]:
    """Give every candidate the logit of models that have not seen its label."""
    where, label = data.train.where, data.train.label
    entities = data.left[where]
    folds = GroupKFold(min(_FOLDS, len(np.unique(entities))))
    total, own, size = np.zeros(len(data)), np.empty(len(where)), 0
    learn = features(where)
    for seen, held in folds.split(where, label, entities):
        model = booster(BOOSTING[0], seed).fit(learn[seen], label[seen])
        for start in range(0, len(data), BATCH):
            total[start : start + BATCH] += _logit(model, features(slice(start, start + BATCH)))
        own[held] = _logit(model, learn[held])
        size += nodes(model)
    scores = (total / folds.n_splits).astype(np.float32)
    scores[where] = own
    return scores, size


def _logit(model: Any, features: Floats) -> npt.NDArray[np.floating]:
    found: npt.NDArray[np.floating] = logit(matching(model, features).clip(1e-6, 1 - 1e-6))
    return found

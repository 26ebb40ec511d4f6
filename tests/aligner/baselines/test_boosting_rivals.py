"""Boosting that sees a pair's competitors learns in parts, of which none is like another."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import numpy as np

from kgreview.aligner.baselines.boosting_rivals import _out_of_fold
from kgreview.aligner.baselines.dataset import Dataset, Floats, Labelled, Rows


class _Toy(SimpleNamespace):
    def __len__(self) -> int:
        return len(self.left)


def test_a_similarity_may_be_missing_throughout_a_part() -> None:
    rng = np.random.default_rng(0)
    left = np.repeat(np.arange(30), 2)
    label = np.tile([1, 0], 30).astype(np.int8)
    values = np.column_stack([label + rng.normal(0, 0.2, 60), np.full(60, np.nan)])
    values[left == 0, 1] = [0.2, 0.4]  # known of one entity, so of one part
    figures: Floats = values.astype(np.float32)

    def features(part: slice | Rows) -> Floats:
        return figures[part]

    toy = cast(Dataset, _Toy(left=left, train=Labelled(np.arange(60), label)))
    scores, nodes = _out_of_fold(toy, features)
    assert np.isfinite(scores).all()
    assert scores[label == 1].mean() > scores[label == 0].mean()
    assert nodes > 0

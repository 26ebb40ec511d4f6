"""Boosted trees over the figures of a pair, as tensors of a network.

Trees and networks on the same figures err in different places: their mean is better than either
(docs/aligner.md has figures). Scikit-learn grows them; what they come to is kept as tensors, so
that they are saved, moved and evaluated as every other weight is. Trees of eight leaves have seven
splits, so the answers of all splits of a tree make a number of seven bits, which a table turns into
the tree's value: no walk from node to node (after QuickScorer, Lucchese et al., SIGIR 2015).

Shapes: P pairs, F figures of a pair, T trees, S splits of a tree.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits
from torch import Tensor, nn

Floats = npt.NDArray[np.float32]

_LEAVES = 8
_SPLITS = _LEAVES - 1
_RATE = 0.05
_L2 = 1.0
_FEW = 20_000
# pairs evaluated at once: what all trees ask of them, (T, pairs), stays in a CPU's cache
_ROWS = {"cpu": 2048, "cuda": 65536}


class BoostedTrees(nn.Module):
    """Histogram gradient boosting (Ke et al. 2017; Friedman 2001) in a form torch evaluates."""

    def __init__(self, trees: int) -> None:
        """``trees``: how many there are at most, or 0; before ``fit`` all of them say 0."""
        super().__init__()
        self.figure: Tensor  # (T × S,) which figure a split looks at; by F more where a missing
        self.cut: Tensor  # (T × S,) one goes to the left; up to here to the left
        self.value: Tensor  # (T, 2^S) of a tree, by the answers of its splits
        self.base: Tensor  # () logit of the share of matches
        self.learnt: Tensor  # () pairs they were grown on
        self.register_buffer("figure", torch.zeros(trees * _SPLITS, dtype=torch.int64))
        self.register_buffer("cut", torch.zeros(trees * _SPLITS))
        self.register_buffer("value", torch.zeros(trees, 2**_SPLITS))
        self.register_buffer("base", torch.zeros(()))
        self.register_buffer("learnt", torch.zeros((), dtype=torch.int64))

    def fit(
        self,
        figures: Floats,
        label: npt.NDArray[np.int8],
        weight: Floats,
        seed: int,
        rising: int = 0,
    ) -> None:
        """Grow them on figures (P, F), nan where one is missing, of pairs of both labels.

        What they say never falls where one of the first ``rising`` figures rises.
        """
        if not len(self.value):
            return
        # a pair that weighs thrice is there three times: scikit-learn's weights would make it look
        # for quantiles at length, which takes longer than all trees do
        times = np.rint(weight / weight.min()).astype(np.int64)
        figures, label = np.repeat(figures, times, axis=0), np.repeat(label, times)
        columns = _varying(figures)
        # threads that wait for each other at every split cost more than few pairs are worth
        with threadpool_limits(1 if len(figures) < _FEW else None, user_api="openmp"):
            grown = HistGradientBoostingClassifier(
                max_iter=len(self.value),
                learning_rate=_RATE,
                max_leaf_nodes=_LEAVES,
                l2_regularization=_L2,
                monotonic_cst=(columns < rising).astype(np.int8) if rising else None,
                early_stopping=False,
                random_state=seed,
            ).fit(figures[:, columns], label)
        self.base.fill_(float(grown._baseline_prediction.item()))
        self.learnt.fill_(len(times))
        figure, cut = self.figure.view(-1, _SPLITS), self.cut.view(-1, _SPLITS)
        figure.zero_()
        cut.zero_()
        self.value.zero_()
        for number, (tree,) in enumerate(grown._predictors):
            splits, values = _flatten(tree.nodes)
            self.value[number] = torch.from_numpy(values)
            for place, split in enumerate(splits):
                # thresholds lie between two float32, which rounding must not cross
                cut[number, place] = _below(float(split["num_threshold"]))
                figure[number, place] = int(columns[split["feature_idx"]]) + (
                    figures.shape[1] if split["missing_go_to_left"] else 0
                )

    def beside(self, logits: Tensor, figures: Tensor) -> Tensor:
        """Give the mean of a network's logits (P,) and the trees', if there is any tree."""
        return (logits + self(figures)) / 2 if len(self.value) else logits

    def forward(self, figures: Tensor) -> Tensor:
        """Give logits (P,) of figures (P, F)."""
        rows = _ROWS[figures.device.type]
        return torch.cat([self._rows(part) for part in torch.split(figures, rows)])

    def _rows(self, figures: Tensor) -> Tensor:
        # a missing figure is beyond all cuts, or before them; (2 F, P), since each split asks one
        # figure of all pairs
        both = torch.cat([figures.nan_to_num(torch.inf), figures.nan_to_num(-torch.inf)], dim=1)
        asked = both.T.contiguous()
        figure, cut = self.figure.view(-1, _SPLITS), self.cut.view(-1, _SPLITS)
        answers = torch.zeros(len(figure), len(figures), dtype=torch.uint8, device=figures.device)
        for split in range(_SPLITS):
            left = asked.index_select(0, figure[:, split]) <= cut[:, split, None]  # (T, P)
            answers |= left.to(torch.uint8) << split
        logits: Tensor = self.value.gather(1, answers.to(torch.int64)).sum(0) + self.base
        return logits


def _varying(figures: Floats) -> npt.NDArray[np.int64]:
    """Find the columns that are there for some pairs: one that is never there cannot be binned."""
    found = np.flatnonzero(~np.isnan(figures).all(axis=0))
    return found if len(found) else np.arange(min(1, figures.shape[1]))


def _flatten(nodes: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], Floats]:
    """Turn a tree's nodes into its splits and its value for every combination of answers (2^S,)."""
    place = (np.cumsum(nodes["is_leaf"] == 0) - 1).clip(min=0)  # of a split among the splits
    answers = np.arange(2**_SPLITS)
    at = np.zeros(len(answers), np.int64)
    for _ in range(_SPLITS):
        inner = nodes["is_leaf"][at] == 0
        left = (answers >> place[at]) & 1 == 1
        down = np.where(left, nodes["left"][at], nodes["right"][at])
        at = np.where(inner, down, at)
    return nodes[nodes["is_leaf"] == 0], nodes["value"][at].astype(np.float32)


def _below(threshold: float) -> float:
    """Give the greatest float32 that is not above: figures are of this kind, thresholds finer.

    A split into what is there and what is missing has an infinite one: all that is there is below.
    """
    if threshold == np.inf:
        return float(np.finfo(np.float32).max)
    rounded = np.float32(threshold)
    down = rounded if rounded <= threshold else np.nextafter(rounded, np.float32(-np.inf))
    return float(down)

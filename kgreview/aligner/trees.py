"""Boosted trees over the figures of a pair, as tensors of a network.

Scikit-learn grows them; what they come to is kept as tensors, so that they are saved, moved and
evaluated as every other weight is. No pair walks from node to node: each split of a tree strikes
out the leaves that a pair cannot come to by its answer, and the first that is left is its own
(QuickScorer, Lucchese et al., SIGIR 2015). So a split of every tree is asked of all pairs at once.

Shapes: P pairs, F figures of a pair, T trees, L leaves of a tree, S = L − 1 splits.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits
from torch import Tensor, nn

from kgreview.progress import Progress, silent

Floats = npt.NDArray[np.float32]

# numbers that leaves are struck out of, by how many bits there are for them: the shorter the faster
_NUMBERS = {8: torch.uint8, 15: torch.int16, 31: torch.int32}
_L2 = 1.0
_L2_OF_MANY = 5.0  # with less, single leaves of very many pairs say whatever they like
_FEW = 20_000
_FEWEST_OF_A_LABEL = 2  # that a member learns from, or it learns from everything
# pairs evaluated at once: what all trees ask of them, (T, pairs), stays in a CPU's cache
_ROWS = {"cpu": 1024, "cuda": 65536}


class BoostedTrees(nn.Module):
    """Histogram gradient boosting (Ke et al. 2017; Friedman 2001) in a form torch evaluates."""

    def __init__(self, trees: int, leaves: int = 8, rate: float = 0.05) -> None:
        """``trees``: how many there are at most, or 0; before ``fit`` all of them say 0.

        ``leaves``: of each at most, up to 31; ``rate``: how much of what each finds counts.
        """
        super().__init__()
        self._rate = rate
        splits = leaves - 1
        number = next(kind for most, kind in _NUMBERS.items() if leaves <= most)
        self._all = torch.iinfo(number).max if number is torch.uint8 else -1  # all bits
        self.figure: Tensor  # (T, S) which figure a split looks at; by F more where a missing
        self.cut: Tensor  # (T, S) one goes to the left; up to here to the left
        self.kept: Tensor  # (T, S) bits of the leaves that going to the right leaves over
        self.value: Tensor  # (T, L) of each leaf, from left to right
        self.base: Tensor  # () logit of the share of matches
        self.learnt: Tensor  # () pairs they were grown on
        self.register_buffer("figure", torch.zeros(trees, splits, dtype=torch.int64))
        self.register_buffer("cut", torch.zeros(trees, splits))
        self.register_buffer("kept", torch.full((trees, splits), self._all, dtype=number))
        self.register_buffer("value", torch.zeros(trees, leaves))
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
                learning_rate=self._rate,
                max_leaf_nodes=self.value.shape[1],
                l2_regularization=_L2 if len(figures) < _FEW else _L2_OF_MANY,
                monotonic_cst=(columns < rising).astype(np.int8) if rising else None,
                early_stopping=False,
                random_state=seed,
            ).fit(figures[:, columns], label)
        self.base.fill_(float(grown._baseline_prediction.item()))
        self.learnt.fill_(len(times))
        self.figure.zero_()
        self.cut.zero_()
        self.kept.fill_(self._all)  # a split that is not there strikes nothing out
        self.value.zero_()
        for number, (tree,) in enumerate(grown._predictors):
            splits, kept, values = _flatten(tree.nodes)
            self.value[number, : len(values)] = torch.from_numpy(values)
            self.kept[number, : len(kept)] = torch.from_numpy(kept).to(self.kept.dtype)
            for place, split in enumerate(splits):
                # thresholds lie between two float32, which rounding must not cross
                self.cut[number, place] = _below(float(split["num_threshold"]))
                self.figure[number, place] = int(columns[split["feature_idx"]]) + (
                    figures.shape[1] if split["missing_go_to_left"] else 0
                )

    def forward(self, figures: Tensor) -> Tensor:
        """Give logits (P,) of figures (P, F)."""
        rows = _ROWS[figures.device.type]
        return torch.cat([self._rows(part) for part in torch.split(figures, rows)])

    def _rows(self, figures: Tensor) -> Tensor:
        # a missing figure is beyond all cuts, or before them; (2 F, P), since each split asks one
        # figure of all pairs
        both = torch.cat([figures.nan_to_num(torch.inf), figures.nan_to_num(-torch.inf)], dim=1)
        asked = both.T.contiguous()
        left_over = torch.full(
            (len(self.figure), len(figures)),
            self._all,
            dtype=self.kept.dtype,
            device=figures.device,
        )
        for split in range(self.figure.shape[1]):
            right = asked.index_select(0, self.figure[:, split]) > self.cut[:, split, None]
            # all bits of a pair that goes to the left: it strikes nothing out
            stays = right.to(self.kept.dtype) - 1  # (T, P)
            left_over &= stays | self.kept[:, split, None]
        lowest = left_over & -left_over  # a power of two, which float32 holds exactly
        leaf = torch.log2(lowest.to(torch.float32)).to(torch.int64)  # (T, P)
        return self.value.gather(1, leaf).sum(0) + self.base


class CrossFittedTrees(nn.Module):
    """Members: boosted trees, each grown on all labels but those of its own part.

    Their mean counts in use. What is to be learnt on top of them sees of a label the member that
    has not seen it (cross-fitting, Chernozhukov et al. 2018).
    """

    def __init__(self, members: int, trees: int, leaves: int, rate: float = 0.05) -> None:
        """``trees``, ``leaves`` and ``rate`` of each member, as ``BoostedTrees`` takes them."""
        super().__init__()
        self.members = nn.ModuleList(BoostedTrees(trees, leaves, rate) for _ in range(members))

    @property
    def each(self) -> list[BoostedTrees]:
        """The members, as what they are."""
        return [member for member in self.members if isinstance(member, BoostedTrees)]

    def __len__(self) -> int:
        """How many members there are that may say anything."""
        return sum(len(member.value) > 0 for member in self.each)

    @property
    def grown(self) -> bool:
        """Whether any member has learnt something."""
        return any(len(member.value) and int(member.learnt) for member in self.each)

    def fit(
        self,
        figures: Floats,
        label: npt.NDArray[np.int8],
        weight: Floats,
        part: npt.NDArray[np.int64],
        seed: int,
        *,
        rising: int = 0,
        progress: Progress = silent,
    ) -> None:
        """Grow each member on figures (P, F) of pairs that are not in its part, (P,) numbers.

        Where that leaves it too few of either label, and where it is the only one, it is grown on
        all. A member that has seen
        more pairs than there are stays as it is: trees cannot go on from where they stopped.
        """
        for number, member in enumerate(self.each):
            progress("grow trees", number, len(self.members))
            some = np.flatnonzero(part != number)
            matches = int(label[some].sum())
            if min(matches, len(some) - matches) < _FEWEST_OF_A_LABEL or len(self.members) == 1:
                some = np.arange(len(label))
            if len(some) >= int(member.learnt):
                member.fit(figures[some], label[some], weight[some], seed + number, rising)
        progress("grow trees", len(self.members), len(self.members))

    def forward(self, figures: Tensor) -> Tensor:
        """Give each member's logits (M, P) of figures (P, F)."""
        return torch.stack([member(figures) for member in self.each])


def _varying(figures: Floats) -> npt.NDArray[np.int64]:
    """Find the columns that are there for some pairs: one that is never there cannot be binned."""
    some_known = np.flatnonzero(~np.isnan(figures).all(axis=0))
    return some_known if len(some_known) else np.arange(min(1, figures.shape[1]))


def _flatten(nodes: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[np.int32], Floats]:
    """Turn a tree's nodes into its splits, what going to the right leaves over, and its leaves.

    Leaves are numbered from left to right, so the first that is left over is the one a pair comes
    to: to the right of it all splits on its way would have gone there.
    """
    values, kept = [], np.full(len(nodes), -1, np.int32)

    def walk(at: int) -> None:
        if nodes["is_leaf"][at]:
            values.append(nodes["value"][at])
            return
        first = len(values)
        walk(int(nodes["left"][at]))
        kept[at] = ~((1 << len(values)) - (1 << first))
        walk(int(nodes["right"][at]))

    walk(0)
    inner = nodes["is_leaf"] == 0
    return nodes[inner], kept[inner], np.array(values, np.float32)


def _below(threshold: float) -> float:
    """Give the greatest float32 that is not above: figures are of this kind, thresholds finer.

    A split into what is there and what is missing has an infinite one: all that is there is below.
    """
    if threshold == np.inf:
        return float(np.finfo(np.float32).max)
    rounded = np.float32(threshold)
    down = rounded if rounded <= threshold else np.nextafter(rounded, np.float32(-np.inf))
    return float(down)

"""A linear model of a pair: its own features, and the words of the two names.

How alike two names are does not say that *upgrade* or *academic* on one side only makes another
product of it, while *inc* on one side says nothing. So each word has two weights in log odds, what
it says where both names have it and where one name has it alone, beside those of the own features.
Boosted trees see what the model says as two features more.

A word that few entities have would tell which entity it is, and not what words mean: only those
that many of the labelled entities have are learnt.

Shapes: P pairs, D own features with their ranks, V words that are learnt, c words kept of a name,
M members, each fitted to all labels but those of its own part (see ``own.py``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
import torch
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits
from torch import Tensor, nn

Floats = npt.NDArray[np.float32]
Wide = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int32]
Rows = npt.NDArray[np.int64]

LINEAR_FEATURES = 2  # of a pair: log odds by words, and in all
_COMMON = 10  # entities of one side that have a word, for it to be learnt
_PRIOR = 0.1  # variance of a weight before anything is learnt
_STEPS = 60  # of the optimiser, at most
_FARTHEST = 5.0  # standard deviations that own features are cut at
_FEWEST = 30  # matches to learn from
_FEWEST_OF_A_LABEL = 2  # that a member learns from, or it learns from everything
_FEW = 20_000


@dataclass(frozen=True, eq=False)
class PairWords:
    """The words of the two names of pairs, as codes; 0 where there are no more."""

    codes: Codes  # (nodes, c) of all entities, the left ones first
    left: Rows  # (P,) nodes
    right: Rows  # (P,) nodes

    def __getitem__(self, where: slice | Rows) -> PairWords:
        """Pick some of the pairs."""
        return PairWords(self.codes, self.left[where], self.right[where])

    def sides(self) -> tuple[Codes, Codes]:
        """Give the codes of either name, (P, c) each."""
        return self.codes[self.left], self.codes[self.right]


class LinearModel(nn.Module):
    """Members that weigh own features and words; before ``fit`` they say 0."""

    def __init__(self, members: int, features: int, words: int) -> None:
        """``features``: D; ``words``: V."""
        super().__init__()
        self.words: Tensor  # (V,) codes, ascending
        self.of_word: Tensor  # (M, V, 2) log odds of a word that both names have, that one has
        self.of_feature: Tensor  # (M, D) log odds of a standard deviation
        self.base: Tensor  # (M,)
        self.middle: Tensor  # (D,) what is taken from the own features,
        self.scale: Tensor  # (D,) and what they are multiplied by
        self.learnt: Tensor  # () of how many pairs
        self.register_buffer("words", torch.zeros(words, dtype=torch.int32))
        self.register_buffer("of_word", torch.zeros(members, words, 2))
        self.register_buffer("of_feature", torch.zeros(members, features))
        self.register_buffer("base", torch.zeros(members))
        self.register_buffer("middle", torch.zeros(features))
        self.register_buffer("scale", torch.zeros(features))
        self.register_buffer("learnt", torch.zeros((), dtype=torch.int64))

    def fit(
        self,
        features: Floats,
        words: PairWords,
        label: npt.NDArray[np.int8],
        weight: Floats,
        part: Rows,
    ) -> None:
        """Fit each member to pairs with features (P, D) that are not in its part, (P,) numbers.

        Of few matches nothing is learnt; and a model that has seen more pairs than there are stays
        as it is.
        """
        if int(label.sum()) < _FEWEST or len(label) < int(self.learnt):
            return
        device = self.base.device
        with np.errstate(invalid="ignore"):
            middle, deviation = _moments(features)
        self.middle = torch.from_numpy(middle).to(device)
        self.scale = torch.from_numpy(1 / np.where(deviation > 0, deviation, np.inf)).to(device)
        learnt = _common_words(words)
        self.words = torch.from_numpy(learnt).to(device)
        standardised = self._standardised(features).cpu().numpy()
        dense = np.hstack([standardised, np.ones((len(label), 1), np.float32)])
        sparse = _word_matrix(words, learnt)
        everything, members = np.arange(len(label)), []
        with threadpool_limits(1 if len(label) < _FEW else None):
            for number in range(len(self.base)):
                some = np.flatnonzero(part != number)
                matches = int(label[some].sum())
                if min(matches, len(some) - matches) < _FEWEST_OF_A_LABEL:
                    some = everything
                members.append(_fit(dense[some], sparse[some], label[some], weight[some]))
        weights = torch.from_numpy(np.stack(members).astype(np.float32)).to(device)
        width = features.shape[1]
        self.of_feature, self.base = weights[:, :width].contiguous(), weights[:, width].contiguous()
        of_word = weights[:, width + 1 :].reshape(len(members), 2, -1)
        self.of_word = of_word.transpose(1, 2).contiguous()
        self.learnt.fill_(len(label))

    def forward(self, features: Tensor, left: Tensor, right: Tensor) -> Tensor:
        """Give what each member says, (M, P, 2): by words, and in all.

        ``features`` (P, D); ``left`` and ``right`` (P, c) are the words of the two names.
        """
        by_words = self._by_words(left, right)
        in_all = self._standardised(features) @ self.of_feature.T + self.base  # (P, M)
        return torch.stack([by_words, in_all.T + by_words], dim=2)

    def _standardised(self, features: Tensor | Floats) -> Tensor:
        """Give own features (P, D) in standard deviations; what is missing is as the mean."""
        given = torch.as_tensor(features).to(self.base.device)
        scaled = ((given - self.middle) * self.scale).nan_to_num(0.0)
        return scaled.clamp(-_FARTHEST, _FARTHEST)

    def _by_words(self, left: Tensor, right: Tensor) -> Tensor:
        """Add up what the words of both names say, (M, P)."""
        if not len(self.words):
            return self.base.new_zeros(len(self.base), len(left))
        shared = (left[:, :, None] == right[:, None, :]) & (left != 0)[:, :, None]  # (P, c, c)
        total = self.base.new_zeros(len(self.base), len(left))
        for codes, in_both in ((left, shared.any(2)), (right, shared.any(1))):
            place = torch.searchsorted(self.words, codes).clamp(max=len(self.words) - 1)
            of_word = self.of_word[:, place]  # (M, P, c, 2)
            # a word of both names is counted on the left
            counts = in_both if codes is left else torch.zeros_like(in_both)
            is_weighted = self.words[place] == codes
            total += (of_word[..., 0] * (is_weighted & counts)).sum(2)
            total += (of_word[..., 1] * (is_weighted & ~in_both)).sum(2)
        return total


def _moments(features: Floats) -> tuple[Floats, Floats]:
    """Give mean and standard deviation of columns, (D,) each, 0 where there is nothing."""
    there = ~np.isnan(features)
    count = np.maximum(there.sum(axis=0), 1)
    filled = np.where(there, features, 0).astype(np.float64)
    middle = filled.sum(axis=0) / count
    spread = np.where(there, filled - middle, 0)
    deviation = np.sqrt((spread**2).sum(axis=0) / count)
    return middle.astype(np.float32), deviation.astype(np.float32)


def _common_words(words: PairWords) -> Codes:
    """Choose the words that enough of the entities of either side have, ascending."""
    often = []
    for nodes in (words.left, words.right):
        codes, counts = np.unique(words.codes[np.unique(nodes)], return_counts=True)
        often.append(codes[counts >= _COMMON])
    chosen = np.union1d(*often)
    common: Codes = chosen[chosen != 0].astype(np.int32)
    return common


def _word_matrix(words: PairWords, learnt: Codes) -> sp.csr_matrix:
    """Say which of the learnt words both names have, and which one has, (P, 2 V)."""
    left, right = (_indicator(codes, learnt) for codes in words.sides())
    both = left.multiply(right).tocsr()
    alone = (left + right - 2 * both).tocsr()
    return sp.hstack([both, alone], format="csr", dtype=np.float32)


def _indicator(codes: Codes, learnt: Codes) -> sp.csr_matrix:
    if not len(learnt):
        return sp.csr_matrix((len(codes), 0), dtype=np.float32)
    place = np.searchsorted(learnt, codes).clip(max=len(learnt) - 1)
    rows, columns = np.nonzero(learnt[place] == codes)
    entries = np.ones(len(rows), np.float32), (rows, place[rows, columns])
    return sp.csr_matrix(entries, shape=(len(codes), len(learnt)))


def _fit(
    dense: Floats,
    sparse: sp.csr_matrix,
    label: npt.NDArray[np.int8],
    weight: Floats,
) -> Wide:
    """Fit a penalised logistic regression (L-BFGS); the last dense column has no penalty."""
    width, sign = dense.shape[1], np.where(label == 1, 1.0, -1.0)
    penalty = np.full(width + sparse.shape[1], 1 / _PRIOR)
    penalty[width - 1] = 0
    across = sparse.T.tocsr()

    def loss(values: Wide) -> tuple[float, Wide]:
        of_dense, of_words = values[:width].astype(np.float32), values[width:].astype(np.float32)
        margin = sign * (dense @ of_dense + sparse @ of_words)
        slope = (-sign * weight / (1 + np.exp(np.clip(margin, -30, 30)))).astype(np.float32)
        gradient = np.concatenate([dense.T @ slope, across @ slope]) + penalty * values
        size = (weight * np.logaddexp(0, -margin)).sum() + 0.5 * (penalty * values**2).sum()
        return float(size), gradient.astype(np.float64)

    start, options = np.zeros(len(penalty)), {"maxiter": _STEPS}
    fitted: Wide = minimize(loss, start, jac=True, method="L-BFGS-B", options=options).x
    return fitted

"""Heads that judge a pair by a row of figures, some of them missing.

What trees do well and plain networks do not is to cut single figures in pieces. Two things close
that gap: piecewise linear encoding (Gorishniy et al. 2022), which lets a linear layer cut, and an
ensemble of small networks side by side in one (Laurent et al. 2023; Gorishniy et al. 2025), each
with a loss of its own, whose mean counts.

Shapes: P pairs, F figures of a pair, U figures used, K heads, H = ``hidden`` units of one.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional as F

_FITTED_ON = 50_000  # rows that quantiles are taken of


def telling_columns(figures: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
    """Find the figures (P, F) that differ between pairs, or are there for some of them only.

    Others teach nothing, and a weight that was never taught is noise where the figure does vary.
    The first is kept where none differs, so that there is one.
    """
    missing = np.isnan(figures)
    low = np.where(missing, np.inf, figures).min(axis=0, initial=np.inf)
    high = np.where(missing, -np.inf, figures).max(axis=0, initial=-np.inf)
    some, all_there = ~missing.all(axis=0), ~missing.any(axis=0)
    found = np.flatnonzero(some & ((high > low) | ~all_there))
    return found if len(found) else np.arange(min(1, figures.shape[1]))


class PiecewiseEncoding(nn.Module):
    """Encodes figures piece by piece; a missing one (nan) is a value of its own."""

    def __init__(self, used: int, bins: int, dropout: float) -> None:
        super().__init__()
        self.columns: Tensor  # (U,) which figures are used
        self.edges: Tensor  # (U, bins + 1) ascending quantiles of each
        self.register_buffer("columns", torch.arange(used))
        self.register_buffer("edges", torch.zeros(used, bins + 1))
        self.dropout = dropout
        self.width = used * (bins + 1)

    def fit(self, figures: npt.NDArray[np.float32], columns: npt.NDArray[np.int64]) -> None:
        """Use some columns, cut at the quantiles of figures (P, F) of training pairs."""
        self.columns.copy_(torch.from_numpy(columns))
        if len(figures):
            step = -(-len(figures) // _FITTED_ON)
            sample = torch.from_numpy(figures[::step][:, columns])
            quantiles = torch.linspace(0, 1, self.edges.shape[1])
            # a figure that is missing everywhere has no quantiles, and no pieces
            self.edges.copy_(torch.nanquantile(sample, quantiles, dim=0).T.nan_to_num())

    def forward(self, figures: Tensor) -> Tensor:
        """Encode figures (P, F) as (P, U × (bins + 1)): pieces, and whether it is there."""
        value = figures.index_select(1, self.columns)  # (P, U)
        known = ~value.isnan()
        if self.training and self.dropout:
            # a dropped figure is a missing one, which is a case that does occur
            known = known & (torch.rand_like(value) >= self.dropout)
        low = self.edges[:, :-1]  # (U, bins)
        width = self.edges[:, 1:] - low
        # a piece without width (many equal values) is a step: 0 below it, 1 from it on
        step = (width <= 0).to(width.dtype)
        slope = 1 / width.clamp(min=1e-9)
        # in place, since these are by far the largest of a pair's figures; what is missing is below
        # all edges, and so in no piece
        encoded = value.new_empty(*value.shape, self.edges.shape[1])
        pieces = encoded[..., :-1]
        torch.sub(value.masked_fill(~known, -torch.inf)[..., None], low, out=pieces)
        torch.addcmul(step, pieces, slope, out=pieces).clamp_(0, 1)
        encoded[..., -1] = known
        return encoded.flatten(1)


class Ensemble(nn.Module):
    """K networks of two hidden layers side by side; what leads into them comes from outside."""

    def __init__(self, heads: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.hidden = heads, hidden
        self.scale = nn.Parameter(torch.ones(heads, hidden))
        self.shift = nn.Parameter(torch.zeros(heads, hidden))
        self.inner = nn.Parameter(torch.randn(heads, hidden, hidden) * hidden**-0.5)
        self.inner_bias = nn.Parameter(torch.zeros(heads, hidden))
        self.out = nn.Parameter(torch.randn(heads, hidden) * hidden**-0.5)
        self.out_bias = nn.Parameter(torch.zeros(heads))
        self.dropout = nn.Dropout(dropout)

    @property
    def width(self) -> int:
        """What has to lead into it, K × H."""
        return self.heads * self.hidden

    def forward(self, inward: Tensor) -> Tensor:
        """Turn (P, K × H) into the logits of each head, (P, K)."""
        first = inward.view(-1, self.heads, self.hidden)
        first = F.layer_norm(first, (self.hidden,)) * self.scale + self.shift
        first = self.dropout(torch.relu(first))
        second = torch.einsum("pkh,khj->pkj", first, self.inner) + self.inner_bias
        second = self.dropout(torch.relu(second))
        votes: Tensor = (second * self.out).sum(2) + self.out_bias
        return votes


def votes_entropy(votes: Tensor, label: Tensor, weight: Tensor) -> Tensor:
    """Mean log loss of every head's own logits (P, K), weighted by pair (P,)."""
    each = F.binary_cross_entropy_with_logits(
        votes, label[:, None].expand_as(votes), reduction="none"
    ).mean(1)
    return (each * weight).sum() / weight.sum()

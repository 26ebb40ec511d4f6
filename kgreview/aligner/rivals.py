"""A pair judged against its rivals: the other candidates of either of its two entities.

The published network decides each pair alone. But of five films called "The Return" at most one is
the one looked for: how a pair stands among its rivals says what no look at the pair can. So it is
told how the pair stands by the similarities that tell most; and a last head, which sees what the
networks make of all candidates at once, judges by how the pair stands in that, too.
"""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from kgreview.aligner.boosted import BoostedTrees
from kgreview.aligner.heads import Ensemble, PiecewiseEncoding, telling_columns, votes_entropy
from kgreview.aligner.inputs import LabelledPairs, Pairs
from kgreview.aligner.scoring import AT_ONCE
from kgreview.aligner.settings import AlignerSettings
from kgreview.aligner.standings import MISSING, Standings, standings_width
from kgreview.aligner.told import TOLD, Told
from kgreview.aligner.training import batch_size, one_cycle
from kgreview.evaluation.metrics import average_precision
from kgreview.progress import Progress, silent

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]


def _shares(logits: Floats, entities: Rows) -> Floats:
    """Give log shares (pairs,): rivals and "none of them" (logit 0) divide a probability of one."""
    order = np.argsort(entities, kind="stable")
    starts = np.flatnonzero(np.diff(entities[order], prepend=entities[order[0]] - 1))
    counts = np.diff(np.append(starts, len(order)))
    everybody = np.logaddexp(0, np.logaddexp.reduceat(logits[order].astype(np.float64), starts))
    share = np.empty_like(logits)
    share[order] = logits[order] - np.repeat(everybody, counts)
    return share


def logit_standings(logits: Floats, left: Rows, right: Rows) -> Floats:
    """Describe logits (pairs,) of all candidates: own, shares and standings, (pairs, 11)."""
    if not len(logits):
        return np.empty((0, 3 + standings_width(1)), np.float32)
    shares = [_shares(logits, side) for side in (left, right)]
    own = np.column_stack([logits, *shares])
    standing = Standings(logits[:, None], left, right)[:]
    return np.hstack([own, standing]).astype(np.float32)


def most_telling(similarities: Floats, label: npt.NDArray[np.int8], number: int) -> tuple[int, ...]:
    """Choose the similarities (pairs, F) that tell most by themselves, by PRAUC on the labels."""
    columns = telling_columns(similarities)
    figures = [
        average_precision(label, np.nan_to_num(similarities[:, column], nan=MISSING))
        for column in columns
    ]
    order = np.argsort(-np.array(figures), kind="stable")[:number]
    return tuple(int(columns[place]) for place in order)


class RivalHead(nn.Module):
    """Judges pairs by all that is known of them and how they stand in what the networks think."""

    def __init__(self, used: int, settings: AlignerSettings, known: int = 0) -> None:
        """``used``: how many of the figures it is given it uses; ``known``: labels it tells of."""
        super().__init__()
        self.told = Told(known)
        self.encoding = PiecewiseEncoding(used, settings.bins, settings.missing)
        self.ensemble = Ensemble(settings.heads, settings.hidden, settings.dropout)
        self.encoded = nn.Linear(self.encoding.width, self.ensemble.width)
        self.trees = BoostedTrees(settings.trees)

    def forward(self, figures: Tensor) -> Tensor:
        """Give each head's logits (P, K) of figures (P, F + S + 11 + 4)."""
        votes: Tensor = self.ensemble(self.encoded(self.encoding(figures)))
        return votes

    def judge(self, logits: Floats, candidates: Pairs, where: Rows | None = None) -> Floats:
        """Give the final logits of candidates, or of those at ``where`` only.

        ``logits`` (pairs,) are the networks', of all candidates, which know what is told of them.
        """
        standing = logit_standings(logits, candidates.left, candidates.right)
        where = np.arange(len(candidates)) if where is None else where
        size = AT_ONCE[self.device.type]
        chunks = np.split(where, range(size, len(where), size))
        return np.concatenate([self.of(_figures(candidates, standing, chunk)) for chunk in chunks])

    @torch.no_grad()
    def of(self, figures: Floats) -> Floats:
        """Give the final logits (P,) of figures (P, F + S + 11 + 4)."""
        self.eval()
        parts = []
        for part in torch.split(torch.from_numpy(figures), AT_ONCE[self.device.type]):
            seen = part.to(self.device)
            parts.append(self.trees.beside(self(seen).mean(1), seen).cpu())
        return torch.cat(parts).numpy()

    @property
    def device(self) -> torch.device:
        """Where it is computed."""
        return self.encoded.weight.device


def _figures(candidates: Pairs, standing: Floats, where: Rows) -> Floats:
    told = candidates.told
    some = np.zeros((len(where), TOLD), np.float32) if told is None else told[where]
    return np.hstack([candidates.compared(where), standing[where], some])


@dataclass(frozen=True, eq=False)
class Known:
    """Candidates whose labels are known."""

    where: Rows  # (labels,) positions among the candidates
    label: npt.NDArray[np.int8]  # (labels,) 1 match, 0 none
    weight: Floats  # (labels,)

    @classmethod
    def of(cls, pairs: LabelledPairs, own: Rows, where: Rows) -> Known:
        """Take the labels of pairs ``own``, which are the candidates ``where``."""
        return cls(where, pairs.label[own], pairs.weight[own])


def fit_rivals(
    logits: Floats,
    candidates: Pairs,
    learn: Known,
    valid: Known | None,
    settings: AlignerSettings,
    *,
    start: RivalHead | None = None,
    told: Told | None = None,
    device: torch.device | None = None,
    progress: Progress = silent,
) -> RivalHead:
    """Fit a head to what networks think of all candidates, (pairs,) logits.

    ``told`` is what is known of rivals; the head keeps it. It is fitted, and stays, on ``device``
    (default: the CPU).

    Those of ``learn`` must come from networks that have not seen these labels, or the head learns
    to trust logits more than it should. Kept is the epoch of the best validation PRAUC.
    """
    if told is not None:
        candidates = replace(candidates, told=told.of(candidates.left, candidates.right))
    standing = logit_standings(logits, candidates.left, candidates.right)
    figures = _figures(candidates, standing, learn.where)
    if start is None:
        columns = telling_columns(figures)
        head = RivalHead(len(columns), settings)
        head.encoding.fit(figures, columns)
    else:
        head = copy.deepcopy(start)
    head.told = told or Told(0)
    if len(figures) >= int(head.trees.learnt):
        progress("grow trees", 0, 1)
        head.trees.fit(figures, learn.label, learn.weight, settings.seed)
        progress("grow trees", 1, 1)
    head.to(device or torch.device("cpu"))
    size = batch_size(len(figures), settings.batch)
    once = math.ceil(len(figures) / size)
    epochs = max(settings.rival_epochs, math.ceil(settings.rival_steps / once))
    optimiser = torch.optim.AdamW(
        head.parameters(),
        lr=settings.head_learning_rate,
        weight_decay=settings.weight_decay,
        fused=True,  # a third less time a step
    )
    rate = one_cycle(optimiser, settings, epochs * once)
    seen, label, weight = (
        torch.from_numpy(column).to(head.device)
        for column in (figures, learn.label.astype(np.float32), learn.weight)
    )
    checked = None if valid is None else _figures(candidates, standing, valid.where)
    best, best_weights = -math.inf, head.state_dict()
    for epoch in range(epochs):
        head.train()
        for batch in torch.split(torch.randperm(len(seen)).to(head.device), size):
            loss = votes_entropy(head(seen[batch]), label[batch], weight[batch])
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            rate.step()
        progress("set against rivals", epoch + 1, epochs)
        # in the last third of the cycle, where the rate is low
        if valid is None or checked is None or 3 * epoch < 2 * epochs:
            continue
        figure = average_precision(valid.label, head.of(checked))
        if figure > best:
            best, best_weights = figure, copy.deepcopy(head.state_dict())
    if best > -math.inf:
        head.load_state_dict(best_weights)
    head.eval()
    return head

"""Training, and fine-tuning, which is training from where the parent stopped."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F

from kgreview.aligner.heads import telling_columns, votes_entropy
from kgreview.aligner.inputs import LabelledPairs, NodeInputs
from kgreview.aligner.model import CGMuAlign, PairOutput, Side, rows
from kgreview.aligner.sampling import seed_everything
from kgreview.aligner.scoring import mean_logits
from kgreview.aligner.settings import AlignerSettings
from kgreview.errors import KGReviewError
from kgreview.evaluation.metrics import average_precision
from kgreview.progress import Progress, silent

_SAME = 1e-4  # validation PRAUC that close is a tie, which validation loss breaks


@dataclass(frozen=True)
class Epoch:
    """What one epoch came to."""

    loss: float
    valid_prauc: float  # nan without validation pairs of both labels
    valid_loss: float


@dataclass(frozen=True)
class Training:
    """A trained network and how it got there."""

    model: CGMuAlign
    epochs: tuple[Epoch, ...]
    best: int  # the epoch whose weights the model has
    interrupted: bool  # Ctrl-C ended it


def train(
    inputs: NodeInputs,
    pairs: LabelledPairs,
    valid: LabelledPairs | None,
    settings: AlignerSettings,
    *,
    start: CGMuAlign | None = None,
    progress: Progress = silent,
) -> Training:
    """Fit the network to labelled pairs, keeping the weights of the best validation PRAUC.

    ``start`` is the network to go on from; its settings of width and sampling must be the same.
    Ctrl-C ends the training and keeps the best weights so far. Raises ``KGReviewError`` where
    ``pairs`` lack matches or non-matches.
    """
    if not (pairs.label == 1).any() or not (pairs.label == 0).any():
        raise KGReviewError(
            "training needs at least one match and one non-match; "
            "give links with --links, or decide a few pairs first"
        )
    seed_everything(settings.seed)
    model = _fresh(inputs, pairs, settings) if start is None else copy.deepcopy(start)
    if model.head is not None and len(pairs) >= int(model.head.trees.learnt):
        # trees cannot go on from where they stopped: those that have seen more stay as they are
        progress("grow trees", 0, 1)
        everything = pairs.compared(slice(None))
        model.head.trees.fit(everything, pairs.label, pairs.weight, settings.seed)
        progress("grow trees", 1, 1)
    model.to(inputs.device)
    optimiser = _optimiser(model, settings)
    batches = _Shuffled(pairs, settings) if model.head else _Sampled(pairs, settings)
    rate = one_cycle(optimiser, settings, settings.epochs * batches.steps)
    epochs: list[Epoch] = []
    best_weights, best = copy.deepcopy(model.state_dict()), 0
    interrupted = False
    try:
        for number in range(settings.epochs):
            losses: list[float] = []
            for step, batch in enumerate(batches.epoch()):
                losses.append(_step(model, inputs, optimiser, pairs, batch))
                rate.step()
                progress(
                    "train",
                    number * batches.steps + step + 1,
                    settings.epochs * batches.steps,
                    loss=losses[-1],
                    **({"prauc": epochs[-1].valid_prauc} if epochs else {}),
                )
            epochs.append(_epoch(model, inputs, float(np.mean(losses)), valid))
            if number == 0 or _better(epochs[-1], epochs[best]):
                best, best_weights = number, copy.deepcopy(model.state_dict())
            if number - best >= settings.patience:
                break
    except KeyboardInterrupt:
        if not epochs:
            raise
        interrupted = True
    model.load_state_dict(best_weights)
    model.eval()
    return Training(model, tuple(epochs), best, interrupted)


def new_model(
    *, features: int, types: int, relations: int, compared: int, settings: AlignerSettings
) -> CGMuAlign:
    """Make a network that has learnt nothing; there may be no relation at all."""
    return CGMuAlign(features, types, max(1, relations), compared, settings)


def one_cycle(
    optimiser: torch.optim.Optimizer, settings: AlignerSettings, steps: int
) -> torch.optim.lr_scheduler.LRScheduler:
    """Let the learning rate rise and fall once (Smith and Topin 2019), or stay as it is.

    A high rate in the middle is what makes a network as good as boosting within a few epochs.
    """
    if settings.one_cycle:
        heights = [group["lr"] for group in optimiser.param_groups]
        return torch.optim.lr_scheduler.OneCycleLR(optimiser, heights, total_steps=steps)
    return torch.optim.lr_scheduler.ConstantLR(optimiser, factor=1.0)


def _optimiser(model: CGMuAlign, settings: AlignerSettings) -> torch.optim.Optimizer:
    """Teach the head fast and what leads to entity states slowly, which else learns by heart."""
    head = [] if model.head is None else list(model.head.parameters())
    of_head = {id(weight) for weight in head}
    below = [weight for weight in model.parameters() if id(weight) not in of_head]
    groups: list[dict[str, Any]] = [{"params": below, "lr": settings.learning_rate}]
    if head:
        groups.append({"params": head, "lr": settings.head_learning_rate})
    return torch.optim.AdamW(groups, weight_decay=settings.weight_decay, fused=True)


def _fresh(inputs: NodeInputs, pairs: LabelledPairs, settings: AlignerSettings) -> CGMuAlign:
    figures, columns = np.empty((0, 0), np.float32), np.empty(0, np.int64)
    if settings.head == "comparison":
        sample = np.random.default_rng(settings.seed).permutation(len(pairs))[:50_000]
        figures = pairs.compared(np.sort(sample))
        columns = telling_columns(figures)
    model = new_model(
        features=inputs.values.shape[1],
        types=len(inputs.joint.type_names),
        relations=inputs.joint.num_relation_codes,
        compared=len(columns),
        settings=settings,
    )
    if model.head is not None:
        model.head.encoding.fit(figures, columns)
    return model


def _better(this: Epoch, best: Epoch) -> bool:
    if math.isnan(this.valid_prauc):
        return True  # nothing to choose by: the last
    if abs(this.valid_prauc - best.valid_prauc) > _SAME:
        return this.valid_prauc > best.valid_prauc
    return this.valid_loss < best.valid_loss


def _epoch(model: CGMuAlign, inputs: NodeInputs, loss: float, valid: LabelledPairs | None) -> Epoch:
    if valid is None or not 0 < valid.label.sum() < len(valid):
        return Epoch(loss, math.nan, math.nan)
    logits = mean_logits([model], inputs, valid)
    valid_loss = F.binary_cross_entropy_with_logits(
        torch.from_numpy(logits), torch.from_numpy(valid.label.astype(np.float32))
    )
    return Epoch(loss, average_precision(valid.label, logits), float(valid_loss))


def _step(
    model: CGMuAlign,
    inputs: NodeInputs,
    optimiser: torch.optim.Optimizer,
    pairs: LabelledPairs,
    batch: npt.NDArray[np.int64],
) -> float:
    model.train()
    device = inputs.device
    output = forward(model, inputs, pairs, batch)
    label = torch.from_numpy(pairs.label[batch].astype(np.float32)).to(device)
    weight = torch.from_numpy(pairs.weight[batch]).to(device)
    loss = pair_loss(output, label, weight, model.settings)
    optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
    optimiser.step()
    return loss.item()


def forward(
    model: CGMuAlign, inputs: NodeInputs, pairs: LabelledPairs, batch: npt.NDArray[np.int64]
) -> PairOutput:
    """Judge the pairs at positions ``batch`` over fresh samples of their neighbourhoods."""
    left = torch.from_numpy(pairs.left[batch])
    right = torch.from_numpy(inputs.joint.right_node(pairs.right[batch]))
    nodes, where = torch.unique(torch.cat([left, right]), return_inverse=True)
    nodes, where = nodes.to(inputs.device), where.to(inputs.device)
    sampled = inputs.fresh(nodes)
    needed, at = torch.unique(torch.cat([nodes, sampled.nodes.flatten()]), return_inverse=True)
    below = model.states(needed, model.settings.layers - 1, inputs.layer0, inputs.fresh)
    around = rows(below, at[len(nodes) :]).view(*sampled.nodes.shape, -1)
    side = model.collective.side(rows(below, at[: len(nodes)]), around, sampled)

    def of(which: Tensor) -> Side:
        return Side(*(rows(column, which) for column in side.columns))

    similarities = torch.from_numpy(pairs.compared(batch)).to(inputs.device)
    output: PairOutput = model(of(where[: len(batch)]), of(where[len(batch) :]), similarities)
    return output


def pair_loss(
    output: PairOutput, label: Tensor, weight: Tensor, settings: AlignerSettings
) -> Tensor:
    """Hinge on the distances, max(0, d⁺ − d⁻ + γ), over all matches × non-matches of the batch.

    As the first release did, matches are also held within distance 1: max(0, d⁺ − 1). With the
    comparison head, the log loss of its logits is added. Labels and weights are (pairs,).
    """
    match, other = label > 0.5, label < 0.5
    near, far = output.distance[match], output.distance[other]
    stakes = weight[match][:, None] * weight[other][None, :]
    hinge = torch.relu(near[:, None] - far[None, :] + settings.margin)
    loss = (hinge * stakes).sum() / stakes.sum().clamp(min=1e-9)
    loss = loss + (torch.relu(near - 1) * weight[match]).sum() / weight[match].sum().clamp(min=1e-9)
    if settings.head == "comparison":
        loss = 0.3 * loss + votes_entropy(output.votes, label, weight)
    return loss


class _Shuffled:
    """All pairs once an epoch, in any order: what the head of comparison learns from best."""

    def __init__(self, pairs: LabelledPairs, settings: AlignerSettings) -> None:
        self._pairs = len(pairs)
        self._rng = np.random.default_rng(settings.seed)
        self._size = batch_size(len(pairs), settings.batch)
        self._once = math.ceil(len(pairs) / self._size)
        self._rounds = max(1, math.ceil(settings.steps / settings.epochs / self._once))
        self.steps = self._rounds * self._once

    def epoch(self) -> list[npt.NDArray[np.int64]]:
        """Give the positions of the pairs of each step."""
        drawn = []
        for _ in range(self._rounds):
            drawn += np.array_split(self._rng.permutation(self._pairs), self._once)
        return drawn


def batch_size(pairs: int, most: int) -> int:
    """Give how many pairs to take in a step: of few pairs fewer, for the noise of many steps."""
    return min(most, max(32, pairs // 24))


class _Sampled:
    """As published: matches once an epoch, each with non-matches that share an entity with it.

    Non-matches that share none with any match (a curator's rejections, random pairs) come along in
    equal parts, so that nothing a person said is left out.
    """

    def __init__(self, pairs: LabelledPairs, settings: AlignerSettings) -> None:
        self._settings = settings
        self._rng = np.random.default_rng(settings.seed)
        self._matches = np.flatnonzero(pairs.label == 1)
        others = np.flatnonzero(pairs.label == 0)
        self._rivals = [
            _Rivals(column[self._matches], column[others], others)
            for column in (pairs.left, pairs.right)
        ]
        reached = np.isin(pairs.left[others], pairs.left[self._matches]) | np.isin(
            pairs.right[others], pairs.right[self._matches]
        )
        self._strays = others[~reached | (pairs.weight[others] != 1)]
        self.steps = math.ceil(len(self._matches) / settings.batch)

    def epoch(self) -> list[npt.NDArray[np.int64]]:
        """Give the positions of the pairs of each step."""
        drawn = []
        size, half = self._settings.batch, self._settings.negatives // 2
        most = self._settings.negatives * len(self._matches)
        order = self._rng.permutation(len(self._matches))
        strays = np.array_split(self._rng.permutation(self._strays)[:most], self.steps)
        for number, start in enumerate(range(0, len(order), size)):
            some = order[start : start + size]
            rivals = [side.draw(some, half, self._rng) for side in self._rivals]
            drawn.append(np.unique(np.concatenate([self._matches[some], *rivals, strays[number]])))
        return drawn


class _Rivals:
    """Non-matches by the entity they share with a match."""

    def __init__(
        self,
        wanted: npt.NDArray[np.int64],
        entities: npt.NDArray[np.int64],
        positions: npt.NDArray[np.int64],
    ) -> None:
        order = np.argsort(entities, kind="stable")
        self._positions = positions[order]
        self._start = np.searchsorted(entities[order], wanted, side="left")
        self._count = np.searchsorted(entities[order], wanted, side="right") - self._start

    def draw(
        self, some: npt.NDArray[np.int64], number: int, rng: np.random.Generator
    ) -> npt.NDArray[np.int64]:
        """Draw up to ``number`` non-matches for each of ``some`` matches."""
        start, count = self._start[some], self._count[some]
        has = count > 0
        offset = rng.random((int(has.sum()), number)) * count[has, None]
        return self._positions[start[has, None] + offset.astype(np.int64)].ravel()

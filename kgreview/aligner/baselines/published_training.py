"""Training and scoring of CG-MuAlign as published (WWW'20)."""

from __future__ import annotations

import copy
import dataclasses
import math

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F

from kgreview.aligner.baselines.dataset import Dataset, Floats, Rows, Scorer
from kgreview.aligner.baselines.published import (
    Nodes,
    PublishedNetwork,
    PublishedSettings,
    Side,
    around_each,
)
from kgreview.aligner.inputs import choose_device
from kgreview.aligner.joint_graph import join
from kgreview.aligner.sampling import seed_everything
from kgreview.errors import KGReviewError
from kgreview.evaluation.metrics import average_precision
from kgreview.progress import Progress, silent

# pairs or nodes in a batch: a GPU wants so many that starting its kernels takes little beside them;
# a CPU its caches, and temporaries that malloc does not ask of the system, page by page, each time
_AT_ONCE = {"cpu": 2048, "cuda": 65536}
_STRETCH = 2**18  # pairs whose sides are prepared together: of a side more than a kilobyte is kept
_SAME = 1e-4  # validation PRAUC that close is a tie, which validation loss breaks


def fit(
    settings: PublishedSettings, data: Dataset, seed: int, device: str, progress: Progress
) -> Scorer:
    """Fit a network of some settings; scores are distances, negated."""
    settings = dataclasses.replace(settings, seed=seed)
    joint = join(data.left_graph, data.right_graph, data.schema)
    inputs = Nodes(joint, np.array(data.features), settings, choose_device(device))
    model = train(inputs, data, settings, progress)
    return Scorer(
        lambda: score(model, inputs, data.left, data.right, progress),
        sum(weight.numel() for weight in model.parameters()),
    )


def train(
    inputs: Nodes, data: Dataset, settings: PublishedSettings, progress: Progress = silent
) -> PublishedNetwork:
    """Fit a network, keeping the weights of the best validation PRAUC.

    Without both labels in validation the last epoch is kept. Raises ``KGReviewError`` where there
    are no matches or no non-matches to learn from.
    """
    left, right = data.left[data.train.where], data.right[data.train.where]
    label = np.array(data.train.label)  # a copy: memory-mapped columns are read-only
    if len(np.unique(label)) < 2:
        raise KGReviewError("training needs at least one match and one non-match")
    seed_everything(settings.seed)
    joint = inputs.joint
    model = PublishedNetwork(
        inputs.values.shape[1],
        len(joint.type_names),
        max(1, joint.num_relation_codes),  # there may be no relation at all
        settings,
    ).to(inputs.device)
    optimiser = torch.optim.AdamW(
        model.parameters(), settings.learning_rate, weight_decay=settings.weight_decay, fused=True
    )
    batches = Batches(left, right, label, settings)
    best, best_prauc, best_loss, best_weights = 0, math.nan, math.nan, model.state_dict()
    steps = settings.epochs * batches.steps
    figures: dict[str, float] = {}
    for epoch in range(settings.epochs):
        for step, batch in enumerate(batches.epoch()):
            near = torch.from_numpy(label[batch] == 1).to(inputs.device)
            distance = distances(model, inputs, left[batch], right[batch])
            loss = hinge(distance[near], distance[~near], settings.margin)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimiser.step()
            done = epoch * batches.steps + step + 1
            progress("train", done, steps, loss=loss.item(), **figures)
        prauc, valid_loss = _validate(model, inputs, data)
        figures = {"prauc": prauc}
        if abs(prauc - best_prauc) <= _SAME:
            better = valid_loss < best_loss
        else:
            better = not prauc < best_prauc  # nan: nothing to choose by, so the last
        if better:
            best, best_prauc, best_loss = epoch, prauc, valid_loss
            best_weights = copy.deepcopy(model.state_dict())
        if epoch - best >= settings.patience:
            break
    model.load_state_dict(best_weights)
    return model


def hinge(near: Tensor, far: Tensor, margin: float) -> Tensor:
    """max(0, d⁺ − d⁻ + γ) on the distances of all matches × non-matches of a step, the mean.

    As the first release did, matches are also held within distance 1: max(0, d⁺ − 1).
    """
    apart = torch.relu(near[:, None] - far[None, :] + margin)
    return apart.sum() / max(1, apart.numel()) + torch.relu(near - 1).sum() / max(1, len(near))


def distances(model: PublishedNetwork, inputs: Nodes, left: Rows, right: Rows) -> Tensor:
    """Give distances of pairs of rows, (pairs,), over fresh samples of their neighbourhoods."""
    ends = torch.from_numpy(np.concatenate([left, inputs.joint.right_node(right)]))
    nodes, where = torch.unique(ends.to(inputs.device), return_inverse=True)
    sampled = inputs.fresh(nodes)
    needed, at = torch.unique(torch.cat([nodes, sampled.nodes.flatten()]), return_inverse=True)
    below = model.states(needed, model.settings.layers - 1, inputs, inputs.fresh)
    side = model.collective.side(*around_each(below, at, sampled), sampled)
    distances_of_pairs: Tensor = model(side.pick(where[: len(left)]), side.pick(where[len(left) :]))
    return distances_of_pairs


@torch.inference_mode()
def score(
    model: PublishedNetwork,
    inputs: Nodes,
    left: Rows,
    right: Rows,
    progress: Progress = silent,
) -> Floats:
    """Score pairs of rows, (pairs,): entity states once, then distances, with fixed samples."""
    size = _AT_ONCE[inputs.device.type]
    ends = torch.from_numpy(np.stack([left, inputs.joint.right_node(right)]))  # (2, pairs)
    reached = [inputs.fixed(some).nodes.flatten() for some in torch.split(torch.unique(ends), size)]
    entities = torch.unique(torch.cat([ends.flatten().to(inputs.device), *reached]))
    last = model.settings.layers - 1
    states = torch.cat(
        [model.states(some, last, inputs, inputs.fixed) for some in torch.split(entities, size)]
    )
    scores = np.empty(len(left), np.float32)
    for start in range(0, len(left), _STRETCH):  # of millions of pairs no more are ready at a time
        stretch = ends[:, start : start + _STRETCH].to(inputs.device)
        nodes, where = torch.unique(stretch, return_inverse=True)
        side = _sides(model, inputs, nodes, entities, states)
        for first in range(0, stretch.shape[1], size):
            one, two = where[:, first : first + size]
            distance = model(side.pick(one), side.pick(two))
            done = start + first + len(one)
            scores[start + first : done] = -distance.cpu().numpy()
            progress("score", done, len(left))
    return scores


def _sides(
    model: PublishedNetwork, inputs: Nodes, nodes: Tensor, entities: Tensor, states: Tensor
) -> Side:
    """Prepare the last layer of distinct nodes, given the states of ``entities`` ones."""
    parts = []
    for some in torch.split(nodes, _AT_ONCE[inputs.device.type]):
        sampled = inputs.fixed(some)
        where = torch.searchsorted(entities, torch.cat([some, sampled.nodes.flatten()]))
        parts.append(model.collective.side(*around_each(states, where, sampled), sampled))
    return Side(*(torch.cat(column) for column in zip(*parts, strict=True)))


def _validate(model: PublishedNetwork, inputs: Nodes, data: Dataset) -> tuple[float, float]:
    """Give PRAUC and log loss of the validation pairs; nan without both labels."""
    where, label = np.array(data.valid.where), np.array(data.valid.label)
    if len(np.unique(label)) < 2:
        return math.nan, math.nan
    logits = score(model, inputs, data.left[where], data.right[where])
    loss = F.binary_cross_entropy_with_logits(
        torch.from_numpy(logits), torch.from_numpy(label.astype(np.float32))
    )
    return average_precision(label, logits), float(loss)


class Batches:
    """Matches once an epoch, each with non-matches that share an entity with it.

    Non-matches that share none with any match (random pairs) come along in equal parts, so that
    nothing that is known is left out.
    """

    def __init__(
        self, left: Rows, right: Rows, label: npt.NDArray[np.int8], settings: PublishedSettings
    ) -> None:
        self._settings = settings
        self._rng = np.random.default_rng(settings.seed)
        self._matches = np.flatnonzero(label == 1)
        others = np.flatnonzero(label == 0)
        self._competitors = [
            _Competitors(column[self._matches], column[others], others) for column in (left, right)
        ]
        reached = np.isin(left[others], left[self._matches])
        reached |= np.isin(right[others], right[self._matches])
        self._strays = others[~reached]
        self.steps = math.ceil(len(self._matches) / settings.batch)  # of an epoch

    def epoch(self) -> list[Rows]:
        """Give the positions of the pairs of each step."""
        drawn = []
        size, half = self._settings.batch, self._settings.negatives // 2
        most = self._settings.negatives * len(self._matches)
        order = self._rng.permutation(len(self._matches))
        strays = np.array_split(self._rng.permutation(self._strays)[:most], self.steps)
        for number, start in enumerate(range(0, len(order), size)):
            some = order[start : start + size]
            competitors = [side.draw(some, half, self._rng) for side in self._competitors]
            drawn.append(
                np.unique(np.concatenate([self._matches[some], *competitors, strays[number]]))
            )
        return drawn


class _Competitors:
    """Non-matches by the entity they share with a match."""

    def __init__(self, wanted: Rows, entities: Rows, positions: Rows) -> None:
        order = np.argsort(entities, kind="stable")
        self._positions = positions[order]
        self._start = np.searchsorted(entities[order], wanted, side="left")
        self._count = np.searchsorted(entities[order], wanted, side="right") - self._start

    def draw(self, some: Rows, number: int, rng: np.random.Generator) -> Rows:
        """Draw up to ``number`` non-matches for each of ``some`` matches."""
        start, count = self._start[some], self._count[some]
        has = count > 0
        offset = rng.random((int(has.sum()), number)) * count[has, None]
        return self._positions[start[has, None] + offset.astype(np.int64)].ravel()

"""Training of the networks that embed each entity and judge a pair by its two embeddings.

One encoder for both sides. In a step: some matches, and for each some of its competitors, over
freshly sampled neighbours; then the logarithmic loss of a small network on |h − h'| and h · h'.
DGL's wheels compute on the CPU, so these stay there whatever the device.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence

import dgl
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from kgreview.aligner.baselines.dataset import BATCH, Dataset, Floats, Labelled, Scorer, in_batches
from kgreview.aligner.features import EMBEDDED
from kgreview.aligner.joint_graph import JointGraph, join
from kgreview.aligner.sampling import seed_everything
from kgreview.evaluation.metrics import average_precision
from kgreview.progress import Progress

WIDTH = 64  # of an embedding
LAYERS = 2
FANOUT = 10  # neighbours sampled of an entity in each layer
RELATION = "relation"  # edge data: code of the relation

_MATCHES = 128  # in a step
_COMPETITORS = 10  # for each of them
_EPOCHS, _PATIENCE = 40, 6
_MOST_STEPS = 1500  # in all, so that the largest set takes minutes
_FEWEST_STEPS = 16  # of an epoch, however few the matches
_LEARNING_RATE = 3e-3


class DistanceHead(nn.Module):
    """Judges by distance alone: γ − ‖h − h'‖₁, with a scale that is learnt."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(1.0))
        self.margin = nn.Parameter(torch.tensor(float(width) / 16))

    def forward(self, left: Tensor, right: Tensor) -> Tensor:
        """Give logits (pairs,) of states (pairs, w)."""
        return self.scale * (self.margin - (left - right).abs().sum(1))


class ComparisonHead(nn.Module):
    """Judges by |h − h'| and h · h', each element by itself."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(2 * width, width), nn.ReLU(), nn.Dropout(0.2), nn.Linear(width, 1)
        )

    def forward(self, left: Tensor, right: Tensor) -> Tensor:
        """Give logits (pairs,) of states (pairs, w)."""
        logits: Tensor = self.net(torch.cat([(left - right).abs(), left * right], dim=1)).squeeze(1)
        return logits


def train_siamese(
    make: Callable[[int, int], nn.Module],
    data: Dataset,
    seed: int,
    progress: Progress,
    head: type[nn.Module] = ComparisonHead,
) -> Scorer:
    """Train ``make(feature width, relations)`` and a head, keeping the best validation PRAUC.

    An encoder is called with the blocks or graphs of its layers and features (nodes, w), and gives
    states (seeds, ``WIDTH``). Without both labels in validation the last epoch is kept.
    """
    seed_everything(seed)
    joint = join(data.left_graph, data.right_graph, data.schema)
    graph = as_graph(joint)
    features = torch.from_numpy(np.array(data.features[:, :EMBEDDED]))
    encoder = make(features.shape[1], max(1, joint.num_relation_codes))
    model = nn.ModuleDict({"encoder": encoder, "head": head(WIDTH)})
    optimiser = torch.optim.AdamW(model.parameters(), lr=_LEARNING_RATE, weight_decay=1e-4)
    sampler = dgl.dataloading.NeighborSampler([FANOUT] * LAYERS)
    ends = torch.stack(
        [torch.from_numpy(np.array(data.left)), torch.from_numpy(joint.right_node(data.right))]
    )  # (2, candidates)
    batches = _Batches(data, seed)
    epochs = min(_EPOCHS, max(1, _MOST_STEPS // batches.steps))
    best, best_weights, waited = -math.inf, copy.deepcopy(model.state_dict()), 0
    for epoch in range(epochs):
        model.train()
        for where, label in batches.epoch():
            nodes, place = torch.unique(ends[:, where], return_inverse=True)
            inputs, _, blocks = sampler.sample_blocks(graph, nodes)
            states = encoder(blocks, features[inputs])
            # index_select: the gradient of indexing adds up in an order that does not repeat
            logits = model["head"](*(states.index_select(0, side) for side in place))
            loss = F.binary_cross_entropy_with_logits(logits, torch.from_numpy(label))
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
        held = _judge(model, graph, features, ends[:, torch.from_numpy(np.array(data.valid.where))])
        figure = average_precision(data.valid.label, held)
        progress("train", epoch + 1, epochs, loss=loss.item(), prauc=figure)
        if math.isnan(figure) or figure > best + 1e-4:
            best = -math.inf if math.isnan(figure) else figure
            best_weights, waited = copy.deepcopy(model.state_dict()), 0
        else:
            waited += 1
            if waited == _PATIENCE:
                break
    model.load_state_dict(best_weights)

    def score() -> Floats:
        states = _states(model, graph, features)
        return in_batches(
            len(data),
            lambda part: _heads(model, states, ends[:, part]).numpy(),
            progress,
        )

    return Scorer(score, sum(weight.numel() for weight in model.parameters()))


def as_graph(joint: JointGraph) -> dgl.DGLGraph:
    """Turn both graphs into one of DGL's, messages running from neighbour to entity.

    Each entity has a loop of a relation of its own, so that none is without a message.
    """
    near = np.repeat(np.arange(joint.num_nodes), np.diff(joint.edge_offsets))
    every = np.arange(joint.num_nodes)
    graph = dgl.graph(
        (
            torch.from_numpy(np.concatenate([joint.edge_neighbours, every])),
            torch.from_numpy(np.concatenate([near, every])),
        ),
        num_nodes=joint.num_nodes,
    )
    loops = np.full(joint.num_nodes, joint.num_relation_codes)
    graph.edata[RELATION] = torch.from_numpy(np.concatenate([joint.edge_relations, loops]))
    return graph


def seeds_of(block: dgl.DGLGraph, states: Tensor) -> Tensor:
    """Give the states of the nodes a layer computes: the first of a block, all of a graph."""
    return states[: block.number_of_dst_nodes()]


def chain(layers: Sequence[nn.Module], blocks: Sequence[dgl.DGLGraph], states: Tensor) -> Tensor:
    """Apply ``layer(block, states)`` one after another, with a ReLU between."""
    for number, (layer, block) in enumerate(zip(layers, blocks, strict=True)):
        states = layer(block, states if number == 0 else F.relu(states))
    return states


@torch.inference_mode()
def _states(model: nn.ModuleDict, graph: dgl.DGLGraph, features: Tensor) -> Tensor:
    model.eval()
    states: Tensor = model["encoder"]([graph] * LAYERS, features)
    return states


@torch.inference_mode()
def _heads(model: nn.ModuleDict, states: Tensor, ends: Tensor) -> Tensor:
    logits: Tensor = model["head"](states[ends[0]], states[ends[1]])
    return logits


def _judge(model: nn.ModuleDict, graph: dgl.DGLGraph, features: Tensor, ends: Tensor) -> Floats:
    states = _states(model, graph, features)
    parts = [_heads(model, states, some).numpy() for some in torch.split(ends, BATCH, dim=1)]
    return np.concatenate(parts)


class _Batches:
    """Matches once an epoch, each with non-matches that share its left entity, or any others."""

    def __init__(self, data: Dataset, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        labelled: Labelled = data.train
        self._matches = np.array(labelled.where[labelled.label == 1])
        others = np.array(labelled.where[labelled.label == 0])
        self._others = others[np.argsort(data.left[others], kind="stable")]
        owners, wanted = data.left[self._others], data.left[self._matches]
        self._start = np.searchsorted(owners, wanted, side="left")
        self._count = np.searchsorted(owners, wanted, side="right") - self._start
        once = max(1, math.ceil(len(self._matches) / _MATCHES))
        self._rounds = math.ceil(_FEWEST_STEPS / once)
        self.steps = self._rounds * once  # of an epoch

    def epoch(self) -> list[tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]]:
        """Give positions of pairs and labels of each step."""
        drawn = []
        for _ in range(self._rounds):
            order = self._rng.permutation(len(self._matches))
            for start in range(0, len(order), _MATCHES):
                some = order[start : start + _MATCHES]
                has = some[self._count[some] > 0]
                offset = self._rng.random((len(has), _COMPETITORS // 2)) * self._count[has, None]
                competitors = self._others[
                    (self._start[has, None] + offset.astype(np.int64)).ravel()
                ]
                anybody = self._rng.choice(
                    self._others, min(len(self._others), len(some) * _COMPETITORS // 2)
                )
                where = np.concatenate([self._matches[some], np.unique([*competitors, *anybody])])
                label = np.zeros(len(where), np.float32)
                label[: len(some)] = 1
                drawn.append((where.astype(np.int64), label))
        return drawn

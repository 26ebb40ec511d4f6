"""Scores for many pairs: entity states once, then pair heads in batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from kgreview.aligner.features import Floats
from kgreview.aligner.inputs import NodeInputs, Pairs
from kgreview.aligner.model import AveragingLayer, CGMuAlign, PairOutput, Side

# pairs or nodes in a batch: a GPU wants so many that starting its kernels takes little beside them;
# a CPU its caches, and temporaries that malloc does not ask of the system, page by page, each time
AT_ONCE = {"cpu": 2048, "cuda": 65536}
# pairs whose sides are prepared together: of a side more than a kilobyte is kept
_STRETCH = 2**18


@dataclass(frozen=True, eq=False)
class ScoredPairs:
    """A batch of scored pairs, in the order they were given."""

    start: int  # position of the first
    logits: Floats  # (pairs,) before calibration, the mean of the networks
    each: Floats  # (networks, pairs) what the mean is of
    spread: Floats  # (pairs,) how far the probabilities of all heads lie apart on average
    attention: npt.NDArray[np.float16]  # (pairs, side, cap, 3): weight α β, cross α, self β


class PreparedSides:
    """The last layer of every node of interest, as far as it goes without knowing the partner."""

    def __init__(
        self,
        model: CGMuAlign,
        inputs: NodeInputs,
        nodes: Tensor,
        known: tuple[Tensor, Tensor],
    ) -> None:
        """Prepare distinct ``nodes`` (n,), ascending. Costs nothing for each pair.

        ``known``: states of these nodes and their neighbours, and perhaps of others, as
        ``entity_states`` gives them.
        """
        self.nodes = nodes
        whose, states = known
        parts = []
        for chunk in torch.split(nodes, AT_ONCE[inputs.device.type]):
            sampled = inputs.fixed(chunk)
            own, around = (torch.searchsorted(whose, each) for each in (chunk, sampled.nodes))
            parts.append(model.collective.side(states[own], states[around], sampled))
        self._side = Side(
            *(torch.cat(column) for column in zip(*(part.columns for part in parts), strict=True))
        )

    def of(self, nodes: Tensor) -> Side:
        """Look up prepared nodes (P,)."""
        where = torch.searchsorted(self.nodes, nodes)
        return Side(*(column[where] for column in self._side.columns))


def entity_states(model: CGMuAlign, inputs: NodeInputs, nodes: Tensor) -> tuple[Tensor, Tensor]:
    """Compute h^(K−1) of nodes (n,) and their neighbours, (m, w); give whose (m,), ascending, too.

    Of few nodes in a large graph it computes the states of few.
    """
    whose = [_with_neighbours(inputs, nodes)]  # of the last layer; of each below, one hop more
    for _ in list(model.averaging)[1:]:  # below the first layer nothing is kept: it is looked up
        whose.append(_with_neighbours(inputs, whose[-1]))
    known = whose[-1]
    states: Tensor | None = None

    def below(some: Tensor) -> Tensor:
        """Give h^(k−1) of nodes (…,) as (…, w); layer 0 is looked up: for all it is the largest."""
        if states is not None:
            return states[torch.searchsorted(known, some)]
        values, types = inputs.layer0(some)
        biased: Tensor = values + model.type_bias(types)
        return biased

    for layer in model.averaging:
        assert isinstance(layer, AveragingLayer)
        wanted, parts = whose.pop(), []
        for chunk in torch.split(wanted, AT_ONCE[inputs.device.type]):
            sampled = inputs.fixed(chunk)
            parts.append(layer(below(chunk), below(sampled.nodes), sampled))
        known, states = wanted, torch.cat(parts)
    return known, below(known) if states is None else states


def _with_neighbours(inputs: NodeInputs, nodes: Tensor) -> Tensor:
    parts = [
        inputs.fixed(chunk).nodes.flatten()
        for chunk in torch.split(nodes, AT_ONCE[inputs.device.type])
    ]
    found: Tensor = torch.unique(torch.cat([nodes, *parts]))
    return found


@torch.inference_mode()
def score_pairs(
    models: Sequence[CGMuAlign], inputs: NodeInputs, pairs: Pairs
) -> Iterator[ScoredPairs]:
    """Score pairs in batches by the mean of some networks, with the samples that repeat.

    Two runs give the same scores, and the attention that comes with a score is the one behind it.
    """
    if not len(pairs):
        return
    for model in models:
        model.to(inputs.device).eval()
    left = torch.from_numpy(np.array(pairs.left))  # a copy: memory-mapped columns are read-only
    right = torch.from_numpy(inputs.joint.right_node(pairs.right))
    nodes = torch.unique(torch.cat([left, right])).to(inputs.device)
    states = [entity_states(model, inputs, nodes) for model in models]
    size = AT_ONCE[inputs.device.type]
    for start in range(0, len(pairs), size):
        if start % _STRETCH == 0:  # of millions of pairs no more than these are ready at a time
            stretch = slice(start, start + _STRETCH)
            nodes = torch.unique(torch.cat([left[stretch], right[stretch]])).to(inputs.device)
            prepared = [
                PreparedSides(model, inputs, nodes, known)
                for model, known in zip(models, states, strict=True)
            ]
        part = slice(start, start + size)
        one, two = left[part].to(inputs.device), right[part].to(inputs.device)
        similarities = torch.from_numpy(pairs.compared(part)).to(inputs.device)
        outputs = [
            model(sides.of(one), sides.of(two), similarities)
            for model, sides in zip(models, prepared, strict=True)
        ]
        each = torch.stack([output.logits for output in outputs])
        votes = torch.cat([output.votes for output in outputs], dim=1).sigmoid()
        attention = torch.stack([_attention(output) for output in outputs]).mean(0)
        yield ScoredPairs(
            start,
            each.mean(0).cpu().numpy(),
            each.cpu().numpy(),
            _mean_difference(votes).cpu().numpy(),
            attention.to(torch.float16).cpu().numpy(),
        )


def _attention(output: PairOutput) -> Tensor:
    """Put both sides' attention together, (pairs, side, cap, 3)."""
    return torch.stack(
        [
            torch.stack([side.weight, side.cross, side.own], dim=2)
            for side in (output.left, output.right)
        ],
        dim=1,
    )


def _mean_difference(votes: Tensor) -> Tensor:
    """Mean over all pairs of heads of |p_i − p_j|, of (P, K) as (P,); 0 of a single head."""
    heads = votes.shape[1]
    # in ascending order the i-th is the larger in i pairs and the smaller in the others
    times = 2 * torch.arange(heads, device=votes.device) - (heads - 1)
    return (votes.sort(1).values * times).sum(1) / max(1, heads * (heads - 1) / 2)


def mean_logits(networks: Sequence[CGMuAlign], inputs: NodeInputs, pairs: Pairs) -> Floats:
    """Give the mean logits (pairs,) of some networks, which know nothing of rivals."""
    parts = [batch.logits for batch in score_pairs(networks, inputs, pairs)]
    return np.concatenate(parts) if parts else np.empty(0, np.float32)

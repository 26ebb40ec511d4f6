"""CG-MuAlign as published (WWW'20): messages, encoder, both attentions, distance.

Shapes: n nodes, c = cap neighbours of a node, w = width of a layer's input, m = ``width``,
h = m / 2, B = ``bases``, P pairs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from kgreview.aligner.baselines.dataset import Floats
from kgreview.aligner.features import EMBEDDED
from kgreview.aligner.joint_graph import JointGraph
from kgreview.aligner.sampling import NeighbourSampler


@dataclass(frozen=True)
class PublishedSettings:
    """Settings of network and training, with the figures of the publication."""

    # the network
    width: int = 128  # m, of an entity state; half of it from the entity, half from its neighbours
    layers: int = 2  # K; all but the last average their neighbours
    bases: int = 4  # matrices that the relations of one layer share
    cross_attention: bool = True  # α, section 3.2; else the mean
    self_attention: bool = True  # β, section 3.3; else the mean

    # the sampler
    cap: int = 10  # neighbours kept of an entity
    uniform_sampling: bool = False  # True: ignore how common a relation is

    # training
    learning_rate: float = 3e-3
    weight_decay: float = 0.0
    batch: int = 32  # matches in a step, each with its negatives
    negatives: int = 20  # non-matches drawn for each of them, half for either entity
    margin: float = 1.0  # γ of the hinge loss
    epochs: int = 30
    patience: int = 4  # epochs without a better validation PRAUC before it stops
    seed: int = 0


class Neighbours(NamedTuple):
    """Sampled neighbours of some nodes; slots beyond the last neighbour are masked."""

    nodes: Tensor  # (n, c) the neighbour's node, 0 in an empty slot
    relations: Tensor  # (n, c) code of the relation, 0 in an empty slot
    mask: Tensor  # (n, c) False in an empty slot


Sample = Callable[[Tensor], Neighbours]  # of distinct nodes (n,), ascending


class Side(NamedTuple):
    """One side of some pairs in the last layer, before the other side is looked at."""

    own: Tensor  # (P, h) W_self h^(K-1)
    messages: Tensor  # (P, c, h) z_ij
    beta: Tensor  # (P, c) edge self-attention, sums to 1, or zero for a node without neighbours
    mask: Tensor  # (P, c)

    def pick(self, which: Tensor) -> Side:
        """Pick some by position."""
        return Side(*(rows(column, which) for column in self))


class Nodes:
    """Features, types and sampled neighbours of all nodes.

    Graph and sampling stay on the CPU (DGL's wheels have no GPU); what is computed with goes to
    ``device``.
    """

    def __init__(
        self, joint: JointGraph, features: Floats, settings: PublishedSettings, device: torch.device
    ) -> None:
        self.joint = joint
        self.device = device
        embedded = np.ascontiguousarray(features[:, :EMBEDDED])  # words by number are no values
        self.values = torch.from_numpy(embedded).to(device)  # (nodes, w)
        self.types = torch.from_numpy(joint.types).to(device)  # (nodes,)
        self._sampler = NeighbourSampler(
            joint, settings.cap, uniform=settings.uniform_sampling, seed=settings.seed
        )
        self._fixed = self._sampler.fixed()  # (nodes, c) edge positions, -1 none
        # the last edge is none, and what an empty slot looks up
        self._far, self._relations = (
            torch.from_numpy(np.append(column, 0))
            for column in (joint.edge_neighbours, joint.edge_relations)
        )

    def fresh(self, nodes: Tensor) -> Neighbours:
        """Draw neighbours anew for distinct nodes in ascending order, as in training."""
        return self._neighbours(self._sampler.sample(nodes.cpu()))

    def fixed(self, nodes: Tensor) -> Neighbours:
        """Give the same neighbours each time, as in scoring."""
        return self._neighbours(self._fixed[nodes.cpu()])

    def _neighbours(self, edges: Tensor) -> Neighbours:
        columns = (self._far[edges], self._relations[edges], edges >= 0)
        return Neighbours(*(column.to(self.device) for column in columns))


class RelationalMessage(nn.Module):
    """z_ij = W_r h_j, where each W_r is a mixture of ``bases`` matrices.

    Sharing keeps thousands of relations cheap and lets a rare one lean on the others (basis
    decomposition, Schlichtkrull et al. 2018). Mixtures start nearly equal: to a network that has
    learnt nothing, relations of different names are alike.
    """

    def __init__(self, relations: int, bases: int, width: int, half: int) -> None:
        super().__init__()
        self.mixture = nn.Embedding(relations, bases)
        nn.init.normal_(self.mixture.weight, std=0.1)
        with torch.no_grad():
            self.mixture.weight[:, 0] += 1
        self.basis = nn.Parameter(torch.empty(bases, width, half))
        nn.init.xavier_uniform_(self.basis)

    def mean(self, states: Tensor, neighbours: Neighbours) -> Tensor:
        """Average the messages of (n, c, w) neighbour states into (n, h).

        The mean is taken before the matrices are applied, which costs B products for each node
        and none for each edge.
        """
        mixture = self.mixture(neighbours.relations) * even(neighbours.mask)[..., None]  # (n, c, B)
        mixed = torch.einsum("ncb,ncw->nbw", mixture, states)
        return torch.einsum("nbw,bwh->nh", mixed, self.basis)

    def each(self, states: Tensor, neighbours: Neighbours) -> Tensor:
        """Give every message, (n, c, h), of (n, c, w) neighbour states; zero in empty slots."""
        projected = torch.einsum("ncw,bwh->ncbh", states, self.basis)
        mixture = self.mixture(neighbours.relations)  # (n, c, B)
        messages = torch.einsum("ncb,ncbh->nch", mixture, projected)
        return messages * neighbours.mask[..., None]


class AveragingLayer(nn.Module):
    """h_i^k = σ([W_self h_i^(k−1) ‖ mean_j z_ij]), every layer but the last."""

    def __init__(self, relations: int, bases: int, width: int, half: int) -> None:
        super().__init__()
        self.own = nn.Linear(width, half)
        self.message = RelationalMessage(relations, bases, width, half)

    def forward(self, own: Tensor, states: Tensor, neighbours: Neighbours) -> Tensor:
        """Combine (n, w) own and (n, c, w) neighbour states into (n, m)."""
        return torch.relu(torch.cat([self.own(own), self.message.mean(states, neighbours)], dim=1))


class CollectiveLayer(nn.Module):
    """The last layer: both attentions weigh the messages of a pair's two neighbourhoods."""

    def __init__(self, relations: int, settings: PublishedSettings, width: int) -> None:
        super().__init__()
        half = settings.width // 2
        self.cross_attention = settings.cross_attention
        self.self_attention = settings.self_attention
        self.own = nn.Linear(width, half)
        self.message = RelationalMessage(relations, settings.bases, width, half)
        self.edge = nn.Embedding(relations, 2 * half)  # a_r
        nn.init.normal_(self.edge.weight, std=half**-0.5)

    def side(self, own: Tensor, states: Tensor, neighbours: Neighbours) -> Side:
        """Prepare what does not depend on the partner, so once for each entity.

        β_ij = softmax over j of LeakyReLU(a_r · [z_i ‖ z_ij]).
        """
        own = self.own(own)  # (n, h)
        messages = self.message.each(states, neighbours)  # (n, c, h)
        if not self.self_attention:
            return Side(own, messages, even(neighbours.mask), neighbours.mask)
        toward_own, toward_message = self.edge(neighbours.relations).chunk(2, dim=-1)  # (n, c, h)
        energy = torch.einsum("nch,nh->nc", toward_own, own) + torch.einsum(
            "nch,nch->nc", toward_message, messages
        )
        beta = masked_softmax(F.leaky_relu(energy, 0.2), neighbours.mask)
        return Side(own, messages, beta, neighbours.mask)

    def cross(self, left: Side, right: Side) -> tuple[Tensor, Tensor]:
        """Give α of both sides, (P, c) each: how much a neighbour is like those of the partner.

        A_pq = exp(−‖z_p − z_q‖₂); α_p = Σ_q A_pq / Σ_pq A_pq.
        """
        fallback = even(left.mask), even(right.mask)
        if not self.cross_attention:
            return fallback
        both = left.mask[:, :, None] & right.mask[:, None, :]  # (P, c, c)
        affinity = torch.exp(-pairwise_distance(left.messages, right.messages)) * both
        alphas = []
        for axis, mean in zip((2, 1), fallback, strict=True):
            total = affinity.sum(axis)  # (P, c)
            mass = total.sum(1, keepdim=True)
            # a pair with an empty side has nothing to compare: the mean, not nothing at all
            alphas.append(torch.where(mass > 0, total / mass.clamp(min=1e-12), mean))
        return alphas[0], alphas[1]

    def forward(self, left: Side, right: Side) -> tuple[Tensor, Tensor]:
        """Aggregate both sides with regard to each other into h_i, h_i' (P, m).

        The weight of a neighbour is α β, renormalised.
        """
        states = []
        for side, alpha in zip((left, right), self.cross(left, right), strict=True):
            product = alpha * side.beta
            weight = product / product.sum(1, keepdim=True).clamp(min=1e-12)
            gathered = torch.einsum("pc,pch->ph", weight, side.messages)
            states.append(torch.relu(torch.cat([side.own, gathered], dim=1)))
        return states[0], states[1]


class PublishedNetwork(nn.Module):
    """The whole network: states of entities, and the distance of a pair."""

    def __init__(
        self, features: int, types: int, relations: int, settings: PublishedSettings
    ) -> None:
        super().__init__()
        self.settings = settings
        half = settings.width // 2
        self.type_bias = nn.Embedding(types, features)
        nn.init.zeros_(self.type_bias.weight)
        widths = [features] + [settings.width] * (settings.layers - 1)
        self.averaging = nn.ModuleList(
            AveragingLayer(relations, settings.bases, width, half) for width in widths[:-1]
        )
        self.collective = CollectiveLayer(relations, settings, widths[-1])

    def states(self, nodes: Tensor, layer: int, inputs: Nodes, sample: Sample) -> Tensor:
        """Give h^layer of distinct nodes, (n, w); below the last layer it knows no partner."""
        if layer == 0:
            biased: Tensor = inputs.values[nodes] + self.type_bias(inputs.types[nodes])
            return biased
        sampled = sample(nodes)
        needed, where = torch.unique(
            torch.cat([nodes, sampled.nodes.flatten()]), return_inverse=True
        )
        below = self.states(needed, layer - 1, inputs, sample)
        own, around = around_each(below, where, sampled)
        result: Tensor = self.averaging[layer - 1](own, around, sampled)
        return result

    def forward(self, left: Side, right: Side) -> Tensor:
        """Give ‖h_i − h_i'‖₂ of pairs (P,) by their prepared sides."""
        h_left, h_right = self.collective(left, right)
        # what is added gives it a gradient at zero
        distance: Tensor = ((h_left - h_right).square().sum(1) + 1e-8).sqrt()
        return distance


def around_each(states: Tensor, where: Tensor, sampled: Neighbours) -> tuple[Tensor, Tensor]:
    """Look up own (n, w) and neighbour states (n, c, w); ``where``: the nodes', then the others'.

    As one list of positions, which ``torch.unique`` and ``torch.searchsorted`` give.
    """
    nodes = len(sampled.nodes)
    around = rows(states, where[nodes:]).view(*sampled.nodes.shape, states.shape[1])
    return rows(states, where[:nodes]), around


def rows(values: Tensor, which: Tensor) -> Tensor:
    """Pick rows (n, …) of values by position (n,).

    As ``values[which]``, but the gradient adds up in one order, so that a training repeats.
    """
    return values.index_select(0, which)


def even(mask: Tensor) -> Tensor:
    """Give each of a node's neighbours (n, c) the same share; zero for a node that has none."""
    return mask / mask.sum(1, keepdim=True).clamp(min=1)


def masked_softmax(energy: Tensor, mask: Tensor) -> Tensor:
    """Take a softmax over the last axis where ``mask``; zero elsewhere, all zero if none is."""
    filled = energy.masked_fill(~mask, float("-inf"))
    top = filled.amax(-1, keepdim=True).nan_to_num(neginf=0.0)
    exponent = torch.exp(filled - top) * mask
    return exponent / exponent.sum(-1, keepdim=True).clamp(min=1e-12)


def pairwise_distance(left: Tensor, right: Tensor) -> Tensor:
    """‖z_p − z_q‖₂ of (P, c, h) and (P, c, h) as (P, c, c), by inner products.

    Not torch.cdist: its gradient at distance zero, where two neighbours agree, is nan or zero by
    version and device.
    """
    square = (
        left.square().sum(2)[:, :, None]
        + right.square().sum(2)[:, None, :]
        - 2 * left @ right.transpose(1, 2)
    )
    return (square.clamp(min=0) + 1e-8).sqrt()

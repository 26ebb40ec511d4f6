"""The network, from top to bottom: messages, encoder, attention, pair head (CG-MuAlign, WWW'20).

Shapes: n nodes, c = cap neighbours of a node, w = width of a layer's input, m = ``width``,
h = m / 2, B = ``bases``, P pairs, F figures of a pair, K = ``heads``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from kgreview.aligner.boosted import BoostedTrees
from kgreview.aligner.heads import Ensemble, PiecewiseEncoding
from kgreview.aligner.settings import AlignerSettings


@dataclass(frozen=True)
class Neighbours:
    """Sampled neighbours of some nodes; slots beyond the last neighbour are masked."""

    nodes: Tensor  # (n, c) the neighbour's node, 0 in an empty slot
    relations: Tensor  # (n, c) code of the relation, 0 in an empty slot
    mask: Tensor  # (n, c) False in an empty slot


@dataclass(frozen=True)
class Side:
    """One side of some pairs in the last layer, before the other side is looked at."""

    own: Tensor  # (P, h) W_self h^(K-1)
    messages: Tensor  # (P, c, h) z_ij
    beta: Tensor  # (P, c) edge self-attention, sums to 1, or zero for a node without neighbours
    mask: Tensor  # (P, c)

    @property
    def columns(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """All of it, in the order of the fields."""
        return self.own, self.messages, self.beta, self.mask


@dataclass(frozen=True)
class Attention:
    """Attention over the neighbours of one side; each sums to 1 over them."""

    cross: Tensor  # (P, c) α
    own: Tensor  # (P, c) β
    weight: Tensor  # (P, c) α β, renormalised


@dataclass(frozen=True)
class PairOutput:
    """What the network says of some pairs."""

    votes: Tensor  # (P, K) logits of each of the heads
    logits: Tensor  # (P,) the larger, the more alike; before calibration
    distance: Tensor  # (P,) ‖h_i − h_i'‖₂
    left: Attention
    right: Attention
    affinity: Tensor  # (P, c, c) A_pq, zero where either slot is empty


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
        share = neighbours.mask / neighbours.mask.sum(1, keepdim=True).clamp(min=1)  # (n, c)
        mixture = self.mixture(neighbours.relations) * share[..., None]  # (n, c, B)
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

    def __init__(self, relations: int, settings: AlignerSettings, width: int) -> None:
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
        if self.self_attention:
            edge = self.edge(neighbours.relations)  # (n, c, 2h)
            toward_own, toward_message = edge.chunk(2, dim=-1)
            energy = torch.einsum("nch,nh->nc", toward_own, own) + torch.einsum(
                "nch,nch->nc", toward_message, messages
            )
            beta = masked_softmax(F.leaky_relu(energy, 0.2), neighbours.mask)
        else:
            beta = neighbours.mask / neighbours.mask.sum(1, keepdim=True).clamp(min=1)
        return Side(own, messages, beta, neighbours.mask)

    def forward(
        self, left: Side, right: Side, temperature: float = 1.0
    ) -> tuple[Tensor, Tensor, Attention, Attention, Tensor]:
        """Aggregate both sides with regard to each other.

        A_pq = exp(−‖z_p − z_q‖₂); α_p = Σ_q A_pq / Σ_pq A_pq; the weight of a neighbour is α β,
        renormalised. Gives h_i, h_i' (P, m), both attentions, and A (P, c, c). ``temperature``
        divides the distances in A; a demonstration turns it, training and scoring never do.
        """
        both = left.mask[:, :, None] & right.mask[:, None, :]  # (P, c, c)
        apart = pairwise_distance(left.messages, right.messages)
        affinity = torch.exp(-apart / temperature) * both
        states, attentions = [], []
        for side, axis in ((left, 2), (right, 1)):
            even = side.mask / side.mask.sum(1, keepdim=True).clamp(min=1)
            if self.cross_attention:
                total = affinity.sum(axis)  # (P, c)
                mass = total.sum(1, keepdim=True)
                # a pair with an empty side has nothing to compare: the mean, not nothing at all
                alpha = torch.where(mass > 0, total / mass.clamp(min=1e-12), even)
            else:
                alpha = even
            product = alpha * side.beta
            weight = product / product.sum(1, keepdim=True).clamp(min=1e-12)
            gathered = torch.einsum("pc,pch->ph", weight, side.messages)
            states.append(torch.relu(torch.cat([side.own, gathered], dim=1)))
            attentions.append(Attention(alpha, side.beta, weight))
        return states[0], states[1], attentions[0], attentions[1], affinity


class ComparisonHead(nn.Module):
    """Judges a pair by distance, by how its neighbours meet, and by direct comparison of values.

    A network that sees embeddings only throws away what a string comparison knows.
    """

    _DERIVED = 7

    def __init__(self, compared: int, settings: AlignerSettings) -> None:
        """``compared``: how many of the figures it is given it uses, see ``fit_encoding``."""
        super().__init__()
        half = settings.width // 2
        self.encoding = PiecewiseEncoding(compared, settings.bins, settings.missing)
        self.ensemble = Ensemble(settings.heads, settings.hidden, settings.dropout)
        self.encoded = nn.Linear(self.encoding.width, self.ensemble.width)
        self.derived = nn.Linear(self._DERIVED + 2 * half, self.ensemble.width)
        self.trees = BoostedTrees(settings.trees)

    def forward(self, derived: Tensor, states: Tensor, compared: Tensor) -> Tensor:
        """Give each head's logits (P, K).

        Of derived figures (P, 7), |h_i − h_i'| (P, m), and how alike the values are (P, F).
        """
        inward: Tensor = self.encoded(self.encoding(compared))
        inward = inward + self.derived(torch.cat([derived, states], dim=1))
        votes: Tensor = self.ensemble(inward)
        return votes


class CGMuAlign(nn.Module):
    """CG-MuAlign, with the published head or with direct comparison of the values."""

    def __init__(
        self,
        features: int,
        types: int,
        relations: int,
        compared: int,
        settings: AlignerSettings,
    ) -> None:
        """``compared``: how many figures of a pair the comparison head uses."""
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
        self.head: ComparisonHead | None = None
        if settings.head == "comparison":
            self.head = ComparisonHead(compared, settings)

    def states(
        self,
        nodes: Tensor,
        layer: int,
        features: Callable[[Tensor], tuple[Tensor, Tensor]],
        neighbours: Callable[[Tensor], Neighbours],
    ) -> Tensor:
        """Give h^layer of distinct nodes, (n, w); below the last layer it knows no partner.

        ``features`` gives layer 0 and the types of nodes, ``neighbours`` a sample for each.
        """
        if layer == 0:
            values, types = features(nodes)
            biased: Tensor = values + self.type_bias(types)
            return biased
        sampled = neighbours(nodes)
        needed, where = torch.unique(
            torch.cat([nodes, sampled.nodes.flatten()]), return_inverse=True
        )
        below = self.states(needed, layer - 1, features, neighbours)
        own = rows(below, where[: len(nodes)])
        around = rows(below, where[len(nodes) :]).view(*sampled.nodes.shape, -1)
        averaging = self.averaging[layer - 1]
        assert isinstance(averaging, AveragingLayer)
        result: Tensor = averaging(own, around, sampled)
        return result

    def forward(
        self, left: Side, right: Side, compared: Tensor | None, temperature: float = 1.0
    ) -> PairOutput:
        """Judge pairs by their prepared sides and, for the comparison head, (P, F) figures."""
        h_left, h_right, a_left, a_right, affinity = self.collective(left, right, temperature)
        distance = euclidean(h_left - h_right)
        if self.head is None:
            return PairOutput(-distance[:, None], -distance, distance, a_left, a_right, affinity)
        if compared is None:
            raise ValueError("the comparison head needs similarities")
        derived = self._derived(distance, left, right, affinity, h_left - h_right)
        votes = self.head(derived, (h_left - h_right).abs(), compared)
        logits = votes.mean(1)
        if not self.training:  # trees have nothing to learn from a gradient
            logits = self.head.trees.beside(logits, compared)
        return PairOutput(votes, logits, distance, a_left, a_right, affinity)

    def _derived(
        self, distance: Tensor, left: Side, right: Side, affinity: Tensor, difference: Tensor
    ) -> Tensor:
        """Sum up how the two neighbourhoods meet, (P, 7)."""
        half = difference.shape[1] // 2
        best_left, best_right = affinity.amax(2), affinity.amax(1)  # (P, c)
        return torch.stack(
            [
                distance,
                euclidean(difference[:, :half]),
                euclidean(difference[:, half:]),
                (best_left * left.beta).sum(1),
                (best_right * right.beta).sum(1),
                affinity.amax((1, 2)),
                (best_left > 0.5).sum(1).log1p(),
            ],
            dim=1,
        )


def rows(values: Tensor, which: Tensor) -> Tensor:
    """Pick rows (n, …) of values by position (n,).

    As ``values[which]``, but the gradient adds up in one order, so that a training repeats.
    """
    return values.index_select(0, which)


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


def euclidean(difference: Tensor) -> Tensor:
    """Length of the rows of (P, w), with a gradient at zero."""
    return (difference.square().sum(1) + 1e-8).sqrt()

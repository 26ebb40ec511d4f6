"""One pair, layer by layer: what is sampled, sent, weighed, compared and concluded.

For the demonstration on the page *Explain*: the same networks as in scoring, where one may turn
two screws that training and scoring leave alone. The *cap* is how many neighbours of the pair's two
entities are looked at; the layers below keep the sample they were scored with. The *temperature*
divides what the two attentions are exponentials of: below 1 they sharpen, above 1 they even out.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from scipy.special import expit
from torch import Tensor

from kgreview.aligner.explanation import Layers, NetworkLayers, SampledNeighbour, SideLayers
from kgreview.aligner.features import Floats
from kgreview.aligner.joint import JointGraph, join
from kgreview.aligner.leave_one_out import Among, Explainer, Ints, Pair
from kgreview.aligner.model import Attention, CGMuAlign, Side
from kgreview.aligner.sampling import edge_weights, sample_keys


@dataclass(frozen=True, eq=False)
class LayerView:
    """Looks into the layers of one version; costs a pass over all edges, once."""

    explainer: Explainer

    @cached_property
    def _joint(self) -> JointGraph:
        scored = self.explainer.scored
        return join(scored.left, scored.right, scored.schema)

    @cached_property
    def _weights(self) -> Floats:
        settings = self.explainer.checkpoint.model.settings
        return edge_weights(self._joint, uniform=settings.uniform_sampling)

    @cached_property
    def _keys(self) -> Floats:
        return sample_keys(self._weights, self.explainer.checkpoint.model.settings.seed)

    def sample(self, node: int, cap: int) -> Ints:
        """Give a node's sample of any size: edge positions, ascending, at most ``cap``."""
        start, end = (int(offset) for offset in self._joint.edge_offsets[node : node + 2])
        largest = np.argsort(-self._keys[start:end], kind="stable")[:cap]
        return np.sort(start + largest)

    @torch.inference_mode()
    def look(
        self,
        left: int,
        right: int,
        similarities: Floats,
        *,
        cap: int | None = None,
        temperature: float = 1.0,
    ) -> Layers:
        """Judge the pair of rows (left, right) and give what is computed on the way.

        ``similarities`` (F,) are the pair's. Without ``cap`` the sample is the one of scoring.
        """
        explainer = self.explainer
        model, calibration = explainer.checkpoint.model, explainer.checkpoint.calibration
        nodes = (left, explainer.num_left + right)
        if cap is None:
            pair = explainer.pair(left, right, similarities)
        else:
            positions = (self.sample(nodes[0], cap), self.sample(nodes[1], cap))
            pair = Pair(explainer, (left, right), similarities, positions)
        among = Among(explainer, (left, right), pair.similarities[None])
        compared = torch.from_numpy(among.compared)
        networks, logits = [], []
        for member in model.networks:
            sides = [
                _tempered(side, temperature)
                for side in pair.sides_of(member, (pair.positions >= 0)[None])
            ]
            logits.append(float(member(*sides, compared, temperature).logits[0]))
            networks.append(self._network(member, pair, sides, temperature, logits[-1]))
        mean = np.array([np.mean(logits)], dtype=np.float32)
        final = among.conclude(mean)
        log_odds = float(calibration.log_odds(final)[0])
        return Layers(
            networks=tuple(networks),
            cap=max(pair.positions.shape[1], 0) if cap is None else cap,
            temperature=temperature,
            mean_logit=float(mean[0]),
            final_logit=float(final[0]),
            log_odds=log_odds,
            probability=float(expit(log_odds)),
            threshold=explainer.checkpoint.threshold,
        )

    def _network(
        self, member: CGMuAlign, pair: Pair, sides: list[Side], temperature: float, logit: float
    ) -> NetworkLayers:
        h_left, h_right, *attentions, affinity = member.collective(*sides, temperature)
        slots = [side.slots for side in pair.sides]
        return NetworkLayers(
            left=self._side(pair, 0, sides[0], attentions[0], h_left[0]),
            right=self._side(pair, 1, sides[1], attentions[1], h_right[0]),
            affinity=tuple(tuple(row) for row in affinity[0].numpy()[np.ix_(*slots)].tolist()),
            distance=float((h_left - h_right).norm()),
            logit=logit,
        )

    def _side(
        self, pair: Pair, number: int, side: Side, attention: Attention, state: Tensor
    ) -> SideLayers:
        around = pair.sides[number]
        node = pair.rows[number] + (self.explainer.num_left if number else 0)
        start, end = self._joint.edge_offsets[node : node + 2]
        total = float(self._weights[start:end].sum())
        messages = side.messages[0]  # (c, h)
        weights = attention.weight[0]  # (c,)
        neighbours = tuple(
            SampledNeighbour(
                row=int(around.neighbours[slot]),
                relation=int(around.relations[slot]),
                chance=float(self._weights[pair.positions[number, slot]]) / total,
                message=float(messages[slot].norm()),
                weight=float(weights[slot]),
                cross=float(attention.cross[0, slot]),
                self_=float(attention.own[0, slot]),
            )
            for slot in around.slots
        )
        arrived: dict[int, Any] = {}
        for slot in around.slots:
            code = int(around.relations[slot])
            arrived[code] = arrived.get(code, 0) + weights[slot] * messages[slot]
        return SideLayers(
            neighbours=neighbours,
            degree=around.degree,
            by_relation=tuple((code, float(sent.norm())) for code, sent in arrived.items()),
            vector=tuple(state.tolist()),
        )


def _tempered(side: Side, temperature: float) -> Side:
    """Divide the energies of β by a temperature: β^(1/T), renormalised."""
    beta = side.beta.clamp(min=0) ** (1 / temperature) * side.mask
    return dataclasses.replace(side, beta=beta / beta.sum(1, keepdim=True).clamp(min=1e-12))

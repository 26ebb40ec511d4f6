"""A pair step by step, for those who want to see how it comes to its probability.

What is sampled and how likely that was, which neighbours are each other's counterpart (cross-graph
attention, A_pq), what each adds, and what own features and competing candidates make of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from kgreview.aligner.explanation import NeighbourAttention, RoundSteps, Steps
from kgreview.aligner.features import Floats
from kgreview.aligner.leave_one_out import AttributeRow, Explainer
from kgreview.aligner.sampling import edge_weights


@dataclass(frozen=True, eq=False)
class StepsView:
    """Looks into one version; costs a pass over all edges, once."""

    explainer: Explainer

    @cached_property
    def _weights(self) -> Floats:
        settings = self.explainer.checkpoint.model.settings
        return edge_weights(self.explainer.scored.inputs.joint, uniform=settings.uniform_sampling)

    def look(
        self,
        left: int,
        right: int,
        similarities: Floats,
        rows: Sequence[AttributeRow] = (),
        *,
        temperature: float = 1.0,
    ) -> Steps:
        """Judge the pair of rows (left, right) and give what is computed on the way.

        ``similarities`` (F,) are the pair's, ``rows`` its attributes that correspond.
        ``temperature`` divides the log odds that A_pq is made of.
        """
        explainer = self.explainer
        pair = explainer.pair(left, right, similarities)
        looked = pair.look([()], temperature)
        attention = pair.attention(looked, {})
        affinity = np.array(pair.affinity(looked))
        sides = (attention.left, attention.right)
        slots = [[neighbour.slot for neighbour in side] for side in sides]
        nodes = (left, explainer.num_left + right)
        offsets = explainer.scored.inputs.joint.edge_offsets
        return Steps(
            attention=attention,
            chances=(self._chances(nodes[0], sides[0]), self._chances(nodes[1], sides[1])),
            degrees=(_degree(offsets, nodes[0]), _degree(offsets, nodes[1])),
            affinity=tuple(map(tuple, affinity[np.ix_(*slots)].tolist())),
            waterfall=pair.waterfall(looked, rows),
            rounds=self._rounds(left, right),
            temperature=temperature,
            cap=explainer.checkpoint.model.settings.cap,
            probability=float(looked.probability[0]),
            threshold=explainer.checkpoint.threshold,
        )

    def _chances(self, node: int, side: tuple[NeighbourAttention, ...]) -> tuple[float, ...]:
        """Give the share of an entity's sampling weights that each sampled edge has."""
        inputs = self.explainer.scored.inputs
        start, end = inputs.joint.edge_offsets[node : node + 2]
        total = float(self._weights[start:end].sum())
        edges = [int(inputs.samples[node, neighbour.slot]) for neighbour in side]
        return tuple(float(self._weights[edge]) / total for edge in edges)

    def _rounds(self, left: int, right: int) -> tuple[RoundSteps, ...]:
        where = self.explainer.position(left, right)
        if where is None:
            return ()
        scores = self.explainer.scored.scores
        return tuple(
            RoundSteps(float(belief[where]), float(evidence[where]))
            for belief, evidence in zip(scores.beliefs, scores.evidence, strict=True)
        )


def _degree(offsets: npt.NDArray[np.int64], node: int) -> int:
    return int(offsets[node + 1] - offsets[node])

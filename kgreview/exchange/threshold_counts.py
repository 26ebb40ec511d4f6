"""What lies from a threshold on, counted at every threshold at once: pairs, conflicts, groups.

All is counted before conflicts are resolved. The groups that pairs from a threshold on form lose
one for each edge of a spanning forest that has this score or more (Kruskal), so one forest tells
them all; a group is of two entities while its pair is the only one of either.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import minimum_spanning_tree

from kgreview.arrays import Floats, Rows
from kgreview.exchange.alignment import Settled, Sides

_SETTLED = np.inf  # the weight of matches that decisions and links tell


@dataclass(frozen=True)
class Counts:
    """What lies from one threshold on."""

    pairs: int  # that nothing but scores tells of
    contested: int  # entities with several counterparts where one is allowed
    groups: int  # of two entities and more, settled matches among them
    chains: int  # groups of more than two


@dataclass(frozen=True, eq=False)
class ThresholdCounts:
    """Scores at which counts change, each array in ascending order."""

    pairs: Floats  # (open pairs,) of each pair
    contested: Floats  # (entities,) of each entity's second counterpart
    joined: Floats  # (entities,) of each entity's best pair
    merged: Floats  # (edges of the forest,)
    twos: Floats  # (pairs,) of pairs that are the best of both their entities
    twos_end: Floats  # (pairs,) of the best competitor of each of these

    @classmethod
    def of(cls, settled: Settled) -> ThresholdCounts:
        """Count once for all thresholds: a few sorts and one spanning forest."""
        left, right, weight, several = _edges(settled)
        start = int(left.max(initial=-1)) + 1
        nodes = start + int(right.max(initial=-1)) + 1
        ends = left, right + start
        best, second = _best_two(np.concatenate(ends), np.concatenate([weight, weight]), nodes)
        single = np.concatenate([~may for may in several])  # (2 edges,) left ends, right ends
        twice = np.concatenate([weight, weight])[single]
        of_single = _best_two(np.concatenate(ends)[single], twice, nodes)[1]
        competitor = np.maximum(second[ends[0]], second[ends[1]])
        twos = (weight == best[ends[0]]) & (weight == best[ends[1]]) & (weight > competitor)
        return cls(
            np.sort(settled.scored.score[settled.open]),
            _stated(of_single),
            _stated(best),
            _forest(ends, weight, nodes),
            np.sort(weight[twos]),
            np.sort(competitor[twos]),
        )

    def at(self, threshold: float) -> Counts:
        """Count from a threshold on; costs a few bisections."""

        def count(scores: Floats) -> int:
            return len(scores) - int(np.searchsorted(scores, threshold))

        groups = count(self.joined) - count(self.merged)
        twos = count(self.twos) - count(self.twos_end)
        return Counts(count(self.pairs), count(self.contested), groups, groups - twos)


def _edges(settled: Settled) -> tuple[Rows, Rows, Floats, Sides]:
    """Give settled matches and open pairs with their weights, and whose ends may have several."""
    scored, where = settled.scored, settled.open
    one, other = settled.matches
    of_left, of_right = (
        np.concatenate(both) for both in zip(settled.matches_several, settled.several, strict=True)
    )
    return (
        np.concatenate([one, scored.left[where]]),
        np.concatenate([other, scored.right[where]]),
        np.concatenate([np.full(len(one), _SETTLED), scored.score[where]]),
        (of_left, of_right),
    )


def _best_two(node: Rows, weight: Floats, nodes: int) -> tuple[Floats, Floats]:
    """Give the best and the second best weight of each node, -inf without one, (nodes,) each."""
    order = np.lexsort((-weight, node))
    node, weight = node[order], weight[order]
    first = np.flatnonzero(np.diff(node, prepend=-1))
    second = first[np.append(np.diff(first), len(node) - first[-1:]) > 1] + 1
    best = np.full((2, nodes), -np.inf)
    best[0, node[first]], best[1, node[second]] = weight[first], weight[second]
    return best[0], best[1]


def _forest(ends: tuple[Rows, Rows], weight: Floats, nodes: int) -> Floats:
    """Give the weights of a spanning forest of the best pairs."""
    order = np.argsort(-weight, kind="stable")
    rank = np.empty(len(weight))
    rank[order] = np.arange(1, len(weight) + 1)  # whole numbers: no score is rounded, none is 0
    forest = minimum_spanning_tree(sp.csr_matrix((rank, ends), shape=(nodes, nodes)))
    return np.sort(weight[order[forest.data.astype(np.int64) - 1]])


def _stated(scores: Floats) -> Floats:
    return np.sort(scores[scores > -np.inf])

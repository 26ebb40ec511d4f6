"""Which pairs belong together where an entity has one counterpart at most: optimal assignment."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from scipy.optimize import linear_sum_assignment
from scipy.sparse.csgraph import connected_components, min_weight_full_bipartite_matching

from kgreview.arrays import Bools, Floats, Rows

_MOST_CELLS = 1_000_000  # of a component that is solved as a dense matrix
_FEW_SETTLED = 0.001  # of the open pairs in a round, from which on another one pays


def best_assignment(left: Rows, right: Rows, gain: Floats) -> Bools:
    """Choose of pairs those of the greatest sum of gains, each entity in one at most, (pairs,).

    ``gain`` (pairs,) is above 0. Nearly all pairs are settled by comparing each with its
    competitors; of what is left, components that hang together are solved each by itself: small
    ones by the Hungarian method on a dense matrix, large ones by its sparse form
    (``min_weight_full_bipartite_matching``).
    """
    chosen, rest = _settle_dominant(left, right, gain)
    if not len(rest):
        return chosen
    component = _components(left[rest], right[rest])
    order = np.argsort(component, kind="stable")
    for of_one in np.split(rest[order], np.flatnonzero(np.diff(component[order])) + 1):
        chosen[of_one[_solve(left[of_one], right[of_one], gain[of_one])]] = True
    return chosen


def _settle_dominant(left: Rows, right: Rows, gain: Floats) -> tuple[Bools, Rows]:
    """Choose pairs that gain as much as the best competitors of both their entities together.

    No choice without such a pair is better: it could have one competitor of each entity at most.
    Its competitors are out, which may let others dominate: so it is done in rounds, until one
    changes little. Gives the chosen ones, (pairs,), and the positions of the pairs that are still
    open.
    """
    chosen = np.zeros(len(left), dtype=np.bool_)
    rest = np.argsort(-gain, kind="stable")
    settled = len(rest)
    while len(rest) and settled >= _FEW_SETTLED * len(rest):
        ends, gains = (left[rest], right[rest]), gain[rest]
        first, competitors = zip(*(_first_and_second(side, gains) for side in ends), strict=True)
        best = first[0] & first[1] & (gains >= competitors[0] + competitors[1])
        chosen[rest[best]] = True
        out = np.isin(ends[0], ends[0][best]) | np.isin(ends[1], ends[1][best])
        settled = int(out.sum())
        rest = rest[~out]
    return chosen, np.sort(rest)


def _first_and_second(entity: Rows, gain: Floats) -> tuple[Bools, Floats]:
    """Say of pairs, the best first, which are the best of their entity, (pairs,).

    And give the gain of the second best of each pair's entity, 0 without one, (pairs,).
    """
    place = np.arange(len(entity))
    best = np.empty(int(entity.max()) + 1, dtype=np.int64)
    best[entity[::-1]] = place[::-1]  # of an entity the best is written last
    is_best = best[entity] == place
    second = np.zeros(len(best))
    second[entity[~is_best][::-1]] = gain[~is_best][::-1]
    return is_best, second[entity]


def _components(left: Rows, right: Rows) -> Rows:
    """Number the components that pairs form by the entities they share, (pairs,)."""
    start = int(left.max()) + 1
    nodes = start + int(right.max()) + 1
    edges = sp.coo_matrix(
        (np.ones(len(left), np.int8), (left, right + start)), shape=(nodes, nodes)
    )
    of_node = connected_components(edges, directed=False)[1]
    return np.asarray(of_node[left], dtype=np.int64)


def _solve(left: Rows, right: Rows, gain: Floats) -> Rows:
    """Give the positions of the chosen pairs of one component."""
    lefts, one = np.unique(left, return_inverse=True)
    rights, other = np.unique(right, return_inverse=True)
    if len(lefts) * len(rights) <= _MOST_CELLS:
        matrix = np.zeros((len(lefts), len(rights)))
        matrix[one, other] = gain
        taken = linear_sum_assignment(matrix, maximize=True)
    else:
        taken = _solve_sparse(one, other, gain, len(lefts), len(rights))
    place = {pair: at for at, pair in enumerate(zip(one.tolist(), other.tolist(), strict=True))}
    pairs = zip(*(ends.tolist() for ends in taken), strict=True)
    return np.array([place[pair] for pair in pairs if pair in place], dtype=np.int64)


def _solve_sparse(
    one: Rows, other: Rows, gain: Floats, lefts: int, rights: int
) -> tuple[Rows, Rows]:
    """Solve a large component; each left entity may also stay alone, which gains nothing."""
    alone = np.arange(lefts)
    # all gains are raised by 1, as the matrix cannot hold a 0: each left entity has one of them
    weights = np.concatenate([gain, np.zeros(lefts)]) + 1
    matrix = sp.csr_matrix(
        (weights, (np.concatenate([one, alone]), np.concatenate([other, rights + alone]))),
        shape=(lefts, rights + lefts),
    )
    taken = min_weight_full_bipartite_matching(matrix, maximize=True)
    return taken[0], taken[1]

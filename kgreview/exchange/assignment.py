"""Which pairs belong together where an entity has one counterpart at most: optimal assignment."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.optimize import linear_sum_assignment
from scipy.sparse.csgraph import connected_components, min_weight_full_bipartite_matching

Rows = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_MOST_CELLS = 1_000_000  # of a component that is solved as a dense matrix


def best_assignment(left: Rows, right: Rows, gain: Floats) -> npt.NDArray[np.bool_]:
    """Choose of pairs those of the greatest sum of gains, each entity in one at most, (pairs,).

    ``gain`` (pairs,) is above 0. Components that hang together are solved each by itself: those of
    one pair at once, small ones by the Hungarian method on a dense matrix, large ones by its sparse
    form (``min_weight_full_bipartite_matching``).
    """
    chosen = np.zeros(len(left), dtype=np.bool_)
    if not len(left):
        return chosen
    component = _components(left, right)
    size = np.bincount(component)
    chosen[size[component] == 1] = True
    order = np.argsort(component, kind="stable")
    ends = np.cumsum(size)
    for number in np.flatnonzero(size > 1).tolist():
        of_one = order[ends[number] - size[number] : ends[number]]
        chosen[of_one[_solve(left[of_one], right[of_one], gain[of_one])]] = True
    return chosen


def _components(left: Rows, right: Rows) -> Rows:
    """Number the components that pairs form by the entities they share, (pairs,)."""
    lefts, one = np.unique(left, return_inverse=True)
    rights, other = np.unique(right, return_inverse=True)
    nodes = len(lefts) + len(rights)
    edges = sp.coo_matrix(
        (np.ones(len(left), np.int8), (one, other + len(lefts))), shape=(nodes, nodes)
    )
    of_node = connected_components(edges, directed=False)[1]
    _, component = np.unique(of_node[one], return_inverse=True)
    return component.astype(np.int64)


def _solve(left: Rows, right: Rows, gain: Floats) -> Rows:
    """Give the positions of the chosen pairs of one component."""
    lefts, one = np.unique(left, return_inverse=True)
    rights, other = np.unique(right, return_inverse=True)
    if len(lefts) == 1 or len(rights) == 1:
        return np.array([int(gain.argmax())], dtype=np.int64)
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

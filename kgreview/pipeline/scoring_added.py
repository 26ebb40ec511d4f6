"""Scores of pairs beside the candidates of blocking: those that people and known links added.

Each is judged among the candidates that blocking found, as if it alone had been added: so its score
is the one that its explanation adds up to, whatever else people and links add. Many are scored in
rounds of such as have nothing to do with each other, the rest one by one.
"""

from __future__ import annotations

import contextlib

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from kgreview.errors import KGReviewError
from kgreview.features.similarity import first_scores
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.pair_rows import PairRows, pair_rows
from kgreview.pipeline import loaded_networks
from kgreview.pipeline.blocking import similarities
from kgreview.pipeline.project import Project
from kgreview.progress import Progress, silent
from kgreview.store.added_pairs import AddedPair, score_added, unscored
from kgreview.store.database import Database

Rows = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

_FEWEST_TOGETHER = 50  # pairs of a round; fewer are sooner scored one by one


def score_what_was_added(
    project: Project,
    db: Database,
    version: str,
    device: str = "auto",
    progress: Progress = silent,
) -> None:
    """Score what people and links added and the version has not scored yet.

    Where that cannot be, such a pair has no score, and can be decided all the same. How many have
    an entity that a graph lacks is told by ``progress``.
    """
    missing = pair_rows(project.left, project.right, unscored(db, version))
    if missing.gone:
        left_out = f"leave out {missing.gone:,} added pairs whose entities are gone"
        progress(left_out, missing.gone, missing.gone)
    if missing.pairs:
        with contextlib.suppress(KGReviewError):
            scores = scores_of_added(project, version, missing, device, progress)
            score_added(db, version, scores)


def scores_of_added(
    project: Project,
    version: str,
    pairs: PairRows[AddedPair],
    device: str = "auto",
    progress: Progress = silent,
) -> dict[int, float]:
    """Give the probabilities of added pairs, by their numbers; raises as ``explain``."""
    left, right = pairs.left, pairs.right
    compared = np.stack([_compared(project, pair) for pair in pairs.pairs])
    if loaded_networks.has_network(project, version):
        scores = _by_network(project, version, left, right, compared, device, progress)
    else:
        scores = first_scores(compared, similarities(project)[1])
    numbers = [int(pair.candidate or 0) for pair in pairs.pairs]
    return dict(zip(numbers, scores.tolist(), strict=True))


def _compared(project: Project, pair: AddedPair) -> Floats:
    if pair.similarities is not None:
        return pair.similarities
    return loaded_networks.compared(
        project, project.left.row(pair.left), project.right.row(pair.right)
    )


def _by_network(
    project: Project,
    version: str,
    left: Rows,
    right: Rows,
    compared: Floats,
    device: str,
    progress: Progress,
) -> Floats:
    from kgreview.pipeline.scoring import score_compared

    together, alone = rounds(project.left, project.right, left, right)
    scores = np.empty(len(left), np.float32)
    for where in together:
        scores[where] = score_compared(
            project, version, left[where], right[where], compared[where], device, progress
        )
    if len(alone):
        loaded = loaded_networks.load(project, version)
        for done, at in enumerate(alone.tolist()):
            progress("score what was added", done, len(alone))
            pair = loaded.explainer.pair(int(left[at]), int(right[at]), compared[at])
            scores[at] = pair.look([()]).probability[0]
    return scores


def rounds(
    one: KnowledgeGraph, two: KnowledgeGraph, left: Rows, right: Rows
) -> tuple[list[Rows], Rows]:
    """Part pairs of rows into rounds in which none is a competitor or a neighbour of another.

    Gives the positions of each round, and of those left over that are too few for one.
    """
    parts, rest = [], np.arange(len(left))
    adjacent = _adjacency(one), _adjacency(two)
    while len(rest) >= _FEWEST_TOGETHER:
        picked = rest[_firsts(left[rest])]
        picked = picked[_firsts(right[picked])]
        near = _among(adjacent[0], left[picked]).multiply(_among(adjacent[1], right[picked]))
        beside = sp.triu(near + near.T, k=1).tocoo()  # the first of all has none before it
        picked = np.delete(picked, np.unique(beside.col))
        if len(picked) < _FEWEST_TOGETHER:
            break
        parts.append(picked)
        rest = np.setdiff1d(rest, picked)
    return parts, rest


def _adjacency(graph: KnowledgeGraph) -> sp.csr_matrix:
    n, there = graph.num_entities, np.ones(len(graph.edge_neighbours), np.bool_)
    columns = np.asarray(graph.edge_neighbours), np.asarray(graph.edge_offsets)
    return sp.csr_matrix((there, *columns), shape=(n, n))


def _among(adjacent: sp.csr_matrix, rows: Rows) -> sp.csr_matrix:
    return adjacent[rows][:, rows]


def _firsts(rows: Rows) -> Rows:
    """Give the positions at which rows stand for the first time, ascending."""
    return np.sort(np.unique(rows, return_index=True)[1])

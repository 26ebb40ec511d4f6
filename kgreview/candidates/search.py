"""The search for the most alike entities of the other side, by sparse vectors.

What the search for one entity costs is bounded, so that the work grows with the entities and not
with their square: where its n-grams and values are too common, they are looked up from the rarest
on, until as many entries of others have been met as one search may cost. Rare ones weigh most, and
tell most. What they bring is then compared by all there is, and the best of that are kept.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from sparse_dot_topn import sp_matmul_topn

from kgreview.arrays import Bools, Ints
from kgreview.candidates.tfidf import Vectors
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.values import first_of_each, spread
from kgreview.partitions import over
from kgreview.text.ngrams import Rows, paired_cosine

_QUERIES, _TARGETS = 20_000, 200_000  # rows of one product, which bounds its memory
_WORTH_THREADS = 10_000  # entries of a query block
_WHOLE = 60_000  # multiplications that looking up all an entity has may cost ...
_RAREST = 15_000  # ... and where it costs more, that looking up its rarest ones may cost
_RAREST_ALONE = 150_000  # for the very rarest, without which nothing is looked up
_BESIDE = 4  # times the places, as many are compared by all where not all was looked up


def targets_by_type(
    queries: KnowledgeGraph, targets: KnowledgeGraph, pairs: list[tuple[str, str]], order: Rows
) -> list[tuple[Ints, Ints]]:
    """Give (rows of a type, rows of all types it corresponds to), one for each type.

    An entity's places are shared by all types it corresponds to, so that a type joined to several
    others has no more candidates than the rest.
    """
    partners: dict[str, list[str]] = {}
    for near, far in dict.fromkeys(pairs):
        partners.setdefault(near, []).append(far)
    by_type = []
    for near, fars in partners.items():
        rows = queries.rows_of_type(near)
        others = np.concatenate([targets.rows_of_type(far) for far in fars])
        if len(rows) and len(others):
            # equals are met in this order, which says nothing of theirs in the file
            by_type.append((rows, others[np.argsort(order[others])]))
    return by_type


class Search:
    """Finds for each of ``rows`` the ``k`` most alike of ``others``, a block by a block at a time.

    Both the vectors and the products of all rows at once would not fit in memory.
    """

    def __init__(
        self, queries: Vectors, targets: Vectors, rows: Rows, others: Rows, k: int, *, context: bool
    ) -> None:
        self.queries, self.targets = queries, targets
        self.rows, self.others = rows, others
        self.k, self.context = k, context
        self.best: dict[int, tuple[Rows, Rows, npt.NDArray[np.float32]]] = {}  # by query block
        self.shortened = np.zeros(len(rows), np.bool_)  # asked by their rarest columns alone

    def run(self) -> Iterator[int]:
        """Compare all, giving the number of pairs each block has settled."""
        if self.k <= 0:
            yield len(self.rows) * len(self.others)
            return
        for start in range(0, len(self.others), _TARGETS):
            part = self.others[start : start + _TARGETS]
            offered = self.targets.context(part) if self.context else self.targets.names[part]
            offered, used = _used_columns(offered)
            shared = offered, offered.T.tocsr(), len(part) / len(self.others), self.k
            firsts = range(0, len(self.rows), _QUERIES)
            blocks = (_of_columns(self._asked(first), used) for first in firsts)
            for first, best in zip(firsts, over(_most_alike, shared, blocks), strict=True):
                if len(best.row):
                    self._keep(first, best.row, best.other + start, best.score)
                self.shortened[first : first + len(best.cut)] |= best.cut
                yield len(best.cut) * len(part)

    def _asked(self, first: int) -> sp.csr_matrix:
        """Give the vectors of a query block."""
        asking = self.rows[first : first + _QUERIES]
        return self.queries.context(asking) if self.context else self.queries.names[asking]

    def _keep(self, first: int, row: Rows, column: Rows, score: npt.NDArray[np.float32]) -> None:
        """Keep the best of a query block, of what it had and of what came."""
        if first in self.best:
            had = self.best[first]
            row = np.concatenate([had[0], row])
            column = np.concatenate([had[1], column])
            score = np.concatenate([had[2], score])
        order = np.lexsort((column, -score, row))
        row, column, score = row[order], column[order], score[order]
        kept = first_of_each(row, np.arange(len(row)), self.k)
        self.best[first] = (row[kept], column[kept], score[kept])

    def found(self) -> tuple[Rows, Rows]:
        """Give the pairs (row, other)."""
        near, far, _ = self.scored()
        return near, far

    def scored(self) -> tuple[Rows, Rows, npt.NDArray[np.float32]]:
        """Give the pairs (row, other) and how alike they are; those of a row best first."""
        near = [self.rows[first + row] for first, (row, _, _) in self.best.items()]
        far = [self.others[column] for _, column, _ in self.best.values()]
        score = [score for _, _, score in self.best.values()]
        if not near:
            return self.rows[:0], self.others[:0], np.empty(0, np.float32)
        return np.concatenate(near), np.concatenate(far), np.concatenate(score)


class _Best(NamedTuple):
    """The best others for the rows of a query block."""

    row: Rows  # (found,)
    other: Rows
    score: npt.NDArray[np.float32]
    cut: Bools  # (rows,) asked by their rarest columns alone


def _most_alike(
    offered: sp.csr_matrix, columns: sp.csr_matrix, share: float, k: int, asked: sp.csr_matrix
) -> _Best:
    """Find the ``k`` best of some others for each row of a query block.

    ``columns`` are those of ``offered``; ``share``: of all others, those that these are.
    """
    if not (asked.nnz and offered.nnz):
        none = np.empty(0, np.int64)
        return _Best(none, none, np.empty(0, np.float32), np.zeros(asked.shape[0], np.bool_))
    lighter, cut = _rarest(asked, columns, share)
    # threads take longer to start than thousands of small searches themselves
    threads = min(2, os.cpu_count() or 1) if lighter.nnz > _WORTH_THREADS else 1
    most = k * _BESIDE if cut.any() else k
    best = sp_matmul_topn(_own(lighter), _own(columns), top_n=most, n_threads=threads).tocoo()
    score: npt.NDArray[np.float32] = best.data
    some = np.flatnonzero(cut[best.row])
    score[some] = paired_cosine(asked, offered, best.row[some], best.col[some])
    return _Best(best.row, best.col, score, cut)


def _own(matrix: sp.csr_matrix) -> sp.csr_matrix:
    """Copy what other processes map, too: the library takes no array that is only to be read."""
    return matrix if matrix.data.flags.writeable else matrix.copy()


def _used_columns(offered: sp.csr_matrix) -> tuple[sp.csr_matrix, Rows]:
    """Number the columns that a matrix uses anew: of thousands of types each uses few.

    To go through all columns for each type would take longer than the search.
    """
    used, place = np.unique(offered.indices, return_inverse=True)
    shape = (offered.shape[0], len(used))
    return sp.csr_matrix((offered.data, place.ravel(), offered.indptr), shape=shape), used


def _of_columns(asked: sp.csr_matrix, used: Rows) -> sp.csr_matrix:
    """Keep the columns that are used, as they are numbered there."""
    if not len(used):
        return sp.csr_matrix((asked.shape[0], 0), dtype=asked.dtype)
    place = np.minimum(np.searchsorted(used, asked.indices), len(used) - 1)
    kept = used[place] == asked.indices
    rows = np.repeat(np.arange(asked.shape[0]), np.diff(asked.indptr))
    counts = np.bincount(rows[kept], minlength=asked.shape[0])
    offsets = np.concatenate([[0], np.cumsum(counts)])
    shape = (asked.shape[0], len(used))
    return sp.csr_matrix((asked.data[kept], place[kept], offsets), shape=shape)


def _rarest(
    asked: sp.csr_matrix, columns: sp.csr_matrix, share: float = 1.0
) -> tuple[sp.csr_matrix, Bools]:
    """Keep of each row that costs too much its rarest columns alone.

    ``share``: of all others, those whose columns these are. Gives what is kept, and which rows lost
    something, (rows,).
    """
    work = np.diff(columns.indptr).astype(np.int64)[asked.indices]
    until = np.concatenate([[0], np.cumsum(work)])
    cut = np.diff(until[asked.indptr]) > _WHOLE * share
    if not cut.any():
        return asked, cut
    rows = np.flatnonzero(cut)
    counts = np.diff(asked.indptr)[rows]
    entries = spread(asked.indptr[rows], counts)
    owner = np.repeat(np.arange(len(rows)), counts)
    entries = entries[np.lexsort((asked.indices[entries], work[entries], owner))]
    so_far, starts = np.cumsum(work[entries]), np.cumsum(counts) - counts
    so_far -= np.repeat(so_far[starts] - work[entries[starts]], counts)
    kept = np.ones(asked.nnz, dtype=np.bool_)
    kept[entries] = so_far <= _RAREST * share
    rarest = entries[starts]
    kept[rarest] = work[rarest] <= _RAREST_ALONE * share
    offsets = np.concatenate([[0], np.cumsum(kept)])[asked.indptr]
    lighter = sp.csr_matrix((asked.data[kept], asked.indices[kept], offsets), shape=asked.shape)
    return lighter, cut

"""Blocking: which pairs of entities are worth a look, out of all pairs of two graphs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from sparse_dot_topn import sp_matmul_topn

from kgreview.candidates.tfidf import Vectors, vectors
from kgreview.errors import InputError
from kgreview.graph.columns import open_column
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.links import Links, pair_keys
from kgreview.graph.schema import Schema
from kgreview.graph.sides import Sides
from kgreview.graph.values import first_of_each
from kgreview.progress import Progress, silent
from kgreview.text.columns import distinct_numbers
from kgreview.text.ngrams import Rows, paired_cosine

_QUERIES, _TARGETS = 20_000, 200_000  # rows of one product, which bounds its memory
_WORTH_THREADS = 10_000  # entries of a query block
_MOST_WORK = 1e10  # multiplications of one pass; above it the commonest n-grams are left out


@dataclass(frozen=True)
class BlockingSettings:
    """How many candidates to look for. The best of either direction are put together."""

    by_name: int = 3  # right entities for a left one, and left for a right one, by name alone
    by_context: int = 10  # right entities for a left one by name, neighbours' names and values
    by_context_from_right: int = 3  # left entities for a right one by the same


@dataclass(frozen=True, eq=False)
class Candidates:
    """Pairs worth a look, as aligned columns, each pair once.

    Blocking gives them in the order of (left, right). A refresh keeps the place of each pair that
    stays, since its number names it in the database, so that those of an entity lie anywhere.
    """

    left: npt.NDArray[np.int64]  # (pairs,) rows of the left graph
    right: npt.NDArray[np.int64]  # (pairs,) rows of the right graph
    name_similarity: npt.NDArray[np.float32]  # (pairs,) cosine of name n-grams, 0 without a name
    context_similarity: npt.NDArray[np.float32]  # (pairs,) name and neighbours' names, 0 to 1

    def __len__(self) -> int:
        return len(self.left)

    def take(self, where: Rows) -> Candidates:
        """Keep the pairs at positions, in their order."""
        return Candidates(*(getattr(self, column.name)[where] for column in fields(self)))

    def save(self, folder: Path) -> None:
        """Write one ``.npy`` file for each column into a folder, which is made if need be."""
        folder.mkdir(parents=True, exist_ok=True)
        for column in fields(self):
            np.save(folder / f"{column.name}.npy", getattr(self, column.name))

    @classmethod
    def open(cls, folder: Path) -> Candidates:
        """Open saved candidates, memory-mapped. Raises ``InputError`` where a column is missing."""
        try:
            columns = {c.name: open_column(folder / f"{c.name}.npy") for c in fields(cls)}
        except InputError as error:  # they can be made again
            what = str(error).partition("; ")[0]
            raise InputError(f"{what}; block again: `kgreview run` (decisions stay)") from error
        if len({len(column) for column in columns.values()}) > 1:
            what = "holds columns of different lengths; run `kgreview run` again (decisions stay)"
            raise InputError.at(folder, what)
        return cls(**columns)


def block(
    left: KnowledgeGraph,
    right: KnowledgeGraph,
    schema: Schema,
    settings: BlockingSettings | None = None,
    progress: Progress = silent,
    sides: Sides | None = None,
) -> Candidates:
    """Find candidates among all pairs of entities whose types correspond in ``schema``.

    For each left entity the right ones most alike by name, and by name together with neighbours'
    names and exact values; then the same for each right entity. No label is used, and equals are
    ordered by what they say. ``sides``: the values as ``schema`` has them, if read already.
    """
    settings = settings or BlockingSettings()
    progress("turn names into vectors", 0, 1)
    one, two = vectors(left, right, schema, sides)
    progress("turn names into vectors", 1, 1)
    pairs = [(t.left, t.right) for t in schema.types]
    forward = targets_by_type(left, right, pairs, two.order)
    backward = targets_by_type(right, left, [(b, a) for a, b in pairs], one.order)
    gathered = _Gathered(right.num_entities)
    passes = [
        (forward, one, two, False, settings.by_name, False),
        (backward, two, one, False, settings.by_name, True),
        (forward, one, two, True, settings.by_context, False),
        (backward, two, one, True, settings.by_context_from_right, True),
    ]
    done, total = 0, sum(len(rows) * len(others) for part in passes for rows, others in part[0])
    for groups, queries, targets, context, most, swapped in passes:
        for rows, others in groups:
            k = places(most, len(rows), len(others), swapped=swapped)
            search = Search(queries, targets, rows, others, k, context=context)
            for asked in search.run():
                done += asked
                progress("find candidates", done, total, pairs=len(gathered))
            near, far = search.found()
            gathered.add(*((far, near) if swapped else (near, far)))
    lefts, rights = gathered.rows()
    names, contexts = pair_similarities(one, two, lefts, rights, progress)
    return Candidates(lefts, rights, names, contexts)


def places(most: int, rows: int, others: int, *, swapped: bool) -> int:
    """Give how many of the others are candidates of each row; ``swapped``: rows are right ones.

    A right side many times the left's size must not swamp it.
    """
    return max(1, round(most * min(1, others / rows))) if swapped and most else most


def blocking_recall(candidates: Candidates, links: Links) -> float:
    """Give the share of matches among ``links`` that are candidates; nan without matches."""
    matches = links.matches
    if not len(matches):
        return float("nan")
    return float(is_candidate(candidates, matches.left, matches.right).mean())


def is_candidate(candidates: Candidates, left: Rows, right: Rows) -> npt.NDArray[np.bool_]:
    """Tell of each pair of rows whether it is a candidate, (pairs,)."""
    return find(candidates, left, right) >= 0


def find(candidates: Candidates, left: Rows, right: Rows) -> npt.NDArray[np.int64]:
    """Give the position of each pair of rows among the candidates, -1 where it is none.

    A pair with -1 for a row, which an id has that its graph lacks, is none.
    """
    if len(candidates) == 0:
        return np.full(len(left), -1, dtype=np.int64)
    candidate_keys, wanted = pair_keys(candidates.left, candidates.right), pair_keys(left, right)
    order = np.argsort(candidate_keys, kind="stable")  # next to nothing where they are in order
    place = order[
        np.minimum(np.searchsorted(candidate_keys, wanted, sorter=order), len(candidate_keys) - 1)
    ]
    return np.where(candidate_keys[place] == wanted, place, -1).astype(np.int64)


def possible_pairs(left: KnowledgeGraph, right: KnowledgeGraph, schema: Schema) -> int:
    """Count the pairs of entities whose types correspond."""
    return sum(
        len(left.rows_of_type(t.left)) * len(right.rows_of_type(t.right))
        for t in dict.fromkeys(schema.types)
    )


def reduction(
    candidates: Candidates, left: KnowledgeGraph, right: KnowledgeGraph, schema: Schema
) -> float:
    """Give the share of possible pairs that blocking spares; nan where no pair is possible."""
    possible = possible_pairs(left, right, schema)
    return 1 - len(candidates) / possible if possible else float("nan")


class _Gathered:
    """Pairs found so far, each once, as one sorted column of numbers."""

    def __init__(self, width: int) -> None:
        self.width = max(1, width)
        self.keys = np.empty(0, dtype=np.int64)
        self.waiting: list[npt.NDArray[np.int64]] = []

    def add(self, left: Rows, right: Rows) -> None:
        self.waiting.append(np.asarray(left, dtype=np.int64) * self.width + right)
        if sum(map(len, self.waiting)) > len(self.keys) + 1_000_000:
            self._settle()

    def _settle(self) -> None:
        self.keys = distinct_numbers(np.concatenate([self.keys, *self.waiting]))
        self.waiting = []

    def __len__(self) -> int:
        return len(self.keys) + sum(map(len, self.waiting))

    def rows(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        self._settle()
        return self.keys // self.width, self.keys % self.width


def targets_by_type(
    queries: KnowledgeGraph, targets: KnowledgeGraph, pairs: list[tuple[str, str]], order: Rows
) -> list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
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

    def run(self) -> Iterator[int]:
        """Compare all, giving the number of pairs each block has settled."""
        if self.k <= 0:
            yield len(self.rows) * len(self.others)
            return
        for start in range(0, len(self.others), _TARGETS):
            part = self.others[start : start + _TARGETS]
            offered = self.targets.context(part) if self.context else self.targets.names[part]
            offered, used = _used_columns(offered)
            columns = offered.T.tocsr()
            for first in range(0, len(self.rows), _QUERIES):
                asking = self.rows[first : first + _QUERIES]
                asked = self.queries.context(asking) if self.context else self.queries.names[asking]
                if asked.nnz and offered.nnz:
                    asked = _of_columns(asked, used)
                    share = len(asking) * len(part) / (len(self.rows) * len(self.others))
                    asked = _without_commonest(asked, columns, _MOST_WORK * share)
                    # threads take longer to start than thousands of small searches themselves
                    threads = min(2, os.cpu_count() or 1) if asked.nnz > _WORTH_THREADS else 1
                    best = sp_matmul_topn(asked, columns, top_n=self.k, n_threads=threads).tocoo()
                    self._keep(first, best.row, best.col + start, best.data)
                yield len(asking) * len(part)

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


def _used_columns(offered: sp.csr_matrix) -> tuple[sp.csr_matrix, Rows]:
    """Number the columns that a matrix uses anew: of thousands of types each uses few.

    To go through all columns for each type would take longer than the search.
    """
    used, place = np.unique(offered.indices, return_inverse=True)
    shape = (offered.shape[0], len(used))
    return sp.csr_matrix((offered.data, place.ravel(), offered.indptr), shape=shape), used


def _of_columns(asked: sp.csr_matrix, used: Rows) -> sp.csr_matrix:
    """Keep the columns that are used, as they are numbered there."""
    place = np.minimum(np.searchsorted(used, asked.indices), len(used) - 1)
    kept = used[place] == asked.indices
    rows = np.repeat(np.arange(asked.shape[0]), np.diff(asked.indptr))
    counts = np.bincount(rows[kept], minlength=asked.shape[0])
    offsets = np.concatenate([[0], np.cumsum(counts)])
    shape = (asked.shape[0], len(used))
    return sp.csr_matrix((asked.data[kept], place[kept], offsets), shape=shape)


def _without_commonest(asked: sp.csr_matrix, columns: sp.csr_matrix, most: float) -> sp.csr_matrix:
    """Leave out the commonest n-grams where the product would be too much work.

    What is left out weighs least, and the similarities reported later are computed with it.
    """
    offered = np.diff(columns.indptr)
    if float(offered[asked.indices].sum(dtype=np.float64)) <= most:
        return asked
    work = asked.getnnz(axis=0).astype(np.float64) * offered
    order = np.argsort(work, kind="stable")
    kept = np.zeros(len(work), dtype=np.float32)
    kept[order[np.cumsum(work[order]) <= most]] = 1
    lighter = (asked @ sp.diags(kept)).tocsr()
    lighter.eliminate_zeros()
    return lighter


def pair_similarities(
    one: Vectors, two: Vectors, left: Rows, right: Rows, progress: Progress
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Compute both similarities of all pairs, a block at a time."""
    names = np.zeros(len(left), dtype=np.float32)
    contexts = np.zeros(len(left), dtype=np.float32)
    for start in range(0, len(left), 100_000):
        part = slice(start, start + 100_000)
        a, place_a = np.unique(left[part], return_inverse=True)
        b, place_b = np.unique(right[part], return_inverse=True)
        names[part] = paired_cosine(one.names, two.names, left[part], right[part])
        contexts[part] = paired_cosine(one.context(a), two.context(b), place_a, place_b)
        progress("compare candidates", min(start + 100_000, len(left)), len(left))
    return names, contexts

"""Blocking: which pairs of entities are worth a look, out of all pairs of two graphs."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kgreview.arrays import Bools, Ints
from kgreview.candidates.search import Search, targets_by_type
from kgreview.candidates.tfidf import Vectors, vectors
from kgreview.errors import InputError
from kgreview.graph.columns import open_column
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.links import Links, pair_keys
from kgreview.graph.schema import Schema
from kgreview.graph.sides import Sides
from kgreview.progress import Notice, Progress, silent, unheard
from kgreview.text.columns import distinct_numbers
from kgreview.text.ngrams import Rows, paired_cosine


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

    left: Ints  # (pairs,) rows of the left graph
    right: Ints  # (pairs,) rows of the right graph
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
    notice: Notice = unheard,
) -> Candidates:
    """Find candidates among all pairs of entities whose types correspond in ``schema``.

    For each left entity the right ones most alike by name, and by name together with neighbours'
    names and exact values; then the same for each right entity. No label is used, and equals are
    ordered by what they say. ``sides``: the values as ``schema`` has them, if read already.
    ``notice`` is told how many searches went by the rarest of an entity alone, see ``search``.
    """
    settings = settings or BlockingSettings()
    progress("turn names into vectors", 0, 1)
    one, two = vectors(left, right, schema, sides)
    progress("turn names into vectors", 1, 1)
    pairs = [(t.left, t.right) for t in schema.types]
    forward = targets_by_type(left, right, pairs, two.order)
    backward = targets_by_type(right, left, [(b, a) for a, b in pairs], one.order)
    gathered = _Found(right.num_entities)
    passes = [
        (forward, one, two, False, settings.by_name, False),
        (backward, two, one, False, settings.by_name, True),
        (forward, one, two, True, settings.by_context, False),
        (backward, two, one, True, settings.by_context_from_right, True),
    ]
    done, searches, shortened = 0, 0, 0
    total = sum(len(rows) * len(others) for part in passes for rows, others in part[0])
    for groups, queries, targets, context, most, swapped in passes:
        for rows, others in groups:
            k = places(most, len(rows), len(others), swapped=swapped)
            search = Search(queries, targets, rows, others, k, context=context)
            for asked in search.run():
                done += asked
                progress("find candidates", done, total, pairs=len(gathered))
            searches += len(rows) if k else 0
            shortened += int(search.shortened.sum())
            near, far = search.found()
            gathered.add(*((far, near) if swapped else (near, far)))
    if shortened:
        notice(
            f"{shortened:,} of {searches:,} searches for candidates went by the rarest n-grams and "
            "values of an entity alone: there are too many entities with its commonest"
        )
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


def is_candidate(candidates: Candidates, left: Rows, right: Rows) -> Bools:
    """Tell of each pair of rows whether it is a candidate, (pairs,)."""
    return find(candidates, left, right) >= 0


def find(candidates: Candidates, left: Rows, right: Rows) -> Ints:
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


class _Found:
    """Pairs found so far, each once, as one sorted column of numbers."""

    def __init__(self, width: int) -> None:
        self.width = max(1, width)
        self.keys = np.empty(0, dtype=np.int64)
        self.waiting: list[Ints] = []
        self.number_waiting = 0  # counted as they come: thousands of types add a few each

    def add(self, left: Rows, right: Rows) -> None:
        self.waiting.append(np.asarray(left, dtype=np.int64) * self.width + right)
        self.number_waiting += len(self.waiting[-1])
        if self.number_waiting > len(self.keys) + 1_000_000:
            self._settle()

    def _settle(self) -> None:
        self.keys = distinct_numbers(np.concatenate([self.keys, *self.waiting]))
        self.waiting, self.number_waiting = [], 0

    def __len__(self) -> int:
        return len(self.keys) + self.number_waiting

    def rows(self) -> tuple[Ints, Ints]:
        self._settle()
        return self.keys // self.width, self.keys % self.width


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

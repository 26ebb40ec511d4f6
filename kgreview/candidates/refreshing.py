"""Candidates of a graph that has changed a little, from those there were.

Looked for anew are those of entities that were *touched* (new, changed, or beside a change), among
all of the other side, and those of entities that lost one. An entity that was not touched gets what
is more alike than the last of its places. So the candidates are those of a whole blocking, but:

- of two that were not touched, a pair stays though something new has taken its place;
- similarities of such pairs are those of the blocking they come from. Words get rarer or commoner
  with each record, and so do the places that depend on them, by as little;
- of an entity that was touched at most ``_MOST`` others get it for a candidate.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kgreview.arrays import Bools, Rows
from kgreview.candidates.blocking import (
    BlockingSettings,
    Candidates,
    block,
    pair_similarities,
    places,
)
from kgreview.candidates.search import Search, targets_by_type
from kgreview.candidates.tfidf import Vectors, vectors
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.links import pair_keys, rows_of_keys
from kgreview.graph.schema import Schema
from kgreview.graph.sides import Sides
from kgreview.graph.type_pair_set import TypePairSet
from kgreview.progress import Progress, silent
from kgreview.text.columns import distinct_numbers

Floats = npt.NDArray[np.float32]

_MOST = 200  # others whose candidate a touched entity becomes
_DRIFT = 1e-3  # by which a similarity changes with the weights alone


@dataclass(frozen=True, eq=False)
class Earlier:
    """The candidates there were, by their new rows; -1 for an entity that is gone."""

    pairs: Candidates  # with the similarities of then
    kept: Bools  # (pairs,) stay whatever is found, such as what a curator has decided


@dataclass(frozen=True, eq=False)
class Refreshed:
    """What became of the candidates."""

    stays: Bools  # (earlier pairs,)
    pairs: Candidates  # (earlier pairs,) with similarities as they are now; of gone ones anything
    added: Candidates  # in the order of (left, right)


def refresh_candidates(
    left: KnowledgeGraph,
    right: KnowledgeGraph,
    schema: Schema,
    earlier: Earlier,
    touched: tuple[Bools, Bools],
    *,
    whole: bool = False,
    wanted: tuple[Rows, Rows] | None = None,
    settings: BlockingSettings | None = None,
    sides: Sides | None = None,
    progress: Progress = silent,
) -> Refreshed:
    """Look anew for the candidates of what was touched, (entities,) of either side.

    ``whole``: look for all anew. ``wanted``: rows of pairs that are to be candidates whatever they
    look like.
    """
    if whole:
        touched = (np.ones_like(touched[0]), np.ones_like(touched[1]))
    progress("turn names into vectors", 0, 1)
    both = vectors(left, right, schema, sides)
    progress("turn names into vectors", 1, 1)
    search = _Refresh(
        left, right, schema, earlier, touched, both, settings or BlockingSettings(), progress
    )
    everything = block(left, right, schema, settings, progress, sides) if whole else None
    keys, stays = search.pairs(everything)
    if wanted is not None:
        keys = np.concatenate([keys, pair_keys(*wanted).astype(np.int64)])
    fresh = np.setdiff1d(keys, search.keys[stays])
    lefts, rights = rows_of_keys(fresh.astype(np.uint64))
    names, contexts = pair_similarities(*both, lefts, rights, progress)
    return Refreshed(stays, search.now, Candidates(lefts, rights, names, contexts))


class _Refresh:
    """One refresh; sides are numbered 0, 1, and so are the similarities: name, context."""

    def __init__(
        self,
        left: KnowledgeGraph,
        right: KnowledgeGraph,
        schema: Schema,
        earlier: Earlier,
        touched: tuple[Bools, Bools],
        both: tuple[Vectors, Vectors],
        settings: BlockingSettings,
        progress: Progress,
    ) -> None:
        pairs = earlier.pairs
        self.vectors, self.touched, self.kept, self.progress = both, touched, earlier.kept, progress
        self.rows = (pairs.left, pairs.right)
        self.there = _correspond(left, right, schema, pairs.left, pairs.right)
        self.anew = self.there.copy()
        self.anew[self.there] = (
            touched[0][pairs.left[self.there]] | touched[1][pairs.right[self.there]]
        )
        self.keys = pair_keys(pairs.left, pairs.right).astype(np.int64)
        self.before = (pairs.name_similarity, pairs.context_similarity)
        self.now = self._compared(pairs)
        order = both[1].order, both[0].order
        types = [(pair.left, pair.right) for pair in schema.types]
        self.groups = (
            targets_by_type(left, right, types, order[0]),
            targets_by_type(right, left, [(b, a) for a, b in types], order[1]),
        )
        most = (
            (settings.by_name, settings.by_context),
            (settings.by_name, settings.by_context_from_right),
        )
        sizes = left.num_entities, right.num_entities
        # (side, similarity) -> (entities,) how many places an entity has
        self.places = [
            [self._places(side, sizes[side], most[side][kind]) for kind in (0, 1)]
            for side in (0, 1)
        ]
        # likewise: how alike the last of its candidates is that has a place
        self.last = [[self._last(side, sizes[side], kind) for kind in (0, 1)] for side in (0, 1)]

    def pairs(self, everything: Candidates | None) -> tuple[Rows, Bools]:
        """Give the keys of all pairs found anew, and which of the earlier pairs stay.

        ``everything``: all candidates, where they were looked for anew.
        """
        if everything is None:
            lost = [self._lost(side) for side in (0, 1)]
            keys = distinct_numbers(np.concatenate(list(self._found(lost))))
        else:
            keys = pair_keys(everything.left, everything.right).astype(np.int64)
        stays = self.there & (~self.anew | self.kept)
        judged = np.flatnonzero(self.anew & ~self.kept)
        stays[judged] = np.isin(self.keys[judged], keys) | self._has_a_place(judged)
        return keys, stays

    def _compared(self, pairs: Candidates) -> Candidates:
        """Compare pairs of touched entities as they are now."""
        where = np.flatnonzero(self.anew)
        names, contexts = (np.array(column) for column in self.before)
        names[where], contexts[where] = pair_similarities(
            *self.vectors, pairs.left[where], pairs.right[where], self.progress
        )
        return Candidates(pairs.left, pairs.right, names, contexts)

    def _places(self, side: int, entities: int, most: int) -> Rows:
        place_of = np.zeros(entities, dtype=np.int64)
        for rows, others in self.groups[side]:
            place_of[rows] = places(most, len(rows), len(others), swapped=side == 1)
        return place_of

    def _last(self, side: int, entities: int, kind: int) -> Floats:
        """Give the similarity of the last candidate with a place, 0 where places are free."""
        last = np.zeros(entities, dtype=np.float32)
        own = np.flatnonzero(self.rows[side] >= 0)
        entity, value = self.rows[side][own], self.before[kind][own]
        order = np.lexsort((-value, entity))
        entity, value = entity[order], value[order]
        starts = np.searchsorted(entity, np.arange(entities))
        at = starts + self.places[side][kind] - 1
        full = (self.places[side][kind] > 0) & (at < np.append(starts[1:], len(entity)))
        last[full] = value[at[full]]
        return last

    def _lost(self, side: int) -> Bools:
        """Tell which entities that were not touched lost a candidate that had a place."""
        lost = np.zeros(len(self.touched[side]), dtype=np.bool_)
        own = self.rows[side] >= 0
        for kind, values in enumerate((self.now.name_similarity, self.now.context_similarity)):
            last, entity = self.last[side][kind], np.where(own, self.rows[side], 0)
            had = own & (self.before[kind] >= last[entity]) & (self.before[kind] > 0)
            fell = ~self.there | (self.anew & (values < last[entity] - _DRIFT))
            lost[entity[had & fell]] = True
        return lost & ~self.touched[side]

    def _has_a_place(self, where: Rows) -> Bools:
        """Tell of pairs whether one that was not touched would have the other anyhow."""
        has_place = np.zeros(len(where), dtype=np.bool_)
        for side in (0, 1):
            entity = self.rows[side][where]
            for kind, values in enumerate((self.now.name_similarity, self.now.context_similarity)):
                value = values[where]
                good = (value >= self.last[side][kind][entity] - _DRIFT) & (value > 0)
                has_place |= good & ~self.touched[side][entity]
        return has_place

    def _found(self, lost: list[Bools]) -> Iterator[Rows]:
        """Give the keys of what is found for the touched, and for those that lost one."""
        yield np.empty(0, dtype=np.int64)
        for side in (0, 1):
            for rows, others in self.groups[side]:
                for kind in (0, 1):
                    most = int(self.places[side][kind][rows[0]])  # the same for a type
                    asking = rows[(self.touched[side] | lost[side])[rows]]
                    near, far, _ = self._search(side, kind, asking, others, most)
                    yield self._keys(side, near, far)
                    touched = rows[self.touched[side][rows]]
                    near, far, value = self._search(side, kind, touched, others, _MOST)
                    theirs = self._is_better(1 - side, kind, far, value)
                    yield self._keys(side, near[theirs], far[theirs])

    def _is_better(self, side: int, kind: int, entity: Rows, value: Floats) -> Bools:
        """Tell whether something is more alike to entities than the last of their candidates.

        Of those only that were not touched: the others look for themselves.
        """
        free: Bools = ~self.touched[side][entity] & (self.places[side][kind][entity] > 0)
        return free & (value > self.last[side][kind][entity])

    def _search(
        self, side: int, kind: int, rows: Rows, others: Rows, most: int
    ) -> tuple[Rows, Rows, Floats]:
        """Find the most alike of each row: row, other, similarity."""
        if not len(rows) or not most:
            return rows[:0], rows[:0], np.empty(0, np.float32)
        queries, targets = self.vectors[side], self.vectors[1 - side]
        search = Search(queries, targets, rows, others, most, context=kind == 1)
        done = 0
        for asked in search.run():
            done += asked
            self.progress("find candidates of what changed", done, len(rows) * len(others))
        near, far, value = search.scored()
        return near.astype(np.int64), far.astype(np.int64), value

    @staticmethod
    def _keys(side: int, near: Rows, far: Rows) -> Rows:
        pair = (near, far) if side == 0 else (far, near)
        return pair_keys(*pair).astype(np.int64)


def _correspond(
    left: KnowledgeGraph, right: KnowledgeGraph, schema: Schema, lefts: Rows, rights: Rows
) -> Bools:
    """Tell of which pairs of rows both are there and of types that correspond."""
    allowed = TypePairSet.of(left, right, schema.types)
    there: Bools = (lefts >= 0) & (rights >= 0)
    there[there] = allowed.has(left.types[lefts[there]], right.types[rights[there]])
    return there

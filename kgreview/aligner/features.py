"""Layer 0: what an entity says of itself, computed and not trained (WWW'20, section 3.1).

Strings become sub-word embeddings: TF-IDF of character n-grams, hashed and projected at random onto
few dimensions, which keeps cosines (Johnson and Lindenstrauss). Nothing is downloaded and nothing
depends on links. Numbers and dates go through sines of several periods. The last columns are the
words of the name by number, for what is learnt of words (``linear.py``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import scipy.sparse as sp

from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.schema import Schema
from kgreview.graph.sides import Sides, SideValues, read_sides
from kgreview.graph.values import best_of_each, by_attribute, first_of_each
from kgreview.progress import Progress, silent
from kgreview.text.ngrams import hash_strings, indicator
from kgreview.text.readings import ValueType

Floats = npt.NDArray[np.float32]
Wide = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

NAME_WIDTH = 96  # dimensions of the embedded name
_TEXT_WIDTH = 48  # of all other strings together
_BUCKETS = 1 << 16
_NUMBER_PERIODS = (0.5, 2.0, 8.0)  # of the logarithm of a number
_YEAR_PERIODS = (4.0, 20.0, 100.0)  # years
EMBEDDED = NAME_WIDTH + _TEXT_WIDTH + (2 * len(_NUMBER_PERIODS) + 2) + (2 * len(_YEAR_PERIODS) + 6)

_WORDS = 24  # of a name that are kept, the rarest
_WORD_CODES = 1 << 24  # whole numbers that float32 keeps exactly
WIDTH = EMBEDDED + _WORDS


def entity_features(
    left: KnowledgeGraph,
    right: KnowledgeGraph,
    schema: Schema,
    *,
    seed: int = 0,
    progress: Progress = silent,
    sides: Sides | None = None,
    rows: npt.NDArray[np.integer] | slice = slice(None),
) -> Floats:
    """Embed every entity of both graphs by its own values, (left + right entities, ``WIDTH``).

    Columns: name (the first ``NAME_WIDTH``, unit length or zero), other strings, numbers, dates;
    from ``EMBEDDED`` on the words of the name, whole numbers, 0 where there are no more.
    ``sides``: the values as ``schema`` has them, if they are read already. ``rows``: embed only
    these, among all.
    """
    progress("embed names", 0, 3)
    read = [_Embedded(side) for side in sides or read_sides(left, right, schema)]
    rng = np.random.default_rng(seed)
    spelt = read[0].side.values.ngrams(_BUCKETS)
    names = sp.vstack([side.names() @ spelt for side in read]).tocsr()
    name_block = _embed(_tfidf(names)[rows], NAME_WIDTH, rng)
    progress("embed names", 1, 3)
    text = sp.vstack([side.text() @ spelt for side in read]).tocsr()
    text_block = _embed(_tfidf(text)[rows], _TEXT_WIDTH, rng)
    progress("embed names", 2, 3)
    amounts = np.vstack([np.hstack([side.numbers(), side.dates()]) for side in read])[rows]
    progress("embed names", 3, 3)
    words = _name_words(read)[rows]
    return np.hstack([name_block, text_block, amounts, words]).astype(np.float32)


@dataclass(frozen=True, eq=False)
class _Embedded:
    """What layer 0 takes of one side's values."""

    side: SideValues

    def names(self) -> sp.csr_matrix:
        """Give the best name of each entity, (entities, strings)."""
        side = self.side
        where = np.flatnonzero((side.naming >= 0) & (side.codes >= 0))
        keys = (side.naming[where], side.values.order[side.codes[where]])
        return self._says(best_of_each(side.graph.value_entities, where, 1, *keys))

    def all_names(self) -> sp.csr_matrix:
        """Give all names of each entity, (entities, strings)."""
        return self._says(np.flatnonzero((self.side.naming >= 0) & (self.side.codes >= 0)))

    def text(self) -> sp.csr_matrix:
        """Give what each entity says beside its name and amounts, (entities, strings)."""
        plain = (self.side.naming < 0) & (self.side.codes >= 0)
        return self._says(np.flatnonzero(plain & np.isnan(self.side.amounts[:, 0])))

    def _says(self, where: npt.NDArray[np.integer]) -> sp.csr_matrix:
        graph, codes = self.side.graph, self.side.codes
        entries = (np.ones(len(where), np.float32), (graph.value_entities[where], codes[where]))
        shape = (graph.num_entities, len(self.side.values.strings))
        return sp.csr_matrix(entries, shape=shape)

    def numbers(self) -> Floats:
        """Mean over an entity's numbers of log and sines of it, and whether there is any."""
        where, amount = self._of(ValueType.NUMBER, ValueType.DURATION)
        size = np.sign(amount[:, 0]) * np.log1p(np.abs(amount[:, 0]))
        waves = [size / 10] + [
            wave(2 * np.pi * size / p) for p in _NUMBER_PERIODS for wave in (np.sin, np.cos)
        ]
        return _mean_by_entity(self.side.graph, where, np.stack(waves, axis=1))

    def dates(self) -> Floats:
        """Mean over an entity's dates of sines of year, month and day, and whether there is any."""
        where, amount = self._of(ValueType.DATE)
        first = amount[:, 0].astype("datetime64[D]")
        length = amount[:, 1] - amount[:, 0]
        month = first.astype("datetime64[M]")
        year = first.astype("datetime64[Y]").astype(np.float64) + 1970
        waves = [(year - 2000) / 50] + [
            wave(2 * np.pi * year / p) for p in _YEAR_PERIODS for wave in (np.sin, np.cos)
        ]
        # a whole year says nothing of the month, a whole month nothing of the day
        for part, period, longest in (
            (1 + month.astype(np.int64) % 12, 12, 31),
            (1 + (first - month.astype("datetime64[D]")).astype(np.int64), 31, 0),
        ):
            angle = 2 * np.pi * part / period
            there = (length <= longest).astype(np.float64)
            waves += [there * np.sin(angle), there * np.cos(angle)]
        return _mean_by_entity(self.side.graph, where, np.stack(waves, axis=1))

    def _of(self, *types: ValueType) -> tuple[Ints, Wide]:
        """Give the positions of amounts of some types, names left out, and low and high (n, 2)."""
        side = self.side
        of_type = [
            where
            for name, where in by_attribute(side.graph)
            if name in side.readings and side.readings[name].type in types
        ]
        where = np.concatenate([np.empty(0, np.int64), *of_type])
        where = where[(side.naming[where] < 0) & ~np.isnan(side.amounts[where, 0])]
        return where, side.amounts[where]


def _name_words(sides: list[_Embedded]) -> Floats:
    """Number the words of each entity's names, (entities of both, ``_WORDS``), 0 for none.

    A number is a hash of the word, the same in every project. Of a long name the rarest are kept,
    of equal ones the smallest number.
    """
    strings = sides[0].side.values.strings
    split = pc.split_pattern(strings, " ")
    flat = pc.list_flatten(split).dictionary_encode()
    codes = word_codes(flat.dictionary)
    real = pc.not_equal(flat.dictionary, "").to_numpy(zero_copy_only=False)[flat.indices]
    string = np.asarray(pc.list_parent_indices(split).to_numpy(), dtype=np.int64)[real]
    word = np.asarray(flat.indices.to_numpy(), dtype=np.int64)[real]
    words = indicator(string, word, (len(strings), len(codes)))
    has = sp.vstack([side.all_names() @ words for side in sides]).tocoo()
    often = np.bincount(has.col, minlength=len(codes))
    kept = first_of_each(has.row, np.lexsort((codes[has.col], often[has.col], has.row)), _WORDS)
    place = np.arange(len(kept)) - np.searchsorted(has.row[kept], has.row[kept])
    words_of_names = np.zeros((has.shape[0], _WORDS), np.float32)
    words_of_names[has.row[kept], place] = codes[has.col[kept]]
    return words_of_names


def word_codes(words: pa.Array) -> Ints:
    """Give the number of each normalised word, (words,): from 1 on, the same in every project."""
    return 1 + (hash_strings(words) % np.uint64(_WORD_CODES - 1)).astype(np.int64)


def _mean_by_entity(
    graph: KnowledgeGraph, where: npt.NDArray[np.int64], values: npt.NDArray[np.float64]
) -> Floats:
    of_entity = sp.csr_matrix(
        (np.ones(len(where)), (graph.value_entities[where], np.arange(len(where)))),
        shape=(graph.num_entities, len(where)),
    )
    counts = np.asarray(of_entity.sum(axis=1))
    mean = (of_entity @ values) / np.maximum(counts, 1)
    return np.hstack([mean, counts > 0]).astype(np.float32)


def _tfidf(counts: sp.csr_matrix) -> sp.csr_matrix:
    """Weigh n-grams by rarity over both graphs; rows of unit length, or zero."""
    present = counts.getnnz(axis=0)
    idf = np.log((1 + counts.shape[0]) / (1 + present)).astype(np.float32)
    weighted = counts.copy()
    weighted.data = (1 + np.log(weighted.data)) * idf[weighted.indices]
    length = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    return sp.diags((1 / np.maximum(length, 1e-9)).astype(np.float32)) @ weighted


def _embed(weighted: sp.csr_matrix, width: int, rng: np.random.Generator) -> Floats:
    """Project at random; rows of unit length, or zero where there was nothing."""
    projection = rng.standard_normal((weighted.shape[1], width), dtype=np.float32)
    dense = np.asarray(weighted @ projection)
    length = np.linalg.norm(dense, axis=1, keepdims=True)
    unit: Floats = (dense / np.maximum(length, 1e-9)).astype(np.float32)
    return unit

"""Layer 0: what an entity says of itself, computed and not trained (WWW'20, section 3.1).

Strings become sub-word embeddings: TF-IDF of character n-grams, hashed and projected at random onto
few dimensions, which keeps cosines (Johnson and Lindenstrauss). Nothing is downloaded and nothing
depends on links. Numbers and dates go through sines of several periods.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import scipy.sparse as sp

from kgreview.graph.canonical import is_amount
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.schema import Schema
from kgreview.graph.values import Values, best_of_each, naming_rank
from kgreview.progress import Progress, silent
from kgreview.text.amounts import read_values
from kgreview.text.ngrams import ngrams
from kgreview.text.readings import Reading, ValueType

Floats = npt.NDArray[np.float32]
Wide = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

NAME_WIDTH = 96  # dimensions of the embedded name
_TEXT_WIDTH = 48  # of all other strings together
_BUCKETS = 1 << 16
_NUMBER_PERIODS = (0.5, 2.0, 8.0)  # of the logarithm of a number
_YEAR_PERIODS = (4.0, 20.0, 100.0)  # years
WIDTH = NAME_WIDTH + _TEXT_WIDTH + (2 * len(_NUMBER_PERIODS) + 2) + (2 * len(_YEAR_PERIODS) + 6)


def entity_features(
    left: KnowledgeGraph,
    right: KnowledgeGraph,
    schema: Schema,
    *,
    seed: int = 0,
    progress: Progress = silent,
    values: Values | None = None,
) -> Floats:
    """Embed every entity of both graphs by its own values, (left + right entities, ``WIDTH``).

    Columns: name (the first ``NAME_WIDTH``, unit length or zero), other strings, numbers, dates.
    ``values``, if they are read already, are without the placeholders of ``schema``.
    """
    progress("embed names", 0, 3)
    values = values or Values.of(left, right, schema)
    sides = [
        _Side.of(left, values.codes[0], schema.left_names, schema.left_readings),
        _Side.of(right, values.codes[1], schema.right_names, schema.right_readings),
    ]
    rng = np.random.default_rng(seed)
    spelt = _ngrams(values)
    names = sp.vstack([side.names(values) @ spelt for side in sides]).tocsr()
    name_block = _embed(_tfidf(names), NAME_WIDTH, rng)
    progress("embed names", 1, 3)
    text = sp.vstack([side.text(values) @ spelt for side in sides]).tocsr()
    text_block = _embed(_tfidf(text), _TEXT_WIDTH, rng)
    progress("embed names", 2, 3)
    amounts = np.vstack([np.hstack([side.numbers(), side.dates()]) for side in sides])
    progress("embed names", 3, 3)
    return np.hstack([name_block, text_block, amounts]).astype(np.float32)


def _ngrams(values: Values) -> sp.csr_matrix:
    """Count the n-grams of each string, in both its spellings, (strings, buckets)."""
    counts = ngrams(values.strings, _BUCKETS)
    other = np.flatnonzero(
        pc.not_equal(values.strings, values.latin).to_numpy(zero_copy_only=False)
    )
    if len(other):
        rows = sp.csr_matrix(
            (np.ones(len(other), np.float32), (other, np.arange(len(other)))),
            shape=(len(values.strings), len(other)),
        )
        counts = counts + rows @ ngrams(values.latin.take(pa.array(other)), _BUCKETS)
    return counts.tocsr()


@dataclass(frozen=True, eq=False)
class _Side:
    """The values of one graph: which name, and what those are that are amounts."""

    graph: KnowledgeGraph
    codes: Ints  # (values,) spelling of each, -1 where it is missing
    naming: Ints  # (values,) -1 where a value does not name
    amounts: Mapping[ValueType, tuple[Ints, Wide]]  # positions, and low and high (n, 2)

    @classmethod
    def of(
        cls,
        graph: KnowledgeGraph,
        codes: Ints,
        names: Mapping[str, tuple[str, ...]],
        readings: Mapping[str, Reading],
    ) -> _Side:
        naming = naming_rank(graph, names)
        read: dict[ValueType, list[tuple[Ints, Wide]]] = {}
        for name, reading in readings.items():
            if is_amount(reading):
                attribute = graph.value_attributes == graph.attribute_names.index(name)
                where = np.flatnonzero(attribute & (codes >= 0) & (naming < 0))
                amount = read_values(graph.values.take(pa.array(where)), reading)
                there = ~np.isnan(amount[:, 0])
                read.setdefault(reading.type, []).append((where[there], amount[there]))
        return cls(
            graph,
            codes,
            naming,
            {
                kind: (np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts]))
                for kind, parts in read.items()
            },
        )

    def names(self, values: Values) -> sp.csr_matrix:
        """Give the best name of each entity, (entities, strings)."""
        where = np.flatnonzero((self.naming >= 0) & (self.codes >= 0))
        keys = (self.naming[where], values.order[self.codes[where]])
        return self._says(best_of_each(self.graph.value_entities, where, 1, *keys), values)

    def text(self, values: Values) -> sp.csr_matrix:
        """Give what each entity says beside its name and amounts, (entities, strings)."""
        plain = (self.naming < 0) & (self.codes >= 0)
        for where, _ in self.amounts.values():
            plain[where] = False
        return self._says(np.flatnonzero(plain), values)

    def _says(self, where: npt.NDArray[np.integer], values: Values) -> sp.csr_matrix:
        return sp.csr_matrix(
            (
                np.ones(len(where), np.float32),
                (self.graph.value_entities[where], self.codes[where]),
            ),
            shape=(self.graph.num_entities, len(values.strings)),
        )

    def numbers(self) -> Floats:
        """Mean over an entity's numbers of log and sines of it, and whether there is any."""
        where, amount = self._of(ValueType.NUMBER, ValueType.DURATION)
        size = np.sign(amount[:, 0]) * np.log1p(np.abs(amount[:, 0]))
        waves = [size / 10] + [
            wave(2 * np.pi * size / p) for p in _NUMBER_PERIODS for wave in (np.sin, np.cos)
        ]
        return _mean_by_entity(self.graph, where, np.stack(waves, axis=1))

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
        return _mean_by_entity(self.graph, where, np.stack(waves, axis=1))

    def _of(self, *kinds: ValueType) -> tuple[Ints, Wide]:
        parts = [self.amounts[kind] for kind in kinds if kind in self.amounts]
        none = (np.empty(0, np.int64), np.empty((0, 2)))
        where = np.concatenate([none[0], *(part[0] for part in parts)])
        return where, np.concatenate([none[1], *(part[1] for part in parts)])


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
    scaled: sp.csr_matrix = sp.diags((1 / np.maximum(length, 1e-9)).astype(np.float32)) @ weighted
    return scaled


def _embed(weighted: sp.csr_matrix, width: int, rng: np.random.Generator) -> Floats:
    """Project at random; rows of unit length, or zero where there was nothing."""
    projection = rng.standard_normal((weighted.shape[1], width), dtype=np.float32)
    dense = np.asarray(weighted @ projection)
    length = np.linalg.norm(dense, axis=1, keepdims=True)
    unit: Floats = (dense / np.maximum(length, 1e-9)).astype(np.float32)
    return unit

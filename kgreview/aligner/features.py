"""Layer 0: what an entity says of itself, computed and not trained (WWW'20, section 3.1).

Strings become sub-word embeddings: TF-IDF of character n-grams, hashed and projected at random onto
few dimensions, which keeps cosines (Johnson and Lindenstrauss). Nothing is downloaded and nothing
depends on links. Numbers and dates go through sines of several periods.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import scipy.sparse as sp

from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.names import entity_names
from kgreview.graph.schema import Schema
from kgreview.progress import Progress, silent
from kgreview.text.ngrams import ngrams
from kgreview.text.strings import normalise

Floats = npt.NDArray[np.float32]

NAME_WIDTH = 96  # dimensions of the embedded name
_TEXT_WIDTH = 48  # of all other strings together
_BUCKETS = 1 << 16
_NUMBER_PERIODS = (0.5, 2.0, 8.0)  # of the logarithm of a number
_YEAR_PERIODS = (4.0, 20.0, 100.0)  # years
_DATE = r"^\s*(?P<year>[12]\d{3})(?:-(?P<month>\d{1,2})(?:-(?P<day>\d{1,2}))?)?(?:T.*)?\s*$"
_NUMBER = r"^\s*[$€£]?\s*(?P<number>-?\d{1,18}(?:\.\d{1,18})?)\s*[$€£%]?\s*$"
WIDTH = NAME_WIDTH + _TEXT_WIDTH + (2 * len(_NUMBER_PERIODS) + 2) + (2 * len(_YEAR_PERIODS) + 6)


def entity_features(
    left: KnowledgeGraph,
    right: KnowledgeGraph,
    schema: Schema,
    *,
    seed: int = 0,
    progress: Progress = silent,
) -> Floats:
    """Embed every entity of both graphs by its own values, (left + right entities, ``WIDTH``).

    Columns: name (the first ``NAME_WIDTH``, unit length or zero), other strings, numbers, dates.
    """
    sides = ((left, schema.left_names), (right, schema.right_names))
    progress("embed names", 0, 3)
    names = pa.chunked_array([entity_names(graph, names) for graph, names in sides])
    rng = np.random.default_rng(seed)
    name_block = _embed(_tfidf(ngrams(normalise(names), _BUCKETS)), NAME_WIDTH, rng)
    progress("embed names", 1, 3)

    kinds = [_ValueKinds.of(graph, names) for graph, names in sides]
    text = sp.vstack(
        [_summed_text(graph, kind) for (graph, _), kind in zip(sides, kinds, strict=True)]
    )
    text_block = _embed(_tfidf(text.tocsr()), _TEXT_WIDTH, rng)
    progress("embed names", 2, 3)
    numbers = [
        np.hstack([kind.numbers(graph), kind.dates(graph)])
        for (graph, _), kind in zip(sides, kinds, strict=True)
    ]
    progress("embed names", 3, 3)
    return np.hstack([name_block, text_block, np.vstack(numbers)]).astype(np.float32)


class _ValueKinds:
    """Which values of a graph are dates, numbers, and strings that are no names."""

    def __init__(
        self, date: pa.StructArray, number: pa.StructArray, text: npt.NDArray[np.bool_]
    ) -> None:
        self._date, self._number, self.text = date, number, text

    @classmethod
    def of(cls, graph: KnowledgeGraph, names: Mapping[str, tuple[str, ...]]) -> _ValueKinds:
        naming = {attribute for attributes in names.values() for attribute in attributes}
        is_name = np.array([a in naming for a in graph.attribute_names], dtype=bool)
        named = is_name[graph.value_attributes]
        date = pc.extract_regex(graph.values, _DATE)
        number = pc.extract_regex(graph.values, _NUMBER)
        plain = ~(_valid(date) | _valid(number))
        return cls(date, number, plain & ~named)

    def numbers(self, graph: KnowledgeGraph) -> Floats:
        """Mean over an entity's numbers of log and sines of it, and whether there is any."""
        # what reads as a year is a date
        where = np.flatnonzero(_valid(self._number) & ~_valid(self._date))
        value = _field(self._number, "number", where)
        size = np.sign(value) * np.log1p(np.abs(value))
        waves = [size / 10] + [
            wave(2 * np.pi * size / p) for p in _NUMBER_PERIODS for wave in (np.sin, np.cos)
        ]
        return _mean_by_entity(graph, where, np.stack(waves, axis=1))

    def dates(self, graph: KnowledgeGraph) -> Floats:
        """Mean over an entity's dates of sines of year, month and day, and whether there is any."""
        where = np.flatnonzero(_valid(self._date))
        year = _field(self._date, "year", where)
        month, day = (_field(self._date, part, where) for part in ("month", "day"))
        waves = [(year - 2000) / 50] + [
            wave(2 * np.pi * year / p) for p in _YEAR_PERIODS for wave in (np.sin, np.cos)
        ]
        for part, period in ((month, 12), (day, 31)):
            known = (part > 0).astype(
                np.float64
            )  # zero stands for a date without it, and says nothing
            angle = 2 * np.pi * part / period
            waves += [known * np.sin(angle), known * np.cos(angle)]
        return _mean_by_entity(graph, where, np.stack(waves, axis=1))


def _valid(extracted: pa.StructArray) -> npt.NDArray[np.bool_]:
    return np.asarray(pc.is_valid(extracted).to_numpy(zero_copy_only=False), dtype=bool)


def _field(
    extracted: pa.StructArray, name: str, where: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    text = pc.struct_field(extracted.take(pa.array(where)), name)
    filled = pc.if_else(pc.equal(text, ""), "0", text)
    return np.asarray(pc.cast(filled, pa.float64()).to_numpy(zero_copy_only=False))


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


def _summed_text(graph: KnowledgeGraph, kinds: _ValueKinds) -> sp.csr_matrix:
    """Add up the n-grams of an entity's plain strings, (entities, buckets)."""
    where = np.flatnonzero(kinds.text)
    counts = ngrams(normalise(graph.values.take(pa.array(where))), _BUCKETS)
    of_entity = sp.csr_matrix(
        (np.ones(len(where), np.float32), (graph.value_entities[where], np.arange(len(where)))),
        shape=(graph.num_entities, len(where)),
    )
    return of_entity @ counts


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

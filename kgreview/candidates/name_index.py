"""Entities of one graph by name: what somebody typed finds them, in any script, also misspelt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import scipy.sparse as sp

from kgreview.arrays import Bools, Rows
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.names import local_part
from kgreview.graph.values import naming_rank
from kgreview.text.ngrams import BUCKETS, inverse_frequency, ngrams, unit
from kgreview.text.skeletons import LATIN, Codes, scripts, skeletons
from kgreview.text.strings import (
    LONGEST,
    normalise,
    normalise_one,
    transliterate,
    transliterate_one,
)

NOT_EQUAL = 0.99  # at most, what is not spelt equally is alike
_LEAST_ACROSS = 0.25  # cosine of names across scripts, below which they are not alike
_FIRST_LOOK = 2_000  # spellings, the most similar ones, that are looked at before all are


class NamedEntity(NamedTuple):
    """An entity that was found by a name."""

    row: int
    similarity: float  # 0 to 1; 1: a name of it is spelt equally


@dataclass(frozen=True, eq=False)
class NameIndex:
    """All names of a graph's entities by their character n-grams.

    A spelling is a name as ``normalise`` gives it, or as ``transliterate`` does. What is alike is
    told by the cosine of TF-IDF vectors of n-grams within words, so that neither the order of words
    nor a slip of the finger hides a name; of what is typed in Latin letters and a name in others,
    or the other way round, by that of their ``skeletons``, too. An entity without a name is found
    by the end of its id.
    """

    spellings: pa.LargeStringArray  # (spellings,) each once
    offsets: Rows  # (spellings + 1,) into rows
    rows: Rows  # entities of each spelling, ascending
    grams: sp.csr_matrix  # (n-grams, spellings) TF-IDF, each column of length 1
    weights: npt.NDArray[np.float32]  # (n-grams,)

    @classmethod
    def of(cls, graph: KnowledgeGraph, names: Mapping[str, tuple[str, ...]]) -> NameIndex:
        """Index a graph; ``names``: by type, the attributes that name (``Schema.left_names``)."""
        texts, owners = _names(graph, names)
        first = normalise(texts)
        second = transliterate(first)
        other = np.flatnonzero(pc.not_equal(first, second).to_numpy(zero_copy_only=False))
        both = pa.concat_arrays([first, second.take(pa.array(other))])
        owners = np.concatenate([owners, owners[other]])
        encoded = both.dictionary_encode()
        codes = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        spellings = encoded.dictionary.cast(pa.large_string())
        pairs = np.unique(np.stack([codes, owners], axis=1), axis=0)
        counts = np.bincount(pairs[:, 0], minlength=len(spellings))
        indicator = _indicator(spellings)
        weights = inverse_frequency(indicator, indicator[:0])
        return cls(
            spellings,
            np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            pairs[:, 1],
            unit(indicator @ sp.diags(weights)).T.tocsr(),
            weights,
        )

    def similar(
        self, text: str, most: int, allowed: Bools | None = None, skipped: int = 0
    ) -> list[NamedEntity]:
        """Give the entities that are called most like ``text``, the most similar first.

        ``allowed``: which entities may be given, (entities,). Among equals the order is that of
        rows. An entity that shares no n-gram is not given.
        """
        similarity = self._similarities(text)
        near: Rows = np.flatnonzero(similarity)
        order = near
        if len(near) > _FIRST_LOOK:
            order = near[np.argpartition(-similarity[near], _FIRST_LOOK)[:_FIRST_LOOK]]
        entities = self._entities(order, similarity, allowed)
        if len(entities) < skipped + most and len(order) < len(near):
            entities = self._entities(near, similarity, allowed)
        return entities[skipped : skipped + most]

    def containing(self, text: str, allowed: Bools | None = None) -> Rows:
        """Give the entities with a name that has every word of ``text`` in it, at any place.

        First those whose name begins with it, and among them the shortest names.
        """
        whole = normalise_one(text[:LONGEST])
        has = np.full(len(self.spellings), bool(whole))
        for word in whole.split():
            inside = pc.match_substring(self.spellings, word)
            has &= inside.to_numpy(zero_copy_only=False)
        where = np.flatnonzero(has)
        matched = self.spellings.take(pa.array(where))
        begins = pc.starts_with(matched, whole).to_numpy(zero_copy_only=False)
        length = pc.utf8_length(matched).to_numpy(zero_copy_only=False)
        owners, _ = self._owners(where[np.lexsort((where, length, ~begins))])
        return _first_of_each(owners if allowed is None else owners[allowed[owners]])

    def _similarities(self, text: str) -> npt.NDArray[np.float32]:
        """Give how alike each spelling is to a text in the better of its own two, (spellings,)."""
        first = normalise_one(text[:LONGEST])
        asked = dict.fromkeys((first, transliterate_one(first)))
        vectors = _indicator(pa.array(asked, pa.large_string()))
        vectors.data = self.weights[vectors.indices]
        vectors = unit(vectors)
        cosines = (vectors @ self.grams).toarray().max(axis=0, initial=0)
        similarity = np.minimum(cosines, np.float32(NOT_EQUAL))
        equal = pc.is_in(self.spellings, value_set=pa.array(asked, pa.large_string()))
        self._compare_across(first, similarity)
        similarity[equal.to_numpy(zero_copy_only=False)] = 1 if first else 0
        scores: npt.NDArray[np.float32] = similarity
        return scores

    def _compare_across(self, typed: str, similarity: npt.NDArray[np.float32]) -> None:
        """Raise the similarity of spellings in Latin letters to a text in others, or vice versa."""
        own = int(scripts(pa.array([typed], pa.large_string()))[0])
        for code in [own] if own else np.unique(self._scripts[self._scripts > 0]).tolist():
            where, grams = self._bones(code, LATIN if own else code)
            asked = _grams_across(pa.array([typed], pa.large_string()), code)
            cosines = (asked @ grams.T).toarray()[0]
            cosines[cosines < _LEAST_ACROSS] = 0  # few letters are left, and many names share some
            similarity[where] = np.maximum(similarity[where], np.minimum(cosines, NOT_EQUAL))

    @cached_property
    def _scripts(self) -> Codes:
        return scripts(self.spellings)

    @cached_property
    def _across(self) -> dict[tuple[int, int], tuple[Rows, sp.csr_matrix]]:
        return {}

    def _bones(self, code: int, script: int) -> tuple[Rows, sp.csr_matrix]:
        """Give the spellings of a script, and their n-grams by the rules of a family of scripts.

        They are kept: what is typed in another script than the names is rare.
        """
        if (code, script) not in self._across:
            where: Rows = np.flatnonzero(self._scripts == script)
            grams = _grams_across(self.spellings.take(pa.array(where)), code)
            self._across[code, script] = where, grams
        return self._across[code, script]

    def _entities(
        self, spellings: Rows, similarity: npt.NDArray[np.float32], allowed: Bools | None
    ) -> list[NamedEntity]:
        owners, of = self._owners(spellings)
        figures = similarity[of]
        if allowed is not None:
            owners, figures = owners[allowed[owners]], figures[allowed[owners]]
        order = np.lexsort((owners, -figures))
        rows, first = np.unique(owners[order], return_index=True)
        best = np.argsort(first, kind="stable")
        return [
            NamedEntity(row, float(figure))
            for row, figure in zip(
                rows[best].tolist(), figures[order][first[best]].tolist(), strict=True
            )
        ]

    def _owners(self, spellings: Rows) -> tuple[Rows, Rows]:
        """Give the entities of some spellings one after another, and the spelling of each."""
        counts = self.offsets[spellings + 1] - self.offsets[spellings]
        starts = np.repeat(self.offsets[spellings] - np.cumsum(counts) + counts, counts)
        return self.rows[starts + np.arange(len(starts))], np.repeat(spellings, counts)


def _names(
    graph: KnowledgeGraph, names: Mapping[str, tuple[str, ...]]
) -> tuple[pa.LargeStringArray, Rows]:
    """Give all names of all entities, and whose each is; of nameless ones the end of the id."""
    owners = graph.value_entities
    where = np.flatnonzero(naming_rank(graph, names) >= 0)
    texts = graph.values.take(pa.array(where))
    stated = pc.not_equal(pc.utf8_trim_whitespace(texts), "").to_numpy(zero_copy_only=False)
    texts, named = texts.filter(pa.array(stated)), owners[where[stated]]
    nameless = np.setdiff1d(np.arange(graph.num_entities), named)
    ends = [local_part(each) for each in graph.ids.take(pa.array(nameless)).to_pylist()]
    both = pa.concat_arrays([texts.cast(pa.large_string()), pa.array(ends, pa.large_string())])
    return both, np.concatenate([named, nameless]).astype(np.int64)


def _indicator(spellings: pa.LargeStringArray) -> sp.csr_matrix:
    grams = ngrams(spellings, BUCKETS)
    grams.data[:] = 1
    return grams


def _grams_across(spellings: pa.LargeStringArray, code: int) -> sp.csr_matrix:
    latin, bones = skeletons(spellings, code)
    grams = sp.csr_matrix(ngrams(latin, BUCKETS) + ngrams(bones, BUCKETS))
    grams.data[:] = 1
    return unit(grams)


def _first_of_each(rows: Rows) -> Rows:
    _, first = np.unique(rows, return_index=True)
    return rows[np.sort(first)]

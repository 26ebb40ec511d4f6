"""Which types of two graphs correspond: by links, by their words, by what their entities say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from kgreview.arrays import Ints
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.links import Links
from kgreview.graph.schema import TypePair
from kgreview.graph.values import Values
from kgreview.text.iris import words_of
from kgreview.text.ngrams import unit

_FEW = 3  # links that may be a slip of the pen, where both types are joined to others
_SHARE, _MOST = 0.02, 0.5  # of the links of the type with more, and of the one with fewer
_AGAINST = 10  # links of a type that lead elsewhere, before its namesake is given up
_ALIKE = 0.05  # cosine of what the entities of two types say, from which on they correspond
_COMMON = 1_000  # types of either side that say a string, beyond which it is not compared
_SHARED = 2  # values that entities of both say, at the least


@dataclass(frozen=True)
class TypePairs:
    """Types that correspond, and what was left aside."""

    pairs: tuple[TypePair, ...]
    alone_left: tuple[tuple[str, int], ...]  # without counterpart, with their entities
    alone_right: tuple[tuple[str, int], ...]


def suggest_types(
    left: KnowledgeGraph, right: KnowledgeGraph, values: Values, links: Links | None = None
) -> TypePairs:
    """Find types that correspond, those that links join most before the others.

    Types that links join, unless a link or two among many does; types of the same words
    (``Person``, ``schema:Person``), unless links speak against them by a clear majority; and of
    the rest those whose entities say the same (films and movies).
    """
    joined = _joined(left, right, links)
    by_left, by_right = _totals(joined)
    kept = _meant(joined)
    pairs = sorted(kept, key=lambda pair: (-joined[pair], pair))
    for pair in _of_the_same_words(left.type_names, right.type_names):
        if pair not in kept and not _speaks_against(pair, joined, by_left, by_right):
            pairs.append(pair)
    paired = ({a for a, _ in pairs}, {b for _, b in pairs})
    pairs += _of_the_same_looks(left, right, values, paired)
    paired = ({a for a, _ in pairs}, {b for _, b in pairs})
    return TypePairs(
        tuple(TypePair(*pair) for pair in pairs),
        _alone(left, paired[0]),
        _alone(right, paired[1]),
    )


_Pair = tuple[str, str]


def _joined(left: KnowledgeGraph, right: KnowledgeGraph, links: Links | None) -> Counter[_Pair]:
    """Count the matches among links by the types they join."""
    if links is None:
        return Counter()
    matches = links.label == 1
    width = len(right.type_names)
    codes = left.types[links.left[matches]].astype(np.int64) * width
    codes += right.types[links.right[matches]]
    joined, counts = np.unique(codes, return_counts=True)
    return Counter(
        {
            (left.type_names[code // width], right.type_names[code % width]): int(count)
            for code, count in zip(joined.tolist(), counts, strict=True)
        }
    )


def _totals(joined: Counter[_Pair]) -> tuple[Counter[str], Counter[str]]:
    by_left: Counter[str] = Counter()
    by_right: Counter[str] = Counter()
    for (a, b), count in joined.items():
        by_left[a] += count
        by_right[b] += count
    return by_left, by_right


def _meant(joined: Counter[_Pair]) -> set[_Pair]:
    """Give the types that links join on purpose, and not by a slip of the pen."""
    competitors: tuple[dict[str, list[_Pair]], ...] = ({}, {})  # by type of either side
    for pair in joined:
        for side, name in zip(competitors, pair, strict=True):
            side.setdefault(name, []).append(pair)

    def most_elsewhere(pair: _Pair) -> int:
        near = (competitors[side][pair[side]] for side in (0, 1))
        return max((joined[other] for some in near for other in some if other != pair), default=0)

    # most are many, and need no look at their competitors
    return {pair for pair, n in joined.items() if n >= _FEW or n >= most_elsewhere(pair)}


def _speaks_against(
    pair: _Pair, joined: Counter[_Pair], by_left: Counter[str], by_right: Counter[str]
) -> bool:
    """Tell whether the links of both types, or many of one, lead elsewhere."""
    elsewhere = max(by_left[pair[0]], by_right[pair[1]])
    both = by_left[pair[0]] >= _FEW and by_right[pair[1]] >= _FEW
    return elsewhere >= _AGAINST and both and joined[pair] < _SHARE * elsewhere


def _of_the_same_words(left: Iterable[str], right: Iterable[str]) -> list[_Pair]:
    """Give types whose words are the same.

    Of several, a type whose very name the other side has goes with that one alone, unless the
    others have none: x:Person beside person is a person, too, on either side.
    """
    by_words: dict[tuple[str, ...], list[str]] = {}
    for name in right:
        by_words.setdefault(_words(name), []).append(name)
    here, there = frozenset(left), frozenset(right)
    pairs = []
    for name in left:
        others = by_words.get(_words(name), [])
        if name in there:
            others = [name, *(other for other in others if other not in here)]
        pairs += [(name, other) for other in others]
    return pairs


def _words(name: str) -> tuple[str, ...]:
    """Give the words of a type, without the ending of a plural."""
    return tuple(
        word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
        for word in words_of(name)
    ) or (name,)


def _of_the_same_looks(
    left: KnowledgeGraph,
    right: KnowledgeGraph,
    values: Values,
    paired: tuple[set[str], set[str]],
) -> list[_Pair]:
    """Pair types without counterpart that are each other's most alike by what entities say."""
    sides = [
        _profiles(graph, codes, len(values.strings), taken)
        for graph, codes, taken in zip((left, right), values.codes, paired, strict=True)
    ]
    (names_1, one), (names_2, two) = sides
    if not names_1 or not names_2:
        return []
    one, two = _telling(one, two)
    shared = ((one > 0).astype(np.float32) @ (two > 0).astype(np.float32).T).tocsr()
    shared.data = (shared.data >= _SHARED).astype(np.float32)
    shared.eliminate_zeros()
    rare = sp.diags(1 / np.maximum(values.uses, 1).astype(np.float32))
    alike = (unit(one @ rare) @ unit(two @ rare).T).multiply(shared).tocoo()
    kept = alike.data >= _ALIKE
    left_type, right_type, cosine = alike.row[kept], alike.col[kept], alike.data[kept]
    best_right = _best(left_type, right_type, cosine)
    best_left = _best(right_type, left_type, cosine)
    return [(names_1[i], names_2[j]) for i, j in best_right.items() if best_left[j] == i]


def _telling(one: sp.csr_matrix, two: sp.csr_matrix) -> tuple[sp.csr_matrix, sp.csr_matrix]:
    """Leave out strings that so many types of both sides say that they tell none apart."""
    common = (one.getnnz(axis=0) > _COMMON) & (two.getnnz(axis=0) > _COMMON)
    if not common.any():
        return one, two
    kept = sp.diags((~common).astype(np.float32))
    weighted = [sp.csr_matrix(side @ kept) for side in (one, two)]
    for side in weighted:
        side.eliminate_zeros()
    return weighted[0], weighted[1]


def _best(types: Ints, others: Ints, cosine: npt.NDArray[np.float32]) -> dict[int, int]:
    """Give for each type the most alike of the other side, of equals the first."""
    order = np.lexsort((others, -cosine, types))
    first, at = np.unique(types[order], return_index=True)
    return dict(zip(first.tolist(), others[order][at].tolist(), strict=True))


def _profiles(
    graph: KnowledgeGraph, codes: Ints, strings: int, taken: set[str]
) -> tuple[list[str], sp.csr_matrix]:
    """Give the types that are not taken and how often each says each string, (types, strings)."""
    types = [code for code, name in enumerate(graph.type_names) if name not in taken]
    position = np.full(len(graph.type_names) + 1, -1)
    position[types] = np.arange(len(types))
    row = position[graph.types[graph.value_entities]]
    there = np.flatnonzero((row >= 0) & (codes >= 0))
    counts = sp.csr_matrix(
        (np.ones(len(there), np.float32), (row[there], codes[there])), shape=(len(types), strings)
    )
    counts.data = np.log1p(counts.data)
    return [graph.type_names[code] for code in types], counts


def _alone(graph: KnowledgeGraph, paired: set[str]) -> tuple[tuple[str, int], ...]:
    counts = np.bincount(graph.types, minlength=len(graph.type_names))
    alone = [(name, int(n)) for name, n in zip(graph.type_names, counts, strict=True)]
    return tuple(sorted((each for each in alone if each[0] not in paired), key=lambda e: -e[1]))

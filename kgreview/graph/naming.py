"""Which attributes name an entity: by their own names, and by what their values look like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kgreview.arrays import Ints
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.text.iris import path_steps, words_of

_NAMING = ("preflabel", "name", "title", "label")  # the best first
_ALSO_NAMING = frozenset({"preflabel", "altlabel", "sortlabel", "alias", "aliases", "synonym"})
# words beside one of _NAMING: with these it is the name, with those a part of it or another one
_WHOLE = frozenset({"full", "pref", "preferred", "primary", "main", "display", "common"})
_PARTIAL = frozenset(
    {"alt", "alternative", "sort", "other", "former", "nick", "short", "hidden", "file", "user"}
    | {"first", "last", "given", "family", "middle", "maiden"}
)
_ENOUGH = 20  # entities from which on their values tell whether an attribute names
_DISTINCT = 0.1  # of the values of a name, at least: the code of a catalogue is the same for all
_LONGEST = 200  # characters of a name, the median
_LETTERS = 0.5  # of the values of a name that have a letter, at least


@dataclass(frozen=True)
class _Looks:
    """What the values of one attribute look like among the entities of one type."""

    entities: int  # that have it
    distinct: float  # share of different values
    length: int  # characters, the median: one endless value makes no name a text
    letters: float  # share of values with a letter
    addresses: float  # share of values that are web addresses

    @property
    def may_name(self) -> bool:
        """Whether these may be names; where there are few values, nothing speaks against it."""
        if self.entities < _ENOUGH:
            return True
        return self.distinct >= _DISTINCT and self.length <= _LONGEST and self.letters >= _LETTERS

    @property
    def tells_apart(self) -> float:
        """How well entities are told apart by it, if it is short text."""
        short = self.length <= _LONGEST and not self.addresses > 0.5
        return self.entities * self.distinct * self.letters if short else 0.0


def name_attributes(graph: KnowledgeGraph) -> dict[str, tuple[str, ...]]:
    """Guess by type which attributes name an entity, the best first. May be empty.

    An attribute whose own name says so names, if its values are mostly different, short, and text:
    preflabel, name, title and label (or ``Song_Name`` of a song) before ``original_title``, and
    parts and other names (``altLabel``, ``first_name``) last; among equals, the one more entities
    have. ``Artist_Name`` of a song names an artist where artists are entities too. A type without
    any such attribute is named by the one whose values tell its entities apart best.
    """
    type_words = {name: frozenset(words_of(name)) for name in graph.type_names}
    all_words = _word_counts(type_words)
    # the name of a publisher is none of a book: of a path, the first step must say that it names
    attribute_words = [words_of(path_steps(name)[0]) for name in graph.attribute_names]
    types = graph.types[graph.value_entities]
    by_type = np.argsort(types, kind="stable")
    bounds = np.searchsorted(types[by_type], np.arange(len(graph.type_names) + 1))
    names: dict[str, tuple[str, ...]] = {}
    for code, type_name in enumerate(graph.type_names):
        of_type = by_type[bounds[code] : bounds[code + 1]]
        attributes = graph.value_attributes[of_type]
        counts = np.bincount(attributes, minlength=len(graph.attribute_names))
        own = type_words[type_name]
        ranks = {
            int(a): rank
            for a in np.flatnonzero(counts)
            if (rank := _naming_rank(attribute_words[a], own, all_words)) is not None
        }
        named = [
            a
            for a in sorted(ranks, key=lambda a: (ranks[a], -counts[a], a))
            if _looks(graph, of_type[attributes == a]).may_name
        ]
        named = (
            named
            or _most_telling(graph, of_type, attributes)
            or sorted(ranks, key=ranks.__getitem__)
        )
        names[type_name] = tuple(graph.attribute_names[a] for a in named)
    return names


def says_name(attribute: str) -> bool:
    """Whether an attribute's own name says that its value is the whole name of an entity.

    >>> says_name("http://xmlns.com/foaf/0.1/name"), says_name("skos:prefLabel"), says_name("nick")
    (True, True, False)
    """
    words = words_of(path_steps(attribute)[0])
    rank = _naming_rank(words, frozenset(), {})
    return rank is not None and rank <= len(_NAMING)


def _word_counts(type_words: dict[str, frozenset[str]]) -> dict[str, int]:
    """Count the types whose name has a word."""
    counts: dict[str, int] = {}
    for words in type_words.values():
        for word in words:
            counts[word] = counts.get(word, 0) + 1
    return counts


def _naming_rank(words: list[str], own: frozenset[str], all_words: dict[str, int]) -> int | None:
    """Rank what an attribute's words say about naming an entity, 0 the best; ``None``: nothing."""
    joined = "".join(words)
    beside = [word for word in words if word not in _NAMING]
    if joined in _NAMING:
        return _NAMING.index(joined)
    if joined in _ALSO_NAMING or set(words) & _ALSO_NAMING:
        return len(_NAMING) + 2
    if len(beside) == len(words):
        return None
    if all(word in own or word in _WHOLE for word in beside):
        return len(_NAMING)
    if any(word in all_words and word not in own for word in beside):
        return None  # it names an entity of another type
    return len(_NAMING) + (2 if any(word in _PARTIAL for word in beside) else 1)


def _looks(graph: KnowledgeGraph, where: npt.NDArray[np.integer[Any]], most: int = 2000) -> _Looks:
    """Look at values by position, an even sample of many; they stand in no order of the files."""
    sample = where[:: max(1, -(-len(where) // most))]
    values = graph.values.take(sample).to_pylist()
    count = max(1, len(values))
    return _Looks(
        entities=len(where),
        distinct=len(set(values)) / count,
        length=sorted(map(len, values))[len(values) // 2] if values else 0,
        letters=sum(any(c.isalpha() for c in value[:200]) for value in values) / count,
        addresses=sum("://" in value[:20] for value in values) / count,
    )


def _most_telling(
    graph: KnowledgeGraph,
    of_type: Ints,
    attributes: npt.NDArray[np.integer[Any]],
) -> list[int]:
    """Find the attribute of short text whose values tell the entities apart best."""
    best, most = -1, 1.0
    for a in np.unique(attributes):
        tells = _looks(graph, of_type[attributes == a]).tells_apart
        if tells > most:
            best, most = int(a), tells
    return [best] if best >= 0 else []

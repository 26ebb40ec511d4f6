"""Which types, names and relations of two graphs correspond."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kgreview.errors import InputError
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.links import Links
from kgreview.graph.quoting import quoted

_NAMING = ("preflabel", "name", "title", "label")  # the best first
_ALSO_NAMING = frozenset({"preflabel", "altlabel", "sortlabel", "alias", "aliases", "synonym"})
# words beside one of _NAMING: with these it is the name, with those a part of it or another one
_WHOLE = frozenset({"full", "pref", "preferred", "primary", "main", "display", "common"})
_PARTIAL = frozenset(
    {"alt", "alternative", "sort", "other", "former", "nick", "short", "hidden", "file", "user"}
    | {"first", "last", "given", "family", "middle", "maiden"}
)
_WORD = re.compile(r"[^\W\d_]+|\d+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@dataclass(frozen=True)
class TypePair:
    """Entities of these two types may be the same."""

    left: str
    right: str

    def __str__(self) -> str:
        return self.left if self.left == self.right else f"{self.left} / {self.right}"


@dataclass(frozen=True)
class Schema:
    """What corresponds between the sides.

    ``types``: pairs of types worth matching. ``left_names`` and ``right_names``: by type, the
    attributes that name an entity, the best first.
    """

    types: tuple[TypePair, ...]
    left_names: Mapping[str, tuple[str, ...]]
    right_names: Mapping[str, tuple[str, ...]]

    def to_json(self) -> dict[str, Any]:
        """Give the schema as JSON values, the form ``Schema.read`` takes."""
        return {
            "types": [[pair.left, pair.right] for pair in self.types],
            "names": {
                "left": {name: list(found) for name, found in self.left_names.items()},
                "right": {name: list(found) for name, found in self.right_names.items()},
            },
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Schema:
        """Rebuild what ``to_json`` gave."""
        return cls(
            tuple(TypePair(*pair) for pair in values["types"]),
            {name: tuple(found) for name, found in values["names"]["left"].items()},
            {name: tuple(found) for name, found in values["names"]["right"].items()},
        )


def infer_schema(left: KnowledgeGraph, right: KnowledgeGraph, links: Links | None = None) -> Schema:
    """Find what corresponds: types of the same name or joined by links, attributes that name.

    Types that links join come first, the most joined one before the others.
    """
    joined: Counter[tuple[str, str]] = Counter()
    if links is not None:
        matches = links.label == 1
        joined.update(
            (left.type_names[a], right.type_names[b])
            for a, b in zip(
                left.types[links.left[matches]], right.types[links.right[matches]], strict=True
            )
        )
    same = [(name, name) for name in left.type_names if name in right.type_names]
    # a type that links join to another name is not also its namesake's counterpart by default
    taken = {pair[0] for pair in joined} | {pair[1] for pair in joined}
    pairs = [pair for pair, _ in joined.most_common()]
    pairs += [pair for pair in same if pair not in joined and pair[0] not in taken]
    return Schema(
        tuple(TypePair(*pair) for pair in pairs), name_attributes(left), name_attributes(right)
    )


def read_schema(path: Path, left: KnowledgeGraph, right: KnowledgeGraph) -> Schema:
    """Read a schema a user wrote: ``{"types": [["film", "movie"]], "names": {"left": {…}}}``.

    ``names`` may be left out, whole or in part; what is missing is inferred. Raises ``InputError``
    for a file that is no such JSON, or that names a type or attribute its graph lacks.
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError.at(path, f"cannot be read ({error.strerror or error})") from error
    except (ValueError, RecursionError) as error:
        raise InputError.at(path, f"is no JSON in UTF-8 ({error}); {_EXAMPLE}") from error
    types = values.get("types") if isinstance(values, dict) else None
    if not isinstance(types, list) or not types or not all(map(_is_pair, types)):
        raise InputError.at(path, f"'types' is no list of pairs; {_EXAMPLE}")
    given = values.get("names", {})
    names: dict[str, Any] = {
        side: given.get(side, {}) if isinstance(given, dict) else None for side in _SIDES
    }
    if not all(map(_is_names, names.values())):
        raise InputError.at(path, f"'names' is no list of attributes by side and type; {_EXAMPLE}")
    for key in (*(k for k in values if k not in _PARTS), *(k for k in given if k not in _SIDES)):
        raise InputError.at(path, f"{quoted(key)} is no part of a schema; {_EXAMPLE}")
    for side, graph, used in (
        ("left", left, [pair[0] for pair in types] + list(names["left"])),
        ("right", right, [pair[1] for pair in types] + list(names["right"])),
    ):
        for name in used:
            if name not in graph.type_names:
                raise InputError.at(path, _lacks(side, "type", name, graph.type_names))
        for attributes in names[side].values():
            for attribute in attributes:
                if attribute not in graph.attribute_names:
                    what = _lacks(side, "attribute", attribute, graph.attribute_names)
                    raise InputError.at(path, what)
    return Schema(
        tuple(dict.fromkeys(TypePair(*pair) for pair in types)),
        {**name_attributes(left), **{k: tuple(v) for k, v in names["left"].items()}},
        {**name_attributes(right), **{k: tuple(v) for k, v in names["right"].items()}},
    )


_PARTS = ("types", "names")
_SIDES = ("left", "right")
_EXAMPLE = (
    'write {"types": [["LEFT TYPE", "RIGHT TYPE"]], "names": {"left": {"TYPE": ["ATTRIBUTE"]}}}, '
    "names only where the guess is wrong"
)


def _is_pair(value: object) -> bool:
    return (
        isinstance(value, list) and len(value) == 2 and all(isinstance(name, str) for name in value)
    )


def _is_names(value: object) -> bool:
    return isinstance(value, dict) and all(
        isinstance(found, list) and all(isinstance(name, str) for name in found)
        for found in value.values()
    )


def _lacks(side: str, kind: str, name: str, there: tuple[str, ...]) -> str:
    some = ", ".join(quoted(n) for n in there[:8]) + (", …" if len(there) > 8 else "")
    return f"the {side} graph has no {kind} {quoted(name)}; it has {some or 'none'}"


def words_of(identifier: str) -> list[str]:
    """Split the local part of an attribute or relation name into lower-case words.

    >>> words_of("http://x.org/ontology#birthDate"), words_of("Song_Name"), words_of("prefLabel")
    (['birth', 'date'], ['song', 'name'], ['pref', 'label'])
    """
    local = re.split(r"[/#:]", identifier.rstrip("/#:"))[-1]
    return [part.lower() for word in _WORD.findall(local) for part in _CAMEL.split(word)]


def name_attributes(graph: KnowledgeGraph) -> dict[str, tuple[str, ...]]:
    """Guess by type which attributes name an entity, the best first. May be empty.

    An attribute whose own name says so names: preflabel, name, title and label (or ``Song_Name`` of
    a song) before ``original_title``, and parts and other names (``altLabel``, ``first_name``)
    last; among equals, the one more entities have. ``Artist_Name`` of a song names an artist where
    artists are entities too. A type without any such attribute is named by the one whose values
    tell its entities apart best.
    """
    type_words = {name: frozenset(words_of(name)) for name in graph.type_names}
    attribute_words = [words_of(name) for name in graph.attribute_names]
    types = graph.types[graph.value_entities]
    found: dict[str, tuple[str, ...]] = {}
    for code, type_name in enumerate(graph.type_names):
        of_type = np.flatnonzero(types == code)
        attributes = graph.value_attributes[of_type]
        counts = np.bincount(attributes, minlength=len(graph.attribute_names))
        own = type_words[type_name]
        others = frozenset().union(*type_words.values()) - own
        ranks = {
            int(a): rank
            for a in np.flatnonzero(counts)
            if (rank := _naming_rank(attribute_words[a], own, others)) is not None
        }
        named = sorted(ranks, key=lambda a: (ranks[a], -counts[a]))
        if not named:
            named = _most_telling(graph, of_type, attributes, counts)
        found[type_name] = tuple(graph.attribute_names[a] for a in named)
    return found


def _naming_rank(words: list[str], own: frozenset[str], others: frozenset[str]) -> int | None:
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
    if any(word in others for word in beside):
        return None
    return len(_NAMING) + (2 if any(word in _PARTIAL for word in beside) else 1)


def _most_telling(
    graph: KnowledgeGraph,
    of_type: npt.NDArray[np.int64],
    attributes: npt.NDArray[np.integer[Any]],
    counts: npt.NDArray[np.int64],
) -> list[int]:
    """Find the attribute with the most distinct values among those with letters in them."""
    best, most = -1, 1
    for a in np.flatnonzero(counts):
        sample = graph.values.take(of_type[attributes == a][:2000]).to_pylist()
        distinct = {value for value in sample if any(c.isalpha() for c in value)}
        if len(distinct) > most:
            best, most = int(a), len(distinct)
    return [best] if best >= 0 else []

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

_NAME_WORDS = frozenset({"name", "title", "label", "preflabel", "altlabel", "sortlabel", "alias"})
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


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
        types = [(str(pair[0]), str(pair[1])) for pair in values["types"]]
        names = {
            side: {
                str(k): tuple(map(str, v)) for k, v in values.get("names", {}).get(side, {}).items()
            }
            for side in ("left", "right")
        }
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise InputError.at(
            path, f'is no schema ({error}); write {{"types": [["LEFT TYPE", "RIGHT TYPE"]]}}'
        ) from error
    for side, graph, used in (
        ("left", left, [pair[0] for pair in types] + list(names["left"])),
        ("right", right, [pair[1] for pair in types] + list(names["right"])),
    ):
        for name in used:
            if name not in graph.type_names:
                raise InputError.at(path, f"the {side} graph has no type '{name}'")
        for attributes in names[side].values():
            for attribute in attributes:
                if attribute not in graph.attribute_names:
                    raise InputError.at(path, f"the {side} graph has no attribute '{attribute}'")
    return Schema(
        tuple(dict.fromkeys(TypePair(*pair) for pair in types)),
        {**name_attributes(left), **names["left"]},
        {**name_attributes(right), **names["right"]},
    )


def words_of(identifier: str) -> list[str]:
    """Split the local part of an attribute or relation name into lower-case words.

    >>> words_of("http://x.org/ontology#birthDate"), words_of("Song_Name"), words_of("prefLabel")
    (['birth', 'date'], ['song', 'name'], ['pref', 'label'])
    """
    local = re.split(r"[/#:]", identifier.rstrip("/#:"))[-1]
    return [word.lower() for word in _WORD.findall(local)]


def name_attributes(graph: KnowledgeGraph) -> dict[str, tuple[str, ...]]:
    """Guess by type which attributes name an entity, the one that most entities have first.

    An attribute whose own name says so (name, title, label …) is one; a type without any is named
    by its most widespread attribute with values that tell entities apart. May be empty.
    """
    says_so = np.array(
        [
            bool(_NAME_WORDS & ({*words_of(a)} | {"".join(words_of(a))}))
            for a in graph.attribute_names
        ],
        dtype=bool,
    )
    types = graph.types[graph.value_entities]
    found: dict[str, tuple[str, ...]] = {}
    for code, type_name in enumerate(graph.type_names):
        of_type = np.flatnonzero(types == code)
        attributes = graph.value_attributes[of_type]
        counts = np.bincount(attributes, minlength=len(graph.attribute_names))
        named = [a for a in np.argsort(-counts, kind="stable") if counts[a] and says_so[a]]
        if not named:
            named = _most_telling(graph, of_type, attributes, counts)
        found[type_name] = tuple(graph.attribute_names[a] for a in named)
    return found


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

"""Which types and attributes of two graphs correspond, which name, and how values are read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kgreview.errors import InputError
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.quoting import quoted
from kgreview.text.iris import path_steps
from kgreview.text.readings import Reading

_WORD = re.compile(r"[^\W\d_]+|\d+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
SIDES = ("left", "right")

Names = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class TypePair:
    """Entities of these two types may be the same."""

    left: str
    right: str

    def __str__(self) -> str:
        return self.left if self.left == self.right else f"{self.left} / {self.right}"


@dataclass(frozen=True)
class AttributePair:
    """Two attributes that say the same of entities of two types that correspond."""

    types: TypePair
    left: str
    right: str
    agreement: float | None = None  # share of probable matches where both say it that agree

    def __str__(self) -> str:
        return f"{self.left} ~ {self.right}"


@dataclass(frozen=True)
class Schema:
    """What corresponds between the sides, and how values are read.

    Attributes that are not in ``left_readings`` or ``right_readings`` are strings. Values in
    ``left_missing`` and ``right_missing`` are placeholders: they stand for no value.
    """

    types: tuple[TypePair, ...]
    left_names: Names  # by type, the attributes that name an entity, the best first
    right_names: Names
    attributes: tuple[AttributePair, ...] = ()
    left_readings: Mapping[str, Reading] = field(default_factory=dict)  # by attribute
    right_readings: Mapping[str, Reading] = field(default_factory=dict)
    left_missing: Names = field(default_factory=dict)  # by attribute
    right_missing: Names = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Give the schema as JSON values, the form of ``schema.json``."""
        return {
            "types": [[pair.left, pair.right] for pair in self.types],
            "names": _by_side(self.left_names, self.right_names, list),
            "attributes": [
                {"types": [pair.types.left, pair.types.right], "left": pair.left}
                | {"right": pair.right}
                | ({} if pair.agreement is None else {"agreement": pair.agreement})
                for pair in self.attributes
            ],
            "readings": _by_side(self.left_readings, self.right_readings, Reading.to_json),
            "missing": _by_side(self.left_missing, self.right_missing, list),
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Schema:
        """Rebuild what ``to_json`` gave, of an earlier release too. Raises ``ValueError``."""
        parts = _Parts(values)
        return cls(
            parts.types(),
            *parts.sides("names", tuple),
            parts.attributes() or (),
            *parts.sides("readings", Reading.from_json),
            *parts.sides("missing", tuple),
        )


def read_schema(
    path: Path, left: KnowledgeGraph, right: KnowledgeGraph, suggested: Callable[..., Schema]
) -> Schema:
    """Read a schema a user wrote: ``{"types": [["film", "movie"]], "names": {"left": {…}}}``.

    All but ``types`` may be left out, whole or in part: ``suggested(types)`` gives what is missing.
    Raises ``InputError`` for a file that is no such JSON, or that names what its graph lacks.
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError.at(path, f"cannot be read ({error.strerror or error})") from error
    except (ValueError, RecursionError) as error:
        raise InputError.at(path, f"is no JSON in UTF-8 ({error}); {_EXAMPLE}") from error
    try:
        given = Schema.from_json(values)
        attributes = _Parts(values).attributes()
    except ValueError as error:
        raise InputError.at(path, f"{error}; {_EXAMPLE}") from error
    check_schema(path, given, left, right)
    guess = suggested(given.types)
    return Schema(
        given.types,
        {**guess.left_names, **given.left_names},
        {**guess.right_names, **given.right_names},
        guess.attributes if attributes is None else attributes,
        {**guess.left_readings, **given.left_readings},
        {**guess.right_readings, **given.right_readings},
        {**guess.left_missing, **given.left_missing},
        {**guess.right_missing, **given.right_missing},
    )


def check_schema(path: Path, schema: Schema, left: KnowledgeGraph, right: KnowledgeGraph) -> None:
    """Raise ``InputError`` where a schema names a type or an attribute that its graph lacks."""
    for side, graph in zip(SIDES, (left, right), strict=True):
        names = getattr(schema, f"{side}_names")
        types = [getattr(pair, side) for pair in schema.types]
        types += [getattr(pair.types, side) for pair in schema.attributes]
        _refuse(path, side, "type", [*types, *names], graph.type_names)
        attributes = [name for naming in names.values() for name in naming]
        attributes += [getattr(pair, side) for pair in schema.attributes]
        attributes += getattr(schema, f"{side}_readings")
        attributes += getattr(schema, f"{side}_missing")
        _refuse(path, side, "attribute", attributes, graph.attribute_names)


def _refuse(path: Path, side: str, what: str, used: Iterable[str], there: tuple[str, ...]) -> None:
    known = set(there)
    for name in used:
        if name not in known:
            some = ", ".join(quoted(n) for n in there[:8]) + (", …" if len(there) > 8 else "")
            text = f"the {side} graph has no {what} {quoted(name)}; it has {some or 'none'}"
            raise InputError.at(path, text)


_EXAMPLE = (
    'write {"types": [["LEFT TYPE", "RIGHT TYPE"]], "names": {"left": {"TYPE": ["ATTRIBUTE"]}}}, '
    "names only where the guess is wrong"
)


class _Parts:
    """The parts of a schema as JSON values, checked as they are asked for."""

    def __init__(self, values: object) -> None:
        if not isinstance(values, dict):
            raise ValueError("is no object")
        self._values = values
        for key in values:
            if key not in ("types", "names", "attributes", "readings", "missing"):
                raise ValueError(f"{quoted(str(key))} is no part of a schema")

    def types(self) -> tuple[TypePair, ...]:
        pairs = self._values.get("types")
        if not isinstance(pairs, list) or not pairs or not all(map(_is_pair, pairs)):
            raise ValueError("'types' is no list of pairs")
        return tuple(dict.fromkeys(TypePair(*pair) for pair in pairs))

    def attributes(self) -> tuple[AttributePair, ...] | None:
        if "attributes" not in self._values:
            return None
        pairs = self._values["attributes"]
        if not isinstance(pairs, list) or not all(map(_is_attribute_pair, pairs)):
            raise ValueError(
                "'attributes' is no list of pairs such as "
                '{"types": ["film", "movie"], "left": "year", "right": "released"}'
            )
        return tuple(
            AttributePair(
                TypePair(*pair["types"]), pair["left"], pair["right"], pair.get("agreement")
            )
            for pair in pairs
        )

    def sides(self, part: str, make: Callable[[Any], Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Give what is said of types or attributes of either side."""
        given = self._values.get(part, {})
        if not isinstance(given, dict) or not all(isinstance(v, dict) for v in given.values()):
            raise ValueError(f"'{part}' is no object of sides, each an object")
        for side in given:
            if side not in SIDES:
                raise ValueError(f"{quoted(str(side))} is no part of a schema")
        for side in given.values():
            for name, value in side.items():
                if make is tuple and not _is_list_of_names(value):
                    raise ValueError(f"'{part}' is no list for {quoted(name)}")
        found = [
            {name: make(value) for name, value in given.get(side, {}).items()} for side in SIDES
        ]
        return found[0], found[1]


def _by_side(left: Mapping[str, Any], right: Mapping[str, Any], write: Any) -> dict[str, Any]:
    return {
        side: {name: write(value) for name, value in values.items()}
        for side, values in zip(SIDES, (left, right), strict=True)
    }


def _is_pair(value: object) -> bool:
    return _is_list_of_names(value) and len(value) == 2  # type: ignore[arg-type]


def _is_list_of_names(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def _is_attribute_pair(value: object) -> bool:
    return (
        isinstance(value, dict)
        and _is_pair(value.get("types"))
        and isinstance(value.get("left"), str)
        and isinstance(value.get("right"), str)
        and isinstance(value.get("agreement"), float | int | None)
        and not set(value) - {"types", "left", "right", "agreement"}
    )


def words_of(identifier: str) -> list[str]:
    """Split the local part of an attribute or relation name into lower-case words.

    Of a path, those of all its steps.

    >>> words_of("http://x.org/ontology#birthDate"), words_of("Song_Name"), words_of("prefLabel")
    (['birth', 'date'], ['song', 'name'], ['pref', 'label'])
    """
    return [
        part.lower()
        for step in path_steps(identifier)
        for word in _WORD.findall(re.split(r"[/#:]", step.rstrip("/#:"))[-1])
        for part in _CAMEL.split(word)
    ]

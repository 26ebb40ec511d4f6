"""Which types and attributes of two graphs correspond, which name, and how values are read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from kgreview.errors import InputError
from kgreview.graph.cardinality import Cardinality
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


class Direction(NamedTuple):
    """A relation as it is seen from one of its ends."""

    relation: str
    inverse: bool = False  # seen from its tail

    @property
    def turned(self) -> Direction:
        """The same relation, seen from the other end."""
        return Direction(self.relation, not self.inverse)

    def __str__(self) -> str:
        return f"{self.relation} inverse" if self.inverse else self.relation


@dataclass(frozen=True)
class RelationPair:
    """Two relations that lead to the same from entities of two types that correspond.

    Seen from the other end it holds as well.
    """

    types: TypePair
    left: Direction
    right: Direction
    # share of what one says that the other says too, less where little is said; none: sure
    strength: float | None = None

    def __str__(self) -> str:
        return f"{self.left} ~ {self.right}"


@dataclass(frozen=True)
class Schema:
    """What corresponds between the sides, and how values are read.

    Attributes that are not in ``left_readings`` or ``right_readings`` are strings. Values in
    ``left_missing`` and ``right_missing`` are placeholders: they stand for no value. Nor does any
    value of an attribute in ``left_ignored`` or ``right_ignored`` when entities are compared.
    """

    types: tuple[TypePair, ...]
    left_names: Names  # by type, the attributes that name an entity, the best first
    right_names: Names
    attributes: tuple[AttributePair, ...] = ()
    left_readings: Mapping[str, Reading] = field(default_factory=dict)  # by attribute
    right_readings: Mapping[str, Reading] = field(default_factory=dict)
    left_missing: Names = field(default_factory=dict)  # by attribute
    right_missing: Names = field(default_factory=dict)
    relations: tuple[RelationPair, ...] = ()
    left_ignored: tuple[str, ...] = ()  # attributes
    right_ignored: tuple[str, ...] = ()
    cardinality: Mapping[TypePair, Cardinality] = field(default_factory=dict)  # none: unknown
    not_asked: tuple[TypePair, ...] = ()  # scored and exported, but no curator is asked about them

    def counterparts(self, types: TypePair) -> tuple[tuple[Direction, Direction], ...]:
        """Give relations that lead to the same from entities of two types, the strongest first.

        Also those known from the other end. Left out is what is less than half as strong as what
        else one of the two corresponds to: who writes a film is no director, though many are both.
        """
        strengths: dict[tuple[Direction, Direction], float] = {}
        near = [(p.left, p.right, p.strength) for p in self.relations if p.types == types]
        far = [(p.left.turned, p.right.turned, p.strength) for p in self.relations]
        for left, right, strength in near + far:
            strengths.setdefault((left, right), 1.0 if strength is None else strength)
        best: dict[tuple[str, Direction], float] = {}
        for (left, right), strength in strengths.items():
            for end in (("left", left), ("right", right)):
                best[end] = max(strength, best.get(end, 0.0))
        kept = (
            pair
            for pair, strength in strengths.items()
            if strength >= max(best["left", pair[0]], best["right", pair[1]]) / 2
        )
        return tuple(sorted(kept, key=lambda pair: -strengths[pair]))

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
            "relations": [_relation_json(pair) for pair in self.relations],
            "readings": _by_side(self.left_readings, self.right_readings, Reading.to_json),
            "missing": _by_side(self.left_missing, self.right_missing, list),
            "ignored": {"left": list(self.left_ignored), "right": list(self.right_ignored)},
        } | {
            name: part
            for name, part in (("cardinality", self._cardinality_json()), ("ask", self._ask_json()))
            if part
        }

    def _ask_json(self) -> list[dict[str, Any]]:
        return [
            {"types": [pair.left, pair.right], "ask": False}
            for pair in self.not_asked
            if pair in self.types
        ]

    def _cardinality_json(self) -> list[dict[str, Any]]:
        return [
            {"types": [pair.left, pair.right], "counterparts": which.value}
            for pair, which in self.cardinality.items()
            if pair in self.types  # a pair that was taken out keeps none
        ]

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
            parts.relations() or (),
            *(parts.ignored() or ((), ())),
            parts.cardinality(),
            parts.not_asked() or (),
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
        raise InputError.at(path, f"is not JSON in UTF-8 ({error}); {_EXAMPLE}") from error
    try:
        given = Schema.from_json(values)
        parts = _Parts(values)
    except ValueError as error:
        raise InputError.at(path, f"{error}; {_EXAMPLE}") from error
    check_schema(path, given, left, right)
    return _completed(given, suggested(given.types), parts)


def _completed(given: Schema, guess: Schema, parts: _Parts) -> Schema:
    """Take from a guess what a schema leaves open; what is ignored neither names nor is paired."""
    left_names = {**guess.left_names, **given.left_names}
    right_names = {**guess.right_names, **given.right_names}
    attributes = guess.attributes if parts.attributes() is None else given.attributes
    left_ignored, right_ignored = given.left_ignored, given.right_ignored
    if parts.ignored() is None:  # what is compared is not ignored by a guess
        left_ignored = _unused(guess.left_ignored, left_names, (a.left for a in attributes))
        right_ignored = _unused(guess.right_ignored, right_names, (a.right for a in attributes))
    return Schema(
        given.types,
        _without(left_names, left_ignored),
        _without(right_names, right_ignored),
        tuple(a for a in attributes if a.left not in left_ignored and a.right not in right_ignored),
        {**guess.left_readings, **given.left_readings},
        {**guess.right_readings, **given.right_readings},
        {**guess.left_missing, **given.left_missing},
        {**guess.right_missing, **given.right_missing},
        guess.relations if parts.relations() is None else given.relations,
        left_ignored,
        right_ignored,
        {**guess.cardinality, **given.cardinality},
        guess.not_asked if parts.not_asked() is None else given.not_asked,
    )


def _unused(ignored: tuple[str, ...], names: Names, paired: Iterable[str]) -> tuple[str, ...]:
    used = {*paired, *(name for naming in names.values() for name in naming)}
    return tuple(name for name in ignored if name not in used)


def _without(names: Names, ignored: tuple[str, ...]) -> Names:
    return {key: tuple(n for n in naming if n not in ignored) for key, naming in names.items()}


def check_schema(path: Path, schema: Schema, left: KnowledgeGraph, right: KnowledgeGraph) -> None:
    """Raise ``InputError`` where a schema names what its graph lacks, or uses what it ignores."""
    for side, graph in zip(SIDES, (left, right), strict=True):
        names = getattr(schema, f"{side}_names")
        types = [getattr(pair, side) for pair in schema.types]
        types += [getattr(pair.types, side) for pair in schema.attributes]
        types += [getattr(pair.types, side) for pair in schema.relations]
        _refuse(path, side, "type", [*types, *names], graph.type_names)
        used = [name for naming in names.values() for name in naming]
        used += [getattr(pair, side) for pair in schema.attributes]
        ignored = getattr(schema, f"{side}_ignored")
        attributes = [*used, *ignored, *getattr(schema, f"{side}_readings")]
        attributes += getattr(schema, f"{side}_missing")
        _refuse(path, side, "attribute", attributes, graph.attribute_names)
        relations = [getattr(pair, side).relation for pair in schema.relations]
        _refuse(path, side, "relation", relations, graph.relation_names)
        for name in ignored:
            if name in used:
                text = f"the {side} attribute {quoted(name)} is ignored, and names or is compared"
                raise InputError.at(path, f"{text}; take it out of one of the two")


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


_PARTS = (
    *("types", "names", "attributes", "relations", "readings", "missing", "ignored"),
    *("cardinality", "ask"),
)


class _Parts:
    """The parts of a schema as JSON values, checked as they are asked for."""

    def __init__(self, values: object) -> None:
        if not isinstance(values, dict):
            raise ValueError("is not an object")
        self._values = values
        for key in values:
            if key not in _PARTS:
                raise ValueError(f"{quoted(str(key))} is no part of a schema")

    def types(self) -> tuple[TypePair, ...]:
        pairs = self._values.get("types")
        if not isinstance(pairs, list) or not pairs or not all(map(_is_pair, pairs)):
            raise ValueError("'types' is not a list of pairs")
        return tuple(dict.fromkeys(TypePair(*pair) for pair in pairs))

    def attributes(self) -> tuple[AttributePair, ...] | None:
        if "attributes" not in self._values:
            return None
        pairs = self._values["attributes"]
        if not isinstance(pairs, list) or not all(map(_is_attribute_pair, pairs)):
            raise ValueError(
                "'attributes' is not a list of pairs such as "
                '{"types": ["film", "movie"], "left": "year", "right": "released"}'
            )
        return tuple(
            AttributePair(
                TypePair(*pair["types"]), pair["left"], pair["right"], pair.get("agreement")
            )
            for pair in pairs
        )

    def relations(self) -> tuple[RelationPair, ...] | None:
        if "relations" not in self._values:
            return None
        pairs = self._values["relations"]
        if not isinstance(pairs, list) or not all(map(_is_relation_pair, pairs)):
            raise ValueError(
                "'relations' is not a list of pairs such as "
                '{"types": ["film", "movie"], "left": "writer", "right": "wrote", '
                '"right_inverse": true}'
            )
        return tuple(
            RelationPair(
                TypePair(*pair["types"]),
                Direction(pair["left"], pair.get("left_inverse", False)),
                Direction(pair["right"], pair.get("right_inverse", False)),
                pair.get("strength"),
            )
            for pair in pairs
        )

    def cardinality(self) -> dict[TypePair, Cardinality]:
        """Give how many counterparts there may be by pair of types, where it is known."""
        given = self._values.get("cardinality", [])
        types = self.types()
        if not isinstance(given, list) or not all(
            isinstance(each, dict)
            and set(each) == {"types", "counterparts"}
            and _is_pair(each["types"])
            and TypePair(*each["types"]) in types
            and each["counterparts"] in [None, *(which.value for which in Cardinality)]
            for each in given
        ):
            raise ValueError(
                "'cardinality' is no list such as "
                '{"types": ["film", "movie"], "counterparts": "one-to-many"} of paired types'
            )
        return {
            TypePair(*each["types"]): Cardinality(each["counterparts"])
            for each in given
            if each["counterparts"] is not None
        }

    def not_asked(self) -> tuple[TypePair, ...] | None:
        """Give the pairs of types that curators are not asked about."""
        if "ask" not in self._values:
            return None
        given, types = self._values["ask"], self.types()
        if not isinstance(given, list) or not all(
            isinstance(each, dict)
            and set(each) == {"types", "ask"}
            and _is_pair(each["types"])
            and TypePair(*each["types"]) in types
            and isinstance(each["ask"], bool)
            for each in given
        ):
            raise ValueError(
                "'ask' is no list such as "
                '{"types": ["film", "movie"], "ask": false} of paired types'
            )
        asked = {TypePair(*each["types"]): each["ask"] for each in given}
        return tuple(pair for pair, ask in asked.items() if not ask)

    def ignored(self) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
        """Give the attributes of either side that are not compared."""
        if "ignored" not in self._values:
            return None
        given = self._values["ignored"]
        if (
            not isinstance(given, dict)
            or set(given) - set(SIDES)
            or not all(map(_is_list_of_names, given.values()))
        ):
            raise ValueError("'ignored' is not an object of 'left' and 'right', each a list")
        left, right = (tuple(dict.fromkeys(given.get(side, ()))) for side in SIDES)
        return left, right

    def sides(self, part: str, make: Callable[[Any], Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Give what is said of types or attributes of either side."""
        given = self._values.get(part, {})
        if not isinstance(given, dict) or not all(isinstance(v, dict) for v in given.values()):
            raise ValueError(f"'{part}' is not an object of sides, each an object")
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


def _relation_json(pair: RelationPair) -> dict[str, Any]:
    return (
        {"types": [pair.types.left, pair.types.right]}
        | {"left": pair.left.relation, "right": pair.right.relation}
        | ({"left_inverse": True} if pair.left.inverse else {})
        | ({"right_inverse": True} if pair.right.inverse else {})
        | ({} if pair.strength is None else {"strength": pair.strength})
    )


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


def _is_relation_pair(value: object) -> bool:
    return (
        isinstance(value, dict)
        and _is_pair(value.get("types"))
        and isinstance(value.get("left"), str)
        and isinstance(value.get("right"), str)
        and isinstance(value.get("left_inverse", False), bool)
        and isinstance(value.get("right_inverse", False), bool)
        and isinstance(value.get("strength"), float | int | None)
        and not set(value) - {"types", "left", "right", "left_inverse", "right_inverse", "strength"}
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

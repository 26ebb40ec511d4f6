"""A schema as JSON values, the form of ``schema.json``, checked as it is read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from kgreview.graph.cardinality import Cardinality
from kgreview.graph.quoting import quoted
from kgreview.graph.schema import SIDES, AttributePair, Direction, RelationPair, Schema, TypePair
from kgreview.text.readings import Reading


class _Written(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class _OfTypes(_Written):
    types: tuple[str, str]

    @property
    def pair(self) -> TypePair:
        return TypePair(*self.types)


class _Attributes(_OfTypes):
    left: str
    right: str
    agreement: float | None = None


class _Relations(_OfTypes):
    left: str
    right: str
    left_inverse: bool = False
    right_inverse: bool = False
    strength: float | None = None


class _Counterparts(_OfTypes):
    counterparts: Cardinality | None


class _Ask(_OfTypes):
    ask: bool


class _Ignored(_Written):
    left: tuple[str, ...] = ()
    right: tuple[str, ...] = ()


# by part: its form, and what is said of another one
_FORMS: dict[str, tuple[TypeAdapter[Any], str]] = {
    "types": (
        TypeAdapter(Annotated[tuple[tuple[str, str], ...], Field(min_length=1)]),
        "'types' is not a list of pairs",
    ),
    "attributes": (
        TypeAdapter(tuple[_Attributes, ...]),
        "'attributes' is not a list of pairs such as "
        '{"types": ["film", "movie"], "left": "year", "right": "released"}',
    ),
    "relations": (
        TypeAdapter(tuple[_Relations, ...]),
        "'relations' is not a list of pairs such as "
        '{"types": ["film", "movie"], "left": "writer", "right": "wrote", "right_inverse": true}',
    ),
    "cardinality": (
        TypeAdapter(tuple[_Counterparts, ...]),
        "'cardinality' is no list such as "
        '{"types": ["film", "movie"], "counterparts": "one-to-many"} of paired types',
    ),
    "ask": (
        TypeAdapter(tuple[_Ask, ...]),
        '\'ask\' is no list such as {"types": ["film", "movie"], "ask": false} of paired types',
    ),
    "ignored": (
        TypeAdapter(_Ignored),
        "'ignored' is not an object of 'left' and 'right', each a list",
    ),
}
_PARTS = {*_FORMS, "names", "readings", "missing"}


def schema_to_json(schema: Schema) -> dict[str, Any]:
    """Give a schema as JSON values; what nothing is known of is left out."""
    relations = [
        {"types": _types(pair.types), "left": pair.left.relation, "right": pair.right.relation}
        | ({"left_inverse": True} if pair.left.inverse else {})
        | ({"right_inverse": True} if pair.right.inverse else {})
        | ({} if pair.strength is None else {"strength": pair.strength})
        for pair in schema.relations
    ]
    attributes = [
        {"types": _types(pair.types), "left": pair.left, "right": pair.right}
        | ({} if pair.agreement is None else {"agreement": pair.agreement})
        for pair in schema.attributes
    ]
    # a pair of types that was taken out keeps neither
    cardinality = [
        {"types": _types(pair), "counterparts": which.value}
        for pair, which in schema.cardinality.items()
        if pair in schema.types
    ]
    ask = [
        {"types": _types(pair), "ask": False} for pair in schema.not_asked if pair in schema.types
    ]
    return {
        "types": [_types(pair) for pair in schema.types],
        "names": _by_side(schema.left_names, schema.right_names, list),
        "attributes": attributes,
        "relations": relations,
        "readings": _by_side(schema.left_readings, schema.right_readings, Reading.to_json),
        "missing": _by_side(schema.left_missing, schema.right_missing, list),
        "ignored": {"left": list(schema.left_ignored), "right": list(schema.right_ignored)},
        **({"cardinality": cardinality} if cardinality else {}),
        **({"ask": ask} if ask else {}),
    }


def schema_from_json(values: object) -> Schema:
    """Rebuild what ``schema_to_json`` gave, of an earlier release too. Raises ``ValueError``."""
    if not isinstance(values, dict):
        raise ValueError("is not an object")
    for key in values:
        if key not in _PARTS:
            raise ValueError(f"{quoted(str(key))} is no part of a schema")
    types = tuple(dict.fromkeys(TypePair(*pair) for pair in _part(values, "types", None)))
    counterparts = _of_paired(values, "cardinality", types)
    ignored = _part(values, "ignored", {})
    return Schema(
        types,
        *_sides(values, "names", tuple),
        tuple(
            AttributePair(each.pair, each.left, each.right, each.agreement)
            for each in _part(values, "attributes", [])
        ),
        *_sides(values, "readings", Reading.from_json),
        *_sides(values, "missing", tuple),
        tuple(
            RelationPair(
                each.pair,
                Direction(each.left, each.left_inverse),
                Direction(each.right, each.right_inverse),
                each.strength,
            )
            for each in _part(values, "relations", [])
        ),
        tuple(dict.fromkeys(ignored.left)),
        tuple(dict.fromkeys(ignored.right)),
        {each.pair: each.counterparts for each in counterparts if each.counterparts is not None},
        tuple(each.pair for each in _of_paired(values, "ask", types) if not each.ask),
    )


def _part(values: Mapping[str, Any], name: str, absent: object) -> Any:
    """Give a part in its form. Raises ``ValueError`` for what has another one."""
    form, fault = _FORMS[name]
    try:
        return form.validate_json(json.dumps(values.get(name, absent)))
    except ValidationError:
        raise ValueError(fault) from None


def _of_paired(values: Mapping[str, Any], name: str, types: Sequence[TypePair]) -> Iterable[Any]:
    given = {each.pair: each for each in _part(values, name, [])}
    if not given.keys() <= set(types):
        raise ValueError(_FORMS[name][1])
    return given.values()


def _sides(
    values: Mapping[str, Any], part: str, make: Callable[[Any], Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give what is said of types or attributes of either side."""
    given = values.get(part, {})
    if not isinstance(given, dict) or not all(isinstance(v, dict) for v in given.values()):
        raise ValueError(f"'{part}' is not an object of sides, each an object")
    for side in given:
        if side not in SIDES:
            raise ValueError(f"{quoted(str(side))} is no part of a schema")
    for side in given.values():
        for name, value in side.items():
            if make is tuple and not _is_list_of_names(value):
                raise ValueError(f"'{part}' is no list for {quoted(name)}")
    left, right = (
        {name: make(value) for name, value in given.get(side, {}).items()} for side in SIDES
    )
    return left, right


def _is_list_of_names(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def _types(pair: TypePair) -> list[str]:
    return [pair.left, pair.right]


def _by_side(left: Mapping[str, Any], right: Mapping[str, Any], write: Any) -> dict[str, Any]:
    return {
        side: {name: write(value) for name, value in values.items()}
        for side, values in zip(SIDES, (left, right), strict=True)
    }

"""What a schema says, in lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kgreview.graph.quoting import one_line
from kgreview.graph.schema import AttributePair, Direction, RelationPair, Schema, TypePair
from kgreview.text.iris import local_name

_MOST = 12  # of one kind on a line


def schema_lines(schema: Schema) -> Iterator[str]:
    """Say which types correspond, what names, what is compared with what, and how it is read.

    IRIs are shortened; ``schema.json`` has them in full.
    """
    yield f"types that correspond: {_few(map(_types, schema.types))}"
    for pair in schema.types:
        left = schema.left_names.get(pair.left, ())
        right = schema.right_names.get(pair.right, ())
        named = f"{_few(map(local_name, left))} (left), {_few(map(local_name, right))} (right)"
        yield f"{one_line(_types(pair))}: named by {named}"
        compared = _few(map(_with_agreement, _of_types(schema, pair)))
        yield f"{one_line(_types(pair))}: attributes that correspond: {compared}"
        relations = [each for each in schema.relations if each.types == pair]
        if relations:
            shown = _few(map(_with_strength, relations))
            yield f"{one_line(_types(pair))}: relations that correspond: {shown}"
    for side, readings in (("left", schema.left_readings), ("right", schema.right_readings)):
        if readings:
            yield f"{side} values read as " + _few(
                f"{local_name(name)}: {reading}" for name, reading in readings.items()
            )
    for side, ignored in (("left", schema.left_ignored), ("right", schema.right_ignored)):
        if ignored:
            yield f"{side} attributes that are not compared: {_few(map(local_name, ignored))}"


def _types(pair: TypePair) -> str:
    return str(TypePair(local_name(pair.left), local_name(pair.right)))


def _of_types(schema: Schema, pair: TypePair) -> Iterator[AttributePair]:
    return (each for each in schema.attributes if each.types == pair)


def _with_agreement(pair: AttributePair) -> str:
    names = f"{local_name(pair.left)} ~ {local_name(pair.right)}"
    return names if pair.agreement is None else f"{names} {pair.agreement:.2f}"


def _with_strength(pair: RelationPair) -> str:
    ends = (Direction(local_name(each.relation), each.inverse) for each in (pair.left, pair.right))
    names = " ~ ".join(map(str, ends))
    return names if pair.strength is None else f"{names} {pair.strength:.2f}"


def _few(names: Iterable[str]) -> str:
    """Put names on one line, the first of many."""
    shown = [one_line(name) for name in names]
    if len(shown) > _MOST:
        shown = [*shown[:_MOST], f"and {len(shown) - _MOST} more"]
    return ", ".join(shown) or "nothing"

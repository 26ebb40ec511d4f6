"""The schema that a user wrote: read, completed by a guess, held against the graphs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path

from kgreview.errors import InputError
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.quoting import quoted
from kgreview.graph.schema import SIDES, Names, Schema
from kgreview.graph.schema_json import schema_from_json


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
        given = schema_from_json(values)
    except ValueError as error:
        raise InputError.at(path, f"{error}; {_EXAMPLE}") from error
    check_schema(path, given, left, right)
    return _completed(given, suggested(given.types), frozenset(values))


def _completed(given: Schema, guess: Schema, parts: frozenset[str]) -> Schema:
    """Take from a guess what a schema leaves open; what is ignored neither names nor is paired."""
    left_names = {**guess.left_names, **given.left_names}
    right_names = {**guess.right_names, **given.right_names}
    attributes = guess.attributes if "attributes" not in parts else given.attributes
    left_ignored, right_ignored = given.left_ignored, given.right_ignored
    if "ignored" not in parts:  # what is compared is not ignored by a guess
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
        guess.relations if "relations" not in parts else given.relations,
        left_ignored,
        right_ignored,
        {**guess.cardinality, **given.cardinality},
        guess.not_asked if "ask" not in parts else given.not_asked,
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
    names = set(there)
    for name in used:
        if name not in names:
            some = ", ".join(quoted(n) for n in there[:8]) + (", …" if len(there) > 8 else "")
            text = f"the {side} graph has no {what} {quoted(name)}; it has {some or 'none'}"
            raise InputError.at(path, text)


_EXAMPLE = (
    'write {"types": [["LEFT TYPE", "RIGHT TYPE"]], "names": {"left": {"TYPE": ["ATTRIBUTE"]}}}, '
    "names only where the guess is wrong"
)

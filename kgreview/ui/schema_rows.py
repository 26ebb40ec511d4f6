"""The schema as rows that a person edits: what to keep, what corresponds, and why it may.

A row is valid by itself: names come from what the graphs hold. A row that is not ticked, or lacks
one of its names, is removed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import TypeVar

import pandas as pd

from kgreview.graph.cardinality import Cardinality
from kgreview.graph.schema import AttributePair, Direction, Names, RelationPair, Schema, TypePair
from kgreview.text.iris import local_name
from kgreview.ui.schema_facts import Fact, TypeFacts
from kgreview.ui.text import plain

Name = TypeVar("Name", str, Direction)
Pair = TypeVar("Pair", AttributePair, RelationPair)

_MOST_NAMED = 12  # relations in a sentence
_LONGEST_NAME = 80  # characters of a type, attribute or relation


def labels(names: Sequence[str]) -> dict[str, str]:
    """Give what names are shown by: the end of an IRI, or all of it where two end alike."""
    short = {name: plain(local_name(name), _LONGEST_NAME) for name in names}
    times = Counter(short.values())
    return {
        name: label if times[label] == 1 and label else plain(name, 4 * _LONGEST_NAME) or "(blank)"
        for name, label in short.items()
    }


def options(
    listed: Iterable[Name], names: Iterable[Name], ignored: Sequence[str] = ()
) -> list[Name]:
    """Give what may be chosen: what is listed, and what entities have, but not what is ignored."""
    return list(dict.fromkeys(chain(listed, (each for each in names if each not in ignored))))


# ---------------------------------------------------------------- types


def type_rows(
    types: Sequence[TypePair],
    counts: Sequence[Mapping[str, int]],
    not_asked: Sequence[TypePair] = (),
) -> pd.DataFrame:
    """Lay out pairs of types; ``counts``: entities by type, of either side."""
    return pd.DataFrame(
        {
            "keep": [True] * len(types),
            "left": [pair.left for pair in types],
            "right": [pair.right for pair in types],
            "ask": [pair not in not_asked for pair in types],
            "left entities": [counts[0].get(pair.left, 0) for pair in types],
            "right entities": [counts[1].get(pair.right, 0) for pair in types],
        }
    ).astype({"keep": bool, "left": object, "right": object, "ask": bool})


def types_of(rows: pd.DataFrame) -> tuple[TypePair, ...]:
    """Read pairs of types from edited rows."""
    return tuple(dict.fromkeys(TypePair(left, right) for left, right in _kept(rows)))


def not_asked_of(rows: pd.DataFrame) -> tuple[TypePair, ...]:
    """Read from edited rows which of the kept pairs of types nobody is asked about."""
    not_ticked = rows["ask"].map(lambda ask: isinstance(ask, bool) and not ask)
    return types_of(rows[not_ticked.astype(bool)])


# ---------------------------------------------------------------- attributes


def attribute_rows(
    pairs: Iterable[AttributePair], left: TypeFacts, right: TypeFacts
) -> pd.DataFrame:
    """Lay out pairs of attributes of two types, with what is known of them."""
    listed = list(pairs)
    return _rows(
        [(pair.left, pair.right, pair.agreement) for pair in listed],
        "agreement",
        [left.attributes.get(pair.left) for pair in listed],
        [right.attributes.get(pair.right) for pair in listed],
    )


def attributes_of(
    rows: pd.DataFrame, types: TypePair, pairs: Iterable[AttributePair]
) -> tuple[AttributePair, ...]:
    """Read pairs of attributes from edited rows; the agreement of ``pairs`` ones is kept."""
    agreements = {(p.left, p.right): p.agreement for p in pairs if p.types == types}
    return tuple(
        AttributePair(types, left, right, agreements.get((left, right)))
        for left, right in dict.fromkeys(_kept(rows))
    )


# ---------------------------------------------------------------- relations


def relation_option(direction: Direction) -> str:
    """Write a relation as one of a list's options: its arrow, and its name."""
    return f"{'←' if direction.inverse else '→'} {direction.relation}"


def relation_of(option: str) -> Direction:
    """Read what ``relation_option`` wrote."""
    return Direction(option[2:], option.startswith("←"))


def relation_labels(directions: Iterable[Direction]) -> dict[str, str]:
    """Give what options are shown by."""
    listed = list(directions)
    names = labels(list(dict.fromkeys(each.relation for each in listed)))
    return {
        relation_option(each): f"{'←' if each.inverse else '→'} {names[each.relation]}"
        for each in listed
    }


def relation_rows(pairs: Iterable[RelationPair], left: TypeFacts, right: TypeFacts) -> pd.DataFrame:
    """Lay out pairs of relations of two types, with what is known of them."""
    listed = list(pairs)
    return _rows(
        [(relation_option(p.left), relation_option(p.right), p.strength) for p in listed],
        "strength",
        [left.relations.get(pair.left) for pair in listed],
        [right.relations.get(pair.right) for pair in listed],
    )


def relations_of(
    rows: pd.DataFrame, types: TypePair, pairs: Iterable[RelationPair]
) -> tuple[RelationPair, ...]:
    """Read pairs of relations from edited rows; the strength of ``pairs`` ones is kept."""
    strengths = {(p.left, p.right): p.strength for p in pairs if p.types == types}
    ends = dict.fromkeys((relation_of(left), relation_of(right)) for left, right in _kept(rows))
    return tuple(
        RelationPair(types, left, right, strengths.get((left, right))) for left, right in ends
    )


def from_the_other_end(
    relations: Iterable[RelationPair], types: TypePair, left: TypeFacts, right: TypeFacts
) -> str:
    """Name relations of two types that are known from their other end; '' where none is."""
    listed = list(relations)
    near = {(pair.left, pair.right) for pair in listed if pair.types == types}
    far = dict.fromkeys((pair.left.turned, pair.right.turned) for pair in listed)
    turned = [
        " ~ ".join(
            plain(relation_option(Direction(local_name(e.relation), e.inverse))) for e in ends
        )
        for ends in far
        if ends not in near and ends[0] in left.relations and ends[1] in right.relations
    ]
    more = [f"{len(turned) - _MOST_NAMED} more"] if len(turned) > _MOST_NAMED else []
    return ", ".join([*turned[:_MOST_NAMED], *more])


# ---------------------------------------------------------------- never compared


def fact_rows(names: Iterable[str], facts: Mapping[str, Fact]) -> pd.DataFrame:
    """Lay out attributes of one type with how many have them and examples."""
    listed = list(names)
    shown = labels(listed)
    facts_of = [facts.get(name) for name in listed]
    return pd.DataFrame(
        {
            "attribute": [shown[name] for name in listed],
            "have it": [each.share if each else None for each in facts_of],
            "examples": [each.shown if each else "" for each in facts_of],
        }
    )


# ---------------------------------------------------------------- the whole


def with_types(schema: Schema, types: tuple[TypePair, ...]) -> Schema:
    """Replace the pairs of types; what was said of pairs that are gone goes with them."""
    return replace(
        schema,
        types=types,
        attributes=tuple(pair for pair in schema.attributes if pair.types in types),
        relations=tuple(pair for pair in schema.relations if pair.types in types),
        cardinality={pair: each for pair, each in schema.cardinality.items() if pair in types},
        not_asked=tuple(pair for pair in schema.not_asked if pair in types),
    )


def with_cardinality(schema: Schema, types: TypePair, which: Cardinality | None) -> Schema:
    """Replace how many counterparts entities of a pair of types may have; none: not known."""
    others = {pair: each for pair, each in schema.cardinality.items() if pair != types}
    if which is None:
        return replace(schema, cardinality=others)
    return replace(schema, cardinality={**schema.cardinality, types: which})


def with_pair(
    schema: Schema,
    types: TypePair,
    names: tuple[tuple[str, ...], tuple[str, ...]],
    attributes: tuple[AttributePair, ...],
    relations: tuple[RelationPair, ...],
) -> Schema:
    """Replace all that is said of one pair of types, the rest as it is, in the same order."""
    return replace(
        schema,
        left_names=_with_names(schema.left_names, types.left, names[0]),
        right_names=_with_names(schema.right_names, types.right, names[1]),
        attributes=_in_place(schema.attributes, types, attributes),
        relations=_in_place(schema.relations, types, relations),
    )


# ---------------------------------------------------------------- in common


def _rows(
    pairs: Sequence[tuple[str, str, float | None]],
    measure: str,
    left: Sequence[Fact | None],
    right: Sequence[Fact | None],
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "keep": pd.Series([True] * len(pairs), dtype=bool),
            "left": pd.Series([pair[0] for pair in pairs], dtype=object),
            "right": pd.Series([pair[1] for pair in pairs], dtype=object),
            measure: pd.Series([pair[2] for pair in pairs], dtype=float),
            "left have it": pd.Series([f.share if f else None for f in left], dtype=float),
            "right have it": pd.Series([f.share if f else None for f in right], dtype=float),
            "left examples": pd.Series([f.shown if f else "" for f in left], dtype=object),
            "right examples": pd.Series([f.shown if f else "" for f in right], dtype=object),
        }
    )


def _kept(rows: pd.DataFrame) -> Iterator[tuple[str, str]]:
    for keep, left, right in zip(rows["keep"], rows["left"], rows["right"], strict=True):
        # a row that was added says nothing of "keep" until it is ticked off
        if (keep is None or keep is pd.NA or bool(keep)) and _is_name(left) and _is_name(right):
            yield str(left), str(right)


def _with_names(names: Names, type_name: str, naming: tuple[str, ...]) -> Names:
    return {**names, type_name: naming} if naming or type_name in names else names


def _is_name(value: object) -> bool:
    return isinstance(value, str)


def _in_place(
    listed: tuple[Pair, ...], types: TypePair, fresh: tuple[Pair, ...]
) -> tuple[Pair, ...]:
    """Put what is said of a pair of types where it stood, or at the end."""
    places = [place for place, pair in enumerate(listed) if pair.types == types]
    first = places[0] if places else len(listed)
    before = (pair for pair in listed[:first] if pair.types != types)
    after = (pair for pair in listed[first:] if pair.types != types)
    return tuple(chain(before, fresh, after))

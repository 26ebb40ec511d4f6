"""All attributes of two entities side by side, those that correspond on one row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from kgreview.graph.attribute_pairs import telling_words
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.schema import Schema, TypePair
from kgreview.text.readings import Reading
from kgreview.ui.entity_values import Value, read_entity
from kgreview.ui.likeness import Likeness, compare_values, verdict_alone

_COMMON = 20  # attributes of one entity with a word, from which on the word tells nothing

Values = Mapping[str, Sequence[str]]  # by attribute
Said = Mapping[str, tuple[Value, ...]]  # likewise, read
Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class AttributeRow:
    """One row: attributes that correspond, or one that only a side has."""

    left_attribute: str | None
    right_attribute: str | None
    left: tuple[Value, ...]
    right: tuple[Value, ...]
    likeness: Likeness
    names: bool = False  # all attributes of the row name their entity
    same_as: str | None = None  # attribute of the other side that has its value on another row
    also_names: bool = False  # a name beside those of the first row, and compared with them
    lacking: str | None = None  # what corresponds to it, which the other entity has not


def compare_entities(
    left: KnowledgeGraph, a: int, right: KnowledgeGraph, b: int, schema: Schema
) -> tuple[AttributeRow, ...]:
    """Lay two rows of the graphs side by side."""
    types = TypePair(left.type_of(a), right.type_of(b))
    tags = left.tags(a), right.tags(b)
    return compare_attributes(left.attributes(a), right.attributes(b), types, schema, tags)


def compare_attributes(
    left: Values,
    right: Values,
    types: TypePair,
    schema: Schema,
    tags: tuple[Values, Values] = ({}, {}),
) -> tuple[AttributeRow, ...]:
    """Lay the values of two entities of some types side by side.

    The two attributes that the entities are called by share the first row. Other naming attributes
    follow, and what ``schema`` says corresponds, the strongest first; each attribute stands on one
    row only. Where it says nothing of these types, attributes correspond by their words. Below the
    names comes what one side has that is a name of the other, ``same_as`` it; then what both have,
    then what one has. ``tags``: languages and datatypes of the values, which are no part of them.
    """
    one = read_entity(left, schema.left_readings, schema.left_missing, tags[0], schema.left_ignored)
    two = read_entity(
        right, schema.right_readings, schema.right_missing, tags[1], schema.right_ignored
    )
    names = schema.left_names.get(types.left, ()), schema.right_names.get(types.right, ())
    pairs = _correspondences(one, two, names, types, schema)
    rows = [_row(a, b, one[a], two[b], names, schema) for a, b in pairs]
    named = any(row.names for row in rows)
    alone = [
        *_alone(0, one, {a for a, _ in pairs}, names, two, named=named),
        *_alone(1, two, {b for _, b in pairs}, names, one, named=named),
    ]
    lacking = _lacking(one, two, types, schema)
    alone = [
        replace(row, lacking=lacking.get((row.left_attribute, row.right_attribute)))
        for row in alone
    ]
    return (
        *(row for row in rows if row.names),
        *(row for row in alone if row.same_as is not None),
        *(row for row in rows if not row.names),
        *(row for row in alone if row.same_as is None),
    )


# ---------------------------------------------------------------- which attributes correspond


class _Pairing:
    """Pairs attributes one to one: what is paired first stays."""

    def __init__(self, left: Said, right: Said) -> None:
        self.left, self.right = dict.fromkeys(left), dict.fromkeys(right)  # still free
        self.pairs: Pairs = []

    def add(self, pairs: Pairs) -> None:
        for a, b in pairs:
            if a in self.left and b in self.right:
                del self.left[a], self.right[b]
                self.pairs.append((a, b))


def _correspondences(
    left: Said,
    right: Said,
    names: tuple[tuple[str, ...], tuple[str, ...]],
    types: TypePair,
    schema: Schema,
) -> Pairs:
    """Pair attributes: names first, then the others in the order that the left entity has them."""
    pairing = _Pairing(left, right)
    heading = _best_name(left, names[0]), _best_name(right, names[1])
    if heading[0] is not None and heading[1] is not None:
        pairing.add([(heading[0], heading[1])])
    pairing.add([(name, name) for name in names[0] if name in names[1]])
    free = [name for name in names[0] if name in pairing.left]
    pairing.add(list(zip(free, (n for n in names[1] if n in pairing.right), strict=False)))
    naming = len(pairing.pairs)
    listed = [(pair.left, pair.right) for pair in schema.attributes if pair.types == types]
    pairing.add(listed or _by_words(list(pairing.left), list(pairing.right)))
    order = {attribute: place for place, attribute in enumerate(left)}
    others = sorted(pairing.pairs[naming:], key=lambda pair: order[pair[0]])
    return pairing.pairs[:naming] + others


def _lacking(
    left: Said, right: Said, types: TypePair, schema: Schema
) -> dict[tuple[str | None, str | None], str]:
    """Give what corresponds best to an attribute that stands alone, by the attributes of its row.

    By these types: the running time of films is in minutes, that of songs in seconds.
    """
    lacking: dict[tuple[str | None, str | None], str] = {}
    for pair in schema.attributes:
        if pair.types == types and pair.right not in right:
            lacking.setdefault((pair.left, None), pair.right)
        if pair.types == types and pair.left not in left:
            lacking.setdefault((None, pair.right), pair.left)
    return lacking


def _best_name(values: Said, names: Sequence[str]) -> str | None:
    """Give the attribute that an entity is called by."""
    stated = (n for n in names if any(not value.missing for value in values.get(n, ())))
    return next(stated, None)


def _by_words(left: Sequence[str], right: Sequence[str]) -> Pairs:
    """Pair attributes of the same name, then those of which most words are the same."""
    others = {name: telling_words(name) for name in right}
    by_word: dict[str, list[str]] = {}
    for name, words in others.items():
        for word in words:
            by_word.setdefault(word, []).append(name)
    pairs = []
    for a in left:
        words = telling_words(a)
        sharing = (by_word.get(word, ()) for word in words)
        near = dict.fromkeys(b for some in sharing if len(some) <= _COMMON for b in some)
        pairs += [(len(words & others[b]) / len(words | others[b]), a, b) for b in near]
    pairs.sort(key=lambda each: -each[0])
    return [(name, name) for name in left if name in others] + [(a, b) for _, a, b in pairs]


# ---------------------------------------------------------------- rows


def _row(
    a: str,
    b: str,
    left: tuple[Value, ...],
    right: tuple[Value, ...],
    names: tuple[tuple[str, ...], tuple[str, ...]],
    schema: Schema,
) -> AttributeRow:
    readings = schema.left_readings.get(a, Reading()), schema.right_readings.get(b, Reading())
    likeness, left, right = compare_values(left, right, readings)
    return AttributeRow(a, b, left, right, likeness, names=a in names[0] and b in names[1])


def _alone(
    side: int,
    own: Said,
    paired: set[str],
    names: tuple[tuple[str, ...], tuple[str, ...]],
    other: Said,
    *,
    named: bool,
) -> list[AttributeRow]:
    """Make rows of the attributes of a side, 0 or 1, that nothing of the other corresponds to."""
    rows = []
    by_spelling = _names_by_spelling(other, names[1 - side])
    for attribute, values in own.items():
        if attribute in paired:
            continue
        namesakes = {by_spelling.get(value.spelt) for value in values if not value.missing}
        left, right = (values, ()) if side == 0 else ((), values)
        rows.append(
            AttributeRow(
                attribute if side == 0 else None,
                attribute if side == 1 else None,
                left,
                right,
                Likeness(verdict_alone(left, right)),
                names=attribute in names[side],
                same_as=next((name for name in names[1 - side] if name in namesakes), None),
                also_names=named and attribute in names[side],
            )
        )
    return rows


def _names_by_spelling(values: Said, names: Sequence[str]) -> dict[str, str]:
    """Give the naming attribute that has a value so spelt, the best of them."""
    by_spelling: dict[str, str] = {}
    for name in names:
        for value in values.get(name, ()):
            if not value.missing:
                by_spelling.setdefault(value.spelt, name)
    return by_spelling

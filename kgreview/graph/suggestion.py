"""A schema for two graphs: what corresponds, which attributes name, how values are read."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from kgreview.arrays import Bools, Floats, Ints
from kgreview.graph.attribute_pairs import (
    Agreement,
    MatchesByType,
    ProbableMatches,
    measure_agreement,
    probable_matches,
    suggest_attribute_pairs,
    telling_words,
)
from kgreview.graph.canonical import canonical_codes
from kgreview.graph.cardinality import Cardinality, Tally
from kgreview.graph.ignored import suggest_ignored
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.links import Links
from kgreview.graph.naming import name_attributes
from kgreview.graph.quoting import quoted
from kgreview.graph.relation_pairs import suggest_relation_pairs
from kgreview.graph.schema import Schema, TypePair
from kgreview.graph.sides import read_sides
from kgreview.graph.twins import twin_shares
from kgreview.graph.type_pairs import suggest_types
from kgreview.graph.values import Values, by_attribute, naming_rank, spread
from kgreview.progress import Notice, unheard
from kgreview.text.columns import distinct_numbers
from kgreview.text.harmony import harmonise
from kgreview.text.iris import words_of
from kgreview.text.placeholders import is_placeholder_word
from kgreview.text.readings import Reading
from kgreview.text.suggestions import suggest_reading

_COMMON = 100  # entities that a placeholder of no known word stands for, at the least
_COMMON_SHARE = 0.02  # of the entities that have the attribute
_AGREES = 0.3  # agreement of probable matches in a value, from which on it says something
_FEWEST_EXPECTED = 3.0  # matches that would agree by chance, below which nothing is known
_SHOWN = 6
_MOSTLY = 0.5  # share of entities with a twin's name, beyond which records stand several times


def infer_schema(
    left: KnowledgeGraph,
    right: KnowledgeGraph,
    links: Links | None = None,
    types: tuple[TypePair, ...] | None = None,
    notice: Notice = unheard,
) -> Schema:
    """Suggest what corresponds; ``types``, if they are settled already.

    ``notice`` is told what has no counterpart, which values are taken for placeholders, and which
    attributes are not compared.
    """
    values = Values.of(left, right)
    if types is None:
        suggested = suggest_types(left, right, values, links)
        types = suggested.pairs
        for line in _left_aside(suggested.alone_left, suggested.alone_right):
            notice(line)
    names = name_attributes(left), name_attributes(right)
    readings = _readings(left), _readings(right)
    cardinality = {} if links is None else cardinality_of_types(left, right, links, types)
    naming = naming_rank(left, names[0]), naming_rank(right, names[1])
    shares = (
        twin_shares(left, values.codes[0], naming[0]),
        twin_shares(right, values.codes[1], naming[1]),
    )
    cardinality = _by_twins(types, shares, cardinality, notice) | cardinality
    schema = Schema(types, *names, (), *readings, cardinality=cardinality)
    matches = probable_matches(left, right, values, types, names, links)
    schema = _with_placeholders(left, right, schema, values, matches, notice)
    values = values.stated(left, right, schema)
    relations = suggest_relation_pairs(left, right, values, naming, matches)
    schema = dataclasses.replace(schema, relations=relations)

    def agreements(of: Schema) -> list[Agreement]:
        canonical = canonical_codes(*read_sides(left, right, of, values), by_year=True)
        return measure_agreement(left, right, canonical, matches, naming)

    agreement = agreements(schema)
    settled = _settle(left, right, _with_attributes(schema, agreement))
    if (settled.left_readings, settled.right_readings) != readings:
        agreement = agreements(settled)
    return _without_ignored(
        left, right, _with_attributes(settled, agreement), agreement, naming, notice
    )


def tally_of_types(
    left: KnowledgeGraph, right: KnowledgeGraph, links: Links, types: tuple[TypePair, ...]
) -> dict[TypePair, Tally]:
    """Count by pair of types how many matched entities have several counterparts."""
    joined = MatchesByType.of(left, right, links)
    return {pair: Tally.of(*joined.of_types(pair)) for pair in types}


def cardinality_of_types(
    left: KnowledgeGraph, right: KnowledgeGraph, links: Links, types: tuple[TypePair, ...]
) -> dict[TypePair, Cardinality]:
    """Tell by pair of types how many counterparts there may be, where its matches tell it."""
    tallies = tally_of_types(left, right, links, types)
    return {
        pair: each.cardinality for pair, each in tallies.items() if each.cardinality is not None
    }


def _by_twins(
    types: tuple[TypePair, ...],
    shares: tuple[dict[str, float], dict[str, float]],
    cardinality: dict[TypePair, Cardinality],
    notice: Notice,
) -> dict[TypePair, Cardinality]:
    """Guess where links do not tell: most names stand several times where records do."""
    by_types = {}
    for pair in types:
        left, right = shares[0].get(pair.left, 0.0), shares[1].get(pair.right, 0.0)
        several = {"several_left": left > _MOSTLY, "several_right": right > _MOSTLY}
        if pair in cardinality or not any(several.values()):
            continue
        by_types[pair] = Cardinality.of(**several)
        notice(
            f"{quoted(str(pair))} is taken for {by_types[pair].value}: {left:.0%} of the left "
            f"entities and {right:.0%} of the right ones share their name with another on their "
            "side; change 'cardinality' in schema.json where that is wrong"
        )
    return by_types


def cardinality_words(
    left: KnowledgeGraph, right: KnowledgeGraph, links: Links, schema: Schema
) -> list[str]:
    """Say which types may have several counterparts by their links, and of how many none knows."""
    lines = [
        f"{quoted(str(pair))} is taken for {tally.cardinality.value}: {tally}; change "
        "'cardinality' in schema.json where that is wrong"
        for pair, tally in tally_of_types(left, right, links, schema.types).items()
        if tally.cardinality not in (None, Cardinality.ONE_TO_ONE)
        and schema.cardinality.get(pair) is tally.cardinality
    ]
    unknown = sum(pair not in schema.cardinality for pair in schema.types)
    if unknown:
        pairs = "1 pair of types" if unknown == 1 else f"{unknown:,} pairs of types"
        lines.append(
            f"{pairs}: too few matches are known to tell whether an entity may have several "
            "counterparts; taken for one-to-one: set 'cardinality' in schema.json where that is "
            "wrong"
        )
    return lines


def _with_attributes(schema: Schema, agreements: list[Agreement]) -> Schema:
    return dataclasses.replace(schema, attributes=suggest_attribute_pairs(agreements))


# ---------------------------------------------------------------- readings


def _readings(graph: KnowledgeGraph) -> dict[str, Reading]:
    """Give how each attribute is read, those of plain strings left out."""
    readings = {}
    for name, where in by_attribute(graph):
        reading = suggest_reading(graph.values.take(pa.array(where)), words_of(name))
        if is_read(reading):
            readings[name] = reading
    return readings


def _settle(left: KnowledgeGraph, right: KnowledgeGraph, schema: Schema) -> Schema:
    """Settle by the other side what a column cannot tell: the order of day and month, a unit.

    Where two attributes of the other side would have it otherwise (minutes of films, seconds of
    songs), it stays open.
    """
    given = schema.left_readings, schema.right_readings
    settled: tuple[dict[str, list[Reading]], dict[str, list[Reading]]] = ({}, {})
    for a, b in _to_settle(schema):
        one, two = given[0].get(a, Reading()), given[1].get(b, Reading())
        if not (one.undecided or two.undecided):
            continue
        columns = [
            graph.values.filter(pa.array(graph.value_attributes == graph.attribute_codes[n]))
            for graph, n in ((left, a), (right, b))
        ]
        for side, name, reading in zip(
            settled, (a, b), harmonise(columns[0], one, columns[1], two), strict=True
        ):
            side.setdefault(name, []).append(reading)
    kept = [
        {**of_side, **{n: r[0] for n, r in side.items() if len(set(r)) == 1 and is_read(r[0])}}
        for of_side, side in zip(given, settled, strict=True)
    ]
    return dataclasses.replace(schema, left_readings=kept[0], right_readings=kept[1])


def is_read(reading: Reading) -> bool:
    """Whether values are read as more than strings, or that is yet to be settled."""
    return reading != Reading()


def _to_settle(schema: Schema) -> list[tuple[str, str]]:
    """Give pairs of attributes that may settle each other: those that correspond first."""
    pairs = dict.fromkeys((pair.left, pair.right) for pair in schema.attributes)
    for a in schema.left_readings:
        for b in schema.right_readings:
            if telling_words(a) & telling_words(b):
                pairs[a, b] = None
    return list(pairs)


# ---------------------------------------------------------------- placeholders


def _with_placeholders(
    left: KnowledgeGraph,
    right: KnowledgeGraph,
    schema: Schema,
    values: Values,
    matches: list[ProbableMatches],
    notice: Notice,
) -> Schema:
    """Name values that stand for no value: known words, and what says nothing of a match."""
    missing: list[dict[str, tuple[str, ...]]] = []
    agreement = _agreement(left, right, values, matches)
    for number, (graph, names) in enumerate(
        ((left, schema.left_names), (right, schema.right_names))
    ):
        naming = naming_rank(graph, names) >= 0
        placeholders = _placeholders(graph, values.codes[number], naming, *agreement)
        missing.append(
            {name: tuple(text for text, _ in words) for name, words in placeholders.items()}
        )
        for name, words in placeholders.items():
            shown = ", ".join(f"{quoted(text)} ({count:,})" for text, count in words[:_SHOWN])
            more = f" and {len(words) - _SHOWN} more" if len(words) > _SHOWN else ""
            notice(
                f"{('left', 'right')[number]} attribute {quoted(name)}: taken for missing: "
                f"{shown}{more}; change 'missing' in schema.json where that is wrong"
            )
    return dataclasses.replace(schema, left_missing=missing[0], right_missing=missing[1])


def _agreement(
    left: KnowledgeGraph, right: KnowledgeGraph, values: Values, matches: list[ProbableMatches]
) -> tuple[Floats, Bools]:
    """Give how far probable matches agree in each string, (strings,), and whether chance would.

    0 is chance, 1 all there can be; nan where too few of them say it to tell.
    """
    rows = [
        np.concatenate([getattr(each, side) for each in matches] or [np.empty(0, np.int64)])
        for side in ("left", "right")
    ]
    size = len(values.strings)
    says = [
        _says(graph, codes, row, size)
        for graph, codes, row in zip((left, right), values.codes, rows, strict=True)
    ]
    counts = [np.bincount(keys % size, minlength=size) for keys in says]
    both = np.bincount(np.intersect1d(says[0], says[1]) % size, minlength=size)
    expected = counts[0] * counts[1] / max(1, len(rows[0]))
    with np.errstate(invalid="ignore", divide="ignore"):
        lift = (both - expected) / (np.minimum(*counts) - expected)
    enough = np.minimum(*counts) >= _FEWEST_EXPECTED
    return np.where(enough, lift, np.nan), expected >= _FEWEST_EXPECTED


def _says(graph: KnowledgeGraph, codes: Ints, rows: Ints, size: int) -> Ints:
    """Give match × ``size`` + code of each string that entities at ``rows`` say, each once."""
    counts = graph.value_offsets[rows + 1] - graph.value_offsets[rows]
    match = np.repeat(np.arange(len(rows)), counts)
    code = codes[spread(graph.value_offsets[rows], counts)]
    return distinct_numbers(match[code >= 0] * size + code[code >= 0])


def _placeholders(
    graph: KnowledgeGraph,
    codes: Ints,
    naming: Bools,
    agreement: Floats,
    by_chance: Bools,
) -> dict[str, list[tuple[str, int]]]:
    """Give by attribute the values taken for placeholders, as written, and how often they stand.

    A known word stands for nothing unless probable matches agree in it (NA is a country, too), and
    as a name only if several entities bear it; any other value if hundreds of entities have it and
    matches agree in it no more than others do.
    """
    placeholders: dict[str, list[tuple[str, int]]] = {}
    words = is_placeholder_word(graph.values)  # at once: thousands of attributes have few values
    for name, positions in by_attribute(graph):
        where = positions[codes[positions] >= 0]
        code, first, count = np.unique(codes[where], return_index=True, return_counts=True)
        if not len(code):
            continue
        agrees = agreement[code] >= _AGREES  # nan: nobody knows
        word = words[where[first]] & ~agrees & (count >= 1 + naming[where].any())
        common = (count >= _COMMON) & (count >= _COMMON_SHARE * len(where))
        taken = word | (common & by_chance[code] & ~agrees)
        kept = np.flatnonzero(taken)[np.argsort(-count[taken], kind="stable")]
        if len(kept):
            texts = graph.values.take(pa.array(where[first[kept]])).to_pylist()
            placeholders[name] = list(zip(texts, count[kept].tolist(), strict=True))
    return placeholders


# ---------------------------------------------------------------- what is left aside


def _without_ignored(
    left: KnowledgeGraph,
    right: KnowledgeGraph,
    schema: Schema,
    agreements: list[Agreement],
    naming: tuple[Ints, Ints],
    notice: Notice,
) -> Schema:
    """Name the attributes that are not compared, and pair them with none."""
    names: list[tuple[str, ...]] = []
    sides = (("left", left, right, naming[0]), ("right", right, left, naming[1]))
    for side, graph, other, rank in sides:
        ignored = list(suggest_ignored(graph, other, side, agreements, rank))
        names.append(tuple(each.name for each in ignored))
        if ignored:
            shown = ", ".join(f"{quoted(each.name)} ({each.what})" for each in ignored[:_SHOWN])
            more = f" and {len(ignored) - _SHOWN} more" if len(ignored) > _SHOWN else ""
            notice(
                f"{side} attributes that are not compared, since they agree with nothing: {shown}"
                f"{more}; change 'ignored' in schema.json where that is wrong"
            )
    kept = (p for p in schema.attributes if p.left not in names[0] and p.right not in names[1])
    return dataclasses.replace(
        schema, attributes=tuple(kept), left_ignored=names[0], right_ignored=names[1]
    )


def _left_aside(
    left: tuple[tuple[str, int], ...], right: tuple[tuple[str, int], ...]
) -> Iterator[str]:
    for side, alone in (("left", left), ("right", right)):
        if alone:
            shown = ", ".join(f"{quoted(name)} ({count:,})" for name, count in alone[:_SHOWN])
            more = f" and {len(alone) - _SHOWN} more" if len(alone) > _SHOWN else ""
            yield (
                f"{side} types without counterpart, whose entities are not matched: {shown}{more}; "
                "pair them in schema.json if they have one"
            )

"""FollowTheMoney as a source: entities as lines of JSON, each with a schema and properties.

A property that names entities is told by its values: the model itself, which knows, is a large
library for the one question. Of schemata that are links between two entities, as ``Ownership``,
each entity becomes a relation: neighbours then are owner and asset, who have names, and not the
deed between them, which has none.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kgreview.arrays import Bools, Ints
from kgreview.errors import InputError
from kgreview.exchange.files import beginning, parts_of
from kgreview.exchange.forms import Form, SourceOptions
from kgreview.exchange.graph_builder import GraphBuilder, Statements, graph_of
from kgreview.exchange.joins import joined
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.quoting import counted, listed, one_line, quoted
from kgreview.graph.readers.text_rows import LONGEST_VALUE, NOT_UTF_8
from kgreview.progress import Notice, Progress
from kgreview.text.columns import distinct_numbers
from kgreview.text.placeholders import is_blank

Codes = Ints

EDGES = {  # schemata that are links: the properties of their two ends
    "Associate": ("person", "associate"),
    "ContractAward": ("contract", "supplier"),
    "Control": ("controller", "controlled"),
    "CourtCaseParty": ("party", "case"),
    "Debt": ("debtor", "creditor"),
    "Directorship": ("director", "organization"),
    "Documentation": ("document", "entity"),
    "Employment": ("employee", "employer"),
    "Family": ("person", "relative"),
    "Membership": ("member", "organization"),
    "Occupancy": ("holder", "post"),
    "Ownership": ("owner", "asset"),
    "Payment": ("payer", "beneficiary"),
    "ProjectParticipant": ("participant", "project"),
    "Representation": ("agent", "client"),
    "Succession": ("predecessor", "successor"),
    "UnknownLink": ("subject", "object"),
}
_KEYS = {"id", "schema", "properties"}
_NAMED_SHARE = 0.5  # of a property's values that are ids, from which on it is a relation
_AT_ONCE = 100_000  # values that are held as Python objects
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")  # which may stand alone
_LONGEST_LINE = 64 * 1024 * 1024  # bytes
_SIGNS = tuple(
    re.compile(sign) for sign in (rb'"id"\s*:\s*"', rb'"schema"\s*:\s*"', rb'"properties"\s*:\s*\{')
)


def _recognises(path: Path) -> bool:
    if not path.is_file():
        return False
    if path.name.lower().removesuffix(".gz").endswith(".ftm"):
        return True
    start = beginning(path).removeprefix(b"\xef\xbb\xbf").lstrip()
    line = start.partition(b"\n")[0]
    return line.startswith(b"{") and all(sign.search(line) for sign in _SIGNS)


def _read(
    path: Path, _options: SourceOptions, progress: Progress, notice: Notice
) -> KnowledgeGraph:
    collector = _Collector(path)
    total = path.stat().st_size if path.is_file() else 0
    stage = f"read {path.name}"
    for number, line in _lines(path, lambda done: progress(stage, done, total)):
        collector.take(_parsed(path, number, line), number)
    progress(stage, total, total)
    collector.tell(notice)
    statements = collector.statements()
    if not len(statements.ids):
        raise InputError.at(path, "holds no entity; check that it is the right file")
    return graph_of(
        _shaped(statements, notice), untyped="Thing", type_attribute="schema", notice=notice
    )


# ---------------------------------------------------------------- lines of JSON


def _lines(path: Path, report: Any) -> Iterator[tuple[int, bytes]]:
    """Give the lines of a file that are not blank, with their numbers."""
    number, parts = 0, list[bytes]()
    held = 0
    for part in parts_of(path, report):
        *whole, rest = part.split(b"\n")
        for line in whole:
            number += 1
            text = b"".join([*parts, line]).strip()
            parts, held = [], 0
            if text:
                yield number, text
        parts.append(rest)
        held += len(rest)
        if held > _LONGEST_LINE:
            raise InputError.at(
                f"{path}, line {number + 1}",
                f"is longer than {_LONGEST_LINE // 2**20} MiB; write one entity a line",
            )
    if text := b"".join(parts).strip():
        yield number + 1, text


def _parsed(path: Path, number: int, line: bytes) -> Any:
    try:
        entity = json.loads(line.removeprefix(b"\xef\xbb\xbf").decode())
        if _SURROGATE.search(line):
            json.dumps(entity, ensure_ascii=False).encode()
        return entity
    except UnicodeEncodeError:
        raise InputError.at(
            f"{path}, line {number}", "holds half a character (a lone surrogate); repair it"
        ) from None
    except UnicodeDecodeError:
        raise InputError.at(f"{path}, line {number}", NOT_UTF_8) from None
    except json.JSONDecodeError as error:
        raise InputError.at(
            f"{path}, line {number}, column {error.colno}",
            f"is not JSON ({error.msg}); write one entity a line",
        ) from None
    except RecursionError:
        raise InputError.at(f"{path}, line {number}", "is nested too deep") from None


class _Collector:
    """Takes entities apart into columns; the schema of a value stands where its tag will."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._builder = GraphBuilder()
        self._typed: list[tuple[str, str]] = []
        self._values: list[tuple[str, str, str, str]] = []
        self._other_keys: set[str] = set()

    def take(self, entity: Any, line: int) -> None:
        """Add an entity, and those that stand within it."""
        self._entity(entity, line)
        if len(self._typed) + len(self._values) >= _AT_ONCE:
            self._flush()

    def _entity(self, entity: Any, line: int) -> str:
        if not isinstance(entity, dict):
            raise self._fault(
                line, None, "is no entity; give an object with id, schema, properties"
            )
        about, schema = (self._name(entity, key, line) for key in ("id", "schema"))
        properties = entity.get("properties", {})
        if not isinstance(properties, dict):
            raise self._fault(line, "properties", "is not an object of lists")
        self._typed.append((about, schema))
        for name, values in properties.items():
            for value in values if isinstance(values, list) else [values]:
                self._value(about, schema, name, value, line)
        self._other_keys |= entity.keys() - _KEYS
        return about

    def _name(self, entity: dict[str, Any], key: str, line: int) -> str:
        name = entity.get(key)
        if not isinstance(name, str) or _is_blank(name):
            raise self._fault(line, key, "is missing or no text")
        if "\0" in name or len(name.encode(errors="replace")) > LONGEST_VALUE:
            raise self._fault(line, key, "holds a NUL byte or is longer than 64 KiB")
        return name

    def _value(self, about: str, schema: str, name: str, value: Any, line: int) -> None:
        if value is None:
            return
        if isinstance(value, dict):
            text = self._entity(value, line)
        elif isinstance(value, str):
            text = value
        elif isinstance(value, bool | int | float):
            text = json.dumps(value)
        else:
            raise self._fault(line, name, "holds a list within a list")
        self._values.append((about, name, text, schema))

    def _fault(self, line: int, key: str | None, what: str) -> InputError:
        where = f"{self._path}, line {line}" + (f", {quoted(key)}" if key is not None else "")
        return InputError.at(where, what)

    def _flush(self) -> None:
        if self._typed:
            self._builder.add_entities(*zip(*self._typed, strict=True))
        if self._values:
            self._builder.add_values(*zip(*self._values, strict=True))
        self._typed, self._values = [], []

    def statements(self) -> Statements:
        """Give all that is stated, as values."""
        self._flush()
        return self._builder.statements()

    def tell(self, notice: Notice) -> None:
        """Say what was left out."""
        if self._other_keys:
            notice(
                "what stands beside id, schema and properties left out: "
                f"{listed(one_line(key) for key in sorted(self._other_keys))}"
            )


def _is_blank(text: str) -> bool:
    if text.isascii():  # nearly every id, told a hundred times as fast
        return not text.strip()
    return bool(is_blank(pa.chunked_array([[text]]))[0])


# ---------------------------------------------------------------- values that are relations


def _shaped(s: Statements, notice: Notice) -> Statements:
    """Take apart what is a value, a relation, and a link that becomes one."""
    tails = _entities_named(s)
    is_relation = _relation_properties(s, tails)
    _tell_of_relations(s, is_relation, tails, notice)
    linked = is_relation & (tails >= 0)
    heads = s.value_entities[linked].astype(np.int64)
    relations, ends = s.value_attributes[linked].astype(np.int64), tails[linked]
    links, made = _links(s, heads, relations, ends)
    own = ~links[heads] & ~links[ends]
    names = pa.concat_arrays([s.attribute_names, s.type_names])
    values = ~linked & ~links[s.value_entities]
    _tell_of_links(s, links, ~linked & links[s.value_entities], int((~own).sum()), made, notice)
    shaped = dataclasses.replace(
        s,
        value_entities=s.value_entities[values],
        value_attributes=s.value_attributes[values],
        values=s.values.filter(pa.array(values)),
        value_tags=np.zeros(int(values.sum()), np.int32),
        tag_names=pa.array([""], pa.large_string()),
        heads=np.concatenate([heads[own], made[0]]),
        relations=np.concatenate([relations[own], len(s.attribute_names) + made[1]]),
        relation_names=names,
        tails=np.concatenate([ends[own], made[2]]),
    )
    return _without(shaped, links)


def _entities_named(s: Statements) -> Codes:
    """Give the entity whose id a value is, (values,), -1 where it is none or the value's own."""
    codes = pc.fill_null(pc.index_in(s.values, value_set=s.ids), -1).to_numpy().astype(np.int64)
    return np.where(codes == s.value_entities, -1, codes)


def _relation_properties(s: Statements, tails: Codes) -> Bools:
    """Say of each value whether its property, of its schema, names entities, (values,)."""
    property_of = s.value_tags.astype(np.int64) * max(1, len(s.attribute_names))
    property_of = property_of + s.value_attributes
    codes, place = np.unique(property_of, return_inverse=True)
    total = np.bincount(place, minlength=len(codes))
    named = np.bincount(place, weights=tails >= 0, minlength=len(codes))
    relation: Bools = (named > 0) & (named >= _NAMED_SHARE * total)
    return relation[place]


def _links(
    s: Statements, heads: Codes, relations: Codes, tails: Codes
) -> tuple[Bools, tuple[Codes, Codes, Codes]]:
    """Find the entities that are links, (entities,), and the relations that they become.

    A link has both of its ends in the file, and no other schema. Relations are heads, codes of
    schemata and tails.
    """
    links = np.zeros(len(s.ids), dtype=np.bool_)
    triples: list[tuple[Codes, Codes, Codes]] = []
    names, schemata = s.attribute_names.to_pylist(), s.type_names.to_pylist()
    order = np.argsort(heads, kind="stable")
    heads, relations, tails = heads[order], relations[order], tails[order]
    for code, schema in enumerate(schemata):
        ends = EDGES.get(schema)
        if ends is None or not all(end in names for end in ends):
            continue
        others = distinct_numbers(s.type_entities[s.types != code])
        of_schema = np.setdiff1d(s.type_entities[s.types == code], others)
        inside = np.isin(heads, of_schema)
        one, other = (np.flatnonzero(inside & (relations == names.index(end))) for end in ends)
        first, second = joined(heads[one], heads[other])
        links[heads[one][first]] = True
        count = len(first)
        triples.append((tails[one][first], np.full(count, code), tails[other][second]))
    nothing = np.empty(0, np.int64)
    triples.append((nothing, nothing, nothing))
    one, code_of, other = (np.concatenate(each) for each in zip(*triples, strict=True))
    kept = ~links[one] & ~links[other]
    return links, (one[kept], code_of[kept], other[kept])


def _without(s: Statements, left_out: Bools) -> Statements:
    """Take entities out of which nothing is stated but types."""
    place = np.cumsum(~left_out) - 1
    typed = ~left_out[s.type_entities]
    return dataclasses.replace(
        s,
        ids=s.ids.filter(pa.array(~left_out)),
        type_entities=place[s.type_entities[typed]],
        types=s.types[typed],
        value_entities=place[s.value_entities],
        heads=place[s.heads],
        tails=place[s.tails],
    )


def _tell_of_relations(s: Statements, is_relation: Bools, tails: Codes, notice: Notice) -> None:
    named = distinct_numbers(s.value_attributes[is_relation])
    if len(named):
        names = s.attribute_names.take(pa.array(named)).to_pylist()
        notice(f"properties whose values are ids, read as relations: {listed(sorted(names))}")
    unknown = int((is_relation & (tails < 0)).sum())
    if unknown:
        notice(f"values of these that name no entity of the file, kept as values: {unknown:,}")


def _tell_of_links(
    s: Statements,
    links: Bools,
    values: Bools,
    relations: int,
    made: tuple[Codes, Codes, Codes],
    notice: Notice,
) -> None:
    if not links.any():
        return
    counts = Counter(s.type_names.take(pa.array(s.types[links[s.type_entities]])).to_pylist())
    by_name = ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items()))
    line = f"links read as {counted(len(made[0]), 'relation')} between their ends: {by_name}"
    names = s.attribute_names.take(
        pa.array(distinct_numbers(s.value_attributes[values]))
    ).to_pylist()
    if names:
        line += (
            f"; {counted(int(values.sum()), 'value')} of theirs left out ({listed(sorted(names))})"
        )
    ends = relations - 2 * int(links.sum())
    if ends > 0:
        line += f"; {counted(ends, 'other relation')} to or from them left out"
    notice(line)


FOLLOW_THE_MONEY = Form("ftm", "FollowTheMoney", _recognises, _read)

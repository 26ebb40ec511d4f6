"""What a source would become, looked at before anything is made of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kgreview.exchange.forms import Form, SourceOptions
from kgreview.exchange.pair_forms import PairFolder
from kgreview.exchange.sources import form_of, read_source
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.quoting import listed, one_line, quoted
from kgreview.progress import Progress, silent
from kgreview.text.iris import local_name

_EXAMPLES = 10
_MOST = 30  # names of a kind that are printed
_FEW = 3  # values of one attribute in an example


@dataclass(frozen=True)
class Example:
    """An entity as it would be read."""

    id: str
    type: str
    values: dict[str, list[str]]  # by attribute
    relations: dict[str, list[str]]  # by relation that leads away from it, the ids at the other end


@dataclass(frozen=True)
class Inspection:
    """What would be read from a source."""

    source: str
    form: str  # its title
    format: str  # what --format calls it
    entities: int
    values: int
    relations: int
    by_type: dict[str, int]  # each the most frequent first
    by_attribute: dict[str, int]
    by_relation: dict[str, int]
    examples: tuple[Example, ...]
    notes: tuple[str, ...]  # what would be skipped, cut or guessed

    def to_json(self) -> dict[str, Any]:
        """Give all of it as JSON values."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Inspection:
        """Read what ``to_json`` gave, also after it was written down."""
        examples = tuple(Example(**example) for example in values["examples"])
        return cls(**{**values, "examples": examples, "notes": tuple(values["notes"])})


@dataclass(frozen=True)
class PairInspection:
    """What would be read from a pair folder."""

    source: str
    form: str
    left: Inspection
    right: Inspection
    links: dict[str, dict[str, int]]  # matches and non-matches by split
    notes: tuple[str, ...]  # about the links, and what is passed over

    def to_json(self) -> dict[str, Any]:
        """Give all of it as JSON values."""
        return dataclasses.asdict(self)


def inspect_source(path: Path, options: SourceOptions, progress: Progress = silent) -> Inspection:
    """Read a source and describe it. Nothing is written; raises what ``read_source`` raises."""
    notes: list[str] = []
    form = form_of(path, options)
    return describe_source(path, form, read_source(path, options, progress, notes.append), notes)


def describe_source(
    path: Path, form: Form, graph: KnowledgeGraph, notes: Sequence[str]
) -> Inspection:
    """Describe a source that was read; ``notes`` is what was told meanwhile."""
    return _inspection(str(path), form.title, form.name, graph, notes)


def inspect_pair(pair: PairFolder, progress: Progress = silent) -> PairInspection:
    """Read a pair folder and describe it. Nothing is written; raises what reading it raises."""
    notes: dict[str, list[str]] = {"left": [], "right": [], "": []}
    left = pair.read_left(progress, notes["left"].append)
    right = pair.read_right(progress, notes["right"].append)
    links = pair.read_links(pair.splits, left, right, progress, notes[""].append).links
    if pair.passed_over:
        notes[""].append(f"passed over ({listed(pair.passed_over)})")
    sides = {
        side: _inspection(f"{pair.path}, {side}", pair.title, "", graph, notes[side])
        for side, graph in (("left", left), ("right", right))
    }
    counts = {
        split: {"matches": len(of.matches), "non_matches": len(of) - len(of.matches)}
        for split, of in links.items()
    }
    return PairInspection(str(pair.path), pair.title, **sides, links=counts, notes=(*notes[""],))


def _inspection(
    source: str, title: str, name: str, graph: KnowledgeGraph, notes: Sequence[str]
) -> Inspection:
    counts = graph.describe()
    return Inspection(
        source=source,
        form=title,
        format=name,
        entities=graph.num_entities,
        values=graph.num_values,
        relations=graph.num_edges,
        by_type=_most_first(counts["by_type"]),
        by_attribute=_most_first(counts["by_attribute"]),
        by_relation=_most_first(counts["by_relation"]),
        examples=tuple(_example(graph, row) for row in _example_rows(graph)),
        notes=tuple(notes),
    )


def _most_first(counts: dict[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _example_rows(graph: KnowledgeGraph) -> list[int]:
    """Pick entities of the most frequent types in turn, the first by id of each."""
    sizes = np.bincount(graph.types, minlength=len(graph.type_names))
    types = np.argsort(-sizes, kind="stable")[:_EXAMPLES]
    of_type = graph.types[graph.id_order]
    rows = {code: graph.id_order[of_type == code][:_EXAMPLES].tolist() for code in types.tolist()}
    turns = [
        rows[code][turn] for turn in range(_EXAMPLES) for code in rows if turn < len(rows[code])
    ]
    return sorted(turns[:_EXAMPLES], key=lambda row: (-sizes[graph.types[row]], graph.id(row)))


def _example(graph: KnowledgeGraph, row: int) -> Example:
    relations: dict[str, list[str]] = {}
    for code, neighbour in zip(*graph.neighbourhood(row), strict=True):
        name, inverse = graph.relation(int(code))
        if not inverse:
            relations.setdefault(name, []).append(graph.id(int(neighbour)))
    return Example(graph.id(row), graph.type_of(row), graph.attributes(row), relations)


def pair_lines(inspection: PairInspection) -> Iterator[str]:
    """Put it in lines for a terminal, one side after the other, then the links."""
    yield f"{inspection.source}: {inspection.form} (--pair)"
    for side in (inspection.left, inspection.right):
        yield ""
        yield from inspection_lines(side)
    yield ""
    yield from link_lines(inspection)


def link_lines(inspection: PairInspection) -> Iterator[str]:
    """Put the links of a pair folder in lines, with what was said of them."""
    yield f"links{'' if inspection.links else ': none'}"
    for split, counts in inspection.links.items():
        yield f"  {split:<24} {counts['matches']:>12,}" + (
            f"  and {counts['non_matches']:,} non-matches" if counts["non_matches"] else ""
        )
    for note in inspection.notes:
        yield f"note: {note}"


def inspection_lines(inspection: Inspection) -> Iterator[str]:
    """Put it in lines for a terminal, names shortened, the first of many."""
    i = inspection
    yield f"{i.source}: {i.form}{f' (--format {i.format})' if i.format else ''}"
    yield f"{i.entities:,} entities, {i.values:,} values, {i.relations:,} relations"
    yield from _count_lines("types", i.by_type)
    yield from _count_lines("attributes", i.by_attribute)
    yield from _count_lines("relations", i.by_relation)
    yield "examples"
    for example in i.examples:
        yield f"  {one_line(example.id)} ({_short(example.type)})"
        for name, values in example.values.items():
            yield f"    {_short(name)}: {_few([quoted(value) for value in values])}"
        for name, ids in example.relations.items():
            yield f"    {_short(name)} → {_few([_short(tail) for tail in ids])}"
    for note in i.notes:
        yield f"note: {note}"


def _count_lines(title: str, counts: dict[str, int]) -> Iterator[str]:
    yield f"{title}{'' if counts else ': none'}"
    for name, count in list(counts.items())[:_MOST]:
        shown = _short(name)
        whole = "" if shown == name else f"  {one_line(name)}"
        yield f"  {shown:<24} {count:>12,}{whole}"
    if len(counts) > _MOST:
        yield f"  and {len(counts) - _MOST:,} more; --json has them all"


def _short(name: str) -> str:
    return one_line(local_name(name), 60)


def _few(shown: list[str]) -> str:
    more = f", and {len(shown) - _FEW:,} more" if len(shown) > _FEW else ""
    return ", ".join(shown[:_FEW]) + more

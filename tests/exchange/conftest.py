"""Small graphs of films, and what curators said of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from kgreview.exchange.alignment import ScoredPairs, Settled, What
from kgreview.exchange.export import Export, ExportSettings, Measured, Provenance
from kgreview.exchange.groups import Groups, troubles
from kgreview.graph.cardinality import Cardinality
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.links import Links
from kgreview.graph.schema import Schema, TypePair
from kgreview.store.annotator_agreement import ADJUDICATED
from kgreview.store.decisions import Decision
from kgreview.store.outcomes import Outcome

Sides = tuple[KnowledgeGraph, KnowledgeGraph]
Write = Callable[[str, str], Path]


@pytest.fixture
def sides(make_graph) -> Sides:
    """Left a, b, c and right x, y, z: ids that are no IRIs."""
    return (
        make_graph([(entity, "film") for entity in ("lib:a", "lib:b", "lib:c")]),
        make_graph([(entity, "movie") for entity in ("x", "y z", "z")]),
    )


@pytest.fixture
def iri_sides(make_graph) -> Sides:
    """The same with IRIs as ids."""
    return (
        make_graph([(f"http://one.example/film/{entity}", "film") for entity in "abc"]),
        make_graph([(f"http://two.example/m#{entity}", "movie") for entity in "xyz"]),
    )


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file into a folder of the test's own."""

    def written(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return written


MakeExport = Callable[..., Export]


@pytest.fixture
def make_export(make_graph) -> MakeExport:
    """Make an export of two graphs of films, by default with one thing of each kind in it.

    l0 – r0 is accepted by Ada and ruled on by Bob, l1 – r1 is a known link, l2 – r2 is predicted,
    l3 – r3 rejected, l4 – r4 unsure, and l5 has no counterpart.
    """

    def made(
        what: What = What.ALL,
        *,
        decisions: Sequence[Decision] | None = None,
        graphs: Sides | None = None,
        schema: Schema | None = None,
        measured: Measured | None = None,
        version: str | None = "v3",
        **settings: object,
    ) -> Export:
        left, right = graphs or film_graphs(make_graph)
        said = DECISIONS if decisions is None else decisions
        known = Links.empty()
        if decisions is None:
            one = np.array([1])
            known = Links(one, one, one.astype(np.int8), np.array([False]))
        scored = ScoredPairs.none()
        if version is not None and decisions is None:
            rows = np.arange(5)
            scored = ScoredPairs(rows, rows, np.array([0.875, 0.25, 0.9375, 0.75, 0.5]))
        names = {"film": ("title",)}, {"movie": ("name",)}
        schema = schema or Schema((TypePair("film", "movie"),), *names)
        cardinality = dict.fromkeys(schema.types, Cardinality.ONE_TO_ONE)
        whole = Settled.of(left, right, said, known, scored, cardinality).at(0.5)
        part = whole.part(what)
        groups = Groups.of(part, left, right)
        provenance = Provenance(
            *("My films", "2026-11-28T12:00:00+00:00", "0.1.0", version, True, 0.5, "as given"),
            *(measured, what, part.counts(), cardinality),
            *(troubles(part, groups, left, right, cardinality), 0, 0, 0),
        )
        return Export(left, right, schema, part, provenance, ExportSettings(**settings))

    return made


def film_graphs(make_graph) -> Sides:
    return (
        make_graph(
            [(f"lib:l{n}", "film") for n in range(6)],
            [(f"lib:l{n}", "title", f"Film {n}") for n in range(6)],
        ),
        make_graph(
            [(f"http://two.example/m#r{n}", "movie") for n in range(6)],
            [(f"http://two.example/m#r{n}", "name", f"=Film, {n}") for n in range(6)],
        ),
    )


def decision(
    left: str,
    right: str,
    outcome: Outcome,
    curator: str = "Ada L|ovelace",
    *,
    note: str | None = None,
    reason: str | None = None,
    strategy: str = "uncertainty",
) -> Decision:
    return Decision(
        *(0, left, right, curator, outcome, note, reason, "2026-11-27T09:30:00.000+00:00"),
        *(None, "v3", None, False, strategy, None, None),
    )


DECISIONS = (
    decision("lib:l0", "http://two.example/m#r0", Outcome.MATCH, note="same\tyear", reason="a|b"),
    decision(
        "lib:l0", "http://two.example/m#r0", Outcome.MATCH, "0000-0002-1825-0097",
        strategy=ADJUDICATED,
    ),
    decision("lib:l3", "http://two.example/m#r3", Outcome.NO_MATCH),
    decision("lib:l4", "http://two.example/m#r4", Outcome.UNSURE, note="no year"),
    decision("lib:l5", "http://two.example/m#r1", Outcome.NO_COUNTERPART, note="lost"),
)  # fmt: skip


class Facts(NamedTuple):
    types: dict[str, str]  # by id
    values: set[tuple[str, str, str]]  # id, attribute, value
    relations: set[tuple[str, str, str]]  # head, relation, tail
    tags: dict[tuple[str, str, str], str]  # of values that have one


def state(graph: KnowledgeGraph) -> Facts:
    rows = range(graph.num_entities)
    statements = [
        (
            graph.id(int(row)),
            graph.attribute_names[int(attribute)],
            value.as_py(),
        )
        for row, attribute, value in zip(
            graph.value_entities, graph.value_attributes, graph.values, strict=True
        )
    ]
    tags = (
        {}
        if graph.value_tags is None
        else {
            statement: graph.tag_names[int(code)]
            for statement, code in zip(statements, graph.value_tags, strict=True)
            if graph.tag_names[int(code)]
        }
    )
    relations = {
        (graph.id(row), graph.relation(int(code))[0], graph.id(int(tail)))
        for row in rows
        for code, tail in zip(*graph.neighbourhood(row), strict=True)
        if not graph.relation(int(code))[1]
    }
    assert len(statements) == len(set(statements))
    return Facts(
        {graph.id(row): graph.type_of(row) for row in rows}, set(statements), relations, tags
    )


@pytest.fixture(scope="session")
def facts_of() -> Callable[[KnowledgeGraph], Facts]:
    return state

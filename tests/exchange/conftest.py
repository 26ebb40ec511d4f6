"""Two graphs of three films each, whose ids are words, numbers or IRIs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kgreview.graph.knowledge_graph import KnowledgeGraph

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

"""What the page *Explain* shows: any pair, step by step, found by id or name."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kgreview.errors import InputError
from kgreview.graph.names import display_name, entity_names
from kgreview.pipeline.explanation import attributes_of
from kgreview.pipeline.loaded_networks import Loaded, faults_of_version, load
from kgreview.pipeline.project import Project
from kgreview.store.entities import last_part
from kgreview.store.search import both_spellings, matches_search
from kgreview.store.versions import scores_of
from kgreview.text.strings import normalise_one
from kgreview.ui.steps import named_steps

Side = Literal["left", "right"]
TEMPERATURES = (0.1, 0.2, 0.35, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0)


@dataclass(frozen=True)
class Entity:
    """An entity that was found."""

    id: str
    name: str
    type: str

    def __str__(self) -> str:
        return f"{self.name} · {self.type} · {self.id}"


@dataclass(frozen=True)
class Story:
    """A pair of the sample data that is worth a look, and why."""

    title: str
    text: str
    left: str
    right: str


def stories(project: Project) -> list[Story]:
    """Give the sample data's stories, where the project is made of it."""
    package = Path(__file__).resolve().parents[1]
    for root in (package.parent, package / "_desk"):  # a checkout, or the package's own
        file = root / "sample_data" / "stories.json"
        if file.is_file():
            written = json.loads(file.read_text(encoding="utf-8")).values()
            read = [Story(s["title"], s["text"], s["left"], s["right"]) for s in written]
            return [s for s in read if _has(project, s.left, s.right)]
    return []


def search(project: Project, side: Side, words: str, most: int = 20) -> list[Entity]:
    """Find entities by id, else as the queue's filter does, those first that begin with it.

    Other than the filter's, the search is among all entities, whether they are candidates or not.
    """
    graph = project.left if side == "left" else project.right
    try:
        return [_entity(project, side, graph.row(words.strip()))]
    except InputError:
        pass
    spellings = _spellings(project, side)
    hits = matches_search(spellings, words).to_numpy(zero_copy_only=False)
    rows = np.flatnonzero(hits)[: 50 * most]
    begins = pc.starts_with(spellings.take(pa.array(rows)), normalise_one(words))
    order = np.argsort(~begins.to_numpy(zero_copy_only=False), kind="stable")
    return [_entity(project, side, int(row)) for row in rows[order][:most]]


def partners(project: Project, left: str) -> list[Entity]:
    """Give the candidates of a left entity, the best scored first."""
    with project.database() as db:
        candidates = scores_of(db, left=left)
    return [_entity(project, "right", project.right.row(pair.right)) for pair in candidates]


def look(
    project: Project, version: str, left: str, right: str, *, temperature: float = 1.0
) -> dict[str, Any]:
    """Compute a pair of ids step by step, as ``named_steps`` gives it; raises as ``explain``."""
    loaded = load(project, version)
    rows = project.left.row(left), project.right.row(right)
    with faults_of_version(project, version):
        pair = loaded.pair(*rows)
        steps = _view(loaded).look(
            *rows, pair.similarities, attributes_of(project, *rows), temperature=temperature
        )
    return {
        "version": version,
        **named_steps(steps, (project.left, project.right), rows, project.schema),
    }


def _has(project: Project, left: str, right: str) -> bool:
    try:
        project.left.row(left), project.right.row(right)
    except InputError:
        return False
    return True


def _entity(project: Project, side: Side, row: int) -> Entity:
    left = side == "left"
    graph = project.left if left else project.right
    naming = project.schema.left_names if left else project.schema.right_names
    return Entity(graph.id(row), display_name(graph, row, naming), graph.type_of(row))


@lru_cache(maxsize=2)
def _view(loaded: Loaded) -> Any:
    from kgreview.aligner.steps import StepsView

    return StepsView(loaded.explainer)


@lru_cache(maxsize=4)
def _spellings(project: Project, side: Side) -> pa.LargeStringArray:
    graph = project.left if side == "left" else project.right
    naming = project.schema.left_names if side == "left" else project.schema.right_names
    return both_spellings(entity_names(graph, naming), list(map(last_part, graph.ids.to_pylist())))

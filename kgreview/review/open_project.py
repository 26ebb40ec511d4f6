"""A project kept open between the requests of programs, with what is costly to read at hand."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kgreview.arrays import Rows
from kgreview.candidates.name_index import NameIndex
from kgreview.exchange.export import Export
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.schema import Names
from kgreview.pipeline.export import Choice, gather
from kgreview.pipeline.project import SCHEMA, Project
from kgreview.store.decisions import events
from kgreview.store.versions import current_version
from kgreview.text.strings import normalise

_MOST_KEPT = 4  # alignments at different thresholds
_MOST_OPEN = 4  # projects
_MARKS = ("kgreview.json", SCHEMA, "left/ids.arrow", "right/ids.arrow", "candidates")

Marks = tuple[object, ...]


class OpenProject:
    """One project: its graphs, a search by name for either, and its alignment as it stands.

    May be used from several threads. The database is opened anew by each call.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self._naming, self._exporting = threading.Lock(), threading.Lock()
        self._exports: OrderedDict[Choice, tuple[Marks, Export]] = OrderedDict()

    @property
    def graphs(self) -> dict[str, KnowledgeGraph]:
        """The graph of each side."""
        return {"left": self.project.left, "right": self.project.right}

    @property
    def naming(self) -> dict[str, Names]:
        """By side and type, the attributes that name."""
        schema = self.project.schema
        return {"left": schema.left_names, "right": schema.right_names}

    def names(self, side: str) -> NameIndex:
        """Give the search by name of a side; the first call makes it: seconds for a million."""
        with self._naming:
            return self._left_names if side == "left" else self._right_names

    @cached_property
    def _left_names(self) -> NameIndex:
        return NameIndex.of(self.project.left, self.project.schema.left_names)

    @cached_property
    def _right_names(self) -> NameIndex:
        return NameIndex.of(self.project.right, self.project.schema.right_names)

    def saying(self, side: str, attribute: str, texts: Sequence[str]) -> Rows:
        """Give the entities that have an attribute with one of these values, spelt equally.

        Reads all values of the graph that the attribute has.
        """
        graph = self.graphs[side]
        if attribute not in graph.attribute_names:
            return np.empty(0, dtype=np.int64)
        code = graph.attribute_names.index(attribute)
        where = np.flatnonzero(graph.value_attributes == code)
        spelt = normalise(graph.values.take(pa.array(where)))
        equal = pc.is_in(spelt, value_set=normalise(list(texts)))
        return np.unique(graph.value_entities[where[equal.to_numpy(zero_copy_only=False)]]).astype(
            np.int64
        )

    def export(self, choice: Choice) -> Export:
        """Give the alignment as ``kgreview export`` would write it now; read once until it changes.

        Raises ``KGReviewError`` as ``gather`` does.
        """
        with self._exporting:
            marks = self._standing()
            kept = self._exports.pop(choice, None)
            if kept is None or kept[0] != marks:
                kept = marks, gather(self.project, choice)
            self._exports[choice] = kept
            while len(self._exports) > _MOST_KEPT:
                self._exports.popitem(last=False)
            return kept[1]

    def of_left(self, row: int, choice: Choice) -> tuple[Export, slice]:
        """Give the alignment, and the places in it of the pairs of a left entity."""
        export = self.export(choice)
        first, end = np.searchsorted(export.alignment.left, [row, row + 1]).tolist()
        return export, slice(first, end)

    def _standing(self) -> Marks:
        """Give what changes whenever a decision is made or a version becomes current."""
        with self.project.database() as db:
            last, version = events(db, limit=1), current_version(db)
        scored = None if version is None else (version.name, version.scored, version.promoted_at)
        return tuple(event.id for event in last), scored


class OpenProjects:
    """Opens projects, and again when their files have changed; the last few are kept open.

    Few, since the search by name of a large project takes half a gigabyte.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[Path, tuple[Marks, OpenProject]] = OrderedDict()

    def open(self, path: Path) -> OpenProject:
        """Give the project in a folder. Raises ``InputError`` where there is none."""
        with self._lock:
            marks = tuple(_changed(path / name) for name in _MARKS)
            kept = self._kept.pop(path, None)
            if kept is None or kept[0] != marks:
                kept = marks, OpenProject(Project.open(path))
            self._kept[path] = kept
            while len(self._kept) > _MOST_OPEN:
                self._kept.popitem(last=False)
            return kept[1]


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0

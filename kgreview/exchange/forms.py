"""What a form of source is: how it is recognised and read. Each has a module of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.progress import Notice, Progress


@dataclass(frozen=True)
class SourceOptions:
    """How a source is to be read, where it does not say so itself."""

    format: str | None = None  # name of its form; None: recognised by content and name
    id: str | None = None  # column that holds the ids of entities
    type: str | None = None  # column, or property, that holds their types; or the type of all
    columns: tuple[str, ...] = ()  # that are read; none: all
    separator: str | None = None  # between several values of one cell
    delimiter: str | None = None  # between columns
    encoding: str | None = None  # of text
    references: tuple[str, ...] = ()  # COLUMN=TABLE: a column that holds ids of another table


class Form(NamedTuple):
    """One form in which graphs come."""

    name: str  # what --format calls it
    title: str  # what a message calls it
    recognises: Callable[
        [Path], bool
    ]  # by content and name; InputError: a folder that cannot be read
    read: Callable[[Path, SourceOptions, Progress, Notice], KnowledgeGraph]
    options: frozenset[str] = frozenset()  # the fields of SourceOptions that it heeds

"""Readers: from files somebody else wrote to a ``KnowledgeGraph`` or ``Links``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from kgreview.errors import InputError
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.readers.links import (
    LinkColumns,
    LinkFile,
    links_of_pair,
    read_link_splits,
    read_link_table,
    read_links,
)
from kgreview.graph.readers.table_folder import read_table_folder
from kgreview.progress import Notice, Progress, silent, unheard

__all__ = [
    "LinkColumns",
    "LinkFile",
    "Reader",
    "links_of_pair",
    "read_graph",
    "read_link_splits",
    "read_link_table",
    "read_links",
    "read_table_folder",
]


class Reader(NamedTuple):
    """One form in which graphs come."""

    name: str
    recognises: Callable[[Path], bool]
    read: Callable[[Path, Progress, Notice], KnowledgeGraph]


# The first that recognises a path reads it: put a more particular form before a more general one.
_READERS = (Reader("a table folder", Path.is_dir, read_table_folder),)


def read_graph(path: Path, progress: Progress = silent, notice: Notice = unheard) -> KnowledgeGraph:
    """Read a graph in whatever form it comes; ``notice`` is told what was cut or left out.

    Raises ``InputError`` for a form no reader knows.
    """
    if not path.exists():
        raise InputError.at(path, "there is no such file or folder; check the path")
    for reader in _READERS:
        if reader.recognises(path):
            return reader.read(path, progress, notice)
    names = ", ".join(reader.name for reader in _READERS)
    raise InputError.at(path, f"is no form of graph that can be read; give {names}")

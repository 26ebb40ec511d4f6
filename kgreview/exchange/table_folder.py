"""The form of the table folder, which ``graph/readers`` reads."""

from __future__ import annotations

from pathlib import Path

from kgreview.exchange.files import entries_of
from kgreview.exchange.forms import Form, SourceOptions
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.readers import read_table_folder
from kgreview.graph.readers.tables import is_table
from kgreview.progress import Notice, Progress

_TABLES = ("entities", "attributes", "relations")


def _recognises(path: Path) -> bool:
    """Whether one of the tables is there: what else it needs, its reader says."""
    return path.is_dir() and any(
        file.name.lower().split(".")[0] in _TABLES and is_table(file) for file in entries_of(path)
    )


def _read(
    path: Path, _options: SourceOptions, progress: Progress, notice: Notice
) -> KnowledgeGraph:
    return read_table_folder(path, progress, notice)


TABLE_FOLDER = Form("tables", "a table folder", _recognises, _read)

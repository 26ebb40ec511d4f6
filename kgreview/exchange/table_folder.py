"""The form of the table folder, which ``graph/readers`` reads."""

from __future__ import annotations

from pathlib import Path

from kgreview.exchange.forms import Form, SourceOptions
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.readers import read_table_folder
from kgreview.progress import Notice, Progress


def _read(
    path: Path, _options: SourceOptions, progress: Progress, notice: Notice
) -> KnowledgeGraph:
    return read_table_folder(path, progress, notice)


# the most general of the forms that are folders: whatever it lacks, its reader says
TABLE_FOLDER = Form("tables", "a table folder", Path.is_dir, _read)

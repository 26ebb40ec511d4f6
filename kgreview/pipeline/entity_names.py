"""What entities are called, those that a graph no longer holds as well."""

from __future__ import annotations

from kgreview.graph.names import display_name
from kgreview.pipeline.project import Project


def name_of(project: Project, side: str, entity: str) -> str:
    """Give what an entity is called, its id where the graph lacks it: decisions outlive graphs."""
    left = side == "left"
    graph = project.left if left else project.right
    naming = project.schema.left_names if left else project.schema.right_names
    (row,) = graph.rows([entity]).tolist()
    return entity if row < 0 else display_name(graph, row, naming)

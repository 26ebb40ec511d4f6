"""The schema of a project as it is edited: read with a stamp, checked, saved, and what follows."""

from __future__ import annotations

import hashlib

from kgreview.errors import InputError
from kgreview.graph.schema import Schema
from kgreview.graph.schema_file import check_schema
from kgreview.pipeline.asked_types import ask_by_schema
from kgreview.pipeline.blocking import SchemaChange, schema_change
from kgreview.pipeline.entity_index import sides_with_several
from kgreview.pipeline.project import SCHEMA, Project
from kgreview.pipeline.status import is_ready
from kgreview.progress import Notice, unheard
from kgreview.store.cardinality import replace_several
from kgreview.store.rights import Right, permit

_TO_DO = {
    SchemaChange.NONE: "Candidates and features were made with this schema.",
    SchemaChange.COMPARISON: (
        "What candidates are compared by has changed since they were compared: compare, train and "
        "score anew. The candidates stay, and so do decisions."
    ),
    SchemaChange.CANDIDATES: (
        "Which pairs are candidates, or what links tell of them, may change: look for candidates, "
        "compare, train and score anew. Decisions stay."
    ),
}


def schema_stamp(project: Project) -> str:
    """Name the schema as it is in the project now, so that an edit of another is noticed."""
    file = project.path / SCHEMA
    try:
        return hashlib.blake2b(file.read_bytes(), digest_size=16).hexdigest()
    except OSError as error:
        raise InputError.at(file, f"cannot be read ({error.strerror or error})") from error


def save_schema(project: Project, schema: Schema, stamp: str, notice: Notice = unheard) -> None:
    """Check an edited schema and write it whole; ``stamp``: of the one it was made from.

    Raises ``InputError`` where it is at fault, or another was saved meanwhile, ``RightError`` for
    who may not. ``notice``: is told what failed after it was saved.
    """
    with project.database() as db:
        permit(db, Right.MANAGE)
    file = project.path / SCHEMA
    if not schema.types:
        raise InputError.at(file, "pairs no types, so that nothing could be matched; keep one")
    check_schema(file, schema, project.left, project.right)
    if schema_stamp(project) != stamp:
        raise InputError.at(
            file, "was changed by somebody else meanwhile; discard your changes and look again"
        )
    project.save_schema(schema)
    with project.database() as db:
        replace_several(db, sides_with_several(schema))
        ask_by_schema(project, db, notice)


def to_make_anew(project: Project) -> tuple[bool, str]:
    """Tell whether the schema asks for a run, and why, in a sentence."""
    change = schema_change(project)
    if not is_ready(project):
        return (
            True,
            "Nothing is scored yet: the first run makes candidates and scores by this schema.",
        )
    return change is not SchemaChange.NONE, _TO_DO[change]

"""What a full disk, a copy cut short or a slip of the hand makes of files; and all that looks."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from kgreview.errors import KGReviewError
from kgreview.pipeline import explanation, loaded_networks
from kgreview.pipeline.export import Choice, export_project
from kgreview.pipeline.pair_steps import look
from kgreview.pipeline.project import Project
from kgreview.pipeline.scoring import scored
from kgreview.pipeline.status import project_status, project_versions
from kgreview.review import counts, models, session
from kgreview.review.curators import list_curators
from kgreview.review.history import history_csv
from kgreview.review.quality import quality
from kgreview.review.schema import to_make_anew
from kgreview.store.history import HistoryFilter
from kgreview.ui.schema_facts import type_facts

DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "cut": lambda whole: whole[: len(whole) // 2],
    "emptied": lambda _: b"",
    "zeroed": lambda whole: bytes(len(whole)),
    "garbage": lambda whole: b"\xde\xad\xbe\xef" * (len(whole) // 4 + 1),
    "middle": lambda whole: whole[: len(whole) // 3] + b"\xff" * 64 + whole[len(whole) // 3 + 64 :],
    "null": lambda _: b"null",
}


def review(project: Project) -> None:
    """Ask for the next pair, and draw it."""
    view = session.next_pair(project, "Ada")
    assert view is not None
    with contextlib.suppress(KGReviewError):  # the pair is shown without
        loaded_networks.load(project, str(view.question.version))
    view, _ = explanation.explained(project, view)
    view.heading()
    view.attributes()
    view.canvas(height=400, dark=False)
    session.competitors(project, view.question)
    counts.review_counts(project, "Ada")


def explain(project: Project) -> None:
    """Take a pair apart."""
    name = explanation.version_to_explain(project)
    pairs = project.candidates()
    left, right = (project.left.id(int(pairs.left[0])), project.right.id(int(pairs.right[0])))
    look(project, name, left, right)
    explanation.explain_ids(project, name, left, right)


def schema(project: Project) -> None:
    """Count what the schema page shows."""
    to_make_anew(project)
    for pair in project.schema.types:
        type_facts(project.left, pair.left, project.schema.left_names)
        type_facts(project.right, pair.right, project.schema.right_names)


def export(project: Project) -> None:
    """Write the alignment, and the merged graph with all values."""
    for name in ("made.sssom.tsv", "made.nq"):
        export_project(project, project.path / "exports" / name, choice=Choice(), force=True)


def score(project: Project) -> None:
    """Read the scores that there are, or make them anew."""
    scored(project, explanation.version_to_explain(project))


VIEWS: dict[str, Callable[[Project], object]] = {
    "status": project_status,
    "versions": project_versions,
    "review": review,
    "explain": explain,
    "schema": schema,
    "history": lambda project: history_csv(project, HistoryFilter()),
    "quality": quality,
    "model": models.model_state,
    "curators": list_curators,
    "export": export,
    "score": score,
}


def files_of(project: Path) -> list[str]:
    """Name the files of a project, by their paths in it."""
    return sorted(
        file.relative_to(project).as_posix()
        for file in project.rglob("*")
        if file.is_file() and "exports" not in file.parts and not file.name.endswith("-shm")
    )

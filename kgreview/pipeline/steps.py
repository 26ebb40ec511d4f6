"""A project's way from sources to decisions, step by step: what is done, and what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kgreview.graph.quoting import counted
from kgreview.pipeline.project import Project
from kgreview.pipeline.project_folder import ProjectLine
from kgreview.store.jobs import Job

State = Literal["done", "next", "running", "later"]


@dataclass(frozen=True)
class Step:
    """One step, and how it stands."""

    name: str
    state: State
    words: str


def project_steps(project: Project, line: ProjectLine, job: Job | None) -> tuple[Step, ...]:
    """Give the steps of a project that is imported; ``job``: the one that was started last.

    Raises ``InputError`` for damaged graphs, or a damaged schema.
    """
    running = job is not None and job.state == "running"
    run: State = "running" if running else "done" if line.version else "next"
    review: State = "later" if not line.version else "next" if line.open else "done"
    links = len(project.all_links())
    types, attributes = len(project.schema.types), len(project.schema.attributes)
    return (
        Step(
            "Import",
            "done",
            f"{line.left:,} left and {line.right:,} right entities, {counted(links, 'known link')}",
        ),
        Step(
            "Schema",
            "done" if line.version else "next",
            f"{counted(types, 'pair')} of types and {counted(attributes, 'pair')} of attributes "
            "correspond; look them over before a run",
        ),
        Step("Run", run, _run_words(line, job)),
        Step("Review", review, _review_words(line)),
    )


def _run_words(line: ProjectLine, job: Job | None) -> str:
    if job is not None and job.state == "running":
        return f"{job.kind}: running, see below"
    if line.version:
        return f"{line.candidates:,} candidates, scored by {line.version}"
    failed = job is not None and job.state == "failed"
    return ("the last one failed; " if failed else "") + "finds candidates, trains and scores"


def _review_words(line: ProjectLine) -> str:
    if not line.version:
        return "after the run"
    return f"{line.decided:,} answers so far, {line.open:,} pairs open"

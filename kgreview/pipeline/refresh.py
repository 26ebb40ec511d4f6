"""The verb *refresh*: new rows for a project, without losing a decision.

Entities are the same by their ids. What is new, changed or gone is found by what they say; only
that is blocked, compared and scored anew (``candidates.refreshing`` and ``rescoring`` say what that
leaves out). All is made beside the project, which goes on as it is until ``swap`` puts the new one
in its place. Where too much has changed all is made anew in the same way.
"""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable
from pathlib import Path

from kgreview.errors import InputError, KGReviewError
from kgreview.exchange.sources import SourceOptions
from kgreview.pipeline import swap
from kgreview.pipeline.entity_index import entity_states
from kgreview.pipeline.jobs import in_foreground
from kgreview.pipeline.project import Project
from kgreview.pipeline.refresh_candidates import block_anew
from kgreview.pipeline.refresh_database import change_database
from kgreview.pipeline.refresh_differences import Refresh, read_differences
from kgreview.pipeline.refresh_report import RefreshReport
from kgreview.pipeline.refresh_scores import move_versions_along, plan_anew, score_anew
from kgreview.progress import Notice, Progress, silent, unheard

_AS_IT_IS = SourceOptions()


def refresh_project(
    project: Project,
    *,
    left: Path | None = None,
    right: Path | None = None,
    left_options: SourceOptions = _AS_IT_IS,
    right_options: SourceOptions = _AS_IT_IS,
    dry_run: bool = False,
    device: str = "auto",
    progress: Progress = silent,
    notice: Notice = unheard,
    on_differences: Callable[[RefreshReport], None] = lambda _: None,
) -> RefreshReport:
    """Give a project new rows: of the left graph, of the right one, or of both.

    A source holds the whole graph, not only what is new. Decisions stay, and so do versions; those
    on entities that are gone count for nothing until these are back. ``on_differences`` gets
    first what differs; with ``dry_run`` nothing else happens. Interrupted at any point, the project
    is as before, or as after. Raises ``InputError`` for a source at fault, ``JobRunningError``
    while the project has a job.
    """
    if left is None and right is None:
        raise InputError("give new rows: --left SOURCE, --right SOURCE, or both")
    started = time.perf_counter()
    sources = ((left, left_options), (right, right_options))
    if dry_run:
        work = read_differences(project, sources, progress, notice)
        on_differences(work.report)
        return work.report
    with in_foreground(project, "refresh", progress, "new rows were put in place") as tell:
        work = read_differences(Project.open(project.path), sources, tell, notice)
        on_differences(work.report)
        if not work.report.is_same:
            _refresh(work, device, tell)
    work.report.seconds = time.perf_counter() - started
    return work.report


def _refresh(refresh: Refresh, device: str, progress: Progress) -> None:
    """Make all beside the project and put it in its place."""
    project = refresh.project
    with swap.staged(project.path) as staging:
        report, (one, two) = refresh.report, refresh.sides
        for name, side, counts in (("left", one, report.left), ("right", two, report.right)):
            if not counts.is_same:
                side.new.save(staging / name)
        refresh.links.save(staging / "links")
        move_versions_along(refresh, staging)
        blocked = block_anew(refresh, staging, progress)
        version, rescored = None, None
        if blocked is not None:
            version, rescored = score_anew(refresh, staging, blocked, device, progress)
        # nothing is told from here on: it would wait for the database, or cancel what is done
        progress("put in place", 0, 1)
        swap.commit(
            project.path, lambda db: change_database(refresh, db, blocked, version, rescored)
        )
    if version is not None and rescored is not None:
        try:
            plan_anew(refresh, version, rescored[0])
        except (KGReviewError, OSError) as error:
            report.notes.append(
                f"the new rows are in place, but the queue is not planned anew ({error}): run "
                f"`kgreview score {shlex.quote(str(project.path))}`"
            )
    entity_states(project.as_it_is(), progress)

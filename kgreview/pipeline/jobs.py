"""Long work, one at a time a project: in the background, or here where a command was called.

The background process outlives the browser and reports by the database.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from kgreview.errors import KGReviewError
from kgreview.pipeline.job_reports import Cancelled, end_job, fault_in_words, reporter, write_ends
from kgreview.pipeline.labels import still_missing
from kgreview.pipeline.leftovers import clear_leftovers
from kgreview.pipeline.processes import start_process
from kgreview.pipeline.project import Project
from kgreview.pipeline.project_settings import FINETUNE_AFTER
from kgreview.progress import Progress, silent
from kgreview.store.added_pairs import unscored
from kgreview.store.database import Database, StoreError, get_meta
from kgreview.store.decisions import unseen_decisions
from kgreview.store.jobs import (
    Job,
    JobRunningError,
    adopt,
    fail,
    finish,
    is_due,
    job,
    latest_jobs,
    reap,
    request_cancel,
    start_job,
    stop,
)
from kgreview.store.rights import Right, permit
from kgreview.store.versions import check_overruled, current_version, promote
from kgreview.store.versions import version as version_named

_FINETUNE_AFTER = "finetune after"  # in meta, of an earlier release: see finetune_after
_LONGEST_REASON = 2_000  # characters
_LOG_LINES = 30  # of the log that a page shows


def start_finetuning(project: Project) -> Job:
    """Fine-tune in a process that goes on when the browser, or this process, is closed.

    Raises ``JobRunningError`` where the project has a job already, ``RightError`` for who may not.
    """
    _permit(project)
    return _start(project, "fine-tune")


def start_run(project: Project) -> Job:
    """Block, train and score in a process that goes on when the browser is closed.

    Raises ``JobRunningError`` where the project has a job already, ``RightError`` for who may not.
    """
    _permit(project)
    return _start(project, "run")


def finetune_if_due(project: Project) -> Job | None:
    """Fine-tune in the background where as many new decisions wait as the project asks for.

    Costs next to nothing when they do not. Where a job runs already, nothing happens. Raises
    ``KGReviewError`` where it cannot be started.
    """
    with project.database() as db:
        after = _finetune_after(project, db)
        if not after or not is_due(db, "fine-tune", after):
            return None
        current = current_version(db)
        if current is None or unseen_decisions(db, current.name) < after:
            return None
        if still_missing(project, db):  # it starts with the last of it
            return None
    with contextlib.suppress(JobRunningError):
        return _start(project, "fine-tune")
    return None


def finetune_after(project: Project) -> int:
    """Give after how many new decisions fine-tuning starts by itself; 0: never."""
    with project.database() as db:
        return _finetune_after(project, db)


def _finetune_after(project: Project, db: Database) -> int:
    if project.settings.finetune_after is not None:
        return project.settings.finetune_after
    kept = get_meta(db, _FINETUNE_AFTER)
    return kept if isinstance(kept, int) and kept >= 0 else FINETUNE_AFTER


def make_current(project: Project, version: str, curator: str, reason: str) -> Job | None:
    """Make a version current because somebody says so: the queue follows its scores.

    At once where its scores are all in the queue's table, which gives ``None``; else in the
    background. Raises ``InputError`` for an unknown version, for one whose folder is gone and where
    one that was not promoted is to be made current without a reason, ``JobRunningError`` where the
    project has a job already, ``RightError`` for who may not.
    """
    _permit(project, curator)
    reason = reason.replace("\0", "").strip()[:_LONGEST_REASON]  # it goes through a command line
    with project.database() as db:
        chosen = version_named(db, version)
        check_overruled(chosen, curator, reason)
        lacks = bool(unscored(db, version))  # added by people since it scored
    project.version_folder(version)  # its network explains what its scores ask
    if not chosen.scored or lacks:
        return _start(project, "promote", version, curator, reason)
    done = f"{version} is current now"
    with in_foreground(project, "promote", silent, done), project.database() as db:
        promote(db, version, curator=curator, reason=reason)
    return None


def _permit(project: Project, curator: str | None = None) -> None:
    with project.database() as db:
        permit(db, Right.MANAGE, curator)


def _start(project: Project, kind: str, *words: str) -> Job:
    with project.database() as db:
        write_ends(project, db)
        started = start_job(db, kind)
        log = project.path / started.log
        try:
            log.parent.mkdir(exist_ok=True)
            pid = start_process(
                "kgreview.pipeline.job_process", (str(project.path), str(started.id), *words), log
            )
        except (OSError, ValueError) as error:  # no room, no rights, a name that is no argument
            why = f"the process could not be started: {fault_in_words(error, '')}"
            end_job(project, db, started.id, fail, why)
            raise KGReviewError(why) from error
        with contextlib.suppress(StoreError):  # it says who it is itself, too
            adopt(db, started.id, pid)
        return job(db, started.id)


@contextlib.contextmanager
def in_foreground(
    project: Project,
    kind: str,
    progress: Progress,
    outcome: str = "it was started from the command line",
) -> Iterator[Progress]:
    """Hold the project's one place for a job while this process works; give what to report to.

    So no two commands write the same columns, and the pages show the work as they show their own,
    and ``outcome`` when it is done.
    Raises ``JobRunningError`` where the project has a job already, ``KGReviewError`` in the work
    when somebody cancels it on a page.
    """
    with project.database() as db:
        write_ends(project, db)
        started = start_job(db, kind, logged=False)
        tell = reporter(db, started.id)

        def both(stage: str, done: int, total: int | None = None, **figures: float) -> None:
            progress(stage, done, total, **figures)
            tell(stage, done, total, **figures)

        try:
            clear_leftovers(project)
            yield both
        except Cancelled:
            end_job(project, db, started.id, stop, "cancelled; decisions are as they were")
            raise KGReviewError("cancelled on the Model page; start it again as you like") from None
        except KeyboardInterrupt:
            end_job(project, db, started.id, stop, "interrupted where it was called")
            raise
        except BaseException as error:
            is_told = isinstance(error, KGReviewError)
            words = str(error) if is_told else fault_in_words(error, "")
            end_job(project, db, started.id, fail, words)
            raise
        end_job(project, db, started.id, finish, outcome)


def latest(project: Project) -> Job | None:
    """Give the job started last, as it stands; one whose process is gone has failed."""
    with project.database() as db:
        write_ends(project, db)
        reap(db)
        jobs = latest_jobs(db, limit=1)
    return jobs[0] if jobs else None


def log_tail(project: Project, job: Job) -> str:
    """Give the last lines of what a job wrote into its log, "" where it has none.

    A project that somebody else made may name any file: none outside its ``jobs/`` is read.
    """
    folder = (project.path / "jobs").resolve()
    try:
        file = (project.path / job.log).resolve()
        if not (job.log and file.is_relative_to(folder) and file.is_file()):
            return ""
        with file.open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - _LOG_LINES * 200))
            text = log.read().decode("utf-8", "replace")
    except (OSError, ValueError):  # ValueError: a name with a null character
        return ""
    return "\n".join(text.splitlines()[-_LOG_LINES:])


def cancel(project: Project, job_id: int) -> None:
    """Ask a job to give up; the current version stays."""
    _permit(project)
    with project.database() as db:
        request_cancel(db, job_id)

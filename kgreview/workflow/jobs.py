"""Long work, one at a time a project: in the background, or here where a command was called.

The background process outlives the browser and reports by the database.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kgreview.errors import KGReviewError
from kgreview.progress import Progress
from kgreview.review.database import Database
from kgreview.review.jobs import (
    Job,
    adopt,
    cancel_requested,
    fail,
    finish,
    job,
    latest_jobs,
    reap,
    report,
    request_cancel,
    start_job,
    stop,
)
from kgreview.workflow.project import Project, clear_leftovers

_REPORT_SECONDS = 0.3  # between two reports of progress


class _Cancelled(Exception):  # noqa: N818 - a request, not an error
    """Somebody asked the job to give up."""


def start_finetuning(project: Project) -> Job:
    """Fine-tune in a process that goes on when the browser, or this process, is closed.

    Raises ``JobRunningError`` where the project has a job already.
    """
    with project.database() as db:
        started = start_job(db, "fine-tune")
        log = project.path / started.log
        log.parent.mkdir(exist_ok=True)
        command = [
            sys.executable,
            "-m",
            "kgreview.workflow.jobs",
            str(project.path),
            str(started.id),
        ]
        try:
            with log.open("wb") as output:
                process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
        except OSError as error:
            fail(db, started.id, f"the process could not be started ({error}); try again")
            raise KGReviewError(f"fine-tuning could not be started: {error}") from error
        # whoever starts a process must wait for it, or it stays behind as a zombie when it ends
        threading.Thread(target=process.wait, daemon=True).start()
        adopt(db, started.id, process.pid)
        return job(db, started.id)


@contextlib.contextmanager
def in_foreground(project: Project, kind: str, progress: Progress) -> Iterator[Progress]:
    """Hold the project's one place for a job while this process works; give what to report to.

    So no two commands write the same columns, and the pages show the work as they show their own.
    Raises ``JobRunningError`` where the project has a job already, ``KGReviewError`` in the work
    when somebody cancels it on a page.
    """
    with project.database() as db:
        started = start_job(db, kind, logged=False)
        clear_leftovers(project)
        tell = _reporter(db, started.id)

        def both(stage: str, done: int, total: int | None = None, **figures: float) -> None:
            progress(stage, done, total, **figures)
            tell(stage, done, total, **figures)

        try:
            yield both
        except _Cancelled:
            stop(db, started.id, "cancelled; decisions are as they were")
            raise KGReviewError(
                "cancelled on the page 'Model'; start it again as you like"
            ) from None
        except KeyboardInterrupt:
            stop(db, started.id, "interrupted where it was called")
            raise
        except BaseException as error:
            known = isinstance(error, KGReviewError)
            fail(db, started.id, str(error) if known else f"{type(error).__name__}: {error}")
            raise
        finish(db, started.id, "it was started from the command line")


def latest(project: Project) -> Job | None:
    """Give the job started last, as it stands; one whose process is gone has failed."""
    with project.database() as db:
        reap(db)
        jobs = latest_jobs(db, limit=1)
    return jobs[0] if jobs else None


def cancel(project: Project, job_id: int) -> None:
    """Ask a job to give up; the current version stays."""
    with project.database() as db:
        request_cancel(db, job_id)


def run(path: Path, job_id: int) -> int:
    """Do a job that was started, in this process; give the exit status."""
    from kgreview.workflow.training import finetune_project  # torch: in the job's process only

    project = Project.open(path)
    with project.database() as db:
        try:
            clear_leftovers(project)
            made = finetune_project(project, progress=_reporter(db, job_id))
        except _Cancelled:
            stop(db, job_id, "cancelled; the current version is as it was")
            return 1
        except KGReviewError as error:
            fail(db, job_id, str(error))
            return 1
        except BaseException as error:
            traceback.print_exc()  # into the job's log
            fail(
                db,
                job_id,
                f"{type(error).__name__}: {error}. The current version is as it was; the whole "
                f"story is in {job(db, job_id).log}",
            )
            return 1
        finish(db, job_id, _outcome(made.name, made.figures))
    _measure_attention(project, made.name, job_id)
    return 0


def _measure_attention(project: Project, version: str, job_id: int) -> None:
    """Measure what the new version's attention is worth, when the job is over: nobody waits for it.

    It gives way to a job that starts meanwhile, for which somebody does.
    """
    from kgreview.workflow.agreement import check_new  # what draws pairs: not needed before

    def give_way(  # called like any other progress
        stage: str,  # noqa: ARG001
        done: int,  # noqa: ARG001
        total: int | None = None,  # noqa: ARG001
        **figures: float,  # noqa: ARG001
    ) -> None:
        with project.database() as db:
            if latest_jobs(db, limit=1)[0].id != job_id:
                raise _Cancelled

    os.nice(10)
    with contextlib.suppress(_Cancelled):
        check_new(project, version, give_way)


def _outcome(name: str, figures: dict[str, Any]) -> str:
    said = f"{name} is current now"
    if "prauc" in figures:
        said += f": PRAUC {figures['prauc']:.3f} and F1 {figures['f1']:.3f} on held-out links"
    return said


def _reporter(db: Database, job_id: int) -> Progress:
    last = 0.0

    def tell(stage: str, done: int, total: int | None = None, **figures: float) -> None:
        nonlocal last
        if time.monotonic() - last < _REPORT_SECONDS and done != total:
            return
        last = time.monotonic()
        if cancel_requested(db, job_id):
            raise _Cancelled
        report(db, job_id, stage, done, total, **figures)

    return tell


if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1]), int(sys.argv[2])))

"""What a job says in the database: how far it is, and how it ended."""

from __future__ import annotations

import contextlib
import errno
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from kgreview.pipeline.project import Project
from kgreview.progress import Progress
from kgreview.store.database import Database, StoreError
from kgreview.store.jobs import cancel_requested, report

_REPORT_SECONDS = 0.3  # between two reports of progress
AS_IT_WAS = "The current version is as it was"
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# ends of jobs that this process could not write, the disk being full, say: tried again later
_unwritten: dict[tuple[Path, int], tuple[Callable[[Database, int, str], None], str]] = {}


class Cancelled(Exception):  # noqa: N818 - a request, not an error
    """Somebody asked the job to give up."""


def end_job(
    project: Project,
    db: Database,
    job_id: int,
    how: Callable[[Database, int, str], None],
    words: str,
) -> bool:
    """Write how a job ended; where that cannot be written now, it is when this process can again.

    A process that is gone by then needs no word: its job is found to be dead.
    """
    try:
        how(db, job_id, words)
    except StoreError:
        traceback.print_exc()
        _unwritten[project.path, job_id] = how, words
        return False
    _unwritten.pop((project.path, job_id), None)
    return True


def write_ends(project: Project, db: Database) -> None:
    """Write the ends of jobs that could not be written before."""
    for (path, job_id), (how, words) in list(_unwritten.items()):
        if path == project.path:
            end_job(project, db, job_id, how, words)


def fault_in_words(error: BaseException, log: str) -> str:
    """Say why a job failed and what to do; ``log``: where the rest of it is, "" for none."""
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        return f"there is no room on the disk ({error.strerror}). {AS_IT_WAS}; free some room"
    if isinstance(error, FileNotFoundError):
        return (
            f"{error.filename} is gone. Restore it from a copy of the project, or train anew with "
            "`kgreview run`"
        )
    story = f"its log: {log}" if log else "try again"
    return f"{type(error).__name__}: {error}. {AS_IT_WAS}; {story}"


def reporter(db: Database, job_id: int) -> Progress:
    """Give what a job tells how far it is; raises ``Cancelled`` where somebody asked it to end."""
    last = 0.0

    def tell(stage: str, done: int, total: int | None = None, **figures: float) -> None:
        nonlocal last
        if time.monotonic() - last < _REPORT_SECONDS and done != total:
            return
        if cancel_requested(db, job_id):
            raise Cancelled
        with contextlib.suppress(StoreError):  # somebody else holds the database: say it later
            report(db, job_id, stage, done, total, **figures)
        last = time.monotonic()

    return tell

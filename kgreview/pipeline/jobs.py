"""Long work, one at a time a project: in the background, or here where a command was called.

The background process outlives the browser and reports by the database.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from kgreview.errors import KGReviewError
from kgreview.pipeline.labels import still_missing
from kgreview.pipeline.processes import start_process
from kgreview.pipeline.project import Project, clear_leftovers
from kgreview.progress import Progress, silent
from kgreview.store.added_pairs import unscored
from kgreview.store.database import Database, StoreError, get_meta, set_meta
from kgreview.store.decisions import now, unseen_decisions
from kgreview.store.jobs import (
    Job,
    JobRunningError,
    adopt,
    cancel_requested,
    fail,
    finish,
    is_due,
    job,
    latest_jobs,
    reap,
    report,
    request_cancel,
    start_job,
    stop,
)
from kgreview.store.rights import Right, permit
from kgreview.store.versions import check_overruled, current_version, promote
from kgreview.store.versions import version as version_named
from kgreview.text.terminal import for_terminal

_REPORT_SECONDS = 0.3  # between two reports of progress
_FINETUNE_AFTER = "finetune after"  # in meta: so many new decisions start it by themselves
_FINETUNE_AFTER_DEFAULT = 50
_AS_IT_WAS = "The current version is as it was"
_LONGEST_REASON = 2_000  # characters
_TRIES = 5  # at writing how a job ended, of half a minute each where another holds the database
_LOG_LINES = 30  # of the log that a page shows
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


# ends of jobs that this process could not write, the disk being full, say: tried again later
_unwritten: dict[tuple[Path, int], tuple[Callable[[Database, int, str], None], str]] = {}


class _Cancelled(Exception):  # noqa: N818 - a request, not an error
    """Somebody asked the job to give up."""


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
        after = _finetune_after(db)
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
        return _finetune_after(db)


def _finetune_after(db: Database) -> int:
    kept = get_meta(db, _FINETUNE_AFTER)
    return kept if isinstance(kept, int) and kept >= 0 else _FINETUNE_AFTER_DEFAULT


def set_finetune_after(project: Project, decisions: int) -> None:
    """Let fine-tuning start by itself after so many new decisions; 0: never."""
    _permit(project)
    with project.database() as db:
        set_meta(db, _FINETUNE_AFTER, max(0, int(decisions)))


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
        _write_ends(project, db)
        started = start_job(db, kind)
        log = project.path / started.log
        try:
            log.parent.mkdir(exist_ok=True)
            pid = start_process(
                "kgreview.pipeline.jobs", (str(project.path), str(started.id), *words), log
            )
        except (OSError, ValueError) as error:  # no room, no rights, a name that is no argument
            why = f"the process could not be started: {_in_words(error, '')}"
            _end(project, db, started.id, fail, why)
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
        _write_ends(project, db)
        started = start_job(db, kind, logged=False)
        tell = _reporter(db, started.id)

        def both(stage: str, done: int, total: int | None = None, **figures: float) -> None:
            progress(stage, done, total, **figures)
            tell(stage, done, total, **figures)

        try:
            clear_leftovers(project)
            yield both
        except _Cancelled:
            _end(project, db, started.id, stop, "cancelled; decisions are as they were")
            raise KGReviewError("cancelled on the Model page; start it again as you like") from None
        except KeyboardInterrupt:
            _end(project, db, started.id, stop, "interrupted where it was called")
            raise
        except BaseException as error:
            known = isinstance(error, KGReviewError)
            words = str(error) if known else _in_words(error, "")
            _end(project, db, started.id, fail, words)
            raise
        _end(project, db, started.id, finish, outcome)


def latest(project: Project) -> Job | None:
    """Give the job started last, as it stands; one whose process is gone has failed."""
    with project.database() as db:
        _write_ends(project, db)
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


def run(path: Path, job_id: int, words: Sequence[str] = ()) -> int:
    """Do a job that was started, in this process; give the exit status.

    ``words``: of a promotion the version, the curator and the reason; none of a fine-tuning.
    """
    project = Project.open(path)
    measured = None
    with project.database() as db:
        log, kind = "", ""
        try:
            this = job(db, job_id)
            kind, log = this.kind, this.log
            with contextlib.suppress(StoreError):  # whoever started it says so, too
                adopt(db, job_id, os.getpid())
            clear_leftovers(project)
            done, measured = _work(project, kind, words, _into_the_log(_reporter(db, job_id)))
        except _Cancelled:
            _end(project, db, job_id, stop, f"cancelled; {_left(kind)}")
            return 1
        except KGReviewError as error:
            _end(project, db, job_id, fail, str(error))
            return 1
        except BaseException as error:
            traceback.print_exc()  # into the job's log
            _end(project, db, job_id, fail, _in_words(error, log))
            return 1
        for _ in range(_TRIES):
            if _end(project, db, job_id, finish, done):
                break
        _log(done)
    if measured is not None:
        _measure_attention(project, measured, job_id)
    return 0


def _work(
    project: Project, kind: str, words: Sequence[str], progress: Progress
) -> tuple[str, str | None]:
    """Do it; give what came of it, and the new version where its attention is to be measured."""
    # torch: in the job's process only
    from kgreview.pipeline.passes import block_train_score
    from kgreview.pipeline.scoring import score_project
    from kgreview.pipeline.training import finetune_project

    if kind == "run":
        _, first = block_train_score(project, progress=progress)
        missing = f". It compares values only: {first.missing}" if first.missing else ""
        return _outcome(first.name, first.figures, None, first.measured_on) + missing, first.name
    if words:
        version, curator, reason = words
        score_project(project, version, curator=curator, reason=reason, progress=progress)
        return f"{version} is current now", version
    made = finetune_project(project, progress=progress)
    outcome = _outcome(made.name, made.figures, made.held, made.measured_on)
    return outcome, None if made.held else made.name


def _left(kind: str) -> str:
    """Say what a job leaves that was cancelled."""
    if kind == "run":
        return "decisions are as they were; run it again to have scores of all candidates"
    return _AS_IT_WAS


def _end(
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


def _write_ends(project: Project, db: Database) -> None:
    for (path, job_id), (how, words) in list(_unwritten.items()):
        if path == project.path:
            _end(project, db, job_id, how, words)


def _in_words(error: BaseException, log: str) -> str:
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        return f"there is no room on the disk ({error.strerror}). {_AS_IT_WAS}; free some room"
    if isinstance(error, FileNotFoundError):
        return (
            f"{error.filename} is gone. Restore it from a copy of the project, or train anew with "
            "`kgreview run`"
        )
    story = f"its log: {log}" if log else "try again"
    return f"{type(error).__name__}: {error}. {_AS_IT_WAS}; {story}"


def _measure_attention(project: Project, version: str, job_id: int) -> None:
    """Measure what the new version's attention is worth, when the job is over: nobody waits for it.

    It gives way to a job that starts meanwhile, for which somebody does.
    """
    from kgreview.pipeline.faithfulness import check_new  # what draws pairs: not needed before

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


def _outcome(name: str, figures: dict[str, Any], held: str | None, on: str | None) -> str:
    if held is not None:
        return (
            f"{name} was not promoted: {held}. The version before stays current; {name} can still "
            "be made current below"
        )
    said = f"{name} is current now"
    if "prauc" in figures:
        said += f": PRAUC {figures['prauc']:.3f} and F1 {figures['f1']:.3f} on {on}"
    return said


def _log(words: str) -> None:
    """Write a line where the process that runs a job writes, which is the job's log."""
    sys.stdout.write(for_terminal(f"{now()} {words}") + "\n")
    sys.stdout.flush()


def _into_the_log(tell: Progress) -> Progress:
    """Write a line where a stage begins, beside what is reported."""
    stages: list[str] = []

    def both(stage: str, done: int, total: int | None = None, **figures: float) -> None:
        if stages[-1:] != [stage]:
            stages.append(stage)
            _log(stage)
        tell(stage, done, total, **figures)

    return both


def _reporter(db: Database, job_id: int) -> Progress:
    last = 0.0

    def tell(stage: str, done: int, total: int | None = None, **figures: float) -> None:
        nonlocal last
        if time.monotonic() - last < _REPORT_SECONDS and done != total:
            return
        if cancel_requested(db, job_id):
            raise _Cancelled
        with contextlib.suppress(StoreError):  # somebody else holds the database: say it later
            report(db, job_id, stage, done, total, **figures)
        last = time.monotonic()

    return tell


if __name__ == "__main__":
    os.nice(10)  # who decides meanwhile comes first
    sys.exit(run(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]))

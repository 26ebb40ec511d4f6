"""Work in the background: one job at a time a project, told apart from a dead one, cancellable.

A job's process reports through the database, so it outlives the page that started it. The life of
a job: ``start_job`` takes the one place; the starter names the child process with ``adopt`` as
soon as it runs; the child calls ``report`` now and then, asks ``cancel_requested``, and ends with
``finish``, ``fail`` or ``stop``. ``reap`` finds jobs whose process is gone without a word.
"""

from __future__ import annotations

import json
import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from sqlite_utils import Database

from kgreview.errors import KGReviewError
from kgreview.store.database import rows, value, writing
from kgreview.store.decisions import now

_START_TOLERANCE = 2.0  # s by which one process's start is read differently
_START_TICKS = 19  # of the words behind its name in /proc/PID/stat


class JobRunningError(KGReviewError):
    """Another job has the project's one place; the message names it."""


class JobOverError(KGReviewError):
    """The job was ended from outside, so its process must stop and leave things as they are."""


@dataclass(frozen=True)
class Job:
    """A piece of work in the background, running or over."""

    id: int
    kind: str  # "fine-tune", "score", …
    state: str  # "running", "done", "failed", "cancelled"
    pid: int
    started_at: str  # UTC, ISO 8601
    finished_at: str | None
    stage: str  # in words
    done: int  # units of the stage
    total: int | None  # None: unknown
    figures: dict[str, float]
    message: str  # what came out of it, or what went wrong and what to do
    log: str  # path relative to the project folder, "" where its terminal shows what it says
    cancel_requested: bool


_COLUMNS = """id, kind, state, pid, started_at, finished_at, stage, done, total, figures, message,
    log, cancel_requested"""

_START = """
    INSERT INTO jobs (kind, state, pid, process_started, process, started_at, newest_decision)
    VALUES (?, 'running', ?, ?, ?, ?, (SELECT coalesce(max(id), 0) FROM decisions))"""

_RUNNING_PROCESSES = (
    f"SELECT {_COLUMNS}, process, process_started FROM jobs WHERE state = 'running'"
)

_RUNNING = "SELECT id, kind, started_at, stage FROM jobs WHERE state = 'running'"

_LEARNT = """
    SELECT max(decision) FROM version_decisions
    WHERE version = (SELECT id FROM versions WHERE current = 1)"""

_REPORT = """
    UPDATE jobs SET stage = ?, done = ?, total = ?, figures = ?
    WHERE id = ? AND state = 'running'"""

_END = """
    UPDATE jobs SET state = ?, message = ?, finished_at = ? WHERE id = ? AND state = 'running'"""


def start_job(db: Database, kind: str, *, logged: bool = True) -> Job:
    """Take the project's one place for a job; until ``adopt`` it belongs to this process.

    ``logged``: what it says goes into a file of ``jobs/``, not to a terminal. A job whose process
    is gone does not hold the place. Raises ``JobRunningError`` naming the job that has it; of two
    processes that start at once exactly one gets it.
    """
    reap(db)
    with writing(db):
        try:
            pid = os.getpid()
            started = db.execute(_START, [kind, pid, _process_start(pid), _process(pid), now()])
        except sqlite3.IntegrityError as error:
            other = rows(db, _RUNNING)[0]
            stage = f", now at '{other['stage']}'" if other["stage"] else ""
            raise JobRunningError(
                f"{other['kind']} has been running since {other['started_at']}{stage}: "
                "wait until it is done, or cancel it on the page 'Model'"
            ) from error
        job_id = int(started.lastrowid or 0)
        if logged:
            log = f"jobs/{job_id}-{kind}.log"
            db.execute("UPDATE jobs SET log = ? WHERE id = ?", [log, job_id])
    return job(db, job_id)


def adopt(db: Database, job_id: int, pid: int) -> None:
    """Say which process does the job; nothing happens to a job that is over already."""
    with writing(db):
        db.execute(
            "UPDATE jobs SET pid = ?, process_started = ?, process = ?"
            " WHERE id = ? AND state = 'running'",
            [pid, _process_start(pid), _process(pid), job_id],
        )


def report(
    db: Database, job_id: int, stage: str, done: int, total: int | None = None, **figures: float
) -> None:
    """Say how far the job is; call it a few times a second at most.

    Raises ``JobOverError`` when the job no longer counts as running, so that a process given up
    for dead writes nothing more.
    """
    with writing(db, durable=False):
        values = [stage, done, total, json.dumps(figures), job_id]
        if db.execute(_REPORT, values).rowcount == 0:
            raise JobOverError(f"job {job_id} is over already ({job(db, job_id).state})")


def is_due(db: Database, kind: str, after: int) -> bool:
    """Tell whether there are ``after`` decisions since the last job of a kind, however it ended.

    Without such a job, since the last that the current version learnt from. So what fails does not
    start over at each decision. Events are told apart by their numbers, which no clock changes.
    """
    since = value(
        db, "SELECT newest_decision FROM jobs WHERE kind = ? ORDER BY id DESC LIMIT 1", [kind]
    )
    if since is None:
        since = value(db, _LEARNT)
    return int(value(db, "SELECT coalesce(max(id), 0) FROM decisions")) - (since or 0) >= after


def finish(db: Database, job_id: int, message: str = "") -> None:
    """End a job that did its work."""
    _end(db, job_id, "done", message)


def fail(db: Database, job_id: int, message: str) -> None:
    """End a job that could not do its work; ``message`` says why and what to do."""
    _end(db, job_id, "failed", message)


def stop(db: Database, job_id: int, message: str = "") -> None:
    """End a job that gave up because somebody cancelled it."""
    _end(db, job_id, "cancelled", message)


def request_cancel(db: Database, job_id: int) -> None:
    """Ask the job to give up; it does so at its next look at ``cancel_requested``."""
    with writing(db):
        db.execute("UPDATE jobs SET cancel_requested = 1 WHERE id = ?", [job_id])


def cancel_requested(db: Database, job_id: int) -> bool:
    """Tell whether somebody asked the job to give up."""
    return bool(value(db, "SELECT cancel_requested FROM jobs WHERE id = ?", [job_id]))


def reap(db: Database) -> list[Job]:
    """Mark running jobs whose process is gone as failed and give them; writes only if there are."""
    reaped = []
    for row in rows(db, _RUNNING_PROCESSES):
        if _alive(row["pid"], row.pop("process"), row.pop("process_started")):
            continue
        lost = _job(row)
        where = f" at '{lost.stage}' ({_reach(lost)})" if lost.stage else ""
        message = (
            f"the process doing it (number {lost.pid}) ended without a word{where}: it was killed, "
            "or the computer stopped. All decisions are as they were; start it again."
            + (f" What it wrote last is in {lost.log}" if lost.log else "")
        )
        with writing(db):
            # the same process as was looked at: a job adopted since then is alive
            db.execute(
                "UPDATE jobs SET state = 'failed', message = ?, finished_at = ?"
                " WHERE id = ? AND state = 'running' AND pid = ?",
                [message, now(), lost.id, lost.pid],
            )
        reaped.append(job(db, lost.id))
    return [lost for lost in reaped if lost.state == "failed"]


def running_job(db: Database) -> Job | None:
    """Give the job that runs, if its process is alive; writes nothing."""
    for row in rows(db, _RUNNING_PROCESSES):
        if _alive(row["pid"], row.pop("process"), row.pop("process_started")):
            return _job(row)
    return None


def job(db: Database, job_id: int) -> Job:
    """Give a job by its id."""
    return _job(rows(db, f"SELECT {_COLUMNS} FROM jobs WHERE id = ?", [job_id])[0])


def latest_jobs(db: Database, limit: int = 10) -> list[Job]:
    """Give the jobs started last, the newest first; ``reap`` before, to see dead ones as failed."""
    sql = f"SELECT {_COLUMNS} FROM jobs ORDER BY id DESC LIMIT ?"
    return [_job(row) for row in rows(db, sql, [limit])]


def _end(db: Database, job_id: int, state: str, message: str) -> None:
    with writing(db):
        db.execute(_END, [state, message, now(), job_id])


def _process_start(pid: int) -> float:
    """Give when a process started, seconds since 1970, 0 if it is gone."""
    try:
        return float(psutil.Process(pid).create_time())
    except psutil.NoSuchProcess:
        return 0.0


def _process(pid: int) -> str:
    """Name a process by the start of its machine and its own, '' where that cannot be read.

    On Linux the time of its start, as others tell it, goes with the clock when that is set.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return f"{boot} {stat.rpartition(')')[2].split()[_START_TICKS]}"


def _alive(pid: int, named: str, started: float) -> bool:
    try:
        process = psutil.Process(pid)
        # a killed child that nobody waited for is a zombie; another process may have its number
        if named:
            same = _process(pid) == named
        else:
            same = abs(process.create_time() - started) <= _START_TOLERANCE
        if not same:
            return False
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True  # somebody else's, and so not known to be dead


def _reach(job: Job) -> str:
    return f"{job.done:,}" if job.total is None else f"{job.done:,} of {job.total:,}"


def _job(row: dict[str, Any]) -> Job:
    values = {"figures": json.loads(row["figures"])}
    return Job(**{**row, **values, "cancel_requested": bool(row["cancel_requested"])})

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from sqlite_utils import Database

from kgreview.store import decision_events, jobs
from kgreview.store.jobs import JobOverError, JobRunningError
from kgreview.store.outcomes import Outcome

Python = Callable[..., subprocess.Popen[str]]
AtOnce = Callable[[list[subprocess.Popen[str]]], list[tuple[str, str]]]

WORK = """
    import sys, os, time
    from pathlib import Path
    from kgreview.store import jobs
    from kgreview.store.database import database
    with database(Path(sys.argv[1]), create=True) as db:
        job = jobs.start_job(db, "fine-tune")
        jobs.report(db, job.id, "train", 3, 10, loss=0.5)
        print(job.id, flush=True)
        time.sleep(60)
"""


def test_a_job_reports_and_ends(fresh_db: Database) -> None:
    job = jobs.start_job(fresh_db, "fine-tune")
    assert (job.state, job.pid, job.stage, job.finished_at) == ("running", os.getpid(), "", None)
    assert job.log == f"jobs/{job.id}-fine-tune.log"
    jobs.report(fresh_db, job.id, "train", 3, 10, loss=0.25)
    jobs.report(fresh_db, job.id, "score", 70, loss=0.125)
    seen = jobs.job(fresh_db, job.id)
    assert (seen.stage, seen.done, seen.total, seen.figures) == ("score", 70, None, {"loss": 0.125})
    jobs.finish(fresh_db, job.id, "v2 is current")
    over = jobs.job(fresh_db, job.id)
    assert (over.state, over.message) == ("done", "v2 is current")
    assert over.finished_at is not None


@pytest.mark.parametrize(
    ("end", "state"), [(jobs.finish, "done"), (jobs.fail, "failed"), (jobs.stop, "cancelled")]
)
def test_what_is_over_stays_over(
    fresh_db: Database, end: Callable[[Database, int, str], None], state: str
) -> None:
    job = jobs.start_job(fresh_db, "score")
    end(fresh_db, job.id, "first")
    for late in (jobs.finish, jobs.fail, jobs.stop):
        late(fresh_db, job.id, "late")
    jobs.adopt(fresh_db, job.id, 1)
    seen = jobs.job(fresh_db, job.id)
    assert (seen.state, seen.message, seen.pid) == (state, "first", os.getpid())
    with pytest.raises(JobOverError, match=f"over already .{state}."):
        jobs.report(fresh_db, job.id, "score", 1)
    assert jobs.start_job(fresh_db, "score").state == "running"  # the place is free


def test_the_second_job_is_told_of_the_first(fresh_db: Database) -> None:
    job = jobs.start_job(fresh_db, "fine-tune")
    jobs.report(fresh_db, job.id, "train", 1, 10)
    with pytest.raises(
        JobRunningError, match=r"fine-tune has been running since .*, now at 'train'"
    ):
        jobs.start_job(fresh_db, "score")
    assert len(jobs.latest_jobs(fresh_db)) == 1


def test_cancelling_is_a_request_the_job_looks_at(fresh_db: Database) -> None:
    job = jobs.start_job(fresh_db, "fine-tune")
    assert not jobs.cancel_requested(fresh_db, job.id)
    jobs.request_cancel(fresh_db, job.id)
    assert jobs.cancel_requested(fresh_db, job.id)
    assert jobs.job(fresh_db, job.id).cancel_requested
    assert jobs.job(fresh_db, job.id).state == "running"


def test_the_latest_jobs_come_newest_first(fresh_db: Database) -> None:
    for kind in ("block", "train", "score"):
        jobs.finish(fresh_db, jobs.start_job(fresh_db, kind).id)
    assert [job.kind for job in jobs.latest_jobs(fresh_db, 2)] == ["score", "train"]


def test_of_processes_that_start_a_job_at_once_one_wins(
    path: Path, python: Python, at_once: AtOnce
) -> None:
    code = """
        import sys, time
        from pathlib import Path
        from kgreview.store import jobs
        from kgreview.store.database import database
        with database(Path(sys.argv[1]), create=True) as db:
            print("ready", flush=True)
            sys.stdin.readline()
            try:
                jobs.start_job(db, "fine-tune")
                print("won", flush=True)
            except jobs.JobRunningError:
                print("told", flush=True)
            time.sleep(1)
    """
    answers = at_once([python(code, path) for _ in range(3)])
    assert [errors for _, errors in answers] == [""] * 3
    assert sorted(out.strip() for out, _ in answers) == ["told", "told", "won"]


@pytest.mark.parametrize("waited_for", [True, False], ids=["gone", "zombie"])
def test_a_killed_job_becomes_failed_and_can_be_started_again(
    path: Path, fresh_db: Database, python: Python, waited_for: bool
) -> None:
    process = python(WORK, path)
    assert process.stdout is not None
    job_id = int(process.stdout.readline())
    assert jobs.reap(fresh_db) == []
    process.send_signal(signal.SIGKILL)
    if waited_for:
        process.wait()
    else:
        time.sleep(0.2)
    (lost,) = jobs.reap(fresh_db)
    assert (lost.id, lost.state) == (job_id, "failed")
    assert lost.finished_at is not None
    assert "at 'train' (3 of 10)" in lost.message
    assert "start it again" in lost.message
    assert jobs.reap(fresh_db) == []
    assert jobs.start_job(fresh_db, "fine-tune").id == job_id + 1


def test_a_killed_job_does_not_hold_the_place(
    path: Path, fresh_db: Database, python: Python
) -> None:
    process = python(WORK, path)
    assert process.stdout is not None
    process.stdout.readline()
    process.kill()
    process.wait()
    again = jobs.start_job(fresh_db, "fine-tune")
    assert [job.state for job in jobs.latest_jobs(fresh_db)] == ["running", "failed"]
    assert again.state == "running"


def test_a_job_outlives_the_process_that_started_it(fresh_db: Database) -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        job = jobs.start_job(fresh_db, "fine-tune")
        jobs.adopt(fresh_db, job.id, child.pid)
        assert jobs.job(fresh_db, job.id).pid == child.pid
        assert jobs.reap(fresh_db) == []
    finally:
        child.kill()
        child.wait()
    assert [lost.id for lost in jobs.reap(fresh_db)] == [job.id]


def test_a_child_that_died_before_it_was_named_is_found(fresh_db: Database) -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    job = jobs.start_job(fresh_db, "fine-tune")
    jobs.adopt(fresh_db, job.id, child.pid)
    assert [lost.id for lost in jobs.reap(fresh_db)] == [job.id]


@pytest.mark.parametrize("other", ["", "another-start 17"])
def test_another_process_under_the_same_number_is_not_taken_for_the_job(
    fresh_db: Database, other: str
) -> None:
    job = jobs.start_job(fresh_db, "fine-tune")  # by this process, which lives
    fresh_db.execute(
        "UPDATE jobs SET process_started = process_started - 3600, process = ?", [other]
    )
    assert [lost.id for lost in jobs.reap(fresh_db)] == [job.id]


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the kernel tells no ticks")
def test_a_clock_that_is_set_ends_no_job(
    fresh_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = jobs.start_job(fresh_db, "fine-tune")
    started = psutil.Process.create_time
    monkeypatch.setattr(psutil.Process, "create_time", lambda self: started(self) + 3600.0)
    assert jobs.reap(fresh_db) == []
    running = jobs.running_job(fresh_db)
    assert running is not None
    assert running.id == job.id


def test_a_clock_once_ahead_does_not_keep_the_next_fine_tuning_waiting(
    db: Database, say: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "now", lambda: "2099-01-01T00:00:00.000+00:00")
    jobs.fail(db, jobs.start_job(db, "fine-tune").id, "it failed")
    say(db, "ann", "a", "x", Outcome.MATCH)
    assert not jobs.is_due(db, "fine-tune", 2)
    say(db, "ann", "a", "y", Outcome.NO_MATCH)
    assert jobs.is_due(db, "fine-tune", 2)
    monkeypatch.undo()
    monkeypatch.setattr(decision_events, "now", lambda: "2099-01-01T00:00:00.000+00:00")
    say(db, "ann", "b", "x", Outcome.NO_MATCH)
    monkeypatch.undo()
    jobs.fail(db, jobs.start_job(db, "fine-tune").id, "it failed")
    assert not jobs.is_due(db, "fine-tune", 1)

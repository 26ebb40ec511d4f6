"""Kill the app and its jobs while people review, fill the disk, hold the database; what is lost?

    python benchmarks/kills.py [--project PROJECT] [--kills 20] [--curators 4] [--seed 0]
                               [--only server job disk held]

Without --project the sample project is made first, by the same steps as ``kgreview demo``. What is
reviewed is a copy. Curators press Accept and Reject in sessions of a running server, without a
pause, while fine-tunings run.

- server: at a random moment the server is killed (SIGKILL), and started anew.
- job: at a random moment the process of the fine-tuning is.
- disk: the project lies on a file system that is filled to the last byte, and emptied again. Where
  none can be mounted, the kernel refuses the server to write (RLIMIT_FSIZE).
- held: another process holds the write lock of the database, once for less and once for longer
  than the app waits for it.

After each of them the database is checked, and each decision that a page showed as saved is looked
up in it. Whatever a page shows beside that must be one line that says what to do. The exit status
is 1 where a decision is lost, the file is damaged, or a page showed anything else.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
from browser import served, wait_until_up
from desk_session import DeskSession, SessionError
from made_up import sample_or_copy
from team import SAVED, Work, arguments, lost_decisions, server_process

from kgreview.errors import KGReviewError
from kgreview.pipeline import jobs
from kgreview.pipeline.project import Project
from kgreview.store.database import BUSY_SECONDS
from kgreview.store.jobs import job

KINDS = ("server", "job", "disk", "held")
_GONE = re.compile(r"the server closed|ConnectionRefused|ConnectionReset|EOFError|timed out")
_ROOM = 24 * 2**20  # bytes that the file system has beside the project


class Team:
    """Curators at a server, each in a thread, until they are told to stop."""

    def __init__(self, address: str, curators: int, path: Path) -> None:
        self.address, self.path = address, path
        self.work = [Work() for _ in range(curators)]
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=self._curate, args=(f"curator {number}", each), daemon=True)
            for number, each in enumerate(self.work)
        ]

    def __enter__(self) -> Team:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(90)

    @property
    def saved(self) -> int:
        """How many decisions pages have shown as saved."""
        return sum(len(each.saved) for each in self.work)

    def goes_on(self, seconds: float = 60.0) -> bool:
        """Whether something more is saved before long."""
        before, until = self.saved, time.monotonic() + seconds
        while time.monotonic() < until:
            if self.saved > before:
                return True
            time.sleep(0.05)
        return False

    def _curate(self, name: str, work: Work) -> None:
        session: DeskSession | None = None
        number = 0
        while not self._over.is_set():
            try:
                if session is None:
                    session = DeskSession(self.address, name, timeout=90.0)
                number += 1
                answer(session, work, ("match", "no_match")[number % 2])
            except (SessionError, OSError) as error:
                words = str(error)
                if not _GONE.search(words):
                    work.problems[words[:200]] += 1
                if session is not None:
                    session.close()
                session = None
                time.sleep(0.2)
        if session is not None:
            session.close()


def answer(session: DeskSession, work: Work, what: str) -> None:
    """Press once, and note what the page then shows as saved."""
    shown = session.shown
    if what not in shown.buttons:
        what = "both" if "both" in shown.buttons else "keep"
    if what not in shown.buttons or shown.token is None:
        raise SessionError(f"no pair is shown: {shown.said}")
    session.press(what)
    outcome = SAVED.get(session.shown.said.partition(":")[0])
    if session.shown.token != shown.token and outcome is not None:
        work.saved[shown.token] = outcome


def main() -> int:
    """Do it all, print and check; give the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--project", type=Path, help="a project that was trained and scored")
    parser.add_argument("--kills", type=int, default=20, help="of the server, and of jobs")
    parser.add_argument("--curators", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="+", choices=KINDS, default=KINDS)
    options = parser.parse_args()
    random.seed(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "made"
        sample_or_copy(made, options.project)
        wrong = [
            words
            for kind in options.only
            for words in DISASTERS[kind](made, Path(folder) / kind, options)
        ]
    for words in wrong:
        print(f"WRONG {words}")
    return int(bool(wrong))


# ---------------------------------------------------------------- disasters


def kill_servers(made: Path, folder: Path, options: argparse.Namespace) -> list[str]:
    """Kill the server again and again; give what went wrong."""
    path = copied(made, folder)
    wrong, work = list[str](), list[Work]()
    for number in range(options.kills):
        with contextlib.suppress(ProcessLookupError), served("review", str(path)) as address:
            wait_until_up(address)
            with Team(address, options.curators, path) as team:
                with contextlib.suppress(KGReviewError):
                    jobs.start_finetuning(Project.open(path))
                team.goes_on()
                time.sleep(random.uniform(0.0, 3.0))
                killed = killed_server(address)
            work += team.work
        wrong += whole(path, work, f"after kill {number + 1} of the server")
        if not died(killed):
            wrong.append("what explains goes on without its server")
    tell("server", options.kills, work)
    return wrong + odd(work)


def kill_jobs(made: Path, folder: Path, options: argparse.Namespace) -> list[str]:
    """Kill one fine-tuning after another; give what went wrong."""
    path = copied(made, folder)
    wrong, work = list[str](), list[Work]()
    project, states = Project.open(path), Counter[str]()
    with served("review", str(path)) as address:
        wait_until_up(address)
        with Team(address, options.curators, path) as team:
            work = team.work
            team.goes_on()
            for number in range(options.kills):
                with contextlib.suppress(KGReviewError):  # one that was due has begun by itself
                    jobs.start_finetuning(project)
                time.sleep(random.uniform(0.5, 12.0))
                running = jobs.latest(project)
                if running is None or running.state != "running":
                    states["over before it was killed"] += 1
                    continue
                with contextlib.suppress(ProcessLookupError):
                    os.kill(running.pid, signal.SIGKILL)
                time.sleep(0.5)
                states[state_of(project, running.id)] += 1
                wrong += whole(path, work, f"after kill {number + 1} of a job")
            if not team.goes_on():
                wrong.append("nobody decides any more after the jobs were killed")
    print(f"job: {dict(states)}")
    if states["running"]:
        wrong.append("a job that was killed is shown as running")
    tell("job", options.kills, work)
    return wrong + odd(work)


def fill_disk(made: Path, folder: Path, options: argparse.Namespace) -> list[str]:
    """Let the disk be full for a while; give what went wrong."""
    wrong = list[str]()
    with small_disk(made, folder) as (path, is_mounted), served("review", str(path)) as address:
        wait_until_up(address)
        with Team(address, options.curators, path) as team:
            team.goes_on()
            with filled(folder, server_process(address), is_mounted=is_mounted):
                time.sleep(15)
                refused = sum((each.problems for each in team.work), Counter[str]())
            if not team.goes_on():
                wrong.append("nobody decides any more once there is room again")
        wrong += whole(path, team.work, "after the disk was full")
        print(f"disk: {'a full file system' if is_mounted else 'RLIMIT_FSIZE'}")
        for words, times in refused.most_common():
            print(f"  {times} × {words}")
        if not any("nothing was saved" in words for words in refused):
            wrong.append("a full disk is not told of")
        tell("disk", 1, team.work)
    return wrong + odd(team.work)


def hold_database(made: Path, folder: Path, options: argparse.Namespace) -> list[str]:
    """Hold the write lock for a while, and for longer than the app waits; give what went wrong."""
    path = copied(made, folder)
    wrong = list[str]()
    with served("review", str(path)) as address:
        wait_until_up(address)
        with Team(address, options.curators, path) as team:
            team.goes_on()
            for seconds in (5.0, BUSY_SECONDS + 10.0):
                before = sum((each.problems for each in team.work), Counter[str]())
                hold(path, seconds)
                if not team.goes_on():
                    wrong.append(
                        f"nobody decides any more after {seconds:.0f} s of a held database"
                    )
                refused = sum((each.problems for each in team.work), Counter[str]()) - before
                print(f"held for {seconds:.0f} s: {sum(refused.values())} told of it")
                for words, times in refused.most_common():
                    print(f"  {times} × {words}")
                if seconds < BUSY_SECONDS and refused:
                    wrong.append("a short hold of the database is no reason to refuse")
                if seconds > BUSY_SECONDS and not refused:
                    wrong.append("a database that stays held is not told of")
        wrong += whole(path, team.work, "after the database was held")
        tell("held", 2, team.work)
    return wrong + odd(team.work)


DISASTERS: dict[str, Callable[[Path, Path, argparse.Namespace], list[str]]] = {
    "server": kill_servers,
    "job": kill_jobs,
    "disk": fill_disk,
    "held": hold_database,
}

# ---------------------------------------------------------------- what they do


def copied(made: Path, folder: Path) -> Path:
    """Copy the project to where it comes to harm."""
    path = folder / "project"
    shutil.copytree(made, path)
    return path


def state_of(project: Project, job_id: int) -> str:
    """Say how a job stands, that the app has looked after since."""
    jobs.latest(project)
    with project.database() as db:
        return job(db, job_id).state


def killed_server(address: str) -> list[psutil.Process]:
    """Kill the server at once; give the processes it has started, which nobody has killed."""
    server = server_process(address)
    children = [
        each
        for each in server.children(recursive=True)
        if "kgreview.pipeline.explanation_process" in arguments(each)
    ]
    server.kill()
    return children


def died(processes: list[psutil.Process]) -> bool:
    """Whether processes end by themselves before long."""
    _, alive = psutil.wait_procs(processes, timeout=20)
    return not alive


def hold(path: Path, seconds: float) -> None:
    """Have another process take the write lock of the database, and keep it."""
    script = (
        "import sqlite3, sys, time\n"
        "db = sqlite3.connect(sys.argv[1], timeout=60, isolation_level=None)\n"
        "db.execute('BEGIN IMMEDIATE'); time.sleep(float(sys.argv[2])); db.execute('ROLLBACK')"
    )
    file = str(path / "kgreview.db")
    subprocess.run([sys.executable, "-c", script, file, str(seconds)], check=True)


@contextlib.contextmanager
def small_disk(made: Path, folder: Path) -> Iterator[tuple[Path, bool]]:
    """Copy the project to a file system with little room, or beside where none can be mounted."""
    folder.mkdir()
    size = sum(each.stat().st_size for each in made.rglob("*") if each.is_file()) + _ROOM
    mounted = (
        shutil.which("mount") is not None
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)],
            capture_output=True,
            check=False,
        ).returncode
    )
    try:
        yield copied(made, folder), mounted
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextlib.contextmanager
def filled(folder: Path, server: psutil.Process, *, is_mounted: bool) -> Iterator[None]:
    """Fill the file system, or have the kernel refuse the server to write, for a while."""
    if is_mounted:
        filler = folder / "filler"
        with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(4096))
        try:
            yield
        finally:
            filler.unlink()
        return
    soft, hard = server.rlimit(psutil.RLIMIT_FSIZE)
    server.rlimit(psutil.RLIMIT_FSIZE, (4096, hard))
    try:
        yield
    finally:
        server.rlimit(psutil.RLIMIT_FSIZE, (soft, hard))


# ---------------------------------------------------------------- what is seen


def whole(path: Path, work: list[Work], when: str) -> list[str]:
    """Check the file, and that all stands in it that was shown as saved."""
    db = sqlite3.connect(path / "kgreview.db", timeout=60)
    checked = db.execute("PRAGMA integrity_check").fetchall()
    db.close()
    wrong = [] if checked == [("ok",)] else [f"{when} the database is damaged: {checked[:2]}"]
    return wrong + [f"{when} a decision is lost: {words}" for words in lost_decisions(path, work)]


def odd(work: list[Work]) -> list[str]:
    """Give what pages showed that is no line on what to do."""
    shown = sum((each.problems for each in work), Counter[str]())
    return [f"a page showed {words!r}" for words in shown if not _MEANT.search(words)]


_MEANT = re.compile(r"nothing was saved|could not take it|held by another|no pair is shown")


def tell(kind: str, times: int, work: list[Work]) -> None:
    """Print what came of it."""
    shown = sum(len(each.saved) for each in work)
    print(f"{kind}: {times} times, {shown:,} decisions shown as saved", flush=True)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.exit(main())

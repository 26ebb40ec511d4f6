"""What goes wrong around a job: no decision is lost, and nothing half-written is ever current."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from kgreview.aligner.checkpoint import Checkpoint
from kgreview.aligner.settings import AlignerSettings
from kgreview.errors import KGReviewError
from kgreview.pipeline import job_process, jobs, processes
from kgreview.pipeline.project import Project
from kgreview.pipeline.run import make_ready
from kgreview.pipeline.scoring import score_project
from kgreview.pipeline.training import finetune_project, train_project
from kgreview.progress import Progress
from kgreview.store import database as store
from kgreview.store.database import StoreError
from kgreview.store.deciding import decide
from kgreview.store.decisions import standing
from kgreview.store.jobs import Job, JobRunningError, job, reap, start_job
from kgreview.store.outcomes import Outcome
from kgreview.store.queue import next_question
from kgreview.store.versions import current_version, outdated, versions

TINY = AlignerSettings(members=2, trees=10, epochs=2, steps=20)

# A process that has torch and all else in memory, and does jobs in children of its own: they begin
# at once, so that kills meet them at work. For each line it reads, one job. The optimiser is there
# for what it imports when it is first made, which takes four times as long as the job.
NURSERY = """
import dataclasses, os, sys
from pathlib import Path
import torch
from kgreview.store.jobs import start_job
from kgreview.pipeline import job_process, jobs, training
from kgreview.pipeline.project import Project

torch.set_num_threads(1)
torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))])
fit = training.fit_aligner
def quick(*args, **kwargs):
    few = dataclasses.replace(args[5], steps=8, epochs=2)
    return fit(*args[:5], few, **kwargs)
training.fit_aligner = quick
job_process._measure_attention = lambda *_: None
path = Path(sys.argv[1])
print("ready", flush=True)
for _ in sys.stdin:
    child = os.fork()
    if child == 0:
        sys.stdout = open(os.devnull, "w")  # where its log would be
        with Project(path, None).database() as db:
            started = start_job(db, "fine-tune")
        os._exit(job_process.run(path, started.id))
    print(child, flush=True)
    os.waitpid(child, 0)
    print("over", flush=True)
"""


def say(project: Project, number: int, curator: str = "Ada") -> None:
    with project.database() as db:
        for turn in range(number):
            asked = next_question(db, curator)
            assert asked is not None
            decide(
                db,
                left=asked.left,
                right=asked.right,
                curator=curator,
                outcome=Outcome.MATCH if turn % 2 else Outcome.NO_MATCH,
                seconds=1.0,
                version=asked.version,
                score=asked.score,
                strategy=asked.strategy,
                question=asked.token,
            )


def everything_is_whole(project: Project) -> None:
    """The current version has all it needs, and so has every other that was entered."""
    with project.database() as db:
        known, current = versions(db), current_version(db)
        assert current is not None
        assert current.scored
        (scores,) = db.execute(
            "SELECT count(*) FROM scores WHERE version = (SELECT id FROM versions WHERE current)"
        ).fetchone()
        (beside,) = db.execute("SELECT count(*) FROM added_pairs").fetchone()
        asked = next_question(db, "Grace")
        old = outdated(db)
    pairs = len(project.candidates().left)
    assert scores == pairs + beside  # pairs that links name and blocking lost have scores, too
    assert asked is not None
    assert asked.version == current.name
    for version in known:
        folder = project.version_folder(version.name)
        Checkpoint.load(folder)
        for column in ("scores", "logits", "attention"):
            path = folder / f"{column}.npy"
            dropped = column == "attention" and version.name in old and not path.exists()
            assert dropped or len(np.load(path, mmap_mode="r")) == pairs


@pytest.fixture
def tiny(tmp_path: Path) -> Project:
    """Eighty people in two graphs, half of them linked, and a network of next to nothing."""
    rng = np.random.default_rng(0)
    syllables = ["ka", "ro", "mi", "ten", "sol", "vey", "dan", "lu", "pra", "nek"]
    names = [" ".join("".join(rng.choice(syllables, 3)) for _ in range(2)) for _ in range(80)]
    pair = tmp_path / "pair"
    for side in ("left", "right"):
        (pair / side).mkdir(parents=True)
        ids = [f"{side}{number}" for number in range(80)]
        tables = {
            "entities": ["id\ttype", *(f"{one}\tperson" for one in ids)],
            "attributes": [
                "entity\tattribute\tvalue",
                *(f"{one}\tname\t{name}" for one, name in zip(ids, names, strict=True)),
            ],
            "relations": [
                "head\trelation\ttail",
                *(f"{one}\tknows\t{ids[number // 2]}" for number, one in enumerate(ids)),
            ],
        }
        for table, lines in tables.items():
            (pair / side / f"{table}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (pair / "links").mkdir()
    for split, some in (("train", range(25)), ("valid", range(25, 40))):
        lines = ["left\tright", *(f"left{number}\tright{number}" for number in some)]
        (pair / "links" / f"{split}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    make_ready(tmp_path / "tiny", pair, settings=TINY, device="cpu")
    return Project.open(tmp_path / "tiny")


@pytest.fixture
def nursery(tiny: Project) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", NURSERY, str(tiny.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    yield process
    process.kill()
    process.communicate()


def one_job(nursery: subprocess.Popen[str], kill_after: float | None = None) -> float:
    """Let a child do a job, and kill it if it is still at it by then; gives the seconds it took."""
    assert nursery.stdin is not None
    assert nursery.stdout is not None
    started = time.monotonic()
    nursery.stdin.write("go\n")
    nursery.stdin.flush()
    child = int(nursery.stdout.readline())
    if kill_after is not None:
        time.sleep(kill_after)
        with contextlib.suppress(ProcessLookupError):  # it may be over already
            os.kill(child, signal.SIGKILL)
    assert nursery.stdout.readline() == "over\n"
    return time.monotonic() - started


@pytest.mark.parametrize(
    "kills", [5, pytest.param(100, marks=[pytest.mark.slow, pytest.mark.timeout(900)])]
)
def test_a_job_killed_at_any_moment_leaves_everything_whole(
    tiny: Project, nursery: subprocess.Popen[str], kills: int
) -> None:
    project = tiny
    say(project, 12)
    with project.database() as db:
        said = standing(db)
    whole = statistics.median(one_job(nursery) for _ in range(3))
    rng = np.random.default_rng(kills)
    met = 0  # jobs at work
    for moment in rng.uniform(0, whole, kills):
        one_job(nursery, kill_after=float(moment))
        with project.database() as db:
            met += len(reap(db))
            assert standing(db) == said
        everything_is_whole(project)
    assert met > kills / 3, "of a job that is over already a kill shows nothing"
    one_job(nursery)
    last = jobs.latest(project)
    assert last is not None
    assert last.state == "done", last.message
    everything_is_whole(project)
    left = [path.name for path in (project.path / "models").iterdir() if "new" in path.name]
    assert left == [], "what killed work left is cleared"


# ---------------------------------------------------------------- the disk

LIMITED = """
import resource, sys
from pathlib import Path
from kgreview.store.jobs import start_job
from kgreview.pipeline import job_process, jobs
from kgreview.pipeline.project import Project
path, limit = Path(sys.argv[1]), int(sys.argv[2])
with Project.open(path).database() as db:
    started = start_job(db, "fine-tune")
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
sys.exit(job_process.run(path, started.id))
"""


@pytest.mark.parametrize("share", [0.9, 0.01])
def test_a_full_disk_ends_the_job_with_words_and_not_with_a_crash(
    small_sample: Path, share: float
) -> None:
    project = Project.open(small_sample)
    say(project, 12)
    with project.database() as db:
        said = standing(db)
    largest = (project.version_folder("v1") / "attention.npy").stat().st_size
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(small_sample), str(int(share * largest))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, f"not by a signal: {done.stderr}"
    last = jobs.latest(project)
    assert last is not None
    assert last.state == "failed"
    # where not even the database could be written, the log and the missing process tell
    expected = ("free some room", "free space", "ended without a word")
    assert any(words in last.message for words in expected), last.message
    with project.database() as db:
        assert standing(db) == said
    everything_is_whole(project)
    say(project, 1)
    assert not list((small_sample / "models").glob("v2"))


# ---------------------------------------------------------------- the model folder


def test_without_the_model_folder_decisions_go_on_and_the_message_says_what_to_do(
    small_sample: Path, few_steps: AlignerSettings
) -> None:
    project = Project.open(small_sample)
    shutil.rmtree(small_sample / "models")
    say(project, 12)
    with pytest.raises(KGReviewError, match=r"is gone; restore .*`kgreview run`"):
        finetune_project(project, device="cpu")
    name = train_project(project, settings=few_steps, device="cpu").name
    score_project(project, name, device="cpu")
    with project.database() as db:
        current = current_version(db)
    assert current is not None
    assert current.name == name


def test_a_model_folder_removed_under_the_job_fails_it_in_words(small_sample: Path) -> None:
    project = Project.open(small_sample)
    say(project, 12)
    ended = run_here(project, lambda: shutil.rmtree(small_sample / "models"))
    assert ended.state == "failed"
    assert "is gone" in ended.message
    assert "kgreview run" in ended.message
    with project.database() as db:
        assert len(standing(db)) == 12


def run_here(project: Project, at_work: Callable[[], object]) -> Job:
    """Do a fine-tuning job in this process; ``at_work`` is called when it has begun to train."""
    with project.database() as db:
        started = start_job(db, "fine-tune")
    reporter, called = job_process.reporter, False

    def watched(*args: object) -> Progress:
        tell = reporter(*args)  # type: ignore[arg-type]

        def told(stage: str, done: int, total: int | None = None, **figures: float) -> None:
            nonlocal called
            if not called and stage.startswith("train"):
                called = True
                at_work()
            tell(stage, done, total, **figures)

        return told

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(job_process, "reporter", watched)
        patch.setattr(job_process, "_measure_attention", lambda *_: None)
        job_process.run(project.path, started.id)
    assert called
    with project.database() as db:
        return job(db, started.id)


# ---------------------------------------------------------------- the database

HOLD = """
import sqlite3, sys, time
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("BEGIN IMMEDIATE")
print("held", flush=True)
time.sleep(float(sys.argv[2]))
"""


def hold(project: Project, seconds: float) -> subprocess.Popen[str]:
    """Let another process keep the database's write lock for so long."""
    path = str(project.path / "kgreview.db")
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, path, str(seconds)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    return holder


@pytest.mark.parametrize(
    ("patience", "held"), [(0.3, 1.5), pytest.param(30.0, 30.0, marks=pytest.mark.slow)]
)
def test_a_job_outlasts_a_database_that_another_process_holds(
    small_sample: Path, monkeypatch: pytest.MonkeyPatch, patience: float, held: float
) -> None:
    project = Project.open(small_sample)
    say(project, 12)
    monkeypatch.setattr(store, "BUSY_SECONDS", patience)
    holders: list[subprocess.Popen[str]] = []

    def another_process() -> None:
        holders.append(hold(project, held))
        if patience < held:  # a curator is told, and loses nothing
            with pytest.raises(StoreError, match=r"held by another process .* try again"):
                say(project, 1)

    ended = run_here(project, another_process)
    holders[0].communicate()
    assert ended.state == "done", ended.message
    everything_is_whole(project)
    say(project, 1)


def test_a_database_held_for_good_fails_the_job_and_nothing_is_half_written(
    small_sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project.open(small_sample)
    say(project, 12)
    monkeypatch.setattr(store, "BUSY_SECONDS", 0.2)
    holders: list[subprocess.Popen[str]] = []
    stuck = run_here(project, lambda: holders.append(hold(project, 600)))
    holders[0].kill()
    holders[0].communicate()
    assert stuck.state == "running", "not even the failure could be written down"
    everything_is_whole(project)
    with project.database() as db:
        assert [version.name for version in versions(db)] == ["v1"]
        assert len(standing(db)) == 12


def test_of_two_jobs_that_start_at_once_one_runs_and_the_other_is_told(
    small_sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project.open(small_sample)
    say(project, 12)
    sleeper = [sys.executable, "-c", "import time; time.sleep(60)"]
    real = subprocess.Popen
    children: list[subprocess.Popen[bytes]] = []

    def sleeping(_: list[str], **how: object) -> subprocess.Popen[bytes]:
        children.append(real(sleeper, **how))  # type: ignore[call-overload]
        return children[-1]

    monkeypatch.setattr(processes.subprocess, "Popen", sleeping)
    barrier, came = threading.Barrier(2), []

    def start() -> None:
        barrier.wait()
        try:
            came.append(jobs.start_finetuning(project).state)
        except JobRunningError as error:
            came.append(str(error))

    threads = [threading.Thread(target=start) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(children) == 1
    assert "running" in came
    (told,) = [words for words in came if words != "running"]
    assert "wait until it is done, or cancel it" in told
    children[0].kill()
    children[0].wait()
    killed = jobs.latest(project)
    assert killed is not None
    assert killed.state == "failed"
    assert "start it again" in killed.message

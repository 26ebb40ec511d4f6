"""A database small enough to know by heart, and processes of their own to disturb it."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlite_utils import Database

import kgreview
from kgreview.store.candidate_pairs import CandidateBatch, replace_candidates
from kgreview.store.database import database
from kgreview.store.deciding import decide
from kgreview.store.decisions import Decision
from kgreview.store.outcomes import Outcome
from kgreview.store.versions import add_version, promote, write_scores

Pairs = Sequence[tuple[str, str]]

# ids 0 to 3; with the threshold at .5 the queue asks b-z, a-y, b-x, a-x
PAIRS = [("a", "x"), ("a", "y"), ("b", "x"), ("b", "z")]
SCORES = [0.9, 0.55, 0.3, 0.5]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kgreview.db"


@pytest.fixture
def fresh_db(path: Path) -> Iterator[Database]:
    """A new database without anything in it."""
    with database(path, create=True) as db:
        yield db


@pytest.fixture
def put() -> Callable[..., None]:
    """Put pairs into a database, with the first version's scores where they are given."""

    def put(
        db: Database, pairs: Pairs, scores: Sequence[float] | None = None, audit: float = 0.0
    ) -> None:
        left, right = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        films = ["film"] * len(pairs)
        replace_candidates(
            db, [CandidateBatch(left, right, films, films)], audit_share=audit, seed=1
        )
        if scores is not None:
            score(db, "v1", scores)
            promote(db, "v1")

    return put


def score(db: Database, name: str, scores: Sequence[float], parent: str | None = None) -> None:
    add_version(
        db, name, parent=parent, kind="trained", settings={}, figures={}, seed=0, threshold=0.5
    )
    write_scores(db, name, [(np.arange(len(scores)), np.array(scores))])


@pytest.fixture(name="score")
def score_fixture() -> Callable[..., None]:
    """Add a version and let it score."""
    return score


@pytest.fixture
def db(fresh_db: Database, put: Callable[..., None]) -> Database:
    """The four pairs, scored by the current version ``v1``."""
    put(fresh_db, PAIRS, SCORES)
    return fresh_db


@pytest.fixture
def say() -> Callable[..., Decision]:
    """Let a curator decide a pair, to a new question each time."""

    def say(
        db: Database, curator: str, left: str, right: str, outcome: Outcome, **details: Any
    ) -> Decision:
        shown = {
            "seconds": 1.5,
            "version": "v1",
            "score": 0.5,
            "hidden": False,
            "strategy": "uncertainty",
            "question": uuid.uuid4().hex,
        }
        return decide(
            db, left=left, right=right, curator=curator, outcome=outcome, **{**shown, **details}
        )

    return say


@pytest.fixture
def open_pairs() -> Callable[[Database], set[tuple[str, str]]]:
    """Give the pairs in the queue of the current version."""

    def open_pairs(db: Database) -> set[tuple[str, str]]:
        return set(
            db.execute(
                "SELECT c.left, c.right FROM candidates c JOIN scores s ON s.candidate = c.id"
                " JOIN versions v ON v.id = s.version WHERE v.current = 1 AND s.open = 1"
            )
        )

    return open_pairs


@pytest.fixture
def python() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Run lines of Python in a process of its own; what still runs at the end is killed."""
    started: list[subprocess.Popen[str]] = []
    root = Path(kgreview.__file__).parents[1]

    def python(code: str, *arguments: object) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(root)},
        )
        started.append(process)
        return process

    yield python
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def at_once() -> Callable[[Sequence[subprocess.Popen[str]]], list[tuple[str, str]]]:
    """Let processes that wait for a line go on together; gives what each said and its errors."""

    def at_once(processes: Sequence[subprocess.Popen[str]]) -> list[tuple[str, str]]:
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        return [process.communicate(timeout=60) for process in processes]

    return at_once


@pytest.fixture
def steps() -> Callable[[Database, Callable[[], object]], int]:
    """Count the steps of SQLite's machine that some work takes: the same on every machine."""

    def steps(db: Database, work: Callable[[], object]) -> int:
        count = 0

        def step() -> int:
            nonlocal count
            count += 1
            return 0

        db.conn.set_progress_handler(step, 1)
        try:
            work()
        finally:
            db.conn.set_progress_handler(None, 0)
        return count

    return steps

"""What curators must not lose when several of them, and a killer, are at work at once."""

import random
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlite_utils import Database

from kgreview.errors import InputError
from kgreview.store.asked_types import open_count
from kgreview.store.candidate_pairs import candidate_count
from kgreview.store.conditions import CLOSED
from kgreview.store.database import database
from kgreview.store.versions import add_version, current_version, promote, version

Python = Callable[..., subprocess.Popen[str]]
Put = Callable[..., None]

CURATE = """
    import sys
    from pathlib import Path
    from kgreview.store.database import database
    from kgreview.store.deciding import decide, undo
    from kgreview.store.outcomes import Outcome
    from kgreview.store.queue import next_question

    path, curator, number, undone = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
    for i in range(number):
        with database(path) as db:
            asked = next_question(db, curator)
            if asked is None:
                break
        with database(path) as db:
            saved = decide(
                db, left=asked.left, right=asked.right, curator=curator,
                outcome=(Outcome.MATCH, Outcome.NO_MATCH, Outcome.NO_COUNTERPART)[i % 3],
                seconds=1.0, version=asked.version, score=asked.score, hidden=False,
                strategy=asked.strategy, question=asked.token,
            )
            print(saved.id, asked.token, flush=True)
            if undone == "undo" and i % 4 == 3:
                undo(db, curator)
"""


def assert_whole(db: Database) -> None:
    """Check the file, its references, and all that is derived against what it is derived from."""
    assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    wrong = f"""
        SELECT count(*) FROM scores s JOIN candidates c ON c.id = s.candidate
        WHERE s.open <> NOT {CLOSED}"""
    assert db.execute(wrong).fetchone() == (0,)
    opened = """
        SELECT count(*) FROM scores s JOIN versions v ON v.id = s.version
        WHERE v.current = 1 AND s.open = 1"""
    assert db.execute(opened).fetchone() == (open_count(db),)
    stands = "SELECT curator, outcome, count(*) FROM standing_decisions GROUP BY 1, 2 ORDER BY 1, 2"
    tallies = "SELECT curator, outcome, standing FROM tallies WHERE standing <> 0 ORDER BY 1, 2"
    assert db.execute(stands).fetchall() == db.execute(tallies).fetchall()


def many(number: int) -> list[tuple[str, str]]:
    return [(f"l{i // 2:05}", f"r{i:05}") for i in range(number)]


def test_two_processes_deciding_at_once_lose_nothing_and_never_share_a_pair(
    path: Path, fresh_db: Database, put: Put, python: Python
) -> None:
    put(fresh_db, many(2000), [i / 2000 for i in range(2000)], audit=0.1)
    processes = [python(CURATE, path, curator, 200, "keep") for curator in ("ann", "bob")]
    answers = [process.communicate(timeout=120) for process in processes]
    assert [errors for _, errors in answers] == ["", ""]
    printed = [line.split()[1] for out, _ in answers for line in out.splitlines()]
    assert len(printed) == 400
    saved = [token for (token,) in fresh_db.execute("SELECT question FROM decisions")]
    assert sorted(saved) == sorted(printed)
    pairs = fresh_db.execute("SELECT count(DISTINCT left || ' ' || right) FROM decisions")
    assert pairs.fetchone() == (400,)
    assert_whole(fresh_db)


def test_a_process_killed_while_deciding_loses_nothing_it_reported_saved(
    path: Path, fresh_db: Database, put: Put, python: Python
) -> None:
    put(fresh_db, many(20_000), [i / 20_000 for i in range(20_000)])
    chance = random.Random(5)
    reported: list[str] = []
    for _ in range(6):
        process = python(CURATE, path, "ann", 10_000, "undo")
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(chance.uniform(0, 0.4))
        process.kill()
        lines = [first, *process.communicate()[0].splitlines(keepends=True)]
        reported += [line.split()[1] for line in lines if line.endswith("\n")]
    assert len(reported) > 20
    with database(path) as db:
        saved = {token for (token,) in db.execute("SELECT question FROM decisions")}
        assert saved.issuperset(reported)
        assert_whole(db)


def test_a_process_killed_while_scoring_leaves_the_queue_and_cannot_be_promoted(
    path: Path, fresh_db: Database, put: Put, python: Python, score: Callable[..., None]
) -> None:
    put(fresh_db, many(20_000), [0.5] * 20_000)
    add_version(
        fresh_db, "v2", parent="v1", kind="x", settings={}, figures={}, seed=0, threshold=0.5
    )
    process = python(
        """
        import sys
        from pathlib import Path
        import numpy as np
        from kgreview.store.database import database
        from kgreview.store.versions import write_scores
        def batches():
            for i in range(20_000):
                yield np.array([i]), np.array([0.5])
                print(i, flush=True)
        with database(Path(sys.argv[1])) as db:
            write_scores(db, "v2", batches())
        """,
        path,
    )
    assert process.stdout is not None
    for _ in range(30):
        process.stdout.readline()
    process.kill()
    process.wait()
    current = current_version(fresh_db)
    assert current is not None
    assert current.name == "v1"
    assert not version(fresh_db, "v2").scored
    with pytest.raises(InputError, match="score it first"):
        promote(fresh_db, "v2")
    assert_whole(fresh_db)
    score(fresh_db, "v3", [0.25] * 20_000)
    promote(fresh_db, "v3")
    assert_whole(fresh_db)


def test_a_process_killed_while_replacing_candidates_leaves_the_old_ones(
    path: Path, db: Database, put: Put, python: Python
) -> None:
    process = python(
        """
        import sys
        from pathlib import Path
        from kgreview.store.candidate_pairs import CandidateBatch, replace_candidates
        from kgreview.store.database import database
        def batches():
            for i in range(100_000):
                yield CandidateBatch([f"l{i}"], [f"r{i}"], ["film"], ["film"])
                print(i, flush=True)
        with database(Path(sys.argv[1])) as db:
            replace_candidates(db, batches(), audit_share=0.1, seed=0)
        """,
        path,
    )
    assert process.stdout is not None
    for _ in range(30):
        process.stdout.readline()
    process.kill()
    process.wait()
    assert candidate_count(db) == 4
    assert open_count(db) == 4
    assert_whole(db)
    put(db, [("a", "x")])
    assert candidate_count(db) == 1


def test_curators_decide_while_a_version_scores_and_is_promoted(
    path: Path, fresh_db: Database, put: Put, python: Python, score: Callable[..., None]
) -> None:
    put(fresh_db, many(5_000), [i / 5_000 for i in range(5_000)], audit=0.1)
    processes = [python(CURATE, path, curator, 150, "undo") for curator in ("ann", "bob")]
    number = 1
    while any(process.poll() is None for process in processes):
        number += 1
        score(fresh_db, f"v{number}", [((i * number) % 5_000) / 5_000 for i in range(5_000)])
        promote(fresh_db, f"v{number}")
    answers = [process.communicate() for process in processes]
    assert [errors for _, errors in answers] == ["", ""]
    assert sum(len(out.splitlines()) for out, _ in answers) == 300
    assert number > 2
    assert_whole(fresh_db)

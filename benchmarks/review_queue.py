"""Prints what the queue and a decision cost, by number of candidates and of curators.

    python benchmarks/review_queue.py [--candidates 1000 100000 1000000] [--curators 1 8]
                               [--decisions 0 100000] [--each 200]

Each curator is a process that answers as fast as it is asked, with a connection of its own for
each question, as a page opens one for each run of its script. Times are in milliseconds, median
and 95th percentile, over all curators.
"""

from __future__ import annotations

import argparse
import multiprocessing
import tempfile
import time
from collections.abc import Iterator
from multiprocessing.synchronize import Barrier
from pathlib import Path

import numpy as np

from kgreview.store.candidate_pairs import CandidateBatch, replace_candidates
from kgreview.store.database import database
from kgreview.store.deciding import decide
from kgreview.store.outcomes import Outcome
from kgreview.store.questions import Question
from kgreview.store.queue import next_question
from kgreview.store.versions import add_version, promote, write_scores

PAIRS_AN_ENTITY = 10
BATCH = 50_000


def batches(candidates: int) -> Iterator[CandidateBatch]:
    """Give pairs with ids as long as DBpedia's, ten for each left entity."""
    for start in range(0, candidates, BATCH):
        numbers = range(start, min(start + BATCH, candidates))
        yield CandidateBatch(
            [f"http://dbpedia.org/resource/Some_Film_{i // PAIRS_AN_ENTITY}" for i in numbers],
            [f"http://www.imdb.com/title/tt{i:08d}" for i in numbers],
            ["film"] * len(numbers),
            ["movie"] * len(numbers),
        )


def answer(path: Path, asked: Question, curator: str, outcome: Outcome) -> None:
    """Decide the pair as the page does."""
    with database(path) as db:
        decide(
            db,
            left=asked.left,
            right=asked.right,
            curator=curator,
            outcome=outcome,
            seconds=1.0,
            version=asked.version,
            score=asked.score,
            strategy=asked.strategy,
            question=asked.token,
        )


def fill(path: Path, candidates: int, decisions: int) -> None:
    """Make a database with that many candidates and decisions, and print what it took."""
    began = time.perf_counter()
    with database(path, create=True) as db:
        replace_candidates(db, batches(candidates), audit_share=0.1, seed=0)
        stored = time.perf_counter()
        add_version(db, "v1", kind="similarity", seed=0, threshold=0.5)
        scores = np.random.default_rng(0).random(candidates)
        write_scores(db, "v1", [(np.arange(candidates), scores)])
        promote(db, "v1")
        scored = time.perf_counter()
        if decisions:
            db.execute("PRAGMA synchronous = OFF")
            for _ in range(decisions):
                asked = next_question(db, "before")
                if asked is None:
                    break
                decide(
                    db,
                    left=asked.left,
                    right=asked.right,
                    curator="before",
                    outcome=Outcome.NO_MATCH,
                    seconds=1.0,
                    version=asked.version,
                    score=asked.score,
                    strategy=asked.strategy,
                    question=asked.token,
                )
    size = path.stat().st_size / 2**20
    print(
        f"{candidates:>9,} candidates: stored in {stored - began:.1f} s, scored in "
        f"{scored - stored:.1f} s, {size:,.0f} MB",
        flush=True,
    )


def curate(
    path: Path,
    curator: str,
    each: int,
    start: Barrier,
    results: multiprocessing.Queue[np.ndarray],
) -> None:
    """Answer ``each`` questions; put the seconds of (asking, deciding) into ``results``."""
    taken = []
    start.wait()
    for i in range(each):
        began = time.perf_counter()
        with database(path) as db:
            asked = next_question(db, curator)
        if asked is None:
            break
        shown = time.perf_counter()
        answer(path, asked, curator, Outcome.MATCH if i % 3 == 0 else Outcome.NO_MATCH)
        taken.append((shown - began, time.perf_counter() - shown))
    results.put(np.array(taken).reshape(-1, 2))


def measure(path: Path, curators: int, each: int) -> np.ndarray:
    """Let so many processes answer at once; give their seconds, (questions, 2)."""
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(curators)
    results = context.Queue()
    processes = [
        context.Process(target=curate, args=(path, f"curator {i}", each, start, results))
        for i in range(curators)
    ]
    for process in processes:
        process.start()
    times = np.concatenate([results.get() for _ in processes])
    for process in processes:
        process.join()
    return times


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--candidates", type=int, nargs="+", default=[1_000, 100_000, 1_000_000])
    parser.add_argument("--curators", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--decisions", type=int, nargs="+", default=[0], help="made before")
    parser.add_argument("--each", type=int, default=200, help="questions a curator answers")
    options = parser.parse_args()
    for candidates in options.candidates:
        for decisions in options.decisions:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "kgreview.db"
                fill(path, candidates, decisions)
                for curators in options.curators:
                    # on the smallest there are not questions enough for everybody
                    each = min(options.each, candidates // 2 // sum(options.curators))
                    times = measure(path, curators, each) * 1000
                    asking, deciding = times.T
                    both = times.sum(axis=1)
                    print(
                        f"    {decisions:,} decisions before, {curators} at once: "
                        + "; ".join(
                            f"{what} {np.median(found):.1f} ms (p95 {np.quantile(found, 0.95):.1f})"
                            for what, found in (
                                ("next_question", asking),
                                ("decide", deciding),
                                ("both", both),
                            )
                        ),
                        flush=True,
                    )


if __name__ == "__main__":
    main()

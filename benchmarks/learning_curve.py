"""Print what more matches to learn from teach, on a project that ``end_to_end.py`` has made.

    python benchmarks/end_to_end.py 30000 --told 12000 --folder FOLDER --until features
    python benchmarks/learning_curve.py FOLDER/30000 [--matches 1000 3000 10000]

Of so many matched left entities a version learns, each in a process of its own, from the same
candidates. Its scores of all left entities of which no match was told are held against what is
true, so that all rows are of the same pairs; F1 is at the version's own threshold.
"""

from __future__ import annotations

import argparse
import dataclasses
import multiprocessing
import time
from pathlib import Path

import numpy as np
from end_to_end import PROJECT, TOLD, told_rows, true_rows

from kgreview.aligner.settings import AlignerSettings
from kgreview.evaluation.metrics import average_precision, precision_recall_f1
from kgreview.graph.links import pair_keys
from kgreview.pipeline.memory import peak_memory_mb
from kgreview.pipeline.project import Project
from kgreview.pipeline.scoring import scored
from kgreview.pipeline.training import train_project
from kgreview.store.versions import version


def learn(folder: Path, matches: int) -> None:
    """Train a version on so many matches, and print its row."""
    project = Project.open(folder / PROJECT)
    began = time.process_time()
    settings = dataclasses.replace(AlignerSettings(), most_matches=matches)
    report = train_project(project, settings=settings, device="cpu")
    taken, memory = time.process_time() - began, peak_memory_mb()
    candidates = project.candidates()
    keys = pair_keys(candidates.left, candidates.right)
    true = np.isin(keys, pair_keys(*true_rows(folder, project)))
    test = np.flatnonzero(~np.isin(candidates.left, told_rows(folder / TOLD, project)))
    label, scores = true[test].astype(np.int8), scored(project, report.name)[test]
    with project.database() as db:
        threshold = version(db, report.name).threshold
    found = precision_recall_f1(label, scores, threshold)
    print(
        f"{report.figures['matches']:>9,.0f} {average_precision(label, scores):>8.4f} "
        f"{found.f1:>7.4f} {taken:>8,.1f} {memory:>7,.0f}",
        flush=True,
    )


def main() -> None:
    """Print a row for each number of matches."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--matches", type=int, nargs="+", default=[1_000, 3_000, 10_000])
    options = parser.parse_args()
    print("  matches    PRAUC      F1    CPU s      MB")
    for matches in options.matches:
        process = multiprocessing.get_context("spawn").Process(
            target=learn, args=(options.folder, matches)
        )
        process.start()
        process.join()
        if process.exitcode:
            raise SystemExit(process.exitcode)


if __name__ == "__main__":
    main()

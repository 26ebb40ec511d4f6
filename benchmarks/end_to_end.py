"""Print what each stage takes from two files to an alignment, as the graphs grow.

    python benchmarks/end_to_end.py [10000 100000 …] [--folder FOLDER] [--until STAGE] [--told N]
                                    [--steps] [--quick]

The sizes are entities of either side of two made-up catalogues (``made_up_catalogues.py``); the
matches of 4,000 entities are told, or of as many as --told says. Each stage runs in a process of
its own and prints seconds, seconds of all processors, the most memory it held and what it left on
disk; from the second size on also how many times the seconds of processors are those of the size
before. The last line says how much n log n grows. A size ends with the share of the matches that
are candidates, and with the PRAUC of the scores of candidates of entities of which no match was
told.

With --folder a stage that is done there is not done again, so that what was stopped goes on.
--steps prints the seconds of all processors of each step within a stage, too. --quick trains for a
few steps with few trees, which holds as much memory as a whole training and says little.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from made_up_catalogues import write_pair

from kgreview.evaluation.metrics import average_precision
from kgreview.graph.links import pair_keys
from kgreview.pipeline.blocking import block_project
from kgreview.pipeline.creation import create_project
from kgreview.pipeline.export import export_project
from kgreview.pipeline.memory import peak_memory_mb
from kgreview.pipeline.project import Project
from kgreview.review.session import next_pair

PROJECT, TOLD = "project", "train.tsv"
Figures = dict[str, Any]


class Steps:
    """A progress that adds up what each step took of the processors, until the next one began."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self.step, self.since = "begin", time.process_time()

    def __call__(self, stage: str, done: int, total: int | None = None, **figures: float) -> None:
        """Count what has passed for the step that was going on."""
        del done, total, figures
        now = time.process_time()
        self.seconds[self.step] += now - self.since
        self.step, self.since = stage, now


def import_(folder: Path, steps: Steps) -> Figures:
    """Import both graphs and the links."""
    project = create_project(
        folder / PROJECT,
        folder / "left",
        folder / "right",
        links=[folder / TOLD],
        progress=steps,
    )
    sides = (project.left, project.right)
    return {"edges": [graph.num_edges for graph in sides]}


def block(folder: Path, steps: Steps) -> Figures:
    """Find and compare the candidates, and count which matches are among them."""
    project = Project.open(folder / PROJECT)
    report = block_project(project, progress=steps)
    found = project.candidates()
    left, right = true_rows(folder, project)
    recall = np.isin(pair_keys(left, right), pair_keys(found.left, found.right)).mean()
    return {"pairs": report.pairs, "recall": float(recall)}


def features(folder: Path, steps: Steps) -> Figures:
    """Embed what entities say of themselves."""
    from kgreview.pipeline.scoring import node_features

    node_features(Project.open(folder / PROJECT), steps)
    return {}


def train(folder: Path, steps: Steps) -> Figures:
    """Train a network, which scores all candidates."""
    from kgreview.pipeline.training import train_project

    train_project(Project.open(folder / PROJECT), progress=steps)
    return {}


def quick_train(folder: Path, steps: Steps) -> Figures:
    """Train a network for a few steps, with a few trees."""
    from kgreview.aligner.settings import AlignerSettings
    from kgreview.pipeline.training import train_project

    settings = AlignerSettings(trees=10, last_trees=10, steps=20, epochs=1)
    train_project(Project.open(folder / PROJECT), settings=settings, progress=steps)
    return {}


def score(folder: Path, steps: Steps) -> Figures:
    """Make the scores those of the queue, and measure them."""
    from kgreview.pipeline.scoring import score_project, scored

    project = Project.open(folder / PROJECT)
    version = score_project(project, progress=steps)
    found = project.candidates()
    left, right = true_rows(folder, project)
    label = np.isin(pair_keys(found.left, found.right), pair_keys(left, right))
    told = told_rows(folder / TOLD, project)
    test = ~np.isin(found.left, told)
    scores = scored(project, version)
    return {"prauc": average_precision(label[test].astype(np.int8), scores[test])}


def first_pair(folder: Path, steps: Steps) -> Figures:
    """Open the pair that a curator is asked first."""
    steps("open the first pair", 0, 1)
    if next_pair(Project.open(folder / PROJECT), "Ada") is None:
        raise SystemExit("no pair is left to ask about")
    return {}


def export(folder: Path, steps: Steps) -> Figures:
    """Write the alignment."""
    target = folder / "alignment.tsv"
    export_project(Project.open(folder / PROJECT), target, force=True, progress=steps)
    return {"matches": sum(1 for _ in target.open(encoding="utf-8")) - 1}


STAGES: dict[str, Callable[[Path, Steps], Figures]] = {
    "import": import_,
    "block": block,
    "features": features,
    "train": train,
    "score": score,
    "first pair": first_pair,
    "export": export,
}


def true_rows(folder: Path, project: Project) -> tuple[Any, Any]:
    """Give the rows of the graphs that match."""
    truth = pq.read_table(folder / "truth.parquet")
    return (
        _rows(truth["left"], project.left.ids),
        _rows(truth["right"], project.right.ids),
    )


def told_rows(links: Path, project: Project) -> Any:
    """Give the left rows of links in a file."""
    ids = [line.split("\t")[0] for line in links.read_text(encoding="utf-8").splitlines()[1:]]
    return _rows(pa.array(ids), project.left.ids)


def _rows(wanted: Any, ids: Any) -> Any:
    return pc.index_in(wanted.cast(ids.type), value_set=ids).to_numpy()


def run_stage(folder: Path, name: str) -> None:
    """Run a stage here and write what it took."""
    steps, began, worked = Steps(), time.perf_counter(), time.process_time()
    found = STAGES[name](folder, steps)
    taken = {"seconds": time.perf_counter() - began, "cpu": time.process_time() - worked}
    steps("end", 1)
    report = taken | {
        "memory_mb": peak_memory_mb(),
        "load": os.getloadavg()[0],
        "steps": dict(steps.seconds),
        "figures": found,
    }
    write_report(report_of(folder, name), report)


def write_report(file: Path, report: Figures) -> None:
    """Write what a stage took, whole or not at all."""
    file.with_suffix(".new").write_text(json.dumps(report, indent=1), encoding="utf-8")
    file.with_suffix(".new").replace(file)


def report_of(folder: Path, name: str) -> Path:
    """Give where a stage writes what it took."""
    return folder / f"{name.replace(' ', '_')}.json"


def on_disk(folder: Path) -> float:
    """Give what a folder takes, in MiB."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 2**20


def measure(folder: Path, size: int, options: argparse.Namespace) -> dict[str, Figures]:
    """Run the stages that are not done yet, each in a process, and give what they took."""
    if not (folder / TOLD).exists():
        shutil.rmtree(folder, ignore_errors=True)
        write_pair(folder, size, told=options.told)
    reports = {}
    for name in STAGES:
        file = report_of(folder, name)
        if not file.exists():
            if name == "import":  # a stage that was stopped leaves no half project
                shutil.rmtree(folder / PROJECT, ignore_errors=True)
            command = [sys.executable, __file__, "--folder", str(folder), "--stage", name]
            command += ["--quick"] * options.quick
            subprocess.run(command, check=True)
        reports[name] = json.loads(file.read_text(encoding="utf-8"))
        if "disk_mb" not in reports[name]:  # once its process has closed the database
            reports[name]["disk_mb"] = on_disk(folder / PROJECT)
            write_report(file, reports[name])
        if name == options.until:
            break
    return reports


def show(
    size: int,
    reports: dict[str, Figures],
    before: tuple[int, dict[str, Figures]] | None,
    *,
    steps: bool,
) -> None:
    """Print what the stages of a size took, beside those of the size before."""
    print(f"{size:,} entities a side, load {reports['import']['load']:.1f}")
    print("stage            s     CPU s     MB   disk MB   times the CPU s before")
    disk = 0.0
    for name, report in reports.items():
        ratio = ""
        if before is not None and name in before[1]:
            ratio = f"{report['cpu'] / before[1][name]['cpu']:.1f}"
        print(
            f"{name:11s} {report['seconds']:>7,.1f} {report['cpu']:>9,.1f} "
            f"{report['memory_mb']:>6,.0f} {report['disk_mb'] - disk:>9,.1f} {ratio:>13s}"
        )
        disk = report["disk_mb"]
        if steps:
            for step, seconds in report["steps"].items():
                print(f"        {seconds:>17,.1f}  {step}")
    whole = {key: sum(each[key] for each in reports.values()) for key in ("seconds", "cpu")}
    ratio = ""
    if before is not None and before[1].keys() >= reports.keys():
        ratio = f"{whole['cpu'] / sum(before[1][name]['cpu'] for name in reports):.1f}"
    most = max(each["memory_mb"] for each in reports.values())
    print(
        f"{'all':11s} {whole['seconds']:>7,.1f} {whole['cpu']:>9,.1f} {most:>6,.0f} "
        f"{disk:>9,.1f} {ratio:>13s}"
    )
    figures = {key: value for each in reports.values() for key, value in each["figures"].items()}
    print(", ".join(words(figures)))
    if before is not None:
        grown = size * math.log(size) / (before[0] * math.log(before[0]))
        print(f"n log n grows {grown:.1f} times from {before[0]:,} on")
    print(flush=True)


def words(figures: Figures) -> Iterator[str]:
    """Say what the stages found, as far as they have run."""
    for name, form in (
        ("pairs", "{:,} candidates"),
        ("recall", "recall {:.4f}"),
        ("prauc", "PRAUC {:.4f}"),
        ("matches", "{:,} lines exported"),
    ):
        if name in figures:
            yield form.format(figures[name])


@contextmanager
def kept_or_temporary(folder: Path | None) -> Iterator[Path]:
    """Give the folder, or one that is removed afterwards."""
    if folder is not None:
        yield folder
        return
    with tempfile.TemporaryDirectory() as work:
        yield Path(work)


def main() -> None:
    """Measure and print; as a stage's process, run that stage."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sizes", type=int, nargs="*", default=[10_000, 100_000])
    parser.add_argument("--folder", type=Path, help="where to work, and to go on")
    parser.add_argument("--until", choices=STAGES, help="the last stage")
    parser.add_argument("--told", type=int, help="entities of which the matches are told")
    parser.add_argument(
        "--steps", action="store_true", help="what each step took of the processors"
    )
    parser.add_argument("--quick", action="store_true", help="train for a few steps")
    parser.add_argument("--stage", choices=STAGES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.quick:
        STAGES["train"] = quick_train
    if options.stage:
        run_stage(options.folder, options.stage)
        return
    before = None
    with kept_or_temporary(options.folder) as folder:
        for size in options.sizes:
            reports = measure(folder / str(size), size, options)
            show(size, reports, before, steps=options.steps)
            before = size, reports


if __name__ == "__main__":
    main()

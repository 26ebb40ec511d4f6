"""Commands that measure methods and query strategies: benchmark, simulate."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from kgreview.commands.options import CLUSTER, DEVICE, FOLD, PATH, Share, working_on
from kgreview.errors import InputError
from kgreview.progress import Progress
from kgreview.terminal import note, say, with_progress


@click.command()
@click.argument("folder", type=PATH)
@click.option(
    "--methods",
    help="Which ones, comma-separated; your own as package.module:function.  "
    "[default: all; with --scores none]",
)
@click.option(
    "--scores",
    multiple=True,
    metavar="NAME=FILE",
    help="A table of left, right, score that another program made; may be given again.",
)
@click.option(
    "--seeds", type=click.IntRange(1), default=1, show_default=True, help="Number of runs."
)
@FOLD
@DEVICE
@CLUSTER
@click.option("--json", "json_file", type=PATH, help="Also write all metrics into this file.")
@click.option(
    "--per-pair", type=PATH, help="Write what each method says of each pair here, as Parquet."
)
@with_progress
def benchmark(
    folder: Path,
    methods: str | None,
    scores: tuple[str, ...],
    seeds: int,
    fold: str | None,
    device: str,
    cluster: str | None,
    json_file: Path | None,
    per_pair: Path | None,
    progress: Progress,
) -> None:
    """Measure methods on FOLDER, a pair of graphs with links as `create --pair` takes it.

    Every method scores the same pairs; the test links serve for nothing but the figures.

    \b
    Example:
      kgreview benchmark ~/pairs/films --methods cosine,boosting,kgreview --json films.json
      kgreview benchmark ~/pairs/D_W_15K_V1 --methods my.module:score --scores bert=bert.tsv
    """
    from kgreview.aligner.baselines.registry import MISSING, NEEDS_DGL, RUNNABLE
    from kgreview.experiments.benchmark import Extras
    from kgreview.experiments.benchmark import benchmark as measured
    from kgreview.experiments.benchmark_table import table
    from kgreview.experiments.given_scores import scores_option

    _check_results(folder, json_file, per_pair)
    extras = Extras(tuple(map(scores_option, scores)), per_pair)
    chosen = (() if scores else RUNNABLE) if methods is None else _names(methods)
    if MISSING and methods is None and not scores:
        note(f"left out: {', '.join(MISSING)}. They need {NEEDS_DGL} them")
    report = None
    with working_on(cluster):
        for report in measured(
            folder,
            chosen,
            seeds=seeds,
            fold=fold,
            extras=extras,
            device=device,
            progress=progress,
            notice=note,
        ):
            # after each method: a long run that is stopped leaves something
            if json_file is not None:
                _write_report(json_file, report)
    if report is None:
        raise InputError("--methods names none; leave it out to run all")
    for line in table(report):
        say(line)


@click.command()
@click.argument("folder", type=PATH)
@click.option(
    "--strategy",
    "strategies",
    multiple=True,
    help="May be given again: default, random, a strategy, or shares as a=2,b=1.  "
    "[default: default and random]",
)
@click.option("--budget", type=click.IntRange(1), default=500, show_default=True, help="Decisions.")
@click.option(
    "--batch", type=click.IntRange(1), default=50, show_default=True, help="Between trainings."
)
@click.option(
    "--seeds", type=click.IntRange(1), default=1, show_default=True, help="Number of runs."
)
@click.option(
    "--noise",
    type=Share(0, 1),
    default=0.0,
    show_default=True,
    help="Share of wrong answers.",
)
@click.option(
    "--jobs", type=click.IntRange(1), default=1, show_default=True, help="Runs made at a time."
)
@click.option("--schema", type=PATH, help="JSON that says which types correspond.")
@FOLD
@DEVICE
@click.option("--json", "json_file", type=PATH, help="Also write all metrics into this file.")
@with_progress
def simulate(
    folder: Path,
    strategies: tuple[str, ...],
    budget: int,
    batch: int,
    seeds: int,
    noise: float,
    jobs: int,
    schema: Path | None,
    fold: str | None,
    device: str,
    json_file: Path | None,
    progress: Progress,
) -> None:
    """Measure how fast the network learns from decisions, on FOLDER, a pair as `create` takes it.

    A curator answers from the train links, starting from none; the test links serve for nothing
    but the figures. Strategies: uncertainty, margin, committee, low-score, coverage, density,
    conflict, confident; default mixes them, random asks and learns in random order. Ctrl-C
    keeps what there is.

    \b
    Example:
      kgreview simulate ~/pairs/films --strategy default --strategy random --seeds 5
    """
    from kgreview.experiments.simulation import COMPARED
    from kgreview.experiments.simulation import simulate as simulated
    from kgreview.experiments.simulation_report import table

    _check_results(folder, json_file)
    report = None
    points_shown: Counter[str] = Counter()  # by run
    try:
        for report in simulated(
            folder,
            strategies or COMPARED,
            budget=budget,
            batch=batch,
            seeds=seeds,
            noise=noise,
            jobs=jobs,
            schema=schema,
            fold=fold,
            device=device,
            progress=progress,
        ):
            if json_file is not None:  # each time: a run that is stopped leaves what there is
                _write_report(json_file, report)
            _say_new_points(report, points_shown)
    except KeyboardInterrupt:
        if report is None:
            raise
        say("interrupted: these are the figures so far", err=True)
    if report is not None:
        for line in table(report):
            say(line)


def _say_new_points(report: Mapping[str, Any], shown: Counter[str]) -> None:
    """Say what runs have come to beyond the points that are ``shown``, by run."""
    for run in report["runs"]:
        name = f"{run['strategy']}, seed {run['seed']}"
        for point in run["points"][shown[name] :]:
            say(f"{name}: {_point_words(point)}")
        shown[name] = len(run["points"])


def _point_words(point: Mapping[str, Any]) -> str:
    return (
        f"{point['decisions']} decisions, {point['matches']} matches: PRAUC {point['prauc']:.4f}, "
        f"end-to-end F1 {point['f1']:.3f} ({point['version']}, {point['seconds']:.1f} s"
        f"{', the newest not promoted' if point['held'] else ''})"
    )


def _names(methods: str) -> tuple[str, ...]:
    return tuple(filter(None, map(str.strip, methods.split(","))))


def _check_results(folder: Path, *files: Path | None) -> None:
    if not folder.is_dir():
        raise InputError(f"{folder}: there is no such folder; give one of a pair of graphs")
    for file in files:
        if file is not None and not file.resolve().parent.is_dir():
            raise InputError(f"{file}: its folder does not exist; make it first")


def _write_report(file: Path, report: Mapping[str, Any]) -> None:
    file.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")

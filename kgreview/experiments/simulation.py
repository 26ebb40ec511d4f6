"""The verb *simulate*: a curator who answers from known links, and how fast the network learns.

Everything between the answers is the app's own: the queue with its strategies, fine-tuning,
promotion. It starts from no link at all. Candidates, similarities and the networks' first layer are
made once and shared by all runs; each run is a project of its own, which is removed when it is
over, and may have a process of its own.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kgreview.active.query_plan import DEFAULT_SHARES, check_shares
from kgreview.active.strategies import RANDOM
from kgreview.aligner.settings import AlignerSettings
from kgreview.arrays import Ints
from kgreview.candidates.blocking import is_candidate
from kgreview.errors import InputError, KGReviewError
from kgreview.evaluation.metrics import average_precision, precision_recall_f1
from kgreview.exchange.pair_folders import PairFolder, PairOptions, open_pair
from kgreview.experiments.simulated_curator import SimulatedCurator, doubts_of
from kgreview.experiments.simulation_report import summed_up
from kgreview.graph.links import Links
from kgreview.pipeline.blocking import block_project
from kgreview.pipeline.creation import create_project
from kgreview.pipeline.processes import ProcessError, Report, in_processes
from kgreview.pipeline.project import Project
from kgreview.pipeline.query_plan import plan_queue
from kgreview.pipeline.scoring import node_features, score_project
from kgreview.pipeline.training import finetune_project, train_project
from kgreview.progress import Progress, silent
from kgreview.store.candidate_pairs import settle
from kgreview.store.versions import current_version

DEFAULT = "default"
COMPARED = (DEFAULT, RANDOM)
_OWN_FILES = ("kgreview.db", "kgreview.json")  # of a run; all others are shared until replaced


@dataclass(frozen=True)
class Point:
    """How good the current version is after so many decisions, on the test links."""

    decisions: int  # all answers, those for the audit sample and second looks too
    matches: int  # pairs that the curator holds for one now
    prauc: float
    f1: float  # end to end: links that blocking lost are misses
    version: str  # the current one
    held: bool  # whether the newest was not promoted
    seconds: float  # that fine-tuning, scoring and promotion took


@dataclass(frozen=True, eq=False)
class Test:
    """What is measured: the candidates of the test links' left entities, or the judged pairs."""

    where: Ints  # (pairs,) positions among the candidates
    label: npt.NDArray[np.int8]  # (pairs,)
    missed: int  # matches that blocking lost

    def measure(self, scores: npt.NDArray[np.floating], threshold: float) -> tuple[float, float]:
        """Give PRAUC and end-to-end F1 of scores (candidates,)."""
        of_these = scores[self.where]
        called = precision_recall_f1(self.label, of_these, threshold, missed=self.missed)
        return average_precision(self.label, of_these), called.f1


@dataclass(frozen=True, eq=False)
class _Plan:
    """What all runs share."""

    pair: PairFolder  # whose links are known
    base: Path  # the project that runs are copies of
    links: Links  # what the curator answers from
    test: Test
    budget: int
    batch: int
    noise: float
    settings: AlignerSettings | None
    device: str


@dataclass(frozen=True)
class _Task:
    """One run; without a strategy, the training on all links that runs are held to."""

    strategy: str | None = None
    seed: int = 0


def simulate(
    folder: Path,
    strategies: Sequence[str] = COMPARED,
    *,
    fold: str | None = None,
    budget: int = 500,
    batch: int = 50,
    seeds: int = 1,
    noise: float = 0.0,
    jobs: int = 1,
    schema: Path | None = None,
    settings: AlignerSettings | None = None,
    device: str = "auto",
    progress: Progress = silent,
) -> Iterator[dict[str, Any]]:
    """Let a curator decide ``budget`` pairs of a pair folder with links to train and to test.

    After each ``batch`` the network is fine-tuned and measured on the test links. The curator is
    asked about the pairs that the train links tell of, and answers wrongly with probability
    ``noise``. ``strategies``: names, ``default`` for the project's mix, ``random`` for random order
    that trains, or shares like ``uncertainty=2,coverage=1``. ``fold``: of OpenEA's. ``jobs`` runs
    are made at a time, in processes of their own where there are several. Gives the whole report,
    as JSON values, each time there is one more figure. Ctrl-C ends it; what was given stands.
    Raises ``InputError`` for what makes no sense.
    """
    for name in strategies:
        shares_of(name)
    if not strategies:
        raise InputError("--strategy names none; leave it out for default and random")
    pair = open_pair(folder, PairOptions(fold=fold))
    with tempfile.TemporaryDirectory(prefix="kgreview-simulation-") as work:
        base, answers, test = _prepare(pair, Path(work) / "base", schema, device, progress)
        plan = _Plan(pair, base.path, answers, test, budget, batch, noise, settings, device)
        tasks = [
            _Task(),
            *(_Task(name, n) for n in range(seeds) for name in dict.fromkeys(strategies)),
        ]
        report: dict[str, Any] = {
            "dataset": pair.name,
            "candidates": len(base.candidates().left),
            "budget": budget,
            "batch": batch,
            "noise": noise,
            "all_links": None,
            "runs": [],
        }
        for task, news in (
            _at_once(plan, tasks, jobs) if jobs > 1 else _in_turn(plan, tasks, progress)
        ):
            _enter(report, task, news)
            yield summed_up(report)


def _in_turn(
    plan: _Plan, tasks: Sequence[_Task], progress: Progress
) -> Iterator[tuple[_Task, dict[str, Any]]]:
    for task in tasks:
        for news in _do(plan, task, progress):
            yield task, news


def _at_once(
    plan: _Plan, tasks: Sequence[_Task], jobs: int
) -> Iterator[tuple[_Task, dict[str, Any]]]:
    try:
        for number, news in in_processes(_tell, [(plan, task) for task in tasks], jobs):
            yield tasks[number], news
    except ProcessError as error:
        task = tasks[error.task]
        what = f"{task.strategy}, seed {task.seed}" if task.strategy else "training on all links"
        raise KGReviewError(f"{what}: {error}; where memory ran out, take fewer --jobs") from None


def _tell(tell: Report, plan: _Plan, task: _Task) -> None:
    for news in _do(plan, task, silent):
        tell(news)


def _do(plan: _Plan, task: _Task, progress: Progress) -> Iterator[dict[str, Any]]:
    """Do one task; gives what is to be entered into the report, as it comes."""
    base = Project.open(plan.base)
    path = plan.base.with_name(f"{task.strategy or 'all'}-{task.seed}".replace("=", "-"))
    if task.strategy is None:
        whole = _with_all_links(
            base, path, plan.pair, plan.test, plan.settings, plan.device, progress
        )
        yield {"all_links": whole}
        return
    project = _copied(base, path, task.seed, shares_of(task.strategy))
    curator = SimulatedCurator(project, plan.links, plan.noise)
    for point in _run(project, plan, curator, progress):
        yield {"point": asdict(point), "stop": curator.stop_after}
    if curator.wrong:
        yield {"doubts": doubts_of(project, curator, progress)}
    shutil.rmtree(path)


def _enter(report: dict[str, Any], task: _Task, news: dict[str, Any]) -> None:
    if "all_links" in news:
        report["all_links"] = news["all_links"]
        return
    of_task = {"strategy": task.strategy, "seed": task.seed}
    run = next((run for run in report["runs"] if of_task.items() <= run.items()), None)
    if run is None:
        run = {**of_task, "stop": None, "points": []}
        report["runs"].append(run)
    if "point" in news:
        run["points"].append(news["point"])
        run["stop"] = news["stop"]
    else:
        run["doubts"] = news["doubts"]


def shares_of(strategy: str) -> dict[str, float]:
    """Give the shares a strategy's name stands for. Raises ``InputError`` if it is none.

    >>> shares_of("uncertainty=3,coverage=1")
    {'uncertainty': 0.75, 'coverage': 0.25}
    """
    if strategy == DEFAULT:
        return dict(DEFAULT_SHARES)
    if strategy == RANDOM:
        return {RANDOM: 1.0}
    shares: dict[str, float] = {}
    for part in strategy.split(","):
        name, _, share = part.partition("=")
        try:
            shares[name.strip()] = float(share or 1)
        except ValueError:
            raise InputError(f"--strategy {strategy}: '{share}' is not a number") from None
    return check_shares(shares)


def _prepare(
    pair: PairFolder, path: Path, schema: Path | None, device: str, progress: Progress
) -> tuple[Project, Links, Test]:
    """Make a project without links, and hold back what only the figures may know."""
    project = create_project(path, pair=pair.without_links(), schema=schema, progress=progress)
    answers, tested = _read(project, pair, "train", "test").values()
    for split, links in (("train", answers), ("test", tested)):
        if not len(links):
            raise InputError(f"{pair.path}: has no {split} links; give them to answer from")
    # of entities without a link nothing can be asked or measured: they would only cost time
    block_project(project, among=np.union1d(answers.left, tested.left), progress=progress)
    candidates = project.candidates()
    askable = answers.settle(candidates.left, candidates.right)
    askable &= ~tested.settle(candidates.left, candidates.right)
    if not askable.any():
        raise InputError(
            f"{pair.path}: no candidate is among its train links; nothing can be asked"
        )
    with project.database() as db:
        settle(db, np.flatnonzero(~askable))
    version = train_project(project, device=device, progress=progress).name  # by similarity
    score_project(project, version, device=device, progress=progress)
    node_features(project, progress)
    return project, answers, _test(project, tested, answers)


def _read(project: Project, pair: PairFolder, *splits: str) -> Mapping[str, Links]:
    return pair.read_links(splits, project.left, project.right).links


def _test(project: Project, tested: Links, answers: Links) -> Test:
    """Find the candidates that test links settle; a match that is known otherwise is one, too."""
    candidates = project.candidates()
    where = np.flatnonzero(tested.settle(candidates.left, candidates.right))
    left, right = candidates.left[where], candidates.right[where]
    label = Links.concatenate(tested, answers).labels(left, right)
    matches = tested.matches
    missed = int((~is_candidate(candidates, matches.left, matches.right)).sum())
    return Test(where, label, missed)


def _with_all_links(
    base: Project,
    path: Path,
    pair: PairFolder,
    test: Test,
    settings: AlignerSettings | None,
    device: str,
    progress: Progress,
) -> dict[str, Any]:
    """Train on all train links, with the valid links to validate: what decisions are held to."""
    project = _copied(base, path, 0, {})
    for split, links in _read(base, pair, "train", "valid").items():
        target = project.link_file(split)
        target.unlink(missing_ok=True)  # it is shared: a new file takes its place
        links.save(target)
    started = time.perf_counter()
    trained = train_project(project, settings=settings, device=device, progress=progress)
    if trained.interrupted:
        raise KeyboardInterrupt
    score_project(project, trained.name, device=device, progress=progress)
    _, prauc, f1 = _measure(project, test)
    matches = int(project.links("train").label.sum())
    seconds = time.perf_counter() - started
    shutil.rmtree(path)
    return {"matches": matches, "prauc": prauc, "f1": f1, "seconds": seconds}


def _copied(base: Project, path: Path, seed: int, shares: Mapping[str, float]) -> Project:
    """Copy a project but for its large columns, which are linked, and give it its queue."""

    def copy(source: str, target: str) -> None:
        if Path(source).name in _OWN_FILES:
            shutil.copy2(source, target)
        else:
            os.link(source, target)

    shutil.copytree(base.path, path, copy_function=copy)
    file = path / "kgreview.json"
    values = json.loads(file.read_text(encoding="utf-8"))
    values |= {"seed": seed, "strategies": dict(shares)}
    file.write_text(json.dumps(values), encoding="utf-8")
    project = Project.open(path)
    with project.database() as db:
        version = current_version(db)
        assert version is not None
        plan_queue(
            project, db, version.name, np.load(project.version_folder(version.name) / "scores.npy")
        )
    return project


def _run(
    project: Project, plan: _Plan, curator: SimulatedCurator, progress: Progress
) -> Iterator[Point]:
    yield _point(project, plan.test, curator, False, 0.0)
    while curator.decisions < plan.budget:
        if not curator.answer(min(plan.batch, plan.budget - curator.decisions)):
            return  # the queue is empty
        started = time.perf_counter()
        held = False
        try:
            made = finetune_project(project, device=plan.device, progress=progress)
            if made.interrupted:
                raise KeyboardInterrupt
            held = made.held is not None
        except KGReviewError:
            pass  # nothing to learn from so far: no match yet, say
        yield _point(project, plan.test, curator, held, time.perf_counter() - started)


def _point(
    project: Project, test: Test, curator: SimulatedCurator, held: bool, seconds: float
) -> Point:
    version, prauc, f1 = _measure(project, test)
    return Point(curator.decisions, len(curator.matches), prauc, f1, version, held, seconds)


def _measure(project: Project, test: Test) -> tuple[str, float, float]:
    """Give the current version's name, and its PRAUC and end-to-end F1."""
    with project.database() as db:
        version = current_version(db)
    assert version is not None
    scores = np.load(project.version_folder(version.name) / "scores.npy", mmap_mode="r")
    return version.name, *test.measure(scores, version.threshold)

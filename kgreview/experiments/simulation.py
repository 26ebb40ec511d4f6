"""The verb *simulate*: a curator who answers from known links, and how fast the network learns.

Everything between the answers is the app's own: the queue with its strategies, fine-tuning,
promotion. It starts from no link at all. Candidates, similarities and the networks' first layer are
made once and shared by all runs; each run is a project of its own, which is removed when it is
over, and may have a process of its own.
"""

from __future__ import annotations

import copy
import json
import math
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

from kgreview.active.strategies import DEFAULT_SHARES, RANDOM, check_shares
from kgreview.aligner.settings import AlignerSettings
from kgreview.candidates.blocking import is_candidate
from kgreview.errors import InputError, KGReviewError
from kgreview.evaluation.metrics import average_precision, precision_recall_f1
from kgreview.exchange.pair_folders import PairFolder, PairOptions, open_pair
from kgreview.graph.links import Links
from kgreview.pipeline.blocking import block_project
from kgreview.pipeline.label_issues import doubts, find_doubts
from kgreview.pipeline.processes import ProcessError, Report, in_processes
from kgreview.pipeline.project import Project, create_project
from kgreview.pipeline.query_plan import plan_queue
from kgreview.pipeline.scoring import node_features, score_project
from kgreview.pipeline.training import finetune_project, train_project
from kgreview.progress import Progress, silent
from kgreview.review.quality import quality
from kgreview.store.candidate_pairs import settle
from kgreview.store.decisions import DOUBT, decide
from kgreview.store.outcomes import Outcome
from kgreview.store.queue import next_question
from kgreview.store.versions import current_version

DEFAULT = "default"
COMPARED = (DEFAULT, RANDOM)
_CURATOR = "simulated"
_ENOUGH = 0.95  # of the PRAUC of training on all train links
_NEAR, _MOST = 0.005, 0.9  # of the last PRAUC: how near, and what share, the stop signal is held to
_LOOK = 10  # answers after which the simulated curator looks whether the app says stop
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

    where: npt.NDArray[np.int64]  # (pairs,) positions among the candidates
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
    known: Links  # what the curator answers from
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
        base, known, test = _prepare(pair, Path(work) / "base", schema, device, progress)
        plan = _Plan(pair, base.path, known, test, budget, batch, noise, settings, device)
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
    curator = _Curator(project, plan.known, plan.noise)
    for point in _run(project, plan, curator, progress):
        yield {"point": asdict(point), "stop": curator.told_to_stop}
    if curator.wrong:
        yield {"doubts": _doubts(project, curator, progress)}
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


def table(report: Mapping[str, Any]) -> list[str]:
    """Write a report as lines: the curves, then what they come to."""
    names = [row["name"] for row in report["strategies"]]
    width = max([17, *(len(name) for name in names)])
    figures = "PRAUC (end-to-end F1) on the test links and matches found, by decisions"
    lines = [f"{report['dataset']}: {figures}"]
    lines.append(f"{'decisions':>10}" + "".join(f"  {name:>{width + 8}}" for name in names))
    budgets = sorted({each for row in report["strategies"] for each in row["decisions"]})
    for each in budgets:
        cells = []
        for row in report["strategies"]:
            there = row["decisions"].index(each) if each in row["decisions"] else None
            cells.append(f"  {'' if there is None else _cell(row, there):>{width + 8}}")
        lines.append(f"{each:>10}" + "".join(cells))
    whole = report["all_links"]
    lines.append(
        "all train links: "
        + ("not measured so far" if whole is None else f"{whole['prauc']:.4f} ({whole['f1']:.3f})")
    )
    for row in report["strategies"]:
        reached = row["reaches_95_percent"]
        lines.append(
            f"{row['name']}: area under the curve {row['area']:.4f}; 95 % of all train links' "
            f"PRAUC {'not reached' if reached is None else f'from {reached} decisions on'}; "
            f"{row['seconds']:.1f} s a round; seeds {row['seeds']}"
        )
        lines.append(
            f"{row['name']}: {_MOST:.0%} of its last PRAUC first after {row['most_of_last']} "
            f"decisions, within {_NEAR} of it first after {row['near_last']}"
        )
        stops = ", ".join("not yet" if each is None else str(each) for each in row["stops"])
        lines.append(f"{row['name']}: decisions after which the app says to stop, by seed: {stops}")
        if row["doubts_found"] is not None:
            lines.append(
                f"{row['name']}: {row['doubts_found']:.0%} of the wrong answers are among those "
                "asked again and the first of the label doubts, together a fifth of the decisions"
            )
    return lines


# ---------------------------------------------------------------- what all runs share


def _prepare(
    pair: PairFolder, path: Path, schema: Path | None, device: str, progress: Progress
) -> tuple[Project, Links, Test]:
    """Make a project without links, and hold back what only the figures may know."""
    project = create_project(path, pair=pair.without_links(), schema=schema, progress=progress)
    known, tested = _read(project, pair, "train", "test").values()
    for split, links in (("train", known), ("test", tested)):
        if not len(links):
            raise InputError(f"{pair.path}: has no {split} links; give them to answer from")
    # of entities without a link nothing can be asked or measured: they would only cost time
    block_project(project, among=np.union1d(known.left, tested.left), progress=progress)
    candidates = project.candidates()
    askable = known.settle(candidates.left, candidates.right)
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
    return project, known, _test(project, tested, known)


def _read(project: Project, pair: PairFolder, *splits: str) -> Mapping[str, Links]:
    return pair.read_links(splits, project.left, project.right).links


def _test(project: Project, tested: Links, known: Links) -> Test:
    """Find the candidates that test links settle; a match that is known otherwise is one, too."""
    candidates = project.candidates()
    where = np.flatnonzero(tested.settle(candidates.left, candidates.right))
    left, right = candidates.left[where], candidates.right[where]
    label = Links.concatenate(tested, known).labels(left, right)
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


# ---------------------------------------------------------------- one run


def _run(project: Project, plan: _Plan, curator: _Curator, progress: Progress) -> Iterator[Point]:
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


class _Curator:
    """Answers what the queue asks from known links, wrongly now and then."""

    def __init__(self, project: Project, known: Links, noise: float) -> None:
        self.decisions = 0
        self.matches: set[tuple[int, int]] = set()  # as it says now
        self.told_to_stop: int | None = None  # after so many decisions, for the first time
        self.wrong: set[int] = set()  # ids of the first answers that are
        self.again: set[int] = set()  # of those that it was asked to look at again
        self._project = project
        self._noise = noise
        matches = known.take(known.label == 1)
        self._matches = set(zip(matches.left.tolist(), matches.right.tolist(), strict=True))
        self._rng = np.random.default_rng([project.settings.seed, 1])

    def answer(self, number: int) -> int:
        """Decide so many pairs, looking now and then whether to stop; gives how many there were."""
        answered = 0
        while answered < number:
            some = self._answer(min(_LOOK, number - answered))
            if not some:
                break
            answered += some
            if self.told_to_stop is None and quality(self._project).stop.stop:
                self.told_to_stop = self.decisions
        return answered

    def _answer(self, number: int) -> int:
        project = self._project
        with project.database() as db:
            for done in range(number):
                asked = next_question(db, _CURATOR)
                if asked is None:
                    return done
                pair = project.left.row(asked.left), project.right.row(asked.right)
                errs = self._rng.random() < self._noise
                says = (pair in self._matches) != errs
                saved = decide(
                    db,
                    left=asked.left,
                    right=asked.right,
                    curator=_CURATOR,
                    outcome=Outcome.MATCH if says else Outcome.NO_MATCH,
                    seconds=None,
                    version=asked.version,
                    score=asked.score,
                    hidden=False,
                    strategy=asked.strategy,
                    question=asked.token,
                )
                self.decisions += 1
                if asked.strategy == DOUBT and saved.supersedes is not None:
                    self.again.add(saved.supersedes)
                elif errs:
                    self.wrong.add(saved.id)
                (self.matches.add if says else self.matches.discard)(pair)
        return number


def _point(project: Project, test: Test, curator: _Curator, held: bool, seconds: float) -> Point:
    version, prauc, f1 = _measure(project, test)
    return Point(curator.decisions, len(curator.matches), prauc, f1, version, held, seconds)


def _measure(project: Project, test: Test) -> tuple[str, float, float]:
    """Give the current version's name, and its PRAUC and end-to-end F1."""
    with project.database() as db:
        version = current_version(db)
    assert version is not None
    scores = np.load(project.version_folder(version.name) / "scores.npy", mmap_mode="r")
    return version.name, *test.measure(scores, version.threshold)


def _doubts(project: Project, curator: _Curator, progress: Progress) -> dict[str, Any]:
    """Say what share of the wrong first answers the app's label doubts led to a second look.

    Suggested are those that the queue asked again, and then the first of the list there is at the
    end, together a fifth as many as there are decisions.
    """
    find_doubts(project, progress)
    listed = doubts(project, max(0, curator.decisions // 5 - len(curator.again)))
    suggested = set(curator.again)
    if listed is not None:
        suggested |= {doubt.decision.id for doubt in listed.found}
    share = len(curator.wrong & suggested) / len(curator.wrong) if curator.wrong else math.nan
    return {
        "wrong": len(curator.wrong),
        "asked_again": len(curator.again),
        "suggested": len(suggested),
        "found": share,
    }


# ---------------------------------------------------------------- what it comes to


def summed_up(report: dict[str, Any]) -> dict[str, Any]:
    """Put the means over seeds beside the runs, as far as these have come."""
    names = dict.fromkeys(run["strategy"] for run in report["runs"])
    whole = report["all_links"]
    enough = math.inf if whole is None else _ENOUGH * whole["prauc"]
    means = [_mean(name, report["runs"], enough) for name in names]
    return copy.deepcopy(report) | {"strategies": means}  # what was given stays as it was


def _cell(row: Mapping[str, Any], at: int) -> str:
    """Write the figures after so many decisions: with a deviation where there are several seeds."""
    spread = f" ±{row['prauc_sd'][at]:.4f}" if "prauc_sd" in row else ""
    return f"{row['prauc'][at]:.4f}{spread} ({row['f1'][at]:.3f}) {row['matches'][at]:>4.0f}"


def _mean(name: str, runs: Sequence[Mapping[str, Any]], enough: float) -> dict[str, Any]:
    """Average one strategy's runs at the numbers of decisions that all of them have reached."""
    made = [run for run in runs if run["strategy"] == name and run["points"]]
    curves = [{point["decisions"]: point for point in run["points"]} for run in made]
    shared = sorted(set.intersection(*(set(curve) for curve in curves))) if curves else []
    mean = {
        figure: [float(np.mean([curve[each][figure] for curve in curves])) for each in shared]
        for figure in ("prauc", "f1", "matches")
    }
    if len(curves) > 1:
        mean["prauc_sd"] = [
            float(np.std([curve[each]["prauc"] for curve in curves], ddof=1)) for each in shared
        ]

    def first(least: float) -> int | None:
        """The number of decisions after which the mean PRAUC is so high for the first time."""
        pairs = zip(shared, mean["prauc"], strict=True)
        return next((each for each, prauc in pairs if prauc >= least), None)

    last = mean["prauc"][-1] if shared else math.nan
    seconds = [
        point["seconds"] for curve in curves for point in curve.values() if point["seconds"] > 0
    ]
    found = [run["doubts"]["found"] for run in made if "doubts" in run]
    return {
        "name": name,
        "seeds": len(curves),
        "decisions": shared,
        **mean,
        "area": _area(shared, mean["prauc"]),
        "reaches_95_percent": first(enough),
        "most_of_last": first(_MOST * last),
        "near_last": first(last - _NEAR),
        "stops": [run["stop"] for run in made],
        "doubts_found": float(np.mean(found)) if found else None,
        "seconds": float(np.mean(seconds)) if seconds else 0.0,
    }


def _area(decisions: Sequence[int], figures: Sequence[float]) -> float:
    """Give the mean height of a curve, by trapezoids; its only height where there is one point.

    >>> _area([0, 100, 200], [0.0, 1.0, 1.0])
    0.75
    """
    if len(decisions) < 2:
        return figures[0] if figures else math.nan
    height = np.array(figures)
    under = (np.diff(decisions) * (height[1:] + height[:-1]) / 2).sum()
    return float(under / (decisions[-1] - decisions[0]))

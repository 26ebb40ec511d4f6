"""The verb *benchmark*: every method on the same pairs, measured by links none of them has seen.

A method runs in a process of its own, so that its peak memory is its own, and is handed a
``Dataset`` that holds no test label. Test links are read again when its scores are there. Scores
that somebody else's program gave are measured as those of a method are.
"""

from __future__ import annotations

import contextlib
import math
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kgreview.aligner.baselines.dataset import Dataset, Labelled
from kgreview.aligner.baselines.registry import RUNNABLE, SEEDLESS, method
from kgreview.aligner.features import entity_features
from kgreview.aligner.presumed import with_presumed
from kgreview.arrays import Ints
from kgreview.candidates.blocking import block
from kgreview.errors import KGReviewError
from kgreview.evaluation.decision_rule import DecisionRule
from kgreview.exchange.pair_folders import PairFolder, PairOptions, open_pair
from kgreview.experiments.given_scores import GivenScores, read_scores
from kgreview.experiments.measuring import (
    Scores,
    Truth,
    decide_by_validation,
    labelled,
    measure,
    read_truth,
)
from kgreview.experiments.per_pair import PerPair
from kgreview.experiments.published import published
from kgreview.experiments.splits import Splits, read_splits
from kgreview.features.similarity import PairSimilarity
from kgreview.graph.columns import open_column, write_column
from kgreview.graph.counterparts import Counterparts
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.links import Links, pair_keys, rows_of_keys
from kgreview.graph.paired import of_paired_types
from kgreview.graph.sides import read_sides
from kgreview.graph.suggestion import infer_schema
from kgreview.pipeline.memory import peak_memory_mb
from kgreview.pipeline.processes import ProcessError, Report, in_processes
from kgreview.progress import Notice, Progress, silent, unheard

_PROGRESS_EVERY = 0.2  # seconds between two reports of a method's process


@dataclass(frozen=True)
class CandidateReport:
    """What is scored."""

    pairs: int  # all candidates of a gold set, the judged pairs of a judged one
    recall: float  # share of the test matches among them
    unpaired: int  # test matches that cannot be: they join types that are not paired
    presumed: int  # non-matches that training and validation links let presume
    doubtful: int  # candidates these presume nothing of, since they look like known matches
    seconds: float  # for candidates, their similarities and the entities' features


@dataclass(frozen=True)
class Cost:
    """What one run of a method took."""

    train_seconds: float
    score_seconds: float
    pairs_per_second: float
    parameters: int
    peak_rss_mb: float  # of the method's whole process


@dataclass(frozen=True, eq=False)
class Run:
    """What one run of a method made."""

    scores: Scores  # (candidates,) of all
    cost: Cost
    rule: DecisionRule | None  # how the method itself decides by its scores


_NO_COST = dict.fromkeys((each.name for each in fields(Cost)), math.nan)


@dataclass(frozen=True)
class Extras:
    """What a benchmark reads and writes beside its folder."""

    scores: Sequence[tuple[str, Path]] = ()  # names of rows, and files of somebody else's scores
    per_pair: Path | None = None  # where a row for each pair goes, as Parquet


_NOTHING_MORE = Extras()


def benchmark(
    folder: Path,
    methods: Sequence[str] = RUNNABLE,
    *,
    seeds: int = 1,
    fold: str | None = None,
    extras: Extras = _NOTHING_MORE,
    device: str = "auto",
    progress: Progress = silent,
    notice: Notice = unheard,
) -> Iterator[dict[str, Any]]:
    """Measure methods on a pair folder with links to train, to validate and to test.

    ``methods``: names, or places of the user's own as ``package.module:function``. ``fold``: of
    OpenEA's. Gives the whole report, as JSON values, each time one more row is there. Raises
    ``InputError`` for a method there is not and for whatever the readers refuse.
    """
    for name in methods:
        method(name)
    pair = open_pair(folder, PairOptions(fold=fold))
    with contextlib.ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kgreview-benchmark-")))
        data, report = prepare(pair, work, progress, notice)
        given = [
            read_scores(name, file, data.left_graph, data.right_graph, progress)
            for name, file in extras.scores
        ]
        data.save(work)
        rows = None
        if extras.per_pair is not None:
            rows = stack.enter_context(PerPair(extras.per_pair, data.left_graph, data.right_graph))
        run = _Run(pair, data, work, rows, device, progress, notice)
        results: list[dict[str, Any]] = []
        made = chain(map(run.given_row, given), (run.method_row(each, seeds) for each in methods))
        for result in made:
            results.append(result)
            yield _report(pair, data, report, results)


@dataclass(frozen=True, eq=False)
class _Run:
    """What all rows of a table share, and how each is made."""

    pair: PairFolder
    data: Dataset
    work: Path  # where the dataset is saved
    rows: PerPair | None
    device: str
    progress: Progress
    notice: Notice

    def given_row(self, given: GivenScores) -> dict[str, Any]:
        """Measure scores that somebody else's program gave."""
        truth = read_truth(self.pair, self.data)
        scores, _ = given.on_candidates(self.data)
        unscored = given.tell(self.data, truth.where, self.notice)
        figures = measure(self.data, scores, truth, ranked=given.pairs)
        _write_rows(self.rows, given.name, 0, self.data, scores, truth, None)
        values = _over_seeds([{**asdict(figures), **_NO_COST}], 1)
        return {"name": given.name, **values, "unscored": unscored}

    def method_row(self, name: str, seeds: int) -> dict[str, Any]:
        """Run a method with each seed, and measure it."""
        runs = []
        for seed in range(1 if name in SEEDLESS else seeds):
            run = in_own_process(self.work, name, seed, self.device, self.progress)
            truth = read_truth(self.pair, self.data)
            figures = measure(self.data, run.scores, truth, rule=run.rule)
            runs.append({**asdict(figures), **asdict(run.cost)})
            _write_rows(self.rows, name, seed, self.data, run.scores, truth, run.rule)
        return {"name": name, **_over_seeds(runs, seeds)}


def _report(
    pair: PairFolder, data: Dataset, candidates: CandidateReport, results: list[dict[str, Any]]
) -> dict[str, Any]:
    report = {
        "dataset": pair.name,
        "candidates": json_numbers(asdict(candidates)),
        "methods": list(results),
    }
    tested = read_truth(pair, data).links_left
    if others := published(pair.name, len(tested)):
        report["published"] = [asdict(each) for each in others]
    return report


def prepare(
    pair: PairFolder, folder: Path, progress: Progress = silent, notice: Notice = unheard
) -> tuple[Dataset, CandidateReport]:
    """Read, block and compare once for all methods, see ``prepare_links``."""
    left, right = pair.read_graphs(progress, notice)
    return prepare_links(left, right, read_splits(pair, left, right, notice), folder, progress)


def prepare_links(
    left: KnowledgeGraph,
    right: KnowledgeGraph,
    splits: Splits,
    folder: Path,
    progress: Progress = silent,
) -> tuple[Dataset, CandidateReport]:
    """Block and compare once for all methods; large columns are written into ``folder``.

    The candidates of a judged set are its pairs and those from blocking, which are nothing but
    their competitors: what is not judged is neither learnt from nor measured. Of an entity that may
    have several counterparts non-matches are presumed, see ``with_presumed``, by training and
    validation links alone: what test links name is taken for one like any other candidate.
    """
    train, valid, test = splits
    schema = infer_schema(left, right, Links.concatenate(train, valid))
    train, valid = (
        links.take(of_paired_types(links, left, right, schema)) for links in (train, valid)
    )
    started = time.perf_counter()
    sides = read_sides(left, right, schema)
    candidates = block(left, right, schema, progress=progress, sides=sides)
    # which pairs were judged is known; how, is not used here
    judged_keys = [each.take(~each.gold).keys for each in (train, valid, test)]
    judged = np.unique(np.concatenate(judged_keys))
    keys = np.unique(np.concatenate([pair_keys(candidates.left, candidates.right), judged]))
    lefts, rights = rows_of_keys(keys)
    similarity = PairSimilarity.fit(left, right, schema, sides).used_by(lefts, rights)
    names = similarity.feature_names
    compared = _compared(similarity, lefts, rights, folder / "similarities.npy", progress)
    features = entity_features(left, right, schema, progress=progress, sides=sides)
    counterparts = Counterparts.of(left, right, schema.cardinality)
    of_names = names.index("name: cosine")
    presumed = with_presumed(lefts, rights, compared, train, valid, counterparts, of_names)
    seconds = time.perf_counter() - started

    data = Dataset(
        left_graph=left,
        right_graph=right,
        schema=schema,
        left=lefts,
        right=rights,
        name_similarity=np.nan_to_num(compared[:, of_names]),
        similarities=compared,
        similarity_names=names,
        features=features,
        train=labelled(keys, presumed.train),
        valid=labelled(keys, presumed.valid),
    )
    there = np.isin(test.matches.keys, keys)
    return data, CandidateReport(
        len(keys) if train.gold.any() else len(judged),
        float(there.mean()) if len(there) else math.nan,
        int((~of_paired_types(test.matches, left, right, schema)).sum()),
        presumed.presumed,
        presumed.doubtful,
        seconds,
    )


def _compared(
    similarity: PairSimilarity,
    lefts: Ints,
    rights: Ints,
    file: Path,
    progress: Progress,
) -> npt.NDArray[np.float32]:
    """Write how alike pairs are into a column file, and open it, (pairs, F)."""
    shape = len(lefts), len(similarity.feature_names)
    write_column(file, shape, np.float16, similarity.in_parts(lefts, rights, progress))
    return open_column(file)


def _write_rows(
    rows: PerPair | None,
    name: str,
    seed: int,
    data: Dataset,
    scores: Scores,
    truth: Truth,
    rule: DecisionRule | None,
) -> None:
    """Write what was said of each valid and test pair, and of the matches that blocking lost."""
    if rows is None:
        return
    calibration = (rule or decide_by_validation(data, scores)).calibration
    for split, part in (("valid", data.valid), ("test", Labelled(truth.where, truth.label))):
        pairs = data.left[part.where], data.right[part.where]
        of_part = scores[part.where]
        rows.write(name, seed, split, pairs, part.label, of_part, calibration.apply(of_part))
    lost = ~np.isin(
        pair_keys(truth.links_left, truth.links_right), pair_keys(data.left, data.right)
    )
    nothing = np.full(int(lost.sum()), np.nan)
    pairs = truth.links_left[lost], truth.links_right[lost]
    rows.write(name, seed, "test", pairs, np.ones(len(nothing), np.int8), nothing, nothing)


def run_method(
    data: Dataset, name: str, seed: int = 0, device: str = "auto", progress: Progress = silent
) -> Run:
    """Fit a method and let it score all candidates, in this process."""
    started = time.perf_counter()
    scorer = method(name)(data, seed, device, progress)
    fitted = time.perf_counter()
    scores = np.asarray(scorer.score())
    seconds = time.perf_counter() - fitted
    cost = Cost(
        train_seconds=fitted - started,
        score_seconds=seconds,
        pairs_per_second=len(scores) / max(seconds, 1e-9),
        parameters=scorer.parameters,
        peak_rss_mb=peak_memory_mb(),
    )
    return Run(scores, cost, scorer.rule)


# ------------------------------------------------------------------------ processes


def in_own_process(folder: Path, name: str, seed: int, device: str, progress: Progress) -> Run:
    """Run a method on a saved dataset in a process of its own, whose peak memory is its own."""
    ended: tuple[Cost, DecisionRule | None] | None = None
    try:
        for _, result in in_processes(_run, [(folder, name, seed, device)]):
            if isinstance(result[0], Cost):
                ended = result
            else:
                stage, done, total, figures = result
                progress(f"{name}: {stage}", done, total, **figures)
    except ProcessError as error:
        raise KGReviewError(
            f"{name}: {error}; where memory ran out, leave this method out with --methods"
        ) from None
    except KGReviewError as error:
        raise KGReviewError(f"{name}: {error}") from None
    except RuntimeError as error:
        raise RuntimeError(f"{name} failed in its process:\n{error}") from None
    assert ended is not None  # or it would have raised
    return Run(np.load(folder / "scores.npy"), *ended)


def _run(report: Report, folder: Path, name: str, seed: int, device: str) -> None:
    """Run one method in a process of its own; scores go into a file."""
    last = [0.0]

    def progress(stage: str, done: int, total: int | None = None, **figures: float) -> None:
        if time.monotonic() - last[0] > _PROGRESS_EVERY or done == total:
            last[0] = time.monotonic()
            report((stage, done, total, figures))

    run = run_method(Dataset.open(folder), name, seed, device, progress)
    np.save(folder / "scores.npy", run.scores)
    report((run.cost, run.rule))


# ------------------------------------------------------------------------ reporting


def _over_seeds(runs: list[dict[str, float]], seeds: int) -> dict[str, Any]:
    """Give means, and where there are several seeds standard deviations, as JSON values."""
    figures: dict[str, Any] = {}
    for key in runs[0]:
        values = np.array([run[key] for run in runs], dtype=np.float64)
        figures[key] = float(values.mean())
        if seeds > 1:
            figures[f"{key}_sd"] = float(values.std(ddof=1)) if len(values) > 1 else 0.0
    return json_numbers(figures)


def json_numbers(values: dict[str, Any]) -> dict[str, Any]:
    """Round to what a figure is worth; what is not a number becomes null."""
    plain_values: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, float):
            digits = 1 if "per_second" in key or "rss" in key or "parameters" in key else 4
            plain_values[key] = None if math.isnan(value) else round(value, digits)
        else:
            plain_values[key] = value
    return plain_values

"""The verb *benchmark*: every method on the same pairs, measured by links none of them has seen.

A method runs in a process of its own, so that its peak memory is its own, and is handed a
``Dataset`` that holds no test label. Test links are read again when its scores are there.
"""

from __future__ import annotations

import math
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from kgreview.aligner.baselines.dataset import Dataset, Labelled
from kgreview.aligner.baselines.registry import METHODS, SEEDLESS, method
from kgreview.aligner.features import entity_features
from kgreview.candidates.blocking import block
from kgreview.errors import InputError, KGReviewError
from kgreview.evaluation.calibration import Calibration, expected_calibration_error
from kgreview.evaluation.metrics import (
    average_precision,
    best_threshold,
    hits_at_1,
    precision_recall_f1,
    recall_at_precision,
)
from kgreview.features.similarity import PairSimilarity
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.links import Links, pair_keys
from kgreview.graph.paired import of_paired_types
from kgreview.graph.readers import links_of_pair, read_graph, read_links
from kgreview.graph.sides import read_sides
from kgreview.graph.suggestion import infer_schema
from kgreview.progress import Progress, silent
from kgreview.workflow.memory import peak_memory_mb
from kgreview.workflow.processes import ProcessError, Report, in_processes

Scores = npt.NDArray[np.floating]
Rows = npt.NDArray[np.int64]

_PROGRESS_EVERY = 0.2  # seconds between two reports of a method's process


@dataclass(frozen=True, eq=False)
class Truth:
    """What is tested: the candidates that count, and their labels. No method is handed it."""

    where: Rows  # (pairs,) positions among the candidates
    label: npt.NDArray[np.int8]  # (pairs,)
    links_left: Rows  # left rows of the matches, whether or not blocking kept them
    missed: int  # matches that blocking lost


@dataclass(frozen=True)
class CandidateReport:
    """What is scored."""

    pairs: int  # all candidates of a gold set, the judged pairs of a judged one
    recall: float  # share of the test matches among them
    unpaired: int  # test matches that cannot be: they join types that are not paired
    seconds: float  # for candidates, their similarities and the entities' features


@dataclass(frozen=True)
class Cost:
    """What one run of a method took."""

    train_seconds: float
    score_seconds: float
    pairs_per_second: float
    parameters: int
    peak_rss_mb: float  # of the method's whole process


@dataclass(frozen=True)
class Figures:
    """How good scores are on the test pairs, at the threshold of the best F1 on validation."""

    prauc: float
    f1: float
    precision: float
    recall: float
    recall_at_p95: float
    hits_at_1: float
    end_to_end_f1: float  # links lost in blocking are misses
    calibration_error: float  # of probabilities, which validation pairs turn scores into


def benchmark(
    pair: Path,
    methods: Sequence[str] = METHODS,
    *,
    seeds: int = 1,
    device: str = "auto",
    progress: Progress = silent,
) -> Iterator[dict[str, Any]]:
    """Measure methods on a folder with left/, right/ and links/{train,valid,test}.

    Gives the whole report, as JSON values, each time one more method is done. Raises
    ``InputError`` for a method there is not and for whatever the readers refuse.
    """
    for name in methods:
        method(name)
    with tempfile.TemporaryDirectory(prefix="kgreview-benchmark-") as work:
        folder = Path(work)
        data, report = prepare(pair, folder, progress)
        data.save(folder)
        results: list[dict[str, Any]] = []
        for name in methods:
            runs = []
            for seed in range(1 if name in SEEDLESS else seeds):
                scores, cost = in_own_process(folder, name, seed, device, progress)
                truth = read_truth(pair, data)
                runs.append({**asdict(measure(data, scores, truth)), **asdict(cost)})
            results.append({"name": name, **_over_seeds(runs, seeds)})
            yield {
                "dataset": pair.resolve().name,
                "candidates": _json_numbers(asdict(report)),
                "methods": list(results),
            }


def prepare(
    pair: Path, folder: Path, progress: Progress = silent
) -> tuple[Dataset, CandidateReport]:
    """Read, block and compare once for all methods; large columns are written into ``folder``.

    The candidates of a judged set are its pairs and those from blocking, which are nothing but
    their rivals: what is not judged is neither learnt from nor measured.
    """
    left = read_graph(pair / "left", progress)
    right = read_graph(pair / "right", progress)
    train, valid, test = (_read_split(pair, s, left, right) for s in ("train", "valid", "test"))
    if not (train.label == 1).any():
        raise InputError.at(pair / "links", "holds no match to train with; add links/train.tsv")
    schema = infer_schema(left, right, Links.concatenate(train, valid))
    train, valid = (
        links.take(of_paired_types(links, left, right, schema)) for links in (train, valid)
    )

    started = time.perf_counter()
    sides = read_sides(left, right, schema)
    found = block(left, right, schema, progress=progress, sides=sides)
    # which pairs were judged is known; how, is not used here
    judged = np.unique(
        np.concatenate([links.take(~links.gold).keys for links in (train, valid, test)])
    )
    keys = np.unique(np.concatenate([pair_keys(found.left, found.right), judged]))
    counted = len(keys) if train.gold.any() else len(judged)
    lefts = (keys >> np.uint64(32)).astype(np.int64)
    rights = (keys & np.uint64(0xFFFFFFFF)).astype(np.int64)
    similarity = PairSimilarity.fit(left, right, schema, sides)
    names = similarity.feature_names
    compared = np.lib.format.open_memmap(
        folder / "similarities.npy", mode="w+", dtype=np.float32, shape=(len(keys), len(names))
    )
    similarity.compute(lefts, rights, progress, out=compared)
    compared.flush()
    features = entity_features(left, right, schema, progress=progress, sides=sides)
    seconds = time.perf_counter() - started

    data = Dataset(
        left_graph=left,
        right_graph=right,
        schema=schema,
        left=lefts,
        right=rights,
        name_similarity=np.nan_to_num(compared[:, names.index("name: cosine")]),
        similarities=compared,
        similarity_names=names,
        features=features,
        train=_labelled(keys, train),
        valid=_labelled(keys, valid),
    )
    there = np.isin(test.matches.keys, keys)
    recall = float(there.mean()) if len(there) else math.nan
    unpaired = int((~of_paired_types(test.matches, left, right, schema)).sum())
    return data, CandidateReport(counted, recall, unpaired, seconds)


def read_truth(pair: Path, data: Dataset) -> Truth:
    """Read the test links of a folder and find the candidates they label."""
    test = _read_split(pair, "test", data.left_graph, data.right_graph)
    keys = pair_keys(data.left, data.right)
    tested = _labelled(keys, test)
    lost = ~np.isin(test.matches.keys, keys)
    return Truth(tested.where, tested.label, test.matches.left, int(lost.sum()))


def measure(data: Dataset, scores: Scores, truth: Truth) -> Figures:
    """Measure scores (candidates,) of all candidates. The only place that sees test labels.

    As in the app, validation pairs turn scores into probabilities, and the threshold is one of
    these: where the scores leave a gap, its middle does not hang on what kind of scores they are.
    """
    held, tested = scores[data.valid.where], scores[truth.where]
    calibration = Calibration.fit(held, data.valid.label)
    probabilities = calibration.apply(tested)
    threshold = best_threshold(data.valid.label, calibration.apply(held))
    called = precision_recall_f1(truth.label, probabilities, threshold)
    return Figures(
        prauc=average_precision(truth.label, tested),
        f1=called.f1,
        precision=called.precision,
        recall=called.recall,
        recall_at_p95=recall_at_precision(truth.label, tested, 0.95),
        hits_at_1=hits_at_1(data.left[truth.where], truth.label, tested, truth.links_left),
        end_to_end_f1=precision_recall_f1(truth.label, probabilities, threshold, truth.missed).f1,
        calibration_error=expected_calibration_error(truth.label, probabilities),
    )


def run_method(
    data: Dataset, name: str, seed: int = 0, device: str = "auto", progress: Progress = silent
) -> tuple[Scores, Cost]:
    """Fit a method and let it score all candidates, in this process."""
    started = time.perf_counter()
    scorer = method(name)(data, seed, device, progress)
    fitted = time.perf_counter()
    scores = np.asarray(scorer.score())
    seconds = time.perf_counter() - fitted
    return scores, Cost(
        train_seconds=fitted - started,
        score_seconds=seconds,
        pairs_per_second=len(scores) / max(seconds, 1e-9),
        parameters=scorer.parameters,
        peak_rss_mb=peak_memory_mb(),
    )


def leaking(pair: Path, methods: Sequence[str] = METHODS) -> tuple[str, ...]:
    """Name the methods that know something of the test links: all must score as if these differed.

    Each runs twice, here and on a copy of the folder in which the test links say something else.
    Only what scores the same both times is clean; networks on several threads round differently.
    """
    with tempfile.TemporaryDirectory(prefix="kgreview-leak-") as work:
        copy = _with_other_test_links(pair, Path(work) / "copy")
        sets = []
        for number, source in enumerate((pair, copy)):
            folder = Path(work) / str(number)
            folder.mkdir()
            sets.append(prepare(source, folder)[0])
        found = []
        for name in methods:
            first, second = (run_method(data, name, device="cpu")[0] for data in sets)
            if not np.allclose(first, second, rtol=0, atol=1e-3 * float(np.std(first))):
                found.append(name)
        return tuple(found)


# ------------------------------------------------------------------------ reading


def _read_split(pair: Path, split: str, left: KnowledgeGraph, right: KnowledgeGraph) -> Links:
    paths = links_of_pair(pair, split)
    if not paths:
        raise InputError.at(
            pair / "links", f"has no {split}.tsv; a benchmark needs train, valid and test"
        )
    return Links.concatenate(*(read_links(path, left, right) for path in paths))


def _labelled(keys: npt.NDArray[np.uint64], links: Links) -> Labelled:
    """Label the candidates that a split is about: its pairs, or those of its left entities."""
    lefts = (keys >> np.uint64(32)).astype(np.int64)
    rights = (keys & np.uint64(0xFFFFFFFF)).astype(np.int64)
    label = links.labels(lefts, rights)
    where = np.flatnonzero(label >= 0)
    return Labelled(where, label[where])


def _with_other_test_links(pair: Path, copy: Path) -> Path:
    """Copy a folder: gold test links lead elsewhere, judged ones have the other label."""
    (copy / "links").mkdir(parents=True)
    for side in ("left", "right"):
        (copy / side).symlink_to((pair / side).resolve(), target_is_directory=True)
    for split in ("train", "valid"):
        for path in links_of_pair(pair, split):
            shutil.copyfile(path, copy / "links" / path.name)
    left, right = read_graph(pair / "left"), read_graph(pair / "right")
    test = _read_split(pair, "test", left, right)
    rights = np.where(test.gold, np.roll(test.right, 1), test.right)
    label = np.where(test.gold, test.label, 1 - test.label)
    columns = {
        "left": left.ids.take(pa.array(test.left)),
        "right": right.ids.take(pa.array(rights)),
        "label": pa.array(label).cast(pa.string()),
    }
    pq.write_table(pa.table(columns), copy / "links" / "test.parquet")
    return copy


# ------------------------------------------------------------------------ processes


def in_own_process(
    folder: Path, name: str, seed: int, device: str, progress: Progress
) -> tuple[Scores, Cost]:
    """Run a method on a saved dataset in a process of its own, whose peak memory is its own."""
    cost: Cost | None = None
    try:
        for _, told in in_processes(_run, [(folder, name, seed, device)]):
            if isinstance(told, Cost):
                cost = told
            else:
                stage, done, total, figures = told
                progress(f"{name}: {stage}", done, total, **figures)
    except ProcessError as error:
        raise KGReviewError(
            f"{name}: {error}; where memory ran out, leave this method out with --methods"
        ) from None
    except KGReviewError as error:
        raise KGReviewError(f"{name}: {error}") from None
    except RuntimeError as error:
        raise RuntimeError(f"{name} failed in its process:\n{error}") from None
    assert cost is not None  # or it would have raised
    return np.load(folder / "scores.npy"), cost


def _run(report: Report, folder: Path, name: str, seed: int, device: str) -> None:
    """Run one method in a process of its own; scores go into a file."""
    last = [0.0]

    def progress(stage: str, done: int, total: int | None = None, **figures: float) -> None:
        if time.monotonic() - last[0] > _PROGRESS_EVERY or done == total:
            last[0] = time.monotonic()
            report((stage, done, total, figures))

    scores, cost = run_method(Dataset.open(folder), name, seed, device, progress)
    np.save(folder / "scores.npy", scores)
    report(cost)


# ------------------------------------------------------------------------ reporting


def _over_seeds(runs: list[dict[str, float]], seeds: int) -> dict[str, Any]:
    """Give means, and where there are several seeds standard deviations, as JSON values."""
    found: dict[str, Any] = {}
    for key in runs[0]:
        values = np.array([run[key] for run in runs], dtype=np.float64)
        found[key] = float(values.mean())
        if seeds > 1:
            found[f"{key}_sd"] = float(values.std(ddof=1)) if len(values) > 1 else 0.0
    return _json_numbers(found)


def _json_numbers(values: dict[str, Any]) -> dict[str, Any]:
    """Round to what a figure is worth; what is not a number becomes null."""
    found: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, float):
            digits = 1 if "per_second" in key or "rss" in key or "parameters" in key else 4
            found[key] = None if math.isnan(value) else round(value, digits)
        else:
            found[key] = value
    return found


_Cell = Callable[[Any], str]
_COLUMNS: tuple[tuple[str, str, _Cell], ...] = (
    ("prauc", "PRAUC", lambda v: f"{v:.4f}"),
    ("f1", "F1", lambda v: f"{v:.3f}"),
    ("precision", "prec.", lambda v: f"{v:.3f}"),
    ("recall", "recall", lambda v: f"{v:.3f}"),
    ("recall_at_p95", "R@P.95", lambda v: f"{v:.3f}"),
    ("hits_at_1", "hits@1", lambda v: f"{v:.3f}"),
    ("calibration_error", "ECE", lambda v: f"{v:.4f}"),
    ("end_to_end_f1", "e2e F1", lambda v: f"{v:.3f}"),
    ("train_seconds", "train s", lambda v: f"{v:.1f}"),
    ("score_seconds", "score s", lambda v: f"{v:.1f}"),
    ("pairs_per_second", "pairs/s", lambda v: f"{v:,.0f}"),
    ("parameters", "params", lambda v: f"{v:,.0f}"),
    ("peak_rss_mb", "RSS MB", lambda v: f"{v:,.0f}"),
)
_WITH_SD = frozenset({"prauc", "f1", "end_to_end_f1"})  # in the table; the JSON has them all


def table(report: dict[str, Any]) -> list[str]:
    """Set a report as lines of a table, which is also valid Markdown."""
    candidates = report["candidates"]
    recall = candidates["recall"]
    rows = [["method", *(title for _, title, _ in _COLUMNS)]]
    for result in report["methods"]:
        cells = [result["name"]]
        for key, _, cell in _COLUMNS:
            value, sd = result[key], result.get(f"{key}_sd")
            text = "–" if value is None else cell(value)
            cells.append(text if sd is None or key not in _WITH_SD else f"{text} ±{sd:.3f}")
        rows.append(cells)
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [
        "| " + " | ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) + " |"
        for row in rows
    ]
    rule = "|" + "|".join(["-" * (widths[0] + 2), *("-" * (w + 1) + ":" for w in widths[1:])]) + "|"
    found = "unknown" if recall is None else f"{recall:.3f}"
    if unpaired := candidates.get("unpaired"):  # reports of earlier releases lack it
        joins = "joins" if unpaired == 1 else "join"
        found += f" ({unpaired:,} of the test matches {joins} types that are not paired)"
    return [
        f"{report['dataset']}: {candidates['pairs']:,} pairs with a recall of {found}, "
        f"made in {candidates['seconds']:.0f} s",
        "",
        lines[0],
        rule,
        *lines[1:],
    ]

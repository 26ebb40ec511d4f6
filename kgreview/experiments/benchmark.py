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
from dataclasses import asdict, dataclass, fields, replace
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from kgreview.aligner.baselines.dataset import Dataset, Labelled
from kgreview.aligner.baselines.registry import RUNNABLE, SEEDLESS, method
from kgreview.aligner.features import entity_features
from kgreview.aligner.presumed import with_presumed
from kgreview.candidates.blocking import block
from kgreview.errors import InputError, KGReviewError
from kgreview.evaluation.calibration import Calibration, expected_calibration_error
from kgreview.evaluation.decision_rule import DecisionRule
from kgreview.evaluation.metrics import (
    average_precision,
    best_threshold,
    hits_at_1,
    precision_recall_f1,
    recall_at_precision,
)
from kgreview.evaluation.ranks import Matches, RankFigures, ScoredPairs, rank_figures
from kgreview.exchange.division import SPLITS
from kgreview.exchange.links import KnownLinks
from kgreview.exchange.pair_folders import PairFolder, PairOptions, open_pair
from kgreview.experiments.given_scores import GivenScores, read_scores
from kgreview.experiments.per_pair import PerPair
from kgreview.experiments.published import published
from kgreview.features.similarity import PairSimilarity
from kgreview.graph.counterparts import Counterparts
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.links import Links, pair_keys
from kgreview.graph.paired import of_paired_types
from kgreview.graph.schema import TypePair
from kgreview.graph.sides import read_sides
from kgreview.graph.suggestion import cardinality_of_types, infer_schema
from kgreview.pipeline.memory import peak_memory_mb
from kgreview.pipeline.processes import ProcessError, Report, in_processes
from kgreview.progress import Notice, Progress, silent, unheard

Scores = npt.NDArray[np.floating]
Rows = npt.NDArray[np.int64]

_FEWEST_VALID = 4  # links to validate with, however few there are to train with
_PROGRESS_EVERY = 0.2  # seconds between two reports of a method's process


class Splits(NamedTuple):
    """The links to learn from, to tune by and to test with."""

    train: Links
    valid: Links
    test: Links


@dataclass(frozen=True, eq=False)
class Truth:
    """What is tested: the candidates that count, and their labels. No method is handed it."""

    where: Rows  # (pairs,) positions among the candidates
    label: npt.NDArray[np.int8]  # (pairs,)
    links_left: Rows  # left rows of the matches, whether or not blocking kept them
    links_right: Rows  # their right rows
    missed: int  # matches that blocking lost


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
class Figures:
    """How good scores are on the test pairs, at the threshold that validation pairs chose."""

    prauc: float
    f1: float
    precision: float
    recall: float
    recall_at_p95: float
    hits_at_1: float  # among the tested candidates of an entity
    end_to_end_f1: float  # links lost in blocking are misses
    calibration_error: float  # of probabilities, which validation pairs turn scores into
    hits_at_1_all: float  # among all right entities of paired types, see ``rank_figures``
    hits_at_10_all: float
    mrr_all: float
    hits_at_1_tested: float  # among the right entities of the test links, as many papers rank
    hits_at_10_tested: float
    mrr_tested: float


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
    their competitors: what is not judged is neither learnt from nor measured. Of an entity that may have
    several counterparts non-matches are presumed, see ``with_presumed``, by training and validation
    links alone: what test links name is taken for one like any other candidate.
    """
    train, valid, test = splits
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
    counterparts = Counterparts.of(left, right, schema.cardinality)
    of_names = names.index("name: cosine")
    known = with_presumed(lefts, rights, compared, train, valid, counterparts, of_names)
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
        train=_labelled(keys, known.train),
        valid=_labelled(keys, known.valid),
    )
    there = np.isin(test.matches.keys, keys)
    recall = float(there.mean()) if len(there) else math.nan
    unpaired = int((~of_paired_types(test.matches, left, right, schema)).sum())
    report = CandidateReport(counted, recall, unpaired, known.presumed, known.doubtful, seconds)
    return data, report


def read_truth(pair: PairFolder, data: Dataset) -> Truth:
    """Read the test links of a folder and find the candidates they label.

    Gold test links label all candidates of their left entities, however many counterparts these may
    have: the set says which they are. A link of another split is left out, for it is no non-match.
    """
    train, valid, test = (
        _read_split(pair, each, data.left_graph, data.right_graph) for each in SPLITS
    )
    keys = pair_keys(data.left, data.right)
    tested = _labelled(keys, test)
    elsewhere = np.setdiff1d(Links.concatenate(train, valid).matches.keys, test.keys)
    kept = ~np.isin(keys[tested.where], elsewhere)
    lost = ~np.isin(test.matches.keys, keys)
    matches = test.matches
    return Truth(
        tested.where[kept], tested.label[kept], matches.left, matches.right, int(lost.sum())
    )


def measure(
    data: Dataset,
    scores: Scores,
    truth: Truth,
    *,
    rule: DecisionRule | None = None,
    ranked: ScoredPairs | None = None,
) -> Figures:
    """Measure scores (candidates,) of all candidates. The only place that sees test labels.

    Where a method has no ``rule`` of its own, validation pairs turn its scores into probabilities,
    see ``decide_by_validation``. ``ranked``: the pairs that ranks among all entities go by, if
    these are not the candidates.
    """
    rule = rule or decide_by_validation(data, scores)
    tested, threshold = scores[truth.where], rule.threshold
    probabilities = rule.calibration.apply(tested)
    called = precision_recall_f1(truth.label, probabilities, threshold)
    pairs = ScoredPairs(data.left, data.right, scores) if ranked is None else ranked
    among_all, among_tested = _ranks(data, truth, pairs)
    return Figures(
        prauc=average_precision(truth.label, tested),
        f1=called.f1,
        precision=called.precision,
        recall=called.recall,
        recall_at_p95=recall_at_precision(truth.label, tested, 0.95),
        hits_at_1=hits_at_1(data.left[truth.where], truth.label, tested, truth.links_left),
        end_to_end_f1=precision_recall_f1(truth.label, probabilities, threshold, truth.missed).f1,
        calibration_error=expected_calibration_error(truth.label, probabilities),
        **{f"{name}_all": value for name, value in among_all._asdict().items()},
        **{f"{name}_tested": value for name, value in among_tested._asdict().items()},
    )


def decide_by_validation(data: Dataset, scores: Scores) -> DecisionRule:
    """Calibrate scores on validation pairs, and choose the threshold of the best F1 there.

    The threshold is a probability: where the scores leave a gap, its middle does not hang on what
    kind of scores they are.
    """
    held, label = scores[data.valid.where], data.valid.label
    calibration = Calibration.fit(held, label)
    return DecisionRule(calibration, best_threshold(label, calibration.apply(held)))


def _ranks(data: Dataset, truth: Truth, pairs: ScoredPairs) -> tuple[RankFigures, RankFigures]:
    """Rank test matches among all right entities of paired types, and among those of test links."""
    matches = Matches(truth.links_left, truth.links_right)
    known = _known_matches(data, matches)
    pool, reachable = _pool(data, matches)
    among_all = rank_figures(pairs, matches, known, pool, reachable)
    rights = np.unique(matches.right)
    where = np.isin(pairs.right, rights)
    few = ScoredPairs(pairs.left[where], pairs.right[where], pairs.score[where])
    others = Matches(*(column[np.isin(known.right, rights)] for column in known))
    everyone = np.full(len(matches.left), len(rights)), np.ones(len(matches.left), np.bool_)
    return among_all, rank_figures(few, matches, others, *everyone)


def _known_matches(data: Dataset, tested: Matches) -> Matches:
    """Give all matches that are known, whichever split they are in."""
    where = np.concatenate([part.where[part.label == 1] for part in (data.train, data.valid)])
    return Matches(
        np.concatenate([tested.left, data.left[where]]),
        np.concatenate([tested.right, data.right[where]]),
    )


def _pool(data: Dataset, matches: Matches) -> tuple[Rows, npt.NDArray[np.bool_]]:
    """Count the right entities of types that are paired with that of each match's left entity.

    The second array says whether the right entity of the match is one of them.
    """
    left, right = data.left_graph, data.right_graph
    paired = np.zeros((len(left.type_names), len(right.type_names)), dtype=np.bool_)
    for pair in data.schema.types:
        if pair.left in left.type_names and pair.right in right.type_names:
            paired[left.type_names.index(pair.left), right.type_names.index(pair.right)] = True
    sizes = paired @ np.bincount(right.types, minlength=len(right.type_names))
    of_left = left.types[matches.left]
    return sizes[of_left].astype(np.int64), paired[of_left, right.types[matches.right]]


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


def leaking(pair: PairFolder, methods: Sequence[str] = RUNNABLE) -> tuple[str, ...]:
    """Name the methods that know something of the test links: all must score as if these differed.

    Each runs twice, here and on the same folder with test links that say something else. Only what
    scores the same both times is clean; networks on several threads round differently.
    """
    with tempfile.TemporaryDirectory(prefix="kgreview-leak-") as work:
        sets = []
        for number, source in enumerate((pair, OtherTestLinks.of(pair))):
            folder = Path(work) / str(number)
            folder.mkdir()
            sets.append(prepare(source, folder)[0])
        found = []
        for name in methods:
            first, second = (run_method(data, name, device="cpu").scores for data in sets)
            if not np.allclose(first, second, rtol=0, atol=1e-3 * float(np.std(first))):
                found.append(name)
        return tuple(found)


@dataclass(frozen=True)
class OtherTestLinks(PairFolder):
    """A pair folder whose gold test links lead elsewhere; judged ones have the other label."""

    @classmethod
    def of(cls, pair: PairFolder) -> OtherTestLinks:
        """Give the same folder with other test links."""
        return cls(**{each.name: getattr(pair, each.name) for each in fields(pair)})

    def read_links(
        self,
        splits: Sequence[str],
        left: KnowledgeGraph,
        right: KnowledgeGraph,
        progress: Progress = silent,
        notice: Notice = unheard,
    ) -> KnownLinks:
        """Read links as they are, those to test with turned."""
        known = super().read_links(splits, left, right, progress, notice)
        if "test" not in known.links:
            return known
        test = known.links["test"]
        rights = np.where(test.gold, np.roll(test.right, 1), test.right)
        label = np.where(test.gold, test.label, 1 - test.label).astype(np.int8)
        turned = Links(test.left, rights, label, test.gold)
        return replace(known, links={**known.links, "test": turned})


# ------------------------------------------------------------------------ reading


def read_splits(
    pair: PairFolder, left: KnowledgeGraph, right: KnowledgeGraph, notice: Notice = unheard
) -> Splits:
    """Read the links of all splits; what those to test with label is in no other.

    So what test links tell is not learnt from, whatever other links tell of it. Where an entity may
    have several counterparts, a link tells of its own pair alone.
    """
    for split in SPLITS:
        if split not in pair.splits:
            raise InputError.at(
                pair.path, f"has no {split} links; a benchmark needs train, valid and test"
            )
    notes: list[str] = []
    train, valid, test = (_read_split(pair, each, left, right, notes.append) for each in SPLITS)
    for text in dict.fromkeys(notes):  # one file may say something of several splits
        notice(text)
    if not (train.label == 1).any():
        raise InputError.at(pair.path, "holds no match to train with; add one to its train links")
    counterparts = _counterparts(left, right, Links.concatenate(train, valid))
    tells = [counterparts.opened(links) for links in (valid, test)]
    apart = [
        links.take(~other.settle(links.left, links.right))
        for links, other in zip((train, valid), tells, strict=True)
    ]
    apart[0] = apart[0].take(~tells[1].settle(apart[0].left, apart[0].right))
    if twice := len(train) + len(valid) - sum(map(len, apart)):
        notice(
            f"{pair.path}: {twice:,} links are about what links of a later split tell, of train, "
            "valid and test; they are left out, or what is tested would be learnt"
        )
    return Splits(apart[0], apart[1], test)


def _counterparts(left: KnowledgeGraph, right: KnowledgeGraph, links: Links) -> Counterparts:
    """Tell by links how many counterparts entities of the types that they join may have."""
    codes = np.unique(np.stack([left.types[links.left], right.types[links.right]]), axis=1)
    types = tuple(
        TypePair(left.type_names[one], right.type_names[other]) for one, other in codes.T.tolist()
    )
    return Counterparts.of(left, right, cardinality_of_types(left, right, links, types))


def few_links(splits: Splits, number: int, seed: int) -> Splits:
    """Draw some training links, and validation links in the proportion of all; keep test links.

    Of validation links four are kept, where there are so many; of judged pairs one of either label
    at least, in both. The more are drawn with a seed the more are added: none is left out again.
    """
    train, valid, test = splits
    held = max(_FEWEST_VALID, round(number * len(valid) / max(1, len(train))))
    rng = np.random.default_rng(seed)
    return Splits(_some(train, number, rng), _some(valid, held, rng), test)


def _some(links: Links, number: int, rng: np.random.Generator) -> Links:
    """Draw links at random, no more than there are, and one of either label before all others."""
    order = rng.permutation(len(links))
    of_label = [order[links.label[order] == value][:1] for value in (1, 0)]
    first = np.isin(order, np.concatenate(of_label))
    return links.take(np.concatenate([order[first], order[~first]])[:number])


def _read_split(
    pair: PairFolder,
    split: str,
    left: KnowledgeGraph,
    right: KnowledgeGraph,
    notice: Notice = unheard,
) -> Links:
    return pair.read_links([split], left, right, notice=notice).links[split]


def _labelled(keys: npt.NDArray[np.uint64], links: Links) -> Labelled:
    """Label the candidates that a split is about: its pairs, or those of its left entities."""
    lefts = (keys >> np.uint64(32)).astype(np.int64)
    rights = (keys & np.uint64(0xFFFFFFFF)).astype(np.int64)
    label = links.labels(lefts, rights)
    where = np.flatnonzero(label >= 0)
    return Labelled(where, label[where])


# ------------------------------------------------------------------------ processes


def in_own_process(folder: Path, name: str, seed: int, device: str, progress: Progress) -> Run:
    """Run a method on a saved dataset in a process of its own, whose peak memory is its own."""
    ended: tuple[Cost, DecisionRule | None] | None = None
    try:
        for _, told in in_processes(_run, [(folder, name, seed, device)]):
            if isinstance(told[0], Cost):
                ended = told
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
    found: dict[str, Any] = {}
    for key in runs[0]:
        values = np.array([run[key] for run in runs], dtype=np.float64)
        found[key] = float(values.mean())
        if seeds > 1:
            found[f"{key}_sd"] = float(values.std(ddof=1)) if len(values) > 1 else 0.0
    return json_numbers(found)


def json_numbers(values: dict[str, Any]) -> dict[str, Any]:
    """Round to what a figure is worth; what is not a number becomes null."""
    found: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, float):
            digits = 1 if "per_second" in key or "rss" in key or "parameters" in key else 4
            found[key] = None if math.isnan(value) else round(value, digits)
        else:
            found[key] = value
    return found

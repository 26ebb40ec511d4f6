"""What a method's scores are worth on test links."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kgreview.aligner.baselines.dataset import Dataset, Labelled
from kgreview.arrays import Bools, Rows
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
from kgreview.exchange.pair_folders import PairFolder
from kgreview.experiments.splits import read_split
from kgreview.graph.links import Links, pair_keys, rows_of_keys
from kgreview.text.columns import distinct_numbers

Scores = npt.NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Truth:
    """What is tested: the candidates that count, and their labels. No method is handed it."""

    where: Rows  # (pairs,) positions among the candidates
    label: npt.NDArray[np.int8]  # (pairs,)
    links_left: Rows  # left rows of the matches, whether or not blocking kept them
    links_right: Rows  # their right rows
    missed: int  # matches that blocking lost


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


def read_truth(pair: PairFolder, data: Dataset) -> Truth:
    """Read the test links of a folder and find the candidates they label.

    Gold test links label all candidates of their left entities, however many counterparts these may
    have: the set says which they are. A link of another split is left out, for it is no non-match.
    """
    train, valid, test = (
        read_split(pair, each, data.left_graph, data.right_graph) for each in SPLITS
    )
    keys = pair_keys(data.left, data.right)
    tested = labelled(keys, test)
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
    matches_of_all = _known_matches(data, matches)
    pool, reachable = _pool(data, matches)
    among_all = rank_figures(pairs, matches, matches_of_all, pool, reachable)
    rights = distinct_numbers(matches.right)
    where = np.isin(pairs.right, rights)
    few = ScoredPairs(pairs.left[where], pairs.right[where], pairs.score[where])
    others = Matches(*(column[np.isin(matches_of_all.right, rights)] for column in matches_of_all))
    everyone = np.full(len(matches.left), len(rights)), np.ones(len(matches.left), np.bool_)
    return among_all, rank_figures(few, matches, others, *everyone)


def _known_matches(data: Dataset, tested: Matches) -> Matches:
    """Give all matches that are known, whichever split they are in."""
    where = np.concatenate([part.where[part.label == 1] for part in (data.train, data.valid)])
    return Matches(
        np.concatenate([tested.left, data.left[where]]),
        np.concatenate([tested.right, data.right[where]]),
    )


def _pool(data: Dataset, matches: Matches) -> tuple[Rows, Bools]:
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


def labelled(keys: npt.NDArray[np.uint64], links: Links) -> Labelled:
    """Label the candidates that a split is about: its pairs, or those of its left entities."""
    label = links.labels(*rows_of_keys(keys))
    where = np.flatnonzero(label >= 0)
    return Labelled(where, label[where])

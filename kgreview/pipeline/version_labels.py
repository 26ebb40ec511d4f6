"""Labels for a new version: what it learns from, and what it is validated with."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kgreview.aligner.inputs import LabelledPairs, Pairs, find_pairs
from kgreview.aligner.presumed import Presumed, with_presumed
from kgreview.aligner.supervision import (
    Supervision,
    combine,
    from_links,
    from_lost_links,
    hold_out,
    random_non_matches,
    take,
)
from kgreview.features.similarity import PairSimilarity
from kgreview.graph.links import Links, pair_keys
from kgreview.graph.pair_rows import pair_rows
from kgreview.pipeline.blocking import similarities, similarity_of
from kgreview.pipeline.labels import (
    decisions_as_links,
    qualified_keys,
    teaching_paired_links,
)
from kgreview.pipeline.project import Project
from kgreview.progress import Progress
from kgreview.store.decisions import TrainingDecision, standing
from kgreview.text.columns import distinct_numbers

_DECISION_WEIGHT = 3.0  # a person looked at this very pair
_LOST_WEIGHT = 0.5  # of a link that blocking lost: its two entities hardly look alike
_RANDOM_PER_MATCH = 2  # random non-matches beside those from blocking
_HELD_OUT = 0.2  # of the labelled entities, where no validation links are there
_MOST_HELD = 10_000  # matched entities of validation links: more would hardly narrow an interval
_FEWEST_TO_HOLD_OUT = 40  # labelled pairs below which all are learnt from


@dataclass(frozen=True, eq=False)
class Labels:
    """The pairs whose labels are known, parted by what they are for."""

    learnt: Supervision  # to learn from, candidates or not
    held: Supervision | None  # to validate with; those that are no candidates, blocking lost
    by_links: bool = False  # held out by validation links, from which no version learns
    doubtful: int = 0  # candidates of matched entities that may be matches nobody named
    left_out: int = 0  # matches of links that are not learnt from, as there are enough


def with_random_non_matches(project: Project, labels: Labels, seed: int) -> Supervision:
    """Put non-matches drawn at random beside the pairs to learn from."""
    learnt = labels.learnt
    drawn = random_non_matches(
        project.left,
        project.right,
        project.schema,
        _RANDOM_PER_MATCH * int(learnt.label.sum()),
        supervision=learnt if labels.held is None else combine(learnt, labels.held),
        seed=seed,
    )
    return combine(drawn, learnt)


def gather_labels(
    project: Project, decided: Sequence[TrainingDecision], most: int | None = None
) -> Labels:
    """Gather what to learn from and what to validate with.

    ``most``: how many matched entities of the links are learnt from, if not all.
    What validation links settle stays out of the former, also where a curator decided on it:
    figures of two versions compare only on pairs that neither has seen.
    """
    candidates = project.candidates()
    left, right = candidates.left, candidates.right
    presumed = _with_presumed(project)
    links, valid = presumed.train, presumed.valid
    qualified = qualified_keys(project)  # no matches, nor non-matches for another link
    linked = _without(
        combine(from_lost_links(left, right, links, _LOST_WEIGHT), from_links(left, right, links)),
        qualified,
    )
    matches = int(linked.label.sum())
    if most is not None:
        linked = _share_of_matches(linked, most, project.settings.seed)
    answers = decisions_as_links(project, decided)
    weight = np.full(len(answers), _DECISION_WEIGHT, dtype=np.float32)
    by_curators = Supervision(answers.left, answers.right, answers.label, weight)
    few = len(_unsettled(combine(linked, by_curators), valid)) < _FEWEST_TO_HOLD_OUT
    pairs = _unsettled(
        combine(_competing_with_matches(project, answers), linked, by_curators), valid
    )
    held = _without(from_links(left, right, valid, links), qualified)
    if 0 < held.label.sum() < len(held):
        held = combine(from_lost_links(left, right, valid, 1.0), held)
        labels = Labels(pairs, _share_of_matches(held, _MOST_HELD, project.settings.seed), True)
    elif few:
        labels = Labels(pairs, None)
    else:
        labels = Labels(*hold_out(pairs, _HELD_OUT, project.settings.seed))
    left_out = matches - int(linked.label.sum())
    return dataclasses.replace(labels, doubtful=presumed.doubtful, left_out=left_out)


def _with_presumed(project: Project) -> Presumed:
    """Give the links, with non-matches of entities that may have several counterparts."""
    candidates = project.candidates()
    compared, names = similarities(project)
    return with_presumed(
        candidates.left,
        candidates.right,
        compared,
        teaching_paired_links(project, "train"),
        teaching_paired_links(project, "valid"),
        project.counterparts,
        names.index("name: cosine"),
        project.settings.seed,
    )


def _without(pairs: Supervision, keys: npt.NDArray[np.uint64]) -> Supervision:
    return take(pairs, np.flatnonzero(~np.isin(pair_keys(pairs.left, pairs.right), keys)))


def _unsettled(pairs: Supervision, valid: Links) -> Supervision:
    """Leave out what validation links settle."""
    return take(pairs, np.flatnonzero(~valid.settle(pairs.left, pairs.right)))


def all_settled(
    project: Project, decided: Sequence[TrainingDecision], labels: Labels
) -> Supervision:
    """Give all pairs whose label is known now, also those that are not gone over again."""
    pairs = gather_labels(project, decided).learnt
    if labels.held is None or labels.by_links:
        return pairs
    # which entities are held out depends a little on what there is: none of them is told of
    return take(pairs, np.flatnonzero(~np.isin(pairs.left, labels.held.left)))


def _competing_with_matches(project: Project, decided: Links) -> Supervision:
    """Take the other candidates of an accepted left entity for non-matches, as of a known link.

    They weigh no more than a link, no decision is written, and a pair of which anybody has said
    anything is left out: what curators said of it counts, or nothing does.
    """
    candidates = project.candidates()
    pairs = from_links(candidates.left, candidates.right, decided.matches)
    with project.database() as db:
        rows = pair_rows(project.left, project.right, standing(db))
    undecided = ~np.isin(pair_keys(pairs.left, pairs.right), pair_keys(rows.left, rows.right))
    return take(pairs, np.flatnonzero(undecided))


def _share_of_matches(pairs: Supervision, most: int, seed: int) -> Supervision:
    """Keep at most so many matches, with all pairs of their left entities, and of others a share.

    The share is the same: where there are non-matches of entities without a match, as rejections
    are, these go on beside them.
    """
    matched = distinct_numbers(pairs.left[pairs.label == 1])
    if len(matched) <= most:
        return pairs
    rng = np.random.default_rng(seed)
    others = np.setdiff1d(pairs.left, matched)
    kept = [
        rng.permutation(entities)[: round(most / len(matched) * len(entities))]
        for entities in (matched, others)
    ]
    return take(pairs, np.flatnonzero(np.isin(pairs.left, np.concatenate(kept))))


class ComparedPairs:
    """Looks similarities up among the candidates', and computes those that are not there."""

    def __init__(self, project: Project, progress: Progress) -> None:
        self._project, self._progress = project, progress
        candidates = project.candidates()
        self.candidates = Pairs(candidates.left, candidates.right, similarities(project)[0])
        self._similarity: PairSimilarity | None = None

    def __call__(self, pairs: Supervision) -> LabelledPairs:
        """Put the similarities beside labelled pairs."""
        candidates, project = self.candidates, self._project
        compared = np.empty((len(pairs), candidates.similarities.shape[1]), np.float32)
        labelled = LabelledPairs(pairs.left, pairs.right, compared, pairs.label, pairs.weight)
        where = find_pairs(candidates, labelled)
        there = where >= 0
        compared[there] = candidates.similarities[where[there]]
        if not there.all():
            if self._similarity is None:
                self._similarity = similarity_of(project)
            compared[~there] = self._similarity.compute(
                pairs.left[~there], pairs.right[~there], self._progress
            )
        return labelled

    def held(self, labels: Labels) -> tuple[LabelledPairs | None, int]:
        """Compare what is held out and a candidate; and count the matches that are none."""
        if labels.held is None:
            return None, 0
        there = np.isin(
            pair_keys(labels.held.left, labels.held.right),
            pair_keys(self.candidates.left, self.candidates.right),
        )
        lost = int(labels.held.label[~there].sum())
        return self(take(labels.held, np.flatnonzero(there))), lost

"""Fitting an aligner to labelled pairs: own features, then the rounds, then the last trees."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kgreview.aligner.correspondence import Correspondence
from kgreview.aligner.inputs import LabelledPairs, NodeInputs, Pairs, find_pairs
from kgreview.aligner.label_features import LabelFeatures
from kgreview.aligner.labelled import LabelledNeighbourhoods, Labels
from kgreview.aligner.model import (
    LAST_RISING,
    Aligner,
    Scores,
    final_figures,
    rows_of,
    scale_of,
    scaled,
)
from kgreview.aligner.own import (
    PRIOR_NAMES,
    OwnFeatures,
    OwnModel,
    most_informative,
    parts_of,
    unseen_logits,
)
from kgreview.aligner.reranking import OwnStanding
from kgreview.aligner.sampling import seed_everything
from kgreview.aligner.scored_together import Candidates
from kgreview.aligner.settings import AlignerSettings
from kgreview.aligner.supervision import Supervision
from kgreview.aligner.training import RoundScores, score_round, shared_relations, train_round
from kgreview.aligner.weighing import SlotBatch
from kgreview.errors import KGReviewError
from kgreview.evaluation.calibration import Calibration
from kgreview.evaluation.decision_rule import DecisionRule
from kgreview.evaluation.metrics import average_precision
from kgreview.progress import Progress, silent

Floats = npt.NDArray[np.float32]
Labelling = npt.NDArray[np.int8]
Rows = npt.NDArray[np.int64]

_MANY = 60_000  # labelled pairs, beyond which several members of the last trees gain nothing
_FEWEST_TO_GROW = 30  # matches to grow the last trees on: of fewer they learn noise
_ENOUGH_VALID = 100  # matches of validation to choose the trees' share by them alone ...
_SHARES = (0.5, 0.25, 0.7, 0.9)  # ... from these, of equal ones the first
_SHARES_OF_FEW = (0.0, 0.1, 0.25, 0.5)  # by the log loss on all labels


@dataclass(frozen=True, eq=False)
class Judged:
    """Labelled candidates as judged by what has not seen their labels, (labels,) each."""

    logits: Floats  # before calibration
    label: Labelling


@dataclass(frozen=True)
class Fit:
    """A fitted aligner, and what it makes of all candidates."""

    model: Aligner
    scores: Scores
    interrupted: bool  # Ctrl-C ended it
    unseen: Judged | None  # labels learnt from, by the members that have not seen them

    def decide(self, candidates: Pairs, valid: LabelledPairs | None) -> DecisionRule:
        """Calibrate, and choose the threshold, by all labels there are.

        Those of ``valid`` that are candidates, and those learnt from, as judged where unseen: of
        few labels the fifth that is held out is too few to choose by.
        """
        judged = [] if self.unseen is None else [self.unseen]
        held = _Held.of(candidates, valid)
        judged.append(Judged(self.scores.logits[held.where], held.label))
        logits = [each.logits for each in judged]
        labels = [each.label for each in judged]
        nothing = np.empty(0, np.float32), np.empty(0, np.int8)
        return DecisionRule.fit(
            np.concatenate([nothing[0], *logits]), np.concatenate([nothing[1], *labels])
        )


def fit_aligner(
    inputs: NodeInputs,
    candidates: Pairs,
    pairs: LabelledPairs,
    valid: LabelledPairs | None,
    own_columns: Sequence[int],
    settings: AlignerSettings,
    *,
    names: Sequence[str] = (),
    settled: Supervision | None = None,
    start: Aligner | None = None,
    keep: Callable[[SlotBatch], None] | None = None,
    progress: Progress = silent,
) -> Fit:
    """Fit an aligner to labelled pairs.

    ``candidates`` are all pairs that are scored together, each other's competitors; labelled pairs
    that are not among them (random non-matches) teach what own features say only. ``own_columns``:
    the similarities that compare the entities' own values; ``names`` are those of all similarities,
    which the prior goes by. ``settled`` are all pairs whose label is known, if those to learn from
    are a part of them. ``start`` is the aligner to go on from. ``keep`` is given what the
    neighbours of all candidates add. Ctrl-C keeps the rounds trained so far. Raises
    ``KGReviewError`` where matches or non-matches are missing.
    """
    if not (pairs.label == 1).any() or not (pairs.label == 0).any():
        raise KGReviewError(
            "training needs at least one match and one non-match; "
            "give links with --links, or decide a few pairs first"
        )
    seed_everything(settings.seed)
    model = copy.deepcopy(start) if start else _fresh(inputs, pairs, own_columns, names, settings)
    model.to(inputs.device)
    model.label_features = _label_features(pairs, valid, settled, settings).to(inputs.device)
    where = find_pairs(candidates, pairs)
    features = model.own.features(candidates, inputs.words_of(*rows_of(candidates)))
    part = parts_of(pairs.left, inputs.joint.num_left, model.settings)
    words = inputs.words_of(*rows_of(pairs))
    shown = features.learn(features.of(pairs, where), words, pairs, part, where)
    model.own.fit(shown, pairs, part, settings, progress)
    model.own.weigh(shown, pairs, part)
    each = model.own.logits(features, progress)
    own = unseen_logits(each, candidates, pairs, part)
    there = np.flatnonzero(where >= 0)
    labels = Labels(where[there], pairs.label[there], pairs.weight[there], part[there])
    held = _Held.of(candidates, valid)
    all_label_features = model.tell(inputs, *rows_of(candidates))
    prepared = Candidates(inputs, candidates.left, candidates.right, own, all_label_features)
    interrupted, unseen = False, None
    if 0 < labels.label.sum() < len(labels.label):
        try:
            if start is None:
                _learn_correspondence(model, prepared, labels)
            scored = _fit_rounds(model, prepared, features, labels, held, settings, progress)
            unseen = _Last(model, prepared, features, candidates, scored).settle(labels, held)
        except KeyboardInterrupt:
            interrupted = True
    features.forget()
    each[:, labels.where] = model.own.each_of(features, labels.where)
    scores = model.score_with(inputs, candidates, features, each, each.mean(axis=0), keep, progress)
    return Fit(model, scores, interrupted, unseen)


def _fresh(
    inputs: NodeInputs,
    pairs: LabelledPairs,
    own_columns: Sequence[int],
    names: Sequence[str],
    settings: AlignerSettings,
) -> Aligner:
    similarities = np.asarray(pairs.similarities)
    some = [
        c
        for c in own_columns
        if not np.isnan(similarities[:, c]).all() or (names and names[c] in PRIOR_NAMES)
    ]
    columns = some or list(own_columns[:1])
    ranked = most_informative(similarities, pairs.label, settings.ranked, columns)
    named = [names[column] for column in columns] if names else ()
    own = OwnModel(columns, ranked, settings, named)
    relations = max(1, inputs.joint.num_relation_codes)
    empty = Correspondence(relations, 0)
    last = 1 if len(pairs) > _MANY else None
    model = Aligner(own, empty, len(inputs.joint.type_names), relations, settings, last=last)
    for one in model.each_round:
        one.evidence.begin_lower(int(pairs.label.sum()))
    return model


def _label_features(
    pairs: LabelledPairs,
    valid: LabelledPairs | None,
    settled: Supervision | None,
    settings: AlignerSettings,
) -> LabelFeatures:
    if not settings.label_features:
        return LabelFeatures(0)
    label_pairs = pairs if settled is None else settled
    others = None if valid is None else (valid.left, valid.right)
    return LabelFeatures.by(label_pairs.left, label_pairs.right, label_pairs.label, others)


def _learn_correspondence(model: Aligner, candidates: Candidates, labels: Labels) -> None:
    """Find out which relations correspond, by the neighbours that known matches share."""
    beliefs = scaled(candidates.own, scale_of(candidates.own[labels.where], labels))
    met = shared_relations(candidates, labels.where[labels.label == 1], beliefs)
    relations = len(model.correspondence.place)
    model.correspondence = Correspondence.of(relations, *met).to(model.device)


def _fit_rounds(
    model: Aligner,
    candidates: Candidates,
    features: OwnFeatures,
    labels: Labels,
    held: _Held,
    settings: AlignerSettings,
    progress: Progress,
) -> RoundScores:
    """Train the rounds one after another, then the last trees; give what the last round says.

    It says so of ``labels``, of ``held`` and of their competitors alone.
    """
    model.first.copy_(scale_of(candidates.own[labels.where], labels))
    beliefs = scaled(candidates.own, model.first)
    asked = candidates.competing(np.concatenate([labels.where, held.where]))
    labelled = LabelledNeighbourhoods(model.correspondence, candidates, labels)
    for number, one in enumerate(model.each_round):
        told = _numbered(progress, number + 1, len(model.rounds))
        train_round(one, labelled, beliefs, settings, seed=settings.seed + number, progress=told)
        # the next round looks at what is believed of any candidate, the last trees at labels alone
        some = asked if number + 1 == len(model.rounds) else None
        scored = score_round(one, model.correspondence, candidates, beliefs, told, where=some)
        one.scale.copy_(scale_of(scored.final[labels.where], labels))
        beliefs = scaled(scored.final, one.scale)
    if int(labels.label.sum()) >= _FEWEST_TO_GROW or model.trees.grown:
        standing = OwnStanding(candidates.own, candidates.left, candidates.right)
        figures = final_figures(features, candidates.label_features, scored, standing, labels.where)
        model.trees.fit(
            figures,
            labels.label,
            labels.weight,
            labels.part,
            settings.seed,
            rising=LAST_RISING,
            progress=progress,
        )
    return scored


@dataclass(frozen=True, eq=False)
class _Held:
    """What is validated with, as far as it is among the candidates."""

    where: Rows  # (held,) positions
    label: Labelling  # (held,)

    @classmethod
    def of(cls, candidates: Pairs, valid: LabelledPairs | None) -> _Held:
        """Find the pairs of ``valid`` among the candidates."""
        if valid is None:
            return cls(np.empty(0, np.int64), np.empty(0, np.int8))
        where = find_pairs(candidates, valid)
        return cls(where[where >= 0], valid.label[where >= 0])


@dataclass(frozen=True, eq=False)
class _Parts:
    """What the smooth correction and the last trees say of labelled candidates, (labels,) each."""

    smooth: Floats
    trees: Floats
    label: Labelling

    def logits(self, share: float) -> Floats:
        """Put both together."""
        return (share * self.trees + (1 - share) * self.smooth).astype(np.float32)


@dataclass(frozen=True, eq=False)
class _Last:
    """What the last round says of all candidates, before the share of the last trees is chosen."""

    model: Aligner
    known: Candidates
    features: OwnFeatures
    candidates: Pairs
    scored: RoundScores

    def settle(self, labels: Labels, held: _Held) -> Judged | None:
        """Choose how much the last trees count; give what is said of ``labels`` where unseen.

        By PRAUC on validation pairs where these have enough matches, else by the log loss, once
        calibrated, on these and on the pairs learnt from, as judged by the member that has not seen
        them. A single member has seen all.
        """
        model = self.model
        one = len(model.trees.members) == 1
        unseen = None if one else self._parts(labels.where, labels.label, labels.part)
        if model.trees.grown:
            valid = self._parts(held.where, held.label) if len(held.where) else None
            model.share.fill_(_best_share(unseen, valid))
        else:
            model.share.zero_()
        return None if unseen is None else Judged(unseen.logits(float(model.share)), unseen.label)

    def _parts(self, where: Rows, label: Labelling, part: Rows | None = None) -> _Parts:
        smooth = trees = self.scored.final[where]
        if self.model.trees.grown:
            known = self.known
            label_features = known.own, known.label_features, self.scored
            trees = self.model.judge(self.features, self.candidates, *label_features, where, part)
        return _Parts(smooth, trees, label)


def _best_share(unseen: _Parts | None, held: _Parts | None) -> float:
    if held is not None and held.label.sum() >= _ENOUGH_VALID and not held.label.all():
        precision = [average_precision(held.label, held.logits(share)) for share in _SHARES]
        return _SHARES[int(np.argmax(precision))]
    there = [each for each in (unseen, held) if each is not None]
    label = np.concatenate([each.label for each in there]) if there else np.empty(0)
    if not label.any() or label.all():
        return _SHARES[0]
    losses = []
    for share in _SHARES_OF_FEW:
        logits = np.concatenate([each.logits(share) for each in there])
        log_odds = Calibration.fit(logits, label).log_odds(logits)
        losses.append(np.logaddexp(0, np.where(label == 1, -log_odds, log_odds)).mean())
    return _SHARES_OF_FEW[int(np.argmin(losses))]


def _numbered(progress: Progress, number: int, rounds: int) -> Progress:
    def tell(stage: str, done: int, total: int | None = None, **figures: float) -> None:
        progress(f"{stage} round {number} of {rounds}", done, total, **figures)

    return tell

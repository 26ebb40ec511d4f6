"""The whole aligner: own features, rounds of evidence, and competing candidates.

    log odds of a pair = what its own features say + Σ what its neighbours add
                         + what its competing candidates take away or add

Own features are judged by trees (``own.py``). In each round neighbours add what the pairs they make
are believed to be (``evidence.py``), the pair is set against its competitors
(``reranking.py``), and the result is what the next round believes. After the last round trees,
which see own features again, judge beside the smooth correction; both rise with the evidence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from kgreview.aligner.correspondence import Correspondence
from kgreview.aligner.inputs import NodeInputs, Pairs, with_competitors
from kgreview.aligner.label_features import LABEL_FEATURES, LabelFeatures
from kgreview.aligner.labelled import Labels
from kgreview.aligner.own import OwnFeatures, OwnModel, parts_at_once
from kgreview.aligner.reranking import RISING, Competition, OwnStanding, rising
from kgreview.aligner.scored_together import AT_ONCE, Candidates
from kgreview.aligner.settings import AlignerSettings
from kgreview.aligner.threads import tensor_of, threads, use_threads
from kgreview.aligner.training import Round, RoundScores, base_of, corrected, score_round
from kgreview.aligner.trees import CrossFittedTrees
from kgreview.aligner.weighing import SlotBatch, Weighing
from kgreview.evaluation.calibration import Calibration
from kgreview.partitions import over
from kgreview.progress import Progress, silent

Floats = npt.NDArray[np.float32]
Halves = npt.NDArray[np.float16]
Rows = npt.NDArray[np.int64]

LAST_RISING = RISING + 2  # figures of the last trees that rise with the evidence

_MOST_LABELS = 5  # of anything known of competitors: more says no more
_TOLD_AT_ONCE = 1 << 20  # pairs
_SHARE = 0.5  # of the last trees in what is concluded, until it is chosen
_FEWEST_TO_SPREAD = 2


@dataclass(frozen=True, eq=False)
class Scores:
    """What the aligner makes of all candidates, (pairs,) each."""

    own: Floats  # log odds by own features
    spread: Floats  # how far the members' probabilities lie apart on average
    beliefs: Floats  # (rounds, pairs) what each round believed of candidates, log odds
    evidence: Floats  # (rounds, pairs) what neighbours add in each round
    logits: Floats  # before calibration

    @classmethod
    def empty(cls, pairs: int, rounds: int) -> Scores:
        """Make room for the scores of so many pairs."""
        one = np.zeros(pairs, np.float32)
        each = np.zeros((rounds, pairs), np.float32)
        return cls(one, one.copy(), each, each.copy(), one.copy())


class Aligner(nn.Module):
    """Own features, rounds of evidence, and competing candidates."""

    def __init__(
        self,
        own: OwnModel,
        correspondence: Correspondence,
        types: int,
        relations: int,
        settings: AlignerSettings,
        labels: int = 0,
        last: int | None = None,
    ) -> None:
        """``types``, ``relations``: how many codes the graphs have; ``labels``: labels it keeps.

        ``last``: members of the last trees, if not as many as judge own features.
        """
        super().__init__()
        self.settings = settings
        self.own = own
        self.correspondence = correspondence
        self.rounds = nn.ModuleList(
            Round(types, relations, settings) for _ in range(settings.rounds)
        )
        self.trees = CrossFittedTrees(
            settings.members if last is None else last,
            settings.last_trees if settings.competitors else 0,
            settings.last_leaves,
            settings.last_rate,
        )
        self.label_features = LabelFeatures(labels)
        self.share: Tensor  # () of the trees in what is concluded
        self.first: Tensor  # (2,) slope and intercept of what the first round believes
        self.register_buffer("share", torch.tensor(_SHARE))
        self.register_buffer("first", torch.tensor([1.0, 0.0]))

    @property
    def each_round(self) -> list[Round]:
        """The rounds, as what they are."""
        return [each for each in self.rounds if isinstance(each, Round)]

    @property
    def device(self) -> torch.device:
        """Where it is computed."""
        return self.share.device

    def tell(self, inputs: NodeInputs, left: Rows, right: Rows) -> Halves:
        """Say what is known of pairs of rows beside what adds up, (pairs, 4 + 2 + 1).

        How many of their competitors match and do not match, whether either entity may have several
        counterparts, so that they are hardly competitors, and whether both have names.
        """
        told = np.zeros((len(left), LABEL_FEATURES + 3), np.float16)  # halves of small numbers
        for start in range(0, len(left), _TOLD_AT_ONCE):
            part = slice(start, start + _TOLD_AT_ONCE)
            some = left[part], right[part]
            if self.settings.label_features:
                known = self.label_features.of(*some)
                told[part, :LABEL_FEATURES] = np.minimum(known, _MOST_LABELS) / 2
            told[part, LABEL_FEATURES:-1] = inputs.joint.several(*some)
            told[part, -1:] = inputs.both_named(*some)
        return told

    def score(
        self,
        inputs: NodeInputs,
        pairs: Pairs,
        keep: Callable[[SlotBatch], None] | None = None,
        progress: Progress = silent,
    ) -> Scores:
        """Score candidates, which are each other's competitors.

        ``keep`` is given what their neighbours add, stretch by stretch.
        """
        self.to(inputs.device).eval()
        features = self.own.features(pairs, inputs.words_of(*rows_of(pairs)))
        each = self.own.logits(features, progress)
        return self.score_with(inputs, pairs, features, each, each.mean(axis=0), keep, progress)

    def rescore(
        self,
        inputs: NodeInputs,
        pairs: Pairs,
        scores: Scores,
        where: Rows,
        progress: Progress = silent,
    ) -> tuple[Scores, npt.NDArray[np.float16]]:
        """Score the candidates at ``where`` anew, beside what was made of all others before.

        Gives all scores, and what the neighbours of those at ``where`` add (where, side, cap, 3).
        What their new beliefs mean to the neighbours of other pairs waits for a whole scoring.
        """
        self.to(inputs.device).eval()
        near, some = with_competitors(pairs, where)
        beside = pairs.take(near)
        features = self.own.features(beside, inputs.words_of(*rows_of(beside)))
        each = self.own.each_of(features, some)
        own, beliefs, evidence = scores.own.copy(), scores.beliefs.copy(), scores.evidence.copy()
        own[where] = each.mean(axis=0)
        beliefs[0][where] = scaled(own[where], self.first)
        label_features = self.tell(inputs, *rows_of(pairs))
        candidates = Candidates(inputs, pairs.left, pairs.right, own, label_features)
        label_features = label_features[near]
        support, final = np.zeros((2, len(near)), np.float32)
        cap = inputs.samples.shape[1]
        slots = np.zeros((len(where), 2, cap, 3), np.float16)
        for number, one in enumerate(self.each_round):
            asked = cap if number + 1 == len(self.rounds) else 0
            weighing = Weighing(
                one.evidence, self.correspondence, beliefs[number], asked, threads()
            )
            for part, weighed in candidates.weighed(weighing, where):
                evidence[number][where[part]] = weighed.evidence
                support[some[part]] = weighed.support
                if weighed.slots is not None:
                    slots[part] = weighed.slots
            adds = evidence[number][near]
            log_odds = base_of(one, candidates, near) + adds
            competition = Competition(log_odds, adds, beside.left, beside.right)
            final[some] = corrected(one, label_features, log_odds, adds, competition, some)
            if number + 1 < len(self.rounds):
                beliefs[number + 1][where] = scaled(final[some], one.scale)
            progress("score what changed", number + 1, len(self.rounds))
        last = RoundScores(log_odds, adds, support, final, competition)
        logits, spread = scores.logits.copy(), scores.spread.copy()
        logits[where] = self.conclude(features, beside, own[near], label_features, last, some)
        spread[where] = self._spread(logits[where], each, own[where])
        return Scores(own, spread, beliefs, evidence, logits), slots

    def score_with(
        self,
        inputs: NodeInputs,
        pairs: Pairs,
        features: OwnFeatures,
        each: Floats,
        own: Floats,
        keep: Callable[[SlotBatch], None] | None,
        progress: Progress,
    ) -> Scores:
        """Score candidates of which own features have been judged.

        ``each`` (M, pairs) by each member, ``own`` (pairs,) by all together, see ``score``.
        """
        label_features = self.tell(inputs, *rows_of(pairs))
        candidates = Candidates(inputs, pairs.left, pairs.right, own, label_features)
        beliefs, evidence = [scaled(own, self.first)], []
        for number, one in enumerate(self.each_round):
            last = keep if number + 1 == len(self.rounds) else None
            scored = score_round(
                one, self.correspondence, candidates, beliefs[-1], progress, keep=last
            )
            evidence.append(scored.evidence)
            if number + 1 < len(self.rounds):
                beliefs.append(scaled(scored.final, one.scale))
        logits = self.conclude(features, pairs, own, candidates.label_features, scored)
        return Scores(
            own, self._spread(logits, each, own), np.stack(beliefs), np.stack(evidence), logits
        )

    def conclude(
        self,
        features: OwnFeatures,
        pairs: Pairs,
        own: Floats,
        label_features: Halves,
        scored: RoundScores,
        where: Rows | None = None,
    ) -> Floats:
        """Put the smooth correction and the trees together: logits (pairs,) or (where,).

        ``own`` (pairs,) is what own features say of the ``pairs``, which are each other's
        competitors, ``label_features`` (pairs, 7) what is known of these.
        """
        positions = np.arange(len(pairs)) if where is None else where
        smooth, share = scored.final[positions], float(self.share)
        if not len(self.trees) or not share:
            return smooth
        judged = self.judge(features, pairs, own, label_features, scored, positions)
        return (share * judged + (1 - share) * smooth).astype(np.float32)

    def judge(
        self,
        features: OwnFeatures,
        pairs: Pairs,
        own: Floats,
        label_features: Halves,
        scored: RoundScores,
        where: Rows,
        part: Rows | None = None,
    ) -> Floats:
        """Give what the last trees say of pairs at ``where``, (where,), see ``conclude``.

        With ``part`` (where,) the member that has not seen a pair judges it, else their mean.
        """
        standing = OwnStanding(own, pairs.left, pairs.right)
        judged = np.empty(len(where), np.float32)
        stretches = [
            slice(at, at + AT_ONCE["cuda"]) for at in range(0, len(where), AT_ONCE["cuda"])
        ]
        figures = (
            final_figures(features, label_features, scored, standing, where[stretch])
            for stretch in stretches
        )
        by_trees = over(_judged, (self.trees, self.device, threads()), figures)
        for stretch, each in zip(stretches, by_trees, strict=True):
            some = None if part is None else part[stretch]
            judged[stretch] = each.mean(0) if some is None else each[some, np.arange(len(some))]
        return judged

    def _spread(self, logits: Floats, each: Floats, own: Floats) -> Floats:
        """Mean over all pairs of members of how far their probabilities lie apart, (pairs,)."""
        members = len(each)
        if members < _FEWEST_TO_SPREAD:
            return np.zeros(len(logits), np.float32)
        # in ascending order the i-th is the larger in i pairs and the smaller in the others
        times = 2 * np.arange(members) - (members - 1)
        spread = np.empty(len(logits), np.float32)
        for part in parts_at_once(len(logits)):
            shifted = np.sort(_probability(logits[part] + (each[:, part] - own[part])), axis=0)
            spread[part] = times @ shifted / (members * (members - 1) / 2)
        return spread


@torch.no_grad()
def _judged(trees: CrossFittedTrees, device: torch.device, beside: int, figures: Floats) -> Floats:
    """Give what each member of some trees says of figures (P, F), (M, P)."""
    use_threads(beside)
    by_trees: Floats = trees(tensor_of(figures).to(device)).cpu().numpy()
    return by_trees


def final_figures(
    features: OwnFeatures,
    label_features: Halves,
    scored: RoundScores,
    standing: OwnStanding,
    where: Rows,
) -> Floats:
    """Give what the last trees see of candidates at ``where``: what rises first, (where, U + Z).

    What speaks for a pair and what against it stand there by themselves, too: both rise.
    """
    up = rising(
        torch.from_numpy(scored.log_odds[where]),
        torch.from_numpy(scored.evidence[where]),
        torch.from_numpy(scored.competition.against[where]),
    ).numpy()
    support = scored.support[where]
    return np.hstack(
        [
            up,
            np.column_stack([support, scored.evidence[where] - support]),
            features[where],
            standing[where],
            scored.competition.counts[where],
            label_features[where],
        ]
    ).astype(np.float32)


def scale_of(log_odds: Floats, labels: Labels) -> Tensor:
    """Give the slope and the intercept (2,) that calibrate log odds (labels,)."""
    fitted = Calibration.fit(log_odds, labels.label, log_odds=True)
    return torch.tensor([fitted.slope, fitted.intercept], dtype=torch.float32)


def scaled(log_odds: Floats, scale: Tensor) -> Floats:
    """Calibrate log odds (pairs,) by a slope and an intercept (2,)."""
    slope, intercept = scale.tolist()
    calibrated: Floats = (slope * log_odds + intercept).astype(np.float32)
    return calibrated


def _probability(log_odds: Floats) -> Floats:
    return (1 / (1 + np.exp(-np.clip(log_odds, -30, 30)))).astype(np.float32)


def rows_of(pairs: Pairs) -> tuple[Rows, Rows]:
    """Give the rows of pairs in both graphs, (pairs,) each."""
    return np.asarray(pairs.left, np.int64), np.asarray(pairs.right, np.int64)

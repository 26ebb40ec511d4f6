"""What a pair's own features say: names and attributes, and how they stand among competitors.

Boosted trees judge them, and a *prior* that needs no labels but for its scale: of few labels trees
learn little, and how alike the values are says much. The cross-fitted loss parts the two. The
trees see as well what a linear model makes of own features and of words (``linear.py``).

What is learnt on top of them must see logits of trees that have not seen the labels it learns from,
so the labelled left entities are parted, and for each part trees (a *member*) are grown on the
others. In use, the members' mean counts (cross-fitting).

Shapes: P pairs, F features, O of them own, T telling ones, D = O + 8 T, M members.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from kgreview.aligner.inputs import LabelledPairs, Pairs, find_pairs
from kgreview.aligner.linear import LINEAR_FEATURES, LinearModel, PairWords
from kgreview.aligner.rank_features import MISSING, RankFeatures, standings_width
from kgreview.aligner.settings import AlignerSettings
from kgreview.aligner.threads import tensor_of, threads, use_threads
from kgreview.aligner.trees import CrossFittedTrees
from kgreview.evaluation.calibration import Calibration
from kgreview.evaluation.metrics import average_precision
from kgreview.features.similarity import first_scores
from kgreview.graph.columns import let_go
from kgreview.partitions import over
from kgreview.progress import Progress, silent

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]

_AT_ONCE = 50_000  # pairs whose features are put together at once
_SHARES = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0)  # of the trees; of equal ones the first
_LEAST = 1e-6  # probability that the prior goes down to
PRIOR_NAMES = (  # features that the prior cannot be without
    "name: cosine",
    "name: word_cosine",
    "name: token_sort",
    "name: numbers_agree",
    "name: rarest_left_word_alone",
    "name: rarest_right_word_alone",
)


class OwnFeatures:
    """Own features of pairs, their standings, and what a linear model makes of both, (P, D + 2).

    Rows are made as they are asked for.
    """

    def __init__(
        self,
        candidates: Pairs,
        columns: Sequence[int],
        ranked: Sequence[int],
        linear: LinearModel,
        words: PairWords,
        named: int | None = None,
    ) -> None:
        """``columns``: the own ones of the F; ``ranked``: those (of the F) to stand by.

        ``words`` of the same pairs. ``named``: of the own columns the one that is nan where either
        name is missing, or left out: there no words are.
        """
        self._similarities = candidates.similarities
        self._columns = list(columns)
        self._linear, self._words, self._named = linear, words, named
        # as they lie there: in half precision
        values = np.empty((len(candidates), len(ranked)), candidates.similarities.dtype)
        for part in parts_at_once(len(candidates)):
            values[part] = candidates.similarities[part][:, list(ranked)]
            let_go(candidates.similarities)
        self._rank_features = RankFeatures(values, candidates.left, candidates.right)
        width = len(self._columns) + self._rank_features.shape[1]
        self.shape = (len(candidates), width + LINEAR_FEATURES)
        self._unseen = np.empty(0, np.int64), np.empty((0, LINEAR_FEATURES), np.float32)

    def __getitem__(self, where: slice | Rows) -> Floats:
        own = self._similarities[where][:, self._columns]
        let_go(self._similarities)
        own = np.hstack([own, self._rank_features[where]]).astype(np.float32)
        linear = self._linear_of(own, self._words[where]).mean(axis=0)
        positions, unseen = self._unseen
        if len(positions):
            wanted = np.arange(*where.indices(self.shape[0])) if isinstance(where, slice) else where
            at = np.searchsorted(positions, wanted).clip(max=len(positions) - 1)
            there = positions[at] == wanted
            linear[there] = unseen[at[there]]
        return np.hstack([own, linear])

    def of(self, pairs: Pairs, where: Rows) -> Floats:
        """Give own features and standings, (pairs, D), of pairs at ``where``, -1 for none.

        A pair that is no candidate has no competitors, and no standings.
        """
        features = np.full((len(pairs), self.shape[1] - LINEAR_FEATURES), np.nan, np.float32)
        features[:, : len(self._columns)] = np.asarray(pairs.similarities)[:, self._columns]
        there = np.flatnonzero(where >= 0)
        features[there, len(self._columns) :] = self._rank_features[where[there]]
        return features

    def learn(
        self, features: Floats, words: PairWords, pairs: LabelledPairs, part: Rows, where: Rows
    ) -> Floats:
        """Fit the linear model to labelled pairs of features (pairs, D); give them (pairs, D + 2).

        Each pair is shown what the member says that has not seen it, also where it stands among the
        candidates (``where``, -1 for none), until ``forget``.
        """
        self._linear.fit(features, words, pairs.label, pairs.weight, part)
        unseen = self._linear_of(features, words)[part, np.arange(len(pairs))]
        there = np.flatnonzero(where >= 0)
        there = there[np.argsort(where[there], kind="stable")]
        self._unseen = where[there], unseen[there]
        return np.hstack([features, unseen])

    def forget(self) -> None:
        """From now on show of all pairs what the members say in the mean, as in use."""
        self._unseen = self._unseen[0][:0], self._unseen[1][:0]

    def _linear_of(self, own: Floats, words: PairWords) -> Floats:
        """Give what the members of the linear model say, (M, P, 2)."""
        device = self._linear.base.device
        if not int(self._linear.learnt):
            return np.zeros((len(self._linear.base), len(own), LINEAR_FEATURES), np.float32)
        sides = words.sides()
        if self._named is not None:
            nameless = np.isnan(own[:, self._named])
            for codes in sides:
                codes[nameless] = 0
        left, right = (torch.from_numpy(codes).to(device) for codes in sides)
        with torch.no_grad():
            contributions: Floats = self._linear(torch.from_numpy(own), left, right).cpu().numpy()
        return contributions


def most_informative(
    similarities: Floats, label: npt.NDArray[np.int8], number: int, columns: Sequence[int]
) -> tuple[int, ...]:
    """Choose those of ``columns`` that tell most by themselves, by PRAUC on labels (pairs,)."""
    worth = []
    for column in columns:
        value = np.nan_to_num(similarities[:, column], nan=MISSING)
        worth.append(average_precision(label, value) if np.ptp(value) else 0.0)
    order = np.argsort(-np.array(worth), kind="stable")[:number]
    return tuple(int(columns[place]) for place in order if worth[place] > 0)


class OwnModel(nn.Module):
    """The members; their mean is what a pair's own features say, in log odds."""

    def __init__(
        self,
        columns: Sequence[int],
        ranked: Sequence[int],
        settings: AlignerSettings,
        names: Sequence[str] = (),
        words: int = 0,
    ) -> None:
        """``columns`` and ``ranked`` as ``OwnFeatures`` takes them; ``names`` of the columns.

        ``words``: how many the linear model has learnt.

        Without names there is no prior.
        """
        super().__init__()
        self.columns, self.ranked, self.names = tuple(columns), tuple(ranked), tuple(names)
        members = settings.members
        self.trees = CrossFittedTrees(members, settings.trees, settings.leaves, settings.rate)
        width = len(self.columns) + standings_width(len(self.ranked))
        self.linear = LinearModel(members, width, words)
        self.share: Tensor  # () of the trees in what is said
        self.scale: Tensor  # (2,) slope and intercept of the prior
        self.register_buffer("share", torch.ones(()))
        self.register_buffer("scale", torch.tensor([1.0, 0.0]))

    def features(self, candidates: Pairs, words: PairWords) -> OwnFeatures:
        """Say of candidates, and of the words of their names, what the members are shown."""
        named = self.names.index(PRIOR_NAMES[0]) if PRIOR_NAMES[0] in self.names else None
        return OwnFeatures(candidates, self.columns, self.ranked, self.linear, words, named)

    def fit(
        self,
        features: Floats,
        pairs: LabelledPairs,
        part: Rows,
        settings: AlignerSettings,
        progress: Progress = silent,
    ) -> None:
        """Grow each member on pairs with features (pairs, D + 2) that are not in its part."""
        self.trees.fit(features, pairs.label, pairs.weight, part, settings.seed, progress=progress)

    def weigh(self, features: Floats, pairs: LabelledPairs, part: Rows) -> None:
        """Choose how much the trees count beside the prior, by the log loss where unseen.

        ``features`` and ``part`` as ``fit`` takes them.
        """
        prior = self._prior(features)
        if prior is None or len(pairs) == 0:
            return
        self.share.fill_(1.0)
        unseen = self.each(features)[part, np.arange(len(pairs))]
        fitted = Calibration.fit(prior, pairs.label, log_odds=True)
        self.scale.copy_(torch.tensor([fitted.slope, fitted.intercept], dtype=torch.float32))
        scaled, losses = fitted.log_odds(prior), []
        for share in _SHARES:
            log_odds = share * unseen + (1 - share) * scaled
            loss = np.logaddexp(0, np.where(pairs.label == 1, -log_odds, log_odds))
            losses.append(loss * pairs.weight)
        best = losses[int(np.argmin([loss.sum() for loss in losses]))]
        # the least share that is as good as the best within a standard error of their difference
        for share, loss in zip(_SHARES, losses, strict=True):
            worse = loss - best
            if worse.sum() <= math.sqrt(len(worse)) * worse.std():
                self.share.fill_(share)
                return

    def _prior(self, features: Floats) -> Floats | None:
        """Guess log odds (P,) from own features without a label; ``None`` where it cannot be."""
        if not set(PRIOR_NAMES) <= set(self.names):
            return None
        guessed = first_scores(features[:, : len(self.columns)], self.names).astype(np.float64)
        kept = np.clip(guessed, _LEAST, 1 - _LEAST)
        return (np.log(kept) - np.log1p(-kept)).astype(np.float32)

    @torch.no_grad()
    def each(self, features: Floats) -> Floats:
        """Give each member's logits (M, P) of features (P, D + 2), the prior in each."""
        given = tensor_of(features).to(self.share.device)
        by_member: Floats = self.trees(given).cpu().numpy()
        share = float(self.share)
        if share == 1.0:
            return by_member
        prior = self._prior(features)
        assert prior is not None  # or no share was chosen
        slope, intercept = self.scale.tolist()
        both: Floats = (share * by_member + (1 - share) * (slope * prior + intercept)).astype(
            np.float32
        )
        return both

    def each_of(self, features: OwnFeatures, where: Rows) -> Floats:
        """Give each member's logits (M, where) of some candidates."""
        parts = parts_at_once(len(where))
        return self._of_parts(len(where), parts, (features[where[part]] for part in parts), silent)

    def logits(self, features: OwnFeatures, progress: Progress = silent) -> Floats:
        """Give each member's logits (M, P) of all candidates."""
        parts = parts_at_once(features.shape[0])
        return self._of_parts(
            features.shape[0], parts, (features[part] for part in parts), progress
        )

    def _of_parts(
        self, pairs: int, parts: list[slice], shown: Iterable[Floats], progress: Progress
    ) -> Floats:
        by_member = np.empty((len(self.trees.members), pairs), np.float32)
        for part, each in zip(parts, over(_judged, (self, threads()), shown), strict=True):
            by_member[:, part] = each
            progress("judge names and attributes", part.stop, pairs)
        return by_member


def parts_at_once(pairs: int) -> list[slice]:
    """Give the stretches of so many pairs whose features are put together at once."""
    return [slice(at, min(at + _AT_ONCE, pairs)) for at in range(0, pairs, _AT_ONCE)]


def _judged(model: OwnModel, beside: int, features: Floats) -> Floats:
    """Give each member's logits (M, P) of features (P, D + 2)."""
    use_threads(beside)
    return model.each(features)


def parts_of(left: Rows, entities: int, settings: AlignerSettings) -> Rows:
    """Give the part each pair is in by its left entity, (pairs,).

    It depends on nothing but the seed, so that a member that goes on from its parent learns from
    the part that the parent has learnt from.
    """
    rng = np.random.default_rng(settings.seed)
    return rng.integers(0, settings.members, size=entities)[left]


def unseen_logits(each: Floats, candidates: Pairs, pairs: LabelledPairs, part: Rows) -> Floats:
    """Give the members' mean logits (P,), of labelled pairs those of the member that has not seen
    them.
    """
    logits: Floats = each.mean(axis=0)
    where = find_pairs(candidates, pairs)
    there = where >= 0
    logits[where[there]] = each[part[there], where[there]]
    return logits

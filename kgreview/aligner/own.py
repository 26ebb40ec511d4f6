"""What a pair's own features say: names and attributes, and how they stand among competitors.

Boosted trees judge them, and a *prior* that needs no labels but for its scale: of few labels trees
learn little, and how alike the values are says much. The cross-fitted loss parts the two.

What is learnt on top of them must see logits of trees that have not seen the labels it learns from,
so the labelled left entities are parted, and for each part trees (a *member*) are grown on the
others. In use, the members' mean counts (cross-fitting).

Shapes: P pairs, F features, O of them own, T telling ones, M members.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from kgreview.aligner.inputs import LabelledPairs, Pairs, find_pairs
from kgreview.aligner.rank_features import MISSING, RankFeatures
from kgreview.aligner.settings import AlignerSettings
from kgreview.aligner.trees import CrossFittedTrees
from kgreview.evaluation.calibration import Calibration
from kgreview.evaluation.metrics import average_precision
from kgreview.features.similarity import first_scores
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
    """The own features of pairs and their standings, (P, O + 8 T): rows are made as asked for."""

    def __init__(self, candidates: Pairs, columns: Sequence[int], ranked: Sequence[int]) -> None:
        """``columns``: the own ones of the F; ``ranked``: those (of the F) to stand by."""
        self._similarities = candidates.similarities
        self._columns = list(columns)
        values = np.empty((len(candidates), len(ranked)), np.float32)
        for start in range(0, len(candidates), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            values[part] = candidates.similarities[part][:, list(ranked)]
        self._rank_features = RankFeatures(values, candidates.left, candidates.right)
        self.shape = (len(candidates), len(self._columns) + self._rank_features.shape[1])

    def __getitem__(self, where: slice | Rows) -> Floats:
        own = np.asarray(self._similarities[where])[:, self._columns]
        return np.hstack([own, self._rank_features[where]]).astype(np.float32)

    def of(self, pairs: Pairs, where: Rows) -> Floats:
        """Give the features of pairs that stand at ``where`` among the candidates, -1 nowhere.

        A pair that is no candidate has no competitors, and no standings.
        """
        found = np.full((len(pairs), self.shape[1]), np.nan, np.float32)
        found[:, : len(self._columns)] = np.asarray(pairs.similarities)[:, self._columns]
        there = np.flatnonzero(where >= 0)
        found[there, len(self._columns) :] = self._rank_features[where[there]]
        return found

    def in_parts(self, give: Callable[[Floats], Floats], width: int, progress: Progress) -> Floats:
        """Compute ``width`` columns of all pairs a part at a time, (width, P)."""
        pairs = self.shape[0]
        found = np.empty((width, pairs), np.float32)
        for start in range(0, pairs, _AT_ONCE):
            part = slice(start, min(start + _AT_ONCE, pairs))
            found[:, part] = give(self[part])
            progress("judge names and attributes", part.stop, pairs)
        return found


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
        members: int,
        trees: int,
        leaves: int,
        rate: float,
        names: Sequence[str] = (),
    ) -> None:
        """``columns`` and ``ranked`` as ``OwnFeatures`` takes them; ``names`` of the columns.

        Without names there is no prior.
        """
        super().__init__()
        self.columns, self.ranked, self.names = tuple(columns), tuple(ranked), tuple(names)
        self.trees = CrossFittedTrees(members, trees, leaves, rate)
        self.share: Tensor  # () of the trees in what is said
        self.scale: Tensor  # (2,) slope and intercept of the prior
        self.register_buffer("share", torch.ones(()))
        self.register_buffer("scale", torch.tensor([1.0, 0.0]))

    def features(self, candidates: Pairs) -> OwnFeatures:
        """Say of candidates what the members are shown."""
        return OwnFeatures(candidates, self.columns, self.ranked)

    def fit(
        self,
        features: Floats,
        pairs: LabelledPairs,
        part: Rows,
        settings: AlignerSettings,
        progress: Progress = silent,
    ) -> None:
        """Grow each member on pairs with features (pairs, O + 8 T) that are not in its part."""
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
        found: Floats = (np.log(kept) - np.log1p(-kept)).astype(np.float32)
        return found

    @torch.no_grad()
    def each(self, features: Floats) -> Floats:
        """Give each member's logits (M, P) of features (P, O + 8 T), the prior in each."""
        given = torch.from_numpy(features).to(self.share.device)
        said: Floats = self.trees(given).cpu().numpy()
        share = float(self.share)
        if share == 1.0:
            return said
        prior = self._prior(features)
        assert prior is not None  # or no share was chosen
        slope, intercept = self.scale.tolist()
        both: Floats = (share * said + (1 - share) * (slope * prior + intercept)).astype(np.float32)
        return both

    def each_of(self, features: OwnFeatures, where: Rows) -> Floats:
        """Give each member's logits (M, where) of some candidates."""
        found = np.empty((len(self.trees.members), len(where)), np.float32)
        for start in range(0, len(where), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            found[:, part] = self.each(features[where[part]])
        return found

    def logits(self, features: OwnFeatures, progress: Progress = silent) -> Floats:
        """Give each member's logits (M, P) of all candidates."""
        return features.in_parts(self.each, len(self.trees.members), progress)


def parts_of(left: Rows, entities: int, settings: AlignerSettings) -> Rows:
    """Give the part each pair is in by its left entity, (pairs,).

    It depends on nothing but the seed, so that a member that goes on from its parent learns from
    the part that the parent has learnt from.
    """
    rng = np.random.default_rng(settings.seed)
    found: Rows = rng.integers(0, settings.members, size=entities)[left]
    return found


def unseen_logits(each: Floats, candidates: Pairs, pairs: LabelledPairs, part: Rows) -> Floats:
    """Give the members' mean logits (P,), of labelled pairs those of the member that has not seen
    them.
    """
    logits: Floats = each.mean(axis=0)
    where = find_pairs(candidates, pairs)
    there = where >= 0
    logits[where[there]] = each[part[there], where[there]]
    return logits

"""What a pair's own features say: names and attributes, and how they stand among competitors.

Boosted trees judge them. What is learnt on top of them must see logits of trees that have not seen
the labels it learns from, so the labelled left entities are parted, and for each part trees (a
*member*) are grown on the others. In use, the members' mean counts (cross-fitting).

Shapes: P pairs, F features, O of them own, T telling ones, M members.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from kgreview.aligner.additive.inputs import LabelledPairs, Pairs, find_pairs
from kgreview.aligner.additive.settings import AlignerSettings
from kgreview.aligner.boosted import BoostedTrees
from kgreview.aligner.standings import MISSING, Standings
from kgreview.evaluation.metrics import average_precision
from kgreview.progress import Progress, silent

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]

_AT_ONCE = 50_000  # pairs whose features are put together at once
_FEWEST_MATCHES = 2  # of a member, below which all members learn from everything


class OwnFeatures:
    """The own features of pairs and their standings, (P, O + 8 T): rows are made as asked for."""

    def __init__(self, candidates: Pairs, columns: Sequence[int], telling: Sequence[int]) -> None:
        """``columns``: the own ones of the F; ``telling``: those (of the F) to stand by."""
        self._similarities = candidates.similarities
        self._columns = list(columns)
        values = np.empty((len(candidates), len(telling)), np.float32)
        for start in range(0, len(candidates), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            values[part] = candidates.similarities[part][:, list(telling)]
        self._standings = Standings(values, candidates.left, candidates.right)
        self.shape = (len(candidates), len(self._columns) + self._standings.shape[1])

    def __getitem__(self, where: slice | Rows) -> Floats:
        own = np.asarray(self._similarities[where])[:, self._columns]
        return np.hstack([own, self._standings[where]]).astype(np.float32)

    def of(self, pairs: Pairs, where: Rows) -> Floats:
        """Give the features of pairs that stand at ``where`` among the candidates, -1 nowhere.

        A pair that is no candidate has no competitors, and no standings.
        """
        found = np.full((len(pairs), self.shape[1]), np.nan, np.float32)
        found[:, : len(self._columns)] = np.asarray(pairs.similarities)[:, self._columns]
        there = np.flatnonzero(where >= 0)
        found[there, len(self._columns) :] = self._standings[where[there]]
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


def most_telling(
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

    def __init__(self, columns: Sequence[int], telling: Sequence[int], members: int, trees: int):
        """``columns`` and ``telling`` as ``OwnFeatures`` takes them."""
        super().__init__()
        self.columns, self.telling = tuple(columns), tuple(telling)
        self.members = nn.ModuleList(BoostedTrees(trees) for _ in range(members))

    @property
    def trees(self) -> list[BoostedTrees]:
        """The members, as what they are."""
        return [member for member in self.members if isinstance(member, BoostedTrees)]

    def features(self, candidates: Pairs) -> OwnFeatures:
        """Say of candidates what the members are shown."""
        return OwnFeatures(candidates, self.columns, self.telling)

    def fit(
        self,
        features: Floats,
        pairs: LabelledPairs,
        part: Rows,
        settings: AlignerSettings,
        progress: Progress = silent,
    ) -> None:
        """Grow each member on pairs with features (pairs, O + 8 T) that are not in its part.

        A member that has seen more pairs than there are stays as it is: trees cannot go on from
        where they stopped.
        """
        for number, member in enumerate(self.trees):
            progress("grow trees", number, len(self.trees))
            some = np.flatnonzero(part != number)
            label = pairs.label[some]
            if min(int(label.sum()), int((label == 0).sum())) < _FEWEST_MATCHES:
                some = np.arange(len(pairs))
            if len(some) >= int(member.learnt):
                member.fit(
                    features[some], pairs.label[some], pairs.weight[some], settings.seed + number
                )
        progress("grow trees", len(self.trees), len(self.trees))

    @torch.no_grad()
    def each(self, features: Floats) -> Floats:
        """Give each member's logits (M, P) of features (P, O + 8 T)."""
        given = torch.from_numpy(features).to(self.trees[0].value.device)
        return torch.stack([member(given) for member in self.trees]).cpu().numpy()

    def logits(self, features: OwnFeatures, progress: Progress = silent) -> Floats:
        """Give each member's logits (M, P) of all candidates."""
        return features.in_parts(self.each, len(self.trees), progress)


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

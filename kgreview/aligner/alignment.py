"""The whole aligner: networks that judge pairs, and the head that sets pairs against their rivals.

The head must learn from logits of networks that have not seen the labels it learns from. So the
labelled entities are parted, and for each part a network (a *member*) is trained on the others:
its logits of the part it has not seen teach the head. In use, the members' mean counts.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from torch import nn

from kgreview.aligner.inputs import LabelledPairs, NodeInputs, Pairs, find_pairs
from kgreview.aligner.model import CGMuAlign
from kgreview.aligner.rivals import Known, RivalHead, fit_rivals, most_telling
from kgreview.aligner.sampling import seed_everything
from kgreview.aligner.scoring import ScoredPairs, mean_logits, score_pairs
from kgreview.aligner.settings import AlignerSettings
from kgreview.aligner.standings import Standings
from kgreview.aligner.supervision import Supervision
from kgreview.aligner.told import Told
from kgreview.aligner.training import Training, train
from kgreview.progress import Progress, silent

Rows = npt.NDArray[np.int64]

_FEWEST_MATCHES = 20  # a member's; with fewer in each part, one network learns from all of them


class Aligner(nn.Module):
    """Members, and the head that corrects their mean by rivals, if there is one."""

    def __init__(
        self,
        members: list[CGMuAlign],
        rivals: RivalHead | None,
        telling: tuple[int, ...] = (),
    ) -> None:
        """``telling``: the similarities by which pairs are compared with their rivals at once."""
        super().__init__()
        self.telling = telling
        self.members = nn.ModuleList(members)
        self.rivals = rivals

    @property
    def settings(self) -> AlignerSettings:
        """The settings that all members share."""
        return self.networks[0].settings

    @property
    def networks(self) -> list[CGMuAlign]:
        """The members, as what they are."""
        return [member for member in self.members if isinstance(member, CGMuAlign)]

    def among(self, candidates: Pairs) -> Pairs:
        """Say of candidates how they stand among each other, and what is known of their rivals."""
        return _with_told(_among(candidates, self.telling), self.rivals)

    def told(self, left: Rows, right: Rows) -> npt.NDArray[np.float32] | None:
        """Count what is known of the rivals of pairs of rows, (pairs, 4), if there is a head."""
        return None if self.rivals is None else self.rivals.told.of(left, right)

    def conclude(
        self, logits: npt.NDArray[np.float32], candidates: Pairs, where: Rows | None = None
    ) -> npt.NDArray[np.float32]:
        """Turn the members' mean logits (pairs,) of all candidates into the final ones.

        ``candidates`` come from ``among``. Only those at ``where`` are judged, if given.
        """
        if self.rivals is None or not len(logits):
            return logits if where is None else logits[where]
        return self.rivals.judge(logits, candidates, where)


@dataclass(frozen=True)
class Fit:
    """A fitted aligner and how its members got there."""

    model: Aligner
    logits: npt.NDArray[np.float32]  # (pairs,) final ones of all candidates
    trainings: tuple[Training, ...]
    interrupted: bool  # Ctrl-C ended it


def fit_aligner(
    inputs: NodeInputs,
    candidates: Pairs,
    pairs: LabelledPairs,
    valid: LabelledPairs | None,
    settings: AlignerSettings,
    *,
    settled: Supervision | None = None,
    start: Aligner | None = None,
    keep: Callable[[ScoredPairs], None] | None = None,
    progress: Progress = silent,
) -> Fit:
    """Fit members and head to labelled pairs.

    ``candidates`` are all pairs that are scored together, each other's rivals; labelled pairs that
    are not among them (random non-matches) teach the members only.
    ``settled`` are all pairs whose label is known, if those to learn from are a part of them.
    ``start`` is the aligner to go on from. ``keep`` is given what the members make of all
    candidates, batch by batch: the head learns from it, so nobody needs to score them again. Ctrl-C
    keeps the members trained so far, without a head. Raises ``KGReviewError`` where matches or
    non-matches are missing.
    """
    telling = (
        ()
        if settings.head == "distance"
        else start.telling
        if start is not None
        else (most_telling(pairs.similarities, pairs.label, settings.telling))
    )
    candidates = _among(candidates, telling)
    pairs = _look_up(candidates, pairs)
    valid = None if valid is None else _look_up(candidates, valid)
    parts = _parts(pairs, settings, inputs.joint.num_left, start)
    trainings: list[Training] = []
    interrupted = False
    for number, learnt in enumerate(parts):
        named = progress if len(parts) == 1 else _numbered(progress, number + 1, len(parts))
        try:
            trainings.append(
                train(
                    inputs,
                    pairs.take(learnt),
                    valid,
                    dataclasses.replace(settings, seed=settings.seed + number),
                    start=None if start is None else start.networks[number],
                    progress=named,
                )
            )
        except KeyboardInterrupt:
            if not trainings:
                raise
            interrupted = True
        interrupted = interrupted or trainings[-1].interrupted
        if interrupted:
            break
    each = np.empty((len(trainings), len(candidates)), np.float32)
    for batch in score_pairs([training.model for training in trainings], inputs, candidates):
        each[:, batch.start : batch.start + len(batch.logits)] = batch.each
        progress("score", batch.start + len(batch.logits), len(candidates))
        if keep is not None:
            keep(batch)
    head = None
    if len(parts) > 1 and settings.rivals and not interrupted:
        parent = None if start is None else start.rivals
        try:
            head = _fit_head(
                inputs, candidates, pairs, valid, settings, each, parts, settled, parent, progress
            )
        except KeyboardInterrupt:
            interrupted = True
    model = Aligner([training.model for training in trainings], head, telling)
    logits = model.conclude(each.mean(axis=0), _with_told(candidates, head))
    return Fit(model, logits, tuple(trainings), interrupted)


def score_candidates(
    aligner: Aligner, inputs: NodeInputs, candidates: Pairs
) -> npt.NDArray[np.float32]:
    """Give the final logits (pairs,) of candidates that are each other's rivals."""
    aligner.to(inputs.device)
    candidates = aligner.among(candidates)
    return aligner.conclude(mean_logits(aligner.networks, inputs, candidates), candidates)


def _among(candidates: Pairs, telling: tuple[int, ...]) -> Pairs:
    if not telling:
        return candidates
    values = np.ascontiguousarray(candidates.similarities[:, list(telling)])
    standing = Standings(values, candidates.left, candidates.right)
    return dataclasses.replace(candidates, standings=standing)


def _with_told(candidates: Pairs, head: RivalHead | None) -> Pairs:
    if head is None:
        return candidates
    return dataclasses.replace(candidates, told=head.told.of(candidates.left, candidates.right))


def _look_up(candidates: Pairs, pairs: LabelledPairs) -> LabelledPairs:
    """Give labelled pairs the standings of the candidates they are; others have none."""
    if candidates.standings is None:
        return pairs
    where = find_pairs(candidates, pairs)
    standing = candidates.standings[where]
    standing[where < 0] = np.nan
    return dataclasses.replace(pairs, standings=standing)


def _numbered(progress: Progress, number: int, members: int) -> Progress:
    def tell(stage: str, done: int, total: int | None = None, **figures: float) -> None:
        progress(f"{stage} network {number} of {members}", done, total, **figures)

    return tell


def _parts(
    pairs: LabelledPairs, settings: AlignerSettings, entities: int, start: Aligner | None
) -> list[Rows]:
    """Give the positions of the pairs each member learns from: all but its own part of entities.

    The part of an entity depends on nothing but the seed, so that a member that goes on from its
    parent learns from the part that the parent has learnt from.
    """
    members = settings.members if start is None else len(start.networks)
    everything = np.arange(len(pairs))
    if members == 1:
        return [everything]
    part = np.random.default_rng(settings.seed).integers(0, members, size=entities)[pairs.left]
    learnt = [np.flatnonzero(part != member) for member in range(members)]
    matches = [int(pairs.label[some].sum()) for some in learnt]
    others = [int((pairs.label[some] == 0).sum()) for some in learnt]
    if start is None and min(matches) < _FEWEST_MATCHES:
        return [everything]
    if min(matches) == 0 or min(others) == 0:
        return [everything] * members
    return learnt


def _fit_head(
    inputs: NodeInputs,
    candidates: Pairs,
    pairs: LabelledPairs,
    valid: LabelledPairs | None,
    settings: AlignerSettings,
    each: npt.NDArray[np.float32],
    parts: list[Rows],
    settled: Supervision | None,
    start: RivalHead | None,
    progress: Progress,
) -> RivalHead | None:
    """Teach the head by each member's logits (members, pairs) where it has not seen the labels."""
    logits: npt.NDArray[np.float32] = each.mean(axis=0)

    def among(some: LabelledPairs) -> tuple[Rows, Rows]:
        """Positions in ``some`` of pairs that are candidates, and their positions there."""
        where = find_pairs(candidates, some)
        return np.flatnonzero(where >= 0), where[where >= 0]

    own, where = among(pairs)
    if not 0 < pairs.label[own].sum() < len(own):
        return start
    unseen = np.full((len(pairs), len(parts)), True)
    for member, learnt in enumerate(parts):
        unseen[learnt, member] = False
    if not unseen.any():
        return start
    for member, of_member in enumerate(each):
        mine = unseen[own, member]
        logits[where[mine]] = of_member[where[mine]]
    checked = None
    if valid is not None:
        there, at = among(valid)
        if 0 < valid.label[there].sum() < len(there):
            checked = Known.of(valid, there, at)
    told = Told(0)
    if settings.told:
        known = pairs.take(own) if settled is None else settled
        others = None if valid is None else (valid.left, valid.right)
        told = Told.by(known.left, known.right, known.label, others)
    seed_everything(settings.seed)
    return fit_rivals(
        logits,
        candidates,
        Known.of(pairs, own, where),
        checked,
        settings,
        start=start,
        told=told,
        device=inputs.device,
        progress=progress,
    )

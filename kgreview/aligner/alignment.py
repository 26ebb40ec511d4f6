"""The whole aligner: networks that judge pairs, and the head that sets pairs against their rivals.

The head must learn from logits of networks that have not seen the labels it learns from. So the
labelled entities are parted, and for each part a network (a *member*) is trained on the others:
its logits of the part it has not seen teach the head. In use, the members' mean counts.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from kgreview.aligner.inputs import LabelledPairs, NodeInputs, Pairs, find_pairs
from kgreview.aligner.model import CGMuAlign
from kgreview.aligner.rivals import (
    Labels,
    RivalHead,
    Rivals,
    fit_rivals,
    most_telling,
    similarity_standings,
)
from kgreview.aligner.sampling import one_thread, seed_everything
from kgreview.aligner.scoring import mean_logits
from kgreview.aligner.settings import AlignerSettings
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
        """Say of candidates how they stand among each other by the telling similarities."""
        return _among(candidates, self.telling)

    @torch.no_grad()
    def conclude(
        self, logits: npt.NDArray[np.float32], left: Rows, right: Rows
    ) -> npt.NDArray[np.float32]:
        """Turn the members' mean logits (pairs,) of all candidates into the final ones."""
        if self.rivals is None or not len(logits):
            return logits
        # the head stays on the CPU: a few figures a pair are not worth the way to a GPU
        corrected: Tensor = self.rivals(torch.from_numpy(logits), Rivals.of(left, right))
        return corrected.numpy()


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
    start: Aligner | None = None,
    progress: Progress = silent,
) -> Fit:
    """Fit members and head to labelled pairs.

    ``candidates`` are all pairs that are scored together, each other's rivals; labelled pairs that
    are not among them (random non-matches) teach the members only.
    ``start`` is the aligner to go on from. Ctrl-C keeps the members trained so far, without a
    head. Raises ``KGReviewError`` where matches or non-matches are missing.
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
    progress("set against rivals", 0, 2)
    each = [mean_logits([training.model], inputs, candidates) for training in trainings]
    progress("set against rivals", 1, 2)
    head = None
    if len(parts) > 1 and settings.rounds and not interrupted:
        head = _fit_head(candidates, pairs, valid, settings, each, parts)
    model = Aligner([training.model for training in trainings], head, telling)
    logits = model.conclude(np.stack(each).mean(axis=0), candidates.left, candidates.right)
    progress("set against rivals", 2, 2)
    return Fit(model, logits, tuple(trainings), interrupted)


def score_candidates(
    aligner: Aligner, inputs: NodeInputs, candidates: Pairs
) -> npt.NDArray[np.float32]:
    """Give the final logits (pairs,) of candidates that are each other's rivals."""
    return aligner.conclude(
        mean_logits(aligner.networks, inputs, aligner.among(candidates)),
        candidates.left,
        candidates.right,
    )


def _among(candidates: Pairs, telling: tuple[int, ...]) -> Pairs:
    if not telling:
        return candidates
    values = np.ascontiguousarray(candidates.similarities[:, list(telling)])
    standings = similarity_standings(values, candidates.left, candidates.right)
    return dataclasses.replace(candidates, standings=standings)


def _look_up(candidates: Pairs, pairs: LabelledPairs) -> LabelledPairs:
    """Give labelled pairs the standings of the candidates they are; others have none."""
    if candidates.standings is None:
        return pairs
    where = find_pairs(candidates, pairs)
    standings = candidates.standings[where]
    standings[where < 0] = np.nan
    return dataclasses.replace(pairs, standings=standings)


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
    candidates: Pairs,
    pairs: LabelledPairs,
    valid: LabelledPairs | None,
    settings: AlignerSettings,
    each: list[npt.NDArray[np.float32]],
    parts: list[Rows],
) -> RivalHead | None:
    """Teach the head by each member's logits (pairs,) where it has not seen the labels."""
    logits: npt.NDArray[np.float32] = np.stack(each).mean(axis=0)

    def among(some: LabelledPairs) -> tuple[Rows, Rows]:
        """Positions in ``some`` of pairs that are candidates, and their positions there."""
        where = find_pairs(candidates, some)
        return np.flatnonzero(where >= 0), where[where >= 0]

    own, where = among(pairs)
    if not 0 < pairs.label[own].sum() < len(own):
        return None
    unseen = np.full((len(pairs), len(parts)), True)
    for member, learnt in enumerate(parts):
        unseen[learnt, member] = False
    if not unseen.any():
        return None
    for member, of_member in enumerate(each):
        mine = unseen[own, member]
        logits[where[mine]] = of_member[where[mine]]
    head = RivalHead(settings.rounds, settings.rival_hidden)
    seed_everything(settings.seed)
    checked = None
    if valid is not None:
        there, at = among(valid)
        if 0 < valid.label[there].sum() < len(there):
            checked = _labels(valid, there, at)
    with one_thread():
        fit_rivals(
            head,
            torch.from_numpy(logits),
            Rivals.of(candidates.left, candidates.right),
            _labels(pairs, own, where),
            checked,
        )
    return head


def _labels(pairs: LabelledPairs, own: Rows, where: Rows) -> Labels:
    return Labels(
        torch.from_numpy(where),
        torch.from_numpy(pairs.label[own].astype(np.float32)),
        torch.from_numpy(pairs.weight[own]),
    )

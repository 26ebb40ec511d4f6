"""Training of a round: evidence of neighbours and the smooth correction by competitors."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F

from kgreview.aligner.correspondence import Correspondence
from kgreview.aligner.evidence import EvidenceNetwork, evidence_of
from kgreview.aligner.inputs import NodeInputs
from kgreview.aligner.neighbour_pairs import CandidateIndex
from kgreview.aligner.neighbourhoods import Neighbourhoods, PickedNeighbourhoods
from kgreview.aligner.reranking import Competition, SmoothCorrection, rising
from kgreview.aligner.settings import AlignerSettings
from kgreview.aligner.threads import threads
from kgreview.aligner.weighing import SlotBatch, Surroundings, Weighed, Weighing, weigh
from kgreview.errors import KGReviewError
from kgreview.partitions import over, workers
from kgreview.progress import Progress, silent

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]

# pairs whose neighbourhoods are put together at once: more for a GPU, which wants to be filled
AT_ONCE = {"cpu": 8192, "cuda": 65536}
_KEPT = 1 << 30  # bytes of neighbourhoods that stay in memory
_REFRESHED = 4  # times in a training that competitors are looked at anew
_ALONE = 0.3  # weight of the loss of what a pair is without competitors
_HOLD = 5.0  # length at which gradients are cut
_MANY = 100  # matches beyond which weights are drawn back less and less
_FEW_STEPS = 12  # of an epoch at the fewest, however few the pairs


_Stretch = tuple[slice, Neighbourhoods]


@dataclass(frozen=True, eq=False)
class Candidates:
    """All candidates with what is the same in every round."""

    inputs: NodeInputs
    left: Rows  # (pairs,) rows
    right: Rows
    own: Floats  # (pairs,) log odds by own features
    label_features: Floats  # (pairs, 7) what is known of them beside
    surroundings: Surroundings = field(init=False)
    types: Tensor = field(init=False)  # (pairs,) of the left entity
    _kept: list[_Stretch] = field(default_factory=list)
    _shared: list[Any] = field(default_factory=list)  # what stands for the surroundings elsewhere

    def __post_init__(self) -> None:
        device = self.inputs.device
        left = torch.from_numpy(np.array(self.left, np.int64)).to(device)
        right = torch.from_numpy(self.inputs.joint.right_node(np.asarray(self.right))).to(device)
        around = Surroundings(self.inputs, CandidateIndex(left, right), (left, right))
        object.__setattr__(self, "surroundings", around)
        object.__setattr__(self, "types", self.inputs.types[left])

    def __len__(self) -> int:
        return len(self.left)

    def around(self, correspondence: Correspondence, where: Tensor | slice) -> Neighbourhoods:
        """Put both neighbourhoods of some pairs together."""
        return self.surroundings.around(correspondence, where)

    def stretches(self, correspondence: Correspondence) -> Iterator[tuple[slice, Neighbourhoods]]:
        """Give the neighbourhoods of all candidates, a stretch at a time.

        They are kept where there is room: correspondence is the same in all rounds.
        """
        if self._kept:
            yield from self._kept
            return
        kept, held = list[_Stretch](), 0
        for part in self._parts(len(self)):
            stretch = part, self.around(correspondence, part)
            held += stretch[1].nbytes
            if held / part.stop * len(self) <= _KEPT:
                kept.append(stretch)
            yield stretch
        if sum(part.stop - part.start for part, _ in kept) == len(self):
            self._kept.extend(kept)

    def weighed(
        self, weighing: Weighing, where: Rows | None = None
    ) -> Iterator[tuple[slice, Weighed]]:
        """Give what the neighbours of all candidates say, or of those at positions ``where``.

        A stretch of them after another, each with the slice that it is.
        """
        surroundings: Any = self.surroundings
        if workers().elsewhere:
            if self.inputs.device.type != "cpu":
                what = "a cluster scores on processors: leave out --device, or --cluster"
                raise KGReviewError(what)
            if not self._shared:
                self._shared.append(workers().share(surroundings))
            surroundings = self._shared[0]
        elif where is None:
            for part, around in self.stretches(weighing.correspondence):
                yield part, weighing.of(around)
            return
        parts = self._parts(len(self) if where is None else len(where))
        some = parts if where is None else (where[part] for part in parts)
        yield from zip(parts, over(weigh, (surroundings, weighing), some), strict=True)

    def _parts(self, pairs: int) -> list[slice]:
        step = AT_ONCE[self.inputs.device.type]
        return [slice(at, min(at + step, pairs)) for at in range(0, pairs, step)]


@dataclass(frozen=True, eq=False)
class Labels:
    """Candidates whose labels are known."""

    where: Rows  # (labels,) positions
    label: npt.NDArray[np.int8]  # (labels,)
    weight: Floats  # (labels,)


class Round(torch.nn.Module):
    """Evidence and smooth correction; what it comes to is what the next round believes."""

    def __init__(self, types: int, relations: int, settings: AlignerSettings) -> None:
        super().__init__()
        self.evidence = EvidenceNetwork(types, relations, settings)
        self.correction = SmoothCorrection(OTHERS)
        self.scale: Tensor  # (2,) slope and intercept that turn its log odds into calibrated ones
        self.register_buffer("scale", torch.tensor([1.0, 0.0]))


OTHERS = 9  # figures of a pair that do not hang on its evidence: how many candidates, what is told


@dataclass(frozen=True, eq=False)
class RoundScores:
    """What a round makes of all candidates, (pairs,) each."""

    log_odds: Floats  # by own features and evidence
    evidence: Floats
    support: Floats  # of the evidence, what speaks for the pair
    final: Floats  # among competitors
    competition: Competition


def shared_relations(candidates: Candidates, matches: Rows, own: Floats) -> tuple[Tensor, Tensor]:
    """Give the relations over which known matches share a neighbour, (shared,) of either side."""
    inputs, shares = candidates.inputs, []
    plain = Correspondence(max(1, inputs.joint.num_relation_codes), 0).to(inputs.device)
    believed = torch.from_numpy(own).to(inputs.device)
    for part in torch.split(torch.from_numpy(matches).to(inputs.device), AT_ONCE["cpu"]):
        around = candidates.around(plain, part)
        pairs = around.found
        same = pairs.alike > 0.8
        if len(believed):
            same |= (pairs.candidate >= 0) & (believed[pairs.candidate.clamp(min=0)] > 0)
        shares.append(torch.stack([codes[same] for codes in around.relations]))
    left, right = torch.cat(shares, dim=1).cpu() if shares else torch.empty(2, 0, dtype=torch.int64)
    return left, right


def train_round(
    model: Round,
    correspondence: Correspondence,
    candidates: Candidates,
    beliefs: Floats,
    labels: Labels,
    settings: AlignerSettings,
    *,
    seed: int,
    progress: Progress = silent,
) -> RoundScores:
    """Fit a round to labelled candidates over what was believed before, (pairs,) log odds.

    Weights are drawn back to where they began, the more the fewer the matches (L2-SP, Li,
    Grandvalet and Davoine 2018): a round that has learnt nothing knows already that shared
    neighbours speak for a pair and better competitors against it.

    Competitors of labelled pairs are scored anew a few times on the way; in between theirs stay as
    they are, and only the labelled pairs learn. Ctrl-C is for the caller to handle.
    """
    device = candidates.inputs.device
    model.to(device).train()
    rng = np.random.default_rng(seed)
    size = min(settings.batch, max(64, len(labels.where) // _FEW_STEPS))
    steps = math.ceil(len(labels.where) / size)
    epochs = max(settings.epochs, math.ceil(settings.steps / steps))
    refresh = max(1, epochs // _REFRESHED)
    weights: list[Tensor] = list(model.parameters())
    at_first = [weight.detach().clone() for weight in weights]
    matches = max(1, int(labels.label.sum()))
    pull = settings.pull / matches * min(1.0, _MANY / matches)
    optimiser = torch.optim.Adam(weights, lr=settings.learning_rate, fused=True)
    # a high rate in the middle: as good within a few epochs (Smith and Topin 2019)
    rate = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, settings.learning_rate, total_steps=epochs * steps
    )
    believed = torch.from_numpy(beliefs).to(device)
    prepared = _Prepared(correspondence, candidates, labels)
    near = _Near(correspondence, candidates, labels)
    for epoch in range(epochs):
        if epoch % refresh == 0:
            against, others = near.competition(model, believed)
            model.train()
        order = np.array_split(rng.permutation(len(labels.where)), steps)
        for step, batch in enumerate(order):
            part = prepared.take(batch)
            loss = _loss(model, part, believed, against[batch], others[batch], settings)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(model.parameters(), _HOLD)
            optimiser.step()
            with torch.no_grad():
                back = min(1.0, float(rate.get_last_lr()[0]) * pull)
                torch._foreach_lerp_(weights, at_first, back)
            rate.step()
            progress("train", epoch * steps + step + 1, epochs * steps, loss=loss.item())
    model.eval()
    return score_round(model, correspondence, candidates, beliefs)


@torch.no_grad()
def score_round(
    model: Round,
    correspondence: Correspondence,
    candidates: Candidates,
    beliefs: Floats,
    progress: Progress = silent,
    keep: Callable[[SlotBatch], None] | None = None,
) -> RoundScores:
    """Score all candidates by what was believed before, (pairs,) log odds.

    ``keep`` is given what the neighbours of each stretch of them add.
    """
    model.eval()
    pairs = len(candidates)
    evidence, support = np.zeros((2, pairs), np.float32)
    if model.evidence.settings.evidence or keep is not None:
        slots = candidates.inputs.samples.shape[1] if keep is not None else 0
        weighing = Weighing(model.evidence, correspondence, beliefs, slots, threads())
        for part, weighed in candidates.weighed(weighing):
            evidence[part], support[part] = weighed.evidence, weighed.support
            if keep is not None and weighed.slots is not None:
                keep(SlotBatch(part.start, weighed.slots))
            progress("weigh neighbours", part.stop, pairs)
    log_odds = base_of(model, candidates) + evidence
    competition = Competition(log_odds, evidence, candidates.left, candidates.right)
    final = corrected(model, candidates.label_features, log_odds, evidence, competition)
    return RoundScores(log_odds, evidence, support, final, competition)


@torch.no_grad()
def base_of(model: Round, candidates: Candidates, where: Rows | None = None) -> Floats:
    """Give the log odds of candidates, all or those at ``where``, by their own features alone."""
    own = candidates.own if where is None else candidates.own[where]
    types = candidates.types if where is None else candidates.types[torch.from_numpy(where)]
    base = model.evidence.base(torch.from_numpy(own).to(types.device), types)
    return base.cpu().numpy()


@torch.no_grad()
def corrected(
    model: Round,
    label_features: Floats,
    log_odds: Floats,
    evidence: Floats,
    competition: Competition,
    where: Rows | None = None,
) -> Floats:
    """Set log odds (pairs,) against those of competitors: of all, or of those at ``where``."""
    if not model.evidence.settings.competitors:
        return log_odds if where is None else log_odds[where]
    wanted = np.arange(len(log_odds)) if where is None else where
    scores, step, device = np.empty(len(wanted), np.float32), AT_ONCE["cuda"], model.scale.device
    for start in range(0, len(scores), step):
        part = wanted[start : start + step]
        columns = (log_odds[part], evidence[part], competition.against[part])
        up = rising(*(torch.from_numpy(column).to(device) for column in columns))
        both = np.hstack([competition.counts[part], label_features[part]])
        others = torch.from_numpy(both).to(device)
        scores[start : start + step] = model.correction(up, others).cpu().numpy()
    return scores


class _Near:
    """The labelled candidates with all their competitors: all that they are set against."""

    def __init__(
        self, correspondence: Correspondence, candidates: Candidates, labels: Labels
    ) -> None:
        left, right = np.asarray(candidates.left), np.asarray(candidates.right)
        beside = np.isin(left, left[labels.where]) | np.isin(right, right[labels.where])
        where = np.flatnonzero(beside)  # (near,)
        self._entities = left[where], right[where]
        self._labelled = np.searchsorted(where, labels.where)
        self._label_features = candidates.label_features[labels.where]
        some = torch.from_numpy(where).to(candidates.inputs.device)
        self._own = torch.from_numpy(candidates.own).to(some.device)[some]
        self._types = candidates.types[some]
        self._around = [
            candidates.around(correspondence, part)
            for part in torch.split(some, AT_ONCE[some.device.type])
        ]

    @torch.no_grad()
    def competition(self, model: Round, beliefs: Tensor) -> tuple[Tensor, Tensor]:
        """Give what labelled pairs are set against (labels, 6), and their others (labels, Z)."""
        network = model.evidence
        base = network.base(self._own, self._types)
        evidence = torch.zeros_like(base)
        if network.settings.evidence:
            side_evidence = [evidence_of(each, network(each, beliefs)) for each in self._around]
            evidence = torch.cat(side_evidence)
        total, evidence_of_pairs = (base + evidence).cpu().numpy(), evidence.cpu().numpy()
        competition = Competition(total, evidence_of_pairs, *self._entities)
        others = np.hstack([competition.counts[self._labelled], self._label_features])
        return (
            torch.from_numpy(competition.against[self._labelled]).to(base.device),
            torch.from_numpy(others).to(base.device),
        )


@dataclass(frozen=True, eq=False)
class _Part:
    """Some labelled candidates, ready to be learnt from."""

    around: Neighbourhoods
    own: Tensor
    types: Tensor
    label: Tensor
    weight: Tensor


class _Prepared:
    """The neighbourhoods of all labelled candidates, put together once for all epochs."""

    def __init__(
        self, correspondence: Correspondence, candidates: Candidates, labels: Labels
    ) -> None:
        device = candidates.inputs.device
        where = torch.from_numpy(labels.where).to(device)
        self._own = torch.from_numpy(candidates.own).to(device)[where]
        self._types = candidates.types[where]
        self._label = torch.from_numpy(labels.label.astype(np.float32)).to(device)
        self._weight = torch.from_numpy(labels.weight).to(device)
        parts = torch.split(where, AT_ONCE[device.type])
        self._around = PickedNeighbourhoods(
            [candidates.around(correspondence, part) for part in parts]
        )

    def take(self, batch: Rows) -> _Part:
        some = torch.from_numpy(batch).to(self._own.device)
        return _Part(
            self._around.take(some),
            self._own[some],
            self._types[some],
            self._label[some],
            self._weight[some],
        )


def _loss(
    model: Round,
    part: _Part,
    beliefs: Tensor,
    against: Tensor,
    others: Tensor,
    settings: AlignerSettings,
) -> Tensor:
    """Log loss among competitors, and in part that of the pair alone."""
    network = model.evidence
    log_odds = network.base(part.own, part.types)
    evidence = torch.zeros_like(log_odds)
    if settings.evidence:
        evidence = evidence_of(part.around, network(part.around, beliefs))
        log_odds = log_odds + evidence
    loss = _log_loss(log_odds, part)
    if not settings.competitors:
        return loss
    final = model.correction(rising(log_odds, evidence, against), others)
    return _log_loss(final, part) + _ALONE * loss


def _log_loss(log_odds: Tensor, part: _Part) -> Tensor:
    each = F.binary_cross_entropy_with_logits(log_odds, part.label, reduction="none")
    return (each * part.weight).sum() / part.weight.sum()

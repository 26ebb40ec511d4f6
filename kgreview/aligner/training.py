"""Training of a round: evidence of neighbours and the smooth correction by competitors."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from kgreview.aligner.correspondence import Correspondence
from kgreview.aligner.evidence import EvidenceNetwork, evidence_of
from kgreview.aligner.labelled import LabelledBatch, LabelledNeighbourhoods
from kgreview.aligner.reranking import Competition, SmoothCorrection, rising
from kgreview.aligner.scored_together import AT_ONCE, Candidates, Floats, Halves, Rows
from kgreview.aligner.settings import AlignerSettings
from kgreview.aligner.threads import threads
from kgreview.aligner.weighing import SlotBatch, Weighing
from kgreview.progress import Progress, silent

_REFRESHED = 4  # times in a training that competitors are looked at anew
_ALONE = 0.3  # weight of the loss of what a pair is without competitors
_HOLD = 5.0  # length at which gradients are cut
_MANY = 100  # matches beyond which weights are drawn back less and less
_FEW_STEPS = 12  # of an epoch at the fewest, however few the pairs


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
    labelled: LabelledNeighbourhoods,
    beliefs: Floats,
    settings: AlignerSettings,
    *,
    seed: int,
    progress: Progress = silent,
) -> None:
    """Fit a round to labelled candidates over what was believed before, (pairs,) log odds.

    Weights are drawn back to where they began, the more the fewer the matches (L2-SP, Li,
    Grandvalet and Davoine 2018): a round that has learnt nothing knows already that shared
    neighbours speak for a pair and better competitors against it.

    Competitors of labelled pairs are scored anew a few times on the way; in between theirs stay as
    they are, and only the labelled pairs learn. Ctrl-C is for the caller to handle.
    """
    labels, device = labelled.labels, labelled.candidates.inputs.device
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
    for epoch in range(epochs):
        if epoch % refresh == 0:
            against, others = labelled.competition(model.evidence, believed)
        order = np.array_split(rng.permutation(len(labels.where)), steps)
        for step, batch in enumerate(order):
            part = labelled.take(batch)
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


@torch.no_grad()
def score_round(
    model: Round,
    correspondence: Correspondence,
    candidates: Candidates,
    beliefs: Floats,
    progress: Progress = silent,
    keep: Callable[[SlotBatch], None] | None = None,
    where: Rows | None = None,
) -> RoundScores:
    """Score all candidates by what was believed before, (pairs,) log odds.

    ``keep`` is given what the neighbours of each stretch of them add. With ``where`` only those
    at these positions have evidence, so that only of pairs all of whose competitors are there
    what comes out is right.
    """
    model.eval()
    pairs = len(candidates)
    evidence, support = np.zeros((2, pairs), np.float32)
    if model.evidence.settings.evidence or keep is not None:
        slots = candidates.inputs.samples.shape[1] if keep is not None else 0
        weighing = Weighing(model.evidence, correspondence, beliefs, slots, threads())
        for part, weighed in candidates.weighed(weighing, where):
            some = part if where is None else where[part]
            evidence[some], support[some] = weighed.evidence, weighed.support
            if keep is not None and weighed.slots is not None:
                keep(SlotBatch(part.start, weighed.slots))
            progress("weigh neighbours", part.stop, pairs if where is None else len(where))
    log_odds = base_of(model, candidates) + evidence
    competition = Competition(log_odds, evidence, candidates.left, candidates.right)
    final = corrected(model, candidates.label_features, log_odds, evidence, competition)
    return RoundScores(log_odds, evidence, support, final, competition)


@torch.no_grad()
def base_of(model: Round, candidates: Candidates, where: Rows | None = None) -> Floats:
    """Give the log odds of candidates, all or those at ``where``, by their own features alone."""
    where = np.arange(len(candidates)) if where is None else where
    log_odds = np.empty(len(where), np.float32)
    for part in candidates.parts(len(where)):
        some = torch.from_numpy(where[part]).to(candidates.inputs.device)
        own = torch.from_numpy(candidates.own[where[part]]).to(candidates.inputs.device)
        log_odds[part] = model.evidence.base(own, candidates.types(some)).cpu().numpy()
    return log_odds


@torch.no_grad()
def corrected(
    model: Round,
    label_features: Halves,
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


def _loss(
    model: Round,
    part: LabelledBatch,
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


def _log_loss(log_odds: Tensor, part: LabelledBatch) -> Tensor:
    each = F.binary_cross_entropy_with_logits(log_odds, part.label, reduction="none")
    return (each * part.weight).sum() / part.weight.sum()

"""What the aligner says of a pair when a part of what it saw is left out: exactly, in one batch.

- a *neighbour*: who it is is not known, in all of its places in the sample of its side; what it
  adds is gone, and its counterpart, if it has no other, is not shared, nor missing;
- a *relation*: all slots of that relation at that side;
- an *attribute*: the features it is compared by are missing;
- the *neighbourhood*: every slot of both sides.

The pair is judged again by the same rounds, competitors and calibration. What is believed of its
neighbours stays, and so does all that is said of its competitors.

The *waterfall* of a pair parts its log odds: what own features say goes to attributes by their
Shapley values (Lundberg and Lee 2017), which add up to it; neighbours have their contributions;
what competitors take away or add is the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from scipy.special import expit
from torch import Tensor

from kgreview.aligner.among_competitors import AmongCompetitors, CompetitorIndex, Scored
from kgreview.aligner.checkpoint import Checkpoint
from kgreview.aligner.evidence import SideEvidence, as_slots, evidence_of, shared_out, support_of
from kgreview.aligner.explanation import (
    Change,
    Counterfactual,
    NeighbourAttention,
    PairAttention,
    PairExplanation,
    Part,
    Waterfall,
)
from kgreview.aligner.neighbour_pairs import CandidateIndex
from kgreview.aligner.neighbourhoods import Neighbourhoods, gather
from kgreview.aligner.shapley import shapley_values
from kgreview.features.sources import NAME, sides_of

Floats = npt.NDArray[np.float32]
Wide = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
AttributeRow = tuple[str | None, str | None]  # a left and a right attribute that correspond

_MOST_FLIPPING = 5  # parts a curator can take in
_SUBSETS = 2_000  # of a pair's groups of own features that are judged at once
_NAMES_MISSING = "name: missing"


@dataclass(frozen=True, eq=False)
class Variants:
    """What the aligner makes of some variants of a pair."""

    around: Neighbourhoods  # of all variants
    sides: tuple[SideEvidence, SideEvidence]
    affinity: Tensor  # (E,)
    own: Wide  # (variants,) log odds by own features, as evidence adds to it
    evidence: Wide  # (variants,)
    log_odds: Wide  # (variants,) calibrated, among competitors
    probability: Wide  # (variants,)


class Explainer:
    """Asks one version's aligner about pairs."""

    def __init__(self, checkpoint: Checkpoint, scored: Scored) -> None:
        self.checkpoint = checkpoint
        self.scored = scored
        checkpoint.check_fits(scored.inputs.joint, scored.similarity_names)
        self.num_left = scored.left.num_entities
        fields = (scored.left.attribute_names, scored.right.attribute_names)
        names = frozenset((NAME, *fields[0])), frozenset((NAME, *fields[1]))
        self.compared = [sides_of(name, *names) for name in scored.similarity_names]
        # the own features by the field of either side that they compare, those of names apart
        self.by_field: tuple[dict[str, list[int]], dict[str, list[int]]] = ({}, {})
        self.of_names: list[int] = []
        for column in checkpoint.model.own.columns:
            labels = self.compared[column]
            if NAME in labels:
                self.of_names.append(column)
                continue
            for side, label in zip(self.by_field, labels, strict=True):
                side.setdefault(label, []).append(column)
        candidates = scored.candidates
        self.competitors = CompetitorIndex(candidates)
        left = torch.from_numpy(np.array(candidates.left, np.int64))
        right = torch.from_numpy(scored.inputs.joint.right_node(np.asarray(candidates.right)))
        self.index = CandidateIndex(left, right)

    def pair(self, left: int, right: int, similarities: Floats) -> Pair:
        """Make a pair of rows ready to be judged, over the samples it was scored with."""
        return Pair(self, (left, right), similarities)

    def position(self, left: int, right: int) -> int | None:
        """Give where a pair of rows stands among the candidates, ``None`` where it is none."""
        nodes = torch.tensor([left]), torch.tensor([self.num_left + right])
        where = int(self.index.find(*nodes)[0])
        return None if where < 0 else where

    def explain(self, pair: Pair, rows: Sequence[AttributeRow] = ()) -> PairExplanation:
        """Leave out each part of a pair in turn.

        ``rows`` are the attributes to leave out, those that correspond together.
        """
        parts = pair.parts(rows)
        looked = pair.look([(), *((part,) for part in parts)])
        probability, log_odds = looked.probability.tolist(), looked.log_odds.tolist()
        changes = {
            part: Change(p - probability[0], o - log_odds[0])
            for part, p, o in zip(parts, probability[1:], log_odds[1:], strict=True)
        }
        own = [self.compared[column] for column in self.checkpoint.model.own.columns]
        return PairExplanation(
            probability=probability[0],
            waterfall=pair.waterfall(looked, rows),
            threshold=self.checkpoint.threshold,
            attention=pair.attention(looked, changes),
            affinity=pair.affinity(looked),
            changes=changes,
            compared=tuple(dict.fromkeys(own)),
        )

    def flip(self, pair: Pair, rows: Sequence[AttributeRow] = ()) -> Counterfactual:
        """Find few neighbours and attributes without which the pair crosses the threshold.

        Greedily: what helps most, then what helps most beside it, at most five; then those that
        later ones have made needless are put back.
        """
        threshold = self.checkpoint.threshold
        single = [part for part in pair.parts(rows) if part.kind in ("neighbour", "attribute")]
        looked = pair.look([()])
        start, log_odds = float(looked.probability[0]), float(looked.log_odds[0])
        probability, chosen = start, list[Part]()
        towards = -1.0 if start >= threshold else 1.0
        while (probability >= threshold) == (start >= threshold):
            left_over = [part for part in single if part not in chosen]
            if len(chosen) == _MOST_FLIPPING or not left_over:
                return Counterfactual((), probability)
            looked = pair.look([(*chosen, part) for part in left_over])
            best = int(np.argmax(towards * looked.log_odds))
            if towards * (float(looked.log_odds[best]) - log_odds) <= 0:
                return Counterfactual((), probability)
            chosen.append(left_over[best])
            probability, log_odds = float(looked.probability[best]), float(looked.log_odds[best])
        for part in chosen[:-1]:
            fewer = [one for one in chosen if one != part]
            without = float(pair.look([fewer]).probability[0])
            if (without >= threshold) == (probability >= threshold):
                chosen, probability = fewer, without
        return Counterfactual(tuple(chosen), probability)


class Pair:
    """One pair with its two samples, ready to be judged with parts of it left out."""

    def __init__(self, explainer: Explainer, rows: tuple[int, int], similarities: Floats) -> None:
        self.explainer = explainer
        self.rows = rows
        self.similarities = np.asarray(similarities, dtype=np.float32)  # (F,)
        inputs = explainer.scored.inputs
        self.nodes = (rows[0], explainer.num_left + rows[1])
        self.mask = torch.stack([inputs.mask[node] for node in self.nodes])  # (side, c)
        self.relations = torch.stack([inputs.relations[node] for node in self.nodes])
        competitors = explainer.competitors.find(*rows)
        self._among = AmongCompetitors(
            explainer.checkpoint.model, explainer.scored, rows, competitors
        )

    # ---------------------------------------------------------------- parts

    def parts(self, rows: Sequence[AttributeRow]) -> list[Part]:
        """List what can be left out: attributes that are compared, relations, neighbours.

        What no own feature compares in this pair, as one side says nothing, cannot be left out.
        """
        there = ~np.isnan(self.similarities)
        parts = [
            Part("attribute", attributes=row) for row in rows if there[self._compare(row)].any()
        ]
        for side in (0, 1):
            slots = self.slots(side)
            codes = {self._code(side, slot) for slot in slots}
            parts += [Part("relation", side, relation=code) for code in sorted(codes)]
            parts += [Part("neighbour", side, slot=slot) for slot in slots]
        if self.mask.any():
            parts.append(Part("neighbourhood"))
        return parts

    def slots(self, side: int) -> list[int]:
        """Give the places in a side's sample that hold a neighbour."""
        return [int(slot) for slot in self.mask[side].nonzero()[:, 0]]

    def _edge(self, side: int, slot: int) -> tuple[int, int]:
        """Give the neighbour's row and its relation's code in its own graph."""
        scored = self.explainer.scored
        graph = (scored.left, scored.right)[side]
        shift = len(scored.left.edge_neighbours) if side else 0
        edge = int(scored.inputs.samples[self.nodes[side], slot]) - shift
        return int(graph.edge_neighbours[edge]), int(graph.edge_relations[edge])

    def _code(self, side: int, slot: int) -> int:
        return self._edge(side, slot)[1]

    def _same(self, side: int, slot: int) -> Tensor:
        """Tell which places of a side's sample hold the same neighbour as one, (c,)."""
        neighbours = self.explainer.scored.inputs.neighbours[self.nodes[side]]
        return (neighbours == neighbours[slot]) & self.mask[side]

    def _compare(self, row: AttributeRow) -> Bools:
        """Tell which own features compare one of two attributes, (F,)."""
        scored = self.explainer.scored
        names = (scored.schema.left_names, scored.schema.right_names)
        graphs = (scored.left, scored.right)
        naming = all(
            attribute in of_type.get(graph.type_of(place), ())
            for attribute, of_type, graph, place in zip(row, names, graphs, self.rows, strict=True)
        )
        compared = np.zeros(len(self.similarities), bool)
        if naming:
            compared[self.explainer.of_names] = True
        for attribute, columns in zip(row, self.explainer.by_field, strict=True):
            if attribute is not None:
                compared[columns.get(attribute, [])] = True
        return compared

    def _left_out(self, variants: Sequence[Sequence[Part]]) -> tuple[tuple[Tensor, Tensor], Floats]:
        """Give masks (variants, c) of either side and similarities (variants, F) without parts."""
        cap = self.mask.shape[1]
        out = torch.zeros(2, len(variants), cap, dtype=torch.bool)
        values = np.tile(self.similarities, (len(variants), 1))
        codes = [{slot: self._code(side, slot) for slot in self.slots(side)} for side in (0, 1)]
        for number, variant in enumerate(variants):
            for part in variant:
                if part.kind == "attribute":
                    self._forget(values[number], self._compare(part.attributes))
                elif part.kind == "neighbourhood":
                    out[:, number] = True
                elif part.kind == "neighbour":
                    out[part.side, number] |= self._same(part.side, part.slot)
                else:
                    for slot, code in codes[part.side].items():
                        out[part.side, number, slot] |= code == part.relation
        return (out[0], out[1]), values

    def _forget(self, values: Floats, compared: Bools) -> None:
        """Take away the features that an attribute is compared by."""
        names = self.explainer.scored.similarity_names
        values[compared] = np.nan
        if _NAMES_MISSING in names and compared[names.index(_NAMES_MISSING)]:
            values[names.index(_NAMES_MISSING)] = 3.0  # as where neither has a name

    # ---------------------------------------------------------------- the aligner

    @torch.inference_mode()
    def look(self, variants: Sequence[Sequence[Part]], temperature: float = 1.0) -> Variants:
        """Judge the pair once for each of some sets of parts that are left out.

        ``temperature`` divides the log odds that gates are made of; a demonstration turns it,
        training and scoring never do.
        """
        (left_out, right_out), values = self._left_out(variants)
        explainer = self.explainer
        model, inputs = explainer.checkpoint.model, explainer.scored.inputs
        last = model.each_round[-1]
        nobody = torch.zeros_like(left_out[:1])
        everything, believed = self._around(nobody, nobody)
        whole = last.evidence.look(everything, believed, temperature)[0]
        gates = [torch.zeros(left_out.shape[1]) for _ in whole]
        for gate, side, each in zip(gates, everything.sides, whole, strict=True):
            gate[side.slot] = each.gate
        around, beliefs = self._around(left_out, right_out)
        of_whole = gates[0][around.sides[0].slot], gates[1][around.sides[1].slot]
        sides, affinity = last.evidence.look(around, beliefs, temperature, of_whole)
        evidence = evidence_of(around, sides).numpy()
        support = support_of(around, sides).numpy()
        sides = shared_out(around, sides, affinity)
        if not model.settings.evidence:
            evidence, support = np.zeros_like(evidence), np.zeros_like(support)
        own = self._among.own(values)
        position = explainer.position(*self.rows)
        if position is not None and temperature == 1.0:
            # as they were scored: by other last digits trees may take another branch
            for number, variant in enumerate(variants):
                if all(part.kind in ("neighbour", "relation") for part in variant):
                    own[number] = explainer.scored.scores.own[position]
                if not variant:
                    evidence[number] = explainer.scored.scores.evidence[-1][position]
        types = inputs.types[self.nodes[0]].expand(len(variants))
        base = last.evidence.base(torch.from_numpy(own), types).numpy()
        logits = self._among.conclude(values, own, base, evidence, support)
        log_odds = explainer.checkpoint.calibration.log_odds(logits)
        return Variants(
            around,
            sides,
            affinity,
            base.astype(np.float64),
            evidence.astype(np.float64),
            log_odds,
            expit(log_odds),
        )

    def _around(self, left_out: Tensor, right_out: Tensor) -> tuple[Neighbourhoods, Tensor]:
        """Give the neighbourhoods without some (variants, c), and beliefs about neighbours."""
        explainer = self.explainer
        left, right = (torch.full((len(left_out),), node) for node in self.nodes)
        around = gather(
            explainer.scored.inputs,
            explainer.checkpoint.model.correspondence,
            left,
            right,
            explainer.index,
            (left_out, right_out),
        )
        beliefs = torch.from_numpy(self._among.beliefs_of(around.found.candidate.numpy()))
        return self._among.renumbered(around), beliefs

    def attention(self, looked: Variants, changes: dict[Part, Change]) -> PairAttention:
        """Give what each neighbour adds to the whole pair, the first variant, and the changes."""
        sides = []
        for number, (side, of_side) in enumerate(
            zip(looked.around.sides, looked.sides, strict=True)
        ):
            cap = self.mask.shape[1]
            of_all = as_slots(side, of_side, looked.around.pairs, cap)[0]  # (c, 3)
            neighbours = []
            for slot in self.slots(number):
                row, relation = self._edge(number, slot)
                contribution, gate, stake = (float(value) for value in of_all[slot])
                change = changes.get(Part("neighbour", number, slot=slot))
                neighbours.append(
                    NeighbourAttention(row, relation, contribution, gate, stake, slot, change)
                )
            sides.append(tuple(neighbours))
        return PairAttention(*sides)

    def affinity(self, looked: Variants) -> tuple[tuple[float, ...], ...]:
        """Give A_pq of the whole pair by the slots of either side."""
        cap = self.mask.shape[1]
        by_slots = np.zeros((cap, cap))
        pairs = looked.around.found
        first = pairs.pair == 0
        one, two = (slots[first].numpy() for slots in pairs.slots)
        by_slots[one, two] = looked.affinity[first].numpy()
        return tuple(map(tuple, by_slots.tolist()))

    def waterfall(self, looked: Variants, rows: Sequence[AttributeRow]) -> Waterfall:
        """Part the log odds of the whole pair, the first variant of ``looked``."""
        there = ~np.isnan(self.similarities)
        columns = list(self.explainer.checkpoint.model.own.columns)
        own = np.zeros(len(there), bool)
        own[columns] = True
        groups, taken = [], np.zeros(len(there), bool)
        for row in rows:
            compared = self._compare(row) & ~taken
            if (compared & there).any():
                groups.append((row, compared))
                taken |= compared
        rest = own & ~taken & there
        if rest.any():  # compared, and on no row of the table
            groups.append(((None, None), own & ~taken))
        masks = [compared for _, compared in groups]
        values = shapley_values(len(groups), lambda kept: self._worth(masks, kept))
        scale = float(self.explainer.checkpoint.model.each_round[-1].evidence.own.detach())
        attributes = tuple(
            (row, scale * float(value)) for (row, _), value in zip(groups, values, strict=True)
        )
        base, evidence = float(looked.own[0]), float(looked.evidence[0])
        log_odds = float(looked.log_odds[0])
        return Waterfall(
            prior=base - sum(value for _, value in attributes),
            attributes=attributes,
            competitors=log_odds - base - evidence,
            log_odds=log_odds,
        )

    def _worth(self, groups: list[Bools], kept: Bools) -> Wide:
        """Give what own features say (subsets,) where only some groups are there."""
        compared = np.stack(groups).astype(np.float32)  # (groups, F)
        names = self.explainer.scored.similarity_names
        missing = names.index(_NAMES_MISSING) if _NAMES_MISSING in names else -1
        log_odds = [np.empty(0)]
        for start in range(0, len(kept), _SUBSETS):
            gone = (~kept[start : start + _SUBSETS]).astype(np.float32) @ compared > 0
            values = np.where(gone, np.float32(np.nan), self.similarities)
            if missing >= 0:  # as `_forget` has it
                values[gone[:, missing], missing] = 3.0
            log_odds.append(self._among.own(values).astype(np.float64))
        return np.concatenate(log_odds)

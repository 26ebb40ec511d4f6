"""What the network says of a pair when a part of what it saw is left out: exactly, in one batch.

An attention weight is what the network looked at, not why it decided (Jain and Wallace 2019). So
each part of a pair is left out in turn and the pair judged again, by the same networks, the same
rivals and the same calibration:

- a *neighbour*: its slot is masked in the sample of its side, in every layer; attention is
  renormalised over the others by the network itself;
- a *relation*: all slots of that relation at that side;
- an *attribute*: the similarities it is compared by are missing;
- the *neighbourhood*: every slot of both sides.

Similarities that are made of neighbours (names of directors, say) are computed anew of those that
are left, and degrees count them, as in blocking. Where that takes too much memory, they stay as
they are until no neighbour is left for them. Rivals keep the evidence of their own: only this
pair's changes, and its standing among them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch
from scipy.special import expit
from torch import Tensor

from kgreview.aligner.checkpoint import Checkpoint
from kgreview.aligner.explanation import (
    Change,
    Flip,
    NeighbourAttention,
    PairAttention,
    PairExplanation,
    Part,
)
from kgreview.aligner.features import Floats
from kgreview.aligner.inputs import Pairs
from kgreview.aligner.joint import Vocabulary
from kgreview.aligner.model import CGMuAlign, Neighbours, PairOutput, Side
from kgreview.features.without import SimilarityWithout
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.schema import Schema

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
AttributeRow = tuple[str | None, str | None]  # a left and a right attribute that correspond

_MOST_FLIPPING = 5  # parts a curator can take in
_ROWS = 20_000  # rivals judged at once
_NAME, _TWO_HOPS = "name", "two hops"  # what similarities are called, see features.similarity
_NAMES_MISSING = "name: missing"
_DEGREES = tuple(f"structure: {of}" for of in ("left_degree", "right_degree", "degree_ratio"))


@dataclass(frozen=True, eq=False)
class Scored:
    """What a version scored, and with what: columns as they lie on the disk."""

    left: KnowledgeGraph
    right: KnowledgeGraph
    schema: Schema
    features: Floats  # (nodes, w) layer 0
    samples: Ints  # (nodes, cap) edge positions, -1 none
    candidates: Pairs  # all of them, in the order of (left, right)
    similarity_names: tuple[str, ...]
    logits: Floats  # (candidates,) the members' mean


@dataclass(frozen=True, eq=False)
class Looked:
    """What the members made of some variants of a pair: one output each."""

    outputs: tuple[PairOutput, ...]  # rows are variants
    log_odds: npt.NDArray[np.float64]  # (variants,) calibrated
    probability: npt.NDArray[np.float64]  # (variants,)


class Explainer:
    """Asks one version's network about pairs. Reads what it needs of a pair and no more."""

    def __init__(
        self, checkpoint: Checkpoint, scored: Scored, similar: SimilarityWithout | None = None
    ) -> None:
        """``similar`` compares anew what neighbours say; without it a comparison stays as it was
        until no neighbour is left for it.
        """
        self.checkpoint = checkpoint
        self.similar = similar
        self.scored = scored
        self.vocabulary = Vocabulary.of(scored.left, scored.right, scored.schema)
        checkpoint.check_fits(self.vocabulary, scored.similarity_names)
        self.num_left = scored.left.num_entities
        self.compared = [_what(name, scored) for name in scored.similarity_names]
        self._by_right = np.argsort(scored.candidates.right, kind="stable")
        self._rights = np.asarray(scored.candidates.right)[self._by_right]

    # ---------------------------------------------------------------- one pair

    def pair(self, left: int, right: int, similarities: Floats) -> Pair:
        """Make a pair of rows ready to be judged, over the samples it was scored with."""
        samples = self.scored.samples
        positions = (samples[left], samples[self.num_left + right])
        return Pair(self, (left, right), similarities, positions)

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
        affinity = torch.stack([output.affinity[0] for output in looked.outputs]).mean(0)
        return PairExplanation(
            probability=probability[0],
            threshold=self.checkpoint.threshold,
            attention=pair.attention(looked, changes),
            affinity=tuple(map(tuple, affinity.tolist())),
            changes=changes,
            compared=tuple(dict.fromkeys(self.compared)),
        )

    def flip(self, pair: Pair, rows: Sequence[AttributeRow] = ()) -> Flip:
        """Find few neighbours and attributes without which the pair crosses the threshold.

        Greedily: what helps most, then what helps most beside it, at most five; then those that
        later ones have made needless are put back.
        """
        threshold = self.checkpoint.threshold
        single = [part for part in pair.parts(rows) if part.kind in ("neighbour", "attribute")]
        looked = pair.look([()])
        start, log_odds = float(looked.probability[0]), float(looked.log_odds[0])
        found, chosen = start, list[Part]()
        towards = -1.0 if start >= threshold else 1.0
        while (found >= threshold) == (start >= threshold):
            left_over = [part for part in single if part not in chosen]
            if len(chosen) == _MOST_FLIPPING or not left_over:
                return Flip((), found)
            looked = pair.look([(*chosen, part) for part in left_over])
            best = int(np.argmax(towards * looked.log_odds))
            if towards * (float(looked.log_odds[best]) - log_odds) <= 0:
                return Flip((), found)
            chosen.append(left_over[best])
            found, log_odds = float(looked.probability[best]), float(looked.log_odds[best])
        for part in chosen[:-1]:
            fewer = [one for one in chosen if one != part]
            without = float(pair.look([fewer]).probability[0])
            if (without >= threshold) == (found >= threshold):
                chosen, found = fewer, without
        return Flip(tuple(chosen), found)

    # ---------------------------------------------------------------- the graphs

    def edges(self, positions: Ints) -> tuple[Ints, Ints]:
        """Give node and joint relation code at the far end of edges, zero where there is none."""
        nodes, relations = np.zeros_like(positions), np.zeros_like(positions)
        graphs = (self.scored.left, self.scored.right)
        low = 0
        for graph, codes, shift in zip(
            graphs, self.vocabulary.relations, (0, self.num_left), strict=True
        ):
            high = low + len(graph.edge_neighbours)
            here = (positions >= low) & (positions < high)
            own = positions[here] - low
            nodes[here] = graph.edge_neighbours[own].astype(np.int64) + shift
            relations[here] = codes[graph.edge_relations[own]]
            low = high
        return nodes, relations

    def layer0(self, nodes: Ints) -> tuple[Tensor, Tensor]:
        """Give features (n, w) and types (n,) of nodes."""
        is_right = nodes >= self.num_left
        types = np.empty(len(nodes), dtype=np.int64)
        types[~is_right] = self.vocabulary.types[0][self.scored.left.types[nodes[~is_right]]]
        types[is_right] = self.vocabulary.types[1][
            self.scored.right.types[nodes[is_right] - self.num_left]
        ]
        return torch.from_numpy(np.array(self.scored.features[nodes])), torch.from_numpy(types)

    # ---------------------------------------------------------------- rivals

    def rivals(self, left: int, right: int) -> Ints:
        """Give the positions of all candidates that the final logit of a pair depends on."""
        candidates = self.scored.candidates
        model = self.checkpoint.model
        if model.rivals is None and not model.telling:
            return np.empty(0, dtype=np.int64)
        of_left = _ranges(candidates.left, np.array([left]))
        of_right = self._by_right[_ranges(self._rights, np.array([right]))]
        return np.union1d(of_left, of_right)


class Pair:
    """One pair with its two samples, ready to be judged with parts of it left out."""

    def __init__(
        self,
        explainer: Explainer,
        rows: tuple[int, int],
        similarities: Floats,
        positions: tuple[Ints, Ints],
    ) -> None:
        self.explainer = explainer
        self.rows = rows
        self.similarities = np.asarray(similarities, dtype=np.float32)  # (F,)
        cap = max(len(side) for side in positions)
        self.positions = np.full((2, cap), -1, dtype=np.int64)  # (side, cap) of joint edges
        for side, given in enumerate(positions):
            self.positions[side, : len(given)] = given
        graphs = (explainer.scored.left, explainer.scored.right)
        self.sides = [
            _Surroundings(graph, row, np.where(own >= 0, own - shift, -1), compared)
            for graph, row, own, shift, compared in zip(
                graphs,
                rows,
                self.positions,
                (0, len(graphs[0].edge_neighbours)),
                zip(*explainer.compared, strict=True) if explainer.compared else ((), ()),
                strict=True,
            )
        ]

    # ---------------------------------------------------------------- parts

    def parts(self, rows: Sequence[AttributeRow]) -> list[Part]:
        """List what can be left out: attributes that are compared, relations, neighbours.

        What no similarity compares in this pair, as one side says nothing, cannot be left out.
        """
        there = ~np.isnan(self.similarities)
        found = [
            Part("attribute", attributes=row) for row in rows if there[self._compare(row)].any()
        ]
        for number, side in enumerate(self.sides):
            codes = side.relations[side.slots]
            found += [Part("relation", number, relation=int(code)) for code in np.unique(codes)]
            found += [Part("neighbour", number, slot=int(slot)) for slot in side.slots]
        if any(len(side.slots) for side in self.sides):
            found.append(Part("neighbourhood"))
        return found

    def _compare(self, row: AttributeRow) -> Bools:
        """Tell which similarities compare one of two attributes, (F,)."""
        schema = self.explainer.scored.schema
        names = (schema.left_names, schema.right_names)
        naming = all(
            attribute in of_type.get(side.type, ())
            for attribute, of_type, side in zip(row, names, self.sides, strict=True)
        )
        return np.array(
            [
                naming if _NAME in labels else labels[0] == row[0] or labels[1] == row[1]
                for labels in self.explainer.compared
            ],
            dtype=bool,
        )

    def without(self, variants: Sequence[Sequence[Part]]) -> tuple[Bools, Floats]:
        """Give masks (variants, side, cap) and similarities (variants, F) without some parts."""
        masks = np.tile(self.positions >= 0, (len(variants), 1, 1))
        kept = [tuple(np.ones(side.degree, dtype=bool) for side in self.sides) for _ in variants]
        for variant, left_out in enumerate(variants):
            for number, side in enumerate(self.sides):
                gone = side.edges_of([p for p in left_out if p.side in (number, -1)])
                masks[variant, number] &= ~np.isin(side.sample, gone)
                kept[variant][number][gone] = False
        values = np.tile(self.similarities, (len(variants), 1))
        lacking = [v for v, edges in enumerate(kept) if not all(side.all() for side in edges)]
        similar = self.explainer.similar
        if similar is not None and lacking:
            edges = [(kept[v][0], kept[v][1]) for v in lacking]
            values[lacking] = similar.compare(*self.rows, edges, self.similarities)
        elif lacking:
            for variant in lacking:
                self._empty(values[variant], (kept[variant][0], kept[variant][1]))
        for variant, left_out in enumerate(variants):
            for part in left_out:
                if part.kind == "attribute":
                    self._forget(values[variant], part.attributes)
        return masks, values

    def _empty(self, values: Floats, kept: tuple[Bools, Bools]) -> None:
        """Take away the similarities that no neighbour is left for, and count those that are."""
        names = self.explainer.scored.similarity_names
        for side, edges in zip(self.sides, kept, strict=True):
            values[side.emptied(np.flatnonzero(~edges))] = np.nan
        left, right = (np.log1p(edges.sum()) for edges in kept)
        for name, figure in zip(_DEGREES, (left, right, -abs(left - right)), strict=True):
            if name in names:
                values[names.index(name)] = figure

    def _forget(self, values: Floats, row: AttributeRow) -> None:
        """Take away the similarities that an attribute is compared by."""
        names = self.explainer.scored.similarity_names
        compared = self._compare(row)
        values[compared] = np.nan
        if _NAMES_MISSING in names and compared[names.index(_NAMES_MISSING)]:
            values[names.index(_NAMES_MISSING)] = 3.0  # as where neither has a name

    # ---------------------------------------------------------------- the network

    @torch.inference_mode()
    def look(self, variants: Sequence[Sequence[Part]]) -> Looked:
        """Judge the pair once for each of some sets of parts that are left out."""
        masks, values = self.without(variants)
        model = self.explainer.checkpoint.model
        among = Among(self.explainer, self.rows, values)
        sides = [self.sides_of(member, masks) for member in model.networks]
        compared = torch.from_numpy(among.compared)
        outputs = tuple(
            member(left, right, compared)
            for member, (left, right) in zip(model.networks, sides, strict=True)
        )
        logits = torch.stack([output.logits for output in outputs]).mean(0).numpy()
        final = among.conclude(logits)
        log_odds = self.explainer.checkpoint.calibration.log_odds(final)
        return Looked(outputs, log_odds, expit(log_odds))

    def sides_of(self, member: CGMuAlign, masks: npt.NDArray[np.bool_]) -> tuple[Side, Side]:
        """Prepare both sides of all variants, each with a node of its own at the centre."""
        count, _, cap = masks.shape
        explainer = self.explainer
        total = len(explainer.scored.samples)
        # nodes from `total` on stand for the pair's two, once for each variant
        centres = np.repeat([self.rows[0], explainer.num_left + self.rows[1]], count)
        slots = np.concatenate(
            [np.where(masks[:, side], self.positions[side], -1) for side in (0, 1)]
        )  # (2 × variants, cap)
        width = max(cap, explainer.scored.samples.shape[1])

        def features(nodes: Tensor) -> tuple[Tensor, Tensor]:
            own = nodes.numpy()
            real = own.copy()
            real[own >= total] = centres[own[own >= total] - total]
            return explainer.layer0(real)

        def neighbours(nodes: Tensor) -> Neighbours:
            own = nodes.numpy()
            positions = np.full((len(own), width), -1, dtype=np.int64)
            stand_in = own >= total
            positions[stand_in, :cap] = slots[own[stand_in] - total]
            stored = explainer.scored.samples[own[~stand_in]]
            positions[~stand_in, : stored.shape[1]] = stored
            far, relations = explainer.edges(positions)
            return Neighbours(
                torch.from_numpy(far),
                torch.from_numpy(relations),
                torch.from_numpy(positions >= 0),
            )

        nodes = torch.arange(total, total + 2 * count)
        sampled = neighbours(nodes)
        needed, where = torch.unique(
            torch.cat([nodes, sampled.nodes.flatten()]), return_inverse=True
        )
        below = member.states(needed, member.settings.layers - 1, features, neighbours)
        side = member.collective.side(
            below[where[: len(nodes)]],
            below[where[len(nodes) :]].view(*sampled.nodes.shape, -1),
            sampled,
        )
        return (
            Side(*(column[:count] for column in side.columns)),
            Side(*(column[count:] for column in side.columns)),
        )

    def attention(self, looked: Looked, changes: dict[Part, Change]) -> PairAttention:
        """Give the members' mean attention to the whole pair, and the changes beside it."""
        sides = []
        for number, side in enumerate(self.sides):
            parts = [(o.left, o.right)[number] for o in looked.outputs]
            weight, cross, own = (
                torch.stack([getattr(part, name)[0] for part in parts]).mean(0).tolist()
                for name in ("weight", "cross", "own")
            )
            sides.append(
                tuple(
                    NeighbourAttention(
                        int(side.neighbours[slot]),
                        int(side.relations[slot]),
                        weight[slot],
                        cross[slot],
                        own[slot],
                        slot=int(slot),
                        change=changes.get(Part("neighbour", number, slot=int(slot))),
                    )
                    for slot in side.slots
                )
            )
        return PairAttention(*sides)


class _Surroundings:
    """All edges of one entity of a pair, those that are sampled, and what is made of them."""

    def __init__(
        self, graph: KnowledgeGraph, row: int, sample: Ints, compared: Sequence[str]
    ) -> None:
        """``sample``: positions of the graph's edges (cap,), -1 none; ``compared``: labels (F,)."""
        self.type = graph.type_of(row)
        self.sample = np.where(sample >= 0, sample - int(graph.edge_offsets[row]), -1)  # (cap,)
        self.slots = np.flatnonzero(sample >= 0)
        self._codes, rows = graph.neighbourhood(row)  # (edges,)
        self.degree = len(rows)
        # of the sampled neighbours, (cap,)
        self.neighbours = rows[self.sample] if len(rows) else self.sample
        self.relations = self._codes[self.sample] if len(rows) else self.sample
        self._compared = np.array(compared, dtype=object)
        types = graph.types[rows]
        relations = {
            name + (" inverse" if inverse else ""): int(code)
            for code in np.unique(self._codes)
            for name, inverse in (graph.relation(int(code)),)
        }
        # which edges each label is made of, and how many they are
        self._feeding = {
            label: (feeding, int(feeding.sum()))
            for label in sorted(set(compared))
            if (feeding := _feeding(graph, label, self._codes, types, relations)) is not None
        }

    def edges_of(self, parts: Sequence[Part]) -> Ints:
        """Give the entity's edges that go with some parts, as places in its neighbourhood."""
        gone = np.zeros(self.degree, dtype=bool)
        for part in parts:
            if part.kind == "neighbour":
                gone[self.sample[part.slot]] = True
            elif part.kind == "relation":
                gone |= self._codes == part.relation
            elif part.kind == "neighbourhood":
                gone[:] = True
        return np.flatnonzero(gone)

    def emptied(self, gone: Ints) -> Bools:
        """Tell which similarities have nothing left to be made of without some edges, (F,)."""
        labels = [
            label
            for label, (feeding, count) in self._feeding.items()
            if count and feeding[gone].sum() == count
        ]
        found: Bools = np.isin(self._compared, labels)
        return found


def _feeding(
    graph: KnowledgeGraph,
    label: str,
    codes: npt.NDArray[np.integer],
    types: npt.NDArray[np.integer],
    relations: Mapping[str, int],
) -> Bools | None:
    """Tell which edges (edges,) a group of strings is made of; ``None``: it is made of none.

    The labels are those of ``features.fields``; ``relations`` the entity's own, with their codes.
    """
    if label in relations:
        return np.asarray(codes == relations[label])
    if label == _TWO_HOPS:
        return np.ones(len(codes), dtype=bool)
    if label.startswith("near "):
        named = label[len("near ") :]
        if named in graph.type_names:
            return np.asarray(types == graph.type_names.index(named))
        return np.ones(len(codes), dtype=bool)  # values of neighbours, whichever have them
    return None


class Among:
    """Variants of a pair among its rivals, each variant in a world of its own."""

    def __init__(self, explainer: Explainer, rows: tuple[int, int], values: Floats) -> None:
        """``values`` (variants, F) are the similarities of each variant."""
        scored, self._model = explainer.scored, explainer.checkpoint.model
        rivals = explainer.rivals(*rows)
        lefts, rights = scored.candidates.left[rivals], scored.candidates.right[rivals]
        others = ~((lefts == rows[0]) & (rights == rows[1]))  # the pair itself comes last
        self._left = np.append(lefts[others], rows[0])
        self._right = np.append(rights[others], rows[1])
        self._logits = np.append(scored.logits[rivals[others]], np.float32(np.nan))
        known = np.asarray(scored.candidates.similarities[rivals[others]])
        self._worlds = []
        size = max(1, _ROWS // len(self._left))
        for start in range(0, len(values), size):
            self._worlds.append(self._world(known, values[start : start + size]))
        last = len(self._left) - 1
        self.compared = np.concatenate(
            [world.compared(slice(last, None, last + 1)) for world in self._worlds]
        )  # (variants, F + S), what the members see

    def _world(self, known: Floats, values: Floats) -> Pairs:
        """Put copies of pair and rivals side by side, with entities of their own."""
        count, size = len(values), len(self._left)
        similarities = np.empty((count, size, values.shape[1]), np.float32)
        similarities[:, :-1] = known
        similarities[:, -1] = values
        shift = np.arange(count)[:, None]
        left = self._left + shift * (self._left.max() + 1)
        right = self._right + shift * (self._right.max() + 1)
        world = self._model.among(
            Pairs(left.ravel(), right.ravel(), similarities.reshape(count * size, -1))
        )
        told = self._model.told(self._left, self._right)  # of the entities that they are copies of
        return world if told is None else replace(world, told=np.tile(told, (count, 1)))

    def conclude(self, logits: Floats) -> Floats:
        """Turn the members' mean logits (variants,) into final ones."""
        final, start, size = [], 0, len(self._left)
        for world in self._worlds:
            count = len(world) // size
            whole = np.tile(self._logits, (count, 1))
            whole[:, -1] = logits[start : start + count]
            last = np.arange(size - 1, count * size, size)
            final.append(self._model.conclude(whole.ravel(), world, last))
            start += count
        return np.concatenate(final)


def _what(name: str, scored: Scored) -> tuple[str, str]:
    """Read off a similarity's name ("left ~ right: measure") what it compares on either side."""
    what = name.rsplit(": ", 1)[0]
    parts = what.split(" ~ ")
    if len(parts) == 1:
        return what, what
    # names may have a tilde in them: the cut whose halves are both known
    cuts = [(" ~ ".join(parts[:at]), " ~ ".join(parts[at:])) for at in range(1, len(parts))]
    known = [
        {_NAME, *graph.attribute_names, *graph.relation_names, *graph.type_names}
        for graph in (scored.left, scored.right)
    ]
    return next(
        (cut for cut in cuts if all(_bare(c) in k for c, k in zip(cut, known, strict=True))),
        cuts[0],
    )


def _bare(label: str) -> str:
    return label.removeprefix("near ").removesuffix(" inverse")


def _ranges(ascending: npt.NDArray[np.integer], wanted: Ints) -> Ints:
    """Give the positions of some values in an ascending column."""
    low = np.searchsorted(ascending, wanted, side="left")
    high = np.searchsorted(ascending, wanted, side="right")
    nothing = np.empty(0, dtype=np.int64)  # an entity that is in no candidate has no rivals
    return np.concatenate([nothing, *(np.arange(a, b) for a, b in zip(low, high, strict=True))])

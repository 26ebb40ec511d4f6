"""Variants of one pair, judged among its competing candidates as these were scored."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from kgreview.aligner.inputs import NodeInputs, Pairs
from kgreview.aligner.linear import PairWords
from kgreview.aligner.model import Aligner, Scores
from kgreview.aligner.neighbourhoods import Neighbourhoods
from kgreview.aligner.reranking import Competition
from kgreview.aligner.training import RoundScores, corrected
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.schema import Schema

Floats = npt.NDArray[np.float32]
Wide = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_AT_ONCE = 20_000  # pairs, competitors among them, that are judged at once


@dataclass(frozen=True, eq=False)
class Scored:
    """What a version scored, and with what: columns as they lie on the disk."""

    left: KnowledgeGraph
    right: KnowledgeGraph
    schema: Schema
    inputs: NodeInputs  # with the samples of the scoring
    candidates: Pairs  # all of them, in the order of (left, right)
    similarity_names: tuple[str, ...]
    scores: Scores


class CompetitorIndex:
    """Finds the other candidates of a pair's two entities."""

    def __init__(self, candidates: Pairs) -> None:
        self._candidates = candidates
        self._by_right = np.argsort(candidates.right, kind="stable")
        self._rights = np.asarray(candidates.right)[self._by_right]

    def find(self, left: int, right: int) -> Ints:
        """Give their positions among the candidates."""
        lefts, rights = self._candidates.left, self._candidates.right
        of_left = np.arange(*_range(lefts, left))
        of_right = self._by_right[slice(*_range(self._rights, right))]
        near = np.union1d(of_left, of_right)
        own = (np.asarray(lefts[near]) == left) & (np.asarray(rights[near]) == right)
        competing: Ints = near[~own]
        return competing


def _range(ascending: npt.NDArray[np.integer], value: int) -> tuple[int, int]:
    """Give from where to where a value stands in an ascending column; nowhere: twice the same."""
    first, end = (int(np.searchsorted(ascending, value, side=side)) for side in ("left", "right"))
    return first, end


class AmongCompetitors:
    """A pair and its competitors, as all that its final log odds depend on."""

    def __init__(
        self, model: Aligner, scored: Scored, rows: tuple[int, int], competitors: Ints
    ) -> None:
        self._model, self._scored, self._rows = model, scored, rows
        candidates, scores = scored.candidates, scored.scores
        self._similarities = np.asarray(candidates.similarities[competitors])
        self._left = np.append(np.asarray(candidates.left)[competitors], rows[0])
        self._right = np.append(np.asarray(candidates.right)[competitors], rows[1])
        self._own = np.asarray(scores.own)[competitors]
        self._evidence = np.asarray(scores.evidence[-1])[competitors]

    def beliefs_of(self, candidates: Ints) -> Floats:
        """Give what is believed of neighbours that are candidates (E,), 0 for -1."""
        beliefs = self._scored.scores.beliefs[-1]
        of_each = np.zeros(len(candidates), np.float32)
        there = candidates >= 0
        of_each[there] = np.asarray(beliefs[candidates[there]])
        return of_each

    @staticmethod
    def renumbered(around: Neighbourhoods) -> Neighbourhoods:
        """Number neighbours that are candidates by their place, as ``beliefs_of`` gives them."""
        near = around.found
        places = torch.arange(len(near.candidate))
        candidate = torch.where(near.candidate >= 0, places, -1)
        return Neighbourhoods(
            around.pairs,
            dataclasses.replace(near, candidate=candidate),
            around.relations,
            around.strength,
            around.sides,
        )

    def own(self, values: Floats) -> Floats:
        """Give what own features say of variants (variants, F) among the competitors."""
        model = self._model
        log_odds = [np.empty(0, np.float32)]
        for part in self._parts(values):
            features = model.own.features(self._copies(part), self._words(len(part)))
            log_odds.append(model.own.each(features[self._last(len(part))]).mean(axis=0))
        return np.concatenate(log_odds)

    def conclude(
        self, values: Floats, own: Floats, base: Floats, evidence: Floats, support: Floats
    ) -> Floats:
        """Give the logits (variants,) of variants among the competitors.

        ``own``, ``base`` and ``evidence`` (variants,) are the pair's, without and with the scale of
        the last round, what its neighbours add, and ``support`` what of that speaks for it.
        """
        model = self._model
        last, start = model.each_round[-1], 0
        inputs = self._scored.inputs
        types = inputs.types[torch.from_numpy(self._left[:-1])]
        near_base = last.evidence.base(torch.from_numpy(self._own), types).numpy()
        label_features = model.tell(
            inputs.joint, np.array([self._rows[0]]), np.array([self._rows[1]])
        )
        logits = [np.empty(0, np.float32)]
        for part in self._parts(values):
            some = slice(start, start + len(part))
            pairs, where = self._copies(part), self._last(len(part))
            log_odds = self._beside(near_base + self._evidence, base[some] + evidence[some])
            total = self._beside(self._evidence, evidence[some])
            competition = Competition(log_odds, total, pairs.left, pairs.right)
            all_label_features = np.repeat(label_features, len(pairs), axis=0)
            final = corrected(last, all_label_features, log_odds, total, competition)
            in_favour = self._beside(np.zeros_like(self._evidence), support[some])
            scores = RoundScores(log_odds, total, in_favour, final, competition)
            features = model.own.features(pairs, self._words(len(part)))
            all_own = self._beside(self._own, own[some])
            logits.append(
                model.conclude(features, pairs, all_own, all_label_features, scores, where)
            )
            start += len(part)
        return np.concatenate(logits)

    def _parts(self, values: Floats) -> list[Floats]:
        """Part variants (variants, F) so that no more than some thousands are judged at once."""
        size = max(1, _AT_ONCE // len(self._left))
        return [values[start : start + size] for start in range(0, len(values), size)]

    def _last(self, variants: int) -> Ints:
        """Give where the pair itself stands in each of its worlds."""
        size = len(self._left)
        return np.arange(size - 1, variants * size, size)

    def _beside(self, near: Floats, own: Floats) -> Floats:
        """Put a figure of the competitors and of each variant into one column, world by world."""
        worlds = np.empty((len(own), len(self._left)), np.float32)
        worlds[:, :-1], worlds[:, -1] = near, own
        return worlds.ravel()

    def _copies(self, values: Floats) -> Pairs:
        """Put copies of pair and competitors side by side, with entities of their own."""
        worlds = np.empty((len(values), len(self._left), values.shape[1]), np.float32)
        worlds[:, :-1], worlds[:, -1] = self._similarities, values
        shift = np.arange(len(values))[:, None]
        left = self._left + shift * (self._left.max() + 1)
        right = self._right + shift * (self._right.max() + 1)
        return Pairs(left.ravel(), right.ravel(), worlds.reshape(-1, values.shape[1]))

    def _words(self, copies: int) -> PairWords:
        """Give the words of as many copies of pair and competitors."""
        rows = (np.tile(side, copies) for side in (self._left, self._right))
        return self._scored.inputs.words_of(*rows)

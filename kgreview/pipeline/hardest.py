"""Pairs whose answer is known and that the current version finds hardest: a page begins there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kgreview.aligner.explanation import uses_network
from kgreview.arrays import Floats, Ints
from kgreview.candidates.blocking import find
from kgreview.graph.links import Links
from kgreview.graph.names import display_name
from kgreview.graph.pair_rows import pair_rows
from kgreview.pipeline.audit_sample import candidate_scores
from kgreview.pipeline.labels import teaching_links
from kgreview.pipeline.project import SPLITS, Project
from kgreview.store.decisions import standing
from kgreview.store.outcomes import Outcome
from kgreview.store.versions import current_version

_LABELS = {Outcome.MATCH: 1, Outcome.NO_MATCH: 0}


@dataclass(frozen=True)
class HardPair:
    """A pair, what was answered, and what the current version makes of it."""

    left: str  # ids
    right: str
    left_name: str
    right_name: str
    match: bool  # what was decided or linked
    score: float
    decided: bool  # False: a known link says so


def hardest_pairs(project: Project, most: int = 8) -> list[HardPair]:
    """Give the candidates whose score is furthest from their answer, the furthest first.

    Those that people decided come first; where they are fewer than ``most``, known links follow.
    None before a network has scored, which could explain them.
    """
    with project.database() as db:
        version = current_version(db)
        if version is None or not version.scored:
            return []
        if not uses_network(project.path / "models" / version.name):
            return []
        scores = candidate_scores(project, db, version)
        decided = [d for d in standing(db) if d.outcome in _LABELS]
    candidates = project.candidates()
    left, right = np.asarray(candidates.left), np.asarray(candidates.right)
    known = [teaching_links(project, split) for split in SPLITS]
    linked = Links.concatenate(*known).labels(left, right)
    there = pair_rows(project.left, project.right, decided)
    where = find(candidates, there.left, there.right)
    answers = np.full(len(left), -1, dtype=np.int8)
    labels = np.array([_LABELS[d.outcome] for d in there.pairs], dtype=np.int8)
    answers[where[where >= 0]] = labels[where >= 0]
    chosen = _furthest(scores, answers, most)
    linked[answers >= 0] = -1
    chosen = np.append(chosen, _furthest(scores, linked, most - len(chosen)))
    schema = project.schema
    return [
        HardPair(
            project.left.id(a),
            project.right.id(b),
            display_name(project.left, a, schema.left_names),
            display_name(project.right, b, schema.right_names),
            match=bool(max(answers[row], linked[row])),
            score=float(scores[row]),
            decided=bool(answers[row] >= 0),
        )
        for row, a, b in zip(chosen, left[chosen].tolist(), right[chosen].tolist(), strict=True)
    ]


def _furthest(scores: Floats, label: npt.NDArray[np.int8], most: int) -> Ints:
    """Give the rows of known answers (pairs,) whose scores are furthest from them."""
    rows = np.flatnonzero(label >= 0)
    distance = np.abs(label[rows] - scores[rows])
    return rows[np.argsort(-distance, kind="stable")[:most]].astype(np.int64)

"""A version's columns after a refresh: what did not change is kept, the rest is scored anew.

Scored anew are the pairs that were compared anew, and all that share an entity with a pair that is
new, gone or compared anew: its competitors have changed. Neighbours are those sampled before, of an
entity whose neighbourhood is the same. What a change does beyond that (to the pairs of entities two
relations away, to competitors of competitors) waits for the next whole scoring.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kgreview.aligner.checkpoint import Checkpoint
from kgreview.aligner.explanation import uses_network
from kgreview.aligner.features import WIDTH, entity_features
from kgreview.aligner.inputs import NodeInputs, Pairs, choose_device
from kgreview.aligner.joint_graph import Vocabulary, join
from kgreview.aligner.model import Scores
from kgreview.arrays import Ints, Rows
from kgreview.errors import InputError, KGReviewError
from kgreview.features.similarity import first_scores
from kgreview.graph.columns import open_column
from kgreview.graph.schema import Schema
from kgreview.graph.sides import Sides as SideValues
from kgreview.pipeline.numbering import Numbering
from kgreview.pipeline.project import Project
from kgreview.pipeline.renumbering import Sides, move_pairs, move_rows, read_aside, write_aside
from kgreview.pipeline.scoring import columns_of, read_scores, save_column, save_scores, stamp
from kgreview.pipeline.version_figures import SEEN
from kgreview.progress import Progress, silent

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Rescored:
    """Scores of a version after a refresh."""

    scores: Floats  # (candidates,)
    where: Rows  # those scored anew


def move_versions(project: Project, staging: Path, sides: Sides) -> None:
    """Write what versions keep of entities by rows: pairs they were told of, and what they saw."""
    for folder in sorted((project.path / "models").glob("*")):
        if folder.is_dir() and not folder.name.endswith(".new"):
            _move_version(folder, staging / "models" / folder.name, sides)


def _move_version(folder: Path, target: Path, sides: Sides) -> None:
    aside = read_aside(folder)
    if (folder / SEEN).exists():
        target.mkdir(parents=True, exist_ok=True)
        before = open_column(folder / SEEN, mapped=False)
        seen, aside["seen"] = move_rows(sides[0], before, aside.get("seen", []))
        save_column(target / SEEN, seen)
    if uses_network(folder):
        try:
            checkpoint = Checkpoint.load(folder)
        except KGReviewError:  # of another release: it can explain and score nothing anyhow
            return
        label_features = checkpoint.model.label_features
        target.mkdir(parents=True, exist_ok=True)
        left, right, label = label_features.pairs
        moved = move_pairs(sides, (left, right), (label,), aside.get("told", []))
        label_features.keep(moved.left, moved.right, moved.columns[0])
        aside["told"] = moved.aside
        checkpoint.save(target)
    if target.is_dir():
        write_aside(target, aside)


def misfit(
    project: Project, version: str, sides: Sides, schema: Schema, names: tuple[str, ...]
) -> str | None:
    """Say why a version cannot score the new graphs, ``None`` where it can."""
    folder = project.version_folder(version)
    if not uses_network(folder):
        return None
    try:
        Checkpoint.load(folder).check_fits(Vocabulary.of(sides[0].new, sides[1].new, schema), names)
    except KGReviewError as error:
        return str(error)
    return None


def move_features(
    project: Project, sides: Sides, schema: Schema, values: SideValues, progress: Progress = silent
) -> Floats:
    """Give layer 0 of all nodes, (nodes, w); embedded anew is what is new or says other things."""
    embed = functools.partial(
        entity_features,
        sides[0].new,
        sides[1].new,
        schema,
        seed=project.settings.seed,
        progress=progress,
        sides=values,
    )
    try:
        before: Floats = open_column(project.features)
    except InputError:
        return embed()
    if before.shape != (sum(side.old.num_entities for side in sides), WIDTH):
        return embed()
    anew = np.concatenate([side.changes.is_new | side.changes.says_else for side in sides])
    features = np.empty((len(anew), WIDTH), np.float32)
    features[anew] = embed(rows=np.flatnonzero(anew))
    start = 0
    for side, first in zip(sides, (0, sides[0].old.num_entities), strict=True):
        kept = np.flatnonzero(~anew[start : start + side.new.num_entities])
        features[start + kept] = before[first + side.changes.old_rows[kept]]
        start += side.new.num_entities
    return features


@dataclass(frozen=True, eq=False)
class Rescoring:
    """All that a version is scored anew with."""

    project: Project
    staging: Path
    sides: Sides
    schema: Schema
    features: Floats | None  # None: the version has no network
    numbering: Numbering
    pairs: Pairs  # the candidates now
    names: tuple[str, ...]  # of the similarities
    where: Rows  # what is to be scored anew, ascending
    device: str = "auto"

    def run(self, version: str, progress: Progress) -> Rescored:
        """Write the version's columns into the staging folder."""
        folder = self.project.version_folder(version)
        target = self.staging / "models" / version
        target.mkdir(parents=True, exist_ok=True)
        before = columns_of(self.project, version)
        where = self.where if before is not None else np.arange(len(self.pairs))
        if uses_network(folder):
            scores = self._by_network(folder, target, where, before is not None, progress)
        else:
            new_scores = first_scores(self.pairs.similarities[where], self.names)
            scores = self._kept(before)
            scores[where] = new_scores
        save_column(target / "scores.npy", scores)
        stamp(target, self.pairs)
        return Rescored(scores, where)

    def _kept(self, before: npt.NDArray[np.floating] | None) -> Floats:
        """Give a column of before in the numbers of now; what is not there is overwritten."""
        if before is None:
            return np.zeros(len(self.pairs), np.float32)
        added = np.zeros(len(self.numbering.added), np.float32)
        return self.numbering.take(np.asarray(before, dtype=np.float32), added)

    def _by_network(
        self, folder: Path, target: Path, where: Rows, kept: bool, progress: Progress
    ) -> Floats:
        checkpoint = Checkpoint.load(target if uses_network(target) else folder)
        model = checkpoint.model
        inputs = self._inputs(checkpoint, folder, kept)
        scores = self._scores(read_scores(folder) if kept else None, len(model.rounds))
        scores, slots = model.rescore(inputs, self.pairs, scores, where, progress)
        cap = inputs.samples.shape[1]
        if kept:
            base = open_column(folder / "attention.npy")
            probabilities = self._kept(open_column(folder / "scores.npy"))
        else:
            base = np.zeros((self.numbering.before, 2, cap, 3), np.float16)
            probabilities = self._kept(None)
        probabilities[where] = checkpoint.calibration.apply(scores.logits[where])
        self.numbering.write(target / "attention.npy", base, where, slots.__getitem__)
        save_column(target / "samples.npy", inputs.samples.numpy())
        save_scores(target, scores)
        return probabilities

    def _scores(self, before: Scores | None, rounds: int) -> Scores:
        """Give what was made of candidates before in the numbers of now, 0 where nothing was."""
        scores = Scores.empty(len(self.pairs), rounds)
        if before is None:
            return scores
        for field in fields(Scores):
            old, new = getattr(before, field.name), getattr(scores, field.name)
            for row, column in zip(np.atleast_2d(new), np.atleast_2d(old), strict=True):
                row[:] = self._kept(column)  # a view: the column of ``scores``
        return scores

    def _inputs(self, checkpoint: Checkpoint, folder: Path, kept: bool) -> NodeInputs:
        assert self.features is not None
        joint = join(self.sides[0].new, self.sides[1].new, self.schema)
        device = choose_device(self.device)
        inputs = NodeInputs(joint, self.features, checkpoint.model.settings, device)
        if kept:
            samples = open_column(folder / "samples.npy")
            for nodes, edges in _moved_samples(self.sides, samples):
                inputs.keep_samples(nodes, edges)
        return inputs


def _moved_samples(sides: Sides, samples: Ints) -> Iterable[tuple[Rows, Rows]]:
    """Give nodes whose neighbourhood is as it was, and the edges sampled of each, as of now.

    Their edges are the same in the same order, so that a place among them stays.
    """
    node_old = node_new = edge_old = edge_new = 0
    for side in sides:
        old, new, changes = side.old, side.new, side.changes
        same = np.flatnonzero(~(changes.is_new | changes.relates_else))
        rows = changes.old_rows[same]
        taken = np.asarray(samples[node_old + rows])
        shift = (edge_new + new.edge_offsets[same]) - (edge_old + old.edge_offsets[rows])
        yield node_new + same, np.where(taken >= 0, taken + shift[:, None], -1)
        node_old, node_new = node_old + old.num_entities, node_new + new.num_entities
        edge_old = edge_old + len(old.edge_neighbours)
        edge_new = edge_new + len(new.edge_neighbours)

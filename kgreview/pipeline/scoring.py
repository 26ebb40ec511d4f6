"""The verb *score*: what a version says of all candidates, in columns and in the queue.

A version's columns lie in its folder: scores, what they are made of (own features, beliefs and
evidence of each round), attention, and the samples behind it, so that opening a pair runs no
network. A stamp says of which candidates they are; as long as it holds, the
version can be made current again without scoring anew.
"""

from __future__ import annotations

import os
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kgreview.aligner.checkpoint import Checkpoint
from kgreview.aligner.explanation import uses_network
from kgreview.aligner.features import WIDTH, entity_features
from kgreview.aligner.inputs import NodeInputs, Pairs, choose_device
from kgreview.aligner.joint_graph import join
from kgreview.aligner.model import Scores
from kgreview.aligner.settings import AlignerSettings
from kgreview.aligner.weighing import SlotBatch
from kgreview.errors import InputError, KGReviewError
from kgreview.features.similarity import first_scores
from kgreview.graph.columns import open_column
from kgreview.pipeline.blocking import similarities, similarity_of
from kgreview.pipeline.fingerprint import STAMP, fingerprint, present_scores
from kgreview.pipeline.project import Project
from kgreview.pipeline.query_plan import SPREAD, plan_queue
from kgreview.pipeline.scoring_added import score_what_was_added
from kgreview.progress import Progress, silent
from kgreview.store.versions import (
    check_folder_name,
    check_overruled,
    drop_old_scores,
    outdated,
    promote,
    versions,
    write_scores,
)

# columns of what an aligner makes of candidates, by the names of its fields
_FILES = {
    field.name: SPREAD if field.name == "spread" else f"{field.name}.npy"
    for field in fields(Scores)
}
# a version's columns; one without a network has the first
_COLUMNS = ("scores.npy", *_FILES.values(), "attention.npy", "samples.npy")


def score_project(
    project: Project,
    version: str | None = None,
    *,
    curator: str | None = None,
    reason: str | None = None,
    device: str = "auto",
    progress: Progress = silent,
) -> str:
    """Score all candidates with a version (default: the newest) and make it current.

    Gives the version's name. What it has scored already is not scored again. ``curator`` and
    ``reason``: who says so and why, which a version that was not promoted needs.
    """
    with project.database() as db:
        all_versions = versions(db)
    if not all_versions:
        raise KGReviewError(f"{project.path}: has no version to score with; run `kgreview train`")
    name = all_versions[0].name if version is None else version
    if name not in {one.name for one in all_versions}:
        raise InputError(
            f"{project.path}: has no version '{name}'; it has "
            + ", ".join(one.name for one in all_versions)
        )
    chosen = next(one for one in all_versions if one.name == name)
    check_overruled(chosen, curator, reason)
    scores = scored(project, name, device=device, progress=progress)
    with project.database() as db:
        if not chosen.scored:
            write_scores(db, name, [(np.arange(len(scores)), scores)], progress)
        score_what_was_added(project, db, name, device, progress)
        plan_queue(project, db, name, scores)
        promote(db, name, curator=curator, reason=reason)
        try:  # without progress: what is current by now cannot be cancelled
            drop_old_scores(db)
            _drop_old_attention(project, outdated(db))
        except (KGReviewError, OSError) as error:
            sys.stderr.write(
                f"{name} is current; what earlier versions scored could not all be removed "
                f"({error}): it goes with the next version\n"
            )
    return name


def scored(
    project: Project, version: str, *, device: str = "auto", progress: Progress = silent
) -> npt.NDArray[np.float32]:
    """Give a version's score of every candidate (pairs,), from its columns or by its network."""
    folder = project.version_folder(version)
    candidates = project.candidates()
    compared, names = similarities(project)
    pairs = Pairs(candidates.left, candidates.right, compared)
    kept = columns_of(project, version)
    if kept is not None:
        return kept
    (folder / STAMP).unlink(missing_ok=True)
    if not uses_network(folder):
        scores = first_scores(compared, names)
        save_column(folder / "scores.npy", scores)
    else:
        checkpoint = Checkpoint.load(folder)
        inputs = node_inputs(project, checkpoint.model.settings, device, progress)
        checkpoint.check_fits(inputs.joint, names)
        columns = Columns(folder, len(pairs), inputs)
        new_scores = checkpoint.model.score(inputs, pairs, columns.take, progress)
        scores = columns.finish(new_scores, checkpoint.calibration.apply(new_scores.logits))
    stamp(folder, pairs)
    return scores


def score_rows(
    project: Project,
    version: str,
    left: npt.NDArray[np.int64],
    right: npt.NDArray[np.int64],
    device: str = "auto",
    progress: Progress = silent,
) -> npt.NDArray[np.float32]:
    """Give the probabilities (pairs,) of pairs of rows that are no candidates.

    The version must have scored the candidates, among which they are judged.
    """
    compared = similarity_of(project).compute(left, right, progress)
    return score_compared(project, version, left, right, compared, device, progress)


def score_compared(
    project: Project,
    version: str,
    left: npt.NDArray[np.int64],
    right: npt.NDArray[np.int64],
    compared: npt.NDArray[np.float32],
    device: str = "auto",
    progress: Progress = silent,
) -> npt.NDArray[np.float32]:
    """Give what ``score_rows`` does of pairs that are compared already (pairs, F)."""
    folder = project.version_folder(version)
    similar, names = similarities(project)
    if not uses_network(folder):
        return first_scores(compared, names)
    checkpoint = Checkpoint.load(folder)
    samples = np.load(folder / "samples.npy")
    inputs = node_inputs(project, checkpoint.model.settings, device, progress, samples)
    checkpoint.check_fits(inputs.joint, names)
    # they stand among the candidates, whose scores are there
    candidates = project.candidates()
    count = len(candidates)
    whole = Pairs(
        np.concatenate([candidates.left, left]),
        np.concatenate([candidates.right, right]),
        np.concatenate([similar, compared]),
    )
    added = np.arange(count, len(whole))
    scores, _ = checkpoint.model.rescore(
        inputs, whole, lengthened(read_scores(folder), len(added)), added, progress
    )
    return checkpoint.calibration.apply(scores.logits[added])


def node_inputs(
    project: Project,
    settings: AlignerSettings,
    device: str,
    progress: Progress,
    samples: npt.NDArray[np.int64] | None = None,
) -> NodeInputs:
    """Make what networks are fed of the nodes; ``samples``: edges sampled before, if there are."""
    features = node_features(project, progress)
    joint = join(project.left, project.right, project.schema)
    return NodeInputs(joint, features, settings, choose_device(device), samples)


def node_features(project: Project, progress: Progress = silent) -> npt.NDArray[np.float32]:
    """Give layer 0 of all nodes, (nodes, w), which is embedded once for all versions."""
    left, right, schema = project.left, project.right, project.schema
    try:
        features: npt.NDArray[np.float32] = np.load(project.features, mmap_mode="r")
        if features.shape != (left.num_entities + right.num_entities, WIDTH):
            raise ValueError("written by another release")
    except (OSError, ValueError, EOFError):
        seed = project.settings.seed
        features = entity_features(left, right, schema, seed=seed, progress=progress)
        save_column(project.features, features)
    return features


class Columns:
    """Writes what a version makes of all candidates into a folder, as the batches come."""

    def __init__(self, folder: Path, pairs: int, inputs: NodeInputs) -> None:
        """Take the room on the disk at once; raises ``OSError`` where there is too little."""
        self.folder = folder
        self._samples = inputs.samples.numpy()
        shape = (pairs, 2, self._samples.shape[1], 3)
        self._making = folder / "attention.npy.new"
        whole = np.lib.format.open_memmap(self._making, mode="w+", dtype=np.float16, shape=shape)
        self._first, self._row = whole.offset, whole.nbytes // max(1, pairs)
        if hasattr(os, "posix_fallocate"):
            with self._making.open("r+b") as file:
                os.posix_fallocate(file.fileno(), 0, self._making.stat().st_size)

    def take(self, batch: SlotBatch) -> None:
        """Write what the neighbours of a stretch of candidates add."""
        # written: what is changed through a memory map counts as memory held
        with self._making.open("r+b") as file:
            file.seek(self._first + batch.start * self._row)
            file.write(np.ascontiguousarray(batch.slots, np.float16).data)

    def finish(
        self, scores: Scores, probabilities: npt.NDArray[np.float32]
    ) -> npt.NDArray[np.float32]:
        """Put all columns in their places, with the calibrated scores (pairs,); give these."""
        save_column(self.folder / "samples.npy", self._samples)
        self._making.replace(self.folder / "attention.npy")
        save_scores(self.folder, scores)
        save_column(self.folder / "scores.npy", probabilities)
        return probabilities


def save_scores(folder: Path, scores: Scores) -> None:
    """Write what an aligner makes of candidates into a version's folder, a column each."""
    for name, file in _FILES.items():
        save_column(folder / file, getattr(scores, name))


def read_scores(folder: Path) -> Scores:
    """Give what a version made of candidates, as it lies on the disk (memory-mapped).

    Raises ``OSError``, ``ValueError`` or ``EOFError`` where a column is gone or cut short.
    """
    return Scores(**{name: np.load(folder / file, mmap_mode="r") for name, file in _FILES.items()})


def lengthened(scores: Scores, added: int) -> Scores:
    """Make room for so many pairs behind those that were scored."""
    empty = Scores.empty(added, len(scores.beliefs))
    return Scores(
        **{
            name: np.concatenate([getattr(scores, name), getattr(empty, name)], axis=-1)
            for name in _FILES
        }
    )


def stamp(folder: Path, candidates: Pairs) -> None:
    """Say of which candidates the columns in a folder are."""
    named = fingerprint(candidates.left, candidates.right, candidates.similarities)
    (folder / STAMP).write_text(named, encoding="utf-8")


def save_column(path: Path, column: npt.NDArray[Any]) -> None:
    """Write a column so that it is there whole, or as it was before."""
    making = path.with_name(f"{path.name}.new")
    with making.open("wb") as file:
        np.save(file, column)
    making.replace(path)


def _drop_old_attention(project: Project, old: list[str]) -> None:
    """Free the room of attention that no page shows, most of what a version takes on the disk.

    It goes with the scores in the database, and comes back with them when an old version is made
    current again, since what lacks a column is scored anew.
    """
    for version in old:
        check_folder_name(version)
        (project.path / "models" / version / "attention.npy").unlink(missing_ok=True)


def columns_of(project: Project, version: str) -> npt.NDArray[np.float32] | None:
    """Give a version's scores (pairs,) if all its columns are of the present candidates."""
    folder = project.version_folder(version)
    if uses_network(folder) and not _are_whole(project, folder):
        return None
    return present_scores(project, version)


def _are_whole(project: Project, folder: Path) -> bool:
    """Whether all that explains a version's scores is there, and of what the project is now.

    So scoring again mends whatever of it is gone, cut short or damaged.
    """
    nodes = project.left.num_entities + project.right.num_entities
    edges = len(project.left.edge_neighbours) + len(project.right.edge_neighbours)
    try:
        columns = {name: open_column(folder / name) for name in _COLUMNS}
        features, pairs = open_column(project.features), len(project.candidates())
    except InputError:
        return False
    samples, attention = columns["samples.npy"], columns["attention.npy"]
    return (
        features.shape == (nodes, WIDTH)
        and samples.ndim == 2
        and len(samples) == nodes
        and attention.shape == (pairs, 2, samples.shape[1], 3)
        and all(columns[name].shape[-1:] == (pairs,) for name in _FILES.values())
        and int(samples.min(initial=-1)) >= -1
        and int(samples.max(initial=-1)) < edges
    )

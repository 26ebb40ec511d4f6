"""The verb *score*: what a version says of all candidates, in columns and in the queue.

A version's columns lie in its folder: logits, scores, attention, and the samples behind it, so that
opening a pair runs no network. A stamp says of which candidates they are; as long as it holds, the
version can be made current again without scoring anew.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kgreview.aligner.checkpoint import Checkpoint
from kgreview.aligner.explanation import uses_network
from kgreview.aligner.features import WIDTH, entity_features
from kgreview.aligner.inputs import NodeInputs, Pairs, choose_device
from kgreview.aligner.joint import join
from kgreview.aligner.scoring import ScoredPairs, mean_logits, score_pairs
from kgreview.aligner.settings import AlignerSettings
from kgreview.errors import InputError, KGReviewError
from kgreview.features.similarity import first_scores
from kgreview.progress import Progress, silent
from kgreview.review.added_pairs import score_added, unscored
from kgreview.review.database import Database
from kgreview.review.versions import (
    check_overruled,
    drop_old_scores,
    outdated,
    promote,
    versions,
    write_scores,
)
from kgreview.workflow.blocking import similarities, similarity_of
from kgreview.workflow.explanation import scores_of_added
from kgreview.workflow.planning import SPREAD, plan_queue
from kgreview.workflow.project import Project
from kgreview.workflow.stamps import STAMP, fingerprint, present_scores

# a version's columns; one without a network has the first
_COLUMNS = ("scores.npy", "logits.npy", SPREAD, "attention.npy", "samples.npy")


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
    ``reason``: who says so and why, which a version that was held back needs.
    """
    with project.database() as db:
        known = versions(db)
    if not known:
        raise KGReviewError(f"{project.path}: has no version to score with; run `kgreview train`")
    name = known[0].name if version is None else version
    if name not in {one.name for one in known}:
        raise InputError(
            f"{project.path}: has no version '{name}'; it has "
            + ", ".join(one.name for one in known)
        )
    chosen = next(one for one in known if one.name == name)
    check_overruled(chosen, curator, reason)
    scores = scored(project, name, device=device, progress=progress)
    with project.database() as db:
        if not chosen.scored:
            write_scores(db, name, [(np.arange(len(scores)), scores)], progress)
        score_what_people_added(project, db, name)
        plan_queue(project, db, name, scores)
        promote(db, name, curator=curator, reason=reason)
        drop_old_scores(db)  # without progress: what is current by now cannot be cancelled
        _drop_old_attention(project, outdated(db))
    return name


def score_what_people_added(project: Project, db: Database, version: str) -> None:
    """Score what people added and the version has not scored yet, one by one: they are few.

    Where that cannot be, such a pair has no score, and can be decided all the same.
    """
    missing = unscored(db, version)
    if missing:
        with contextlib.suppress(KGReviewError):
            score_added(db, version, scores_of_added(project, version, missing))


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
        checkpoint.model.to(inputs.device)
        among = checkpoint.model.among(pairs)
        columns = Columns(folder, len(pairs), inputs)
        for batch in score_pairs(checkpoint.model.networks, inputs, among):
            columns.take(batch)
            progress("score", batch.start + len(batch.logits), len(pairs))
        final = checkpoint.model.conclude(columns.logits, among)
        scores = columns.finish(checkpoint.calibration.apply(final))
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
    folder = project.version_folder(version)
    similarity = similarity_of(project)
    compared = similarity.compute(left, right, progress)
    if not uses_network(folder):
        return first_scores(compared, similarity.feature_names)
    checkpoint = Checkpoint.load(folder)
    inputs = node_inputs(project, checkpoint.model.settings, device, progress)
    checkpoint.check_fits(inputs.joint, similarity.feature_names)
    checkpoint.model.to(inputs.device)
    # they stand among the candidates, whose logits are there
    candidates = project.candidates()
    known = np.load(folder / "logits.npy", mmap_mode="r")
    whole = checkpoint.model.among(
        Pairs(
            np.concatenate([candidates.left, left]),
            np.concatenate([candidates.right, right]),
            np.concatenate([similarities(project)[0], compared]),
        )
    )
    added = np.arange(len(known), len(whole))
    standings = None if whole.standings is None else whole.standings[added]
    logits = mean_logits(
        checkpoint.model.networks, inputs, Pairs(left, right, compared, standings=standings)
    )
    final = checkpoint.model.conclude(np.concatenate([known, logits]), whole, added)
    return checkpoint.calibration.apply(final)


def node_inputs(
    project: Project, settings: AlignerSettings, device: str, progress: Progress
) -> NodeInputs:
    """Make what networks are fed of the nodes."""
    features = node_features(project, progress)
    joint = join(project.left, project.right, project.schema)
    return NodeInputs(joint, features, settings, choose_device(device))


def node_features(project: Project, progress: Progress = silent) -> npt.NDArray[np.float32]:
    """Give layer 0 of all nodes, (nodes, w), which is embedded once for all versions."""
    left, right, schema = project.left, project.right, project.schema
    try:
        features: npt.NDArray[np.float32] = np.load(project.features)
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
        self.logits = np.empty(pairs, np.float32)  # (pairs,) the networks' mean
        self._spread = np.empty(pairs, np.float32)
        self._samples = inputs.samples.numpy()
        shape = (pairs, 2, self._samples.shape[1], 3)
        self._making = folder / "attention.npy.new"
        self._attention = np.lib.format.open_memmap(
            self._making, mode="w+", dtype=np.float16, shape=shape
        )
        if hasattr(os, "posix_fallocate"):  # a full disk under a memory map kills the process
            with self._making.open("r+b") as file:
                os.posix_fallocate(file.fileno(), 0, self._making.stat().st_size)

    def take(self, batch: ScoredPairs) -> None:
        """Write a batch of scored candidates."""
        part = slice(batch.start, batch.start + len(batch.logits))
        self.logits[part], self._spread[part] = batch.logits, batch.spread
        self._attention[part] = batch.attention

    def finish(self, scores: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Put all columns in their places, with the calibrated scores (pairs,); give these."""
        self._attention.flush()
        save_column(self.folder / "samples.npy", self._samples)
        self._making.replace(self.folder / "attention.npy")
        save_column(self.folder / "logits.npy", self.logits)
        save_column(self.folder / SPREAD, self._spread)
        save_column(self.folder / "scores.npy", scores)
        return scores


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
        (project.path / "models" / version / "attention.npy").unlink(missing_ok=True)


def columns_of(project: Project, version: str) -> npt.NDArray[np.float32] | None:
    """Give a version's scores (pairs,) if all its columns are of the present candidates."""
    folder = project.version_folder(version)
    names = _COLUMNS if uses_network(folder) else _COLUMNS[:1]
    there = all((folder / name).exists() for name in names)
    return present_scores(project, version) if there else None

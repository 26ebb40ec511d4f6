"""The scores after a refresh: of what changed, and of what competes with it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from kgreview.pipeline.project import Project
from kgreview.pipeline.refresh_candidates import Blocked
from kgreview.pipeline.refresh_differences import Refresh
from kgreview.progress import Progress
from kgreview.store.added_pairs import added_scores
from kgreview.store.database import Database
from kgreview.store.versions import current_version, versions

Rows = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]


def move_versions_along(refresh: Refresh, staging: Path) -> None:
    """Write the columns of all versions that have learnt, in the new numbers."""
    with refresh.project.database() as db:
        learnt = any(version.kind != "similarity" for version in versions(db))
    if learnt:  # torch: where it is needed
        from kgreview.pipeline.rescoring import move_versions

        move_versions(refresh.project, staging, refresh.sides)


def score_anew(
    refresh: Refresh, staging: Path, blocked: Blocked, device: str, progress: Progress
) -> tuple[str | None, tuple[Floats, Rows] | None]:
    """Score by the current version what changed: its name, all scores, and which are new."""
    with refresh.project.database() as db:
        version = current_version(db)
    if version is None or not version.scored:
        return None, None
    from kgreview.aligner.inputs import Pairs  # torch: where it is needed
    from kgreview.pipeline.rescoring import Rescoring, misfit, move_features

    schema = refresh.project.schema
    problem = misfit(refresh.project, version.name, refresh.sides, schema, blocked.names)
    if problem is not None:
        refresh.report.notes.append(f"nothing is scored: {problem}")
        return None, None
    features = None
    if refresh.project.features.exists() or version.kind != "similarity":
        features = move_features(refresh.project, refresh.sides, schema, blocked.values, progress)
        np.save(staging / refresh.project.features.name, features)
    compared = np.load(staging / "candidates" / "similarities.npy", mmap_mode="r")
    pairs = blocked.pairs
    rescored = Rescoring(
        refresh.project,
        staging,
        refresh.sides,
        schema,
        features,
        blocked.numbering,
        Pairs(pairs.left, pairs.right, compared),
        blocked.names,
        _competitors(refresh, blocked),
        device,
    ).run(version.name, progress)
    refresh.report.scored = len(rescored.where)
    return version.name, (rescored.scores, rescored.where)


def _competitors(refresh: Refresh, blocked: Blocked) -> Rows:
    """Give the candidates that share an entity with a pair that is another, or is gone."""
    pairs = blocked.pairs
    left, right = _stirred(refresh, blocked)
    return np.flatnonzero(left[pairs.left] | right[pairs.right])


def _stirred(refresh: Refresh, blocked: Blocked) -> tuple[Bools, Bools]:
    """Tell of which entities (rows now) a pair is another, or is gone: all are scored anew."""
    gone = blocked.numbering.gone
    earlier, pairs = blocked.refreshed.pairs, blocked.pairs
    by_side = []
    rows = (earlier.left, pairs.left), (earlier.right, pairs.right)
    others = zip(refresh.links.changed, refresh.decided, strict=True)
    for side, (before, now), (linked, decided) in zip(refresh.sides, rows, others, strict=True):
        stirred = side.changes.touched.copy() | blocked.whole
        changed = np.concatenate([now[blocked.compared], before[gone], linked, decided])
        stirred[changed[changed >= 0]] = True
        by_side.append(stirred)
    return by_side[0], by_side[1]


def scores_to_keep(
    refresh: Refresh, db: Database, blocked: Blocked, version: str
) -> dict[tuple[str, str], float]:
    """Give the scores of added pairs of which nothing has changed."""
    kept = added_scores(db, version)
    stirred = _stirred(refresh, blocked)
    left, right = (
        side.new.rows([pair[place] for pair in kept]) for place, side in enumerate(refresh.sides)
    )
    stay = (left >= 0) & (right >= 0)
    stay[stay] = ~(stirred[0][left[stay]] | stirred[1][right[stay]])
    return {pair: kept[pair] for pair, stays in zip(kept, stay, strict=True) if stays}


def plan_anew(refresh: Refresh, version: str, scores: Floats) -> None:
    """Plan the queue anew; what of other versions' columns takes most room goes."""
    from kgreview.pipeline.query_plan import plan_queue
    from kgreview.pipeline.scoring_added import score_what_was_added

    project = Project.open(refresh.project.path)
    with project.database() as db:
        score_what_was_added(project, db, version)
        plan_queue(project, db, version, scores)
        others = [each.name for each in versions(db) if each.name != version]
    for name in others:
        (project.path / "models" / name / "attention.npy").unlink(missing_ok=True)

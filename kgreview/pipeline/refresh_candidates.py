"""The candidates after a refresh: what was touched is blocked and compared anew."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kgreview.candidates.blocking import Candidates
from kgreview.candidates.refreshing import Earlier, Refreshed, refresh_candidates
from kgreview.errors import KGReviewError
from kgreview.features.similarity import PairSimilarity
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.links import pair_keys
from kgreview.graph.schema_json import schema_to_json
from kgreview.graph.sides import Sides as SideValues
from kgreview.graph.sides import read_sides
from kgreview.pipeline.blocking import REFRESHED, similarities
from kgreview.pipeline.numbering import Numbering
from kgreview.pipeline.outside_blocking import Renewal, lost_links
from kgreview.pipeline.project import SCHEMA, Project
from kgreview.pipeline.refresh_differences import Refresh
from kgreview.progress import Progress
from kgreview.store.added_pairs import AddedPair, added_pairs
from kgreview.store.refreshed import decided_pairs

Rows = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]

WHOLE = 0.3  # share of touched entities of a side from which on all is made anew
ADVISED = 0.1  # share of new and changed ones since the last blocking from which on to run it


@dataclass(frozen=True, eq=False)
class NewCandidates:
    """Which candidates there are after a refresh, and which of them are compared anew."""

    numbering: Numbering
    pairs: Candidates  # in their numbers
    refreshed: Refreshed
    compared: Rows  # numbers of those compared anew, ascending
    whole: bool  # all were


@dataclass(frozen=True, eq=False)
class Blocked(NewCandidates):
    """The candidates after a refresh, compared and written."""

    names: tuple[str, ...]  # of the similarities
    values: SideValues
    renew: Renewal  # of what people and links added


def block_anew(refresh: Refresh, staging: Path, progress: Progress) -> Blocked | None:
    """Find, compare and write the candidates; ``None`` where the project has none yet."""
    project, schema, report = refresh.project, refresh.project.schema, refresh.report
    one, two = refresh.sides
    if not (project.path / "candidates").is_dir():
        return None
    before, names = similarities(project)
    values = read_sides(one.new, two.new, schema)
    touched = one.changes.touched, two.changes.touched
    whole = any(side.mean() > WHOLE for side in touched if len(side))
    candidates = _find(refresh, values, whole, progress)
    links = refresh.usable[1]
    with project.database() as db:
        added = added_pairs(db)
    try:
        only = None if whole else _compared(refresh, candidates, added)
        similarity = PairSimilarity.fit(one.new, two.new, schema, values, names, only)
        kept: Floats | None = before
    except ValueError as error:  # the fields are chosen anew, as a whole blocking does
        report.notes.append(f"all pairs are compared anew: {error}")
        candidates = candidates if candidates.whole else _find(refresh, values, True, progress)
        fitted = PairSimilarity.fit(one.new, two.new, schema, values)
        similarity, kept = fitted.used_by(candidates.pairs.left, candidates.pairs.right), None
    _write(refresh, staging / "candidates", candidates, similarity, kept, progress)
    lost = lost_links(candidates.pairs, links)
    renew = Renewal((one.new, two.new), schema, links, similarity, added, lost)
    report.candidates, report.compared = len(candidates.pairs), len(candidates.compared)
    report.added, report.removed = len(candidates.refreshed.added), len(candidates.numbering.gone)
    return Blocked(**vars(candidates), names=similarity.feature_names, values=values, renew=renew)


def _find(refresh: Refresh, values: SideValues, whole: bool, progress: Progress) -> NewCandidates:
    """Find the candidates; ``whole``: all anew."""
    one, two = refresh.sides
    touched = one.changes.touched, two.changes.touched
    refreshed = refresh_candidates(
        one.new,
        two.new,
        refresh.project.schema,
        _earlier(refresh),
        touched,
        whole=whole,
        wanted=_wanted(refresh),
        sides=values,
        progress=progress,
    )
    numbering = Numbering.of(refreshed.stays, len(refreshed.added))
    if not len(numbering):
        raise KGReviewError(
            "blocking found no candidates among the new rows; the project stays as it is"
        )
    pairs = Candidates(
        *(
            numbering.take(getattr(refreshed.pairs, name), getattr(refreshed.added, name))
            for name in Candidates.__dataclass_fields__
        )
    )
    compared = np.arange(len(pairs))
    if not whole:
        anew = touched[0][pairs.left] | touched[1][pairs.right]
        anew[numbering.added] = True
        compared = np.flatnonzero(anew)
    return NewCandidates(numbering, pairs, refreshed, compared, whole)


def _compared(
    refresh: Refresh, candidates: NewCandidates, added: Sequence[AddedPair]
) -> tuple[Bools, Bools]:
    """Tell which entities of either side are compared: all of what they are near is read."""
    lost = lost_links(candidates.pairs, refresh.usable[1])
    sides = []
    for place, (side, name) in enumerate(zip(refresh.sides, ("left", "right"), strict=True)):
        rows = side.new.rows([getattr(pair, name) for pair in added])
        pairs: Rows = getattr(candidates.pairs, name)[candidates.compared]
        mask = np.zeros(side.new.num_entities, np.bool_)
        mask[np.concatenate([pairs, rows[rows >= 0], (lost.left, lost.right)[place]])] = True
        sides.append(mask)
    return sides[0], sides[1]


def _earlier(refresh: Refresh) -> Earlier:
    """Give the candidates there were by new rows, and which a curator has decided."""
    one, two = refresh.sides
    old = refresh.project.candidates()
    pairs = Candidates(
        one.rows(old.left),
        two.rows(old.right),
        np.asarray(old.name_similarity),
        np.asarray(old.context_similarity),
    )
    with refresh.project.database() as db:
        decided = decided_pairs(db)
    rows = (
        one.new.rows([left for left, _ in decided]),
        two.new.rows([right for _, right in decided]),
    )
    return Earlier(pairs, np.isin(pair_keys(pairs.left, pairs.right), pair_keys(*rows)))


def _wanted(refresh: Refresh) -> tuple[Rows, Rows]:
    """Give the decided pairs whose entities are back, which were candidates once."""
    one, two = refresh.sides
    with refresh.project.database() as db:
        decided = decided_pairs(db)
    left = one.new.rows([left for left, _ in decided])
    right = two.new.rows([right for _, right in decided])
    there = (left >= 0) & (right >= 0)
    there[there] = (
        one.changes.is_new[left[there]] | two.changes.is_new[right[there]]
    ) & _correspond(refresh.project, one.new, two.new, left[there], right[there])
    return left[there], right[there]


def _write(
    refresh: Refresh,
    folder: Path,
    candidates: NewCandidates,
    similarity: PairSimilarity,
    before: Floats | None,
    progress: Progress,
) -> None:
    """Write the columns; ``before``: similarities by the same fields, if there are any."""
    pairs, numbering, compared = candidates.pairs, candidates.numbering, candidates.compared
    pairs.save(folder)
    rows = similarity.compute(pairs.left[compared], pairs.right[compared], progress)
    kept = np.zeros((numbering.before, rows.shape[1]), np.float16) if before is None else before
    numbering.write(folder / "similarities.npy", kept, compared, rows.__getitem__)
    names = json.dumps(similarity.feature_names, ensure_ascii=False)
    (folder / "similarities.json").write_text(names, encoding="utf-8")
    schema = json.dumps(schema_to_json(refresh.project.schema))
    (folder / SCHEMA).write_text(schema, encoding="utf-8")
    if before is not None:  # else the fields were chosen anew, as a whole blocking does
        since = _since(refresh) if len(compared) < len(pairs) else {"entities": 0}
        (folder / REFRESHED).write_text(json.dumps(since), encoding="utf-8")


def _since(refresh: Refresh) -> dict[str, int]:
    """Count the new and changed entities since all candidates were made."""
    file = refresh.project.path / "candidates" / REFRESHED
    before = json.loads(file.read_text(encoding="utf-8"))["entities"] if file.exists() else 0
    differ = sum(int((s.changes.is_new | s.changes.changed).sum()) for s in refresh.sides)
    entities = sum(side.new.num_entities for side in refresh.sides)
    if before + differ > ADVISED * entities:
        refresh.report.notes.append(
            f"{before + differ:,} of {entities:,} entities are new or changed since all "
            "candidates were made: run `kgreview run` when there is time (decisions stay)"
        )
    return {"entities": before + differ}


def _correspond(
    project: Project, one: KnowledgeGraph, two: KnowledgeGraph, left: Rows, right: Rows
) -> Bools:
    """Tell of pairs of rows whether their types correspond."""
    corresponding = {(pair.left, pair.right) for pair in project.schema.types}
    return np.array(
        [
            (one.type_of(a), two.type_of(b)) in corresponding
            for a, b in zip(left, right, strict=True)
        ],
        dtype=np.bool_,
    )

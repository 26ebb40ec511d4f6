"""The verb *block*: which pairs are worth a look, and how alike they are on their face."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
import numpy.typing as npt

from kgreview.arrays import Ints
from kgreview.candidates.blocking import Candidates, block, blocking_recall, is_candidate, reduction
from kgreview.errors import InputError, KGReviewError
from kgreview.features.neighbour_gaps import neighbour_gaps
from kgreview.features.similarity import PairSimilarity
from kgreview.graph.columns import open_column, read_json
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.links import Links
from kgreview.graph.schema import Schema
from kgreview.graph.schema_json import schema_from_json
from kgreview.graph.sides import Sides, read_sides
from kgreview.pipeline.blocking_work import BlockingWork
from kgreview.pipeline.entity_index import index_entities
from kgreview.pipeline.outside_blocking import Renewal, lost_links
from kgreview.pipeline.project import SCHEMA, Project
from kgreview.progress import Progress, silent
from kgreview.store.added_pairs import AddedAnew, added_pairs
from kgreview.store.candidate_pairs import CandidateBatch, replace_candidates
from kgreview.store.database import get_meta, set_meta

REFRESHED = "refreshed.json"  # in the folder of candidates: what new rows have changed since

_BATCH = 50_000  # candidates handed to the database at once


@dataclass(frozen=True)
class BlockingReport:
    """What blocking came to."""

    pairs: int
    reduction: float  # share of all pairs of corresponding types that need no look
    recall: float  # share of known matches that blocking found, nan without links
    lost: int  # known matches that it lost, which are candidates by their links
    lost_non_matches: int  # known non-matches that it lost, likewise
    recall_with_links: float  # share of known matches that are candidates after all
    unpaired: int  # known matches that neither counts: they join types that are not paired
    seconds: float
    # attributes that nothing of the other side is like, and those that are ignored
    left_not_compared: tuple[str, ...] = ()
    right_not_compared: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()  # what was left out or shortened, a line each

    def to_json(self) -> dict[str, Any]:
        """Give the figures as JSON values."""
        return {
            k: None if isinstance(v, float) and math.isnan(v) else v
            for k, v in self.__dict__.items()
            if not isinstance(v, tuple)
        } | {k: list(v) for k, v in self.__dict__.items() if isinstance(v, tuple) and v}


def added_words(report: BlockingReport) -> str | None:
    """Say how many pairs are candidates by their links alone; ``None``: none is."""
    counts = (
        (report.lost, "known match", "known matches"),
        (report.lost_non_matches, "known non-match", "known non-matches"),
    )
    words = [f"{n:,} {one if n == 1 else several}" for n, one, several in counts if n]
    if not words:
        return None
    verb = "is a candidate" if sum(n for n, _, _ in counts) == 1 else "are candidates"
    return f"{' and '.join(words)} that blocking had lost {verb} by the links"


def block_project(
    project: Project,
    *,
    among: Ints | None = None,
    progress: Progress = silent,
) -> BlockingReport:
    """Find the candidates of a project and compare them, in the place of earlier ones.

    Decisions stay, and the pairs that people added; scores must be made anew. Pairs that known
    links name and blocking loses follow them, see ``renewal``. Interrupted, the earlier candidates
    stay, and the next call goes on where this one was. ``among``: the left rows whose candidates
    are kept, if not all are wanted.
    """
    started = time.perf_counter()
    project.complete_schema()
    left, right, schema = project.left, project.right, project.schema
    sides = read_sides(left, right, schema)
    change, links = schema_change(project), project.all_links()
    refreshed = (project.path / "candidates" / REFRESHED).exists()

    def find(notes: list[str]) -> Candidates:
        if change is SchemaChange.COMPARISON and among is None and not refreshed:
            return project.candidates()
        found = block(left, right, schema, progress=progress, sides=sides, notice=notes.append)
        return found if among is None else found.take(np.isin(found.left, among).nonzero()[0])

    work = BlockingWork.of(project, among)
    try:
        candidates, notes = work.candidates(find)
        if not len(candidates):
            raise KGReviewError(f"blocking found no candidates: {_why_none(project)}")
        lost = lost_links(candidates, links)
        if among is not None:
            lost = lost.take(np.isin(lost.left, among))
        similarity, left_out = _compared_by(project, candidates, change, sides)
        work.compare(candidates, similarity, progress)
        with project.database() as db:
            added = added_pairs(db)
        renew = Renewal((left, right), schema, links, similarity, added, lost)
        _replace(project, candidates, links, work, renew, progress)
        # layer 0 was embedded as values were read before
        if change is SchemaChange.CANDIDATES or refreshed:
            project.features.unlink(missing_ok=True)
    except Exception:  # not when it was stopped
        work.drop()
        raise
    notes += [*left_out, *_not_compared(left, right, similarity)]
    report = _report(project, candidates, links, lost, similarity)
    return dataclasses.replace(report, seconds=time.perf_counter() - started, notes=tuple(notes))


def _report(
    project: Project, candidates: Candidates, links: Links, lost: Links, similarity: PairSimilarity
) -> BlockingReport:
    """Count what the candidates come to."""
    left, right, schema = project.left, project.right, project.schema
    matches = links.matches
    missing = int((~is_candidate(candidates, matches.left, matches.right)).sum())
    return BlockingReport(
        len(candidates),
        reduction(candidates, left, right, schema),
        blocking_recall(candidates, links),
        missing,
        len(lost) - len(lost.matches),
        (len(matches) - missing + len(lost.matches)) / len(matches) if len(matches) else math.nan,
        project.unpaired_matches(),
        0.0,
        left_not_compared=(*similarity.chosen.left_alone, *schema.left_ignored),
        right_not_compared=(*similarity.chosen.right_alone, *schema.right_ignored),
    )


def _not_compared(
    left: KnowledgeGraph, right: KnowledgeGraph, similarity: PairSimilarity
) -> Iterator[str]:
    """Say what of neighbours is not compared; of attributes of their own the report does."""
    texts = similarity.text_pairs
    yield from neighbour_gaps("left", left, similarity.left, (a for a, _ in texts))
    yield from neighbour_gaps("right", right, similarity.right, (b for _, b in texts))


def _compared_by(
    project: Project, candidates: Candidates, change: SchemaChange, sides: Sides
) -> tuple[PairSimilarity, list[str]]:
    """Fit what compares candidates, without the fields that next to none has; say how many.

    While the schema stays the fields do: networks know those they were trained on.
    """
    if change is SchemaChange.NONE:
        with contextlib.suppress(KGReviewError, OSError):  # else they cannot be compared as before
            return similarity_of(project, sides), []
    fitted = PairSimilarity.fit(project.left, project.right, project.schema, sides)
    similarity = fitted.used_by(candidates.left, candidates.right)
    chosen, left_out = (len(fitted.text_pairs), len(fitted.text_pairs) - len(similarity.text_pairs))
    if not left_out:
        return similarity, []
    return similarity, [
        f"{left_out:,} of {chosen:,} comparisons of texts are left out: hardly any candidates have "
        "neighbours to compare by them"
    ]


def similarities(project: Project) -> tuple[npt.NDArray[np.float32], tuple[str, ...]]:
    """Open what blocking computed of each candidate: (pairs, F), and the F names.

    They lie there in half precision; of projects of earlier releases in single.
    """
    with project.database() as db:
        state = get_meta(db, "blocking")
    if state == "replacing":
        raise KGReviewError(
            f"{project.path}: blocking was killed while it put the candidates in place; run "
            "`kgreview block` again"
        )
    if state != "done":
        raise KGReviewError(f"{project.path}: has no candidates yet; run `kgreview block`")
    folder = project.path / "candidates"
    if schema_change(project) is not SchemaChange.NONE:
        raise KGReviewError(
            f"{project.path / SCHEMA}: has changed since the candidates were compared; run "
            "`kgreview run` to make them anew (decisions stay)"
        )
    names = read_json(folder / "similarities.json")
    compared = open_column(folder / "similarities.npy")
    if not isinstance(names, list) or compared.shape != (len(project.candidates()), len(names)):
        raise InputError.at(
            folder,
            "similarities are not of the candidates; run `kgreview run` again (decisions stay)",
        )
    return project.as_opened(compared), tuple(names)


def similarity_of(project: Project, sides: Sides | None = None) -> PairSimilarity:
    """Fit what compares pairs of a project as its candidates were compared.

    These are the fields of their blocking, though after a refresh others may overlap more by now.
    Raises ``KGReviewError`` where they can no longer be compared.
    """
    names = read_json(project.path / "candidates" / "similarities.json")
    try:
        return PairSimilarity.fit(project.left, project.right, project.schema, sides, names)
    except ValueError as error:
        raise KGReviewError(
            f"{project.path}: what is compared has changed since the last `kgreview run` "
            f"({error}); run it again (decisions stay)"
        ) from error


def _why_none(project: Project) -> str:
    """Say why nothing can be a candidate, and what to do."""
    graphs = {"left": project.left, "right": project.right}
    empty = [side for side, graph in graphs.items() if not len(graph.attribute_names)]
    if empty:
        return (
            f"the {' and the '.join(empty)} graph {'have' if empty[1:] else 'has'} no attributes, "
            "and candidates are found by names and values, their own or their neighbours'; add "
            "names (label, title, name) to the source and create the project again"
        )
    return (
        "no entity of corresponding types has a name or neighbours in common; name types and "
        f"naming attributes in {project.path / SCHEMA}"
    )


class SchemaChange(Enum):
    """What an edit of the schema concerns, since the candidates were compared."""

    NONE = "nothing"
    COMPARISON = "what candidates are compared by"
    CANDIDATES = "which pairs are candidates"


def schema_change(project: Project) -> SchemaChange:
    """Tell what must be made anew: nothing, what is compared, or the candidates, too."""
    before, after = _blocked_by(project), project.schema
    if before is not None:  # what is asked about concerns no candidate
        before = dataclasses.replace(before, not_asked=after.not_asked)
    if before == after:
        return SchemaChange.NONE
    if before is not None and before == dataclasses.replace(
        after, attributes=before.attributes, relations=before.relations
    ):
        return SchemaChange.COMPARISON
    return SchemaChange.CANDIDATES


def _blocked_by(project: Project) -> Schema | None:
    """Give the schema that the candidates were made with; ``None``: by an earlier release."""
    file = project.path / "candidates" / SCHEMA
    try:
        return schema_from_json(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None


def _replace(
    project: Project,
    candidates: Candidates,
    links: Links,
    work: BlockingWork,
    renew: Renewal,
    progress: Progress,
) -> None:
    """Put columns and table in place of the old ones; they must agree, so mark the time between."""
    with project.database() as db:

        def batches() -> Iterator[CandidateBatch]:
            yield from _batches(candidates, project.left, project.right, links)
            # all are in, beside the old ones: what follows swaps them, in an instant
            set_meta(db, "blocking", "replacing")

        replace_candidates(
            db,
            batches(),
            audit_share=project.settings.audit_share,
            seed=project.settings.seed,
            total=len(candidates),
            progress=progress,
            anew=AddedAnew(renew, renew.named),
        )
        work.finish(project.path / "candidates")
        set_meta(db, "blocking", "done")
    index_entities(project, progress=progress)


def _batches(
    candidates: Candidates, left: KnowledgeGraph, right: KnowledgeGraph, links: Links
) -> Iterator[CandidateBatch]:
    linked = links.settle(candidates.left, candidates.right)
    for start in range(0, len(candidates), _BATCH):
        a, b = candidates.left[start : start + _BATCH], candidates.right[start : start + _BATCH]
        yield CandidateBatch(
            left.ids.take(a).to_pylist(),
            right.ids.take(b).to_pylist(),
            [left.type_names[code] for code in left.types[a]],
            [right.type_names[code] for code in right.types[b]],
            linked[start : start + _BATCH].tolist(),
        )

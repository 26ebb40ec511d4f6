"""The verb *refresh*: new rows for a project, without losing a decision.

Entities are the same by their ids. What is new, changed or gone is found by what they say; only
that is blocked, compared and scored anew (``candidates.refreshing`` and ``rescoring`` say what that
leaves out). All is made beside the project, which goes on as it is until ``swap`` puts the new one
in its place. Where too much has changed all is made anew in the same way.
"""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kgreview.candidates.blocking import Candidates
from kgreview.candidates.refreshing import Earlier, Refreshed, refresh_candidates
from kgreview.errors import InputError, KGReviewError
from kgreview.exchange.pair_folders import refuse_pair
from kgreview.exchange.sources import SourceOptions, read_source
from kgreview.features.similarity import PairSimilarity
from kgreview.graph.changes import Changes, in_canonical_order, with_names_of
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.links import Links, pair_keys
from kgreview.graph.paired import usable
from kgreview.graph.sides import Sides as SideValues
from kgreview.graph.sides import read_sides
from kgreview.pipeline import swap
from kgreview.pipeline.blocking import REFRESHED, similarities
from kgreview.pipeline.entity_index import entity_batches, entity_states, known_matches
from kgreview.pipeline.jobs import in_foreground
from kgreview.pipeline.numbering import Numbering
from kgreview.pipeline.outside_blocking import Renewal, lost_links
from kgreview.pipeline.project import SCHEMA, SPLITS, Project
from kgreview.pipeline.renumbering import MovedLinks, Moves, Sides, move_links
from kgreview.progress import Notice, Progress, about, silent, unheard
from kgreview.store.added_pairs import AddedPair, added_pairs, added_scores, give_back_scores
from kgreview.store.database import Database
from kgreview.store.decisions import standing
from kgreview.store.entities import change_entities, has_entities, replace_known_matches
from kgreview.store.refreshed import (
    CandidateChanges,
    Pair,
    change_candidates,
    decided_entities,
    decided_pairs,
    set_gone,
)
from kgreview.store.versions import current_version, forget_scores, rewrite_scores, versions

Rows = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]

WHOLE = 0.3  # share of touched entities of a side from which on all is made anew
ADVISED = 0.1  # share of new and changed ones since the last blocking from which on to run it

_AS_IT_IS = SourceOptions()


@dataclass(frozen=True)
class SideReport:
    """How many entities of one side are new, changed or gone, by type."""

    entities: int
    new: Mapping[str, int]
    changed: Mapping[str, int]
    gone: Mapping[str, int]

    @property
    def is_same(self) -> bool:
        """Whether nothing differs."""
        return not (self.new or self.changed or self.gone)


@dataclass
class RefreshReport:
    """What new rows come to; what was not done, as in a dry run, is zero."""

    left: SideReport
    right: SideReport
    orphaned: int  # standing decisions on entities that are gone now and were not
    returned: int  # standing decisions on entities that are back
    links_gone: int
    links_returned: int
    candidates: int = 0
    added: int = 0
    removed: int = 0
    compared: int = 0  # candidates compared anew
    scored: int = 0  # candidates scored anew
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)  # what to know or to do

    @property
    def is_same(self) -> bool:
        """Whether there is nothing to do."""
        return self.left.is_same and self.right.is_same

    def to_json(self) -> dict[str, Any]:
        """Give the report as JSON values."""
        return asdict(self)


def refresh_project(
    project: Project,
    *,
    left: Path | None = None,
    right: Path | None = None,
    left_options: SourceOptions = _AS_IT_IS,
    right_options: SourceOptions = _AS_IT_IS,
    dry_run: bool = False,
    device: str = "auto",
    progress: Progress = silent,
    notice: Notice = unheard,
    found: Callable[[RefreshReport], None] = lambda _: None,
) -> RefreshReport:
    """Give a project new rows: of the left graph, of the right one, or of both.

    A source holds the whole graph, not only what is new. Decisions stay, and so do versions; those
    on entities that are gone count for nothing until these are back. ``found`` is told first what
    differs; with ``dry_run`` nothing else happens. Interrupted at any point, the project is as
    before, or as after. Raises ``InputError`` for a source at fault, ``JobRunningError`` while the
    project has a job.
    """
    if left is None and right is None:
        raise InputError("give new rows: --left SOURCE, --right SOURCE, or both")
    started = time.perf_counter()
    sources = ((left, left_options), (right, right_options))
    if dry_run:
        work = _Refresh.read(project, sources, progress, notice)
        found(work.report)
        return work.report
    with in_foreground(project, "refresh", progress, "new rows were put in place") as tell:
        work = _Refresh.read(Project.open(project.path), sources, tell, notice)
        found(work.report)
        if not work.report.is_same:
            work.do(device, tell)
    work.report.seconds = time.perf_counter() - started
    return work.report


@dataclass(frozen=True, eq=False)
class _Found:
    """Which candidates there are after a refresh, and which of them are compared anew."""

    numbering: Numbering
    pairs: Candidates  # in their numbers
    refreshed: Refreshed
    compared: Rows  # numbers of those compared anew, ascending
    whole: bool  # all were


@dataclass(frozen=True, eq=False)
class _Blocked:
    """The candidates after a refresh."""

    numbering: Numbering
    pairs: Candidates  # in their numbers
    refreshed: Refreshed
    compared: Rows  # numbers of those compared anew, ascending
    names: tuple[str, ...]  # of the similarities
    whole: bool  # all were compared anew
    values: SideValues
    renew: Renewal  # of what people and links added


@dataclass(frozen=True, eq=False)
class _Refresh:
    """One refresh: a project as it is, and the graphs it is to have."""

    project: Project
    sides: Sides
    links: MovedLinks
    usable: tuple[Links, Links]  # before and now
    decided: tuple[Rows, Rows]  # new rows of entities whose other half of a decision went or came
    report: RefreshReport

    @classmethod
    def read(
        cls,
        project: Project,
        sources: tuple[tuple[Path | None, SourceOptions], tuple[Path | None, SourceOptions]],
        progress: Progress,
        notice: Notice,
    ) -> _Refresh:
        """Read the sources and find what differs."""
        one, two = (
            _moves(old, source, options, progress, notice)
            for old, (source, options) in zip((project.left, project.right), sources, strict=True)
        )
        sides = one, two
        stated = {split: project.stated_links(split) for split in SPLITS}
        links = move_links(project.path / "links", stated, sides)
        now = Links.concatenate(*links.splits.values())
        then = usable(now, one.new, two.new, project.schema)
        orphaned, returned, decided = _orphans(project, sides)
        report = RefreshReport(
            _side_report(one), _side_report(two), orphaned, returned, links.gone, links.returned
        )
        report.notes += _new_names(project, sides)
        return cls(project, sides, links, (project.all_links(), then), decided, report)

    def do(self, device: str, progress: Progress) -> None:
        """Make all beside the project and put it in its place."""
        project = self.project
        with swap.staged(project.path) as staging:
            for name, side in zip(("left", "right"), self.sides, strict=True):
                if not _is_same(side):
                    side.new.save(staging / name)
            self.links.save(staging / "links")
            self._move_versions(staging)
            blocked = self._block(staging, progress)
            version, rescored = None, None
            if blocked is not None:
                self._count(blocked)
                version, rescored = self._score(staging, blocked, device, progress)
            # nothing is told from here on: it would wait for the database, or cancel what is done
            progress("put in place", 0, 1)
            swap.commit(project.path, lambda db: self._change(db, blocked, version, rescored))
        if version is not None and rescored is not None:
            try:
                self._plan(version, rescored[0])
            except (KGReviewError, OSError) as error:
                self.report.notes.append(
                    f"the new rows are in place, but the queue is not planned anew ({error}): run "
                    f"`kgreview score {shlex.quote(str(project.path))}`"
                )
        entity_states(project.as_it_is(), progress)

    # ------------------------------------------------------------ candidates

    def _block(self, staging: Path, progress: Progress) -> _Blocked | None:
        """Find, compare and write the candidates; ``None`` where the project has none yet."""
        project, schema = self.project, self.project.schema
        one, two = self.sides
        if not (project.path / "candidates").is_dir():
            return None
        before, names = similarities(project)
        values = read_sides(one.new, two.new, schema)
        touched = one.changes.touched, two.changes.touched
        whole = any(side.mean() > WHOLE for side in touched if len(side))
        found = self._found(values, whole, progress)
        known = self.usable[1]
        with project.database() as db:
            added = added_pairs(db)
        try:
            only = None if whole else self._compared(found, added, lost_links(found.pairs, known))
            similarity = PairSimilarity.fit(one.new, two.new, schema, values, names, only)
            kept: Floats | None = before
        except ValueError as error:  # the fields are chosen anew, as a whole blocking does
            self.report.notes.append(f"all pairs are compared anew: {error}")
            found = found if found.whole else self._found(values, True, progress)
            similarity, kept = PairSimilarity.fit(one.new, two.new, schema, values), None
        self._write(staging / "candidates", found, similarity, kept, progress)
        lost = lost_links(found.pairs, known)
        renew = Renewal((one.new, two.new), schema, known, similarity, added, lost)
        return _Blocked(
            *(found.numbering, found.pairs, found.refreshed, found.compared),
            *(similarity.feature_names, found.whole, values, renew),
        )

    def _found(self, values: SideValues, whole: bool, progress: Progress) -> _Found:
        """Find the candidates; ``whole``: all anew."""
        one, two = self.sides
        touched = one.changes.touched, two.changes.touched
        refreshed = refresh_candidates(
            one.new,
            two.new,
            self.project.schema,
            self._earlier(),
            touched,
            whole=whole,
            wanted=self._wanted(),
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
        return _Found(numbering, pairs, refreshed, compared, whole)

    def _compared(
        self, found: _Found, added: Sequence[AddedPair], lost: Links
    ) -> tuple[Bools, Bools]:
        """Tell which entities of either side are compared: all of what they are near is read."""
        sides = []
        for place, (side, name) in enumerate(zip(self.sides, ("left", "right"), strict=True)):
            rows = side.new.rows([getattr(pair, name) for pair in added])
            pairs: Rows = getattr(found.pairs, name)[found.compared]
            mask = np.zeros(side.new.num_entities, np.bool_)
            mask[np.concatenate([pairs, rows[rows >= 0], (lost.left, lost.right)[place]])] = True
            sides.append(mask)
        return sides[0], sides[1]

    def _earlier(self) -> Earlier:
        """Give the candidates there were by new rows, and which a curator has decided."""
        one, two = self.sides
        old = self.project.candidates()
        pairs = Candidates(
            one.rows(old.left),
            two.rows(old.right),
            np.asarray(old.name_similarity),
            np.asarray(old.context_similarity),
        )
        with self.project.database() as db:
            decided = decided_pairs(db)
        rows = (
            one.new.rows([left for left, _ in decided]),
            two.new.rows([right for _, right in decided]),
        )
        return Earlier(pairs, np.isin(pair_keys(pairs.left, pairs.right), pair_keys(*rows)))

    def _wanted(self) -> tuple[Rows, Rows]:
        """Give the decided pairs whose entities are back, which were candidates once."""
        one, two = self.sides
        with self.project.database() as db:
            decided = decided_pairs(db)
        left = one.new.rows([left for left, _ in decided])
        right = two.new.rows([right for _, right in decided])
        there = (left >= 0) & (right >= 0)
        there[there] = (
            one.changes.is_new[left[there]] | two.changes.is_new[right[there]]
        ) & _correspond(self.project, one.new, two.new, left[there], right[there])
        return left[there], right[there]

    def _write(
        self,
        folder: Path,
        found: _Found,
        similarity: PairSimilarity,
        before: Floats | None,
        progress: Progress,
    ) -> None:
        """Write the columns; ``before``: similarities by the same fields, if there are any."""
        pairs, numbering, compared = found.pairs, found.numbering, found.compared
        pairs.save(folder)
        rows = similarity.compute(pairs.left[compared], pairs.right[compared], progress)
        kept = np.zeros((numbering.before, rows.shape[1]), np.float32) if before is None else before
        numbering.write(folder / "similarities.npy", kept, compared, rows.__getitem__)
        names = json.dumps(similarity.feature_names, ensure_ascii=False)
        (folder / "similarities.json").write_text(names, encoding="utf-8")
        schema = json.dumps(self.project.schema.to_json())
        (folder / SCHEMA).write_text(schema, encoding="utf-8")
        if before is not None:  # else the fields were chosen anew, as a whole blocking does
            since = self._since() if len(compared) < len(pairs) else {"entities": 0}
            (folder / REFRESHED).write_text(json.dumps(since), encoding="utf-8")

    def _since(self) -> dict[str, int]:
        """Count the new and changed entities since all candidates were made."""
        file = self.project.path / "candidates" / REFRESHED
        before = json.loads(file.read_text(encoding="utf-8"))["entities"] if file.exists() else 0
        differ = sum(int((s.changes.is_new | s.changes.changed).sum()) for s in self.sides)
        entities = sum(side.new.num_entities for side in self.sides)
        if before + differ > ADVISED * entities:
            self.report.notes.append(
                f"{before + differ:,} of {entities:,} entities are new or changed since all "
                "candidates were made: run `kgreview run` when there is time (decisions stay)"
            )
        return {"entities": before + differ}

    def _count(self, blocked: _Blocked) -> None:
        self.report.candidates = len(blocked.pairs)
        self.report.added = len(blocked.refreshed.added)
        self.report.removed = len(blocked.numbering.gone)
        self.report.compared = len(blocked.compared)

    # ------------------------------------------------------------ scores

    def _move_versions(self, staging: Path) -> None:
        with self.project.database() as db:
            learnt = any(version.kind != "similarity" for version in versions(db))
        if learnt:  # torch: where it is needed
            from kgreview.pipeline.rescoring import move_versions

            move_versions(self.project, staging, self.sides)

    def _score(
        self, staging: Path, blocked: _Blocked, device: str, progress: Progress
    ) -> tuple[str | None, tuple[Floats, Rows] | None]:
        """Score by the current version what changed: its name, all scores, and which are new."""
        with self.project.database() as db:
            version = current_version(db)
        if version is None or not version.scored:
            return None, None
        from kgreview.aligner.inputs import Pairs  # torch: where it is needed
        from kgreview.pipeline.rescoring import Rescoring, misfit, move_features

        schema = self.project.schema
        problem = misfit(self.project, version.name, self.sides, schema, blocked.names)
        if problem is not None:
            self.report.notes.append(f"nothing is scored: {problem}")
            return None, None
        features = None
        if self.project.features.exists() or version.kind != "similarity":
            features = move_features(self.project, self.sides, schema, blocked.values, progress)
            np.save(staging / self.project.features.name, features)
        compared = np.load(staging / "candidates" / "similarities.npy", mmap_mode="r")
        pairs = blocked.pairs
        rescored = Rescoring(
            self.project,
            staging,
            self.sides,
            schema,
            features,
            blocked.numbering,
            Pairs(pairs.left, pairs.right, compared),
            blocked.names,
            self._competitors(blocked),
            device,
        ).run(version.name, progress)
        self.report.scored = len(rescored.where)
        return version.name, (rescored.scores, rescored.where)

    def _competitors(self, blocked: _Blocked) -> Rows:
        """Give the candidates that share an entity with a pair that is another, or is gone."""
        pairs = blocked.pairs
        left, right = self._stirred(blocked)
        return np.flatnonzero(left[pairs.left] | right[pairs.right])

    def _stirred(self, blocked: _Blocked) -> tuple[Bools, Bools]:
        """Tell of which entities (rows now) a pair is another, or is gone: all are scored anew."""
        gone = blocked.numbering.gone
        earlier, pairs = blocked.refreshed.pairs, blocked.pairs
        found = []
        for side, before, now, linked, decided in (
            (self.sides[0], earlier.left, pairs.left, self.links.changed[0], self.decided[0]),
            (self.sides[1], earlier.right, pairs.right, self.links.changed[1], self.decided[1]),
        ):
            stirred = side.changes.touched.copy() | blocked.whole
            changed = np.concatenate([now[blocked.compared], before[gone], linked, decided])
            stirred[changed[changed >= 0]] = True
            found.append(stirred)
        return found[0], found[1]

    def _scores_to_keep(
        self, db: Database, blocked: _Blocked, version: str
    ) -> dict[tuple[str, str], float]:
        """Give the scores of added pairs of which nothing has changed."""
        kept = added_scores(db, version)
        stirred = self._stirred(blocked)
        left, right = (
            side.new.rows([pair[place] for pair in kept]) for place, side in enumerate(self.sides)
        )
        stay = (left >= 0) & (right >= 0)
        stay[stay] = ~(stirred[0][left[stay]] | stirred[1][right[stay]])
        return {pair: kept[pair] for pair, stays in zip(kept, stay, strict=True) if stays}

    def _plan(self, version: str, scores: Floats) -> None:
        """Plan the queue anew; what of other versions' columns takes most room goes."""
        from kgreview.pipeline.query_plan import plan_queue
        from kgreview.pipeline.scoring_added import score_what_was_added

        project = Project.open(self.project.path)
        with project.database() as db:
            score_what_was_added(project, db, version)
            plan_queue(project, db, version, scores)
            others = [each.name for each in versions(db) if each.name != version]
        for name in others:
            (project.path / "models" / name / "attention.npy").unlink(missing_ok=True)

    # ------------------------------------------------------------ the database

    def _change(
        self,
        db: Database,
        blocked: _Blocked | None,
        version: str | None,
        rescored: tuple[Floats, Rows] | None,
    ) -> None:
        """Change what the database holds, inside the transaction of the swap."""
        one, two = self.sides
        decided = decided_entities(db)
        set_gone(
            db, *(_absent(side.new, ids) for side, ids in zip(self.sides, decided, strict=True))
        )
        if has_entities(db):
            replace_known_matches(db, known_matches(one.new, two.new, self.usable[1]))
        if blocked is None:
            return
        kept = {} if version is None else self._scores_to_keep(db, blocked, version)
        change_candidates(
            db,
            self._candidate_changes(blocked),
            count=len(blocked.pairs),
            audit_share=self.project.settings.audit_share,
            seed=self.project.settings.seed,
            renew=blocked.renew,
            named=blocked.renew.named,
        )
        if has_entities(db):
            left_out, batches = self._indexed()
            change_entities(db, left_out, batches)
        forget_scores(db, but=version)
        if version is not None and rescored is not None:
            scores, where = rescored
            rewrite_scores(db, version, where, scores[where])
            give_back_scores(db, version, kept)

    def _candidate_changes(self, blocked: _Blocked) -> CandidateChanges:
        numbering, pairs = blocked.numbering, blocked.pairs
        linked = self.usable[1].settle(pairs.left, pairs.right)
        old = self.project.candidates()
        before = numbering.take(self.usable[0].settle(old.left, old.right), linked[numbering.added])
        one, two = (side.changes.says_else for side in self.sides)
        another = (linked != before) | one[pairs.left] | two[pairs.right]
        another[numbering.added] = False
        return CandidateChanges(
            numbering.gone.tolist(),
            numbering.moved,
            self._pairs(pairs, numbering.added, linked),
            self._pairs(pairs, np.flatnonzero(another), linked),
        )

    def _pairs(self, pairs: Candidates, where: Rows, linked: Bools) -> list[Pair]:
        """Give candidates by their numbers as the database has them."""
        columns: list[list[str]] = []
        for side, rows in zip(self.sides, (pairs.left[where], pairs.right[where]), strict=True):
            columns.append(side.new.ids.take(rows).to_pylist())
            columns.append([side.new.type_names[code] for code in side.new.types[rows]])
        return [
            Pair(number, left, right, left_type, right_type, bool(known))
            for number, left, left_type, right, right_type, known in zip(
                where.tolist(), *columns, linked[where].tolist(), strict=True
            )
        ]

    def _indexed(self) -> tuple[list[tuple[str, str]], Iterator[Any]]:
        """Give what is off the index of entities (side, id), and what is on it now."""
        schema = self.project.schema
        left_out: list[tuple[str, str]] = []
        entering = []
        for name, side, naming in (
            ("left", self.sides[0], schema.left_names),
            ("right", self.sides[1], schema.right_names),
        ):
            changes = side.changes
            another = changes.old_rows[changes.changed]
            off = np.concatenate([changes.gone, another])
            left_out += [(name, entity) for entity in side.ids(off)]
            on = np.flatnonzero(changes.is_new | changes.changed)
            entering.append(entity_batches(name, side.new, naming, on))
        return left_out, (batch for batches in entering for batch in batches)


# ---------------------------------------------------------------- in words


def change_lines(report: RefreshReport) -> Iterator[str]:
    """Say what is new, changed and gone, line by line."""
    for name, side in (("left", report.left), ("right", report.right)):
        if side.is_same:
            yield f"{name}: {side.entities:,} entities, unchanged"
            continue
        yield f"{name}: {side.entities:,} entities"
        for word in ("new", "changed", "gone"):
            by_type: Mapping[str, int] = getattr(side, word)
            if by_type:
                parts = ", ".join(f"{count:,} {kind}" for kind, count in by_type.items())
                yield f"  {sum(by_type.values()):,} {word}: {parts}"
    for count, words in (
        (report.orphaned, "decisions wait for an entity that is gone, and count for nothing"),
        (report.returned, "decisions are back with their entities"),
        (report.links_gone, "known links wait for an entity that is gone"),
        (report.links_returned, "known links are back with their entities"),
    ):
        if count:
            yield f"{count:,} {words}"


def outcome_lines(report: RefreshReport, *, dry_run: bool = False) -> Iterator[str]:
    """Say what was done."""
    if report.is_same:
        yield "Nothing to do."
        return
    if dry_run:
        yield "Nothing was changed (--dry-run)."
        return
    if report.candidates:
        yield (
            f"{report.candidates:,} candidates: {report.added:,} added, {report.removed:,} "
            f"removed; {report.compared:,} compared and {report.scored:,} scored anew"
        )
    yield f"Done in {report.seconds:,.1f} s."


# ---------------------------------------------------------------- what differs


def _moves(
    old: KnowledgeGraph,
    source: Path | None,
    options: SourceOptions,
    progress: Progress,
    notice: Notice,
) -> Moves:
    if source is None:
        return Moves(old, old, Changes.none(old))
    refuse_pair(source)
    read = read_source(source, options, progress, about(source, notice))
    new = with_names_of(read, old)
    changes = Changes.of(old, new)
    return Moves(old, new, changes if in_canonical_order(old) else changes.everywhere())


def _is_same(side: Moves) -> bool:
    return _side_report(side).is_same


def _side_report(side: Moves) -> SideReport:
    new, changes = side.new, side.changes
    return SideReport(
        new.num_entities,
        _by_type(new, np.flatnonzero(changes.is_new)),
        _by_type(new, np.flatnonzero(changes.changed)),
        _by_type(side.old, changes.gone),
    )


def _by_type(graph: KnowledgeGraph, rows: Rows) -> dict[str, int]:
    counts = np.bincount(graph.types[rows], minlength=len(graph.type_names))
    return {name: int(n) for name, n in zip(graph.type_names, counts, strict=True) if n}


def _orphans(project: Project, sides: Sides) -> tuple[int, int, tuple[Rows, Rows]]:
    """Count standing decisions that lose an entity, and those that have all theirs back.

    With the new rows of the entities of these decisions that are there.
    """
    with project.database() as db:
        decided = standing(db)
    nobody = np.array([not decision.right for decision in decided], dtype=np.bool_)
    there, rows = [], []
    for graphs in ([side.old for side in sides], [side.new for side in sides]):
        rows = [
            graph.rows([getattr(decision, name) for decision in decided])
            for graph, name in zip(graphs, ("left", "right"), strict=True)
        ]
        there.append((rows[0] >= 0) & ((rows[1] >= 0) | nobody))
    before, now = there
    left, right = (of_side[before != now] for of_side in rows)
    return (
        int((before & ~now).sum()),
        int((now & ~before).sum()),
        (left[left >= 0], right[right >= 0]),
    )


def _new_names(project: Project, sides: Sides) -> list[str]:
    """Say which types and attributes the schema knows nothing of, since they are new."""
    notes = []
    for side, moves in zip(("left", "right"), sides, strict=True):
        for what, old, new in (
            ("types", moves.old.type_names, moves.new.type_names),
            ("attributes", moves.old.attribute_names, moves.new.attribute_names),
        ):
            names = sorted(set(new) - set(old))
            if names:
                some = ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
                notes.append(
                    f"{len(names)} {what} of the {side} graph are new and not compared ({some}): "
                    f"name them in {project.path / SCHEMA}, then run `kgreview run`"
                )
    return notes


def _absent(graph: KnowledgeGraph, ids: list[str]) -> list[str]:
    rows = graph.rows(ids)
    return [entity for entity, row in zip(ids, rows, strict=True) if row < 0]


def _correspond(
    project: Project, one: KnowledgeGraph, two: KnowledgeGraph, left: Rows, right: Rows
) -> Bools:
    """Tell of pairs of rows whether their types correspond."""
    known = {(pair.left, pair.right) for pair in project.schema.types}
    return np.array(
        [(one.type_of(a), two.type_of(b)) in known for a, b in zip(left, right, strict=True)],
        dtype=np.bool_,
    )

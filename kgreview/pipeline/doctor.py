"""What is wrong with a project's files, told all at once; nothing is changed."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import numpy.typing as npt

from kgreview.aligner.explanation import WEIGHTS, uses_network
from kgreview.errors import KGReviewError
from kgreview.graph.columns import open_column, read_json
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.quoting import counted, one_line
from kgreview.pipeline.backup import DATABASE, files_of
from kgreview.pipeline.project import SETTINGS, SPLITS, Project
from kgreview.pipeline.project_settings import read_settings
from kgreview.progress import Progress, silent
from kgreview.store.database import reading
from kgreview.store.jobs import running_job
from kgreview.store.refreshed import orphaned_count
from kgreview.store.upkeep import faults_of
from kgreview.store.versions import Version, versions

_BACKUP = "restore it from a backup"
_AGAIN = "run `kgreview run` again (decisions stay)"
_KNOWN = (  # what belongs to a project, by the first part of its path
    *("left", "right", "links", "candidates", "models", "jobs"),
    *(SETTINGS, "schema.json", "notes.json", "features.npy", "generation", "stories.json"),
)
_COLUMNS = (  # of a version with a network that is current
    *("scores", "samples", "attention", "evidence", "beliefs", "own", "logits", "spread"),
)
_MOST_NAMED = 3  # of files that belong to nothing


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, or worth knowing."""

    where: str  # path in the project
    what: str
    remedy: str
    damaged: bool = True  # else it does no harm

    def __str__(self) -> str:
        return f"{self.where}: {self.what}; {self.remedy}"


@dataclass(frozen=True)
class Examination:
    """All that was found."""

    path: Path
    looked_at: tuple[str, ...]  # parts of the project
    findings: tuple[Finding, ...]

    @property
    def faults(self) -> tuple[Finding, ...]:
        """What is damaged."""
        return tuple(each for each in self.findings if each.damaged)

    def lines(self) -> list[str]:
        """Say it in lines, what is damaged first."""
        notes = [each for each in self.findings if not each.damaged]
        lines = [f"damaged: {each}" for each in self.faults] + [f"note: {each}" for each in notes]
        checked = ", ".join(self.looked_at)
        faults = counted(len(self.faults), "fault") if self.faults else "nothing is damaged"
        return [*lines, f"{self.path}: {faults} ({checked} looked at)"]

    def to_json(self) -> dict[str, Any]:
        """Give it as JSON values."""
        return {
            "project": str(self.path),
            "whole": not self.faults,
            "looked_at": list(self.looked_at),
            "findings": [asdict(each) for each in self.findings],
        }


def examine(path: Path, progress: Progress = silent, *, networks: bool = True) -> Examination:
    """Look at every part of a project's folder. Writes nothing, whatever is found.

    ``networks``: read the weights of versions, too, which imports torch. Raises ``KGReviewError``
    where there is no folder at all.
    """
    if not path.is_dir():
        raise KGReviewError(f"{path}: there is no such folder; give one of a project")
    doctor = _Doctor(path, networks)
    parts: list[tuple[str, Callable[[], Iterator[Finding]]]] = [
        ("settings", doctor.settings),
        ("database", doctor.database),
        ("graphs", doctor.graphs),
        ("schema", doctor.schema),
        ("links", doctor.links),
        ("candidates", doctor.candidates),
        ("versions", doctor.versions),
        ("files", doctor.files),
    ]
    findings: list[Finding] = []
    for done, (name, look) in enumerate(parts):
        progress("look at the project", done, len(parts))
        findings += _told(path, name, look)
    progress("look at the project", len(parts), len(parts))
    return Examination(path, tuple(name for name, _ in parts), tuple(dict.fromkeys(findings)))


def _told(path: Path, part: str, look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """Have whatever stops a look be a finding, too."""
    try:
        yield from look()
    except KGReviewError as error:
        where, _, what = str(error).removeprefix(f"{path}/").partition(": ")
        what, _, remedy = what.partition("; ")
        yield Finding(where, what or where, remedy or _BACKUP)
    except Exception as error:  # what is damaged may fail in any way
        yield Finding(
            part, f"cannot be read ({one_line(f'{type(error).__name__}: {error}')})", _BACKUP
        )


class _Doctor:
    """Looks at one project, a part at a time; a later part does without what is damaged before."""

    def __init__(self, path: Path, networks: bool) -> None:
        self.path, self.networks = path, networks
        self._graphs: dict[str, KnowledgeGraph] = {}
        self._candidates = -1  # how many, where they are whole
        self._versions: list[Version] = []

    def settings(self) -> Iterator[Finding]:
        if not (self.path / SETTINGS).is_file():
            yield Finding(SETTINGS, "is not there", f"{_BACKUP}, or write it from a like project's")
            return
        read_settings(self.path / SETTINGS)

    def database(self) -> Iterator[Finding]:
        file = self.path / DATABASE
        if not file.is_file() or not file.stat().st_size:
            what = "is empty" if file.exists() else "is not there"
            yield Finding(DATABASE, f"{what}: all decisions were in it", _BACKUP)
            return
        faults = faults_of(file)
        for fault in faults:
            yield Finding(DATABASE, f"is damaged ({one_line(fault)})", _BACKUP)
        if faults:
            return
        with reading(file) as db:
            self._versions = versions(db)
            orphaned, job = orphaned_count(db), running_job(db)
        if orphaned:
            what = f"{counted(orphaned, 'decision')} on entities that the graphs have no more"
            yield Finding(DATABASE, what, "they count again when the entities come back", False)
        if job is not None:
            yield Finding(DATABASE, f"{job.kind} runs now", "look again when it is done", False)

    def graphs(self) -> Iterator[Finding]:
        for side in ("left", "right"):
            yield from _told(self.path, side, functools.partial(self._graph, side))

    def _graph(self, side: str) -> Iterator[Finding]:
        graph = KnowledgeGraph.open(self.path / side)
        for name, column, end in (
            ("types", graph.types, len(graph.type_names)),
            ("value_attributes", graph.value_attributes, len(graph.attribute_names)),
            ("edge_relations", graph.edge_relations, 2 * graph.num_relations),
            ("edge_neighbours", graph.edge_neighbours, graph.num_entities),
            ("id_order", graph.id_order, graph.num_entities),
        ):
            if not _within(column, end):
                yield Finding(f"{side}/{name}.npy", "names what is not there", _BACKUP)
                return
        for name, column in (
            ("value_offsets", graph.value_offsets),
            ("edge_offsets", graph.edge_offsets),
        ):
            if bool((np.diff(column) < 0).any()):
                yield Finding(f"{side}/{name}.npy", "does not ascend", _BACKUP)
                return
        for name, strings in (("ids", graph.ids), ("values", graph.values)):
            try:
                strings.validate(full=True)
            except ValueError as error:
                yield Finding(
                    f"{side}/{name}.arrow", f"is damaged ({one_line(str(error))})", _BACKUP
                )
                return
        self._graphs[side] = graph

    def schema(self) -> Iterator[Finding]:
        if len(self._graphs) == 2 and (self.path / SETTINGS).is_file():
            _ = Project.open(self.path).schema
        yield from ()

    def links(self) -> Iterator[Finding]:
        if len(self._graphs) < 2:
            return
        project = Project.open(self.path)
        ends = [self._graphs[side].num_entities for side in ("left", "right")]
        for split in SPLITS:
            if not project.link_file(split).is_file():
                yield Finding(f"links/{split}.npz", "is not there", _BACKUP, False)
                continue
            links = project.stated_links(split)
            whole = len(links.left) == len(links.right) == len(links.label) == len(links.gold)
            if not (whole and _within(links.left, ends[0]) and _within(links.right, ends[1])):
                yield Finding(f"links/{split}.npz", "names entities that are not there", _BACKUP)

    def candidates(self) -> Iterator[Finding]:
        if not (self.path / "candidates").is_dir() or len(self._graphs) < 2:
            return
        from kgreview.pipeline.blocking import similarities

        project = Project.open(self.path)
        candidates = project.candidates()
        for side in ("left", "right"):
            if not _within(getattr(candidates, side), self._graphs[side].num_entities):
                yield Finding(f"candidates/{side}.npy", "names entities that are not there", _AGAIN)
                return
        similarities(project)
        self._candidates = len(candidates)

    def versions(self) -> Iterator[Finding]:
        for version in self._versions:
            yield from _told(self.path, version.name, functools.partial(self._version, version))

    def _version(self, version: Version) -> Iterator[Finding]:
        folder, where = self.path / "models" / version.name, f"models/{version.name}"
        if not folder.is_dir():
            what = "is not there, and the version is current" if version.current else "is not there"
            yield Finding(where, what, f"{_BACKUP}, or promote another version", version.current)
            return
        for file in sorted(folder.glob("*.json")):
            read_json(file)
        for file in sorted(folder.glob("*.npy")):
            open_column(file)
        if version.current:
            yield from self._columns(folder, where, version.name)
        if self.networks and uses_network(folder):
            from kgreview.aligner.checkpoint import Checkpoint

            if not Checkpoint.load(folder).is_finite():
                yield Finding(f"{where}/{WEIGHTS}", "holds what is not a number", _BACKUP)

    def _columns(self, folder: Path, where: str, version: str) -> Iterator[Finding]:
        """Look whether what explains the current scores is there, and of what there is now."""
        again = f"run `kgreview score {self.path} --version {version}`"
        scores = folder / "scores.npy"
        many = self._candidates
        if many >= 0 and scores.is_file() and len(open_column(scores)) != many:
            yield Finding(f"{where}/scores.npy", "is of other candidates", again)
        if not uses_network(folder):
            return
        files = [folder / f"{name}.npy" for name in _COLUMNS]
        for file in (*files, self.path / "features.npy"):
            if not file.is_file():
                yield Finding(file.relative_to(self.path).as_posix(), "is not there", again)
            else:
                open_column(file)
        samples = folder / "samples.npy"
        if len(self._graphs) == 2 and samples.is_file():
            edges = sum(len(graph.edge_neighbours) for graph in self._graphs.values())
            if not _within(open_column(samples) + 1, edges + 1):  # -1: none
                yield Finding(f"{where}/samples.npy", "names edges that are not there", again)

    def files(self) -> Iterator[Finding]:
        names = {version.name for version in self._versions}
        strange: list[str] = []
        left_over: list[str] = []
        for name in files_of(self.path):
            parts = PurePosixPath(name).parts
            of_version = parts[0] == "models" and len(parts) > 2
            if any(part.endswith(".new") or part.startswith(".refresh") for part in parts):
                left_over.append(name)
            elif parts[0] == "exports" or name.startswith(DATABASE) or parts[0].startswith("."):
                continue
            elif parts[0] not in _KNOWN or (of_version and names and parts[1] not in names):
                strange.append(name)
        if left_over:
            remedy = "the next job takes them away; while none runs they may be removed"
            yield Finding(*_named(left_over, "half-written"), remedy, False)
        if strange:
            remedy = "nothing reads it: remove it if nobody else needs it"
            yield Finding(*_named(strange, "belonging to nothing"), remedy, False)


def _named(names: list[str], what: str) -> tuple[str, str]:
    more = f" and {len(names) - _MOST_NAMED:,} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more, f"{counted(len(names), 'file')} {what}"


def _within(column: npt.NDArray[Any], end: int) -> bool:
    """Whether all numbers of a column are below ``end``, and none is negative."""
    if not len(column):
        return True
    return column.dtype.kind in "iu" and int(column.min()) >= 0 and int(column.max()) < end

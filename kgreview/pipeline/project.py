"""A project: one folder with two graphs, a database and the versions of the network."""

from __future__ import annotations

import contextlib
import functools
import glob
import json
import os
import shutil
import zipfile
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from kgreview.aligner.explanation import PairAttention, read_attention
from kgreview.candidates.blocking import Candidates
from kgreview.errors import InputError, KGReviewError
from kgreview.exchange.division import set_aside
from kgreview.exchange.export import ExportSettings
from kgreview.exchange.links import KnownLinks, read_known_links
from kgreview.exchange.pair_folders import PairFolder, refuse_pair
from kgreview.exchange.sources import SourceOptions, read_source
from kgreview.graph.counterparts import Counterparts
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.links import Links
from kgreview.graph.paired import of_paired_types, unpaired_words
from kgreview.graph.schema import Schema, check_schema, read_schema
from kgreview.graph.shared_ids import links_of_shared_ids, shared_id_words
from kgreview.graph.suggestion import cardinality_words, infer_schema
from kgreview.pipeline import swap
from kgreview.pipeline.project_settings import (
    FORMAT,
    ProjectSettings,
    read_settings,
    settings_of,
)
from kgreview.progress import Notice, Progress, about, silent
from kgreview.store.database import Database, check_there, database
from kgreview.store.decisions import Told, enter_decisions
from kgreview.store.outcomes import Outcome

SPLITS = ("train", "valid")  # of the known links

SETTINGS = "kgreview.json"
_NOTES = "notes.json"
SCHEMA = "schema.json"
_AS_IT_IS = SourceOptions()
_Columns = TypeVar("_Columns")
_Mark = tuple[int, int, int] | None  # None: the file is not there


class Project:
    """An existing project. Opening one reads next to nothing: its graphs are memory-mapped."""

    def __init__(
        self,
        path: Path,
        settings: ProjectSettings,
        generation: int = 0,
        marks: tuple[_Mark, ...] | None = None,
    ) -> None:
        """``generation``: how often its graphs were refreshed, see ``swap``.

        ``marks``: of the files it was opened with; ``None``: nobody looks whether they changed.
        """
        self.path = path
        self.settings = settings
        self.generation = generation
        self._marks = marks

    @classmethod
    def open(cls, path: Path) -> Project:
        """Open a project folder.

        Raises ``InputError`` where there is none, and ``StoreError`` where its database is gone.
        """
        file = path / SETTINGS
        if not file.is_file():
            raise InputError(
                f"{path}: is not a kgreview project; create one with `kgreview create {path} …`"
            )
        marks = _marks_of(path)  # before they are read
        settings = read_settings(file)
        check_there(path / swap.DATABASE)
        return cls(path, settings, swap.settled_generation(path), marks)

    @property
    def state(self) -> tuple[Hashable, ...]:
        """When it was made, how often it was refreshed, and which settings and schema it has.

        Whatever is kept of a project is of one state.
        """
        return self.settings.created_at, self.generation, self._marks

    @cached_property
    def left(self) -> KnowledgeGraph:
        """The left graph."""
        return self.as_opened(KnowledgeGraph.open(self.path / "left"))

    @cached_property
    def right(self) -> KnowledgeGraph:
        """The right graph."""
        return self.as_opened(KnowledgeGraph.open(self.path / "right"))

    @cached_property
    def schema(self) -> Schema:
        """What corresponds between the two."""
        file = self.path / SCHEMA
        try:
            schema = Schema.from_json(json.loads(file.read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            raise InputError.at(file, f"{error}; mend it, or restore it from a copy") from error
        check_schema(file, schema, self.left, self.right)
        return schema

    @property
    def counterparts(self) -> Counterparts:
        """How many counterparts entities may have, as the schema says."""
        return Counterparts.of(self.left, self.right, self.schema.cardinality)

    def complete_schema(self) -> None:
        """Suggest what the schema of an earlier release lacks, from attributes to relations."""
        file = self.path / SCHEMA
        parts = json.loads(file.read_text(encoding="utf-8"))
        if "readings" not in parts or "relations" not in parts:
            links = Links.concatenate(self.links("train"), self.links("valid"))
            suggested = functools.partial(infer_schema, self.left, self.right, links)
            self.save_schema(read_schema(file, self.left, self.right, suggested))

    def save_schema(self, schema: Schema) -> None:
        """Write the schema whole, in the place of the one before. It must have been checked."""
        file = self.path / SCHEMA
        making = file.with_name(f"{SCHEMA}.{os.getpid()}.new")
        try:
            _write_json(making, schema.to_json())
            making.replace(file)
        finally:
            making.unlink(missing_ok=True)
        self.__dict__.pop("schema", None)  # what was read before
        self._mark_anew()

    @cached_property
    def notes(self) -> list[str]:
        """What was cut, guessed or left out when the project was made, a line each."""
        try:
            return [str(note) for note in json.loads((self.path / _NOTES).read_text("utf-8"))]
        except (OSError, ValueError, TypeError):  # of an earlier release
            return []

    def save_export_settings(self, export: ExportSettings) -> None:
        """Keep how the alignment is handed on; all other settings stay as the file has them."""
        file = self.path / SETTINGS
        values = json.loads(file.read_text(encoding="utf-8"))
        making = file.with_name(f".{SETTINGS}.{os.getpid()}.new")
        _write_json(making, values | {"export": asdict(export)})
        making.replace(file)
        self.settings = replace(self.settings, export=export)
        self._mark_anew()

    def _mark_anew(self) -> None:
        if self._marks is not None:
            self._marks = _marks_of(self.path)

    @contextlib.contextmanager
    def database(self) -> Iterator[Database]:
        """Open the database for the length of a ``with`` block; one for each thread.

        Raises ``KGReviewError`` where another project was put in the place of this one.
        """
        self._refuse_another()
        with database(self.path / swap.DATABASE) as db:
            yield db

    def links(self, split: str) -> Links:
        """Give the links the project was created with that are of use: ``train`` or ``valid``.

        Those that join types the schema does not pair are left out; ``unpaired_matches`` counts.
        They tell of other pairs as far as the schema lets them, see ``Counterparts.opened``.
        """
        return self.counterparts.opened(self.paired_links(split))

    def paired_links(self, split: str) -> Links:
        """Give the links of use of a split as they were stated."""
        links = self.stated_links(split)
        return links.take(of_paired_types(links, self.left, self.right, self.schema))

    def all_links(self) -> Links:
        """Give the links of use of both splits."""
        return Links.concatenate(*(self.links(split) for split in SPLITS))

    def unpaired_matches(self) -> int:
        """Count the matches among the links that join types the schema does not pair."""
        return sum(
            len(self.stated_links(split).matches) - len(self.links(split).matches)
            for split in SPLITS
        )

    def stated_links(self, split: str) -> Links:
        """Give all links of a split as they were stated, whatever the schema makes of them."""
        columns = self._link_columns(split)
        if not columns:
            return Links.empty()
        if "gold" not in columns:
            # of an earlier release: one non-match anywhere made all of them judged
            whole = all(each["label"].all() for each in map(self._link_columns, SPLITS) if each)
            columns["gold"] = np.full(len(columns["label"]), whole)
        return Links(columns["left"], columns["right"], columns["label"], columns["gold"])

    def _link_columns(self, split: str) -> dict[str, npt.NDArray[Any]]:
        file = self.link_file(split)
        if not file.exists():
            return {}
        try:
            with file.open("rb") as raw, np.load(raw, allow_pickle=False) as columns:
                return self.as_opened(dict(columns))
        except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
            raise InputError.at(file, f"is damaged ({error}); restore it from a copy") from error

    def link_file(self, split: str) -> Path:
        """Name the file with the links of a split."""
        return self.path / "links" / f"{split}.npz"

    def candidates(self) -> Candidates:
        """Open the candidate columns. Raises ``KGReviewError`` before the first blocking."""
        folder = self.path / "candidates"
        if not folder.is_dir():
            raise KGReviewError(f"{self.path}: has no candidates yet; run `kgreview block`")
        return self.as_opened(Candidates.open(folder))

    def as_it_is(self) -> Project:
        """Give the project as it is now: itself, or opened anew where rows or settings are new.

        Raises ``KGReviewError`` where another project was put in its place.
        """
        self._refuse_another()
        unchanged = self._marks is None or _marks_of(self.path) == self._marks
        return self if unchanged and self._is_present else Project.open(self.path)

    @property
    def _is_present(self) -> bool:
        """Whether it has got no new rows since it was opened."""
        return swap.generation(self.path) == self.generation

    def _refuse_another(self) -> None:
        """Raise ``KGReviewError`` where another project has the place of this one.

        Its database is not to be read beside this one's graphs. When a project was made tells it
        from others; looks no further while the file is the same.
        """
        if self._marks is None or _mark_of(self.path / SETTINGS) == self._marks[0]:
            return
        try:
            values = json.loads((self.path / SETTINGS).read_text(encoding="utf-8"))
            made = values.get("created_at") if isinstance(values, dict) else None
        except (OSError, ValueError) as error:
            raise KGReviewError(
                f"{self.path}: is not the project any more that was open ({error})"
            ) from error
        if made != self.settings.created_at:
            raise KGReviewError(
                f"{self.path}: another project was put in the place of the one that was open, and "
                "nothing was saved; open it again"
            )

    def as_opened(self, columns: _Columns) -> _Columns:
        """Give columns just opened, unless a refresh has put others in their place meanwhile.

        So no rows of graphs of before are looked up in columns of after.
        """
        self._refuse_another()
        if not self._is_present:
            raise KGReviewError(f"{self.path}: has got new rows just now; try again")
        return columns

    @property
    def features(self) -> Path:
        """Name the column of layer 0, (left + right entities, width); scoring writes it."""
        return self.path / "features.npy"

    @property
    def urls(self) -> tuple[str, str]:
        """Give the templates of either graph's entity pages; '' where there is none."""
        return self.settings.left_url, self.settings.right_url

    def version_folder(self, version: str) -> Path:
        """Give the folder of a version of the network."""
        folder = self.path / "models" / version
        if folder.parent != self.path / "models" or not folder.is_dir():
            raise InputError(
                f"{self.path}: has no folder of version '{version}'; `kgreview versions` lists "
                "what there is, and what is gone can be restored from a copy of the project"
            )
        return folder

    def attention(self, version: str, candidate: int) -> PairAttention | None:
        """Read what a version looked at for a candidate; ``None`` where no network scored it.

        Nor is any stored of a pair that people added: it is computed when the pair is explained.
        Costs two rows of two memory-mapped columns, whatever the size of the graphs.
        """
        pairs = self.candidates()
        if not 0 <= candidate < len(pairs):
            return None
        return read_attention(
            self.version_folder(version),
            candidate,
            (self.left, int(pairs.left[candidate])),
            (self.right, int(pairs.right[candidate])),
        )


def _marks_of(path: Path) -> tuple[_Mark, ...]:
    """Give what tells the settings and the schema of a project from what they were."""
    return _mark_of(path / SETTINGS), _mark_of(path / SCHEMA)


def _mark_of(file: Path) -> _Mark:
    try:
        found = file.stat()
    except OSError:
        return None
    # a copy may keep the time, and a file written in the place of another have its number
    return found.st_mtime_ns, found.st_size, found.st_ino


def create_project(
    path: Path,
    left: Path | None = None,
    right: Path | None = None,
    *,
    pair: PairFolder | None = None,
    links: Sequence[Path] = (),
    valid_links: Sequence[Path] = (),
    same_ids: bool = False,
    links_format: str | None = None,
    schema: Path | None = None,
    name: str | None = None,
    seed: int = 0,
    audit_share: float = 0.1,
    left_options: SourceOptions = _AS_IT_IS,
    right_options: SourceOptions = _AS_IT_IS,
    progress: Progress = silent,
) -> Project:
    """Import two graphs and their known links into a new project folder.

    The graphs come in any form that ``read_source`` knows, which the options may name; the links
    in any that ``read_link_source`` knows, which ``links_format`` may name. With ``same_ids``,
    entities of paired types that have the same id on both sides are links, too. Left entities that
    a file of links says have no counterpart are entered as decisions. Without ``valid_links`` a
    fifth of the links is set aside for validation. ``pair`` stands in the place of graphs and
    links: of its links those for training and validation are used. The project is made
    beside its place and renamed into it, so that whatever happens there is a whole one or none.
    Raises ``InputError`` where ``path`` exists or the input is at fault.
    """
    if os.path.lexists(path):  # a link that leads nowhere too
        raise InputError(f"{path}: exists already; choose another name or remove it first")
    settings = _new_settings(name or path.name, seed, audit_share)
    making = path.with_name(f".{path.name}.{os.getpid()}.new")
    made: list[Path] = []  # folders above it that were not there, the lowest first
    try:
        clear_killed(path)
        made = [above for above in path.parents if not above.exists()]
        making.mkdir(parents=True)
        notes: list[str] = []  # what was cut, guessed or left out
        note: Notice = notes.append
        if pair is not None:
            sides = pair.read_graphs(progress, note)
            told = pair.read_links(SPLITS, *sides, progress, note)
        else:
            sides = _read_sides((left, left_options), (right, right_options), progress, note)
            files = {"train": links, "valid": valid_links}
            told = read_known_links(files, *sides, progress, note, links_format)
        for side, graph in zip(("left", "right"), sides, strict=True):
            graph.save(making / side)
        given = dict(told.links)
        known = Links.concatenate(*given.values())
        shared = links_of_shared_ids(*sides, known)
        joined = Links.concatenate(known, shared) if same_ids else known
        suggested = functools.partial(infer_schema, *sides, joined)
        chosen = (
            suggested(notice=notes.append)
            if schema is None
            else read_schema(schema, *sides, suggested)
        )
        if not chosen.types:
            raise InputError(
                "no type of the left graph corresponds to one of the right graph; give links, or "
                'name the pairs with --schema FILE: {"types": [["LEFT TYPE", "RIGHT TYPE"]]}'
            )
        _write_json(making / SCHEMA, chosen.to_json())
        notes += unpaired_words(known, *sides, chosen)
        notes += cardinality_words(*sides, joined, chosen)
        shared = shared.take(of_paired_types(shared, *sides, chosen))
        notes += shared_id_words(shared, sides[0], same_ids)
        if same_ids:
            given["train"] = Links.concatenate(given["train"], shared)
        divided = valid_links or (pair is not None and "valid" in pair.splits)
        _save_links(making / "links", given if divided else set_aside(given["train"], seed))
        _write_json(making / _NOTES, notes)
        _write_json(making / SETTINGS, {"format": FORMAT, **asdict(settings)})
        # made now, so that a first look finds it
        with database(making / swap.DATABASE, create=True) as db:
            enter_decisions(db, _decisions_of(told))
        _rename(making, path)
    except OSError as error:
        raise KGReviewError(
            f"{path}: cannot be written ({error.strerror or error}); free space or choose another "
            "folder"
        ) from error
    finally:
        shutil.rmtree(making, ignore_errors=True)
        for above in made:
            with contextlib.suppress(OSError):
                above.rmdir()  # fails, as it should, where something stands in it
    return Project.open(path)


def _new_settings(name: str, seed: int, audit_share: float) -> ProjectSettings:
    # to the microsecond: no other project has it
    created_at = datetime.now(UTC).isoformat(timespec="microseconds")
    given = {"name": name, "created_at": created_at, "seed": seed, "audit_share": audit_share}
    try:
        return settings_of(given)
    except ValueError as error:
        raise InputError(str(error)) from error


def _decisions_of(known: KnownLinks) -> Iterator[Told]:
    """Give the decisions that files of links tell."""
    for nobody in known.no_counterpart:
        yield Told(nobody.left, "", Outcome.NO_COUNTERPART, *nobody[1:])
    for each in known.judged:
        yield Told(each.left, each.right, each.outcome, each.curator, each.note, each.reason)


def _read_sides(
    left: tuple[Path | None, SourceOptions],
    right: tuple[Path | None, SourceOptions],
    progress: Progress,
    note: Notice,
) -> tuple[KnowledgeGraph, KnowledgeGraph]:
    def read(source: Path | None, options: SourceOptions) -> KnowledgeGraph:
        if source is None:
            raise InputError("give both graphs, left and right, or a pair folder")
        refuse_pair(source)
        return read_source(source, options, progress, about(source, note))

    return read(*left), read(*right)


def clear_leftovers(project: Project) -> None:
    """Remove what killed work left half-written. Only for who holds the place for a job."""
    swap.clear(project.path)
    models = project.path / "models"
    started = (project.path / "candidates.new", project.path / "features.npy.new")
    for left in (*started, *models.glob(".*.new"), *models.glob("*/*.new")):
        shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink(missing_ok=True)


def clear_killed(path: Path) -> None:
    """Remove what killed processes left of making this very project."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.new"):
        pid = left.name.split(".")[-2]
        if pid.isdecimal() and not is_alive(int(pid)):
            shutil.rmtree(left, ignore_errors=True)


def is_alive(pid: int) -> bool:
    """Whether there is a process of this number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        pass  # somebody else's
    return True


def _rename(making: Path, path: Path) -> None:
    try:
        making.rename(path)  # fails where somebody else was faster, since the folder is not empty
    except OSError as error:
        if path.exists():
            raise InputError(f"{path}: exists already; choose another name") from error
        raise


def _save_links(folder: Path, splits: Mapping[str, Links]) -> None:
    folder.mkdir()
    for split, links in splits.items():
        links.save(folder / f"{split}.npz")


def _write_json(path: Path, values: Any) -> None:
    path.write_text(json.dumps(values, indent=1, ensure_ascii=False), encoding="utf-8")

"""A project: one folder with two graphs, a database and the versions of the network."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import zipfile
from collections.abc import Hashable, Iterator
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from kgreview.aligner.explanation import PairAttention, read_attention
from kgreview.candidates.blocking import Candidates
from kgreview.errors import InputError, KGReviewError
from kgreview.graph.counterparts import Counterparts
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.links import Links
from kgreview.graph.paired import of_paired_types
from kgreview.graph.schema import Schema
from kgreview.graph.schema_file import check_schema, read_schema
from kgreview.graph.schema_json import schema_from_json, schema_to_json
from kgreview.graph.suggestion import infer_schema
from kgreview.pipeline import swap
from kgreview.pipeline.project_settings import ProjectSettings, read_settings, settings_of
from kgreview.store.database import Database, check_there, database, writing

SPLITS = ("train", "valid")  # of the known links
SETTINGS = "kgreview.json"
NOTES = "notes.json"
SCHEMA = "schema.json"
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
            schema = schema_from_json(json.loads(file.read_text(encoding="utf-8")))
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
            write_json(making, schema_to_json(schema))
            making.replace(file)
        finally:
            making.unlink(missing_ok=True)
        self.__dict__.pop("schema", None)  # what was read before
        self._mark_anew()

    @cached_property
    def notes(self) -> list[str]:
        """What was cut, guessed or left out when the project was made, a line each."""
        try:
            return [str(note) for note in json.loads((self.path / NOTES).read_text("utf-8"))]
        except (OSError, ValueError, TypeError):  # of an earlier release
            return []

    def save_settings(self, **changes: Any) -> None:
        """Keep changed settings by their names; all others stay as the file has them.

        Of two who save at once, one comes after the other. Raises ``InputError`` for what makes no
        sense, of which nothing is kept.
        """
        file = self.path / SETTINGS
        with self.database() as db, writing(db):
            values = json.loads(file.read_text(encoding="utf-8"))
            given = {name: value for name, value in values.items() if name != "format"}
            try:
                changed = settings_of(given | changes)
            except ValueError as error:
                raise InputError(f"not saved: {error}") from error
            stated = asdict(changed)
            making = file.with_name(f".{SETTINGS}.{os.getpid()}.new")
            write_json(making, values | {name: stated[name] for name in changes})
            making.replace(file)
        self.settings = changed
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
        now = file.stat()
    except OSError:
        return None
    # a copy may keep the time, and a file written in the place of another have its number
    return now.st_mtime_ns, now.st_size, now.st_ino


def write_json(path: Path, values: Any) -> None:
    """Write values as JSON that people may read and edit."""
    path.write_text(json.dumps(values, indent=1, ensure_ascii=False), encoding="utf-8")

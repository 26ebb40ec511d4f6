"""A new version's folder, and its row in the database."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kgreview.aligner.settings import AlignerSettings
from kgreview.pipeline.project import Project
from kgreview.store.versions import add_version, versions


@dataclass(frozen=True)
class VersionReport:
    """A version that was made, and its figures on held-out pairs."""

    name: str
    kind: str
    figures: dict[str, float]
    held: str | None = None  # why it is not made current
    missing: str | None = None  # why it has no network
    measured_on: str | None = None  # what its figures are of, if it has any
    interrupted: bool = False

    def to_json(self) -> dict[str, Any]:
        """Give the report as JSON values."""
        words = {"measured_on": self.measured_on, "missing": self.missing, "held_back": self.held}
        stated = {name: word for name, word in words.items() if word is not None}
        return {"version": self.name, "kind": self.kind, **self.figures, **stated}


@dataclass(frozen=True)
class NewVersion:
    """What is entered of a version."""

    kind: str
    parent: str | None
    figures: dict[str, float]
    settings: AlignerSettings
    threshold: float
    decisions: Sequence[int] = ()  # ids of those it saw
    held: str | None = None  # why it is not made current


def enter_version(project: Project, folder: Path, new: NewVersion) -> VersionReport:
    """Give a folder that holds a new version its place, and enter it in the database."""
    with project.database() as db:
        taken = {version.name for version in versions(db)}
    number = 1 + max((int(name[1:]) for name in taken), default=0)
    name = f"v{number}"
    shutil.rmtree(folder.with_name(name), ignore_errors=True)  # killed before it was entered
    folder.rename(folder.with_name(name))
    with project.database() as db:
        add_version(
            db,
            name,
            parent=new.parent,
            kind=new.kind,
            settings=new.settings.to_json(),
            figures=new.figures,
            seed=new.settings.seed,
            threshold=new.threshold,
            decisions=new.decisions,
            held=new.held,
        )
    return VersionReport(name, new.kind, new.figures, new.held)


@contextlib.contextmanager
def new_folder(models: Path) -> Iterator[Path]:
    """Make a folder to work in, which is renamed when it is whole, or gone at the end."""
    making = models / f".{os.getpid()}.new"
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    try:
        yield making
    finally:
        shutil.rmtree(making, ignore_errors=True)

"""What a blocking has made so far, so that one that was stopped goes on where it was.

It lies in a folder of the project beside the candidates, and takes their place in the end. A digest
says of what it is: the two graphs, the schema, and the release. Of anything else nothing is kept.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kgreview import __version__
from kgreview.arrays import Ints
from kgreview.candidates.blocking import Candidates
from kgreview.features.similarity import AT_ONCE, PairSimilarity
from kgreview.graph.columns import rows_written, write_column
from kgreview.graph.schema_json import schema_to_json
from kgreview.pipeline.project import SCHEMA, Project
from kgreview.progress import Progress

_FOLDER = "candidates.part"
_OF, _NOTES = "of.txt", "notes.json"  # of what it is; written when all candidates are there
_BYTES = 1 << 24


@dataclass(frozen=True)
class BlockingWork:
    """The candidates that are being made, and how alike they are as far as that is known."""

    folder: Path

    @classmethod
    def of(cls, project: Project, among: Ints | None) -> BlockingWork:
        """Go on with what was made of the same before, or begin.

        ``among``: the left rows whose candidates are kept, if not all are.
        """
        folder = project.path / _FOLDER
        digest = _digest(project, among)
        file = folder / _OF
        if not file.exists() or file.read_text(encoding="utf-8") != digest:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            (folder / SCHEMA).write_text(
                json.dumps(schema_to_json(project.schema)), encoding="utf-8"
            )
            file.write_text(digest, encoding="utf-8")
        return cls(folder)

    def candidates(self, find: Callable[[list[str]], Candidates]) -> tuple[Candidates, list[str]]:
        """Give the candidates, and notes on how they were found; ``find`` gives both."""
        file = self.folder / _NOTES
        if not file.exists():
            notes: list[str] = []
            find(notes).save(self.folder)
            making = file.with_suffix(".new")
            making.write_text(json.dumps(notes), encoding="utf-8")
            making.replace(file)
        return Candidates.open(self.folder), json.loads(file.read_text(encoding="utf-8"))

    def compare(
        self, candidates: Candidates, similarity: PairSimilarity, progress: Progress
    ) -> None:
        """Write how alike the candidates are, those that are not compared yet."""
        file, names = self.folder / "similarities.npy", self.folder / "similarities.json"
        named = json.dumps(similarity.feature_names, ensure_ascii=False)
        shape, before = (len(candidates), len(similarity.feature_names)), 0
        if names.exists() and names.read_text(encoding="utf-8") == named:
            before = rows_written(file, shape, np.float16) // AT_ONCE * AT_ONCE
        else:
            file.unlink(missing_ok=True)
            names.write_text(named, encoding="utf-8")

        def tell(stage: str, done: int, total: int | None = None, **figures: float) -> None:
            progress(stage, before + done, None if total is None else before + total, **figures)

        rest = candidates.left[before:], candidates.right[before:]
        write_column(file, shape, np.float16, similarity.in_parts(*rest, tell), before)

    def finish(self, target: Path) -> None:
        """Put it in the place of the candidates there were."""
        for name in (_OF, _NOTES):
            (self.folder / name).unlink()
        shutil.rmtree(target, ignore_errors=True)
        self.folder.rename(target)

    def drop(self) -> None:
        """Remove it: on a full disk its room is wanted for decisions."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _digest(project: Project, among: Ints | None) -> str:
    digest = hashlib.blake2b(f"{__version__} {among is None}".encode(), digest_size=16)
    if among is not None:
        digest.update(np.ascontiguousarray(among).data)
    digest.update(json.dumps(schema_to_json(project.schema), sort_keys=True).encode())
    for side in ("left", "right"):
        for file in sorted((project.path / side).rglob("*")):
            if file.is_file():
                digest.update(f"\n{file.relative_to(project.path)}\n".encode())
                for part in _read(file):
                    digest.update(part)
    return digest.hexdigest()


def _read(file: Path) -> Iterable[Any]:
    with file.open("rb") as opened:
        while part := opened.read(_BYTES):
            yield part

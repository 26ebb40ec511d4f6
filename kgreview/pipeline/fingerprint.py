"""Which candidates a version's scores are of: a stamp in its folder says so. No network is loaded.

After another blocking a version's columns are of candidates that are gone, and of the present ones
only when it has scored them. Neither name nor length of a column tells that.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kgreview.graph.columns import let_go
from kgreview.pipeline.project import Project

STAMP = "candidates.txt"  # in a version's folder: which candidates its columns are of

_COLUMNS = ("left.npy", "right.npy", "similarities.npy")  # of the candidates

_AT_ONCE = 100_000  # rows read at once


def fingerprint(*columns: npt.NDArray[Any]) -> str:
    """Name candidates by their columns: left rows, right rows, similarities."""
    digest = hashlib.blake2b(digest_size=16)
    for column in columns:
        for start in range(0, len(column), _AT_ONCE):
            digest.update(np.ascontiguousarray(column[start : start + _AT_ONCE]).data)
            let_go(column)
    return digest.hexdigest()


def present_scores(project: Project, version: str) -> npt.NDArray[np.float32] | None:
    """Give a version's scores of the present candidates (pairs,), ``None`` where it has none.

    They are memory-mapped.
    """
    folder, candidates = project.path / "models" / version, project.path / "candidates"
    files = tuple(candidates / name for name in _COLUMNS)
    try:
        present = _fingerprint_of(files, tuple(file.stat().st_mtime_ns for file in files))
        if (folder / STAMP).read_text(encoding="utf-8") != present:
            return None
        scores: npt.NDArray[np.float32] = np.load(folder / "scores.npy", mmap_mode="r")
    except (OSError, ValueError, EOFError):
        return None
    return np.asarray(scores) if len(scores) == len(project.candidates()) else None


@lru_cache(maxsize=4)  # a page asks with each click, and there may be a gigabyte to read
def _fingerprint_of(files: tuple[Path, ...], _written: tuple[int, ...]) -> str:
    return fingerprint(*(np.load(file, mmap_mode="r") for file in files))

"""What killed work left half-written in a project, or beside it."""

from __future__ import annotations

import glob
import os
import shutil
from pathlib import Path

from kgreview.pipeline import swap
from kgreview.pipeline.project import Project


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

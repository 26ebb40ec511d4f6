"""One guard around pages and commands: what a user can act on is told in one line.

What is no ``KGReviewError`` and no fault of the machine is a defect, and shows where it is.
"""

from __future__ import annotations

import sys
from pathlib import Path

from kgreview.errors import KGReviewError
from kgreview.pipeline.doctor import examine
from kgreview.pipeline.project import SETTINGS
from kgreview.store.database import StoreError, fault_in_words

_NO_MEMORY = (
    "the memory of this machine is not enough; close other programs, or give smaller files: "
    "nothing half-done was kept"
)


def is_project_folder(path: Path) -> bool:
    """Whether a path is a project's, however damaged."""
    try:
        return (path / SETTINGS).is_file()
    except (OSError, ValueError):  # a name that no file can have
        return False


def in_one_line(error: BaseException, project: Path | None = None) -> KGReviewError | None:
    """Give what a user is told of an error; ``None``: it is a defect.

    Told are faults of the input, of the database's file, of disk and memory, and, where anything
    else fails in ``project``, what is damaged there.
    """
    if isinstance(error, KGReviewError):
        return error
    if isinstance(error, MemoryError):  # a damaged length may ask for terabytes
        damage = None if project is None else _damage_of(project)
        return damage or KGReviewError(_NO_MEMORY)
    if (words := fault_in_words(error)) is not None:
        return StoreError(words)
    if isinstance(error, OSError):  # the disk is full, a folder may not be written or read
        where = f"{error.filename}: " if error.filename else ""
        return KGReviewError(
            f"{where}{error.strerror or error}; see to the disk's room and the folder's rights, "
            "then try again"
        )
    return None if project is None else _damage_of(project)


def _damage_of(project: Path) -> KGReviewError | None:
    """Name what is damaged in a project, in which something failed that should not."""
    # weights fail only where the network is loaded; to import it for a message takes seconds
    faults = examine(project, networks="torch" in sys.modules).faults
    if not faults:
        return None
    more = f" (and {len(faults) - 1} more: `kgreview doctor {project}`)" if len(faults) > 1 else ""
    return KGReviewError(f"{project}/{faults[0]}{more}")

"""New rows take the place of old ones all at once, whatever ends the process.

A refresh makes all files beside their places, in ``PROJECT/.refresh``, while the project goes on as
it is. Then one transaction changes the database and says there that the files belong to it; when it
is committed, the new project stands, and renames put the files in their places. Whoever opens the
project while that is going on, or after a kill in its midst, completes it first. The write lock of
the database keeps two from doing so at once. Killed before the commit, nothing has changed.

``PROJECT/generation`` counts the refreshes. It is written before the commit, within the
transaction, so that who has read the database of before and opens a file after it notices.
"""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from kgreview.store.database import Database, database, get_meta, writing

_STAGED = ".refresh"
_NEW, _OLD = "new", "old"  # in it: what takes a place, and what had it
_GENERATION = "generation"  # the file, and the key in meta
_COMMITTED = "refresh"  # key in meta: the staged files belong to this database
DATABASE = "kgreview.db"


def generation(path: Path) -> int:
    """Say how often the graphs of a project folder were refreshed."""
    try:
        return int((path / _GENERATION).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return 0


def settled_generation(path: Path) -> int:
    """Complete what a refresh has committed, if there is any; give the generation after it."""
    while True:
        number = generation(path)
        if (path / _STAGED).is_dir() and (path / DATABASE).is_file():
            _complete(path)
        if generation(path) == number:
            return number


def clear(path: Path) -> None:
    """Complete what was committed, and remove what was not. Only while no refresh is at work."""
    if (path / DATABASE).is_file():
        _complete(path)
    for left in (path / _STAGED, *path.glob(f"{_STAGED}.*.done")):
        shutil.rmtree(left, ignore_errors=True)


@contextlib.contextmanager
def staged(path: Path) -> Iterator[Path]:
    """Give an empty folder for files, by their paths in the project; gone when all is over."""
    clear(path)
    folder = path / _STAGED / _NEW
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        clear(path)


def commit(path: Path, change: Callable[[Database], None]) -> None:
    """Change the database and put the staged files in their places, both or neither.

    ``change`` writes, inside the transaction. A staged folder or file takes the place of the whole
    of what has its path; beside it, what its folder holds stays.
    """
    with database(path / DATABASE) as db, writing(db):
        change(db)
        number = int(get_meta(db, _GENERATION) or 0) + 1
        _put(db, _GENERATION, number)
        _put(db, _COMMITTED, True)
        _write_generation(path, number)
    settled_generation(path)


def _complete(path: Path) -> None:
    with database(path / DATABASE) as db:
        number = int(get_meta(db, _GENERATION) or 0)
        if get_meta(db, _COMMITTED) is None and generation(path) == number:
            return  # a refresh is at work, or was killed at it
        with writing(db):  # after one that commits right now
            number = int(get_meta(db, _GENERATION) or 0)
            if generation(path) != number:  # killed before its commit
                _write_generation(path, number)
            if get_meta(db, _COMMITTED) is None:
                return
            _move(path / _STAGED, path)
            # another refresh may begin as soon as the lock is free
            done = path / f"{_STAGED}.{number}.done"
            with contextlib.suppress(FileNotFoundError):
                (path / _STAGED).rename(done)
            db.execute("DELETE FROM meta WHERE key = ?", [_COMMITTED])
    shutil.rmtree(done, ignore_errors=True)


def _move(staging: Path, path: Path) -> None:
    """Rename all that is staged into its place; what was done before a kill is not done again."""
    new, old = staging / _NEW, staging / _OLD
    for place in [path / entry.relative_to(new) for entry in _entries(new)]:
        name = place.relative_to(path)
        if place.is_dir():
            aside = old / name
            shutil.rmtree(aside, ignore_errors=True)
            aside.parent.mkdir(parents=True, exist_ok=True)
            place.rename(aside)
        place.parent.mkdir(parents=True, exist_ok=True)
        (new / name).replace(place)


def _entries(new: Path) -> list[Path]:
    """Give what is renamed as one: folders at the top, and each file of a version's folder."""
    entries = []
    for entry in sorted(new.iterdir()) if new.is_dir() else []:
        entries += sorted(entry.glob("*/*")) if entry.name == "models" else [entry]
    return entries


def _put(db: Database, key: str, what: object) -> None:
    db.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", [key, json.dumps(what)])


def _write_generation(path: Path, number: int) -> None:
    making = path / f"{_GENERATION}.new"
    making.write_text(str(number), encoding="utf-8")
    making.replace(path / _GENERATION)

"""The database's file itself: copied while others write, and checked page by page."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

from kgreview.progress import Progress, silent
from kgreview.store.database import StoreError, database, fault_in_words, get_meta, value, writing
from kgreview.store.decisions import now

_PAGES = 2_000  # copied between two reports
_MOST_FAULTS = 10  # of a damaged file that are listed
_PATIENCE = 30.0  # s that candidates may take to be put in place


def copy_database(
    path: Path, target: Path, beside: Callable[[], None], progress: Progress = silent
) -> None:
    """Copy a database that others may be writing: as it is while ``beside`` is called.

    No other process writes to it during ``beside``, so that files that are kept then belong to the
    copy; writers do not wait for the copy itself. Raises ``StoreError`` for a damaged database, and
    where candidates are being put in place for longer than half a minute.
    """

    def report(_status: int, left: int, total: int) -> None:
        progress("copy the database", total - left, total)

    name = f"{path.absolute().as_uri()}?mode=ro"
    try:
        with contextlib.closing(sqlite3.connect(name, uri=True, timeout=_PATIENCE)) as reader:
            reader.isolation_level = None
            _begin_beside(path, reader, beside)
            with contextlib.closing(sqlite3.connect(target)) as made:
                reader.backup(made, pages=_PAGES, progress=report)
                made.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{path}: {fault_in_words(error) or error}") from error


def _begin_beside(path: Path, reader: sqlite3.Connection, beside: Callable[[], None]) -> None:
    """Have a reader see the database as it is during a call, from then on."""
    until = time.monotonic() + _PATIENCE
    with database(path) as db:
        while True:
            with writing(db):
                if get_meta(db, "blocking") != "replacing":
                    reader.execute("BEGIN")
                    reader.execute("SELECT count(*) FROM sqlite_master").fetchone()
                    beside()
                    return
            if time.monotonic() > until:
                raise StoreError(
                    f"{path}: candidates are being put in place; try again when `kgreview status` "
                    "shows no job, or run `kgreview block` where it was killed"
                )
            time.sleep(0.1)


def faults_of(path: Path) -> list[str]:
    """Name what is damaged in a database's file; reads all of it, and writes nothing."""
    try:
        name = f"{path.absolute().as_uri()}?mode=ro"
        with contextlib.closing(sqlite3.connect(name, uri=True, timeout=_PATIENCE)) as db:
            rows = db.execute(f"PRAGMA integrity_check({_MOST_FAULTS})").fetchall()
            rows += [
                (f"a row of {table} names one of {other} that is not there",)
                for table, _, other, _ in db.execute("PRAGMA foreign_key_check").fetchmany(1)
            ]
    except sqlite3.Error as error:
        return [str(error)]
    return [" ".join(str(row[0]).split()) for row in rows if row[0] != "ok"]


def end_jobs(path: Path, message: str) -> int:
    """End the jobs that a copied database shows as running, which nobody does; give how many."""
    with database(path) as db, writing(db):
        running = int(value(db, "SELECT count(*) FROM jobs WHERE state = 'running'"))
        db.execute(
            "UPDATE jobs SET state = 'failed', message = ?, finished_at = ?"
            " WHERE state = 'running'",
            [message, now()],
        )
    return running

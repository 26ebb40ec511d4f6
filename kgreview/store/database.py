"""Opens ``kgreview.db`` so that many processes can read and write it and nothing saved is lost.

Write-ahead logging lets readers and one writer work side by side. A writer asks for the write lock
before it reads (``BEGIN IMMEDIATE``): it waits in line and can never find, half-way, that what it
read has changed, which SQLite would answer with an error that no waiting cures.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from kgreview.errors import KGReviewError
from kgreview.store.migrations import NEWEST, migrations

__all__ = [
    "Database",
    "StoreError",
    "connect",
    "database",
    "get_meta",
    "one_opening",
    "reading",
    "set_meta",
    "writing",
]

BUSY_SECONDS = 30.0  # how long a writer waits for the others before it gives up
DURABLE = "FULL"  # a commit has reached the disk before it returns
SPARED = "NORMAL"  # it has reached the log: what can be computed again is lost with the power
_LOOK_SECONDS = 0.002  # how often a waiting writer looks whether the lock is free
_CACHE_KIB = 64 * 2**10  # taken only as far as used: index pages of a million scores
_WAL_BYTES_KEPT = 64 * 2**20  # the log of a large import is cut back to this
_LOST = (
    "it holds all decisions: restore it from a copy of the project, or make the project anew with "
    "`kgreview create`"
)
_EMPTY = f"is empty; {_LOST}"

Parameters = dict[str, Any] | Sequence[Any]


class StoreError(KGReviewError):
    """The database could not do what was asked; nothing of it was saved."""


def connect(path: Path, *, create: bool = False) -> Database:
    """Open the database at ``path``, bringing it up to date where needed.

    Takes well under a millisecond on a database that is up to date. A connection belongs to the
    thread that opened it: open one for each script run, and close it (``database`` does both).
    ``create``: make it where it is not there, which only making a project does: a new one in the
    place of one that was lost would take decisions as if there had been none before. Raises
    ``StoreError`` for a file that is missing or empty, that is no database, or that a newer
    kgreview has written; nothing is written then.
    """
    if not create:
        check_there(path)
    db: Database | None = None
    try:
        # isolation_level None: no transaction begins by itself, `writing` alone begins them;
        # mode=rw: it may go between the look and the opening
        address = f"{path.absolute().as_uri()}?mode={'rwc' if create else 'rw'}"
        conn = sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, isolation_level=None)
        db = Database(conn, execute_plugins=False)
        _prepare(db, create=create)
    except BaseException as error:
        if db is not None:
            db.close()
        if isinstance(error, sqlite3.Error):
            raise StoreError(
                f"{path}: cannot be opened as a kgreview database ({error}); check that the file "
                "exists, is readable and writable, and that its disk is not full, or restore it "
                "from a backup"
            ) from error
        if isinstance(error, StoreError):
            raise StoreError(f"{path}: {error}") from error
        raise
    return db


def check_there(path: Path) -> None:
    """Raise ``StoreError`` where the file of the database is missing or empty. Opens nothing.

    SQLite would take either for a new database, and throw away the log beside it.
    """
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        raise StoreError(f"{path}: is missing; {_LOST}") from None
    except OSError as error:
        raise StoreError(f"{path}: cannot be looked at ({error.strerror or error})") from error
    if not size:
        raise StoreError(f"{path}: {_EMPTY}")


@contextlib.contextmanager
def database(path: Path, *, create: bool = False) -> Iterator[Database]:
    """Open the database for the length of a ``with`` block, see ``connect``.

    Raises ``StoreError`` too for pages of the file that turn out to be damaged within the block.
    """
    kept = None if create else _kept_open()
    db = connect(path, create=create) if kept is None else kept.open(path)
    try:
        yield db
    except sqlite3.DatabaseError as error:
        if (words := fault_in_words(error)) is None:
            raise
        raise StoreError(f"{path}: {words}") from error
    finally:
        if kept is None:
            db.close()


@contextlib.contextmanager
def one_opening() -> Iterator[None]:
    """Have ``database`` open each database once for the length of the block, in this thread.

    A page asks for it some ten times, each time in a few milliseconds of this and of what SQLite
    reads anew. It is opened again where another file has come into its place.
    """
    if _kept_open() is not None:  # within another such block
        yield
        return
    _of_thread.kept = _KeptOpen()
    try:
        yield
    finally:
        kept, _of_thread.kept = _of_thread.kept, None
        kept.close()


class _KeptOpen:
    """The databases that are open, by path, and of which file each is."""

    def __init__(self) -> None:
        self._open: dict[Path, tuple[tuple[int, int], Database]] = {}

    def open(self, path: Path) -> Database:
        check_there(path)
        file = path.stat()
        this = file.st_dev, file.st_ino
        if path in self._open and self._open[path][0] != this:
            self._open.pop(path)[1].close()
        if path not in self._open:
            self._open[path] = this, connect(path)
        return self._open[path][1]

    def close(self) -> None:
        for _, db in self._open.values():
            db.close()


_of_thread = threading.local()


def _kept_open() -> _KeptOpen | None:
    return getattr(_of_thread, "kept", None)


@contextlib.contextmanager
def reading(path: Path) -> Iterator[Database]:
    """Open a database that is there, to look into it: nothing is made, changed or migrated.

    Raises ``StoreError`` for what ``connect`` would refuse, and for one of an earlier release.
    """
    check_there(path)
    db: Database | None = None
    try:
        conn = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=1.0)
        db = Database(conn, execute_plugins=False)
        applied = max((migration.name for migration in migrations.applied(db)), default="")
        if not applied:
            raise StoreError(f"{path}: {_EMPTY}")
        if applied != NEWEST:
            raise StoreError(
                f"{path}: was written by a newer kgreview; update kgreview to open it"
                if applied > NEWEST
                else f"{path}: is of an earlier release; open the project once to have it migrated"
            )
        yield db
    except sqlite3.Error as error:
        raise StoreError(
            f"{path}: cannot be opened as a kgreview database ({error}); check that the file "
            "exists and is readable, or restore it from a copy"
        ) from error
    finally:
        if db is not None:
            db.close()


@contextlib.contextmanager
def writing(db: Database, *, durable: bool = True) -> Iterator[None]:
    """Make everything written in the block one transaction: all of it is saved, or nothing.

    When the block has ended it is on the disk, whatever happens to the process or the power.
    ``durable=False`` spares the wait for the disk: what is lost with the power is at most what was
    written since, never the file's integrity, and a killed process still loses nothing. It is for
    what can be computed again. Within another such block it is a part of that transaction, which
    ends as a whole. Raises ``StoreError`` when another process keeps the lock for ``BUSY_SECONDS``
    or the disk is full.
    """
    if db.conn.in_transaction:
        with _part(db):
            yield
        return
    if not durable:
        db.execute(f"PRAGMA synchronous = {SPARED}")
    try:
        _take_write_lock(db)
        try:
            yield
            db.execute("COMMIT")
        except BaseException:
            db.rollback()
            raise
    except sqlite3.OperationalError as error:
        raise StoreError(_in_words(error)) from error
    finally:
        if not durable:
            db.execute(f"PRAGMA synchronous = {DURABLE}")


@contextlib.contextmanager
def _part(db: Database) -> Iterator[None]:
    """Take back what the block wrote, and that alone, where it fails."""
    db.execute("SAVEPOINT part")
    try:
        yield
        db.execute("RELEASE part")
    except BaseException:
        if db.conn.in_transaction:  # SQLite itself ends the whole on a full disk
            db.execute("ROLLBACK TO part")
            db.execute("RELEASE part")
        raise


def rows(db: Database, sql: str, parameters: Parameters = ()) -> list[dict[str, Any]]:
    """Run a query and give its rows by column name."""
    cursor = db.execute(sql, parameters)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def value(db: Database, sql: str, parameters: Parameters = ()) -> Any:
    """Run a query and give the first column of its first row, ``None`` without rows."""
    row = db.execute(sql, parameters).fetchone()
    return None if row is None else row[0]


def set_meta(db: Database, key: str, what: Any) -> None:
    """Keep a JSON value of the project under ``key``."""
    with writing(db):
        db.execute(
            "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", [key, json.dumps(what)]
        )


def get_meta(db: Database, key: str) -> Any:
    """Give what ``remember`` kept under ``key``, ``None`` where nothing was."""
    text = value(db, "SELECT value FROM meta WHERE key = ?", [key])
    return None if text is None else json.loads(text)


def _prepare(db: Database, *, create: bool) -> None:
    applied = max((migration.name for migration in migrations.applied(db)), default="")
    if not applied and not create:
        raise StoreError(_EMPTY)
    if applied > NEWEST:
        raise StoreError("was written by a newer kgreview; update kgreview to open it")
    _use_write_ahead_log(db)
    db.execute(f"PRAGMA synchronous = {DURABLE}")
    db.execute("PRAGMA foreign_keys = ON")
    db.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    db.execute(f"PRAGMA journal_size_limit = {_WAL_BYTES_KEPT}")
    if applied < NEWEST:
        # one transaction around all of them: a process that opens the same new database at the
        # same moment waits, and then finds nothing left to do
        with writing(db):
            migrations.apply(db)


def _take_write_lock(db: Database) -> None:
    # SQLite's own waiting looks every 100 ms in the end, and would miss for seconds the short gaps
    # that a long series of writes leaves between its transactions (see `versions.write_scores`)
    until = time.monotonic() + BUSY_SECONDS
    db.execute("PRAGMA busy_timeout = 0")
    try:
        while True:
            try:
                db.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > until:
                    raise
            time.sleep(_LOOK_SECONDS)
    finally:
        db.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000:.0f}")


def _use_write_ahead_log(db: Database) -> None:
    # The change of mode asks for the lock without waiting in line, so two processes that make
    # the database together would meet an error here: try again for as long as a writer waits.
    until = time.monotonic() + BUSY_SECONDS
    while value(db, "PRAGMA journal_mode") != "wal":
        try:
            db.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(_LOOK_SECONDS)


# what is wrong with a call, not with the file
_OURS = (
    *(sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.InternalError),
    *(sqlite3.DataError, sqlite3.NotSupportedError),
)


def fault_in_words(error: BaseException) -> str | None:
    """Say what a fault of the database's file is; ``None`` for other errors, and wrong calls."""
    if not isinstance(error, sqlite3.DatabaseError) or isinstance(error, _OURS):
        return None
    if isinstance(error, sqlite3.OperationalError) and "no such" not in str(error):
        return _in_words(error)
    return (
        f"is damaged ({error}); `kgreview doctor PROJECT` says what is left, `kgreview restore` "
        "takes a backup back"
    )


def _in_words(error: sqlite3.OperationalError) -> str:
    if "locked" in str(error):
        return (
            f"the project's database was held by another process for {BUSY_SECONDS:.0f} s; nothing "
            "was saved: wait until that process is done, and try again"
        )
    if "full" in str(error) or "I/O" in str(error):
        return f"the disk could not take it ({error}); nothing was saved: free space, and try again"
    return f"the project's database refused ({error}); nothing was saved"

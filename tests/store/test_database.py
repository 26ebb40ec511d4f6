import contextlib
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database

from kgreview.store import database as database_module
from kgreview.store.database import (
    StoreError,
    connect,
    database,
    get_meta,
    one_opening,
    reading,
    set_meta,
    writing,
)
from kgreview.store.migrations import NEWEST
from kgreview.store.outcomes import Outcome

Python = Callable[..., subprocess.Popen[str]]
AtOnce = Callable[[list[subprocess.Popen[str]]], list[tuple[str, str]]]


@pytest.fixture
def durable_db(path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A new database whose commits wait for the disk, as they do outside the tests."""
    monkeypatch.setattr(database_module, "DURABLE", "FULL")
    monkeypatch.setattr(database_module, "SPARED", "NORMAL")
    with database(path, create=True) as db:
        yield db


def test_a_new_database_waits_logs_ahead_and_checks_references(durable_db: Database) -> None:
    asked = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
    found = {name: durable_db.execute(f"PRAGMA {name}").fetchone()[0] for name in asked}
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 30_000,
    }


def test_writing_what_can_be_computed_again_leaves_the_next_decision_durable(
    durable_db: Database,
) -> None:
    with writing(durable_db, durable=False):
        assert durable_db.execute("PRAGMA synchronous").fetchone()[0] == 1
    assert durable_db.execute("PRAGMA synchronous").fetchone()[0] == 2
    assert durable_db.execute("PRAGMA busy_timeout").fetchone()[0] == 30_000


def test_outside_the_tests_a_decision_waits_for_the_disk() -> None:
    code = "from kgreview.store import database as d; print(d.DURABLE, d.SPARED)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["FULL", "NORMAL"]


def test_opening_a_database_that_is_up_to_date_is_cheap(path: Path, fresh_db: Database) -> None:
    set_meta(fresh_db, "open", True)
    began = time.perf_counter()
    for _ in range(100):
        connect(path).close()
    assert time.perf_counter() - began < 2


def test_processes_that_open_a_new_database_at_once_all_succeed(
    path: Path, python: Python, at_once: AtOnce
) -> None:
    code = """
        import sys
        from pathlib import Path
        from kgreview.store.database import database
        print("ready", flush=True)
        sys.stdin.readline()
        with database(Path(sys.argv[1]), create=True) as db:
            print(db.execute("SELECT count(*) FROM _sqlite_migrations").fetchone()[0])
    """
    answers = at_once([python(code, path) for _ in range(4)])
    assert [errors for _, errors in answers] == [""] * 4
    assert {out.strip() for out, _ in answers} == {str(int(NEWEST[1:4]))}


def test_threads_that_open_one_each_do_not_disturb_each_other(path: Path) -> None:
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for i in range(20):
                with database(path, create=True) as db:
                    set_meta(db, f"{number} {i}", i)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with database(path) as db:
        assert db.execute("SELECT count(*) FROM meta").fetchone()[0] == 80


def test_within_one_opening_a_thread_has_one_connection_and_others_their_own(path: Path) -> None:
    database_made(path)
    others: list[Database] = []

    def elsewhere() -> None:
        with database(path) as db:
            others.append(db)

    with one_opening(), database(path) as first:
        with one_opening(), database(path) as second:
            assert second is first
        set_meta(first, "a", 1)
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
    assert others[0] is not first
    with database(path) as later:
        assert later is not first
        assert get_meta(later, "a") == 1
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        first.execute("SELECT 1")


def test_within_one_opening_another_file_in_its_place_is_opened(path: Path) -> None:
    database_made(path)
    other = path.with_name("other.db")
    with database(other, create=True) as db:
        set_meta(db, "which", "other")
    with one_opening():
        with database(path) as db:
            assert get_meta(db, "which") is None
        other.replace(path)
        with database(path) as db:
            assert get_meta(db, "which") == "other"
        path.unlink()
        with pytest.raises(StoreError, match="is missing"), database(path):
            pass


def test_a_failed_write_within_one_opening_leaves_the_next_alone(path: Path) -> None:
    database_made(path)
    with one_opening():
        with contextlib.suppress(ZeroDivisionError), database(path) as db, writing(db):
            set_meta(db, "a", 1)
            raise ZeroDivisionError
        with database(path) as db:
            set_meta(db, "b", 2)
    with database(path) as db:
        assert (get_meta(db, "a"), get_meta(db, "b")) == (None, 2)


def database_made(path: Path) -> None:
    with database(path, create=True):
        pass


def test_a_database_of_a_newer_kgreview_is_refused(path: Path) -> None:
    with database(path, create=True) as db:
        db.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            " VALUES ('kgreview', 'm999_from_the_future', '')"
        )
    with pytest.raises(StoreError, match="newer kgreview; update kgreview"):
        connect(path)


def test_a_file_that_is_no_database_is_refused_in_one_line_and_left_alone(path: Path) -> None:
    path.write_bytes(b"a letter, not a database" * 100)
    with pytest.raises(StoreError, match="cannot be opened as a kgreview database") as caught:
        connect(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert path.read_bytes().startswith(b"a letter")


def _emptied(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as conn:  # what `VACUUM INTO` and others leave
        conn.execute("CREATE TABLE other (x)")
        conn.execute("DROP TABLE other")


@pytest.mark.parametrize(
    ("lose", "words"),
    [
        (lambda path: path.unlink(), "is missing; it holds all decisions: restore it"),
        (lambda path: path.write_bytes(b""), "is empty; it holds all decisions: restore it"),
        (lambda path: (path.unlink(), _emptied(path)), "is empty; it holds all decisions"),
    ],
    ids=["missing", "no bytes", "no tables"],
)
def test_a_lost_database_is_said_and_nothing_takes_its_place(
    path: Path, lose: Callable[[Path], object], words: str
) -> None:
    database_module.connect(path, create=True).close()
    lose(path)
    if not path.exists() or not path.stat().st_size:  # SQLite would throw this away
        path.with_name("kgreview.db-wal").write_bytes(b"the last decisions, perhaps")

    def files() -> dict[str, bytes]:
        return {file.name: file.read_bytes() for file in path.parent.iterdir()}

    before = files()
    for look in (database, reading):
        with pytest.raises(StoreError, match=words) as caught, look(path):
            pass
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)
        assert files() == before


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="nowhere"):
        connect(tmp_path / "nowhere" / "kgreview.db")


def test_a_transaction_is_saved_whole_or_not_at_all(path: Path, fresh_db: Database) -> None:
    def stop_half_way() -> None:
        with writing(fresh_db):
            fresh_db.execute("INSERT INTO meta VALUES ('half', '1')")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        stop_half_way()
    set_meta(fresh_db, "whole", ["é", 2])
    with database(path) as other:
        assert get_meta(other, "half") is None
        assert get_meta(other, "whole") == ["é", 2]


def test_a_transaction_within_another_is_a_part_of_it(path: Path, fresh_db: Database) -> None:
    def put(key: str, *, fail: bool = False) -> None:
        with writing(fresh_db, durable=False):
            fresh_db.execute("INSERT INTO meta VALUES (?, '1')", [key])
            if fail:
                raise RuntimeError

    def lose() -> None:
        with writing(fresh_db):
            put("lost with the whole")
            raise RuntimeError

    with database(path) as other:
        with writing(fresh_db):
            put("kept")
            with pytest.raises(RuntimeError):
                put("taken back alone", fail=True)
            assert get_meta(other, "kept") is None, "nothing is saved before the whole is"
        with pytest.raises(RuntimeError):
            lose()
        found = [key for (key,) in other.execute("SELECT key FROM meta ORDER BY key")]
    assert found == ["kept"]


def test_a_decision_waits_while_another_process_writes(
    path: Path, db: Database, say: Callable[..., object], python: Python
) -> None:
    holder = python(
        """
        import sys, time
        from pathlib import Path
        from kgreview.store.database import database, writing
        with database(Path(sys.argv[1])) as db, writing(db):
            db.execute("INSERT INTO meta VALUES ('held', '1')")
            print("held", flush=True)
            time.sleep(1)
        """,
        path,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    began = time.monotonic()
    say(db, "ann", "a", "x", Outcome.MATCH)
    assert time.monotonic() - began > 0.5
    assert db.execute("SELECT count(*) FROM decisions").fetchone()[0] == 1
    assert get_meta(db, "held") == 1


def test_a_writer_that_waited_too_long_is_told_that_nothing_was_saved(
    path: Path, db: Database, say: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "BUSY_SECONDS", 0.05)
    with database(path) as other, writing(other):
        with pytest.raises(StoreError, match=r"held by another process.*nothing was saved"):
            say(db, "ann", "a", "x", Outcome.MATCH)
        assert db.execute("SELECT count(*) FROM decisions").fetchone()[0] == 0
    say(db, "ann", "a", "x", Outcome.MATCH)  # the connection is as good as before


def test_a_full_disk_loses_only_what_was_not_reported_saved(
    db: Database, say: Callable[..., object]
) -> None:
    # SQLite's own limit on pages gives the very error of a full disk
    pages = db.execute("PRAGMA page_count").fetchone()[0]
    db.execute(f"PRAGMA max_page_count = {pages + 4}")
    saved: list[object] = []

    def decide_on() -> None:
        for _ in range(1000):
            saved.append(say(db, "ann", "a", "x", Outcome.MATCH, note="n" * 500))

    with pytest.raises(StoreError, match="free space, and try again"):
        decide_on()
    assert saved
    assert db.execute("SELECT count(*) FROM decisions").fetchone()[0] == len(saved)
    assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    db.execute("PRAGMA max_page_count = 1000000")
    say(db, "ann", "a", "x", Outcome.NO_MATCH)


def test_a_connection_refuses_the_thread_that_did_not_open_it(fresh_db: Database) -> None:
    caught: list[BaseException] = []

    def use() -> None:
        try:
            get_meta(fresh_db, "anything")
        except sqlite3.ProgrammingError as error:
            caught.append(error)

    thread = threading.Thread(target=use)
    thread.start()
    thread.join()
    assert len(caught) == 1


def test_a_look_into_a_database_writes_nothing(path: Path, fresh_db: Database) -> None:
    set_meta(fresh_db, "colour", "blue")
    with reading(path) as db:
        assert get_meta(db, "colour") == "blue"
        with pytest.raises(StoreError, match="refused"):
            set_meta(db, "colour", "red")
    assert get_meta(fresh_db, "colour") == "blue"


def test_a_look_makes_no_database_and_migrates_none(path: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is missing"), reading(path):
        pass
    assert not path.exists()
    path.write_bytes(b"this is no database" * 500)
    with pytest.raises(StoreError, match="cannot be opened"), reading(path):
        pass
    old = tmp_path / "old #1%41?.db"
    with database(old, create=True) as db:
        db.execute("DELETE FROM _sqlite_migrations WHERE name = ?", [NEWEST])
        db.conn.commit()
    with pytest.raises(StoreError, match="earlier release"), reading(old):
        pass
    with database(old.with_name("new.db"), create=True) as db:
        db.execute("UPDATE _sqlite_migrations SET name = 'm999' WHERE name = ?", [NEWEST])
        db.conn.commit()
    with pytest.raises(StoreError, match="newer kgreview"), reading(old.with_name("new.db")):
        pass

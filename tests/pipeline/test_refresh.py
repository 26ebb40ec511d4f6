"""New rows for a project: what differs, what stays, and what a kill leaves behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest

from kgreview.aligner.checkpoint import Checkpoint
from kgreview.errors import InputError, KGReviewError
from kgreview.pipeline import query_plan
from kgreview.pipeline.blocking import block_project, similarities, similarity_of
from kgreview.pipeline.creation import create_project
from kgreview.pipeline.explanation import explain
from kgreview.pipeline.export import Choice, gather
from kgreview.pipeline.fingerprint import present_scores
from kgreview.pipeline.jobs import in_foreground
from kgreview.pipeline.project import Project
from kgreview.pipeline.refresh import refresh_project
from kgreview.pipeline.scoring import score_project, scored
from kgreview.pipeline.scoring_added import score_what_was_added
from kgreview.pipeline.status import project_status
from kgreview.pipeline.training import train_project
from kgreview.progress import silent
from kgreview.review.quality import quality
from kgreview.store.added_pairs import AddedPair, add_pair, blocked_count
from kgreview.store.asked_types import open_count
from kgreview.store.database import StoreError, writing
from kgreview.store.decisions import standing
from kgreview.store.entity_search import find_entities
from kgreview.store.entity_states import entity_states_told, renew_entity_states
from kgreview.store.outcomes import Outcome
from kgreview.store.queue import next_question
from kgreview.store.refreshed import orphaned_count
from kgreview.store.versions import current_version, scores_of
from tests.exchange.pair_files import write_openea
from tests.films import say

# id -> (title, id of its director); directors are p0, p1, …
Films = Mapping[str, tuple[str, str]]

TITLES = ("harbour", "orchard", "lantern", "glacier", "meadow", "quarry", "thicket", "sparrow")
NAMES = ("Ada Quill", "Ben Marsh", "Cleo Strand")


def films(numbers: Iterable[int], side: str) -> dict[str, tuple[str, str]]:
    """Make films by number: the same number is the same film on either side."""
    return {
        f"{side}{n}": (f"The {TITLES[n % 8]} of {TITLES[n * 3 % 8]} {n}", f"p{n % 3}")
        for n in numbers
    }


def write(folder: Path, entries: Films, names: Iterable[str] = NAMES) -> Path:
    """Write a graph of films and their directors as a table folder."""
    folder.mkdir(parents=True, exist_ok=True)
    people = [f"p{n}" for n in range(len(list(names)))]
    tables = {
        "entities": [
            "id\ttype",
            *(f"{film}\tfilm" for film in entries),
            *(f"{person}\tperson" for person in people),
        ],
        "attributes": [
            "entity\tattribute\tvalue",
            *(f"{film}\ttitle\t{title}" for film, (title, _) in entries.items()),
            *(f"{person}\tname\t{name}" for person, name in zip(people, names, strict=True)),
        ],
        "relations": [
            "head\trelation\ttail",
            *(f"{film}\tdirector\t{person}" for film, (_, person) in entries.items()),
        ],
    }
    for table, lines in tables.items():
        (folder / f"{table}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


MakeProject = Callable[..., Project]


@pytest.fixture
def make_project(tmp_path: Path) -> MakeProject:
    """Make a project of films on either side, blocked and scored by similarity."""

    def make(
        left: Films,
        right: Films,
        links: Iterable[str] = (),
        name: str = "project",
        **options: float,
    ) -> Project:
        table = tmp_path / f"{name}-links.tsv"
        table.write_text("left\tright\n" + "".join(f"{link}\n" for link in links), "utf-8")
        project = create_project(
            tmp_path / name,
            write(tmp_path / f"{name}-left", left),
            write(tmp_path / f"{name}-right", right),
            links=[table] if links else [],
            **options,  # type: ignore[arg-type]
        )
        block_project(project)
        train_project(project)
        score_project(project)
        return project

    return make


def pairs(project: Project) -> set[tuple[str, str]]:
    """Give the ids of all candidates, by the columns."""
    found = project.candidates()
    left = project.left.ids.take(np.array(found.left)).to_pylist()
    return set(zip(left, project.right.ids.take(np.array(found.right)).to_pylist(), strict=True))


def check_whole(project: Project) -> None:
    """Check that columns and database are of the same candidates, numbered alike."""
    found = project.candidates()
    compared, names = similarities(project)
    assert compared.shape == (len(found), len(names))
    left = project.left.ids.take(np.array(found.left)).to_pylist()
    right = project.right.ids.take(np.array(found.right)).to_pylist()
    with project.database() as db:
        assert blocked_count(db) == len(found)
        columns = "SELECT id, left, right FROM candidates WHERE id < ? ORDER BY id"
        stored = list(db.execute(columns, [len(found)]))
        assert stored == list(zip(range(len(found)), left, right, strict=True))
        version = current_version(db)
        assert version is not None
        scores = present_scores(project, version.name)
        assert version.scored == (scores is not None)
        if scores is not None:
            kept = [
                score
                for (score,) in db.execute(
                    "SELECT s.score FROM scores s JOIN versions v ON v.id = s.version"
                    " WHERE v.current = 1 AND s.candidate < ? ORDER BY s.candidate",
                    [len(found)],
                )
            ]
            assert np.allclose(kept, scores)
            opened = db.execute(
                "SELECT count(*) FROM scores s JOIN versions v ON v.id = s.version"
                " WHERE v.current = 1 AND s.open = 1"
            ).fetchone()[0]
            assert opened == open_count(db)
        if entity_states_told(db):
            states = "SELECT side, entity, state FROM entities ORDER BY id"
            counted = "SELECT * FROM entity_counts ORDER BY side, type, state"
            kept_states = [db.execute(sql).fetchall() for sql in (states, counted)]
            renew_entity_states(db)
            assert kept_states == [db.execute(sql).fetchall() for sql in (states, counted)]


def refresh(project: Project, folder: Path, left: Films, **options: object) -> Project:
    """Refresh the left graph, and open what comes of it."""
    refresh_project(project, left=write(folder, left), **options)  # type: ignore[arg-type]
    return Project.open(project.path)


def test_what_is_new_changed_and_gone_is_told_by_type_before_anything_happens(
    make_project: MakeProject, tmp_path: Path
) -> None:
    project = make_project(films(range(10), "l"), films(range(10), "r"))
    say(project, "l0", "r0")
    after = films(range(1, 12), "l") | {"l5": ("Another title", "p2")}
    before = pairs(project)
    found = refresh_project(project, left=write(tmp_path / "new", after), dry_run=True)
    assert found.left.new == {"film": 2}
    assert found.left.gone == {"film": 1}
    # l5 has another title; p0 lost l0, p1 got l10, p2 got l11
    assert found.left.changed == {"film": 1, "person": 3}
    assert found.right.is_same
    assert found.orphaned == 1
    assert pairs(Project.open(project.path)) == before
    assert not (project.path / ".refresh").exists()


def test_new_rows_that_are_the_old_ones_change_nothing(
    make_project: MakeProject, tmp_path: Path
) -> None:
    project = make_project(films(range(6), "l"), films(range(6), "r"))
    report = refresh_project(
        project, left=write(tmp_path / "new", dict(reversed(films(range(6), "l").items())))
    )
    assert report.is_same
    assert Project.open(project.path).generation == 0


def test_a_queue_that_cannot_be_planned_after_new_rows_came_is_noted_and_no_failure(
    make_project: MakeProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise StoreError("held by another process; nothing was saved")

    project = make_project(films(range(6), "l"), films(range(8), "r"))
    monkeypatch.setattr(query_plan, "plan_queue", fail)
    report = refresh_project(project, left=write(tmp_path / "more", films(range(8), "l")))
    (note,) = [note for note in report.notes if "new rows are in place" in note]
    assert "kgreview score" in note
    assert Project.open(project.path).left.row("l7") >= 0


def test_candidates_are_about_those_of_a_fresh_project(
    make_project: MakeProject, tmp_path: Path
) -> None:
    before = films(range(40), "l")
    after = films(range(3, 44), "l") | {"l7": ("Nothing like it", "p1")}
    right = films(range(44), "r")
    project = make_project(before, right)
    fresh = make_project(after, right, name="fresh")
    old = pairs(project)
    report = refresh_project(project, left=write(tmp_path / "new", after))
    refreshed = Project.open(project.path)
    check_whole(refreshed)
    assert {(f"l{n}", f"r{n}") for n in range(3, 44) if n != 7} <= pairs(refreshed)
    # among so few entities words weigh otherwise after each new one: some hardly alike differ
    assert len(pairs(fresh) & pairs(refreshed)) > 0.9 * len(pairs(fresh))
    assert len(pairs(refreshed)) == report.candidates == len(old) + report.added - report.removed


def test_decisions_of_entities_that_are_gone_wait_and_come_back(
    make_project: MakeProject, tmp_path: Path
) -> None:
    first = films(range(20), "l")
    project = make_project(first, films(range(20), "r"))
    say(project, "l0", "r0")
    say(project, "l1", "r1")
    say(project, "l2", "r5", Outcome.NO_MATCH)
    candidates = pairs(project)
    without = refresh(project, tmp_path / "b", films(range(1, 20), "l"))
    check_whole(without)
    assert not any(left == "l0" for left, _ in pairs(without))
    with without.database() as db:
        assert orphaned_count(db) == 1
        assert len(standing(db)) == 3
        # r0 is free again: its other candidates are not at odds with a match any more
        assert not any(
            conflict
            for (conflict,) in db.execute(
                "SELECT s.conflict FROM scores s JOIN candidates c ON c.id = s.candidate"
                " WHERE c.right = 'r0' AND c.left NOT IN ('l1')"
            )
        )
    assert project_status(without)["orphaned_decisions"] == 1
    assert gather(without, Choice()).provenance.orphaned == 1
    quality(without)
    again = refresh(without, tmp_path / "c", first)
    check_whole(again)
    with again.database() as db:
        assert orphaned_count(db) == 0
        assert {d.left for d in standing(db)} == {"l0", "l1", "l2"}
        closed = db.execute(
            "SELECT s.open FROM scores s JOIN candidates c ON c.id = s.candidate"
            " WHERE c.left = 'l0' AND c.right = 'r0'"
        ).fetchall()
    assert closed == [(0,)]
    assert candidates <= pairs(again)


def test_links_follow_their_entities_and_come_back(
    make_project: MakeProject, tmp_path: Path
) -> None:
    first = films(range(20), "l")
    links = [f"l{n}\tr{n}" for n in range(15)]
    project = make_project(first, films(range(20), "r"), links)

    def linked(project: Project) -> set[tuple[str, str]]:
        known = project.all_links()
        return {
            (project.left.id(a), project.right.id(b))
            for a, b in zip(known.left, known.right, strict=True)
        }

    whole = linked(project)
    without = refresh(project, tmp_path / "b", films(range(4, 26), "l"))
    assert linked(without) == {(f"l{n}", f"r{n}") for n in range(4, 15)}
    check_whole(without)
    again = refresh(without, tmp_path / "c", first)
    assert linked(again) == whole
    check_whole(again)


def test_a_pair_on_the_screen_stays_with_its_token(
    make_project: MakeProject, tmp_path: Path
) -> None:
    project = make_project(films(range(20), "l"), films(range(20), "r"))
    with project.database() as db:
        shown = next_question(db, "Ada")
    assert shown is not None
    keep = {shown.left, *films(range(12), "l")}
    after = {film: value for film, value in films(range(20), "l").items() if film in keep}
    again = refresh(project, tmp_path / "b", after | films(range(30, 33), "l"))
    check_whole(again)
    with again.database() as db:
        now = next_question(db, "Ada")
    assert now is not None
    assert (now.left, now.right, now.token) == (shown.left, shown.right, shown.token)


def test_what_people_added_follows_its_entities(make_project: MakeProject, tmp_path: Path) -> None:
    first = films(range(20), "l")
    project = make_project(first, films(range(20), "r"))
    left, right = next(
        (a, b)
        for a in ("l0", "l1", "l2")
        for b in films(range(20), "r")
        if (a, b) not in pairs(project)
    )
    with project.database() as db:
        number = add_pair(db, AddedPair(left, right, "film", "film", curator="Ada"), audit=None)
        assert number == len(project.candidates())
        score_what_was_added(project, db, "v1")

    def scores(project: Project) -> list[tuple[int, float | None]]:
        with project.database() as db:
            return list(
                db.execute(
                    "SELECT c.id, s.score FROM candidates c"
                    " LEFT JOIN scores s ON s.candidate = c.id WHERE c.left = ? AND c.right = ?",
                    [left, right],
                )
            )

    wider = refresh(project, tmp_path / "b", films(range(24), "l"))
    check_whole(wider)
    if (left, right) not in pairs(wider):
        ((number, score),) = scores(wider)
        assert number == len(wider.candidates())
        assert score is not None
    without = refresh(wider, tmp_path / "c", films(range(3, 24), "l"))
    check_whole(without)
    assert scores(without) == []
    again = refresh(without, tmp_path / "d", first)
    check_whole(again)
    ((number, score),) = scores(again)
    assert score is not None


def test_links_that_blocking_loses_stay_candidates(
    make_project: MakeProject, tmp_path: Path
) -> None:
    first, right = films(range(20), "l"), films(range(20), "r")
    found = pairs(make_project(first, right, name="without"))
    lost = next(
        f"l{a}\tr{b}" for a in range(3) for b in range(20) if (f"l{a}", f"r{b}") not in found
    )
    project = make_project(first, right, [lost])

    def scores(project: Project) -> list[tuple[int, int, float | None]]:
        check_whole(project)
        with project.database() as db:
            return list(
                db.execute(
                    "SELECT c.id - ?, c.linked, s.score FROM candidates c"
                    " LEFT JOIN scores s ON s.candidate = c.id WHERE c.left = ? AND c.right = ?",
                    [len(project.candidates()), *lost.split("\t")],
                )
            )

    wider = refresh(project, tmp_path / "b", films(range(24), "l"))
    ((behind, linked, score),) = scores(wider)
    assert (behind, linked) == (0, 1)
    assert score is not None
    without = refresh(wider, tmp_path / "c", films(range(3, 24), "l"))
    assert scores(without) == []
    again = refresh(without, tmp_path / "d", first)
    ((behind, linked, score),) = scores(again)
    assert (behind, linked) == (0, 1)
    assert score is not None


def test_a_lost_link_is_scored_anew_only_where_something_about_it_changes(
    make_project: MakeProject, tmp_path: Path
) -> None:
    first, right = films(range(20), "l"), films(range(20), "r")
    found = pairs(make_project(first, right, name="without"))
    lost = next(f"l0\tr{b}" for b in range(20) if ("l0", f"r{b}") not in found)
    project = make_project(first, right, [lost])
    ids = lost.split("\t")

    def mark(project: Project) -> None:
        with project.database() as db, writing(db):
            db.execute("UPDATE scores SET score = 0.125 WHERE candidate >= ?", [blocked_count(db)])

    def score(project: Project) -> float:
        check_whole(project)
        with project.database() as db:
            return next(each.score for each in scores_of(db, left="l0") if each.right == ids[1])

    mark(project)
    near = {left for left, other in pairs(project) if other == ids[1]}
    far = next(f"l{n}" for n in range(19, 0, -1) if f"l{n}" not in near)
    elsewhere = refresh(
        project, tmp_path / "b", first | {far: (first[far][0] + " again", first[far][1])}
    )
    assert score(elsewhere) == 0.125
    here = refresh(elsewhere, tmp_path / "c", first | {"l0": ("Another title", first["l0"][1])})
    assert score(here) != 0.125


def test_entities_are_found_by_the_names_they_have_now(
    make_project: MakeProject, tmp_path: Path
) -> None:
    project = make_project(films(range(10), "l"), films(range(10), "r"))
    after = films(range(1, 12), "l") | {"l5": ("Wuthering Heights", "p2")}
    again = refresh(project, tmp_path / "b", after)

    def found(text: str) -> list[str]:
        with again.database() as db:
            return [each.entity for each in find_entities(db, "left", text)]

    assert found("wuthering heights") == ["l5"]
    assert "l11" in found(films([11], "l")["l11"][0])
    assert "l0" not in found(films([0], "l")["l0"][0])


def test_the_audit_slice_keeps_its_entities(make_project: MakeProject, tmp_path: Path) -> None:
    project = make_project(films(range(30), "l"), films(range(30), "r"), audit_share=0.3)

    def audited(project: Project) -> set[str]:
        with project.database() as db:
            sql = "SELECT DISTINCT left FROM candidates WHERE audit IS NOT NULL"
            return {left for (left,) in db.execute(sql)}

    before = audited(project)
    after = audited(refresh(project, tmp_path / "b", films(range(5, 40), "l")))
    assert {left for left in before if left in films(range(5, 30), "l") or left[0] == "p"} == {
        left for left in after if left not in films(range(30, 40), "l")
    }


def test_groups_of_the_merged_graph_keep_their_ids(
    make_project: MakeProject, tmp_path: Path
) -> None:
    from kgreview.exchange.groups import Groups

    project = make_project(films(range(12), "l"), films(range(12), "r"))
    for n in range(6):
        say(project, f"l{n}", f"r{n}")

    def ids(project: Project) -> dict[str, str]:
        alignment = gather(project, Choice()).alignment
        groups = Groups.of(alignment, project.left, project.right)
        names = groups.ids(project.left, project.right)
        return {project.left.id(row): names[g] for row, g in enumerate(groups.left)}

    before = ids(project)
    after = ids(refresh(project, tmp_path / "b", films(range(2, 20), "l")))
    assert all(after[film] == before[film] for film in before if film in after)


def test_a_project_that_is_not_blocked_yet_gets_new_rows_too(tmp_path: Path) -> None:
    project = create_project(
        tmp_path / "project",
        write(tmp_path / "left", films(range(6), "l")),
        write(tmp_path / "right", films(range(6), "r")),
    )
    say(project, "l0", "r0")
    again = refresh(project, tmp_path / "b", films(range(1, 8), "l"))
    assert again.left.num_entities == 10
    with again.database() as db:
        assert orphaned_count(db) == 1
    assert block_project(again).pairs


def test_where_nearly_all_is_new_everything_is_compared_by_the_same_fields(
    make_project: MakeProject, tmp_path: Path
) -> None:
    project = make_project(films(range(12), "l"), films(range(40), "r"))
    say(project, "l3", "r3")
    names = similarities(project)[1]
    rows = write(tmp_path / "b", films(range(2, 40), "l"))
    report = refresh_project(project, left=rows)
    again = Project.open(project.path)
    check_whole(again)
    assert report.compared == report.scored == report.candidates
    assert similarities(again)[1] == names == similarity_of(again).feature_names
    assert ("l3", "r3") in pairs(again)
    block_project(again)
    assert not (again.path / "candidates" / "refreshed.json").exists()


def test_refused_without_a_source_and_with_one_at_fault(
    make_project: MakeProject, tmp_path: Path
) -> None:
    project = make_project(films(range(6), "l"), films(range(6), "r"))
    with pytest.raises(InputError, match="give new rows"):
        refresh_project(project)
    with pytest.raises(InputError, match="no such file"):
        refresh_project(project, left=tmp_path / "nothing")
    check_whole(Project.open(project.path))


def test_rows_in_which_nothing_corresponds_leave_the_project_as_it_is(
    make_project: MakeProject, tmp_path: Path
) -> None:
    project = make_project(films(range(6), "l"), films(range(6), "r"))
    before = pairs(project)
    with pytest.raises(KGReviewError, match="stays as it is"):
        refresh_project(project, left=write(tmp_path / "new", {}, names=("Zyx",)))
    again = Project.open(project.path)
    assert pairs(again) == before
    check_whole(again)


def test_columns_opened_after_a_refresh_by_who_opened_the_project_before_are_refused(
    make_project: MakeProject, tmp_path: Path
) -> None:
    project = make_project(films(range(6), "l"), films(range(6), "r"))
    refresh(project, tmp_path / "b", films(range(7), "l"))
    with pytest.raises(KGReviewError, match="new rows just now"):
        project.candidates()


def test_both_sides_at_once_and_a_type_that_is_gone_and_one_that_is_new(
    make_project: MakeProject, tmp_path: Path
) -> None:
    project = make_project(films(range(20), "l"), films(range(20), "r"))
    left = write(tmp_path / "b-left", films(range(2, 22), "l"), names=())
    # films without directors: the relations' table must not name people that are not there
    (left / "relations.tsv").write_text("head\trelation\ttail\nl2\tsequel\tl3\n", "utf-8")
    right = write(tmp_path / "b-right", films(range(1, 23), "r"))
    report = refresh_project(project, left=left, right=right)
    assert report.left.gone == {"film": 2, "person": 3}
    assert report.right.new == {"film": 3}
    check_whole(Project.open(project.path))


# ---------------------------------------------------------------- kills

# Does a refresh in a child that ends itself, as a kill would, before the operation on files or the
# database of the number it is told. For each line it reads: number, project, new rows.
NURSERY = """
import os, shutil, signal, sys
from pathlib import Path
import numpy as np
import sqlite_utils
from kgreview.pipeline import refresh, rescoring, scoring, query_plan
from kgreview.pipeline.project import Project

count = 0
def counted(owner, name, mine=lambda *a: True):
    real = getattr(owner, name)
    def step(*args, **kwargs):
        global count
        if mine(*args):
            if count == int(number):
                os.kill(os.getpid(), signal.SIGKILL)
            count += 1
        return real(*args, **kwargs)
    setattr(owner, name, step)

print("ready", flush=True)
for line in sys.stdin:
    number, path, rows = line.split()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            ours = lambda *args: any(str(a).startswith(path) for a in args)
            for name in ("rename", "replace", "write_text", "mkdir"):
                counted(Path, name, ours)
            counted(shutil, "rmtree", ours)
            counted(np, "save")
            sql = lambda db, sql, *rest: sql.lstrip().startswith(("COMMIT", "DELETE", "INSERT"))
            counted(sqlite_utils.Database, "execute", sql)
            refresh.refresh_project(Project.open(Path(path)), left=Path(rows))
            status = 0
        finally:
            os._exit(status)
    print(os.waitpid(child, 0)[1], flush=True)
"""


@pytest.fixture
def nursery() -> Iterator[Callable[[int, Path, Path], int]]:
    """Refresh a project in a child that is killed before an operation; give how it ended."""
    process = subprocess.Popen(
        [sys.executable, "-c", NURSERY],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    stdin, stdout = process.stdin, process.stdout
    assert stdout.readline() == "ready\n"

    def refreshed(number: int, project: Path, rows: Path) -> int:
        stdin.write(f"{number} {project} {rows}\n")
        stdin.flush()
        return int(stdout.readline())

    yield refreshed
    process.kill()
    process.communicate()


@pytest.mark.parametrize("every", [9, pytest.param(1, marks=pytest.mark.slow)])
def test_killed_at_any_step_the_project_is_the_old_one_or_the_new_one(
    make_project: MakeProject,
    tmp_path: Path,
    nursery: Callable[[int, Path, Path], int],
    every: int,
) -> None:
    links = [f"l{n}\tr{n}" for n in range(4)]
    template = make_project(films(range(14), "l"), films(range(14), "r"), links)
    say(template, "l9", "r9")
    rows = write(tmp_path / "rows", films(range(2, 16), "l"))
    fresh = shutil.copytree(template.path, tmp_path / "fresh")
    refresh_project(Project.open(fresh), left=rows)
    old, new = pairs(template), pairs(Project.open(fresh))
    outcomes = []
    for number in range(0, 1000, every):
        path = Path(shutil.copytree(template.path, tmp_path / "killed"))
        status = nursery(number, path, rows)
        project = Project.open(path)
        check_whole(project)
        outcomes.append(pairs(project) == new)
        assert pairs(project) == (new if outcomes[-1] else old)
        assert len(project.all_links()) == (2 if outcomes[-1] else 4)
        with project.database() as db:
            assert [(d.left, d.right) for d in standing(db)] == [("l9", "r9")]
            assert next_question(db, "Grace") is not None
        if status == 0:
            break
        assert os.WTERMSIG(status) == signal.SIGKILL
        with in_foreground(project, "block", silent):  # it clears what was left
            pass
        left = [each.name for each in path.iterdir() if each.name.startswith(".refresh")]
        assert left == []
        shutil.rmtree(path)
    assert status == 0, "the last one had no kill in its way"
    first = outcomes.index(True)
    assert 1 < first < len(outcomes) - 1, "kills met it before the change and after"
    assert all(outcomes[first:]), "there is one moment at which it changes"


def test_a_kill_between_the_written_generation_and_the_commit_is_taken_back(
    make_project: MakeProject,
) -> None:
    project = make_project(films(range(6), "l"), films(range(6), "r"))
    (project.path / "generation").write_text("1", encoding="utf-8")
    (project.path / ".refresh" / "new").mkdir(parents=True)
    assert Project.open(project.path).generation == 0


def test_no_refresh_while_the_project_has_a_job(make_project: MakeProject, tmp_path: Path) -> None:
    project = make_project(films(range(6), "l"), films(range(6), "r"))
    rows = write(tmp_path / "rows", films(range(7), "l"))
    with (
        in_foreground(project, "block", silent),
        pytest.raises(KGReviewError, match="block has been running"),
    ):
        refresh_project(project, left=rows)
    assert not refresh_project(project, left=rows, dry_run=True).is_same


# ---------------------------------------------------------------- with a network


def changed_records(records: Path, target: Path) -> Path:
    """Copy the left records with one album gone, one that says something else, and one more.

    The new one has the title and the relations of the changed one, and words of its own.
    """
    shutil.copytree(records / "left", target)
    tables = {
        name: [
            line.split("\t") for line in (target / f"{name}.tsv").read_text("utf-8").splitlines()
        ]
        for name in ("entities", "attributes", "relations")
    }
    gone, named = [entity for entity, kind in tables["entities"] if kind == "album"][:2]
    for name, rows in tables.items():
        kept = [row for row in rows if gone not in row]
        added = [
            ["new:1" if cell == named else cell for cell in row] for row in kept if named in row
        ]
        if name == "attributes":
            kept = [[*row[:2], row[2] + " remixed" * (row[0] == named)] for row in kept]
        text = "".join("\t".join(row) + "\n" for row in kept + added)
        (target / f"{name}.tsv").write_text(text, encoding="utf-8")
    return target


def test_a_network_scores_what_changed_and_the_rest_keeps_its_scores(
    small_sample: Path, records: Path, tmp_path: Path
) -> None:
    project = Project.open(small_sample)
    stored = np.array(present_scores(project, "v1"))
    before = dict(zip(pairs_in_order(project), stored, strict=True))
    told = Checkpoint.load(project.version_folder("v1")).model.label_features
    report = refresh_project(project, left=changed_records(records, tmp_path / "left"))
    assert (sum(report.left.new.values()), sum(report.left.gone.values())) == (1, 1)
    after = Project.open(small_sample)
    check_whole(after)
    assert 0 < report.scored < report.candidates / 2
    scores = present_scores(after, "v1")
    assert scores is not None
    now = dict(zip(pairs_in_order(after), np.array(scores), strict=True))
    assert sum(now[pair] == before.get(pair) for pair in now) >= len(now) - report.scored
    assert any(left == "new:1" for left, _ in now)
    # what was learnt from is still about the same entities
    moved = Checkpoint.load(after.version_folder("v1")).model.label_features
    assert len(moved.pairs[0]) >= len(told.pairs[0]) - 30
    # a whole scoring of what is there now says nearly the same
    shutil.rmtree(after.path / "models" / "v1" / "attention.npy", ignore_errors=True)
    (after.path / "models" / "v1" / "candidates.txt").unlink()
    whole = scored(Project.open(small_sample), "v1", device="cpu")
    differ = np.abs(whole - np.array([now[pair] for pair in pairs_in_order(after)]))
    assert np.mean(differ > 0.1) < 0.02
    # pairs are explained by what they were scored with
    left, right = next(pair for pair in now if pair[0] == "new:1")
    found = explain(after, "v1", after.left.row(left), after.right.row(right))
    assert 0 <= found.probability <= 1


def pairs_in_order(project: Project) -> list[tuple[str, str]]:
    found = project.candidates()
    left = project.left.ids.take(np.array(found.left)).to_pylist()
    right = project.right.ids.take(np.array(found.right)).to_pylist()
    return list(zip(left, right, strict=True))


def test_every_pair_can_be_explained_after_a_refresh_and_learning_goes_on(
    small_sample: Path, records: Path, tmp_path: Path
) -> None:
    refresh_project(Project.open(small_sample), left=changed_records(records, tmp_path / "left"))
    project = Project.open(small_sample)
    scores = np.array(present_scores(project, "v1"))
    found = project.candidates()
    misses = 0
    for number in np.random.default_rng(0).choice(len(found), 60, replace=False):
        try:  # it refuses where the probability is not the stored one
            explain(project, "v1", int(found.left[number]), int(found.right[number]))
        except KGReviewError:
            misses += 1
    assert misses <= 2, "a pair two relations away from a change may differ a little"
    assert len(scores) == len(found)


def test_a_relation_that_no_network_knows_leaves_the_scores_to_a_training(
    small_sample: Path, records: Path, tmp_path: Path
) -> None:
    rows = changed_records(records, tmp_path / "left")
    lines = (rows / "relations.tsv").read_text("utf-8").splitlines()
    head, _, tail = lines[1].split("\t")
    (rows / "relations.tsv").write_text("\n".join([*lines, f"{head}\tunheard of\t{tail}"]) + "\n")
    report = refresh_project(Project.open(small_sample), left=rows)
    assert any("other relations" in text for text in report.notes)
    project = Project.open(small_sample)
    check_whole(project)
    with project.database() as db:
        version = current_version(db)
        assert version is not None
        assert not version.scored
        assert next_question(db, "Ada") is None


def test_a_pair_folder_is_no_source_of_new_rows(make_project: MakeProject, tmp_path: Path) -> None:
    project = make_project(films(range(4), "l"), films(range(4), "r"))
    before = (project.path / "schema.json").read_bytes()
    with pytest.raises(InputError, match="both graphs"):
        refresh_project(project, left=write_openea(tmp_path / "pair"))
    assert (project.path / "schema.json").read_bytes() == before
    assert Project.open(project.path).left.num_entities == project.left.num_entities

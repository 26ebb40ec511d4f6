"""New rows for a project: what differs, what stays, and what a kill leaves behind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import numpy as np
import pytest

from kgreview.errors import InputError, KGReviewError
from kgreview.review.decisions import decide, standing
from kgreview.review.outcomes import Outcome
from kgreview.review.queue import next_question, open_count
from kgreview.review.refreshed import orphaned_count
from kgreview.review.versions import current_version
from kgreview.workflow.blocking import block_project, similarities
from kgreview.workflow.export import Choice, gather
from kgreview.workflow.project import Project, create_project
from kgreview.workflow.quality import quality
from kgreview.workflow.refresh import refresh_project
from kgreview.workflow.scoring import score_project
from kgreview.workflow.stamps import present_scores
from kgreview.workflow.status import project_status
from kgreview.workflow.training import train_project

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


def say(project: Project, left: str, right: str, outcome: Outcome = Outcome.MATCH) -> None:
    with project.database() as db:
        decide(
            db,
            left=left,
            right=right,
            curator="Ada",
            outcome=outcome,
            seconds=None,
            version=None,
            score=None,
            hidden=False,
            strategy="uncertainty",
            question=None,
        )


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
        stored = list(db.execute("SELECT id, left, right FROM candidates ORDER BY id"))
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
                    " WHERE v.current = 1 ORDER BY s.candidate"
                )
            ]
            assert np.allclose(kept, scores)
            opened = db.execute(
                "SELECT count(*) FROM scores s JOIN versions v ON v.id = s.version"
                " WHERE v.current = 1 AND s.open = 1"
            ).fetchone()[0]
            assert opened == open_count(db)


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

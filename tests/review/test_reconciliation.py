from __future__ import annotations

from pathlib import Path

import pytest

from kgreview.errors import InputError
from kgreview.pipeline.creation import create_project
from kgreview.review.open_project import OpenProject
from kgreview.review.reconciliation import LEFT_ID, Query, Suggested, describe, reconcile

RIGHT = "https://films.example/id/"


@pytest.fixture
def imported(film_tables: Path, tmp_path: Path) -> OpenProject:
    """A project that nothing was done with, but a known link."""
    links = tmp_path / "links.tsv"
    links.write_text(f"left\tright\nf6\t{RIGHT}6\n", encoding="utf-8")
    return OpenProject(
        create_project(
            tmp_path / "project",
            film_tables / "left",
            film_tables / "right",
            links=[links],
            valid_links=[links],
        )
    )


def answers(found: list[Suggested]) -> list[tuple[str, float, bool]]:
    return [(each.id.removeprefix(RIGHT), each.score, each.match) for each in found]


def test_a_left_entity_that_has_no_scores_is_looked_for_by_its_name_among_paired_types(
    imported: OpenProject,
) -> None:
    (first, *others) = reconcile(imported, Query("f1"))
    assert answers([first]) == [("1", 100, False)], "the project itself says nothing of the two"
    assert all(each.type == "movie" for each in (first, *others))
    people = reconcile(imported, Query(properties=((LEFT_ID, ("fp0",)),)))
    assert answers(people)[0][0] == "p0"


def test_a_known_link_is_a_match(imported: OpenProject) -> None:
    assert answers(reconcile(imported, Query("f6"))) == [("6", 100, True)]
    assert reconcile(imported, Query("f6", types=("person",))) == []


def test_an_unknown_left_id_leaves_the_name(imported: OpenProject) -> None:
    query = Query("Solaris", properties=((LEFT_ID, ("nobody",)),))
    assert answers(reconcile(imported, query)) == [("0", 100, True)]


def test_an_unknown_type_is_refused_and_a_limit_kept(imported: OpenProject) -> None:
    with pytest.raises(InputError, match="no entity has the type 'boat'"):
        reconcile(imported, Query("Solaris", types=("boat",)))
    assert len(reconcile(imported, Query("Andrei Tarkovsky", limit=1))) == 1


def test_dates_and_numbers_are_compared_as_the_schema_reads_them(imported: OpenProject) -> None:
    query = Query("Solaris", properties=(("year", ("1972-05-13",)),))
    (found,) = reconcile(imported, query)
    assert found.features["year"] > 0.5


def test_a_description_tells_namesakes_apart(imported: OpenProject) -> None:
    row = imported.project.right.row(f"{RIGHT}0")
    assert describe(imported, row) == "1972 · Andrei Tarkovsky"

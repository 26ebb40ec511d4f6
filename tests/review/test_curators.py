"""Who decides in a project, and by which ORCID exports name them."""

import json

import pytest

from kgreview.errors import InputError
from kgreview.pipeline.project import Project
from kgreview.review import session
from kgreview.review.curators import CuratorLine, list_curators, set_orcids
from kgreview.store.outcomes import Outcome
from tests.films import MakeFilms

ADA = "0000-0002-1825-0097"


@pytest.fixture
def project(same_films: MakeFilms) -> Project:
    """Films of which Ada has decided one pair."""
    made = same_films()
    view = session.given_pair(made, "Ada", "l0", "r0")
    assert view
    session.decide(made, "Ada", view.question, session.Answer(Outcome.MATCH))
    return made


def test_who_has_decided_is_listed_with_how_much(project: Project) -> None:
    assert list_curators(project) == [CuratorLine("Ada", 1, "")]


def test_an_orcid_is_kept_bare_and_taken_away_again(project: Project) -> None:
    assert set_orcids(project, {" Ada ": f"https://orcid.org/{ADA}"}) == []
    assert list_curators(project) == [CuratorLine("Ada", 1, ADA)]
    assert Project.open(project.path).settings.export.orcids == {"Ada": ADA}
    assert set_orcids(project, {"Ada": ""}) == []
    assert list_curators(Project.open(project.path)) == [CuratorLine("Ada", 1, "")]


def test_of_a_name_that_nobody_has_decided_under_it_is_said(project: Project) -> None:
    (note,) = set_orcids(project, {"Bob": ADA})
    assert "nobody called Bob has decided here yet" in note
    assert list_curators(project) == [CuratorLine("Ada", 1, ""), CuratorLine("Bob", 0, ADA)]


def test_a_name_is_found_however_its_capitals_are(project: Project) -> None:
    assert set_orcids(project, {"ada": ADA}) == []
    assert list_curators(project) == [CuratorLine("Ada", 1, ADA)]


def test_one_with_a_slip_is_refused_and_nothing_is_kept(project: Project) -> None:
    with pytest.raises(InputError, match=r"not saved: .* would be 7"):
        set_orcids(project, {"Bob": ADA, "Ada": "0000-0002-1825-0098"})
    assert Project.open(project.path).settings.export.orcids == {}
    for name in ("", "x" * 81, "A\x00da"):
        with pytest.raises(InputError, match="a curator's name"):
            set_orcids(project, {name: ADA})


def test_what_somebody_else_saved_meanwhile_stays(project: Project) -> None:
    other = Project.open(project.path)
    set_orcids(other, {"Bob": ADA})
    set_orcids(project, {"Ada": ADA})
    assert Project.open(project.path).settings.export.orcids == {"Bob": ADA, "Ada": ADA}


def test_a_project_file_with_a_slip_says_which(project: Project) -> None:
    file = project.path / "kgreview.json"
    values = json.loads(file.read_text("utf-8"))
    values["export"]["orcids"] = {"Ada": "0000-0002-1825-0098"}
    file.write_text(json.dumps(values), "utf-8")
    with pytest.raises(InputError, match=r"of 'Ada' is no ORCID: .* would be 7"):
        Project.open(project.path)

"""What a curator finds for a left entity, and what is told of it."""

import pytest

from kgreview.pipeline.project import Project
from kgreview.review.entity_search import MOST, find_right, left_name
from tests.films import MakeFilms


@pytest.fixture
def films(same_films: MakeFilms) -> Project:
    return same_films()


def test_all_entities_are_found_also_those_of_no_candidate(films: Project) -> None:
    town = find_right(films, "l0", "t")
    assert [each.id for each in town if each.refused] == ["t"]
    found = find_right(films, "l0", "jjjjjj")
    assert [each.id for each in found] == ["r9", "s9"]
    assert [each.is_candidate for each in found] == [False, False]
    assert (found[0].name, found[0].type, found[0].refused) == ("jjjjjj", "film", "")


def test_of_a_candidate_it_is_told_that_it_is_one(films: Project) -> None:
    first = find_right(films, "l0", left_name(films, "l0"))[0]
    assert (first.id, first.is_candidate) == ("r0", True)


def test_a_slip_and_an_id_lead_there_too(films: Project) -> None:
    assert find_right(films, "l0", "jjjjkj")[0].id == "r9"
    assert find_right(films, "l0", "r9")[0].id == "r9"
    assert find_right(films, "l0", "") == []


def test_what_is_not_paired_comes_last_with_the_reason(films: Project) -> None:
    *others, town = find_right(films, "l0", "t")
    assert not any(each.refused for each in others)
    assert "film and town are no pair of types in schema.json" in town.refused


def test_no_more_are_given_than_there_are_keys(films: Project) -> None:
    found = find_right(films, "l0", "r1")  # r1, and r10 to r19
    assert found[0].id == "r1"
    assert len(found) == MOST

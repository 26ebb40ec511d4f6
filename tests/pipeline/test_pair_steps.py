from pathlib import Path

import pytest

from kgreview.errors import InputError
from kgreview.pipeline.explanation import explain
from kgreview.pipeline.pair_steps import look, partners, search, stories
from kgreview.pipeline.project import Project
from kgreview.store.search import search_terms


@pytest.fixture
def project(small_sample: Path) -> Project:
    return Project.open(small_sample)


def a_pair(project: Project) -> tuple[str, str]:
    """Give a candidate with neighbours on both sides."""
    pairs = project.candidates()
    where = next(
        i
        for i, (a, b) in enumerate(zip(pairs.left, pairs.right, strict=True))
        if project.left.degree(int(a)) > 1 and project.right.degree(int(b)) > 1
    )
    return project.left.id(int(pairs.left[where])), project.right.id(int(pairs.right[where]))


def test_an_entity_is_found_by_its_id_or_by_a_part_of_its_name(project: Project) -> None:
    left, _ = a_pair(project)
    (found,) = search(project, "left", f" {left} ")
    assert found.id == left
    middle = found.name[1:].lower()
    assert left in {other.id for other in search(project, "left", middle, most=500)}
    assert search(project, "left", "  ") == []
    assert search(project, "right", "no such name, ever") == []


def test_the_search_is_that_of_the_queue(project: Project) -> None:
    """Whatever a name's script, accents or case; the index of the queue has candidates only."""
    with project.database() as db:
        sql = "SELECT e.entity FROM entity_words w JOIN entities e ON e.id = w.rowid"
        for words in ("a", "AN", "the s", "é", "ny", "o'", "!", "99"):
            hits = f"{sql} WHERE entity_words MATCH ? AND e.side = 'left'"
            by_index = {entity for (entity,) in db.execute(hits, [search_terms(words)])}
            by_scan = {entity.id for entity in search(project, "left", words, most=10**6)}
            assert by_index <= by_scan
            candidates = {e for (e,) in db.execute("SELECT entity FROM entities WHERE side='left'")}
            assert by_scan & candidates == by_index


def test_names_that_begin_with_the_words_come_first(project: Project) -> None:
    found = search(project, "left", "the", most=500)
    begins = [entity.name.lower().startswith("the") for entity in found]
    assert begins == sorted(begins, reverse=True)
    assert 0 < sum(begins) < len(begins)


def test_strings_of_a_search_are_no_pattern(project: Project) -> None:
    assert search(project, "left", ".*") == []
    assert search(project, "left", "%") == []


def test_partners_are_the_candidates_the_best_first(project: Project) -> None:
    left, right = a_pair(project)
    found = partners(project, left)
    assert right in {entity.id for entity in found}
    with project.database() as db:
        sql = "SELECT right FROM candidates WHERE left = ?"
        assert {entity.id for entity in found} == {row[0] for row in db.execute(sql, [left])}


def test_the_steps_end_in_the_probability_that_is_explained(project: Project) -> None:
    left, right = a_pair(project)
    rows = project.left.row(left), project.right.row(right)
    found = look(project, "v1", left, right)
    assert found["probability"] == pytest.approx(explain(project, "v1", *rows).probability)
    assert found["version"] == "v1"
    assert len(found["rounds"]) == 2
    sharper = look(project, "v1", left, right, temperature=0.2)
    assert sharper["affinity"] != found["affinity"]
    assert sharper["waterfall"]["prior"] == pytest.approx(found["waterfall"]["prior"])


def test_an_unknown_entity_is_named(project: Project) -> None:
    with pytest.raises(InputError, match="no entity has the id 'nobody'"):
        look(project, "v1", "nobody", "nobody")


def test_stories_are_told_of_the_sample_data_alone(project: Project) -> None:
    assert stories(project) == [], "artists and albums alone have none of the two"


@pytest.mark.slow
def test_both_stories_are_told_of_the_sample_data(sample: Path) -> None:
    project = Project.open(sample)
    told = stories(project)
    assert len(told) == 2
    for story in told:
        assert look(project, "v1", story.left, story.right)["rounds"]

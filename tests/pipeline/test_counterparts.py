"""Entities that may have several counterparts, from the links to what is learnt and asked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kgreview.graph.cardinality import Cardinality, Tally
from kgreview.pipeline.blocking import block_project
from kgreview.pipeline.counterparts import matches_tell
from kgreview.pipeline.labels import decisions_as_links, missing
from kgreview.pipeline.project import Project
from kgreview.pipeline.version_labels import gather_labels
from kgreview.store.decisions import standing, training_decisions
from tests.films import MakeFilms, Say

MATCHES = [f"l{i} r{i}" for i in range(12)]


def set_cardinality(project: Project, which: Cardinality) -> None:
    film = project.schema.types[0]
    project.save_schema(replace(project.schema, cardinality={film: which}))


def remakes_of(project: Project, *films: int) -> tuple[np.ndarray, np.ndarray]:
    return project.left.rows([f"l{i}" for i in films]), project.right.rows([f"s{i}" for i in films])


def closed(project: Project) -> set[tuple[str, str]]:
    with project.database() as db:
        sql = "SELECT left, right FROM candidates WHERE linked = 1"
        return {(row[0], row[1]) for row in db.execute(sql)}


def test_a_link_leaves_other_candidates_open_where_there_may_be_several(
    make_films: MakeFilms,
) -> None:
    project = make_films(MATCHES)
    assert ("l0", "s0") in closed(project)
    set_cardinality(project, Cardinality.ONE_TO_MANY)
    block_project(project)
    assert closed(project) == {tuple(pair.split()) for pair in MATCHES}
    assert project.links("train").labels(*remakes_of(project, 0, 15)).tolist() == [-1, -1]


def test_an_accepted_pair_leaves_them_open_too(make_films: MakeFilms, say_film: Say) -> None:
    project = make_films()
    say_film(project, "l0", "r0")
    with project.database() as db:
        decided = training_decisions(db)
    said = decisions_as_links(project, decided)
    assert said.labels(*remakes_of(project, 0)).tolist() == [0]
    set_cardinality(project, Cardinality.MANY_TO_MANY)
    said = decisions_as_links(project, decided)
    assert said.labels(*remakes_of(project, 0)).tolist() == [-1]


def test_a_first_network_can_be_learnt_where_non_matches_are_presumed(
    make_films: MakeFilms,
) -> None:
    project = make_films(MATCHES)
    set_cardinality(project, Cardinality.ONE_TO_MANY)
    assert missing(project, []) is None


def test_links_and_decisions_are_counted_together(make_films: MakeFilms, say_film: Say) -> None:
    project = make_films(["l0 r0", "l1 r1"])
    say_film(project, "l0", "s0")
    say_film(project, "l0", "gone")
    film = project.schema.types[0]
    with project.database() as db:
        told = matches_tell(project, standing(db), project.schema.types)
    assert told == {film: Tally(matches=3, left=2, left_several=1, right=3, right_several=0)}


def test_it_is_noted_what_links_tell_and_of_how_many_types_they_do_not(
    make_films: MakeFilms,
) -> None:
    project = make_films(MATCHES + [f"l{i} s{i}" for i in range(3)])
    said = "'film' is taken for one-to-many: 3 of 12 matched left entities have several"
    assert sum(said in note for note in project.notes) == 1


def test_it_is_noted_where_links_are_too_few_to_tell(make_films: MakeFilms) -> None:
    project = make_films(MATCHES[:9])
    assert sum("1 pair of types: too few matches" in note for note in project.notes) == 1


def test_what_is_presumed_is_learnt_from_and_held_out_like_links(make_films: MakeFilms) -> None:
    project = make_films(MATCHES[:10], valid=[MATCHES[10:]])
    set_cardinality(project, Cardinality.ONE_TO_MANY)
    block_project(project)
    known = gather_labels(project, [])
    assert known.held is not None
    for pairs, films in ((known.learnt, range(10)), (known.held, range(10, 12))):
        remakes = np.isin(pairs.right, remakes_of(project, *range(20))[1])
        assert sorted(pairs.left[remakes]) == sorted(remakes_of(project, *films)[0])
        assert not pairs.label[remakes].any()
        assert pairs.label.sum() == len(films)

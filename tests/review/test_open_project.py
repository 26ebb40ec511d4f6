from __future__ import annotations

import os
from pathlib import Path

import kgreview
from kgreview.exchange.alignment import What
from kgreview.pipeline.export import Choice
from kgreview.pipeline.project import Project
from kgreview.review.open_project import OpenProject, OpenProjects

RIGHT = "https://films.example/id/"
ALL = Choice(What.ALL)


def test_an_alignment_is_read_once_until_somebody_decides(films: Path) -> None:
    opened = OpenProject(Project.open(films))
    first = opened.export(ALL)
    assert opened.export(ALL) is first
    assert opened.export(Choice(threshold=1.0)) is not first
    api = kgreview.Project.open(films)
    api.decide(api.pair("f0", f"{RIGHT}0"), "match")
    second = opened.export(ALL)
    assert second is not first
    assert second.alignment.counts()["accepted"] == 1
    api.undo()
    assert opened.export(ALL).alignment.counts()["accepted"] == 0


def test_no_more_than_a_few_alignments_are_kept(films: Path) -> None:
    opened = OpenProject(Project.open(films))
    first = opened.export(ALL)
    for step in range(6):
        opened.export(Choice(threshold=step / 10))
    assert opened.export(ALL) is not first


def test_the_pairs_of_a_left_entity_are_found_in_the_alignment(films: Path) -> None:
    opened = OpenProject(Project.open(films))
    row = opened.project.left.row("f1")
    export, places = opened.of_left(row, ALL)
    assert export.alignment.left[places].tolist() == [row]
    beyond = opened.of_left(opened.project.left.num_entities, ALL)[1]
    assert beyond.start == beyond.stop


def test_who_says_a_value_is_found_however_it_is_spelt(films: Path) -> None:
    opened = OpenProject(Project.open(films))
    graph = opened.project.right
    assert [graph.id(row) for row in opened.saying("right", "title", ["SOLARIS", "?"])] == [
        f"{RIGHT}0"
    ]
    assert list(opened.saying("right", "no such attribute", ["1972"])) == []


def test_a_project_stays_open_until_its_files_change(films: Path) -> None:
    projects = OpenProjects()
    first = projects.open(films)
    assert projects.open(films) is first
    os.utime(films / "schema.json", ns=(1, 1))
    assert projects.open(films) is not first

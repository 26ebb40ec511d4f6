"""Known links that blocking lost: candidates like those that people add, and no word to others."""

import itertools
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from kgreview.candidates.blocking import is_candidate
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.pair_rows import pair_rows
from kgreview.pipeline import loaded_networks
from kgreview.pipeline.blocking import added_words, block_project, similarity_of
from kgreview.pipeline.project import Project
from kgreview.pipeline.scoring import score_project
from kgreview.pipeline.scoring_added import rounds, scores_of_added
from kgreview.pipeline.training import train_project
from kgreview.review import session
from kgreview.review.quality import quality
from kgreview.review.quality_words import headlines
from kgreview.store.added_pairs import AddedPair, added_pairs, blocked_count, unscored
from kgreview.store.asked_types import open_count
from kgreview.store.outcomes import Outcome
from kgreview.store.queue import next_question
from kgreview.store.versions import scores_of
from tests.films import FILMS, MakeFilms

Rows = npt.NDArray[np.int64]


def added(project: Project) -> list[tuple[str, str, bool, str, int | None]]:
    with project.database() as db:
        return [(p.left, p.right, p.linked, p.curator, p.candidate) for p in added_pairs(db)]


def test_they_follow_what_blocking_found_and_close_their_pairs(make_films: MakeFilms) -> None:
    project = make_films(["l0 r9", "l1 r1"], ["l2 r7 0"], valid=[["l3 r12"]])
    first = 2 * FILMS
    assert added(project) == [
        ("l0", "r9", True, "", first),
        ("l2", "r7", True, "", first + 1),
        ("l3", "r12", True, "", first + 2),
    ]
    assert len(project.candidates()) == first, "the columns are those of blocking alone"
    with project.database() as db:
        assert blocked_count(db) == first


def test_recall_is_blockings_and_beside_it_stands_what_links_made_of_it(
    make_films: MakeFilms,
) -> None:
    report = block_project(make_films(["l0 r9", "l1 r1", "p t"], ["l2 r7 0"]))
    assert (report.recall, report.recall_with_links) == (0.5, 1.0)
    assert (report.lost, report.lost_non_matches, report.unpaired) == (1, 1, 1)
    assert report.to_json()["recall_with_links"] == 1.0
    assert added_words(report) == (
        "1 known match and 1 known non-match that blocking had lost are candidates by the links"
    )


def test_where_blocking_found_all_there_is_nothing_to_say(make_films: MakeFilms) -> None:
    project = make_films(["l1 r1"])
    assert added_words(block_project(project)) is None
    assert added(project) == []


def test_they_are_scored_and_listed_and_nobody_is_asked(make_films: MakeFilms) -> None:
    project = make_films(["l0 r9"], ["l2 r7 0"])
    train_project(project)
    score_project(project)
    with project.database() as db:
        assert unscored(db, "v1") == []
        assert "r9" in [pair.right for pair in scores_of(db, left="l0")]
        # l0 is settled with both its candidates, and l2 stays with its own two
        assert open_count(db) == 2 * FILMS - 2
    view = session.given_pair(project, "Ada", "l0", "r9")
    assert view
    assert view.question.candidate == 2 * FILMS
    assert view.question.score is not None


def test_another_blocking_keeps_each_once(make_films: MakeFilms) -> None:
    project = make_films(["l0 r9"])
    before = added(project)
    block_project(project)
    assert added(project) == before


def test_what_a_person_added_stays_theirs(make_films: MakeFilms) -> None:
    project = make_films(["l0 r9"])
    with project.database() as db:
        db.execute("UPDATE added_pairs SET curator = 'Ada'")
    block_project(project)
    assert added(project) == [("l0", "r9", True, "Ada", 2 * FILMS)]


def test_quality_says_what_blocking_kept_and_what_links_added(make_films: MakeFilms) -> None:
    project = make_films(["l0 r9", "l1 r1"], audit=1.0)
    train_project(project)
    score_project(project)
    with project.database() as db:
        asked = next_question(db, "Ada")  # of the audit sample, which is all there is
    assert asked
    session.decide(project, "Ada", asked, session.Answer(Outcome.NO_COUNTERPART))
    found = quality(project)
    assert (found.blocking.value, found.by_links, found.lost) == (0.5, 1, 0)
    (line,) = [line for line in headlines(found) if "Blocking kept" in line]
    assert "among the candidates; 1 more is there by the links alone; of what else it" in line


def test_what_is_added_together_is_scored_as_if_each_were_alone(small_sample: Path) -> None:
    project = Project.open(small_sample)
    left, right = _outside(project, 150)
    compared = similarity_of(project).compute(left, right)
    pairs = [
        AddedPair(project.left.id(a), project.right.id(b), "", "", similarities=row, candidate=i)
        for i, (a, b, row) in enumerate(zip(left.tolist(), right.tolist(), compared, strict=True))
    ]
    together, alone = rounds(project.left, project.right, left, right)
    assert together
    found = scores_of_added(project, "v1", pair_rows(project.left, project.right, pairs), "cpu")
    loaded = loaded_networks.load(project, "v1")
    for at in [*together[0][:20].tolist(), *alone[:5].tolist()]:
        pair = loaded.pair(int(left[at]), int(right[at]))
        assert found[at] == pytest.approx(float(pair.look([()]).probability[0]), abs=1e-4)


def _outside(project: Project, number: int) -> tuple[Rows, Rows]:
    rng = np.random.default_rng(0)
    parts = []
    for kind in project.schema.types:
        a, b = project.left.rows_of_type(kind.left), project.right.rows_of_type(kind.right)
        parts.append((rng.choice(a, number), rng.choice(b, number)))
    left, right = (np.concatenate(side) for side in zip(*parts, strict=True))
    kept = ~is_candidate(project.candidates(), left, right)
    kept[
        np.setdiff1d(np.arange(len(left)), np.unique(left * 10**6 + right, return_index=True)[1])
    ] = False
    return left[kept][:number], right[kept][:number]


def test_no_two_of_a_round_are_competitors_or_neighbours(small_sample: Path) -> None:
    project = Project.open(small_sample)
    left, right = _outside(project, 150)
    # each with a neighbour of either side: such would be evidence for each other
    near = [
        (_neighbour(project.left, a), _neighbour(project.right, b))
        for a, b in zip(left, right, strict=True)
    ]
    pairs = {*zip(left.tolist(), right.tolist(), strict=True), *(n for n in near if min(n) >= 0)}
    left, right = (np.array(side) for side in zip(*sorted(pairs), strict=True))
    together, alone = rounds(project.left, project.right, left, right)
    assert sorted(np.concatenate([*together, alone]).tolist()) == list(range(len(left)))
    for where in together:
        assert len(set(left[where].tolist())) == len(set(right[where].tolist())) == len(where)
        inside = set(zip(left[where].tolist(), right[where].tolist(), strict=True))
        for a, b in inside:
            beside = itertools.product(
                set(project.left.neighbourhood(a)[1].tolist()),
                set(project.right.neighbourhood(b)[1].tolist()),
            )
            assert not inside & set(beside)


def _neighbour(graph: KnowledgeGraph, row: int) -> int:
    beside = graph.neighbourhood(int(row))[1]
    return int(beside[0]) if len(beside) else -1

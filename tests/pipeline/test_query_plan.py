"""The query plan of a project: whatever the queue asks first comes from it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from kgreview.errors import InputError
from kgreview.exchange.links import read_link_source
from kgreview.graph.links import pair_keys
from kgreview.pipeline.blocking import block_project
from kgreview.pipeline.creation import create_project
from kgreview.pipeline.project import Project
from kgreview.pipeline.query_plan import SPREAD, _alike, _labels, _names, plan_queue
from kgreview.pipeline.scoring import score_project
from kgreview.pipeline.training import train_project
from kgreview.store.deciding import decide
from kgreview.store.outcomes import Outcome
from kgreview.store.questions import Question
from kgreview.store.queue import next_question
from kgreview.store.versions import current_version
from tests.films import MakeFilms, Say

from ..conftest import MakeGraph

ROOT = Path(__file__).resolve().parents[2]
TRUTH = {
    tuple(line.split("\t")[:2])
    for table in (ROOT / "sample_data" / "links").glob("*.tsv")
    for line in table.read_text(encoding="utf-8").splitlines()[1:]
}


def with_strategies(path: Path, strategies: object) -> Project:
    file = path / "kgreview.json"
    values = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps(values | {"strategies": strategies}), encoding="utf-8")
    return Project.open(path)


def planned(project: Project) -> None:
    with project.database() as db:
        version = current_version(db)
        assert version is not None
        scores = np.load(project.version_folder(version.name) / "scores.npy")
        plan_queue(project, db, version.name, scores)


def answered(project: Project, number: int) -> list[tuple[Question, Outcome]]:
    """Decide on the next pairs as the sample's links say."""
    found = []
    with project.database() as db:
        for _ in range(number):
            asked = next_question(db, "Ada")
            assert asked is not None
            is_match = (asked.left, asked.right) in TRUTH
            outcome = Outcome.MATCH if is_match else Outcome.NO_MATCH
            decide(
                db,
                left=asked.left,
                right=asked.right,
                curator="Ada",
                outcome=outcome,
                seconds=1.0,
                version=asked.version,
                score=asked.score,
                strategy=asked.strategy,
                question=asked.token,
            )
            found.append((asked, outcome))
    return found


def test_without_a_link_both_answers_are_found_among_the_first_questions(
    records: Path, tmp_path: Path
) -> None:
    project = create_project(tmp_path / "p", records / "left", records / "right")
    block_project(project)
    score_project(project, train_project(project, device="cpu").name, device="cpu")
    said = [outcome for _, outcome in answered(project, 25)]
    assert said.count(Outcome.MATCH) >= 5
    assert said.count(Outcome.NO_MATCH) >= 5
    assert {Outcome.MATCH, Outcome.NO_MATCH} == set(said[:10])


def test_a_scored_version_asks_by_the_default_mix_and_a_tenth_at_random(
    small_sample: Path,
) -> None:
    project = Project.open(small_sample)
    planned(project)
    asked = [question.strategy for question, _ in answered(project, 20)]
    assert asked[9] == asked[19] == "audit"
    assert len(set(asked)) >= 4


def test_no_entity_comes_twice_among_a_score_of_questions(small_sample: Path) -> None:
    project = Project.open(small_sample)
    planned(project)
    learnt = [q for q, _ in answered(project, 20) if q.strategy != "audit"]
    assert len({q.left for q in learnt}) == len({q.right for q in learnt}) == len(learnt)


def test_namesakes_are_told_by_the_one_spelling(make_graph: MakeGraph) -> None:
    names = ("Café Olé", "cafe\u0301 OLE", "Cafés", "", " ")
    ids = "abcde"
    graph = make_graph(
        [(i, "bar") for i in ids], [(i, "name", n) for i, n in zip(ids, names, strict=True)]
    )
    numbers = _names(graph, {"bar": ("name",)})
    assert numbers[0] == numbers[1]
    assert len(set(numbers)) == 4, "nobody is a namesake of who has no name"


def test_what_is_at_odds_with_a_match_takes_no_place_in_the_plan(small_sample: Path) -> None:
    project = Project.open(small_sample)
    planned(project)
    answered(project, 30)
    planned(project)
    with project.database() as db:
        found = db.execute(
            "SELECT s.conflict, count(s.place) FROM scores s JOIN versions v ON v.id = s.version"
            " WHERE v.current GROUP BY s.conflict"
        )
        places = dict(found.fetchall())
    assert places[1] == 0
    assert places[0] > 100


def test_a_project_may_choose_its_strategies(small_sample: Path) -> None:
    project = with_strategies(small_sample, {"margin": 2, "confident": 2})
    assert project.settings.strategies == {"margin": 0.5, "confident": 0.5}
    planned(project)
    asked = {question.strategy for question, _ in answered(project, 8)}
    # until ten answers of either kind are there, also the links' count
    assert asked == {"margin", "confident"}


def test_a_project_of_an_earlier_release_keeps_its_shares(small_sample: Path) -> None:
    project = with_strategies(small_sample, {"overlooked": 1, "influence": 2, "chance": 1})
    assert project.settings.strategies == {"low-score": 0.25, "density": 0.5, "random": 0.25}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"margins": 1}, "kgreview.json: in its settings, there is no strategy 'margins'"),
        ({"audit": 1}, "'audit' has no share"),
        (["margin"], "'strategies' is not an object of shares"),
    ],
)
def test_strategies_that_make_no_sense_are_said_in_one_line(
    small_sample: Path, wrong: object, says: str
) -> None:
    with pytest.raises(InputError, match=says):
        with_strategies(small_sample, wrong)


def test_a_committee_is_asked_where_its_disagreement_was_written(small_sample: Path) -> None:
    project = with_strategies(small_sample, {"committee": 1.0})
    with project.database() as db:
        version = current_version(db)
    assert version is not None
    pairs = len(project.candidates().left)
    spread = np.random.default_rng(0).random(pairs).astype(np.float32)
    np.save(project.version_folder(version.name) / SPREAD, spread)
    planned(project)
    with project.database() as db:
        asked = next_question(db, "Ada")
    assert asked is not None
    assert asked.strategy == "committee"
    assert spread[asked.candidate] > 0.9
    assert f"differ by {spread[asked.candidate]:.2f}" in asked.why


def test_what_is_overlooked_is_looked_for_as_soon_as_some_matches_are_known(
    records: Path, tmp_path: Path
) -> None:
    project = create_project(tmp_path / "p", records / "left", records / "right", audit_share=0)
    block_project(project)
    version = train_project(project, device="cpu").name
    score_project(project, version, device="cpu")
    truth = read_link_source(records / "links" / "train.tsv", project.left, project.right)
    candidates = project.candidates()
    left, right = (np.asarray(side, dtype=np.int64) for side in (candidates.left, candidates.right))
    matches = np.flatnonzero(np.isin(pair_keys(left, right), pair_keys(truth.left, truth.right)))
    with project.database() as db:
        assert _alike(project, db, left, right) is None
        # of either type, whatever the order of their ids
        known, others = np.array_split(np.random.default_rng(0).permutation(matches), [8])
        for match in known:
            decide(
                db,
                left=project.left.id(int(left[match])),
                right=project.right.id(int(right[match])),
                curator="Ada",
                outcome=Outcome.MATCH,
                strategy="uncertainty",
            )
        alike = _alike(project, db, left, right)
    assert alike is not None
    assert alike[others].mean() > np.delete(alike, matches).mean() + 0.5


def test_links_and_decisions_say_what_they_make_of_the_candidates(
    make_films: MakeFilms, say_film: Say
) -> None:
    project = make_films(["l0 r0"], ["l1 s1 0"], valid=[["l2 r2"]])
    say_film(project, "l3", "r3")
    say_film(project, "l0", "s0", Outcome.MATCH)  # against what the link tells of it
    say_film(project, "gone", "r4")
    say_film(project, "l4", "gone")
    candidates = project.candidates()
    left, right = (np.asarray(side, dtype=np.int64) for side in (candidates.left, candidates.right))
    with project.database() as db:
        label = _labels(project, db, left, right)
    ids = [
        f"{project.left.id(a)} {project.right.id(b)}"
        for a, b in zip(left.tolist(), right.tolist(), strict=True)
    ]
    assert {pair: said for pair, said in zip(ids, label.tolist(), strict=True) if said >= 0} == {
        "l0 r0": 1,
        "l0 s0": 1,
        "l1 s1": 0,
        "l2 r2": 1,
        "l2 s2": 0,
        "l3 r3": 1,
    }

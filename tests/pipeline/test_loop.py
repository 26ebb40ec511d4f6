"""The whole loop: graphs in, candidates, scores, decisions, and a network that learns from them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from kgreview.aligner.settings import AlignerSettings
from kgreview.graph.names import display_name
from kgreview.pipeline.creation import create_project
from kgreview.pipeline.evaluation import evaluate_project
from kgreview.pipeline.explanation import explain
from kgreview.pipeline.jobs import cancel, latest, log_tail, start_finetuning
from kgreview.pipeline.project import Project
from kgreview.pipeline.scoring import score_project
from kgreview.pipeline.training import finetune_project, train_project
from kgreview.store.asked_types import open_count
from kgreview.store.deciding import decide
from kgreview.store.jobs import Job
from kgreview.store.outcomes import Outcome
from kgreview.store.queue import next_question
from kgreview.store.versions import current_version, decisions_seen, scores_of, versions

ROOT = Path(__file__).resolve().parents[2]
TRUTH = {
    tuple(line.split("\t")[:2])
    for table in (ROOT / "sample_data" / "links").glob("*.tsv")
    for line in table.read_text(encoding="utf-8").splitlines()[1:]
}
STORIES = json.loads((ROOT / "sample_data" / "stories.json").read_text(encoding="utf-8"))


def score_of(project: Project, left: str, right: str) -> float:
    with project.database() as db:
        return {found.right: found.score for found in scores_of(db, left=left)}[right]


def answer(project: Project, number: int, curator: str = "Ada") -> list[tuple[str, str]]:
    """Decide on the next pairs as the sample's links say."""
    answered = []
    with project.database() as db:
        for _ in range(number):
            asked = next_question(db, curator)
            assert asked is not None
            decide(
                db,
                left=asked.left,
                right=asked.right,
                curator=curator,
                outcome=Outcome.MATCH if (asked.left, asked.right) in TRUTH else Outcome.NO_MATCH,
                seconds=1.0,
                version=asked.version,
                score=asked.score,
                strategy=asked.strategy,
                question=asked.token,
            )
            answered.append((asked.left, asked.right))
    return answered


def test_the_trained_network_gets_both_stories_right(sample: Path) -> None:
    project = Project.open(sample)
    with project.database() as db:
        version = current_version(db)
    assert version is not None
    assert version.kind == "trained"
    aditya, radioactive = STORIES["aditya"], STORIES["radioactive"]
    assert score_of(project, aditya["left"], aditya["right"]) >= version.threshold
    assert score_of(project, aditya["left"], aditya["namesake"]) < version.threshold
    assert score_of(project, radioactive["left"], radioactive["right"]) < version.threshold
    assert score_of(project, radioactive["left"], radioactive["counterpart"]) >= version.threshold


def test_the_sample_is_matched_well_end_to_end(sample: Path) -> None:
    figures = evaluate_project(Project.open(sample), ROOT / "sample_data" / "links" / "test.tsv")
    assert figures.blocking_recall > 0.95
    assert figures.prauc > 0.95
    assert figures.end_to_end_f1 > 0.9


def test_figures_on_links_that_were_learnt_from_are_refused(sample: Path) -> None:
    with pytest.raises(Exception, match="among the project's own train links"):
        evaluate_project(Project.open(sample), ROOT / "sample_data" / "links" / "train.tsv")


def contributions(project: Project, story: dict[str, str]) -> dict[str, float]:
    """Give what the neighbours of both sides add, by their names."""
    rows = project.left.row(story["left"]), project.right.row(story["right"])
    found = explain(project, "v1", *rows).attention
    said: dict[str, float] = {}
    for graph, names, side in (
        (project.left, project.schema.left_names, found.left),
        (project.right, project.schema.right_names, found.right),
    ):
        for neighbour in side:
            name = display_name(graph, neighbour.row, names)
            said[name] = said.get(name, 0.0) + neighbour.contribution
    return said


def test_the_explanations_of_both_stories_read_as_they_are_told(sample: Path) -> None:
    project = Project.open(sample)
    works = contributions(project, STORIES["aditya"])
    assert min(works["Don't Stop Dreaming"], works["Sambar Salsa"]) > 0.5, "carry the match"
    assert -1.5 < works["Gawaahi"] < 0, "speaks weakly against it"
    assert -1.5 < works["Shamaal"] < 0
    song = contributions(project, STORIES["radioactive"])
    assert song["Kendrick Lamar"] < 0
    assert song["Kendrick Lamar"] == min(song.values()), "what keeps the two apart"


def test_a_pair_comes_with_the_attention_behind_its_score(sample: Path) -> None:
    project = Project.open(sample)
    story = STORIES["aditya"]
    with project.database() as db:
        version = current_version(db)
        (found,) = [s for s in scores_of(db, left=story["left"]) if s.right == story["right"]]
    assert version is not None
    attention = project.attention(version.name, found.candidate)
    assert attention is not None
    for graph, row, side in (
        (project.left, project.left.row(story["left"]), attention.left),
        (project.right, project.right.row(story["right"]), attention.right),
    ):
        relations, neighbours = graph.neighbourhood(row)
        there = set(zip(relations.tolist(), neighbours.tolist(), strict=True))
        assert {(n.relation, n.row) for n in side} <= there
    works = {project.left.id(n.row): n.contribution for n in attention.left}
    assert max(works.values()) > 0.5, "the works that tell who he is"


def test_what_the_links_already_tell_is_not_asked(sample: Path) -> None:
    project = Project.open(sample)
    known = {project.left.id(row) for row in project.links("train").left}
    assert not known & {left for left, _ in answer(project, 30)}


def test_fine_tuning_makes_a_new_version_from_the_decisions_and_the_queue_follows(
    sample: Path,
) -> None:
    project = Project.open(sample)
    decided = answer(project, 20)
    with project.database() as db:
        before = next_question(db, "Grace")
        left_open = open_count(db)
    report = finetune_project(project, device="cpu")
    with project.database() as db:
        version = current_version(db)
        seen = decisions_seen(db, report.name)
        after = next_question(db, "Hedy")
    assert version is not None
    assert (version.name, version.kind, version.parent) == ("v2", "fine-tuned", "v1")
    assert 0 < len(seen) <= len(decided), "those of the audit sample are not learnt from"
    assert report.figures["prauc"] > 0.95
    assert before is not None
    assert after is not None
    assert (after.left, after.right) not in decided
    assert after.score != before.score
    with project.database() as db:
        assert open_count(db) == left_open


def test_without_links_similarity_scores_and_the_first_decisions_train_the_first_network(
    records: Path, tmp_path: Path
) -> None:
    from kgreview.pipeline.blocking import block_project

    project = create_project(tmp_path / "p", records / "left", records / "right")
    block_project(project)
    assert train_project(project, device="cpu").kind == "similarity"
    score_project(project, device="cpu")
    with project.database() as db:
        asked = next_question(db, "Ada")
    assert asked is not None
    assert asked.score is not None
    assert project.attention("v1", asked.candidate) is None
    answered = answer(project, 60)
    assert TRUTH.intersection(answered), "a match to learn from"
    report = finetune_project(project, device="cpu")
    assert report.kind == "trained"
    with project.database() as db:
        assert [version.name for version in versions(db)] == ["v2", "v1"]
        asked = next_question(db, "Ada")
    assert asked is not None
    assert project.attention("v2", asked.candidate) is not None


def test_fine_tuning_with_nothing_to_learn_from_says_so(sample: Path) -> None:
    with pytest.raises(Exception, match="accept or reject some pairs first"):
        finetune_project(Project.open(sample))


def wait_for(project: Project, there: Callable[[Job], bool], seconds: float = 120) -> Job:
    """Look at the latest job until it is as wanted."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        job = latest(project)
        assert job is not None
        if there(job):
            return job
        time.sleep(0.05)
    raise AssertionError(f"the job did not get there: {latest(project)}")


def ended(job: Job) -> bool:
    return job.state != "running"


def test_a_background_job_outlives_its_starter_and_its_version_becomes_current(
    small_sample: Path,
) -> None:
    project = Project.open(small_sample)
    answer(project, 12)
    start = (
        "from pathlib import Path; from kgreview.pipeline.project import Project;"
        "from kgreview.pipeline.jobs import start_finetuning;"
        f"start_finetuning(Project.open(Path({str(small_sample)!r})))"
    )
    subprocess.run([sys.executable, "-c", start], check=True)  # and is gone
    job = wait_for(project, ended)
    assert job.state == "done"
    log = log_tail(project, job)
    assert log.index("grow trees") < log.index("v2 is current now"), "its stages and its outcome"
    with project.database() as db:
        version = current_version(db)
    assert version is not None
    assert version.name == "v2"


def test_a_cancelled_job_leaves_the_current_version_and_says_so(small_sample: Path) -> None:
    project = Project.open(small_sample)
    answer(project, 12)
    job = start_finetuning(project)
    wait_for(project, lambda job: job.stage != "")  # it is at work
    cancel(project, job.id)
    over = wait_for(project, ended)
    assert (over.state, over.message) == (
        "cancelled",
        "cancelled; The current version is as it was",
    )
    with project.database() as db:
        assert [version.name for version in versions(db)] == ["v1"]
    assert not list((project.path / "models").glob(".*"))


@pytest.mark.slow
def test_a_killed_job_is_shown_as_failed_and_can_be_started_again(small_sample: Path) -> None:
    project = Project.open(small_sample)
    answer(project, 12)
    job = start_finetuning(project)
    wait_for(project, lambda job: job.stage != "")  # it is at work
    os.kill(job.pid, signal.SIGKILL)
    killed = wait_for(project, ended)
    assert killed.state == "failed"
    assert "start it again" in killed.message
    with project.database() as db:
        version = current_version(db)
    assert version is not None
    assert version.name == "v1"
    start_finetuning(project)
    assert wait_for(project, ended).state == "done"


def test_the_same_seed_trains_the_same_network(
    small_sample: Path, few_steps: AlignerSettings
) -> None:
    project = Project.open(small_sample)
    report = train_project(project, settings=few_steps, device="cpu")
    score_project(project, report.name, device="cpu")
    one, two = (
        np.load(small_sample / "models" / name / "scores.npy") for name in ("v1", report.name)
    )
    np.testing.assert_array_equal(one, two)


@pytest.mark.slow
@pytest.mark.benchmark_data
def test_real_restaurants_are_matched(benchmarks: Path, tmp_path: Path) -> None:
    from kgreview.pipeline.run import make_ready

    pair = benchmarks / "oaei_restaurants"
    make_ready(tmp_path / "p", pair, device="cpu")
    project = Project.open(tmp_path / "p")
    figures = evaluate_project(project, pair / "links" / "test.tsv")
    assert figures.blocking_recall == 1
    assert figures.prauc > 0.95

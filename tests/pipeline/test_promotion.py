"""Better or as good, a version is made current; worse, it is not promoted, and one may overrule."""

from __future__ import annotations

import dataclasses
import re
import shlex
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from kgreview.cli import cli
from kgreview.errors import InputError, KGReviewError
from kgreview.evaluation.bootstrap import compare_paired
from kgreview.pipeline import jobs, training, version_figures
from kgreview.pipeline.blocking import block_project
from kgreview.pipeline.creation import create_project
from kgreview.pipeline.project import Project, ProjectSettings
from kgreview.pipeline.promotion import (
    HeldOut,
    audit_words,
    changes,
    compare,
    comparison,
    keep_comparison,
    verdict,
    why_held,
)
from kgreview.pipeline.scoring import score_project
from kgreview.pipeline.training import finetune_project, train_project
from kgreview.progress import silent
from kgreview.store.deciding import decide
from kgreview.store.decisions import unseen_decisions
from kgreview.store.jobs import JobRunningError, fail, start_job
from kgreview.store.outcomes import Outcome
from kgreview.store.queue import next_question
from kgreview.store.versions import Version, current_version, decisions_seen, promotions, version

ROOT = Path(__file__).resolve().parents[2]
TRUTH = {
    tuple(line.split("\t")[:2])
    for table in (ROOT / "sample_data" / "links").glob("*.tsv")
    for line in table.read_text(encoding="utf-8").splitlines()[1:]
}
ENTITIES = 60
ENTITY = np.repeat(np.arange(ENTITIES), 4)
LABEL = np.tile([1, 0, 0, 0], ENTITIES).astype(np.int8)
MADE = Version("v2", "v1", "fine-tuned", "", None, 0, 0.5, {}, {}, scored=True, current=True)


def scores_of_quality(signal: float, seed: int = 0) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(size=len(LABEL))
    return (1 / (1 + np.exp(-(signal * LABEL + noise)))).astype(np.float32)


def held_out(*, links: bool) -> HeldOut:
    return HeldOut(np.arange(len(LABEL)), LABEL, ENTITY, links)


def say_anything(project: Project, number: int, curator: str = "Ada") -> None:
    """Decide on the next pairs, right or wrong: every other one is called a match."""
    _say(project, curator, lambda turn, _: turn % 2 == 1, number)


def say_the_truth(project: Project, number: int) -> None:
    """Decide on the next pairs as the sample's links say."""
    _say(project, "Ada", lambda _, pair: pair in TRUTH, number)


def _say(
    project: Project, curator: str, is_match: Callable[[int, tuple[str, str]], bool], number: int
) -> None:
    with project.database() as db:
        for turn in range(number):
            asked = next_question(db, curator)
            assert asked is not None
            match = is_match(turn, (asked.left, asked.right))
            decide(
                db,
                left=asked.left,
                right=asked.right,
                curator=curator,
                outcome=Outcome.MATCH if match else Outcome.NO_MATCH,
                seconds=1.0,
                version=asked.version,
                score=asked.score,
                strategy=asked.strategy,
                question=asked.token,
            )


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fine-tune in a few steps: what becomes of a version does not hang on how good it is."""
    real = training.fit_aligner

    def quick(*args: object, **kwargs: object) -> object:
        settings = dataclasses.replace(args[5], steps=2, epochs=1)  # type: ignore[type-var]
        return real(*args[:5], settings, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(training, "fit_aligner", quick)


def test_what_is_as_good_or_better_is_not_held_back() -> None:
    good = scores_of_quality(2.0)
    for after in (good, scores_of_quality(4.0)):
        kept, reason = compare(held_out(links=True), "v1", good, after)
        assert reason is None
        assert kept["against"] == "v1"
        assert kept["matches"] == ENTITIES
        assert [len(curve) for curve in kept["curves"]] == [2, 2]


def test_what_is_worse_by_the_bootstrap_is_held_back_and_the_figures_say_why() -> None:
    kept, reason = compare(
        held_out(links=False), "v1", scores_of_quality(3.0), scores_of_quality(0.5)
    )
    assert reason is not None
    assert "PRAUC on 60 held-out decisions fell from" in reason
    assert "which is significant" in reason
    assert kept["difference"][2] < 0


def test_a_perfect_order_of_a_few_pairs_is_told_without_an_interval(tmp_path: Path) -> None:
    held = held_out(links=True)
    some = HeldOut(held.where[:15], held.label[:15], held.entity[:15], links=True)
    before, after = (scores_of_quality(strength) for strength in (8.0, 9.0))
    kept, reason = compare(some, "v1", before, after)
    assert reason is None
    assert kept["after"] == [1.0, None, None]
    assert kept["difference"] == [0.0, None, None]
    folder = tmp_path / "models" / "v2"
    folder.mkdir(parents=True)
    keep_comparison(folder, kept)
    assert "NaN" not in (folder / "comparison.json").read_text()
    project = Project(tmp_path, ProjectSettings("p", "2026-01-01T00:00:00+00:00"))
    said = verdict(project, MADE)
    assert "PRAUC 1.000 after 1.000, a difference of +0.0000 (no interval" in said
    assert "1.000 to 1.000" not in said
    (folder / "comparison.json").unlink()
    for ends in ({}, {"prauc_low": 1.0, "prauc_high": 1.0}):  # the latter of an earlier release
        alone = verdict(project, dataclasses.replace(MADE, figures={"prauc": 1.0, **ends}))
        assert alone.endswith("1.000, and what was held out tells no interval.")


def test_on_held_out_links_a_loss_of_half_a_point_is_enough() -> None:
    label, entity = LABEL, ENTITY
    before = scores_of_quality(2.0)
    after = before + np.random.default_rng(1).normal(scale=0.05, size=len(label))
    found = compare_paired(label, before, after, entity)
    lost = dataclasses.replace(
        found, difference=found.difference._replace(value=-0.006, low=-0.02, high=0.01)
    )
    assert not lost.worse
    assert "by more than 0.005" in str(why_held(lost, "v1", links=True))
    assert why_held(lost, "v1", links=False) is None, "of a few decisions that is chance"
    little = dataclasses.replace(lost, difference=lost.difference._replace(value=-0.004))
    assert why_held(little, "v1", links=True) is None


def worse_on_purpose(monkeypatch: pytest.MonkeyPatch) -> None:
    def held(*args: object) -> tuple[dict[str, object], str]:
        kept, _ = compare(*args)  # type: ignore[arg-type]
        return kept, "PRAUC fell"

    monkeypatch.setattr(version_figures, "compare", held)


@pytest.mark.usefixtures("steps")
def test_a_held_version_leaves_queue_and_current_version_as_they_are(
    small_sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project.open(small_sample)
    say_anything(project, 6)
    with project.database() as db:
        before = next_question(db, "Grace")
    worse_on_purpose(monkeypatch)
    report = finetune_project(project, device="cpu")
    assert report.held == "PRAUC fell"
    with project.database() as db:
        current, made = current_version(db), version(db, "v2")
        assert next_question(db, "Grace") == before
        assert decisions_seen(db, "v2")
    assert current is not None
    assert current.name == "v1"
    assert (made.held_back, made.parent, made.scored) == (True, "v1", False)
    assert comparison(project, "v2") is not None
    assert "is worse than v1" in verdict(project, made)
    with pytest.raises(InputError, match="give a reason"):
        score_project(project, "v2", device="cpu")
    score_project(project, "v2", curator="Ada", reason="it finds the songs", device="cpu")
    with project.database() as db:
        after = next_question(db, "Hedy")
        told = promotions(db)[0]
    assert after is not None
    assert after.version == "v2"
    assert (told.version, told.previous, told.curator) == ("v2", "v1", "Ada")
    assert told.reason == "it finds the songs"


@pytest.mark.usefixtures("steps")
def test_going_back_brings_back_scores_and_queue_and_history_stays_true(
    small_sample: Path,
) -> None:
    project = Project.open(small_sample)
    say_anything(project, 6)
    with project.database() as db:
        shown = next_question(db, "Grace")
    assert shown is not None
    monkey = pytest.MonkeyPatch()
    with monkey.context() as patch:
        patch.setattr(version_figures, "compare", lambda *args: (compare(*args)[0], None))
        assert finetune_project(project, device="cpu").held is None
    say_anything(project, 1, "Hedy")
    assert jobs.make_current(project, "v1", "Ada", "") is None, "at once"
    with project.database() as db:
        again = next_question(db, "Ida")
        events = db.execute("SELECT version FROM decisions ORDER BY id").fetchall()
        told = [(p.version, p.previous, p.curator) for p in promotions(db)]
    assert again is not None
    assert again.version == "v1"
    assert [name for (name,) in events] == ["v1"] * 6 + ["v2"], "what was shown when"
    assert told == [("v1", "v2", "Ada"), ("v2", "v1", None), ("v1", None, None)]


@pytest.mark.usefixtures("steps")
def test_a_version_keeps_its_figures_on_held_out_links_and_on_the_audit_slice(
    small_sample: Path,
) -> None:
    project = Project.open(small_sample)
    say_the_truth(project, 60)  # every tenth question is of the slice
    finetune_project(project, device="cpu")
    with project.database() as db:
        before, made = version(db, "v1"), version(db, "v2")
    figures = made.figures
    assert re.search(
        r"PRAUC on what was held out: 0\.\d+ \(0\.\d+ to .*; 95 %\)", verdict(project, before)
    )
    for each in (before.figures, figures):
        assert each["prauc_low"] <= each["prauc"] <= each["prauc_high"]
    assert figures["audit_entities"] >= 1
    assert 0 <= figures["audit_precision_low"] <= figures["audit_precision_high"] <= 1
    assert "On the audit sample as it was then: precision" in str(audit_words(made))
    assert audit_words(before) is None, "nobody had decided on it"


@pytest.mark.usefixtures("steps")
def test_what_changed_is_told_pair_by_pair(small_sample: Path) -> None:
    project = Project.open(small_sample)
    say_anything(project, 6)
    finetune_project(project, device="cpu")
    before, after = (np.load(project.version_folder(name) / "scores.npy") for name in ("v1", "v2"))
    with project.database() as db:
        old, new = version(db, "v1"), version(db, "v2")
    found = changes(project, "v2", "v1", limit=3)
    crossed = (before >= old.threshold) != (after >= new.threshold)
    assert found.all_crossed == crossed.sum()
    assert found.matches == (after[crossed] >= new.threshold).sum()
    assert len(found.crossed) == min(3, found.all_crossed)
    for pair in found.crossed:
        assert (pair.before >= old.threshold) != (pair.after >= new.threshold)
        assert pair.left_name
        assert project.left.row(pair.left) >= 0
    assert found.all_against > 0, "every other answer was made up"
    for pair in found.against:
        assert pair.said is not None
        assert pair.said != (pair.after >= new.threshold)
    nothing = changes(project, "v2", "v2")
    assert nothing.all_crossed == 0


def advice(error: KGReviewError) -> list[str]:
    """Give the words of the command that an error tells to run."""
    found = re.search("`kgreview (.+)`", str(error))
    assert found
    return shlex.split(found[1])


@pytest.mark.usefixtures("steps")
def test_after_another_blocking_changes_are_told_as_soon_as_its_advice_was_followed(
    small_sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project.open(small_sample)
    say_anything(project, 6)
    worse_on_purpose(monkeypatch)
    finetune_project(project, device="cpu")
    lefts = np.unique(project.candidates().left)
    block_project(project, among=lefts[len(lefts) // 2 :])
    for name in ("v1", "v2"):  # of which one is not promoted
        with pytest.raises(KGReviewError, match=f"{name} has not scored the present") as caught:
            changes(project, "v2", "v1")
        done = CliRunner().invoke(cli, [*advice(caught.value), "--device", "cpu"])
        assert done.exit_code == 0, done.output
    found = changes(project, "v2", "v1")
    assert all(project.left.row(pair.left) >= lefts[len(lefts) // 2] for pair in found.crossed)


def test_scores_of_as_many_other_candidates_are_not_taken_for_those_of_the_present_ones(
    small_sample: Path,
) -> None:
    project = Project.open(small_sample)
    file = project.path / "candidates" / "right.npy"
    np.save(file, np.load(file)[::-1].copy())
    with pytest.raises(KGReviewError, match="v1 has not scored the present candidates"):
        changes(project, "v1", "v1")


@pytest.mark.usefixtures("steps")
def test_without_links_versions_meet_on_what_neither_has_learnt_from(
    records: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = create_project(tmp_path / "p", records / "left", records / "right")
    block_project(project)
    train_project(project, device="cpu")
    score_project(project, device="cpu")
    met: list[HeldOut] = []

    def watched(held: HeldOut, *rest: object) -> tuple[dict[str, object], None]:
        met.append(held)
        return compare(held, *rest)[0], None  # type: ignore[arg-type]

    monkeypatch.setattr(version_figures, "compare", watched)
    for _ in range(2):
        say_the_truth(project, 80)
        finetune_project(project, device="cpu")
    first, second = met
    assert not first.links
    seen = np.load(project.version_folder("v2") / "seen.npy")
    assert not np.isin(first.entity, seen).any(), "v1 is similarity; v2 holds these out"
    assert not np.isin(second.entity, seen).any()
    with project.database() as db:
        made = version(db, "v2")
    assert "held-out decisions" in verdict(project, made)


def test_nothing_is_promoted_while_a_job_runs(small_sample: Path) -> None:
    project = Project.open(small_sample)
    with jobs.in_foreground(project, "train", silent), pytest.raises(JobRunningError):
        jobs.make_current(project, "v1", "Ada", "")


def test_a_version_whose_folder_is_gone_is_not_made_current(small_sample: Path) -> None:
    project = Project.open(small_sample)
    shutil.rmtree(project.path / "models" / "v1")
    with pytest.raises(InputError, match=r"no folder of version 'v1'.* copy of the project"):
        jobs.make_current(project, "v1", "Ada", "")


@pytest.mark.usefixtures("steps")
def test_a_version_whose_scores_have_gone_comes_back_in_the_background(small_sample: Path) -> None:
    project = Project.open(small_sample)
    say_anything(project, 6)
    finetune_project(project, device="cpu")
    with project.database() as db:
        if (current := current_version(db)) is not None and current.name == "v1":
            score_project(project, "v2", curator="Ada", reason="for the test", device="cpu")
        db.execute("DELETE FROM scores WHERE version = (SELECT id FROM versions WHERE name = 'v1')")
        db.execute("UPDATE versions SET scored = 0 WHERE name = 'v1'")
    job = jobs.make_current(project, "v1", "Ada", "v2 forgets \0 <b>films</b>")
    assert job is not None
    until = time.monotonic() + 120
    while (job := jobs.latest(project)) is not None and job.state == "running":
        assert time.monotonic() < until
        time.sleep(0.05)
    assert job is not None
    assert (job.state, job.message) == ("done", "v1 is current now")
    with project.database() as db:
        assert version(db, "v1").current
        assert promotions(db)[0].reason == "v2 forgets  <b>films</b>"


def test_fine_tuning_starts_by_itself_after_so_many_new_decisions(
    small_sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project.open(small_sample)
    started: list[str] = []

    def start(project: Project, kind: str) -> None:
        with project.database() as db:
            fail(db, start_job(db, kind).id, "it failed")
        started.append(kind)

    monkeypatch.setattr(jobs, "_start", start)
    assert jobs.finetune_after(project) == 50
    project.save_settings(finetune_after=4)
    for number in range(1, 16):
        say_anything(project, 1)
        jobs.finetune_if_due(project)
        with project.database() as db:
            waiting = unseen_decisions(db, "v1")
        assert bool(started) == (waiting >= 4), f"after {number}"
    # what fails starts again after as many more, and not at each decision
    assert len(started) == 3
    monkeypatch.setattr(jobs, "still_missing", lambda *_: "a match")
    say_anything(project, 8)
    assert jobs.finetune_if_due(project) is None, "a first network could not be begun"
    monkeypatch.undo()
    project.save_settings(finetune_after=0)
    assert jobs.finetune_if_due(project) is None
    assert len(started) == 3

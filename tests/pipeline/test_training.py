"""What decisions come to as something to learn from."""

from __future__ import annotations

import dataclasses
import uuid
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from kgreview.aligner.checkpoint import Checkpoint
from kgreview.aligner.inputs import LabelledPairs, Pairs
from kgreview.aligner.settings import AlignerSettings
from kgreview.aligner.supervision import Supervision
from kgreview.errors import KGReviewError
from kgreview.evaluation.metrics import average_precision
from kgreview.exchange.links import read_link_source
from kgreview.pipeline import training, version_figures
from kgreview.pipeline.blocking import block_project
from kgreview.pipeline.creation import create_project
from kgreview.pipeline.label_issues import find_doubts
from kgreview.pipeline.project import Project
from kgreview.pipeline.scoring import score_project
from kgreview.pipeline.training import _settings, finetune_project, train_project
from kgreview.pipeline.version_figures import held_out_candidates, prauc_against
from kgreview.pipeline.version_labels import Labels, gather_labels
from kgreview.review.quality import quality
from kgreview.store.deciding import decide
from kgreview.store.decisions import training_decisions, unseen_decisions
from kgreview.store.label_issues import doubted
from kgreview.store.outcomes import Outcome
from tests.films import MakeFilms, Say

Pair = tuple[int, int]


@pytest.fixture
def project(small_sample: Path) -> Project:
    return Project.open(small_sample)


@pytest.fixture
def crowded(project: Project) -> tuple[int, list[int]]:
    """A left entity that nothing is known of, outside the audit sample, and its candidates."""
    candidates = project.candidates()
    known = np.union1d(project.links("train").left, project.links("valid").left)
    with project.database() as db:
        audit = {left for (left,) in db.execute("SELECT left FROM candidates WHERE audit NOT NULL")}
    for row in np.setdiff1d(candidates.left, known):
        found = candidates.right[candidates.left == row]
        if len(found) > 4 and project.left.id(int(row)) not in audit:
            return int(row), found.tolist()
    raise AssertionError("no such entity")


def say(project: Project, pair: Pair, outcome: Outcome, curator: str = "Ada") -> None:
    with project.database() as db:
        decide(
            db,
            left=project.left.id(pair[0]),
            right=project.right.id(pair[1]),
            curator=curator,
            outcome=outcome,
            version="v1",
            score=0.5,
            strategy="uncertainty",
            question=uuid.uuid4().hex,
        )


def learnt(project: Project, left: int) -> dict[Pair, tuple[int, float]]:
    """Give label and weight of the pairs of a left entity that are learnt from."""
    with project.database() as db:
        decided = training_decisions(db)
    pairs = gather_labels(project, decided, most=100).learnt
    return {
        (int(pairs.left[i]), int(pairs.right[i])): (int(pairs.label[i]), float(pairs.weight[i]))
        for i in np.flatnonzero(pairs.left == left)
    }


def test_an_accepted_match_tells_of_the_other_candidates_of_its_left_entity(
    project: Project, crowded: tuple[int, list[int]]
) -> None:
    left, rights = crowded
    say(project, (left, rights[0]), Outcome.MATCH)
    expected = {(left, right): (0, 1.0) for right in rights[1:]}
    assert learnt(project, left) == {(left, rights[0]): (1, 3.0)} | expected


def test_what_was_said_of_another_candidate_counts_more(
    project: Project, crowded: tuple[int, list[int]]
) -> None:
    left, rights = crowded
    for right, outcome in zip(
        rights, (Outcome.MATCH, Outcome.MATCH, Outcome.NO_MATCH), strict=False
    ):
        say(project, (left, right), outcome)
    found = learnt(project, left)
    assert [found[left, right] for right in rights[:4]] == [(1, 3), (1, 3), (0, 3), (0, 1)]


def test_of_what_is_unsure_or_contradicted_nothing_is_learnt(
    project: Project, crowded: tuple[int, list[int]]
) -> None:
    left, rights = crowded
    say(project, (left, rights[0]), Outcome.MATCH)
    say(project, (left, rights[1]), Outcome.UNSURE)
    say(project, (left, rights[2]), Outcome.MATCH, "Ben")
    say(project, (left, rights[2]), Outcome.NO_MATCH, "Cem")
    found = learnt(project, left)
    assert set(found) == {(left, right) for right in (rights[0], *rights[3:])}


def test_a_rejection_tells_of_no_other_pair(
    project: Project, crowded: tuple[int, list[int]]
) -> None:
    left, rights = crowded
    say(project, (left, rights[0]), Outcome.NO_MATCH)
    assert learnt(project, left) == {(left, rights[0]): (0, 3.0)}


@pytest.fixture
def answered(project: Project, records: Path) -> dict[Pair, bool]:
    """Forty pairs of linked entities with the answer of a curator, and whether it is right."""
    links = read_link_source(records / "links" / "test.tsv", project.left, project.right)
    matches = set(zip(links.left.tolist(), links.right.tolist(), strict=True))
    candidates = project.candidates()
    with project.database() as db:
        audit = {left for (left,) in db.execute("SELECT left FROM candidates WHERE audit NOT NULL")}
    pairs = [
        (left, right)
        for left, right in zip(candidates.left.tolist(), candidates.right.tolist(), strict=True)
        if left in set(links.left.tolist()) and project.left.id(left) not in audit
    ]
    asked = [pair for pair in pairs if pair in matches][:20]
    asked += [pair for pair in pairs if pair not in matches][:200:10]
    right = {pair: number % 5 > 0 for number, pair in enumerate(asked)}
    for pair in asked:
        says = (pair in matches) == right[pair]
        say(project, pair, Outcome.MATCH if says else Outcome.NO_MATCH)
    return right


def test_training_keeps_which_decisions_are_to_be_asked_again_and_learns_from_all(
    project: Project, answered: dict[Pair, bool], few_steps: AlignerSettings
) -> None:
    report = train_project(project, settings=few_steps, device="cpu")
    with project.database() as db:
        look = doubted(db)
        unseen = unseen_decisions(db, report.name)
    assert look is not None
    assert (look.looked_at, unseen) == (len(answered), 0)
    said = [(project.left.row(d.left), project.right.row(d.right)) for d, _ in look.found]
    assert sum(not answered[pair] for pair in said[:5]) > 3, "by far most are mistakes"


def test_fine_tuning_goes_over_a_share_of_the_links_with_all_pairs_of_their_entities(
    project: Project,
) -> None:
    whole = gather_labels(project, []).learnt
    some = gather_labels(project, [], most=7).learnt
    again = np.unique(some.left)
    assert int(some.label.sum()) == len(again) == 7 < whole.label.sum()
    assert len(some) == int(np.isin(whole.left, again).sum())


def test_of_links_beyond_enough_the_others_are_counted_and_still_told_of(
    project: Project, few_steps: AlignerSettings
) -> None:
    whole = gather_labels(project, [])
    enough = dataclasses.replace(few_steps, most_matches=30)
    report = train_project(project, settings=enough, device="cpu")
    matches = int(whole.learnt.label.sum())
    if whole.held is not None and not whole.by_links:
        matches += int(whole.held.label.sum())
    assert 0 < report.figures["matches"] <= 30
    assert report.figures["matches_left_out"] == matches - 30
    told = Checkpoint.load(project.version_folder(report.name)).model.label_features.pairs
    assert int(told[2].sum()) > 30


def test_prauc_and_its_interval_are_of_the_pairs_that_neither_version_has_learnt_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    left, right = np.repeat(np.arange(60), 4), np.tile(np.arange(4), 60)
    label, nothing = np.tile([1, 0, 0, 0], 60).astype(np.int8), np.zeros((240, 1), np.float32)
    held = LabelledPairs(left, right, nothing, label, np.ones(240, np.float32))
    scores = np.where(left < 30, label, rng.random(240)).astype(np.float32)  # the first by heart
    monkeypatch.setattr(version_figures, "_seen", lambda *_: np.arange(30))
    held_out = held_out_candidates(Pairs(left, right, nothing), held, links=False)
    project = SimpleNamespace()
    _, figures = prauc_against(project, tmp_path, held_out, ("v1", scores), scores)
    unseen = left >= 30
    assert figures["prauc"] == average_precision(label[unseen], scores[unseen])
    assert figures["prauc_low"] < figures["prauc"] < figures["prauc_high"] < 0.9


def test_a_network_that_learns_from_decisions_alone_has_fewer_trees_and_is_told_nothing(
    project: Project, records: Path, tmp_path: Path
) -> None:
    without = create_project(tmp_path / "p", records / "left", records / "right")
    assert _settings(without).trees < _settings(project).trees == AlignerSettings().trees
    assert _settings(project).label_features
    assert not _settings(without).label_features


def test_from_decisions_alone_a_network_is_begun_with_ten_matches_and_anew_when_outgrown(
    records: Path, few_steps: AlignerSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        training, "AlignerSettings", lambda **given: dataclasses.replace(few_steps, **given)
    )
    project = create_project(tmp_path / "p", records / "left", records / "right", audit_share=0)
    block_project(project)
    score_project(project, train_project(project, device="cpu").name, device="cpu")
    truth = read_link_source(records / "links" / "train.tsv", project.left, project.right)
    candidates = project.candidates()
    known = set(zip(candidates.left.tolist(), candidates.right.tolist(), strict=True))
    matches = [
        pair
        for pair in zip(truth.left.tolist(), truth.right.tolist(), strict=True)
        if pair in known
    ]
    for pair in matches[:9]:
        say(project, pair, Outcome.MATCH)
    with pytest.raises(KGReviewError, match=r"\(0 from links, 9 accepted\): accept 1 more pair"):
        finetune_project(project, device="cpu")
    assert train_project(project, device="cpu").kind == "similarity"
    made = []
    for start, end in ((9, 12), (12, 14), (14, 60)):
        for pair in matches[start:end]:
            say(project, pair, Outcome.MATCH)
        report = finetune_project(project, device="cpu")
        made.append(report.kind)
    assert made == ["trained", "fine-tuned", "trained"]


def matches(start: int, end: int) -> list[str]:
    return [f"l{i} r{i}" for i in range(start, end)]


def known(project: Project) -> Labels:
    with project.database() as db:
        return gather_labels(project, training_decisions(db))


def named(project: Project, pairs: Supervision) -> dict[str, tuple[int, float]]:
    """Give label and weight of pairs by their ids."""
    return {
        f"{project.left.id(a)} {project.right.id(b)}": (label, weight)
        for a, b, label, weight in zip(
            pairs.left.tolist(),
            pairs.right.tolist(),
            pairs.label.tolist(),
            pairs.weight.tolist(),
            strict=True,
        )
    }


def test_rejections_beside_links_are_non_matches_more_and_change_nothing_else(
    make_films: MakeFilms,
) -> None:
    project = make_films(["l0 r0", "l1 r1"], ["l0 s0 0", "l5 r5 0"], valid=[["l9 r9"]])
    assert named(project, known(project).learnt) == {
        "l0 r0": (1, 1.0),
        "l0 s0": (0, 1.0),
        "l1 r1": (1, 1.0),
        "l1 s1": (0, 1.0),  # a gold link's other candidate, as without the rejections
        "l5 r5": (0, 1.0),  # and of l5 nothing else is known
    }


def test_links_that_blocking_lost_teach_with_a_weight_of_their_own(make_films: MakeFilms) -> None:
    project = make_films(["l0 r7", "l1 r1"], ["l2 r8 0", "l3 r3 1"], valid=[["l9 r9"]])
    assert named(project, known(project).learnt) == {
        "l0 r7": (1, 0.5),
        "l0 r0": (0, 1.0),
        "l0 s0": (0, 1.0),
        "l1 r1": (1, 1.0),
        "l1 s1": (0, 1.0),
        "l2 r8": (0, 0.5),
        "l3 r3": (1, 1.0),
    }


def test_what_validation_links_settle_is_held_out_gold_by_entity_and_judged_by_pair(
    make_films: MakeFilms, say_film: Say
) -> None:
    project = make_films(
        [*matches(0, 2), "l2 s2", "l3 r3"], valid=[["l2 r2"], ["l3 s3 0", "l4 r4 1", "l5 r9 1"]]
    )
    say_film(project, "l2", "s2")
    say_film(project, "l4", "s4", Outcome.NO_MATCH)
    found = known(project)
    assert found.by_links
    assert found.held is not None
    assert set(named(project, found.learnt)) == {
        "l0 r0",
        "l0 s0",
        "l1 r1",
        "l1 s1",
        "l3 r3",
        "l4 s4",
    }
    assert {pair: label for pair, (label, _) in named(project, found.held).items()} == {
        "l2 r2": 1,
        "l2 s2": 1,  # known by another link, so that it is no non-match
        "l3 s3": 0,
        "l4 r4": 1,
        "l5 r9": 1,  # which blocking lost
    }


def test_validation_links_of_one_label_measure_nothing_and_others_are_held_out(
    make_films: MakeFilms,
) -> None:
    rejections = [f"l{i} r{i + 1} 0" for i in range(10)]
    project = make_films(matches(0, 20), rejections, valid=[["l0 s1 0", "l1 s1 0"]])
    found = known(project)
    assert found.held is not None
    assert not found.by_links
    assert 0 < found.held.label.sum() < len(found.held)
    assert "l1 s1" not in {**named(project, found.learnt), **named(project, found.held)}


def test_figures_on_candidates_stand_beside_those_that_count_lost_links(
    make_films: MakeFilms, few_steps: AlignerSettings
) -> None:
    project = make_films(
        [*matches(0, 12), "l12 r3"], valid=[[*matches(13, 18), "l18 r1", "l19 r2"]]
    )
    report = train_project(project, settings=few_steps, device="cpu")
    figures = report.figures
    assert report.measured_on == "validation links"
    assert (figures["matches"], figures["matches_lost"]) == (13, 1)
    assert (figures["valid_pairs"], figures["valid_lost"]) == (14, 2)
    assert figures["end_to_end_recall"] == pytest.approx(figures["recall"] * 5 / 7)
    assert figures["end_to_end_f1"] < figures["f1"]
    scores = score_project(project, device="cpu")
    assert scores == report.name, "only candidates are scored"


def test_a_decision_on_an_entity_that_is_gone_is_left_out_and_counted(
    make_films: MakeFilms, say_film: Say, few_steps: AlignerSettings
) -> None:
    project = make_films(matches(0, 12), valid=[matches(12, 16)])
    say_film(project, "gone", "r0")
    say_film(project, "l17", "gone")
    before = named(project, known(project).learnt)
    assert len(before) == 24
    report = train_project(project, settings=few_steps, device="cpu")
    assert report.to_json()["orphaned_decisions"] == 2
    score_project(project, device="cpu")
    with pytest.raises(KGReviewError, match="nothing to learn from yet"):
        finetune_project(project, device="cpu")
    say_film(project, "l18", "r18")
    with project.database() as db:
        assert unseen_decisions(db, report.name) == 1, "orphans do not start trainings for ever"
    assert finetune_project(project, device="cpu").figures["orphaned_decisions"] == 2
    assert find_doubts(project) == 0
    assert quality(project).decisions == 3


def test_links_of_types_that_are_not_paired_teach_nothing(make_films: MakeFilms) -> None:
    project = make_films([*matches(0, 2), "p t", "l3 t"], ["p r0 0"], valid=[["l9 r9", "l8 t"]])
    assert set(named(project, known(project).learnt)) == {"l0 r0", "l0 s0", "l1 r1", "l1 s1"}
    held = known(project).held
    assert held is not None
    assert set(named(project, held)) == {"l9 r9", "l9 s9"}


def test_a_few_links_make_no_large_network_of_many_decisions(
    make_films: MakeFilms, tmp_path: Path
) -> None:
    few = make_films(matches(0, 9), ["l15 r16 0"], valid=[["l19 r19"]])
    assert not _settings(few).label_features
    (tmp_path / "project").rename(tmp_path / "other")
    assert _settings(make_films(matches(0, 10), valid=[["l19 r19"]])).label_features


def test_fine_tuning_goes_over_rejections_of_entities_without_a_match_too(
    make_films: MakeFilms,
) -> None:
    rejections = [f"l{i} r{i + 1} 0" for i in range(10, 18)]
    project = make_films(matches(0, 8), rejections, valid=[["l19 r19"]])
    pairs = gather_labels(project, [], most=2).learnt
    assert (int(pairs.label.sum()), len(np.unique(pairs.left))) == (2, 4)

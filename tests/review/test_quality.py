"""Quality of a project small enough to count by hand, and of one with ten thousand decisions."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kgreview.candidates.blocking import Candidates
from kgreview.errors import InputError
from kgreview.evaluation.audit import Interval
from kgreview.graph.cardinality import Cardinality
from kgreview.graph.schema import TypePair
from kgreview.pipeline.creation import create_project
from kgreview.pipeline.fingerprint import STAMP, fingerprint
from kgreview.pipeline.label_issues import doubt_row, doubts, doubts_words, find_doubts
from kgreview.pipeline.project import Project
from kgreview.pipeline.scoring import score_project
from kgreview.pipeline.training import train_project
from kgreview.review import quality, quality_words
from kgreview.review.quality import NETWORK
from kgreview.review.quality_words import headlines
from kgreview.store.added_pairs import AddedPair, add_pair
from kgreview.store.candidate_pairs import AUDIT_OF, CandidateBatch, audit_order, replace_candidates
from kgreview.store.database import set_meta
from kgreview.store.deciding import decide
from kgreview.store.outcomes import Outcome
from kgreview.store.queue import next_question
from kgreview.store.versions import add_version, promote, write_scores
from tests.films import FILMS, MakeFilms

MATCH, NO_MATCH, UNSURE = Outcome.MATCH, Outcome.NO_MATCH, Outcome.UNSURE
NOBODY = Outcome.NO_COUNTERPART
Make = Callable[..., Project]


@pytest.fixture(scope="session")
def graphs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two thousand films a side; of each, its namesake and the next one are candidates."""
    folder = tmp_path_factory.mktemp("quality")
    for side in ("left", "right"):
        ids = [f"{side[0]}{i:04}" for i in range(2_000)]
        (folder / side).mkdir()
        for name, columns in {
            "entities": {"id": ids, "type": ["film"] * len(ids)},
            "attributes": {"entity": ids, "attribute": ["title"] * len(ids), "value": ids},
            "relations": {"head": ids[:1], "relation": ["remade as"], "tail": ids[1:2]},
        }.items():
            pq.write_table(pa.table(columns), folder / side / f"{name}.parquet")
    return folder


@pytest.fixture
def make(graphs: Path, tmp_path: Path) -> Make:
    """Make a project of so many films, all of them in the audit sample unless said otherwise.

    Film i has the candidates i, with the score given, and i + 1, with .05.
    """

    def made(scores: list[float], audit: float = 1.0) -> Project:
        project = create_project(
            tmp_path / "project", graphs / "left", graphs / "right", audit_share=audit
        )
        films = len(scores)
        left = np.repeat(np.arange(films), 2)
        right = left + np.tile([0, 1], films)
        none = np.zeros(len(left), np.float32)
        Candidates(left, right, none, none).save(project.path / "candidates")
        np.save(project.path / "candidates" / "similarities.npy", _features(scores))
        (project.path / "candidates" / "similarities.json").write_text('["a", "b"]')
        (project.path / "candidates" / "schema.json").write_text(
            (project.path / "schema.json").read_text(encoding="utf-8"), encoding="utf-8"
        )
        names = [f"l{i:04}" for i in left], [f"r{i:04}" for i in right]
        types = ["film"] * len(left), ["film"] * len(left)
        with project.database() as db:
            batch = CandidateBatch(*names, *types)
            replace_candidates(db, [batch], audit_share=audit, seed=0)
            set_meta(db, "blocking", "done")
            version(project, "v1", scores)
        return project

    return made


def _features(scores: list[float]) -> np.ndarray:
    pairs = np.column_stack([scores, np.full(len(scores), 0.05)]).ravel()
    noise = np.random.default_rng(0).normal(0, 0.05, len(pairs))
    return np.column_stack([pairs, pairs + noise]).astype(np.float32)


def version(project: Project, name: str, scores: list[float], threshold: float = 0.5) -> None:
    column = np.column_stack([scores, np.full(len(scores), 0.05)]).ravel().astype(np.float32)
    with project.database() as db:
        add_version(
            db, name, parent=None, kind="", settings={}, figures={}, seed=0, threshold=threshold
        )
        write_scores(db, name, [(np.arange(len(column)), column)])
        promote(db, name)
    (project.path / "models" / name).mkdir(parents=True)
    np.save(project.path / "models" / name / "scores.npy", column)
    stamp(project, name)


def stamp(project: Project, name: str) -> None:
    """Say that a version has scored the present candidates."""
    pairs = project.candidates()
    similarities = np.load(project.path / "candidates" / "similarities.npy")
    (project.path / "models" / name / STAMP).write_text(
        fingerprint(pairs.left, pairs.right, similarities)
    )


def say(
    project: Project,
    left: int,
    right: int,
    outcome: Outcome,
    curator: str = "ann",
    strategy: str = "audit",
    **details: object,
) -> None:
    with project.database() as db:
        decide(
            db,
            left=project.left.id(left),
            right=project.right.id(right),
            curator=curator,
            outcome=outcome,
            seconds=2.0,
            version="v1",
            score=0.4,
            strategy=strategy,
            **details,  # type: ignore[arg-type]
        )


def test_nothing_scored_yet_says_what_to_run(graphs: Path, tmp_path: Path) -> None:
    project = create_project(tmp_path / "new", graphs / "left", graphs / "right")
    found = quality.quality(project)
    assert found.version is None
    assert found.alignment is None
    (line,) = headlines(found)
    assert "kgreview run" in line
    assert not found.stop.stop
    assert json.loads(json.dumps(found.to_json()))["alignment"] is None


def test_before_the_first_decision_each_part_says_what_to_do(make: Make) -> None:
    project = make([0.9, 0.8, 0.2])
    found = quality.quality(project)
    assert "Nothing is measured yet" in headlines(found)[0]
    assert quality_words.yield_words(found) == "No answer yet that the network could learn from."
    assert "Settings page" in quality_words.agreement_words(found, 0.0)
    assert "a second one is asked" in quality_words.agreement_words(found, 0.1)
    assert found.bins == found.days == found.curators == found.together == ()
    assert found.disputes == found.twice == found.decisions == 0


def test_one_decision_is_shown_with_all_that_it_leaves_open(make: Make) -> None:
    project = make([0.9] * 9 + [0.1])
    say(project, 0, 0, MATCH)
    found = quality.quality(project)
    assert found.alignment is not None
    assert found.alignment.sampled == 1
    # nine given: one is known to be right, eight are like it, as far as one answer can tell
    assert found.alignment.given == 9
    assert found.alignment.precision.value == 1
    assert found.alignment.precision.low < 0.5
    assert math.isnan(found.alignment.recall.value)  # nobody looked below the threshold
    assert "1 entity drawn at random" in headlines(found)[-1]
    assert [(c.name, c.decisions, c.days, c.seconds) for c in found.curators] == [
        ("ann", 1, 1, 2.0)
    ]
    assert found.to_json()["alignment"]["recall"]["value"] is None


def test_precision_and_recall_are_those_counted_by_hand(make: Make) -> None:
    # four above the threshold, four below; the sample: right, none, missed, none
    project = make([0.9] * 4 + [0.1] * 4)
    say(project, 0, 0, MATCH)
    say(project, 1, 1, NOBODY)
    say(project, 4, 5, MATCH)
    say(project, 5, 5, NO_MATCH)
    say(project, 5, 6, NO_MATCH)
    found = quality.quality(project).alignment
    assert found is not None
    assert [(s.given, s.others, s.seen) for s in found.strata] == [
        (False, 2, (0, 1, 1)),
        (True, 2, (1, 0, 1)),
    ]
    # known: 0 and 4. Of 2 and 3 one is right; of 6 and 7 one has a match that is not given
    assert found.given == 4
    assert found.precision.value == pytest.approx(3 / 4)
    assert found.recall.value == pytest.approx(3 / 4)


def found_by_search(project: Project, left: int, right: int, curator: str = "ann") -> None:
    """Accept a pair that blocking had not proposed; the network would be sure of it."""
    ids = project.left.id(left), project.right.id(right)
    with project.database() as db:
        order = audit_order(ids[0], project.settings.audit_share, 0)
        pair = AddedPair(*ids, "film", "film", curator=curator)
        add_pair(db, pair, audit=order, version="v1", score=0.99)
    say(project, left, right, MATCH, curator)


def test_a_match_found_by_a_search_stands_for_others_that_blocking_lost(make: Make) -> None:
    # as above, but that the match of 4 is none of its candidates
    project = make([0.9] * 4 + [0.1] * 4)
    say(project, 0, 0, MATCH)
    say(project, 1, 1, NOBODY)
    found_by_search(project, 4, 1_500)
    say(project, 5, 5, NO_MATCH)
    say(project, 5, 6, NO_MATCH)
    found = quality.quality(project)
    assert found.alignment is not None
    # it stays in the stratum of its candidates, and is missed there, whatever its own score
    assert [(s.given, s.others, s.seen) for s in found.alignment.strata] == [
        (False, 2, (0, 1, 1)),
        (True, 2, (1, 0, 1)),
    ]
    assert found.alignment.given == 4
    assert found.alignment.precision.value == pytest.approx(3 / 4)
    assert found.alignment.recall.value == pytest.approx(3 / 4)
    assert (found.lost, found.incomplete) == (1, 0)
    assert any("1 match that blocking lost" in line for line in headlines(found))


def test_a_network_sure_of_a_candidate_misses_the_match_that_blocking_lost(make: Make) -> None:
    project = make([0.9, 0.9])
    found_by_search(project, 0, 1_500)
    found = quality.quality(project).alignment
    assert found is not None
    assert [(s.given, s.seen) for s in found.strata if s.sampled] == [(True, (0, 1, 0))]
    # it is settled, and of the one like it the same is to be expected: a wrong one is given
    assert found.given == 2
    assert found.precision.value == pytest.approx(1 / 2)
    assert found.recall.value == pytest.approx(1 / 2)


def test_what_a_search_found_outside_the_sample_is_known_and_stands_for_nothing(make: Make) -> None:
    project = make([0.9] * 4)
    say(project, 0, 0, MATCH)
    before = quality.quality(project).alignment
    found_by_search(project, 1_000, 1_000)  # blocking had no candidate of this one at all
    after = quality.quality(project).alignment
    assert before is not None
    assert after is not None
    assert after.given == before.given + 1
    for one, other in zip(before.strata, after.strata, strict=True):
        assert (one.others, one.seen) == (other.others, other.seen)


def test_it_is_not_known_where_curators_differ_about_it(make: Make) -> None:
    project = make([0.9, 0.9])
    found_by_search(project, 0, 1_500)
    say(project, 0, 1_500, NO_MATCH, curator="bob")
    found = quality.quality(project)
    assert (found.lost, found.incomplete) == (0, 1)


def test_what_the_queue_asked_besides_is_known_and_no_part_of_the_sample(make: Make) -> None:
    project = make([0.9, 0.9, 0.6, 0.4], audit=0.5)
    with project.database() as db:
        audit = {
            int(left[1:])
            for (left,) in db.execute("SELECT left FROM candidates WHERE audit IS NOT NULL")
        }
    assert 0 < len(audit) < 4
    for film in set(range(4)) - audit:
        say(project, film, film, MATCH, strategy="uncertainty")
    found = quality.quality(project).alignment
    assert found is not None
    assert found.sampled == 0
    assert found.given >= 4 - len(audit)


def test_a_pair_chosen_far_down_the_slice_waits_until_its_turn(make: Make) -> None:
    project = make([0.9] * 20)
    with project.database() as db:
        order = [
            int(left[1:])
            for (left,) in db.execute("SELECT DISTINCT left FROM candidates ORDER BY audit")
        ]
    say(project, order[-1], order[-1], MATCH, strategy="chosen")
    say(project, order[0], order[0], MATCH)
    found = quality.quality(project).alignment
    assert found is not None
    assert found.sampled == 1
    # drawn under a filter is not at random either
    say(project, order[-2], order[-2], MATCH, filter="q=film")
    assert quality.quality(project).alignment.sampled == 1  # type: ignore[union-attr]
    # once the queue has come so far, what was decided on the way counts whoever asked it
    say(project, order[-2], order[-2], MATCH)
    found = quality.quality(project)
    assert found.alignment is not None
    assert (found.alignment.sampled, found.incomplete) == (2, 0)


def test_an_entity_that_is_not_answered_to_the_end_is_left_out_and_told(make: Make) -> None:
    project = make([0.9, 0.1, 0.1, 0.9])
    say(project, 0, 0, MATCH)
    say(project, 1, 1, NO_MATCH)  # its other candidate is still to be asked
    say(project, 2, 2, UNSURE)
    say(project, 3, 3, MATCH)
    say(project, 3, 3, NO_MATCH, curator="bob")
    found = quality.quality(project)
    assert found.alignment is not None
    assert found.alignment.sampled == 1
    # a candidate that is the match of another need not be asked: l2's last one is r3 or l1's r2
    assert found.incomplete == 3
    assert found.disputes == 1
    assert "3 more not answered to the end" in headlines(found)[-1]


def test_a_candidate_that_is_another_ones_match_need_not_be_asked(make: Make) -> None:
    project = make([0.9, 0.1])
    say(project, 1, 1, MATCH)
    say(project, 0, 0, NO_MATCH)
    found = quality.quality(project)
    assert found.alignment is not None
    assert (found.alignment.sampled, found.incomplete) == (2, 0)


def test_it_must_be_where_that_one_may_have_several_matches(make: Make) -> None:
    project = make([0.9, 0.1])
    film = project.schema.types[0]
    project.save_schema(replace(project.schema, cardinality={film: Cardinality.MANY_TO_ONE}))
    say(project, 1, 1, MATCH)
    say(project, 0, 0, NO_MATCH)
    found = quality.quality(project)
    assert found.alignment is not None
    assert (found.alignment.sampled, found.incomplete) == (1, 1)  # 0 and 1 may be the same


def test_the_reliability_diagram_is_of_the_sampled_pairs(make: Make) -> None:
    project = make([0.95] * 4 + [0.1] * 4)
    for film in range(3):
        say(project, film, film, MATCH)
    say(project, 3, 3, NOBODY)
    found = quality.quality(project)
    assert [(round(b.said, 2), b.found.value, b.pairs) for b in found.bins] == [
        (0.05, 0.0, 4),
        (0.95, 0.75, 4),
    ]
    assert "8 pairs of the audit sample" in quality_words.reliability_words(found)


def test_the_network_is_compared_with_each_curator_on_the_slice(make: Make) -> None:
    project = make([0.9, 0.9, 0.1, 0.1])
    for film, outcome in enumerate((MATCH, MATCH, NO_MATCH, MATCH)):
        say(project, film, film, outcome)
    (row,) = quality.quality(project).together
    assert (row.one, row.other, row.pairs, row.agree) == ("ann", NETWORK, 4, 3)
    assert row.kappa.value == pytest.approx(0.5)
    assert quality_words.together_row(row)["other"] == "the network"


def test_curators_are_compared_and_their_dispute_is_settled(make: Make) -> None:
    project = make([0.9] * 4, audit=0)
    for film in range(4):
        say(project, film, film, MATCH, strategy="uncertainty")
        outcome = NO_MATCH if film == 3 else MATCH
        say(project, film, film, outcome, "bob", "second", note="a remake" if film == 3 else None)
    found = quality.quality(project)
    assert "no audit sample" in headlines(found)[0]
    (row,) = found.together
    assert (row.one, row.other, row.pairs, row.agree) == ("ann", "bob", 4, 3)
    assert found.twice == 4
    assert found.alpha.low < found.alpha.value < 1
    ((dispute, left, right),) = quality.disputes(project, "bob")
    assert (left, right) == ("l0003", "r0003")
    assert quality_words.dispute_words(dispute) == (
        "1 said match, 1 said no match. Notes: “a remake” One of these decisions is yours: better "
        "leave it to somebody else."
    )
    quality.adjudicate(project, "eva", dispute, MATCH, "")
    assert quality.disputes(project, "eva") == []
    assert quality.quality(project).twice == 4  # what they said by themselves is not forgotten
    with pytest.raises(InputError):
        quality.adjudicate(project, "eva", dispute, Outcome.SKIP, "")


def test_versions_that_put_the_same_pairs_first_are_stable(make: Make) -> None:
    scores = [0.9] * 50 + [0.1] * 50
    project = make(scores)
    for number in range(2, 5):
        assert f"there are {number - 2}" in quality.quality(project).stop.reasons[0].words
        version(project, f"v{number}", [s + 0.01 * number for s in scores])
    assert quality.quality(project).stop.reasons[0].met
    version(project, "v5", scores[::-1])
    assert not quality.quality(project).stop.reasons[0].met


def test_going_back_is_a_change_like_any_other(make: Make) -> None:
    scores = [0.9] * 50 + [0.1] * 50
    project = make(scores)
    version(project, "v2", scores[::-1])
    for name in ("v3", "v4", "v5", "v6"):
        version(project, name, scores)
    assert quality.quality(project).stop.reasons[0].met
    with project.database() as db:
        promote(db, "v2")
    assert not quality.quality(project).stop.reasons[0].met
    with project.database() as db:
        promote(db, "v6")
    assert not quality.quality(project).stop.reasons[0].met
    version(project, "v7", scores)
    version(project, "v8", scores)
    assert not quality.quality(project).stop.reasons[0].met, "v2 to v6 is one of the last three"
    version(project, "v9", scores)
    assert quality.quality(project).stop.reasons[0].met


def test_going_back_and_forth_between_two_versions_is_one_change(make: Make) -> None:
    scores = [0.9] * 50 + [0.1] * 50
    project = make(scores)
    version(project, "v2", scores)
    for name in ("v1", "v2") * 3:
        with project.database() as db:
            promote(db, name)
        stable = quality.quality(project).stop.reasons[0]
        assert not stable.met
        assert "there are 1" in stable.words


def test_two_versions_are_compared_once_as_long_as_their_scores_are_the_same(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores = [0.9] * 50 + [0.1] * 50
    project = make(scores)
    version(project, "v2", scores)
    version(project, "v3", scores)
    real, compared = quality.same_order, []

    def counted(before: np.ndarray, called: np.ndarray) -> float:
        compared.append(int(called.sum()))
        return real(before, called)

    monkeypatch.setattr(quality, "same_order", counted)
    first = quality.quality(project).stop
    assert quality.quality(project).stop == first
    assert compared == [50, 50]
    file = project.path / "models" / "v3" / "scores.npy"
    np.save(file, np.load(file) / 2)  # it has scored anew
    quality.quality(project)
    assert compared == [50, 50, 0]
    with project.database() as db:
        db.execute("UPDATE versions SET threshold = 0.3 WHERE name = 'v3'")
    quality.quality(project)
    assert compared == [50, 50, 0, 50]


def test_what_versions_said_of_earlier_candidates_tells_nothing_of_stability(make: Make) -> None:
    project = make([0.9] * 50 + [0.1] * 50)
    for name in ("v2", "v3", "v4"):
        version(project, name, [0.9] * 50 + [0.1] * 50)
    assert quality.quality(project).stop.reasons[0].met
    others = project.path / "candidates" / "right.npy"  # as many others
    np.save(others, np.load(others) + 200)
    assert "there are 0" in quality.quality(project).stop.reasons[0].words
    for name in ("v3", "v4"):
        stamp(project, name)
    assert "there are 1" in quality.quality(project).stop.reasons[0].words


def test_a_slice_of_an_earlier_release_is_not_measured_with(make: Make) -> None:
    project = make([0.9, 0.1])
    say(project, 0, 0, MATCH)
    with project.database() as db:
        db.execute("DELETE FROM meta WHERE key = ?", [AUDIT_OF])
    found = quality.quality(project)
    assert found.alignment is None
    assert "drawn by pairs" in headlines(found)[0]


def test_the_queue_and_the_measure_agree_on_what_is_done(make: Make) -> None:
    """The queue asks the slice alone; the truth is that films up to 30 have their namesake."""
    rng = np.random.default_rng(1)
    project = make([0.9 if i < 30 else 0.2 + 0.4 * rng.random() for i in range(60)])
    for _ in range(25):
        with project.database() as db:
            asked = next_question(db, "ann")
        assert asked is not None
        film = int(asked.left[1:])
        right = MATCH if film < 30 and asked.right == f"r{film:04}" else NO_MATCH
        outcome = right if film < 30 else NOBODY
        say(project, film, int(asked.right[1:]), outcome, strategy=asked.strategy)
    found = quality.quality(project)
    assert found.alignment is not None
    assert found.alignment.sampled == 25
    assert found.incomplete == 0
    called = sum(s.others for s in found.alignment.strata if s.given)
    assert found.alignment.given == called + sum(s.seen[0] for s in found.alignment.strata)
    assert found.alignment.precision.low <= 30 / found.alignment.given <= 1


@pytest.fixture
def noisy(make: Make) -> tuple[Project, set[int]]:
    """Three hundred films decided outside the slice, every tenth of them wrongly."""
    rng = np.random.default_rng(2)
    truth = rng.random(300) < 0.5
    scores = np.clip(np.where(truth, 0.7, 0.3) + rng.normal(0, 0.1, 300), 0, 1)
    project = make(scores.tolist(), audit=0.1)
    wrong = set(range(0, 300, 10))
    for film in range(300):
        outcome = MATCH if truth[film] ^ (film in wrong) else NO_MATCH
        say(project, film, film, outcome, strategy="uncertainty")
    return project, wrong


def test_wrong_answers_are_doubted_and_what_was_superseded_is_not(
    noisy: tuple[Project, set[int]],
) -> None:
    project, wrong = noisy
    assert doubts(project) is None
    assert "look again" in doubts_words(None)
    found = find_doubts(project)
    known = doubts(project, most=60)
    assert known is not None
    assert (known.looked_at, known.since) == (300, 0)
    assert len(known.found) == min(found, 60)
    strengths = [each.wrong for each in known.found]
    assert strengths == sorted(strengths, reverse=True)
    assert strengths[-1] >= 0.5
    first = [int(each.decision.left[1:]) for each in known.found]
    assert len(wrong & set(first)) > 0.5 * len(wrong)
    assert len(wrong & set(first)) > 0.5 * len(first)
    assert doubt_row(known.found[0])["left"] == f"l{first[0]:04}"
    top = known.found[0]
    say(project, first[0], first[0], top.other, strategy="uncertainty")
    after = doubts(project)
    assert after is not None
    assert top.decision.id not in {each.decision.id for each in after.found}
    assert after.since == 1
    assert "1 have come since" in doubts_words(after)


def test_of_a_few_decisions_none_is_doubted(make: Make) -> None:
    project = make([0.9, 0.1])
    assert find_doubts(project) == 0
    say(project, 0, 0, MATCH)
    assert find_doubts(project) == 0
    assert "It takes 20 matches" in doubts_words(doubts(project))


def test_of_as_many_decisions_as_it_asks_for_all_are_judged(make: Make) -> None:
    project = make([0.9] * 22 + [0.1] * 22, audit=0)
    for film in range(44):
        say(project, film, film, MATCH if film < 22 else NO_MATCH, strategy="uncertainty")
    find_doubts(project)
    known = doubts(project)
    assert known is not None
    assert known.looked_at == 44
    assert "It takes" not in doubts_words(known)


def test_ten_thousand_decisions_are_summed_up_in_a_moment(make: Make) -> None:
    rng = np.random.default_rng(3)
    films = 2_000
    truth = rng.random(films) < 0.4
    scores = np.clip(np.where(truth, 0.8, 0.2) + rng.normal(0, 0.2, films), 0, 1)
    project = make(scores.tolist(), audit=0.2)
    with project.database() as db:
        audit = {
            int(left[1:])
            for (left,) in db.execute("SELECT left FROM candidates WHERE audit IS NOT NULL")
        }
        known = db.execute("SELECT sql FROM sqlite_master WHERE name = 'decisions'").fetchone()
        assert known is not None
        rows = []
        for number in range(10_000):
            film = number % films
            right = film if truth[film] or number < films else film + 1
            outcome = ("match" if truth[film] else "no_match") if number < films else "no_match"
            if number >= films:
                right, outcome = film + 1, "no_match"
            who = f"curator {number // films}"
            strategy = "audit" if film in audit else "uncertainty"
            rows.append((f"l{film:04}", f"r{right:04}", who, outcome, strategy))
        db.conn.execute("BEGIN")
        db.conn.executemany(
            "INSERT INTO decisions (left, right, curator, outcome, strategy, created_at, seconds,"
            " version, score, hidden)"
            " VALUES (?, ?, ?, ?, ?, '2026-01-02T03:04:05', 3, 'v1', 0.5, 0)",
            rows,
        )
        db.conn.execute("COMMIT")
    found = quality.quality(project)
    assert found.decisions == 10_000
    assert len(found.curators) == 5
    assert found.alignment is not None
    assert found.alignment.sampled == len(audit)
    assert found.alignment.given == truth.sum()
    assert found.alignment.precision == Interval(1.0, 1.0, 1.0)  # nothing is left undecided
    assert sum(day.decisions for day in found.days) == 10_000
    assert all("nan" not in line for line in headlines(found))


def test_blocking_is_measured_on_links_of_paired_types_and_says_what_it_leaves_out(
    make_films: MakeFilms,
) -> None:
    project = make_films(["l0 r0", "l1 r1", "l2 r9", "p t"], valid=[["l9 r9"]], audit=1.0)
    score_project(project, train_project(project, device="cpu").name, device="cpu")
    found = quality.quality(project)
    assert found.blocking.value == pytest.approx(3 / 4)
    assert found.to_json()["unpaired"] == 1
    say(project, 3, 3, MATCH)
    said = " ".join(headlines(quality.quality(project)))
    assert "Blocking kept 75.0 %" in said
    assert "1 known match joins types that are not paired in schema.json" in said


def test_rejections_beside_gold_links_leave_their_entities_settled(make_films: MakeFilms) -> None:
    project = make_films(["l0 r0", "l1 r1"], ["l5 s5 0"], valid=[["l9 r9"]])
    candidates = project.candidates()
    scores = np.full(len(candidates), 0.9)
    sample = quality.AuditSample.of(project, [], [], scores)
    # all films but l0, l1 and l9; of l5 one candidate is open
    assert sample.figures(0.5).given == FILMS - 3


def test_types_that_are_not_asked_about_are_not_measured_and_told(make: Make) -> None:
    project = make([0.9] * 4)
    say(project, 0, 0, MATCH)
    film = TypePair("film", "film")
    project.save_schema(replace(project.schema, not_asked=(film,)))
    found = quality.quality(project)
    assert found.alignment is not None
    assert found.alignment.sampled == found.alignment.given == 0
    assert found.not_asked == 4
    project.save_schema(replace(project.schema, not_asked=()))
    say(project, 1, 1, MATCH)
    found = quality.quality(project)
    assert found.alignment is not None
    assert (found.alignment.sampled, found.not_asked) == (2, 0)
    told = headlines(replace(found, not_asked=3))
    assert any("3 left entities of types that are not asked about" in line for line in told)

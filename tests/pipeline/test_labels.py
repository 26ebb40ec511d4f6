"""What a first network needs, whoever knows it: links or curators."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from kgreview.aligner.settings import AlignerSettings
from kgreview.cli import cli
from kgreview.errors import KGReviewError
from kgreview.pipeline.labels import NO_NON_MATCHES, links_teach, missing, still_missing
from kgreview.pipeline.project import Project
from kgreview.pipeline.scoring import score_project
from kgreview.pipeline.training import finetune_project, train_project
from kgreview.pipeline.version_labels import gather_labels
from kgreview.review import models
from kgreview.store.decisions import training_decisions
from kgreview.store.outcomes import QUALIFIED, Outcome
from tests.films import MakeFilms, Say
from tests.pages.conftest import bob_accepts

TINY = AlignerSettings(epochs=1, steps=5, trees=5, members=1)


def matches(start: int, end: int) -> list[str]:
    return [f"l{i} r{i}" for i in range(start, end)]


def lacking(project: Project) -> str | None:
    with project.database() as db:
        return missing(project, training_decisions(db))


def counted(linked: int, accepted: int, held: int = 0) -> str:
    more = 10 - linked - accepted
    beside = f", beside {held} held out for validation" if held else ""
    return (
        "a first network needs 10 known matches, and there "
        f"{'is' if more == 9 else 'are'} {10 - more} ({linked} from links{beside}, {accepted} "
        f"accepted): accept {more} more {'pair' if more == 1 else 'pairs'} or give more links; "
        "until then the likeness of values gives the scores"
    )


def test_without_links_and_decisions_ten_matches_are_missing(make_films: MakeFilms) -> None:
    assert lacking(make_films()) == counted(0, 0)


def test_matches_of_links_and_of_curators_count_together(
    make_films: MakeFilms, say_film: Say
) -> None:
    project = make_films(matches(0, 6), valid=[matches(6, 8)])
    assert not links_teach(project)
    assert lacking(project) == counted(6, 0, held=2)
    for i in range(8, 11):
        say_film(project, f"l{i}", f"r{i}")
    assert lacking(project) == counted(6, 3, held=2)
    say_film(project, "l11", "r11")
    assert lacking(project) is None


def test_of_the_links_a_fifth_is_held_out_and_teaches_nothing(make_films: MakeFilms) -> None:
    assert lacking(make_films(matches(0, 11))) == counted(9, 0, held=2)


def test_links_alone_may_be_enough(make_films: MakeFilms) -> None:
    project = make_films(matches(0, 10), valid=[matches(10, 11)])
    assert links_teach(project)
    assert lacking(project) is None


def test_what_teaches_nothing_does_not_count(make_films: MakeFilms, say_film: Say) -> None:
    rejections = [f"l{i} r{i + 1} 0" for i in range(12)]
    project = make_films([*matches(0, 7), "p t"], rejections, valid=[matches(18, 20)])
    say_film(project, "l0", "r0")  # known by a link already
    say_film(project, "l1", "r1", Outcome.NO_MATCH)  # against a link
    say_film(project, "l18", "s18")  # of an entity that is held out
    say_film(project, "gone", "r9")  # of an entity that the graph lacks
    say_film(project, "l9", "gone")
    assert lacking(project) == counted(5, 1, held=2)


def test_a_match_whose_entity_has_no_other_candidate_tells_of_no_non_match(
    make_films: MakeFilms, say_film: Say
) -> None:
    project = make_films(matches(0, 12), valid=[matches(12, 13)], remakes=False)
    assert lacking(project) == NO_NON_MATCHES
    assert train_project(project, device="cpu").to_json() == {
        "version": "v1",
        "kind": "similarity",
        "missing": NO_NON_MATCHES,
    }
    say_film(project, "l15", "r16", Outcome.NO_MATCH)
    assert lacking(project) is None


def test_the_other_candidates_of_a_match_are_non_matches_enough(make_films: MakeFilms) -> None:
    assert lacking(make_films(matches(0, 12), valid=[matches(12, 13)])) is None


def test_rejections_are_non_matches_enough(make_films: MakeFilms) -> None:
    rejections = ["l14 r15 0"]
    project = make_films(matches(0, 12), rejections, valid=[matches(12, 13)], remakes=False)
    assert lacking(project) is None
    assert train_project(project, settings=TINY, device="cpu").kind == "trained"


def test_training_and_fine_tuning_and_the_model_page_say_the_same(
    make_films: MakeFilms, say_film: Say
) -> None:
    project = make_films(matches(0, 6), valid=[matches(6, 8)])
    report = train_project(project, device="cpu")
    assert (report.kind, report.missing) == ("similarity", counted(6, 0, held=2))
    score_project(project, device="cpu")
    with pytest.raises(KGReviewError) as caught:
        finetune_project(project, device="cpu")
    assert str(caught.value).endswith(f"; {counted(6, 0, held=2)}"), "before any decision, too"
    say_film(project, "l9", "r9")
    with pytest.raises(KGReviewError) as caught:
        finetune_project(project, device="cpu")
    assert str(caught.value) == f"there is too little to learn from: {counted(6, 1, held=2)}"
    assert models.model_state(project).missing == counted(6, 1, held=2)
    for i in range(10, 13):
        say_film(project, f"l{i}", f"r{i}")
    assert models.model_state(project).missing is None
    made = train_project(project, settings=TINY, device="cpu")
    assert (made.kind, made.missing) == ("trained", None)


def test_one_match_trains_no_network_and_the_commands_say_so(make_films: MakeFilms) -> None:
    project = make_films(["l0 r0"])
    for words in (["run", "--device", "cpu"], ["train", "--device", "cpu", "--json"]):
        said = CliRunner().invoke(cli, [words[0], str(project.path), *words[1:]])
        assert said.exit_code == 0
        assert counted(1, 0) in said.stdout


def test_a_network_that_is_there_lacks_nothing_to_go_on(make_films: MakeFilms) -> None:
    project = make_films(matches(0, 12), valid=[matches(12, 14)])
    train_project(project, settings=TINY, device="cpu")
    score_project(project, device="cpu")
    (Path(project.path) / "links" / "train.npz").unlink()
    with project.database() as db:
        assert still_missing(project, db) is None
    assert lacking(project) == counted(0, 0, held=2)


@pytest.mark.parametrize("outcome", QUALIFIED)
def test_a_known_link_that_is_qualified_teaches_neither_a_match_nor_a_non_match(
    make_films: MakeFilms, say_film: Say, outcome: Outcome
) -> None:
    project = make_films([*matches(0, 10), "l0 s0"], valid=[matches(10, 13)])
    rows = project.left.rows(["l0", "l11"]), project.right.rows(["r0", "r11"])
    pairs = set(zip(*(side.tolist() for side in rows), strict=True))

    def labelled() -> dict[str, set[tuple[int, int]]]:
        labels = gather_labels(project, [])
        assert labels.held is not None
        return {
            name: pairs & set(zip(part.left.tolist(), part.right.tolist(), strict=True))
            for name, part in (("learnt", labels.learnt), ("held", labels.held))
        }

    before = labelled()
    assert set.union(*before.values()) == pairs
    say_film(project, "l0", "r0", outcome)
    say_film(project, "l11", "r11", outcome)
    assert labelled() == {"learnt": set(), "held": set()}
    assert lacking(project) is None
    say_film(project, "l1", "r1", outcome)
    say_film(project, "l2", "r2", outcome)
    assert lacking(project) == counted(8, 0, held=2)
    assert not links_teach(project)


def test_who_says_the_same_counts_before_who_says_close(
    make_films: MakeFilms, say_film: Say
) -> None:
    project = make_films(matches(0, 10), valid=[matches(10, 13)])
    say_film(project, "l0", "r0", Outcome.CLOSE)
    assert not links_teach(project)
    bob_accepts(project, "l0", "r0")
    assert links_teach(project)

"""Figures on links that were kept apart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from kgreview.errors import KGReviewError
from kgreview.pipeline.evaluation import Evaluation, evaluate_project
from kgreview.pipeline.project import Project
from kgreview.pipeline.scoring import score_project
from kgreview.pipeline.training import train_project
from tests.films import MakeFilms

Evaluate = Callable[..., Evaluation]


def test_scores_of_other_candidates_are_not_measured(small_sample: Path, records: Path) -> None:
    links = records / "links" / "test.tsv"
    assert evaluate_project(Project.open(small_sample), links).prauc > 0.5
    file = small_sample / "candidates" / "similarities.npy"
    other = np.load(file)
    other[0, 0] = 0.25
    np.save(file, other)
    with pytest.raises(KGReviewError, match="v1 has not scored the present candidates"):
        evaluate_project(Project.open(small_sample), links)


@pytest.fixture
def evaluate(make_films: MakeFilms, tmp_path: Path) -> Evaluate:
    """Evaluate a project of films, scored by their names, on rows of a table of links."""

    def evaluated(*rows: str, train: tuple[str, ...] = ("l0 r0",)) -> Evaluation:
        project = make_films(train)
        score_project(project, train_project(project, device="cpu").name, device="cpu")
        header = "left right label" if len(rows[0].split()) == 3 else "left right"
        file = tmp_path / "test.tsv"
        file.write_text("\n".join(row.replace(" ", "\t") for row in (header, *rows)) + "\n")
        return evaluate_project(project, file, device="cpu")

    return evaluated


def test_gold_links_are_measured_on_the_candidates_of_their_entities(evaluate: Evaluate) -> None:
    found = evaluate("l5 r5", "l6 r6")
    assert (found.pairs, found.links, found.lost, found.unpaired) == (4, 2, 0, 0)
    assert (found.prauc, found.recall, found.blocking_recall) == (1, 1, 1)
    assert found.end_to_end_f1 == found.f1


def test_a_link_that_blocking_lost_is_a_miss_end_to_end(evaluate: Evaluate) -> None:
    found = evaluate("l5 r5", "l6 r1")
    assert (found.pairs, found.links, found.lost) == (4, 2, 1)
    assert (found.recall, found.blocking_recall) == (1, 0.5)
    called = round(1 / found.precision)  # pairs called matches, one of them rightly
    assert found.f1 == pytest.approx(2 / (called + 1))
    assert found.end_to_end_f1 == pytest.approx(2 / (called + 2))


def test_judged_links_are_measured_on_their_pairs_candidates_or_not(evaluate: Evaluate) -> None:
    found = evaluate("l5 r5 1", "l6 r1 1", "l7 r2 0", "l8 s8 0")
    assert (found.pairs, found.links, found.lost) == (4, 2, 1)
    assert found.blocking_recall == 0.5
    assert found.end_to_end_f1 <= 2 / 3, "the lost match is a miss, whatever its score"


def test_links_of_types_that_are_not_paired_are_left_aside_and_counted(evaluate: Evaluate) -> None:
    found = evaluate("l5 r5", "p t", "p r0")
    assert (found.pairs, found.links, found.lost, found.unpaired) == (2, 1, 0, 2)
    assert found.blocking_recall == 1
    assert found.to_json()["unpaired"] == 2


def test_another_match_that_training_knew_is_neither_a_match_nor_a_non_match_here(
    evaluate: Evaluate,
) -> None:
    found = evaluate("l5 r5", "l6 r6", train=("l5 s5", "l0 r0"))
    assert (found.pairs, found.links) == (3, 2)

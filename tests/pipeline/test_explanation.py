import math
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from kgreview.errors import KGReviewError
from kgreview.pipeline import explanation
from kgreview.pipeline.project import Project
from kgreview.review import session
from kgreview.ui.waterfall import bars_of


@pytest.fixture
def project(small_sample: Path) -> Project:
    return Project.open(small_sample)


def scores(project: Project) -> np.ndarray:
    return np.load(project.version_folder("v1") / "scores.npy")


def test_an_explanation_is_of_the_score_that_is_stored(project: Project) -> None:
    pairs, stored = project.candidates(), scores(project)
    for candidate in range(0, len(pairs), len(pairs) // 7):
        left, right = int(pairs.left[candidate]), int(pairs.right[candidate])
        found = explanation.explain(project, "v1", left, right)
        assert found.probability == pytest.approx(float(stored[candidate]), abs=1e-3)
        attention = project.attention("v1", candidate)
        assert attention is not None
        for fresh, kept in zip(found.attention.left, attention.left, strict=True):
            assert (fresh.row, fresh.relation, fresh.slot) == (kept.row, kept.relation, kept.slot)
            assert fresh.contribution == pytest.approx(kept.contribution, abs=1e-2)


def test_the_bars_of_a_waterfall_add_up_to_the_log_odds(project: Project) -> None:
    pairs, opened = project.candidates(), 0
    for candidate in range(0, len(pairs), len(pairs) // 7):
        rows = int(pairs.left[candidate]), int(pairs.right[candidate])
        this = explanation.contender(project, "v1", *rows)
        bars = bars_of(this.evidence, (this.left, this.right))
        total = math.fsum(bar.value for bar in bars)
        assert 1 / (1 + math.exp(-total)) == pytest.approx(this.probability, abs=1e-5)
        opened += sum(len(bar.parts) for bar in bars)
    assert opened > 7, "neighbours are among them"


def test_a_pair_that_is_no_candidate_is_explained_among_the_candidates(project: Project) -> None:
    pairs = project.candidates()
    left = int(pairs.left[0])
    right = next(
        r
        for r in range(project.right.num_entities)
        if r not in pairs.right[pairs.left == left]
        and project.right.type_of(r) == project.left.type_of(left)
    )
    found = explanation.explain(project, "v1", left, right)
    assert 0 <= found.probability < 0.5
    assert found.changes


def test_a_second_look_costs_nothing(project: Project) -> None:
    first = explanation.explain(project, "v1", 0, 0)
    assert explanation.explain(project, "v1", 0, 0) is first
    assert explanation.flip(project, "v1", 0, 0) is explanation.flip(project, "v1", 0, 0)


def test_scores_of_something_else_are_not_explained(project: Project) -> None:
    pairs = project.candidates()
    file = project.version_folder("v1") / "scores.npy"
    np.save(file, 1 - scores(project))
    with pytest.raises(KGReviewError, match="kgreview score"):
        explanation.explain(project, "v1", int(pairs.left[0]), int(pairs.right[0]))


def test_without_the_columns_it_says_to_score_again(project: Project) -> None:
    project.features.unlink()
    with pytest.raises(KGReviewError, match="kgreview score"):
        explanation.explain(project, "v1", 0, 0)


def test_a_page_shows_the_pair_at_once_and_the_explanation_soon(project: Project) -> None:
    view = session.given_pair(project, "Ada", *_with_neighbours(project))
    assert view is not None
    shown, soon = explanation.explained(project, view)
    assert soon
    assert shown.evidence is None
    until = time.monotonic() + 60
    while soon and time.monotonic() < until:
        time.sleep(0.05)
        shown, soon = explanation.explained(project, view)
    assert shown.evidence is not None
    assert [n for n in shown.left.neighbours if n.slot >= 0]
    assert all(n.change for n in shown.left.neighbours if n.slot >= 0)
    assert " without it<" in shown.canvas(height=300, dark=False).panes


def _with_neighbours(project: Project) -> tuple[str, str]:
    """Give a candidate of two entities that have neighbours."""
    pairs, left, right = project.candidates(), project.left, project.right
    return next(
        (left.id(a), right.id(b))
        for a, b in zip(pairs.left.tolist(), pairs.right.tolist(), strict=True)
        if len(left.neighbourhood(a)[0]) > 3 and len(right.neighbourhood(b)[0]) > 3
    )


def test_what_is_hidden_is_not_explained(project: Project) -> None:
    view = session.next_pair(project, "Ada", hidden=True)
    assert view is not None
    assert explanation.explained(project, view) == (view, False)


def test_asking_for_an_explanation_does_not_load_the_network_before_it_is_needed() -> None:
    code = "import sys, kgreview.pipeline.explanation; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_row_of_the_table_has_its_effect_or_nothing_compares_it(project: Project) -> None:
    pairs = project.candidates()
    reasons = set()
    for candidate in range(0, len(pairs), len(pairs) // 25):
        left, right = int(pairs.left[candidate]), int(pairs.right[candidate])
        this = explanation.contender(project, "v1", left, right)
        sides = project.left.attributes(left), project.right.attributes(right)
        for row in this.rows:
            used = this.evidence.row(row.left_attribute, row.right_attribute) is not None
            if row.likeness.verdict.of_both:
                assert used
            elif not used and not row.names:
                side = 0 if row.right_attribute is None else 1
                attribute = row.left_attribute or row.right_attribute
                assert attribute is not None
                partners = this.evidence.partners(side, attribute)
                assert not set(partners) & set(sides[1 - side])
                reasons.add(bool(partners))
    assert True in reasons, "some pair lacks a counterpart"

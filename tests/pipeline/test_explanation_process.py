"""Pairs explained by a process of its own, as the server has them."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from kgreview.errors import KGReviewError
from kgreview.pipeline import explanation, explanation_process, loaded_networks
from kgreview.pipeline.explanation_process import ExplanationProcess
from kgreview.pipeline.project import Project
from kgreview.review import session


@pytest.fixture
def project(small_sample: Path) -> Project:
    return Project.open(small_sample)


@pytest.fixture
def beside() -> Iterator[ExplanationProcess]:
    """The process; this one explains nothing while it is there."""
    made = ExplanationProcess()
    loaded_networks.explain_elsewhere(made)
    explanation._explanations.clear()
    explanation._flips.clear()
    yield made
    loaded_networks.explain_elsewhere(None)
    made.close()


def process_of(beside: ExplanationProcess) -> psutil.Process:
    assert beside._process is not None
    return psutil.Process(beside._process.pid)


def test_another_process_says_the_same_as_this_one(project: Project) -> None:
    pairs = project.candidates()
    rows = int(pairs.left[0]), int(pairs.right[0])
    here = explanation.explain(project, "v1", *rows), explanation.flip(project, "v1", *rows)
    made = ExplanationProcess()
    assert made.ask("explain", project, "v1", rows) == here[0]
    assert made.ask("flip", project, "v1", rows) == here[1]
    made.close()


def test_a_page_shows_the_pair_and_gets_the_explanation_when_it_is_there(
    project: Project, beside: ExplanationProcess
) -> None:
    view = session.next_pair(project, "Ada")
    assert view is not None
    shown, soon = explanation.explained(project, view)
    assert (shown, soon) == (view, True), "the network is not loaded yet, and nobody waits"
    until = time.monotonic() + 60
    while soon and time.monotonic() < until:
        shown, soon = explanation.explained(project, view)
    assert not soon
    assert shown.evidence is not None
    before = time.process_time()
    explanation.explained(project, view)
    assert time.process_time() - before < 0.1, "and kept"


def test_what_the_process_refuses_is_raised_in_one_line(
    project: Project, beside: ExplanationProcess
) -> None:
    with pytest.raises(KGReviewError, match="v9"):
        explanation.explain(project, "v9", 0, 0)
    with pytest.raises(KGReviewError) as caught:
        beside.ask("explain", project, "v9", (0, 0))
    assert "\n" not in str(caught.value)


def test_a_process_that_is_killed_is_told_of_and_started_anew(
    project: Project, beside: ExplanationProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explanation_process, "_RESTART_SECONDS", 0.0)
    pairs = project.candidates()
    rows = int(pairs.left[0]), int(pairs.right[0])
    found = beside.ask("explain", project, "v1", rows)
    first = process_of(beside)
    first.kill()
    psutil.wait_procs([first], timeout=20)
    until = time.monotonic() + 20
    while time.monotonic() < until:  # who asks before it is seen to be dead is told so
        with contextlib.suppress(KGReviewError):
            assert beside.ask("explain", project, "v1", rows) == found
            break
    assert process_of(beside).pid != first.pid


def test_one_that_dies_at_once_is_not_started_at_each_press(
    project: Project, beside: ExplanationProcess
) -> None:
    beside.ask("load", project, "v1", (), 0.0)
    killed = process_of(beside)
    killed.kill()
    psutil.wait_procs([killed], timeout=20)
    while beside._process is not None:  # seen to be dead
        time.sleep(0.01)
    with pytest.raises(KGReviewError, match="has ended"):
        beside.ask("explain", project, "v1", (0, 0))


def test_it_ends_when_nobody_can_ask_any_more(project: Project) -> None:
    made = ExplanationProcess()
    made.ask("load", project, "v1", ())
    process = process_of(made)
    assert made._process is not None
    assert made._process.stdin is not None
    made._process.stdin.close()
    psutil.wait_procs([process], timeout=20)
    assert not process.is_running()

"""The stop signal: three signs, and the sentence that goes with each."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgreview.evaluation.audit import UNKNOWN, Interval
from kgreview.evaluation.stopping import WINDOW, StopSignal, same_order, stop_signal, surprise

WIDE, NARROW = Interval(0.9, 0.8, 1.0), Interval(0.9, 0.88, 0.92)
STABLE, RESTLESS = [0.99, 0.98, 0.985], [0.99, 0.98, 0.93]
DOUBT = np.full(WINDOW, 0.3)  # by its own scores the network is wrong in 30 of a hundred


def against(times: int) -> np.ndarray:
    return np.arange(WINDOW) < times


def signal(
    agreements: list[float] = STABLE,
    times: int = 30,
    interval: Interval = NARROW,
) -> StopSignal:
    return stop_signal(agreements, against(times), DOUBT, interval, interval, target=0.1)


def met(found: StopSignal) -> dict[str, bool]:
    return {reason.name: reason.met for reason in found.reasons}


def test_all_three_signs_end_it() -> None:
    found = signal()
    assert found.stop
    assert set(met(found).values()) == {True}
    assert found.words.startswith("You may stop")


@pytest.mark.parametrize(
    ("agreements", "times", "interval", "stop"),
    [
        (STABLE, 30, WIDE, True),  # nothing new, though not known how good it is
        (STABLE, 60, NARROW, True),  # known how good it is, and it stays so
        (STABLE, 60, WIDE, False),
        (RESTLESS, 30, NARROW, False),  # what still changes is not done
    ],
)
def test_a_stable_network_and_one_of_the_others_are_enough(
    agreements: list[float], times: int, interval: Interval, stop: bool
) -> None:
    found = signal(agreements, times, interval)
    assert found.stop is stop
    assert stop or found.words.startswith("Go on")


def test_each_reason_says_its_figures() -> None:
    words = {reason.name: reason.words for reason in signal(RESTLESS, 60, WIDE).reasons}
    assert "Over the last 3 changes of version other pairs came first" in words["stable"]
    assert "PRAUC of 0.967; from 0.985 on" in words["stable"]
    assert (
        "Of the last 100 answers 60 went against the network; its scores predicted 30"
        in words["nothing new"]
    )
    assert "precision within ±10.0 % and recall within ±10.0 %" in words["narrow"]
    assert "the project wants ±5.0 %" in words["narrow"]


def test_at_the_beginning_each_reason_says_what_is_missing() -> None:
    found = stop_signal([], [True] * 3, [0.5] * 3, UNKNOWN, UNKNOWN, target=0.1)
    assert not found.stop
    assert found.words == "Go on: no stopping criterion is met yet."
    stable, new, narrow = (reason.words for reason in found.reasons)
    assert "after 3 changes of version" in stable
    assert "there are 0" in stable
    assert "30 answers" in new
    assert "there are 3" in new
    assert "still too small" in narrow


def test_only_the_last_answers_and_changes_count() -> None:
    early = np.ones(500, bool)
    found = stop_signal(
        [0.1] * 9 + STABLE,
        np.concatenate([early, against(20)]),
        np.full(600, 0.3),
        WIDE,
        WIDE,
        target=0.1,
    )
    assert met(found) == {"stable": True, "nothing new": True, "narrow": False}


def test_one_change_and_thirty_answers_can_be_enough() -> None:
    """Where values tell nearly all, the first network says what their likeness has said."""
    answers, doubt = np.arange(30) < 9, np.full(30, 0.3)

    def stops(agreements: list[float], first: int = 0, *, from_values: bool = True) -> bool:
        given = answers[first:], doubt[first:], WIDE, WIDE, 0.1
        return stop_signal(agreements, *given, from_values=from_values).stop

    assert stops([0.99])
    assert not stops([0.99], first=1)
    assert not stops([0.9])
    assert not stops([])
    assert not stops([0.99] * 2, from_values=False), "fine-tuning changes little each time"
    assert stops([0.99] * 3, from_values=False)


def test_versions_are_compared_by_their_order_and_not_by_their_thresholds() -> None:
    called = np.array([True, True, False, False])
    assert same_order(np.array([0.9, 0.8, 0.7, 0.1]), called) == 1  # wherever its threshold was
    assert same_order(np.array([0.9, 0.7, 0.8, 0.1]), called) == pytest.approx((1 + 2 / 3) / 2)
    assert same_order(np.full(4, 0.5), called) == 0.5
    assert same_order(np.full(4, 0.5), np.zeros(4, bool)) == 0, "nothing is put first"


def test_an_answer_surprises_by_what_the_score_left_open() -> None:
    went, chance = surprise([0.9, 0.9, 0.2, 0.6], [0.5, 0.5, 0.5, 0.7], [True, False, True, False])
    assert went.tolist() == [False, True, True, False]
    assert chance == pytest.approx([0.1, 0.1, 0.2, 0.6])


@given(
    st.lists(st.floats(-1, 1), max_size=6),
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.booleans()), max_size=250),
    st.floats(0.001, 1),
)
def test_whatever_is_put_in_there_are_three_reasons_in_words(
    agreements: list[float], answers: list[tuple[float, float, bool]], target: float
) -> None:
    went, chance = surprise(*(zip(*answers, strict=True) if answers else ([], [], [])))
    found = stop_signal(agreements, went, chance, WIDE, Interval(math.nan, 0.2, 0.9), target)
    assert [reason.name for reason in found.reasons] == ["stable", "nothing new", "narrow"]
    assert all("nan" not in reason.words for reason in found.reasons)
    assert found.stop <= found.reasons[0].met

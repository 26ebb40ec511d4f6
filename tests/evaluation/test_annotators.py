"""Agreement beyond chance, against worked examples in print."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from kgreview.evaluation.annotators import alpha, cohen_kappa, kappa, krippendorff_alpha
from kgreview.evaluation.audit import UNKNOWN


def test_cohens_figure_of_the_fifty_proposals() -> None:
    # the example of many textbooks: two readers, fifty proposals, 20 yes-yes and 15 no-no
    assert cohen_kappa([[20, 5], [10, 15]]) == pytest.approx(0.4)
    # as many agreements, other margins: these two are the point of the statistic
    assert cohen_kappa([[45, 15], [25, 15]]) == pytest.approx(0.1304, abs=5e-5)
    assert cohen_kappa([[25, 35], [5, 35]]) == pytest.approx(0.2593, abs=5e-5)


@given(st.lists(st.tuples(st.sampled_from("mnu"), st.sampled_from("mnu")), min_size=1, max_size=60))
def test_cohens_figure_is_that_of_scikit_learn(answers: list[tuple[str, str]]) -> None:
    one, other = zip(*answers, strict=True)
    found = kappa(one, other)
    if len(set(one + other)) == 1:
        assert math.isnan(found.value)
    else:
        assert found.value == pytest.approx(cohen_kappa_score(one, other), abs=1e-9)
        assert found.low <= found.value <= found.high


def units(*observers: str) -> list[list[str]]:
    """Turn rows of observers, a dot for none, into the answers to each unit."""
    return [[row[i] for row in observers if row[i] != "."] for i in range(len(observers[0]))]


# Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), examples A and C
BINARY = units("0100000000", "1110010010")
MISSING = units("123321412...", "1233224125.3", ".3332342251.", "12332441251.")


def test_krippendorffs_worked_examples() -> None:
    assert krippendorff_alpha(BINARY) == pytest.approx(0.095, abs=5e-4)
    assert krippendorff_alpha(MISSING) == pytest.approx(0.743, abs=5e-4)


def test_units_judged_once_say_nothing_of_agreement() -> None:
    assert krippendorff_alpha([*BINARY, ["0"], ["1"], []]) == krippendorff_alpha(BINARY)
    assert alpha([["m"], []]) == kappa([], []) == UNKNOWN


def test_answers_that_are_all_alike_cannot_tell_agreement_from_habit() -> None:
    found = alpha([["m", "m"]] * 20)
    assert math.isnan(found.value)
    assert found.low < 0.5


def test_few_agreements_do_not_prove_perfection() -> None:
    few, many = (alpha([["m", "m"], ["n", "n"]] * pairs) for pairs in (3, 300))
    assert few.value == few.high == many.value == 1
    assert few.low < 0.6
    assert many.low > 0.97
    assert kappa(["m", "n"] * 3, ["m", "n"] * 3).low < 0.6


@given(
    st.lists(st.lists(st.sampled_from("mnus"), max_size=4), max_size=30),
    st.permutations(["m", "n", "u", "s"]),
)
def test_the_names_of_answers_and_their_order_do_not_matter(
    told: list[list[str]], names: list[str]
) -> None:
    renamed = dict(zip("mnus", names, strict=True))
    other = [[renamed[answer] for answer in reversed(unit)] for unit in told]
    one, two = krippendorff_alpha(told), krippendorff_alpha(other)
    assert one == pytest.approx(two, nan_ok=True)
    assert math.isnan(one) or one <= 1
    found = alpha(told)
    assert math.isnan(found.value) or found.low <= found.value <= found.high


def agreements(rng: np.random.Generator, pairs: int, wrong: float) -> list[list[str]]:
    truth = rng.random(pairs) < 0.4
    said = [truth ^ (rng.random(pairs) < wrong) for _ in range(2)]
    return [["mn"[int(a)], "mn"[int(b)]] for a, b in zip(*said, strict=True)]


@pytest.mark.parametrize(("pairs", "wrong"), [(30, 0.05), (100, 0.05), (100, 0.2)])
def test_the_interval_holds_the_true_agreement_in_95_of_100_runs(pairs: int, wrong: float) -> None:
    rng = np.random.default_rng(3)
    truth = krippendorff_alpha(agreements(rng, 400_000, wrong))
    held = 0
    for _ in range(300):
        found = alpha(agreements(rng, pairs, wrong))
        held += found.low <= truth <= found.high
    assert 0.92 <= held / 300 <= 0.985

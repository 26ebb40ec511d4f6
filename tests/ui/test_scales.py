import math

import pytest

from kgreview.ui.entity_summary import Neighbour
from kgreview.ui.palette import DARK, LIGHT
from kgreview.ui.scales import LEAST, Scale, scales_of, signed


def neighbour(adds: float, stake: float) -> Neighbour:
    return Neighbour("n", "n", "film", "r", False, adds, 0.5, stake)


def test_one_scale_goes_as_far_against_as_for_whichever_is_more() -> None:
    found = scales_of([neighbour(0.75, 1.0), neighbour(-2.0, 3.0)], DARK)
    assert found is not None
    adds, cross, stake = found
    assert adds.ticks() == (-2.0, -1.0, 0.0, 1.0, 2.0)
    assert adds.share(-2.0) == adds.share(2.0) == 1.0
    assert (adds.colour(-2.0), adds.colour(2.0)) == (DARK.diverging[0], DARK.diverging[-1])
    assert cross.ticks() == (0.0, 0.25, 0.5, 0.75, 1.0)
    assert stake.ticks()[-1] == 3.0


def test_what_is_hardly_anything_does_not_look_like_much() -> None:
    found = scales_of([neighbour(0.01, 0.02)], LIGHT)
    assert found is not None
    assert (found[0].most, found[2].most) == (LEAST, LEAST)
    assert found[0].share(0.01) == pytest.approx(0.02)


def test_without_a_network_there_is_no_scale() -> None:
    assert scales_of([neighbour(math.nan, math.nan)], LIGHT) is None
    assert scales_of([], LIGHT) is None


def test_what_is_beyond_the_scale_looks_like_its_end() -> None:
    scale = Scale(LIGHT.diverging, 1.0, True)
    assert scale.share(-7.0) == 1.0
    assert scale.colour(-7.0) == LIGHT.diverging[0]


@pytest.mark.parametrize(
    ("value", "written"), [(0.831, "+0.83"), (-0.21, "−0.21"), (0.0, "±0.00"), (-0.004, "±0.00")]
)
def test_a_figure_has_a_sign_unless_it_rounds_to_nothing(value: float, written: str) -> None:
    assert signed(value) == written
    assert Scale(LIGHT.diverging, 1.0, True).write(value) == written

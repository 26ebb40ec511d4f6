from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgreview.errors import InputError
from kgreview.service.parameters import Parameter, read_all

LIMIT = Parameter("limit", "how many", "integer", 10, low=1, high=50)
SHARE = Parameter("share", "how much", "number", high=1)
SIDE = Parameter("side", "left or right", choices=("left", "right"), required=True)


def test_what_is_not_given_has_its_default() -> None:
    assert read_all((LIMIT, SHARE), {}) == {"limit": 10, "share": None}
    assert read_all((LIMIT,), {"limit": ""}) == {"limit": 10}


@pytest.mark.parametrize("text", ["0", "51", "-1", "1.5", "x", "١", "9" * 400, "1_0", " 1"])
def test_a_number_outside_its_range_is_refused_with_the_range(text: str) -> None:
    with pytest.raises(InputError, match="give a whole number from 1 to 50"):
        LIMIT.read(text)


@pytest.mark.parametrize("text", ["nan", "inf", "-0.1", "1.01", "one"])
def test_a_share_is_from_0_to_1(text: str) -> None:
    with pytest.raises(InputError, match="from 0 to 1"):
        SHARE.read(text)


def test_a_choice_is_one_of_them_and_what_is_missing_is_said() -> None:
    with pytest.raises(InputError, match="side 'up': give one of left, right"):
        SIDE.read("up")
    with pytest.raises(InputError, match="side: is missing; give left or right"):
        read_all((SIDE,), {})


def test_an_unknown_parameter_is_no_silent_slip() -> None:
    with pytest.raises(InputError, match="'limti': is unknown; known are limit"):
        read_all((LIMIT,), {"limti": "3"})


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    for parameter in (LIMIT, SHARE, Parameter("q", "a text")):
        try:
            found = parameter.read(text)
        except InputError:
            continue
        str(found).encode()

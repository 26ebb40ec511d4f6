from hypothesis import given
from hypothesis import strategies as st

from kgreview.ui.text import clip, plain, text_width


def test_what_fits_is_left_alone() -> None:
    assert clip("Sambar Salsa", 20) == "Sambar Salsa"


def test_what_does_not_fit_ends_in_an_ellipsis() -> None:
    assert clip("Don't Stop Dreaming", 6) == "Don't Stop…"


def test_line_breaks_and_direction_marks_go() -> None:
    assert plain("a\nb\tc\u202ed\u200fe\x00f") == "a b cde f"


@given(st.text(max_size=600), st.floats(3, 40))
def test_a_clipped_string_is_one_line_no_wider_than_asked(text: str, width: float) -> None:
    shown = clip(text, width)
    assert text_width(shown) <= width
    assert len(shown.splitlines()) <= 1


@given(st.text(max_size=600), st.integers(2, 100))
def test_a_plain_string_is_no_longer_than_asked(text: str, limit: int) -> None:
    assert len(plain(text, limit)) <= limit

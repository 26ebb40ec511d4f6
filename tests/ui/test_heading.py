import pytest

from kgreview.ui.entity_summary import Side
from kgreview.ui.heading import (
    bulk_html,
    competitor_label,
    empty_html,
    heading_html,
    line_html,
    markdown_text,
    notice_html,
    saved_html,
)

EVIL = "<img src=x onerror=alert(1)>"


def test_names_types_and_probability_are_shown() -> None:
    page = heading_html(Side("e1", "Heat", "film", ()), Side("q2", "Hitze", "movie", ()), 0.625)
    assert all(word in page for word in ("Heat", "film", "e1", "Hitze", "movie", "q2", "62%"))


@pytest.mark.parametrize(("score", "said"), [(0.998, "&gt;99%"), (1.0, "&gt;99%"), (0.0, "&lt;1%")])
def test_nothing_is_called_certain(score: float, said: str) -> None:
    side = Side("e1", "Heat", "film", ())
    assert f"<b>{said}</b>" in heading_html(side, side, score)


def test_without_a_score_it_says_so() -> None:
    side = Side("e1", "Heat", "film", ())
    assert "no score yet" in heading_html(side, side, None)


def test_an_iri_is_a_link_out_and_nothing_else_is() -> None:
    iri = Side("tt1", "Heat", "film", (), url="http://x.org/a?b&c")
    script = Side("javascript:alert(1)", "Heat", "film", ())
    page = heading_html(iri, script, None)
    assert 'href="http://x.org/a?b&amp;c" target="_blank" rel="noopener noreferrer"' in page
    assert page.count("href") == 1


def test_hostile_strings_stay_text() -> None:
    side = Side(EVIL, EVIL, EVIL, ())
    pages = (
        heading_html(side, side, 0.5),
        line_html(EVIL, {EVIL: EVIL}),
        empty_html(EVIL, EVIL),
        notice_html(EVIL, EVIL),
        saved_html(EVIL),
        bulk_html(1, [(EVIL, EVIL, 0.5)], cap=9, more=True),
    )
    assert all("<img" not in page for page in pages)


def test_counts_are_named() -> None:
    assert "<b>1,203</b> open" in line_html("why", {"open": "1,203"})


def test_commands_are_set_apart() -> None:
    assert "<code>kgreview run</code>" in empty_html("No scores yet", "Type `kgreview run`.")


def test_markdown_is_taken_literally() -> None:
    assert markdown_text("![x](http://y)") == "\\!\\[x\\]\\(http\\:\u2060\\/\\/y\\)"
    assert markdown_text("Heat 2 – Hitze") == "Heat 2 – Hitze"
    assert len(markdown_text("a" * 1000)) == 60


def test_a_hidden_score_is_nowhere_in_the_heading() -> None:
    side = Side("e1", "Heat", "film", ())
    page = heading_html(side, side, 0.625, hidden=True)
    assert "hidden until you decide" in page
    assert "62" not in page


def test_another_candidate_points_to_its_side() -> None:
    assert competitor_label("right", "Heat", 0.25, is_open=True) == "→ Heat · 25%"
    assert competitor_label("left", "*Heat*", None, is_open=False) == r"← \*Heat\* · settled"


def test_a_preview_says_how_many_and_that_there_are_more() -> None:
    page = bulk_html(500, [("Heat", "Hitze", 0.25)], cap=500, more=True)
    assert "<b>500</b> open pairs" in page
    assert "at most 500" in page
    assert "25%" in page
    assert "Change the filter" in bulk_html(0, [], cap=500, more=False)

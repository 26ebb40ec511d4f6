"""The picture of a group: every string is text, and what is not drawn is counted."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from kgreview.ui.group_drawing import MOST_DRAWN, Line, group_svg

SVG = "{http://www.w3.org/2000/svg}"


def texts(svg: str) -> list[str]:
    return [each.text or "" for each in ET.fromstring(svg).iter(f"{SVG}text")]


def test_names_and_steps_are_drawn_and_hostile_names_are_text() -> None:
    evil = "<script>alert(1)</script>"
    lines = [Line(0, 0, "match", "1"), Line(0, 1, "rejected")]
    for dark in (False, True):
        svg = group_svg([evil], ["Heat", "Ran"], lines, dark=dark)
        assert "<script" not in svg
        assert {evil, "Heat", "Ran", "1"} <= set(texts(svg))
        kinds = [each.get("stroke-dasharray") for each in ET.fromstring(svg).iter(f"{SVG}line")]
        assert kinds[3:] == ["7 4", ""]  # after the legend; matches over what is rejected


def test_of_many_entities_the_last_are_counted_and_their_lines_left_out() -> None:
    names = [f"n{number}" for number in range(MOST_DRAWN + 3)]
    svg = group_svg(names, ["x"], [Line(MOST_DRAWN, 0, "match", "7")])
    assert "and 3 more" in texts(svg)
    assert "7" not in texts(svg)

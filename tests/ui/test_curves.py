"""Two curves over each other."""

from xml.etree import ElementTree

from kgreview.ui.curves import curves_svg

SVG = "{http://www.w3.org/2000/svg}"


def lines(picture: str) -> list[list[tuple[float, ...]]]:
    found = ElementTree.fromstring(picture).iter(f"{SVG}polyline")
    return [
        [tuple(map(float, p.split(","))) for p in one.get("points", "").split()] for one in found
    ]


def test_better_is_higher_and_more_recall_further_right() -> None:
    before, after = lines(curves_svg(([0.2, 0.8], [0.9, 0.5]), ([0.2, 0.8], [1.0, 0.7])))
    assert [x for x, _ in before] == [x for x, _ in after]
    assert before[0][0] < before[1][0]
    assert all(new[1] < old[1] for old, new in zip(before, after, strict=True)), "y grows downwards"


def test_it_is_drawn_in_both_themes_and_without_any_point() -> None:
    light, dark = (curves_svg(([], []), ([], []), dark=theme) for theme in (False, True))
    assert light != dark
    assert lines(light) == [[], []]

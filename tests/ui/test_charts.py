import math
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from kgreview.evaluation.audit import UNKNOWN, Interval
from kgreview.ui.charts import reliability_svg

SVG = "{http://www.w3.org/2000/svg}"


def points(picture: str) -> list[tuple[float, float]]:
    circles = ET.fromstring(picture).iter(f"{SVG}circle")
    return [(float(each.attrib["cx"]), float(each.attrib["cy"])) for each in circles]


def test_a_bin_that_says_what_is_found_lies_on_the_diagonal() -> None:
    bins = [(share, Interval(share, share, share), 10) for share in (0.0, 0.5, 1.0)]
    (x0, y0), (x1, y1), (x2, y2) = points(reliability_svg(bins))
    assert x0 < x1 < x2
    assert y0 > y1 > y2  # upwards is down in a picture
    assert math.isclose(x1 - x0, y0 - y1)


def test_a_bold_network_lies_below_the_diagonal_and_tells_its_figures() -> None:
    picture = reliability_svg([(0.9, Interval(0.4, 0.2, 0.6), 1_234), (0.5, UNKNOWN, 0)])
    ((_, y),) = points(picture)
    ((_, on_it),) = points(reliability_svg([(0.9, Interval(0.9, 0.8, 1.0), 5)]))
    assert y > on_it
    assert "said 0.90, found 0.40 of 1,234 pairs" in picture


def test_both_themes_draw_the_same_in_other_colours() -> None:
    bins = [(0.5, Interval(0.5, 0.4, 0.6), 3)]
    light, dark = reliability_svg(bins), reliability_svg(bins, dark=True)
    assert light != dark
    assert points(light) == points(dark)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.integers(1, 10**9)), max_size=12))
def test_every_point_is_within_the_picture(bins: list[tuple[float, float, int]]) -> None:
    drawn = reliability_svg([(said, Interval(seen, seen, seen), n) for said, seen, n in bins])
    assert len(points(drawn)) == len(bins)
    assert all(0 < x < 300 and 0 < y < 300 for x, y in points(drawn))

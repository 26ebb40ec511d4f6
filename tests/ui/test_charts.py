from typing import Any

import pytest

from kgreview.evaluation.audit import UNKNOWN, Interval
from kgreview.ui.charts import curves_chart, reliability_chart, table_by_day

COLUMNS = ("probability", "share of matches", "low", "high", "pairs")


def rows(chart: Any, column: str) -> list[dict[str, Any]]:
    """What a chart draws, of the data that have this column."""
    return [row for table in chart.to_dict()["datasets"].values() for row in table if column in row]


def test_each_bin_is_a_point_with_its_interval_and_its_pairs() -> None:
    chart = reliability_chart(
        [(0.9, Interval(0.4, 0.2, 0.6), 1_234), (0.5, UNKNOWN, 0)], "too bold"
    )
    assert rows(chart, "pairs") == [dict(zip(COLUMNS, (0.9, 0.4, 0.2, 0.6, 1_234), strict=True))]
    diagonal, interval, point = chart.to_dict()["layer"]
    assert [layer["encoding"]["y"]["field"] for layer in (diagonal, interval, point)] == [
        "share of matches",
        "low",
        "share of matches",
    ]
    assert interval["encoding"]["y2"]["field"] == "high"
    assert point["encoding"]["size"]["field"] == "pairs"
    assert chart.to_dict()["description"] == "too bold"


def test_every_bin_is_drawn_on_axes_from_0_to_1() -> None:
    shares = [0.0, 0.25, 0.5, 1.0]
    chart = reliability_chart([(p, Interval(p, p, p), 10**9) for p in shares])
    assert [row["probability"] for row in rows(chart, "pairs")] == shares
    for layer in chart.to_dict()["layer"]:
        assert layer["encoding"]["y"]["scale"] == {"domain": [0, 1]}


def test_both_curves_go_through_their_points_in_order() -> None:
    before, after = ([0.2, 0.8, 0.8], [0.9, 0.5, 0.4]), ([0.2, 0.8], [1.0, 0.7])
    chart = curves_chart(before, after)
    drawn = [(r["version"], r["place"], r["recall"], r["precision"]) for r in rows(chart, "recall")]
    assert drawn == [
        *(("before", i, *point) for i, point in enumerate(zip(*before, strict=True))),
        *(("after", i, *point) for i, point in enumerate(zip(*after, strict=True))),
    ]
    assert chart.to_dict()["encoding"]["order"]["field"] == "place"


@pytest.mark.parametrize("dark", [False, True])
def test_there_may_be_nothing_to_draw(dark: bool) -> None:
    assert rows(curves_chart(([], []), ([], []), dark=dark), "recall") == []
    assert rows(reliability_chart([], dark=dark), "pairs") == []


def test_both_themes_draw_the_same_in_other_colours() -> None:
    curve = ([0.1, 0.9], [0.9, 0.1])
    light, dark = (curves_chart(curve, curve, dark=theme) for theme in (False, True))
    assert rows(light, "recall") == rows(dark, "recall")
    assert light.to_dict()["encoding"]["color"] != dark.to_dict()["encoding"]["color"]


def test_a_single_day_stands_at_the_end_of_a_week() -> None:
    table = table_by_day([("2026-03-02", "Ada", 5), ("2026-03-02", "Bob", 2)])
    assert list(table.index)[::3] == ["2026-02-24", "2026-02-27", "2026-03-02"]
    assert table.loc["2026-03-02"].to_dict() == {"Ada": 5, "Bob": 2}
    assert table.iloc[:-1].to_numpy().sum() == 0


def test_of_many_days_those_without_a_decision_are_left_out() -> None:
    table = table_by_day([(f"2026-03-{day:02}", "Ada", day) for day in range(1, 21, 2)])
    assert list(table["Ada"]) == list(range(1, 21, 2))

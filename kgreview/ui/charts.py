"""Charts of the pages, drawn by Altair: what probabilities are worth, and two curves compared."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import altair as alt
import pandas as pd

from kgreview.evaluation.audit import Interval
from kgreview.ui.palette import palette

Curve = tuple[Sequence[float], Sequence[float]]  # recall and precision, aligned

_SHARE = alt.Scale(domain=[0, 1])
_FEWEST_DAYS = 7  # that a chart by days shows, so that one day is no bar across all of it
_FIGURES = ("probability", "share of matches", "low", "high", "pairs")


def reliability_chart(
    bins: Sequence[tuple[float, Interval, int]], words: str = "", *, dark: bool = False
) -> alt.LayerChart:
    """Draw what was predicted against what was observed, with 95 % intervals.

    ``bins`` are mean probability, share of matches and number of pairs. On the diagonal a
    probability is what it says; above it the network is too timid, below it too bold. The area of
    a point grows with its pairs. ``words``: what a screen reader says.
    """
    colours = palette(dark)
    rows = [
        (predicted, observed.value, observed.low, observed.high, pairs)
        for predicted, observed, pairs in bins
        if not math.isnan(predicted) and not math.isnan(observed.value)
    ]
    base = alt.Chart(pd.DataFrame(rows, columns=list(_FIGURES))).encode(
        x=alt.X("probability:Q", scale=_SHARE),
        tooltip=[alt.Tooltip(f"{name}:Q", format=".2f") for name in _FIGURES[:-1]]
        + [alt.Tooltip("pairs:Q", format=",")],
    )
    y = alt.Y("share of matches:Q", scale=_SHARE)
    diagonal = (
        alt.Chart(pd.DataFrame({"probability": [0, 1], "share of matches": [0, 1]}))
        .mark_line(color=colours.line, strokeDash=[4, 4])
        .encode(x="probability:Q", y=y)
    )
    intervals = base.mark_rule(color=colours.accent, strokeWidth=2).encode(
        y=alt.Y("low:Q", scale=_SHARE, title="share of matches"), y2="high:Q"
    )
    points = base.mark_circle(color=colours.accent, opacity=1).encode(
        y=y, size=alt.Size("pairs:Q", scale=alt.Scale(range=[40, 260]), legend=None)
    )
    chart = alt.LayerChart(layer=[diagonal, intervals, points])
    return chart.properties(height=300, description=words)


def table_by_day(counted: Sequence[tuple[str, str, int]]) -> pd.DataFrame:
    """Give counts of (day, who, count) as a table: a row for each day, a column for each person.

    Days are ISO 8601. Of few days those before are there, too, with nothing in them.
    """
    counts: Counter[tuple[str, str]] = Counter()
    for day, who, count in counted:
        counts[day, who] += count
    days = {day for day, _ in counts}
    last = pd.Timestamp(max(days))
    if len(days) < _FEWEST_DAYS:
        days |= {str(day.date()) for day in pd.date_range(end=last, periods=_FEWEST_DAYS)}
    people = sorted({who for _, who in counts})
    return pd.DataFrame(
        {who: [counts[day, who] for day in sorted(days)] for who in people}, index=sorted(days)
    )


def curves_chart(before: Curve, after: Curve, *, dark: bool = False) -> alt.Chart:
    """Draw precision over recall before and after, the one before dashed."""
    colours = palette(dark)
    rows = [
        (name, place, *point)
        for name, curve in (("before", before), ("after", after))
        for place, point in enumerate(zip(*curve, strict=True))
    ]
    names = ["before", "after"]
    chart: alt.Chart = (
        alt.Chart(pd.DataFrame(rows, columns=["version", "place", "recall", "precision"]))
        .mark_line(strokeWidth=2)
        .encode(
            x=alt.X("recall:Q", scale=_SHARE),
            y=alt.Y("precision:Q", scale=_SHARE),
            order="place:Q",
            color=alt.Color(
                "version:N",
                scale=alt.Scale(domain=names, range=[colours.quiet, colours.accent]),
                legend=alt.Legend(title=None, orient="bottom"),
            ),
            strokeDash=alt.StrokeDash(
                "version:N", scale=alt.Scale(domain=names, range=[[4, 3], [1, 0]])
            ),
        )
        .properties(width=420, height=340, description="Precision over recall, before and after")
    )
    return chart

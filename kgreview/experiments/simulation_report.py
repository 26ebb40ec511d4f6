"""What simulations come to: means over seeds, areas under curves, tables."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

_ENOUGH = 0.95  # of the PRAUC of training on all train links
_NEAR, _MOST = 0.005, 0.9  # of the last PRAUC: how near, and what share, the stop signal is held to


def table(report: Mapping[str, Any]) -> list[str]:
    """Write a report as lines: the curves, then what they come to."""
    names = [row["name"] for row in report["strategies"]]
    width = max([17, *(len(name) for name in names)])
    figures = "PRAUC (end-to-end F1) on the test links and matches found, by decisions"
    lines = [f"{report['dataset']}: {figures}"]
    lines.append(f"{'decisions':>10}" + "".join(f"  {name:>{width + 8}}" for name in names))
    budgets = sorted({each for row in report["strategies"] for each in row["decisions"]})
    for each in budgets:
        cells = []
        for row in report["strategies"]:
            there = row["decisions"].index(each) if each in row["decisions"] else None
            cells.append(f"  {'' if there is None else _cell(row, there):>{width + 8}}")
        lines.append(f"{each:>10}" + "".join(cells))
    whole = report["all_links"]
    lines.append(
        "all train links: "
        + ("not measured so far" if whole is None else f"{whole['prauc']:.4f} ({whole['f1']:.3f})")
    )
    for row in report["strategies"]:
        reached = row["reaches_95_percent"]
        lines.append(
            f"{row['name']}: area under the curve {row['area']:.4f}; 95 % of all train links' "
            f"PRAUC {'not reached' if reached is None else f'from {reached} decisions on'}; "
            f"{row['seconds']:.1f} s a round; seeds {row['seeds']}"
        )
        lines.append(
            f"{row['name']}: {_MOST:.0%} of its last PRAUC first after {row['most_of_last']} "
            f"decisions, within {_NEAR} of it first after {row['near_last']}"
        )
        stops = ", ".join("not yet" if each is None else str(each) for each in row["stops"])
        lines.append(f"{row['name']}: decisions after which the app says to stop, by seed: {stops}")
        if row["doubts_found"] is not None:
            lines.append(
                f"{row['name']}: {row['doubts_found']:.0%} of the wrong answers are among those "
                "asked again and the first of the label doubts, together a fifth of the decisions"
            )
    return lines


def summed_up(report: dict[str, Any]) -> dict[str, Any]:
    """Put the means over seeds beside the runs, as far as these have come."""
    names = dict.fromkeys(run["strategy"] for run in report["runs"])
    whole = report["all_links"]
    enough = math.inf if whole is None else _ENOUGH * whole["prauc"]
    means = [_mean(name, report["runs"], enough) for name in names]
    return copy.deepcopy(report) | {"strategies": means}  # what was given stays as it was


def _cell(row: Mapping[str, Any], at: int) -> str:
    """Write the figures after so many decisions: with a deviation where there are several seeds."""
    spread = f" ±{row['prauc_sd'][at]:.4f}" if "prauc_sd" in row else ""
    return f"{row['prauc'][at]:.4f}{spread} ({row['f1'][at]:.3f}) {row['matches'][at]:>4.0f}"


def _mean(name: str, runs: Sequence[Mapping[str, Any]], enough: float) -> dict[str, Any]:
    """Average one strategy's runs at the numbers of decisions that all of them have reached."""
    made = [run for run in runs if run["strategy"] == name and run["points"]]
    curves = [{point["decisions"]: point for point in run["points"]} for run in made]
    shared = sorted(set.intersection(*(set(curve) for curve in curves))) if curves else []
    mean = {
        figure: [float(np.mean([curve[each][figure] for curve in curves])) for each in shared]
        for figure in ("prauc", "f1", "matches")
    }
    if len(curves) > 1:
        mean["prauc_sd"] = [
            float(np.std([curve[each]["prauc"] for curve in curves], ddof=1)) for each in shared
        ]

    def first(least: float) -> int | None:
        """The number of decisions after which the mean PRAUC is so high for the first time."""
        pairs = zip(shared, mean["prauc"], strict=True)
        return next((each for each, prauc in pairs if prauc >= least), None)

    last = mean["prauc"][-1] if shared else math.nan
    seconds = [
        point["seconds"] for curve in curves for point in curve.values() if point["seconds"] > 0
    ]
    recovered = [run["doubts"]["found"] for run in made if "doubts" in run]
    return {
        "name": name,
        "seeds": len(curves),
        "decisions": shared,
        **mean,
        "area": _area(shared, mean["prauc"]),
        "reaches_95_percent": first(enough),
        "most_of_last": first(_MOST * last),
        "near_last": first(last - _NEAR),
        "stops": [run["stop"] for run in made],
        "doubts_found": float(np.mean(recovered)) if recovered else None,
        "seconds": float(np.mean(seconds)) if seconds else 0.0,
    }


def _area(decisions: Sequence[int], figures: Sequence[float]) -> float:
    """Give the mean height of a curve, by trapezoids; its only height where there is one point.

    >>> _area([0, 100, 200], [0.0, 1.0, 1.0])
    0.75
    """
    if len(decisions) < 2:
        return figures[0] if figures else math.nan
    height = np.array(figures)
    under = (np.diff(decisions) * (height[1:] + height[:-1]) / 2).sum()
    return float(under / (decisions[-1] - decisions[0]))

"""Draw what `kgreview simulate` has measured: PRAUC by decisions, one line for each strategy.

    kgreview simulate FOLDER --seeds 5 --json films.json
    python benchmarks/curves.py films.json --into docs/pictures/learning_films.svg

The band around a line is from the worst to the best seed; dashed is a training on all train links.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from kgreview.views.palette import palette

WIDTH, HEIGHT = 640, 320
LEFT, RIGHT, TOP, BOTTOM = 52, 500, 16, 280
COLOURS = ("#1f6f43", "#b0343c", "#2b5ea7", "#8a5a00", "#6b3fa0", "#4d4d4d", "#0f7c8a", "#a33b84")


def main() -> None:
    """Draw it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("report", type=Path)
    parser.add_argument("--into", type=Path, required=True)
    options = parser.parse_args()
    report = json.loads(options.report.read_text(encoding="utf-8"))
    options.into.write_text(picture(report), encoding="utf-8")
    print(options.into)


def picture(report: dict[str, Any]) -> str:
    """Draw a report of ``kgreview simulate`` as SVG."""
    c = palette(False)
    whole = report["all_links"]["prauc"]
    most = max((row["decisions"][-1] for row in report["strategies"]), default=1)
    # what happens before the first training is no use to see: the scale begins where curves do
    figures = [each for row in report["strategies"] for each in row["prauc"][1:]] + [whole]
    low = min(figures) - 0.1 * (1 - min(figures))

    def at(decisions: float, prauc: float) -> str:
        x = LEFT + (RIGHT - LEFT) * decisions / max(1, most)
        y = BOTTOM - (BOTTOM - TOP) * (max(prauc, low) - low) / (1 - low)
        return f"{x:.1f},{y:.1f}"

    parts = [f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{c.background}"/>']
    for step in range(6):
        height = low + (1 - low) * step / 5
        y = at(0, height).split(",")[1]
        parts.append(f'<path d="M{LEFT},{y}H{RIGHT}" stroke="{c.line}" stroke-width=".5"/>')
        parts.append(text(LEFT - 6, float(y) + 4, f"{height:.3f}", c.quiet, "end"))
    for step in range(6):
        x = float(at(most * step / 5, 1).split(",")[0])
        parts.append(text(x, BOTTOM + 16, f"{most * step / 5:.0f}", c.quiet, "middle"))
    ends = f"M{at(0, whole)}L{at(most, whole)}"
    parts.append(f'<path d="{ends}" stroke="{c.text}" stroke-dasharray="4 4"/>')
    legend = [("all train links", c.text)]
    for row, colour in zip(report["strategies"], COLOURS, strict=False):
        low_high = list(spread(report, row))
        band = [at(n, high) for n, _, high in low_high]
        band += [at(n, worst) for n, worst, _ in reversed(low_high)]
        parts.append(f'<polygon points="{" ".join(band)}" fill="{colour}" opacity=".15"/>')
        line = " ".join(
            at(n, prauc) for n, prauc in zip(row["decisions"], row["prauc"], strict=True)
        )
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        legend.append((row["name"], colour))
    for number, (name, colour) in enumerate(legend):
        y = TOP + 12 + 18 * number
        dash = 4 if number == 0 else 0
        parts.append(
            f'<path d="M{RIGHT + 14},{y - 4}h18" stroke="{colour}" stroke-dasharray="{dash}"/>'
        )
        parts.append(text(RIGHT + 38, y, escape(name), colour, "start"))
    parts.append(text((LEFT + RIGHT) / 2, HEIGHT - 6, "decisions", c.text, "middle"))
    parts.append(text(LEFT, TOP - 4, f"PRAUC, {escape(report['dataset'])}", c.text, "start"))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'height="{HEIGHT}" font-family="sans-serif" font-size="11">{"".join(parts)}</svg>\n'
    )


def spread(report: dict[str, Any], row: dict[str, Any]) -> Iterator[tuple[int, float, float]]:
    """Give decisions, and the PRAUC of the worst and the best seed there."""
    for decisions in row["decisions"]:
        found = [
            point["prauc"]
            for run in report["runs"]
            if run["strategy"] == row["name"]
            for point in run["points"]
            if point["decisions"] == decisions
        ]
        yield decisions, min(found), max(found)


def text(x: float, y: float, words: str, colour: str, anchor: str) -> str:
    """Write words."""
    return f'<text x="{x:.0f}" y="{y:.0f}" fill="{colour}" text-anchor="{anchor}">{words}</text>'


if __name__ == "__main__":
    main()

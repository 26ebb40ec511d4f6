"""Put reports of `kgreview simulate` together: its table, and PRAUC by decisions as a picture.

    kgreview simulate FOLDER --strategy default --seeds 5 --json default.json
    kgreview simulate FOLDER --strategy random --seeds 5 --json random.json
    python benchmarks/curves.py default.json random.json --into docs/pictures/learning_films.svg

Reports are of one data set, asked in the same batches, and no two hold the same run: of a strategy
the seeds of all of them count. Without --into nothing is drawn. In the picture there is one line
for each strategy; the band around it is from the worst to the best seed; dashed is a training on
all train links, which each report has measured anew: the mean of them.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any

from kgreview.experiments.simulation_report import summed_up, table
from kgreview.ui.palette import palette

Report = dict[str, Any]

HEIGHT = 320
LEFT, RIGHT, TOP, BOTTOM = 52, 500, 16, 280
LEGEND, LETTER = 38, 6.5  # where words begin right of the curves, and how wide a letter is
COLOURS = ("#1f6f43", "#b0343c", "#2b5ea7", "#8a5a00", "#6b3fa0", "#4d4d4d", "#0f7c8a", "#a33b84")
ALIKE = ("dataset", "candidates", "batch", "noise")  # in all reports that are put together


def main() -> None:
    """Print the table, and draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("reports", type=Path, nargs="+")
    parser.add_argument("--into", type=Path)
    options = parser.parse_args()
    report = merged([json.loads(each.read_text(encoding="utf-8")) for each in options.reports])
    print(*table(report), sep="\n")
    if options.into is not None:
        options.into.write_text(picture(report), encoding="utf-8")
        print(options.into)


def merged(reports: Sequence[Report]) -> Report:
    """Make one report of several; end the program where they do not belong together."""
    first = reports[0]
    for name in ALIKE:
        if len({report[name] for report in reports}) > 1:
            sys.exit(f"not the same {name}: " + ", ".join(str(report[name]) for report in reports))
    runs = [run for report in reports for run in report["runs"]]
    (often,) = Counter((run["strategy"], run["seed"]) for run in runs).most_common(1) or (None,)
    if often is not None and often[1] > 1:
        sys.exit("two reports hold the run of strategy {} with seed {}".format(*often[0]))
    whole = [report["all_links"] for report in reports if report["all_links"] is not None]
    if not whole:
        sys.exit(
            "no report has the training on all links, which curves are held to: it was stopped"
        )
    means = {name: sum(each[name] for each in whole) / len(whole) for name in whole[0]}
    budget = max(report["budget"] for report in reports)
    return summed_up(first | {"budget": budget, "all_links": means, "runs": runs})


def picture(report: Report) -> str:
    """Draw a report of ``kgreview simulate`` as SVG."""
    c = palette(False)
    whole = report["all_links"]["prauc"]
    most = max((n for row in report["strategies"] for n in row["decisions"]), default=1)
    # what happens before the first training is no use to see: the scale begins where curves do
    figures = [each for row in report["strategies"] for each in row["prauc"][1:]] + [whole]
    low = min(figures) - 0.1 * (1 - min(figures))

    def at(decisions: float, prauc: float) -> str:
        x = LEFT + (RIGHT - LEFT) * decisions / max(1, most)
        y = BOTTOM - (BOTTOM - TOP) * (max(prauc, low) - low) / (1 - low)
        return f"{x:.1f},{y:.1f}"

    names = ["all train links", *(row["name"] for row in report["strategies"])]
    width = round(RIGHT + LEGEND + LETTER * max(map(len, names)))
    parts = [f'<rect width="{width}" height="{HEIGHT}" fill="{c.background}"/>']
    for step in range(6):
        height = BOTTOM - (BOTTOM - TOP) * step / 5
        figure = f"{low + (1 - low) * step / 5:.3f}"
        parts.append(f'<path d="M{LEFT},{height}H{RIGHT}" stroke="{c.line}" stroke-width=".5"/>')
        parts.append(text(LEFT - 6, height + 4, figure, c.quiet, "end"))
        x, decisions = LEFT + (RIGHT - LEFT) * step / 5, f"{most * step / 5:.0f}"
        parts.append(text(x, BOTTOM + 16, decisions, c.quiet, "middle"))
    ends = f"M{at(0, whole)}L{at(most, whole)}"
    parts.append(f'<path d="{ends}" stroke="{c.text}" stroke-dasharray="4 4"/>')
    colours = [c.text, *itertools.islice(itertools.cycle(COLOURS), len(names) - 1)]
    for row, colour in zip(report["strategies"], colours[1:], strict=True):
        low_high = list(spread(report, row))
        band = [at(n, high) for n, _, high in low_high]
        band += [at(n, worst) for n, worst, _ in reversed(low_high)]
        parts.append(f'<polygon points="{" ".join(band)}" fill="{colour}" opacity=".15"/>')
        line = " ".join(
            at(n, prauc) for n, prauc in zip(row["decisions"], row["prauc"], strict=True)
        )
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
    for number, (name, colour) in enumerate(zip(names, colours, strict=True)):
        y = TOP + 12 + 18 * number
        dash = 4 if number == 0 else 0
        parts.append(
            f'<path d="M{RIGHT + 14},{y - 4}h18" stroke="{colour}" stroke-dasharray="{dash}"/>'
        )
        parts.append(text(RIGHT + LEGEND, y, escape(name), colour, "start"))
    parts.append(text((LEFT + RIGHT) / 2, HEIGHT - 6, "decisions", c.text, "middle"))
    parts.append(text(LEFT, TOP - 4, f"PRAUC, {escape(report['dataset'])}", c.text, "start"))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT}" width="{width}" '
        f'height="{HEIGHT}" font-family="sans-serif" font-size="11">{"".join(parts)}</svg>\n'
    )


def spread(report: Report, row: Report) -> Iterator[tuple[int, float, float]]:
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

"""Print how far kgreview is ahead, from the reports of ``kgreview benchmark --json``.

    kgreview benchmark FOLDER --seeds 3 --json films.json
    python benchmarks/ahead.py films.json songs.json

For each report the PRAUC and F1 of kgreview and of the best other method (each figure's own best),
and what share kgreview removes of the error, 1 − PRAUC, of the best method that judges pairs one by
one; then the mean share. Reports of one data set are put together, later ones over earlier.
The exit status is 1 where any other method is ahead anywhere, or less than half the error is gone.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

OURS = "kgreview"
TOGETHER = {OURS, "boosting-rivals", "paris"}  # these do not judge pairs one by one
HALF = 0.5


def read(paths: list[Path]) -> dict[str, dict[str, dict[str, Any]]]:
    """Give methods by name by data set."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for path in paths:
        report = json.loads(path.read_text(encoding="utf-8"))
        methods = found.setdefault(report["dataset"], {})
        methods |= {each["name"]: each for each in report["methods"]}
    return found


def figure(method: dict[str, Any], name: str) -> str:
    """Write a figure with its deviation over seeds, where it has one."""
    sd = method.get(f"{name}_sd")
    return f"{method[name]:.4f}" + ("" if sd is None else f" ±{sd:.4f}")


def main() -> None:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("reports", type=Path, nargs="+")
    options = parser.parse_args()
    print("| set | figure | kgreview | best other | error removed of the best that judges alone |")
    print("|---|---|---:|---|---|")
    shares, ahead = [], True
    for name, methods in read(options.reports).items():
        ours = methods[OURS]
        others = [each for each in methods.values() if each["name"] != OURS]
        for key in ("prauc", "f1"):
            best = max(others, key=lambda each: float(each[key]))
            ahead &= ours[key] >= best[key]
            removed = ""
            if key == "prauc":
                alone = max(
                    (each for each in others if each["name"] not in TOGETHER),
                    key=lambda each: float(each["prauc"]),
                )
                shares.append((ours["prauc"] - alone["prauc"]) / (1 - alone["prauc"]))
                removed = f"{shares[-1]:.0%} of {alone['name']}'s {1 - alone['prauc']:.4f}"
            print(
                f"| {name} | {key.upper()} | {figure(ours, key)} | {best['name']} "
                f"{figure(best, key)} | {removed} |"
            )
    mean = sum(shares) / len(shares)
    print(f"\nmean share of the error removed: {mean:.0%}")
    sys.exit(0 if ahead and mean >= HALF else 1)


if __name__ == "__main__":
    main()

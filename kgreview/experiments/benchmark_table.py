"""A benchmark's report as lines of tables, which are also valid Markdown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

_Cell = Callable[[Any], str]
_COLUMNS: tuple[tuple[str, str, _Cell], ...] = (
    ("prauc", "PRAUC", lambda v: f"{v:.4f}"),
    ("f1", "F1", lambda v: f"{v:.3f}"),
    ("precision", "prec.", lambda v: f"{v:.3f}"),
    ("recall", "recall", lambda v: f"{v:.3f}"),
    ("recall_at_p95", "R@P.95", lambda v: f"{v:.3f}"),
    ("hits_at_1", "hits@1", lambda v: f"{v:.3f}"),
    ("hits_at_1_all", "H@1 all", lambda v: f"{v:.3f}"),
    ("hits_at_10_all", "H@10 all", lambda v: f"{v:.3f}"),
    ("mrr_all", "MRR all", lambda v: f"{v:.3f}"),
    ("calibration_error", "ECE", lambda v: f"{v:.4f}"),
    ("end_to_end_f1", "e2e F1", lambda v: f"{v:.3f}"),
    ("train_seconds", "train s", lambda v: f"{v:.1f}"),
    ("score_seconds", "score s", lambda v: f"{v:.1f}"),
    ("pairs_per_second", "pairs/s", lambda v: f"{v:,.0f}"),
    ("parameters", "params", lambda v: f"{v:,.0f}"),
    ("peak_rss_mb", "RSS MB", lambda v: f"{v:,.0f}"),
)
_WITH_SD = frozenset({"prauc", "f1", "end_to_end_f1"})  # in the table; the JSON has them all


def table(report: Mapping[str, Any]) -> list[str]:
    """Set a report as lines of a table, and of another one beside published figures, if any."""
    rows = [["method", *(title for _, title, _ in _COLUMNS)]]
    for result in report["methods"]:
        cells = [result["name"]]
        for key, _, cell in _COLUMNS:
            value, sd = result.get(key), result.get(f"{key}_sd")  # an earlier release lacks some
            text = "–" if value is None else cell(value)
            cells.append(text if sd is None or key not in _WITH_SD else f"{text} ±{sd:.3f}")
        rows.append(cells)
    return [_about(report), "", *_set(rows), *_unscored(report), *_beside_published(report)]


def _about(report: Mapping[str, Any]) -> str:
    candidates = report["candidates"]
    recall = candidates["recall"]
    share = "unknown" if recall is None else f"{recall:.3f}"
    if unpaired := candidates.get("unpaired"):  # reports of earlier releases lack it
        joins = "joins" if unpaired == 1 else "join"
        share += f" ({unpaired:,} of the test matches {joins} types that are not paired)"
    line = (
        f"{report['dataset']}: {candidates['pairs']:,} pairs with a recall of {share}, "
        f"made in {candidates['seconds']:.0f} s"
    )
    presumed, doubtful = (candidates.get(name, 0) for name in ("presumed", "doubtful"))
    if presumed or doubtful:
        line += (
            f"; of entities that may have several counterparts {presumed:,} candidates are "
            f"presumed to be non-matches, and {doubtful:,} left out, since they look like matches"
        )
    return line


def _unscored(report: Mapping[str, Any]) -> list[str]:
    lines = [
        f"{row['name']}: {row['unscored']:,} of the tested pairs have no score"
        for row in report["methods"]
        if row.get("unscored")
    ]
    return ["", *lines] if lines else []


def _beside_published(report: Mapping[str, Any]) -> list[str]:
    """Set ranks among the right entities of test links beside those that papers give."""
    if not report.get("published"):
        return []
    rows = [["method", "source", "Hits@1", "Hits@10", "MRR"]]
    for row in report["methods"]:
        rows.append([row["name"], "measured here", *_ranks(row, "_tested")])
    for row in report["published"]:
        rows.append([row["method"], row["paper"], *_ranks(row, "")])
    return [
        "",
        f"{report['dataset']}: ranks among the right entities of the test links, as the paper ranks"
        " (means over five folds, version 1.1 of the data, whose IRIs tell names)",
        "",
        *_set(rows),
    ]


def _ranks(row: Mapping[str, Any], ending: str) -> list[str]:
    values = (row.get(f"{name}{ending}") for name in ("hits_at_1", "hits_at_10", "mrr"))
    return ["–" if value is None else f"{value:.3f}" for value in values]


def _set(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [
        "| " + " | ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) + " |"
        for row in rows
    ]
    rule = "|" + "|".join(["-" * (widths[0] + 2), *("-" * (w + 1) + ":" for w in widths[1:])]) + "|"
    return [lines[0], rule, *lines[1:]]

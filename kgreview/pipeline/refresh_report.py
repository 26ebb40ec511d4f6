"""What new rows come to, counted and in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.pipeline.renumbering import Moves

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class SideReport:
    """How many entities of one side are new, changed or gone, by type."""

    entities: int
    new: Mapping[str, int]
    changed: Mapping[str, int]
    gone: Mapping[str, int]

    @property
    def is_same(self) -> bool:
        """Whether nothing differs."""
        return not (self.new or self.changed or self.gone)


@dataclass
class RefreshReport:
    """What new rows come to; what was not done, as in a dry run, is zero."""

    left: SideReport
    right: SideReport
    orphaned: int  # standing decisions on entities that are gone now and were not
    returned: int  # standing decisions on entities that are back
    links_gone: int
    links_returned: int
    candidates: int = 0
    added: int = 0
    removed: int = 0
    compared: int = 0  # candidates compared anew
    scored: int = 0  # candidates scored anew
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)  # what to know or to do

    @property
    def is_same(self) -> bool:
        """Whether there is nothing to do."""
        return self.left.is_same and self.right.is_same

    def to_json(self) -> dict[str, Any]:
        """Give the report as JSON values."""
        return asdict(self)


def side_report(side: Moves) -> SideReport:
    """Count what differs on a side."""
    new, changes = side.new, side.changes
    return SideReport(
        new.num_entities,
        _by_type(new, np.flatnonzero(changes.is_new)),
        _by_type(new, np.flatnonzero(changes.changed)),
        _by_type(side.old, changes.gone),
    )


def _by_type(graph: KnowledgeGraph, rows: Rows) -> dict[str, int]:
    counts = np.bincount(graph.types[rows], minlength=len(graph.type_names))
    return {name: int(n) for name, n in zip(graph.type_names, counts, strict=True) if n}


def change_lines(report: RefreshReport) -> Iterator[str]:
    """Say what is new, changed and gone, line by line."""
    for name, side in (("left", report.left), ("right", report.right)):
        if side.is_same:
            yield f"{name}: {side.entities:,} entities, unchanged"
            continue
        yield f"{name}: {side.entities:,} entities"
        for word in ("new", "changed", "gone"):
            by_type: Mapping[str, int] = getattr(side, word)
            if by_type:
                parts = ", ".join(f"{count:,} {kind}" for kind, count in by_type.items())
                yield f"  {sum(by_type.values()):,} {word}: {parts}"
    for count, words in (
        (report.orphaned, "decisions wait for an entity that is gone, and count for nothing"),
        (report.returned, "decisions are back with their entities"),
        (report.links_gone, "known links wait for an entity that is gone"),
        (report.links_returned, "known links are back with their entities"),
    ):
        if count:
            yield f"{count:,} {words}"


def outcome_lines(report: RefreshReport, *, dry_run: bool = False) -> Iterator[str]:
    """Say what was done."""
    if report.is_same:
        yield "Nothing to do."
        return
    if dry_run:
        yield "Nothing was changed (--dry-run)."
        return
    if report.candidates:
        yield (
            f"{report.candidates:,} candidates: {report.added:,} added, {report.removed:,} "
            f"removed; {report.compared:,} compared and {report.scored:,} scored anew"
        )
    yield f"Done in {report.seconds:,.1f} s."

"""What differs between the graphs of a project and the new rows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kgreview.exchange.pair_folders import refuse_pair
from kgreview.exchange.sources import SourceOptions, read_source
from kgreview.graph.changes import Changes, in_canonical_order, with_names_of
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.links import Links
from kgreview.graph.paired import usable
from kgreview.pipeline.project import SCHEMA, SPLITS, Project
from kgreview.pipeline.refresh_report import RefreshReport, side_report
from kgreview.pipeline.renumbering import MovedLinks, Moves, Sides, move_links
from kgreview.progress import Notice, Progress, about
from kgreview.store.decisions import standing

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Refresh:
    """A project as it is, and the graphs it is to have: what the steps of a refresh work on."""

    project: Project
    sides: Sides
    links: MovedLinks
    usable: tuple[Links, Links]  # before and now
    decided: tuple[Rows, Rows]  # new rows of entities whose other half of a decision went or came
    report: RefreshReport


def read_differences(
    project: Project,
    sources: tuple[tuple[Path | None, SourceOptions], tuple[Path | None, SourceOptions]],
    progress: Progress,
    notice: Notice,
) -> Refresh:
    """Read the sources and find what differs. Raises ``InputError`` for a source at fault."""
    one, two = (
        _moves(old, source, options, progress, notice)
        for old, (source, options) in zip((project.left, project.right), sources, strict=True)
    )
    sides = one, two
    stated = {split: project.stated_links(split) for split in SPLITS}
    links = move_links(project.path / "links", stated, sides)
    now = Links.concatenate(*links.splits.values())
    then = usable(now, one.new, two.new, project.schema)
    orphaned, returned, decided = _orphans(project, sides)
    report = RefreshReport(
        side_report(one), side_report(two), orphaned, returned, links.gone, links.returned
    )
    report.notes += _new_names(project, sides)
    return Refresh(project, sides, links, (project.all_links(), then), decided, report)


def _moves(
    old: KnowledgeGraph,
    source: Path | None,
    options: SourceOptions,
    progress: Progress,
    notice: Notice,
) -> Moves:
    if source is None:
        return Moves(old, old, Changes.none(old))
    refuse_pair(source)
    read = read_source(source, options, progress, about(source, notice))
    new = with_names_of(read, old)
    changes = Changes.of(old, new)
    return Moves(old, new, changes if in_canonical_order(old) else changes.everywhere())


def _orphans(project: Project, sides: Sides) -> tuple[int, int, tuple[Rows, Rows]]:
    """Count standing decisions that lose an entity, and those that have all theirs back.

    With the new rows of the entities of these decisions that are there.
    """
    with project.database() as db:
        decided = standing(db)
    nobody = np.array([not decision.right for decision in decided], dtype=np.bool_)
    there, rows = [], []
    for graphs in ([side.old for side in sides], [side.new for side in sides]):
        rows = [
            graph.rows([getattr(decision, name) for decision in decided])
            for graph, name in zip(graphs, ("left", "right"), strict=True)
        ]
        there.append((rows[0] >= 0) & ((rows[1] >= 0) | nobody))
    before, now = there
    left, right = (of_side[before != now] for of_side in rows)
    return (
        int((before & ~now).sum()),
        int((now & ~before).sum()),
        (left[left >= 0], right[right >= 0]),
    )


def _new_names(project: Project, sides: Sides) -> list[str]:
    """Say which types and attributes the schema knows nothing of, since they are new."""
    notes = []
    for side, moves in zip(("left", "right"), sides, strict=True):
        for what, old, new in (
            ("types", moves.old.type_names, moves.new.type_names),
            ("attributes", moves.old.attribute_names, moves.new.attribute_names),
        ):
            names = sorted(set(new) - set(old))
            if names:
                some = ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
                notes.append(
                    f"{len(names)} {what} of the {side} graph are new and not compared ({some}): "
                    f"name them in {project.path / SCHEMA}, then run `kgreview run`"
                )
    return notes

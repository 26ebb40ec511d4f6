"""What the export page shows and makes: figures at a threshold, rows, groups, files."""

from __future__ import annotations

import math
import shutil
import time
import uuid
import zipfile
from collections.abc import Hashable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from kgreview.errors import InputError
from kgreview.exchange.export import AlignedPair, Export, percent
from kgreview.exchange.exports import FORMS, note_beside, write_export
from kgreview.exchange.growth import Growth, growth, large_groups
from kgreview.exchange.identifiers import slug
from kgreview.graph.quoting import counted
from kgreview.pipeline.export import Outlook
from kgreview.pipeline.project import Project
from kgreview.progress import Progress, silent
from kgreview.review.group_words import joined_words
from kgreview.store.decisions import events
from kgreview.store.outcomes import Outcome
from kgreview.store.rights import Right, permit
from kgreview.store.versions import current_version
from kgreview.ui.text import plain

FOLDER = "exports"  # of a project: files that the page made, for a day
MOST_AT_ONCE = 200_000  # pairs from a threshold on whose conflicts are resolved while one waits
MOST_STEPS = 50  # of a group that are listed

_KEPT = 24 * 3600.0  # s that a file is kept
_LONGEST = 80  # characters of a name or id in a table


def stamp(project: Project) -> tuple[Hashable, ...]:
    """Give what changes whenever the alignment may: by it, what was read is kept."""
    with project.database() as db:
        version = current_version(db)
        last = events(db, limit=1)
    candidates = project.path / "candidates"
    blocked = candidates.stat().st_mtime_ns if candidates.exists() else 0
    scored = version is not None and version.scored
    return (str(project.path), project.state, blocked, version.name if version else "", scored,
            last[0].id if last else 0)  # fmt: skip


# ---------------------------------------------------------------- settings


def save_settings(project: Project, changes: Mapping[str, Any]) -> None:
    """Keep settings of exports in the project.

    Raises ``InputError`` for what makes no sense, ``RightError`` for who may not.
    """
    with project.database() as db:
        permit(db, Right.MANAGE)
    try:
        settings = replace(project.settings.export, **changes)
    except ValueError as error:
        raise InputError(f"not saved: {error}") from error
    Outlook.check(project, settings)
    project.save_settings(export=settings)


def cardinality_lines(outlook: Outlook) -> list[str]:
    """Say of each pair of types how many counterparts an entity may have, in plain text."""
    return [f"{_shown(str(pair))}: {which.value}" for pair, which in outlook.cardinality.items()]


# ---------------------------------------------------------------- figures at a threshold


def is_quick(outlook: Outlook, threshold: float) -> bool:
    """Whether conflicts from a threshold on are resolved in a moment."""
    return outlook.counts.at(threshold).pairs <= MOST_AT_ONCE


def threshold_lines(outlook: Outlook, threshold: float) -> list[str]:
    """Say what lies from a threshold on, and how good it is, a sentence each, in markdown."""
    counts = outlook.counts.at(threshold)
    lines = [*_measure_lines(outlook, threshold)]
    pairs = counted(counts.pairs, "pair", "pairs")
    lines.append(f"**{pairs}** that nobody decided on from the score {threshold:.4g} on.")
    groups = counted(counts.groups, "group", "groups")
    contested = counted(counts.contested, "entity has", "entities have")
    lines.append(
        f"Before conflicts are resolved, {contested} several counterparts where one is allowed, "
        f"and **{counts.chains:,}** of {groups} "
        f"{'has' if counts.chains == 1 else 'have'} more than two entities."
    )
    return lines


def _measure_lines(outlook: Outlook, threshold: float) -> list[str]:
    measured = outlook.judge.measured(threshold)
    if measured is None:
        return ["**Precision is not measured.** Answer questions of the audit sample on Review."]
    lines = [f"**Precision {percent(measured.precision)}** by {measured.on}."]
    if math.isnan(measured.recall.low):
        lines.append("**Recall is not measured**: only the audit sample tells it.")
    else:
        lines.append(f"**Recall {percent(measured.recall)}** of the matches among the candidates.")
    return lines


def held_lines(export: Export) -> list[str]:
    """Say what an export holds and what is at odds in it, a sentence each, in plain text."""
    provenance = export.provenance
    held = ", ".join(f"{count:,} {words}" for words, count in provenance.counts.items() if count)
    large = len(large_groups(export))
    groups = f"; {counted(large, 'group has', 'groups have')} more than two entities" * bool(large)
    return [
        f"It holds {held or 'nothing'}{groups}.",
        *(f"{line}." for line in provenance.at_odds()),
    ]


# ---------------------------------------------------------------- rows and groups


def preview(export: Export, form: str, count: int) -> list[dict[str, Any]]:
    """Give the first rows of an export, as a table shows them."""
    alignment = export.alignment
    kept = alignment.matches | (alignment.qualified & FORMS[form].qualified)
    where = np.flatnonzero(kept) if FORMS[form].only_matches else np.arange(len(alignment))
    rows = [_pair_row(pair) for pair in export.take(where[:count])]
    alone = () if FORMS[form].only_matches else alignment.no_counterpart
    for decision in alone[: count - len(rows)]:
        name = export.names[0][export.left.row(decision.left)].as_py()
        ends = {"left": _shown(decision.left), "left name": _shown(name), "right": ""}
        words = {"outcome": decision.outcome.value, "score": None, "basis": decision.curator}
        rows.append({**ends, "right name": "", **words})
    return rows


def _pair_row(pair: AlignedPair) -> dict[str, Any]:
    return {
        "left": _shown(pair.left),
        "left name": _shown(pair.left_name),
        "right": _shown(pair.right),
        "right name": _shown(pair.right_name),
        "outcome": pair.state,
        "score": pair.score,
        "basis": _basis(pair),
    }


def groups_page(export: Export, page: int, size: int) -> tuple[list[Growth], int]:
    """Give some of the groups of more than two entities, the largest first, and how many pages."""
    numbers = large_groups(export)
    some = numbers[page * size : (page + 1) * size].tolist()
    return [growth(export, number, MOST_STEPS) for number in some], -(-len(numbers) // size)


def group_title(growth: Growth) -> str:
    """Say how large a group is, and whether that is too large."""
    title = f"{growth.size:,} entities: {growth.left:,} left, {growth.size - growth.left:,} right"
    too_large = f", where {growth.allowed:,} are allowed" * (growth.size > growth.allowed)
    return f"{title}{too_large} · {_name_of_group(growth)}"


def _name_of_group(growth: Growth) -> str:
    if not growth.steps:
        return growth.id
    pair = growth.steps[0].pair
    return pair.left_name or pair.left


def growth_rows(growth: Growth) -> list[dict[str, Any]]:
    """Give a row for each step by which a group came about."""
    return [
        {
            "step": number,
            "left": _shown(step.pair.left_name or step.pair.left),
            "right": _shown(step.pair.right_name or step.pair.right),
            "because": _basis(step.pair),
            "what it joined": joined_words((step.left_size, step.right_size, step.closes)),
            "left id": _shown(step.pair.left),
            "right id": _shown(step.pair.right),
        }
        for number, step in enumerate(growth.steps, start=1)
    ]


def _basis(pair: AlignedPair) -> str:
    """Say what a pair rests on: who decided, that a link is known, or a score."""
    if pair.basis == "link":
        return "a known link"
    if pair.basis == "score":
        return "predicted" if pair.score is None else f"predicted, {pair.score:.3g}"
    deciding = [d for d in pair.decisions if d.outcome is not Outcome.SKIP]
    who = dict.fromkeys(f"{d.curator}, {d.created_at[:10]}" for d in deciding)
    return _shown("; ".join(who))


def _shown(text: str) -> str:
    return plain(text, _LONGEST)


# ---------------------------------------------------------------- files


@dataclass(frozen=True)
class MadeFile:
    """A file that was made within the project, to be downloaded."""

    path: Path
    note: Path | None  # a file that says what it rests on, where it cannot itself
    notices: tuple[str, ...]  # what was left out

    @property
    def files(self) -> dict[str, Path]:
        """The files to download, by what they are called with their sizes."""
        files = [file for file in (self.path, self.note) if file is not None]
        return {f"{file.name} ({file.stat().st_size / 1e6:,.2f} MB)": file for file in files}


def make_file(
    project: Project,
    export: Export,
    form: str,
    progress: Progress = silent,
    before: MadeFile | None = None,
) -> MadeFile:
    """Write an export into the project, for a day; a folder becomes one ``.zip``.

    ``before``: what was made before, which goes. Raises ``RightError`` for who may not.
    """
    with project.database() as db:
        permit(db, Right.EXPORT)
    folder = project.path / FOLDER / uuid.uuid4().hex
    _clear(project.path / FOLDER, before)
    folder.mkdir(parents=True)
    how, name = FORMS[form], slug(project.settings.name)
    path = folder / (how.endings[0] if form == "ent_links" else name + (how.endings or ("",))[0])
    notes: list[str] = []
    try:
        write_export(path, form, export, progress, notes.append)
        if how.is_folder:
            path = _zipped(path, f"{name}-{form}", progress)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    note = note_beside(path)
    return MadeFile(path, note if note.exists() else None, tuple(notes))


def _zipped(folder: Path, name: str, progress: Progress) -> Path:
    """Put the files of a folder into one archive beside it, and remove the folder."""
    archive = folder.with_name(f"{name}.zip")
    files = sorted(folder.iterdir())
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
        for done, file in enumerate(files):
            progress("pack", done, len(files))
            target.write(file, f"{name}/{file.name}")
    shutil.rmtree(folder)
    return archive


def _clear(folder: Path, before: MadeFile | None) -> None:
    """Remove what is no longer asked for, and what is older than a day."""
    if before is not None and before.path.parent.parent == folder:
        shutil.rmtree(before.path.parent, ignore_errors=True)
    if not folder.is_dir():
        return
    for old in folder.iterdir():
        with suppress(OSError):  # another session may remove it, too
            if time.time() - old.stat().st_mtime > _KEPT:
                shutil.rmtree(old, ignore_errors=True)

"""The commands that keep a project safe and sound: backup, restore, doctor."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click

from kgreview.commands.options import JSON, PATH, PROJECT
from kgreview.progress import Progress
from kgreview.terminal import note, say, show, with_progress


@click.command()
@PROJECT
@click.argument("file", type=PATH)
@click.option("--force", is_flag=True, help="Replace the file that is there.")
@JSON
@with_progress
def backup(project: Path, file: Path, force: bool, as_json: bool, progress: Progress) -> None:
    """Write all of PROJECT into one FILE, while people go on working in it.

    It is a tar, gzipped where its name ends in .gz or .tgz, of the project as it was at one moment:
    decisions, graphs, versions and settings; files that pages made for download are left out.
    `kgreview restore` makes a project of it again.

    \b
    Example:
      kgreview backup films films-monday.tar
      kgreview backup films /backups/films.tar.gz --force --quiet
    """
    from kgreview.pipeline.backup import back_up
    from kgreview.pipeline.project import Project

    report = back_up(Project.open(project), file, force=force, progress=progress, notice=note)
    written = f"Written: {file} ({report.files:,} files, {report.size / 1e6:,.1f} MB)"
    show(report.to_json(), as_json, [written])


@click.command()
@click.argument("file", type=PATH)
@PROJECT
@with_progress
def restore(file: Path, project: Path, progress: Progress) -> None:
    """Make PROJECT of a FILE that `kgreview backup` wrote.

    Every file is checked against its sum, and the database page by page, before the project is put
    in its place. What is there already is never replaced: move it aside first.

    \b
    Example:
      kgreview restore films-monday.tar films
    """
    from kgreview.pipeline.backup import restore as restored

    made = restored(file, project, progress=progress, notice=note)
    say(f"{project}: {made.settings.name}, as it was in {file}")
    say(f"Next: kgreview review {shlex.quote(str(project))}")


@click.command()
@PROJECT
@JSON
@with_progress
def doctor(project: Path, as_json: bool, progress: Progress) -> None:
    """Check PROJECT: database, columns, versions, settings, and files that belong to nothing.

    Each fault is told with what to do. Nothing is changed. The exit status is 1 where something is
    damaged, 0 where all is well or only something is worth knowing.

    \b
    Example:
      kgreview doctor films
    """
    from kgreview.pipeline.doctor import examine

    examination = examine(project, progress)
    show(examination.to_json(), as_json, examination.lines())
    if examination.faults:
        sys.exit(1)

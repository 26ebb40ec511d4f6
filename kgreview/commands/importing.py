"""Commands that read graphs: create, inspect, refresh."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kgreview.commands.options import (
    CLUSTER,
    DEVICE,
    FOLD,
    JSON,
    LINKS_FORMAT,
    PATH,
    PROJECT,
    Share,
    with_source_options,
    working_on,
)
from kgreview.commands.reviewing import review_new
from kgreview.errors import InputError
from kgreview.exchange.forms import SourceOptions
from kgreview.progress import Progress
from kgreview.terminal import note, say, show, with_progress
from kgreview.ui.schema_text import schema_lines

if TYPE_CHECKING:
    from kgreview.pipeline.project import Project


@click.command()
@PROJECT
@click.option("--left", type=PATH, help="Left graph: a file or folder in any form.")
@click.option("--right", type=PATH, help="Right graph: a file or folder in any form.")
@click.option(
    "--links",
    type=PATH,
    multiple=True,
    help="Known matches, or pairs with labels; may be given again.",
)
@LINKS_FORMAT
@click.option("--pair", type=PATH, help="A folder of both graphs and their links.")
@FOLD
@click.option(
    "--same-ids",
    is_flag=True,
    help="Entities with the same id on both sides are known matches.",
)
@with_source_options("left", "right")
@click.option("--schema", type=PATH, help="JSON that says which types correspond.")
@click.option("--name", help="Name of the project.  [default: its folder's name]")
@click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    default=0,
    show_default=True,
    help="Random seed.",
)
@click.option(
    "--audit-share",
    type=Share(0, 0.5),
    default=0.1,
    show_default=True,
    help="Share of the pairs, drawn at random, that measures and never trains.",
)
@click.option(
    "--review",
    "to_review",
    is_flag=True,
    help="Go on to the first pair: `kgreview run`, then `kgreview review`.",
)
@with_progress
def create(
    project: Path,
    left: Path | None,
    right: Path | None,
    links: tuple[Path, ...],
    links_format: str | None,
    pair: Path | None,
    fold: str | None,
    same_ids: bool,
    left_options: SourceOptions,
    right_options: SourceOptions,
    schema: Path | None,
    name: str | None,
    seed: int,
    audit_share: float,
    to_review: bool,
    progress: Progress,
) -> None:
    """Import two graphs into a new PROJECT folder.

    A graph is RDF, a plain table (CSV, TSV, Parquet) or a folder of such, a table folder,
    FollowTheMoney, or Neo4j CSV: `kgreview inspect` says what would be read.

    --pair takes a folder with left, right and links, sources of any form, or one of OpenEA, DBP15K
    or DeepMatcher; links to test with are never used. Otherwise a fifth of the --links is set aside
    for validation. With --same-ids, entities of types that correspond are known matches, too, where
    they have the same id and no link names them.

    \b
    Example:
      kgreview create films --left library.ttl --right archive.ttl --review
      kgreview create films --left library.ttl --right archive/ --links known.tsv
      kgreview create films --left ours.csv --right theirs.parquet --left-id nr
      kgreview create films --pair ~/catalogues
    """
    from kgreview.exchange.pair_folders import PairOptions, open_pair
    from kgreview.pipeline.creation import create_project

    _check_sources(left, right, links, pair, fold)
    options = PairOptions(fold, left_options, right_options, links_format)
    made = create_project(
        project,
        left,
        right,
        pair=None if pair is None else open_pair(pair, options),
        links=links,
        same_ids=same_ids,
        links_format=links_format,
        schema=schema,
        name=name,
        seed=seed,
        audit_share=audit_share,
        left_options=left_options,
        right_options=right_options,
        progress=progress,
    )
    _describe(made, project, next_step=not to_review)
    if to_review:
        _go_on_to_review(made, project, progress)


def _check_sources(
    left: Path | None,
    right: Path | None,
    links: Sequence[Path],
    pair: Path | None,
    fold: str | None,
) -> None:
    """Raise ``InputError`` where it is not plain which graphs and links are meant."""
    if pair is None and (left is None or right is None):
        raise InputError("give the graphs: --left SOURCE --right SOURCE, or --pair FOLDER")
    if pair is None and fold is not None:
        raise InputError("--fold is one of the folds of a --pair folder; leave it out")
    if pair is not None and (left or right or links):
        raise InputError("--pair names graphs and links; leave out --left, --right, --links")


def _describe(made: Project, path: Path, *, next_step: bool) -> None:
    """Say what was read, which types correspond, and what comes next."""
    for text in made.notes:
        note(text)
    say(f"{path}: {made.left.num_entities:,} left and {made.right.num_entities:,} right entities")
    for line in schema_lines(made.schema):
        say(f"  {line}")
    say(f"What is wrong here can be changed in {path / 'schema.json'}.")
    if next_step:
        say(f"Next: kgreview run {shlex.quote(str(path))}")


def _go_on_to_review(made: Project, path: Path, progress: Progress) -> None:
    from kgreview.pipeline.run import run_project

    report = run_project(made, progress=progress)
    if report.interrupted:
        say("interrupted: kept the best weights so far", err=True)
    review_new(path, report.training.name, 8501, True)


@click.command()
@click.argument("source", type=PATH)
@FOLD
@with_source_options()
@JSON
@with_progress
def inspect(
    source: Path,
    options: SourceOptions,
    fold: str | None,
    as_json: bool,
    progress: Progress,
) -> None:
    """Say what would be read from a SOURCE, a file or folder. Makes nothing.

    Of a folder that --pair takes, both graphs are described and their links counted.

    \b
    Example:
      kgreview inspect library.ttl
      kgreview inspect films.csv --id nr --separator "|"
    """
    from kgreview.exchange.inspection import (
        inspect_pair,
        inspect_source,
        inspection_lines,
        pair_lines,
    )
    from kgreview.exchange.pair_folders import PairOptions, is_pair_folder, open_pair

    if fold is not None or (options.format is None and is_pair_folder(source)):
        pair = inspect_pair(open_pair(source, PairOptions(fold, options, options)), progress)
        values, lines = pair.to_json(), pair_lines(pair)
    else:
        inspection = inspect_source(source, options, progress)
        values, lines = inspection.to_json(), inspection_lines(inspection)
    show(values, as_json, lines)


@click.command()
@PROJECT
@click.option("--left", type=PATH, help="New rows of the left graph, all of it.")
@click.option("--right", type=PATH, help="New rows of the right graph, all of it.")
@with_source_options("left", "right")
@click.option("--dry-run", is_flag=True, help="Show the differences, and change nothing.")
@DEVICE
@CLUSTER
@JSON
@with_progress
def refresh(
    project: Path,
    left: Path | None,
    right: Path | None,
    left_options: SourceOptions,
    right_options: SourceOptions,
    dry_run: bool,
    device: str,
    cluster: str | None,
    as_json: bool,
    progress: Progress,
) -> None:
    """Give PROJECT new rows: what is new, changed or gone is told first, and no decision is lost.

    A source holds the whole graph as it is now; name how it is read as `create` was told to.
    Entities are the same by their ids. Only what changed is blocked, compared and scored anew.
    Decisions on entities that are gone come back with them.

    \b
    Example:
      kgreview refresh films --left library-may.ttl --dry-run
      kgreview refresh films --left library-may.ttl
    """
    from kgreview.pipeline.project import Project
    from kgreview.pipeline.refresh import refresh_project
    from kgreview.pipeline.refresh_report import RefreshReport, change_lines, outcome_lines

    def show_differences(report: RefreshReport) -> None:
        if not as_json:
            for line in change_lines(report):
                say(line)

    with working_on(cluster):
        report = refresh_project(
            Project.open(project),
            left=left,
            right=right,
            left_options=left_options,
            right_options=right_options,
            dry_run=dry_run,
            device=device,
            progress=progress,
            notice=note,
            on_differences=show_differences,
        )
    show(report.to_json(), as_json, outcome_lines(report, dry_run=dry_run))
    for text in () if as_json else report.notes:
        note(text)

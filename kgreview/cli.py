"""The command ``kgreview``."""

from __future__ import annotations

import errno
import json
import math
import os
import re
import secrets
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
import webbrowser
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any

import click

from kgreview import __version__
from kgreview.cli_upkeep import UPKEEP
from kgreview.errors import InputError, KGReviewError
from kgreview.exchange.alignment import What
from kgreview.exchange.export import PREDICATES, RULES
from kgreview.exchange.exports import FORM_NAMES as EXPORT_FORMS
from kgreview.exchange.links import FORM_NAMES as LINK_FORMS
from kgreview.graph.quoting import quoted
from kgreview.pipeline.guard import in_one_line, is_project_folder
from kgreview.progress import Progress
from kgreview.service.files import SERVER, desk_folder
from kgreview.service.sign_in import HEADER, OIDC, sign_in_of
from kgreview.service.sign_in import public_address as public_address_of
from kgreview.service.told import (
    API_TOKEN_VARIABLE,
    FILE_VARIABLE,
    PUBLIC_VARIABLE,
    SECRET_VARIABLE,
    SHORTEST_TOKEN,
    TOKEN,
    TRUSTED_VARIABLE,
)
from kgreview.store.rights import AUTH_VARIABLE
from kgreview.terminal import Bars, note, say, show, with_progress
from kgreview.ui.palette import DARK, LIGHT
from kgreview.ui.schema_text import schema_lines

# torch takes seconds to import: what needs it is imported by the commands that do

_DEVICE = click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda"]),
    default="auto",
    show_default=True,
    help="Where the network computes.",
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print metrics as JSON.")
_FORMAT = click.option(
    "--format",
    "format_name",
    help="Form of the source, as `kgreview inspect` names it.  [default: detected]",
)
_SOURCE_OPTIONS = {  # how a source is read: the fields of SourceOptions, and what they say
    "id": "Column of a plain table that holds ids, or TABLE.COLUMN, comma-separated.  "
    "[default: guessed]",
    "type": "Column, or RDF property, that holds types; or the type of all.  [default: guessed]",
    "columns": "Columns of plain tables to read, comma-separated.  [default: all]",
    "separator": "Separator of several values in one cell.  [default: guessed]",
    "delimiter": "Column separator; the word tab is one.  [default: guessed]",
    "encoding": "Encoding of text.  [default: UTF-8, or by byte order mark]",
    "references": "COLUMN=TABLE, comma-separated: columns of ids of another table.  "
    "[default: guessed]",
}
_LISTS = ("columns", "references")  # of them
_PROJECT = click.argument("project", type=click.Path(path_type=Path))
_FOLDER = click.Path(path_type=Path)
_LINKS_FORMAT = click.option(
    "--links-format",
    type=click.Choice(LINK_FORMS),
    help="Form of the links.  [default: detected from content and name]",
)
_FOLD = click.option(
    "--fold", help="Which of the folds of an OpenEA folder, as 2 or 721_5fold/2.  [default: 1]"
)
_PORT_OPTION = click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=8501,
    show_default=True,
    help="Port to listen on.",
)
_HOST = click.option(
    "--host",
    default="localhost",
    show_default=True,
    metavar="ADDRESS",
    help="Address to listen on; 0.0.0.0 is all. Whoever reaches it can read and decide.",
)
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_ALL_ADDRESSES = ("0.0.0.0", "::")
_PATIENCE = 10.0  # s that the app gets to end by itself


def with_source_options(*sides: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options of ``SourceOptions``, and for each side one of its own."""

    def decorated(command: Callable[..., None]) -> Callable[..., None]:
        for side in reversed(("", *sides)):
            for name, words in reversed(_SOURCE_OPTIONS.items()):
                option = f"{side}-{name}" if side else name
                text = f"As --{name}, of the {side} graph." if side else words
                click.option(f"--{option}", f"{side}_{name}".strip("_") + "_option", help=text)(
                    command
                )
        return command

    return decorated


def source_options(given: Mapping[str, str | None], form: str | None, side: str = "") -> Any:
    """Put together how a source is read, by what is said of it or of both."""
    from kgreview.exchange.sources import SourceOptions

    values: dict[str, Any] = {}
    for name in _SOURCE_OPTIONS:
        value = given[f"{name}_option"]
        if side and given[f"{side}_{name}_option"] is not None:
            value = given[f"{side}_{name}_option"]
        if value is not None:
            values[name] = tuple(value.split(",")) if name in _LISTS else value
    return SourceOptions(format=form, **values)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="kgreview")
def cli() -> None:
    """Review entity matches between two knowledge graphs.

    \b
    Example:
      kgreview create films --pair ~/catalogues
      kgreview run films
      kgreview review films
    """


@cli.command()
@_PROJECT
@click.option("--left", type=_FOLDER, help="Left graph: a file or folder in any form.")
@click.option("--right", type=_FOLDER, help="Right graph: a file or folder in any form.")
@click.option(
    "--links",
    type=_FOLDER,
    multiple=True,
    help="Known matches, or pairs with labels; may be given again.",
)
@_LINKS_FORMAT
@click.option("--pair", type=_FOLDER, help="A folder of both graphs and their links.")
@_FOLD
@click.option(
    "--same-ids",
    is_flag=True,
    help="Entities with the same id on both sides are known matches.",
)
@_FORMAT
@click.option("--left-format", help="Form of the left graph.  [default: as --format]")
@click.option("--right-format", help="Form of the right graph.  [default: as --format]")
@with_source_options("left", "right")
@click.option("--schema", type=_FOLDER, help="JSON that says which types correspond.")
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
    type=click.FloatRange(0, 0.5),
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
    format_name: str | None,
    left_format: str | None,
    right_format: str | None,
    schema: Path | None,
    name: str | None,
    seed: int,
    audit_share: float,
    to_review: bool,
    progress: Progress,
    **source: str | None,
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
    from kgreview.pipeline.project import create_project

    if math.isnan(audit_share):  # which no range refuses
        raise InputError("--audit-share nan: give a number from 0 to 0.5")
    of_left = source_options(source, left_format or format_name, "left")
    of_right = source_options(source, right_format or format_name, "right")
    opened = None
    if pair is not None:
        if left or right or links:
            raise InputError("--pair names graphs and links; leave out --left, --right, --links")
        opened = open_pair(pair, PairOptions(fold, of_left, of_right, links_format))
    elif left is None or right is None:
        raise InputError("give the graphs: --left SOURCE --right SOURCE, or --pair FOLDER")
    elif fold is not None:
        raise InputError("--fold is one of the folds of a --pair folder; leave it out")
    made = create_project(
        project,
        left,
        right,
        pair=opened,
        links=links,
        same_ids=same_ids,
        links_format=links_format,
        schema=schema,
        name=name,
        seed=seed,
        audit_share=audit_share,
        left_options=of_left,
        right_options=of_right,
        progress=progress,
    )
    for text in made.notes:
        note(text)
    say(
        f"{project}: {made.left.num_entities:,} left and {made.right.num_entities:,} right entities"
    )
    for line in schema_lines(made.schema):
        say(f"  {line}")
    say(f"What is wrong here can be changed in {project / 'schema.json'}.")
    if not to_review:
        say(f"Next: kgreview run {shlex.quote(str(project))}")
        return
    from kgreview.pipeline.run import run_project

    report = run_project(made, progress=progress)
    if report.interrupted:
        say("interrupted: kept the best weights so far", err=True)
    _review_new(project, report.training.name, 8501, True, progress)


@cli.command()
@click.argument("source", type=_FOLDER)
@_FORMAT
@_FOLD
@with_source_options()
@_JSON
@with_progress
def inspect(
    source: Path,
    format_name: str | None,
    fold: str | None,
    as_json: bool,
    progress: Progress,
    **options: str | None,
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

    of_source = source_options(options, format_name)
    if fold is not None or (format_name is None and is_pair_folder(source)):
        pair = inspect_pair(open_pair(source, PairOptions(fold, of_source, of_source)), progress)
        values, lines = pair.to_json(), pair_lines(pair)
    else:
        inspection = inspect_source(source, of_source, progress)
        values, lines = inspection.to_json(), inspection_lines(inspection)
    if isinstance(progress, Bars):
        progress.close()
    if as_json:
        show(values, as_json)
        return
    for line in lines:
        say(line)


@cli.command()
@_PROJECT
@_JSON
@with_progress
def block(project: Path, as_json: bool, progress: Progress) -> None:
    """Find the pairs worth a look.

    Decisions stay; scores must be made anew with train and score.

    \b
    Example:
      kgreview block films
    """
    from kgreview.pipeline.blocking import added_words, block_project
    from kgreview.pipeline.jobs import in_foreground
    from kgreview.pipeline.project import Project

    opened = Project.open(project)
    with in_foreground(opened, "block", progress) as tell:
        report = block_project(opened, progress=tell)
    show(report.to_json(), as_json)
    if not as_json and (words := added_words(report)):
        say(words)


@cli.command()
@_PROJECT
@_DEVICE
@_JSON
@with_progress
def train(project: Path, device: str, as_json: bool, progress: Progress) -> None:
    """Train the network on the links and all decisions so far.

    Ctrl-C keeps the best weights so far.

    \b
    Example:
      kgreview train films
    """
    from kgreview.pipeline.jobs import in_foreground
    from kgreview.pipeline.project import Project
    from kgreview.pipeline.training import train_project

    opened = Project.open(project)
    with in_foreground(opened, "train", progress) as tell:
        report = train_project(opened, device=device, progress=tell)
    if report.interrupted:
        say("interrupted: kept the best weights so far", err=True)
    show(report.to_json(), as_json)


@cli.command()
@_PROJECT
@click.option("--version", help="Which version scores.  [default: the newest]")
@_DEVICE
@with_progress
def score(project: Path, version: str | None, device: str, progress: Progress) -> None:
    """Score all candidates with a version and make it current.

    \b
    Example:
      kgreview score films --version v2
    """
    from kgreview.pipeline.faithfulness import check_new
    from kgreview.pipeline.jobs import in_foreground
    from kgreview.pipeline.project import Project
    from kgreview.pipeline.scoring import score_project

    opened = Project.open(project)
    with in_foreground(opened, "score", progress) as tell:
        name = score_project(opened, version, device=device, progress=tell)
    say(f"{project}: {name} is current")
    check_new(opened, name, progress)


@cli.command()
@_PROJECT
@_DEVICE
@_JSON
@with_progress
def run(project: Path, device: str, as_json: bool, progress: Progress) -> None:
    """Block, train and score, one after another.

    \b
    Example:
      kgreview run films --device cpu
    """
    from kgreview.pipeline.blocking import added_words
    from kgreview.pipeline.faithfulness import check_new
    from kgreview.pipeline.project import Project
    from kgreview.pipeline.run import run_project

    opened = Project.open(project)
    report = run_project(opened, device=device, progress=progress)
    if report.interrupted:
        say("interrupted: kept the best weights so far", err=True)
    show(report.to_json(), as_json)
    if not as_json:
        if words := added_words(report.candidates):
            say(words)
        say(f"Next: kgreview review {shlex.quote(str(project))}")
    check_new(opened, report.training.name, progress)


@cli.command()
@_PROJECT
@_DEVICE
@_JSON
@with_progress
def finetune(project: Path, device: str, as_json: bool, progress: Progress) -> None:
    """Go on training the current version with the decisions made so far, score, make current.

    \b
    Example:
      kgreview finetune films
    """
    from kgreview.pipeline.faithfulness import check_new
    from kgreview.pipeline.jobs import in_foreground
    from kgreview.pipeline.project import Project
    from kgreview.pipeline.training import finetune_project

    opened = Project.open(project)
    with in_foreground(opened, "fine-tune", progress) as tell:
        report = finetune_project(opened, device=device, progress=tell)
    show(report.to_json(), as_json)
    if report.held is None:
        check_new(opened, report.name, progress)
    elif not as_json:
        say(f"{report.name} is not current; `kgreview promote` makes it so all the same")


@cli.command()
@_PROJECT
@click.option("--left", type=_FOLDER, help="New rows of the left graph, all of it.")
@click.option("--right", type=_FOLDER, help="New rows of the right graph, all of it.")
@_FORMAT
@click.option("--left-format", help="Form of the left graph.  [default: as --format]")
@click.option("--right-format", help="Form of the right graph.  [default: as --format]")
@with_source_options("left", "right")
@click.option("--dry-run", is_flag=True, help="Show the differences, and change nothing.")
@_DEVICE
@_JSON
@with_progress
def refresh(
    project: Path,
    left: Path | None,
    right: Path | None,
    format_name: str | None,
    left_format: str | None,
    right_format: str | None,
    dry_run: bool,
    device: str,
    as_json: bool,
    progress: Progress,
    **source: str | None,
) -> None:
    """Give PROJECT new rows: what is new, changed or gone is told first, and no decision is lost.

    A source holds the whole graph as it is now; name how it is read as `create` was told to.
    Entities are the same by their ids. Only what
    changed is blocked, compared and scored anew. Decisions on entities that are gone come back with
    them.

    \b
    Example:
      kgreview refresh films --left library-may.ttl --dry-run
      kgreview refresh films --left library-may.ttl
    """
    from kgreview.pipeline.project import Project
    from kgreview.pipeline.refresh import RefreshReport, change_lines, outcome_lines
    from kgreview.pipeline.refresh import refresh_project as refreshed

    def found(report: RefreshReport) -> None:
        if isinstance(progress, Bars):
            progress.close()
        if not as_json:
            for line in change_lines(report):
                say(line)

    report = refreshed(
        Project.open(project),
        left=left,
        right=right,
        left_options=source_options(source, left_format or format_name, "left"),
        right_options=source_options(source, right_format or format_name, "right"),
        dry_run=dry_run,
        device=device,
        progress=progress,
        notice=note,
        found=found,
    )
    if isinstance(progress, Bars):
        progress.close()
    if as_json:
        show(report.to_json(), as_json)
        return
    for line in outcome_lines(report, dry_run=dry_run):
        say(line)
    for text in report.notes:
        note(text)


@cli.command()
@_PROJECT
@click.option(
    "--orcid",
    "given",
    nargs=2,
    multiple=True,
    metavar="NAME ORCID",
    help="The ORCID of a curator, by which exports name them.",
)
@click.option(
    "--no-orcid", "taken", multiple=True, metavar="NAME", help="Remove a curator's ORCID."
)
@click.option(
    "--role",
    "roles",
    nargs=2,
    multiple=True,
    metavar="WHO ROLE",
    help="What somebody who signs in may do: viewer, curator, adjudicator, owner, or none. WHO is "
    "an e-mail address or a subject of the sign-in.",
)
@_JSON
def curators(
    project: Path,
    given: tuple[tuple[str, str], ...],
    taken: tuple[str, ...],
    roles: tuple[tuple[str, str], ...],
    as_json: bool,
) -> None:
    """List who has decided in PROJECT, set the ORCID by which exports name them, and say who may.

    Roles count where people sign in, see `kgreview review --auth`.

    \b
    Example:
      kgreview curators films
      kgreview curators films --orcid Ada 0000-0002-1825-0097
      kgreview curators films --role ada@example.org owner
    """
    from kgreview.pipeline.project import Project
    from kgreview.review.curators import list_curators, set_orcids
    from kgreview.review.people import list_roles, read_role, set_role

    opened = Project.open(project)
    for who, role in [(who, read_role(role)) for who, role in roles]:
        set_role(opened, who, role)
    if given or taken:
        for text in set_orcids(opened, dict(given) | dict.fromkeys(taken, "")):
            note(text)
    listed, named = list_curators(opened), list_roles(opened)
    if as_json:
        say(json.dumps([asdict(each) for each in listed], indent=1, ensure_ascii=False))
        return
    width = max((len(each.name) for each in listed), default=0)
    for each in listed:
        say(f"{each.name:<{width}}  {each.decisions:>7,} decisions  {each.orcid or '-'}")
    if not listed:
        say("nobody has decided yet")
    for who, role in named.items():
        say(f"{who} is {role.value}")


@cli.command()
@_PROJECT
@_JSON
def versions(project: Path, as_json: bool) -> None:
    """List the versions of the network, the newest first.

    \b
    Example:
      kgreview versions films --json
    """
    from kgreview.pipeline.project import Project
    from kgreview.pipeline.status import project_versions

    listed = project_versions(Project.open(project))
    if as_json:
        say(json.dumps(listed, indent=1, ensure_ascii=False))
        return
    for version in listed:
        state = "current" if version["current"] else "not promoted" if version["held_back"] else ""
        prauc = version["figures"].get("prauc")
        say(
            f"{version['name']:<6} {state:<10} {version['kind']:<11} from "
            f"{version['parent'] or '-':<6} {version['created_at'][:16]}  "
            f"{version['decisions']:>6,} decisions  "
            + ("" if prauc is None else f"PRAUC {prauc:.3f}")
        )
        if version["held_back"]:
            say(f"       {version['held_back']}")


@cli.command()
@_PROJECT
@click.argument("version")
@click.option("--reason", default="", help="Reason; required for a version that was not promoted.")
@click.option("--curator", help="Who decides this.  [default: your login name]")
@_DEVICE
@with_progress
def promote(
    project: Path,
    version: str,
    reason: str,
    curator: str | None,
    device: str,
    progress: Progress,
) -> None:
    """Make VERSION current: the queue follows its scores; also to go back to an earlier one.

    \b
    Example:
      kgreview promote films v2 --reason "finds the remakes"
    """
    from kgreview.pipeline.jobs import in_foreground
    from kgreview.pipeline.project import Project
    from kgreview.pipeline.scoring import score_project
    from kgreview.review.session import login_name

    opened = Project.open(project)
    with in_foreground(opened, "promote", progress) as tell:
        score_project(
            opened,
            version,
            curator=curator or login_name(),
            reason=reason or None,
            device=device,
            progress=tell,
        )
    say(f"{project}: {version} is current")


@cli.command()
@_PROJECT
@_JSON
def status(project: Path, as_json: bool) -> None:
    """Say what a project holds and how far its review is.

    \b
    Example:
      kgreview status films --json
    """
    from kgreview.pipeline.project import Project
    from kgreview.pipeline.status import project_status

    found = project_status(Project.open(project))
    if not as_json:  # no lines of what there is nothing to say about
        job = {key: each for key, each in (found.pop("job") or {}).items() if each}
        found |= {"job": job} if job else {}
    show(found, as_json)


@cli.command()
@_PROJECT
@click.option(
    "--doubts",
    is_flag=True,
    help="Also list label issues: decisions that are probably wrong, the surest first.",
)
@click.option(
    "--most", type=click.IntRange(1), default=50, show_default=True, help="Label issues listed."
)
@_JSON
@with_progress
def quality(project: Path, doubts: bool, most: int, as_json: bool, progress: Progress) -> None:
    """Say how good the matches are, by the audit sample, and whether to go on asking.

    The Quality page shows the same, and asks the label issues again.

    \b
    Example:
      kgreview quality films --json
      kgreview quality films --doubts --most 10
    """
    from kgreview.pipeline.project import Project
    from kgreview.review import quality as measured
    from kgreview.review import quality_words

    opened = Project.open(project)
    found = measured.quality(opened)
    listed = None
    if doubts:
        from kgreview.pipeline import label_issues

        label_issues.find_doubts(opened, progress)
        listed = label_issues.doubts(opened, most)
    if isinstance(progress, Bars):
        progress.close()
    if as_json:
        rows = {} if listed is None else {"label_issues": [each.to_json() for each in listed.found]}
        show(found.to_json() | rows, as_json)
        return
    for line in quality_words.report(found, opened.settings.double_share):
        say(line)
    if listed is not None:
        for line in label_issues.doubts_lines(listed):
            say(line)


@cli.command()
@_PROJECT
@click.option("--to", "path", type=_FOLDER, required=True, help="File, or folder, to write.")
@click.option(
    "--format",
    "form",
    type=click.Choice(EXPORT_FORMS),
    help="Form to write.  [default: told by the file's name]",
)
@click.option(
    "--what",
    type=click.Choice([what.value for what in What]),
    help="Part to hand on.  [default: accepted+predicted; accepted before anything is scored]",
)
@click.option(
    "--threshold", type=float, help="Score from which on pairs match.  [default: the version's]"
)
@click.option("--precision", type=float, help="The lowest threshold that reaches this precision.")
@click.option("--predicate", type=click.Choice(PREDICATES), help="Of a match, in RDF and SSSOM.")
@click.option("--values", type=click.Choice(RULES), help="Values of the merged graph that differ.")
@click.option("--license", "licence", help="IRI of the licence that SSSOM states.")
@click.option("--force", is_flag=True, help="Replace what is there.")
@_JSON
@with_progress
def export(
    project: Path,
    path: Path,
    form: str | None,
    what: str | None,
    threshold: float | None,
    precision: float | None,
    predicate: str | None,
    values: str | None,
    licence: str | None,
    force: bool,
    as_json: bool,
    progress: Progress,
) -> None:
    """Hand the alignment on: SSSOM, RDF, OAEI Alignment, tables, ent_links, or the merged graph.

    Names that tell the form: .sssom.tsv .sssom.json .nt .ttl .rdf .csv .parquet ent_links .nq; the
    merged graph as a folder of tables is --format merged, for Neo4j's import --format neo4j. All
    but these folders may be .gz.

    \b
    Example:
      kgreview export films --to films.sssom.tsv --precision 0.98
      kgreview export films --to merged/ --format merged --values left
    """
    from kgreview.pipeline.export import Choice, export_project
    from kgreview.pipeline.project import Project

    given = {"predicate": predicate, "values": values, "license": licence}
    report = export_project(
        Project.open(project),
        path,
        form=form,
        choice=Choice(None if what is None else What(what), threshold, precision),
        settings={name: value for name, value in given.items() if value is not None},
        force=force,
        progress=progress,
        notice=note,
    )
    if as_json:
        show(report.to_json(), as_json)
        return
    for line in report.provenance.lines():
        say(line)
    say(f"Written: {path}")


@cli.command()
@_PROJECT
@click.option("--links", type=_FOLDER, required=True, help="Links that training has not seen.")
@_LINKS_FORMAT
@_DEVICE
@_JSON
@with_progress
def evaluate(
    project: Path,
    links: Path,
    links_format: str | None,
    device: str,
    as_json: bool,
    progress: Progress,
) -> None:
    """Measure the current version on held-out links.

    \b
    Example:
      kgreview evaluate films --links ~/catalogues/links/test.tsv
    """
    from kgreview.pipeline.evaluation import evaluate_project
    from kgreview.pipeline.project import Project

    found = evaluate_project(
        Project.open(project),
        links,
        links_format=links_format,
        device=device,
        progress=progress,
        notice=note,
    )
    show(found.to_json(), as_json)


@cli.command()
@_PROJECT
@click.argument("left", required=False)
@click.argument("right", required=False)
@click.option(
    "--check", is_flag=True, help="Measure the faithfulness of what is shown of neighbours."
)
@click.option(
    "--sample",
    type=click.IntRange(1),
    default=200,
    show_default=True,
    help="Number of pairs to check.",
)
@click.option(
    "--relations", is_flag=True, help="Show the importance of relations and attributes by type."
)
@click.option("--version", help="Which version explains.  [default: the current one]")
@_JSON
@with_progress
def explain(
    project: Path,
    left: str | None,
    right: str | None,
    check: bool,
    sample: int,
    relations: bool,
    version: str | None,
    as_json: bool,
    progress: Progress,
) -> None:
    """Say why a pair is judged so, how far that decides, or what tells entities apart.

    LEFT and RIGHT are ids of any pair: what its log odds are made of, what its probability would be
    without each neighbour, relation and attribute, and what would flip it. With --check, over many
    pairs: the rank correlation between what neighbours add and the effect of leaving them out; the
    Model page shows it too. With --relations: what the network has learnt to make of each relation,
    shared or missing, and of each attribute, by type; the Explain page shows it too.

    \b
    Example:
      kgreview explain films lib:p2573 cat:Q93636
      kgreview explain films --check
      kgreview explain films --relations
    """
    from kgreview.pipeline.explanation import explain_ids, version_to_explain
    from kgreview.pipeline.faithfulness import check as checked
    from kgreview.pipeline.project import Project
    from kgreview.pipeline.worth import worth

    if check + relations + bool(left or right) != 1 or bool(left) != bool(right):
        raise InputError("give the ids of a pair, LEFT and RIGHT, or --check, or --relations")
    opened = Project.open(project)
    name = version_to_explain(opened, version)
    if left and right:
        found = explain_ids(opened, name, left, right)
        steps, changes = ([], []) if as_json else (found.pop("made_of"), found.pop("without"))
        show(found, as_json)
        for step in steps:
            say(f"  {step['log_odds']:+7.2f} {step['step']}")
            for part in step["parts"]:
                say(f"  {part['log_odds']:+14.2f} {part['step']}")
        for each in changes:
            share, odds = each["change_of_probability"], each["change_of_log_odds"]
            say(f"  {100 * share:+6.1f}% {odds:+7.2f} log odds without {each['part']}")
    elif check:
        show(checked(opened, name, sample=sample, progress=progress).to_json(), as_json)
    else:
        measured = worth(opened, name, progress)
        if as_json:
            show(measured.to_json(), as_json)
        else:
            progress.close() if isinstance(progress, Bars) else None
            for line in measured.lines():
                say(line)


@cli.command()
@click.argument("folder", type=_FOLDER)
@click.option(
    "--methods",
    help="Which ones, comma-separated; your own as package.module:function.  "
    "[default: all; with --scores none]",
)
@click.option(
    "--scores",
    multiple=True,
    metavar="NAME=FILE",
    help="A table of left, right, score that another program made; may be given again.",
)
@click.option(
    "--seeds", type=click.IntRange(1), default=1, show_default=True, help="Number of runs."
)
@_FOLD
@_DEVICE
@click.option("--json", "json_file", type=_FOLDER, help="Also write all metrics into this file.")
@click.option(
    "--per-pair", type=_FOLDER, help="Write what each method says of each pair here, as Parquet."
)
@with_progress
def benchmark(
    folder: Path,
    methods: str | None,
    scores: tuple[str, ...],
    seeds: int,
    fold: str | None,
    device: str,
    json_file: Path | None,
    per_pair: Path | None,
    progress: Progress,
) -> None:
    """Measure methods on FOLDER, a pair of graphs with links as `create --pair` takes it.

    Every method scores the same pairs; the test links serve for nothing but the figures.

    \b
    Example:
      kgreview benchmark ~/pairs/films --methods cosine,boosting,kgreview --json films.json
      kgreview benchmark ~/pairs/D_W_15K_V1 --methods my.module:score --scores bert=bert.tsv
    """
    from kgreview.aligner.baselines.registry import MISSING, NEEDS_DGL, RUNNABLE
    from kgreview.experiments.benchmark import Extras
    from kgreview.experiments.benchmark import benchmark as measured
    from kgreview.experiments.benchmark_table import table
    from kgreview.experiments.given_scores import scores_option

    _check_results(folder, json_file, per_pair)
    extras = Extras(tuple(map(scores_option, scores)), per_pair)
    chosen = (() if scores else RUNNABLE) if methods is None else _names(methods)
    if MISSING and methods is None and not scores:
        note(f"left out: {', '.join(MISSING)}. They need {NEEDS_DGL} them")
    report = None
    for report in measured(
        folder,
        chosen,
        seeds=seeds,
        fold=fold,
        extras=extras,
        device=device,
        progress=progress,
        notice=note,
    ):
        if json_file is not None:  # after each method: a long run that is stopped leaves something
            _write_report(json_file, report)
    if report is None:
        raise InputError("--methods names none; leave it out to run all")
    progress.close() if isinstance(progress, Bars) else None
    for line in table(report):
        say(line)


@cli.command()
@click.argument("folder", type=_FOLDER)
@click.option(
    "--strategy",
    "strategies",
    multiple=True,
    help="May be given again: default, random, a strategy, or shares as a=2,b=1.  "
    "[default: default and random]",
)
@click.option("--budget", type=click.IntRange(1), default=500, show_default=True, help="Decisions.")
@click.option(
    "--batch", type=click.IntRange(1), default=50, show_default=True, help="Between trainings."
)
@click.option(
    "--seeds", type=click.IntRange(1), default=1, show_default=True, help="Number of runs."
)
@click.option(
    "--noise",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="Share of wrong answers.",
)
@click.option(
    "--jobs", type=click.IntRange(1), default=1, show_default=True, help="Runs made at a time."
)
@click.option("--schema", type=_FOLDER, help="JSON that says which types correspond.")
@_FOLD
@_DEVICE
@click.option("--json", "json_file", type=_FOLDER, help="Also write all metrics into this file.")
@with_progress
def simulate(
    folder: Path,
    strategies: tuple[str, ...],
    budget: int,
    batch: int,
    seeds: int,
    noise: float,
    jobs: int,
    schema: Path | None,
    fold: str | None,
    device: str,
    json_file: Path | None,
    progress: Progress,
) -> None:
    """Measure how fast the network learns from decisions, on FOLDER, a pair as `create` takes it.

    A curator answers from the train links, starting from none; the test links serve for nothing
    but the figures. Strategies: uncertainty, margin, committee, low-score, coverage, density,
    conflict, confident; default mixes them, random asks and learns in random order. Ctrl-C
    keeps what there is.

    \b
    Example:
      kgreview simulate ~/pairs/films --strategy default --strategy random --seeds 5
    """
    from kgreview.experiments.simulation import COMPARED
    from kgreview.experiments.simulation import simulate as simulated
    from kgreview.experiments.simulation_report import table

    _check_results(folder, json_file)
    if math.isnan(noise):  # which no range refuses
        raise InputError("--noise nan: give a number from 0 to 1")
    report = None
    told: Counter[str] = Counter()  # points, by run
    try:
        for report in simulated(
            folder,
            strategies or COMPARED,
            budget=budget,
            batch=batch,
            seeds=seeds,
            noise=noise,
            jobs=jobs,
            schema=schema,
            fold=fold,
            device=device,
            progress=progress,
        ):
            if json_file is not None:  # each time: a run that is stopped leaves what there is
                _write_report(json_file, report)
            if isinstance(progress, Bars):
                progress.close()
            for run in report["runs"]:
                which = f"{run['strategy']}, seed {run['seed']}"
                for point in run["points"][told[which] :]:
                    say(f"{which}: {_said(point)}")
                told[which] = len(run["points"])
    except KeyboardInterrupt:
        if report is None:
            raise
        say("interrupted: these are the figures so far", err=True)
    if report is not None:
        for line in table(report):
            say(line)


def _said(point: Mapping[str, Any]) -> str:
    return (
        f"{point['decisions']} decisions, {point['matches']} matches: PRAUC {point['prauc']:.4f}, "
        f"end-to-end F1 {point['f1']:.3f} ({point['version']}, {point['seconds']:.1f} s"
        f"{', the newest not promoted' if point['held'] else ''})"
    )


def _names(methods: str) -> tuple[str, ...]:
    return tuple(filter(None, map(str.strip, methods.split(","))))


def _check_results(folder: Path, *files: Path | None) -> None:
    if not folder.is_dir():
        raise InputError(f"{folder}: there is no such folder; give one of a pair of graphs")
    for file in files:
        if file is not None and not file.resolve().parent.is_dir():
            raise InputError(f"{file}: its folder does not exist; make it first")


def _write_report(file: Path, report: Mapping[str, Any]) -> None:
    file.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


@cli.command()
@_PROJECT
@_PORT_OPTION
@_HOST
@click.option("--browser/--no-browser", default=True, help="Open a browser window.")
@click.option(
    "--upload-limit",
    type=click.IntRange(1, 100_000),
    default=500,
    show_default=True,
    help="Upload limit for one new project of a folder, in MB, unpacked.",
)
@click.option(
    "--allow-origin",
    "origins",
    multiple=True,
    metavar="ORIGIN",
    help="A web site whose pages may read the project too, such as https://example.org; * is any.",
)
@click.option(
    "--auth",
    type=click.Choice(["oidc", "header"]),
    help="People sign in: at a provider (oidc), or at a gateway that names them (header).  "
    "[default: nobody does]",
)
@click.option("--auth-file", type=_FOLDER, help="TOML with the provider, roles and headers.")
@click.option(
    "--trust",
    multiple=True,
    metavar="ADDRESS",
    help="Where a gateway's requests come from: an address or a network. May be given again.",
)
@click.option(
    "--public-address",
    metavar="ADDRESS",
    help="What browsers ask for where a proxy stands before the app, as https://match.example.org.",
)
def review(
    project: Path,
    port: int,
    host: str,
    browser: bool,
    upload_limit: int,
    origins: tuple[str, ...],
    auth: str | None,
    auth_file: Path | None,
    trust: tuple[str, ...],
    public_address: str | None,
) -> None:
    """Open the review app on a project, or on a folder of projects.

    In a folder, the app begins with the list of its projects. New ones are made there of files that
    the browser sends, or of what lies below the folder; nothing outside it is read or written.

    Beside the pages it answers OpenRefine at /reconcile and other programs at /api/v1; of a folder
    at /reconcile/projects/NAME and /api/v1/projects/NAME.

    Without --auth it is a tool for one machine: whoever has the printed address may do everything,
    under a name they type. docs/teams.md says how people sign in.

    \b
    Example:
      kgreview review films --port 8600
      kgreview review projects/
      kgreview review films --auth oidc --auth-file auth.toml
    """
    from kgreview.pipeline.project import Project
    from kgreview.pipeline.project_folder import is_folder_of_projects
    from kgreview.service.guard import ORIGINS_VARIABLE, check_origins

    told = {
        ORIGINS_VARIABLE: " ".join(check_origins(origins)),
        AUTH_VARIABLE: auth or "",
        FILE_VARIABLE: str(auth_file.resolve()) if auth_file else "",
        TRUSTED_VARIABLE: " ".join(trust),
        PUBLIC_VARIABLE: public_address or "",
    }
    check_sign_in(told)
    many = is_folder_of_projects(project)
    if not many:
        Project.open(project)
    serve(project, port, browser, upload_limit if many else None, told, host)


def check_sign_in(told: Mapping[str, str]) -> None:
    """Refuse to start where people could not sign in. Raises ``InputError`` that says why."""
    sign_in = sign_in_of(told)
    if sign_in is not None and sign_in.how == OIDC and find_spec("authlib") is None:
        raise InputError("--auth oidc needs Authlib: pip install 'kgreview[auth]'")
    token = os.environ.get(API_TOKEN_VARIABLE, "")
    if sign_in is not None and 0 < len(token) < SHORTEST_TOKEN:
        raise InputError(
            f"{API_TOKEN_VARIABLE}: give at least {SHORTEST_TOKEN} random characters, by which "
            "programs are known"
        )


@cli.command()
@click.argument("project", type=_FOLDER, default=Path("projects/demo"))
@_PORT_OPTION
@_HOST
@click.option("--browser/--no-browser", default=True, help="Open a browser window.")
@_DEVICE
@with_progress
def demo(
    project: Path, port: int, host: str, browser: bool, device: str, progress: Progress
) -> None:
    """Make the sample project where it is missing, and review it.

    A second call opens it as it is, with all decisions.

    \b
    Example:
      kgreview demo
    """
    from kgreview.aligner.settings import QUICK
    from kgreview.pipeline.run import make_ready

    sample = desk_folder() / "sample_data"
    report = make_ready(
        project, sample, name="Sample", settings=QUICK, device=device, progress=progress
    )
    if report is not None and report.interrupted:
        say("interrupted: kept the best weights so far", err=True)
    version = None if report is None else report.training.name
    _review_new(project, version, port, browser, progress, host)


def _review_new(
    project: Path,
    version: str | None,
    port: int,
    browser: bool,
    progress: Progress,
    host: str = "localhost",
) -> None:
    """Open the review app; ``version`` was just made, and its attention is still to be measured."""
    if isinstance(progress, Bars):
        progress.close()
    if version is not None:
        threading.Thread(target=_check_later, args=(project, version), daemon=True).start()
    serve(project, port, browser, host=host)


def _check_later(project: Path, version: str) -> None:
    """Measure the new version's attention when the first page has had the machine to itself."""
    from kgreview.pipeline.faithfulness import check_new
    from kgreview.pipeline.project import Project

    time.sleep(_PATIENCE)
    check_new(Project.open(project), version)


def serve(
    project: Path,
    port: int,
    browser: bool,
    upload_limit: int | None = None,
    told: Mapping[str, str] = MappingProxyType({}),
    host: str = "localhost",
) -> None:
    """Run the Streamlit app in the foreground until Ctrl-C.

    ``upload_limit``: MB that a new project may bring, where ``project`` is a folder of projects.
    ``told``: variables for the app, of who may ask and how people sign in. ``host``: the address to
    listen on. Raises ``KGReviewError`` where the port is taken and where the app ends by itself,
    ``InputError`` for a host that is no address of this machine.
    """
    sign_in = sign_in_of(told)
    command = [
        *(sys.executable, "-m", "streamlit", "run", str(SERVER)),
        *("--server.port", str(port), "--server.address", host),
        *("--server.headless", "true"),  # else a first start asks for an e-mail address, and waits
        *("--browser.gatherUsageStats", "false", "--client.toolbarMode", "minimal"),
        *("--server.fileWatcherType", "none", "--client.showErrorDetails", "none"),
        # it would look through all objects of the process after each press: a quarter of a second
        # with a network in memory, in which no other session is answered
        *("--runner.postScriptGC", "false"),
        *("--theme.light.primaryColor", LIGHT.accent, "--theme.dark.primaryColor", DARK.accent),
    ]
    if upload_limit is not None:
        command += ["--server.maxUploadSize", str(upload_limit)]
    if not _is_free(port, host):
        raise KGReviewError(
            f"port {port} is not available: another program has it, or it is reserved; give "
            f"another --port, for example {port + 1 if 1024 <= port < 65535 else 8502}"
        )
    secret = chosen_secret()
    address = public_address_of(told) or _address(host, port)
    if sign_in is None:
        address = f"{address}/?{TOKEN}={secret}"
        if host not in _LOOPBACK:
            say(
                f"The app listens on {host}, and nobody signs in: whoever reaches port {port} "
                "there and has the address below can read and decide; programs can read without"
            )
    elif sign_in.how == HEADER:
        # by them, Streamlit tells whose session it is
        named = json.dumps({sign_in.headers["subject"]: "sub"})
        command += ["--server.trustedUserHeaders", named]
    say(f"Review at {address} (Ctrl-C ends it; decisions are saved as you make them)")
    environment = {
        **os.environ,
        **_named_to_the_app(project, upload_limit),
        # what the environment of a shell says does not count: nobody would see it
        **dict.fromkeys((AUTH_VARIABLE, FILE_VARIABLE, TRUSTED_VARIABLE, PUBLIC_VARIABLE), ""),
        **told,
        SECRET_VARIABLE: secret,
        # else the server takes an address for that of who asks that whoever asks may write
        "FORWARDED_ALLOW_IPS": "",
    }
    process = subprocess.Popen(command, env=environment)
    # whoever ends this command ends the app: it must not be left on the port
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if browser:
        opening = (address, host, port, process)
        threading.Thread(target=_open_browser, args=opening, daemon=True).start()
    try:
        status = process.wait()
    except KeyboardInterrupt:
        process.terminate()  # from a terminal it got the Ctrl-C too
        try:
            process.wait(timeout=_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        status = 0
    if status:
        raise KGReviewError(f"the app ended with status {status}; what it wrote above says why")


def chosen_secret() -> str:
    """Give the secret of this start: a new one, unless the environment names one to be kept.

    Raises ``InputError`` for one that could be guessed, or that no address can hold.
    """
    named = os.environ.get(SECRET_VARIABLE)
    if not named:
        return secrets.token_urlsafe(24)
    if re.fullmatch(rf"[A-Za-z0-9_-]{{{SHORTEST_TOKEN},}}", named) is None:
        raise InputError(
            f"{SECRET_VARIABLE}: give at least {SHORTEST_TOKEN} letters, digits, - and _, or leave "
            "it out: each start then has a secret of its own"
        )
    return named


def _named_to_the_app(project: Path, upload_limit: int | None) -> dict[str, str]:
    """Name one project, or a folder of them, and never both."""
    path = str(project.resolve())
    if upload_limit is None:
        return {"KGREVIEW_PROJECT": path, "KGREVIEW_FOLDER": ""}
    return {
        "KGREVIEW_PROJECT": "",
        "KGREVIEW_FOLDER": path,
        "KGREVIEW_UPLOAD_MB": str(upload_limit),
    }


def _open_browser(address: str, host: str, port: int, app: subprocess.Popen[bytes]) -> None:
    """Open a window as soon as the app answers; without a browser the printed address will do."""
    while app.poll() is None and _is_free(port, host):
        time.sleep(0.1)
    if app.poll() is None:
        webbrowser.open(address)


def _address(host: str, port: int) -> str:
    """Give the address that a browser on this machine asks for."""
    name = "localhost" if host in _ALL_ADDRESSES else f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}"


def _is_free(port: int, host: str = "localhost") -> bool:
    """Whether the port can be listened on. Raises ``InputError`` for a host that cannot be."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the app's server does
        try:
            probe.bind(("127.0.0.1" if host == "localhost" else host, port))
        except OSError as error:
            if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
                raise InputError(
                    f"--host {quoted(host)}: no address of this machine; localhost is this machine "
                    "alone, 0.0.0.0 all of its addresses"
                ) from None
            return False
    return True


def _named_project(arguments: Sequence[str]) -> Path | None:
    """Give the project that a command was called on, to look into where it failed."""
    paths = (Path(each) for each in arguments if not each.startswith("-"))
    return next((path for path in paths if is_project_folder(path)), None)


for _command in UPKEEP:
    cli.add_command(_command)


def main() -> None:
    """Run the command; a fault the user can act on is one line and exit status 1 or 2."""
    try:
        cli.main(standalone_mode=False)
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (KeyboardInterrupt, click.Abort) as error:
        if isinstance(error.__cause__, EOFError):  # which click takes for the end of its input
            told = in_one_line(error.__cause__, _named_project(sys.argv[1:]))
            say(f"kgreview: {told}", err=True)
        else:
            say("interrupted; nothing half-done was kept", err=True)
        sys.exit(1)
    except Exception as error:
        told = in_one_line(error, _named_project(sys.argv[1:]))
        if told is None:
            raise
        say(f"kgreview: {told}", err=True)
        sys.exit(told.exit_status)

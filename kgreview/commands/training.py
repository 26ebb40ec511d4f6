"""Commands from candidates to a version in use: block, train, score, run, finetune, promote."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from kgreview.commands.options import CLUSTER, DEVICE, JSON, PROJECT, working_on
from kgreview.progress import Progress
from kgreview.terminal import say, show, with_progress


@click.command()
@PROJECT
@CLUSTER
@JSON
@with_progress
def block(project: Path, cluster: str | None, as_json: bool, progress: Progress) -> None:
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
    with working_on(cluster), in_foreground(opened, "block", progress) as tell:
        report = block_project(opened, progress=tell)
    figures = report.to_json()
    if not as_json:
        figures.pop("notes", None)  # a line each, below
    show(figures, as_json)
    if not as_json:
        for line in (*report.notes, *filter(None, [added_words(report)])):
            say(line)


@click.command()
@PROJECT
@DEVICE
@JSON
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


@click.command()
@PROJECT
@click.option("--version", help="Which version scores.  [default: the newest]")
@DEVICE
@CLUSTER
@with_progress
def score(
    project: Path, version: str | None, device: str, cluster: str | None, progress: Progress
) -> None:
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
    with working_on(cluster), in_foreground(opened, "score", progress) as tell:
        name = score_project(opened, version, device=device, progress=tell)
    say(f"{project}: {name} is current")
    check_new(opened, name, progress)


@click.command()
@PROJECT
@DEVICE
@CLUSTER
@JSON
@with_progress
def run(project: Path, device: str, cluster: str | None, as_json: bool, progress: Progress) -> None:
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
    with working_on(cluster):
        report = run_project(opened, device=device, progress=progress)
    if report.interrupted:
        say("interrupted: kept the best weights so far", err=True)
    show(report.to_json(), as_json)
    if not as_json:
        for line in (*report.candidates.notes, *filter(None, [added_words(report.candidates)])):
            say(line)
        say(f"Next: kgreview review {shlex.quote(str(project))}")
    check_new(opened, report.training.name, progress)


@click.command()
@PROJECT
@DEVICE
@JSON
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


@click.command()
@PROJECT
@JSON
def versions(project: Path, as_json: bool) -> None:
    """List the versions of the network, the newest first.

    \b
    Example:
      kgreview versions films --json
    """
    from kgreview.pipeline.project import Project
    from kgreview.pipeline.status import project_versions

    listed = project_versions(Project.open(project))
    show(listed, as_json, (line for version in listed for line in _version_lines(version)))


def _version_lines(version: Mapping[str, Any]) -> Iterator[str]:
    state = "current" if version["current"] else "not promoted" if version["held_back"] else ""
    prauc = version["figures"].get("prauc")
    yield (
        f"{version['name']:<6} {state:<10} {version['kind']:<11} from "
        f"{version['parent'] or '-':<6} {version['created_at'][:16]}  "
        f"{version['decisions']:>6,} decisions  " + ("" if prauc is None else f"PRAUC {prauc:.3f}")
    )
    if version["held_back"]:
        yield f"       {version['held_back']}"


@click.command()
@PROJECT
@click.argument("version")
@click.option("--reason", default="", help="Reason; required for a version that was not promoted.")
@click.option("--curator", help="Who decides this.  [default: your login name]")
@DEVICE
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

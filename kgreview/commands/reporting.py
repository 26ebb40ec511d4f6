"""Commands that say how a project is: status, quality, curators, evaluate, explain."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from kgreview.commands.options import DEVICE, JSON, LINKS_FORMAT, PATH, PROJECT
from kgreview.errors import InputError
from kgreview.progress import Progress
from kgreview.terminal import note, say, show, with_progress


@click.command()
@PROJECT
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
@JSON
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
    listed = list_curators(opened)
    width = max((len(each.name) for each in listed), default=0)
    lines = [
        f"{each.name:<{width}}  {each.decisions:>7,} decisions  {each.orcid or '-'}"
        for each in listed
    ]
    roles_lines = [f"{who} is {role.value}" for who, role in list_roles(opened).items()]
    shown = [*(lines or ["nobody has decided yet"]), *roles_lines]
    show([asdict(each) for each in listed], as_json, shown)


@click.command()
@PROJECT
@JSON
def status(project: Path, as_json: bool) -> None:
    """Say what a project holds and how far its review is.

    \b
    Example:
      kgreview status films --json
    """
    from kgreview.pipeline.project import Project
    from kgreview.pipeline.status import project_status

    state = project_status(Project.open(project))
    if not as_json:  # no lines of what there is nothing to say about
        job = {key: each for key, each in (state.pop("job") or {}).items() if each}
        state |= {"job": job} if job else {}
    show(state, as_json)


@click.command()
@PROJECT
@click.option(
    "--doubts",
    is_flag=True,
    help="Also list label issues: decisions that are probably wrong, the surest first.",
)
@click.option(
    "--most", type=click.IntRange(1), default=50, show_default=True, help="Label issues listed."
)
@JSON
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
    measures = measured.quality(opened)
    listed = None
    if doubts:
        from kgreview.pipeline import label_issues

        label_issues.find_doubts(opened, progress)
        listed = label_issues.doubts(opened, most)
    lines = quality_words.report(measures, opened.settings.double_share)
    rows = {}
    if listed is not None:
        rows["label_issues"] = [each.to_json() for each in listed.found]
        lines += label_issues.doubts_lines(listed)
    show(measures.to_json() | rows, as_json, lines)


@click.command()
@PROJECT
@click.option("--links", type=PATH, required=True, help="Links that training has not seen.")
@LINKS_FORMAT
@DEVICE
@JSON
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

    evaluation = evaluate_project(
        Project.open(project),
        links,
        links_format=links_format,
        device=device,
        progress=progress,
        notice=note,
    )
    show(evaluation.to_json(), as_json)


@click.command()
@PROJECT
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
    "--relations", is_flag=True, help="Show the importance of relations, attributes and words."
)
@click.option("--version", help="Which version explains.  [default: the current one]")
@JSON
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
    shared or missing, of each attribute, by type, and of words; the Explain page shows it too.

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
        explanation = explain_ids(opened, name, left, right)
        steps, changes = (
            ([], []) if as_json else (explanation.pop("made_of"), explanation.pop("without"))
        )
        show(explanation, as_json)
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
        show(measured.to_json(), as_json, measured.lines())

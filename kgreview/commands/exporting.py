"""The command that hands the alignment on: export."""

from __future__ import annotations

from pathlib import Path

import click

from kgreview.commands.options import JSON, PATH, PROJECT
from kgreview.exchange.alignment import What
from kgreview.exchange.export import FORM_NAMES as EXPORT_FORMS
from kgreview.exchange.export import PREDICATES, RULES
from kgreview.progress import Progress
from kgreview.terminal import note, show, with_progress


@click.command()
@PROJECT
@click.option("--to", "path", type=PATH, required=True, help="File, or folder, to write.")
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
@JSON
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
    show(report.to_json(), as_json, [*report.provenance.lines(), f"Written: {path}"])

"""Commands that open the review app: review, demo."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import click

from kgreview.commands.options import DEVICE, HOST, PATH, PORT, PROJECT
from kgreview.commands.server import PATIENCE, serve
from kgreview.errors import InputError
from kgreview.progress import Progress
from kgreview.service.files import desk_folder
from kgreview.service.sign_in import OIDC, sign_in_of
from kgreview.service.variables import (
    API_TOKEN_VARIABLE,
    FILE_VARIABLE,
    PUBLIC_VARIABLE,
    SHORTEST_TOKEN,
    TRUSTED_VARIABLE,
)
from kgreview.store.rights import AUTH_VARIABLE
from kgreview.terminal import say, with_progress


@click.command()
@PROJECT
@PORT
@HOST
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
@click.option("--auth-file", type=PATH, help="TOML with the provider, roles and headers.")
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

    variables = {
        ORIGINS_VARIABLE: " ".join(check_origins(origins)),
        AUTH_VARIABLE: auth or "",
        FILE_VARIABLE: str(auth_file.resolve()) if auth_file else "",
        TRUSTED_VARIABLE: " ".join(trust),
        PUBLIC_VARIABLE: public_address or "",
    }
    check_sign_in(variables)
    many = is_folder_of_projects(project)
    if not many:
        Project.open(project)
    serve(project, port, browser, upload_limit if many else None, variables, host)


def check_sign_in(variables: Mapping[str, str]) -> None:
    """Refuse to start where people could not sign in. Raises ``InputError`` that says why."""
    sign_in = sign_in_of(variables)
    if sign_in is not None and sign_in.how == OIDC and find_spec("authlib") is None:
        raise InputError("--auth oidc needs Authlib: pip install 'kgreview[auth]'")
    token = os.environ.get(API_TOKEN_VARIABLE, "")
    if sign_in is not None and 0 < len(token) < SHORTEST_TOKEN:
        raise InputError(
            f"{API_TOKEN_VARIABLE}: give at least {SHORTEST_TOKEN} random characters, by which "
            "programs are known"
        )


@click.command()
@click.argument("project", type=PATH, default=Path("projects/demo"))
@PORT
@HOST
@click.option("--browser/--no-browser", default=True, help="Open a browser window.")
@DEVICE
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
    review_new(project, version, port, browser, host)


def review_new(
    project: Path,
    version: str | None,
    port: int,
    browser: bool,
    host: str = "localhost",
) -> None:
    """Open the review app; ``version`` was just made, and its attention is still to be measured."""
    if version is not None:
        threading.Thread(target=_check_later, args=(project, version), daemon=True).start()
    serve(project, port, browser, host=host)


def _check_later(project: Path, version: str) -> None:
    """Measure the new version's attention when the first page has had the machine to itself."""
    from kgreview.pipeline.faithfulness import check_new
    from kgreview.pipeline.project import Project

    time.sleep(PATIENCE)
    check_new(Project.open(project), version)

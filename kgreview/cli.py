"""The command ``kgreview``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from kgreview import __version__
from kgreview.commands import (
    experimenting,
    exporting,
    importing,
    reporting,
    reviewing,
    training,
    upkeep,
)
from kgreview.pipeline.guard import in_one_line, is_project_folder
from kgreview.terminal import say


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


def _named_project(arguments: Sequence[str]) -> Path | None:
    """Give the project that a command was called on, to look into where it failed."""
    paths = (Path(each) for each in arguments if not each.startswith("-"))
    return next((path for path in paths if is_project_folder(path)), None)


for _module in (importing, training, reviewing, reporting, exporting, upkeep, experimenting):
    for _command in vars(_module).values():
        if isinstance(_command, click.Command):
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
            message = in_one_line(error.__cause__, _named_project(sys.argv[1:]))
            say(f"kgreview: {message}", err=True)
        else:
            say("interrupted; nothing half-done was kept", err=True)
        sys.exit(1)
    except Exception as error:
        message = in_one_line(error, _named_project(sys.argv[1:]))
        if message is None:
            raise
        say(f"kgreview: {message}", err=True)
        sys.exit(message.exit_status)

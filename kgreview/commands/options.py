"""Options that several commands have in common."""

from __future__ import annotations

import contextlib
import functools
import math
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import click

from kgreview.errors import InputError
from kgreview.exchange.forms import SourceOptions
from kgreview.exchange.link_forms import FORM_NAMES as LINK_FORMS

DEVICE = click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda"]),
    default="auto",
    show_default=True,
    help="Where the network computes.",
)
CLUSTER = click.option(
    "--cluster",
    metavar="ADDRESS",
    help="Ray cluster to work on: its address, or local:N for N processors of this machine.  "
    "[default: this process]",
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print metrics as JSON.")
_SOURCE_OPTIONS = {  # how a source is read: the fields of SourceOptions, and what they say
    "format": "Form of the source, as `kgreview inspect` names it.  [default: detected]",
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
PROJECT = click.argument("project", type=click.Path(path_type=Path))
PATH = click.Path(path_type=Path)
LINKS_FORMAT = click.option(
    "--links-format",
    type=click.Choice(LINK_FORMS),
    help="Form of the links.  [default: detected from content and name]",
)
FOLD = click.option(
    "--fold", help="Which of the folds of an OpenEA folder, as 2 or 721_5fold/2.  [default: 1]"
)
PORT = click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=8501,
    show_default=True,
    help="Port to listen on.",
)
HOST = click.option(
    "--host",
    default="localhost",
    show_default=True,
    metavar="ADDRESS",
    help="Address to listen on; 0.0.0.0 is all. Whoever reaches it can read and decide.",
)


class Share(click.FloatRange):
    """A share within limits, of which nan is none: no range refuses it."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read it. Raises ``InputError`` for nan."""
        share = float(super().convert(value, param, ctx))
        if math.isnan(share):
            option = param.opts[0] if param else "share"
            raise InputError(f"{option} nan: give a number from {self.min:g} to {self.max:g}")
        return share


def with_source_options(*sides: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Hand a command its ``options``, a ``SourceOptions``, as the command line names them.

    With ``sides``, it gets ``left_options`` and ``right_options`` instead: for each side an option
    of its own counts before that of both. To be put below the command's other options.
    """

    def decorated(command: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(command)
        def wrapped(*args: Any, **values: Any) -> None:
            of_both, *of_sides = (
                {name: values.pop(_parameter(side, name)) for name in _SOURCE_OPTIONS}
                for side in ("", *sides)
            )
            for side, of_side in zip(sides, of_sides, strict=True):
                stated = {name: value for name, value in of_side.items() if value is not None}
                values[f"{side}_options"] = _source_options(of_both | stated)
            if not sides:
                values["options"] = _source_options(of_both)
            command(*args, **values)

        for side in reversed(("", *sides)):
            for name, words in reversed(_SOURCE_OPTIONS.items()):
                option = f"--{side}-{name}" if side else f"--{name}"
                text = f"As --{name}, of the {side} graph." if side else words
                click.option(option, _parameter(side, name), help=text)(wrapped)
        return wrapped

    return decorated


def _parameter(side: str, name: str) -> str:
    return f"{side}_{name}_option".lstrip("_")


def _source_options(values: Mapping[str, str | None]) -> SourceOptions:
    stated: dict[str, Any] = {name: value for name, value in values.items() if value is not None}
    lists = {name: tuple(stated[name].split(",")) for name in _LISTS if name in stated}
    return SourceOptions(**stated | lists)


def working_on(cluster: str | None) -> AbstractContextManager[None]:
    """Work on a cluster; its tasks take as many threads each as the network takes here."""
    if cluster is None:
        return contextlib.nullcontext()
    from kgreview.aligner.threads import threads
    from kgreview.cluster.ray_workers import on_cluster

    return on_cluster(cluster, threads())

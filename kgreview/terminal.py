"""What commands share: how they say things, and how far long work is."""

from __future__ import annotations

import functools
import json
import math
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

import click
from tqdm import tqdm

from kgreview.progress import Progress, silent
from kgreview.text.terminal import for_terminal


class Bars(Progress):
    """Shows progress on the error stream: on a terminal a bar a stage, elsewhere a line a stage.

    The line comes when the stage is over: a bar that is drawn again and again would fill a log.
    """

    at_work: ClassVar[Bars | None] = None  # whose stage is not over: what is said comes below it

    def __init__(self) -> None:
        self._terminal = on_a_terminal()
        self._bar: tqdm[Any] | None = None
        self._stage = ""
        self._done = 0
        self._total: int | None = None
        self._figures: dict[str, str] = {}
        self._began = 0.0

    def __call__(self, stage: str, done: int, total: int | None = None, **figures: float) -> None:
        """Tell how far ``stage`` is; a new stage ends the one before."""
        if stage != self._stage:
            self.close()
            self._stage, self._done, Bars.at_work = stage, 0, self
            self._began = time.monotonic()
            if self._terminal:
                self._bar = tqdm(desc=stage, unit="", file=sys.stderr, mininterval=0.1)
        ends = total is not None and self._done < total <= done
        self._done, self._total = done, total
        self._figures |= {k: f"{v:.3f}" for k, v in figures.items() if not math.isnan(v)}
        if self._bar is not None:
            self._bar.total = total
            self._bar.set_postfix(self._figures, refresh=False)
            self._bar.update(done - self._bar.n)
            if ends:  # what comes next may be long in coming
                self._bar.refresh()

    def close(self) -> None:
        """End the last stage; the same stage may come again."""
        if self._bar is not None:
            self._bar.close()
        elif self._stage:
            say(self._line(), err=True)
        self._bar, self._stage, self._figures, Bars.at_work = None, "", {}, None

    def _line(self) -> str:
        whole = self._total is None or self._done >= self._total
        count = f"{self._done:,}" + ("" if whole else f" of {self._total:,}")
        figures = "".join(f", {name} {value}" for name, value in self._figures.items())
        return f"{self._stage}: {count} in {time.monotonic() - self._began:.1f} s{figures}"


def on_a_terminal() -> bool:
    """Whether somebody sees what goes to the error stream as it comes."""
    return sys.stderr.isatty()


def with_progress(command: Callable[..., None]) -> Callable[..., None]:
    """Hand the command its progress, which is closed however the command ends; ``--quiet``: none.

    To be put below all other options, next to the command itself.
    """

    @click.option("--quiet", is_flag=True, help="Do not say how far the work is.")
    @functools.wraps(command)
    def wrapped(*args: Any, quiet: bool, **options: Any) -> None:
        if quiet:
            command(*args, progress=silent, **options)
            return
        bars = Bars()
        try:
            command(*args, progress=bars, **options)
        finally:
            bars.close()

    return wrapped


def say(text: str, *, err: bool = False) -> None:
    """Print a line; what it holds of a graph or a file is shown, and no terminal obeys it."""
    if Bars.at_work is not None and not err:
        Bars.at_work.close()
    click.echo(for_terminal(text), err=err)


def note(text: str) -> None:
    """Say on the error stream what was cut, guessed or left out."""
    say(f"note: {text}", err=True)


def show(
    figures: Mapping[str, Any] | list[dict[str, Any]],
    as_json: bool,
    lines: Iterable[str] | None = None,
) -> None:
    """Print figures, as JSON or in ``lines`` that say the same; without these, one a line."""
    if as_json:
        say(json.dumps(figures, indent=1, ensure_ascii=False))
        return
    if lines is None:
        assert isinstance(figures, Mapping)
        lines = _lines(figures)
    for line in lines:
        say(line)


def _lines(figures: Mapping[str, Any], indent: str = "") -> list[str]:
    lines = []
    for name, value in figures.items():
        title = name.replace("_", " ")
        if isinstance(value, Mapping):
            lines += [f"{indent}{title}", *_lines(value, indent + "  ")]
        elif isinstance(value, float):
            lines.append(f"{indent}{title:<20} {value:,.4g}")
        elif isinstance(value, int):
            lines.append(f"{indent}{title:<20} {value:,}")
        elif isinstance(value, list):
            lines.append(f"{indent}{title:<20} {', '.join(map(str, value)) or 'nothing'}")
        else:
            lines.append(f"{indent}{title:<20} {'unknown' if value is None else value}")
    return lines

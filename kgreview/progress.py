"""How work tells its caller how far it has come and what it left out: a bar, a job, nobody."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol


class Progress(Protocol):
    """Called every now and then by long work."""

    def __call__(self, stage: str, done: int, total: int | None = None, **figures: float) -> None:
        """Report that ``done`` of ``total`` units (``None``: unknown) of ``stage`` are over.

        ``stage`` is in words ("read left entities"); ``figures`` are worth showing beside the bar
        (``loss``, ``prauc``). An exception raised here stops the work, which leaves things whole.
        """


def silent(stage: str, done: int, total: int | None = None, **figures: float) -> None:
    """Report to nobody."""


class Notice(Protocol):
    """Called once for each kind of thing that was skipped, cut or guessed."""

    def __call__(self, text: str, /) -> None:
        """Say in one line what, how many, and what to do about it."""


def unheard(text: str) -> None:
    """Tell nobody."""


def about(source: Path | str, notice: Notice) -> Notice:
    """Have each line begin with the source it is about, where it does not name its file itself."""
    file = f"{Path(source).name}: "
    return lambda text: notice(f"{source}: {text.removeprefix(file)}")

"""How long work tells its caller how far it has come, whoever shows it: a bar, a job, nobody."""

from __future__ import annotations

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

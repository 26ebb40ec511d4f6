"""What a user did or met, said in one line. Everything else is a defect and shows a traceback."""

from __future__ import annotations

from pathlib import Path


class KGReviewError(Exception):
    """Something went wrong that the user can act on. The message says what, where, what to do."""

    exit_status = 1


class InputError(KGReviewError):
    """The user's input is at fault: a file, an option, an id."""

    exit_status = 2

    @classmethod
    def at(
        cls, path: Path | str, what: str, *, row: int | None = None, column: str | None = None
    ) -> InputError:
        """Name the place: file, row (1 is the header) and column, then what is wrong there."""
        place = str(path)
        if row is not None:
            place += f", row {row}"
        if column is not None:
            place += f", column '{column}'"
        return cls(f"{place}: {what}")

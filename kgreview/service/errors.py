"""Which status an error is answered with."""

from __future__ import annotations

from kgreview.errors import InputError, KGReviewError
from kgreview.store.rights import RightError


class MissingError(InputError):
    """What is asked for is not there."""


class TooLargeError(InputError):
    """A request is larger than what is answered."""


def status_of(error: KGReviewError) -> int:
    """Give the HTTP status: of what was asked wrongly, and of what a project cannot answer now."""
    if isinstance(error, MissingError):
        return 404
    if isinstance(error, RightError):
        return 403
    if isinstance(error, TooLargeError):
        return 413
    return 400 if isinstance(error, InputError) else 409

"""Review entity matches between two knowledge graphs.

>>> import kgreview
>>> project = kgreview.Project.open("films")  # doctest: +SKIP
>>> project.alignment(precision=0.98)  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kgreview.api import ConflictError, Entity, Pair, Project, SourceOptions
    from kgreview.errors import InputError, KGReviewError

__version__ = "0.2.0"

__all__ = [
    "ConflictError",
    "Entity",
    "InputError",
    "KGReviewError",
    "Pair",
    "Project",
    "SourceOptions",
]

_HOMES = dict.fromkeys(__all__, "kgreview.api") | {
    "InputError": "kgreview.errors",
    "KGReviewError": "kgreview.errors",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for, not before: pandas and Arrow take a second to import."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'kgreview' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

"""What holds for a project as a whole, changed by who owns it and in force from the next press."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kgreview.active.query_plan import DEFAULT_SHARES
from kgreview.pipeline.asked_types import plan_anew
from kgreview.pipeline.project import Project
from kgreview.progress import Notice, unheard
from kgreview.store.rights import Right, permit


def shares_asked(project: Project) -> dict[str, float]:
    """Give the shares of query strategies that the queue is planned by; they add up to 1."""
    return dict(project.settings.strategies or DEFAULT_SHARES)


def save_settings(project: Project, changes: Mapping[str, Any], notice: Notice = unheard) -> None:
    """Keep changed settings, by their names; all others stay as they are.

    Other shares of strategies have the query plan made anew at once. ``notice``: is told what
    failed after the settings were saved. Raises ``InputError`` for what makes no sense, of which
    nothing is kept, ``RightError`` for who may not.
    """
    with project.database() as db:
        permit(db, Right.MANAGE)
    project.save_settings(**changes)
    if "strategies" in changes:
        with project.database() as db:
            plan_anew(project, db, notice)

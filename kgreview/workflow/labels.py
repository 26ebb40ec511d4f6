"""Whether there is enough to learn from, told without torch."""

from __future__ import annotations

from kgreview.review.database import Database
from kgreview.review.decisions import training_decisions
from kgreview.review.versions import current_version
from kgreview.workflow.project import Project

FEWEST_MATCHES = 10  # for a first network without links: with fewer, similarity is better


def matches_missing(project: Project, db: Database) -> int:
    """Give how many more accepted pairs a first network needs.

    0 where links teach, or where the current version is a network already.
    """
    current = current_version(db)
    if len(project.links("train")) or (current is not None and current.kind != "similarity"):
        return 0
    accepted = {(each.left, each.right) for each in training_decisions(db) if each.label}
    return max(0, FEWEST_MATCHES - len(accepted))

"""What curators are asked about: by the schema's types and the project's shares of strategies."""

from __future__ import annotations

from kgreview.errors import KGReviewError
from kgreview.pipeline.audit_sample import candidate_scores
from kgreview.pipeline.project import Project
from kgreview.pipeline.query_plan import plan_queue
from kgreview.progress import Notice, unheard
from kgreview.store.asked_types import replace_not_asked
from kgreview.store.database import Database
from kgreview.store.versions import current_version


def ask_by_schema(project: Project, db: Database, notice: Notice = unheard) -> bool:
    """See to it that the queue asks about the types that the schema says; tell if that is new.

    A schema may be edited on a page or by hand, so this is called wherever somebody is asked. The
    query plan is then made anew, see ``plan_anew``.
    """
    if not replace_not_asked(db, ((pair.left, pair.right) for pair in project.schema.not_asked)):
        return False
    plan_anew(project, db, notice)
    return True


def plan_anew(project: Project, db: Database, notice: Notice = unheard) -> None:
    """Make the query plan of the current version anew, without training or scoring.

    It is in force from the next question on, and takes some seconds for a million candidates.
    ``notice``: is told where it fails; the queue then goes on by the plan as it is, without what is
    not asked about.
    """
    version = current_version(db)
    if version is not None and version.scored:
        try:
            plan_queue(project, db, version.name, candidate_scores(project, db, version))
        except KGReviewError as error:
            notice(f"The query plan stays as it was: {error}")

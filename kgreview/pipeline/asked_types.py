"""Which types curators are asked about, as the schema says: in force from the next question on."""

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
    query plan of the current version is then made anew, without training or scoring: some seconds
    for a million candidates. ``notice``: is told where that fails; the queue then goes on by the
    plan as it is, without what is not asked about.
    """
    if not replace_not_asked(db, ((pair.left, pair.right) for pair in project.schema.not_asked)):
        return False
    version = current_version(db)
    if version is not None and version.scored:
        try:
            plan_queue(project, db, version.name, candidate_scores(project, db, version))
        except KGReviewError as error:
            notice(f"The query plan stays as it was: {error}")
    return True

"""Pairs for who may look and not decide: shown as they stand, and kept from nobody."""

from __future__ import annotations

from dataclasses import replace

from kgreview.pipeline.asked_types import ask_by_schema
from kgreview.pipeline.entity_index import indexed
from kgreview.pipeline.project import Project
from kgreview.review import any_pair
from kgreview.review.session import view_of
from kgreview.store import decisions, questions, queue
from kgreview.store.pair_filter import PairFilter
from kgreview.ui.pair import PairView
from kgreview.ui.past_decision import decided_words

_WHY = "You look at it; nobody is kept from deciding it."


def open_pair(project: Project, wanted: PairFilter, place: int) -> PairView | None:
    """Give the open pair at a place of the queue; ``None`` past its end."""
    if wanted.narrows:
        indexed(project)
    with project.database() as db:
        ask_by_schema(project, db)
        pair = queue.open_pair(db, wanted, place)
    return None if pair is None else given_pair(project, *pair)


def given_pair(project: Project, left: str, right: str) -> PairView | None:
    """Give a certain pair with what stands of it; ``None`` where ``refused`` says why it cannot."""
    with project.database() as db:
        question = questions.looked_at(db, left, right)
        standing = decisions.standing(db, left=left, right=right)
    if question is None:
        if any_pair.refusal(project, left, right) is not None:
            return None
        question = any_pair.outside_question(project, "", left, right)
    view = view_of(project, replace(question, why=_WHY), hidden=False)
    return replace(view, decided=decided_words(standing))

"""The dialog that says why a pair is judged so. No page itself."""

from __future__ import annotations

import streamlit as st

from kgreview.pipeline import explanation
from kgreview.pipeline.project import Project
from kgreview.store.questions import Question
from kgreview.ui.counterfactual import why_html
from kgreview.ui.pair import PairView
from pages.choice import address
from pages.shared import errors_in_one_line, open_dialog


def why_button(project: Project, view: PairView) -> None:
    """Offer to say why; not where the score is hidden, since the answer would tell it."""
    question = view.question
    if view.hidden or question.version is None or question.score is None:
        return
    words = "What would flip it, and why not the strongest competitor"
    pressed = st.button(
        "Why", key=f"why-{question.token}", shortcut="Y", type="tertiary", help=words
    )
    if pressed:
        version = question.version
        open_dialog("Why this score", lambda: _why(project, question, version), width="large")


def _why(project: Project, question: Question, version: str) -> None:
    left, right = project.left.row(question.left), project.right.row(question.right)
    with errors_in_one_line(), st.spinner("Leaving out one part after another …"):
        this = explanation.contender(project, version, left, right)
        flip = explanation.flip(project, version, left, right)
        competitor = explanation.strongest_competitor(
            project, version, question.left, question.right
        )
        st.html(why_html(this, flip, question.threshold or 0.5, competitor))
        pair = {"left": question.left, "right": question.right}
        st.page_link("pages/explain.py", label="See it step by step", query_params=address(pair))

"""Offers to say that an entity has no counterpart, once two of its candidates are rejected."""

from __future__ import annotations

import streamlit as st

from kgreview.pipeline.project import Project
from kgreview.review.entities import may_have_none
from kgreview.store.decisions import Decision
from kgreview.store.outcomes import Outcome
from kgreview.ui.heading import markdown_text, saved_html
from kgreview.ui.pair import PairView
from kgreview.ui.text import clip
from pages.shared import open_pair

FEWEST = 2  # rejected candidates, from which on it is offered


def note_answer(project: Project, curator: str, view: PairView, saved: Decision) -> None:
    """Remember whose candidates were rejected, as long as the entity is open."""
    st.session_state.pop("rejected", None)
    if saved.outcome is Outcome.NO_MATCH and may_have_none(project, curator, saved.left, FEWEST):
        st.session_state.rejected = saved.left, saved.right, view.left.name


def last_answer(view: PairView) -> None:
    """Say what the last answer came to, and lead back where 0 may be the right one."""
    left, right, name = st.session_state.get("rejected", ("", "", ""))
    if left and left != view.question.left:
        st.button(
            f"None for {markdown_text(clip(name, 12), 40)}?",
            key=f"none-for-{view.question.token}",
            help="You rejected two of its candidates. Open it again, and press 0 if none is right.",
            type="tertiary",
            on_click=_open_again,
            args=(left, right),
        )
    if answer := st.session_state.get("said"):
        st.html(saved_html(answer))


def _open_again(left: str, right: str) -> None:
    st.session_state.pop("rejected", None)
    open_pair((left, right))

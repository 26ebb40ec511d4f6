"""One candidate pair on one screen: look, press a key, the next one comes."""

from __future__ import annotations

import secrets
import time

import streamlit as st

from kgreview.errors import KGReviewError
from kgreview.review.outcomes import Outcome
from kgreview.review.queue import Question
from kgreview.views.heading import empty_html, line_html, markdown_text, said_html
from kgreview.views.pair import PairView
from kgreview.views.text import clip
from kgreview.workflow import desk
from kgreview.workflow.project import Project
from pages.shared import curator, dark, errors_in_one_line, open_project

CANVAS_HEIGHT = 382  # at 1366 × 768; the style sheet follows the window
BUTTONS = (
    (Outcome.MATCH, "Accept", "A", "They are the same"),
    (Outcome.NO_MATCH, "Reject", "X", "They are not the same"),
    (Outcome.UNSURE, "Unsure", "U", "It cannot be told; the pair leaves the queue"),
    (Outcome.SKIP, "Skip", "S", "Not now; the pair stays open for others"),
)
SAID = {
    Outcome.MATCH: "Accepted",
    Outcome.NO_MATCH: "Rejected",
    Outcome.UNSURE: "Marked unsure",
    Outcome.SKIP: "Skipped",
    Outcome.NO_COUNTERPART: "Marked as without counterpart",
}


def decide(name: str, view: PairView, outcome: Outcome) -> None:
    """Save what was said of this very pair, whatever the page shows by now."""
    token, since = st.session_state.get("shown", ("", 0.0))
    seconds = time.monotonic() - since if token == view.question.token else None
    try:
        saved = desk.decide(project, name, view.question, outcome, seconds)
    except KGReviewError as error:
        st.session_state.problem = str(error)
        return
    open_pair(None)
    names = f"{clip(view.left.name, 18)} – {clip(view.right.name, 18)}"
    st.session_state.said = f"{SAID[saved.outcome]}: {names} · Z takes it back"


def take_back(name: str, token: str) -> None:
    """Undo the last decision and show its pair again."""
    st.session_state.pop("undo_token", None)
    try:
        undone = desk.undo(project, name, token)
    except KGReviewError as error:
        st.session_state.problem = str(error)
        return
    if undone is None:
        st.session_state.said = "Nothing to undo"
        return
    open_pair((undone.left, undone.right))
    st.session_state.said = f"Taken back: {SAID[undone.outcome].lower()}. Here is the pair again"


def open_pair(pair: tuple[str, str] | None) -> None:
    """Name a pair in the address, where a link may have put it too; ``None`` asks the queue."""
    for parameter, entity in zip(("left", "right"), pair or ("", ""), strict=True):
        if entity:
            st.query_params[parameter] = entity
        else:
            st.query_params.pop(parameter, None)


def show(name: str, view: PairView) -> None:
    """Draw heading, decision bar, attributes and canvas."""
    question: Question = view.question
    st.html(view.heading())
    st.html(line_html(question.why, desk.standing(project, name).figures(name)))
    with st.container(key="bar", horizontal=True):
        for outcome, label, key, help_text in BUTTONS:
            st.button(
                label,
                key=f"{outcome.value}-{question.token}",
                shortcut=key,
                help=help_text,
                on_click=decide,
                args=(name, view, outcome),
            )
        undo_button(name)
    st.html(f'<div class="kg-scroll">{view.attributes()}</div>')
    st.iframe(view.canvas(height=CANVAS_HEIGHT, dark=dark()), height=CANVAS_HEIGHT)
    if st.session_state.get("shown", ("",))[0] != question.token:
        st.session_state.shown = (question.token, time.monotonic())


def undo_button(name: str) -> None:
    """Offer to take back the last decision, once a press; beside it, what was saved last."""
    token = st.session_state.setdefault("undo_token", secrets.token_hex(8))
    st.button(
        "Undo",
        key=f"undo-{token}",
        shortcut="Z",
        help="Take back your last decision",
        on_click=take_back,
        args=(name, token),
    )
    if said := st.session_state.get("said"):
        st.html(said_html(said))


def nothing_left(name: str) -> None:
    """Say why no pair is shown and what to do."""
    state = desk.standing(project, name)
    if not state.candidates:
        words = "No candidates yet", f"Find them: `kgreview run {project.path}`"
    elif state.version is None:
        words = "No scores yet", f"Train and score: `kgreview run {project.path}`"
    else:
        words = (
            "Nothing left to ask you",
            f"{state.mine:,} decisions are yours, {state.everybody:,} everybody's. "
            "Fine-tune on the Model page, and the scores follow what you taught.",
        )
    st.html(empty_html(*words))
    if state.mine:
        with st.container(key="bar", horizontal=True, horizontal_alignment="center"):
            undo_button(name)


project: Project = open_project()
reviewer = curator()
if problem := st.session_state.pop("problem", None):
    st.error(markdown_text(problem, 400), icon=":material/error:")
with errors_in_one_line():
    left, right = st.query_params.get("left"), st.query_params.get("right")
    shown = desk.given_pair(project, reviewer, left, right) if left and right else None
    shown = shown or desk.next_pair(project, reviewer)
    with st.container(key="desk"):
        if shown is None:
            nothing_left(reviewer)
        else:
            show(reviewer, shown)

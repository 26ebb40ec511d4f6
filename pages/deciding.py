"""The decision bar: a key for each outcome; what is asked before an answer at odds. No page."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence

import streamlit as st

from kgreview.pipeline.project import Project
from kgreview.review import session
from kgreview.review.entity_search import left_name
from kgreview.store.conflicts import Conflict
from kgreview.store.outcomes import QUALIFIED, Outcome
from kgreview.ui.heading import notice_html
from kgreview.ui.pair import PairView
from kgreview.ui.pressed import saved_words, taken_back_words
from pages.asides import help_dialog, note_dialog, toggle_flag
from pages.finding import end_search, is_searching, search_button, start_search
from pages.keys import BUTTONS, CHOICES, QUALIFIERS
from pages.no_counterpart import last_answer, note_answer
from pages.shared import errors_in_one_line, open_pair, toggle_blind


def decision_bar(project: Project, name: str, view: PairView) -> None:
    """Offer the outcomes, and what may be said beside them."""
    token = view.question.token
    for outcome, *_ in BUTTONS:
        outcome_button(project, name, view, outcome)
    if project.settings.qualified_matches:
        for outcome, *_ in QUALIFIERS:
            outcome_button(project, name, view, outcome)
    undo_button(project, name)
    search_button(view)
    draft = session.draft_of(project, name, view.question)
    noted = "Noted" if draft.note or draft.reason else "Note"
    if st.button(noted, key=f"note-{token}", shortcut="N", type="tertiary"):
        note_dialog(project, name, view.question)
    st.button(
        "Flagged" if draft.flagged else "Flag",
        key=f"flag-{token}",
        shortcut="F",
        type="tertiary",
        on_click=toggle_flag,
        args=(project, name, view.question),
    )
    blind = "Unblind" if view.hidden else "Blind"
    st.button(blind, key=f"blind-{token}", shortcut="B", type="tertiary", on_click=toggle_blind)
    if st.button("Help", key=f"help-{token}", shortcut="H", type="tertiary"):
        help_dialog(project)
    last_answer(view)


def outcome_button(project: Project, name: str, view: PairView, outcome: Outcome) -> None:
    """Offer one outcome."""
    offered = (*BUTTONS, *QUALIFIERS)
    label, key, words = next(rest for each, *rest in offered if each is outcome)
    st.button(
        label,
        key=f"{outcome.value}-{view.question.token}",
        shortcut=key,
        help=words,
        type="tertiary" if outcome in QUALIFIED else "secondary",
        on_click=search_first if outcome is Outcome.NO_COUNTERPART else press,
        args=(project, name, view, outcome),
    )


def conflict_bar(
    project: Project, name: str, view: PairView, outcome: Outcome, conflicts: list[Conflict]
) -> None:
    """Say what the answer is at odds with, and offer the three ways on."""
    for choice, label, key, words in CHOICES:
        if choice == "switch" and not any(each.decisions for each in conflicts):
            continue  # a known link cannot be taken back
        st.button(
            label,
            key=f"{choice}-{view.question.token}",
            shortcut=key,
            help=words,
            on_click=choose,
            args=(project, name, view, outcome, choice),
        )
    st.html(notice_html(*(each.words for each in conflicts[:2])))


def undo_button(project: Project, name: str) -> None:
    """Offer to take back the last decision, once a press."""
    token = st.session_state.setdefault("undo_token", secrets.token_hex(8))
    st.button(
        "Undo",
        key=f"undo-{token}",
        shortcut="Z",
        help="Undo your last decision",
        on_click=take_back,
        args=(project, name, token),
    )


def press(project: Project, name: str, view: PairView, outcome: Outcome) -> None:
    """Save what was said of this very pair, unless it is at odds with something: then ask.

    Once it was asked, only its answers count: until the page has drawn them, the keys of the bar
    before are there.
    """
    if st.session_state.get("odds", ("",))[0] == view.question.token:
        return
    end_search()
    with errors_in_one_line(later=True):
        decide(project, name, view, outcome)


def search_first(project: Project, name: str, view: PairView, outcome: Outcome) -> None:
    """Before the left entity is said to have no counterpart, show what else is called like it.

    Once: the same key then saves it.
    """
    if is_searching(view):
        press(project, name, view, outcome)
    elif st.session_state.get("odds", ("",))[0] != view.question.token:
        with errors_in_one_line(later=True):
            start_search(view, left_name(project, view.question.left), before_none=True)


def choose(project: Project, name: str, view: PairView, outcome: Outcome, choice: str) -> None:
    """Save what the curator wants after having been told what it is at odds with."""
    *_, conflicts = st.session_state.pop("odds", ("", outcome, []))
    with errors_in_one_line(later=True):
        if choice == "keep":
            decide(project, name, view, Outcome.SKIP)
        else:
            decide(project, name, view, outcome, seen=conflicts, switch=choice == "switch")


def decide(
    project: Project,
    name: str,
    view: PairView,
    outcome: Outcome,
    seen: Sequence[Conflict] = (),
    *,
    switch: bool = False,
) -> None:
    """Save a decision, say what stands, and let the queue go on.

    Nothing is saved, and it is asked first, where the answer is at odds with anything but what the
    curator has ``seen``; ``switch`` takes that back.
    """
    token, since = st.session_state.get("shown", ("", 0.0))
    try:
        saved = session.decide(
            project,
            name,
            view.question,
            session.Answer(
                outcome,
                time.monotonic() - since if token == view.question.token else None,
                hidden=view.hidden,
                draft=session.draft_of(project, name, view.question),
            ),
            set_aside=seen if switch else (),
            seen=seen,
            notice=_keep_problem,
        )
    except session.AtOddsError as odds:
        st.session_state.odds = (view.question.token, outcome, odds.conflicts)
        return
    open_pair(None)
    st.session_state.said = saved_words(view, outcome, saved)
    note_answer(project, name, view, saved)


def _keep_problem(text: str) -> None:
    st.session_state.problem = text


def take_back(project: Project, name: str, token: str) -> None:
    """Undo the last decision and show its pair again."""
    st.session_state.pop("undo_token", None)
    st.session_state.pop("odds", None)
    end_search()
    with errors_in_one_line(later=True):
        undone = session.undo(project, name, token)
        if undone is None:
            st.session_state.said = "Nothing to undo"
            return
        open_pair((undone.left, undone.right))
        st.session_state.said = taken_back_words(undone)

"""One candidate pair on one screen: look, press a key, the next one comes."""

from __future__ import annotations

import time
from collections.abc import Sequence

import streamlit as st

from kgreview.pipeline import explanation
from kgreview.pipeline.project import Project
from kgreview.review import counts, looking, session
from kgreview.review.nothing_left import nothing_left
from kgreview.review.people import may
from kgreview.review.version_news import version_news
from kgreview.store.outcomes import Outcome
from kgreview.store.pair_filter import EVERYTHING
from kgreview.store.rights import Right
from kgreview.ui.css import table_css
from kgreview.ui.heading import competitor_label, empty_html, line_html, markdown_text
from kgreview.ui.pair import PairView
from pages.assigning import assign_part, open_assigned
from pages.canvas import canvas
from pages.choice import address, projects_link
from pages.deciding import conflict_bar, decision_bar, outcome_button, undo_button
from pages.filters import all_button, filter_button, want, wanted_pairs
from pages.finding import back_button, is_searching, search_field, search_results
from pages.looking import next_open, viewer_bar
from pages.messages import tell_outcome
from pages.shared import (
    dark,
    dialog_open,
    errors_in_one_line,
    is_blind,
    no_dialog,
    open_pair,
    open_project,
)
from pages.who import curator
from pages.why import why_button

# shares of the window that the table has, and pixels left to the canvas at 1366 × 768
TABLE, CANVAS_HEIGHT = 0.254, 382
TALL_TABLE, LOW_CANVAS_HEIGHT = 0.345, 312
AGAIN = 1.5  # s until it is looked whether an explanation has come


def show(name: str, view: PairView) -> None:
    """Draw heading, decision bar, attributes, other candidates and canvas.

    All is at hand before the first of it is sent: so it comes at once, and of one pair.
    """
    view, unscored = session.scored_at_once(project, view)
    view, unexplained = explanation.explained(project, view)
    question = view.question
    if st.session_state.get("shown", ("",))[0] != question.token:
        st.session_state.shown = (question.token, time.monotonic())
    standing = counts.review_counts(project, name, wanted, question.left_type)
    others = (
        () if is_searching(view) else session.competitors(project, question, hidden=view.hidden)
    )
    height, is_dark = LOW_CANVAS_HEIGHT if view.is_tall else CANVAS_HEIGHT, dark()
    heading, table = view.heading(), view.attributes()
    drawing = view.canvas(height=height, dark=is_dark)
    announce_version(question.version)
    st.html(table_css(TALL_TABLE if view.is_tall else TABLE))
    st.html(heading)
    st.html(line_html(view.why, standing.figures(name if decides else None)))
    with st.container(key="bar", horizontal=True):
        bar(name, view)
    # what is found is told with type, id and values, and needs more room than other candidates
    left, right = st.columns([0.4, 0.6] if is_searching(view) else [0.76, 0.24], gap="small")
    left.html(table)
    with right.container(key="others"):
        if is_searching(view):
            search_results(project, view)
        else:
            other_candidates(view, others)
    canvas(drawing, question.token, height=height, dark=is_dark)
    if unscored or unexplained:
        # not more often: each run takes time from the thread that loads
        st.fragment(wait_for_network, run_every=AGAIN)(view, time.monotonic())
    open_pair((question.left, question.right))


def bar(name: str, view: PairView) -> None:
    """Offer what may be done with the pair now."""
    token, outcome, conflicts = st.session_state.get("odds", ("", Outcome.MATCH, []))
    if not decides:
        viewer_bar(project, view, wanted)
    elif token == view.question.token:
        conflict_bar(project, name, view, outcome, conflicts)
    elif is_searching(view):
        search_field(view)
        outcome_button(project, name, view, Outcome.NO_COUNTERPART)
        back_button(view)
    else:
        decision_bar(project, name, view)
        why_button(project, view)
        if may(project, Right.MANY):
            all_button(project, name, wanted)
        filter_button(project, wanted, lambda: assign_part(project, name, wanted))


def announce_version(name: str | None) -> None:
    """Tell, once, what a version changes that has come since the last pair was shown."""
    seen = st.session_state.get("version")
    st.session_state.version = name
    if seen is not None and name != seen and (news := version_news(project, seen)) is not None:
        st.toast(markdown_text(news, 300), icon=":material/model_training:", duration="infinite")


def wait_for_network(view: PairView, drawn: float) -> None:
    """Draw the pair anew once its explanation is there; nobody waits for it to decide.

    Not while it is ``drawn`` the first time: the page would be made twice for one press.
    """
    if time.monotonic() - drawn < AGAIN / 2:
        return
    scored, unscored = session.scored_at_once(project, view)
    if not dialog_open() and not unscored and not explanation.explained(project, scored)[1]:
        st.rerun(scope="app")


def other_candidates(view: PairView, others: Sequence[session.Competitor]) -> None:
    """Offer the other candidates of both entities, one key each."""
    for number, competitor in enumerate(others, 1):
        st.button(
            competitor_label(
                competitor.side, competitor.name, competitor.score, is_open=competitor.open
            ),
            key=f"competitor{number}-{view.question.token}",
            shortcut=str(number),
            type="tertiary",
            width="stretch",
            on_click=open_pair,
            args=((competitor.left, competitor.right),),
        )
    if not others:
        st.caption("No other candidate of either entity.")


def say_nothing_is_left(name: str) -> None:
    """Say why no pair is shown and what to do."""
    lines = nothing_left(project, name, wanted)
    st.html(empty_html(lines.title, *lines.sentences))
    with st.container(key="empty", horizontal=True, horizontal_alignment="center"):
        if decides:
            undo_button(project, name)
        if wanted != EVERYTHING:
            st.button("Clear the filter", on_click=want, args=(EVERYTHING,))
            filter_button(project, wanted)
        for page in lines.pages:
            st.page_link(f"pages/{page}.py", label=page.capitalize(), query_params=address())
    projects_link("The steps of this project")


def opened(left: str, right: str) -> PairView | None:
    """Give the pair that the address names, or say why it cannot be shown."""
    if decides:
        found = session.given_pair(project, reviewer, left, right, hidden=is_blind())
    else:
        found = looking.given_pair(project, left, right)
    if found is None:
        why_not = session.refused(project, left, right)
        st.session_state.said = f"{why_not}; this is the next pair"
    return found


def asked() -> PairView | None:
    """Give the next pair of the queue, which nobody who only looks is asked."""
    if decides:
        return session.next_pair(project, reviewer, wanted, hidden=is_blind())
    return next_open(project, wanted)


project: Project = open_project()
no_dialog()
reviewer = curator(project)
wanted = wanted_pairs()
tell_outcome()
with errors_in_one_line():
    decides = may(project, Right.DECIDE)
    if decides:
        wanted = open_assigned(project, reviewer, wanted)
    left, right = st.query_params.get("left"), st.query_params.get("right")
    shown = (opened(left, right) if left and right else None) or asked()
    with st.container(key="desk"):
        if shown is None:
            say_nothing_is_left(reviewer)
        else:
            show(reviewer, shown)

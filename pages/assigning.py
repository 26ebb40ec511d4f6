"""Assigned work: given to somebody from the filter, opened for them, listed. No page itself."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from kgreview.pipeline.project import Project
from kgreview.review import assigning
from kgreview.review.people import may
from kgreview.store.pair_filter import EVERYTHING, PairFilter
from kgreview.store.rights import Right
from kgreview.ui.heading import markdown_text
from kgreview.ui.text import plain
from pages.filters import want
from pages.layout import choose_row
from pages.shared import errors_in_one_line


def open_assigned(project: Project, reviewer: str, wanted: PairFilter) -> PairFilter:
    """Go to what is assigned to somebody, each part once; gives the filter that holds now.

    Whoever clears the filter, or follows a link to a pair or to another filter, is not led back.
    """
    if wanted != EVERYTHING or "left" in st.query_params:
        return wanted
    opened = st.session_state.setdefault("assignments_opened", [])
    for given in assigning.assigned(project, reviewer):
        key = str(project.path), given.id, given.assigned_at
        if key not in opened:
            opened.append(key)
            want(given.filter)
            words = (
                f"Assigned to you by {given.assigned_by}: {assigning.filter_words(given.filter)}"
            )
            st.toast(markdown_text(words, 300), icon=":material/assignment_ind:")
            return given.filter
    return wanted


def assign_part(project: Project, reviewer: str, wanted: PairFilter) -> None:
    """Offer to give a filter to somebody, for who may."""
    if not wanted.narrows or not may(project, Right.ASSIGN):
        return
    names = assigning.names(project)
    with st.form(f"assign-{wanted.key}", border=False):
        one, two, three = st.columns([0.4, 0.4, 0.2], vertical_alignment="bottom")
        curator = one.selectbox("Assign this filter to", names, None, _name, placeholder="nobody")
        second = two.selectbox("Second curator", names, None, _name, placeholder="nobody")
        share = three.number_input(
            "Share",
            *(0.0, 1.0, 0.2, 0.05),
            format="%g",
            help="Of what the first decides, so much is asked the second, without the answer",
        )
        if st.form_submit_button("Assign", disabled=not names) and curator:
            with errors_in_one_line(later=True):
                assigning.assign(
                    project,
                    curator,
                    wanted,
                    by=reviewer,
                    second=second or "",
                    share=share if second else 0.0,
                )
                st.session_state.done = f"Assigned to {curator}: {assigning.filter_words(wanted)}."
            st.rerun()


def assigned_part(project: Project, reviewer: str) -> None:
    """List what is assigned, and offer to take it back, for who may."""
    listed = assigning.assigned(project)
    st.markdown("**Assigned work**")
    if not listed:
        st.caption("Nothing is assigned. The filter of the Review page gives a part to somebody.")
        return
    chosen = choose_row(
        pd.DataFrame([assigning.assignment_row(given) for given in listed]),
        key=f"assigned-{listed[-1].id}-{len(listed)}",
        row_height=30,
    )
    if may(project, Right.ASSIGN):
        given = listed[chosen or 0]
        st.button(
            f"Take back from {markdown_text(given.curator, 40)}",
            key=f"withdraw-{given.id}",
            on_click=take_back,
            args=(project, given.id, reviewer),
        )


def take_back(project: Project, number: int, reviewer: str) -> None:
    """Take an assignment back."""
    with errors_in_one_line(later=True):
        assigning.withdraw(project, number, reviewer)
        st.session_state.done = "Taken back; decisions stay."


def _name(name: str) -> str:
    return plain(name, 60)

"""All decisions: who said what of which pair, when, and what was shown. None is ever lost."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from kgreview.pipeline.project import Project
from kgreview.review import history
from kgreview.review.history import HistoryRow
from kgreview.store.history import PARAMETERS, SORTS, STATES, HistoryFilter
from kgreview.store.outcomes import QUALIFIED, Outcome
from kgreview.ui.heading import empty_html
from kgreview.ui.past_decision import SAID, past_html, past_row
from pages.choice import address
from pages.layout import choose_row_of_page, turn_pages
from pages.messages import tell_outcome
from pages.shared import errors_in_one_line, open_project
from pages.who import curator

PAGE = 50


def filters() -> HistoryFilter:
    """Ask what to list; the address keeps it."""
    wanted = HistoryFilter.from_parameters(st.query_params.to_dict())
    people = history.curators(project)
    key = urlencode(wanted.parameters(), errors="replace")
    with st.form(f"history-{key}", border=False), st.container(horizontal=True, key="history_form"):
        text = st.text_input("Name, id or note", wanted.text, max_chars=200)
        who = st.selectbox(
            "Curator",
            people,
            index=people.index(wanted.curator) if wanted.curator in people else None,
            placeholder="all",
        )
        values = [outcome.value for outcome in Outcome]
        outcome = st.selectbox(
            "Outcome",
            values,
            index=values.index(wanted.outcome) if wanted.outcome else None,
            format_func=lambda value: SAID[Outcome(value)],
            placeholder="all",
        )
        state = st.selectbox(
            "State",
            STATES,
            index=STATES.index(wanted.state) if wanted.state else None,
            placeholder="all",
        )
        since = day_input("From (UTC)", wanted.since)
        until = day_input("To (UTC)", wanted.until)
        sort = st.selectbox("Order", list(SORTS), list(SORTS).index(wanted.sort))
        flagged = st.checkbox("Flagged", wanted.flagged)
        if st.form_submit_button("Show", type="primary"):
            chosen = HistoryFilter(
                sort, who or "", outcome or "", state or "", flagged, text.strip(), since, until
            ).parameters()
            for name in PARAMETERS:
                st.query_params.pop(name, None)
            st.query_params.update(chosen)
            st.rerun()
    return wanted


def day_input(label: str, day: str) -> str:
    """Ask for a day; '' is none."""
    given = date.fromisoformat(day) if day else None
    chosen = st.date_input(
        label, given, min_value=date.min, max_value=date.max, format="YYYY-MM-DD"
    )
    return chosen.isoformat() if chosen else ""


def undo(row: HistoryRow) -> None:
    """Take the chosen decision back."""
    with errors_in_one_line(later=True):
        history.undo_decision(project, row.past.decision.id, reviewer)
        st.session_state.done = (
            f"Decision {row.past.decision.id} is undone; its pair is open again or has "
            "its previous answer."
        )


def details(row: HistoryRow) -> None:
    """Show one decision whole, and what can be done about it."""
    d = row.past.decision
    st.html(past_html(row.past, row.left_name, row.right_name))
    stands = row.past.state == "stands"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.page_link(
            "pages/review.py",
            label="Open the pair",
            icon=":material/open_in_new:",
            query_params=address({"left": d.left, "right": d.right}),
        )
        st.button("Undo it", on_click=undo, args=(row,), disabled=not stands, key=f"undo-{d.id}")
    with (
        st.form(f"revise-{d.id}", border=False),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        qualified = project.settings.qualified_matches
        outcomes = [each for each in Outcome if qualified or each not in QUALIFIED]
        outcome = st.selectbox("Replace it with", outcomes, format_func=SAID.__getitem__)
        note = st.text_input("Note: why it changes", max_chars=2000)
        if st.form_submit_button("Supersede", disabled=not stands):
            if not note.strip():
                st.error("Please say why.")
                return
            with errors_in_one_line(later=True):
                history.revise(project, d.id, reviewer, outcome, note.strip())
                st.session_state.done = f"Decision {d.id} is superseded."
            st.rerun()


def table(wanted: HistoryFilter) -> None:
    """List one page, and offer the pages beside it and all of it as CSV."""
    cursors = st.session_state.setdefault("cursors", {}).setdefault(wanted, [None])
    rows, following = history.history_page(project, wanted, cursors[-1], PAGE)
    while not rows and len(cursors) > 1:  # all that was on this page has been undone
        cursors.pop()
        rows, following = history.history_page(project, wanted, cursors[-1], PAGE)
    if not rows:
        st.html(
            empty_html("Nothing decided yet", "Decide some pairs on the Review page.")
            if wanted == HistoryFilter()
            else empty_html("No decision matches the filter", "Change the filter above.")
        )
        return
    chosen = choose_row_of_page(
        pd.DataFrame([past_row(row.past, row.left_name, row.right_name) for row in rows]),
        "history_table",
        f"{len(cursors)}-{rows[0].past.decision.id}-{len(rows)}",
        460,
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        turn_pages(cursors, following, *(("Newer", "Older") if wanted.sort == "newest" else ()))
        st.download_button(
            "Download all as CSV",
            data=lambda: history.history_csv(project, wanted),
            file_name="decisions.csv",
            mime="text/csv",
            on_click="ignore",
        )
        st.caption("Choose a row to see it whole, to undo it or to replace it.")
    if chosen is not None:
        details(rows[chosen])


project: Project = open_project()
reviewer = curator(project)
tell_outcome()
with errors_in_one_line():
    table(filters())

"""How good the matches are, how curators agree, and when to stop asking."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from kgreview.pipeline import label_issues
from kgreview.pipeline.label_issues import Doubt
from kgreview.pipeline.project import Project
from kgreview.review import history, quality, quality_words, session
from kgreview.review.quality import Quality
from kgreview.store.annotator_agreement import Dispute
from kgreview.store.outcomes import Outcome
from kgreview.ui.charts import reliability_chart, table_by_day
from kgreview.ui.heading import markdown_text
from pages.choice import address
from pages.layout import choose_row
from pages.messages import tell_outcome
from pages.shared import dark, errors_in_one_line, open_project
from pages.who import curator


def measures(measured: Quality) -> None:
    """Say how good the alignment is, whether to stop, and how far probabilities can be trusted."""
    words, picture = st.columns([0.72, 0.28], gap="large")
    with words:
        st.markdown("\n".join(f"- {line}" for line in quality_words.headlines(measured)))
        st.markdown(f"**{measured.stop.words}**")
        signs = {True: ":material/check:", False: ":material/remove:"}
        st.markdown(
            "  \n".join(f"{signs[each.met]} {each.words}" for each in measured.stop.reasons)
        )
    with picture:
        if measured.bins:
            bins = [(each.said, each.found, each.pairs) for each in measured.bins]
            caption = quality_words.reliability_words(measured)
            st.altair_chart(reliability_chart(bins, caption, dark=dark()))
            st.caption(caption)


def pace(measured: Quality) -> None:
    """Show how fast curators decide, and what the last hundred answers brought."""
    st.markdown(quality_words.yield_words(measured))
    if not measured.days:
        st.caption("Nobody has decided anything yet. Begin on the Review page.")
        return
    by_day, people = st.columns([0.6, 0.4], gap="large")
    table = table_by_day([(d.day, d.curator, d.decisions) for d in measured.days])
    by_day.bar_chart(table, x_label="", y_label="decisions per day", height=250)
    people.dataframe(
        pd.DataFrame(
            [(c.name, c.decisions, c.days, c.seconds) for c in measured.curators]
        ).set_axis(["curator", "decisions", "days", "seconds per decision"], axis="columns"),
        hide_index=True,
        width="stretch",
        column_config={"seconds per decision": st.column_config.NumberColumn(format="%.1f")},
    )


def agreement(measured: Quality) -> None:
    """Show how far annotators agree, the network among them, and settle where they differ."""
    st.markdown(quality_words.agreement_words(measured, project.settings.double_share))
    adjudication()
    if measured.together:
        st.dataframe(
            pd.DataFrame([quality_words.together_row(each) for each in measured.together]),
            hide_index=True,
            width="stretch",
        )
        st.caption(
            "Compared on pairs of the audit sample alone, which the network never learns from."
        )


def adjudication() -> None:
    """Show the first pair on which curators differ, and settle it; who said what is not told."""
    disputes = quality.disputes(project, reviewer)
    if not disputes:
        st.caption("No two decisions contradict each other: there is nothing to adjudicate.")
        return
    st.markdown(f"**{len(disputes):,} to adjudicate.** Until then the network learns from neither.")
    dispute, left, right = disputes[0]
    st.markdown(f"{markdown_text(left, 160)} · {markdown_text(right, 160)}")
    shown = session.given_pair(project, reviewer, dispute.left, dispute.right, hidden=True)
    if shown is not None:
        st.html(shown.attributes())
    st.caption(markdown_text(quality_words.dispute_words(dispute), 2000))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        pair = {"left": dispute.left, "right": dispute.right}
        st.page_link("pages/review.py", label="Open the pair", query_params=address(pair))
        st.text_input("Note", key=f"note-{dispute.key}", max_chars=2000)
        for outcome, words in quality_words.RULINGS.items():
            st.button(
                words,
                key=f"{outcome.value}-{dispute.key}",
                on_click=rule,
                args=(dispute, outcome),
            )


def rule(dispute: Dispute, outcome: Outcome) -> None:
    """Settle the dispute that was on the screen, which need not be the first one any more."""
    note = st.session_state.get(f"note-{dispute.key}", "")
    with errors_in_one_line(later=True):
        quality.adjudicate(project, reviewer, dispute, outcome, note.strip())


def label_doubts() -> None:
    """Offer the decisions that a model contradicts for a second look."""
    issues = label_issues.doubts(project)
    st.markdown(label_issues.doubts_words(issues))
    if st.button(
        "Find label issues" if issues is None else "Check again", icon=":material/search:"
    ):
        with st.spinner("Judging each decision by a model that has not seen it …"):
            label_issues.find_doubts(project)
        st.rerun()
    if issues is None or not issues.found:
        return
    chosen = choose_row(
        pd.DataFrame([label_issues.doubt_row(each) for each in issues.found]),
        height=190,
        key=f"doubts-{issues.found[0].decision.id}-{len(issues.found)}",
    )
    if chosen is not None:
        second_look(issues.found[chosen])


def second_look(doubt: Doubt) -> None:
    """Open the pair of a doubted decision, or put the other answer in its place."""
    decision = doubt.decision
    with st.container(horizontal=True, vertical_alignment="bottom"):
        pair = {"left": decision.left, "right": decision.right}
        st.page_link("pages/review.py", label="Open the pair", query_params=address(pair))
        note = st.text_input("Why it changes", key=f"doubt-{decision.id}", max_chars=2000)
        words = f"Supersede with “{quality_words.RULINGS[doubt.other].lower()}”"
        st.button(
            words,
            key=f"other-{decision.id}",
            disabled=not note,
            on_click=supersede,
            args=(doubt,),
        )


def supersede(doubt: Doubt) -> None:
    """Put the other answer in the place of the doubted decision that was on the screen."""
    note = st.session_state.get(f"doubt-{doubt.decision.id}", "")
    with errors_in_one_line(later=True):
        history.revise(project, doubt.decision.id, reviewer, doubt.other, note.strip())


project: Project = open_project()
reviewer = curator(project)
tell_outcome()
with errors_in_one_line():
    state = quality.quality(project)
    measures(state)
    tabs = st.tabs(["Pace and yield", f"Agreement ({state.disputes})", "Label issues"])
    with tabs[0]:
        pace(state)
    with tabs[1]:
        agreement(state)
    with tabs[2]:
        label_doubts()

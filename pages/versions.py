"""The versions on the Model page: their figures, what each changed, going back. No page itself."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from kgreview.errors import KGReviewError
from kgreview.pipeline import jobs, promotion
from kgreview.pipeline.faithfulness import evidence_words, measured
from kgreview.pipeline.project import Project
from kgreview.review import models
from kgreview.store.versions import Version
from kgreview.ui.charts import curves_chart
from kgreview.ui.heading import markdown_text
from kgreview.ui.text import clip
from pages.choice import address
from pages.layout import choose_row
from pages.shared import dark, errors_in_one_line

FIGURES = {
    "prauc": "PRAUC",
    "f1": "F1",
    "precision": "precision",
    "recall": "recall",
    "end_to_end_f1": "end-to-end F1",
    "end_to_end_recall": "end-to-end recall",
    "calibration_error": "calibration error",
}


def make_current(project: Project, version: str, reviewer: str) -> None:
    """Go back to a version, or overrule what its figures said."""
    with errors_in_one_line(later=True):
        jobs.make_current(project, version, reviewer, st.session_state.get("reason", ""))


def version_table(project: Project, state: models.ModelState) -> Version:
    """List the versions, the newest first; give the one that is chosen, or else the newest."""
    chosen = choose_row(
        pd.DataFrame([_row(project, version) for version in state.versions]),
        height=min(300, 36 * (len(state.versions) + 1)),
        column_config={
            name: st.column_config.NumberColumn(name, format="%.3f")
            for name in (*FIGURES.values(), "threshold", "faithful")
        },
    )
    st.caption(
        "Metrics on the data held out when a version was trained: the validation links or, without "
        "any, a fifth of the decided entities, which other versions may have learnt from. End to "
        "end, matches that blocking lost count as misses. Faithful: rank correlation of the "
        "contributions shown for neighbours with their leave-one-out effects. Choose a version to "
        "see more."
    )
    return state.versions[chosen or 0]


def version_details(project: Project, reviewer: str, version: Version) -> None:
    """Show what a version changed, and offer to make it current."""
    st.markdown(f"#### {markdown_text(version.name)}")
    if version.held_back:
        st.warning(f"Held back: {markdown_text(version.held or '', 400)}.")
    if not version.current:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            why = "Reason (required)" if version.held_back else "Reason (optional)"
            st.text_input(why, key="reason", max_chars=2000, width=420)
            st.button(
                f"Make {markdown_text(version.name)} current",
                on_click=make_current,
                args=(project, version.name, reviewer),
            )
    for event in promotion.promoted(project, version.name):
        by = f" by {markdown_text(event.curator, 80)}" if event.curator else ""
        reason = f": {markdown_text(event.reason, 400)}" if event.reason else ""
        st.caption(f"Made current {event.created_at[:16].replace('T', ' ')} UTC{by}{reason}")
    st.markdown(promotion.verdict(project, version))
    if words := promotion.audit_words(version):
        st.markdown(words)
    if words := evidence_words(project, version.name):
        st.markdown(words)
    compared = promotion.comparison(project, version.name)
    if compared is None:
        return
    chart = curves_chart(*compared["curves"], dark=dark())
    try:
        changed = promotion.changes(project, version.name, compared["against"])
    except KGReviewError as error:  # the curves were kept when the version was made
        st.altair_chart(chart, width=420)
        st.error(markdown_text(str(error), 400), icon=":material/error:")
        return
    curves, crossed, against = st.tabs(
        [
            "Curves",
            f"Crossed the threshold: {changed.all_crossed:,}",
            f"Contradict decisions: {changed.all_against:,}",
        ]
    )
    with curves:
        st.altair_chart(chart, width=420)
    with crossed:
        st.caption(f"{changed.matches:,} of them are taken for matches now.")
        pair_table(changed.crossed, f"crossed-{version.name}")
    with against:
        st.caption("Decisions that the version contradicts.")
        pair_table(changed.against, f"against-{version.name}")


def pair_table(pairs: Sequence[promotion.Changed], key: str) -> None:
    """List pairs by the size of their change; the one that is chosen opens."""
    if not pairs:
        st.markdown("None.")
        return
    listed = pd.DataFrame([_pair_row(pair) for pair in pairs])
    chosen = choose_row(
        listed,
        key=key,
        column_config={
            name: st.column_config.NumberColumn(name, format="%.3f") for name in ("before", "after")
        },
    )
    pair = pairs[chosen or 0]
    st.page_link(
        "pages/review.py",
        label=f"Open {markdown_text(pair.left_name, 60)} | {markdown_text(pair.right_name, 60)}",
        icon=":material/open_in_new:",
        query_params=address({"left": pair.left, "right": pair.right}),
    )


def _pair_row(pair: promotion.Changed) -> dict[str, object]:
    outcome = {} if pair.said is None else {"said": "match" if pair.said else "no match"}
    names = {"left": clip(pair.left_name, 80), "right": clip(pair.right_name, 80)}
    return {**names, "before": pair.before, "after": pair.after, **outcome}


def _row(project: Project, version: Version) -> dict[str, object]:
    figures = {
        words: version.figures[name] for name, words in FIGURES.items() if name in version.figures
    }
    checked = measured(project, version.name) or {}
    return {
        "": "● current" if version.current else "not promoted" if version.held_back else "",
        "version": version.name,
        "from": version.parent or "",
        "kind": version.kind,
        "made": version.created_at[:16].replace("T", " "),
        **figures,
        "threshold": version.threshold,
        "faithful": checked.get("rank_correlation"),
    }

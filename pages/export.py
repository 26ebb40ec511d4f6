"""The alignment as files: from which score on, what it is worth, how it came about, and out."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from functools import partial

import pandas as pd
import streamlit as st

from kgreview.exchange.alignment import What
from kgreview.exchange.export import Export
from kgreview.exchange.exports import FORMS
from kgreview.progress import Progress
from kgreview.views.heading import markdown_text
from kgreview.workflow import export_desk
from kgreview.workflow.export import Choice, Outlook
from kgreview.workflow.project import Project
from pages.export_settings import settings_form
from pages.shared import curator, errors_in_one_line, open_project

ROWS = 20  # of the preview
GROUPS = 5  # of a page
WHAT = {
    What.ACCEPTED: "accepted",
    What.PREDICTED: "accepted and predicted",
    What.ALL: "all: rejected and open pairs, too",
}


class Bar(Progress):
    """Shows how far the writing is."""

    def __init__(self) -> None:
        self._bar = st.progress(0.0)

    def __call__(self, stage: str, done: int, total: int | None = None, **_figures: float) -> None:
        """Move the bar."""
        self._bar.progress(min(1.0, done / total) if total else 0.0, markdown_text(stage, 80))


@st.cache_resource(max_entries=2, show_spinner="Reading decisions, links and scores …")
def read_outlook(_project: Project, _stamp: tuple[Hashable, ...]) -> Outlook:
    """Read what the alignment is read off, and count it at all thresholds, once."""
    found = Outlook.of(_project)
    _ = found.counts
    return found


def moved() -> None:
    """Take the threshold that the slider was moved to."""
    choose(Choice(threshold=st.session_state.threshold))


def reach() -> None:
    """Look for the smallest threshold with the precision that is asked for."""
    wanted = st.session_state.precision
    with errors_in_one_line(later=True):
        outlook.judge.threshold(Choice(precision=wanted))
        choose(Choice(precision=wanted))


def back() -> None:
    """Go back to the version's own threshold."""
    choose(Choice())


def choose(choice: Choice) -> None:
    """Keep where the threshold comes from: its number is rounded on the slider."""
    st.session_state.export_choice = (outlook.version and outlook.version.name, choice)


def chosen() -> Choice:
    """Give what was chosen for the version that is current."""
    version, choice = st.session_state.get("export_choice", (None, Choice()))
    return choice if outlook.version is not None and version == outlook.version.name else Choice()


def controls() -> tuple[str, What]:
    """Ask for the form and the part."""
    form_box, what_box = st.columns(2)
    form = form_box.selectbox(
        "Form", list(FORMS), format_func=lambda name: FORMS[name].title, key="form"
    )
    whats = list(WHAT) if outlook.version is not None else [What.ACCEPTED, What.ALL]
    default = whats.index(What.PREDICTED) if What.PREDICTED in whats else 0
    what = what_box.selectbox(
        "What", whats, default, format_func=WHAT.__getitem__, key=f"what-{len(whats)}"
    )
    return form, what


def threshold() -> None:
    """Ask for the threshold, by itself or by a precision."""
    value, words = outlook.judge.threshold(chosen())
    if chosen().threshold is None or "threshold" not in st.session_state:
        st.session_state.threshold = round(min(max(value, 0.0), 1.0), 3)
    st.slider(
        f"Threshold: predicted are pairs from this score on ({words})",
        *(0.0, 1.0),
        step=0.001,
        format="%.3f",
        key="threshold",
        on_change=moved,
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.number_input("Precision", 0.5, 1.0, 0.98, 0.01, key="precision", width=110)
        st.button("Smallest threshold with this precision", on_click=reach)
        st.button("The version's own", on_click=back)


def figures(what: What) -> bool:
    """Say what lies from the threshold on; gives whether conflicts may be resolved at once."""
    if outlook.version is None:
        st.markdown(
            "**Nothing is scored yet**, so there is no threshold and no precision: only what "
            "people accepted and known links are handed on. `kgreview run PROJECT` scores the "
            "candidates."
        )
        return True
    if what is What.ACCEPTED:
        st.markdown("Scores give nothing here: it is what curators accepted, and known links.")
        return True
    value, _ = outlook.judge.threshold(chosen())
    lines = export_desk.threshold_lines(outlook, value)
    st.markdown("\n".join(f"- {line}" for line in lines))
    return export_desk.is_quick(outlook, value)


def preview(export: Export, form: str) -> None:
    """Show what it holds, what is at odds, the first rows and the note."""
    lines = export_desk.held_lines(export)
    st.markdown("\n".join(f"- {markdown_text(line, 400)}" for line in lines))
    rows = export_desk.preview(export, form, ROWS)
    if not rows:
        st.info(
            "Nothing to hand on yet: accept pairs on the Review page, or lower the threshold.",
            icon=":material/info:",
        )
        return
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        width="stretch",
        height=36 + 30 * min(len(rows), 8),
        row_height=30,
        column_config={
            **dict.fromkeys(("left", "right"), st.column_config.TextColumn(width=90)),
            **dict.fromkeys(("left name", "right name"), st.column_config.TextColumn(width=150)),
            "score": st.column_config.NumberColumn(format="%.3f"),
        },
    )
    st.caption(f"The first {len(rows)} rows." + _of_merged(form))
    with st.expander("The note: what it rests on"):
        st.code("\n".join(export.provenance.lines()), language=None, wrap_lines=True)


def _of_merged(form: str) -> str:
    if form not in ("merged", "nquads"):
        return ""
    return " The merged graph has one entity for each group of entities that such pairs join."


def make(export: Export, form: str) -> None:
    """Make the file when asked to, and offer it."""
    key = (form, export.provenance.what, outlook_stamp, chosen())
    if st.button("Make the file", type="primary", icon=":material/save:"):
        before = st.session_state.pop("made", (None, None))[1]
        with st.container():
            made = export_desk.make_file(project, export, form, Bar(), before)
        st.session_state.made = (key, made)
        st.rerun()
    kept, made = st.session_state.get("made", (None, None))
    if made is None or kept != key or not made.path.exists():
        st.caption("It is made when you ask for it, and then offered here.")
        return
    for label, file in made.files.items():
        st.download_button(
            f"Download {markdown_text(label, 120)}",
            data=partial(file.open, "rb"),  # read when it is clicked, not before
            file_name=file.name,
            mime="application/octet-stream",
            on_click="ignore",
            icon=":material/download:",
            key=f"download-{file.parent.name}-{file.name}",
        )
    st.caption(
        f"For a day it also lies in the project: {markdown_text(str(made.path), 300)}. "
        + " ".join(markdown_text(line, 300) for line in made.notices)
    )


def groups(export: Export) -> None:
    """List the groups of more than two entities, and how each came about."""
    page = st.session_state.get("groups_page", 0)
    found, pages = export_desk.groups_page(export, page, GROUPS)
    if not found and page:
        page = 0
        found, pages = export_desk.groups_page(export, page, GROUPS)
    if not found:
        st.caption("No group has more than two entities.")
        return
    for number, each in enumerate(found):
        title = markdown_text(export_desk.group_title(each), 160)
        with st.expander(title, expanded=number == 0 and page == 0):
            st.dataframe(
                pd.DataFrame(export_desk.growth_rows(each)),
                hide_index=True,
                width="stretch",
                row_height=30,
            )
            more = f" {each.more:,} more pairs are not listed." if each.more else ""
            st.caption(f"Its id in the merged graph is {each.id}.{more}")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Larger", disabled=page == 0, on_click=turn, args=(page - 1,))
        st.button("Smaller", disabled=page + 1 >= pages, on_click=turn, args=(page + 1,))
        st.caption(f"Page {page + 1:,} of {pages:,}")


def turn(page: int) -> None:
    """Show another page of groups."""
    st.session_state.groups_page = page


def resolved(choice: Choice, *, quick: bool) -> Export | None:
    """Read the export off, when asked to where it takes longer; what was read last is kept."""
    key = outlook_stamp, choice
    kept, export = st.session_state.get("export", (None, None))
    if kept == key and isinstance(export, Export):
        return export
    if not quick and not st.button("Resolve conflicts and show it"):
        st.caption("So many pairs take more than a moment: they are resolved when you ask.")
        return None
    with st.spinner("Resolving conflicts …", show_time=True):
        export = outlook.export(choice)
    st.session_state.export = key, export
    return export


def everything() -> None:
    """Show the page, once what it is about has been read."""
    left, right = st.columns([0.44, 0.56], gap="large")
    with left:
        form, what = controls()
        if outlook.version is not None and what is not What.ACCEPTED:
            threshold()
        quick = figures(what)
    with right:
        choice = chosen() if what is not What.ACCEPTED else Choice()
        export = resolved(replace(choice, what=what), quick=quick)
        if export is not None:
            preview(export, form)
            make(export, form)
    tabs = st.tabs(["Groups of more than two", "How it is read off"])
    with tabs[0]:
        if export is not None:
            groups(export)
    with tabs[1]:
        settings_form(project, outlook)


project: Project = open_project()
reviewer = curator()
if problem := st.session_state.pop("problem", None):
    st.error(markdown_text(problem, 400), icon=":material/error:")
if done := st.session_state.pop("done", None):
    st.success(markdown_text(done, 200), icon=":material/check:")
with errors_in_one_line():
    outlook_stamp = export_desk.stamp(project)
    outlook = read_outlook(project, outlook_stamp)
    everything()

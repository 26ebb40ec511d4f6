"""The alignment as files: from which score on, what it is worth, how it came about, and out."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

import streamlit as st

from kgreview.exchange.alignment import What
from kgreview.exchange.export import FORM_NAMES, Export
from kgreview.exchange.exports import FORMS
from kgreview.pipeline.export import Choice, Outlook
from kgreview.pipeline.project import Project
from kgreview.review import export_preview
from pages.choice import address
from pages.export_parts import groups, make, preview
from pages.export_settings import cardinality, curators_form
from pages.messages import tell_outcome
from pages.shared import errors_in_one_line, open_project
from pages.who import curator

WHAT = {
    What.ACCEPTED: "accepted",
    What.PREDICTED: "accepted and predicted",
    What.ALL: "all, including rejected and open pairs",
}


@st.cache_resource(max_entries=2, show_spinner="Reading decisions, links and scores …")
def read_outlook(
    _project: Project,
    stamp: tuple[Hashable, ...],  # noqa: ARG001 - what it is kept by; a name with _ would not count
) -> Outlook:
    """Read what the alignment is read off, and count it at all thresholds, once a stamp."""
    outlook = Outlook.of(_project)
    _ = outlook.counts
    return outlook


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
    st.session_state.export_choice = scored_by(), choice


def chosen() -> Choice:
    """Give what was chosen for the version that is current."""
    version, choice = st.session_state.get("export_choice", (None, Choice()))
    return choice if version == scored_by() else Choice()


def scored_by() -> tuple[str, str]:
    """Name the project and the version whose scores count."""
    return str(project.path), outlook.version.name if outlook.version else ""


def controls() -> tuple[str, What]:
    """Ask for the form and the part."""
    form_box, what_box = st.columns(2)
    first = project.settings.export.form
    form = form_box.selectbox(
        "Form",
        FORM_NAMES,
        FORM_NAMES.index(first),
        format_func=lambda name: FORMS[name].title,
        key=f"form-{first}",
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
        f"Threshold: pairs with at least this score are predicted ({words})",
        *(0.0, 1.0),
        step=0.001,
        format="%.3f",
        key="threshold",
        on_change=moved,
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.number_input("Precision", 0.5, 1.0, 0.98, 0.01, key="precision", width=110)
        st.button("Lowest threshold with this precision", on_click=reach)
        st.button("The version's threshold", on_click=back)


def figures(what: What) -> bool:
    """Say what lies from the threshold on; gives whether conflicts may be resolved at once."""
    if outlook.version is None:
        st.markdown(
            "**Nothing is scored yet**, so there is no threshold and no precision: only "
            "accepted pairs and known links are exported. `kgreview run PROJECT` scores the "
            "candidates."
        )
        return True
    if what is What.ACCEPTED:
        st.markdown("No predicted pairs: only what curators accepted, and known links.")
        return True
    value, _ = outlook.judge.threshold(chosen())
    lines = export_preview.threshold_lines(outlook, value)
    st.markdown("\n".join(f"- {line}" for line in lines))
    return export_preview.is_quick(outlook, value)


def resolved(choice: Choice, *, quick: bool) -> Export | None:
    """Read the export off, when asked to where it takes longer; what was read last is kept."""
    key = outlook_stamp, choice
    kept, export = st.session_state.get("export", (None, None))
    if kept == key and isinstance(export, Export):
        return export
    if not quick and not st.button("Resolve conflicts and preview"):
        st.caption("With this many pairs it takes some time, so it starts when you ask.")
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
        st.page_link(
            "pages/settings.py",
            label="How conflicts are resolved and ids written",
            icon=":material/settings:",
            query_params=address(),
        )
    with right:
        choice = chosen() if what is not What.ACCEPTED else Choice()
        export = resolved(replace(choice, what=what), quick=quick)
        if export is not None:
            preview(export, form)
            make(project, export, form, (*outlook_stamp, choice, what))
    tabs = st.tabs(["Groups of more than two", "Counterparts", "Curators"])
    with tabs[0]:
        if export is not None:
            groups(export)
    with tabs[1]:
        cardinality(outlook)
    with tabs[2]:
        curators_form(project)


project: Project = open_project()
reviewer = curator(project)
tell_outcome()
with errors_in_one_line():
    outlook_stamp = export_preview.stamp(project)
    outlook = read_outlook(project, outlook_stamp)
    everything()

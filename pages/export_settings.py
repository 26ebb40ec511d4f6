"""How conflicts are resolved, ids written and curators named, for all exports. No page itself."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from kgreview.exchange.export import FORM_NAMES, PREDICATES, RULES
from kgreview.exchange.exports import FORMS
from kgreview.exchange.orcid import EXAMPLE
from kgreview.pipeline.export import Outlook
from kgreview.pipeline.project import Project
from kgreview.review import export_preview
from kgreview.review.curators import list_curators, set_orcids
from kgreview.ui.heading import markdown_text
from pages.shared import errors_in_one_line

RULE_WORDS = {
    "keep_both": "keep both",
    "left": "left values",
    "right": "right values",
    "newest": "values of the entity changed last",
    "most_frequent": "most frequent values",
}
_MOST_TYPES = 8  # pairs of types that are listed


def settings_form(project: Project, *, allowed: bool = True) -> None:
    """Ask how the alignment is read off and written; it is kept for all exports."""
    settings = project.settings.export
    with st.form("export_settings", border=False):
        pairs, values, ids = st.columns(3, gap="large")
        with pairs:
            form = st.selectbox(
                "The Export page begins with",
                FORM_NAMES,
                FORM_NAMES.index(settings.form),
                format_func=lambda name: FORMS[name].title,
            )
            licence = st.text_input("License (IRI)", settings.license, max_chars=500)
            largest = st.number_input(
                "Most entities in a group, where several are allowed",
                *(2, 1_000_000, settings.largest_group),
            )
        with values:
            rule = st.selectbox(
                "Where values differ, the merged graph keeps",
                RULES,
                RULES.index(settings.values),
                format_func=RULE_WORDS.__getitem__,
            )
            changed = [
                _attribute(f"Date of last change on the {side}", names, now)
                for side, names, now in (
                    ("left", project.left.attribute_names, settings.left_changed),
                    ("right", project.right.attribute_names, settings.right_changed),
                )
            ]
        with ids:
            predicate = st.selectbox("Predicate", PREDICATES, PREDICATES.index(settings.predicate))
            left_iri = st.text_input("Prefix of left ids", settings.left_iri, max_chars=500)
            right_iri = st.text_input("Prefix of right ids", settings.right_iri, max_chars=500)
        if st.form_submit_button("Save for all exports", disabled=not allowed):
            with errors_in_one_line(later=True):
                export_preview.save_settings(
                    project,
                    {
                        "form": form,
                        "largest_group": int(largest),
                        "values": rule,
                        "left_changed": changed[0] or "",
                        "right_changed": changed[1] or "",
                        "predicate": predicate,
                        "license": licence.strip(),
                        "left_iri": left_iri.strip(),
                        "right_iri": right_iri.strip(),
                    },
                )
                st.session_state.done = "Saved for all exports of this project."
            st.rerun()


def curators_form(project: Project) -> None:
    """Ask for the ORCIDs of curators, by which SSSOM names them."""
    listed = list_curators(project)
    if not listed:
        st.caption("Nobody has decided yet.")
        return
    shown = pd.DataFrame(
        {
            "curator": [each.name for each in listed],
            "ORCID": [each.orcid for each in listed],
            "decisions": [each.decisions for each in listed],
        }
    )
    st.caption(
        "SSSOM identifies a curator by ORCID. Double-click a cell to enter one; curators without "
        f"one are identified by the project. Example: {EXAMPLE}."
    )
    with st.form("curators", border=False):
        edited: pd.DataFrame = st.data_editor(
            shown,
            key=f"curators_{len(listed)}",
            hide_index=True,
            width="content",
            disabled=["curator", "decisions"],
            column_config={
                "curator": st.column_config.TextColumn(width="medium"),
                "ORCID": st.column_config.TextColumn(width="medium", max_chars=60),
                "decisions": st.column_config.NumberColumn(format="localized", width="small"),
            },
        )
        if st.form_submit_button("Save ORCIDs"):
            given = dict(zip(shown["curator"], edited["ORCID"].fillna(""), strict=True))
            changed = {c.name: given[c.name] for c in listed if given[c.name].strip() != c.orcid}
            with errors_in_one_line(later=True):
                set_orcids(project, changed)
                st.session_state.done = "Saved: SSSOM names these curators by their ORCIDs."
            st.rerun()


def cardinality(outlook: Outlook) -> None:
    """Say by pair of types how many counterparts an entity may have."""
    lines = export_preview.cardinality_lines(outlook)
    st.caption("Counterparts of an entity, as set on the Schema page")
    shown = "  \n".join(markdown_text(line) for line in lines[:_MOST_TYPES])
    more = f"  \n… and {len(lines) - _MOST_TYPES:,} more" if len(lines) > _MOST_TYPES else ""
    st.markdown(shown + more)


def _attribute(label: str, names: tuple[str, ...], now: str) -> str | None:
    chosen: str | None = st.selectbox(
        label,
        names,
        names.index(now) if now in names else None,
        placeholder="none",
        help='Attribute for "changed last"',
    )
    return chosen

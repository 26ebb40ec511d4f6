"""How conflicts are resolved and ids are written, kept in the project. No page itself."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from kgreview.exchange.export import PREDICATES, RULES
from kgreview.workflow import export_desk
from kgreview.workflow.export import Outlook
from kgreview.workflow.project import Project
from pages.shared import errors_in_one_line

RULE_WORDS = {
    "keep_both": "keep both",
    "left": "those of the left",
    "right": "those of the right",
    "newest": "those of the entity that was changed last",
    "most_frequent": "the most frequent",
}
TOLD = "as known matches tell"


def settings_form(project: Project, outlook: Outlook) -> None:
    """Ask how the alignment is read off and written; it is kept for all exports."""
    settings = project.settings.export
    with st.form("export_settings", border=False):
        pairs, values, ids = st.columns([0.42, 0.29, 0.29], gap="large")
        with pairs:
            cardinality = _cardinality(export_desk.cardinality_rows(outlook, settings))
            largest = st.number_input(
                "Entities of a group at most, where several are allowed",
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
            licence = st.text_input("License (IRI)", settings.license, max_chars=500)
            left_iri = st.text_input("Before left ids", settings.left_iri, max_chars=500)
            right_iri = st.text_input("Before right ids", settings.right_iri, max_chars=500)
        if st.form_submit_button("Save in the project"):
            with errors_in_one_line(later=True):
                export_desk.save_settings(
                    project,
                    {
                        "cardinality": cardinality,
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
                st.session_state.done = "Saved: it holds for all exports of the project."
            st.rerun()


def _cardinality(rows: list[dict[str, str]]) -> dict[str, str]:
    """Ask by pair of types how many counterparts an entity may have; what is not set is told."""
    st.caption("Counterparts of an entity, by pair of types")
    table = pd.DataFrame(
        {
            "types": [row["types"] for row in rows],
            "now": [row["counterparts"] for row in rows],
            "set": [row["set"] or TOLD for row in rows],
        }
    )
    edited = st.data_editor(
        table,
        hide_index=True,
        disabled=["types", "now"],
        width="stretch",
        height=36 + 35 * min(len(rows), 6),
        key="cardinality",
        column_config={
            "types": st.column_config.TextColumn(width=170),
            "now": st.column_config.TextColumn(width=110),
            "set": st.column_config.SelectboxColumn(
                options=[TOLD, "one-to-one", "many-to-many"], required=True, width=170
            ),
        },
    )
    return {
        str(types): str(how)
        for types, how in zip(edited["types"], edited["set"], strict=True)
        if how != TOLD
    }


def _attribute(label: str, names: tuple[str, ...], now: str) -> str | None:
    chosen: str | None = st.selectbox(
        label,
        names,
        names.index(now) if now in names else None,
        placeholder="none",
        help='What "changed last" goes by',
    )
    return chosen

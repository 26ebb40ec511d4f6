"""What corresponds between the graphs: shown with examples, and changed by whoever reviews."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from kgreview.errors import KGReviewError
from kgreview.graph.schema import Schema, TypePair
from kgreview.views.heading import markdown_text
from kgreview.views.schema_facts import TypeFacts, type_facts
from kgreview.views.schema_rows import (
    attribute_rows,
    attributes_of,
    fact_rows,
    labels,
    relation_labels,
    relation_rows,
    relations_of,
    type_rows,
    types_of,
    with_pair,
    with_types,
)
from kgreview.workflow import jobs
from kgreview.workflow.project import Project
from kgreview.workflow.schema import save_schema, schema_stamp, to_make_anew
from pages.shared import curator, errors_in_one_line, open_project

_PERCENT: dict[str, Any] = {"format": "percent", "width": "small"}


def start_again() -> None:
    """Take the schema as it is in the project, and forget what was changed here."""
    turn = st.session_state.get("schema_turn", 0)
    for key in [key for key in st.session_state if str(key).startswith("schema_")]:
        del st.session_state[key]
    st.session_state.schema_turn = turn + 1  # an editor of another key has nothing edited


def keep_and_turn() -> None:
    """Go on from what was changed: editors of another pair of types begin with it."""
    st.session_state.schema_base = st.session_state.schema_draft
    st.session_state.schema_turn += 1


def save(stamp: str) -> None:
    """Write what was changed."""
    with errors_in_one_line(later=True):
        save_schema(project, st.session_state.schema_draft, stamp)
        start_again()
        st.session_state.just_saved = True


def run() -> None:
    """Start blocking, training and scoring in a process of their own."""
    try:
        jobs.start_run(project)
    except KGReviewError as error:
        st.session_state.problem = str(error)


@st.cache_data(max_entries=64, show_spinner="Counting …")
def facts_of(side: str, type_name: str, _project: Project, path: str, stamp: str) -> TypeFacts:  # noqa: ARG001
    """Count what entities of a type have, once for each schema that is read."""
    schema = _project.schema
    graph, names = (
        (_project.left, schema.left_names)
        if side == "left"
        else (_project.right, schema.right_names)
    )
    return type_facts(graph, type_name, names)


def edited(
    rows: pd.DataFrame, key: str, columns: dict[str, Any], fixed: Sequence[str]
) -> pd.DataFrame:
    """Show rows that can be ticked off, changed and added."""
    return st.data_editor(
        rows,
        key=f"schema_{key}_{st.session_state.schema_turn}",
        num_rows="dynamic",
        hide_index=True,
        disabled=list(fixed),
        column_config={"keep": st.column_config.CheckboxColumn("keep", default=True, width="small")}
        | columns,
    )


def choice(label: str, shown: dict[str, str]) -> Any:
    """Make a column of names to choose from."""
    return st.column_config.SelectboxColumn(
        label,
        options=list(shown),
        format_func=lambda name: shown.get(name, str(name)),
        required=True,
    )


def types_part(base: Schema) -> tuple[TypePair, ...]:
    """Show which types correspond."""
    st.markdown("**Types whose entities may be the same**")
    graphs = (project.left, project.right)
    counts = [
        dict(zip(g.type_names, np.bincount(g.types, minlength=len(g.type_names)), strict=True))
        for g in graphs
    ]
    columns = {
        side: choice(side, labels(graph.type_names))
        for side, graph in zip(("left", "right"), graphs, strict=True)
    }
    fixed = ("left entities", "right entities")
    return types_of(edited(type_rows(base.types, counts), "types", columns, fixed))


def names_part(types: TypePair, base: Schema, facts: tuple[TypeFacts, TypeFacts]):
    """Ask which attributes name, the best first."""
    st.markdown("**What names an entity**, the best first")
    found = []
    sides = zip(
        st.columns(2),
        ("left", "right"),
        (base.left_names.get(types.left, ()), base.right_names.get(types.right, ())),
        (base.left_ignored, base.right_ignored),
        facts,
        strict=True,
    )
    for column, side, names, ignored, known in sides:
        options = list(dict.fromkeys([*names, *(n for n in known.attributes if n not in ignored)]))
        shown = labels(options)
        found.append(
            column.multiselect(
                side,
                options,
                list(names),
                format_func=shown.__getitem__,
                key=f"schema_names_{side}_{st.session_state.schema_turn}",
            )
        )
    return tuple(found[0]), tuple(found[1])


def attributes_part(types: TypePair, base: Schema, facts: tuple[TypeFacts, TypeFacts]):
    """Show which attributes of two types correspond."""
    st.markdown("**Attributes that say the same**")
    pairs = [pair for pair in base.attributes if pair.types == types]
    columns: dict[str, Any] = {
        side: choice(side, labels(_options(listed, known.attributes, ignored)))
        for side, listed, known, ignored in (
            ("left", [p.left for p in pairs], facts[0], base.left_ignored),
            ("right", [p.right for p in pairs], facts[1], base.right_ignored),
        )
    }
    if not pairs:
        st.caption("No attributes of these types correspond yet. Add a row to pair two of them.")
    rows = edited(
        attribute_rows(pairs, *facts),
        "attributes",
        columns
        | _measures("agreement", "agree", "Share of probable matches that have both and agree"),
        (*_FIXED, "agreement"),
    )
    return attributes_of(rows, types, base.attributes)


def relations_part(types: TypePair, base: Schema, facts: tuple[TypeFacts, TypeFacts]):
    """Show which relations from two types correspond."""
    st.markdown("**Relations that lead to the same**")
    pairs = [pair for pair in base.relations if pair.types == types]
    columns: dict[str, Any] = {
        side: choice(side, relation_labels(_options(listed, known.relations)))
        for side, listed, known in (
            ("left", [p.left for p in pairs], facts[0]),
            ("right", [p.right for p in pairs], facts[1]),
        )
    }
    if not pairs:
        st.caption("No relations of these types correspond yet. Add a row to pair two of them.")
    st.caption("→ leads away from these entities, ← leads to them.")
    rows = edited(
        relation_rows(pairs, *facts),
        "relations",
        columns
        | _measures("strength", "strength", "Share of what one says that the other says too"),
        (*_FIXED, "strength"),
    )
    return relations_of(rows, types, base.relations)


def _options(listed: list[Any], known: Any, ignored: tuple[str, ...] = ()) -> list[Any]:
    return list(dict.fromkeys([*listed, *(each for each in known if each not in ignored)]))


_FIXED = ("left have it", "right have it", "left examples", "right examples")


def _measures(name: str, label: str, meaning: str) -> dict[str, Any]:
    number = st.column_config.NumberColumn
    return {
        name: number(label, help=meaning, **_PERCENT),
        "left have it": number(help="Share of the left entities of the type", **_PERCENT),
        "right have it": number(help="Share of the right entities of the type", **_PERCENT),
    }


def ignored_part(base: Schema, facts: tuple[TypeFacts, TypeFacts]):
    """Ask which attributes are never compared."""
    st.markdown("**Never compared**: keys, addresses and times of one source, of all types")
    found = []
    for column, side, graph, listed, known in zip(
        st.columns(2),
        ("left", "right"),
        (project.left, project.right),
        (base.left_ignored, base.right_ignored),
        facts,
        strict=True,
    ):
        shown = labels(graph.attribute_names)
        with column:
            chosen = st.multiselect(
                f"{side} attributes",
                list(graph.attribute_names),
                list(listed),
                format_func=shown.__getitem__,
                key=f"schema_ignored_{side}_{st.session_state.schema_turn}",
                placeholder="none",
            )
            if chosen:
                shares = {"have it": st.column_config.NumberColumn(**_PERCENT)}
                rows = fact_rows(chosen, known.attributes)
                st.dataframe(rows, hide_index=True, column_config=shares)
        found.append(tuple(chosen))
    return found[0], found[1]


def load_if_changed() -> None:
    """Begin with the project's schema, and take another one up while nothing is changed here."""
    state, now = st.session_state, schema_stamp(project)
    if state.get("schema_project") != str(project.path):
        start_again()
    elif now == state.schema_stamp or state.schema_draft != state.schema_saved:
        return
    start_again()
    state.schema_project, state.schema_stamp = str(project.path), now
    state.schema_saved = state.schema_base = state.schema_draft = project.schema


def draft_of(base: Schema, stamp: str) -> Schema:
    """Show all parts, and give the schema as it was changed."""
    draft = with_types(base, types_part(base))
    if not draft.types:
        st.info("Keep or add a pair of types: without one, nothing can be matched.")
        return draft
    shown = labels(project.left.type_names), labels(project.right.type_names)
    types = st.selectbox(
        "Types",
        draft.types,
        format_func=lambda pair: f"{shown[0][pair.left]} ~ {shown[1][pair.right]}",
        key="schema_types",
        on_change=keep_and_turn,
    )
    path = str(project.path)
    facts = (
        facts_of("left", types.left, project, path, stamp),
        facts_of("right", types.right, project, path, stamp),
    )
    names = names_part(types, base, facts)
    attributes = attributes_part(types, base, facts)
    relations = relations_part(types, base, facts)
    draft = with_pair(draft, types, names, attributes, relations)
    left, right = ignored_part(base, facts)
    return replace(draft, left_ignored=left, right_ignored=right)


def state_part() -> None:
    """Say what the saved schema asks for, and offer to do it."""
    asks, why = to_make_anew(project)
    if st.session_state.pop("just_saved", False):
        st.success(f"Saved. {why}", icon=":material/check:")
    elif asks:
        st.warning(why, icon=":material/sync_problem:")
    else:
        st.caption(why)
    job = jobs.latest(project)
    if job is not None and job.state == "running":
        st.info("A job runs: the page Model shows how far it is.", icon=":material/hourglass:")
    elif asks:
        st.button("Run now, in the background", icon=":material/play_arrow:", on_click=run)
        st.caption(
            "Or where there is a terminal: " + markdown_text(f"kgreview run {project.path}", 300)
        )


project: Project = open_project()
curator()
if problem := st.session_state.pop("problem", None):
    st.error(markdown_text(problem, 400), icon=":material/error:")
with errors_in_one_line():
    st.subheader("What corresponds")
    load_if_changed()
    state_part()
    draft = draft_of(st.session_state.schema_base, st.session_state.schema_stamp)
    st.session_state.schema_draft = draft
    changed = draft != st.session_state.schema_saved
    with st.container(horizontal=True):
        st.button(
            "Save",
            type="primary",
            on_click=save,
            args=(st.session_state.schema_stamp,),
            disabled=not changed,
        )
        st.button("Discard changes", on_click=start_again, disabled=not changed)

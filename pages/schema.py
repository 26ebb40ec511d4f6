"""What corresponds between the graphs: shown with examples, and changed by whoever reviews."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

import streamlit as st

from kgreview.errors import KGReviewError
from kgreview.graph.cardinality import Tally
from kgreview.graph.schema import Schema, TypePair
from kgreview.pipeline import jobs
from kgreview.pipeline.counterparts import matches_tell
from kgreview.pipeline.project import Project
from kgreview.review.schema import save_schema, schema_stamp, to_make_anew
from kgreview.store.decisions import standing
from kgreview.ui.heading import markdown_text
from kgreview.ui.schema_facts import TypeFacts, type_facts
from kgreview.ui.schema_rows import labels, with_cardinality, with_pair
from pages.job_progress import follow_job, last_job
from pages.messages import tell_outcome
from pages.schema_parts import (
    attributes_part,
    counterparts_part,
    ignored_part,
    names_part,
    relations_part,
    types_part,
)
from pages.shared import errors_in_one_line, open_project
from pages.who import curator


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
        save_schema(project, st.session_state.schema_draft, stamp, keep_problem)
        start_again()
        st.session_state.just_saved = True


def keep_problem(text: str) -> None:
    """Keep what failed after the schema was saved until the page is drawn."""
    st.session_state.problem = text


def run() -> None:
    """Start blocking, training and scoring in a process of their own."""
    try:
        jobs.start_run(project)
    except KGReviewError as error:
        st.session_state.problem = str(error)


@st.cache_data(max_entries=64, show_spinner="Counting …")
def facts_of(
    side: str,
    type_name: str,
    path: str,  # noqa: ARG001 - part of the key, as the state is
    state: tuple[Hashable, ...],  # noqa: ARG001
    _project: Project,
) -> TypeFacts:
    """Count what entities of a type have, once for each state of the project."""
    graph = _project.left if side == "left" else _project.right
    return type_facts(graph, type_name, getattr(_project.schema, f"{side}_names"))


@st.cache_data(max_entries=8, ttl=60, show_spinner="Counting …")
def tallies_of(
    path: str,  # noqa: ARG001 - part of the key, as the state is
    state: tuple[Hashable, ...],  # noqa: ARG001
    _project: Project,
) -> dict[TypePair, Tally]:
    """Count how many counterparts matched entities have."""
    with _project.database() as db:
        return matches_tell(_project, standing(db), _project.schema.types)


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


def draft_of(base: Schema) -> Schema:
    """Show all parts, and give the schema as it was changed."""
    draft = types_part(project, base)
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
        facts_of("left", types.left, path, project.state, project),
        facts_of("right", types.right, path, project.state, project),
    )
    written = tallies_of(path, project.state, project).get(types)
    draft = with_cardinality(draft, types, counterparts_part(types, base, written))
    names = names_part(types, base, facts)
    attributes = attributes_part(types, base, facts)
    relations = relations_part(types, base, facts)
    draft = with_pair(draft, types, names, attributes, relations)
    left, right = ignored_part(project, base, facts)
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
        follow_job(project, job, "Go on reviewing: you can leave this page.")
        return
    if asks:
        st.button("Run now, in the background", icon=":material/play_arrow:", on_click=run)
        command = markdown_text(f"kgreview run {project.path}", 300)
        st.caption(f"Or on a terminal: {command}")
    if asks and job is not None and job.kind == "run":
        last_job(project, job)


project: Project = open_project()
curator(project)
tell_outcome()
with errors_in_one_line():
    st.subheader("What corresponds")
    load_if_changed()
    state_part()
    draft = draft_of(st.session_state.schema_base)
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

"""All entities: which are matched, which have no counterpart, which wait for an answer."""

from __future__ import annotations

import math
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from kgreview.pipeline.project import Project
from kgreview.review import entities
from kgreview.review.entities import ListedEntity
from kgreview.store.entity_pages import ORDERS, PARAMETERS, EntityFilter
from kgreview.store.entity_states import SIDES, STATES, TypeProgress
from kgreview.ui.entity_list import STATE_WORDS, entity_cells, progress_line
from kgreview.ui.heading import empty_html, markdown_text
from kgreview.ui.text import plain
from pages.choice import address
from pages.layout import choose_row_of_page, turn_pages
from pages.shared import errors_in_one_line, open_project

PAGE = 50
MOST_TYPES = 12  # lines of progress that are shown at once


def filters(wanted: EntityFilter, types: list[str]) -> None:
    """Ask what to list; the address keeps it."""
    key = urlencode(wanted.parameters(), errors="replace")
    with (
        st.form(f"entities-{key}", border=False),
        st.container(horizontal=True, key="entities_form", vertical_alignment="bottom"),
    ):
        text = st.text_input("Name or id", wanted.text, max_chars=200)
        kind = st.selectbox(
            "Type",
            types,
            index=types.index(wanted.type) if wanted.type in types else None,
            format_func=lambda name: plain(name, 60),
            placeholder="all",
        )
        state = st.selectbox(
            "State",
            STATES,
            index=STATES.index(wanted.state) if wanted.state else None,
            format_func=STATE_WORDS.__getitem__,
            placeholder="all",
        )
        order = st.selectbox(
            "Order",
            ORDERS,
            ORDERS.index(wanted.order),
            format_func={"name": "name", "score": "best open score"}.__getitem__,
            help="By score: open entities, the best candidate first; then all others by name",
        )
        if st.form_submit_button("Show", type="primary"):
            want(EntityFilter(wanted.side, kind or "", state or "", text.strip(), order))


def progress_lines(listed: list[TypeProgress]) -> None:
    """Say how far each type is, in two columns."""
    half = math.ceil(len(listed) / 2)
    for column, part in zip(st.columns(2), (listed[:half], listed[half:]), strict=True):
        column.markdown("  \n".join(map(progress_line, part)))


def want(chosen: EntityFilter) -> None:
    """Write the filter into the address, and list by it."""
    for name in PARAMETERS:
        st.query_params.pop(name, None)
    st.query_params.update(chosen.parameters())
    st.rerun()


def side_switch(wanted: EntityFilter) -> None:
    """Offer the entities of the other side."""
    side = st.segmented_control(
        "Side", SIDES, default=wanted.side, label_visibility="collapsed", key="entities_side"
    )
    if side and side != wanted.side:
        want(EntityFilter(side=side))


def table(wanted: EntityFilter) -> None:
    """List one page, and offer the pages beside it."""
    cursors = st.session_state.setdefault("entity_cursors", {}).setdefault(wanted, [None])
    listed, following = entities.entities_page(project, wanted, cursors[-1], PAGE)
    if not listed and len(cursors) > 1:  # they have another state by now
        cursors.pop()
        st.rerun()
    if not listed:
        st.html(empty_html("No entity matches the filter", "Change the filter above."))
        return
    lines = math.ceil(min(len(progress), MOST_TYPES) / 2) + (len(progress) > MOST_TYPES)
    row = choose_row_of_page(
        pd.DataFrame([entity_cells(each.row, each.partners) for each in listed]),
        "entities_table",
        f"{len(cursors)}-{listed[0].row.entity}-{len(listed)}",
        250 + 26 * lines,
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        turn_pages(cursors, following)
        if row is not None:
            review_link(listed[row])
        else:
            st.caption("Choose a row to review the entity.")


def review_link(listed: ListedEntity) -> None:
    """Lead to the pair of an entity: its match, or its best candidate."""
    pair = entities.pair_to_ask(listed)
    if pair is None:
        st.caption("This entity has no open candidate. Search for its match on the Review page.")
        return
    st.page_link(
        "pages/review.py",
        label="Review this pair",
        icon=":material/open_in_new:",
        query_params=address({"left": pair[0], "right": pair[1]}),
    )


project: Project = open_project()
with errors_in_one_line():
    wanted = EntityFilter.from_parameters(st.query_params.to_dict())
    side_switch(wanted)
    with st.spinner("Reading the entities …"):
        progress = entities.progress_by_type(project, wanted.side)
    if not progress:
        st.html(empty_html("No candidates yet", f"Find them: `kgreview run {project.path}`"))
    else:
        progress_lines(progress[:MOST_TYPES])
        if len(progress) > MOST_TYPES:
            st.caption(f"{len(progress) - MOST_TYPES:,} more types are not listed here.")
        others = [each for each in progress if not each.asked]
        if others:
            number = sum(each.total for each in others)
            st.caption(
                f"{number:,} of these entities are of types that are not asked about, by the "
                "Schema page; choose the type to list them."
            )
        if not entities.is_scored(project):
            run = markdown_text(f"kgreview run {project.path}", 300)
            st.caption(
                f"Nothing is scored yet, so no candidate is the best. Train and score: {run}"
            )
        filters(wanted, [each.type for each in progress])
        table(wanted)

"""What a viewer may do on the Review page: look through the queue, filter, ask why. No page."""

from __future__ import annotations

import streamlit as st

from kgreview.pipeline.project import Project
from kgreview.review import looking
from kgreview.store.pair_filter import PairFilter
from kgreview.ui.pair import PairView
from pages.filters import filter_button
from pages.shared import open_pair
from pages.why import why_button

READ_ONLY = "You may look, not decide: that takes the role *curator*. An owner gives it."


def next_open(project: Project, wanted: PairFilter) -> PairView | None:
    """Give the pair at the place that the viewer has turned to; the last one past the end."""
    place = _place(wanted)
    shown = looking.open_pair(project, wanted, place)
    while shown is None and place:  # others have decided meanwhile
        place -= 1
        shown = looking.open_pair(project, wanted, place)
    st.session_state.viewed = wanted.key, place
    return shown


def viewer_bar(project: Project, view: PairView, wanted: PairFilter) -> None:
    """Offer what changes nothing."""
    place, token = _place(wanted), view.question.token
    st.button(
        "Previous",
        key=f"previous-{token}",
        shortcut="P",
        disabled=not place,
        on_click=turn,
        args=(wanted, place - 1),
    )
    st.button("Next", key=f"next-{token}", shortcut="N", on_click=turn, args=(wanted, place + 1))
    why_button(project, view)
    st.caption(READ_ONLY)
    filter_button(project, wanted)


def turn(wanted: PairFilter, place: int) -> None:
    """Go to another place of the queue."""
    st.session_state.viewed = wanted.key, place
    open_pair(None)


def _place(wanted: PairFilter) -> int:
    key, place = st.session_state.get("viewed", ("", 0))
    return int(place) if key == wanted.key else 0

"""The search for any right entity beside the pair that is shown. No page itself."""

from __future__ import annotations

from hashlib import blake2b
from typing import NamedTuple

import streamlit as st

from kgreview.pipeline.project import Project
from kgreview.review.entity_search import MOST, find_right
from kgreview.ui.finding import refused_label, result_label
from kgreview.ui.pair import PairView
from pages.shared import errors_in_one_line, open_pair

HINT = "Part of a name, or an id"


class Search(NamedTuple):
    """A search that is open."""

    token: str  # of the question it was opened on
    text: str  # what it began with
    before_none: bool  # opened by 0, before the left entity is said to have no counterpart


def search_button(view: PairView) -> None:
    """Offer the search; Streamlit has no shortcut "/", so the script of the page presses it."""
    with st.container(key="find", width="content"):
        st.button(
            "Search :gray-background[/]",
            key=f"find-{view.question.token}",
            type="tertiary",
            help="Any entity of the right graph, candidate or not",
            on_click=start_search,
            args=(view,),
        )


def start_search(view: PairView, text: str = "", *, before_none: bool = False) -> None:
    """Open the search for what may be put beside the left entity."""
    st.session_state.search = Search(view.question.token, text, before_none)


def end_search() -> None:
    """Close the search."""
    st.session_state.pop("search", None)


def is_searching(view: PairView) -> bool:
    """Tell whether the search is open on this very pair."""
    search = st.session_state.get("search")
    return search is not None and search.token == view.question.token


def search_field(view: PairView) -> None:
    """Offer the field; who opened the search with its key wants to type, who pressed 0 to look."""
    search = st.session_state.search
    with st.container(key="find-look" if search.before_none else "find-type", width="content"):
        st.text_input(
            HINT,
            search.text,
            key=_field(view),
            max_chars=200,
            placeholder=HINT,
            label_visibility="collapsed",
            width=320,
        )


def back_button(view: PairView) -> None:
    """Offer the way back to the pair as it was."""
    with st.container(key="find-back", width="content"):
        st.button(
            "Back",
            key=f"back-{view.question.token}",
            shortcut="Escape",
            type="tertiary",
            on_click=end_search,
        )


def search_results(project: Project, view: PairView) -> None:
    """List what is found, one key each; to choose one shows it beside the left entity."""
    text = st.session_state.get(_field(view), "").strip()
    left = view.question.left
    with errors_in_one_line():
        hits = find_right(project, left, text)
        choices = [each for each in hits if not each.refused]
        drawn = blake2b(text.encode(errors="replace"), digest_size=6).hexdigest()
        for number, each in enumerate(choices, 1):
            st.button(
                result_label(each, shown=each.id == view.question.right),
                key=f"found{number}-{drawn}-{view.question.token}",
                shortcut=str(number),
                type="tertiary",
                width="stretch",
                on_click=choose_entity,
                args=(left, each.id),
            )
        st.caption(_below(text, len(choices)))
        for each in hits:
            if each.refused:
                st.caption(refused_label(each))


def choose_entity(left: str, right: str) -> None:
    """Show a pair, and close the search."""
    end_search()
    open_pair((left, right))


def _field(view: PairView) -> str:
    return f"find-text-{view.question.token}"


def _below(text: str, hits: int) -> str:
    if not text:
        return f"{HINT}, then Enter. Typing mistakes and other scripts are fine."
    if not hits:
        return "No entity of a paired type has such a name. Try another word of it."
    if hits == MOST:
        return f"The {MOST} likeliest; add words to narrow the search. ↓ and Enter also choose."
    return "↓ and Enter also choose. Each can be matched, candidate or not."

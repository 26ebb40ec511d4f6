"""Who reviews: a name that was typed, or a sign-in; shown, and changed, at the top. No page."""

from __future__ import annotations

import streamlit as st

from kgreview.errors import InputError, KGReviewError
from kgreview.pipeline.project import Project
from kgreview.review import people
from kgreview.store.rights import who_asks
from kgreview.ui.heading import empty_html, markdown_text
from kgreview.ui.keyboard import CURATOR_COOKIE, curator_html, curator_of
from pages.shared import errors_in_one_line, open_dialog
from pages.signing_in import sign_in, sign_out_button

_OF_ONE = ("odds", "said", "shown", "undo_token")  # what a tab keeps of who reviews in it
ONE_MACHINE = (
    "Nobody signs in here: it is a tool for one machine, and whoever has its address may decide "
    "under any name. `kgreview review --auth` has people sign in."
)


def curator(project: Project) -> str:
    """Give the name that decisions bear: of the sign-in, or asked once and kept by this browser.

    Never taken from the address: a link must not make its reader somebody else.
    """
    who = who_asks()
    if who is not None:
        person = people.enter_person(project, who)
        if person is not None:
            _badge(project, person.name, f"{person.role.value.capitalize()}. ")
            return person.name
    typed = st.session_state.get("curator") or curator_of(st.context.cookies.get(CURATOR_COOKIE))
    name = _known(project, typed) if typed and who is None else None
    if name is None:
        _ask_for_name(project)
        st.stop()
    st.session_state.curator = name
    _badge(project, name, "")
    return name


def _known(project: Project, typed: str) -> str | None:
    """Give the name as the project spells it; say what is wrong with one that it refuses."""
    key = (str(project.path), typed)
    if st.session_state.get("known", ("", ""))[0] == key:
        return str(st.session_state.known[1])
    try:
        name = people.enter_curator(project, typed)
    except InputError as error:
        st.session_state.pop("curator", None)
        st.error(markdown_text(str(error), 400), icon=":material/error:")
        return None
    except KGReviewError as error:  # of the project, not of the name
        st.error(markdown_text(str(error), 400), icon=":material/error:")
        st.stop()
    st.session_state.known = key, name
    return name


def _ask_for_name(project: Project) -> None:
    words = "Your name goes with each of your decisions. This browser keeps it."
    st.html(empty_html("Who reviews?", words, ONE_MACHINE))
    _, middle, _ = st.columns([1, 1, 1])
    with middle.form("curator_form", border=False):
        entered = st.text_input("Your name", max_chars=80, placeholder="for example Ada")
        if st.form_submit_button("Start reviewing", type="primary", width="stretch"):
            with errors_in_one_line():
                st.session_state.curator = people.enter_curator(project, entered)
                st.rerun()


def _badge(project: Project, name: str, role: str) -> None:
    """Show who reviews at the top of the page; a click changes it."""
    with st.container(key="who"):
        if st.button(markdown_text(name, 24), key="who-name", type="tertiary", help="Who you are"):
            open_dialog("Who you are", lambda: _change(project, name, role))
        if who_asks() is None and st.session_state.get("in_cookie") != name:
            st.session_state.in_cookie = name  # once: the browser keeps it
            st.html(curator_html(name), unsafe_allow_javascript=True)


def _change(project: Project, name: str, role: str) -> None:
    who = who_asks()
    with st.form("who_form", border=False):
        entered = st.text_input("Your name", name, max_chars=80)
        if st.form_submit_button("Change", type="primary"):
            with errors_in_one_line():
                if who is None:
                    st.session_state.curator = people.enter_curator(project, entered)
                else:
                    people.rename_person(project, who, entered)
                for key in _OF_ONE:
                    st.session_state.pop(key, None)
                st.rerun()
    if who is None:
        st.caption("Decisions from now on bear it; those before keep the name they have.")
        st.caption(ONE_MACHINE)
        return
    st.caption(markdown_text(f"{role}Signed in as {who.email or who.subject}.", 300))
    st.caption("It can be changed until a decision bears it.")
    if sign_in() is not None:
        sign_out_button()

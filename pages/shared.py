"""What pages share: open project, curator, looks, errors in one line. No page itself."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import streamlit as st

from kgreview.errors import InputError, KGReviewError
from kgreview.views.css import desk_css
from kgreview.views.heading import empty_html, markdown_text
from kgreview.workflow.desk import PROJECT_VARIABLE, project_of_app
from kgreview.workflow.project import Project


def dark() -> bool:
    """Tell whether the browser shows the dark theme."""
    return bool(st.context.theme.type == "dark")


def open_project() -> Project:
    """Open the app's project and dress the page, or say how to start and stop the script."""
    st.html(desk_css(dark=dark()))
    try:
        found = project_of_app()
        return _kept(found.path, (found.path / "kgreview.json").stat().st_mtime_ns)
    except (InputError, OSError) as error:
        st.html(
            empty_html(
                "No project is open",
                *([str(error)] if os.environ.get(PROJECT_VARIABLE) else []),
                "Start with `kgreview demo` for the sample graphs, or with "
                "`kgreview create PROJECT --left DIR --right DIR` for your own.",
            )
        )
        st.stop()


@st.cache_resource(max_entries=4, show_spinner=False)
def _kept(path: Path, _changed: int) -> Project:
    """Keep the memory-mapped graphs open between clicks. No database is kept: see DESIGN.md."""
    return Project.open(path)


def curator() -> str:
    """Give the curator's name: asked once, then kept in the address, so that a reload keeps it."""
    name = st.session_state.get("curator") or st.query_params.get("curator", "")
    if name := " ".join(name.split())[:80]:
        st.session_state.curator = name
        if st.query_params.get("curator") != name:
            st.query_params.curator = name
        return name
    st.html(
        empty_html(
            "Who reviews?",
            "Your name goes with each of your decisions. It stays in this page's address: "
            "bookmark it, and you are asked no more.",
        )
    )
    _ask_for_name()
    return st.stop()


def _ask_for_name() -> None:
    _, middle, _ = st.columns([1, 1, 1])
    with middle.form("curator_form", border=False):
        entered = st.text_input("Your name", max_chars=80, placeholder="for example Ada")
        if st.form_submit_button("Start reviewing", type="primary", width="stretch"):
            if entered.strip():
                st.session_state.curator = entered.strip()
                st.rerun()
            st.error("Please give a name.")


@contextmanager
def errors_in_one_line() -> Iterator[None]:
    """Show what the user can act on as one line, never as a traceback."""
    try:
        yield
    except KGReviewError as error:
        st.error(markdown_text(str(error), 400), icon=":material/error:")

"""What pages share: the open project, looks, dialogs, errors in one line. No page itself."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Literal

import streamlit as st

from kgreview.errors import InputError
from kgreview.pipeline.guard import in_one_line
from kgreview.pipeline.project import Project
from kgreview.pipeline.project_folder import folder_of_app, is_project, project_path
from kgreview.review.session import PROJECT_VARIABLE, project_of_app
from kgreview.ui.css import desk_css
from kgreview.ui.heading import empty_html
from kgreview.ui.keyboard import guard_html
from pages import messages
from pages.choice import choose, chosen_name, projects_link
from pages.signing_in import let_in

errors_in_one_line = messages.errors_in_one_line  # where all pages look for it
DialogWidth = Literal["small", "medium", "large"]

_HOW_TO_START = (
    "Start with `kgreview demo` for the sample graphs, or with "
    "`kgreview create PROJECT --left DIR --right DIR` for your own."
)


def dark() -> bool:
    """Tell whether the browser shows the dark theme."""
    return bool(st.context.theme.type == "dark")


def open_project() -> Project:
    """Open the app's project and dress the page, or say how to start and stop the script.

    Of a folder of projects it is the one that the address names, or that this tab opened last.
    """
    _navigate()
    folder = folder_of_app()
    try:
        project = _opened(project_of_app().path if folder is None else _chosen_path(folder))
    except Exception as error:
        fault = in_one_line(error)
        if fault is None:
            raise
        _dress()
        given = folder is not None or os.environ.get(PROJECT_VARIABLE)
        st.html(
            empty_html(
                "No project is open",
                *([str(fault)] if given else []),
                *([_HOW_TO_START] if folder is None else []),
            )
        )
        projects_link("Projects")
        st.stop()
    st.session_state.project_path = project.path
    _dress("" if folder is None else project.path.name)
    let_in(project)
    if folder is not None:
        choose(project.path.name)
    return project


def open_folder() -> Path:
    """Give the app's folder of projects and dress the page; of one project, say so."""
    _navigate()
    folder, name = folder_of_app(), chosen_name() or ""
    _dress(name if folder is not None and is_project(folder, name) else "")
    if folder is None:
        st.html(
            empty_html(
                "One project is open",
                "Start with `kgreview review FOLDER` for all projects of a folder.",
            )
        )
        st.stop()
    let_in(None)
    return folder


def _chosen_path(folder: Path) -> Path:
    name = chosen_name()
    if name is None:
        raise InputError("choose one on the Projects page")
    return project_path(folder, name)


def _dress(title: str = "") -> None:
    with st.container(key="script-of-the-page", height="content"):
        st.html(desk_css(dark=dark(), title=title))
        st.html(guard_html(), unsafe_allow_javascript=True)


def _navigate() -> None:
    """Have ``app.py`` run, where it was left out.

    Until ``st.navigation`` is called once, Streamlit takes the folder for pages of its older kind:
    a server's first request runs the page it names without ``app.py``, and so without navigation.
    """
    if "navigated" not in st.session_state:
        pages = [st.Page(page) for page in Path(__file__).parent.glob("*.py")]
        st.navigation([st.Page("app.py", default=True), *pages])
        st.rerun()


def _opened(path: Path) -> Project:
    """Open a project; one that was made anew in the place of another, or refreshed, is another."""
    # opening raises what is wrong with it, of one that is kept too
    return _kept(path, *Project.open(path).state)


@st.cache_resource(max_entries=16, show_spinner=False)
def _kept(path: Path, *state: Hashable) -> Project:  # noqa: ARG001 - no key with _
    """Keep the memory-mapped graphs open between clicks. No database is kept: see DESIGN.md."""
    return Project.open(path)


def open_pair(pair: tuple[str, str] | None) -> None:
    """Name a pair in the address, where a link may have put it too; ``None`` asks the queue."""
    given = st.query_params.to_dict()
    wanted = {name: value for name, value in given.items() if name not in ("left", "right")}
    if pair is not None:
        wanted |= zip(("left", "right"), pair, strict=True)
    if wanted != given:  # in one change: each is a message to the browser
        st.query_params.from_dict(wanted)


def open_dialog(title: str, body: Callable[[], object], width: DialogWidth = "small") -> None:
    """Open a dialog over the page; ``dialog_open`` says so until it is closed."""
    st.session_state.dialog = True
    st.dialog(title, width=width, on_dismiss="rerun")(body)()


def no_dialog() -> None:
    """Note that none is open: each run of a whole page closes the one that was."""
    st.session_state.dialog = False


def dialog_open() -> bool:
    """Tell whether a dialog is open, which a run of the whole page would close."""
    return bool(st.session_state.get("dialog"))


def is_blind() -> bool:
    """Tell whether score and evidence are hidden until the curator has decided."""
    return st.query_params.get("blind") == "1"


def toggle_blind() -> None:
    """Hide score and evidence, or show them again; the address remembers it."""
    if is_blind():
        st.query_params.pop("blind")
    else:
        st.query_params.blind = "1"

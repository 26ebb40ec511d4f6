"""Which project of a folder a tab works on: its address says so, or its session. No page itself."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from kgreview.pipeline.project_folder import folder_of_app

_OF_ALL_PROJECTS = ("curator", "navigated", "project", "problem", "done")  # kept by the session


def chosen_name() -> str | None:
    """Name the project that this tab works on; it need not be there."""
    name = st.query_params.get("project") or st.session_state.get("project")
    return str(name) if name else None


def choose(name: str | None) -> None:
    """Work on a project from now on; what the session kept of another is forgotten."""
    if st.session_state.get("project", name) != name:
        for key in list(st.session_state):
            if str(key) not in _OF_ALL_PROJECTS and not str(key).startswith("projects-"):
                del st.session_state[key]
    if name is None:
        st.query_params.pop("project", None)
        st.session_state.pop("project", None)
        return
    st.session_state.project = name
    if st.query_params.get("project") != name:
        st.query_params.project = name


def address(parameters: Mapping[str, str] | None = None) -> dict[str, str]:
    """Complete the parameters of a link within a project, so that it can be opened elsewhere."""
    name = None if folder_of_app() is None else chosen_name()
    return {**({} if name is None else {"project": name}), **(parameters or {})}


def projects_link(label: str) -> None:
    """Lead to the steps of the project, where the app has a folder of them."""
    if folder_of_app() is not None:
        with st.container(horizontal=True, horizontal_alignment="center"):
            st.page_link(
                "pages/projects.py", label=label, icon=":material/folder:", query_params=address()
            )

"""What went wrong, or was done, told in one line. No page itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.errors import Error as StreamlitError

from kgreview.pipeline.guard import in_one_line
from kgreview.store.database import one_opening
from kgreview.ui.heading import markdown_text


@contextmanager
def errors_in_one_line(*, later: bool = False) -> Iterator[None]:
    """Show what the user can act on as one line, never as a traceback.

    What is done within opens the database once. ``later``: what goes wrong in a callback is shown
    by the page that is drawn after it.
    """
    try:
        with one_opening():
            yield
    except Exception as error:
        if isinstance(error, StreamlitError):  # of the page, whatever else may be damaged
            raise
        fault = in_one_line(error, st.session_state.get("project_path"))
        if fault is None:  # a defect, or what stops or repeats the script
            raise
        if later:
            st.session_state.problem = str(fault)
        else:
            st.error(markdown_text(str(fault), 400), icon=":material/error:")


def tell_outcome() -> None:
    """Show, once, what came of the last press: what went wrong ``later``, or what was done."""
    if problem := st.session_state.pop("problem", None):
        st.error(markdown_text(problem, 400), icon=":material/error:")
    if done := st.session_state.pop("done", None):
        st.success(markdown_text(done, 200), icon=":material/check:")

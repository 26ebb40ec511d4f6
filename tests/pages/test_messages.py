"""What goes wrong is told as what it is: a fault of a page is not put down to the project."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from kgreview.pipeline.project import Project


def page_with_a_key_that_streamlit_keeps() -> None:
    import streamlit as st

    from pages.messages import errors_in_one_line

    with errors_in_one_line():
        st.button("Related", shortcut="R")


def test_what_streamlit_refuses_is_a_defect_and_not_a_missing_folder(
    project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    assert not (project.path / "models" / "v1").exists()
    app = AppTest.from_function(page_with_a_key_that_streamlit_keeps, default_timeout=30)
    app.session_state.project_path = project.path
    app.run()
    assert len(app.exception) == 1
    assert "cannot use the keys" in caplog.text, "the log says what"
    assert not app.error

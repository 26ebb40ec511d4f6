"""New projects on their way: looked at, imported, waiting for somebody. No page itself."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from kgreview.exchange.inspection import Inspection, inspection_lines
from kgreview.pipeline import imports, project_folder
from kgreview.pipeline.import_records import IMPORT, Inspected
from kgreview.pipeline.imports import ImportRecord
from kgreview.review import models
from kgreview.ui.heading import markdown_text
from pages.choice import choose
from pages.job_progress import show_log, show_progress
from pages.new_project import heeded_by, how_to_read
from pages.shared import errors_in_one_line


def on_their_way(folder: Path) -> None:
    """Show the new projects that are looked at, imported, or wait for somebody."""
    for record in imports.imports(folder):
        with st.container(border=True):
            st.markdown(f"**{markdown_text(record.name, 100)}**, new")
            if record.running:
                st.fragment(_running, run_every=1.0)(folder, record.name)
            else:
                _waiting(folder, record)


def _running(folder: Path, name: str) -> None:
    record = imports.import_record(folder, name)
    if record is None and project_folder.is_project(folder, name):
        choose(name)
        st.session_state.done = f"{name} is imported"
    if record is None or record.job is None or not record.running:
        st.rerun(scope="app")
        return

    def cancel() -> None:
        with errors_in_one_line(later=True):
            imports.cancel(folder, name)

    st.caption(f"{models.job_title(record.job)}: you can leave this page.")
    log = imports.log_tail(folder, name)
    show_progress(record.job, f"projects-cancel-{name}", cancel, log)


def _waiting(folder: Path, record: ImportRecord) -> None:
    job, name = record.job, record.name
    words = markdown_text(job.message if job else "", 600)
    if record.request is None or job is None:
        st.error("Its saved state is damaged: discard it and start again.")
    elif job.state == "failed":
        st.error(words, icon=":material/error:")
        show_log(imports.log_tail(folder, name))
    elif job.state == "cancelled":
        st.info(words, icon=":material/cancel:")
    if record.inspected is not None:
        _what_is_there(record.inspected)
    for note in record.request.notes if record.request else ():
        st.caption(markdown_text(note, 300))
    with st.container(horizontal=True):
        if record.inspected is not None:
            st.button(
                "Import",
                type="primary",
                key=f"projects-import-{name}",
                on_click=_start,
                args=(folder, name),
            )
        st.button("Discard", key=f"projects-discard-{name}", on_click=_discard, args=(folder, name))
    if record.request is not None:
        with (
            st.expander("Change how it is read", expanded=record.inspected is None),
            st.form(f"projects-how-{name}", border=False),
        ):
            how, seen = record.request.how, record.inspected
            how = how_to_read(
                how,
                f"how-{name}",
                (
                    heeded_by(how.left, seen.left if seen else None),
                    heeded_by(how.right, seen.right if seen else None),
                ),
                pair=record.request.pair is not None,
            )
            if st.form_submit_button("Check again"):
                with errors_in_one_line():
                    imports.read_otherwise(folder, name, how)
                    st.rerun()


def _what_is_there(inspected: Inspected) -> None:
    for column, side in zip(st.columns(2, gap="large"), ("left", "right"), strict=True):
        with column:
            _one_side(side, getattr(inspected, side))
    for line in inspected.links:
        st.markdown(markdown_text(line, 400))


def _one_side(side: str, inspection: Inspection) -> None:
    i = inspection
    st.markdown(
        f"{side.capitalize()}: **{i.entities:,}** entities, **{i.values:,}** values, "
        f"**{i.relations:,}** relations, read as {markdown_text(i.form)}"
    )
    for note in i.notes:
        st.caption(markdown_text(note, 300))
    with st.expander("Types, attributes, relations, examples"):
        st.code("\n".join(inspection_lines(i)), language=None, wrap_lines=True, height=300)


def _start(folder: Path, name: str) -> None:
    with errors_in_one_line(later=True):
        imports.start(folder, name, IMPORT)


def _discard(folder: Path, name: str) -> None:
    with errors_in_one_line(later=True):
        imports.discard(folder, name)

"""The projects of a folder: a new one, how far each is, and the steps of the one that is chosen."""

from __future__ import annotations

import shlex
from pathlib import Path

import pandas as pd
import streamlit as st

from kgreview.errors import KGReviewError
from kgreview.pipeline import jobs, project_folder
from kgreview.pipeline.project import Project
from kgreview.pipeline.project_folder import Listing, ProjectLine
from kgreview.pipeline.steps import Step, project_steps
from kgreview.review import people
from kgreview.store.rights import Right
from kgreview.ui.heading import markdown_text
from kgreview.ui.text import plain
from pages.choice import address, choose, chosen_name
from pages.import_progress import on_their_way
from pages.job_progress import follow_job, last_job
from pages.messages import tell_outcome
from pages.new_project import new_project
from pages.shared import errors_in_one_line, open_folder
from pages.signing_in import let_in

SCHEMA_PAGE = Path(__file__).with_name("schema.py")
COUNTS = ("left", "right", "candidates", "decided", "open")
COLUMNS = ("project", *COUNTS, "settled", "version", "next step")
ICONS = {
    "done": ":material/check_circle:",
    "next": ":material/arrow_circle_right:",
    "running": ":material/sync:",
    "later": ":material/radio_button_unchecked:",
}


def project_table(listing: Listing) -> None:
    """List the projects, the one that is chosen below opens."""
    lines = listing.lines
    key = f"projects-{hash(tuple(line.name for line in lines))}"

    def pick() -> None:
        rows = st.session_state[key]["selection"]["rows"]
        if rows and rows[0] < len(lines):
            choose(lines[rows[0]].name)

    st.dataframe(
        pd.DataFrame([_row(line) for line in lines]),
        key=key,
        hide_index=True,
        width="stretch",
        height=min(317, 35 * (len(lines) + 1) + 2),
        on_select=pick,
        selection_mode="single-row",
        column_order=COLUMNS,
        column_config={
            **{name: st.column_config.NumberColumn(format="localized") for name in COUNTS},
            "settled": st.column_config.ProgressColumn("settled", format="percent"),
            "next step": st.column_config.TextColumn(width="large"),
        },
        placeholder="",
    )
    st.caption("Choose a row to see its steps.")
    for note in listing.notes:
        st.caption(markdown_text(note, 300))


def _row(line: ProjectLine) -> dict[str, object]:
    called = "" if line.title == line.name else f" ({plain(line.title, 60)})"
    if line.problem:
        return {"project": plain(line.name, 80), "next step": f"⚠ {plain(line.problem, 300)}"}
    return {
        "project": plain(line.name, 80) + called,
        "left": line.left,
        "right": line.right,
        "candidates": line.candidates,
        "decided": line.decided,
        "open": line.open,
        "settled": line.decided / max(1, line.decided + line.open),
        "version": line.version,
        "next step": line.next_step,
    }


def chosen_project(name: str) -> None:
    """Show the steps of a project, or what is wrong with it."""
    line = project_folder.project_line(folder, name)
    st.markdown(f"#### {markdown_text(name, 100)}")
    if line.problem:
        st.error(markdown_text(line.problem, 400), icon=":material/error:")
        return
    project = Project.open(project_folder.project_path(folder, name))
    let_in(project)
    job = jobs.latest(project)
    for step in project_steps(project, line, job):
        step_row(project, step)
    if job is not None and job.state == "running":
        follow_job(project, job, "You can leave this page.")
    elif job is not None and (job.kind == "run" or job.state == "failed"):
        last_job(project, job)
    if project.notes:
        with st.expander(f"Notes of the import ({len(project.notes):,})"):
            st.code("\n".join(project.notes), language=None, wrap_lines=True)
    st.caption(
        "To remove the project, stop its jobs and delete its folder: "
        + markdown_text(f"rm -r {shlex.quote(str(project.path))}", 500)
    )


def step_row(project: Project, step: Step) -> None:
    """Show how one step stands, with what can be done there."""
    sign, words, action = st.columns([0.13, 0.6, 0.27], vertical_alignment="center")
    sign.markdown(f"{ICONS[step.state]} **{step.name}**")
    words.markdown(markdown_text(step.words, 200))
    with action:
        if step.name == "Schema":
            schema_action(project)
        elif step.name == "Run" and step.state != "running":
            st.button(
                "Run" if step.state == "next" else "Run again",
                type="primary" if step.state == "next" else "secondary",
                on_click=run,
                args=(project,),
            )
        elif step.name == "Review" and step.state != "later":
            st.page_link(
                "pages/review.py",
                label="Review",
                icon=":material/rule:",
                query_params=address(),
            )


def schema_action(project: Project) -> None:
    """Lead to where the schema is looked over."""
    if SCHEMA_PAGE.is_file():
        st.page_link(
            f"pages/{SCHEMA_PAGE.name}",
            label="Check the schema",
            icon=":material/schema:",
            query_params=address(),
        )
    else:
        st.caption(f"in its {markdown_text((project.path / 'schema.json').name)}")


def run(project: Project) -> None:
    """Block, train and score in a process of its own."""
    try:
        jobs.start_run(project)
    except KGReviewError as error:
        st.session_state.problem = str(error)


folder = open_folder()
tell_outcome()
with errors_in_one_line():
    found = people.seen(project_folder.list_projects(folder), folder)
    st.subheader("Projects")
    st.caption(f"{len(found.lines):,} in {markdown_text(str(folder), 300)}")
    if found.lines:
        project_table(found)
    named = chosen_name()
    if named is not None and any(line.name == named for line in found.lines):
        with errors_in_one_line():
            chosen_project(named)
    elif named is not None:
        st.warning(f"There is no project {markdown_text(named, 100)} here; choose one of the list.")
    if people.may(None, Right.MANAGE):
        on_their_way(folder)
        new_project(folder, expanded=not found.lines)

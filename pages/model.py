"""Versions of the model, and the button that teaches it what was decided."""

from __future__ import annotations

import streamlit as st

from kgreview.errors import KGReviewError
from kgreview.pipeline import jobs
from kgreview.pipeline.project import Project
from kgreview.review import counts, models
from kgreview.ui.heading import empty_html
from pages.choice import address, projects_link
from pages.job_progress import follow_job, last_job
from pages.messages import tell_outcome
from pages.shared import errors_in_one_line, open_project
from pages.versions import version_details, version_table
from pages.who import curator


def start() -> None:
    """Start fine-tuning in a process of its own."""
    try:
        jobs.start_finetuning(project)
    except KGReviewError as error:
        st.session_state.problem = str(error)


def finetuning(state: models.ModelState) -> None:
    """Offer fine-tuning, or show the one that runs."""
    job = jobs.latest(project)
    if job is not None and job.state == "running":
        follow_job(project, job, "Go on reviewing: you can leave this page.")
        return
    if state.usable == 0:
        st.markdown(
            "No decision to learn from yet: accept or reject some pairs first."
            if counts.review_counts(project, reviewer).open
            else "No decision to learn from, and no pair is left to decide: known links taught "
            "what there is. The Quality page says what the alignment is worth."
        )
    elif state.missing:
        st.markdown(f"**{state.unseen:,}** decisions to learn from, but {state.missing}.")
    else:
        st.markdown(
            f"**{state.unseen:,}** of {state.usable:,} decisions to learn from are new to the "
            "current version."
        )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button(
            "Fine-tune on all decisions so far",
            type="primary",
            icon=":material/model_training:",
            on_click=start,
            disabled=state.usable == 0 or state.missing is not None,
        )
        st.page_link("pages/settings.py", label=by_itself(), query_params=address())
    if job is not None:
        last_job(project, job, held=job.kind == "fine-tune" and state.versions[0].held_back)


def by_itself() -> str:
    """Say when fine-tuning starts without the button."""
    after = jobs.finetune_after(project)
    if not after:
        return "It does not start by itself"
    return f"It starts by itself after {after:,} new decisions"


def first_run() -> None:
    """Say how the first version is made, or how far it is."""
    job = jobs.latest(project)
    if job is not None and job.state == "running":
        follow_job(project, job, "You can leave this page.")
        return
    st.html(empty_html("No version yet", f"Train the first: `kgreview run {project.path}`"))
    projects_link("Run it on the Projects page")


project: Project = open_project()
reviewer = curator(project)
tell_outcome()
with errors_in_one_line():
    st.subheader("Model")
    state = models.model_state(project)
    if state.versions:
        finetuning(state)
        version_details(project, reviewer, version_table(project, state))
    else:
        first_run()

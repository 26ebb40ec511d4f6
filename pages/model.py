"""Versions of the model, and the button that teaches it what was decided."""

from __future__ import annotations

import streamlit as st

from kgreview.errors import KGReviewError
from kgreview.review.jobs import Job
from kgreview.views.heading import empty_html, markdown_text
from kgreview.workflow import desk, jobs
from kgreview.workflow.project import Project
from pages.shared import curator, errors_in_one_line, open_project
from pages.versions import version_details, version_table


def start() -> None:
    """Start fine-tuning in a process of its own."""
    try:
        jobs.start_finetuning(project)
    except KGReviewError as error:
        st.session_state.problem = str(error)


def cancel(job_id: int) -> None:
    """Ask the running job to stop; what it has learnt so far is dropped."""
    try:
        jobs.cancel(project, job_id)
    except KGReviewError as error:
        st.session_state.problem = str(error)


def set_after() -> None:
    """Keep after how many decisions fine-tuning starts by itself."""
    with errors_in_one_line(later=True):
        jobs.set_finetune_after(project, st.session_state.finetune_after)


def running_job(job: Job) -> None:
    """Show how far the job is, until it is over."""
    latest = jobs.latest(project)
    if latest is None or latest.state != "running":
        st.rerun(scope="app")
        return
    share, words = desk.job_progress(latest)
    st.progress(share, markdown_text(words, 160))
    st.button(
        "Stopping …" if latest.cancel_requested else "Cancel",
        key=f"cancel-{job.id}",
        on_click=cancel,
        args=(job.id,),
        disabled=latest.cancel_requested,
    )
    log_of(latest)


def log_of(job: Job) -> None:
    """Offer the end of what a job wrote down."""
    if lines := jobs.log_tail(project, job):
        with st.expander("Its log"):
            st.code(lines, language=None, wrap_lines=True)


def last_job(job: Job, *, held: bool) -> None:
    """Say how the last job ended and what to do; ``held``: what it made was held back."""
    words = markdown_text(job.message or "", 400).rstrip(".\\ ")
    title = desk.job_title(job)
    if job.state == "done" and held:
        st.warning(f"{title} is done: {words}", icon=":material/pause_circle:")
    elif job.state == "done":
        st.success(f"{title} is done: {words}", icon=":material/check:")
    elif job.state == "cancelled":
        st.info(f"{title} was stopped: {words}", icon=":material/cancel:")
    else:
        again = " The button above starts it again." if job.kind == "fine-tune" else ""
        st.error(f"{title} failed: {words}.{again}", icon=":material/error:")


def finetuning(found: desk.Models) -> None:
    """Offer fine-tuning, or show the one that runs."""
    job = jobs.latest(project)
    if job is not None and job.state == "running":
        title = desk.job_title(job)
        st.markdown(f"**{title}.** Go on reviewing: this page need not stay open.")
        st.fragment(running_job, run_every=1.0)(job)
        return
    if found.usable == 0:
        st.markdown("No decision to learn from yet: accept or reject some pairs first.")
    elif found.missing:
        st.markdown(f"**{found.unseen:,}** decisions to learn from, but {found.missing}.")
    else:
        st.markdown(
            f"**{found.unseen:,}** of {found.usable:,} decisions to learn from are new to the "
            "current version."
        )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button(
            "Fine-tune on all decisions so far",
            type="primary",
            icon=":material/model_training:",
            on_click=start,
            disabled=found.usable == 0 or found.missing is not None,
        )
        st.number_input(
            "By itself after so many new decisions (0: never)",
            0,
            100_000,
            jobs.finetune_after(project),
            key="finetune_after",
            on_change=set_after,
            width=340,
        )
    if job is not None:
        last_job(job, held=job.kind == "fine-tune" and found.versions[0].held_back)
        log_of(job)


project: Project = open_project()
reviewer = curator()
if problem := st.session_state.pop("problem", None):
    st.error(markdown_text(problem, 400), icon=":material/error:")
with errors_in_one_line():
    st.subheader("Model")
    state = desk.models(project)
    if state.versions:
        finetuning(state)
        version_details(project, reviewer, version_table(project, state))
    else:
        st.html(empty_html("No version yet", f"Train the first: `kgreview run {project.path}`"))

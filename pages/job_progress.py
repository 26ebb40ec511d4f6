"""Work in the background as pages show it: how far it is, cancel, how it ended. No page itself."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from kgreview.pipeline import jobs
from kgreview.pipeline.project import Project
from kgreview.review import models
from kgreview.store.jobs import Job
from kgreview.ui.heading import markdown_text
from pages.shared import errors_in_one_line


def follow_job(project: Project, job: Job, words: str) -> None:
    """Show how far a project's job is, until it is over."""
    st.markdown(f"**{markdown_text(models.job_title(job))}.** {words}")
    st.fragment(_running_job, run_every=1.0)(project)


def _running_job(project: Project) -> None:
    job = jobs.latest(project)
    if job is None or job.state != "running":
        st.rerun(scope="app")
        return

    def cancel() -> None:
        with errors_in_one_line(later=True):
            jobs.cancel(project, job.id)

    show_progress(job, f"cancel-{job.id}", cancel, jobs.log_tail(project, job))


def show_progress(job: Job, key: str, cancel: Callable[[], None], log: str) -> None:
    """Show how far a job is, with a button to cancel it and the end of its log."""
    share, words = models.job_progress(job)
    st.progress(share, markdown_text(words, 160))
    st.button(
        "Stopping …" if job.cancel_requested else "Cancel",
        key=key,
        on_click=cancel,
        disabled=job.cancel_requested,
    )
    show_log(log)


def show_log(log: str) -> None:
    """Offer the end of what a job wrote down."""
    if log:
        with st.expander("Its log"):
            st.code(log, language=None, wrap_lines=True)


def last_job(project: Project, job: Job, *, held: bool = False) -> None:
    """Say how the last job ended and what to do; ``held``: what it made was not promoted."""
    words = markdown_text(job.message or "", 400).rstrip(".\\ ")
    title = markdown_text(models.job_title(job))
    if job.state == "done" and held:
        st.warning(f"{title} is done: {words}", icon=":material/pause_circle:")
    elif job.state == "done":
        st.success(f"{title} is done: {words}", icon=":material/check:")
    elif job.state == "cancelled":
        st.info(f"{title} was stopped: {words}", icon=":material/cancel:")
    else:
        again = " The button above starts it again." if job.kind in ("fine-tune", "run") else ""
        st.error(f"{title} failed: {words}.{again}", icon=":material/error:")
    show_log(jobs.log_tail(project, job))

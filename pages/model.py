"""Versions of the model, and the button that teaches it what was decided."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from kgreview.errors import KGReviewError
from kgreview.review.jobs import Job
from kgreview.review.versions import Version
from kgreview.views.heading import empty_html, markdown_text
from kgreview.workflow import desk, jobs
from kgreview.workflow.agreement import attention_words, measured
from kgreview.workflow.project import Project
from pages.shared import curator, errors_in_one_line, open_project

FIGURES = {
    "prauc": "PRAUC",
    "f1": "F1",
    "precision": "precision",
    "recall": "recall",
    "recall_at_precision": "recall at .95",
    "hits_at_1": "hits@1",
    "calibration_error": "calibration error",
}


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


def last_job(job: Job) -> None:
    """Say how the last job ended and what to do."""
    words = markdown_text(job.message or "", 400).rstrip(".\\ ")
    title = desk.job_title(job)
    if job.state == "done":
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
    else:
        st.markdown(
            f"**{found.unseen:,}** of {found.usable:,} decisions to learn from are new to the "
            "current version."
        )
    st.button(
        "Fine-tune on all decisions so far",
        type="primary",
        icon=":material/model_training:",
        on_click=start,
        disabled=found.usable == 0,
    )
    if job is not None:
        last_job(job)


def version_table(found: desk.Models) -> None:
    """List the versions, the newest first, the current one marked."""
    st.dataframe(
        pd.DataFrame([_row(version) for version in found.versions]),
        hide_index=True,
        width="stretch",
        column_config={
            name: st.column_config.NumberColumn(name, format="%.3f")
            for name in (*FIGURES.values(), "threshold", "attention")
        },
    )
    st.caption("Figures on the validation links, which no version learns from.")
    if found.current and (words := attention_words(project, found.current.name)):
        st.markdown(words)


def _row(version: Version) -> dict[str, object]:
    figures = {
        words: version.figures[name] for name, words in FIGURES.items() if name in version.figures
    }
    checked = measured(project, version.name) or {}
    return {
        "": "● current" if version.current else "",
        "version": version.name,
        "from": version.parent or "",
        "kind": version.kind,
        "made": version.created_at[:16].replace("T", " "),
        **figures,
        "threshold": version.threshold,
        "attention": checked.get("rank_correlation"),
    }


project: Project = open_project()
curator()
if problem := st.session_state.pop("problem", None):
    st.error(markdown_text(problem, 400), icon=":material/error:")
with errors_in_one_line():
    st.subheader("Model")
    state = desk.models(project)
    if state.versions:
        finetuning(state)
        version_table(state)
    else:
        st.html(empty_html("No version yet", f"Train the first: `kgreview run {project.path}`"))

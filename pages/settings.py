"""What holds for the project as a whole: what is asked, what may be said, when it is enough."""

from __future__ import annotations

from typing import Any

import streamlit as st

from kgreview.active.strategies import sentence
from kgreview.pipeline import jobs
from kgreview.pipeline.project import Project
from kgreview.pipeline.project_settings import FEWEST_EVERY, MOST_DECISIONS, MOST_EVERY
from kgreview.review.people import may
from kgreview.review.settings import save_settings, shares_asked
from kgreview.store.rights import Right
from kgreview.ui.heading import markdown_text
from kgreview.ui.text import plain
from pages.assigning import assigned_part
from pages.choice import address
from pages.export_settings import settings_form
from pages.filters import REASONS
from pages.messages import tell_outcome
from pages.shared import errors_in_one_line, open_project
from pages.who import curator

ACROSS = 5  # shares of strategies beside each other
PERCENT = 100.0


def strategies_part(shown: dict[str, float]) -> dict[str, float]:
    """Ask for the share of each query strategy, in percent."""
    st.markdown("**What the queue asks**, in percent of its questions")
    columns = st.columns(ACROSS)
    entered = {
        name: columns[place % ACROSS].number_input(
            REASONS[name].capitalize(),
            *(0.0, PERCENT, share),
            step=5.0,
            format="%g",
            help=sentence(name),
            key=f"share-{name}-{share}",
        )
        for place, (name, share) in enumerate(shown.items())
    }
    st.caption(
        "Shares that do not add up to 100 are scaled. Until there are a network and ten answers of "
        "both kinds, a cold start asks half least certain pairs and half best candidates of all "
        "scores. The audit sample comes besides: it is "
        f"{project.settings.audit_share:.0%} of the left entities, was drawn with the project "
        "and stays, so that nothing learnt from measures quality."
    )
    return entered


def review_part() -> dict[str, Any]:
    """Ask what curators may say, and when it is enough."""
    settings = project.settings
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**What curators may say**")
        reasons = st.multiselect(
            "Reasons beside a decision",
            settings.reasons,
            settings.reasons,
            accept_new_options=True,
            format_func=lambda reason: plain(reason, 60),
            placeholder="none: type one and press Enter",
        )
        qualified = st.toggle(
            "A match can be qualified: close, broader, narrower or related",
            settings.qualified_matches,
            help="None of these is a match, and none teaches the model",
        )
    with right:
        st.markdown("**When it is enough**")
        one, two, three, four = st.columns(4)
        return {
            "reasons": tuple(reason.strip() for reason in reasons),
            "qualified_matches": qualified,
            "audit_every": one.number_input(
                "Audit: one in",
                *(FEWEST_EVERY, MOST_EVERY, settings.audit_every),
                help="So often a question comes from the audit sample, counted over all curators; "
                "more often makes the intervals of precision and recall narrower sooner",
            ),
            "double_share": two.number_input(
                "Decided by two",
                *(0.0, 1.0, float(settings.double_share), 0.05),
                format="%g",
                help="Share of the pairs; to measure how far curators agree",
            ),
            "target": three.number_input(
                "Width of intervals",
                *(0.001, 1.0, float(settings.target), 0.01),
                format="%g",
                help="How wide the 95 % intervals of precision and recall may be at the end",
            ),
            "finetune_after": four.number_input(
                "Fine-tune after",
                *(0, MOST_DECISIONS, jobs.finetune_after(project)),
                help="So many new decisions start a fine-tuning by themselves; 0: none does",
            ),
        }


def names_part() -> dict[str, Any]:
    """Ask what the project is called, and where its entities can be looked up."""
    settings = project.settings
    st.markdown("**Names and addresses**")
    columns = st.columns(3)
    asked = {
        "name": ("Name of the project", "by which exports name it"),
        "left_url": ("Page of a left entity", "https://example.org/{id}"),
        "right_url": ("Page of a right entity", "https://example.org/{id}"),
    }
    return {
        name: column.text_input(
            label, getattr(settings, name), max_chars=500, placeholder=placeholder
        ).strip()
        for column, (name, (label, placeholder)) in zip(columns, asked.items(), strict=True)
    }


def shown() -> dict[str, Any]:
    """Give the settings as they are, to tell what was changed."""
    names = ("reasons", "qualified_matches", "audit_every", "double_share", "target", "name")
    values = {name: getattr(project.settings, name) for name in (*names, "left_url", "right_url")}
    return values | {"finetune_after": jobs.finetune_after(project)}


def save(changes: dict[str, Any]) -> None:
    """Keep what was changed, and draw the page anew."""
    with errors_in_one_line(later=True):
        if changes:
            save_settings(project, changes, keep_problem)
            st.session_state.done = "Saved. In force from everybody's next press on."
    st.rerun()


def keep_problem(text: str) -> None:
    """Keep what failed after the settings were saved until the page is drawn."""
    st.session_state.problem = text


def form(*, allowed: bool) -> None:
    """Show what holds for the review, and save what was changed."""
    shares = {name: round(PERCENT * share, 2) for name, share in every_share().items()}
    before = shown() | {"strategies": shares}
    with st.form("settings", border=False):
        entered = {"strategies": strategies_part(shares)} | review_part() | names_part()
        if st.form_submit_button("Save", type="primary", disabled=not allowed):
            save({name: value for name, value in entered.items() if value != before[name]})


def every_share() -> dict[str, float]:
    """Give the share of each strategy that may have one."""
    return {name: 0.0 for name in REASONS if name != "cold-start"} | shares_asked(project)


project: Project = open_project()
reviewer = curator(project)
tell_outcome()
with errors_in_one_line():
    st.subheader(f"Settings of {markdown_text(project.settings.name, 80)}")
    allowed = may(project, Right.MANAGE)
    if not allowed:
        st.caption("Only an owner of the project changes these.")
    form(allowed=allowed)
    st.markdown("**How exports are written**")
    settings_form(project, allowed=allowed)
    assigned_part(project, reviewer)
    with st.container(horizontal=True):
        st.caption("Elsewhere, beside what they decide:", width="content")
        st.page_link("pages/schema.py", label="what corresponds", query_params=address())

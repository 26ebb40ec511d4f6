"""What may be said beside a decision: a note, a reason, a flag; and help. No page itself."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from kgreview.pipeline.project import Project
from kgreview.review import session
from kgreview.store.questions import Question
from kgreview.ui.heading import markdown_text
from pages.shared import errors_in_one_line, open_dialog

QUALIFIERS = """
Where the project qualifies matches: **L** close · **G** the right one is broader · **P** narrower ·
**E** related. None of these is a match.
"""
KEYS = """
| key | does |
|---|---|
| **A** · **X** | accept: the same · reject: not the same |
| **U** · **S** | unsure: I cannot tell · skip: not now, others may |
| **/** | search: any entity of the right graph, candidate or not |
| **0** | none of them; shows what else is called like the left entity, and the same key saves it |
| **1** – **9** | open another candidate of either entity |
| **Z** | undo your last decision, step by step |
| **N** · **F** | a note and a reason · a flag; both are saved with the decision |
| **Y** | why: what would flip the pair, and why not its strongest competitor |
| **B** | blind: hide score and evidence until you have decided |
| **V** · **D** · **T** | the canvas: drawing, bars or table · hops · evidence or attention |
| **H** | this help |

Each key decides one pair, however long it is held. Nothing is lost by closing the page. A pair that
is at odds with an earlier decision asks first, and never forbids. The address in the browser names
pair and filter: send it to somebody to show just this.
"""


def toggle_flag(project: Project, name: str, question: Question) -> None:
    """Mark the pair for another look, or no longer."""
    with errors_in_one_line(later=True):
        draft = session.draft_of(project, name, question)
        session.keep_draft(project, name, question, replace(draft, flagged=not draft.flagged))


def note_dialog(project: Project, name: str, question: Question) -> None:
    """Ask for a note and one of the project's reasons."""

    def ask() -> None:
        draft, reasons = session.draft_of(project, name, question), project.settings.reasons
        with st.form(f"note-{question.token}", border=False):
            reason = None
            if reasons:
                reason = st.pills(
                    "Reason",
                    reasons,
                    format_func=lambda code: markdown_text(code, 40),
                    default=draft.reason if draft.reason in reasons else None,
                )
            note = st.text_area("Note", draft.note, max_chars=2000, height=110)
            if st.form_submit_button("Keep (Ctrl+Enter)", type="primary"):
                noted = replace(draft, note=note.strip(), reason=reason or "")
                with errors_in_one_line(later=True):
                    session.keep_draft(project, name, question, noted)
                st.rerun()
        st.caption("It is saved with your next decision on this pair, and kept until then.")

    open_dialog("Note", ask)


def help_dialog(project: Project) -> None:
    """Say what the keys do."""
    keys = KEYS + QUALIFIERS * project.settings.qualified_matches
    open_dialog("Keys", lambda: st.markdown(keys), width="medium")

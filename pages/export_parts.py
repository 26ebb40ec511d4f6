"""What an export holds, its file, and how its groups came about. No page itself."""

from __future__ import annotations

from collections.abc import Hashable
from functools import partial

import pandas as pd
import streamlit as st

from kgreview.exchange.export import Export
from kgreview.pipeline.project import Project
from kgreview.progress import Progress
from kgreview.review import export_preview
from kgreview.ui.heading import markdown_text

ROWS = 20  # of the preview
GROUPS = 5  # of a page


class Bar(Progress):
    """Shows how far the writing is."""

    def __init__(self) -> None:
        self._bar = st.progress(0.0)

    def __call__(self, stage: str, done: int, total: int | None = None, **_figures: float) -> None:
        """Move the bar."""
        self._bar.progress(min(1.0, done / total) if total else 0.0, markdown_text(stage, 80))


def preview(export: Export, form: str) -> None:
    """Show what it holds, what is at odds, the first rows and the note."""
    lines = export_preview.held_lines(export)
    st.markdown("\n".join(f"- {markdown_text(line, 400)}" for line in lines))
    rows = export_preview.preview(export, form, ROWS)
    if not rows:
        st.info(
            "Nothing to export yet: accept pairs on the Review page, or lower the threshold.",
            icon=":material/info:",
        )
        return
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        width="stretch",
        height=36 + 30 * min(len(rows), 8),
        row_height=30,
        column_config={
            **dict.fromkeys(("left", "right"), st.column_config.TextColumn(width=90)),
            **dict.fromkeys(("left name", "right name"), st.column_config.TextColumn(width=150)),
            "score": st.column_config.NumberColumn(format="%.3f"),
        },
    )
    st.caption(f"The first {len(rows)} rows." + _of_merged(form))
    with st.expander("Note: what the export is based on"):
        st.code("\n".join(export.provenance.lines()), language=None, wrap_lines=True)


def _of_merged(form: str) -> str:
    if form not in ("merged", "neo4j", "nquads"):
        return ""
    return " The merged graph has one entity for each group of entities that these pairs join."


def make(project: Project, export: Export, form: str, of: tuple[Hashable, ...]) -> None:
    """Make the file when asked to, and offer it. ``of`` tells this export from others."""
    key = (form, *of)
    if st.button("Make the file", type="primary", icon=":material/save:"):
        before = st.session_state.pop("made", (None, None))[1]
        with st.container():
            made = export_preview.make_file(project, export, form, Bar(), before)
        st.session_state.made = (key, made)
        st.rerun()
    kept, made = st.session_state.get("made", (None, None))
    if made is None or kept != key or not made.path.exists():
        st.caption("It is made when you ask for it; then you can download it here.")
        return
    for label, file in made.files.items():
        st.download_button(
            f"Download {markdown_text(label, 120)}",
            data=partial(file.open, "rb"),  # read when it is clicked, not before
            file_name=file.name,
            mime="application/octet-stream",
            on_click="ignore",
            icon=":material/download:",
            key=f"download-{file.parent.name}-{file.name}",
        )
    st.caption(
        f"It also stays in the project for a day: {markdown_text(str(made.path), 300)}. "
        + " ".join(markdown_text(line, 300) for line in made.notices)
    )


def groups(export: Export) -> None:
    """List the groups of more than two entities, and how each came about."""
    page = st.session_state.get("groups_page", 0)
    listed, pages = export_preview.groups_page(export, page, GROUPS)
    if not listed and page:
        page = 0
        listed, pages = export_preview.groups_page(export, page, GROUPS)
    if not listed:
        st.caption("No group has more than two entities.")
        return
    for number, each in enumerate(listed):
        title = markdown_text(export_preview.group_title(each), 160)
        with st.expander(title, expanded=number == 0 and page == 0):
            st.dataframe(
                pd.DataFrame(export_preview.growth_rows(each)),
                hide_index=True,
                width="stretch",
                row_height=30,
            )
            more = f" {each.more:,} more pairs are not listed." if each.more else ""
            st.caption(f"Its id in the merged graph is {markdown_text(each.id, 300)}.{more}")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Larger", disabled=page == 0, on_click=turn, args=(page - 1,))
        st.button("Smaller", disabled=page + 1 >= pages, on_click=turn, args=(page + 1,))
        st.caption(f"Page {page + 1:,} of {pages:,}")


def turn(page: int) -> None:
    """Show another page of groups."""
    st.session_state.groups_page = page

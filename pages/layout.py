"""How what is on a page shares the window. No page itself."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator


def tall(key: str, others: int) -> DeltaGenerator:
    """Give a container that fills the window but for ``others`` pixels; 400 at least."""
    height = f"max(400px, calc(100vh - {others}px))"
    st.html(f"<style>.st-key-{key} {{flex: 0 0 {height} !important; min-height: {height}}}</style>")
    return st.container(key=key, height="stretch")


def choose_row(
    frame: pd.DataFrame, *, inside: DeltaGenerator | None = None, **shown: Any
) -> int | None:
    """List a table, of which one row can be chosen; give it, if one is.

    ``shown``: what else ``st.dataframe`` is told; ``inside``: the container it stands in.
    """
    listed = st.dataframe if inside is None else inside.dataframe
    table = listed(
        frame,
        hide_index=True,
        width="stretch",
        on_select="rerun",
        selection_mode="single-row",
        **shown,
    )
    rows = table["selection"]["rows"]
    return rows[0] if rows and rows[0] < len(frame) else None


def choose_row_of_page(frame: pd.DataFrame, name: str, page: str, others: int) -> int | None:
    """List one page of a table, as high as ``tall`` has it; give the row that is chosen, if one is.

    ``page`` tells it from other pages: what was chosen there is not chosen here.
    """
    inside = tall(name, others)
    return choose_row(frame, inside=inside, key=f"{name}-{page}", height="stretch", row_height=30)


def turn_pages(cursors: list[Any], following: object, back: str = "Back", on: str = "Next") -> None:
    """Offer the pages before and after; ``cursors`` lead to those up to this one."""
    if st.button(back, disabled=len(cursors) < 2):
        cursors.pop()
        st.rerun()
    if st.button(on, disabled=following is None):
        cursors.append(following)
        st.rerun()

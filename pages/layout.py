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


def choose_row(frame: pd.DataFrame, name: str, page: str, others: int) -> int | None:
    """List one page of a table, as high as ``tall`` has it; give the row that is chosen, if one is.

    ``page`` tells it from other pages: what was chosen there is not chosen here.
    """
    table = tall(name, others).dataframe(
        frame,
        key=f"{name}-{page}",
        hide_index=True,
        width="stretch",
        height="stretch",
        row_height=30,
        on_select="rerun",
        selection_mode="single-row",
    )
    rows = table["selection"]["rows"]
    return rows[0] if rows and rows[0] < len(frame) else None


def turn_pages(cursors: list[Any], following: object, back: str = "Back", on: str = "Next") -> None:
    """Offer the pages before and after; ``cursors`` lead to those up to this one."""
    if st.button(back, disabled=len(cursors) < 2):
        cursors.pop()
        st.rerun()
    if st.button(on, disabled=following is None):
        cursors.append(following)
        st.rerun()

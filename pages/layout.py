"""How what is on a page shares the window. No page itself."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator


def tall(key: str, others: int) -> DeltaGenerator:
    """Give a container that fills the window but for ``others`` pixels; 400 at least."""
    height = f"max(400px, calc(100vh - {others}px))"
    st.html(f"<style>.st-key-{key} {{flex: 0 0 {height} !important; min-height: {height}}}</style>")
    return st.container(key=key, height="stretch")

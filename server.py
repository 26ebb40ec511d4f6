"""The app as a server: its pages, and beside them what other programs ask for.

Started by ``kgreview review PROJECT``.
"""

import os
from pathlib import Path

import streamlit as st

from kgreview.service.app import service_routes
from kgreview.service.guard import ORIGINS_VARIABLE, Policy

_policy = Policy.of(
    (st.get_option("server.address"), st.get_option("browser.serverAddress")),
    os.environ.get(ORIGINS_VARIABLE, "").split(),
)

app = st.App(Path(__file__).with_name("app.py"), routes=service_routes(_policy))

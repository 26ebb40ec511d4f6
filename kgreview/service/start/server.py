"""The app as a server: its pages, and beside them what other programs ask for.

``kgreview review`` has Streamlit run this file. It lies alone in its folder, since Streamlit puts
the folder of what it runs before all others that modules are imported from.
"""

import os
import sys

import streamlit as st

from kgreview.pipeline import loaded_networks
from kgreview.pipeline.explanation_process import ExplanationProcess
from kgreview.service.app import service_routes
from kgreview.service.canvas import canvas_routes
from kgreview.service.door import door_of
from kgreview.service.files import desk_folder
from kgreview.service.guard import Policy
from kgreview.service.sign_in import sign_in_of

desk = desk_folder()
sys.path.insert(0, str(desk))  # the pages import each other as `pages.…`

loaded_networks.explain_elsewhere(ExplanationProcess())
_sign_in = sign_in_of(os.environ)
_policy = Policy.told(
    os.environ, (st.get_option("server.address"), st.get_option("browser.serverAddress"))
)

app = st.App(
    desk / "app.py",
    routes=[*service_routes(_policy), *canvas_routes()],
    middleware=[door_of(os.environ, _policy)],
    secrets={"auth": dict(_sign_in.provider)} if _sign_in and _sign_in.provider else None,
)

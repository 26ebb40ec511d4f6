"""The app as a server: its pages, and beside them what other programs ask for.

``kgreview review`` has Streamlit run this file. It lies alone in its folder, since Streamlit puts
the folder of what it runs before all others that modules are imported from.
"""

import os
import secrets
import sys

import streamlit as st
from starlette.middleware import Middleware

from kgreview.service.app import service_routes
from kgreview.service.door import Door
from kgreview.service.files import desk_folder
from kgreview.service.guard import ORIGINS_VARIABLE, Policy
from kgreview.service.told import SECRET_VARIABLE

desk = desk_folder()
sys.path.insert(0, str(desk))  # the pages import each other as `pages.…`

_policy = Policy.of(
    (st.get_option("server.address"), st.get_option("browser.serverAddress")),
    os.environ.get(ORIGINS_VARIABLE, "").split(),
)

# a start that names no secret has one that nobody knows: it must not be a door that stands open
_secret = os.environ.get(SECRET_VARIABLE) or secrets.token_urlsafe(24)

app = st.App(
    desk / "app.py",
    routes=service_routes(_policy),
    middleware=[Middleware(Door, policy=_policy, secret=_secret)],
)

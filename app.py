"""Navigation of the review app. Started by ``kgreview review``, on a project or a folder."""

import streamlit as st

from kgreview.pipeline.project_folder import folder_of_app

# drawn here: an icon by name or an emoji would be fetched from the network
ICON = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<path d="M8 9 24 16M8 23 24 16" stroke="#2a788e" stroke-width="3"/>
<circle cx="8" cy="9" r="6" fill="#440154"/><circle cx="8" cy="23" r="5" fill="#2a788e"/>
<circle cx="24" cy="16" r="7" fill="#22a884"/></svg>"""

st.set_page_config(page_title="kgreview", page_icon=ICON, layout="wide")
st.session_state.navigated = True
many = folder_of_app() is not None
projects = st.Page("pages/projects.py", title="Projects", icon=":material/folder:", default=many)
st.navigation(
    [
        *([projects] if many else []),
        st.Page("pages/review.py", title="Review", icon=":material/rule:", default=not many),
        st.Page("pages/entities.py", title="Entities", icon=":material/checklist:"),
        st.Page("pages/groups.py", title="Groups", icon=":material/workspaces:"),
        st.Page("pages/history.py", title="History", icon=":material/history:"),
        st.Page("pages/explain.py", title="Explain", icon=":material/hub:"),
        st.Page("pages/schema.py", title="Schema", icon=":material/schema:"),
        st.Page("pages/model.py", title="Model", icon=":material/model_training:"),
        st.Page("pages/quality.py", title="Quality", icon=":material/verified:"),
        st.Page("pages/export.py", title="Export", icon=":material/output:"),
        st.Page("pages/settings.py", title="Settings", icon=":material/settings:"),
    ],
    position="top",
).run()

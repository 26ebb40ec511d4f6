"""Navigation of the review app. Started by ``kgreview review PROJECT``."""

import streamlit as st

st.set_page_config(page_title="kgreview", page_icon=":material/hub:", layout="wide")
st.navigation(
    [
        st.Page("pages/review.py", title="Review", icon=":material/rule:", default=True),
        st.Page("pages/model.py", title="Model", icon=":material/model_training:"),
    ],
    position="top",
).run()

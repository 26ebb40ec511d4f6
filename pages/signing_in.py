"""Whether somebody may see a page, where people sign in. No page itself."""

from __future__ import annotations

import os
from functools import cache

import streamlit as st

from kgreview.errors import KGReviewError
from kgreview.pipeline.project import Project
from kgreview.review import people
from kgreview.service.sign_in import OIDC, SignIn, sign_in_of
from kgreview.store.rights import Identity, set_identity_source, who_asks
from kgreview.ui.heading import empty_html, markdown_text


@cache
def sign_in() -> SignIn | None:
    """Give how people sign in; it stays the same until the app ends."""
    return sign_in_of(os.environ)


def identity() -> Identity | None:
    """Give who asks for what is drawn, or pressed, in this thread."""
    how = sign_in()
    if how is None:
        return None
    if how.how != OIDC:
        return how.of_headers(st.context.headers.get)
    return how.of_claims(st.user.to_dict()) if st.user.get("is_logged_in") else None


set_identity_source(identity)  # every verb that changes something asks


def let_in(project: Project | None) -> None:
    """Stop the page of whoever is not signed in, or has no role in the project."""
    how = sign_in()
    if how is None:
        return
    who = who_asks()
    if who is None:
        words = "This project is for people who are known: sign in, and you come back here."
        st.html(empty_html("Sign in", words))
        if how.how == OIDC:
            with st.container(horizontal=True, horizontal_alignment="center"):
                st.button("Sign in", type="primary", on_click=st.login)
        st.stop()
    try:
        is_entered = project is None or people.enter_person(project, who) is not None
    except KGReviewError as error:
        st.error(markdown_text(str(error), 400), icon=":material/error:")
        st.stop()
    if not is_entered:
        address = who.email or who.subject
        st.html(
            empty_html(
                f"You are signed in as {who.name}",
                "You have no role in this project. An owner can give you one: "
                f"`kgreview curators PROJECT --role '{address}' curator`",
            )
        )
        sign_out_button()
        st.stop()


def sign_out_button() -> None:
    """Offer to sign out, where that is done here."""
    how = sign_in()
    if how is not None and how.how == OIDC:
        with st.container(horizontal=True, horizontal_alignment="center"):
            st.button("Sign out", on_click=st.logout)

"""What graph attention does with a pair, layer by layer: any pair, with two screws to turn."""

from __future__ import annotations

import json

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from kgreview.views.heading import empty_html, markdown_text, share
from kgreview.views.layers import layers_svg
from kgreview.workflow import layers
from kgreview.workflow.explanation import version_to_explain
from kgreview.workflow.project import Project
from pages.choice import address
from pages.shared import dark, errors_in_one_line, open_pair, open_project

MOST = 20  # entities of a search that are offered
HOW_TO_READ = """
**chance**: how likely the sampler takes an edge before the others, a rare relation first.
**β**: self-attention, how much the entity heeds a neighbour over that relation.
**A_pq**: 1 where two neighbours send the same message, less the further apart they are.
**α**: cross-graph attention, the share of all A_pq that is a neighbour's.
**α β**: their product, renormalised: the weight of its message in h, the entity's vector.
The networks also compare values directly, and a head sets the pair against its rivals; so the
score is not a matter of the distance alone.
"""


def story_buttons() -> None:
    """Put the sample data's stories one click away."""
    told = layers.stories(project)
    if not told:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("Stories of the sample data:", width="content")
        for story in told:
            st.button(
                markdown_text(story.title),
                help=markdown_text(story.text, 400),
                on_click=show_story,
                args=((story.left, story.right),),
            )


def show_story(pair: tuple[str, str]) -> None:
    """Open a story's pair, whatever was searched for."""
    st.session_state.left_words, st.session_state.right_words = pair
    open_pair(pair)


def chosen(side: layers.Side, where: DeltaGenerator, left: str | None = None) -> str | None:
    """Ask for an entity: by id, by a part of its name, or among the candidates of ``left``."""
    st.session_state.setdefault(f"{side}_words", st.query_params.get(side, "")[:300])
    words = where.text_input(
        f"{side.capitalize()} entity",
        placeholder="id, or part of a name",
        key=f"{side}_words",
        max_chars=300,
    )
    found = layers.search(project, side, words, MOST + 1)
    if words.strip() and not found:
        where.caption("No entity has this id, or this in its name.")
    elif len(found) > MOST:
        found = found[:MOST]
        where.caption(f"These are the first {MOST}; another word narrows the search.")
    elif left and not found:
        found = layers.partners(project, left)
    if len(found) < 2:
        return found[0].id if found else None
    picked: layers.Entity = where.selectbox(
        "Which one", found, format_func=lambda e: str(e)[:160], label_visibility="collapsed"
    )
    return picked.id


def screws(version: str) -> tuple[int | None, float]:
    """Ask for cap and temperature; ``None`` is the cap of the version, with its own sample."""
    own = layers.cap_of(project, version)
    left, right = st.columns(2, gap="large")
    cap = left.slider(
        "Cap: how many neighbours of either entity are looked at", 1, layers.MOST_CAP, own
    )
    temperature = right.select_slider(
        "Temperature of attention: below 1 it sharpens, above 1 it evens out",
        layers.TEMPERATURES,
        1.0,
    )
    return (None if cap == own else cap), float(temperature)


def show(version: str, left: str, right: str) -> None:
    """Draw the pair's layers, and give picture and numbers to take along."""
    cap, temperature = screws(version)
    found = layers.look(project, version, left, right, cap=cap, temperature=temperature)
    network = 0
    with st.container(horizontal=True, vertical_alignment="center"):
        if len(found["networks"]) > 1:
            names = [f"Network {number + 1}" for number in range(len(found["networks"]))]
            picked = st.segmented_control(
                "Network", names, default=names[0], label_visibility="collapsed"
            )
            network = names.index(picked or names[0])
        picture = layers_svg(found, network, dark=dark())
        st.download_button("Picture (SVG)", picture, "pair.svg", "image/svg+xml", on_click="ignore")
        numbers = json.dumps(found, indent=1, ensure_ascii=False)
        st.download_button("Numbers (JSON)", numbers, "pair.json", "application/json")
        st.page_link(
            "pages/review.py",
            label="Review this pair",
            query_params=address({"left": left, "right": right}),
        )
    words = f"{found['left']['name']} and {found['right']['name']}"
    st.image(
        picture,
        width="stretch",
        alt=f"{words[:200]}: {share(found['probability'])} likely the same; the numbers say it all",
    )
    st.caption(HOW_TO_READ)


project: Project = open_project()
with errors_in_one_line():
    story_buttons()
    columns = st.columns(2, gap="large")
    left = chosen("left", columns[0])
    right = chosen("right", columns[1], left)
    if left and right:
        open_pair((left, right))
        with st.spinner("Loading the network …", show_time=False):
            named = version_to_explain(project)
            layers.cap_of(project, named)
        show(named, left, right)
    else:
        st.html(
            empty_html(
                "Which pair?",
                "Give a left and a right entity, by id or by a part of the name; they need be no "
                "candidates. You see what the network looks at, layer by layer.",
            )
        )

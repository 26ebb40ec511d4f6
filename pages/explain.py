"""How the network comes to what it says of a pair, step by step: any pair, with a screw to turn."""

from __future__ import annotations

import json

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from kgreview.pipeline import pair_steps
from kgreview.pipeline.explanation import version_to_explain
from kgreview.pipeline.hardest import hardest_pairs
from kgreview.pipeline.loaded_networks import load
from kgreview.pipeline.project import Project
from kgreview.pipeline.worth import worth
from kgreview.ui.heading import empty_html, markdown_text, share
from kgreview.ui.steps import steps_svg
from kgreview.ui.worth import worth_html
from pages.choice import address
from pages.shared import dark, errors_in_one_line, open_pair, open_project

MOST = 20  # entities of a search that are offered
WHICH = (
    "Give a left and a right entity by id or part of a name; they need not be candidates. The page "
    "shows what the network does, step by step."
)
HOW_TO_READ = """
**chance**: how likely the sampler takes an edge before the others, a rare relation first.
**cross**: cross-graph attention, whether a neighbour has a counterpart on the other side: the
largest A_pq of its row or column. **self**: self-attention, the log odds that its being shared or
missing can move. **adds**: what the two come to, its contribution to the log odds; neighbours that
are each other's counterpart share what they say. In each round, what was believed of neighbours in
the one before decides which of them are the same.
"""


def story_buttons() -> None:
    """Put the sample data's stories one click away."""
    stories = pair_steps.stories(project)
    if not stories:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("Stories of the sample data:", width="content")
        for story in stories:
            st.button(
                markdown_text(story.title),
                help=markdown_text(story.text, 400),
                on_click=show_story,
                args=((story.left, story.right),),
            )


def ask_for_pair() -> None:
    """Say what to give, and offer pairs of known answer that the version finds hardest."""
    listed = hardest_pairs(project)
    if not listed:
        st.html(empty_html("Which pair?", WHICH))
        return
    st.markdown(f"**Which pair?** {WHICH}")
    st.markdown("**Where the model is furthest from what is known:**")
    with st.container(gap=None):
        for pair in listed:
            by = ("accepted" if pair.match else "rejected") if pair.decided else "by a known link"
            st.button(
                f"{markdown_text(pair.left_name)} · {markdown_text(pair.right_name)}: "
                f"{'match' if pair.match else 'no match'}, {by}; score {share(pair.score)}",
                key=f"hard-{pair.left}-{pair.right}",
                type="tertiary",
                on_click=show_story,
                args=((pair.left, pair.right),),
            )


def show_story(pair: tuple[str, str]) -> None:
    """Open a story's pair, whatever was searched for."""
    st.session_state.left_words, st.session_state.right_words = pair
    open_pair(pair)


def chosen(side: pair_steps.Side, where: DeltaGenerator, left: str | None = None) -> str | None:
    """Ask for an entity: by id, by a part of its name, or among the candidates of ``left``."""
    st.session_state.setdefault(f"{side}_words", st.query_params.get(side, "")[:300])
    words = where.text_input(
        f"{side.capitalize()} entity",
        placeholder="id, or part of a name",
        key=f"{side}_words",
        max_chars=300,
    )
    hits = pair_steps.search(project, side, words, MOST + 1)
    if words.strip() and not hits:
        where.caption("No entity has this id or name.")
    elif len(hits) > MOST:
        hits = hits[:MOST]
        where.caption(f"The first {MOST} are shown; add a word to narrow the search.")
    elif left and not hits:
        hits = pair_steps.partners(project, left)
    if len(hits) < 2:
        return hits[0].id if hits else None
    picked: pair_steps.Entity = where.selectbox(
        "Which one", hits, format_func=lambda e: str(e)[:160], label_visibility="collapsed"
    )
    return picked.id


def screw() -> float:
    """Ask for the temperature of cross-graph attention."""
    half, _ = st.columns(2, gap="large")
    temperature = half.select_slider(
        "Temperature of cross-graph attention: below 1 it sharpens, above 1 it evens out",
        pair_steps.TEMPERATURES,
        1.0,
    )
    return float(temperature)


def show(version: str, left: str, right: str) -> None:
    """Draw the pair's steps, and give picture and numbers to take along."""
    explained = pair_steps.look(project, version, left, right, temperature=screw())
    with st.container(horizontal=True, vertical_alignment="center"):
        picture = steps_svg(explained, dark=dark())
        st.download_button("Picture (SVG)", picture, "pair.svg", "image/svg+xml", on_click="ignore")
        numbers = json.dumps(explained, indent=1, ensure_ascii=False)
        st.download_button("Numbers (JSON)", numbers, "pair.json", "application/json")
        st.page_link(
            "pages/review.py",
            label="Review this pair",
            query_params=address({"left": left, "right": right}),
        )
    words = f"{explained['left']['name']} and {explained['right']['name']}"
    st.image(
        picture,
        width="stretch",
        alt=f"{words[:200]}: {share(explained['probability'])} likely the same; "
        "the numbers say it all",
    )
    st.caption(HOW_TO_READ)


def what_tells_apart(version: str) -> None:
    """Show, to who asks, what the version makes of each relation, attribute and word."""
    if st.toggle("What tells things apart: relations, attributes and words of names"):
        with st.spinner("Looking at candidates near the threshold …", show_time=False):
            shares = worth(project, version)
        st.html(worth_html(shares))


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
            load(project, named)
        show(named, left, right)
        what_tells_apart(named)
    else:
        ask_for_pair()

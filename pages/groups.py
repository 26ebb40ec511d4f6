"""Groups: what accepted pairs join; those larger than their types allow come one after another."""

from __future__ import annotations

from collections.abc import Hashable

import pandas as pd
import streamlit as st

from kgreview.pipeline.project import Project
from kgreview.review import group_words, groups
from kgreview.review.export_preview import stamp
from kgreview.review.groups import ALL, SHOWN, TO_LOOK_AT, GroupView, JoinedGroups, Step
from kgreview.ui.heading import empty_html, markdown_text
from pages.choice import address
from pages.layout import choose_row
from pages.messages import tell_outcome
from pages.shared import dark, errors_in_one_line, open_project
from pages.who import curator

PAGE = 50


@st.cache_resource(max_entries=2, show_spinner="Joining entities …")
def read_groups(
    _project: Project,
    stamp: tuple[Hashable, ...],  # noqa: ARG001 - what it is kept by; a name with _ would not count
) -> JoinedGroups:
    """Join entities by links and decisions, once a stamp."""
    return JoinedGroups.of(_project)


def switch(counts: dict[str, int]) -> str:
    """Ask which groups to show."""
    given = st.query_params.get("show", TO_LOOK_AT)
    chosen: str | None = st.segmented_control(
        "Groups",
        SHOWN,
        default=given if given in SHOWN else TO_LOOK_AT,
        format_func=lambda name: f"{name} ({counts[name]:,})",
        label_visibility="collapsed",
        key="groups_shown",
    )
    shown = chosen or TO_LOOK_AT
    if shown != given:
        st.query_params.show = shown
        st.session_state.pop("groups_page", None)
    return shown


def listed(groups: JoinedGroups, places: list[int]) -> int:
    """List one page of groups, and give the place of the one to look at: the first, or a chosen."""
    page = min(st.session_state.get("groups_page", 0), (len(places) - 1) // PAGE)
    some = places[page * PAGE : (page + 1) * PAGE]
    members = [groups.members(place) for place in some]
    chosen = choose_row(
        pd.DataFrame([group_words.group_row(project, each) for each in members]),
        key=f"groups-{page}-{members[0].key}-{len(some)}",
        height=36 + 30 * min(len(some), 4),
        row_height=30,
    )
    if len(places) > PAGE:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button("Larger", disabled=page == 0, on_click=turn, args=(page - 1,))
            last = (page + 1) * PAGE >= len(places)
            st.button("Smaller", disabled=last, on_click=turn, args=(page + 1,))
            st.caption(f"Page {page + 1:,} of {-(-len(places) // PAGE):,}")
    return some[chosen or 0]


def turn(page: int) -> None:
    """Show another page of groups."""
    st.session_state.groups_page = page


def show(view: GroupView) -> None:
    """Draw a group, say how it came about and what stands inside, and what can be done."""
    st.markdown(f"**{markdown_text(group_words.group_title(view), 600)}**")
    st.image(group_words.picture(view, dark=dark()), width="stretch")
    keep_part(view)
    st.markdown("**How it came about**")
    chosen = choose_row(
        pd.DataFrame(group_words.step_rows(view)),
        key=f"steps-{view.members.key}-{len(view.steps)}",
        row_height=30,
    )
    if chosen is not None:
        step_part(view.steps[chosen])
    else:
        st.caption("Choose a step to open its pair or to undo its decision.")
    if view.inside:
        st.markdown("**Pairs inside that no match joins directly**")
        st.dataframe(
            pd.DataFrame(group_words.inside_rows(view)),
            hide_index=True,
            width="stretch",
            row_height=30,
        )
    if view.more:
        st.caption(f"{view.more:,} more pairs inside are not listed.")


def keep_part(view: GroupView) -> None:
    """Offer to keep a group that is too large as it is, or to take that back."""
    if view.kept is not None:
        st.button("Look at it again", on_click=look_again, args=(view,))
    elif view.members.size > view.members.allowed:
        key = view.members.key
        with st.container(horizontal=True, vertical_alignment="bottom"):
            note = st.text_input(
                "Why it is right (may be left out)", max_chars=2000, key=f"why-{key}"
            )
            st.button("Keep this group", type="primary", on_click=keep, args=(view, note))


def step_part(step: Step) -> None:
    """Offer what can be done about one pair that joined something."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.page_link(
            "pages/review.py",
            label="Open the pair",
            icon=":material/open_in_new:",
            query_params=address({"left": step.left, "right": step.right}),
        )
        for decision in step.decisions:
            st.button(
                f"Undo decision {decision.id} by {markdown_text(decision.curator, 40)}",
                key=f"undo-{decision.id}",
                on_click=undo,
                args=(decision.id,),
            )
        if step.linked:
            st.caption("A known link is taken back by rejecting the pair.")


def keep(view: GroupView, note: str) -> None:
    """Keep a group as it is."""
    with errors_in_one_line(later=True):
        groups.keep(project, view.members, reviewer, note.strip())
        st.session_state.done = "The group is kept, until one of its entities comes or goes."


def look_again(view: GroupView) -> None:
    """Take back that a group is kept."""
    if view.kept is not None:
        with errors_in_one_line(later=True):
            groups.look_again(project, view.kept, reviewer)
            st.session_state.done = "The group is to be looked at again."


def undo(decision: int) -> None:
    """Take a decision back."""
    with errors_in_one_line(later=True):
        groups.undo(project, decision, reviewer)
        st.session_state.done = f"Decision {decision} is undone."


project: Project = open_project()
reviewer = curator(project)
tell_outcome()
with errors_in_one_line():
    found = read_groups(project, stamp(project))
    by_state = {shown: list(found.places(shown)) for shown in SHOWN}
    shown = switch({name: len(places) for name, places in by_state.items()})
    if by_state[shown]:
        show(groups.view(project, found.members(listed(found, by_state[shown]))))
    elif not by_state[ALL]:
        st.html(
            empty_html(
                "No group of more than two entities",
                "Once links, or pairs accepted on the Review page, join a third entity to a pair, "
                "it stands here.",
            )
        )
    else:
        st.html(empty_html("No group is " + ("left to look at" if shown == TO_LOOK_AT else "kept")))

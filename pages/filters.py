"""Which part of the queue is shown, and one answer to all of it. No page itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from kgreview.pipeline.project import Project
from kgreview.review import bulk, session
from kgreview.store.outcomes import Outcome
from kgreview.store.pair_filter import PARAMETERS, PairFilter
from kgreview.text.iris import local_name
from kgreview.ui.heading import bulk_html, markdown_text
from kgreview.ui.text import plain
from pages.shared import errors_in_one_line, open_dialog, open_pair

ORDERS = {
    "": "by query strategies",
    "uncertainty": "least certain first",
    "likely": "highest score first",
    "unlikely": "lowest score first",
    "audit": "audit sample",
}


REASONS = {  # of the strategies, short
    "uncertainty": "least certain",
    "margin": "close competitor",
    "committee": "members disagree",
    "low-score": "low-score probe",
    "coverage": "unlike those decided",
    "density": "many open pairs around it",
    "conflict": "conflict",
    "confident": "spot check",
    "cold-start": "cold start",
    "random": "random",
}


def wanted_pairs() -> PairFilter:
    """Read the filter from the address."""
    return PairFilter.from_parameters(st.query_params.to_dict())


def want(chosen: PairFilter) -> None:
    """Write the filter into the address; the queue goes on with it."""
    given = chosen.parameters()
    for name in PARAMETERS:
        if name in given:
            st.query_params[name] = given[name]
        else:
            st.query_params.pop(name, None)
    open_pair(None)


def type_words(types: tuple[str, str]) -> str:
    """Name a pair of types, shortly."""
    return plain(" / ".join(dict.fromkeys(map(local_name, types))), 60)


def all_button(project: Project, name: str, wanted: PairFilter) -> None:
    """Offer one answer to all that a filter shows."""
    if wanted.narrows and st.button("All …", help="One answer to all pairs in the filter"):
        bulk_dialog(project, name, wanted)


def filter_button(
    project: Project, wanted: PairFilter, below: Callable[[], None] | None = None
) -> None:
    """Offer the filters behind one button; ``below`` draws what else may be done with one."""
    count = wanted.count
    # another filter is another popover, and so a closed one
    title, key = f"Filter · {count}" if count else "Filter", f"filter-{wanted.key}"
    with st.popover(title, key=key, on_change="rerun") as popover:
        if not popover.open:  # a tenth of the work for a pair, and hardly ever looked at
            return
        types, relations, planned = session.filter_choices(project)
        not_asked = session.types_not_asked(project)
        chosen = _filter_form(wanted, types, relations, planned)
        if chosen is not None:
            want(chosen)
            st.rerun()
        if not_asked:
            st.caption(
                "Not asked about, unless chosen under *Types*: "
                + markdown_text(", ".join(map(type_words, not_asked)), 300)
                + ". The Schema page has the choice."
            )
        if below is not None:
            below()
        st.button("Clear", on_click=want, args=(PairFilter(),), width="stretch", disabled=not count)


def _filter_form(
    wanted: PairFilter,
    types: Sequence[tuple[str, str]],
    relations: Sequence[tuple[str, str]],
    planned: Mapping[str, int],
) -> PairFilter | None:
    """Draw the filters; give what was chosen when it is sent off."""
    with st.form(f"filter-{wanted.key}", border=False):
        one, two = st.columns(2)
        text = one.text_input(
            "Name or id", wanted.text, max_chars=200, placeholder="any part of it"
        )
        order = two.selectbox(
            "Order",
            list(ORDERS),
            list(ORDERS).index(wanted.order),
            format_func=ORDERS.__getitem__,
        )
        kind = one.selectbox(
            "Types",
            types,
            index=types.index(wanted.types) if wanted.types in types else None,
            format_func=type_words,
            placeholder="all",
        )
        relation = two.selectbox(
            "Relation",
            relations,
            index=relations.index(wanted.relation) if wanted.relation in relations else None,
            format_func=lambda one: plain(f"{one[0]}: {local_name(one[1])}", 60),
            placeholder="all",
        )
        strategies = list(planned)
        strategy = two.selectbox(
            "Query strategy",
            strategies,
            index=strategies.index(wanted.strategy) if wanted.strategy in strategies else None,
            format_func=lambda name: f"{REASONS.get(name, name)} ({planned[name]:,})",
            placeholder="anything",
        )
        low, high = one.slider("Score", 0.0, 1.0, (wanted.low, wanted.high), 0.01)
        conflict = two.checkbox("Only pairs that conflict with a match", wanted.conflict)
        if st.form_submit_button("Show these", type="primary", width="stretch"):
            return PairFilter(
                order or "",
                kind,
                low,
                high,
                relation,
                conflict,
                text.strip(),
                strategy or "",
            )
    return None


def bulk_dialog(project: Project, name: str, wanted: PairFilter) -> None:
    """Show what one answer to many would touch, and ask for it."""

    def ask() -> None:
        st.html(bulk_html(len(seen.candidates), seen.sample, cap=bulk.BULK_CAP, more=seen.more))
        for column, outcome, label in zip(
            st.columns(2), (Outcome.MATCH, Outcome.NO_MATCH), ("Accept", "Reject"), strict=True
        ):
            if column.button(
                f"{label} all {len(seen.candidates):,}",
                key=f"bulk-{outcome.value}",
                width="stretch",
                disabled=not seen.candidates,
            ):
                with errors_in_one_line(later=True):
                    saved = bulk.decide_all(project, name, seen, outcome, wanted, _keep)
                    st.session_state.said = bulk_words(outcome, len(saved), len(seen.candidates))
                open_pair(None)
                st.rerun()

    seen = bulk.preview(project, name, wanted)
    open_dialog("Decide all pairs in the filter", ask, width="large")


def _keep(problem: str) -> None:
    st.session_state.problem = problem


def bulk_words(outcome: Outcome, saved: int, asked: int) -> str:
    """Say how many pairs got the answer; where none did, why, and nothing is there to take back."""
    done = "Accepted" if outcome is Outcome.MATCH else "Rejected"
    if saved:
        return f"{done} {saved:,} of {asked:,} · Z undoes all of it"
    second = " or would be an entity's second match" if outcome is Outcome.MATCH else ""
    return f"{done} none of {asked:,}: each was closed meanwhile{second}"

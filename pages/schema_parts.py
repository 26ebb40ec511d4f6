"""The parts of the Schema page: tables and choices for each part of a schema. No page itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from kgreview.graph.cardinality import Cardinality, Tally
from kgreview.graph.schema import AttributePair, RelationPair, Schema, TypePair
from kgreview.pipeline.project import Project
from kgreview.ui.heading import markdown_text
from kgreview.ui.schema_facts import TypeFacts, type_counts
from kgreview.ui.schema_rows import (
    attribute_rows,
    attributes_of,
    fact_rows,
    from_the_other_end,
    labels,
    not_asked_of,
    options,
    relation_labels,
    relation_rows,
    relations_of,
    type_rows,
    types_of,
    with_types,
)

Facts = tuple[TypeFacts, TypeFacts]
Pair = tuple[tuple[str, ...], tuple[str, ...]]  # names of attributes, of either side

SIDES = ("left", "right")
UNKNOWN = "unknown: treated as one-to-one; exports go by the matches"
ASK_HELP = (
    "Whether curators are asked about these pairs. Those of other types are scored and exported "
    "all the same"
)
_PERCENT: dict[str, Any] = {"format": "percent", "width": "small"}
_MEASURES = {
    "agreement": "Of probable matches that have both, the share whose values agree",
    "strength": "Share of statements that the other side has too",
    "left have it": "Share of the left entities of the type",
    "right have it": "Share of the right entities of the type",
}


def types_part(project: Project, base: Schema) -> Schema:
    """Show which types correspond and which are asked about; give the schema with these."""
    st.markdown("**Corresponding types**")
    graphs = project.left, project.right
    shown = [labels(graph.type_names) for graph in graphs]
    counts = type_counts(graphs[0]), type_counts(graphs[1])
    rows = _editor(type_rows(base.types, counts, base.not_asked), "types", shown)
    return replace(with_types(base, types_of(rows)), not_asked=not_asked_of(rows))


def counterparts_part(types: TypePair, base: Schema, tally: Tally | None) -> Cardinality | None:
    """Ask how many counterparts an entity may have, and say what known matches tell of it."""
    st.markdown("**How many counterparts an entity may have**")
    listed = [None, *Cardinality]
    now = base.cardinality.get(types)
    chosen: Cardinality | None = st.selectbox(
        "Counterparts, left to right",
        listed,
        listed.index(now),
        format_func=lambda which: UNKNOWN if which is None else which.value,
        key=f"schema_counterparts_{st.session_state.schema_turn}",
        help="Decides what known matches say about other candidates, what is a conflict, and how "
        "scores become an alignment",
        width=320,
    )
    if tally is None:
        st.caption("Known matches are counted once these types are saved.")
    else:
        st.caption(f"By links and decisions, {tally}.")
    return chosen


def names_part(types: TypePair, base: Schema, facts: Facts) -> Pair:
    """Ask which attributes name, the best first."""
    st.markdown("**Naming attributes**, the best first")
    names = base.left_names.get(types.left, ()), base.right_names.get(types.right, ())
    ignored = base.left_ignored, base.right_ignored
    chosen = [
        _choice(column, "names", side, options(listed, suggested.attributes, skipped), listed)
        for column, side, listed, suggested, skipped in zip(
            st.columns(2), SIDES, names, facts, ignored, strict=True
        )
    ]
    return chosen[0], chosen[1]


def attributes_part(types: TypePair, base: Schema, facts: Facts) -> tuple[AttributePair, ...]:
    """Show which attributes of two types correspond."""
    st.markdown("**Corresponding attributes**")
    pairs = [pair for pair in base.attributes if pair.types == types]
    _say_where_to_begin("attributes", pairs)
    shown = [
        labels(options((getattr(pair, side) for pair in pairs), facts_of_side.attributes, skipped))
        for side, facts_of_side, skipped in zip(
            SIDES, facts, (base.left_ignored, base.right_ignored), strict=True
        )
    ]
    rows = _editor(attribute_rows(pairs, *facts), "attributes", shown)
    return attributes_of(rows, types, base.attributes)


def relations_part(types: TypePair, base: Schema, facts: Facts) -> tuple[RelationPair, ...]:
    """Show which relations from two types correspond."""
    st.markdown("**Corresponding relations**: → from these entities, ← to them")
    pairs = [pair for pair in base.relations if pair.types == types]
    _say_where_to_begin("relations", pairs)
    shown = [
        relation_labels(options((getattr(pair, side) for pair in pairs), facts_of_side.relations))
        for side, facts_of_side in zip(SIDES, facts, strict=True)
    ]
    rows = _editor(relation_rows(pairs, *facts), "relations", shown)
    if others := from_the_other_end(base.relations, types, *facts):
        st.caption(f"Listed with the types at the other end: {markdown_text(others, 600)}")
    return relations_of(rows, types, base.relations)


def ignored_part(project: Project, base: Schema, facts: Facts) -> Pair:
    """Ask which attributes are never compared."""
    st.markdown("**Never compared**, whatever the type: keys, addresses and times of one source")
    chosen = []
    for column, side, graph, listed, suggested in zip(
        st.columns(2),
        SIDES,
        (project.left, project.right),
        (base.left_ignored, base.right_ignored),
        facts,
        strict=True,
    ):
        names = _choice(column, "ignored", side, graph.attribute_names, listed)
        if names:
            rows = fact_rows(names, suggested.attributes)
            shares = {"have it": st.column_config.NumberColumn(**_PERCENT)}
            column.dataframe(rows, hide_index=True, column_config=shares)
        chosen.append(names)
    return chosen[0], chosen[1]


def _say_where_to_begin(what: str, pairs: Sequence[object]) -> None:
    if not pairs:
        st.caption(f"No {what} of these types correspond yet. Add a row to pair two of them.")


def _choice(
    column: Any, part: str, side: str, names: Iterable[str], chosen: Sequence[str]
) -> tuple[str, ...]:
    listed = list(names)
    shown = labels(listed)
    return tuple(
        column.multiselect(
            f"{side} attributes",
            listed,
            list(chosen),
            format_func=shown.__getitem__,
            key=f"schema_{part}_{side}_{st.session_state.schema_turn}",
            placeholder="none",
        )
    )


def _label_of(names: Mapping[str, str]) -> Callable[[object], str]:
    return lambda name: names[str(name)]


def _editor(rows: pd.DataFrame, part: str, shown: Sequence[Mapping[str, str]]) -> pd.DataFrame:
    """Show rows that can be unticked, changed and added; ``shown``: a side's names by label."""
    config = st.column_config
    asking = config.CheckboxColumn(default=True, width="small", help=ASK_HELP)
    columns: dict[str, Any] = {
        **({"ask": asking} if "ask" in rows else {}),
        "keep": config.CheckboxColumn(default=True, width="small"),
        **{
            side: config.SelectboxColumn(options=list(names), format_func=_label_of(names))
            for side, names in zip(SIDES, shown, strict=True)
        },
        **{
            name: config.NumberColumn(help=meaning, **_PERCENT)
            for name, meaning in _MEASURES.items()
            if name in rows
        },
    }
    edited: pd.DataFrame = st.data_editor(
        rows,
        key=f"schema_{part}_{st.session_state.schema_turn}",
        num_rows="dynamic",
        hide_index=True,
        disabled=[str(name) for name in rows if name not in ("keep", "ask", *SIDES)],
        column_config=columns,
    )
    return edited

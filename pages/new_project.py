"""The form of a new project: its sources sent or named, and how they are read. No page itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import streamlit as st

from kgreview.exchange.inspection import Inspection
from kgreview.exchange.link_forms import FORM_NAMES
from kgreview.exchange.sources import FORMS, SourceOptions
from kgreview.exchange.uploads import Upload
from kgreview.pipeline import imports, project_folder
from kgreview.pipeline.import_records import HowToRead
from kgreview.pipeline.imports import Given
from kgreview.ui.heading import markdown_text
from pages.shared import errors_in_one_line

FORMATS = [form.name for form in FORMS]
TOLD = "detected from content and name"
SCHEMA = "schema.json, if there is one"
TWO, PAIR = "two", "pair"
MADE_OF = {TWO: "two graphs", PAIR: "one folder with both graphs"}
OPTIONS = {  # the fields of SourceOptions beside the form
    "id": "id column",
    "type": "type column or property, or one type for all",
    "columns": "columns to read, comma-separated",
    "separator": "separator of values in a cell",
    "delimiter": "column separator, or 'tab'",
    "encoding": "text encoding",
    "references": "foreign keys as COLUMN=TABLE, comma-separated",
}


def new_project(folder: Path, *, expanded: bool) -> None:
    """Ask for a name and the sources of a new project."""
    turn = st.session_state.setdefault("projects-turn", 0)  # another form is an empty one
    limit = project_folder.upload_limit()
    with st.expander(
        "New project",
        expanded=expanded,
        icon=":material/add:",
        key=f"projects-open-{turn}",
        on_change="rerun",  # that it stays open when the choice in it draws the page anew
    ):
        st.caption(
            "Give files (several are read as one folder) or a path below "
            f"{markdown_text(str(folder), 300)}. Zip files are unpacked. At most {limit:,} MB can "
            "be uploaded, unpacked; for larger sources give the path."
        )
        made_of = st.radio(
            "Source",
            list(MADE_OF),
            format_func=MADE_OF.__getitem__,
            horizontal=True,
            key=f"projects-made-{turn}",
        )
        with st.form(f"projects-new-{turn}", border=False):
            name = st.text_input("Name", max_chars=100, key=f"projects-name-{turn}")
            save = (_pair if made_of == PAIR else _two_graphs)(turn, limit)
            if st.form_submit_button("Inspect", type="primary"):
                with errors_in_one_line():
                    save(folder, name.strip())
                    st.session_state["projects-turn"] = turn + 1
                    st.rerun()


def _two_graphs(turn: int, limit: int) -> Callable[[Path, str], None]:
    """Ask for both graphs; gives what saves them for a new project of a name."""
    left, right = st.columns(2, gap="large")
    with left:
        left_source = _given("Left graph", "left", turn, limit)
    with right:
        right_source = _given("Right graph", "right", turn, limit)
    with left:
        links = _given("Known matches (optional)", "links", turn, limit)
    with right:
        schema = _given(SCHEMA, "schema", turn, limit)
    how = how_to_read(HowToRead(), f"new-{turn}")

    def save(folder: Path, name: str) -> None:
        imports.new_import(folder, name, left_source, right_source, links, schema, how, limit=limit)

    return save


def _pair(turn: int, limit: int) -> Callable[[Path, str], None]:
    """Ask for a pair folder likewise."""
    left, right = st.columns(2, gap="large")
    with left:
        pair = _given("Folder with both graphs and links, as a zip file", "pair", turn, limit)
    with right:
        schema = _given(SCHEMA, "schema", turn, limit)
    st.caption(
        "OpenEA, DBP15K, SRPRS, DeepMatcher and Magellan, or left and right in any form with links "
        "beside them. Test links are not used."
    )
    how = how_to_read(HowToRead(), f"new-{turn}", pair=True)

    def save(folder: Path, name: str) -> None:
        imports.new_pair_import(folder, name, pair, schema, how, limit=limit)

    return save


def _given(label: str, what: str, turn: int, limit: int) -> Given:
    files = st.file_uploader(
        label,
        accept_multiple_files=True,
        max_upload_size=limit,
        key=f"projects-{what}-files-{turn}",
    )
    place = st.text_input(
        f"{label}: path",
        key=f"projects-{what}-path-{turn}",
        max_chars=1000,
        placeholder="or a path below the folder",
        label_visibility="collapsed",
    )
    return Given([Upload(file.name, file) for file in files], place)


def how_to_read(
    how: HowToRead,
    key: str,
    heeded: Sequence[frozenset[str]] = (frozenset(), frozenset()),
    *,
    pair: bool = False,
) -> HowToRead:
    """Ask how sources are read, where they do not say so.

    ``heeded``: of either side's form, which fields of ``SourceOptions`` it takes.
    """
    fold = None
    left, right, links = st.columns(3)
    with left:
        left_options = _options("Left", how.left, heeded[0], key)
    with right:
        right_options = _options("Right", how.right, heeded[1], key)
    with links:
        links_format = _format("Form of the links", list(FORM_NAMES), how.links_format, f"l-{key}")
        same_ids = st.checkbox(
            "Entities with the same id are known matches", how.same_ids, key=f"projects-ids-{key}"
        )
        if pair:
            fold = st.text_input(
                "Fold, if there are several",
                how.fold or "",
                key=f"projects-fold-{key}",
                placeholder="the first",
            )
    return HowToRead(left_options, right_options, links_format, same_ids, fold or None)


def heeded_by(options: SourceOptions, inspection: Inspection | None) -> frozenset[str]:
    """Give what the form of a source takes, as it is set or was found; of an unknown one all."""
    name = options.format or (inspection.format if inspection is not None else None)
    chosen = [form.options for form in FORMS if name in (form.name, None)]
    return frozenset[str]().union(*chosen)


def _options(side: str, options: SourceOptions, heeded: frozenset[str], key: str) -> SourceOptions:
    values: dict[str, object] = {}
    values["format"] = _format(
        f"Form of the {side.lower()} graph", FORMATS, options.format, f"{side}-{key}"
    )
    for name, words in OPTIONS.items():
        if name not in heeded:
            continue
        kept = getattr(options, name)
        is_list = isinstance(kept, tuple)
        text = st.text_input(
            f"{side}: {words}",
            ",".join(kept) if is_list else kept or "",
            key=f"projects-{name}-{side}-{key}",
            placeholder="guessed",
        )
        parts = tuple(part.strip() for part in text.split(",") if part.strip())
        values[name] = parts if is_list else text or None
    return SourceOptions(**values)  # type: ignore[arg-type]


def _format(label: str, names: list[str], given: str | None, key: str) -> str | None:
    chosen: str | None = st.selectbox(
        label,
        names,
        index=names.index(given) if given in names else None,
        placeholder=TOLD,
        key=f"projects-format-{key}",
    )
    return chosen

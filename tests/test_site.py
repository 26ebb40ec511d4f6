"""The site: links lead to the same documents there as in the repository."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / "site" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def hooks() -> Any:
    return load("hooks")


@pytest.mark.parametrize(
    ("place", "text", "expected"),
    [
        ("index.md", "[Forms](docs/formats.md#schema)", "[Forms](formats.md#schema)"),
        ("index.md", '<img src="docs/pictures/a.png">', '<img src="pictures/a.png">'),
        ("index.md", "[Data](sample_data/README.md)", "[Data](sample_data.md)"),
        ("contributing.md", "[map](docs/architecture.md)", "[map](architecture.md)"),
        ("architecture.md", "[how](../CONTRIBUTING.md)", "[how](contributing.md)"),
        ("api.md", "[n](../examples/quickstart.ipynb)", "[n](examples/quickstart.ipynb)"),
        ("api.md", "[forms](formats.md) [here](#rest)", "[forms](formats.md) [here](#rest)"),
        ("sample_data.md", "[start](../README.md)", "[start](index.md)"),
        ("api.md", "[out](https://example.org/a.md)", "[out](https://example.org/a.md)"),
    ],
)
def test_a_link_is_turned_to_where_its_file_is_on_the_site(
    hooks: Any, place: str, text: str, expected: str
) -> None:
    assert hooks.turned(text, place) == expected


def test_what_moves_is_there_and_every_document_is_in_the_navigation(hooks: Any) -> None:
    for file in hooks.MOVED:
        assert (ROOT / file).is_file()
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    for document in (ROOT / "docs").glob("*.md"):
        assert f": {document.name}\n" in navigation


def test_the_reference_has_each_room_and_all_that_is_imported_from_kgreview(hooks: Any) -> None:
    assert {"text", "graph", "aligner", "workflow"} <= set(hooks.rooms())
    assert "::: kgreview.api.Project\n" in hooks.python_page()


def test_examples_of_docstrings_are_shown_as_code() -> None:
    pytest.importorskip("griffe", reason="what the site needs is not installed: make docs does")
    fenced = load("doctests").fenced
    assert fenced("Read it.\n\n>>> read(1)\n2\n\nNo more.") == (
        "Read it.\n\n```python\n>>> read(1)\n2\n```\n\nNo more."
    )

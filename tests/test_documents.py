"""Documents name things that exist: functions, files, other documents, commands."""

from __future__ import annotations

import ast
import importlib
import re
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlite_utils import Database

from kgreview.store.migrations import migrations

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
GUIDES = [ROOT / "CONTRIBUTING.md", ROOT / "docs" / "architecture.md"]
_NAME = re.compile(r"`(kgreview(?:\.[A-Za-z_]\w*)+)`")
_PATH = re.compile(
    r"`((?:kgreview|pages|tests|docs|benchmarks|sample_data|\.ci)/[\w./-]*|[\w.]+\.(?:py|md|toml|txt|cff))`"
)
_LINK = re.compile(r'\]\(([^)\s]+)\)|(?:src|srcset)="([^"]+)"')
EXAMPLES = ("NAME", "graphml")  # files that a reader of the guides is to write
OF_A_PROJECT = ("kgreview.json", "kgreview.db", "schema.json")


def dotted_names(document: Path) -> list[str]:
    names = _NAME.findall(document.read_text(encoding="utf-8"))
    return sorted(set(names) - set(OF_A_PROJECT))


def exists(name: str) -> bool:
    """Whether a full name is that of a module, or of something in one."""
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            found: object = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError as error:
            file = ROOT.joinpath(*parts[:cut]).with_suffix(".py")
            if file.exists() and not str(error.name).startswith("kgreview"):
                return _is_defined(file, parts[cut:])  # a library is not installed here
            continue
        for attribute in parts[cut:]:
            if not hasattr(found, attribute):
                return attribute in getattr(found, "__annotations__", {})
            found = getattr(found, attribute)
        return True
    return False


def _is_defined(file: Path, names: list[str]) -> bool:
    """Whether a module that cannot be imported here defines a name, by its text."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    defined = {getattr(node, "name", "") for node in tree.body}
    return len(names) < 2 and set(names) <= defined


def test_a_name_that_is_not_there_is_noticed() -> None:
    assert exists("kgreview.errors.InputError.at")
    assert exists("kgreview.store.versions.Version.threshold")
    assert not exists("kgreview.errors.InputError.nowhere")
    assert not exists("kgreview.nowhere")
    module = ROOT / "kgreview" / "aligner" / "baselines" / "siamese.py"
    assert _is_defined(module, ["train_siamese"])
    assert not _is_defined(module, ["nowhere"])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_each_name_in_a_document_is_one_of_the_code(document: Path) -> None:
    assert [name for name in dotted_names(document) if not exists(name)] == []


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_the_guides_name_enough_to_be_held_to_it(guide: Path) -> None:
    assert len(dotted_names(guide)) > 15


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_each_file_in_a_guide_is_there(guide: Path) -> None:
    named = _PATH.findall(guide.read_text(encoding="utf-8"))
    assert len(named) > 5
    assert [
        path
        for path in named
        if not any(word in path for word in EXAMPLES) and not (ROOT / path).exists()
    ] == []


def test_the_map_has_every_room() -> None:
    rooms = {
        path.name.removesuffix(".py")
        for path in (ROOT / "kgreview").iterdir()
        if not path.name.startswith("_") and (path / "__init__.py").exists()
    }
    table = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = {
        name.split(".")[1]
        for name in re.findall(r"^\|.*?\|(.*?)\|", table, re.MULTILINE)
        for name in _NAME.findall(name)
    }
    assert rooms <= named


def test_the_tables_of_the_database_are_those_that_the_document_explains() -> None:
    with closing(Database(memory=True)) as db:
        migrations.apply(db)
        # what keeps words and remembers the steps of migrations are tables of libraries
        tables = {name for name in db.table_names() if not re.search(r"_words_|^(_|sqlite_)", name)}
        tables |= set(db.view_names())
    text = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    section = text.partition("## The database")[2].partition("\n\nA row of")[0]
    first_cells = re.findall(r"^\|(.*?)\|", section, re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", " ".join(first_cells))) == tables


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_each_link_of_a_document_leads_somewhere(document: Path) -> None:
    targets = [one or two for one, two in _LINK.findall(document.read_text(encoding="utf-8"))]
    local = [urlsplit(each).path for each in targets if not urlsplit(each).scheme]
    assert [each for each in local if not (document.parent / each).exists()] == []


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_each_make_target_in_a_guide_is_one(guide: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    assert set(re.findall(r"`make ([a-z]+)", guide.read_text(encoding="utf-8"))) <= targets

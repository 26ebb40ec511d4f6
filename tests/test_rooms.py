"""The house's rules: imports never run upwards; each heavy library lives in one room."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "kgreview"
FLOORS = {
    "errors": -2,
    "progress": -2,
    "text": -1,
    "graph": 0,
    "candidates": 1,
    "features": 1,
    "evaluation": 1,
    "active": 1,
    "aligner": 2,
    "store": 2,
    "exchange": 3,
    "ui": 3,
    "pipeline": 4,
    "review": 5,
    "experiments": 6,
    "service": 6,
    "api": 6,
    "api_values": 5,
    "terminal": 6,
    "commands": 7,
    "cli": 8,
    "__main__": 9,
}
AT_HOME = {
    "torch": "aligner",
    "dgl": "aligner",
    "safetensors": "aligner",
    "sqlite_utils": "store",
    "sqlite3": "store",
    "pyoxigraph": "exchange",
    "pyvis": "ui",
    "starlette": "service",
    "streamlit": None,  # app.py, pages, and the file that Streamlit runs
}
MODULES = sorted(PACKAGE.rglob("*.py"))
STARTED = PACKAGE / "service" / "start" / "server.py"  # what Streamlit runs


def imported(path: Path) -> set[str]:
    """Full names of the modules a file imports, wherever in the file."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import hides where it leads"
            found.add(str(node.module))
    return found


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_import_runs_upwards_or_across(path: Path) -> None:
    room = room_of(path)
    if room == "__init__":  # the Python interface, which is imported when it is asked for
        own = {name for name in imported(path) if name.startswith("kgreview.")}
        assert own == {"kgreview.api", "kgreview.errors"}
        return
    for name in imported(path):
        if name.startswith("kgreview."):
            other = name.split(".")[1]
            assert other == room or FLOORS[other] < FLOORS[room], f"{room} imports {other}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_library_stays_in_its_room(path: Path) -> None:
    for name in imported(path):
        library = name.split(".")[0]
        if library in AT_HOME and (path, library) != (STARTED, "streamlit"):
            assert room_of(path) == AT_HOME[library], f"{library} belongs in {AT_HOME[library]}"


@pytest.mark.parametrize(
    "path",
    [ROOT / "app.py", STARTED, *sorted((ROOT / "pages").glob("*.py"))],
    ids=str,
)
def test_pages_are_widgets_and_calls(path: Path) -> None:
    libraries = {name.split(".")[0] for name in imported(path)}
    assert not libraries & (set(AT_HOME) - {"streamlit"})
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 200


def test_the_pages_rooms_do_not_load_the_network() -> None:
    """The first page is there in a second, not after torch has been imported."""
    code = (
        "import sys; import kgreview.review.session, kgreview.pipeline.jobs, kgreview.cli;"
        "import kgreview.api, kgreview.service.app;"
        "sys.exit(bool({'torch', 'dgl'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

"""The house's rules: no import runs upwards, libraries stay at home, nothing is too long."""

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
    "partitions": -2,
    "arrays": -2,
    "text": -1,
    "cluster": -1,
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
    "ray": "cluster",
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


def test_neither_pages_nor_their_rooms_load_the_network() -> None:
    """A page is there in a second, not after torch has been imported."""
    code = (
        "import sys; import kgreview.review.session, kgreview.pipeline.jobs, kgreview.cli;"
        "import kgreview.api; from tests.app_servers import import_libraries; import_libraries();"
        "sys.exit(bool({'torch', 'dgl'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


# ---------------------------------------------------------------- no more than one can take in

MOST_LINES, MOST_LINES_OF_FUNCTION, MOST_PARAMETERS = 400, 60, 7
HOUSE = [ROOT / "app.py", *MODULES, *sorted((ROOT / "pages").glob("*.py"))]
_VERB = "a verb of the Python interface: each is a choice of its own, with a default"
_ROW = "a column of a row each, by keyword"
# Functions of more parameters, and why. Commands are not among them: each option is one.
MANY_PARAMETERS = {
    "kgreview/api.py create": _VERB,
    "kgreview/experiments/benchmark.py benchmark": _VERB,
    "kgreview/experiments/simulation.py simulate": _VERB,
    "kgreview/pipeline/creation.py create_project": _VERB,
    "kgreview/pipeline/export.py export_project": _VERB,
    "kgreview/pipeline/imports.py new_import": _VERB,
    "kgreview/pipeline/refresh.py refresh_project": _VERB,
    "kgreview/graph/knowledge_graph.py from_columns": "the columns of a graph, by keyword",
    "kgreview/graph/readers/tables.py read_table": "columns by how they are read, by keyword",
    "kgreview/store/versions.py add_version": _ROW,
    "kgreview/store/deciding.py decide": _ROW,
    "kgreview/aligner/fitting.py fit_aligner": "what a fit is made of, and how it goes",
    "kgreview/aligner/presumed.py with_presumed": "aligned columns of pairs, and their links",
    "kgreview/candidates/refreshing.py refresh_candidates": "both graphs, before and now",
    "kgreview/candidates/refreshing.py __init__": "both graphs, before and now",
    "kgreview/ui/steps.py text": "attributes of an SVG element, by keyword",
}


def functions_of(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return [node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_no_module_is_longer_than_one_reads_at_a_time() -> None:
    lines = {name_of(path): len(path.read_text("utf-8").splitlines()) for path in HOUSE}
    assert {name: count for name, count in lines.items() if count > MOST_LINES} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    lines = [
        (f"{name_of(path)} {function.name}", (function.end_lineno or 0) - function.lineno + 1)
        for path in HOUSE
        for function in functions_of(path)
    ]
    assert [(name, count) for name, count in lines if count > MOST_LINES_OF_FUNCTION] == []


def test_no_function_takes_more_than_one_keeps_in_mind_without_a_reason() -> None:
    many = {
        f"{name_of(path)} {function.name}"
        for path in HOUSE
        for function in functions_of(path)
        if len(parameters_of(function)) > MOST_PARAMETERS and not is_command(function)
    }
    assert many == set(MANY_PARAMETERS), "take those that have fewer off"


def parameters_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    given = function.args
    names = [each.arg for each in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    return [name for name in names if name not in ("self", "cls")]


def is_command(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(ast.unparse(each) == "click.command()" for each in function.decorator_list)

"""What is released: one version everywhere, and a wheel that runs from any folder."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
import zipfile
from pathlib import Path

import pytest
import yaml

import kgreview

from .empty_environment import empty_environment, run

ROOT = Path(__file__).resolve().parents[1]


def test_the_version_is_the_same_everywhere() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## \[(\d[^]]*)\] – (\S+)$", changes, re.MULTILINE)
    assert newest is not None
    assert newest[1] == citation["version"] == kgreview.__version__
    assert newest[2] == str(citation["date-released"])


def test_a_citation_says_what_its_form_requires() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert citation["license"] == project["license"]
    for reference in citation["references"]:
        assert {"type", "title", "authors", "doi"} <= set(reference)


def test_documents_name_the_pythons_that_it_runs_on() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["requires-python"] == ">=3.11,<3.15"
    assert "Python 3.11 to 3.14" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, made of the source archive as an index would have it made."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT)
    (made,) = folder.glob("*.whl")
    return made


@pytest.mark.slow
def test_the_wheel_has_pages_scripts_and_samples_and_no_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for needed in (
        "kgreview/py.typed",
        "kgreview/views/canvas.js",
        "kgreview/_desk/app.py",
        "kgreview/_desk/pages/review.py",
        "kgreview/_desk/sample_data/left/entities.tsv",
    ):
        assert needed in names
    assert not [name for name in names if Path(name).name.startswith("test_") or ".pyc" in name]
    assert {name.split("/")[0] for name in names} == {
        "kgreview",
        f"kgreview-{kgreview.__version__}.dist-info",
    }


@pytest.mark.slow
def test_the_wheel_alone_runs_the_demo_from_any_folder(wheel: Path, tmp_path: Path) -> None:
    python = empty_environment(tmp_path / "environment")
    run(python, "-m", "pip", "install", "--no-deps", "--no-index", wheel)
    folder = tmp_path / "any folder"
    folder.mkdir()
    where = run(python, "-c", "import kgreview; print(kgreview.__file__)", cwd=folder)
    assert Path(where.strip()).is_relative_to(tmp_path / "environment")
    command = python.with_name("kgreview")
    assert run(command, "--version", cwd=folder).strip().endswith(kgreview.__version__)

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app = subprocess.Popen(
        [command, "demo", "--no-browser", "--port", str(port), "--device", "cpu"],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
    )
    try:
        assert answer(f"http://localhost:{port}/_stcore/health", app) == "ok"
        assert "/api/v1" in answer(f"http://localhost:{port}/api/v1/openapi.json", app)
    finally:
        app.terminate()
    assert app.wait(timeout=30) == 0
    assert (folder / "projects" / "demo" / "kgreview.json").is_file()


def answer(address: str, app: subprocess.Popen[bytes]) -> str:
    """Ask until the app answers: it makes and trains the sample project first."""
    for _ in range(2400):
        assert app.poll() is None, "the app ended by itself"
        try:
            with urllib.request.urlopen(address, timeout=5) as response:
                return str(response.read().decode())
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{address} does not answer")

"""The notebooks of ``examples/`` run from top to bottom, as a reader would run them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("*.ipynb"))
# in a process of its own: what Jupyter's libraries warn of is not the project's
_RUN = """
import json, sys, nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(notebook, timeout=240, kernel_name="python3").execute()
print(json.dumps([cell.get("outputs", []) for cell in notebook.cells]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_a_notebook_runs_and_shows_an_alignment(path: Path, tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", _RUN, str(path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    for shown in ("Solyaris", "matched to Solyaris already", "Predicted by version v1", "sssom"):
        assert shown in run.stdout, run.stdout


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_what_it_shows(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert '"outputs": []' in text
    assert '"output_type"' not in text

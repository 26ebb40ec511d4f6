"""Methods are found by name; one whose library is missing says so in one line."""

from __future__ import annotations

import subprocess
import sys

import pytest

from kgreview.aligner import HAS_DGL
from kgreview.aligner.baselines.registry import METHODS, MISSING, RUNNABLE, method
from kgreview.errors import InputError

WITHOUT_DGL = """
import sys
sys.modules["dgl"] = None  # importing it fails, as where it is not installed
import importlib.util
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name == "dgl" else found(name, *rest)
from kgreview.cli import main
sys.argv = ["kgreview", *sys.argv[1:]]
main()
"""


@pytest.mark.parametrize("name", RUNNABLE)
def test_a_method_that_runs_here_is_found(name: str) -> None:
    assert callable(method(name))


def test_a_name_there_is_not_is_said_with_those_there_are() -> None:
    with pytest.raises(InputError, match="no method 'gta'; there are cosine, paris"):
        method("gta")


def test_all_methods_run_where_dgl_is_installed() -> None:
    assert set(RUNNABLE) | set(MISSING) == set(METHODS)
    assert bool(MISSING) != HAS_DGL


def test_a_method_on_dgl_says_in_one_line_that_it_is_missing() -> None:
    run = subprocess.run(
        [sys.executable, "-c", WITHOUT_DGL, "benchmark", ".", "--methods", "cosine,gat"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 2
    assert run.stderr.splitlines() == [
        "kgreview: method gat needs DGL, which has no wheels beyond Python 3.11: "
        "use Python 3.11 for it"
    ]


def test_without_dgl_a_benchmark_of_all_says_which_it_leaves_out() -> None:
    run = subprocess.run(
        [sys.executable, "-c", WITHOUT_DGL, "benchmark", "."],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "note: left out: feature-nn, graphsage, r-graphsage, gat, rgcn, gcn-align." in run.stderr

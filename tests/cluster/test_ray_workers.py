from __future__ import annotations

import importlib.util
import json
import os
import secrets
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from kgreview.cluster.ray_workers import on_cluster
from kgreview.errors import InputError, KGReviewError
from kgreview.partitions import workers

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
ALONE, TOGETHER = HERE / "on_one_machine.py", HERE / "losing.py"


def run(script: Path, home: Path, *arguments: object, **more: str) -> str:
    """Run a script that starts a cluster, with a token of its own, and give what it prints."""
    if importlib.util.find_spec("ray") is None:
        if os.environ.get("CI"):
            pytest.fail("Ray is not installed: pip install -e '.[test]'")
        pytest.skip("Ray is not installed, which has no wheel for this Python")
    kept = {name: to for name, to in os.environ.items() if not name.startswith("RAY_")}
    environment = {**kept, "HOME": str(home), "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, str(script), *map(str, arguments)],
        env={**environment, **more},
        capture_output=True,
        text=True,
        timeout=1500,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.splitlines()[-1]


def test_without_an_address_this_process_works():
    with on_cluster(None):
        assert not workers().elsewhere


@pytest.mark.parametrize("address", ["local:0", "local:", "local:two", "local:-1"])
def test_a_number_of_processors_is_one(address):
    with pytest.raises(InputError, match="give a number of processors"), on_cluster(address):
        pass


def test_whoever_is_off_the_cluster_is_told_where_to_go():
    with pytest.raises(InputError, match="on a machine of the cluster"), on_cluster("ray://a:1"):
        pass


def test_who_lacks_ray_is_told_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with (
        pytest.raises(KGReviewError, match=r"pip install 'kgreview\[cluster\]'"),
        on_cluster("a:1"),
    ):
        pass


@pytest.mark.slow
def test_a_cluster_of_this_machine_is_open_to_nobody_else(tmp_path):
    found = json.loads(run(ALONE, tmp_path))
    assert found["sums"] == [11, 12, 13]
    assert found["fault"] == "KGReviewError: this is no number: x"
    assert found["listens_to"] == ["127.0.0.1"]
    assert not found["stranger_is_in"]
    assert not list(tmp_path.iterdir())  # nothing is left in the home folder


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_lost_workers_and_nodes_change_no_bit(tmp_path):
    """From ten thousand entities a side to scores, by one process and by two nodes."""
    sources = tmp_path / "sources"
    subprocess.run(
        [sys.executable, ROOT / "benchmarks/made_up_catalogues.py", sources, "--entities", "10000"],
        check=True,
        capture_output=True,
    )
    losses = [
        "find candidates=worker",
        "compare pairs=node",
        "judge names and attributes=worker",
        "weigh neighbours=node",
    ]
    graphs = sources / "left", sources / "right", sources / "train.tsv"
    token = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
    lost = json.loads(run(TOGETHER, tmp_path, *graphs, tmp_path, *losses, **token))
    assert lost == losses
    alone, lossy = columns(tmp_path / "alone"), columns(tmp_path / "lossy")
    assert len(alone) > 12
    assert alone.keys() == lossy.keys()
    assert [name for name in alone if alone[name] != lossy[name]] == []


def columns(project: Path) -> dict[str, bytes]:
    """Give all columns of a project with one version, by their names without its own."""
    (version,) = (project / "models").iterdir()
    found = {}
    for file in project.rglob("*.npy"):
        name = str(file.relative_to(project)).replace(version.name, "version")
        found[name] = np.load(file).tobytes()
    return found

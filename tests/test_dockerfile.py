"""The Dockerfile: it is clean, and what it builds and starts works, run step by step."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .dockerfile import Image, read_dockerfile, script
from .empty_environment import empty_environment, library_folders

ROOT = Path(__file__).resolve().parents[1]
DOCKERFILE = ROOT / "Dockerfile"

# in there are other mounts, networks and processes than outside, and what is left is ended
ALONE = ("unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc")


@pytest.fixture
def context(tmp_path: Path) -> Path:
    """What ``docker build`` sends: what .dockerignore lets through."""
    folder = tmp_path / "context"
    folder.mkdir()
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert lines[1] == "*"
    for name in (line[1:] for line in lines if line.startswith("!")):
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, folder / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture
def image(context: Path) -> Image:
    return read_dockerfile(DOCKERFILE, context, {})


def test_hadolint_finds_nothing() -> None:
    hadolint = shutil.which("hadolint", path=str(Path(sys.executable).parent))
    if hadolint is None:
        pytest.skip(
            "no hadolint here: the Dockerfile is not linted (it has no wheel for this machine)"
        )
    done = subprocess.run(
        [hadolint, "--no-color", DOCKERFILE], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_the_image_runs_as_nobody_special_and_keeps_projects_in_a_volume(image: Image) -> None:
    assert int(image.user) > 0
    assert image.volumes == ["/projects"]
    assert image.folder == "/projects"
    assert image.ports == ["8501"]
    assert image.entrypoint == ["kgreview"]
    assert image.command == ["review", "/projects", "--host", "0.0.0.0", "--no-browser"]


def test_by_itself_it_is_published_on_this_machine_alone() -> None:
    text = DOCKERFILE.read_text(encoding="utf-8")
    assert "--publish 127.0.0.1:8501:8501" in text


def test_an_unknown_instruction_is_not_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "Dockerfile"
    file.write_text("FROM a\nONBUILD RUN true\n", encoding="utf-8")
    with pytest.raises(ValueError, match="ONBUILD: no such instruction"):
        read_dockerfile(file, tmp_path, {})


def can_overlay() -> bool:
    """Whether this user may mount, as its steps without a daemon need."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return False
    if not all(map(shutil.which, ("unshare", "setpriv", "chroot", "ip", "pgrep"))):
        return False
    mounts = (
        "set -e; mount -t tmpfs none /mnt; mkdir /mnt/upper /mnt/work /mnt/both; "
        "mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work /mnt/both"
    )
    done = subprocess.run([*ALONE, "bash", "-c", mounts], check=False, capture_output=True)
    return done.returncode == 0


@pytest.mark.slow
@pytest.mark.skipif(not can_overlay(), reason="no root here: the Dockerfile's steps are not run")
def test_its_steps_make_an_image_that_imports_and_serves_projects(
    image: Image, tmp_path: Path
) -> None:
    python = empty_environment(tmp_path / "environment")
    data = tmp_path / "data"
    data.mkdir()
    for side in ("left", "right"):
        (data / f"{side}.csv").write_text("id,name\n1,Dune\n2,Stalker\n", encoding="utf-8")
    reachable = [python.parent, data, *library_folders(), Path(sys.base_prefix)]
    sources = f"--left {data}/left.csv --right {data}/right.csv"
    calls = [
        f"docker_run create films {sources}",
        f"stat --format 'owner %u' {image.root}/projects/films",
        "ip link set lo up",
        f"docker_run {shlex.join(image.command)} & started=$!",
        "for _ in $(seq 120); do healthy >/dev/null && break; sleep 0.5; done",
        "healthy && echo healthy",
        "app=$(pgrep --parent $started)",
        "stat --format 'runs as %u' /proc/$app",
        'kill "$app"; wait "$started" && echo ended',
    ]
    # nothing is fetched: the libraries are there, and so is what builds the wheel
    offline = {"PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0", "PIP_CONFIG_FILE": os.devnull}
    done = subprocess.run(
        [*ALONE, "bash", "-c", script(image, python, reachable, calls)],
        env={**{k: v for k, v in os.environ.items() if not k.startswith("P")}, **offline}
        | {"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    user = image.user
    for line in (f"owner {user}", "healthy", f"runs as {user}", "ended"):
        assert line in done.stdout.splitlines(), done.stdout + done.stderr
    assert "Review at http://localhost:8501" in done.stdout

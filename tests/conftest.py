"""What several rooms' tests share: the sample project, trained once, and where real data lies."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

import kgreview.aligner  # noqa: F401 - settles how torch waits, before torch is imported

# a busy machine is slow, not wrong
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

ROOT = Path(__file__).resolve().parents[1]
BENCHMARKS = ROOT.parent / "shared" / "benchmarks"


@pytest.fixture(scope="session")
def benchmarks() -> Path:
    """The folder of real graph pairs, which is not part of the project."""
    if not BENCHMARKS.is_dir():
        pytest.skip(f"no real graph pairs at {BENCHMARKS}: figures on real data are not checked")
    return BENCHMARKS


@pytest.fixture(scope="session")
def chromium() -> str:
    """The system's Chromium. Without it these tests skip on a user's machine and fail in CI."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return found
    if os.environ.get("CI"):
        pytest.fail("CI needs a Chromium for the browser tests: install the package chromium")
    pytest.skip("no Chromium found: the pages are not checked in a browser (install chromium)")


@pytest.fixture(scope="session")
def _trained_sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from kgreview.workflow.run import make_ready

    path = tmp_path_factory.mktemp("sample") / "project"
    make_ready(path, ROOT / "sample_data", name="Sample", device="cpu")
    return path


@pytest.fixture
def sample(_trained_sample: Path, tmp_path: Path) -> Path:
    """A trained sample project of the test's own (copying the folder copies the project)."""
    return Path(shutil.copytree(_trained_sample, tmp_path / "sample"))

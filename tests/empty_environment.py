"""An environment with what the project needs, and without the project."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path


def empty_environment(folder: Path) -> Path:
    """Make an environment whose libraries are those of this one; gives its Python.

    Each library is a link in a folder of its own, for the folder that holds them leads to the
    project's sources, too, which must not be found.
    """
    run(sys.executable, "-m", "venv", "--without-pip", folder)
    python = folder / "bin" / "python"
    libraries = folder / "libraries" / "site-packages"  # Streamlit asks for that name
    libraries.mkdir(parents=True)
    for site in dict.fromkeys(library_folders()):
        for entry in site.iterdir():
            link = libraries / entry.name
            if not of_the_project(entry.name) and not link.exists():
                link.symlink_to(entry)
    own = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    (Path(own) / "libraries.pth").write_text(f"{libraries}\n", encoding="utf-8")
    return python


def library_folders() -> list[Path]:
    """Where this environment's libraries are, also those that a .pth file adds."""
    found = [Path(sysconfig.get_path("purelib")), Path(sysconfig.get_path("platlib"))]
    found += [Path(place) for place in sys.path if Path(place).name == "site-packages"]
    return [place for place in found if place.is_dir()]


def of_the_project(name: str) -> bool:
    """Whether an entry of a library folder is the project itself, or leads elsewhere."""
    return name.endswith(".pth") or name.lstrip("_").startswith(("kgreview", "editable_impl_kg"))


def run(*command: object, cwd: Path | None = None) -> str:
    """Run a command without the tests' own paths; gives what it prints, and fails as it fails."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout

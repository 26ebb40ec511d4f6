"""Where the files lie that Streamlit runs: beside the package in a checkout, else within it."""

from __future__ import annotations

from pathlib import Path

SERVER = Path(__file__).parent / "start" / "server.py"


def desk_folder() -> Path:
    """Find the folder with app.py, pages/ and sample_data/: a checkout's, or the package's own."""
    package = Path(__file__).parent.parent
    checkout = package.parent
    return checkout if (checkout / "app.py").is_file() else package / "_desk"

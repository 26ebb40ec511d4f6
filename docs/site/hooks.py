"""Brings into the site what lies outside docs/, and makes the reference from docstrings.

A link in a document leads to a file beside it, as GitHub follows it. On the site some files have
another place; their links are turned to it.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
# where files that lie outside docs/ are on the site
MOVED = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "LICENSE": "LICENSE.txt",
    "sample_data/README.md": "sample_data.md",
    "examples/quickstart.ipynb": "examples/quickstart.ipynb",
}
PYTHON = "reference/python.md"
_TARGET = re.compile(r'(?:src|srcset|href)="(?!https?:|data:|mailto:|#|/)([^"#?]+)')
_LINK = re.compile(r'(\]\(|(?:src|srcset)=")([^)"\s#:]+)(?=[)"#])')


def place_on_site(file: str) -> str:
    """Give the place on the site of a file of the repository, both as paths from the top."""
    return MOVED.get(file, file.removeprefix("docs/"))


def file_of(place: str) -> str:
    """Give the file of the repository that a page of the site is made of."""
    return {to: file for file, to in MOVED.items()}.get(place, f"docs/{place}")


def turned(text: str, place: str) -> str:
    """Turn the links of a page at ``place`` on the site from files to places."""
    folder = posixpath.dirname(file_of(place))

    def turn(link: re.Match[str]) -> str:
        target = place_on_site(posixpath.normpath(posixpath.join(folder, link[2])))
        return link[1] + posixpath.relpath(target, posixpath.dirname(place) or ".")

    return _LINK.sub(turn, text)


def rooms() -> list[str]:
    """Name the rooms of the package, in which the reference goes."""
    package = ROOT / "kgreview"
    return sorted(path.parent.name for path in package.glob("*/__init__.py"))


def python_page() -> str:
    """Give the page of what ``import kgreview`` offers."""
    import kgreview

    names = "\n\n".join(
        f"::: {home}.{name}\n    options:\n      show_root_full_path: false"
        for name, home in kgreview._HOMES.items()
    )
    return f"# Python\n\n`import kgreview` offers these names.\n\n{names}\n"


def room_page(room: str) -> str:
    """Give the page of a room: all its modules, from their docstrings."""
    return f"# {room}\n\n::: kgreview.{room}\n    options:\n      heading_level: 2\n"


def on_config(config: Any) -> Any:
    """Add the rooms to the navigation."""
    for group in config.nav:
        if "Reference" in group:
            group["Reference"] += [{room: f"reference/{room}.md"} for room in rooms()]
    return config


def on_files(files: Any, config: Any) -> Any:
    """Add what lies outside docs/, and the pages of the reference."""
    from mkdocs.structure.files import File

    for file, place in MOVED.items():
        text = (ROOT / file).read_text(encoding="utf-8")
        files.append(File.generated(config, place, content=text))
    files.append(File.generated(config, PYTHON, content=python_page()))
    for room in rooms():
        files.append(File.generated(config, f"reference/{room}.md", content=room_page(room)))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Turn the links of a page."""
    place = page.file.src_uri
    return markdown if place.startswith("reference/") else turned(markdown, place)


def on_post_build(config: Any) -> None:
    """Fail where a picture or a link of a page leads nowhere: MkDocs does not look into HTML."""
    from mkdocs.exceptions import PluginError

    site = Path(config.site_dir)
    broken = [
        f"{page.relative_to(site)}: {target}"
        for page in sorted(site.rglob("*.html"))
        if page.name != "404.html"
        for target in _TARGET.findall(page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    if broken:
        raise PluginError("links that lead nowhere: " + "; ".join(broken[:20]))

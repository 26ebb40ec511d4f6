"""The decision bar fits the window, also with four more outcomes and a filter."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kgreview.pipeline.project import Project
from tests.pages.conftest import Desk

_CUT = """() => [...document.querySelectorAll(".st-key-bar button")].filter(button => {
  const box = button.getBoundingClientRect(), label = button.querySelector("p");
  return box.left < 0 || box.right > innerWidth || label.scrollWidth > label.clientWidth + 1;
}).map(button => button.innerText)"""


@pytest.mark.parametrize("size", [(1366, 768), (1280, 720), (1920, 1080)])
def test_no_label_of_the_bar_is_cut(
    project: Project, desks: Callable[..., Desk], size: tuple[int, int]
) -> None:
    project.save_settings(qualified_matches=True)
    window = {"width": size[0], "height": size[1]}
    desk = desks(project, "?curator=Ada&low=0.1", viewport=window)
    desk.press("x")  # what was said of it stands in the bar, too
    assert desk.page.locator(".kg-said").inner_text().startswith("Rejected")
    labels = desk.page.locator(".st-key-bar button").all_inner_texts()
    assert {"Close\nL", "Broader\nG", "Narrower\nP", "Related\nE"} <= {
        label.replace("\n\n", "\n") for label in labels
    }
    assert desk.page.evaluate(_CUT) == []

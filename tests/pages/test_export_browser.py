"""The export page in headless Chromium: by the navigation, safe, and its file comes down."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kgreview.pipeline.project import Project
from kgreview.store.deciding import decide
from kgreview.store.outcomes import Outcome

pytestmark = pytest.mark.browser
Desks = Callable[..., Any]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_hostile_names_run_nothing_and_the_file_is_downloaded(
    project: Project, desks: Desks, evil: tuple[str, ...], theme: str
) -> None:
    with project.database() as db:
        for right in ("right:f00", "right:f02"):  # a group of three hostile names
            decide(
                db,
                left="left:f00",
                right=right,
                curator=evil[0],
                outcome=Outcome.MATCH,
                seconds=1.0,
                version="v1",
                score=0.5,
                strategy="uncertainty",
                note=evil[2],
            )
    desk = desks(project, "?curator=Eva", color_scheme=theme)
    desk.go("Export")
    desk.page.get_by_text("1 group is larger than allowed").first.wait_for()
    desk.page.get_by_role("button", name="Make the file").click()
    button = desk.page.get_by_role("button", name="Download project.sssom.tsv")
    button.wait_for()
    with desk.page.expect_download() as download:
        button.click()
    text = Path(download.value.path()).read_text("utf-8")
    assert "owl:sameAs" in text
    assert evil[0].replace('"', '""') in text
    desk.go("Settings")
    desk.page.get_by_role("button", name="Save for all exports").wait_for()
    desk.rested()
    desk.is_clean()

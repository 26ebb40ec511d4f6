import json
from pathlib import Path

import pytest

from kgreview.errors import InputError
from kgreview.workflow import desk
from kgreview.workflow.project import Project


def with_settings(path: Path, **settings: object) -> Project:
    file = path / "kgreview.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **settings}))
    return Project.open(path)


def test_entities_are_looked_up_by_the_template_of_their_graph(small_sample: Path) -> None:
    project = with_settings(small_sample, left_url="https://example.org/lib/{id}")
    view = desk.next_pair(project, "Ada")
    assert view is not None
    page = f"https://example.org/lib/{view.left.id.replace(':', '%3A')}"
    assert f'<a href="{page}" target="_blank"' in view.heading()
    assert view.right.url is None
    neighbours = view.left.neighbours
    assert all(str(n.url).startswith("https://example.org/lib/lib%3A") for n in neighbours)


@pytest.mark.parametrize("wrong", [7, None, ["https://x"]])
def test_a_template_that_is_no_address_is_said_in_one_line(
    small_sample: Path, wrong: object
) -> None:
    with pytest.raises(InputError, match="'left_url' is no address"):
        with_settings(small_sample, left_url=wrong)


def test_a_project_names_the_reasons_its_curators_may_give(small_sample: Path) -> None:
    assert Project.open(small_sample).settings.reasons == ()
    project = with_settings(small_sample, reasons=["homonym", "remake"])
    assert project.settings.reasons == ("homonym", "remake")


@pytest.mark.parametrize("wrong", ["homonym", [1], {"a": 1}])
def test_reasons_that_are_no_words_are_said_in_one_line(small_sample: Path, wrong: object) -> None:
    with pytest.raises(InputError, match="'reasons' is no list of words"):
        with_settings(small_sample, reasons=wrong)

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from kgreview.pipeline.project import Project
from kgreview.review.session import PROJECT_VARIABLE

APP = str(Path(__file__).parents[2] / "app.py")


def page(path: Path, monkeypatch: pytest.MonkeyPatch, *pair: str) -> AppTest:
    monkeypatch.setenv(PROJECT_VARIABLE, str(path))
    app = AppTest.from_file(APP, default_timeout=60)
    for side, entity in zip(("left", "right"), pair, strict=False):
        app.query_params[side] = entity
    return app.run().switch_page("pages/explain.py").run()


def words(app: AppTest) -> str:
    html = " ".join(str(element.proto.body) for element in app.get("html"))
    return " ".join([html, *(e.value for e in (*app.error, *app.caption, *app.markdown))])


def ids(path: Path) -> tuple[str, str]:
    project = Project.open(path)
    pairs = project.candidates()
    where = next(
        i
        for i, (a, b) in enumerate(zip(pairs.left, pairs.right, strict=True))
        if project.left.degree(int(a)) > 1 and project.right.degree(int(b)) > 1
    )
    return project.left.id(int(pairs.left[where])), project.right.id(int(pairs.right[where]))


def picture(app: AppTest) -> str:
    (image,) = app.get("image")
    return str(image.proto.imgs[0].url)


def test_without_a_pair_it_says_what_to_give(
    small_sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(small_sample, monkeypatch)
    assert "Which pair?" in words(app)
    assert not app.exception


def test_it_opens_with_the_hardest_pairs_of_known_answer(
    small_sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(small_sample, monkeypatch)
    hard = [button for button in app.button if str(button.key).startswith("hard-")]
    assert len(hard) == 8
    assert "by a known link" in hard[0].label
    app = hard[0].click().run()
    assert not app.exception
    assert picture(app)
    assert all(box.value for box in app.text_input)


def test_an_address_names_the_pair_and_the_screw_draws_it_anew(
    small_sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(small_sample, monkeypatch, *ids(small_sample))
    assert not app.exception
    assert tuple(box.value for box in app.text_input) == ids(small_sample)
    first = picture(app)
    app.select_slider[0].set_value(0.2).run()
    assert picture(app) != first
    assert not app.exception


def test_who_asks_is_shown_what_tells_things_apart(
    small_sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(small_sample, monkeypatch, *ids(small_sample))
    assert "candidates near the threshold" not in words(app)
    app.toggle[0].set_value(True).run()
    assert not app.exception
    assert "candidates near the threshold of v1" in words(app)
    assert "album</bdi> (left)" in words(app)


def test_a_part_of_a_name_finds_the_left_and_candidates_are_offered_for_the_right(
    small_sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left, right = ids(small_sample)
    app = page(small_sample, monkeypatch)
    app.text_input[0].set_value(left).run()
    assert any(right in option for box in app.selectbox for option in box.options)
    assert picture(app)
    assert app.query_params["left"]


def test_of_many_that_are_found_it_says_that_these_are_the_first(
    small_sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(small_sample, monkeypatch)
    app.text_input[0].set_value("a").run()
    assert "The first 20" in words(app)
    assert len(app.selectbox[0].options) == 20
    app.text_input[0].set_value(ids(small_sample)[0]).run()
    assert "The first" not in words(app)


def test_what_is_not_there_is_said_in_words(
    small_sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(small_sample, monkeypatch, "<img src=x onerror=alert(1)>", "nobody")
    assert "No entity has this id" in words(app)
    assert "<img" not in words(app)
    assert not app.exception


def test_without_a_network_it_says_what_to_do(
    learning_project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(learning_project.path, monkeypatch, "left:f00", "right:f00")
    assert not app.exception
    assert "no network yet" in words(app)
    assert "until a first network has learnt from 10 known matches" in words(app)


@pytest.mark.slow
def test_both_stories_are_one_click_away(sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = page(sample, monkeypatch)
    told = json.loads((Path(APP).parent / "sample_data" / "stories.json").read_text("utf-8"))
    for story in told.values():
        next(button for button in app.button if button.label == story["title"]).click().run()
        assert not app.exception
        assert tuple(box.value for box in app.text_input) == (story["left"], story["right"])
        assert app.query_params["left"] == story["left"]
        assert picture(app)

import json
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from kgreview.pipeline import explanation, jobs, labels
from kgreview.pipeline.fingerprint import STAMP, fingerprint
from kgreview.pipeline.project import Project
from kgreview.review.session import PROJECT_VARIABLE, Answer, decide, next_pair
from kgreview.store.jobs import adopt, fail, report, start_job
from kgreview.store.outcomes import Outcome
from kgreview.store.versions import add_version, current_version, promotions, write_scores

APP = str(Path(__file__).parents[2] / "app.py")


def model_page(path: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv(PROJECT_VARIABLE, str(path))
    app = AppTest.from_file(APP, default_timeout=30)
    app.session_state.curator = "Ada"
    return app.run().switch_page("pages/model.py").run()


def say_yes(project: Project, times: int) -> None:
    for _ in range(times):
        view = next_pair(project, "Ada")
        assert view
        decide(project, "Ada", view.question, Answer(Outcome.MATCH))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let one accepted pair be enough for a first network."""
    monkeypatch.setattr(labels, "FEWEST_MATCHES", 1)


def words(app: AppTest) -> str:
    return " ".join(element.value for element in (*app.markdown, *app.error, *app.success))


def test_versions_are_listed_and_the_current_one_is_marked(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    with project.database() as db:
        add_version(
            db, "v2", parent="v1", kind="trained", settings={}, figures={}, seed=0, threshold=0.4
        )
    table = model_page(project.path, monkeypatch).dataframe[0].value
    assert list(table["version"]) == ["v2", "v1"]
    assert list(table[""]) == ["", "● current"]
    assert table["PRAUC"][1] == 0.75


def test_without_a_version_it_says_what_to_do(
    blocked_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = model_page(blocked_project, monkeypatch)
    assert not app.exception
    assert any("kgreview run" in str(element.proto.body) for element in app.get("html"))


def test_with_nothing_to_learn_the_button_is_off(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = model_page(project.path, monkeypatch)
    assert app.button[1].disabled
    assert "accept or reject some pairs first" in words(app)


def test_while_a_first_network_needs_more_matches_the_button_is_off_and_it_says_how_many(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    say_yes(project, 3)
    app = model_page(project.path, monkeypatch)
    assert app.button[1].disabled
    assert "there are 3 (0 from links, 3 accepted): accept 7 more pairs" in words(app)


@pytest.mark.usefixtures("quick")
def test_decisions_to_learn_from_are_counted_and_start_a_job(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    say_yes(project, 3)
    started = []
    monkeypatch.setattr(jobs, "start_finetuning", lambda project: started.append(project.path))
    app = model_page(project.path, monkeypatch)
    assert "**3** of 3 decisions" in words(app)
    app.button[1].click().run()
    assert started == [project.path]


def test_a_running_job_shows_how_far_it_is_and_can_be_cancelled(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    say_yes(project, 1)
    with project.database() as db:
        job = start_job(db, "fine-tune")
        report(db, job.id, "train", 3, 12, loss=0.25)
    app = model_page(project.path, monkeypatch)
    assert [button.label for button in app.button] == ["Ada", "Cancel"]
    app.button[1].click().run()
    latest = jobs.latest(project)
    assert latest
    assert latest.cancel_requested


@pytest.mark.usefixtures("quick")
def test_a_failed_job_says_why_and_can_be_started_again(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    say_yes(project, 1)
    with project.database() as db:
        fail(db, start_job(db, "fine-tune").id, "no space left on the disk")
    app = model_page(project.path, monkeypatch)
    assert "no space left on the disk" in words(app)
    assert not app.button[1].disabled


@pytest.mark.usefixtures("quick")
def test_a_killed_job_is_shown_as_failed(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    say_yes(project, 1)
    with project.database() as db:
        adopt(db, start_job(db, "fine-tune").id, 2**22 - 1)  # no process has this number
    app = model_page(project.path, monkeypatch)
    assert "failed" in words(app)
    assert not app.button[1].disabled


@pytest.fixture
def held(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A second version, not promoted, with all its scores and no network to explain them."""
    monkeypatch.setattr(explanation, "ready", lambda *_: False)
    before, after = np.full(len(project.candidates().left), 0.4), []
    with project.database() as db:
        add_version(
            db,
            "v2",
            parent="v1",
            kind="fine-tuned",
            settings={},
            figures={"prauc": 0.7},
            seed=0,
            threshold=0.5,
            held="PRAUC on 9 held-out links fell from 0.750 (v1) to 0.700",
        )
        after = before.copy()
        after[:2] = 0.9
        write_scores(db, "v2", [(np.arange(len(after)), after)])
    pairs = project.candidates()
    similarities = np.load(project.path / "candidates" / "similarities.npy")
    for name, scores in (("v1", before), ("v2", after)):
        folder = project.path / "models" / name
        folder.mkdir(parents=True)
        np.save(folder / "scores.npy", scores)
        (folder / STAMP).write_text(fingerprint(pairs.left, pairs.right, similarities))
    (project.path / "models" / "v2" / "comparison.json").write_text(
        json.dumps(
            {
                "against": "v1",
                "on": "validation links",
                "pairs": 40,
                "matches": 9,
                "before": [0.75, 0.6, 0.9],
                "after": [0.7, 0.5, 0.8],
                "difference": [-0.05, -0.1, -0.01],
                "curves": [[[0.0, 1.0], [1.0, 0.5]], [[0.0, 1.0], [1.0, 0.4]]],
            }
        )
    )
    return project


def test_a_held_version_says_why_and_what_it_changes(
    held: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = model_page(held.path, monkeypatch)
    assert not app.exception
    assert "PRAUC on 9 held" in app.warning[0].value
    assert "It is worse than v1: PRAUC 0.700 (0.500 to 0.800) after 0.750" in words(app)
    assert list(app.dataframe[0].value[""]) == ["not promoted", "● current"]
    assert [tab.label for tab in app.tabs] == [
        "Curves",
        "Crossed the threshold: 2",
        "Contradict decisions: 0",
    ]
    crossed = app.dataframe[1].value
    assert list(crossed["before"]) == [0.4, 0.4]
    assert list(crossed["after"]) == [0.9, 0.9]
    assert "2 of them are taken for matches now" in str([c.value for c in app.caption])


def test_where_changes_are_not_to_be_had_the_curves_are_there_and_a_line_says_what_to_do(
    held: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    (held.path / "models" / "v2" / STAMP).unlink()
    app = model_page(held.path, monkeypatch)
    assert not app.exception
    assert len(app.get("vega_lite_chart")) == 1
    (error,) = app.error
    assert "v2 has not scored the present candidates" in error.value
    assert "v2 --reason WHY" in error.value.replace("\\", "").replace("\u2060", ""), (
        "it is not promoted"
    )


def test_what_the_figures_are_of_is_true_without_validation_links_too(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not len(project.links("valid"))
    said = str([caption.value for caption in model_page(project.path, monkeypatch).caption])
    assert "a fifth of the decided entities" in said
    assert "no version learns from" not in said


def test_a_curator_may_overrule_with_a_reason_and_go_back_in_one_click(
    held: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = model_page(held.path, monkeypatch)
    (button,) = [b for b in app.button if b.label == "Make v2 current"]
    app = button.click().run()
    assert "give a reason" in words(app)
    app.text_input(key="reason").input("it finds **the** <remakes>").run()
    (button,) = [b for b in app.button if b.label == "Make v2 current"]
    app = button.click().run()
    assert not app.exception
    with held.database() as db:
        current, told = current_version(db), promotions(db)[0]
    assert current is not None
    assert current.name == "v2"
    assert (told.curator, told.reason) == ("Ada", "it finds **the** <remakes>")
    assert "by Ada" in str([c.value for c in app.caption])
    assert "**the**" not in str([c.value for c in app.caption]), "a reason is no markup"
    assert "Make v2 current" not in [b.label for b in app.button]


@pytest.mark.parametrize(
    ("after", "told"), [(7, "after 7 new decisions"), (0, "It does not start by itself")]
)
def test_it_says_when_it_starts_by_itself(
    project: Project, monkeypatch: pytest.MonkeyPatch, after: int, told: str
) -> None:
    project.save_settings(finetune_after=after)
    links = [each.proto.label for each in model_page(project.path, monkeypatch).get("page_link")]
    assert any(told in label for label in links)

"""A folder of projects: each is answered for under its own name, and nothing outside it is."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import kgreview
from kgreview.pipeline.project_folder import FOLDER_VARIABLE
from kgreview.review.session import PROJECT_VARIABLE
from kgreview.service.errors import MissingError
from kgreview.service.openapi import description
from kgreview.service.rest import ENDPOINTS
from kgreview.service.served import served_path
from tests.app_servers import AppServers

from .conftest import Client, served

RIGHT = "https://films.example/id/"
OTHER = "Ünïcode & more"


@pytest.fixture(scope="module")
def folder(_films_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two projects; a damaged one; a link, a project outside and one that is on its way."""
    above = tmp_path_factory.mktemp("above")
    within = above / "projects"
    for place in (
        *(within / "films", within / OTHER),
        *(above / "outside", within / ".imports" / "hidden"),
    ):
        shutil.copytree(_films_run, place)
    shutil.copytree(_films_run, within / "damaged")
    (within / "damaged" / "kgreview.json").write_text("{", "utf-8")
    (within / "link").symlink_to(above / "outside")
    (within / "left").mkdir()
    return within


@pytest.fixture(scope="module")
def many(
    folder: Path, app_servers: AppServers, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Client]:
    log = tmp_path_factory.mktemp("log") / "log"
    with served(app_servers, folder, log, many=True) as started:
        yield started


def test_the_projects_are_listed_with_their_addresses(many: Client) -> None:
    told = many.send("/api/v1/projects").json
    base = f"http://127.0.0.1:{many.port}"
    lines = {line["name"]: line for line in told["projects"]}
    assert list(lines) == ["damaged", "films", OTHER]
    assert (lines["films"]["left"], lines["films"]["version"]) == (11, "v1")
    assert lines["films"]["api"] == f"{base}/api/v1/projects/films"
    assert lines[OTHER]["reconcile"] == f"{base}/reconcile/projects/%C3%9Cn%C3%AFcode%20%26%20more"
    assert "kgreview.json" in lines["damaged"]["problem"]
    assert str(many.project) not in lines["damaged"]["problem"]
    assert told["notes"] == ["1 link to folders left out: links are not followed"]


def test_each_answers_for_itself(many: Client) -> None:
    project = kgreview.Project.open(many.project / OTHER, curator="Ada")
    project.decide(project.pair("f0", f"{RIGHT}0"), "no_match")
    lines = many.send("/api/v1/projects").json["projects"]
    api = {line["name"]: re.sub("^http://[^/]+", "", line["api"]) for line in lines}
    assert many.send(f"{api[OTHER]}/status").json == project.status()
    assert len(many.send(f"{api[OTHER]}/decisions").json["decisions"]) == 1
    assert many.send(f"{api['films']}/decisions").json["decisions"] == []
    assert many.send(f"{api['damaged']}/status").status == 400


def test_pages_of_a_list_lead_on_within_the_project(many: Client) -> None:
    first = many.send("/api/v1/projects/films/entities", side="left", limit=6).json
    path = re.sub("^http://[^/]+", "", first["next"])
    assert path.startswith("/api/v1/projects/films/entities?")
    assert len(many.send(path).json["entities"]) == 5


def test_reconciliation_stays_within_the_project(many: Client) -> None:
    manifest = many.send("/reconcile/projects/films").json
    assert manifest["preview"]["url"].endswith("/reconcile/projects/films/preview?id={{id}}")
    suggest = manifest["suggest"]["entity"]
    assert suggest["service_path"] == "/reconcile/projects/films/suggest/entity"
    completed = many.send(suggest["service_path"], prefix="sol").json
    assert completed["result"][0]["id"] == f"{RIGHT}0"
    queries = json.dumps({"q0": {"query": "Stalker"}})
    found = many.form("/reconcile/projects/films", queries=queries).json
    assert found["q0"]["result"][0]["id"] == f"{RIGHT}1"
    preview = many.send("/reconcile/projects/films/preview", id=f"{RIGHT}0")
    assert preview.status == 200
    assert "Solaris" in preview.text


def test_the_description_is_of_the_project_that_is_asked(many: Client) -> None:
    told = many.send("/api/v1/projects/films/openapi.json").json
    assert told == json.loads(json.dumps(description(ENDPOINTS, "/projects/films")))
    assert told["servers"] == [{"url": "/api/v1/projects/films"}]
    assert told["paths"]["/projects"]["servers"] == [{"url": "/api/v1"}]


@pytest.mark.parametrize(
    "name",
    [
        *("nothing", "link", "left", ".imports", ".imports%2Fhidden", "..", "%2e%2e", "."),
        *("..%2Foutside", "%2e%2e%2foutside", "films%2F..%2Ffilms", "films%00", "%2Fetc", "~"),
        *("films%2Fleft", "x" * 300, "..%5Coutside"),
    ],
)
@pytest.mark.parametrize("form", ["/api/v1/projects/{}/status", "/reconcile/projects/{}"])
def test_nothing_but_projects_of_the_folder_is_answered_for(
    many: Client, name: str, form: str
) -> None:
    reply = many.send(form.format(name))
    if reply.status == 400:  # the server itself refuses such a path, before anything looks at it
        assert reply.text == "Bad Request"
        return
    assert reply.status == 404
    assert "outside" not in reply.json["error"].replace(name, "")
    assert str(many.project) not in reply.json["error"]


def test_without_a_name_it_says_where_the_projects_are(many: Client) -> None:
    for path in ("/api/v1/status", "/reconcile"):
        reply = many.send(path)
        assert reply.status == 404
        assert "/api/v1/projects lists them" in reply.json["error"]


def test_a_project_that_is_open_alone_answers_to_its_name_too(client: Any) -> None:
    (line,) = client.send("/api/v1/projects").json["projects"]
    assert line["name"] == "films"
    named = client.send("/api/v1/projects/films/status")
    assert named.json == client.send("/api/v1/status").json
    assert client.send("/api/v1/projects/other/status").status == 404


def test_a_name_is_never_looked_up_outside(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(folder))
    assert served_path("films") == folder / "films"
    for name in ("../outside", "link", "", ".", "..", "/", "films/../films", "a\0b"):
        with pytest.raises(MissingError):
            served_path(name)
    monkeypatch.delenv(FOLDER_VARIABLE)
    monkeypatch.setenv(PROJECT_VARIABLE, str(tmp_path))
    with pytest.raises(MissingError, match="no project is open"):
        served_path(None)

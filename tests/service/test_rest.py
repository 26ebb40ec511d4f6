from __future__ import annotations

import csv
import io
import json
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import kgreview
from kgreview.exchange.export_tables import COLUMNS
from kgreview.service.openapi import description
from kgreview.service.rest import ENDPOINTS

RIGHT = "https://films.example/id/"


def test_the_status_is_what_the_command_says(client: Any) -> None:
    told = client.send("/api/v1/status").json
    assert told == kgreview.Project.open(client.project).status()


def test_entities_come_in_pages_by_their_ids(client: Any) -> None:
    first = client.send("/api/v1/entities", side="left", limit=6)
    assert [each["id"] for each in first.json["entities"]] == ["f0", "f1", "f2", "f3", "f4", "f5"]
    assert f'<{first.json["next"]}>; rel="next"' in first.headers["link"]
    path = re.sub("^http://[^/]+", "", first.json["next"])
    second = client.send(path).json
    assert [each["id"] for each in second["entities"]] == ["f6", "fp0", "fp1", "fp2", "fp3"]
    assert second["next"] is None


def test_a_search_forgives_a_slip_and_a_script_and_knows_ids(client: Any) -> None:
    found = client.send("/api/v1/entities", side="right", q="stalkr").json["entities"]
    assert found[0]["name"] == "Сталкер"
    assert 0 < found[0]["similarity"] < 1
    found = client.send("/api/v1/entities", side="right", q=f"{RIGHT}4").json["entities"]
    assert (found[0]["id"], found[0]["similarity"]) == (f"{RIGHT}4", 1)
    people = client.send("/api/v1/entities", side="right", q="tarkovsky", type="movie").json
    assert people["entities"] == []


def test_an_entity_tells_its_values_and_neighbours_and_counts_what_it_leaves_out(
    client: Any,
) -> None:
    told = client.send("/api/v1/entity", side="right", id=f"{RIGHT}0").json
    assert told["attributes"] == {"title": ["Solaris"], "year": ["1972"]}
    assert told["neighbours"][0] == {
        "relation": "director",
        "inverse": False,
        "id": f"{RIGHT}p0",
        "name": "Andrei Tarkovsky",
        "type": "person",
    }
    few = client.send("/api/v1/entity", side="right", id=f"{RIGHT}p0", neighbours=1).json
    assert (len(few["neighbours"]), few["neighbours_left_out"]) == (1, 2)


def test_candidates_of_either_side_come_with_scores(client: Any) -> None:
    told = client.send("/api/v1/candidates", side="left", id="f0").json
    assert told["candidates"][0]["id"] == f"{RIGHT}0"
    scores = [each["score"] for each in told["candidates"]]
    assert scores == sorted(scores, reverse=True)
    back = client.send("/api/v1/candidates", side="right", id=f"{RIGHT}0").json
    assert back["candidates"][0]["id"] == "f0"


def test_decisions_and_the_alignment_follow_what_is_decided_meanwhile(
    films: Path, serve: Callable[..., Any], tmp_path: Path
) -> None:
    client = serve(films)
    before = client.send("/api/v1/alignment").json
    project = kgreview.Project.open(films, curator="Ada")
    project.decide(project.pair("f0", f"{RIGHT}0"), "no_match", note="a remake")
    project.decide(project.pair("f6", f"{RIGHT}6"), "no_counterpart")
    assert client.send("/api/v1/alignment").json["total"] == before["total"] - 1
    told = client.send("/api/v1/decisions", outcome="no_match").json["decisions"]
    assert [(each["left"], each["curator"], each["note"]) for each in told] == [
        ("f0", "Ada", "a remake")
    ]
    first = client.send("/api/v1/decisions", limit=1).json
    rest = client.send(re.sub("^http://[^/]+", "", first["next"])).json
    assert [d["outcome"] for d in first["decisions"] + rest["decisions"]] == [
        "no_counterpart",
        "no_match",
    ]
    project.export(tmp_path / "all.csv", what="all")
    written = (tmp_path / "all.csv").read_text(encoding="utf-8-sig")
    pages, path = "", "/api/v1/alignment?what=all&format=csv&limit=4"
    while path:
        page = client.send(path)
        pages += page.text if not pages else page.text.split("\n", 1)[1]
        following = re.search(r"<http://[^/]+(/[^>]+)>", page.headers.get("link", ""))
        path = following.group(1) if following else ""
    assert list(csv.reader(io.StringIO(pages))) == list(csv.reader(io.StringIO(written)))
    assert tuple(next(csv.reader(io.StringIO(pages)))) == COLUMNS


def test_an_alignment_at_a_threshold_says_what_it_rests_on(client: Any) -> None:
    low, high = (client.send("/api/v1/alignment", threshold=t).json for t in (0, 1))
    assert low["total"] >= high["total"]
    assert low["threshold"] == 0
    assert low["note"][0].startswith("Alignment of the project")
    assert set(low["pairs"][0]) == set(COLUMNS)


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/api/v1/entity?side=left&id=nobody", 404, "no left entity has the id 'nobody'"),
        ("/api/v1/candidates?side=left&id=%00", 404, "no left entity"),
        ("/api/v1/entity?side=left", 400, "id: is missing"),
        ("/api/v1/entities?side=middle", 400, "side 'middle': give one of left, right"),
        ("/api/v1/entities?side=left&limit=1001", 400, "number from 1 to 1000"),
        ("/api/v1/entities?side=left&type=boat", 400, "no entity has the type 'boat'"),
        ("/api/v1/entities?side=left&q=" + "x" * 3000, 400, "longer than 2,000"),
        ("/api/v1/alignment?threshold=0.5&precision=0.9", 400, "not both"),
        ("/api/v1/alignment?precision=0.9", 409, "nothing tells the precision yet"),
        ("/api/v1/nothing", 404, "see /api/v1/openapi.json"),
        ("/api/v2/status", 404, "see /api/v1/openapi.json"),
    ],
)
def test_what_is_asked_wrongly_is_one_clear_line(
    client: Any, path: str, status: int, words: str
) -> None:
    reply = client.send(path)
    assert reply.status == status
    assert words in reply.json["error"]
    assert "\n" not in reply.json["error"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nothing_can_be_written(client: Any, method: str) -> None:
    reply = client.send("/api/v1/decisions", method=method)
    assert reply.status == 405
    assert "only read" in reply.json["error"]


def test_every_endpoint_is_described_and_answers_as_described(client: Any) -> None:
    told = client.send("/api/v1/openapi.json").json
    assert told == json.loads(json.dumps(description(ENDPOINTS)))
    assert told["openapi"].startswith("3.1")
    values = {"side": "left", "id": "f0", "q": "solaris", "type": "film"}
    for path, operations in told["paths"].items():
        operation = operations["get"]
        assert operation["summary"]
        given = {}
        for each in operation["parameters"]:
            assert each["description"]
            if each["required"] or each["name"] in values:
                given[each["name"]] = values[each["name"]]
        reply = client.send(told["servers"][0]["url"] + path, **given)
        assert reply.status == 200, reply.text
        assert (
            reply.headers["content-type"].split(";")[0] in operation["responses"]["200"]["content"]
        )


def test_a_table_runs_no_formula_and_json_keeps_the_text(client: Any) -> None:
    pairs = client.send("/api/v1/entities", side="left", q="=1+1").json["entities"]
    assert pairs[0]["name"] == "<b>=1+1</b>"


def test_many_may_ask_at_once_while_the_page_is_there(client: Any) -> None:
    replies: list[int] = []
    threads = [
        threading.Thread(
            target=lambda: replies.append(client.send("/api/v1/alignment", what="all").status)
        )
        for _ in range(12)
    ]
    for thread in threads:
        thread.start()
    page = client.send("/", headers=client.cookie)
    for thread in threads:
        thread.join()
    assert page.status == 200
    assert "<html" in page.text
    assert replies == [200] * 12


def test_the_pages_are_served_beside(client: Any) -> None:
    assert client.send("/_stcore/health").text == "ok"
    assert "<html" in client.send("/history", headers=client.cookie).text
    assert client.send("/history").status == 403


def test_without_a_project_one_is_asked_for(tmp_path: Path, serve: Callable[..., Any]) -> None:
    client = serve(tmp_path)
    reply = client.send("/api/v1/status")
    assert reply.status == 404
    assert "kgreview review PROJECT" in reply.json["error"]

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kgreview
from kgreview.errors import InputError
from kgreview.service.reconcile import BATCH, read_batch

RIGHT = "https://films.example/id/"

# what the draft's JSON schemas ask for, in short: https://reconciliation-api.github.io/specs/0.2/
_TEXT = {"type": "string"}
_TYPE = {"type": "object", "properties": {"id": _TEXT, "name": _TEXT}, "required": ["id", "name"]}
_SERVICE = {"type": "object", "properties": {"service_url": _TEXT, "service_path": _TEXT}}
_TEMPLATE = {"type": "string", "pattern": r"\{\{id\}\}"}
MANIFEST = {
    "type": "object",
    "properties": {
        "versions": {"type": "array", "items": _TEXT, "contains": {"const": "0.2"}},
        "name": _TEXT,
        "identifierSpace": _TEXT,
        "schemaSpace": _TEXT,
        "documentation": _TEXT,
        "serviceVersion": _TEXT,
        "view": {"type": "object", "properties": {"url": _TEMPLATE}, "required": ["url"]},
        "defaultTypes": {"type": "array", "items": _TYPE, "uniqueItems": True},
        "suggest": {
            "type": "object",
            "properties": dict.fromkeys(("entity", "property", "type"), _SERVICE),
        },
        "preview": {
            "type": "object",
            "properties": {
                "url": _TEMPLATE,
                "width": {"type": "integer"},
                "height": {"type": "integer"},
            },
            "required": ["url", "width", "height"],
        },
        "batchSize": {"type": "integer", "minimum": 1},
    },
    "required": ["versions", "name", "identifierSpace", "schemaSpace"],
}
_CANDIDATE = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "minLength": 1},
        "name": {"type": "string", "minLength": 1},
        "description": _TEXT,
        "score": {"type": "number", "minimum": 0, "maximum": 100},
        "features": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"id": _TEXT, "value": {"type": ["boolean", "number"]}},
            },
        },
        "match": {"type": "boolean"},
        "type": {"type": "array", "items": _TYPE},
    },
    "required": ["id", "name", "score"],
}
RESULTS = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "properties": {"result": {"type": "array", "items": _CANDIDATE}},
        "required": ["result"],
    },
}
SUGGESTED = {
    "type": "object",
    "properties": {
        "result": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "id": _TEXT,
                    "name": _TEXT,
                    "description": _TEXT,
                    "notable": {"type": "array", "items": _TYPE},
                },
                "required": ["id", "name"],
            },
        }
    },
    "required": ["result"],
}


def ask(client: Any, **queries: object) -> dict[str, list[dict[str, Any]]]:
    reply = client.form("/reconcile", queries=json.dumps(queries))
    assert reply.status == 200, reply.text
    jsonschema.validate(reply.json, RESULTS)
    assert list(reply.json) == list(queries)
    for answer in reply.json.values():
        scores = [(not each["match"], -each["score"]) for each in answer["result"]]
        assert scores == sorted(scores)
    return {name: answer["result"] for name, answer in reply.json.items()}


def ids(result: list[dict[str, Any]]) -> list[str]:
    return [each["id"].removeprefix(RIGHT) for each in result]


def test_the_manifest_says_what_is_offered_and_where(client: Any) -> None:
    told = client.send("/reconcile").json
    jsonschema.validate(told, MANIFEST)
    assert told == client.send("/reconcile/").json
    assert told["preview"]["url"] == (
        f"http://127.0.0.1:{client.port}/reconcile/preview?id={{{{id}}}}"
    )
    assert [each["id"] for each in told["defaultTypes"]] == ["person", "movie"]
    assert told["batchSize"] == BATCH


def test_a_batch_is_answered_alike_as_a_form_an_address_and_as_json(client: Any) -> None:
    batch = json.dumps({"q0": {"query": "Solaris"}, "q1": {"query": "mirror the", "limit": 1}})
    by_form = client.form("/reconcile", queries=batch)
    by_address = client.send("/reconcile", queries=batch)
    kind = {"Content-Type": "application/json; charset=utf-8"}
    by_json = client.send("/reconcile", method="POST", body=batch.encode(), headers=kind)
    jsonschema.validate(by_form.json, RESULTS)
    assert by_form.json == by_address.json == by_json.json
    assert ids(by_form.json["q1"]["result"]) == ["2"]


def test_a_name_finds_entities_in_another_script_and_misspelt(client: Any) -> None:
    found = ask(client, a={"query": "Stalker"}, b={"query": "Delicatesen"}, c={"query": "zzz"})
    assert ids(found["a"])[0] == "1"
    assert found["a"][0]["match"], "in Latin letters it is spelt so, and no other is"
    assert ids(found["b"])[0] == "4"
    assert not found["b"][0]["match"]
    assert found["c"] == []
    assert ids(found["b"]) == ["4"], "what is hardly alike is no help"


def test_types_narrow_and_a_limit_holds(client: Any) -> None:
    found = ask(
        client,
        people={"query": "Andrei Tarkovsky", "type": ["person"], "limit": 1},
        films={"query": "Andrei Tarkovsky", "type": "movie", "type_strict": "should"},
    )
    assert ids(found["people"]) == ["p0"]
    assert all(each["type"][0]["id"] == "movie" for each in found["films"])


def test_properties_raise_what_agrees_and_keep_certainty_from_what_does_not(client: Any) -> None:
    def with_year(year: object) -> dict[str, object]:
        return {"query": "Solaris", "properties": [{"pid": "year", "v": year}]}

    found = ask(client, right=with_year("1972"), number=with_year(1972), wrong=with_year("2002"))
    assert found["right"] == found["number"]
    assert found["right"][0]["match"]
    assert found["right"][0]["score"] == 100
    assert not found["wrong"][0]["match"]
    assert found["wrong"][0]["score"] < 100
    assert {each["id"] for each in found["right"][0]["features"]} == {"name", "year"}


def test_a_relation_is_a_property_by_name_or_id_of_the_other_entity(client: Any) -> None:
    def by(director: object) -> dict[str, object]:
        return {"query": "Mirror", "properties": [{"pid": "director", "v": director}]}

    found = ask(
        client,
        name=by("tarkovsky, andrei"),
        id=by({"id": f"{RIGHT}p0", "name": "A. T."}),
        several=by(["Somebody", {"id": f"{RIGHT}p0"}]),
        other=by("Jacques Tati"),
    )
    for name in ("name", "id"):
        assert found[name][0]["features"][1] == {"id": "director", "value": 1}
        assert found[name][0]["score"] > found["other"][0]["score"]
    assert found["several"][0]["score"] >= found["other"][0]["score"]


def test_without_a_name_what_says_the_same_is_found(client: Any) -> None:
    found = ask(client, q={"properties": [{"pid": "year", "v": "2001"}]})
    assert ids(found["q"]) == ["3"]
    assert not found["q"][0]["match"]


def test_the_id_of_a_right_entity_gives_it(client: Any) -> None:
    (found,) = ask(client, q={"query": f"{RIGHT}5"})["q"]
    assert (found["score"], found["match"]) == (100, True)


def test_the_id_of_a_left_entity_is_answered_by_the_projects_scores(client: Any) -> None:
    by_property = {"query": "whatever", "properties": [{"pid": "kgreview:left-id", "v": "f2"}]}
    found = ask(client, text={"query": "f2"}, property=by_property)
    assert found["text"] == found["property"]
    assert ids(found["text"])[0] == "2"
    project = kgreview.Project.open(client.project)
    pair = project.pair("f2", f"{RIGHT}2")
    assert pair.score is not None
    assert found["text"][0]["score"] == pytest.approx(100 * pair.score, abs=0.01)
    assert found["text"][0]["match"], "the alignment has it"


def test_decisions_answer_before_scores_do(films: Path, serve: Callable[..., Any]) -> None:
    client = serve(films)
    project = kgreview.Project.open(films)
    assert ids(ask(client, q={"query": "f0"})["q"])[0] == "0"
    project.decide(project.pair("f0", f"{RIGHT}0"), "no_match")
    project.decide(project.pair("f0", f"{RIGHT}2"), "match")
    project.decide(project.pair("f6", f"{RIGHT}6"), "no_counterpart")
    found = ask(client, decided={"query": "f0"}, alone={"query": "f6"}, beside={"query": "f2"})
    first, *others = found["decided"]
    assert (first["id"], first["score"], first["match"]) == (f"{RIGHT}2", 100, True)
    rejected = next(each for each in others if each["id"] == f"{RIGHT}0")
    assert (rejected["score"], rejected["match"]) == (0, False)
    assert found["alone"] == []
    assert not any(each["match"] for each in found["beside"]), "its counterpart is taken"


def test_a_batch_of_any_names_and_strange_texts_is_answered(client: Any) -> None:
    queries = {"\ud800": {"query": "solaris\ud800"}, "": {"query": "💣\0</script>" * 50}}
    reply = client.form("/reconcile", queries=json.dumps(queries))
    assert reply.status == 200
    jsonschema.validate(reply.json, RESULTS)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({}, "has neither 'query' nor 'properties'"),
        ({"query": " "}, "has neither"),
        ({"query": 5}, "'query' is not a text"),
        ({"query": "x" * 2001}, "'query' is not a text of at most 2,000"),
        ({"query": "a", "limit": 0}, "'limit' is not a number from 1 on"),
        ({"query": "a", "limit": True}, "'limit'"),
        ({"query": "a", "type": [1]}, "'type' is not a type"),
        ({"query": "a", "type": "boat"}, "no entity has the type 'boat'"),
        ({"query": "a", "type_strict": "maybe"}, "'type_strict'"),
        ({"query": "a", "properties": {}}, "'properties' is not a list"),
        ({"query": "a", "properties": [{"pid": "year"}]}, "a property is not an object"),
        ({"query": "a", "properties": [{"pid": "year", "v": None}]}, "a value of a property"),
        ("a", "is not an object"),
    ],
)
def test_a_query_that_makes_no_sense_is_named(client: Any, query: object, words: str) -> None:
    reply = client.form("/reconcile", queries=json.dumps({"q7": query}))
    assert reply.status == 400
    assert words in reply.json["error"]


def test_limits_on_sizes_hold(client: Any) -> None:
    many = {f"q{i}": {"query": "a"} for i in range(BATCH + 1)}
    reply = client.form("/reconcile", queries=json.dumps(many))
    assert reply.status == 413
    assert "send several batches" in reply.json["error"]
    large = client.form("/reconcile", queries="x" * (2**20 + 1))
    assert large.status == 413
    assert "1 MiB" in large.json["error"]
    wrong_kind = client.send("/reconcile", method="POST", body=b"x")
    assert wrong_kind.status == 415
    for form in ({"queries": "[1]"}, {"queries": "{"}, {"other": "1"}, {"queries": "[" * 50_000}):
        assert client.form("/reconcile", **form).status == 400


@given(
    st.dictionaries(
        st.text(),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.text(),
            lambda inner: (
                st.lists(inner)
                | st.dictionaries(
                    st.sampled_from(["query", "type", "limit", "properties", "pid", "v"]), inner
                )
            ),
        ),
    )
)
def test_any_batch_is_read_or_refused(batch: dict[str, object]) -> None:
    with contextlib.suppress(InputError):
        read_batch(json.dumps(batch))


def test_suggestions_complete_what_is_typed(client: Any) -> None:
    def suggest(what: str, **parameters: object) -> list[str]:
        reply = client.send(f"/reconcile/suggest/{what}", **parameters)
        assert reply.status == 200, reply.text
        jsonschema.validate(reply.json, SUGGESTED)
        return [each["id"].removeprefix(RIGHT) for each in reply.json["result"]]

    assert suggest("entity", prefix="deli")[0] == "4"
    assert suggest("entity", prefix="stalk")[0] == "1"
    assert suggest("entity", prefix=f"{RIGHT}p1") == ["p1"]
    assert suggest("entity", prefix="") == []
    assert suggest("entity", prefix="deli", cursor=1) == []
    assert suggest("type", prefix="") == ["person", "movie"]
    assert suggest("type", prefix="MOV") == suggest("type", prefix="mo\u0301v") == ["movie"]
    assert suggest("property", prefix="d") == ["director", "kgreview:left-id"]
    assert client.send("/reconcile/suggest/boat", prefix="a").status == 404


def test_a_preview_shows_an_entity_and_runs_nothing_of_it(client: Any) -> None:
    reply = client.send("/reconcile/preview", id=f"{RIGHT}5")
    assert reply.headers["content-type"].startswith("text/html")
    assert "<script" not in reply.text
    assert "&lt;script&gt;alert(1)" in reply.text
    assert "Nobody &amp; Sons" in reply.text
    policy = reply.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    missing = client.send("/reconcile/preview", id="nobody")
    assert missing.status == 404

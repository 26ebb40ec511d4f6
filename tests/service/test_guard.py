from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgreview.errors import InputError
from kgreview.service.guard import Policy, check_origins
from tests.app_servers import AppServers
from tests.service.conftest import served

REFINE = "http://127.0.0.1:3333"


@pytest.mark.parametrize(
    ("host", "answered"),
    [
        ("localhost", True),
        ("LOCALHOST:8501", True),
        ("127.0.0.1:1", True),
        ("[::1]:8501", True),
        ("192.168.1.7:8501", True),  # the address that was reached
        ("192.168.1.8:8501", False),
        ("evil.example", False),
        ("localhost.evil.example", False),
        ("evil.example#localhost", False),
        ("localhost@evil.example", False),
        ("[::1", False),
        ("", False),
    ],
)
def test_only_this_servers_own_names_are_answered(host: str, answered: bool) -> None:
    assert Policy().is_host(host, "192.168.1.7") == answered


def test_the_name_a_server_is_told_to_have_is_answered_but_no_wildcard() -> None:
    policy = Policy.of(["0.0.0.0", None, "Match.Example.org"], [])
    assert policy.is_host("match.example.org:80", "10.0.0.1")
    assert not policy.is_host("0.0.0.0", "10.0.0.1")
    assert policy.may_ask("https://match.example.org", "match.example.org")


@pytest.mark.parametrize(
    ("origin", "read"),
    [
        ("http://localhost:8501", True),
        ("http://LOCALHOST:8501", True),
        (REFINE, False),  # another port of this machine
        ("http://localhost", False),
        ("http://127.0.0.1:8501", False),
        ("https://evil.example", False),
        ("http://localhost.evil.example", False),
        ("null", False),
        ("file://localhost", False),
        ("http://localhost:8501/path", False),
        ("ftp://localhost:8501", False),
    ],
)
def test_pages_of_this_very_address_may_read_and_no_others(origin: str, read: bool) -> None:
    assert Policy().may_ask(origin, "localhost:8501") == read


def test_an_origin_that_the_user_names_may_read_and_a_star_is_any() -> None:
    named = Policy.of([], ["https://Example.org/"])
    assert named.may_ask("https://example.org", "localhost")
    assert not named.may_ask("https://example.com", "localhost")
    assert not named.any_origin
    assert Policy.of([], ["*"]).may_ask("https://example.com", "localhost")


def test_pages_that_may_ask_may_show_a_preview() -> None:
    assert Policy.of(["::1"], ["https://a.example"]).frames == "'self' https://a.example"
    assert Policy.of([], ["*"]).frames == "*"


@pytest.mark.parametrize("origin", ["example.org", "ftp://x", "https://x/y", "https://a b", ""])
def test_what_is_no_origin_is_refused(origin: str) -> None:
    with pytest.raises(InputError, match="give scheme and host"):
        check_origins([origin])


@given(st.text(), st.text())
def test_any_header_is_judged(host: str, origin: str) -> None:
    Policy().is_host(host, "")
    Policy().may_ask(origin, host)


def test_a_name_of_another_site_that_leads_here_is_not_answered(client: Any) -> None:
    for path in ("/api/v1/status", "/reconcile", "/api/nothing"):
        reply = client.send(path, headers={"Host": "evil.example"})
        assert reply.status == 421
        assert "ask for localhost" in reply.json["error"]


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost:1", "null"])
def test_a_page_of_another_site_or_port_is_turned_away(client: Any, origin: str) -> None:
    reply = client.send("/api/v1/status", headers={"Origin": origin})
    assert reply.status == 403
    assert "access-control-allow-origin" not in reply.headers
    assert f"--allow-origin {origin}" in reply.json["error"]


@pytest.fixture(scope="module")
def asked_by_refine(
    _films_run: Path, app_servers: AppServers, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """A server that was told of OpenRefine."""
    folder = tmp_path_factory.mktemp("refine")
    shutil.copytree(_films_run, folder / "films")
    with served(app_servers, folder / "films", folder / "log", origins=REFINE) as started:
        yield started


def test_a_page_that_was_named_reads(asked_by_refine: Any) -> None:
    client = asked_by_refine
    for path in ("/reconcile", "/reconcile/suggest/type", "/api/v1/status", "/api/v1/no"):
        reply = client.send(path, headers={"Origin": REFINE})
        assert reply.headers["access-control-allow-origin"] == REFINE, path
        assert "origin" in reply.headers["vary"].lower()


def test_a_browser_is_told_before_it_sends_json_from_a_page(asked_by_refine: Any) -> None:
    client = asked_by_refine
    ask = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    reply = client.send("/reconcile", method="OPTIONS", headers={"Origin": REFINE, **ask})
    assert reply.status == 204
    assert reply.headers["access-control-allow-origin"] == REFINE
    assert "PUT" not in reply.headers["access-control-allow-methods"]
    evil = {"Origin": "https://evil.example", **ask}
    assert client.send("/reconcile", method="OPTIONS", headers=evil).status == 403


def test_answers_are_neither_kept_nor_taken_for_something_else(client: Any) -> None:
    headers = client.send("/api/v1/status").headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


def test_with_any_origin_allowed_older_clients_are_answered_by_a_call(
    films: Path, serve: Callable[..., Any]
) -> None:
    client = serve(films, origins="*")
    reply = client.send("/reconcile", callback="jQuery1.done")
    assert reply.text.startswith('/**/jQuery1.done({"versions"')
    assert reply.headers["content-type"].startswith("text/javascript")
    assert client.send("/reconcile", callback="alert(1)//").status == 400
    far = client.send("/reconcile", headers={"Origin": "https://far.example"})
    assert far.headers["access-control-allow-origin"] == "https://far.example"


def test_without_it_no_page_can_read_by_a_script_element(client: Any) -> None:
    reply = client.send("/reconcile", callback="steal")
    assert reply.status == 400
    assert "JSONP" in reply.json["error"]

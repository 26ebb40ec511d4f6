"""Who is let in to the pages, tried on a server."""

from __future__ import annotations

import base64
import re
import time
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote

import pytest

from tests.service.conftest import SECRET

OPEN = {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


def here(client: Any) -> str:
    return f"http://127.0.0.1:{client.port}"


def socket_status(client: Any, headers: dict[str, str]) -> int:
    """Ask for the WebSocket of the pages; 101 is let in."""
    connection = HTTPConnection("127.0.0.1", client.port, timeout=60)
    key = base64.b64encode(b"0123456789abcdef").decode()
    upgrade = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": key,
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Protocol": "streamlit",
    }
    connection.request("GET", "/_stcore/stream", headers=upgrade | headers)
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.parametrize(
    "path", ["/", "/model", "/_stcore/host-config", "/media/x", "/apis", "/?token=wrong", "//"]
)
def test_without_the_secret_nothing_of_the_pages_is_answered(client: Any, path: str) -> None:
    reply = client.send(path, headers=OPEN)
    assert reply.status == 403
    assert "prints an address that ends in a token" in reply.text
    wrong = {"Cookie": f"kgreview_{client.port}=other; kgreview_1={quote(SECRET)}"}
    assert client.send(path, headers=OPEN | wrong).status == 403


def test_the_health_of_the_server_is_told_to_anybody_of_this_machine(client: Any) -> None:
    assert client.send("/_stcore/health").status == 200
    assert client.send("/_stcore/health", headers={"Host": "evil.example"}).status == 421


def test_the_secret_in_the_address_becomes_a_cookie_of_the_port(client: Any) -> None:
    reply = client.send(f"/model?left=a%26b&token={quote(SECRET)}&right=", headers=OPEN)
    assert reply.status == 303
    assert reply.headers["location"] == "/model?left=a%26b&right="
    kept = reply.headers["set-cookie"]
    assert kept.startswith(f"kgreview_{client.port}=")
    assert "HttpOnly" in kept
    assert "SameSite=lax" in kept
    name_and_value = kept.split(";")[0]
    assert client.send("/", headers=OPEN | {"Cookie": name_and_value}).status == 200


def test_the_way_back_never_leads_to_another_site(client: Any) -> None:
    reply = client.send(f"//evil.example/x?token={quote(SECRET)}", headers=OPEN)
    assert reply.headers["location"] == "/evil.example/x"


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8501", "localhost.evil.example"])
def test_another_name_that_leads_here_is_answered_with_the_secret_neither(
    client: Any, host: str
) -> None:
    named = client.cookie | {"Host": host}
    assert client.send("/", headers=OPEN | named).status == 421
    assert socket_status(client, named | {"Origin": f"http://{host}"}) == 403


def test_the_pages_socket_opens_for_its_own_page_with_the_secret_alone(client: Any) -> None:
    own = {"Origin": here(client)}
    assert socket_status(client, client.cookie | own) == 101
    assert socket_status(client, own) == 403
    assert socket_status(client, client.cookie) == 403  # a browser always names the origin


@pytest.mark.parametrize(
    "origin", ["http://127.0.0.1:1", "http://127.0.0.1", "https://evil.example", "null", "http://["]
)
def test_pages_of_other_ports_and_sites_are_turned_away_at_once(client: Any, origin: str) -> None:
    begun = time.monotonic()
    asked = client.cookie | {"Origin": origin}
    assert socket_status(client, asked) == 403
    assert client.send("/", headers=asked).status == 403
    for method in ("PUT", "POST", "DELETE"):
        path = "/_stcore/upload_file/a/b"
        assert client.send(path, method=method, headers=asked).status == 403
        assert client.send(path, method=method, headers=client.cookie).status == 403
    assert time.monotonic() - begun < 5  # Streamlit would ask outside addresses who it is


@pytest.mark.parametrize("dest", ["iframe", "script", "image", "empty"])
def test_a_page_of_another_port_may_lead_here_and_embed_nothing(client: Any, dest: str) -> None:
    asked = client.cookie | {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors"}
    assert client.send("/", headers=asked | {"Sec-Fetch-Dest": dest}).status == 403
    link = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert client.send("/", headers=asked | link).status == 200


def test_pages_say_what_may_frame_them_and_what_they_may_load(client: Any) -> None:
    for headers in (OPEN, OPEN | client.cookie):  # a refusal, too
        told = client.send("/", headers=headers).headers
        policy = told["content-security-policy"]
        assert "frame-ancestors 'none'" in policy
        assert "object-src 'none'" in policy
        assert re.search(r"connect-src 'self'[^;]*;", policy)
        assert "http:" not in policy
        assert told["x-frame-options"] == "DENY"
        assert told["cross-origin-resource-policy"] == "same-origin"

"""The documents that draw pairs, as the server gives them."""

from __future__ import annotations

from typing import Any

from kgreview.ui.canvas_page import FOLDER, canvas_address, files


def test_a_browser_may_keep_what_it_was_given_and_shows_it_in_our_pages_alone(
    client: Any,
) -> None:
    for name, (media_type, content) in files().items():
        reply = client.send(f"{FOLDER}/{name}", headers=client.cookie)
        assert reply.status == 200
        assert reply.text == content
        assert reply.headers["content-type"].startswith(media_type)
        assert reply.headers["cache-control"].endswith("immutable")
        assert reply.headers["x-frame-options"] == "SAMEORIGIN"
        policy = reply.headers["content-security-policy"]
        assert "frame-ancestors 'self'" in policy
        assert "default-src 'none'" in policy
        assert "connect-src" not in policy, "nothing is asked for"


def test_without_the_secret_no_document_is_given(client: Any) -> None:
    assert client.send(canvas_address(dark=False)).status == 403
    host = {"Host": "evil.example"}
    assert client.send(canvas_address(dark=False), headers=client.cookie | host).status == 421


def test_a_document_of_another_release_is_not_there(client: Any) -> None:
    for name in ("light-0123456789abcdef.html", "app.py", "x"):
        assert client.send(f"{FOLDER}/{name}", headers=client.cookie).status == 404

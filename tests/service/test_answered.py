"""Whatever fails behind a route is one clean answer, and a defect shows on the terminal once."""

from __future__ import annotations

import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
import pytest
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send

from kgreview.errors import InputError, KGReviewError
from kgreview.review.session import PROJECT_VARIABLE
from kgreview.service.answered import Answered
from kgreview.service.errors import MissingError, TooLargeError
from kgreview.store.rights import RightError
from tests.films import MakeFilms


def asked(error: Exception, begun: bool = False) -> list[Message]:
    """Ask an app that fails, and give what is sent."""
    sent: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if begun:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        raise error

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {"type": "http", "method": "GET", "path": "/api/v1/status\x1b[2J", "headers": []}
    # in a thread: a browser of another test may have a loop in this one
    with ThreadPoolExecutor(1) as threads:
        threads.submit(anyio.run, Answered(app), scope, receive, send).result()
    return sent


def told(error: Exception) -> tuple[int, Any]:
    start, body, *_ = asked(error)
    return start["status"], json.loads(body["body"])["error"]


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (InputError("the side is missing"), 400, "the side is missing"),
        (RightError("you may not"), 403, "you may not"),
        (MissingError("no such entity"), 404, "no such entity"),
        (KGReviewError("has no scores yet"), 409, "has no scores yet"),
        (TooLargeError("too large"), 413, "too large"),
        (ClientDisconnect(), 400, "the request ended"),
        (MemoryError(), 503, "the memory of this machine is not enough"),
        (OSError(28, "No space left on device"), 503, "No space left on device"),
        (sqlite3.DatabaseError("file is not a database"), 503, "is damaged"),
        (sqlite3.OperationalError("database is locked"), 503, "held by another process"),
    ],
)
def test_what_can_be_acted_on_is_told_in_one_line_and_nothing_is_printed(
    error: Exception, status: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    answered, line = told(error)
    assert answered == status
    assert words in line
    assert "\n" not in line
    assert capsys.readouterr().err == ""


def test_a_defect_shows_where_it_is_on_the_terminal_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status, line = told(ZeroDivisionError("of the code"))
    assert status == 500
    assert "the terminal of the app says what" in line
    assert "of the code" not in line, "who asks sees nothing of the inside"
    printed = capsys.readouterr().err
    assert printed.count("Traceback") == 1
    assert "of the code" in printed
    assert "/api/v1/status" in printed
    assert "\x1b" not in printed, "a terminal obeys nothing that was asked"


def test_what_fails_in_a_damaged_project_names_the_file(
    make_films: MakeFilms, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    project = make_films()
    (project.path / "schema.json").write_text("{", encoding="utf-8")
    monkeypatch.setenv(PROJECT_VARIABLE, str(project.path))
    status, line = told(IndexError("out of bounds"))
    assert status == 503
    assert "schema.json" in line
    assert capsys.readouterr().err == ""


def test_an_answer_that_has_begun_is_not_begun_again() -> None:
    assert [message["type"] for message in asked(KGReviewError("late"), begun=True)] == [
        "http.response.start"
    ]

"""The guard around what the server answers itself: whatever goes wrong is one clean answer.

What a user can act on is told in one line, as pages and commands tell it. Anything else is a
defect: it shows where it is on the terminal, once, and who asked is told to look there.
"""

from __future__ import annotations

import sys
import traceback
from pathlib import Path

import anyio.to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kgreview.errors import KGReviewError
from kgreview.pipeline.guard import in_one_line
from kgreview.service.answers import failure
from kgreview.service.errors import status_of
from kgreview.service.served import served_path

_BROKEN = "something is broken in kgreview; the terminal of the app says what"
_UNAVAILABLE = 503  # nothing was asked wrongly: a disk, memory or a damaged file


class Answered:
    """Middleware that answers where the app behind it fails."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and answer it if that fails before an answer has begun."""
        begun = False

        async def noted(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, noted)
        except Exception as error:
            answer = await anyio.to_thread.run_sync(_answer_to, error, scope)
            if not begun:
                await answer(scope, receive, send)


def _answer_to(error: Exception, scope: Scope) -> Response:
    if isinstance(error, ClientDisconnect):
        return failure(400, "the request ended before it was whole")
    told = in_one_line(error, _project(scope))
    if told is None:
        asked = ascii(f"{scope.get('method')} {scope.get('path')}")  # a terminal obeys what is raw
        sys.stderr.write(f"{asked} failed:\n{''.join(traceback.format_exception(error))}")
        return failure(500, _BROKEN)
    return failure(status_of(told) if isinstance(error, KGReviewError) else _UNAVAILABLE, str(told))


def _project(scope: Scope) -> Path | None:
    """Name the project that was asked about, where it can be told."""
    try:
        return served_path(Request(scope).path_params.get("project"))
    except KGReviewError:
        return None

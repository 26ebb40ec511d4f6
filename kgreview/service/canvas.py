"""The documents that draw pairs, and their script, at addresses that name the content."""

from __future__ import annotations

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from kgreview.service.answered import Answered
from kgreview.ui.canvas_page import FOLDER, files

# the document has a policy of its own, which counts beside this one
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'unsafe-inline'; "
        "img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
    ),
    "x-frame-options": "SAMEORIGIN",
}
_YEAR = 365 * 24 * 3600  # s


def canvas_routes() -> list[BaseRoute]:
    """Give the routes for the app's server, which stand behind its door."""
    answered = [Middleware(Answered)]
    return [Route(FOLDER + "/{name}", _file, methods=["GET"], middleware=answered)]


async def _file(request: Request) -> Response:
    file = files().get(request.path_params["name"])
    if file is None:
        # of an earlier version of the app: its page asks for another once it is loaded anew
        return PlainTextResponse("there is no such canvas; load the page anew", 404)
    media_type, content = file
    kept = {"cache-control": f"private, max-age={_YEAR}, immutable"}
    return Response(content, media_type=media_type, headers=kept)

"""The routes that stand beside the pages: ``/api/v1`` and ``/reconcile``.

Each request is answered in a thread of its own few, so that the pages never wait for one, and opens
the database for itself. The project is the one that ``kgreview review PROJECT`` named, or of a
folder of projects the one that the address names, see ``served``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs

import anyio
import anyio.to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from kgreview.errors import InputError
from kgreview.review.lookup import describe_entity
from kgreview.review.open_project import OpenProject, OpenProjects
from kgreview.service import reconcile
from kgreview.service.answered import Answered
from kgreview.service.answers import failure, json_answer, jsonp_answer, preview_answer
from kgreview.service.errors import MissingError, TooLargeError
from kgreview.service.guard import Guard, Policy
from kgreview.service.openapi import description
from kgreview.service.parameters import Parameter, read_all
from kgreview.service.rest import BASE, ENDPOINTS, Asked, Endpoint
from kgreview.service.served import OF_A_PROJECT, listing, part_of, served_path
from kgreview.store.rights import Right, permit

MOST_BYTES = 2**20  # of a request
_THREADS = 4
_PREVIEWED = 60  # neighbours

Work = Callable[[OpenProject], Response]
Handler = Callable[[Request], Awaitable[Response]]

_CALLBACK = Parameter("callback", "the function that a page of an older client has", default="")
_PREFIX = Parameter("prefix", "what was typed", default="")
_CURSOR = Parameter("cursor", "how many to pass over", "integer", 0, high=10**6)
_ID = Parameter("id", "the id of a right entity", required=True)


def service_routes(policy: Policy) -> list[BaseRoute]:
    """Give the routes for the app's server; ``policy`` says who may ask."""
    service = _Service(policy)
    paths = (reconcile.PATH, reconcile.PATH + "/{rest:path}", "/api", "/api/{rest:path}")
    return [Route(path, service.app) for path in paths]


class _Service:
    """All that is answered, as an application of its own: no error of it is one of the pages."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._projects = OpenProjects()
        self._threads = anyio.CapacityLimiter(_THREADS)
        self.app = Starlette(
            routes=[
                Route(f"{BASE}/projects", self._projects_there),
                *self._routes(""),
                *self._routes(OF_A_PROJECT),
            ],
            middleware=[Middleware(Guard, policy=policy), Middleware(Answered)],
            exception_handlers={HTTPException: _refused},
        )

    def _routes(self, part: str) -> list[Route]:
        """Give the routes of a project; ``part``: what names it, behind either base."""
        api, service = BASE + part, reconcile.PATH + part
        return [
            *(Route(api + each.path, self._rest(each)) for each in ENDPOINTS),
            Route(f"{api}/openapi.json", self._openapi),
            Route(service, self._reconcile, methods=["GET", "POST"]),
            Route(f"{service}/", self._reconcile, methods=["GET", "POST"]),
            Route(service + "/suggest/{what}", self._suggest),
            Route(f"{service}/preview", self._preview),
        ]

    async def _answer(self, request: Request, work: Work) -> Response:
        """Do some work on the project that a request names, beside the pages."""

        def in_thread() -> Response:
            opened = self._projects.open(served_path(_named(request)))
            with opened.project.database() as db:
                permit(db, Right.LOOK)
            return work(opened)

        return await anyio.to_thread.run_sync(in_thread, limiter=self._threads)

    async def _projects_there(self, request: Request) -> Response:
        read_all((), request.query_params)
        base = self._base_of(request)

        def in_thread() -> Response:
            return json_answer(listing(base))

        return await anyio.to_thread.run_sync(in_thread, limiter=self._threads)

    def _base_of(self, request: Request) -> str:
        """Give the server's address as it was asked for; the guard has looked at it."""
        return self.policy.address(request.url.scheme, request.headers["host"])

    # ------------------------------------------------------------ REST

    def _rest(self, endpoint: Endpoint) -> Handler:
        async def handle(request: Request) -> Response:
            values = read_all(endpoint.parameters, request.query_params)
            address = self._base_of(request) + BASE + part_of(_named(request)) + endpoint.path
            asked = Asked(values, address)
            return await self._answer(request, lambda opened: endpoint.answer(opened, asked))

        return handle

    async def _openapi(self, request: Request) -> Response:
        return json_answer(description(ENDPOINTS, part_of(_named(request))))

    # ------------------------------------------------------------ reconciliation

    async def _reconcile(self, request: Request) -> Response:
        asked = await _queries(request)
        base, path = self._base_of(request), reconcile.PATH + part_of(_named(request))
        if asked is None:
            return await self._told(request, lambda opened: reconcile.manifest(opened, base, path))
        queries = reconcile.read_batch(asked)
        return await self._told(request, lambda opened: reconcile.answer_batch(opened, queries))

    async def _suggest(self, request: Request) -> Response:
        what = request.path_params["what"]
        if what not in ("entity", "property", "type"):
            raise MissingError("there is suggest/entity, suggest/property and suggest/type")
        given = read_all((_PREFIX, _CURSOR, _CALLBACK), request.query_params)
        prefix, cursor = given["prefix"].strip(), given["cursor"]
        return await self._told(
            request, lambda opened: reconcile.suggest(opened, what, prefix, cursor)
        )

    async def _preview(self, request: Request) -> Response:
        entity = read_all((_ID,), request.query_params)["id"]

        def work(opened: OpenProject) -> Response:
            if opened.project.right.rows([entity])[0] < 0:
                raise MissingError("no right entity has this id")
            shown = describe_entity(opened, "right", entity, _PREVIEWED)
            return preview_answer(shown, self.policy.frames)

        return await self._answer(request, work)

    async def _told(self, request: Request, work: Callable[[OpenProject], object]) -> Response:
        """Answer with JSON; as a call of a function (JSONP) only where any page may ask.

        A browser says of such a request neither which page sent it, nor keeps it from reading.
        """
        callback = request.query_params.get("callback")
        if callback is None:
            return await self._answer(request, lambda opened: json_answer(work(opened)))
        if not self.policy.any_origin:
            raise InputError("callback: JSONP is answered only with --allow-origin '*'; use CORS")
        return await self._answer(request, lambda opened: jsonp_answer(work(opened), callback))


async def _queries(request: Request) -> str | None:
    """Give the batch of queries as it was sent: in the address, a form, or as JSON."""
    if request.method != "POST":
        if "extend" in request.query_params:
            raise InputError("extend: data extension is not offered")
        return request.query_params.get("queries")
    body = await _body(request)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        return body
    if kind != "application/x-www-form-urlencoded":
        raise HTTPException(415, "send a form with the field 'queries', or JSON")
    form = parse_qs(body, keep_blank_values=True, max_num_fields=20)
    if "extend" in form:
        raise InputError("extend: data extension is not offered")
    if "queries" not in form:
        raise InputError("queries: is missing; send a form with the field 'queries', or JSON")
    return form["queries"][0]


async def _body(request: Request) -> str:
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MOST_BYTES:
            raise TooLargeError(f"the request is larger than {MOST_BYTES // 2**20} MiB")
        parts.append(part)
    return b"".join(parts).decode("utf-8", "replace")


def _named(request: Request) -> str | None:
    """Give the name of the project in an address, ``None`` where it names none."""
    return request.path_params.get("project")


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    lines = {404: "there is nothing here; see /api/v1/openapi.json and docs/api.md"}
    lines[405] = "this is only read: GET, and POST for queries of /reconcile"
    answer = failure(error.status_code, lines.get(error.status_code, error.detail))
    answer.headers.update(error.headers or {})
    return answer

"""Who may ask: only programs of this machine and the app's own pages, unless others are named.

A page of any web site, and of any program on this machine, may send requests here. So a request is
answered only where its ``Host`` is this server's own name (else a site could have its own name lead
here), and where its ``Origin``, if it has one, is this very address or one that the user named.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kgreview.errors import InputError
from kgreview.graph.quoting import quoted
from kgreview.service.answers import failure
from kgreview.service.sign_in import public_address

ORIGINS_VARIABLE = "KGREVIEW_ORIGINS"  # origins that may ask, too, parted by spaces; *: any

_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_UNSPECIFIED = frozenset({"", "0.0.0.0", "::"})
_ORIGIN = re.compile(r"https?://[^/\s,;'\"]+")


@dataclass(frozen=True)
class Policy:
    """Which hosts are this server, and which origins may ask it."""

    hosts: frozenset[str] = _LOCAL  # names, without ports
    origins: frozenset[str] = frozenset()  # that may ask besides pages of these hosts
    any_origin: bool = False
    public: str | None = None  # the address that browsers ask for, where a proxy stands before

    @classmethod
    def of(cls, hosts: Iterable[str | None], origins: Iterable[str]) -> Policy:
        """Make a policy of the names the server is known by, and of what the user allows."""
        given = check_origins(origins)
        return cls(
            _LOCAL | {host.lower() for host in hosts if host and host not in _UNSPECIFIED},
            frozenset(given) - {"*"},
            "*" in given,
        )

    @classmethod
    def told(cls, environment: Mapping[str, str], hosts: Iterable[str | None]) -> Policy:
        """Make the policy that ``kgreview review`` told of; ``hosts``: it listens on."""
        public = public_address(environment)
        origins = environment.get(ORIGINS_VARIABLE, "").split()
        named = () if public is None else (_name_of(public),)
        policy = cls.of((*hosts, *named), [*origins, *([public] if public else [])])
        return replace(policy, public=public)

    def address(self, scheme: str, host: str) -> str:
        """Give the address of this server as it was asked for; a proxy may have taken TLS off."""
        if self.public is not None and urlsplit(self.public).netloc == host.lower():
            return self.public
        return f"{scheme}://{host}"

    def is_host(self, host: str, bound: str) -> bool:
        """Whether a ``Host`` header names this server; ``bound``: the address that was reached."""
        name = _name_of(f"//{host}")
        return bool(name) and (name in self.hosts or name == bound.lower())

    def may_ask(self, origin: str, host: str) -> bool:
        """Whether pages of an origin may read what the server at ``host``, as asked for, answers.

        Another port of this machine is another program, and its pages may be anybody's.
        """
        if self.any_origin or origin.lower() in self.origins:
            return True
        own = origin.partition("://")[2].lower() == host.lower()
        return own and _ORIGIN.fullmatch(origin) is not None

    @property
    def frames(self) -> str:
        """Which pages may show a preview, as ``frame-ancestors`` of a content policy."""
        if self.any_origin:
            return "*"
        return " ".join(["'self'", *sorted(self.origins)])


class Guard:
    """Middleware that turns away who may not ask, and lets who may read the answer (CORS)."""

    def __init__(self, app: ASGIApp, policy: Policy) -> None:
        self.app = app
        self.policy = policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        answer = self._refusal(scope, headers, origin)
        if answer is None and scope["method"] == "OPTIONS":
            answer = _preflight(headers)

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._mark(message, origin, headers.get("host", ""))
            await send(message)

        await (answer or self.app)(scope, receive, told)

    def _refusal(self, scope: Scope, headers: Headers, origin: str | None) -> Response | None:
        bound = (scope.get("server") or ("",))[0]
        host = headers.get("host", "")
        if len(headers.getlist("host")) != 1 or not self.policy.is_host(host, bound):
            return failure(421, "the Host of the request is not this server; ask for localhost")
        if origin is not None and not self.policy.may_ask(origin, host):
            return failure(
                403,
                f"pages of {origin} may not ask; kgreview review --allow-origin {origin} lets them",
            )
        return None

    def _mark(self, message: MutableMapping[str, Any], origin: str | None, host: str) -> None:
        headers = MutableHeaders(scope=message)
        headers["x-content-type-options"] = "nosniff"
        headers["referrer-policy"] = "no-referrer"
        headers["cache-control"] = "no-store"
        headers.add_vary_header("Origin")
        if origin is not None and self.policy.may_ask(origin, host):
            headers["access-control-allow-origin"] = origin
            headers["access-control-expose-headers"] = "Link"


def check_origins(given: Iterable[str]) -> list[str]:
    """Give origins as browsers write them, and ``*``. Raises ``InputError`` for what is neither."""
    origins = [origin.rstrip("/").lower() for origin in given]
    for origin in origins:
        if origin != "*" and _ORIGIN.fullmatch(origin) is None:
            raise InputError(
                f"--allow-origin {quoted(origin)}: give scheme and host, such as "
                "https://example.org, or * for any"
            )
    return origins


def _preflight(headers: Headers) -> Response:
    """Answer what a browser asks before it sends a page's request. Only reading is allowed."""
    allowed = {
        "access-control-allow-methods": "GET, HEAD, POST",
        "access-control-allow-headers": "Content-Type",
        "access-control-max-age": "600",
    }
    if headers.get("access-control-request-private-network") == "true":
        allowed["access-control-allow-private-network"] = "true"
    return Response(status_code=204, headers=allowed)


def _name_of(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").lower()
    except ValueError:  # brackets that hold no address
        return ""

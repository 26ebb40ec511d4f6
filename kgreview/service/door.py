"""Who may open the pages: asked before Streamlit answers anything, the WebSocket too.

A page of any site, and of any program on this machine, may send requests here, and a browser adds
the cookies it has for this host. So the ``Host`` has to be this server's own name, the ``Origin``
this very address, and whoever comes has to have the secret of this start: it is in the address
that ``kgreview review`` prints, and is exchanged for a cookie. Where people sign in, that takes the
secret's place.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kgreview.service.guard import Policy
from kgreview.service.served import API, RECONCILE
from kgreview.service.told import TOKEN

_HEALTH = "/_stcore/health"  # says that the server is up, and nothing else
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_PORT = re.compile(r":(\d+)$")

_PAGE = """<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>kgreview</title>
<style>:root{{color-scheme:light dark}}body{{font:16px/1.5 sans-serif;max-width:34em;
margin:15vh auto;padding:0 1em}}</style><h1>{title}</h1><p>{words}</p>"""
_HEADERS = {
    "content-security-policy": (
        # Streamlit's page and the canvas hold scripts and styles of their own; nothing else is
        # loaded or asked, whatever a string of a graph gets a page to do
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
        "media-src 'self' data: blob:; connect-src 'self' data: blob:; worker-src 'self' blob:; "
        "frame-src 'self' data: blob:; object-src 'none'; base-uri 'self'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",  # an address names a pair, and may hold the secret
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


@dataclass(frozen=True)
class Refusal:
    """Why somebody is not let in."""

    status: int
    title: str
    words: str

    def answer(self) -> Response:
        """Say it as a page."""
        page = _PAGE.format(title=escape(self.title), words=escape(self.words))
        return HTMLResponse(page, self.status, {"cache-control": "no-store"})


_OTHER_NAME = Refusal(
    421,
    "This server has another name",
    "The Host of the request is not this server: ask for localhost, or for the address that "
    "kgreview review --public-address names.",
)
_OTHER_PAGE = Refusal(
    403, "Not from there", "Another page asked for this one. Open its address in the browser."
)
_NO_SECRET = Refusal(
    403,
    "Open the address with its token",
    "Each start of kgreview review prints an address that ends in a token. Open that one: this "
    "browser then keeps it until the app ends.",
)


class Door:
    """Middleware around the whole app that lets in who may, and says how pages may be used.

    ``secret``: of this start; ``None`` where people sign in. ``public``: the address that browsers
    ask for, where a proxy stands before this server.
    """

    def __init__(
        self, app: ASGIApp, policy: Policy, *, secret: str | None, public: str | None = None
    ) -> None:
        self.app = app
        self.policy = policy
        self._secret = secret
        self._public = None if public is None else public.lower().rstrip("/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on who may come in; answer, or close, all others."""
        if scope["type"] not in ("http", "websocket") or _answers_programs(scope):
            await self.app(scope, receive, send)  # what programs ask has a guard of its own
            return
        asked = HTTPConnection(scope)
        refusal = self._refusal(asked, scope)
        if scope["type"] == "websocket":
            if refusal is not None:
                await send({"type": "websocket.close", "code": 1008})  # before it is accepted
                return
            await self.app(_of_its_origin(scope, asked), receive, send)
            return
        answer = None if refusal is None else refusal.answer()
        if refusal is _NO_SECRET:
            answer = self._exchanged(asked) or answer

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
            await send(message)

        await (answer or self.app)(scope, receive, told)

    def _refusal(self, asked: HTTPConnection, scope: Scope) -> Refusal | None:
        headers = asked.headers
        host = headers.get("host", "")
        bound = (scope.get("server") or ("",))[0]
        if len(headers.getlist("host")) != 1 or not self.policy.is_host(host, bound):
            return _OTHER_NAME
        if not self._is_own(scope, headers, host):
            return _OTHER_PAGE
        if self._secret is None or scope["path"] == _HEALTH:
            return None
        return None if self._is(asked.cookies.get(_cookie_of(host))) else _NO_SECRET

    def _is_own(self, scope: Scope, headers: Headers, host: str) -> bool:
        """Whether a page of this address asks, or the person by the browser's address line."""
        origins = headers.getlist("origin")
        if origins:
            return len(origins) == 1 and self._is_own_origin(origins[0], host)
        if scope["type"] == "websocket" or scope["method"] not in _SAFE:
            return False  # browsers always say it of these
        if headers.get("sec-fetch-site", "none") in ("none", "same-origin"):
            return True
        return headers.get("sec-fetch-dest") == "document"  # a link: who asked cannot read it

    def _is_own_origin(self, origin: str, host: str) -> bool:
        if self._public is not None and origin.lower() == self._public:
            return True
        parts = _split(origin)
        return parts.get("scheme") in ("http", "https") and parts.get("netloc") == host.lower()

    def _is(self, given: str | None) -> bool:
        wanted = (self._secret or "").encode()
        return given is not None and hmac.compare_digest(given.encode(), wanted)

    def _exchanged(self, asked: HTTPConnection) -> Response | None:
        """Give who comes with the secret in the address a cookie, and the address without it."""
        if asked.scope["method"] != "GET" or not self._is(asked.query_params.get(TOKEN)):
            return None
        rest = parse_qsl(asked.url.query, keep_blank_values=True)
        query = urlencode([(name, value) for name, value in rest if name != TOKEN])
        path = "/" + asked.scope["path"].lstrip("/")  # "//name" would be another site
        answer = RedirectResponse(f"{path}?{query}" if query else path, 303)
        answer.set_cookie(
            _cookie_of(asked.headers["host"]), self._secret or "", httponly=True, samesite="lax"
        )
        answer.headers["cache-control"] = "no-store"
        return answer


def _answers_programs(scope: Scope) -> bool:
    path: str = scope["path"]
    return scope["type"] == "http" and any(
        path == base or path.startswith(f"{base}/") for base in ("/" + API.split("/")[1], RECONCILE)
    )


def _cookie_of(host: str) -> str:
    """Name the cookie of an address: browsers give all ports of a host the same cookies."""
    found = _PORT.search(host)
    return f"kgreview_{found[1] if found else 'default'}"


def _of_its_origin(scope: Scope, asked: HTTPConnection) -> Scope:
    """Tell Streamlit that a WebSocket whose origin was found right is of the same origin.

    Of any other it asks outside addresses who it is, and the server stands meanwhile.
    """
    netloc = _split(asked.headers["origin"])["netloc"].encode("latin-1")
    others = [(name, value) for name, value in scope["headers"] if name != b"host"]
    return {**scope, "headers": [*others, (b"host", netloc)]}


def _split(origin: str) -> Mapping[str, str]:
    try:
        parts = urlsplit(origin.lower())
    except ValueError:  # brackets that hold no address
        return {}
    whole = f"{parts.scheme}://{parts.netloc}" == origin.lower()
    return {"scheme": parts.scheme, "netloc": parts.netloc} if whole else {}

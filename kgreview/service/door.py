"""Who may open the pages: asked before Streamlit answers anything, the WebSocket too.

A page of any site, and of any program on this machine, may send requests here, and a browser adds
the cookies it has for this host. So the ``Host`` has to be this server's own name, the ``Origin``
this very address, and whoever comes has to have the secret of this start: it is in the address
that ``kgreview review`` prints, and is exchanged for a cookie. Where people sign in, that takes the
secret's place: by ``st.login`` within the pages, or by what a gateway sends, from it alone.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kgreview.service.answers import failure
from kgreview.service.canvas import HEADERS as CANVAS_HEADERS
from kgreview.service.guard import Policy
from kgreview.service.served import API, RECONCILE
from kgreview.service.sign_in import HEADER, SignIn, public_address, sign_in_of
from kgreview.service.variables import API_TOKEN_VARIABLE, SECRET_VARIABLE, TOKEN
from kgreview.store.rights import Identity, Role, acting
from kgreview.ui.canvas_page import FOLDER

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


_NOT_BY_GATEWAY = Refusal(
    403,
    "Come through the gateway",
    "People sign in at a gateway before this server; it answers nobody else.",
)
_NO_TOKEN = (
    "people sign in to this app: send the header 'Authorization: Bearer' with the token that "
    "KGREVIEW_API_TOKEN named when it was started"
)
_NOBODY = Refusal(401, "Nobody is signed in", "The gateway names nobody. Sign in there.")


def door_of(environment: Mapping[str, str], policy: Policy) -> Middleware:
    """Make the door that ``kgreview review`` told of.

    A start that names no secret has one that nobody knows: it is no door that stands open.
    """
    sign_in = sign_in_of(environment)
    return Middleware(
        Door,
        policy=policy,
        secret=environment.get(SECRET_VARIABLE) or secrets.token_urlsafe(24),
        sign_in=sign_in,
        public=public_address(environment),
        api_token=environment.get(API_TOKEN_VARIABLE) or None,
    )


class Door:
    """Middleware around the whole app that lets in who may, and says how pages may be used.

    ``secret``: of this start, which counts where nobody signs in. ``public``: the address that
    browsers ask for, where a proxy stands before this server. ``api_token``: by which programs are
    answered where people sign in.
    """

    def __init__(
        self,
        app: ASGIApp,
        policy: Policy,
        *,
        secret: str,
        sign_in: SignIn | None = None,
        public: str | None = None,
        api_token: str | None = None,
    ) -> None:
        self.app = app
        self.policy = policy
        self._secret = secret
        self._sign_in = sign_in
        self._public = public
        self._api_token = api_token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on who may come in; answer, or close, all others."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        asked = HTTPConnection(scope)
        if _answers_programs(scope):
            await self._program(asked, receive, send)
            return
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
                for name, value in _headers_of(scope["path"]).items():
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
        if scope["path"] == _HEALTH:
            return None
        if self._sign_in is None:
            cookie = asked.cookies.get(_cookie_of(host))
            return None if _are_equal(cookie, self._secret) else _NO_SECRET
        who = self._who(asked) if self._sign_in.how == HEADER else None
        return who if isinstance(who, Refusal) else None

    def _who(self, asked: HTTPConnection) -> Identity | Refusal:
        """Give whom the gateway names, where it is the gateway that asks."""
        assert self._sign_in is not None
        if asked.client is None or not self._sign_in.is_trusted(asked.client.host):
            return _NOT_BY_GATEWAY
        if any(len(asked.headers.getlist(name)) > 1 for name in self._sign_in.headers.values()):
            return _NOBODY  # one of them may be of who asked, and not of the gateway
        return self._sign_in.of_headers(asked.headers.get) or _NOBODY

    async def _program(self, asked: HTTPConnection, receive: Receive, send: Send) -> None:
        """Answer a program: there is a guard before what it asks, which looks at all but who."""
        if self._sign_in is None:
            await self.app(asked.scope, receive, send)
            return
        if self._sign_in.how == HEADER:
            who = self._who(asked)
        else:
            given = asked.headers.get("authorization", "")
            is_known = self._api_token is not None and _are_equal(
                given, f"Bearer {self._api_token}"
            )
            who = Identity("api-token", "a program", role=Role.OWNER) if is_known else _NOBODY
        if isinstance(who, Refusal):
            words = who.words if self._sign_in.how == HEADER else _NO_TOKEN
            await failure(who.status, words)(asked.scope, receive, send)
            return
        with acting(who):
            await self.app(asked.scope, receive, send)

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

    def _exchanged(self, asked: HTTPConnection) -> Response | None:
        """Give who comes with the secret in the address a cookie, and the address without it."""
        if asked.scope["method"] != "GET" or not _are_equal(
            asked.query_params.get(TOKEN), self._secret
        ):
            return None
        rest = parse_qsl(asked.url.query, keep_blank_values=True)
        query = urlencode([(name, value) for name, value in rest if name != TOKEN])
        path = "/" + asked.scope["path"].lstrip("/")  # "//name" would be another site
        answer = RedirectResponse(f"{path}?{query}" if query else path, 303)
        answer.set_cookie(
            _cookie_of(asked.headers["host"]), self._secret, httponly=True, samesite="lax"
        )
        answer.headers["cache-control"] = "no-store"
        return answer


def _headers_of(path: str) -> Mapping[str, str]:
    """Give how an answer may be used: the canvas in a frame of the pages, all else in none."""
    return {**_HEADERS, **CANVAS_HEADERS} if path.startswith(f"{FOLDER}/") else _HEADERS


def _are_equal(given: str | None, wanted: str) -> bool:
    """Compare what was given with a secret, in a time that tells nothing of it."""
    return given is not None and hmac.compare_digest(
        given.encode(errors="surrogatepass"), wanted.encode()
    )


def _answers_programs(scope: Scope) -> bool:
    path: str = scope["path"]
    return scope["type"] == "http" and any(
        path == base or path.startswith(f"{base}/") for base in ("/" + API.split("/")[1], RECONCILE)
    )


def _cookie_of(host: str) -> str:
    """Name the cookie of an address: browsers give all ports of a host the same cookies."""
    match = _PORT.search(host)
    return f"kgreview_{match[1] if match else 'default'}"


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

"""How people sign in, and what the sign-in says of them: read from a file, headers and claims."""

from __future__ import annotations

import ipaddress
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from kgreview.errors import InputError
from kgreview.graph.quoting import quoted
from kgreview.service.variables import FILE_VARIABLE, PUBLIC_VARIABLE, TRUSTED_VARIABLE
from kgreview.store.rights import AUTH_VARIABLE, Identity, Role

OIDC, HEADER = "oidc", "header"
CALLBACK = "/oauth2callback"  # where Streamlit takes the provider's answer

# Only what is named counts: a gateway that does not set a header passes on what anybody sent in it
_HEADERS = {"subject": "X-Forwarded-User"}
_SAYING = ("subject", "name", "email", "groups", "orcid")  # what headers may say
_NEEDED = ("cookie_secret", "client_id", "client_secret", "server_metadata_url")
_PARTS = {"auth", "people", "roles", "headers"}
_SHORTEST_SECRET = 32  # characters
_HEADER_NAME = re.compile(r"[A-Za-z0-9-]+")
_LONGEST = 500  # characters of what a sign-in says

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True)
class SignIn:
    """How people sign in to the app."""

    how: str  # OIDC or HEADER
    trusted: tuple[Network, ...] = ()  # where headers may come from
    people: Mapping[str, Role] = field(default_factory=dict)  # by subject or e-mail address
    claim: str = "groups"  # that holds what roles go by
    by_claim: Mapping[str, Role] = field(default_factory=dict)
    default: Role | None = None  # of everybody who can sign in; None: they are not let in
    headers: Mapping[str, str] = field(default_factory=lambda: dict(_HEADERS))
    provider: Mapping[str, str] = field(default_factory=dict, repr=False)  # for ``st.login``

    def of_headers(self, get: Callable[[str], str | None]) -> Identity | None:
        """Give who a gateway says that it is; ``None`` where it names nobody."""
        claims = dict.fromkeys(_SAYING, "")
        claims |= {what: (get(name) or "").strip() for what, name in self.headers.items()}
        if not claims["subject"]:
            return None
        groups = [each.strip() for each in claims["groups"].split(",")]
        name = claims["name"] or claims["email"] or claims["subject"]
        return self._known(claims["subject"], name, claims["email"], claims["orcid"], groups)

    def of_claims(self, claims: Mapping[str, Any]) -> Identity | None:
        """Give who a provider says that it is; an e-mail address counts where it verified it."""
        sub, issuer = str(claims.get("sub") or ""), str(claims.get("iss") or "")
        if not sub:
            return None
        verified = str(claims.get("email_verified", "")).lower() == "true"
        email = str(claims.get("email") or "") if verified else ""
        name = next(
            (
                str(claims[key])
                for key in ("name", "preferred_username", "email")
                if claims.get(key)
            ),
            sub,
        )
        orcid = str(claims.get("orcid") or "")
        if urlsplit(issuer).hostname in ("orcid.org", "sandbox.orcid.org"):
            orcid = sub
        given = claims.get(self.claim)
        groups = given if isinstance(given, list | tuple) else [] if given is None else [given]
        return self._known(f"{issuer}#{sub}", name, email, orcid, map(str, groups))

    def is_trusted(self, address: str) -> bool:
        """Whether headers that come from an address may name somebody."""
        try:
            given = ipaddress.ip_address(address)
        except ValueError:
            return False
        mapped = getattr(given, "ipv4_mapped", None)
        return any((mapped or given) in network for network in self.trusted)

    def _known(
        self, subject: str, name: str, email: str, orcid: str, groups: Iterable[str]
    ) -> Identity:
        named = self.people.get(subject) or self.people.get(email.lower())
        roles = [self.by_claim[each] for each in groups if each in self.by_claim]
        highest = max(roles, key=list(Role).index, default=None)
        role = named or highest or self.default
        return Identity(subject[:_LONGEST], name[:_LONGEST], email.lower()[:_LONGEST], role, orcid)


def sign_in_of(environment: Mapping[str, str]) -> SignIn | None:
    """Read how people sign in, as ``kgreview review`` told it; ``None``: they do not.

    Raises ``InputError`` for what is missing or wrong.
    """
    how = environment.get(AUTH_VARIABLE, "")
    file = environment.get(FILE_VARIABLE, "")
    trusted = environment.get(TRUSTED_VARIABLE, "").split()
    public = _named(environment)
    if not how:
        if file or trusted:
            raise InputError("--auth-file and --trust go with --auth oidc or --auth header")
        return None
    given = _read(Path(file)) if file else {}
    if how == HEADER and not trusted:
        raise InputError(
            "--auth header: name the address that the gateway's requests come from with --trust; "
            "from all others, anybody could send the header"
        )
    roles = given.get("roles", {})
    return SignIn(
        how,
        tuple(map(_network, trusted)),
        _roles(file, "people", given.get("people", {}), lower=True),
        str(roles.get("claim", "groups")),
        _roles(file, "roles.by_claim", roles.get("by_claim", {})),
        _role(file, "roles.default", roles["default"]) if "default" in roles else None,
        _headers(file, given.get("headers", {})),
        _provider(file, given.get("auth", {}), public) if how == OIDC else {},
    )


def _read(file: Path) -> dict[str, dict[str, Any]]:
    try:
        given = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeError, tomllib.TOMLDecodeError) as error:
        why = getattr(error, "strerror", None) or error
        raise InputError.at(file, f"cannot be read as TOML ({why})") from None
    wrong = [name for name, part in given.items() if name not in _PARTS or type(part) is not dict]
    if wrong:
        parts = ", ".join(f"[{part}]" for part in sorted(_PARTS))
        raise InputError.at(file, f"{quoted(wrong[0])} is no part of it; there are {parts}")
    return given


def _roles(file: str, part: str, given: Any, *, lower: bool = False) -> dict[str, Role]:
    if not isinstance(given, dict):
        raise InputError.at(file, f'[{part}] has lines such as "ada@example.org" = "owner"')
    return {
        (who.lower() if lower and "#" not in who else who): _role(file, f"{part}.{who}", role)
        for who, role in given.items()
    }


def _role(file: str, where: str, given: Any) -> Role:
    try:
        return Role(given)
    except ValueError:
        words = ", ".join(role.value for role in Role)
        raise InputError.at(file, f"{where}: {quoted(str(given))} is no role of {words}") from None


def _headers(file: str, given: Mapping[str, Any]) -> dict[str, str]:
    for what, name in given.items():
        if what not in _SAYING or not _HEADER_NAME.fullmatch(str(name)):
            raise InputError.at(
                file, f"headers.{what}: there are {', '.join(_SAYING)}, each the name of a header"
            )
    return {**_HEADERS, **{what: str(name) for what, name in given.items()}}


def _provider(file: str, given: Mapping[str, Any], public: str | None) -> dict[str, str]:
    """Check what ``st.login`` asks for; where the provider sends people back to may be left out."""
    if not file:
        raise InputError(
            "--auth oidc: name the file with the provider by --auth-file; docs/teams.md"
        )
    missing = [name for name in _NEEDED if not isinstance(given.get(name), str) or not given[name]]
    if missing:
        raise InputError.at(file, f"[auth] lacks {', '.join(missing)}")
    if len(given["cookie_secret"]) < _SHORTEST_SECRET:
        raise InputError.at(
            file, f"auth.cookie_secret: give at least {_SHORTEST_SECRET} random characters"
        )
    back = given.get("redirect_uri") or (public and public + CALLBACK)
    if not isinstance(back, str) or not back.endswith(CALLBACK):
        raise InputError.at(
            file, f"auth.redirect_uri: give the app's address and {CALLBACK}, or --public-address"
        )
    return {name: str(given[name]) for name in given if isinstance(given[name], str)} | {
        "redirect_uri": back
    }


def _network(given: str) -> Network:
    try:
        return ipaddress.ip_network(given)
    except ValueError:
        raise InputError(
            f"--trust {quoted(given)}: give an address such as 10.0.0.5, or a network such as "
            "10.0.0.0/28"
        ) from None


def public_address(environment: Mapping[str, str]) -> str | None:
    """Give the address that browsers ask for, where it was named, by itself or to the provider.

    Raises what ``sign_in_of`` does.
    """
    sign_in = sign_in_of(environment)
    back = sign_in.provider.get("redirect_uri") if sign_in else None
    return _named(environment) or (back and back.removesuffix(CALLBACK).lower()) or None


def _named(environment: Mapping[str, str]) -> str | None:
    given = environment.get(PUBLIC_VARIABLE, "")
    if not given:
        return None
    parts = urlsplit(given)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/"):
        raise InputError(
            f"--public-address {quoted(given)}: give scheme and host, such as "
            "https://match.example.org"
        )
    return f"{parts.scheme}://{parts.netloc}".lower()

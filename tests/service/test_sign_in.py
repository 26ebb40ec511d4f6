"""How people sign in: what its file may say, and what is made of headers and claims."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kgreview.errors import InputError
from kgreview.pipeline.project import Project
from kgreview.review.people import set_role
from kgreview.service.sign_in import HEADER, OIDC, SignIn, public_address, sign_in_of
from kgreview.service.variables import FILE_VARIABLE, PUBLIC_VARIABLE, TRUSTED_VARIABLE
from kgreview.store.rights import AUTH_VARIABLE, Identity, Role
from tests.service.conftest import reviewed

AUTH = f"""
[auth]
cookie_secret = "{"s" * 40}"
client_id = "kgreview"
client_secret = "secret"
server_metadata_url = "https://id.example/.well-known/openid-configuration"
"""
ROLES = """
[people]
"Ada@Example.org" = "owner"
"https://id.example#7" = "adjudicator"
[roles]
claim = "teams"
default = "viewer"
by_claim = { kg = "curator", "kg owners" = "owner" }
"""


def told(tmp_path: Path, text: str, how: str = OIDC, **more: str) -> dict[str, str]:
    file = tmp_path / "auth.toml"
    file.write_text(text, encoding="utf-8")
    return {AUTH_VARIABLE: how, FILE_VARIABLE: str(file), **more}


def test_where_nobody_signs_in_there_is_none() -> None:
    assert sign_in_of({}) is None
    with pytest.raises(InputError, match="go with --auth"):
        sign_in_of({TRUSTED_VARIABLE: "10.0.0.1"})


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[auth", "cannot be read as TOML"),
        ("[other]", "'other' is no part of it"),
        ("auth = 1", "'auth' is no part of it"),
        ("[auth]\nclient_id = 'x'", "lacks cookie_secret, client_secret, server_metadata_url"),
        (AUTH.replace("s" * 40, "short"), "at least 32 random characters"),
        (AUTH, "auth.redirect_uri: give the app's address"),
        (AUTH + "redirect_uri = 'https://kg.example/'", "auth.redirect_uri"),
        (AUTH + ROLES.replace('"adjudicator"', '"boss"'), "'boss' is no role of viewer, curator"),
        (AUTH + "[headers]\nsubject = 'X User'", "each the name of a header"),
    ],
)
def test_what_is_wrong_with_the_file_is_said(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(InputError, match=why) as error:
        sign_in_of(told(tmp_path, text))
    assert "auth.toml" in str(error.value)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        sign_in_of({AUTH_VARIABLE: OIDC, FILE_VARIABLE: str(tmp_path / "none.toml")})
    with pytest.raises(InputError, match="--auth-file"):
        sign_in_of({AUTH_VARIABLE: OIDC})


@pytest.mark.parametrize("address", ["kg.example", "https://kg.example/app", "ftp://kg.example"])
def test_the_public_address_has_a_scheme_and_a_host_alone(tmp_path: Path, address: str) -> None:
    with pytest.raises(InputError, match="--public-address"):
        sign_in_of(told(tmp_path, AUTH, **{PUBLIC_VARIABLE: address}))


def test_the_provider_sends_people_back_to_the_public_address(tmp_path: Path) -> None:
    given = told(tmp_path, AUTH, **{PUBLIC_VARIABLE: "https://KG.example"})
    sign_in = sign_in_of(given)
    assert sign_in
    assert sign_in.provider["redirect_uri"] == "https://kg.example/oauth2callback"
    named = told(tmp_path, AUTH + "redirect_uri = 'https://kg.example/oauth2callback'")
    assert public_address(named) == "https://kg.example"
    assert "secret" not in repr(sign_in)


def test_headers_are_taken_from_addresses_that_are_named_alone() -> None:
    with pytest.raises(InputError, match="anybody could send the header"):
        sign_in_of({AUTH_VARIABLE: HEADER})
    with pytest.raises(InputError, match=r"--trust 'gateway': give an address"):
        sign_in_of({AUTH_VARIABLE: HEADER, TRUSTED_VARIABLE: "gateway"})
    sign_in = sign_in_of({AUTH_VARIABLE: HEADER, TRUSTED_VARIABLE: "10.0.0.5 fd00::/64"})
    assert sign_in
    for address, is_trusted in (
        ("10.0.0.5", True),
        ("::ffff:10.0.0.5", True),
        ("fd00::17", True),
        ("10.0.0.6", False),
        ("127.0.0.1", False),
        ("", False),
        ("testclient", False),
    ):
        assert sign_in.is_trusted(address) == is_trusted, address


@pytest.fixture
def roles(tmp_path: Path) -> SignIn:
    given = told(tmp_path, AUTH + ROLES, **{PUBLIC_VARIABLE: "https://kg.example"})
    found = sign_in_of(given)
    assert found
    return found


def test_claims_give_the_subject_with_its_provider_and_the_highest_role(roles: SignIn) -> None:
    claims = {"iss": "https://id.example", "sub": "1", "name": "Bob", "teams": ["kg owners", "kg"]}
    assert roles.of_claims(claims) == Identity("https://id.example#1", "Bob", "", Role.OWNER)
    assert roles.of_claims({**claims, "teams": "kg"}) == Identity(
        "https://id.example#1", "Bob", "", Role.CURATOR
    )
    for teams in (None, [], ["others"], {"kg": 1}, 7):
        found = roles.of_claims({**claims, "teams": teams})
        assert found
        assert found.role is Role.VIEWER, "the role of everybody"
    found = roles.of_claims({**claims, "sub": "7"})
    assert found
    assert found.role is Role.ADJUDICATOR, "who is named, before what the claims give"
    assert roles.of_claims({"iss": "https://id.example"}) is None


@pytest.mark.parametrize("verified", [True, "true", False, None, "false", 0])
def test_an_address_counts_where_the_provider_verified_it(roles: SignIn, verified: object) -> None:
    claims = {"iss": "i", "sub": "1", "email": "ada@example.org", "email_verified": verified}
    found = roles.of_claims(claims)
    assert found
    if str(verified).lower() == "true":
        assert (found.email, found.role) == ("ada@example.org", Role.OWNER)
    else:
        assert (found.email, found.role) == ("", Role.VIEWER)


def test_the_subject_of_orcid_is_an_orcid() -> None:
    sign_in = SignIn(OIDC)
    found = sign_in.of_claims({"iss": "https://orcid.org", "sub": "0000-0002-1825-0097"})
    assert found
    assert found.orcid == "0000-0002-1825-0097"
    assert found.role is None
    other = sign_in.of_claims({"iss": "https://orcid.org.evil.example", "sub": "x"})
    assert other
    assert other.orcid == ""


def test_headers_name_who_it_is() -> None:
    named = {
        "subject": "X-Forwarded-User",
        "email": "X-Forwarded-Email",
        "groups": "X-Forwarded-Groups",
    }
    sign_in = SignIn(HEADER, by_claim={"kg": Role.CURATOR}, headers=named)
    headers = {
        "X-Forwarded-User": "u1",
        "X-Forwarded-Email": "Ada@example.org",
        "X-Forwarded-Groups": "other, kg",
    }
    expected = Identity("u1", "Ada@example.org", "ada@example.org", Role.CURATOR)
    assert sign_in.of_headers(headers.get) == expected
    unnamed = SignIn(HEADER, by_claim={"kg": Role.CURATOR})  # its gateway may not set the others
    assert unnamed.of_headers(headers.get) == Identity("u1", "u1")
    assert sign_in.of_headers({"X-Forwarded-User": "  "}.get) is None
    assert sign_in.of_headers({"X-Forwarded-Email": "a@b.example"}.get) is None


ADA = {"X-Forwarded-User": "ada", "X-Forwarded-Preferred-Username": "Ada"}
BOB = {"X-Forwarded-User": "bob"}


@pytest.fixture(scope="module")
def gateway(_films_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The app behind a gateway at 127.0.0.1; Ada owns the project, Bob may look."""
    folder = tmp_path_factory.mktemp("gateway")
    shutil.copytree(_films_run, folder / "films")
    project = Project.open(folder / "films")
    set_role(project, "ada", Role.OWNER)
    set_role(project, "bob", Role.VIEWER)
    options = ("--auth", "header", "--trust", "127.0.0.1")
    options += ("--public-address", "https://kg.example")
    with reviewed(folder / "films", folder / "log", *options) as started:
        yield started


def test_who_the_gateway_names_gets_the_page_and_nobody_else(gateway: Any) -> None:
    assert gateway.send("/", headers=ADA | {"Host": "kg.example"}).status == 200
    assert gateway.send("/", headers={"Host": "kg.example"}).status == 401
    assert gateway.send("/", headers=ADA | {"Host": "evil.example"}).status == 421
    assert gateway.send("/_stcore/health").status == 200


def test_the_pages_of_the_public_address_are_its_own(gateway: Any) -> None:
    for origin, status in (("https://kg.example", 401), ("https://evil.example", 403)):
        # with the right origin it is asked who it is
        assert gateway.send("/", headers={"Origin": origin}).status == status


def test_programs_behind_the_gateway_have_their_roles(gateway: Any) -> None:
    assert gateway.send("/api/v1/status").status == 401
    assert gateway.send("/api/v1/status", headers=BOB).status == 200
    reply = gateway.send("/api/v1/alignment", headers=BOB)
    assert reply.status == 403
    assert "may not export" in reply.json["error"]
    assert gateway.send("/api/v1/alignment", headers=ADA).status == 200
    reply = gateway.send("/api/v1/entities", headers={"X-Forwarded-User": "eve"}, side="left")
    assert reply.status == 403
    assert "none" in reply.json["error"]


def test_addresses_of_further_pages_are_those_of_the_proxy(gateway: Any) -> None:
    asked = ADA | {"Host": "kg.example"}
    reply = gateway.send("/api/v1/entities", headers=asked, side="left", limit=1)
    assert reply.json["next"].startswith("https://kg.example/api/v1/entities?")


def test_two_headers_of_one_name_name_nobody(gateway: Any) -> None:
    from http.client import HTTPConnection

    connection = HTTPConnection("127.0.0.1", gateway.port, timeout=60)
    connection.putrequest("GET", "/api/v1/alignment")
    connection.putheader("X-Forwarded-User", "ada")
    connection.putheader("X-Forwarded-User", "bob")
    connection.endheaders()
    assert connection.getresponse().status == 401
    connection.close()


def test_from_other_addresses_no_header_counts(films: Path, tmp_path: Path) -> None:
    with reviewed(films, tmp_path / "log", "--auth", "header", "--trust", "10.9.9.9") as client:
        for claim in ({}, {"X-Forwarded-For": "10.9.9.9"}, {"Forwarded": "for=10.9.9.9"}):
            for path in ("/", "/api/v1/status", "/reconcile"):
                reply = client.send(path, headers=ADA | claim)
                assert reply.status == 403, (path, claim)
                assert "gateway" in reply.text


def test_programs_bring_a_token_where_people_sign_in(films: Path, tmp_path: Path) -> None:
    file = tmp_path / "auth.toml"
    file.write_text(AUTH, encoding="utf-8")
    options = ("--auth", "oidc", "--auth-file", str(file), "--public-address", "https://kg.example")
    token = {"KGREVIEW_API_TOKEN": "the token of programs"}
    with reviewed(films, tmp_path / "log", *options, **token) as client:
        for path in ("/api/v1/status", "/reconcile", "/api/v1/alignment"):
            assert client.send(path).status == 401
            wrong = {"Authorization": "Bearer other"}
            assert client.send(path, headers=wrong).status == 401
            right = {"Authorization": "Bearer the token of programs"}
            assert client.send(path, headers=right).status == 200

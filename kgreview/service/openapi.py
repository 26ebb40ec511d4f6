"""The description of the REST read side as OpenAPI 3.1, made of the endpoints themselves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kgreview import __version__
from kgreview.service.rest import BASE, Endpoint

_ERROR = {
    "description": "One clear line on what is wrong",
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "properties": {"error": {"type": "string"}},
                "required": ["error"],
            }
        }
    },
}

_LISTED = "The projects that are served, with how far each is and where it answers"
_PROJECTS = {
    "operationId": "projects",
    "summary": _LISTED,
    "parameters": [],
    "responses": {
        "200": {
            "description": _LISTED,
            "content": {"application/json": {"schema": {"type": "object"}}},
        },
        "4XX": _ERROR,
    },
}


def description(endpoints: Iterable[Endpoint], part: str = "") -> dict[str, Any]:
    """Describe all endpoints of a project; ``part``: what names it in addresses, behind the base.

    What lists all projects stands beside them, at the base itself.
    """
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "kgreview",
            "version": __version__,
            "description": "Reads a project: its entities, candidates, decisions and alignment.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": BASE + part}],
        "paths": {
            **{each.path: {"get": _operation(each)} for each in endpoints},
            "/projects": {"servers": [{"url": BASE}], "get": _PROJECTS},
        },
    }


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    forms: dict[str, Any] = {"application/json": {"schema": {"type": "object"}}}
    if endpoint.as_csv:
        forms["text/csv"] = {"schema": {"type": "string"}}
    return {
        "operationId": endpoint.path.strip("/"),
        "summary": endpoint.words,
        "parameters": [each.to_openapi() for each in endpoint.parameters],
        "responses": {"200": {"description": endpoint.words, "content": forms}, "4XX": _ERROR},
    }

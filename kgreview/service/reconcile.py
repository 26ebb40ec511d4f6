"""The Reconciliation API of OpenRefine, draft 0.2 of the W3C community group: the protocol.

Manifest, query batches, suggest and preview as https://reconciliation-api.github.io/specs/0.2/ has
them. What answers a query is in ``review.reconciliation``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from kgreview import __version__
from kgreview.errors import InputError
from kgreview.exchange.identifiers import Naming
from kgreview.graph.quoting import quoted
from kgreview.review.open_project import OpenProject
from kgreview.review.reconciliation import (
    Query,
    Suggested,
    reconcile,
    suggest_entities,
    suggest_properties,
    suggest_types,
)
from kgreview.service.errors import TooLargeError
from kgreview.service.parameters import LONGEST_TEXT
from kgreview.service.served import RECONCILE
from kgreview.store.search import storable

PATH = RECONCILE
BATCH = 50  # queries that are answered at once
MOST_CANDIDATES = 100  # of one query
MOST_PROPERTIES, MOST_VALUES = 20, 20  # of one query, and of one property
SUGGESTED = 20  # on a page of suggestions
_DOCUMENTATION = "https://reconciliation-api.github.io/specs/0.2/"
_PREVIEW_SIZE = {"width": 420, "height": 280}


def manifest(opened: OpenProject, base: str, path: str = PATH) -> dict[str, Any]:
    """Say what the service offers.

    ``base``: the server's address, without a slash at its end; ``path``: of the service on it.
    """
    project, graph = opened.project, opened.project.right
    naming = Naming.of_side(project.settings.name, "right", project.settings.export.right_iri)
    paired = dict.fromkeys(pair.right for pair in project.schema.types)
    view = project.settings.right_url
    preview = f"{base}{path}/preview?id={{{{id}}}}"
    return {
        "versions": ["0.2"],
        "name": f"kgreview: {project.settings.name}",
        "identifierSpace": naming.base,
        "schemaSpace": f"{naming.base}schema/",
        "documentation": _DOCUMENTATION,
        "serviceVersion": __version__,
        "defaultTypes": [{"id": name, "name": name} for name in paired if name in graph.type_names],
        "view": {"url": view.replace("{id}", "{{id}}") if "{id}" in view else preview},
        "preview": {"url": preview, **_PREVIEW_SIZE},
        "suggest": {
            what: {"service_url": base, "service_path": f"{path}/suggest/{what}"}
            for what in ("entity", "property", "type")
        },
        "batchSize": BATCH,
    }


def answer_batch(opened: OpenProject, queries: Mapping[str, Query]) -> dict[str, Any]:
    """Answer a batch of queries, each for itself."""
    return {
        name: {"result": [_candidate(each) for each in reconcile(opened, query)]}
        for name, query in queries.items()
    }


def suggest(opened: OpenProject, what: str, prefix: str, cursor: int) -> dict[str, Any]:
    """Complete what somebody types: an ``entity``, a ``property`` or a ``type``."""
    if what == "entity":
        suggested = suggest_entities(opened, prefix, cursor, SUGGESTED)
        return {"result": [_completed(each) for each in suggested]}
    listed = suggest_types if what == "type" else suggest_properties
    return {"result": listed(opened, prefix)[cursor : cursor + SUGGESTED]}


def read_batch(text: str) -> dict[str, Query]:
    """Read a batch of queries. Raises ``InputError`` that names the query that is wrong."""
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        raise InputError("queries: is not JSON; give an object of queries") from None
    if not isinstance(given, dict):
        raise InputError(
            "queries: is not an object of queries, such as {'q0': {'query': 'Solaris'}}"
        )
    if len(given) > BATCH:
        raise TooLargeError(
            f"queries: {len(given):,} are more than {BATCH}; send several batches (batchSize)"
        )
    return {name: read_query(name, values) for name, values in given.items()}


def read_query(name: str, values: object) -> Query:
    """Read one query. Raises ``InputError``; what the draft does not know is passed over."""

    def wrong(what: str) -> InputError:
        return InputError(f"query {quoted(name)}: {what}")

    if not isinstance(values, dict):
        raise wrong("is not an object")
    text = values.get("query", "")
    if not isinstance(text, str) or len(text) > LONGEST_TEXT:
        raise wrong(f"'query' is not a text of at most {LONGEST_TEXT:,} characters")
    types = values.get("type") or []
    types = [types] if isinstance(types, str) else types
    if not isinstance(types, list) or not all(isinstance(each, str) for each in types):
        raise wrong("'type' is not a type or a list of types")
    limit = values.get("limit", 10)
    if isinstance(limit, bool) or not isinstance(limit, int | float) or not limit >= 1:
        raise wrong("'limit' is not a number from 1 on")
    if values.get("type_strict", "any") not in ("any", "all", "should"):
        raise wrong("'type_strict' is none of any, all, should")
    properties = _properties(values.get("properties", []), wrong)
    if not text.strip() and not properties:
        raise wrong("has neither 'query' nor 'properties'")
    return Query(
        storable(text).strip(),
        tuple(dict.fromkeys(map(storable, types))),
        int(min(limit, MOST_CANDIDATES)),
        properties,
    )


def _properties(given: object, wrong: Any) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if not isinstance(given, list) or len(given) > MOST_PROPERTIES:
        raise wrong(f"'properties' is not a list of at most {MOST_PROPERTIES}")
    properties = []
    for each in given:
        if not isinstance(each, dict) or not isinstance(each.get("pid"), str) or "v" not in each:
            raise wrong("a property is not an object with 'pid', a text, and 'v'")
        values = each["v"] if isinstance(each["v"], list) else [each["v"]]
        if len(values) > MOST_VALUES:
            raise wrong(f"a property has more than {MOST_VALUES} values")
        texts = tuple(text for value in values if (text := _value(value, wrong)))
        if texts:
            properties.append((storable(each["pid"]), texts))
    return tuple(properties)


def _value(given: object, wrong: Any) -> str:
    """Give a value of a property as a text: of another entity its id, else its name."""
    if isinstance(given, dict):
        given = given.get("id") or given.get("name")
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(given, int | float):
        return f"{given:.15g}" if isinstance(given, float) else str(given)
    if not isinstance(given, str) or len(given) > LONGEST_TEXT:
        raise wrong("a value of a property is not a text, number, truth value or entity")
    return storable(given).strip()


def _candidate(suggested: Suggested) -> dict[str, Any]:
    return {
        "id": suggested.id,
        "name": suggested.name,
        "description": suggested.description,
        "type": [{"id": suggested.type, "name": suggested.type}],
        "score": suggested.score,
        "features": [{"id": name, "value": value} for name, value in suggested.features.items()],
        "match": suggested.match,
    }


def _completed(suggested: Suggested) -> dict[str, Any]:
    return {
        "id": suggested.id,
        "name": suggested.name,
        "description": suggested.description,
        "notable": [{"id": suggested.type, "name": suggested.type}],
    }

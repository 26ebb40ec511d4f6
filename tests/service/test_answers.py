from __future__ import annotations

import json
import math
from typing import Any

import pytest

from kgreview.errors import InputError
from kgreview.service.answers import csv_answer, failure, json_answer, jsonp_answer, preview_answer


def test_json_has_no_number_that_json_has_no_form_for() -> None:
    answer = json_answer({"a": [math.nan, (math.inf, 1.5)], "b": "é\ud800"})
    assert json.loads(answer.body) == {"a": [None, [None, 1.5]], "b": "é?"}


def test_an_error_is_one_line_without_tricks() -> None:
    answer = failure(400, "one\ntwo\u202ethree")
    assert answer.status_code == 400
    assert json.loads(answer.body) == {"error": "one twothree"}


def test_a_call_ends_no_line_of_a_script() -> None:
    assert jsonp_answer("a\u2028b", "f").body == b'/**/f("a\\u2028b");'
    for name in ("", "f(", "f;g", "1f", "é", "f" * 101):
        with pytest.raises(InputError, match="the name of a function"):
            jsonp_answer({}, name)


def test_a_spreadsheet_runs_no_cell() -> None:
    answer = csv_answer(("a", "b"), [{"a": "=1+1", "b": 2}], {"next": "http://x/?p=2"})
    assert answer.body == b'a,b\r\n"\'=1+1",2\r\n'
    assert answer.headers["link"] == '<http://x/?p=2>; rel="next"'


def entity(**changed: Any) -> dict[str, Any]:
    hostile = "<img src=x onerror=alert(1)>\"'&"
    return {
        "id": hostile,
        "name": hostile,
        "type": hostile,
        "url": None,
        "attributes": {hostile: [hostile] * 6},
        "neighbours": [{"relation": hostile, "inverse": False, "name": hostile}],
        **changed,
    }


def test_a_preview_escapes_all_and_counts_what_it_leaves_out() -> None:
    page = bytes(preview_answer(entity(), "'self'").body).decode()
    assert "<img" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;&quot;&#x27;&amp;" in page
    assert "and 2 more" in page
    many = entity(attributes={f"a{i}": ["v"] for i in range(30)}, neighbours=[])
    assert "18 more not shown" in bytes(preview_answer(many, "'self'").body).decode()


def test_a_preview_tells_the_two_directions_of_a_relation_apart() -> None:
    films = [{"relation": "director", "inverse": True, "name": name} for name in ("Solaris", "X")]
    page = bytes(preview_answer(entity(neighbours=films), "'self'").body).decode()
    assert "<th>← director<td><bdi>Solaris</bdi> · <bdi>X</bdi>" in page


@pytest.mark.parametrize("url", ["javascript:alert(1)", "http://x/<script>", 'http://x/"onx="'])
def test_a_preview_links_to_nothing_but_the_web(url: str) -> None:
    assert "<a " not in bytes(preview_answer(entity(url=url), "'self'").body).decode()

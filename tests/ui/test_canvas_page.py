import hashlib
import json
import re
import zlib

import pytest

from kgreview.ui.canvas_page import FOLDER, Drawing, canvas_address, files


def document(*, dark: bool) -> str:
    media_type, content = files()[canvas_address(dark=dark).removeprefix(f"{FOLDER}/")]
    assert media_type == "text/html"
    return content


@pytest.mark.parametrize("dark", [False, True])
def test_the_document_loads_nothing_but_the_library_it_draws_with(dark: bool) -> None:
    page = document(dark=dark)
    (library,) = re.findall(r"""(?:src|href|srcset)="([^"]*)"|url\(|@import""", page)
    media_type, content = files()[library.removeprefix(f"{FOLDER}/")]
    assert media_type == "text/javascript"
    assert "vis-network" in content[:2000]
    assert len(page) < 40_000


def test_of_scripts_in_the_document_only_the_one_named_by_the_policy_runs() -> None:
    page = document(dark=False)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    script_rule = re.search(r"script-src ([^;]*)", policy[1])
    assert script_rule is not None
    assert script_rule[1].startswith("'self' 'sha256-")
    assert "unsafe" not in script_rule[1]
    assert "default-src 'none'" in policy[1]


def test_an_address_names_the_content_so_that_browsers_may_keep_it() -> None:
    assert canvas_address(dark=False) != canvas_address(dark=True)
    for name, (_, content) in files().items():
        assert hashlib.sha256(content.encode()).hexdigest()[:16] in name


def test_a_drawing_is_packed_whole_and_named_by_what_it_holds() -> None:
    drawing = Drawing([{"id": 0}], [], {}, "<nav>", "<div>", 1280, 300)
    unpacked = json.loads(zlib.decompress(drawing.packed))
    assert unpacked["nodes"] == [{"id": 0}]
    assert (unpacked["switches"], unpacked["width"]) == ("<nav>", 1280)
    again = Drawing([{"id": 0}], [], {}, "<nav>", "<div>", 1280, 300)
    other = Drawing([{"id": 1}], [], {}, "<nav>", "<div>", 1280, 300)
    assert drawing.name == again.name != other.name

import json
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from kgreview.ui.worth import AttributeWorth, RelationWorth, WordWorth, Worth, worth_html

PERFORMER = RelationWorth("left", "song", "performer", False, 1.5, 3, -0.5, 40)
WRITER = RelationWorth("left", "song", "http://x.org/writer", True, 0.25, 1200, 0.0, 0)
RIGHT = RelationWorth("right", "track", "artist", False, 0.0, 0, -2.0, 7)
TITLE = AttributeWorth(("song", "track"), ("title", "name"), 3.25, 20)
YEAR = AttributeWorth(("song", "track"), ("year", "year"), 1.0, 10)
WORTH = Worth("v3", 2000, 200, (PERFORMER, WRITER, RIGHT), (TITLE, YEAR), rare=4)


def test_a_relation_tells_apart_as_far_as_shared_and_missing_lie_apart() -> None:
    assert PERFORMER.apart == 2.0
    assert WRITER.apart == 0.25
    assert RIGHT.apart == 2.0
    assert (PERFORMER.arrow, WRITER.arrow) == ("performer →", "← writer")


def test_a_terminal_is_told_all_by_type_and_side_with_counts() -> None:
    lines = WORTH.lines()
    assert lines[0] == "song (left)"
    assert lines[1].split() == [
        *("+2.00", "performer", "→"),
        *("shared", "+1.50", "(3),", "missing", "−0.50", "(40)"),
    ]
    assert lines[3] == "track (right)"
    assert lines[5:8] == [
        "song / track, attributes",
        "    3.25 title / name (20)",
        "    1.00 year (10)",
    ]
    assert lines[-1].endswith("4 seen too rarely are left out.")


def test_numbers_survive_json() -> None:
    found = json.loads(json.dumps(WORTH.to_json()))
    assert found["relations"][0]["apart"] == 2.0
    assert found["attributes"][0]["size"] == 3.25
    assert found["rare"] == 4


def test_the_page_draws_from_missing_to_shared_on_one_scale() -> None:
    page = worth_html(WORTH)  # which goes from −2 to 2
    assert "2,000 candidates near the threshold of v3" in page
    assert 'class="kg-between" style="left:37.5%;width:50.0%"' in page
    assert 'class="kg-against" style="left:calc(37.5% - 4px)' in page
    assert 'class="kg-for" style="left:calc(87.5% - 4px)' in page
    assert 'class="kg-for" style="left:calc(56.2% - 4px)' in page, "shared 0.25"
    assert page.count('class="kg-for"') == 2, "of the right one no neighbour is shared"
    assert page.count("<b>–</b>") == 2, "none shared, and none missing"
    assert 'class="kg-size" style="left:0;width:100.0%"' in page


def test_with_nothing_to_tell_the_page_still_says_of_what() -> None:
    page = worth_html(Worth("v1", 12, 12, (), (), 0))
    assert "12 candidates" in page
    assert "left out" not in page


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        assert {name for name, _ in attrs} <= {"class", "style", "title"}


@pytest.mark.parametrize("evil", ["<img src=x onerror=alert(1)>", "\"'></b>\u202e", "A" * 10_000])
def test_hostile_names_stay_text(evil: str) -> None:
    tags, plain_tags = _Tags(), _Tags()
    relations = (RelationWorth("left", evil, evil, True, 1.0, 1, -1.0, 1),)
    attributes = (AttributeWorth((evil, evil), (evil, evil), 1.0, 1),)
    page = worth_html(Worth("v1", 1, 1, relations, attributes, 0))
    tags.feed(page)
    plain_tags.feed(worth_html(WORTH))
    assert tags.seen == plain_tags.seen
    assert len(page) < 5_000


UPGRADE = WordWorth("upgrade", 0.25, 12, -1.5, 30)


def test_words_of_names_are_told_in_one_name_and_in_both() -> None:
    worth = replace(WORTH, words=(UPGRADE,), more_words=3)
    assert UPGRADE.apart == 1.75
    assert "words of names (1, 3 more are learnt)" in worth.lines()
    assert any(
        line.split()
        == ["+1.75", "upgrade", "in", "both", "+0.25", "(12),", "in", "one", "−1.50", "(30)"]
        for line in worth.lines()
    )
    page = worth_html(worth)
    assert "30 in one, 12 in both" in page
    assert 'style="left:calc(0.0% - 4px)' in page
    assert "words of names" not in worth_html(WORTH)
    assert json.loads(json.dumps(worth.to_json()))["words"][0]["apart"] == 1.75

from html.parser import HTMLParser

import pytest

from kgreview.aligner.explanation import Change, Counterfactual, Part
from kgreview.graph.schema import AttributePair, Schema, TypePair
from kgreview.text.readings import Reading, ValueType
from kgreview.ui.comparison import compare_attributes
from kgreview.ui.counterfactual import Contender, flip_html, two_columns_html, why_html
from kgreview.ui.entity_summary import Neighbour, Side
from kgreview.ui.evidence import Evidence

SONGS = TypePair("song", "song")
EVIL = "<img src=x onerror=\"top.document.title='ran'\">"


def contender(right: str, probability: float, *, evil: str = "") -> Contender:
    def side(name: str, slot: int) -> Side:
        neighbour = Neighbour(
            "n", "Night Visions" + evil, "album", "on_album" + evil, False, -0.4, slot=slot
        )
        return Side(f"id of {name}", name + evil, "song", (neighbour,))

    return Contender(
        side("Radioactive", 3),
        side(right, 0),
        compare_attributes(
            {"title": ["Radioactive"], "seconds" + evil: ["187"], "isrc": ["x" + evil]},
            {"name": [right], "seconds" + evil: ["276"]},
            SONGS,
            Schema(
                (SONGS,),
                {"song": ("title",)},
                {"song": ("name",)},
                (AttributePair(SONGS, "seconds" + evil, "seconds" + evil),),
                {"seconds" + evil: Reading(ValueType.NUMBER)},
                {"seconds" + evil: Reading(ValueType.NUMBER)},
            ),
        ),
        Evidence(
            affinity=((0.0,),) * 3 + ((0.75,),),
            relations=((0, "on_album" + evil, False, Change(-0.015, -1.5)),),
            attributes=((("title", "name"), Change(-0.2, -3.0)),),
            neighbourhood=Change(0.024, 0.8),
        ),
        probability,
    )


def test_what_flips_a_pair_is_listed_by_name() -> None:
    parts = (
        Part("attribute", attributes=("title", "name")),
        Part("neighbour", 0, slot=3),
    )
    page = flip_html(contender("Radioactive", 0.8), Counterfactual(parts, 0.3), 0.45)
    assert "<b>80%</b>, above the threshold of <b>45%</b>" in page
    assert "Without these 2 it would be at <b>30%</b>" in page
    assert "<li><bdi>title / name</bdi></li>" in page
    assert "<li><bdi>Night Visions (left, on_album →)</bdi></li>" in page
    assert "Without this it" in flip_html(contender("x", 0.1), Counterfactual(parts[:1], 0.6), 0.45)


def test_a_pair_that_nothing_flips_says_so() -> None:
    page = flip_html(contender("Radioactive", 0.02), Counterfactual((), 0.1), 0.45)
    assert "<b>2%</b>, below" in page
    assert "Nothing up to five" in page


def test_the_competitor_has_the_same_evidence_beside_the_pair() -> None:
    page = two_columns_html(contender("Radioactive (Remix)", 0.02), contender("Radioactive", 0.98))
    assert page.count("<td>2%</td>") == 1
    assert page.count("<td>98%</td>") == 1
    assert "+2.4% <small>(+0.80 log odds)</small>" in page
    assert "equal · −20% <small>(−3.00 log odds)</small>" in page
    assert page.count("89 apart") == 2
    assert "left: on_album →" in page
    assert page.count("−0.40 · −1.5% <small>(−1.50 log odds)</small>") == 2
    assert page.count("<bdi>Night Visions</bdi> – <bdi>Night Visions</bdi> · 0.75") == 2
    assert "isrc" not in page, "what one side alone has compares nothing"
    assert "id of Radioactive (Remix)" in page, "names may be the same"


def test_without_a_competitor_it_says_so() -> None:
    assert "Neither entity has another" in why_html(
        contender("x", 0.5), Counterfactual((), 0.5), 0.5, None
    )


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        assert {name for name, _ in attrs} <= {"class", "colspan", "style"}


@pytest.mark.parametrize("evil", [EVIL, "</td></table><script>", "{{7*7}}\u202e", "A" * 10_000])
def test_hostile_names_stay_text(evil: str) -> None:
    parts = (Part("attribute", attributes=("seconds" + evil,) * 2), Part("neighbour", 1, slot=0))
    pair = contender("R", 0.5, evil=evil)
    pages = [
        why_html(each, Counterfactual(parts, 0.1), 0.5, each)
        for each in (contender("R", 0.5), pair)
    ]
    seen = []
    for page in pages:
        tags = _Tags()
        tags.feed(page)
        seen.append(tags.seen)
        assert len(page) < 12_000
    assert seen[0] == seen[1]

import math
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgreview.aligner.explanation import Waterfall
from kgreview.ui.entity_summary import Neighbour, Side
from kgreview.ui.evidence import Evidence, Share
from kgreview.ui.waterfall import Bar, bars_of, row_name, waterfall_html

EVIL = "<img src=x onerror=\"top.document.title='ran'\">"


def side(*names: str) -> Side:
    """Give an entity with sampled neighbours, by their slots."""
    return Side(
        "e",
        "Heat",
        "film",
        tuple(Neighbour(n, n, "person", "actor", False, slot=i) for i, n in enumerate(names)),
    )


# 98 of 100: 3.9 log odds
EVIDENCE = Evidence(
    waterfall=Waterfall(
        prior=-4.0,
        attributes=((("title", "name"), 5.0), (("year", "year"), -0.5), ((None, None), 0.25)),
        competitors=-0.35,
        log_odds=3.9,
    ),
    shares=(
        Share(0, 0, "actor", False, 1.25),
        Share(0, 1, "actor", False, -0.25),
        Share(0, 2, "director", False, 0.5),
        Share(1, 0, "acted in", True, 2.0),
    ),
)
SIDES = (side("Al", "Bo", "Cy"), side("Al"))


def test_steps_go_from_nothing_over_attributes_and_relations_to_competitors() -> None:
    assert [(bar.words, bar.value) for bar in bars_of(EVIDENCE, SIDES)] == [
        ("Before anything is compared", -4.0),
        ("title / name", 5.0),
        ("year", -0.5),
        ("other values", 0.25),
        ("right: ← acted in", 2.0),
        ("left: actor →", 1.0),
        ("left: director →", 0.5),
        ("Competing candidates", -0.35),
    ]


def test_a_relation_opens_to_its_neighbours_who_says_most_first() -> None:
    actors = next(bar for bar in bars_of(EVIDENCE, SIDES) if bar.words == "left: actor →")
    assert actors.parts == (Bar("Al", 1.25), Bar("Bo", -0.25))


def test_bars_add_up_to_the_log_odds() -> None:
    assert math.fsum(bar.value for bar in bars_of(EVIDENCE, SIDES)) == pytest.approx(3.9, abs=1e-12)


numbers = st.floats(-20, 20)


@given(
    prior=numbers,
    attributes=st.lists(numbers, max_size=30),
    shares=st.lists(
        st.tuples(st.integers(0, 1), st.integers(0, 9), st.sampled_from("abc"), numbers),
        max_size=20,
        unique_by=lambda each: each[:2],
    ),
    competitors=numbers,
)
def test_however_many_there_are_bars_and_their_parts_add_up(
    prior: float,
    attributes: list[float],
    shares: list[tuple[int, int, str, float]],
    competitors: float,
) -> None:
    total = math.fsum([prior, *attributes, *(share[3] for share in shares), competitors])
    evidence = Evidence(
        waterfall=Waterfall(
            prior,
            tuple(((f"a{i}", None), value) for i, value in enumerate(attributes)),
            competitors,
            total,
        ),
        shares=tuple(Share(s, slot, name, False, value) for s, slot, name, value in shares),
    )
    bars = bars_of(evidence, (side("Al", "Bo"), side("Cy")))  # most neighbours are not shown
    assert math.fsum(bar.value for bar in bars) == pytest.approx(total, abs=1e-9)
    for bar in bars:
        if bar.parts:
            parts = math.fsum(part.value for part in bar.parts)
            assert parts == pytest.approx(bar.value, abs=1e-9)


def test_what_has_no_bar_of_its_own_is_counted() -> None:
    many = tuple(((f"a{i:02}", None), 1.0) for i in range(12))
    evidence = Evidence(
        waterfall=Waterfall(0.0, many, 0.0, 14.0),
        shares=(Share(0, 0, "actor", False, 0.5), Share(0, 7, "actor", False, 1.5)),
    )
    bars = {bar.words: bar for bar in bars_of(evidence, (side("Al"), side()))}
    assert bars["4 more attributes"].value == 4.0
    assert bars["left: actor →"].parts == (Bar("Al", 0.5), Bar("1 more", 1.5))


def test_each_bar_begins_where_the_one_above_ends() -> None:
    evidence = Evidence(waterfall=Waterfall(-1.0, ((("a", "a"), 4.0),), -2.0, 1.0))
    page = waterfall_html(evidence, (side(), side()), "73%")  # sums of −1, 3 and 1
    for_, against = 'class="kg-for" style="', 'class="kg-against" style="'
    steps = [
        f"{against}left:0.00%;width:25.00%",
        f"{for_}left:0.00%;width:100.00%",
        f"{against}left:50.00%;width:50.00%",
        f"{for_}left:25.00%;width:25.00%",  # all of it, from 0
    ]
    places = [page.index(step) for step in steps]
    assert places == sorted(places)
    assert [figure in page for figure in ("−1.00", "+4.00", "−2.00", "+1.00")] == [True] * 4
    assert "<b>73%</b>" in page


def test_without_a_network_there_is_no_waterfall() -> None:
    assert bars_of(Evidence(), SIDES) == ()
    assert waterfall_html(Evidence(), SIDES, "50%") == ""


def test_attributes_of_a_row_are_named_once_by_the_last_of_their_address() -> None:
    assert row_name(("http://x.org/title", "name")) == "title / name"
    assert row_name(("year", "year")) == row_name(("year", None)) == "year"


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        assert {name for name, _ in attrs} <= {"class", "style", "title"}


@pytest.mark.parametrize("evil", [EVIL, "</details><script>", "\"'><b>\u202e", "A" * 10_000])
def test_hostile_names_stay_text(evil: str) -> None:
    evidence = Evidence(
        waterfall=Waterfall(0.0, (((evil, evil), 1.0),), 0.0, 2.0),
        shares=(Share(0, 0, evil, True, 1.0),),
    )
    tags, plain_tags = _Tags(), _Tags()
    page = waterfall_html(evidence, (side(evil), side()), "88%")
    tags.feed(page)
    plain_tags.feed(waterfall_html(EVIDENCE, SIDES, "88%"))
    assert tags.seen == plain_tags.seen
    assert len(page) < 5_000

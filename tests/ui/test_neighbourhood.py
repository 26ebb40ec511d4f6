import dataclasses
import itertools
import math
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from kgreview.aligner.explanation import Change
from kgreview.graph.schema import Direction
from kgreview.ui import scales
from kgreview.ui.canvas_page import Drawing
from kgreview.ui.entity_summary import Beyond, More, Neighbour, Side
from kgreview.ui.evidence import Evidence
from kgreview.ui.evidence_html import BAR_HEIGHT, LEGEND_HEIGHT, name_key
from kgreview.ui.neighbourhood import neighbourhood_drawing
from kgreview.ui.palette import LIGHT, scale_colour, signed_colour

HOSTILE = (
    "<img src=x onerror=\"document.title='ran'\">",
    "href",
    "<a href=\"javascript:document.title='ran'\">x</a>",
    "</script><script>document.title='ran'</script>",
    "<!-- <script>",
    "{{7*7}}{% raise %}",
    "\u202egnp.exe\u200f",
    "👩‍🚀🎬",
    "\u2028'); document.title='ran'; ('",
    "A" * 10_000,
)


def neighbour(
    name: str, relation: str = "actor", adds: float = math.nan, *, inverse: bool = False
) -> Neighbour:
    """Give a neighbour that adds so much; all it could, and it has a counterpart."""
    cross = math.nan if math.isnan(adds) else 1.0
    return Neighbour(f"id-{name}", name, "person", relation, inverse, adds, cross, abs(adds))


def seen(name: str, slot: int, odds: float = -1.0, beyond: tuple[str, ...] = ()) -> Neighbour:
    """Give a sampled neighbour of which all is known."""
    return dataclasses.replace(
        neighbour(name, adds=0.5),
        cross=0.75,
        self_=0.8,
        slot=slot,
        change=Change(odds / 10, odds),
        beyond=tuple(Beyond(f"id-{other}", other, "film", "made", True) for other in beyond),
        degree=len(beyond) + 1,
    )


def side(*neighbours: Neighbour, name: str = "Heat", more: tuple[More, ...] = ()) -> Side:
    return Side("e1", name, "film", neighbours, more)


def drawn(drawing: Drawing, what: str = "nodes") -> list[dict[str, Any]]:
    return list(getattr(drawing, what))


def html(drawing: Drawing) -> str:
    return drawing.switches + drawing.panes


class _Markup(HTMLParser):
    """Notes everything that makes a browser load something or run a script."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.loads += [f"{tag} {name}" for name, _ in attrs if name in {"src", "href", "srcset"}]
        self.loads += [f"{tag} {name}" for name, _ in attrs if name.startswith("on")]


def test_hostile_strings_add_no_markup() -> None:
    plain_page, hostile_page = _Markup(), _Markup()
    evidence = Evidence(affinity=tuple(tuple([0.5] * len(HOSTILE)) for _ in HOSTILE))
    harmless = side(seen("a", slot=0, beyond=("b",)), more=(More("c", True, 3),))
    plain_page.feed(html(neighbourhood_drawing(harmless, harmless, height=300, evidence=evidence)))
    evil = side(
        *(
            dataclasses.replace(
                seen(text, slot=slot, beyond=HOSTILE), relation=text, facts=((text, HOSTILE),)
            )
            for slot, text in enumerate(HOSTILE)
        ),
        name=HOSTILE[3],
        more=(More(HOSTILE[0], True, 3),),
    )
    drawing = neighbourhood_drawing(evil, evil, height=300, evidence=evidence)
    hostile_page.feed(html(drawing))
    assert hostile_page.tags == plain_page.tags
    assert hostile_page.loads == plain_page.loads == []
    assert not {"script", "img", "a"} & hostile_page.tags
    assert not any("title" in each for each in drawn(drawing)), "pyvis makes HTML of titles"
    assert len(drawing.packed) < 100_000


def test_the_same_pair_always_looks_the_same() -> None:
    pair = side(neighbour("Al", adds=0.7), neighbour("Bo", adds=0.3)), side(neighbour("Cy"))
    first = neighbourhood_drawing(*pair, height=300)
    neighbourhood_drawing.cache_clear()
    assert neighbourhood_drawing(*pair, height=300) == first


def test_left_is_drawn_left_and_right_is_drawn_right() -> None:
    page = neighbourhood_drawing(side(neighbour("Al")), side(neighbour("Bo")), height=300)
    places = {node["label"]: node["x"] for node in drawn(page)}
    assert places["Al"] < 0 < places["Bo"]
    assert {node["shape"] for node in drawn(page) if abs(node["x"]) > 500} == {"diamond"}


def test_who_says_more_is_larger_and_for_and_against_have_two_colours_on_one_scale() -> None:
    page = neighbourhood_drawing(
        side(neighbour("Al", adds=0.8), neighbour("Bo", adds=-0.2)),
        side(neighbour("Cy", adds=-0.2), neighbour("Di", adds=-0.8), neighbour("Ed", adds=0.0)),
        height=300,
    )
    dots = [n for n in drawn(page) if n["shape"] == "dot" and "tip" in n]
    by_name = {n["tip"][0]: (n["size"], n["color"]["background"]) for n in dots}
    assert by_name["Al"][0] == by_name["Di"][0] > by_name["Bo"][0] > by_name["Ed"][0]
    assert by_name["Bo"] == by_name["Cy"]
    assert by_name["Al"][1] == LIGHT.diverging[-1]
    assert by_name["Di"][1] == LIGHT.diverging[0]
    assert by_name["Ed"][1] == LIGHT.diverging[2]
    labels = {n["label"] for n in drawn(page)}
    assert labels >= {"+0.80  Al", "−0.20  Bo", "−0.20  Cy", "−0.80  Di", "±0.00  Ed"}


def test_who_says_most_comes_first_whether_for_or_against() -> None:
    one = side(neighbour("Al", adds=0.1), neighbour("Bo", adds=-0.9), neighbour("Cy", adds=0.5))
    page = neighbourhood_drawing(one, side(), height=300)
    places = {n["tip"][0]: n["y"] for n in drawn(page) if n["shape"] == "dot" and "tip" in n}
    assert sorted(places, key=lambda name: places[name]) == ["Bo", "Cy", "Al"]


def test_the_legend_has_the_figures_of_each_scale() -> None:
    page = neighbourhood_drawing(side(neighbour("Al", adds=-0.8)), side(), height=300)
    legends = {
        mode: re.search(rf'<span class="{mode}">(.*?)</span>', html(page)) for mode in scales.MODES
    }
    figures = {m: re.findall("</i>([^<]*)", found[1]) for m, found in legends.items() if found}
    assert figures == {
        "evidence": ["−0.80", "−0.40", "±0.00", "+0.40", "+0.80"],
        "cross": ["0.00", "0.25", "0.50", "0.75", "1.00"],
        "self": ["0.00", "0.20", "0.40", "0.60", "0.80"],
    }


def test_without_a_network_the_legend_says_so() -> None:
    page = neighbourhood_drawing(side(neighbour("Al")), side(), height=300)
    assert "No evidence of neighbours to show" in html(page)
    assert "data-to-mode" not in html(page)


def test_an_entity_without_relations_says_so() -> None:
    page = neighbourhood_drawing(side(neighbour("Al")), side(), height=300)
    assert [n["x"] > 0 for n in drawn(page) if n["label"] == "No relations"] == [True]


def test_arrows_show_which_way_a_relation_points() -> None:
    page = neighbourhood_drawing(
        side(neighbour("Al", "actor"), neighbour("Bo", "made", inverse=True)),
        side(neighbour("Cy", "actor")),
        height=300,
    )
    labels = {n["label"] for n in drawn(page) if n["shape"] == "box"}
    assert labels >= {"actor →", "← made", "← actor"}
    arrows = [e["arrows"] for e in drawn(page, "edges")]
    heads = [end for a in arrows for end in a if isinstance(a, dict) and a[end]["enabled"]]
    assert sorted(heads) == ["from", "to", "to"]


def relation_box(page: Drawing, name: str, sign: int) -> dict[str, Any]:
    """Find the box of a relation in the left (−1) or the right half."""
    boxes = [
        node
        for node in drawn(page)
        if node["shape"] == "box" and node["label"].strip("→← ") == name and node["x"] * sign > 0
    ]
    assert len(boxes) == 1
    return boxes[0]


def test_relations_that_correspond_stand_side_by_side_in_one_colour() -> None:
    left = side(
        *(neighbour(f"star {i}", "stars", 0.9) for i in range(4)), neighbour("ann", "regie", 0.5)
    )
    right = side(
        neighbour("bo", "country", 0.95),
        neighbour("ann", "director", 0.7),
        neighbour("star 1", "acted in", 0.2, inverse=True),
    )
    known = (
        (Direction("regie"), Direction("director")),
        (Direction("stars"), Direction("acted in", True)),
    )
    page = neighbourhood_drawing(left, right, height=600, counterparts=known)
    boxes = [
        (relation_box(page, a.relation, -1), relation_box(page, b.relation, 1)) for a, b in known
    ]
    for one, two in boxes:
        assert one["y"] == two["y"]
        assert one["color"]["border"] == two["color"]["border"] == one["font"]["color"]
    assert boxes[0][0]["color"]["border"] != boxes[1][0]["color"]["border"]
    alone = relation_box(page, "country", 1)
    assert alone["font"]["color"] == LIGHT.text
    assert alone["y"] > max(two["y"] for _, two in boxes)  # what has no counterpart comes last
    assert "one colour: relations that correspond" in html(page)


def test_where_nothing_is_known_relations_of_one_name_stand_side_by_side() -> None:
    left = side(neighbour("a", "x", 0.9), neighbour("b", "same", 0.1))
    right = side(neighbour("b", "same", 0.9), neighbour("c", "y", 0.1))
    page = neighbourhood_drawing(left, right, height=600)
    assert relation_box(page, "same", -1)["y"] == relation_box(page, "same", 1)["y"]
    apart = neighbourhood_drawing(left, right, height=600, counterparts=((_X, _Y),))
    assert relation_box(apart, "same", -1)["font"]["color"] == LIGHT.text
    assert relation_box(apart, "x", -1)["y"] == relation_box(apart, "y", 1)["y"]


_X, _Y = Direction("x"), Direction("y")


def test_without_room_side_by_side_the_order_is_the_same_and_all_is_on_the_sheet() -> None:
    left = side(*(neighbour(f"a{i}", "x") for i in range(20)), neighbour("b", "y"))
    right = side(neighbour("a", "x"), *(neighbour(f"b{i}", "y") for i in range(20)))
    page = neighbourhood_drawing(left, right, height=430)
    for sign in (-1, 1):
        x, y = relation_box(page, "x", sign), relation_box(page, "y", sign)
        assert y["y"] < x["y"]
        assert x["color"]["border"] != y["color"]["border"]
    room = 430 - LEGEND_HEIGHT - BAR_HEIGHT
    assert all(abs(node["y"]) <= room / 2 for node in drawn(page))


def test_neighbours_not_shown_are_counted_by_relation() -> None:
    page = neighbourhood_drawing(
        side(neighbour("Al"), more=(More("actor", False, 37), More("genre", False, 1200))),
        side(),
        height=300,
    )
    assert {n["label"] for n in drawn(page)} >= {"+37 more", "+1,200 more"}


def test_what_does_not_fit_into_the_height_is_counted() -> None:
    cast = [neighbour(f"p{i}", adds=1 / (i + 1)) for i in range(25)]
    page = neighbourhood_drawing(side(*cast), side(), height=200)
    labels = [n["label"] for n in drawn(page)]
    shown = sum(label.startswith("+0.") or label.startswith("+1.") for label in labels)
    assert 5 < shown < 25
    assert f"+{25 - shown} more" in labels
    assert any(label.endswith("p0") for label in labels)


@pytest.mark.parametrize("count", [1, 4, 12, 25])
def test_lines_do_not_overlap_and_stay_on_the_sheet(count: int) -> None:
    one = side(
        *(neighbour(f"p{i}", f"relation {i % 7}", adds=1 / (i + 1)) for i in range(count)),
        more=tuple(More(f"other {i}", True, 5) for i in range(9)),
    )
    height = 360
    nodes = drawn(neighbourhood_drawing(one, one, height=height))
    columns: dict[float, list[float]] = {}
    for node in nodes:
        if node["shape"] == "box":
            columns.setdefault(node["x"], []).append(node["y"])
    assert len(columns) == 4  # relations and names, on both sides
    for places in columns.values():
        assert all(b - a >= 14.9 for a, b in itertools.pairwise(sorted(places)))
        assert max(map(abs, places)) <= (height - 28) / 2


def test_neighbours_of_the_same_name_are_joined_across_the_middle() -> None:
    page = neighbourhood_drawing(
        side(neighbour("Sparrows, The")), side(neighbour("The Spárrows")), height=300
    )
    assert sum("dashes" in edge for edge in drawn(page, "edges")) == 1
    assert "same name<" in html(page)


def test_of_one_name_are_joined_who_may_be_one_by_their_types() -> None:
    def joins(*left: Neighbour, right: str, **known: Any) -> int:
        state = dataclasses.replace(neighbour("OK"), type=right)
        page = neighbourhood_drawing(side(*left), side(state), height=300, **known)
        return sum("dashes" in edge for edge in drawn(page, "edges"))

    types = frozenset({("person", "person")})
    assert joins(neighbour("OK"), right="person", types=types) == 1
    assert joins(neighbour("OK"), right="state", types=types) == 0
    two = neighbour("OK"), dataclasses.replace(neighbour("OK"), id="another")
    assert joins(*two, right="person", types=types) == 0, "either may be it"
    assert joins(neighbour("OK"), right="person", evidence=Evidence()) == 0, "evidence has its own"


def test_a_table_says_the_same_to_those_who_cannot_see() -> None:
    page = neighbourhood_drawing(
        side(neighbour("Al <b>", adds=-0.25)), side(more=(More("genre", False, 4),)), height=300
    )
    assert (
        "<td>left</td><td>actor (to)</td><td>Al &lt;b&gt;</td><td>person</td><td>−0.25</td>"
        in html(page)
    )
    assert "<td>+4 more</td>" in html(page)


def test_what_happens_without_a_neighbour_stands_beside_what_it_adds() -> None:
    evidence = Evidence(affinity=((0.5,),), neighbourhood=Change(-0.1, -1.0))
    page = neighbourhood_drawing(side(seen("Al", 0)), side(), height=300, evidence=evidence)
    (label,) = [n for n in drawn(page) if n["label"].endswith("Al")]
    assert label["label"] == "+0.50  (−10%)  Al"
    assert label["tip"][-4:] == [
        "adds +0.50 to the log odds of a match",
        "cross-graph attention 0.75: whether it has a counterpart",
        "self-attention 0.80: log odds at stake",
        "without it: −10% probability, −1.00 log odds",
    ]
    assert "<td>+0.50</td><td>0.75</td><td>0.80</td><td>−10%</td><td>−1.00</td>" in html(page)
    assert "</em>probability without it<" in html(page)


def test_neighbours_that_may_be_the_same_are_linked_the_wider_the_surer() -> None:
    evidence = Evidence(affinity=((0.9, 0.2), (0.1, 0.6)))
    page = neighbourhood_drawing(
        side(seen("Al", 0), seen("Bo", 1)),
        side(seen("Cy", 0), seen("Bo", 1)),
        height=300,
        evidence=evidence,
    )
    links = {e["tip"][0]: e for e in drawn(page, "edges") if "tip" in e}
    assert set(links) == {"Al – Cy", "Bo – Bo"}
    assert links["Al – Cy"]["width"] > links["Bo – Bo"]["width"] > 1
    assert "A = 0.90" in links["Al – Cy"]["tip"][1]
    assert links["Al – Cy"]["dashes"] is False
    assert links["Bo – Bo"]["dashes"], "the same name is no matter of colour only"
    hidden = [mode.get("hidden") for mode in links["Al – Cy"]["modes"]]
    assert hidden == [False, False, True], "self-attention knows nothing of the other side"
    ends = [n for n in drawn(page) if n["id"] in (links["Al – Cy"]["from"], links["Al – Cy"]["to"])]
    assert [end["modes"] for end in ends] == [links["Al – Cy"]["modes"]] * 2, "nor do its ends"
    assert "Cy (0.90)" in html(page)


def test_each_switch_has_its_own_figures_and_scale_and_moves_nothing() -> None:
    page = neighbourhood_drawing(side(seen("Al", 0)), side(), height=300)
    (dot,) = [n for n in drawn(page) if n["shape"] == "dot" and "modes" in n]
    colours = [mode["color"]["background"] for mode in dot["modes"]]
    shares = (0.5 / 0.5, 0.75 / 1.0, 0.8 / 0.8)
    assert colours == [
        signed_colour(LIGHT.diverging, shares[0]),
        scale_colour(LIGHT.scale, shares[1]),
        scale_colour(LIGHT.scale, shares[2]),
    ]
    assert dot["size"] == dot["modes"][0]["size"]
    assert dot["modes"][1]["size"] < dot["size"] == dot["modes"][2]["size"]
    assert all(not {"x", "y"} & mode.keys() for n in drawn(page) for mode in n.get("modes", ()))
    (label,) = [n for n in drawn(page) if n["label"].endswith("Al")]
    assert [mode["label"].split()[0] for mode in label["modes"]] == ["+0.50", "0.75", "0.80"]


def test_a_click_opens_values_and_second_hop_and_says_what_the_other_side_has_too() -> None:
    left = side(dataclasses.replace(seen("Al", 0, beyond=("Heat 2", "Bo")), degree=9))
    page = neighbourhood_drawing(left, side(neighbour("Bo")), height=300)
    opened = next(n["opened"] for n in drawn(page) if n["label"].endswith("Al"))
    assert opened["lines"][0] == "Al"
    assert [(one["text"], one["also"]) for one in opened["beyond"]] == [
        ("← made  Heat 2", False),
        ("← made  Bo", True),
    ]
    assert opened["more"] == "+6 more"


def bars(page: Drawing) -> list[str]:
    """Give the rows of the bars by relation."""
    return re.findall(r'<div class="relation">(.*?)</div>', html(page))


def test_bars_sum_what_neighbours_add_by_relation_and_count_who_was_not_looked_at() -> None:
    left = side(
        seen("Al", 0), seen("Bo", 1), neighbour("Cy", "genre"), more=(More("actor", False, 37),)
    )
    evidence = Evidence(relations=((0, "actor", False, Change(-0.25, -2.0)),))
    rows = bars(neighbourhood_drawing(left, side(), height=300, evidence=evidence))
    assert len(rows) == 2
    assert 'class="bar evidence" style="left:50.0%;width:50.0%;' in rows[0]
    figures = ("evidence", "+1.00"), ("cross", "1.50"), ("self", "1.60")
    assert all(f'<b class="{mode}">{figure}</b>' in rows[0] for mode, figure in figures)
    assert "<em>(−25%)</em>" in rows[0]
    assert "2 of 39 looked at" in rows[0]
    assert "none of 1 looked at" in rows[1]


def test_a_bar_against_goes_the_other_way_on_the_scale_of_both_sides() -> None:
    left = side(neighbour("Al", adds=-0.5), neighbour("Bo", adds=0.25))
    right = side(neighbour("Cy", adds=1.0))
    rows = bars(neighbourhood_drawing(left, right, height=300))
    against, along = (signed_colour(LIGHT.diverging, sign) for sign in (-1, 1))
    assert f'style="left:37.5%;width:12.5%;background:{against}"' in rows[0]
    assert '<b class="evidence">−0.25</b>' in rows[0]
    assert f'style="left:50.0%;width:50.0%;background:{along}"' in rows[1]


def test_neighbours_without_room_on_the_canvas_are_in_bars_and_table() -> None:
    cast = [neighbour(f"p{i:02}", adds=0.1) for i in range(25)]
    page = neighbourhood_drawing(side(*cast), side(), height=200)
    assert '<b class="evidence">+2.50</b>' in bars(page)[0]
    assert "<td>p24</td>" in html(page)


def test_last_digits_of_a_contribution_move_nothing() -> None:
    """A stored figure and one computed anew differ there; the picture must not jump."""
    places = []
    for tiny in (1e-4, -1e-4):
        left = side(neighbour("Al", adds=0.251 + tiny), neighbour("Bo", "made", adds=0.251 - tiny))
        nodes = drawn(neighbourhood_drawing(left, side(), height=300))
        places.append({n["tip"][0]: n["y"] for n in nodes if n.get("tip")})
    assert places[0] == places[1]


def film(name: str, beyond: str = "", degree: int | None = None) -> Neighbour:
    """Give a neighbour with neighbours of its own, one for each letter."""
    others = tuple(Beyond(one, one, "person", "stars", False) for one in beyond)
    count = len(beyond) + 1 if degree is None else degree
    return dataclasses.replace(neighbour(name), beyond=others, degree=count)


def second_hop(page: Drawing) -> dict[str, dict[str, Any]]:
    """Give the squares of the second hop by name."""
    return {n["tip"][0]: n for n in drawn(page) if n["shape"] == "square"}


def test_the_second_hop_is_drawn_once_for_all_that_lead_to_it_and_hidden_until_asked_for() -> None:
    left = side(film("Al", "xyz"), film("Bo", "y"))
    page = neighbourhood_drawing(left, side(), height=300)
    squares = second_hop(page)
    assert set(squares) == {"x", "y", "z"}
    ids = {node["id"]: name for name, node in squares.items()}
    ends = [ids[edge["to"]] for edge in drawn(page, "edges") if edge["to"] in ids]
    assert sorted(ends) == ["x", "y", "y", "z"]
    assert squares["y"]["tip"][-2:] == ["stars →  Al", "stars →  Bo"]
    assert all(node["hidden"] and not node["hops"]["hidden"] for node in squares.values())
    assert all(not {"x", "y"} & node["hops"].keys() for node in squares.values())


def test_a_neighbour_over_two_relations_leads_to_its_second_hop_from_both_lines() -> None:
    twice = film("Al", "xy")
    left = side(twice, dataclasses.replace(twice, relation="director", beyond=()))
    page = neighbourhood_drawing(left, side(), height=300)
    places = {node["id"]: node["y"] for node in drawn(page)}
    squares = second_hop(page)
    assert set(squares) == {"x", "y"}
    lines = {n["y"] for n in drawn(page) if n["shape"] == "dot" and n["tip"][:1] == ["Al"]}
    assert len(lines) == 2
    for square in squares.values():
        starts = [e["from"] for e in drawn(page, "edges") if e["to"] == square["id"]]
        assert {places[start] for start in starts} == lines


def test_of_the_second_hop_what_is_not_drawn_is_counted() -> None:
    page = neighbourhood_drawing(side(film("Al", "xy", degree=40)), side(), height=300)
    (more,) = [n for n in drawn(page) if n["label"] == "+37 more"]
    assert more["hidden"]
    many = [film(f"film {i}", "".join(chr(0x4E00 + 6 * i + j) for j in range(6))) for i in range(9)]
    page = neighbourhood_drawing(side(*many), side(), height=300)
    shown = len(second_hop(page))
    assert 9 < shown < 54
    assert any(n["label"] == f"+{54 - shown} more" for n in drawn(page))


def test_a_neighbour_of_a_neighbour_that_is_a_neighbour_is_drawn_once() -> None:
    other = dataclasses.replace(film("Bo"), id="x")
    page = neighbourhood_drawing(side(film("Al", "x"), other), side(), height=300)
    assert second_hop(page) == {}
    assert 'data-to-hop="2"' not in html(page)


def test_what_both_sides_have_two_hops_away_comes_first_and_is_joined() -> None:
    crowd = "abcdefghijklmnopqrstuvwxy"
    left, right = side(film("Al", crowd + "z")), side(film("Bo", "z"))
    page = neighbourhood_drawing(left, right, height=300)
    squares = [n for n in drawn(page) if n["shape"] == "square"]
    both = [n for n in squares if n["tip"][0] == "z"]
    assert [n["x"] > 0 for n in both] == [False, True]
    assert all(n["tip"][-1] == "the other side has one with this name" for n in both)
    dashed = [e for e in drawn(page, "edges") if e.get("dashes") and e["hidden"]]
    assert len(dashed) == 1
    assert len({n["color"]["background"] for n in squares}) == 2, "filled, and not"


def test_with_two_hops_names_make_room_and_links_of_one_hop_go() -> None:
    evidence = Evidence(affinity=((0.9,),))
    name = "a name that is rather long for a column"
    left = side(seen(name, 0, beyond=("Bo",)))
    page = neighbourhood_drawing(left, side(seen("Cy", 0)), height=300, evidence=evidence)
    (label,) = [n for n in drawn(page) if "rather" in n["label"] and "hops" in n]
    assert len(label["hops"][0]["label"]) < len(label["label"])
    (link,) = [e for e in drawn(page, "edges") if e.get("tip", [""])[0].endswith("– Cy")]
    assert (link["modes"][0]["hidden"], link["hops"]["hidden"]) == (False, True)


def test_the_table_names_the_second_hop_too() -> None:
    page = neighbourhood_drawing(side(film("Al", "xy", degree=40)), side(), height=300)
    assert "<td>x; y +37 more</td>" in html(page)


def test_neighbours_of_one_name_are_joined_however_it_is_spelt() -> None:
    for one, other in (("McKee, Ben", "ben mckee"), ("Łódź", "LODZ"), ("Olé", "Ole\u0301")):
        assert name_key(one) == name_key(other)
    assert name_key("Ben") != name_key("Dan")
    assert name_key("\u200b") == "\u200b"

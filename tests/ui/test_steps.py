import json
import xml.etree.ElementTree as ET
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from kgreview.aligner.explanation import (
    NeighbourAttention,
    PairAttention,
    RoundSteps,
    Steps,
    Waterfall,
)
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.schema import Schema
from kgreview.ui.palette import LIGHT
from kgreview.ui.steps import named_steps, steps_svg

EVIL = "</text><script>alert(1)</script>\u202e"
SVG = "{http://www.w3.org/2000/svg}"


def film(name: str, actor: str, relation: str = "actor") -> KnowledgeGraph:
    return KnowledgeGraph.from_columns(
        ids=pa.array(["f", "p"]),
        types=pa.array(["film", "person"]),
        value_entities=np.array([0, 1]),
        value_attributes=pa.array(["name", "name"]),
        values=pa.array([name, actor]),
        edge_heads=np.array([0]),
        edge_relations=pa.array([relation]),
        edge_tails=np.array([1]),
    )


NAMES = {"film": ("name",), "person": ("name",)}
SCHEMA = Schema((), NAMES, NAMES)


def steps(count: int = 1, **others: Any) -> Steps:
    """One neighbour over one relation, as often as is said."""
    left = NeighbourAttention(1, 0, 0.75, 0.31, 1.5, 0)
    right = NeighbourAttention(1, 0, -0.5, 0.62, 0.8, 0)
    values: dict[str, Any] = {
        "attention": PairAttention((left,) * count, (right,) * count),
        "chances": ((0.25,) * count, (0.13,) * count),
        "degrees": (7, 7),
        "affinity": ((0.43,) * count,) * count,
        "waterfall": Waterfall(
            -4.0, ((("title", "name"), 2.5), (("year", "year"), -1.0)), 0.3, -1.95
        ),
        "rounds": (RoundSteps(-1.4, 0.35), RoundSteps(-2.2, 0.25)),
        "temperature": 1.0,
        "cap": 10,
        "probability": 0.125,
        "threshold": 0.45,
    }
    return Steps(**(values | others))


def named(left: str = "Heat", right: str = "Hitze", count: int = 1, **others: Any) -> dict:
    graphs = film(left, "Al"), film(right, "Bo")
    return named_steps(steps(count, **others), graphs, (0, 0), SCHEMA)


def texts(svg: str) -> list[str]:
    return [str(text.text) for text in ET.fromstring(svg).iter(f"{SVG}text")]


def test_numbers_have_the_names_of_the_graphs_and_survive_json() -> None:
    found = named()
    assert json.loads(json.dumps(found)) == found
    left = found["left"]
    assert (left["id"], left["name"], left["type"], left["degree"]) == ("f", "Heat", "film", 7)
    assert left["neighbours"] == [
        {
            "id": "p",
            "name": "Al",
            "relation": "actor",
            "inverse": False,
            "chance": 0.25,
            "cross": 0.31,
            "self": 1.5,
            "contribution": 0.75,
        }
    ]
    assert found["right"]["neighbours"][0]["name"] == "Bo"
    assert found["rounds"][1] == {"belief": -2.2, "evidence": 0.25}


def test_numbers_add_up_to_the_log_odds() -> None:
    fall = named()["waterfall"]
    attributes = sum(each["contribution"] for each in fall["attributes"])
    assert fall["neighbours"] == 0.25
    parts = fall["prior"] + attributes + fall["neighbours"] + fall["competitors"]
    assert parts == pytest.approx(fall["log_odds"])


def test_every_figure_that_a_colour_stands_for_is_written() -> None:
    words = texts(steps_svg(named()))
    for figure in ("0.25", "0.31", "1.50", "+0.75", "0.13", "0.62", "0.80", "−0.50", "0.43"):
        assert figure in words, figure
    assert {"Left sample: 1 of 7", "Right sample: 1 of 7", "Al", "Bo actor →"} <= set(words)


def test_what_is_for_and_what_is_against_have_the_colours_of_the_review_page() -> None:
    svg = steps_svg(named())
    assert f'fill="{LIGHT.diverging[-1]}"' in svg
    assert f'fill="{LIGHT.diverging[0]}"' in svg


def test_the_score_is_told_step_by_step() -> None:
    words = texts(steps_svg(named()))
    told = [
        "before anything is compared",
        "+ own attributes",
        "+ neighbours",
        "+ competing candidates",
        "= log odds",
        "probability",
        "threshold",
    ]
    figures = ["−4.00", "+1.50", "+0.25", "+0.30", "−1.95", "12%", "45%"]
    for step, figure in zip(told, figures, strict=True):
        assert words[words.index(step) + 1] == figure


def test_rounds_tell_what_was_believed_and_what_neighbours_add() -> None:
    words = texts(steps_svg(named()))
    for step, figure in (("believed before round 1", "−1.40"), ("neighbours in round 2", "+0.25")):
        assert words[words.index(step) + 1] == figure
    none = texts(steps_svg(named(rounds=())))
    assert "no candidate: nothing was believed of it before" in none


def test_attributes_without_a_bar_are_counted() -> None:
    many = tuple(((f"a{i}", None), 1.0 + i) for i in range(9))
    words = texts(steps_svg(named(waterfall=Waterfall(0.0, many, 0.0, 45.0))))
    assert "+9.00" in words
    assert "2 more: +3.00" in words
    nothing = texts(steps_svg(named(waterfall=Waterfall(0.0, (), 0.0, 0.0))))
    assert "nothing to compare" in nothing


@pytest.mark.parametrize("count", [0, 1, 30])
def test_any_number_of_neighbours_stays_on_the_sheet(count: int) -> None:
    root = ET.fromstring(steps_svg(named(count=count)))
    width, height = (float(v) for v in root.attrib["viewBox"].split()[2:])
    for box in list(root.iter(f"{SVG}rect"))[1:]:
        assert 0 <= float(box.attrib["x"]) <= width - float(box.attrib["width"]) + 1
        assert 0 <= float(box.attrib["y"]) <= height - float(box.attrib["height"]) + 1
    assert ("no neighbours" in texts(ET.tostring(root, "unicode"))) == (count == 0)


@pytest.mark.parametrize("evil", [EVIL, "A" * 10_000, "{{7*7}}&amp;<b>", "👩‍🚀\x00\x08\ud7ff"])
def test_hostile_names_are_text_in_a_whole_picture(evil: str) -> None:
    graphs = film(evil, evil, evil), film(evil, evil, evil)
    hostile = steps(waterfall=Waterfall(0.0, (((evil, evil), 1.0),), 0.0, 1.0))
    svg = steps_svg(named_steps(hostile, graphs, (0, 0), SCHEMA), dark=True)
    tags = {element.tag for element in ET.fromstring(svg).iter()}
    assert tags == {f"{SVG}svg", f"{SVG}rect", f"{SVG}text"}
    assert "href" not in svg
    assert len(svg) < 40_000

import json
import xml.etree.ElementTree as ET

import numpy as np
import pyarrow as pa
import pytest

from kgreview.aligner.explanation import Layers, NetworkLayers, SampledNeighbour, SideLayers
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.schema import Schema
from kgreview.views.layers import layers_svg, named_layers

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


def side(cross: float, count: int = 1) -> SideLayers:
    seen = SampledNeighbour(1, 0, 0.25, 1.5, 0.75, cross, 0.125)
    return SideLayers((seen,) * count, 7, ((0, 1.25),) * (count > 0), (0.5, 0.0))


def layers(count: int = 1, networks: int = 2) -> Layers:
    network = NetworkLayers(
        side(0.31, count), side(0.62, count), ((0.43,) * count,) * count, 1.9, 2.2
    )
    return Layers((network,) * networks, 10, 1.0, 2.6, -4.8, -3.9, 0.02, 0.45)


def named(left: str = "Heat", right: str = "Hitze", count: int = 1, networks: int = 2) -> dict:
    graphs = film(left, "Al"), film(right, "Bo")
    return named_layers(layers(count, networks), graphs, (0, 0), SCHEMA)


def texts(svg: str) -> list[str]:
    return [str(text.text) for text in ET.fromstring(svg).iter(f"{SVG}text")]


def test_numbers_have_the_names_of_the_graphs_and_survive_json() -> None:
    found = named()
    assert json.loads(json.dumps(found)) == found
    assert found["left"] == {"id": "f", "name": "Heat", "type": "film"}
    neighbour = found["networks"][0]["left"]["neighbours"][0]
    assert (neighbour["name"], neighbour["relation"], neighbour["inverse"]) == (
        "Al",
        "actor",
        False,
    )
    assert found["networks"][1]["right"]["vector"] == [0.5, 0.0]


def test_every_figure_that_a_colour_stands_for_is_written() -> None:
    words = texts(layers_svg(named()))
    for figure in ("0.25", "0.75", "0.31", "0.62", "0.12", "0.43", "1.25"):
        assert figure in words, figure
    assert {"Left sample: 1 of 7", "Right sample: 1 of 7", "Al", "Bo actor →"} <= set(words)


def test_the_score_is_told_step_by_step() -> None:
    words = texts(layers_svg(named()))
    steps = ["network 1", "network 2", "their mean", "among its rivals", "probability"]
    places = [words.index(step) for step in steps]
    assert places == sorted(places)
    assert {"+2.20", "+2.60", "-4.80", "-3.90", "2%", "45%"} <= set(words)
    assert "their mean" not in texts(layers_svg(named(networks=1)))


@pytest.mark.parametrize("count", [0, 1, 30])
def test_any_number_of_neighbours_stays_on_the_sheet(count: int) -> None:
    root = ET.fromstring(layers_svg(named(count=count)))
    width, height = (float(v) for v in root.attrib["viewBox"].split()[2:])
    for box in list(root.iter(f"{SVG}rect"))[1:]:
        assert 0 <= float(box.attrib["x"]) <= width - float(box.attrib["width"]) + 1
        assert 0 <= float(box.attrib["y"]) <= height - float(box.attrib["height"]) + 1
    assert ("no neighbours" in texts(ET.tostring(root, "unicode"))) == (count == 0)


@pytest.mark.parametrize("evil", [EVIL, "A" * 10_000, "{{7*7}}&amp;<b>", "👩‍🚀\x00\x08\ud7ff"])
def test_hostile_names_are_text_in_a_whole_picture(evil: str) -> None:
    graphs = film(evil, evil, evil), film(evil, evil, evil)
    found = named_layers(layers(), graphs, (0, 0), SCHEMA)
    svg = layers_svg(found, dark=True)
    tags = {element.tag for element in ET.fromstring(svg).iter()}
    assert tags == {f"{SVG}svg", f"{SVG}rect", f"{SVG}text"}
    assert "href" not in svg
    assert len(svg) < 40_000

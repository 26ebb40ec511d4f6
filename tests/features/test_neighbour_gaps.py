import pytest

from kgreview.features.neighbour_gaps import neighbour_gaps
from kgreview.features.similarity import PairSimilarity
from kgreview.graph.suggestion import infer_schema


@pytest.fixture
def graphs(make_graph):
    """Films with people, who have six text attributes, over eight relations."""

    def side(letter):
        people = [(f"{letter}p{i}", "person") for i in range(8)]
        films = [(f"{letter}f{i}", "film") for i in range(8)]
        values = [(film, "name", f"Film {chr(65 + i)}") for i, (film, _) in enumerate(films)]
        for i, (person, _) in enumerate(people):
            values.append((person, "name", f"Person {chr(75 + i)}"))
            values += [(person, f"said {n}", f"word {chr(65 + i)} {n}") for n in range(6)]
            values.append((person, "born", f"19{50 + i}-01-01"))
            values.append((films[i][0], "plot", f"story {chr(75 + i)}"))
        edges = [
            (films[i][0], f"relation {n}", people[(i + n) % 8][0])
            for n in range(8)
            for i in range(8 - n)
        ]
        return make_graph(films + people, values, edges)

    return side("l"), side("r")


def gaps(graphs, schema=None):
    left, right = graphs
    similarity = PairSimilarity.fit(left, right, schema or infer_schema(left, right))
    return list(
        neighbour_gaps("left", left, similarity.left, (a for a, _ in similarity.text_pairs))
    )


def test_what_is_not_compared_at_neighbours_is_named_and_counted(graphs):
    attributes, relations = gaps(graphs)
    assert attributes.startswith("left attributes that are not compared at neighbours (")
    assert "'born'" in attributes  # amounts of neighbours never are
    assert relations.startswith("left relations whose neighbours are compared by type alone (")
    shown = relations.partition("): ")[2].split(", ")
    assert len(shown) == 8
    assert shown[-1].endswith("more")


def test_nothing_is_said_of_what_no_neighbour_has(make_graph):
    def side(letter):
        rows = [(f"{letter}{i}", "name", f"Thing {chr(65 + i)}") for i in range(4)]
        rows += [(f"{letter}{i}", "born", f"195{i}-01-01") for i in range(4)]
        return make_graph([(f"{letter}{i}", "thing") for i in range(4)], rows)

    assert gaps((side("l"), side("r"))) == []

from __future__ import annotations

import gzip

import pyoxigraph as ox
import pytest

from kgreview.exchange.alignment import What
from kgreview.exchange.export_rdf import write_alignment, write_ntriples, write_turtle
from kgreview.exchange.links import read_link_source
from kgreview.exchange.writing import Target
from kgreview.graph.schema import Schema, TypePair
from kgreview.progress import silent, unheard
from kgreview.store.outcomes import Outcome

from .conftest import decision

SAME = "http://www.w3.org/2002/07/owl#sameAs"


def written(tmp_path, write, export, name):
    path = tmp_path / name
    write(Target(path, name.endswith(".gz"), silent, unheard), export)
    return path


def test_matches_as_triples_below_what_they_rest_on(tmp_path, make_export):
    path = written(tmp_path, write_ntriples, make_export(What.PREDICTED), "a.nt")
    comments, triples = path.read_text("utf-8").split("\n", 5)[:5], list(ox.parse(path=path))
    assert comments[0].startswith("# Alignment of the project My films, part accepted+predicted")
    assert comments[1] == "# Holds 1 accepted, 1 known links, 1 predicted"
    assert [(t.subject.value, t.predicate.value, t.object.value) for t in triples] == [
        (f"urn:kgreview:my-films:left:lib:l{n}", SAME, f"http://two.example/m#r{n}")
        for n in range(3)
    ]


@pytest.mark.parametrize("predicate", ["sameAs", "exactMatch"])
def test_turtle_says_the_same(tmp_path, make_export, predicate):
    many = [decision("lib:l0", f"http://two.example/m#r{n}", Outcome.MATCH) for n in range(3)]
    many.append(decision("lib:l2", "http://two.example/m#r4", Outcome.MATCH))
    export = make_export(decisions=many, predicate=predicate)
    turtle = set(ox.parse(path=written(tmp_path, write_turtle, export, "a.ttl")))
    assert turtle == set(ox.parse(path=written(tmp_path, write_ntriples, export, "a.nt")))
    assert len(turtle) == 4
    assert predicate in next(iter(turtle)).predicate.value
    empty = written(tmp_path, write_turtle, make_export(decisions=()), "e.ttl")
    assert list(ox.parse(path=empty)) == []


def test_an_alignment_has_a_cell_for_each_match(tmp_path, make_export):
    path = written(tmp_path, write_alignment, make_export(What.PREDICTED), "a.rdf")
    space = "http://knowledgeweb.semanticweb.org/heterogeneity/alignment#"
    triples = list(ox.parse(path=path))
    measures = [t.object.value for t in triples if t.predicate.value == f"{space}measure"]
    assert measures == ["1", "1", "0.9375"]
    assert [t.object.value for t in triples if t.predicate.value == f"{space}type"] == ["11"]


@pytest.mark.parametrize(
    ("write", "name"),
    [
        (write_ntriples, "a.nt"),
        (write_ntriples, "a.nt.gz"),
        (write_turtle, "a.ttl"),
        (write_turtle, "a.ttl.gz"),
        (write_alignment, "a.rdf"),
        (write_alignment, "a.rdf.gz"),
    ],
)
def test_read_back_it_links_the_same_entities_whatever_their_ids(
    tmp_path, make_export, make_graph, write, name
):
    left = [f"id {c}" for c in "<>\"&'|\\^`{}%é#?/"]
    right = [f"http://two.example/{c}" for c in "<>\"&'|\\^`{}%é#?/"]
    graphs = make_graph([(n, "film") for n in left]), make_graph([(n, "film") for n in right])
    said = [decision(*pair, Outcome.MATCH) for pair in zip(left, right, strict=True)]
    schema = Schema((TypePair("film", "film"),), {}, {})
    path = written(tmp_path, write, make_export(decisions=said, graphs=graphs, schema=schema), name)
    links = read_link_source(path, *graphs)
    assert links.left.tolist() == links.right.tolist() == list(range(len(left)))


def test_the_same_export_is_the_same_file_when_it_is_compressed(tmp_path, make_export):
    one, two = (
        written(tmp_path, write_ntriples, make_export(), name) for name in ("a.nt.gz", "b.nt.gz")
    )
    assert one.read_bytes() == two.read_bytes()
    assert gzip.decompress(one.read_bytes()).startswith(b"# Alignment")


@pytest.mark.parametrize("write", [write_ntriples, write_turtle])
def test_qualified_matches_have_a_predicate_of_their_own(tmp_path, make_export, write):
    right = "http://two.example/m#r"
    said = [
        decision("lib:l0", f"{right}0", Outcome.MATCH),
        decision("lib:l0", f"{right}1", Outcome.CLOSE),
        decision("lib:l0", f"{right}2", Outcome.CLOSE),
        decision("lib:l1", f"{right}1", Outcome.NARROWER),
    ]
    path = tmp_path / "films.ttl"
    write(Target(path, False, silent, unheard), make_export(decisions=said))
    found = {
        (str(p).rsplit("#")[-1].strip("<>"), str(o).strip("<>").removeprefix(right))
        for _, p, o, *_ in ox.parse(path.read_bytes(), format=ox.RdfFormat.TURTLE)
    }
    assert found == {
        ("sameAs", "0"),
        ("closeMatch", "1"),
        ("closeMatch", "2"),
        ("narrowMatch", "1"),
    }


def test_an_alignment_has_matches_alone_and_says_what_it_leaves_out(tmp_path, make_export):
    said = [decision("lib:l0", "http://two.example/m#r1", Outcome.RELATED)]
    told = []
    write_alignment(
        Target(tmp_path / "a.rdf", False, silent, told.append), make_export(decisions=said)
    )
    assert "<Cell>" not in (tmp_path / "a.rdf").read_text("utf-8")
    assert told[0].startswith("1 pair that is close, broader, narrower or related left out")

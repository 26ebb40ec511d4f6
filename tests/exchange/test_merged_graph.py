from __future__ import annotations

import pyoxigraph as ox
import pytest

from kgreview.exchange.export_merged import TABLES, write_merged_tables, write_nquads
from kgreview.exchange.merged_graph import SIDES, merge
from kgreview.exchange.writing import Target
from kgreview.graph.readers import read_table_folder
from kgreview.graph.schema import AttributePair, Schema, TypePair
from kgreview.progress import silent, unheard
from kgreview.store.outcomes import Outcome
from kgreview.text.readings import Reading, ValueType

from .conftest import decision

FILMS = TypePair("film", "movie")
NUMBER = Reading(ValueType.NUMBER)
SCHEMA = Schema(
    (FILMS,),
    {"film": ("title",)},
    {"movie": ("name",)},
    (
        AttributePair(FILMS, "title", "name", 0.9),
        AttributePair(FILMS, "year", "name", 0.1),
        AttributePair(FILMS, "year", "released", 0.8),
    ),
    {"year": NUMBER},
    {"released": NUMBER},
    {},
    {"released": ("unknown",)},
)


@pytest.fixture
def sides(make_graph):
    """Alien twice on the right, Solaris once a side, and a person on the left alone."""
    left = make_graph(
        [("a", "film"), ("b", "film"), ("c", "person")],
        [
            *(("a", "title", "Alien"), ("a", "year", "1979"), ("a", "genre", "horror, 'space'\n")),
            *(("b", "title", "Solaris"), ("b", "year", "1972"), ("c", "name", "Ridley Scott")),
        ],
        [("a", "directed by", "c"), ("a", "like", "b")],
    )
    right = make_graph(
        [("A", "movie"), ("B", "movie"), ("S", "movie")],
        [
            *(("A", "name", "ALIEN"), ("A", "released", "1979.0"), ("A", "votes", "7")),
            *(("B", "name", "Alien (1979)"), ("B", "name", "Alien"), ("B", "released", "unknown")),
            *(("S", "name", "Solyaris"), ("S", "released", "1971")),
        ],
        [("A", "like", "S"), ("S", "like", "A")],
    )
    return left, right


def said():
    return [decision(*pair, Outcome.MATCH) for pair in ("aA", "aB", "bS")]


def values(graph, part):
    return [
        f"{entity} {graph.attribute_names[name]} {graph.texts[where].as_py()} {SIDES[side - 1]}"
        for entity, name, side, where in zip(
            *(part.entity, part.name, part.sides, part.where), strict=True
        )
    ]


def merged(make_export, sides, rule="keep_both"):
    export = make_export(decisions=said(), graphs=sides, schema=SCHEMA, values=rule)
    return merge(*sides, SCHEMA, export.groups, rule)


def test_one_entity_a_group_with_the_values_of_both_sides(make_export, sides):
    graph = merged(make_export, sides)
    assert graph.types == ("film", "film", "person")
    assert sorted(values(graph, graph.values)) == sorted(
        [
            *("0 title Alien both", "0 title ALIEN right", "0 title Alien (1979) right"),
            *("0 year 1979 left", "0 year 1979.0 right", "0 year unknown right"),
            *("0 genre horror, 'space'\n left", "0 votes 7 right"),
            *("1 title Solaris left", "1 title Solyaris right"),
            *("1 year 1972 left", "1 year 1971 right", "2 name Ridley Scott left"),
        ]
    )
    assert len(graph.dropped) == 0
    # titles of both films and the year of one differ; 1979 and 1979.0, Alien and ALIEN do not
    assert graph.conflicts == 3


def test_a_rule_drops_what_the_other_side_says_where_both_speak(make_export, sides):
    graph = merged(make_export, sides, "left")
    assert values(graph, graph.dropped) == [
        *("0 title ALIEN right", "0 title Alien (1979) right", "0 year 1979.0 right"),
        *("0 year unknown right", "1 title Solyaris right", "1 year 1971 right"),
    ]
    graph = merged(make_export, sides, "right")
    assert values(graph, graph.dropped) == [
        *("0 year 1979 left", "1 title Solaris left", "1 year 1972 left"),
    ]
    assert graph.types == ("movie", "movie", "person")


def test_the_most_frequent_value_counts_entities_and_a_tie_goes_to_the_left(make_export, sides):
    graph = merged(make_export, sides, "most_frequent")
    assert values(graph, graph.dropped) == [
        *("0 title ALIEN right", "0 title Alien (1979) right", "0 year 1979.0 right"),
        *("0 year unknown right", "1 title Solyaris right", "1 year 1971 right"),
    ]


def test_a_value_that_two_of_three_entities_state_is_kept(make_export, make_graph):
    left = make_graph([("a", "film")], [("a", "year", "1978")])
    right = make_graph(
        [("A", "movie"), ("B", "movie")], [("A", "released", "1979"), ("B", "released", "1979.0")]
    )
    export = make_export(
        decisions=said()[:2],
        graphs=(left, right),
        schema=Schema(
            (FILMS,), {}, {}, SCHEMA.attributes[2:], {"year": NUMBER}, {"released": NUMBER}
        ),
    )
    graph = merge(left, right, export.schema, export.groups, "most_frequent")
    assert values(graph, graph.values) == ["0 year 1979 right", "0 year 1979.0 right"]
    assert values(graph, graph.dropped) == ["0 year 1978 left"]


def test_relations_that_both_state_stand_once(make_export, sides):
    graph = merged(make_export, sides)
    assert [
        f"{head} {graph.relation_names[name]} {tail} {SIDES[side - 1]}"
        for head, name, side, tail in zip(
            *(graph.relations.entity, graph.relations.name),
            *(graph.relations.sides, graph.relations.where),
            strict=True,
        )
    ] == ["0 directed by 2 left", "0 like 1 both", "1 like 0 right"]


def test_the_folder_can_be_imported_again_and_says_who_became_whom(tmp_path, make_export, sides):
    export = make_export(decisions=said(), graphs=sides, schema=SCHEMA, values="left")
    told: list[str] = []
    write_merged_tables(Target(tmp_path, False, silent, told.append), export)
    assert {path.name for path in tmp_path.iterdir()} == TABLES
    graph = read_table_folder(tmp_path)
    assert graph.num_entities == 3
    assert graph.attributes(graph.row(export.group_ids[0])) == {
        "genre": ["horror, 'space'\n"],
        "title": ["Alien"],
        "year": ["1979"],
        "votes": ["7"],
    }
    members = (tmp_path / "members.csv").read_text("utf-8").replace('"', "").splitlines()
    ids = export.group_ids
    assert members == [
        "entity,side,id",
        *(f"{ids[0]},left,a", f"{ids[1]},left,b", f"{ids[2]},left,c"),
        *(f"{ids[0]},right,A", f"{ids[0]},right,B", f"{ids[1]},right,S"),
    ]
    assert "Solyaris" in (tmp_path / "dropped.csv").read_text("utf-8")
    assert "Values: left" in (tmp_path / "note.txt").read_text("utf-8")
    assert told == [
        "on 3 attributes of merged entities the sides differ; by the rule left 6 values were "
        "dropped"
    ]


@pytest.mark.parametrize("name", ["a.nq", "a.nq.gz"])
def test_quads_have_a_graph_for_each_side(tmp_path, make_export, sides, name):
    export = make_export(decisions=said(), graphs=sides, schema=SCHEMA, values="left")
    path = tmp_path / name
    write_nquads(Target(path, name.endswith("gz"), silent, unheard), export)
    if name.endswith("gz"):
        import gzip

        quads = list(ox.parse(gzip.decompress(path.read_bytes()), format=ox.RdfFormat.N_QUADS))
    else:
        quads = list(ox.parse(path=path))
    assert len(quads) == len(set(quads))
    base = "urn:kgreview:my-films"
    alien = ox.NamedNode(f"{base}:entity:{export.group_ids[0]}")
    graphs = {part: ox.NamedNode(f"{base}:graph:{part}")
              for part in ("left", "right", "dropped:right")}  # fmt: skip

    def about(graph):
        return {
            (quad.predicate.value.removeprefix(f"{base}:"), quad.object.value)
            for quad in quads
            if quad.graph_name == graph and quad.subject == alien
        }

    rdf_type = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
    solaris = f"{base}:entity:{export.group_ids[1]}"
    assert about(graphs["left"]) == {
        (rdf_type, f"{base}:type:film"),
        *(("attribute:title", "Alien"), ("attribute:year", "1979")),
        ("attribute:genre", "horror, 'space'\n"),
        ("relation:directed%20by", f"{base}:entity:{export.group_ids[2]}"),
        ("relation:like", solaris),
    }
    assert about(graphs["right"]) == {
        (rdf_type, f"{base}:type:movie"),
        *(("attribute:title", "Alien"), ("attribute:votes", "7")),
        ("relation:like", solaris),
    }
    assert about(graphs["dropped:right"]) == {
        *(("attribute:title", "ALIEN"), ("attribute:title", "Alien (1979)")),
        *(("attribute:year", "1979.0"), ("attribute:year", "unknown")),
    }
    derived = "http://www.w3.org/ns/prov#wasDerivedFrom"
    assert about(ox.DefaultGraph()) == {
        (derived, f"{base}:left:a"),
        (derived, f"{base}:right:A"),
        (derived, f"{base}:right:B"),
    }


def test_graphs_without_values_and_relations_are_merged_too(tmp_path, make_export, make_graph):
    graphs = make_graph([("a", "film")]), make_graph([("A", "movie")])
    export = make_export(decisions=(), graphs=graphs)
    for rule in ("keep_both", "left", "most_frequent"):
        graph = merge(*graphs, export.schema, export.groups, rule)
        assert (len(graph.values), len(graph.relations), graph.conflicts) == (0, 0, 0)
    write_merged_tables(Target(tmp_path, False, silent, unheard), export)
    assert (tmp_path / "relations.csv").read_text().replace('"', "") == "head,relation,tail,side\n"


# ---------------------------------------------------------------- languages and datatypes

YEAR = "^^http://www.w3.org/2001/XMLSchema#gYear"


@pytest.fixture
def tagged(make_export, make_graph):
    """Alien on both sides, its title in other languages each."""
    left = make_graph(
        [("a", "film")],
        [("a", "title", "Alien"), ("a", "title", "Obcy"), ("a", "year", "1979")],
        tags=["@de @en", "@pl", YEAR],
    )
    right = make_graph(
        [("A", "movie"), ("B", "movie")],
        [
            ("A", "name", "Alien"),
            ("B", "name", "Alien"),
            ("B", "name", "Obcy"),
            ("A", "votes", "7"),
        ],
        tags=["@fr", "@it", "", "@no"],
    )
    return make_export(decisions=said()[:2], graphs=(left, right), schema=SCHEMA)


def test_quads_have_a_literal_for_each_language_of_a_side(tmp_path, tagged):
    told: list[str] = []
    write_nquads(Target(tmp_path / "a.nq", False, silent, told.append), tagged)
    literals = {
        (quad.graph_name.value.rpartition(":")[2], quad.predicate.value.rpartition(":")[2],
         str(quad.object))
        for quad in ox.parse(path=tmp_path / "a.nq")
        if isinstance(quad.object, ox.Literal) and quad.graph_name != ox.DefaultGraph()
    }  # fmt: skip
    assert literals == {
        *(("left", "title", f'"Alien"@{language}') for language in ("de", "en")),
        *(("right", "title", f'"Alien"@{language}') for language in ("fr", "it")),
        *(("left", "title", '"Obcy"@pl'), ("right", "title", '"Obcy"')),
        ("left", "year", f'"1979"^^<{YEAR[2:]}>'),
        ("right", "votes", '"7"@no'),
    }
    assert not any("without a language" in each for each in told)


def test_the_table_folder_reads_its_languages_and_datatypes_back(tmp_path, tagged):
    write_merged_tables(Target(tmp_path, False, silent, unheard), tagged)
    graph = read_table_folder(tmp_path)
    assert graph.attributes(0) == {"title": ["Alien", "Obcy"], "votes": ["7"], "year": ["1979"]}
    assert graph.tags(0)["title"] == ["@de @en @fr @it", "@pl"]
    assert graph.tags(0)["year"] == [YEAR]


def test_a_language_that_rdf_does_not_know_is_left_out_and_counted(
    tmp_path, make_export, make_graph
):
    left = make_graph([("a", "film")], [("a", "title", "Alien")], tags=["@not_a_language"])
    export = make_export(decisions=(), graphs=(left, make_graph([("A", "movie")])), schema=SCHEMA)
    told: list[str] = []
    write_nquads(Target(tmp_path / "a.nq", False, silent, told.append), export)
    assert told == ["1 values without a language or datatype, as it is none that RDF knows"]
    assert ox.Literal("Alien") in {quad.object for quad in ox.parse(path=tmp_path / "a.nq")}


# ---------------------------------------------------------------- the newest

CHANGED = {"left_changed": "changed", "right_changed": "modified"}


def newest(make_export, make_graph, left, right):
    """Give the titles that are kept of "Alien" on the left and "Alien!" on the right."""
    dates = [("a", "changed", left)] if left else []
    others = [("A", "modified", right)] if right else []
    graphs = (
        make_graph([("a", "film")], [("a", "title", "Alien"), *dates]),
        make_graph([("A", "movie")], [("A", "name", "Alien!"), *others]),
    )
    export = make_export(decisions=said()[:1], graphs=graphs, schema=SCHEMA)
    changed = CHANGED["left_changed"], CHANGED["right_changed"]
    graph = merge(*graphs, SCHEMA, export.groups, "newest", changed)
    return [each.split()[2] for each in values(graph, graph.values) if " title " in each]


@pytest.mark.parametrize(
    ("left", "right", "kept"),
    [
        ("2026-05-01", "2026-04-30T23:59:00Z", ["Alien"]),
        ("2026-05-01", "2 May 2026", ["Alien!"]),
        ("2026-05-01", "2026-05-01", ["Alien", "Alien!"]),
        ("2026-05-01", "", ["Alien", "Alien!"]),
        ("", "", ["Alien", "Alien!"]),
        ("soon", "2026-05-01", ["Alien", "Alien!"]),
    ],
)
def test_the_newest_values_are_those_of_who_was_changed_last(
    make_export, make_graph, left, right, kept
):
    assert newest(make_export, make_graph, left, right) == kept

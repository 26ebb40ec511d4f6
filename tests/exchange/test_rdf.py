"""RDF becomes a graph of entities, the same one from each syntax."""

from __future__ import annotations

import gzip
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgreview.errors import InputError
from kgreview.exchange.forms import SourceOptions
from kgreview.exchange.rdf_files import SYNTAXES
from kgreview.exchange.sources import form_of, read_source
from kgreview.graph.naming import name_attributes
from kgreview.graph.readers import read_table_folder

BENCHMARKS = Path(__file__).parents[3] / "shared" / "benchmarks"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
TYPE = f"{RDF}type"
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
OWL = "http://www.w3.org/2002/07/owl#"
SUBCLASS, SAME = "http://www.w3.org/2000/01/rdf-schema#subClassOf", f"{OWL}sameAs"
XSD = "http://www.w3.org/2001/XMLSchema#"
EX = "http://ex.org/"
ENDINGS = [syntax.endings[0] for syntax in SYNTAXES]

PREFIXES = f"""
@prefix : <{EX}> .
@prefix rdf: <{RDF}> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix xsd: <{XSD}> .
"""
FILMS = """
:alien a :Film ; rdfs:label "Alien"@en, "Alien – Das unheimliche Wesen"@de ;
    :year "1979"^^xsd:gYear ; :director :scott ; :site <http://alien.example> .
:scott a :Person ; rdfs:label "Ridley Scott" ; :born "1937-11-30"^^xsd:date ;
    :address [ :street "Pall Mall" ; :city :london ] .
:london a :City ; rdfs:label "London"@en .
"""


def read(path, **options):
    """Give what is read, and the notes."""
    notes = []
    graph = read_source(path, SourceOptions(**options), notice=notes.append)
    return graph, notes


def from_turtle(folder, text, **options):
    file = folder / "graph.ttl"
    file.write_text(PREFIXES + text, encoding="utf-8")
    return read(file, **options)


def written_as(text, ending, path):
    """Write Turtle in another syntax."""
    syntax = next(syntax for syntax in SYNTAXES if ending in syntax.endings)
    quads = ox.parse((PREFIXES + text).encode(), format=ox.RdfFormat.TURTLE)
    if syntax.format.supports_datasets:
        ox.serialize(quads, path, format=syntax.format)
    else:
        ox.serialize((quad.triple for quad in quads), path, format=syntax.format)
    return path


# ---------------------------------------------------------------- syntaxes


def test_iris_literals_and_relations_become_entities_values_and_relations(tmp_path, facts_of):
    graph, notes = from_turtle(tmp_path, FILMS)
    facts = facts_of(graph)
    assert facts.types == {
        f"{EX}alien": f"{EX}Film",
        f"{EX}scott": f"{EX}Person",
        f"{EX}london": f"{EX}City",
    }
    street = f"<{EX}address>/<{EX}street>"
    assert facts.values == {
        (f"{EX}alien", LABEL, "Alien"),
        (f"{EX}alien", LABEL, "Alien – Das unheimliche Wesen"),
        (f"{EX}alien", f"{EX}year", "1979"),
        (f"{EX}alien", f"{EX}site", "http://alien.example"),
        (f"{EX}scott", LABEL, "Ridley Scott"),
        (f"{EX}scott", f"{EX}born", "1937-11-30"),
        (f"{EX}scott", street, "Pall Mall"),
        (f"{EX}london", LABEL, "London"),
    }
    assert facts.relations == {
        (f"{EX}alien", f"{EX}director", f"{EX}scott"),
        (f"{EX}scott", f"<{EX}address>/<{EX}city>", f"{EX}london"),
    }
    assert facts.tags == {
        (f"{EX}alien", LABEL, "Alien"): "@en",
        (f"{EX}alien", LABEL, "Alien – Das unheimliche Wesen"): "@de",
        (f"{EX}alien", f"{EX}year", "1979"): f"^^{XSD}gYear",
        (f"{EX}alien", f"{EX}site", "http://alien.example"): f"^^{XSD}anyURI",
        (f"{EX}scott", f"{EX}born", "1937-11-30"): f"^^{XSD}date",
        (f"{EX}london", LABEL, "London"): "@en",
    }
    assert notes == [
        "blank nodes read as part of the entity that names them, by paths such as "
        "address/street: 1",
        "IRIs of which nothing is stated, read as values: 1 (as 'http://alien.example')",
    ]


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzipped"])
def test_each_syntax_gives_the_same_graph(tmp_path, ending, packed, facts_of):
    expected, notes = from_turtle(tmp_path, FILMS)
    file = written_as(FILMS, ending, tmp_path / f"films{ending}")
    if packed:
        file = tmp_path / f"films{ending}.gz"
        file.write_bytes(gzip.compress((tmp_path / f"films{ending}").read_bytes()))
    graph, said = read(file)
    assert facts_of(graph) == facts_of(expected)
    assert said == notes


@pytest.mark.parametrize("ending", ENDINGS)
def test_each_syntax_is_recognised_by_its_content_alone(tmp_path, ending, facts_of):
    file = written_as(FILMS, ending, tmp_path / "films")
    syntax = next(syntax for syntax in SYNTAXES if ending in syntax.endings)
    wider = {"turtle": "trig", "ntriples": "trig", "nquads": "trig"}  # of which they are a part
    assert form_of(file).name == wider.get(syntax.name, syntax.name)
    expected, _ = from_turtle(tmp_path, FILMS)
    assert facts_of(read(file)[0]) == facts_of(expected)


def test_content_tells_the_syntax_where_the_name_is_wrong(tmp_path):
    file = written_as(FILMS, ".rdf", tmp_path / "films.ttl")
    assert form_of(file).name == "rdfxml"
    file = written_as(FILMS, ".nt", tmp_path / "films.owl")
    assert form_of(file).name == "trig"


def test_four_terms_in_a_line_are_n_quads(tmp_path):
    file = tmp_path / "films"
    file.write_text('<a:a> <a:p> "x . \\" y"@en <a:g> .\n')
    assert form_of(file).name == "nquads"
    assert read(file)[0].num_values == 1


def test_format_overrides_what_a_file_looks_like(tmp_path):
    file = written_as(FILMS, ".ttl", tmp_path / "films.nt")
    with pytest.raises(InputError, match="is no N-Triples"):
        read(file)
    assert read(file, format="turtle")[0].num_entities == 3


def test_a_folder_of_files_is_one_graph_and_its_blank_nodes_stay_apart(tmp_path):
    folder = tmp_path / "films"
    folder.mkdir()
    (folder / "a.nt").write_text('_:b <http://ex.org/name> "A" .\n')
    (folder / "b.nt.gz").write_bytes(gzip.compress(b'_:b <http://ex.org/name> "B" .\n'))
    written_as(FILMS, ".rdf", folder / "c.rdf")
    (folder / "README.md").write_text("# Films\n")
    (folder / ".hidden").write_text("x")
    graph, notes = read(folder)
    assert graph.num_entities == 5
    assert notes[0] == "files and folders that are no RDF, passed over: 1 ('README.md')"
    assert form_of(folder).name == "rdf"


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [("cp1252", "windows-1252"), ("latin-1", "ISO-8859-1"), ("utf-16", "UTF-16"), ("utf-8", None)],
)
def test_rdf_xml_in_another_encoding_is_read_as_its_declaration_says(
    tmp_path, encoding, declared, facts_of
):
    says = f' encoding="{declared}"' if declared else ""
    text = f"""<?xml version="1.0"{says}?>
<rdf:RDF xmlns:rdf="{RDF}" xmlns:e="{EX}">
  <e:Bar rdf:about="{EX}a"><e:name>Café</e:name></e:Bar>
</rdf:RDF>"""
    file = tmp_path / "bars.rdf"
    file.write_bytes(text.encode(encoding))
    facts = facts_of(read(file)[0])
    assert facts.values == {(f"{EX}a", f"{EX}name", "Café")}


@pytest.mark.benchmark_data
@pytest.mark.skipif(not BENCHMARKS.is_dir(), reason="needs the benchmark graph pairs")
@pytest.mark.parametrize(
    ("file", "side", "said"),
    [("restaurant1", "left", []), ("restaurant2", "right", ["1 blank value left out"])],
)
def test_the_restaurants_as_published_are_those_of_the_tables(file, side, said):
    folder = BENCHMARKS / "oaei_restaurants"
    graph, notes = read(folder / "raw" / f"{file}.rdf")
    tables = read_table_folder(folder / side)
    counts = [dict(each.describe()) for each in (graph, tables)]
    for count in counts:
        for by in ("by_type", "by_attribute", "by_relation"):
            count[by] = {name.split("#")[-1]: number for name, number in count[by].items()}
    assert counts[0] == counts[1]
    assert notes == said


# ---------------------------------------------------------------- types and vocabulary


def test_of_several_types_the_most_specific_is_the_type_and_the_others_are_values(
    tmp_path, facts_of
):
    graph, notes = from_turtle(
        tmp_path,
        """:a a :Work, :Film, owl:Thing ; rdfs:label "A" .
           :b a :Work, owl:Thing ; rdfs:label "B" .""",
    )
    facts = facts_of(graph)
    assert facts.types == {f"{EX}a": f"{EX}Film", f"{EX}b": f"{EX}Work"}
    thing = "http://www.w3.org/2002/07/owl#Thing"
    others = {statement for statement in facts.values if statement[1] == TYPE}
    assert others == {
        (f"{EX}a", TYPE, f"{EX}Work"),
        (f"{EX}a", TYPE, thing),
        (f"{EX}b", TYPE, thing),
    }
    assert notes[0].startswith("entities with several types: 2; ")


def test_a_stated_subclass_decides_where_counts_do_not(tmp_path, facts_of):
    text = ':a a :Work, :Film ; rdfs:label "A" . :b a :Film ; rdfs:label "B" .'
    assert facts_of(from_turtle(tmp_path, text)[0]).types[f"{EX}a"] == f"{EX}Work"
    stated = f"{text} :Film rdfs:subClassOf :Work ."
    assert facts_of(from_turtle(tmp_path, stated)[0]).types[f"{EX}a"] == f"{EX}Film"


def test_what_has_no_type_is_a_resource(tmp_path, facts_of):
    graph, notes = from_turtle(tmp_path, ':a rdfs:label "A" .')
    assert facts_of(graph).types == {f"{EX}a": "resource"}
    assert notes == ["entities without a stated type: 1; they get the type resource"]


def test_another_property_may_give_the_types(tmp_path, facts_of):
    text = ':a :instanceOf :Film ; rdfs:label "A" .'
    graph, notes = from_turtle(tmp_path, text, type=f"{EX}instanceOf")
    assert facts_of(graph).types == {f"{EX}a": f"{EX}Film"}
    assert notes == []
    with pytest.raises(InputError, match=r"states no 'http://ex.org/kind'; give --type another"):
        from_turtle(tmp_path, text, type=f"{EX}kind")


def test_the_vocabulary_in_a_file_is_left_out_with_a_count(tmp_path, facts_of):
    graph, notes = from_turtle(
        tmp_path,
        f"""{FILMS}
        :Film a owl:Class ; rdfs:label "Film" ; rdfs:subClassOf [
            a owl:Restriction ; owl:onProperty :director ; owl:someValuesFrom [
                a owl:Class ; owl:unionOf ( :Person :Group ) ] ] .
        :director a owl:ObjectProperty ; rdfs:label "directed by" .
        :City rdfs:label "City" .
        <> a owl:Ontology ; rdfs:label "Films" .""",
    )
    assert facts_of(graph) == facts_of(from_turtle(tmp_path, FILMS)[0])
    assert notes[1] == (
        "statements about terms of the vocabulary (classes, attributes, relations) left out: 15, "
        "about 5 terms"
    )


def test_a_vocabulary_alone_is_a_graph_of_its_terms(tmp_path, facts_of):
    graph, _ = from_turtle(
        tmp_path,
        """:Film a owl:Class ; rdfs:label "Film" ; rdfs:subClassOf :Work .
           :Work a owl:Class ; rdfs:label "Work" .""",
    )
    facts = facts_of(graph)
    assert set(facts.types.values()) == {"http://www.w3.org/2002/07/owl#Class"}
    assert len(facts.relations) == 1


def test_a_vocabulary_with_few_entities_beside_its_terms_keeps_its_terms(tmp_path, facts_of):
    terms = "".join(f':C{number} a owl:Class ; rdfs:label "{number}" . ' for number in range(9))
    few = f'{terms} :x a :C1 ; rdfs:label "X" . :y a :C2 .'
    assert len(facts_of(from_turtle(tmp_path, few)[0]).types) == 11
    enough = f'{few} :z a :C2 ; rdfs:label "Z" .'
    assert len(facts_of(from_turtle(tmp_path, enough)[0]).types) == 3


def test_a_class_that_is_also_an_entity_stays_one(tmp_path, facts_of):
    graph, _ = from_turtle(
        tmp_path, ':a a :horror ; rdfs:label "A" . :horror a :Genre ; rdfs:label "Horror" .'
    )
    assert facts_of(graph).types == {f"{EX}a": f"{EX}horror", f"{EX}horror": f"{EX}Genre"}


# ---------------------------------------------------------------- blank nodes and lists


def test_a_blank_node_that_several_name_is_an_entity(tmp_path, facts_of):
    graph, notes = from_turtle(
        tmp_path,
        ':a a :Film ; :by _:x . :b a :Film ; :by _:x . _:x a :Person ; rdfs:label "X" .',
    )
    facts = facts_of(graph)
    (blank,) = (entity for entity in facts.types if entity.startswith("_:"))
    assert facts.types[blank] == f"{EX}Person"
    assert facts.relations == {(f"{EX}a", f"{EX}by", blank), (f"{EX}b", f"{EX}by", blank)}
    assert notes[0].startswith("blank nodes read as entities: 1; ")


def test_a_blank_node_is_an_entity_where_those_of_its_type_are(tmp_path, facts_of):
    graph, _ = from_turtle(
        tmp_path,
        """:alien a :Film ; :by [ a :Person ; rdfs:label "Ridley Scott" ] .
           :weaver a :Person ; rdfs:label "Sigourney Weaver" .""",
    )
    assert sorted(facts_of(graph).types.values()) == [f"{EX}Film", f"{EX}Person", f"{EX}Person"]


def test_the_ids_of_blank_nodes_come_from_what_is_stated_of_them(tmp_path, facts_of):
    one, _ = from_turtle(tmp_path, '_:a :name "A" ; :knows _:b . _:c :knows _:b . _:b :name "B" .')
    other, _ = from_turtle(
        tmp_path,
        '_:new :name "N" . _:x :knows _:y . _:y :name "B" . _:z :name "A" ; :knows _:y .',
    )
    assert set(facts_of(one).types) < set(facts_of(other).types)
    assert len(facts_of(other).types) == 4


def test_blank_nodes_of_which_the_same_is_stated_stay_apart(tmp_path, facts_of):
    graph, _ = from_turtle(tmp_path, '[] :name "A" . [] :name "A" . [] :name "A" .')
    ids = sorted(facts_of(graph).types)
    assert [entity[len(ids[0]) :] for entity in ids] == ["", "-2", "-3"]


def test_blank_nodes_in_a_ring_are_entities(tmp_path, facts_of):
    graph, _ = from_turtle(
        tmp_path, '_:a :next _:b . _:b :next _:a ; :note [ :text "x" ] . _:c :next _:c .'
    )
    facts = facts_of(graph)
    assert len(facts.types) == 3
    assert len(facts.relations) == 3
    assert {value[1:] for value in facts.values} == {(f"<{EX}note>/<{EX}text>", "x")}


def test_blank_nodes_are_folded_only_so_deep(tmp_path, facts_of):
    deep = '"x"'
    for number in reversed(range(12)):
        deep = f"[ :p{number} {deep} ]"
    graph, _ = from_turtle(tmp_path, f":a :top {deep} .")
    facts = facts_of(graph)
    assert len(facts.types) == 3
    assert max(name.count("/<") for _, name, _ in facts.values | facts.relations) <= 4
    assert {value for _, _, value in facts.values} == {"x"}


@pytest.mark.timeout(60)
def test_a_chain_of_a_hundred_thousand_blank_nodes_is_read(tmp_path):
    file = tmp_path / "chain.nt"
    lines = [f"_:b{number} <{EX}next> _:b{number + 1} .\n" for number in range(100_000)]
    file.write_text("".join(lines) + f'_:b100000 <{EX}name> "end" .\n')
    graph, _ = read(file)
    assert graph.num_values == 1


def test_a_list_is_as_many_statements_as_it_has_members(tmp_path, facts_of):
    graph, notes = from_turtle(
        tmp_path,
        """:a a :Film ; :stars ( :x "Y" [ :name "Z" ] ) ; :none () .
           :x a :Person ; rdfs:label "X" . :b a :Film ; :stars ( ( :x ) ) .""",
    )
    facts = facts_of(graph)
    assert facts.relations == {
        (f"{EX}a", f"{EX}stars", f"{EX}x"),
        (f"{EX}b", f"{EX}stars", f"{EX}x"),
    }
    assert {value for value in facts.values if value[0] == f"{EX}a"} == {
        (f"{EX}a", f"{EX}stars", "Y"),
        (f"{EX}a", f"<{EX}stars>/<{EX}name>", "Z"),
    }
    assert [note for note in notes if "blank" in note] == [
        "blank nodes read as part of the entity that names them, by paths such as address/street: 1"
    ]


@pytest.mark.timeout(60)
def test_a_list_of_a_hundred_thousand_members_is_read(tmp_path):
    file = tmp_path / "list.ttl"
    members = " ".join(f'"{number}"' for number in range(100_000))
    file.write_text(f"<{EX}a> <{EX}p> ( {members} ) .")
    graph, _ = read(file)
    assert (graph.num_entities, graph.num_values) == (1, 100_000)
    assert graph.attribute_names == (f"{EX}p",)


def test_members_of_a_container_are_values_of_what_has_it(tmp_path, facts_of):
    graph, _ = from_turtle(tmp_path, ':a :tags [ a rdf:Bag ; rdf:_1 "x" ; rdf:_2 "y" ] .')
    assert facts_of(graph).values == {(f"{EX}a", f"{EX}tags", "x"), (f"{EX}a", f"{EX}tags", "y")}


# ---------------------------------------------------------------- objects of which nothing is said


def test_objects_that_are_shared_are_entities_though_nothing_is_stated_of_them(tmp_path, facts_of):
    graph, notes = from_turtle(
        tmp_path, ":a a :Film ; :genre :horror . :b a :Film ; :genre :horror ."
    )
    facts = facts_of(graph)
    assert facts.types[f"{EX}horror"] == "resource"
    assert len(facts.relations) == 2
    assert notes[0] == (
        "IRIs of which nothing is stated, read as entities, since most objects of their relation "
        "are described or shared: 1 (as 'http://ex.org/horror')"
    )


def test_objects_of_a_relation_between_entities_are_entities(tmp_path, facts_of):
    graph, _ = from_turtle(
        tmp_path,
        ':a a :Film ; :by :x, :y, :z . :x a :Person ; rdfs:label "X" . :y a :Person .',
    )
    assert facts_of(graph).types[f"{EX}z"] == "resource"


def test_links_to_other_graphs_are_values_though_one_leads_into_this(tmp_path, facts_of):
    graph, _ = from_turtle(
        tmp_path,
        ":a a :Film ; owl:sameAs :b . :b a :Film ; owl:sameAs <http://else.org/b> .",
    )
    facts = facts_of(graph)
    assert facts.relations == {(f"{EX}a", "http://www.w3.org/2002/07/owl#sameAs", f"{EX}b")}
    assert {value for _, _, value in facts.values} == {"http://else.org/b"}


def test_an_empty_node_says_nothing(tmp_path, facts_of):
    graph, notes = from_turtle(tmp_path, ':a rdfs:label "A" ; :by [] .')
    assert facts_of(graph).types == {f"{EX}a": "resource"}
    assert notes[0] == "statements of which the object is an empty node left out: 1"


# ---------------------------------------------------------------- literals and names


def test_a_label_in_two_languages_meets_one_without(tmp_path, facts_of):
    graph, _ = from_turtle(tmp_path, ':a rdfs:label "Berlin"@de, "Berlin"@en, "Berlin" .')
    facts = facts_of(graph)
    assert facts.values == {(f"{EX}a", LABEL, "Berlin")}
    assert facts.tags == {(f"{EX}a", LABEL, "Berlin"): "@de @en"}


def test_the_language_most_labels_have_comes_first(tmp_path):
    graph, _ = from_turtle(
        tmp_path,
        """:a rdfs:label "Allemagne"@fr, "Germany"@en, "Deutschland"@de .
           :b rdfs:label "Italie"@fr, "Italy"@en, "Italien"@de .
           :c rdfs:label "Espagne"@fr, "Spanien"@de .""",
    )
    assert graph.attributes(graph.row(f"{EX}a"))[LABEL][0] == "Germany"
    assert graph.attributes(graph.row(f"{EX}c"))[LABEL][0] == "Spanien"


@pytest.mark.parametrize(
    "name",
    [
        LABEL,
        "http://www.w3.org/2004/02/skos/core#prefLabel",
        "http://xmlns.com/foaf/0.1/name",
        "http://schema.org/name",
        "http://purl.org/dc/elements/1.1/title",
        "http://purl.org/dc/terms/title",
    ],
)
def test_the_usual_properties_name_entities(tmp_path, name):
    text = f':a a :Film ; <{name}> "Alien" ; :note "x" ; :publisher [ :name "Fox" ] .'
    graph, _ = from_turtle(tmp_path, text)
    assert name_attributes(graph) == {f"{EX}Film": (name,)}


literals = st.text(max_size=40) | st.sampled_from(['"', '"""', "\\", "\n", "\0", "\u202e", "'"])


@given(st.lists(literals, min_size=1, max_size=5), st.sampled_from(ENDINGS))
def test_any_text_is_read_as_it_was_written(tmp_path_factory, facts_of, texts, ending):
    if ending == ".rdf":  # XML has no control characters
        texts = ["".join(c for c in text if c >= " " and c not in "\ufffe\uffff") for text in texts]
    syntax = next(syntax for syntax in SYNTAXES if ending in syntax.endings)
    entity, name = ox.NamedNode(f"{EX}a"), ox.NamedNode(f"{EX}p")
    triples = [ox.Triple(entity, name, ox.Literal(text)) for text in texts]
    triples.append(ox.Triple(entity, name, ox.Literal("last")))
    file = tmp_path_factory.mktemp("texts") / f"a{ending}"
    ox.serialize(triples, file, format=syntax.format)
    graph, _ = read(file)
    values = {value for _, _, value in facts_of(graph).values}
    texts = [text.replace("\0", "") for text in texts]
    seen = {text for text in texts if any(c.isprintable() and not c.isspace() for c in text)}
    assert {*seen, "last"} <= values
    assert values <= {*texts, "last"}


blanks = st.sampled_from("xyz").map(ox.BlankNode)
iris = st.sampled_from([f"{EX}{name}" for name in ("a", "b", "Film", "p")]).map(ox.NamedNode)
predicates = st.sampled_from(
    [f"{EX}p", f"{EX}q", TYPE, f"{RDF}first", f"{RDF}rest", f"{RDF}_1", SUBCLASS, SAME]
).map(ox.NamedNode)
classes = st.sampled_from([f"{OWL}Class", f"{RDF}nil", f"{OWL}Thing"]).map(ox.NamedNode)
plain = st.sampled_from(["", "1"]).map(ox.Literal)
any_triples = st.lists(
    st.builds(ox.Triple, blanks | iris, predicates, blanks | iris | classes | plain),
    min_size=1,
    max_size=12,
)


def renamed(node, names):
    return ox.BlankNode(names[node.value]) if isinstance(node, ox.BlankNode) else node


@given(any_triples, st.randoms(), st.permutations("xyz"))
def test_neither_the_order_of_statements_nor_the_names_of_blank_nodes_matter(
    tmp_path_factory, facts_of, triples, random, names
):
    others = [
        ox.Triple(
            renamed(triple.subject, dict(zip("xyz", names, strict=True))),
            triple.predicate,
            renamed(triple.object, dict(zip("xyz", names, strict=True))),
        )
        for triple in triples
    ]
    random.shuffle(others)
    folder = tmp_path_factory.mktemp("triples")
    graphs = []
    for name, stated in (("one", triples), ("other", others)):
        ox.serialize(stated, folder / f"{name}.nt", format=ox.RdfFormat.N_TRIPLES)
        try:
            graphs.append(facts_of(read(folder / f"{name}.nt")[0]))
        except InputError as error:
            graphs.append(str(error).removeprefix(str(folder / f"{name}.nt")))
    assert graphs[0] == graphs[1]


def test_iris_that_are_none_are_read_with_a_notice(tmp_path, facts_of):
    file = tmp_path / "a.ttl"
    file.write_text(f'@prefix : <#> . <{EX}a b> <{EX}p> "x" . <c> <{EX}p> "y" . :d <{EX}p> "z" .')
    graph, notes = read(file)
    assert set(facts_of(graph).types) == {f"{EX}a b", "file:///c", "file:///#d"}
    assert notes[:2] == [
        "IRIs with spaces or other characters that no IRI has, read as they stand: 1 (as "
        "'http://ex.org/a b')",
        "IRIs of no place but that of the file, read as they stand: 2 (as 'file:///c')",
    ]


def test_relative_iris_of_two_files_of_a_folder_are_different(tmp_path, facts_of):
    folder = tmp_path / "people"
    folder.mkdir()
    for name in ("ann", "bob"):
        (folder / f"{name}.ttl").write_text(f'<#me> <{EX}name> "{name}" .')
    graph, _ = read(folder)
    assert set(facts_of(graph).types) == {"file:///ann.ttl#me", "file:///bob.ttl#me"}


def test_properties_of_json_without_a_vocabulary_are_read_by_their_names(tmp_path, facts_of):
    file = tmp_path / "a.jsonld"
    file.write_text(f'{{"@id": "{EX}a", "name": "A"}}')
    graph, notes = read(file)
    assert facts_of(graph).values == {(f"{EX}a", "name", "A")}
    assert not [note for note in notes if "scheme" in note]


def test_named_graphs_and_statements_about_statements_are_counted(tmp_path, facts_of):
    file = tmp_path / "a.trig"
    file.write_text(
        PREFIXES + '<g:1> { :a :p "x" } <g:2> { :a :p "x" . } << :a :p "x" >> :source :b .'
    )
    graph, notes = read(file)
    assert (f"{EX}a", f"{EX}p", "x") in facts_of(graph).values
    assert notes[0] == (
        "statements in named graphs: 2; all graphs are read as one, their names left out"
    )
    assert notes[1] == "statements about statements left out: 1"


def test_axioms_that_tell_of_a_statement_are_no_entities(tmp_path, facts_of):
    graph, notes = from_turtle(
        tmp_path,
        """:neuron a owl:Class ; rdfs:label "neuron" ; :synonym "nerve cell" .
           [] a owl:Axiom ; owl:annotatedSource :neuron ; owl:annotatedProperty :synonym ;
              owl:annotatedTarget "nerve cell" ; :source "a book" .""",
    )
    assert set(facts_of(graph).types) == {"http://ex.org/neuron"}
    assert "statements about statements left out: 1 (owl:Axiom and the like)" in notes


def test_numbers_of_json_are_written_as_people_do(tmp_path, facts_of):
    file = tmp_path / "a.jsonld"
    file.write_text('{"@id": "http://ex.org/a", "http://ex.org/p": [3.5, 7, true, 1e21]}')
    values = {value for _, _, value in facts_of(read(file)[0]).values}
    assert values == {"3.5", "7", "true", "1e+21"}

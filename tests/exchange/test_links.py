from __future__ import annotations

import gzip

import pytest

from kgreview.errors import InputError
from kgreview.exchange.link_forms import FORM_NAMES, recognise
from kgreview.exchange.links import read_known_links, read_link_source
from kgreview.exchange.resolved_links import NoCounterpart
from kgreview.exchange.sssom import read_table

SSSOM = """\
#curie_map:
#  one: http://one.example/film/
#  two: http://two.example/m#
#license: https://creativecommons.org/publicdomain/zero/1.0/
subject_id\tpredicate_id\tpredicate_modifier\tobject_id\tmapping_justification
"""
MANUAL = "semapv:ManualMappingCuration"
TRIPLES = """\
<http://one.example/film/a> <http://www.w3.org/2002/07/owl#sameAs> <http://two.example/m#x> .
<http://one.example/film/b> <{skos}exactMatch> <http://two.example/m#y> .
""".replace("{skos}", "http://www.w3.org/2004/02/skos/core#")
ALIGNMENT = """\
<?xml version='1.0' encoding='utf-8' standalone='no'?>
<rdf:RDF xmlns='http://knowledgeweb.semanticweb.org/heterogeneity/alignment{hash}'
  xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' alignmentSource='a matcher'>
<Alignment><xml>yes</xml><level>0</level><type>11</type>
 <map><Cell cid="1">
  <entity1 rdf:resource="http://one.example/film/a"/><entity2 rdf:resource="http://two.example/m#x"/>
  <measure rdf:datatype="xsd:float">0.9</measure><relation>=</relation></Cell></map>
 <map><Cell>
  <entity1><Instance rdf:about="http://one.example/film/b"/></entity1>
  <entity2 rdf:resource="http://two.example/m#y"/><relation>&lt;</relation></Cell></map>
</Alignment></rdf:RDF>
"""


class Said(list[str]):
    def __call__(self, text: str, /) -> None:
        self.append(text)


def pairs(links):
    return list(zip(links.left.tolist(), links.right.tolist(), links.label.tolist(), strict=True))


def rows(*cells: str) -> str:
    return "".join("\t".join(row.split(" ")) + "\n" for row in cells)


# ---------------------------------------------------------------- every form


@pytest.mark.parametrize(
    ("name", "text", "form"),
    [
        ("links.tsv", "left\tright\nhttp://one.example/film/a\thttp://two.example/m#x\n", "table"),
        ("a.sssom.tsv", SSSOM + rows(f"one:a owl:sameAs  two:x {MANUAL}"), "sssom"),
        ("a.tsv", SSSOM + rows(f"one:a skos:exactMatch  two:x {MANUAL}"), "sssom"),
        (
            "a.csv",
            "subject_id,predicate_id,object_id\n"
            '"http://one.example/film/a",skos:exactMatch,http://two.example/m#x\n',
            "sssom",
        ),
        (
            "a.json",
            '{"@context": {"one": "http://one.example/film/", "two": {"@prefix": true,'
            ' "@id": "http://two.example/m#"}}, "mapping_set_id": "urn:x", "mappings": ['
            '{"subject_id": "one:a", "predicate_id": "owl:sameAs", "object_id": "two:x"}]}',
            "sssom-json",
        ),
        ("a.nt", TRIPLES.splitlines()[0], "triples"),
        (
            "a.ttl",
            "@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix o: <http://one.example/film/>"
            " .\no:a owl:sameAs <http://two.example/m#x> .",
            "triples",
        ),
        (
            "links",
            "@prefix owl: <http://www.w3.org/2002/07/owl#> .\n"
            "<http://one.example/film/a> owl:sameAs <http://two.example/m#x> .",
            "triples",
        ),
        (
            "a.n3",  # whose = is owl:sameAs
            "<http://one.example/film/a> = <http://two.example/m#x> .",
            "triples",
        ),
        (
            "a.rdf",
            '<?xml version="1.0" encoding="windows-1252"?><rdf:RDF xmlns:owl='
            '"http://www.w3.org/2002/07/owl#" xmlns:rdf='
            '"http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about='
            '"http://one.example/film/a"><owl:sameAs rdf:resource="http://two.example/m#x"/>'
            "</rdf:Description></rdf:RDF>",
            "triples",
        ),
        ("ref.rdf", ALIGNMENT.replace("{hash}", ""), "alignment"),
        ("ref.xml", ALIGNMENT.replace("{hash}", "#"), "alignment"),
        ("ent_links", "http://one.example/film/a\thttp://two.example/m#x\n", "ent_links"),
        ("ref_pairs", "http://one.example/film/a\thttp://two.example/m#x\n", "ent_links"),
        ("train_links.tsv", "http://one.example/film/a\thttp://two.example/m#x\n", "ent_links"),
    ],
)
def test_a_form_is_told_by_content_and_name_and_read(write, iri_sides, name, text, form):
    path = write(name, text)
    assert recognise(path) == form
    assert pairs(read_link_source(path, *iri_sides)) == [(0, 0, 1)]
    packed = path.with_name(f"{name}.gz")
    packed.write_bytes(gzip.compress(text.encode()))
    assert recognise(packed) == form
    assert pairs(read_link_source(packed, *iri_sides)) == [(0, 0, 1)]


def test_the_form_may_be_given(write, sides):
    path = write("pairs.tsv", "lib:a\tx\n")
    assert pairs(read_link_source(path, *sides, form="ent_links")) == [(0, 0, 1)]
    with pytest.raises(InputError, match="'left': is missing"):
        read_link_source(path, *sides)
    assert FORM_NAMES == ("table", "sssom", "sssom-json", "alignment", "triples", "ent_links")


def test_different_from_is_a_non_match_and_other_triples_are_passed_over(write, iri_sides):
    path = write(
        "links.nt",
        TRIPLES
        + "<http://one.example/film/c> <http://www.w3.org/2002/07/owl#differentFrom> "
        + "<http://two.example/m#z> .\n"
        + "<http://one.example/film/c> <http://x.example/label> <http://two.example/m#z> .\n",
    )
    said = Said()
    assert pairs(read_link_source(path, *iri_sides, notice=said)) == [
        *((0, 0, 1), (1, 1, 1), (2, 2, 0)),
    ]
    assert said == [f"{path}: 1 row left out: a triple of another kind"]


def test_relations_of_an_alignment_other_than_equality_are_counted(write, iri_sides):
    path, said = write("ref.rdf", ALIGNMENT), Said()
    assert pairs(read_link_source(path, *iri_sides, notice=said)) == [(0, 0, 1)]
    assert said == [f"{path}: 1 row left out: the relation '<'"]


# ---------------------------------------------------------------- SSSOM


def test_a_negated_exact_match_is_a_judged_non_match(write, iri_sides):
    path = write(
        "a.sssom.tsv",
        SSSOM
        + rows(f"one:a owl:sameAs  two:x {MANUAL}", f"one:b skos:exactMatch Not two:y {MANUAL}"),
    )
    links = read_link_source(path, *iri_sides)
    assert pairs(links) == [(0, 0, 1), (1, 1, 0)]
    assert not links.gold.any()


def test_what_is_no_exact_match_and_what_a_network_foretold_is_left_out_and_counted(
    write, iri_sides
):
    path = write(
        "a.sssom.tsv",
        SSSOM.replace("justification\n", "justification\tmapping_tool\n")
        + rows(
            f"one:a owl:sameAs  two:x {MANUAL} ",
            f"one:b skos:broadMatch  two:x {MANUAL} ",
            "one:b owl:sameAs  two:y semapv:CompositeMatching kgreview",
            "one:c owl:sameAs  two:z semapv:CompositeMatching another",
        ),
    )
    said = Said()
    assert pairs(read_link_source(path, *iri_sides, notice=said)) == [(0, 0, 1), (2, 2, 1)]
    assert said == [
        f"{path}: 1 row left out: the predicate 'skos:broadMatch', which is no exact match",
        f"{path}: 1 row left out: a network's own prediction",
        f"{path}: 1 row found by a tool, which nobody reviewed: they count as known; leave such "
        "rows out where that is not so",
    ]


def test_a_mapping_that_its_reviewer_does_not_agree_with_is_no_match(write, iri_sides):
    path = write(
        "unsure.sssom.tsv",
        SSSOM.replace("justification\n", "justification\treviewer_id\treviewer_agreement\n")
        + rows(
            "one:a owl:sameAs  two:x semapv:LexicalMatching orcid:1 1.0",
            "one:b owl:sameAs  two:y semapv:LexicalMatching orcid:1 0.0",
            "one:c owl:sameAs  two:z semapv:LexicalMatching orcid:1 -1.0",
        ),
    )
    said = Said()
    assert pairs(read_link_source(path, *iri_sides, notice=said)) == [(0, 0, 1)]
    assert said == [f"{path}: 2 rows left out: its reviewer does not agree (reviewer_agreement)"]


def test_a_review_overrules_and_without_one_a_contradicted_pair_counts_for_nothing(
    write, iri_sides
):
    path = write(
        "a.sssom.tsv",
        SSSOM
        + rows(
            f"one:a owl:sameAs  two:x {MANUAL}",
            f"one:a owl:sameAs Not two:x {MANUAL}",
            f"one:b owl:sameAs  two:y {MANUAL}",
            "one:b owl:sameAs Not two:y semapv:MappingReview",
        ),
    )
    said = Said()
    assert pairs(read_link_source(path, *iri_sides, notice=said)) == [(1, 1, 0)]
    assert said == [
        f"{path}: 2 rows left out: a pair that is stated as a match and as none",
        f"{path}: 1 row left out: overruled by a review",
    ]


def test_no_term_found_says_that_a_left_entity_has_no_counterpart(write, iri_sides):
    path = write(
        "a.sssom.tsv",
        SSSOM.replace("justification\n", "justification\tauthor_label\tcomment\n")
        + "one:a\towl:sameAs\t\ttwo:x\tsemapv:ManualMappingCuration\tAda\t\n"
        + "one:b\towl:sameAs\t\tsssom:NoTermFound\tsemapv:ManualMappingCuration\tAda\tlost film\n"
        + "sssom:NoTermFound\towl:sameAs\t\ttwo:y\tsemapv:ManualMappingCuration\tAda\t\n",
    )
    said = Said()
    known = read_known_links({"train": [path]}, *iri_sides, notice=said)
    assert pairs(known.links["train"]) == [(0, 0, 1)]
    assert known.no_counterpart == (NoCounterpart("http://one.example/film/b", "Ada", "lost film"),)
    assert len(said) == 1
    assert "1 row left out: they say that an entity has no counterpart" in said[0]


def test_rows_about_other_graphs_are_left_out_and_a_file_of_nothing_else_is_refused(
    write, iri_sides
):
    other = f"wd:Q1 owl:sameAs  wd:Q2 {MANUAL}"
    path, said = (
        write("a.sssom.tsv", SSSOM + rows(f"one:a owl:sameAs  two:x {MANUAL}", other)),
        Said(),
    )
    assert pairs(read_link_source(path, *iri_sides, notice=said)) == [(0, 0, 1)]
    assert said == [f"{path}: 1 row left out: of entities that the graphs do not have"]
    path = write("b.sssom.tsv", SSSOM + rows(other))
    with pytest.raises(
        InputError, match="of its 1 row none has ids of both graphs, such as 'wd:Q1'"
    ):
        read_link_source(path, *iri_sides)
    path = write("c.sssom.tsv", SSSOM + rows(other.replace("owl:sameAs", "rdfs:seeAlso")))
    with pytest.raises(
        InputError, match="states no link between two entities; it has 1 row with the predicate"
    ):
        read_link_source(path, *iri_sides)


def test_a_file_with_the_right_graph_first_is_turned_round(write, iri_sides):
    path, said = write("a.sssom.tsv", SSSOM + rows(f"two:x owl:sameAs  one:a {MANUAL}")), Said()
    assert pairs(read_link_source(path, *iri_sides, notice=said)) == [(0, 0, 1)]
    assert said == [f"{path}: in all rows the right entity stands first; they were turned round"]


def test_of_ids_that_both_graphs_have_the_order_of_the_file_counts(make_graph, write):
    left, right = (make_graph([(n, "t") for n in ids]) for ids in ("123", "234"))
    path = write("ent_links", rows("1 2", "2 3", "3 4"))
    assert pairs(read_link_source(path, left, right)) == [(0, 0, 1), (1, 1, 1), (2, 2, 1)]
    said = Said()
    path = write("ent_links", rows("2 1", "3 2", "4 3"))
    assert pairs(read_link_source(path, left, right, notice=said)) == [
        *((0, 0, 1), (1, 1, 1), (2, 2, 1)),
    ]
    assert len(said) == 1


def test_ids_without_their_prefix_are_guessed_and_the_guess_is_told(make_graph, write):
    left, right = make_graph([("12", "t")]), make_graph([("tt7", "t")])
    path = write("a.sssom.tsv", SSSOM + rows(f"tmdb:12 owl:sameAs  imdb:tt7 {MANUAL}"))
    said = Said()
    assert pairs(read_link_source(path, left, right, notice=said)) == [(0, 0, 1)]
    assert "was taken for the id" in said[0]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("ent_links", "lib:a\tx\nlib:a\tw\n", "ent_links, row 2: no right entity has the id 'w'"),
        (
            "ent_links",
            "x\tlib:a\nx\tlib:w\n",
            "ent_links, row 2: no left entity has the id 'lib:w'",
        ),
        ("ent_links", "lib:a\tx\nlib:a\n", "ent_links, row 2: has 1 columns; write two ids"),
        ("a.nt", "<http://a.example/> <b> .\n", "a.nt, line 1, column 25: is no N-Triples"),
        (
            "a.rdf",
            '<?xml version="1.0"?><!DOCTYPE rdf:RDF [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
            '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">&x;</rdf:RDF>',
            "a.rdf: declares the entity 'x' of another file, which is not read",
        ),
        ("a.rdf", ALIGNMENT[:-30], "a.rdf: is no XML"),
        ("a.json", '{"mappings": 3}', "a.json: is no SSSOM: it has no list of 'mappings'"),
        ("a.json", '{"mappings": [', "a.json: is not JSON"),
        ("a.tsv", "#a: [\nsubject_id\tobject_id\tpredicate_id\n", "a.tsv: has metadata that is no"),
        ("a.tsv", "subject_id\tobject_id\n", "a.tsv, row 1, column 'predicate_id': is missing"),
        ("none.nt", None, "none.nt: there is no such file"),
    ],
)
def test_a_fault_is_one_line_that_names_its_place(write, sides, tmp_path, name, text, message):
    path = tmp_path / name if text is None else write(name, text)
    with pytest.raises(InputError) as error:
        read_link_source(path, *sides)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_a_row_is_known_by_the_line_at_which_it_begins(write):
    path = write(
        "a.tsv", SSSOM + 'one:a\towl:sameAs\t\t"two:\nx"\tm\none:b\towl:sameAs\t\ttwo:y\tm\n'
    )
    rows = read_table(path).rows
    assert rows is not None
    assert rows.tolist() == [6, 8]


def test_a_pair_that_two_files_contradict_is_named_in_both(write, iri_sides):
    one = write("one.nt", TRIPLES)
    two = write("two.tsv", SSSOM + rows(f"one:b owl:sameAs Not two:y {MANUAL}"))
    with pytest.raises(InputError, match=r"two.tsv, row 6, .*other label in .*one.nt; keep one"):
        read_known_links({"train": [one], "valid": [two]}, *iri_sides)


def test_ids_that_would_fit_but_for_capital_letters_are_named(iri_sides, write) -> None:
    file = write("ent_links", "http://one.example/film/A\thttp://two.example/m#X\n")
    with pytest.raises(InputError, match=r"a graph has 'http://one\.example/film/a', in other"):
        read_link_source(file, *iri_sides)

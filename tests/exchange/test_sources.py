"""A source is read in the form it has, or is said to have."""

from __future__ import annotations

import pytest

from kgreview.errors import InputError
from kgreview.exchange.sources import FORMS, SourceOptions, form_of, read_source

TURTLE = '<http://ex.org/a> a <http://ex.org/Film> ; <http://ex.org/name> "A" .\n'


def table_folder(path):
    path.mkdir()
    (path / "entities.tsv").write_text("id\ttype\na\tfilm\n")
    (path / "attributes.tsv").write_text("entity\tattribute\tvalue\na\tname\tA\n")
    (path / "relations.tsv").write_text("head\trelation\ttail\na\tsequel\ta\n")
    return path


def test_a_folder_of_tables_is_a_table_folder(tmp_path):
    folder = table_folder(tmp_path / "left")
    assert form_of(folder).name == "tables"
    assert read_source(folder).num_entities == 1


def test_a_folder_of_tables_is_one_though_rdf_lies_beside_them(tmp_path):
    folder = table_folder(tmp_path / "left")
    (folder / "ontology.ttl").write_text(TURTLE)
    assert form_of(folder).name == "tables"


def test_a_folder_that_lacks_a_table_says_which(tmp_path):
    folder = table_folder(tmp_path / "left")
    (folder / "entities.tsv").unlink()
    with pytest.raises(InputError, match="has no entities table"):
        read_source(folder)


def test_a_folder_of_nothing_that_is_known_is_said(tmp_path):
    with pytest.raises(InputError, match="is no form of graph that can be read"):
        read_source(tmp_path)


def test_a_turtle_file_is_turtle(tmp_path):
    file = tmp_path / "a.ttl"
    file.write_text(TURTLE)
    assert form_of(file).name == "turtle"
    assert read_source(file).num_entities == 1


def test_a_form_that_is_named_is_the_form_whatever_the_source_looks_like(tmp_path):
    file = tmp_path / "a.nt"
    file.write_text(TURTLE)
    assert form_of(file, SourceOptions(format="turtle")).name == "turtle"


def test_what_is_no_known_form_is_said_with_what_is(tmp_path):
    file = tmp_path / "notes.txt"
    file.write_text("hello")
    with pytest.raises(InputError) as caught:
        read_source(file)
    message = str(caught.value)
    assert message.startswith(
        f"{file}: is no form of graph that can be read; give Neo4j CSV, a table folder, "
    )
    assert message.endswith("plain tables of records")


def test_a_form_that_does_not_exist_is_said_with_those_that_do(tmp_path):
    with pytest.raises(InputError) as caught:
        form_of(tmp_path, SourceOptions(format="xls"))
    names = ", ".join(form.name for form in FORMS)
    assert str(caught.value) == f"--format xls: there is no such form; give {names}"


def test_a_source_that_is_not_there_is_said(tmp_path):
    with pytest.raises(InputError, match="there is no such file or folder"):
        read_source(tmp_path / "none")


def test_an_option_that_a_form_does_not_heed_is_refused(tmp_path):
    file = tmp_path / "a.ttl"
    file.write_text(TURTLE)
    with pytest.raises(InputError, match="is read as Turtle, without --id"):
        read_source(file, SourceOptions(id="name"))
    with pytest.raises(InputError, match="is read as a table folder, without --columns"):
        read_source(table_folder(tmp_path / "left"), SourceOptions(columns=("a",)))


def test_tables_beside_rdf_are_passed_over_and_tables_of_neo4j_are_its_own(tmp_path):
    (tmp_path / "films.csv").write_text("id,title\na,A\n")
    assert form_of(tmp_path).name == "records"
    (tmp_path / "people.csv").write_text("personId:ID,name\na,A\n")
    assert form_of(tmp_path).name == "neo4j"
    (tmp_path / "people.csv").rename(tmp_path / "people.ttl").write_text(TURTLE)
    assert form_of(tmp_path).name == "rdf"


def test_names_of_forms_are_unique():
    assert len({form.name for form in FORMS}) == len(FORMS)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_recognising_a_form_raises_nothing(tmp_path, form):
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "bytes").write_bytes(bytes(range(256)))
    (tmp_path / "broken.gz").write_bytes(b"\x1f\x8b")
    (tmp_path / "folder").mkdir()
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    for path in tmp_path.iterdir():
        assert form.recognises(path) in (True, False)


def test_links_are_no_graph(tmp_path):
    file = tmp_path / "a.sssom.tsv"
    file.write_text("#license: x\nsubject_id\tpredicate_id\tobject_id\na:1\towl:sameAs\tb:2\n")
    with pytest.raises(
        InputError, match="is SSSOM, which holds links and no graph; give it to --li"
    ):
        read_source(file)

"""Files of RDF that are at fault end in one line; hostile ones fill neither memory nor time."""

from __future__ import annotations

import gzip
import json

import pytest

from kgreview.errors import InputError
from kgreview.exchange import rdf_files
from kgreview.exchange.rdf_files import read_quads, syntax_of
from kgreview.exchange.sources import read_source

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
OPEN = f"""<?xml version="1.0"?>
<rdf:RDF xmlns:rdf="{RDF}" xmlns:e="http://e/">
<rdf:Description rdf:about="http://a">
"""
CLOSE = "</rdf:Description></rdf:RDF>"


def count(folder, name, content):
    """Count the statements of a file."""
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    syntax = syntax_of(file)
    assert syntax is not None
    return sum(map(len, read_quads(file, syntax)))


FAULTS = {
    "object": (
        "a.nt",
        '<http://a> <http://b> "x" .\n\n<http://a> <http://b> "x" . ;\n',
        ", line 3, column 29: is no N-Triples: The subject of a triple must be an IRI or a blank "
        "node",
    ),
    "open string": (
        "a.ttl",
        '<http://a> <http://b> "x',
        ", line 1, column 23: is no Turtle: Unexpected end of file",
    ),
    "no UTF-8": (
        "a.ttl",
        b'<http://a> <http://b> "x\xe9" .\n',
        ", line 1, column 25: is no Turtle: Invalid UTF-8: incomplete utf-8 byte sequence from "
        "index 1",
    ),
    "tags": (
        "a.rdf",
        f"{OPEN}<e:x>caf</e:y>{CLOSE}",
        ", line 4, column 11: is no RDF/XML: mismatched tag",
    ),
    "XML that is no UTF-8": (
        "a.rdf",
        f"{OPEN}<e:x>caf\xe9</e:x>{CLOSE}".encode("latin-1"),
        ", line 4, column 9: is no RDF/XML: not well-formed (invalid token)",
    ),
    "XML that is no RDF": (
        "a.rdf",
        f"{OPEN}<e:x>\n<e:y/>\n<e:z/></e:x>{CLOSE}",
        ", before line 7: is no RDF/XML: ",
    ),
    "XML cut off in a value": (
        "a.rdf",
        f"{OPEN}<e:x>caf",
        ", line 4: ends before its </rdf:RDF>; copy it again",
    ),
    "XML cut off after a value": (
        "a.rdf",
        f"{OPEN}<e:x>caf</e:x>\n",
        ", line 5: ends before its </rdf:RDF>; copy it again",
    ),
    "XML without a root": (
        "a.rdf",
        f"<?xml version='1.0'?>\n<!-- {RDF} -->",
        ": holds no statement of an entity; check that it is the right file",
    ),
    "unknown encoding": (
        "a.rdf",
        OPEN.replace("?>", ' encoding="klingon"?>', 1) + CLOSE,
        ": says that it is in the encoding 'klingon', which is not known; convert it",
    ),
    "wrong encoding": (
        "a.rdf",
        (OPEN.replace("?>", ' encoding="ascii"?>', 1) + "<e:x>\n\xe9</e:x>" + CLOSE).encode(),
        ", line 1 or soon after: is no ascii, as it says; convert it",
    ),
    "JSON": (
        "a.jsonld",
        '{"@id": "http://a",\n "http://b" }',
        ", line 2, column 13: is no JSON-LD: ",
    ),
    "a context on the web": (
        "a.jsonld",
        '{"@context": "https://schema.org", "@id": "http://a", "name": "x"}',
        ": takes its context from the web, which is not fetched; write the context itself in the "
        'place of its address, for example {"@vocab": "https://schema.org/"}',
    ),
    "nothing": (
        "a.nt",
        "\n# nothing\n",
        ": holds no statement of an entity; check that it is the right file",
    ),
    "damaged gzip": (
        "a.nt.gz",
        gzip.compress(b'<http://a> <http://b> "x" .\n' * 100_000)[:-20],
        ": is cut off or damaged, or no gzip file; copy or compress it again",
    ),
    "OWL as XML": (
        "a.owl",
        f'<?xml version="1.0"?>\n<Ontology ontologyIRI="http://a" xmlns:rdf="{RDF}"\n'
        'xmlns="http://www.w3.org/2002/07/owl#"><Declaration/></Ontology>',
        ": is OWL/XML, which is not read; save it as RDF/XML or Turtle",
    ),
    "no predicate, over lines": (
        "a.ttl",
        '<http://a> <http://b> <http://c> .\n<http://a> """x\n: y""" <http://c> .\n',
        ", line 2, column 12: is no Turtle: ",
    ),
    "entities of entities": (
        "a.rdf",
        '<!DOCTYPE rdf:RDF [<!ENTITY a0 "lolollolol">\n'
        + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">\n' for n in range(1, 12))
        + f"]>{OPEN[22:]}<e:x>&a11;</e:x>{CLOSE}",
        ": declares the entity 'a2' for more than 1,000 characters; write them out",
    ),
    "entities of other files": (
        "a.rdf",
        f'<!DOCTYPE rdf:RDF [<!ENTITY x SYSTEM "file:///etc/passwd">]>{OPEN[22:]}{CLOSE}',
        ": declares the entity 'x' of another file, which is not read",
    ),
    "a DOCTYPE without end": (
        "a.rdf",
        f"<!DOCTYPE rdf:RDF [<!-- {RDF} {'x' * 70_000}",
        ": has a DOCTYPE of more than 64 KiB; shorten it",
    ),
    "deep JSON": (
        "a.jsonld",
        '{"http://c":' * 10_000 + "1" + "}" * 10_000,
        ": holds objects within objects, 200 deep; make it flatter",
    ),
    "a long value": (
        "a.nt",
        f'<http://a> <http://b> "{"x" * 17_000_000}" .',
        ", before line 2: holds a value or a name of many megabytes, if it is whole; cut it or "
        "drop it",
    ),
}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [pytest.param(*fault, id=what) for what, fault in FAULTS.items()],
)
def test_a_fault_is_one_line_that_names_the_place(tmp_path, name, content, message):
    file = tmp_path / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError) as caught:
        read_source(file)
    assert str(caught.value).startswith(f"{file}{message}")
    assert "\n" not in str(caught.value)


def test_values_of_xml_or_json_that_fill_memory_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(rdf_files, "_LONGEST", 1_000_000)
    long = "x" * 1_100_000
    with pytest.raises(InputError, match=r"line 5: holds a value or a name of many megabytes"):
        count(tmp_path, "a.rdf", f"{OPEN}<e:x>{long}</e:x>{CLOSE}")
    with pytest.raises(InputError, match="many megabytes"):
        count(tmp_path, "a.jsonld", json.dumps({"@id": "http://a", "http://b": long}))
    entity = f'<!DOCTYPE rdf:RDF [<!ENTITY x "{"x" * 900}">]>{OPEN[22:]}'
    with pytest.raises(InputError, match="many megabytes"):  # as long once they are written out
        count(tmp_path, "b.rdf", f"{entity}<e:x>{'&x;' * 1300}</e:x>{CLOSE}")


def test_a_gzip_file_that_unpacks_to_gigabytes_is_read_as_a_stream(tmp_path, monkeypatch):
    monkeypatch.setattr(rdf_files, "_LONGEST", 10_000_000)
    file = tmp_path / "a.nt.gz"
    with gzip.open(file, "wb", compresslevel=1) as packed:
        for _ in range(300):
            packed.write(b"#" * 99_999 + b"\n")
    with pytest.raises(InputError, match="many megabytes"):
        read_source(file)


def test_entities_that_protege_writes_are_read(tmp_path):
    doctype = '<!DOCTYPE rdf:RDF [\n  <!ENTITY xsd "http://www.w3.org/2001/XMLSchema#" >\n]>\n'
    text = f'{doctype}{OPEN[22:]}<e:x rdf:datatype="&xsd;int">1</e:x>{CLOSE}'
    assert count(tmp_path, "a.owl", text) == 1


def test_comments_may_follow_the_root_and_it_may_be_empty(tmp_path):
    assert count(tmp_path, "a.rdf", f"{OPEN}<e:x>1</e:x>{CLOSE}\n<!-- Fin -->\n<?x y?>\n") == 1
    many = "<!-- a -->\n" * 3
    assert count(tmp_path, "c.rdf", f"{many}{OPEN[22:]}{many}<e:x>1</e:x>{CLOSE}{many}") == 1
    assert count(tmp_path, "b.rdf", f'<rdf:RDF xmlns:rdf="{RDF}"/>') == 0


def test_a_description_may_be_the_root(tmp_path):
    text = f'<Book xmlns="http://e/" xmlns:r="{RDF}" r:about="http://a"><name>A</name></Book>'
    assert count(tmp_path, "a.rdf", text) == 2


def test_a_lone_entity_may_name_no_namespace_of_rdf(tmp_path):
    book = '<Book xmlns="http://e/"><title>Dogs</title></Book>'
    assert count(tmp_path, "a.rdf", f'<?xml version="1.0"?><!-- one -->{book}') == 2
    (tmp_path / "a.xml").write_text(book)
    assert syntax_of(tmp_path / "a.xml") is None


def test_a_name_in_angle_brackets_is_no_xml(tmp_path):
    assert count(tmp_path, "a", f"<urn:a> <{RDF}type> <urn:xmlns> .\n") == 1


def test_brackets_in_strings_of_json_are_no_objects(tmp_path):
    texts = ["{[" * 500, '"{' * 300, "\\" * 5, "é{" * 200]
    assert count(tmp_path, "a.json", json.dumps({"@id": "http://a", "http://b": texts})) == 4


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path):
    text = '<http://a> <http://b> "é" .\n'
    assert count(tmp_path, "a.ttl", b"\xef\xbb\xbf" + text.encode()) == 1
    assert count(tmp_path, "b.ttl", text.encode("utf-16")) == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.xml", "<html><body>hi</body></html>"),
        ("a.json", '{"id": "x", "schema": "Person", "properties": {}}'),
        ("a.csv", "id,name\na,b\n"),
        ("a.txt", "A note about <things>.\n"),
        ("a.rdf", ""),
        ("a", b"\x00\xff\xfe\x80"),
        ("a.gz", b"\x1f\x8bno gzip"),
    ],
)
def test_what_is_no_rdf_is_not_taken_for_it(tmp_path, name, content):
    file = tmp_path / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert syntax_of(file) is None


def test_reading_reports_bytes_up_to_the_end(tmp_path):
    file = tmp_path / "a.nt"
    file.write_text('<http://a> <http://b> "x" .\n' * 10_000)
    seen = []
    syntax = syntax_of(file)
    assert sum(map(len, read_quads(file, syntax, report=seen.append))) == 10_000
    assert seen == sorted(seen)
    assert seen[-1] == file.stat().st_size

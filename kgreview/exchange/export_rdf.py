"""Matches out as RDF: owl:sameAs or skos:exactMatch triples, and the OAEI Alignment format."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from kgreview.exchange.export import AlignedPair, Export
from kgreview.exchange.rdf_links import EXACT, SAME
from kgreview.exchange.sssom import QUALIFIED
from kgreview.exchange.writing import Target, text_file

_PREDICATES = {"sameAs": SAME, "exactMatch": EXACT}
_SKOS = EXACT.removesuffix("exactMatch")
_QUALIFIED = {each.value: name.removeprefix("skos:") for each, name in QUALIFIED.items()}
_NAMESPACE = "http://knowledgeweb.semanticweb.org/heterogeneity/alignment#"


def write_ntriples(target: Target, export: Export) -> None:
    """Write a triple for each match, qualified or not, below comments that say what it rests on."""
    exact = _PREDICATES[export.settings.predicate]
    with text_file(target.path, packed=target.packed) as file:
        file.writelines(f"# {line}\n" for line in export.provenance.lines())
        for pair in export.mappings(target.progress):
            left, right = _iris(export, pair)
            name = _QUALIFIED.get(pair.state)
            file.write(f"<{left}> <{exact if name is None else _SKOS + name}> <{right}> .\n")


def write_turtle(target: Target, export: Export) -> None:
    """Write the same as Turtle, the matches of a left entity together."""
    prefix, name = ("owl", "sameAs") if export.settings.predicate == "sameAs" else (
        "skos", "exactMatch")  # fmt: skip
    space = _PREDICATES[export.settings.predicate].removesuffix(name)
    with text_file(target.path, packed=target.packed) as file:
        file.writelines(f"# {line}\n" for line in export.provenance.lines())
        file.write(f"@prefix {prefix}: <{space}> .\n")
        if prefix != "skos" and export.alignment.qualified.any():
            file.write(f"@prefix skos: <{_SKOS}> .\n")
        file.write("\n")
        before = ("", "")
        for pair in export.mappings(target.progress):
            left, right = _iris(export, pair)
            qualified = _QUALIFIED.get(pair.state)
            begins = left, f"{prefix}:{name}" if qualified is None else f"skos:{qualified}"
            if before[0]:
                file.write(" ,\n    " if begins == before else " .\n")
            if begins != before:
                file.write(f"<{left}> {begins[1]} ")
            file.write(f"<{right}>")
            before = begins
        file.write(" .\n" if before[0] else "")


def write_alignment(target: Target, export: Export) -> None:
    """Write an alignment in the OAEI format; what people or links say has the measure 1."""
    one_to_one = export.provenance.troubles.several == 0 and not any(
        which.value != "one-to-one" for which in export.provenance.cardinality.values()
    )
    note = escape(". ".join(export.provenance.lines()))
    with text_file(target.path, packed=target.packed) as file:
        file.write(
            "<?xml version='1.0' encoding='utf-8'?>\n"
            f"<rdf:RDF xmlns='{_NAMESPACE}'\n"
            "  xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'\n"
            "  xmlns:dc='http://purl.org/dc/elements/1.1/'>\n"
            f"<Alignment>\n<xml>yes</xml>\n<level>0</level>\n"
            f"<type>{'11' if one_to_one else '**'}</type>\n"
            f"<dc:description>{note}</dc:description>\n"
        )
        for pair in export.matches(target.progress):
            left, right = (quoteattr(iri) for iri in _iris(export, pair))
            file.write(
                f"<map><Cell>\n  <entity1 rdf:resource={left}/>\n"
                f"  <entity2 rdf:resource={right}/>\n  <relation>=</relation>\n"
                "  <measure rdf:datatype='http://www.w3.org/2001/XMLSchema#float'>"
                f"{_measure(pair):.6g}</measure>\n</Cell></map>\n"
            )
        file.write("</Alignment>\n</rdf:RDF>\n")
    export.tell_qualified(target.notice)


def _measure(pair: AlignedPair) -> float:
    return 1.0 if pair.basis != "score" or pair.score is None else pair.score


def _iris(export: Export, pair: AlignedPair) -> tuple[str, str]:
    return export.naming[0].iri(pair.left), export.naming[1].iri(pair.right)

"""How long RDF takes to read, by syntax, and how much memory.

    python benchmarks/rdf_import.py [--triples 1000000] [--syntax turtle]

Makes up films with a type, labels in two languages, a year, an address and a director, in a
temporary folder, reads them in a process for each syntax, and prints processor seconds and peak
memory.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyoxigraph as ox

from kgreview.exchange.rdf_files import SYNTAXES
from kgreview.exchange.sources import read_source
from kgreview.pipeline.memory import peak_memory_mb

_OF_A_FILM = 10  # triples


def triples(count: int) -> Iterator[ox.Triple]:
    """Make up films, each named by others as a sequel."""
    film, has = "http://example.org/resource/film/{}", "http://example.org/ontology/{}"
    kind = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
    label = ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
    year_type = ox.NamedNode("http://www.w3.org/2001/XMLSchema#gYear")
    names = [ox.NamedNode(has.format(name)) for name in ("year", "shotAt", "street", "town")]
    year, shot_at, street, town = names
    sequel, genre, note = (ox.NamedNode(has.format(name)) for name in ("sequel", "genre", "note"))
    of_film = ox.NamedNode(has.format("Film"))
    films = count // _OF_A_FILM
    others = np.random.default_rng(0).integers(0, films, films).tolist()
    for number in range(films):
        this, place = ox.NamedNode(film.format(number)), ox.BlankNode(f"b{number}")
        yield ox.Triple(this, kind, of_film)
        yield ox.Triple(this, label, ox.Literal(f"The film with number {number}", language="en"))
        yield ox.Triple(this, label, ox.Literal(f"Der Film Nummer {number}", language="de"))
        yield ox.Triple(this, year, ox.Literal(str(1900 + number % 120), datatype=year_type))
        yield ox.Triple(this, note, ox.Literal(f'It has {number} "scenes"\nand more.'))
        yield ox.Triple(this, sequel, ox.NamedNode(film.format(others[number])))
        yield ox.Triple(this, genre, ox.NamedNode(has.format(f"genre{number % 200}")))
        yield ox.Triple(this, shot_at, place)
        yield ox.Triple(place, street, ox.Literal(f"{number} Main Street"))
        yield ox.Triple(place, town, ox.Literal(f"Town {number % 5000}"))


def read(path: Path) -> None:
    """Read a file and print what it took."""
    notes: list[str] = []
    idle = peak_memory_mb()
    began = time.process_time()
    graph = read_source(path, notice=notes.append)
    seconds = time.process_time() - began
    print(
        f"{path.suffix:<8} {path.stat().st_size / 2**20:6,.0f} MiB  {seconds:6.1f} s  peak "
        f"{peak_memory_mb():6,.0f} MB (idle {idle:,.0f})  {graph.num_entities:,} entities, "
        f"{graph.num_values:,} values, {graph.num_edges:,} relations, {len(notes)} notes"
    )


def main() -> None:
    """Read each syntax in another process, so that its memory is its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--triples", type=int, default=1_000_000)
    parser.add_argument("--syntax", choices=[syntax.name for syntax in SYNTAXES])
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.read:
        read(options.read)
        return
    with tempfile.TemporaryDirectory() as name:
        for syntax in SYNTAXES:
            if options.syntax in (None, syntax.name):
                path = Path(name) / f"films{syntax.endings[0]}"
                ox.serialize(triples(options.triples), str(path), format=syntax.format)
                subprocess.run([sys.executable, sys.argv[0], "--read", str(path)], check=True)
                path.unlink()


if __name__ == "__main__":
    main()

"""Through the doors: a graph in any form goes in, is reviewed, goes out, and is read elsewhere."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pyoxigraph
import pytest

from kgreview.api import Project
from tests.exchange.pair_files import write_magellan, write_numbered, write_openea

FILMS = {"l1": ("Dune", "1984"), "l2": ("Blue Velvet", "1986")}
OTHERS = {"r1": ("Dune", "1984"), "r2": ("Eraserhead", "1977")}
Films = dict[str, tuple[str, str]]


def turtle(folder: Path, films: Films) -> Path:
    rows = [
        f'<urn:x:{key}> a <urn:x:Film> ; <urn:x:name> "{name}" ; <urn:x:year> "{year}" .'
        for key, (name, year) in films.items()
    ]
    return text(folder.with_suffix(".ttl"), "\n".join(rows))


def json_ld(folder: Path, films: Films) -> Path:
    nodes = [
        {"@id": f"urn:x:{key}", "@type": "urn:x:Film", "urn:x:name": name, "urn:x:year": year}
        for key, (name, year) in films.items()
    ]
    return text(folder.with_suffix(".jsonld"), json.dumps(nodes))


def table_folder(folder: Path, films: Films) -> Path:
    folder.mkdir()
    text(folder / "entities.tsv", "id\ttype\n" + "".join(f"{key}\tfilm\n" for key in films))
    values = "".join(f"{key}\tname\t{n}\n{key}\tyear\t{y}\n" for key, (n, y) in films.items())
    text(folder / "attributes.tsv", f"entity\tattribute\tvalue\n{values}")
    return folder


def plain_csv(folder: Path, films: Films) -> Path:
    rows = "".join(f"{key};{name};{year}\r\n" for key, (name, year) in films.items())
    return text(folder.with_suffix(".csv"), f"id;name;year\r\n{rows}")


def parquet(folder: Path, films: Films) -> Path:
    columns = {
        "id": list(films),
        "name": [name for name, _ in films.values()],
        "year": [int(year) for _, year in films.values()],
    }
    pq.write_table(pa.table(columns), folder.with_suffix(".parquet"))
    return folder.with_suffix(".parquet")


def follow_the_money(folder: Path, films: Films) -> Path:
    entities = [
        {"id": key, "schema": "Asset", "properties": {"name": [name], "createdAt": [year]}}
        for key, (name, year) in films.items()
    ]
    return text(folder.with_suffix(".ftm"), "".join(json.dumps(e) + "\n" for e in entities))


def neo4j(folder: Path, films: Films) -> Path:
    folder.mkdir()
    rows = "".join(f"{key},{name},{year},Film\n" for key, (name, year) in films.items())
    text(folder / "films.csv", f":ID,name,year:int,:LABEL\n{rows}")
    return folder


def text(file: Path, content: str) -> Path:
    file.write_text(content, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    "written",
    [turtle, json_ld, table_folder, plain_csv, parquet, follow_the_money, neo4j],
    ids=lambda written: written.__name__,
)
def test_a_graph_of_each_form_is_reviewed_and_read_by_another_tool(
    tmp_path: Path, written: Callable[[Path, Films], Path]
) -> None:
    left, right = written(tmp_path / "left", FILMS), written(tmp_path / "right", OTHERS)
    project = Project.create(tmp_path / "project", left, right, curator="anna")
    project.run()
    asked = project.next_pair()
    assert asked is not None
    assert (asked.left.name, asked.right.name) == ("Dune", "Dune")
    project.decide(asked, "match", note="the same film")
    check_what_goes_out(project, asked.left.id, asked.right.id)


@pytest.mark.parametrize(
    "written", [write_openea, write_numbered, write_magellan], ids=lambda written: written.__name__
)
def test_a_pair_folder_of_each_layout_is_reviewed_and_read_by_another_tool(
    tmp_path: Path, written: Callable[[Path], Path]
) -> None:
    project = Project.create(tmp_path / "project", pair=written(tmp_path / "pair"), curator="anna")
    project.run()
    asked = project.next_pair()
    assert asked is not None
    project.decide(asked, "match", note="the same film", on_conflict="both")
    check_what_goes_out(project, asked.left.id, asked.right.id)


def check_what_goes_out(project: Project, left: str, right: str) -> None:
    """Read the alignment as pandas, SSSOM, RDF and CSV do: all tell of the decision."""
    frame = project.alignment(what="accepted")
    row = frame[(frame["left"] == left) & (frame["right"] == right)].iloc[0]
    assert (row["outcome"], row["curator"]) == ("match", "anna")

    folder = project.path.parent
    project.export(folder / "films.sssom.tsv", what="accepted")
    lines = (folder / "films.sssom.tsv").read_text("utf-8").splitlines()
    mappings = list(csv.DictReader([line for line in lines if line[0] != "#"], delimiter="\t"))
    own = [each for each in mappings if each["comment"] == "the same film"]
    assert [each["mapping_justification"] for each in own] == ["semapv:ManualMappingCuration"]

    project.export(folder / "same.nt", what="accepted")
    same = list(pyoxigraph.parse(path=str(folder / "same.nt")))
    assert len(same) == len(frame)
    assert {triple.predicate.value for triple in same} == {"http://www.w3.org/2002/07/owl#sameAs"}

    project.export(folder / "merged.nq", what="accepted")
    merged = {
        quad.object.value
        for quad in pyoxigraph.parse(path=str(folder / "merged.nq"))
        if isinstance(quad.object, pyoxigraph.Literal)
    }
    asked = project.pair(left, right)
    assert {asked.left.name, asked.right.name} <= merged

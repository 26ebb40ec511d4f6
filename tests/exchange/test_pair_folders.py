"""A pair folder gives two graphs and the links between them, whatever its layout."""

from __future__ import annotations

import gzip
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from kgreview.errors import InputError
from kgreview.exchange.forms import SourceOptions
from kgreview.exchange.pair_folders import PairFolder, PairOptions, is_pair_folder, open_pair
from kgreview.graph.knowledge_graph import KnowledgeGraph

from .pair_files import (
    FILMS,
    ONE,
    TWO,
    iri_title,
    lines,
    other,
    title,
    write_left_right,
    write_magellan,
    write_numbered,
    write_openea,
)

WRITERS: dict[str, Callable[[Path], Path]] = {
    "OpenEA": write_openea,
    "numbered": write_numbered,
    "DeepMatcher": write_magellan,
    "left and right": write_left_right,
}
TURNED: dict[str, Callable[[Path], Path]] = {  # with other test links
    "OpenEA": lambda folder: write_openea(folder, turn=1),
    "numbered": lambda folder: write_numbered(folder, turn=1),
    "DeepMatcher": lambda folder: write_magellan(folder, turn=True),
    "left and right": lambda folder: write_left_right(folder, turn=1),
}


def pairs_of(pair: PairFolder, *splits: str) -> dict[str, list[tuple[str, str, int]]]:
    """Links of splits as ids with their label."""
    left, right = pair.read_graphs()
    return {
        split: [
            (left.id(a), right.id(b), int(label))
            for a, b, label in zip(links.left, links.right, links.label, strict=True)
        ]
        for split, links in pair.read_links(splits, left, right).links.items()
    }


def columns_of(graph: KnowledgeGraph) -> list[object]:
    return [
        graph.ids.to_pylist(),
        [graph.type_names[code] for code in graph.types],
        graph.values.to_pylist(),
        graph.edge_neighbours.tolist(),
    ]


@pytest.mark.parametrize("layout", WRITERS)
def test_each_layout_gives_two_graphs_and_links_by_split(layout: str, tmp_path: Path) -> None:
    folder = WRITERS[layout](tmp_path / "pair")
    assert is_pair_folder(folder)
    pair = open_pair(folder)
    left, right = pair.read_graphs()
    assert min(left.num_entities, right.num_entities) >= FILMS
    links = pair.read_links(pair.splits, left, right).links
    assert list(links) == ["train", "valid", "test"]
    for part in links.values():
        names = [
            [graph.values.to_pylist()[graph.value_offsets[row]] for row in rows]
            for graph, rows in ((left, part.matches.left), (right, part.matches.right))
        ]
        assert len(part.matches)
        assert {len(part.matches), len(part) - len(part.matches)} in (
            [{len(part), 0}, {len(part.matches)}]
        )
        assert [name[:5] for name in names[0]] == [name[:5] for name in names[1]]


@pytest.mark.parametrize("layout", WRITERS)
def test_no_graph_and_no_other_split_depends_on_the_test_links(layout: str, tmp_path: Path) -> None:
    one, turned = WRITERS[layout](tmp_path / "a"), TURNED[layout](tmp_path / "b")
    for graph, same in zip(
        open_pair(one).read_graphs(), open_pair(turned).read_graphs(), strict=True
    ):
        assert columns_of(graph) == columns_of(same)
    before, after = (pairs_of(open_pair(each), "train", "valid", "test") for each in (one, turned))
    assert before["train"] == after["train"]
    assert before["valid"] == after["valid"]
    assert before["test"] != after["test"]


@pytest.mark.parametrize("layout", WRITERS)
def test_the_test_links_are_not_opened_for_another_split(layout: str, tmp_path: Path) -> None:
    folder = WRITERS[layout](tmp_path / "pair")
    pair = open_pair(folder)
    left, right = pair.read_graphs()
    for file in pair.link_files["test"]:
        file.write_text("no\tlink\tat\tall\n")
    assert len(pair.read_links(["train", "valid"], left, right).links["train"])
    with pytest.raises(InputError):
        pair.read_links(["test"], left, right)


@pytest.mark.parametrize("layout", WRITERS)
def test_a_pair_folder_goes_to_another_process(layout: str, tmp_path: Path) -> None:
    pair = pickle.loads(pickle.dumps(open_pair(WRITERS[layout](tmp_path / "pair"))))
    assert pair.read_graphs()[0].num_entities >= FILMS


# ---------------------------------------------------------------- division


@pytest.mark.parametrize("by", [0, 1])
def test_links_without_splits_are_divided_by_left_entity_and_it_is_said(
    by: int, tmp_path: Path
) -> None:
    notes: list[str] = []
    pair = open_pair(write_openea(tmp_path / "pair", folds=()))
    if by:  # other right entities change nothing about who is tested
        rows = [(f"{ONE}F{n}", f"{TWO}F{other((n + by) % FILMS)}") for n in range(FILMS)]
        lines(tmp_path / "pair" / "ent_links", rows)
    left, right = pair.read_graphs()
    links = pair.read_links(["train", "valid", "test"], left, right, notice=notes.append).links
    assert [len(part) for part in links.values()] == [4, 2, 14]
    assert {left.id(row)[-3:] for row in links["train"].left} == {"/F9", "F10", "F12", "F14"}
    assert notes == [
        f"{tmp_path / 'pair'}: no file divides the links of ent_links; they are divided by left "
        "entity, 20 : 10 : 70, the same way each time (4 to train, 2 to valid, 14 to test)"
    ]


def test_where_only_validation_links_lack_a_fifth_of_the_others_is_set_aside(
    tmp_path: Path,
) -> None:
    notes: list[str] = []
    pair = open_pair(write_numbered(tmp_path / "pair"))
    left, right = pair.read_graphs()
    links = pair.read_links(["train", "valid"], left, right, notice=notes.append).links
    assert [len(part) for part in links.values()] == [10, 2]
    assert not set(links["train"].left) & set(links["valid"].left)
    assert len(pair.read_links(["valid"], left, right).links["valid"]) == 2
    assert "names no links to validate with; a fifth of those to train with" in notes[0]


def test_ref_ent_ids_alone_are_all_links_there_are(tmp_path: Path) -> None:
    pair = open_pair(write_numbered(tmp_path / "pair", supervised=False))
    left, right = pair.read_graphs()
    links = pair.read_links(pair.splits, left, right).links
    assert [len(part) for part in links.values()] == [4, 2, 14]


def test_a_pair_without_links_has_no_split(tmp_path: Path) -> None:
    pair = open_pair(write_left_right(tmp_path / "pair")).without_links()
    left, right = pair.read_graphs()
    assert pair.splits == ()
    assert len(pair.read_links(["train"], left, right).links["train"]) == 0


# ---------------------------------------------------------------- OpenEA


def test_openea_reads_the_first_fold_or_the_one_that_is_asked_for(tmp_path: Path) -> None:
    folder = write_openea(tmp_path / "pair", folds=(2, 1, 10))
    tested = {
        fold: len(pairs_of(open_pair(folder, PairOptions(fold=fold)), "test")["test"])
        for fold in (None, "1", "2", "721_5fold/2")
    }
    assert tested == {None: 8, "1": 8, "2": 7, "721_5fold/2": 7}


@pytest.mark.parametrize("fold", ["3", "../pair", "721_5fold/9", "/tmp", ".."])
def test_a_fold_there_is_not_is_named_with_those_there_are(fold: str, tmp_path: Path) -> None:
    folder = write_openea(tmp_path / "pair")
    with pytest.raises(InputError, match=r"has no fold '.*'; it has '721_5fold/1', '721_5fold/2'"):
        open_pair(folder, PairOptions(fold=fold))


def test_openea_values_have_their_datatype_and_entities_one_type(tmp_path: Path) -> None:
    notes: list[str] = []
    pair = open_pair(write_openea(tmp_path / "pair"))
    left, _ = pair.read_graphs(notice=notes.append)
    row = left.row(f"{ONE}F7")
    assert left.attributes(row) == {f"{ONE}title": [title(7)], f"{ONE}year": ["1967"]}
    assert left.type_names == ("entity",)
    assert "^^http://www.w3.org/2001/XMLSchema#gYear" in left.tag_names
    assert f"{tmp_path / 'pair'}, left: no types: all entities are of the type entity" in notes
    assert any("entities without a name: 4; what their ids end in are codes" in n for n in notes)


def test_openea_takes_types_where_most_entities_state_one(tmp_path: Path) -> None:
    folder = write_openea(tmp_path / "pair")
    kind = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
    with (folder / "rel_triples_1").open("a") as file:
        file.writelines(f"{ONE}F{n}\t{kind}\t{ONE}Film\n" for n in range(FILMS))
    with (folder / "rel_triples_2").open("a") as file:
        file.writelines(f"{TWO}F{n}\t{kind}\t{TWO}Film\n" for n in range(3))
    notes: list[str] = []
    left, right = open_pair(folder).read_graphs(notice=notes.append)
    assert left.type_names == ("entity", f"{ONE}Film")
    assert left.num_entities == FILMS + 4  # the type itself is none
    assert right.type_names == ("entity",)
    assert any("types are stated of 3 of 24 entities, too few" in note for note in notes)
    assert kind in right.relation_names


def test_openea_links_of_entities_without_a_triple_are_left_out_and_counted(tmp_path: Path) -> None:
    folder = write_openea(tmp_path / "pair")
    with (folder / "721_5fold/1/test_links").open("a") as file:
        file.write(f"{ONE}F99\t{TWO}F0\n")
    pair = open_pair(folder)
    left, right = pair.read_graphs()
    notes: list[str] = []
    links = pair.read_links(["test"], left, right, notice=notes.append).links["test"]
    assert len(links) == 8
    assert "1 row left out: of entities that the graphs do not have" in notes[0]


def test_openea_iris_may_stand_in_brackets_and_files_be_gzipped(tmp_path: Path) -> None:
    folder = write_openea(tmp_path / "pair")
    plain = columns_of(open_pair(folder).read_graphs()[0])
    file = folder / "rel_triples_1"
    rows = [line.split("\t") for line in file.read_text().splitlines()]
    file.unlink()
    text = "".join("\t".join(f"<{cell}>" for cell in row) + "\r\n" for row in rows)
    (folder / "rel_triples_1.gz").write_bytes(gzip.compress(text.encode()))
    assert columns_of(open_pair(folder).read_graphs()[0]) == plain


# ---------------------------------------------------------------- numbered triples


def test_numbers_stand_for_their_iris_and_names_come_from_these(tmp_path: Path) -> None:
    pair = open_pair(write_numbered(tmp_path / "pair"))
    left, _ = pair.read_graphs()
    row = left.row(f"{ONE}resource/{iri_title(5)}")
    assert left.attributes(row) == {"label": [f"{title(5)} 5"]}
    assert left.relation_names == (f"{ONE}madeBy",)
    assert {left.id(int(tail)) for tail in left.neighbourhood(row)[1]} == {
        f"{ONE}resource/Ada_Moor"
    }


def test_attribute_triples_of_dbp15k_may_be_n_triples_of_more_entities(tmp_path: Path) -> None:
    folder = write_numbered(tmp_path / "pair")
    ada = f"{ONE}resource/Ada_Moor"
    (folder / "att_triples_1").write_text(
        f'<{ada}> <{ONE}born> "1931-01-05"^^<http://www.w3.org/2001/XMLSchema#date> .\n'
        f'<{ONE}resource/Nobody> <{ONE}born> "1"@en .\n'
        f'<{ada}> <{ONE}name> "Ada \\"A.\\" Moor"@en .\n'
    )
    notes: list[str] = []
    left, _ = open_pair(folder).read_graphs(notice=notes.append)
    assert left.attributes(left.row(ada)) == {
        f"{ONE}born": ["1931-01-05"],
        f"{ONE}name": ['Ada "A." Moor'],
    }
    assert any("values of 1 id that ent_ids_1 lacks are left out" in note for note in notes)


def test_pairs_of_jape_may_be_ids_or_numbers(tmp_path: Path) -> None:
    folder = write_numbered(tmp_path / "pair")
    by_number = pairs_of(open_pair(folder), "test")
    names = {
        side: dict(
            line.split("\t") for line in (folder / f"ent_ids_{side}").read_text().splitlines()
        )
        for side in (1, 2)
    }
    rows = [line.split("\t") for line in (folder / "ref_ent_ids").read_text().splitlines()]
    (folder / "ref_ent_ids").unlink()
    lines(folder / "ref_pairs", [(names[1][a], names[2][b]) for a, b in rows])
    assert pairs_of(open_pair(folder), "test") == by_number


# ---------------------------------------------------------------- DeepMatcher


def test_a_deepmatcher_folder_is_records_with_judged_pairs(tmp_path: Path) -> None:
    pair = open_pair(write_magellan(tmp_path / "pair"))
    left, right = pair.read_graphs()
    assert left.type_names == right.type_names == ("record",)
    assert left.attributes(left.row("5")) == {"title": [f"{title(5)}, the film"], "year": ["1965"]}
    links = pair.read_links(["train"], left, right).links["train"]
    assert not links.gold.any()
    assert np.bincount(links.label).tolist() == [8, 8]


def test_labels_of_a_deepmatcher_folder_without_splits_are_divided(tmp_path: Path) -> None:
    folder = write_magellan(tmp_path / "pair")
    (folder / "train.csv").rename(folder / "labeled_data.csv")
    (folder / "valid.csv").unlink()
    (folder / "test.csv").unlink()
    links = pairs_of(open_pair(folder), "train", "valid", "test")
    assert [len(rows) for rows in links.values()] == [2, 2, 12]
    assert {label for rows in links.values() for _, _, label in rows} == {0, 1}


def test_tables_of_a_deepmatcher_folder_may_be_parquet_and_tsv(tmp_path: Path) -> None:
    import pyarrow.csv
    import pyarrow.parquet

    folder = write_magellan(tmp_path / "pair")
    before = [columns_of(graph) for graph in open_pair(folder).read_graphs()]
    table = pyarrow.csv.read_csv(folder / "tableA.csv")
    pyarrow.parquet.write_table(table, folder / "tableA.parquet")
    (folder / "tableA.csv").unlink()
    assert [columns_of(graph) for graph in open_pair(folder).read_graphs()] == before


# ---------------------------------------------------------------- left and right


def test_sources_of_any_form_may_stand_on_either_side(tmp_path: Path) -> None:
    folder = write_left_right(tmp_path / "pair")
    lines(folder / "right" / "entities.tsv", [("id", "type"), ("x", "film")])
    with pytest.raises(InputError, match=r"holds right and right\.nt; keep one of them"):
        open_pair(folder)
    (folder / "right.nt").unlink()
    assert open_pair(folder).read_graphs()[1].ids.to_pylist() == ["x"]


def test_links_in_a_folder_of_their_own_may_be_in_any_form(tmp_path: Path) -> None:
    folder = write_left_right(tmp_path / "pair")
    expected = pairs_of(open_pair(folder), "train", "test")
    (folder / "links").mkdir()
    for file in ("train.nt", "valid.tsv", "test.tsv"):
        (folder / file).rename(folder / "links" / file)
    (folder / "links" / "README.md").write_text("who matched what")
    pair = open_pair(folder)
    assert pair.passed_over == ("README.md",)
    assert pairs_of(pair, "train", "test") == expected


def test_links_that_name_no_split_are_divided(tmp_path: Path) -> None:
    folder = write_left_right(tmp_path / "pair")
    for split in ("valid.tsv", "test.tsv"):
        (folder / split).unlink()
    (folder / "train.nt").rename(folder / "links.nt")
    links = pairs_of(open_pair(folder), "train", "valid", "test")
    assert [len(rows) for rows in links.values()] == [1, 1, 6]


def test_options_of_sources_reach_them_and_no_other_layout(tmp_path: Path) -> None:
    options = PairOptions(left=SourceOptions(format="turtle"))
    assert open_pair(write_left_right(tmp_path / "a"), options).read_graphs()[0].num_entities
    with pytest.raises(InputError, match="is an OpenEA folder, which tells how it is read"):
        open_pair(write_openea(tmp_path / "b"), options)
    with pytest.raises(InputError, match="without folds; leave out --fold"):
        open_pair(write_magellan(tmp_path / "c"), PairOptions(fold="1"))


# ---------------------------------------------------------------- faults


def read_all(folder: Path) -> None:
    pair = open_pair(folder)
    left, right = pair.read_graphs()
    pair.read_links(pair.splits, left, right)


FAULTS = [
    (write_openea, "rel_triples_1", "a\tb\n", "rel_triples_1, row 1: has 2 filled columns"),
    (write_openea, "rel_triples_1", "a\tb\tc\n\na\t\tc\n", "rel_triples_1, row 3: has 2 filled"),
    (write_openea, "attr_triples_2", "a b c\n", "row 1: has no entity, attribute and value"),
    (write_openea, "attr_triples_2", b"a\tb\t\xff\n", "attr_triples_2, row 1: is not UTF-8"),
    (write_openea, "721_5fold/1/train_links", "a\n", "train_links, row 1: has 1 columns"),
    (write_openea, "721_5fold/1/train_links", "a\tb\n", "links no left to a right entity"),
    (write_numbered, "ent_ids_1", "", "ent_ids_1: is empty"),
    (write_numbered, "ent_ids_1", "x\ta\n", "ent_ids_1, row 1: has no number and id"),
    (write_numbered, "ent_ids_1", "1\ta\n1\tb\n", "row 2: the number 1 stands for another id"),
    (write_numbered, "triples_2", "1 2\n", "triples_2, row 1: has 2 columns, not 3"),
    (write_numbered, "triples_2", "100 2 999\n", "row 1: the number 999 stands for no entity"),
    (write_numbered, "triples_2", "100 9 101\n", "row 1: the number 9 stands for no relation"),
    (write_numbered, "triples_2", "-1 2 3\n", "row 1: '-1' is not a number of an entity"),
    (write_numbered, "sup_ent_ids", "1\t2\t3\n", "sup_ent_ids, row 1: has 3 columns, not the two"),
    (write_numbered, "sup_ent_ids", "0\t103\n0\t999\n", "row 2: no right entity is '999'"),
    (write_magellan, "tableA.csv", "id,title\n1,a\n1,b\n", "row 3, column 'id': the id '1' stands"),
    (write_magellan, "tableA.csv", "key,title\n1,a\n", "column 'id': is missing"),
    (write_magellan, "train.csv", "ltable_id,rtable_id\n1,2\n", "column 'label': is missing"),
    (
        write_magellan,
        "train.csv",
        "ltable_id,rtable_id,label\n1,77,1\n",
        "train.csv, row 2, column 'rtable_id': no right entity has the id '77'",
    ),
    (write_magellan, "train.csv", "ltable_id,rtable_id,label\n1,2,x\n", "'x' is no label"),
    (write_left_right, "train.nt", "<http://a> <http://b> <http://c> .\n", "train.nt"),
]


@pytest.mark.parametrize(("write", "file", "text", "message"), FAULTS)
def test_a_fault_is_one_line_with_file_and_row(
    write: Callable[[Path], Path], file: str, text: str | bytes, message: str, tmp_path: Path
) -> None:
    write(tmp_path / "pair")
    (tmp_path / "pair" / file).write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(InputError) as raised:
        read_all(tmp_path / "pair")
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_side_of_openea_without_any_triple_is_refused(tmp_path: Path) -> None:
    folder = write_openea(tmp_path / "pair")
    for name in ("rel_triples_1", "attr_triples_1"):
        (folder / name).write_text("\n")
    with pytest.raises(InputError, match="rel_triples_1: holds no triple"):
        read_all(folder)


@pytest.mark.parametrize(
    ("write", "file", "message"),
    [
        (write_openea, "rel_triples_2", "is an OpenEA folder, but has no rel_triples_2; add it"),
        (write_openea, "721_5fold/1/valid_links", "but has no valid_links; add it"),
        (write_numbered, "ent_ids_2", "a folder of numbered triples, but has no ent_ids_2; add it"),
        (write_numbered, "triples_1", "a folder of numbered triples, but has no triples_1; add it"),
        (write_magellan, "tableB.csv", "is a DeepMatcher folder, but has no tableB"),
        (write_left_right, "right.nt", "is no pair of graphs that can be read; give an OpenEA"),
    ],
)
def test_a_part_that_lacks_is_named(
    write: Callable[[Path], Path], file: str, message: str, tmp_path: Path
) -> None:
    folder = write(tmp_path / "pair")
    (folder / file).unlink()
    with pytest.raises(InputError, match=message):
        open_pair(folder)


def test_a_folder_there_is_not_is_named(tmp_path: Path) -> None:
    assert not is_pair_folder(tmp_path / "nowhere")
    with pytest.raises(InputError, match="there is no such folder"):
        open_pair(tmp_path / "nowhere")

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from kgreview.api import Project as Desk
from kgreview.errors import InputError, KGReviewError
from kgreview.pipeline.creation import create_project
from kgreview.pipeline.project import Project
from kgreview.pipeline.status import project_status
from kgreview.review import session
from tests.films import MakeFilms

TOO_FEW = (  # matches, in most of these projects
    "1 pair of types: too few matches are known to tell whether an entity may have several "
    "counterparts; taken for one-to-one: set 'cardinality' in schema.json where that is wrong"
)


def with_settings(path: Path, **settings: object) -> Project:
    file = path / "kgreview.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **settings}))
    return Project.open(path)


def test_entities_are_looked_up_by_the_template_of_their_graph(small_sample: Path) -> None:
    project = with_settings(small_sample, left_url="https://example.org/lib/{id}")
    view = session.next_pair(project, "Ada")
    assert view is not None
    page = f"https://example.org/lib/{view.left.id.replace(':', '%3A')}"
    assert f'<a href="{page}" target="_blank"' in view.heading()
    assert view.right.url is None
    neighbours = view.left.neighbours
    assert all(str(n.url).startswith("https://example.org/lib/lib%3A") for n in neighbours)


@pytest.mark.parametrize("wrong", [7, None, ["https://x"]])
def test_a_template_that_is_no_address_is_said_in_one_line(
    small_sample: Path, wrong: object
) -> None:
    with pytest.raises(InputError, match="'left_url' is not a web address"):
        with_settings(small_sample, left_url=wrong)


def test_a_project_names_the_reasons_its_curators_may_give(small_sample: Path) -> None:
    assert Project.open(small_sample).settings.reasons == ()
    project = with_settings(small_sample, reasons=["homonym", "remake"])
    assert project.settings.reasons == ("homonym", "remake")


@pytest.mark.parametrize("wrong", ["homonym", [1], {"a": 1}])
def test_reasons_that_are_no_words_are_said_in_one_line(small_sample: Path, wrong: object) -> None:
    with pytest.raises(InputError, match="'reasons' is not a list of words"):
        with_settings(small_sample, reasons=wrong)


def labels(project: Project, *pairs: str) -> list[int]:
    """What all known links make of pairs of ids."""
    left, right = zip(*(pair.split() for pair in pairs), strict=True)
    rows = project.left.rows(left), project.right.rows(right)
    return project.all_links().labels(*rows).tolist()


def ids_of(project: Project, split: str) -> list[str]:
    """Give the known links of a split as pairs of ids."""
    links = project.links(split)
    return [
        f"{project.left.id(left)} {project.right.id(right)}"
        for left, right in zip(links.left, links.right, strict=True)
    ]


def test_each_file_of_links_is_gold_or_judged_by_itself(make_films: MakeFilms) -> None:
    project = make_films(["l0 r0", "l1 r1"], ["l5 r6 0"], ["l7 r7 1", "l7 s7 0"])
    pairs = ("l0 r0", "l0 s0", "l1 s1", "l5 r6", "l5 r5", "l7 r7", "l7 s7", "l7 r8")
    assert labels(project, *pairs) == [1, 0, 0, 0, -1, 1, 0, -1]


def test_a_fifth_of_the_linked_entities_is_set_aside_whatever_is_rejected(
    make_films: MakeFilms, tmp_path: Path
) -> None:
    matches = [f"l{i} r{i}" for i in range(10)]
    held = []
    for number, rejections in enumerate([[], [[f"l{i} r{i + 1} 0" for i in range(10, 19)]]]):
        project = make_films(matches, *rejections)
        held.append(set(project.links("valid").matches.left.tolist()))
        assert len(project.links("valid")) == len(held[-1]) + number  # a fifth of nine is one
        project.path.rename(tmp_path / f"project {number}")
    assert held[0] == held[1]
    assert len(held[0]) == 2


def test_links_of_types_that_are_not_paired_are_named_when_the_project_is_made(
    make_films: MakeFilms,
) -> None:
    project = make_films(["l0 r0", "p t"], valid=[["l9 r9", "l8 t", "p r8"]])
    assert project.notes == [
        "3 known links join types that are not paired: person / town 1, film / town 1, "
        "person / film 1; they are not used: pair these types in schema.json or correct the links",
        TOO_FEW,
    ]
    assert [len(project.links(split)) for split in ("train", "valid")] == [1, 1]
    assert project.unpaired_matches() == 3
    assert project_status(project)["links"] == {"train": 1, "valid": 1, "unpaired": 3}


def test_a_pair_in_both_splits_validates_and_is_told_of(make_films: MakeFilms) -> None:
    project = make_films(["l0 r0", "l1 r1"], valid=[["l1 r1", "l2 r2"]])
    assert ids_of(project, "train") == ["l0 r0"]
    assert ids_of(project, "valid") == ["l1 r1", "l2 r2"]
    assert project.notes == [
        "1 known pair stands in two of the splits train, valid; it counts in the later one alone",
        TOO_FEW,
    ]


def test_a_pair_with_both_labels_is_refused_across_splits(
    make_films: MakeFilms, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as caught:
        make_films(["l0 r0", "l1 r1"], valid=[["l2 r2 1", "l1 r1 0"]])
    assert str(caught.value) == (
        f"{tmp_path}/valid0.tsv, row 3, column 'label': the pair has the other label in "
        f"{tmp_path}/train0.tsv, row 3; keep one of the two"
    )
    assert not (tmp_path / "project").exists()


def test_non_matches_of_types_that_are_not_paired_are_no_fault_and_only_counted(
    make_films: MakeFilms,
) -> None:
    project = make_films(["l0 r0"], ["p t 0", "p r0 0"], valid=[["l9 r9"]])
    assert project.notes == [
        "2 known non-matches join types that are not paired, as no candidate does; they are not "
        "used",
        TOO_FEW,
    ]
    assert project.unpaired_matches() == 0
    assert len(project.links("train")) == 1


@pytest.mark.parametrize(
    ("train", "valid", "settled"),
    [
        (["l0 r0"], ["l1 r1"], [1, 0, 1, 0]),
        (["l0 r0", "l5 s5 0"], ["l1 r1"], [1, -1, 1, -1]),
        (["l0 r0"], ["l1 r1", "l5 s5 0"], [1, -1, 1, -1]),
    ],
)
def test_links_of_an_earlier_release_mean_what_they_meant(
    make_films: MakeFilms, train: list[str], valid: list[str], settled: list[int]
) -> None:
    """There one non-match in either split made all of them judged."""
    project = make_films(["l0 r0"], valid=[["l1 r1"]])
    for split, rows in (("train", train), ("valid", valid)):
        left, right, label = zip(*([*row.split(), "1"][:3] for row in rows), strict=True)
        np.savez(
            project.link_file(split),
            left=project.left.rows(left),
            right=project.right.rows(right),
            label=np.array(label).astype(np.int8),
        )
    assert labels(project, "l0 r0", "l0 s0", "l1 r1", "l1 s1") == settled


# ---------------------------------------------------------------- equal ids


def countries(folder: Path, *shared: str, links: str = "", **options: bool) -> Project:
    """Make a project of films with ids of their own and of countries with those given.

    Of one id there is a person on the left and a film on the right, which are not paired.
    """
    for side in ("left", "right"):
        (folder / side).mkdir(exist_ok=True)
        things = "".join(f"{entity_id}\tcountry\t{entity_id}\n" for entity_id in shared)
        films = "".join(f"{side} {i}\tfilm\tname {i}\n" for i in range(3))
        kind = "person" if side == "left" else "film"
        table = f"id\ttype\tname\n{films}{things}http://x.org/odd\t{kind}\tOdd\n"
        (folder / side / "entities.tsv").write_text(table, encoding="utf-8")
    schema = folder / "schema.json"
    schema.write_text('{"types": [["film", "film"], ["country", "country"]]}', encoding="utf-8")
    file = folder / "links.tsv"
    file.write_text(f"left\tright\n{links}", encoding="utf-8")
    return create_project(
        folder / "project",
        folder / "left",
        folder / "right",
        links=[file] if links else [],
        schema=schema,
        **options,
    )


IRIS = tuple(f"http://x.org/country/{i}" for i in range(10))


def said(project: Project) -> list[str]:
    return [note for note in project.notes if "on both sides" in note]


def test_ids_that_stand_on_both_sides_are_offered_as_links(tmp_path: Path) -> None:
    project = countries(tmp_path, *IRIS)
    assert len(project.all_links()) == 0
    assert said(project) == [
        "10 ids stand on both sides; if an id means the same thing in both, add --same-ids"
    ]


def test_numbers_that_begin_alike_on_both_sides_are_not_offered(tmp_path: Path) -> None:
    assert said(countries(tmp_path, "1", "2", "0000003", "Q42")) == []


def test_equal_ids_of_paired_types_are_links_of_which_a_fifth_is_set_aside(tmp_path: Path) -> None:
    project = countries(tmp_path, *IRIS, "1", same_ids=True)
    assert [len(project.links(split)) for split in ("train", "valid")] == [9, 2]
    links = project.all_links()
    assert links.gold.all()
    assert [project.left.id(row) for row in sorted(links.left)] == ["1", *IRIS]
    assert (project.left.ids.take(links.left)).equals(project.right.ids.take(links.right))
    assert said(project) == ["11 ids on both sides: known matches by --same-ids"]


def test_what_links_say_of_an_entity_goes_before_its_id(tmp_path: Path) -> None:
    project = countries(tmp_path, *IRIS[:4], links=f"{IRIS[0]}\t{IRIS[1]}\n", same_ids=True)
    train = ids_of(project, "train") + ids_of(project, "valid")
    assert sorted(train) == sorted(
        [f"{IRIS[0]} {IRIS[1]}", f"{IRIS[2]} {IRIS[2]}", f"{IRIS[3]} {IRIS[3]}"]
    )


def test_without_an_equal_id_the_option_says_that_it_adds_nothing(tmp_path: Path) -> None:
    assert said(countries(tmp_path, "x", same_ids=True, links="x\tx\n")) == [
        "no ids of paired types stand on both sides: --same-ids adds no known match"
    ]


def test_a_project_that_is_open_goes_on_with_changed_settings(make_films: MakeFilms) -> None:
    project = make_films()
    desk = Desk(project, "Ada")
    assert project.as_it_is() is project
    with_settings(project.path, reasons=["remake"])
    assert project.as_it_is().settings.reasons == ("remake",)
    assert desk.settings.reasons == ("remake",)
    with project.database():
        pass  # it is the same project


def test_another_project_in_its_place_is_refused_also_with_the_times_of_before(
    make_films: MakeFilms, tmp_path: Path
) -> None:
    project = make_films()
    files = [project.path / name for name in ("kgreview.json", "schema.json")]
    times = [file.stat().st_mtime_ns for file in files]
    sides = tmp_path / "left", tmp_path / "right"
    shutil.rmtree(project.path)
    again = create_project(project.path, *sides, schema=tmp_path / "schema.json")
    for file, time in zip(files, times, strict=True):
        os.utime(file, ns=(time, time))
    another = pytest.raises(KGReviewError, match="another project was put in the place")
    with another, project.database():
        pass
    for use in (project.as_it_is, lambda: project.as_opened(0)):
        with pytest.raises(KGReviewError, match="another project was put in the place"):
            use()
    assert again.state != project.state
    with again.database():
        pass
    shutil.rmtree(project.path)
    with pytest.raises(KGReviewError, match="is not the project any more that was open"):
        project.as_it_is()

"""The sample data is what its script writes, is sound, and holds the difficulties it promises."""

import importlib.util
import json
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import pytest

SAMPLE_DATA = Path(__file__).parents[2] / "sample_data"
TABLES = [
    f"{side}/{name}.tsv"
    for side in ("left", "right")
    for name in ("entities", "attributes", "relations")
]
SPLITS = ("train", "valid", "test")
RIGHT_TYPE = {
    "film": "movie",
    "series": "series",
    "person": "person",
    "song": "song",
    "album": "album",
    "artist": "artist",
}


def read_rows(path: Path) -> list[list[str]]:
    return [line.split("\t") for line in path.read_text(encoding="utf-8").split("\n")[1:-1]]


@dataclass
class Side:
    types: dict[str, str]
    attributes: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    works: dict[str, set[str]] = field(default_factory=dict)  # tail → heads
    made_by: dict[str, dict[str, set[str]]] = field(default_factory=dict)  # head → relation → tails

    def name(self, entity: str) -> str:
        said = self.attributes.get(entity, {})
        return [*said.get("name", []), *said.get("title", []), ""][0]

    def of_type(self, kind: str) -> list[str]:
        return [entity for entity, type_ in self.types.items() if type_ == kind]


def read_side(folder: Path) -> Side:
    side = Side(dict(read_rows(folder / "entities.tsv")))
    side.attributes = defaultdict(lambda: defaultdict(list))
    side.works = defaultdict(set)
    side.made_by = defaultdict(lambda: defaultdict(set))
    for entity, attribute, value in read_rows(folder / "attributes.tsv"):
        side.attributes[entity][attribute].append(value)
    for head, relation, tail in read_rows(folder / "relations.tsv"):
        side.works[tail].add(head)
        side.made_by[head][relation].add(tail)
    return side


@pytest.fixture(scope="module")
def left() -> Side:
    return read_side(SAMPLE_DATA / "left")


@pytest.fixture(scope="module")
def right() -> Side:
    return read_side(SAMPLE_DATA / "right")


@pytest.fixture(scope="module")
def links() -> dict[str, dict[str, str]]:
    """Split → left id → right id."""
    folder = SAMPLE_DATA / "links"
    return {
        split: {row[0]: row[1] for row in read_rows(folder / f"{split}.tsv")} for split in SPLITS
    }


@pytest.fixture(scope="module")
def all_links(links: dict[str, dict[str, str]]) -> dict[str, str]:
    return {one: other for pairs in links.values() for one, other in pairs.items()}


@pytest.fixture(scope="module")
def stories() -> dict[str, dict[str, str]]:
    return json.loads((SAMPLE_DATA / "stories.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def habits() -> ModuleType:
    spec = importlib.util.spec_from_file_location("habits", SAMPLE_DATA / "habits.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run_make(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SAMPLE_DATA / "make.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


# ------------------------------------------------------------------------------------ the files


def test_the_script_writes_the_committed_files_byte_for_byte(tmp_path):
    made = run_make("--out", str(tmp_path))
    assert made.returncode == 0, made.stderr
    written = {p.relative_to(tmp_path) for p in tmp_path.rglob("*") if p.is_file()}
    assert written == {
        *map(Path, TABLES),
        *(Path("links") / f"{split}.tsv" for split in SPLITS),
        Path("stories.json"),
    }
    for path in written:
        assert (tmp_path / path).read_bytes() == (SAMPLE_DATA / path).read_bytes(), path


def test_check_accepts_its_own_files_and_names_one_that_was_touched(tmp_path):
    run_make("--out", str(tmp_path))
    checked = run_make("--check", "--out", str(tmp_path))
    assert checked.returncode == 0, checked.stderr
    assert "left: " in checked.stdout
    with (tmp_path / "links" / "train.tsv").open("a") as table:
        table.write("lib:f0000\tcat:Q0\t1\n")
    checked = run_make("--check", "--out", str(tmp_path))
    assert checked.returncode == 1
    assert "links/train.tsv" in checked.stderr


def test_tables_are_small_plain_text_with_headers():
    headers = {
        "entities": "id\ttype",
        "attributes": "entity\tattribute\tvalue",
        "relations": "head\trelation\ttail",
    }
    paths = [*TABLES, *(f"links/{split}.tsv" for split in SPLITS)]
    for path in paths:
        text = (SAMPLE_DATA / path).read_bytes().decode("utf-8")
        header, *rows = text.removesuffix("\n").split("\n")
        assert header == headers.get(Path(path).stem, "left\tright\tlabel")
        assert text.endswith("\n")
        assert "\r" not in text
        assert all(row.count("\t") == header.count("\t") for row in rows)
        assert all(cell.strip() for row in rows for cell in row.split("\t"))
    assert sum((SAMPLE_DATA / path).stat().st_size for path in paths) < 1_500_000


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_side_has_1500_to_3000_entities_with_ids_of_their_own(side):
    ids = [row[0] for row in read_rows(SAMPLE_DATA / side / "entities.tsv")]
    assert len(set(ids)) == len(ids)
    assert 1_500 <= len(ids) <= 3_000


@pytest.mark.parametrize("side", ["left", "right"])
def test_attributes_and_relations_belong_to_listed_entities_and_are_said_once(side):
    entities = {row[0] for row in read_rows(SAMPLE_DATA / side / "entities.tsv")}
    attributes = read_rows(SAMPLE_DATA / side / "attributes.tsv")
    relations = read_rows(SAMPLE_DATA / side / "relations.tsv")
    assert {row[0] for row in attributes} <= entities
    assert {row[0] for row in relations} | {row[2] for row in relations} == entities
    assert len({tuple(row) for row in attributes}) == len(attributes)
    assert len({tuple(row) for row in relations}) == len(relations)


# ------------------------------------------------------------------------------------ the links


def test_links_join_each_entity_once_to_one_of_the_corresponding_type(left, right, links):
    pairs = [pair for split in SPLITS for pair in links[split].items()]
    assert len({one for one, _ in pairs}) == len(pairs)
    assert len({other for _, other in pairs}) == len(pairs)
    assert all(right.types[other] == RIGHT_TYPE[left.types[one]] for one, other in pairs)
    assert all(
        row[2] == "1" for s in SPLITS for row in read_rows(SAMPLE_DATA / "links" / f"{s}.tsv")
    )


@pytest.mark.parametrize("kind", RIGHT_TYPE)
def test_each_type_is_split_45_15_40(kind, left, links):
    counts = {split: sum(left.types[one] == kind for one in links[split]) for split in SPLITS}
    total = sum(counts.values())
    assert total >= 40
    assert counts["train"] == pytest.approx(0.45 * total, abs=1)
    assert counts["valid"] == pytest.approx(0.15 * total, abs=1)


def test_a_fifth_of_each_side_has_no_counterpart(left, right, all_links):
    assert len(all_links) <= 0.8 * len(left.types)
    assert len(all_links) <= 0.8 * len(right.types)


def test_ids_and_row_order_say_nothing_about_matches(left, right, all_links):
    def places(side, ids):
        rank = {entity: place for place, entity in enumerate(side)}
        return [rank[entity] / len(side) for entity in ids]

    for arrange in (list, sorted):
        one = places(arrange(left.types), all_links)
        other = places(arrange(right.types), all_links.values())
        assert abs(correlation(one, other)) < 0.1


def correlation(xs: list[float], ys: list[float]) -> float:
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    together = sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True))
    apart = sum((a - x) ** 2 for a in xs) * sum((b - y) ** 2 for b in ys)
    return together / apart**0.5


# ---------------------------------------------------------------------------------- the stories


def test_aditya_is_a_match_that_the_name_alone_would_decide_wrongly(left, right, links, stories):
    story = stories["aditya"]
    assert story["match"] is True
    assert left.name(story["left"]) == "Aditya Raj"
    assert right.name(story["right"]) == "Aditya Raj Kapoor"
    assert right.name(story["namesake"]) == "Aditya Raj"
    assert right.types[story["namesake"]] == right.types[story["right"]] == "person"
    assert links["test"][story["left"]] == story["right"]
    for side, entity in ((left, story["left"]), (right, story["right"])):
        assert not {"birth_date", "born"} & side.attributes[entity].keys()


def test_aditya_shares_two_films_and_has_one_on_each_side_alone(left, right, all_links, stories):
    story = stories["aditya"]
    ours = {left.name(film): film for film in left.works[story["left"]]}
    theirs = {right.name(film): film for film in right.works[story["right"]]}
    assert set(ours) == {"Don't Stop Dreaming", "Sambar Salsa", "Gawaahi"}
    assert set(theirs) == {"Don't Stop Dreaming", "Sambar Salsa", "Shamaal"}
    for shared in ("Don't Stop Dreaming", "Sambar Salsa"):
        assert all_links[ours[shared]] == theirs[shared]
    assert story["left"] in left.made_by[ours["Don't Stop Dreaming"]]["written_by"]
    assert story["right"] in right.made_by[theirs["Don't Stop Dreaming"]]["screenwriter"]
    assert ours["Gawaahi"] not in all_links
    assert theirs["Shamaal"] not in all_links.values()
    assert right.works[story["namesake"]]
    assert not right.works[story["namesake"]] & set(theirs.values())


def test_radioactive_is_not_its_remix_though_nearly_everything_agrees(
    left, right, links, all_links, stories
):
    story = stories["radioactive"]
    song, remix, original = story["left"], story["right"], story["counterpart"]
    assert story["match"] is False
    assert links["test"][song] == original
    assert remix not in all_links.values()
    assert left.name(song) == right.name(remix) == right.name(original) == "Radioactive"
    for relation in ("part_of", "performer"):
        assert right.made_by[remix][relation] == right.made_by[original][relation] != set()
    assert (
        left.attributes[song]["year"]
        == right.attributes[remix]["release_date"]
        == right.attributes[original]["release_date"]
    )


def test_radioactive_and_its_remix_differ_in_guest_and_length(left, right, stories):
    story = stories["radioactive"]
    remix, original = right.made_by[story["right"]], right.made_by[story["counterpart"]]
    assert [right.name(guest) for guest in remix["featured_artist"]] == ["Kendrick Lamar"]
    assert not original["featured_artist"]
    assert not left.made_by[story["left"]]["featuring"]
    length = left.attributes[story["left"]]["length_seconds"]
    assert right.attributes[story["counterpart"]]["duration"] == length
    assert int(right.attributes[story["right"]]["duration"][0]) > int(length[0]) + 60


def test_stories_are_kept_from_training(links, stories):
    for story in stories.values():
        for split in ("train", "valid"):
            assert story["left"] not in links[split]
            assert story["right"] not in links[split].values()


# ------------------------------------------------------------------- what there is to learn from


def entities_by_name(side: Side, kind: str) -> dict[str, set[str]]:
    named: dict[str, set[str]] = defaultdict(set)
    for entity in side.of_type(kind):
        if side.name(entity):
            named[side.name(entity)].add(entity)
    return named


def test_people_and_films_have_namesakes_on_both_sides(left, right):
    for side, film in ((left, "film"), (right, "movie")):
        for kind, least in (("person", 15), (film, 20), ("song", 40)):
            shared = [group for group in entities_by_name(side, kind).values() if len(group) > 1]
            assert len(shared) >= least, kind


def misleading_people(left: Side, right: Side, links: dict[str, str]) -> list[tuple[str, str, str]]:
    """(left, its counterpart of another name, its namesake on the right)."""
    named = entities_by_name(right, "person")
    return [
        (one, other, namesake)
        for one, other in links.items()
        if left.types[one] == "person" and right.name(other) != left.name(one)
        for namesake in named.get(left.name(one), ())
    ]


def test_dozens_of_people_are_like_aditya(left, right, links, all_links):
    assert len(misleading_people(left, right, links["train"])) >= 20
    assert len(misleading_people(left, right, all_links)) >= 48


def test_shared_works_tell_such_people_from_their_namesakes(left, right, all_links):
    def shared(one: str, other: str) -> int:
        return len({all_links.get(work) for work in left.works[one]} & right.works[other])

    cases = misleading_people(left, right, all_links)
    told = [shared(one, other) > shared(one, namesake) for one, other, namesake in cases]
    assert sum(told) >= 0.9 * len(told)


def misleading_songs(left: Side, right: Side, links: dict[str, str]) -> list[tuple[str, str, str]]:
    """(left, its counterpart, another song on the right of that title and performer)."""
    named = entities_by_name(right, "song")
    return [
        (one, other, version)
        for one, other in links.items()
        if left.types[one] == "song"
        for version in named.get(left.name(one), set()) - {other}
        if right.made_by[version]["performer"] & right.made_by[other]["performer"]
    ]


def test_dozens_of_songs_are_like_radioactive(left, right, links, all_links):
    assert len(misleading_songs(left, right, links["train"])) >= 20
    assert len(misleading_songs(left, right, all_links)) >= 48


def test_length_guest_or_record_tells_such_songs_apart(left, right, all_links):
    def differ(other: str, version: str) -> bool:
        lengths = [right.attributes[song]["duration"] for song in (other, version)]
        relations = ("featured_artist", "remixer", "part_of", "songwriter")
        return lengths[0] != lengths[1] or any(
            right.made_by[other][relation] != right.made_by[version][relation]
            for relation in relations
        )

    cases = misleading_songs(left, right, all_links)
    told = [differ(other, version) for _, other, version in cases]
    assert sum(told) >= 0.95 * len(told)


def test_names_years_and_lengths_are_missing_here_and_there(left, right):
    for side, film, year in ((left, "film", "year"), (right, "movie", "release_date")):
        films = side.of_type(film)
        assert 5 <= sum(not side.name(entity) for entity in films) <= 0.1 * len(films)
        undated = sum(year not in side.attributes[entity] for entity in films)
        assert 0.05 * len(films) <= undated <= 0.25 * len(films)


def test_the_left_turns_names_around_and_the_right_knows_other_scripts(left, right):
    people = [left.name(entity) for entity in left.of_type("person")]
    assert sum(", " in name for name in people) >= 100
    assert sum(". " in name for name in people) >= 100
    assert sum(left.name(film).endswith(", The") for film in left.of_type("film")) >= 20
    values = [value for said in right.attributes.values() for value in said.get("alias", ())]
    assert sum(any(ord(letter) > 0x370 for letter in value) for value in values) >= 30


# ------------------------------------------------------------------------------------ spellings


@pytest.mark.parametrize(
    ("habit", "text", "expected"),
    [
        ("initials", "John Ronald Reuel Tolkien", "J. R. R. Tolkien"),
        ("initials", "Björk", "Björk"),
        ("surname_first", "Max von Sydow", "von Sydow, Max"),
        ("surname_first", "Robert Downey Jr.", "Downey Jr., Robert"),
        ("drop_middle", "Samuel L. Jackson", "Samuel Jackson"),
        ("drop_surname", "Aditya Raj Kapoor", "Aditya Raj"),
        ("drop_surname", "Brad Pitt", "Brad Pitt"),
        ("short_given_name", "William Hale", "Bill Hale"),
        ("transliterate", "Юрий Щербаков", "Yuriy Shcherbakov"),
        ("without_accents", "Søren Skarsgård", "Soren Skarsgard"),
        ("article_last", "The Godfather", "Godfather, The"),
        ("article_last", "Them", "Them"),
        ("drop_article", "A Separation", "Separation"),
        ("drop_subtitle", "Kill Bill: Volume 1", "Kill Bill"),
        ("swap_ampersand", "Thelma & Louise", "Thelma and Louise"),
        ("swap_ampersand", "Jules and Jim", "Jules & Jim"),
        ("day_before_month", "1970-07-03", "1970-03-07"),
        ("day_before_month", "1970-07-30", "1970-07-30"),
    ],
)
def test_habits_of_spelling(habits, habit, text, expected):
    assert getattr(habits, habit)(text) == expected

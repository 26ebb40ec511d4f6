"""Any entity is found by name or id, with a slip or two, in any script."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from kgreview.store.database import connect
from kgreview.store.entities import EntityBatch, replace_entities
from kgreview.store.entity_search import find_entities

FILMS = {
    "http://films/heat": "Heat",
    "http://films/heat2": "Heat and Dust",
    "http://films/spirited": "Spirited Away",
    "http://films/gone": "Gone with the Wind",
    "http://films/wind": "The Wind Rises",
    "http://films/moscow": "Москва слезам не верит",
    "http://films/seven": "七人の侍",
    "http://films/muller": "Müllers Büro",
    "tt0113277": "",
    "f!!!": "!!!",
}
PEOPLE = {"http://people/wind": "Wind, Gone", "http://people/heat": "Heat"}


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Films and people on the right; on the left a film of its own."""
    db = connect(tmp_path_factory.mktemp("search") / "kgreview.db", create=True)
    replace_entities(
        db,
        [
            batch("left", {"http://left/heat": "Heat"}, "film"),
            batch("right", FILMS, "film"),
            batch("right", PEOPLE, "person"),
        ],
        [],
    )
    yield db
    db.close()


def batch(side: str, names: dict[str, str], kind: str) -> EntityBatch:
    return EntityBatch(
        side, list(names), list(names.values()), [kind] * len(names), [[]] * len(names)
    )


def ends(db: Database, text: str, **given: object) -> list[str]:
    found = find_entities(db, "right", text, **given)  # type: ignore[arg-type]
    return [each.entity.rsplit("/", 1)[-1] for each in found]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("Heat", "heat"),
        ("heat and", "heat2"),
        ("http://films/gone", "gone"),
        ("tt0113277", "tt0113277"),
        ("tt0113278", "tt0113277"),  # a digit is wrong
        ("Spirted Away", "spirited"),
        ("Sprited Awya", "spirited"),
        ("away spirited", "spirited"),
        ("Gone wiht the Wnd", "gone"),
        ("moskva slezam", "moscow"),
        ("Moskwa slesam", "moscow"),
        ("Mosqva slezam ne verit", "moscow"),
        ("Москва слзам", "moscow"),
        ("七人の待", "seven"),
        ("mueller", "muller"),
        ("MULLERS BURO", "muller"),
        ("!!!", "f!!!"),
    ],
)
def test_it_is_found_first_however_it_is_typed(db: Database, typed: str, first: str) -> None:
    assert ends(db, typed, types=["film"])[:1] == [first]


def test_the_very_name_comes_before_names_that_begin_so_and_those_before_others(db):
    assert ends(db, "heat", types=["film"])[:2] == ["heat", "heat2"]
    assert ends(db, "wind", types=["film"])[:2] == ["wind", "gone"]


def test_types_narrow_the_search_and_a_side_never_finds_the_other(db):
    assert ends(db, "Heat", types=["person"]) == ["heat"]
    assert {each.entity for each in find_entities(db, "left", "heat")} == {"http://left/heat"}
    assert ends(db, "Heat", types=[]) == []
    assert len(ends(db, "heat", most=2)) == 2


@pytest.mark.parametrize("typed", ["", "  ", "\0", "zzzzz qqqq", "\u200b"])
def test_what_is_like_nothing_finds_nothing(db: Database, typed: str) -> None:
    assert ends(db, typed) == []


@given(st.text(max_size=30))
def test_nothing_typed_is_syntax(db: Database, typed: str) -> None:
    find_entities(db, "right", typed)
    find_entities(db, "right", f'heat "{typed}', types=["film"])


@given(st.sampled_from([name for name in FILMS.values() if len(name) > 7]), st.data())
def test_one_wrong_letter_is_forgiven(db: Database, name: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(name) - 1))
    slip = data.draw(
        st.sampled_from([name[:at] + name[at + 1 :], name[:at] + "q" + name[at + 1 :]])
    )
    entity = next(each for each, called in FILMS.items() if called == name)
    assert entity in [each.entity for each in find_entities(db, "right", slip)]


def test_a_search_costs_a_bounded_part_of_a_large_index(tmp_path, steps):
    """Each entity has the same words, but for a number: all parts but those of it are frequent."""
    costs = []
    for number in (4_000, 16_000):
        db = connect(tmp_path / f"{number}.db", create=True)
        names = {f"e{i}": f"station of the line {i}" for i in range(number)}
        replace_entities(db, [batch("right", names, "stop")], [])
        find_entities(db, "right", "statoin of teh line 3999")
        costs.append(
            steps(db, lambda db=db: find_entities(db, "right", "statoin of teh line 3999"))
        )
        assert ends_of(find_entities(db, "right", "station of the line 3999"))[0] == "e3999"
        db.close()
    assert costs[1] < 1.6 * costs[0]


def ends_of(found: Sequence[object]) -> list[str]:
    return [each.entity for each in found]  # type: ignore[attr-defined]

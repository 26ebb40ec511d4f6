from collections.abc import Callable

import pytest
from sqlite_utils import Database

from kgreview.store import decision_events, history
from kgreview.store.deciding import revise, undo, undo_decision
from kgreview.store.decisions import Decision
from kgreview.store.entities import EntityBatch, replace_entities
from kgreview.store.history import (
    SORTS,
    HistoryFilter,
    all_past_decisions,
    curators,
    past_decisions,
)
from kgreview.store.outcomes import Outcome

Steps = Callable[[Database, Callable[[], object]], int]
Say = Callable[..., Decision]


@pytest.fixture
def told(db: Database, say: Say) -> list[Decision]:
    """Five decisions: 1 and 5 stand, 2 is undone, 3 superseded by 4."""
    films = ["film", "film"]
    replace_entities(
        db,
        [
            EntityBatch("left", ["a", "b"], ["Heat", "Ran"], films, [[], []]),
            EntityBatch("right", ["x", "z"], ["Hitze", "Wirren"], films, [[], []]),
        ],
        [],
    )
    found = [say(db, "ann", "a", "x", Outcome.MATCH, score=0.9, seconds=3.0, flagged=True)]
    found.append(say(db, "bob", "a", "y", Outcome.SKIP, score=None, seconds=None))
    undo_decision(db, found[1].id, "ann")
    found.append(say(db, "ann", "b", "x", Outcome.UNSURE, score=0.2, note="a remake?"))
    found.append(revise(db, found[2].id, curator="bob", outcome=Outcome.NO_MATCH, note="It is."))
    found.append(say(db, "bob", "b", "z", Outcome.MATCH, score=0.2, seconds=9.0, reason="homonym"))
    return found


def listed(db: Database, told: list[Decision], **wanted: object) -> list[int]:
    """Give the places (from 1) of the decisions a filter lists."""
    ids = [decision.id for decision in told]
    page, following = past_decisions(db, HistoryFilter(**wanted))
    assert following is None
    return [ids.index(past.decision.id) + 1 for past in page]


@pytest.mark.parametrize(
    ("wanted", "places"),
    [
        ({}, [5, 4, 3, 2, 1]),
        ({"sort": "oldest"}, [1, 2, 3, 4, 5]),
        ({"sort": "score"}, [1, 5, 4, 3, 2]),
        ({"sort": "lowest score"}, [2, 3, 4, 5, 1]),
        ({"sort": "slowest"}, [5, 1, 3, 4, 2]),
        ({"curator": "ann"}, [3, 1]),
        ({"outcome": "match"}, [5, 1]),
        ({"outcome": "match", "curator": "bob"}, [5]),
        ({"state": "stands"}, [5, 4, 1]),
        ({"state": "undone"}, [2]),
        ({"state": "superseded"}, [3]),
        ({"flagged": True}, [1]),
        ({"text": "ran"}, [5, 4, 3]),
        ({"text": "hitze"}, [4, 3, 1]),
        ({"text": "ITZ"}, [4, 3, 1]),
        ({"text": "wíŕr"}, [5]),
        ({"text": "heat hitze"}, []),  # of two entities
        ({"text": "emak"}, [3]),
        ({"text": "\ud800"}, []),
        ({"text": "remake"}, [3]),
        ({"text": "homonym"}, [5]),
        ({"text": "y"}, [5, 2]),  # of a note; of no entity, but it is an id
        ({"text": "\"'); DROP TABLE decisions; --"}, []),
        ({"curator": "nobody"}, []),
    ],
)
@pytest.mark.parametrize("many", [history._MANY, -1])
def test_a_filter_lists_what_it_says_in_its_order(
    db: Database,
    told: list[Decision],
    wanted: dict[str, object],
    places: list[int],
    many: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(history, "_MANY", many)  # of entities that a search finds
    assert listed(db, told, **wanted) == places


def test_a_note_is_found_in_any_script_and_by_how_it_sounds(db: Database, say: Say) -> None:
    noted = say(
        db, "ann", "a", "x", Outcome.MATCH, note="Это Москва, nicht Zürich", reason="山田太郎"
    )
    for text in ("москв", "moskva", "urich", "太郎", "山田 zurich"):
        page, _ = past_decisions(db, HistoryFilter(text=text))
        assert [past.decision.id for past in page] == [noted.id]
    assert past_decisions(db, HistoryFilter(text="berlin"))[0] == []


@pytest.mark.parametrize(
    ("wanted", "places"),
    [
        ({"since": "2026-03-02"}, [5, 4, 3]),
        ({"until": "2026-03-01"}, [2, 1]),
        ({"since": "2026-03-01", "until": "2026-03-02"}, [4, 3, 2]),
        ({"since": "2026-03-02", "sort": "oldest"}, [3, 4, 5]),
        ({"since": "2026-03-02", "sort": "score"}, [5, 4, 3]),
        ({"until": "2026-03-02", "curator": "ann"}, [3, 1]),
        ({"since": "2027-01-01"}, []),
    ],
)
def test_days_are_whole_days_of_utc(
    fresh_db: Database,
    say: Say,
    monkeypatch: pytest.MonkeyPatch,
    wanted: dict[str, object],
    places: list[int],
) -> None:
    times = ("02-28T09:00", "03-01T23:59:59.999", "03-02T00:00", "03-02T12:00", "03-03T00:00")
    told = []
    for number, time in enumerate(times):
        monkeypatch.setattr(decision_events, "now", lambda time=time: f"2026-{time}+00:00")
        curator = "bob" if number % 2 else "ann"
        told.append(say(fresh_db, curator, "a", f"x{number}", Outcome.SKIP, score=number / 9))
    assert listed(fresh_db, told, **wanted) == places
    pages, after = [], None
    while True:
        page, after = past_decisions(fresh_db, HistoryFilter(**wanted), after=after, size=1)
        pages += [told.index(past.decision) + 1 for past in page]
        if after is None:
            break
    assert pages == places


def test_each_decision_says_what_became_of_it(db: Database, told: list[Decision]) -> None:
    page, _ = past_decisions(db, HistoryFilter(sort="oldest"))
    assert [(past.state, past.by) for past in page] == [
        ("stands", ""),
        ("undone", "ann"),
        ("superseded", "bob"),
        ("stands", ""),
        ("stands", ""),
    ]
    undo(db, "bob")
    undo(db, "bob")  # the revision: what it replaced stands again
    page, _ = past_decisions(db, HistoryFilter(sort="oldest"))
    assert [past.state for past in page] == ["stands", "undone", "stands", "undone", "undone"]


@pytest.mark.parametrize("sort", SORTS)
def test_pages_put_together_are_the_whole(
    db: Database, told: list[Decision], say: Say, sort: str
) -> None:
    for number in range(20):
        say(db, "ann", "b", "z", Outcome.UNSURE, score=(None, 0.5, 0.25)[number % 3], seconds=None)
    wanted = HistoryFilter(sort=sort)
    whole, _ = past_decisions(db, wanted, size=100)
    assert len(whole) == 25
    assert list(all_past_decisions(db, wanted)) == whole
    pages, after = [], None
    while True:
        page, after = past_decisions(db, wanted, after=after, size=4)
        pages += page
        if after is None:
            break
    assert pages == whole


def test_everybody_who_decided_is_named(db: Database, told: list[Decision]) -> None:
    assert curators(db) == ["ann", "bob"]


def test_an_address_gives_back_the_filter_it_was_made_of() -> None:
    wanted = HistoryFilter(
        "score", "Zoë & co", "match", "undone", True, "heat", "2026-03-01", "2026-03-02"
    )
    assert HistoryFilter.from_parameters(wanted.parameters()) == wanted
    crossed = {"since": "2026-03-02", "until": "2026-03-01"}
    assert HistoryFilter.from_parameters(crossed).since == "2026-03-01"
    nonsense = {"since": "yesterday", "until": "2026-02-30"}
    assert HistoryFilter.from_parameters(nonsense) == HistoryFilter()
    assert HistoryFilter.from_parameters({"sort": "x", "outcome": "y", "state": "z"}) == (
        HistoryFilter()
    )


@pytest.mark.parametrize(
    "wanted",
    [
        *(HistoryFilter(sort=sort) for sort in SORTS),
        HistoryFilter(curator="ann"),
        HistoryFilter(outcome="skip"),
        HistoryFilter(state="stands"),
        HistoryFilter(text="Ran"),
        HistoryFilter(since="2020-01-01", until="2100-01-01"),
        HistoryFilter(since="2020-01-01", sort="oldest"),
        HistoryFilter(since="2020-01-01", sort="score"),
    ],
    ids=str,
)
def test_a_page_costs_the_same_after_many_decisions(
    db: Database, told: list[Decision], say: Say, wanted: HistoryFilter, steps: Steps
) -> None:
    many: dict[int, int] = {}
    for size in (100, 1_500):
        while (made := db.execute("SELECT count(*) FROM decisions").fetchone()[0]) < size:
            say(db, "ann", "q", f"r{made}", Outcome.SKIP, score=0.5)
        _, after = past_decisions(db, wanted, size=2)
        many[size] = steps(db, lambda after=after: past_decisions(db, wanted, size=10, after=after))
    assert many[1_500] < 1.5 * many[100] + 500

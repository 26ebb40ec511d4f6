"""Entities of a list as people read them; names of graphs stay text."""

from kgreview.store.entity_pages import EntityRow
from kgreview.store.entity_states import STATES, Partner, TypeProgress
from kgreview.ui.entity_list import STATE_WORDS, entity_cells, progress_line

ROW = EntityRow("left", "f1", "Heat", "film", "matched")


def test_each_state_has_words() -> None:
    assert set(STATE_WORDS) == set(STATES)


def test_progress_says_what_is_settled_how_and_what_is_not() -> None:
    counts = {"matched": 1_200, "rejected": 3, "open": 20, "conflict": 1, "no candidate": 0}
    assert progress_line(TypeProgress("work", counts)) == (
        "**work**: 1,203 of 1,224 settled (1,200 matched, 3 all candidates rejected), "
        "21 without an answer (20 open, 1 in conflict)"
    )
    assert progress_line(TypeProgress("work", {"matched": 2})) == (
        "**work**: 2 of 2 settled (2 matched)"
    )


def test_the_name_of_a_type_is_no_markdown() -> None:
    line = progress_line(TypeProgress("![x](http://a.invalid/x.png)", {"open": 1}))
    assert "![x](" not in line


def test_a_matched_entity_names_its_partner_and_who_said_so() -> None:
    partners = [
        Partner("m1", "Heat (1995)", 0.93, ("Ann", "Bob"), matched=True),
        Partner("m2", "Heat 2", None, (), matched=True),
    ]
    cells = entity_cells(ROW, partners)
    assert cells["match or best candidate"] == "Heat (1995) +1"
    assert (cells["state"], cells["score"], cells["matched by"]) == ("matched", "93%", "Ann, Bob")
    assert entity_cells(ROW, partners[1:])["matched by"] == "known link"


def test_an_open_entity_names_its_best_candidate_and_one_without_a_name_its_id() -> None:
    row = EntityRow("left", "f2", "", "film", "open")
    cells = entity_cells(row, [Partner("m2", "Alien", 0.4, (), matched=False)])
    assert (cells["name"], cells["match or best candidate"], cells["matched by"]) == (
        "f2",
        "Alien",
        "",
    )
    assert entity_cells(row, [])["match or best candidate"] == ""


def test_a_type_that_is_not_asked_about_says_so() -> None:
    line = progress_line(TypeProgress("state", {"open": 3}, asked=False))
    assert line == "**state**: 0 of 3 settled, not asked about, 3 without an answer (3 open)"

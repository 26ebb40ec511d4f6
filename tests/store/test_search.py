"""What a search finds: in an index of SQLite, among many texts and in one, the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from kgreview.store.search import (
    LONGEST_PART,
    MOST_LETTERS,
    both_spellings,
    indexed_parts,
    is_found,
    matches_search,
    search_terms,
    search_words,
    storable,
)

LETTERS = "aAbB1 é'\"-!*()東太郎мМßب\n\u0301"
TEXTS = st.one_of(st.text(max_size=40), st.text(st.sampled_from(LETTERS), max_size=12))


def found(texts: list[str], typed: str) -> list[bool]:
    """Search all three ways, which must agree."""
    db = Database(memory=True)
    db.execute("""
        CREATE VIRTUAL TABLE found USING fts5 (
            words, content = '', columnsize = 0, detail = 'none', prefix = '1 2',
            tokenize = 'ascii')""")
    rows = list(enumerate(indexed_parts(texts)))
    db.conn.executemany("INSERT INTO found (rowid, words) VALUES (?, ?)", rows)
    hits = db.execute("SELECT rowid FROM found WHERE found MATCH ?", [search_terms(typed)])
    numbers = {number for (number,) in hits}
    db.close()
    by_index = [number in numbers for number in range(len(texts))]
    assert matches_search(both_spellings(texts), typed).to_pylist() == by_index
    assert [is_found(typed, text) for text in texts] == by_index
    return by_index


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("太郎", "山田太郎"),
        ("田", "山田太郎"),
        ("mada", "Yamada"),
        ("uller", "Müller"),
        ("ÜLL", "mu\u0308ller"),
        ("u\u0308ller", "MÜLLER"),
        ("moskva", "Москва"),
        ("oskv", "Москва"),
        ("скв", "МОСКВА"),
        ("athina", "Αθήνα"),
        ("seoul", "서울"),
        ("울", "서울"),
        ("احمد", "أَحْمَد"),
        ("שלום", "שָׁלוֹם"),
        ("doe john", "John Doe"),
        ("ohn moskva", "John из Москвы Москва"),
        ("dont", "Don’t Stop"),
        ("o'neill", "Oneill"),
        ("9 1/2", "9½ weeks"),
        ("!!!", "!!!"),
        ("!!", "!!!"),
        ("x" * 100, "x" * 90 + "y"),  # no further than LONGEST_PART
    ],
)
def test_any_part_of_a_word_finds_it_however_it_is_written(typed: str, text: str) -> None:
    assert found(["another text", text], typed) == [False, True]


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("太朗", "山田太郎"),
        ("john smith", "John Doe"),
        ("johndoe", "John Doe"),  # a part of one word
        (".*", "anything"),
        ("%", "100"),
        ("", "anything"),
        (" \u200b\0", "anything"),
        ("?", "!!!"),
        ("a" * LONGEST_PART, "a" * (LONGEST_PART - 1)),
        ("needle", "x " * MOST_LETTERS + "needle"),
    ],
)
def test_what_is_not_in_a_text_does_not_find_it(typed: str, text: str) -> None:
    assert found([text], typed) == [False]


@given(st.lists(TEXTS, max_size=5), TEXTS)
def test_index_scan_and_single_look_find_the_same_and_nothing_typed_is_syntax(texts, typed):
    found(texts, typed)


@given(TEXTS, st.data())
def test_each_part_of_each_word_finds_its_text(text, data):
    for word in search_words(text):
        start = data.draw(st.integers(0, len(word) - 1))
        end = data.draw(st.integers(start + 1, len(word)))
        assert is_found(word, text)
        # a part may end in front of a mark that composes with what it is behind
        if search_words(word[start:end]) == (word[start:end],):
            assert found([text], word[start:end]) == [True]


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=4), TEXTS)
def test_texts_that_are_found_together_are_found_in_either(pairs, typed):
    columns = [list(column) for column in zip(*pairs, strict=True)] or [[], []]
    assert matches_search(both_spellings(*columns), typed).to_pylist() == [
        is_found(typed, *pair) for pair in pairs
    ]


def test_a_name_of_signs_is_found_beside_an_id_of_words():
    assert is_found("!!!", "!!!", "Band_1")
    assert not is_found("!!!", "Band! 1", "Band_1")


@pytest.mark.parametrize(
    "typed",
    ['"', "'", "NEAR(", "a OR b", "-a", "a*", "^a", "{a}", "\0", "\ud800", "🎬", "\u0301", "़", "ﷺ"],
)
def test_hostile_searches_raise_nothing(typed: str) -> None:
    found(["a", "b"], typed)
    found(["a", "b"], f"{typed} a {typed}")
    assert storable(typed).encode()

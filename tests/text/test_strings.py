import unicodedata

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from kgreview.text.ngrams import hash_strings, ngrams
from kgreview.text.strings import (
    LONGEST,
    normalise,
    normalise_one,
    sort_words,
    transliterate,
)

# texts in which scripts, cases, marks and apostrophes meet
MIXED = st.text(
    st.sampled_from("aAzZ09 -!'’\"´\n\téßıİŁµμΑαςΣЙйіІоОбבּך״أىة٣½™が゛ハﾞ한ᄀ각กิ้ि़\u0301\u200b\ufe0f")
)
ANY = st.one_of(st.text(), MIXED)


def spelt(*strings: str) -> list[str]:
    return normalise(list(strings)).to_pylist()


def test_case_accents_punctuation_and_spaces_do_not_matter():
    assert spelt("  Mötley   CRÜE ", "Yegorova, Tatyana", "AC/DC") == [
        "motley crue",
        "yegorova tatyana",
        "ac dc",
    ]


def test_letters_that_no_decomposition_takes_apart_become_plain():
    assert spelt("Ørsted", "Łódź", "Straße", "Þórr", "Ærø") == [
        "orsted",
        "lodz",
        "strasse",
        "thorr",
        "aero",
    ]


def test_apostrophes_do_not_part_words():
    assert spelt("Don’t Stop", "Don't Stop") == ["dont stop", "dont stop"]


def test_other_scripts_keep_their_letters_and_vowel_signs():
    assert spelt("हिन्दी", "北京", "МОСКВА") == ["हिन्दी", "北京", "москва"]


def test_compatible_forms_are_one():
    assert spelt("ﬁlm", "Ｆｉｌｍ") == ["film", "film"]


def test_a_name_of_punctuation_stays_and_invisible_marks_do_not():
    assert spelt("!!!", "\u200f", "a\u200bb", "") == ["!!!", "", "ab", ""]


@given(ANY)
def test_what_is_normalised_is_not_changed_by_it_again(text):
    assert normalise_one(normalise_one(text)) == normalise_one(text)


# the iota below a vowel becomes a letter, which marks of other scripts do not pass: test_letters
@given(ANY.filter(lambda text: "\u0345" not in unicodedata.normalize("NFD", text)))
def test_neither_case_nor_canonical_form_makes_a_difference(text):
    forms = [unicodedata.normalize(form, text) for form in ("NFC", "NFD")]
    assert len(set(spelt(text, text.upper(), text.lower(), text.casefold(), *forms))) == 1
    assert {normalise_one(form) for form in forms} == {normalise_one(text)}


@given(st.lists(ANY, max_size=6))
def test_many_strings_are_spelt_as_each_alone(strings):
    assert spelt(*strings) == [normalise_one(text) for text in strings]


def test_nulls_chunks_and_lone_surrogates_do_no_harm():
    chunks = pa.chunked_array([["É", None], ["!!!"]])
    assert normalise(chunks).to_pylist() == ["e", "", "!!!"]
    assert normalise_one("a\ud800b") == "a b"
    assert normalise_one("\ud800") == ""


@given(st.lists(ANY, max_size=6))
def test_a_second_spelling_is_a_first_one_too_and_ascii_where_letters_sound(strings):
    first = normalise(strings)
    second = transliterate(first)
    assert normalise(second).equals(second)
    for one, two in zip(first.to_pylist(), second.to_pylist(), strict=True):
        assert one == two if one.isascii() else two.isascii() or two == one


def test_names_of_other_scripts_have_a_second_spelling():
    names = ["Москва", "서울", "Афины", "Αθήνα", "ประเทศไทย", "東京", "München", "!!!", ""]
    assert transliterate(normalise(names)).to_pylist() == [
        *("moskva", "seoul", "afiny", "athina", "praethsaithy", "dongjing", "munchen", "!!!", ""),
    ]


def test_the_hash_of_a_string_is_the_same_for_ever():
    hashed = hash_strings(pa.array(["", "a", "é", "москва", None], pa.large_string()))
    assert hashed.tolist() == [
        *(1760245841805064774, 13950350942979735504, 16908809132758853863),
        *(14471256009884263244, 1760245841805064774),
    ]
    assert hash_strings(pa.array([], pa.large_string())).shape == (0,)


@given(st.lists(st.text(max_size=30), max_size=5))
def test_normalising_never_fails_and_leaves_no_double_spaces(strings):
    for text in normalise(strings).to_pylist():
        assert "  " not in text.strip() or not any(c.isalnum() for c in text)


def test_the_order_of_words_goes():
    assert sort_words(normalise(["Kapoor, Aditya Raj", "Aditya Raj Kapoor"])) == [
        "aditya kapoor raj",
        "aditya kapoor raj",
    ]


def test_ngrams_lie_within_words_whatever_their_order():
    counted = ngrams(normalise(["Surname, Given", "Given Surname", "abc", "cab"])).toarray()
    assert (counted[0] == counted[1]).all()
    assert counted[2].sum() == 3  # " ab", "abc", "bc "
    assert not (counted[2].astype(bool) & counted[3].astype(bool)).any()


def test_a_very_long_string_counts_to_a_limit_and_an_empty_one_for_nothing():
    counted = ngrams(normalise(["x" * 10_000, ""]))
    assert counted[0].sum() == LONGEST
    assert counted[1].nnz == 0


def test_no_strings_give_no_rows():
    assert ngrams(normalise([])).shape[0] == 0

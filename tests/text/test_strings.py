from hypothesis import given
from hypothesis import strategies as st

from kgreview.text.ngrams import ngrams
from kgreview.text.strings import LONGEST, normalise, sort_words


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

"""Every letter, mark and digit that Unicode has, and what people write for one another."""

import sys
import unicodedata
from collections.abc import Callable

import pytest

from kgreview.text.strings import normalise, normalise_one


def equal(*texts: str) -> bool:
    return len(set(map(normalise_one, texts))) == 1


@pytest.fixture(scope="module")
def words() -> list[str]:
    """Give each character of Unicode between two letters, and alone."""
    points = [p for p in range(sys.maxunicode + 1) if not 0xD800 <= p < 0xE000]
    assigned = [chr(p) for p in points if unicodedata.category(chr(p)) not in ("Cn", "Co")]
    return [text for char in assigned for text in (f"a{char}b", char)]


@pytest.mark.parametrize(
    "rewrite",
    [
        str.upper,
        str.lower,
        str.casefold,
        lambda text: unicodedata.normalize("NFC", text),
        lambda text: unicodedata.normalize("NFD", text),
        normalise_one,
    ],
    ids=["upper", "lower", "casefold", "NFC", "NFD", "normalised"],
)
def test_no_character_is_spelt_otherwise_in_another_case_or_form_or_a_second_time(
    words: list[str], rewrite: Callable[[str], str]
) -> None:
    spelt = normalise(words).to_pylist()
    again = normalise([rewrite(text) for text in words]).to_pylist()
    different = [text for text, one, two in zip(words, spelt, again, strict=True) if one != two]
    assert different == []


@pytest.mark.parametrize(
    ("plain", "written"),
    [
        ("حمد", "حَمَّدٌ"),  # points for vowels, doubled letters and endings
        ("احمد", "أحمد"),
        ("الرحمن", "الرَّحْمٰن"),
        ("שלום", "שָׁלוֹם"),
        ("ישראל", "יִשְׂרָאֵל"),
        ("ܣܘܪܝܐ", "ܣܘܪܝܳܐ"),
        ("Αθηνα", "Ἀθήνα"),
        ("moskva", "moskv\u0338a"),  # an overlay
        ("1", "1\ufe0f\u20e3"),  # a key cap
    ],
)
def test_accents_overlays_and_points_go(plain: str, written: str) -> None:
    assert equal(plain, written, unicodedata.normalize("NFD", written))


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("कि", "की"),  # vowel signs
        ("क्त", "कत"),  # a virama
        ("क़", "क"),  # a nukta
        ("ขาว", "ข่าว"),  # tones of Thai
        ("ກາ", "ກ່າ"),
        ("བཀ", "བཀི"),
        ("ཅ", "ཅ༹"),  # its mark has the class of accents, and makes another letter
        ("ᨀ", "ᨀᨗ"),  # a vowel of Buginese has, too
        ("ハス", "バス"),  # voiced
        ("はん", "ぱん"),
        ("မ", "မိ"),
        ("ދ", "ދު"),
    ],
)
def test_marks_that_are_vowels_or_letters_stay(one: str, two: str) -> None:
    assert not equal(one, two)
    assert all(normalise_one(text) == unicodedata.normalize("NFC", text) for text in (one, two))


@pytest.mark.parametrize(
    "forms",
    [
        ["احمد", "أحمد", "إحمد", "آحمد", "ٱحمد"],
        ["علي", "على", "علی"],
        ["كريم", "کريم"],
        ["فاطمة", "فاطمه", "فاطمہ", "فاطمۃ", "فاطمۀ"],
        ["محمد", "محـــمد"],
        ["مؤمن", "مومن"],
        ["ג׳יפ", "ג'יף"],
        ["Ὀδυσσεύς", "ΟΔΥΣΣΕΥΣ"],
        ["ﷲ", "الله"],
    ],
)
def test_forms_of_one_letter_are_one(forms: list[str]) -> None:
    assert equal(*forms)


@pytest.mark.parametrize("apostrophe", "'’‘ʼʻʽʾʿ`´′ʹ＇״׳՚ˈ‛″\u1ffd\u1fbd")
def test_apostrophes_of_all_scripts_go(apostrophe: str) -> None:
    assert normalise_one(f"Hawai{apostrophe}i") == "hawaii"


def test_a_quotation_mark_is_an_apostrophe_within_a_hebrew_acronym_only():
    assert equal('צה"ל', "צה״ל", "צהל")
    assert normalise_one('the "צהל" and "x"y"') == "the צהל and x y"


@pytest.mark.parametrize(
    "unseen", "\u00ad\u200b\u200c\u200d\u200e\u2060\ufeff\ufe0f\u180b\u034f\u0640\u3164\U000e0101"
)
def test_what_nobody_sees_goes(unseen: str) -> None:
    assert normalise_one(f"Na{unseen}me") == "name"
    assert normalise_one(unseen) == ""


def test_digits_of_all_scripts_are_digits_and_fractions_words():
    assert normalise_one("٣١ ۳۱ ३१ ๓๑ ３１ 𝟑𝟏") == "31 31 31 31 31 31"
    assert equal("9½", "9 1/2", "9 ½")
    assert not equal("9½", "91/2")
    assert normalise_one("H₂O, m²") == "h2o m2"


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("Ħamrun", "hamrun"),
        ("Əliyev", "eliyev"),
        ("Łódź", "lodz"),
        ("Ðorđe", "dorde"),
        ("Bjørn Œuvre Straße Þór Ŋ", "bjorn oeuvre strasse thor ng"),
        ("Diyarbakır IĞDIR iğdır İZMİR", "diyarbakir igdir igdir izmir"),
        ("ﬁlm ǆ ⅷ", "film dz viii"),
        ("Foo™ Bar® Baz℠", "foo bar baz"),
    ],
)
def test_letters_of_latin_script_become_plain_ones(written: str, plain: str) -> None:
    assert normalise_one(written) == plain


@pytest.mark.parametrize(
    ("mixed", "pure"),
    [
        ("\N{CYRILLIC CAPITAL LETTER A}nna", "Anna"),
        ("Ol\N{CYRILLIC SMALL LETTER GHE WITH UPTURN}a", "Olґa"),  # no Latin letter looks like it
        ("M\N{CYRILLIC SMALL LETTER O}сква", "Москва"),
        ("К\N{LATIN SMALL LETTER I}їв", "Київ".replace("и", "і")),
        ("\N{GREEK CAPITAL LETTER NU}ASA", "NASA"),
        ("\N{LATIN CAPITAL LETTER N}ίκος", "Νίκος"),
        ("\N{CYRILLIC CAPITAL LETTER BYELORUSSIAN-UKRAINIAN I}phone", "iPhone"),
    ],
)
def test_a_word_of_two_scripts_is_put_into_the_one_it_looks_like(mixed: str, pure: str) -> None:
    assert equal(mixed, pure)


def test_words_of_different_scripts_and_letters_without_a_like_stay():
    assert normalise_one("Anna Анна Яnna kΩ") == "anna анна яnna kω"
    assert not equal("5 µg", "5 mg")


def test_texts_that_differ_in_form_are_equal():
    assert normalise_one("Café Olé") == normalise_one("cafe\u0301 OLE\u0301")
    assert normalise_one("") == normalise_one("\u200b")
    assert normalise_one("Café") != normalise_one("Cafés")

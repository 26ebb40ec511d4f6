from babel import Locale

from kgreview.text.months import LANGUAGES, date_word, eras, month_names, weekday_names
from kgreview.text.tidy import tidy


def test_every_month_of_every_language_is_known_in_full():
    names = month_names()
    for language in LANGUAGES:
        for number, name in Locale.parse(language).months["format"]["wide"].items():
            assert language == "vi" or names[date_word(tidy(name))] == number, (language, name)


def test_english_months_may_be_cut_to_three_letters_and_more():
    names = month_names()
    assert names["sep"] == names["sept"] == names["septem"] == 9
    assert "se" not in names


def test_a_day_of_the_week_that_is_a_month_elsewhere_is_the_month():
    assert month_names()["mar"] == 3
    assert "mar" not in weekday_names()
    assert {"tuesday", "dienstag", "вторник"} <= weekday_names()


def test_eras_are_before_or_since_the_year_1():
    assert eras()["bc"]
    assert eras()["vchr"]
    assert not eras()["nchr"]
    assert eras()["ekr"]  # Finnish
    assert not eras()["e kr"]  # Swedish
    assert "m" not in eras()  # a metre more often than Masehi

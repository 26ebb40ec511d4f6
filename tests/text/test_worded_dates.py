import pytest

from kgreview.text.dates import read_date
from kgreview.text.days import days_of
from kgreview.text.tidy import tidy


def date(value):
    return read_date(tidy(value))


@pytest.mark.parametrize(
    "value",
    [
        "April 25, 1950", "April 25th, 1950", "25 April 1950", "25th of April 1950",
        "Apr 25 , 1950", "25-Apr-50", "25-APR-1950", "1950 Apr 25", "1950-Apr-25",
        "Tue, 25 Apr 1950 12:00:00 GMT", "Tue Apr 25 12:00:00 1950", "Apr 25 1950 12:00AM",
        "Tuesday, 25 April 1950", "25 April 1950 (age 74)", "born 25 April 1950",
        "25. April 1950", "25 avril 1950", "25 avr. 1950", "25 de abril de 1950", "25 aprile 1950",
        "25 april 1950", "25 kwietnia 1950", "25. dubna 1950",
        "25 апреля 1950 г.", "25 квітня 1950 р.", "den 25 april 1950", "25. april 1950",
        "25. huhtikuuta 1950", "25 Nisan 1950", "25 NİSAN 1950", "1950. április 25.",
        "25 aprilie 1950", "25 Απριλίου 1950", "25 أبريل 1950", "٢٥ أبريل ١٩٥٠", "25 באפריל 1950",
        "۲۵ آوریل ۱۹۵۰", "२५ अप्रैल १९५०",
        "ngày 25 tháng 4 năm 1950", "25 thg 4, 1950", "1950年4月25日", "1950 年 4 月 25 日",
        "1950년 4월 25일", "昭和25年4月25日", "25.IV.1950", "25 IV 1950",
    ],
)  # fmt: skip
def test_one_day_is_read_in_the_larger_languages(value):
    assert date(value) == days_of(1950, 4, 25)


@pytest.mark.parametrize(
    "value", ["April 1950", "Apr. 1950", "avril 1950", "Apr-1950", "апрель 1950", "1950年4月"]
)
def test_a_month_with_its_year_is_all_its_days(value):
    assert date(value) == days_of(1950, 4)


@pytest.mark.parametrize(
    "value",
    ["c. 1950", "ca. 1950", "c1950", "circa 1950", "© 1950", "1950 г.", "1950年", "1950 AD"],
)
def test_words_about_a_year_leave_it_the_year(value):
    assert date(value) == days_of(1950)


@pytest.mark.parametrize(
    "value",
    ["44 BC", "44 B.C.", "44 BCE", "44 v. Chr.", "44 av. J.-C.", "44 a.C.", "44 a. C.", "44 p.n.e.",
     "44 př. n. l.", "44 до н. э.", "44 до н.э.", "44 f.Kr.", "44 eKr.", "MÖ 44", "44 π.Χ.",
     "公元前44年", "기원전 44년", "紀元前44年"],
)  # fmt: skip
def test_an_era_is_read_in_the_larger_languages(value):
    assert date(value) == days_of(-43)


def test_other_times_with_words():
    assert date("15 March 44 BC") == days_of(-43, 3, 15)
    assert (
        date("AD 450") == date("450 CE") == date("450 n. Chr.") == date("450 e.Kr.") == days_of(450)
    )
    assert date("1950s") == (days_of(1950)[0], days_of(1959)[1])
    assert date("300–200 BC") == (days_of(-299)[0], days_of(-199)[1])
    assert date("27 BC - 14 AD") == (days_of(-26)[0], days_of(14)[1])
    assert date("April 1950 – May 1951") == (days_of(1950, 4)[0], days_of(1951, 5)[1])


@pytest.mark.parametrize(
    "value",
    ["May", "March 12", "Feb-11", "Sunday 1950", "1973 mystery film", "12 Monkeys", "1950 ac",
     "44 mo", "0 BC", "10 BC - 20 BC", "25 April 1234567", "May April 1950", "5 x 2000",
     "1 April 2 May 1950", "Blade Runner 2049", "1000 years", "April 0000", "0年", "Mar Mar 1950",
     "① BC", "1950 ②", "H3 1950", "Q5 1950", "20th Century Fox", "100th century", "0th century",
     "1955s", "early 1950s", "19 th"],
)  # fmt: skip
def test_words_that_belong_to_no_date_make_it_none(value):
    assert date(value) is None


@pytest.mark.parametrize(
    ("value", "first", "last"),
    [
        ("Q1 1950", (1950, 1), (1950, 3)),
        ("1950-Q4", (1950, 10), (1950, 12)),
        ("1950Q2", (1950, 4), (1950, 6)),
        ("H2 1950", (1950, 7), (1950, 12)),
        ("19th century", (1801,), (1900,)),
        ("the 19th century", (1801,), (1900,)),
        ("19. Jahrhundert", (1801,), (1900,)),
        ("19e siècle", (1801,), (1900,)),
        ("siglo 19", (1801,), (1900,)),
        ("19 век", (1801,), (1900,)),
        ("19世紀", (1801,), (1900,)),
        ("18th–19th century", (1701,), (1900,)),
        ("1st century AD", (1,), (100,)),
        ("1st century BC", (-99,), (0,)),  # 100 to 1 BC
        ("2nd-1st century BC", (-199,), (0,)),
        ("the 1950s", (1950,), (1959,)),
        ("1950er", (1950,), (1959,)),
        ("1950年代", (1950,), (1959,)),
    ],
)
def test_quarters_halves_decades_and_centuries_are_all_their_days(value, first, last):
    assert date(value) == (days_of(*first)[0], days_of(*last)[1])

import pyarrow as pa
import pytest

from kgreview.text.placeholders import is_blank, is_placeholder_word


def test_what_cannot_be_seen_is_blank():
    nothing = ["", " ", "\t\n", "\u00a0", "\u200b", "\ufeff", "\u3000", "\u2060", "\u3164",
               "\u2800", "\ufe0f", "\U000e0020", "\x00", " \u200b\u00a0 ", None]  # fmt: skip
    assert is_blank(pa.array(nothing)).all()
    assert not is_blank(pa.array(["-", "0", "a", " a ", "?", "ａ", "👍"])).any()


@pytest.mark.parametrize(
    "word",
    ["unknown", "Unknown", " UNKNOWN ", "N/A", "n.a.", "NA", "#N/A", "none", "null", "<NULL>",
     "nil", "NaN", "-", "--", "–", "—", "?", "???", "...", "…", "TBD", "tba", "not available",
     "Not applicable", "No data", "missing", "undefined", "(empty)", "[unknown]", "\\N",
     "unbekannt", "keine Angabe", "k.A.", "inconnu", "Inconnue", "desconocido", "sconosciuto",
     "desconhecido", "onbekend",
     "nieznany", "НЕИЗВЕСТНО", "н/д", "okänd", "bilinmiyor", "غير معروف",
     "לא ידוע", "不明", "未知", "なし", "알 수 없음", "0000-00-00", "0000-00-00T00:00:00Z",
     "null\u200b"],
)  # fmt: skip
def test_words_that_stand_for_a_missing_value_are_proposed(word):
    assert is_placeholder_word(pa.array([word])).tolist() == [True]


def test_values_that_say_something_are_not_proposed():
    values = [
        "Unknown Pleasures",
        "!!!",
        "0",
        "-1",
        "no",
        "a-b",
        "Nana",
        "1950-00-00",
        "M",
        "",
        " ",
    ]
    assert not is_placeholder_word(pa.array([*values, None])).any()


def test_masks_have_a_place_for_each_value_of_any_layout():
    chunks = pa.chunked_array([pa.array(["x", "n/a"]), pa.array(["", "n/a"])])
    assert is_placeholder_word(chunks).tolist() == [False, True, False, True]
    assert is_blank(chunks).tolist() == [False, False, True, False]
    assert is_blank(pa.array([], pa.string())).tolist() == []
    assert is_placeholder_word(pa.array([], pa.string())).tolist() == []

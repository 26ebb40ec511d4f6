import pyarrow as pa
import pytest

from kgreview.text.skeletons import FAMILIES, LATIN, scripts, skeleton, skeletons
from kgreview.text.strings import normalise, normalise_one

ARABIC, EAST_ASIAN, ANY_OTHER = range(1, len(FAMILIES) + 1)


def test_a_string_is_of_the_first_family_that_has_a_letter_in_it():
    names = normalise(
        [
            "Cairo",
            "München",
            "القاهرة",
            "北京",
            "서울",
            "カイロ",
            "ירושלים",
            "Москва",
            "iPhone 北京",
            "",
        ]
    )
    assert scripts(names).tolist() == [
        *(LATIN, LATIN, ARABIC, EAST_ASIAN, EAST_ASIAN, EAST_ASIAN, ANY_OTHER, ANY_OTHER),
        *(EAST_ASIAN, LATIN),
    ]


@pytest.mark.parametrize(
    ("code", "name", "latin"),
    [
        (ARABIC, "القاهرة", "Cairo"),
        (ARABIC, "بيروت", "Beirut"),
        (ARABIC, "محمد", "Mohammed"),
        (ARABIC, "محمد", "Muhammad"),
        (ARABIC, "باريس", "Paris"),  # there is no p
        (ARABIC, "تهران", "Tehran"),
        (ANY_OTHER, "תל אביב", "Tel Aviv"),
        (ANY_OTHER, "פריז", "Paris"),  # one letter for p and f
        (ANY_OTHER, "Харьков", "Kharkiv"),
        (EAST_ASIAN, "ロンドン", "London"),  # one sound for l and r
        (EAST_ASIAN, "베를린", "Berlin"),
    ],
)
def test_the_same_name_leaves_the_same_consonants(code, name, latin):
    assert skeleton(normalise_one(name), code) == skeleton(normalise_one(latin), code) != ""


def test_other_names_leave_others():
    bones = [skeleton(normalise_one(name), ARABIC) for name in ("بيروت", "Berlin", "Cairo")]
    assert len(set(bones)) == 3


def test_words_stay_apart_where_the_script_parts_them():
    assert skeleton("tel aviv", ARABIC) == "TL F"
    assert skeleton("tel aviv", EAST_ASIAN) == "DLH"


def test_strings_keep_their_places_also_where_nothing_is_left():
    latin, bones = skeletons(pa.array(["", "aia", "beirut", ""], pa.large_string()), ARABIC)
    assert latin.to_pylist() == ["", "aia", "beirut", ""]
    assert bones.to_pylist() == ["", "", "BRT", ""]

import pytest

from kgreview.ui.css import desk_css


@pytest.mark.parametrize("dark", [False, True])
def test_the_style_sheet_is_one_element_and_loads_nothing(dark: bool) -> None:
    sheet = desk_css(dark=dark)
    assert sheet.startswith("<style>")
    assert sheet.endswith("</style>")
    assert "url(" not in sheet
    assert "@import" not in sheet
    assert sheet.count("{") == sheet.count("}")


@pytest.mark.parametrize("title", ['"} </style><b>', "\\", "a\nb", "פילם", "x" * 500])
def test_the_name_of_a_project_stands_in_the_head_and_ends_nothing(title: str) -> None:
    sheet = desk_css(dark=False, title=title)
    assert sheet.count("<") == 2
    assert sheet.count('"') == desk_css(dark=False).count('"')
    assert sheet.count("{") == sheet.count("}")
    first = f"\\{ord(title[0]):x} "
    assert first in sheet or title[0] in sheet

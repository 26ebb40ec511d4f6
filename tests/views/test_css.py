import pytest

from kgreview.views.css import desk_css


@pytest.mark.parametrize("dark", [False, True])
def test_the_style_sheet_is_one_element_and_loads_nothing(dark: bool) -> None:
    sheet = desk_css(dark=dark)
    assert sheet.startswith("<style>")
    assert sheet.endswith("</style>")
    assert "url(" not in sheet
    assert "@import" not in sheet
    assert sheet.count("{") == sheet.count("}")

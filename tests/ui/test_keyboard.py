import pytest

from kgreview.ui.keyboard import CURATOR_COOKIE, curator_html, curator_of, guard_html


@pytest.mark.parametrize("name", ["Ada", "Zoë 🎬", '"; alert(1); </script><b>', "a;b=c", "%41"])
def test_a_name_comes_back_from_its_cookie_and_cannot_leave_it(name: str) -> None:
    script = curator_html(name)
    cookie = script.split(f"{CURATOR_COOKIE}=")[1].split(";")[0]
    assert curator_of(cookie) == name
    assert script.isascii()
    assert script.count("<") == 2  # of the script element
    assert script.count('"') == 2


def test_without_a_cookie_there_is_no_name() -> None:
    assert curator_of(None) == curator_of("") == ""


def test_the_guard_is_one_script() -> None:
    guard = guard_html()
    assert guard.startswith("<script>")
    assert guard.count("</script>") == 1

"""What long work tells, and about what."""

from kgreview.progress import about


def test_a_line_names_its_source_once() -> None:
    lines: list[str] = []
    tell = about("in/films.csv", lines.append)
    tell("films.csv: ids are the column 'nr'")
    tell("2 values are cut")
    assert lines == ["in/films.csv: ids are the column 'nr'", "in/films.csv: 2 values are cut"]

"""Small pair folders in each layout: twenty films whose titles tell which is which."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

FILMS = 20
WORDS = ("red", "river", "night", "glass", "winter", "harbour", "stone", "letter", "garden", "moon")
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
ONE, TWO = "http://one.example/", "http://two.example/"


def title(n: int) -> str:
    return f"{WORDS[n % 10]} {WORDS[(3 * n + n // 10) % 10]} {WORDS[(7 * n + 1) % 10]}".title()


def iri_title(n: int) -> str:
    return f"{title(n)} {n}".replace(" ", "_")


def lines(path: Path, rows: Iterable[Sequence[object]], tab: str = "\t") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(tab.join(map(str, row)) + "\n" for row in rows), encoding="utf-8")
    return path


def other(n: int) -> int:
    """The number of the right film that left film ``n`` is: sorted otherwise than the left."""
    return (7 * n + 3) % FILMS


def splits(order: int = 0) -> dict[str, range]:
    """Which films are in which split; ``order`` shifts them, as another fold does."""
    return {"train": range(8), "valid": range(8, 12), "test": range(12, FILMS - order)}


def write_openea(folder: Path, *, folds: Sequence[int] = (1, 2), turn: int = 0) -> Path:
    """``turn``: by how much the test links are wrong."""
    for side, base, name in ((1, ONE, "title"), (2, TWO, "name")):
        number = (lambda n: n) if side == 1 else other
        films = [(f"{base}F{number(n)}", n) for n in range(FILMS)]
        lines(
            folder / f"rel_triples_{side}",
            [(film, f"{base}madeBy", f"{base}P{n % 4}") for film, n in films],
        )
        lines(
            folder / f"attr_triples_{side}",
            [(film, f"{base}{name}", title(n)) for film, n in films]
            + [
                (film, f"{base}year", f'"{1960 + n}"^^<http://www.w3.org/2001/XMLSchema#gYear>')
                for film, n in films
            ],
        )
    pairs = [(f"{ONE}F{n}", f"{TWO}F{other(n)}") for n in range(FILMS)]
    lines(folder / "ent_links", pairs)
    for fold in folds:
        for split, films in splits(fold - 1).items():
            by = turn if split == "test" else 0
            lines(
                folder / f"721_5fold/{fold}/{split}_links",
                [(pairs[n][0], pairs[(n + by) % FILMS][1]) for n in films],
            )
    return folder


def write_numbered(folder: Path, *, supervised: bool = True, turn: int = 0) -> Path:
    for side, base in ((1, ONE), (2, TWO)):
        start = 100 * (side - 1)
        number = (lambda n: n) if side == 1 else other
        ids = [(start + number(n), f"{base}resource/{iri_title(n)}") for n in range(FILMS)]
        lines(folder / f"ent_ids_{side}", [*ids, (start + 50, f"{base}resource/Ada_Moor")])
        lines(folder / f"rel_ids_{side}", [(side, f"{base}madeBy")])
        lines(folder / f"triples_{side}", [(at, side, start + 50) for at, _ in ids])
    pairs = [(n, 100 + other(n)) for n in range(FILMS)]
    tested = range(12, FILMS) if supervised else range(FILMS)
    if supervised:
        lines(folder / "sup_ent_ids", pairs[:12])
    lines(folder / "ref_ent_ids", [(pairs[n][0], pairs[(n + turn) % FILMS][1]) for n in tested])
    return folder


def write_magellan(folder: Path, *, turn: bool = False) -> Path:
    """``turn``: whether the test labels are the wrong way round."""
    for name, number in (("tableA", lambda n: n), ("tableB", other)):
        rows = sorted((number(n), f'"{title(n)}, the film"', 1960 + n) for n in range(FILMS))
        lines(folder / f"{name}.csv", [("id", "title", "year"), *rows], ",")
    for split, films in splits().items():
        flip = turn and split == "test"
        rows = [(n, other(n), int(not flip)) for n in films]
        rows += [(n, other((n + 3) % FILMS), int(flip)) for n in films]
        lines(folder / f"{split}.csv", [("ltable_id", "rtable_id", "label"), *rows], ",")
    return folder


def write_left_right(folder: Path, *, turn: int = 0) -> Path:
    """Turtle on the left, N-Triples on the right, links as a table and as owl:sameAs."""
    folder.mkdir(parents=True, exist_ok=True)
    label = "http://www.w3.org/2000/01/rdf-schema#label"
    for name, base, number in (("left.ttl", ONE, lambda n: n), ("right.nt", TWO, other)):
        text = "".join(
            f'<{base}F{number(n)}> <{label}> "{title(n)}" .\n'
            f"<{base}F{number(n)}> <{RDF}type> <{base}Film> .\n"
            for n in range(FILMS)
        )
        (folder / name).write_text(text, encoding="utf-8")
    same = "http://www.w3.org/2002/07/owl#sameAs"
    for split, films in splits().items():
        by = turn if split == "test" else 0
        pairs = [(f"{ONE}F{n}", f"{TWO}F{other((n + by) % FILMS)}") for n in films]
        if split == "train":
            text = "".join(f"<{left}> <{same}> <{right}> .\n" for left, right in pairs)
            (folder / "train.nt").write_text(text, encoding="utf-8")
        else:
            lines(folder / f"{split}.tsv", [("left", "right"), *pairs])
    return folder

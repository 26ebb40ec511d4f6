"""Write two catalogues of one made-up world, as table folders with known truth, of any size.

    python benchmarks/made_up_catalogues.py FOLDER [--entities 10000] [--seed 0]

FOLDER gets ``left/`` and ``right/`` with as many entities each, ``truth.parquet`` with all matches,
and ``train.tsv`` with those of a few thousand entities. The habits are those of the sample's two
catalogues. The left one is a card index: surnames first, initials, articles last, accents lost,
years alone. The right one is an encyclopaedia: other scripts, whole dates, other names. Either
lacks names, has slips of the pen, lists some entities twice and has many that the other has not.
A tenth of the entities share their name with another one. Of 1,000 relations few are frequent, and
the largest hub has edges to about a tenth of all entities.

Facts of the world are numbers in columns; strings are made and written by blocks of rows. The same
seed and size give the same rows, whatever the machine.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

SIDES = ("left", "right")
KINDS = ("person", "film", "song", "organisation", "album", "place", "series", "award")
KIND_SHARES = (0.35, 0.25, 0.15, 0.06, 0.06, 0.05, 0.05, 0.03)
PERSON, PLACE = KINDS.index("person"), KINDS.index("place")
RELATIONS = 1_000
SHARED, TWICE, HOMONYMS = 0.7, 0.02, 0.1  # shares of a side's entities, and of the world's
EDGES_AN_ENTITY = 4
HUBS, LARGEST_HUB = 8, 0.14  # each hub has half the edges of the one before
TOLD = 4_000  # shared entities whose matches are told, at most a fifth of all
GENRES = 40
ROWS = 200_000  # written at once
# what a side does to the share of its entities or edges
UNNAMED = {"left": 0.04, "right": 0.06}
SLIPS = {"left": 0.05, "right": 0.03}
FORGOTTEN = {"left": 0.06, "right": 0.09}
OTHER_SCRIPT, OTHER_NAME, PLAIN_LETTERS = 0.06, 0.2, 0.6
SURNAME_FIRST, INITIALS, ARTICLE_LAST = 0.25, 0.4, 0.4  # the second from the first on

_ONSETS = ("b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z", "st", "br")
_NUCLEI = ("a", "e", "i", "o", "u", "é", "ö", "á")
_PLAIN = str.maketrans("éöá", "eoa")
_CYRILLIC = dict(zip("abdefghiklmnoprstuvz", "абдефгхиклмнопрстувз", strict=True))
_WORLD, _SIDE, _NAMES, _EDGES, _TOLD = range(5)  # streams of random numbers


@dataclass(frozen=True, eq=False)
class World:
    """What is so: an entity a row, an edge a row."""

    seed: int
    size: int  # entities of a side
    kinds: npt.NDArray[np.int8]  # (entities,)
    words: npt.NDArray[np.int32]  # (entities, 3) numbers of the words of the name
    shapes: npt.NDArray[np.int8]  # (entities,) how they are put together
    days: npt.NDArray[np.int32]  # (entities,) born or made, in days since 1970
    amounts: npt.NDArray[np.int32]  # (entities,) minutes, or people
    genres: npt.NDArray[np.int8]  # (entities,)
    heads: npt.NDArray[np.int32]  # (edges,)
    relations: npt.NDArray[np.int16]  # (edges,)
    tails: npt.NDArray[np.int32]  # (edges,)

    @property
    def shared(self) -> int:
        """How many entities both sides have: the first ones."""
        return int(SHARED * self.size)

    def random(self, *stream: int) -> np.random.Generator:
        """Give the random numbers of one purpose."""
        return np.random.default_rng([self.seed, *stream])


@dataclass(frozen=True, eq=False)
class Catalogue:
    """Which entity of the world each row of a side is, and what it is called there."""

    side: str
    entities: Ints  # (rows,) of the world; one that is listed twice has two rows
    numbers: Ints  # (rows,) of the ids
    row: Ints  # (world,) -1 where it has none
    second_row: Ints  # (world,) -1 where it is not listed twice

    def ids(self, rows: Ints) -> pa.Array:
        """Give the ids of rows."""
        prefix = "lib:" if self.side == "left" else "cat:Q"
        return _joined(prefix, pa.array(self.numbers[rows]).cast(pa.string()))


def make_world(size: int, seed: int = 0) -> World:
    """Make up the facts of a world of which either side knows ``size`` entities."""
    rng = np.random.default_rng([seed, _WORLD])
    shared, twice = int(SHARED * size), int(TWICE * size)
    count = shared + 2 * (size - shared - twice)
    kinds = rng.choice(len(KINDS), count, p=KIND_SHARES).astype(np.int8)
    kinds[: len(KINDS)] = np.arange(len(KINDS))  # of each kind there is one
    vocabulary = _vocabulary(size)
    words = (vocabulary * rng.random((count, 3)) ** 2).astype(np.int32)
    shapes = rng.integers(0, 3, count).astype(np.int8)
    days = rng.integers(-25_000, 19_000, count).astype(np.int32)
    amounts = np.where(kinds == PLACE, 10 ** rng.uniform(2, 7, count), rng.integers(2, 200, count))
    genres = (GENRES * rng.random(count) ** 2).astype(np.int8)
    of_kind = [np.flatnonzero(kinds == kind) for kind in range(len(KINDS))]
    for rows in of_kind:  # some are called as another of their kind
        same = rows[rng.random(len(rows)) < HOMONYMS]
        other = rng.choice(rows, len(same))
        words[same], shapes[same] = words[other], shapes[other]
    heads, relations, tails = _edges(rng, size, kinds, of_kind)
    return World(
        seed,
        size,
        kinds,
        words,
        shapes,
        days,
        amounts.astype(np.int32),
        genres,
        heads.astype(np.int32),
        relations.astype(np.int16),
        tails.astype(np.int32),
    )


def _vocabulary(size: int) -> int:
    """Give how many words names are made of: slower than entities, they become more (Heaps)."""
    return int(300 + 30 * size**0.6)


def _edges(
    rng: np.random.Generator,
    size: int,
    kinds: npt.NDArray[np.int8],
    of_kind: list[npt.NDArray[np.int64]],
) -> tuple[Ints, Ints, Ints]:
    """Make up edges: few relations, and few tails of each kind, have most of them."""
    count = EDGES_AN_ENTITY * len(kinds)
    heads = rng.integers(0, len(kinds), count)
    # a relation joins two kinds: relations r of a head's kind are those equal to it modulo kinds
    ranks = RELATIONS // len(KINDS)
    rank = (ranks * rng.random(count) ** 4).astype(np.int64)
    relations = kinds[heads] + len(KINDS) * rank
    tail_kinds = (rank + kinds[heads]) % len(KINDS)
    tails = np.empty(count, np.int64)
    for kind, rows in enumerate(of_kind):
        some = np.flatnonzero(tail_kinds == kind)
        tails[some] = rows[(len(rows) * rng.random(len(some)) ** 3).astype(np.int64)]
    born_in = PERSON + len(KINDS) * ((PLACE - PERSON) % len(KINDS))
    sizes = [int(LARGEST_HUB * size / 2**place) for place in range(HUBS)]
    people = rng.permutation(of_kind[PERSON])[: sum(sizes)]
    places = np.repeat(of_kind[PLACE][:HUBS], sizes[: len(of_kind[PLACE])])[: len(people)]
    people = people[: len(places)]
    heads, tails = np.concatenate([heads, people]), np.concatenate([tails, places])
    return heads, np.concatenate([relations, np.full(len(people), born_in)]), tails


def catalogue(world: World, side: str) -> Catalogue:
    """Choose what a side has, in an order and by numbers that tell nothing."""
    own = world.size - world.shared - int(TWICE * world.size)
    rng = world.random(_SIDE, SIDES.index(side))
    start = world.shared + own * SIDES.index(side)
    twice = rng.choice(world.shared, int(TWICE * world.size), replace=False)
    entities = np.concatenate([np.arange(world.shared), np.arange(start, start + own), twice])
    order = rng.permutation(len(entities))
    entities = entities[order]
    second = order >= len(order) - len(twice)
    row, second_row = (np.full(len(world.kinds), -1, np.int64) for _ in range(2))
    row[entities[~second]] = np.flatnonzero(~second)
    second_row[entities[second]] = np.flatnonzero(second)
    numbers = rng.permutation(10 * len(entities))[: len(entities)]
    return Catalogue(side, entities, numbers, row, second_row)


def write_pair(folder: Path, size: int, seed: int = 0, told: int | None = None) -> None:
    """Write both catalogues and what is true into a folder, which is made if need be.

    ``told``: of how many shared entities the matches are told, ``None``: ``TOLD``.
    """
    world = make_world(size, seed)
    pair = [catalogue(world, side) for side in SIDES]
    words = Words.of(_vocabulary(size))
    for one in pair:
        path = folder / one.side
        path.mkdir(parents=True)
        _write(path / "entities.parquet", _entities(world, one))
        _write(path / "attributes.parquet", _attributes(world, one, words))
        _write(path / "relations.parquet", _relations(world, one, words))
    left, right = true_rows(world, *pair)
    matches = pa.table({"left": pair[0].ids(left), "right": pair[1].ids(right)})
    pq.write_table(matches, folder / "truth.parquet")
    told = min(TOLD, world.shared // 5) if told is None else told
    entities = world.random(_TOLD).permutation(world.shared)[:told]
    some = matches.filter(pa.array(np.isin(pair[0].entities[left], entities)))
    lines = [f"{row['left']}\t{row['right']}\n" for row in some.to_pylist()]
    (folder / "train.tsv").write_text("left\tright\n" + "".join(lines), encoding="utf-8")


def true_rows(world: World, left: Catalogue, right: Catalogue) -> tuple[Ints, Ints]:
    """Give all matches as rows of either side; one that is listed twice has several."""
    found = [
        (one[: world.shared], two[: world.shared])
        for one in (left.row, left.second_row)
        for two in (right.row, right.second_row)
    ]
    lefts = np.concatenate([one for one, _ in found])
    rights = np.concatenate([two for _, two in found])
    there = (lefts >= 0) & (rights >= 0)
    return lefts[there], rights[there]


# ------------------------------------------------------------------------ tables


def _write(path: Path, tables: Iterator[pa.Table]) -> None:
    first = next(tables)
    with pq.ParquetWriter(path, first.schema) as file:
        file.write_table(first)
        for table in tables:
            file.write_table(table)


def _blocks(count: int) -> Iterator[tuple[int, Ints]]:
    for block, start in enumerate(range(0, count, ROWS)):
        yield block, np.arange(start, min(start + ROWS, count))


def _entities(world: World, one: Catalogue) -> Iterator[pa.Table]:
    names = pa.array([*KINDS] if one.side == "left" else ["human", "movie", *KINDS[2:]])
    for _, rows in _blocks(len(one.entities)):
        kinds = names.take(pa.array(world.kinds[one.entities[rows]]))
        yield pa.table({"id": one.ids(rows), "type": kinds})


def _attributes(world: World, one: Catalogue, words: Words) -> Iterator[pa.Table]:
    for block, rows in _blocks(len(one.entities)):
        rng = world.random(_NAMES, SIDES.index(one.side), block)
        entities = one.entities[rows]
        ids = one.ids(rows)
        parts = [
            (ids.filter(pa.array(has)), pa.array([name] * int(has.sum())), value)
            for name, has, value in _values(world, one.side, entities, words, rng)
        ]
        columns = [pa.chunked_array(list(column)) for column in zip(*parts, strict=True)]
        yield pa.table(dict(zip(("entity", "attribute", "value"), columns, strict=True)))


def _values(
    world: World, side: str, entities: Ints, words: Words, rng: np.random.Generator
) -> Iterator[tuple[str, Mask, pa.Array]]:
    """Give each attribute's name, which entities have it, and their values."""

    def some(share: float) -> Mask:
        return rng.random(len(entities)) < share

    left = side == "left"
    names, others = _names(world, side, entities, words, rng)
    has = some(1 - UNNAMED[side])
    yield "title" if left else "label", has, names.filter(pa.array(has))
    has = some(OTHER_NAME)
    yield "also_known_as", has, others.filter(pa.array(has))
    has, days = some(0.85), world.days[entities].astype("datetime64[D]")
    dates = days.astype("datetime64[Y]") if left else days
    yield "year" if left else "date", has, pa.array(dates[has].astype(str))
    has, amounts = some(0.7), world.amounts[entities]
    numbers = pa.array(amounts[has]).cast(pa.string())
    yield "extent" if left else "size", has, numbers if left else _joined(numbers, " min")
    has = some(0.65)
    yield "genre", has, words.genres(side).take(pa.array(world.genres[entities[has]]))


def _relations(world: World, one: Catalogue, words: Words) -> Iterator[pa.Table]:
    names = words.relations(one.side)
    order = world.random(_SIDE, SIDES.index(one.side), 1).permutation(len(world.heads))
    for block, positions in _blocks(len(order)):
        rng = world.random(_EDGES, SIDES.index(one.side), block)
        edges = order[positions]
        ends = []
        for end in (world.heads[edges], world.tails[edges]):
            second = one.second_row[end]  # of one that is listed twice either row has half
            ends.append(
                np.where((second >= 0) & (rng.random(len(end)) < 0.5), second, one.row[end])
            )
        kept = (ends[0] >= 0) & (ends[1] >= 0) & (rng.random(len(edges)) >= FORGOTTEN[one.side])
        yield pa.table(
            {
                "head": one.ids(ends[0][kept]),
                "relation": names.take(pa.array(world.relations[edges[kept]])),
                "tail": one.ids(ends[1][kept]),
            }
        )


# ------------------------------------------------------------------------ names


@dataclass(frozen=True, eq=False)
class Words:
    """The words that names are made of, as they are written and without accents."""

    written: pa.Array  # (words,)
    plain: pa.Array  # (words,)

    @classmethod
    def of(cls, count: int) -> Words:
        """Make up so many words, each another one."""
        words = [_word(number) for number in range(count)]
        return cls(pa.array(words), pa.array([word.translate(_PLAIN) for word in words]))

    def relations(self, side: str) -> pa.Array:
        """Give the names of relations; a third has another name on either side."""
        first = 0 if side == "left" else 1
        return pa.array(
            [
                _word(7 * number + first * (number % 3 == 0)).lower() + "_of"
                for number in range(RELATIONS)
            ]
        )

    def genres(self, side: str) -> pa.Array:
        """Give the names of genres; a quarter has another name on either side."""
        first = 0 if side == "left" else 1
        return pa.array([_word(5 * g + 3 + first * (g % 4 == 0)) for g in range(GENRES)])


def _word(number: int) -> str:
    """Make up a word of a number, in mixed order, so that those of near numbers look apart.

    The commonest have two syllables. No two numbers below 2**21 give the same word.
    """
    syllables = 2 if number < 2**10 else 3
    mixed = (number * 2_654_435_761) % 2 ** (7 * syllables)  # an odd factor: no two become one
    word = ""
    for _ in range(syllables):
        mixed, letters = divmod(mixed, 2**7)
        onset, nucleus = divmod(letters, len(_NUCLEI))
        word += _ONSETS[onset] + _NUCLEI[nucleus]
    return word.capitalize()


def _joined(*parts: pa.Array | str) -> pa.Array:
    return pc.binary_join_element_wise(*parts, "")


def _names(
    world: World, side: str, entities: Ints, words: Words, rng: np.random.Generator
) -> tuple[pa.Array, pa.Array]:
    """Give what a side calls entities, and what else they are called there."""
    left, count = side == "left", len(entities)
    chance = pa.array(rng.random(count))
    plain = pa.array(rng.random(count) < (PLAIN_LETTERS if left else 0))
    one, two, three = (
        pc.if_else(plain, words.plain.take(column), words.written.take(column))
        for column in (pa.array(world.words[entities, place]) for place in range(3))
    )
    people = pa.array(world.kinds[entities] == PERSON)
    shape = world.shapes[entities]
    straight = _joined(one, " ", two)
    title = _choose(
        shape, [_joined("The ", one, " of ", two), _joined(straight, " ", three), straight]
    )
    surname = _joined(three, pc.utf8_lower(two))
    usual = pc.if_else(people, _joined(one, " ", surname), title)
    if not left:
        foreign = usual
        for latin, other in _CYRILLIC.items():
            for a, b in ((latin, other), (latin.upper(), other.upper())):
                foreign = pc.replace_substring(foreign, a, b)
        moved = pc.if_else(pc.less(chance, OTHER_SCRIPT), foreign, usual)
        return _slipped(moved, SLIPS[side], rng), usual
    initial = _joined(pc.utf8_slice_codeunits(one, 0, 1), ". ", surname)
    person = pc.if_else(pc.less(chance, INITIALS), initial, usual)
    person = pc.if_else(pc.less(chance, SURNAME_FIRST), _joined(surname, ", ", one), person)
    article = pa.array(shape == 0)
    last = pc.and_(article, pc.less(chance, ARTICLE_LAST))
    work = pc.if_else(last, _joined(one, " of ", two, ", The"), usual)
    return _slipped(pc.if_else(people, person, work), SLIPS[side], rng), usual


def _choose(which: npt.NDArray[np.int8], parts: list[pa.Array]) -> pa.Array:
    return pc.choose(pa.array(which.astype(np.int64)), *parts)


def _slipped(names: pa.Array, share: float, rng: np.random.Generator) -> pa.Array:
    """Write another letter in the place of one in a share of names."""
    place = rng.integers(1, 7, len(names))
    slipped = rng.random(len(names)) < share
    for where, letter in zip(range(1, 7), "eianrs", strict=True):
        other = pc.utf8_replace_slice(names, where, where + 1, letter)
        names = pc.if_else(pa.array(slipped & (place == where)), other, names)
    return names


def main() -> None:
    """Write a pair."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--entities", type=int, default=10_000, help="of a side")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--told", type=int, help="shared entities whose matches are told")
    options = parser.parse_args()
    write_pair(options.folder, options.entities, options.seed, options.told)


if __name__ == "__main__":
    main()

"""The world both catalogues describe: films, series, people, artists, albums and songs, each once.

A good part is fact (``facts/films.txt``, ``series.txt``, ``music.txt``, ``people.txt``); the rest
is put together from hand-written names and words, so that homonyms, remakes, shortened names and
alternative versions of songs come often enough to be learnt from.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Literal

from habits import CYRILLIC_SCHOLARLY, drop_middle, drop_surname, initials, is_latin, transliterate

FACTS = Path(__file__).parent / "facts"
SEED = "kgreview sample data"

Kind = Literal["film", "series", "person", "song", "album", "artist"]
Side = Literal["left", "right"]
Where = Literal["left", "right", "both"]


def dice(*words: str) -> Random:
    """Random numbers for one question, such as ``dice("left", key, "typo")``.

    Each question has its own seed, so that one asked more or less leaves the answers to all others
    as they were. A string seeds ``Random`` through SHA-512: the same on every machine.
    """
    return Random("|".join((SEED, *words)))


@dataclass
class Thing:
    """One entity of the world, before any catalogue has written it down."""

    key: str
    kind: Kind
    name: str
    other_names: list[str] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)
    # Which catalogues have it; None leaves that to chance.
    where: Where | None = None
    # What a catalogue says whatever its habits: {"left": {"name": "Aditya Raj"}}.
    told: dict[Side, dict[str, str]] = field(default_factory=dict)
    # Written down without slips, and none of its relations is forgotten.
    plain: bool = False

    def catalogues(self) -> tuple[Side, ...]:
        """The sides that have this thing."""
        where = self.where or _usual_whereabouts(self)
        return ("left", "right") if where == "both" else (where,)


@dataclass
class World:
    """Everything there is, by key, and who did what: (head, relation, tail) in order of billing."""

    things: dict[str, Thing] = field(default_factory=dict)
    relations: dict[tuple[str, str, str], None] = field(default_factory=dict)

    def add(self, thing: Thing) -> Thing:
        """Add ``thing``, whose key must be new."""
        if thing.key in self.things:
            raise ValueError(f"{thing.key} is in the world already")
        self.things[thing.key] = thing
        return thing

    def relate(self, head: Thing, relation: str, *tails: Thing) -> None:
        """Relate ``head`` to each of ``tails``; what is known already is not added again."""
        for tail in tails:
            self.relations[head.key, relation, tail.key] = None

    def person(self, name: str) -> Thing:
        """The person of that name, met for the first time or again; "Name #2" is the second one."""
        return self._known("person", name)

    def artist(self, name: str) -> Thing:
        """The artist or band of that name, met for the first time or again."""
        return self._known("artist", name)

    def of_kind(self, kind: Kind) -> list[Thing]:
        """All things of that kind, in the order they were added."""
        return [thing for thing in self.things.values() if thing.kind == kind]

    def tails(self, head: Thing, relation: str) -> list[Thing]:
        """What ``head`` is related to in that way."""
        return [self.things[t] for h, r, t in self.relations if (h, r) == (head.key, relation)]

    def _known(self, kind: Kind, name: str) -> Thing:
        key = f"{kind}/{name}"
        if key not in self.things:
            self.add(Thing(key, kind, re.sub(r" #\d+$", "", name)))
        return self.things[key]


def build_world() -> World:
    """The whole world, stories included; the same each time."""
    world = World()
    add_people(world)
    add_films(world)
    add_series(world)
    add_music(world)
    invent_people(world)
    invent_films(world)
    invent_series(world)
    invent_music(world)
    add_versions(world)
    add_shortened_people(world)
    tell_story_of_aditya(world)
    tell_story_of_radioactive(world)
    return world


# ---------------------------------------------------------------------------------------- facts


def read_facts(name: str, columns: int = 0) -> Iterator[list[str]]:
    """The rows of a facts file, cells stripped, short rows filled up with empty cells."""
    for line in (FACTS / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            cells = [cell.strip() for cell in line.split("|")]
            yield cells + [""] * (columns - len(cells))


def several(cell: str) -> list[str]:
    """The values of a cell that may hold none, one or many."""
    return [value.strip() for value in cell.split(";") if value.strip()]


def add_people(world: World) -> None:
    """People whose date of birth or other spellings are known; most others have only works."""
    for name, born, others in read_facts("people.txt", 3):
        person = world.person(name)
        person.facts["born"] = born
        person.other_names = several(others)


def add_films(world: World) -> None:
    """Films with their crews and casts, then which is a sequel or a remake of which."""
    kinship: list[tuple[Thing, str, str]] = []
    for row in read_facts("films.txt", 9):
        title, year, minutes, country, genre, directors, writers, cast, others = row
        film = world.add(Thing(f"film/{title} ({year})", "film", title))
        film.facts = {"year": year, "minutes": minutes, "country": country, "genre": genre}
        world.relate(film, "director", *map(world.person, several(directors)))
        for writer in several(writers):
            names = several(directors) if writer == "=" else [writer]
            world.relate(film, "writer", *map(world.person, names))
        world.relate(film, "cast", *map(world.person, several(cast)))
        for other in several(others):
            if other[0] in "^~":
                kinship.append((film, "sequel of" if other[0] == "^" else "remake of", other[2:]))
            else:
                film.other_names.append(other)
    for film, relation, earlier in kinship:
        world.relate(film, relation, world.things[f"film/{earlier}"])


def add_series(world: World) -> None:
    """Series with their creators and casts."""
    for title, year, country, genre, creators, cast, others in read_facts("series.txt", 7):
        series = world.add(Thing(f"series/{title} ({year})", "series", title, several(others)))
        series.facts = {"year": year, "country": country, "genre": genre}
        world.relate(series, "creator", *map(world.person, several(creators)))
        world.relate(series, "cast", *map(world.person, several(cast)))


def read_music() -> list[tuple[str, list[str]]]:
    """The rows of ``music.txt``, marks apart: "@" artist, "=" album, "+" version, "" song."""
    rows = []
    for row in read_facts("music.txt", 5):
        is_marked = row[0][:2] in ("@ ", "= ", "+ ")
        rows.append((row[0][0], [row[0][2:], *row[1:]]) if is_marked else ("", row))
    return rows


def add_music(world: World) -> None:
    """Artists with members, their albums, the songs on them and known versions of the songs."""
    rows = read_music()
    # A producer may be an artist of a later line, so all artists come first.
    for mark, (name, country, genre, members, *_) in rows:
        if mark == "@":
            artist = world.artist(name)
            artist.facts = {"country": country, "genre": genre}
            for member in several(members) or [artist.name]:
                world.relate(world.person(member), "member of", artist)

    album: Thing | None = None
    song: Thing | None = None
    for mark, (name, second, third, fourth, fifth) in rows:
        if mark == "@":
            artist = world.artist(name)
        elif mark == "=":
            album = make_album(world, artist, name, second)
            world.relate(
                album, "producer", *(maker(world, producer) for producer in several(third))
            )
        elif mark == "+":
            assert song
            version = make_version(world, song, name, seconds(second))
            world.relate(version, "featuring", *map(world.artist, several(third)))
            world.relate(version, "remixer", *(maker(world, dj) for dj in several(fourth)))
            world.relate(version, "writer", *map(world.person, several(fifth)))
        else:
            assert album
            writers = [maker(world, writer) for writer in several(third)]
            song = make_song(world, album, name, seconds(second), writers)
            world.relate(song, "featuring", *map(world.artist, several(fourth)))


def maker(world: World, name: str) -> Thing:
    """Whoever made something under that name: a person, also behind a solo artist, or a band."""
    artist = world.things.get(f"artist/{name}")
    if artist is None or f"person/{name}" in world.things:
        return world.person(name)
    members = members_of(world, artist)
    return members[0] if len(members) == 1 else artist


def members_of(world: World, artist: Thing) -> list[Thing]:
    """The people behind an artist; one for a solo artist, none for a guest known by name only."""
    return [world.things[h] for h, r, t in world.relations if (r, t) == ("member of", artist.key)]


def make_album(world: World, artist: Thing, title: str, year: str) -> Thing:
    """A new album of ``artist``."""
    album = world.add(Thing(f"album/{artist.key}/{title}", "album", title))
    album.facts = {"year": year, "genre": artist.facts["genre"]}
    world.relate(album, "performer", artist)
    return album


def make_song(
    world: World, album: Thing, title: str, length: int, writers: Sequence[Thing] = ()
) -> Thing:
    """A song of an album, written by its performers' members unless ``writers`` are given."""
    artist = world.tails(album, "performer")[0]
    song = world.add(Thing(f"song/{album.key}/{title}", "song", title))
    song.facts = {"year": album.facts["year"], "seconds": str(length)}
    if "date" in album.facts:
        song.facts["date"] = album.facts["date"]
    world.relate(song, "album", album)
    world.relate(song, "performer", artist)
    world.relate(song, "writer", *(writers or members_of(world, artist)))
    return song


def seconds(length: str) -> int:
    """ "3:07" → 187."""
    minutes, _, rest = length.partition(":")
    return 60 * int(minutes) + int(rest)


# ------------------------------------------------------------------------------------ invention

INVENTED_PEOPLE = 180
INVENTED_FILMS = 240
INVENTED_SERIES = 30
INVENTED_ARTISTS = 60
SHORTENED_PEOPLE = 120


@dataclass(frozen=True)
class Culture:
    """Where invented people come from."""

    name: str
    country: str
    given: tuple[str, ...]
    surnames: tuple[str, ...]


def cultures() -> list[Culture]:
    """The cultures of ``facts/names.txt``."""
    return [
        Culture(name, country, tuple(several(given)), tuple(several(surnames)))
        for name, country, given, surnames in read_facts("names.txt")
    ]


def words() -> dict[str, list[str]]:
    """The words titles are made of, by their part in a title."""
    return {part: several(values) for part, values in read_facts("words.txt")}


def make_person(world: World, culture: Culture, name: str) -> Thing:
    """A new person of that name, homonyms allowed; Cyrillic names are known by their spellings."""
    for number in itertools.count(1):
        key = f"person/invented {culture.name}/{name} {number}"
        if key not in world.things:
            break
    person = world.add(Thing(key, "person", transliterate(name)))
    if not is_latin(name):
        person.other_names = [transliterate(name, CYRILLIC_SCHOLARLY), name]
    person.facts["culture"] = culture.name
    if dice(key, "born?").random() < 0.6:
        person.facts["born"] = some_day(key, 1930 + dice(key, "born").randrange(65))
    return person


def some_day(key: str, year: int) -> str:
    """A day of that year that belongs to ``key``."""
    draw = dice(key, "day")
    return f"{year}-{draw.randint(1, 12):02d}-{draw.randint(1, 28):02d}"


def invent_people(world: World) -> None:
    """People of film; one in seven shares the name of somebody else."""
    peoples = cultures()
    for number in range(INVENTED_PEOPLE):
        draw = dice("person", str(number))
        culture = peoples[number % len(peoples)]
        earlier = people_from(world, culture)
        if earlier and draw.random() < 0.15:
            original = draw.choice(earlier)
            name = original.other_names[-1] if original.other_names else original.name
        else:
            given = draw.sample(culture.given, 1 if draw.random() < 0.7 else 2)
            name = " ".join([*given, draw.choice(culture.surnames)])
        make_person(world, culture, name)


def people_from(world: World, culture: Culture) -> list[Thing]:
    """The invented people of that culture."""
    return [p for p in world.of_kind("person") if p.facts.get("culture") == culture.name]


def invent_title(draw: Random, parts: dict[str, list[str]], country: str) -> str:
    """A title of a film or series."""
    adjective, noun = draw.choice(parts["adjective"]), draw.choice(parts["noun"])
    if country == "IN" and draw.random() < 0.7:
        first, second = draw.sample(parts["hindi"], 2)
        return draw.choice([first, f"{first} {second}", f"{first} Aur {second}"])
    patterns = [
        f"The {adjective} {noun}",
        f"{adjective} {noun}",
        f"The {noun}",
        f"{'An' if noun[0] in 'EIO' else 'A'} {noun} in {draw.choice(parts['place'])}",
        f"The {noun} & the {draw.choice(parts['noun'])}",
        f"The {noun}: {draw.choice(parts['subtitle'])}",
    ]
    return draw.choice(patterns)


def popular(draw: Random, people: list[Thing], count: int) -> list[Thing]:
    """``count`` people of different names, the first of the list far more often than the last."""
    chosen: dict[str, Thing] = {}
    while len(chosen) < count:
        person = people[int(len(people) * draw.random() * draw.random())]
        # Namesakes in one and the same film could not be told apart by anybody.
        chosen.setdefault(person.name, person)
    return list(chosen.values())


def invent_films(world: World) -> None:
    """Films of invented people; one in eight takes the title of an earlier one, often a remake."""
    peoples, parts = cultures(), words()
    people = {culture.name: people_from(world, culture) for culture in peoples}
    genres = ["drama", "comedy", "thriller", "crime", "romance", "war", "mystery"]
    made: list[Thing] = []
    for number in range(INVENTED_FILMS):
        draw = dice("film", str(number))
        culture = peoples[number % len(peoples)]
        year = draw.randint(1950, 2020)
        remade = draw.choice(made) if made and draw.random() < 0.125 else None
        title = remade.name if remade else invent_title(draw, parts, culture.country)
        film = world.add(Thing(f"film/invented {number}", "film", title))
        film.facts = {
            "year": str(year),
            "date": some_day(film.key, year),
            "minutes": str(draw.randint(78, 172)),
            "country": culture.country,
            "genre": draw.choice(genres),
            "culture": culture.name,
        }
        if remade and int(remade.facts["year"]) < year:
            world.relate(film, "remake of", remade)
        director, *writers = popular(draw, people[culture.name], draw.randint(2, 3))
        world.relate(film, "director", director)
        world.relate(film, "writer", *(writers if draw.random() < 0.7 else [director]))
        world.relate(film, "cast", *popular(draw, people[culture.name], draw.randint(4, 8)))
        made.append(film)


def invent_series(world: World) -> None:
    """Series of the same invented people; their titles meet those of films by chance."""
    peoples, parts = cultures(), words()
    for number in range(INVENTED_SERIES):
        draw = dice("series", str(number))
        culture = peoples[number % len(peoples)]
        year = draw.randint(1970, 2020)
        title = invent_title(draw, parts, culture.country)
        series = world.add(Thing(f"series/invented {number}", "series", title))
        series.facts = {
            "year": str(year),
            "date": some_day(series.key, year),
            "country": culture.country,
            "genre": draw.choice(["drama", "comedy", "crime", "mystery"]),
        }
        people = people_from(world, culture)
        world.relate(series, "creator", *popular(draw, people, draw.randint(1, 2)))
        world.relate(series, "cast", *popular(draw, people, draw.randint(3, 5)))


def invent_music(world: World) -> None:
    """Artists with one or two albums; some songs are covers, or by chance of the same title."""
    peoples, parts = cultures(), words()
    titles: list[str] = []
    for number in range(INVENTED_ARTISTS):
        draw = dice("artist", str(number))
        culture = peoples[number % len(peoples)]
        solo = draw.random() < 0.4
        names = []
        for _ in range(1 if solo else draw.randint(2, 4)):
            names.append(f"{draw.choice(culture.given)} {draw.choice(culture.surnames)}")
        members = [make_person(world, culture, name) for name in names]
        adjective, noun = draw.choice(parts["adjective"]), draw.choice(parts["band"])
        band = draw.choice([f"The {adjective} {noun}", f"{adjective} {noun}", f"The {noun}"])
        artist = world.add(
            Thing(f"artist/invented {number}", "artist", members[0].name if solo else band)
        )
        artist.facts = {
            "country": culture.country,
            "genre": draw.choice(["rock", "pop", "electronic", "folk", "soul", "hip hop"]),
        }
        for member in members:
            world.relate(member, "member of", artist)
        invent_albums(world, artist, draw, parts, titles)


def invent_albums(
    world: World, artist: Thing, draw: Random, parts: dict[str, list[str]], titles: list[str]
) -> None:
    """One or two albums of ``artist``; the songs' titles are added to ``titles``."""
    year = draw.randint(1965, 2018)
    producers = [person for person in world.of_kind("person") if "culture" in person.facts]
    members = members_of(world, artist)
    for count in range(draw.choice([1, 1, 2])):
        noun, place = draw.choice(parts["noun"]), draw.choice(parts["place"])
        title = draw.choice([f"{noun} Songs", f"The {place} Sessions", noun])
        if f"album/{artist.key}/{title}" in world.things:
            title += " II"
        album = make_album(world, artist, title, str(year + 3 * count))
        album.facts["date"] = some_day(album.key, year + 3 * count)
        world.relate(album, "producer", draw.choice(producers))
        for _ in range(draw.randint(3, 4)):
            title = invent_song_title(draw, parts)
            if titles and draw.random() < 0.1:
                title = draw.choice(titles)
            if f"song/{album.key}/{title}" in world.things:
                continue
            titles.append(title)
            writers = draw.sample(members, draw.randint(1, len(members)))
            song = make_song(world, album, title, draw.randint(130, 400), writers)
            if draw.random() < 0.4:
                world.relate(song, "producer", draw.choice(producers))


def invent_song_title(draw: Random, parts: dict[str, list[str]]) -> str:
    """A title of a song."""
    one, two = draw.sample(parts["song"], 2)
    adjective, verb = draw.choice(parts["adjective"]), draw.choice(parts["verb"])
    longer = [f"{adjective} {one}", f"{verb} ({one})", f"{one} & {two}", f"{verb} to the {one}"]
    return draw.choice([one, *longer])


# -------------------------------------------------------------- what the stories are lessons in


def make_version(world: World, song: Thing, label: str, length: int) -> Thing:
    """Another recording of ``song``: same title, performer and writers, and at first same album."""
    version = world.add(Thing(f"{song.key} [{label}]", "song", song.name))
    version.facts = {**song.facts, "seconds": str(length), "version": label, "version of": song.key}
    for relation in ("performer", "writer"):
        world.relate(version, relation, *world.tails(song, relation))
    on_a_record_of_its_own(world, version, song, label)
    return version


def on_a_record_of_its_own(world: World, version: Thing, song: Thing, label: str) -> None:
    """Half of the versions are extra tracks of the song's album, the others came out later."""
    album = world.tails(song, "album")[0]
    draw = dice(version.key, "record")
    artist = world.tails(album, "performer")[0]
    year = min(2023, int(song.facts["year"]) + draw.randint(1, 4))
    if draw.random() < 0.5:
        world.relate(version, "album", album)
        return
    title = {"Live": "Live in Concert", "Acoustic": "The Acoustic Sessions"}.get(label)
    title = title or f"{song.name} (Remixes)"
    record = world.things.get(f"album/{artist.key}/{title}")
    record = record or make_album(world, artist, title, str(year))
    world.relate(version, "album", record)
    version.facts["year"] = record.facts["year"]
    version.facts.pop("date", None)


def add_versions(world: World) -> None:
    """Remixes, edits, live and acoustic recordings, and versions with a guest, of many songs."""
    disc_jockeys = words()["disc jockey"]
    guests = [artist for artist in world.of_kind("artist") if "invented" in artist.key]
    for song in world.of_kind("song"):
        draw = dice(song.key, "version")
        share = 0.85 if "invented" in song.key else 0.35
        if "version" in song.facts or draw.random() > share:
            continue
        length = int(song.facts["seconds"])
        if "invented" not in song.key:
            # Of real songs only what nearly every song has: a recording of a concert.
            if f"{song.key} [Live]" not in world.things:
                make_version(world, song, "Live", round(length * draw.uniform(1.04, 1.3)))
            continue
        label = draw.choice(["Remix", "Remix", "Live", "Acoustic", "Radio Edit", "feat."])
        stretch = {"Remix": (1.1, 1.7), "Radio Edit": (0.65, 0.9)}.get(label, (0.85, 1.3))
        version = make_version(world, song, label, round(length * draw.uniform(*stretch)))
        if label == "Remix":
            world.relate(version, "remixer", world.person(draw.choice(disc_jockeys)))
        if label == "feat." or (label == "Remix" and draw.random() < 0.4):
            guest = draw.choice(guests)
            if guest not in world.tails(song, "performer"):
                world.relate(version, "featuring", guest)
                if label == "feat.":
                    version.facts["guest version"] = f"feat. {guest.name}"
                world.relate(version, "writer", *members_of(world, guest)[:1])


def add_shortened_people(world: World) -> None:
    """People one catalogue knows by part of their name, where the other has a namesake.

    Half of the namesakes are in both catalogues: the same name is then sometimes the right answer,
    and only the works tell.
    """
    peoples = cultures()
    films: dict[str, list[Thing]] = {culture.name: [] for culture in peoples}
    for film in world.of_kind("film"):
        if "culture" in film.facts:
            films[film.facts["culture"]].append(film)
    for number in range(SHORTENED_PEOPLE):
        draw = dice("shortened", str(number))
        # Japanese and Russian names are not shortened in these ways.
        culture = draw.choice([c for c in peoples if c.name not in ("Japanese", "Russian")])
        given = draw.sample(culture.given, 2)
        name = " ".join([*given, draw.choice(culture.surnames)])
        shorten = (drop_surname, drop_surname, drop_middle, initials)[number % 4]
        short_side: Side = "left" if draw.random() < 0.6 else "right"
        other_side: Side = "right" if short_side == "left" else "left"

        person = make_person(world, culture, name)
        person.where = "both"
        person.told = {short_side: {"name": shorten(name)}, other_side: {"name": name}}
        person.facts.pop("born", None)
        namesake = make_person(world, culture, shorten(name))
        namesake.where = "both" if draw.random() < 0.5 else other_side
        namesake.told = {other_side: {"name": shorten(name)}}

        filmography = draw.sample(films[culture.name], len(films[culture.name]))
        shared = [film for film in filmography if film.catalogues() == ("left", "right")]
        single = [film for film in filmography if film not in shared]
        works = shared[:2] + single[:2]
        for film in works:
            world.relate(film, draw.choice(["writer", "writer", "director", "cast"]), person)
        others = [film for film in shared[2:] + single[2:] if film not in works]
        for film in draw.sample(others, min(len(others), draw.randint(2, 4))):
            world.relate(film, draw.choice(["cast", "cast", "writer"]), namesake)


def _usual_whereabouts(thing: Thing) -> Where:
    """Most are in both catalogues; versions of songs less often than not, artists more often."""
    both = {"artist": 0.8, "album": 0.7}.get(thing.kind, 0.64)
    if "version" in thing.facts:
        both = 0.4
    draw = dice(thing.key, "where")
    if draw.random() < both:
        return "both"
    return "left" if draw.random() < 0.5 else "right"


# ---------------------------------------------------------------------------------- the stories

ADITYA = "person/Aditya Raj Kapoor"
ADITYA_NAMESAKE = "person/Aditya Raj"
ADITYA_SHARED = ("film/Don't Stop Dreaming (2007)", "film/Sambar Salsa (2007)")
ADITYA_LEFT = "film/Gawaahi (1989)"
ADITYA_RIGHT = "film/Shamaal (2007)"
RADIOACTIVE = "song/album/artist/Imagine Dragons/Night Visions/Radioactive"
RADIOACTIVE_REMIX = f"{RADIOACTIVE} [Remix]"


def tell_story_of_aditya(world: World) -> None:
    """One man whose two names differ, whose films agree, beside a namesake whose films do not."""
    aditya = world.person("Aditya Raj Kapoor")
    aditya.where, aditya.plain = "both", True
    aditya.told = {"left": {"name": "Aditya Raj"}}
    namesake = world.person("Aditya Raj")
    namesake.where, namesake.plain = "right", True

    indian = next(culture for culture in cultures() if culture.name == "Indian")
    people = [p for p in people_from(world, indian) if p.where is None]
    draw = dice("aditya")
    company = popular(draw, people, 6)
    for key, minutes, genre, cast in (
        (ADITYA_SHARED[0], "104", "romance", company[:3]),
        (ADITYA_SHARED[1], "98", "comedy", company[3:5]),
        (ADITYA_RIGHT, "96", "drama", company[5:]),
    ):
        title, _, year = key.removeprefix("film/").removesuffix(")").rpartition(" (")
        film = world.add(Thing(key, "film", title, plain=True))
        film.facts = {"year": year, "minutes": minutes, "country": "IN", "genre": genre}
        film.where = "right" if key == ADITYA_RIGHT else "both"
        world.relate(film, "cast", *cast)
    dreaming, salsa, shamaal = (world.things[key] for key in (*ADITYA_SHARED, ADITYA_RIGHT))
    world.relate(dreaming, "writer", aditya)
    world.relate(salsa, "director", aditya)
    world.relate(salsa, "writer", aditya)
    world.relate(shamaal, "director", aditya)
    gawaahi = world.things[ADITYA_LEFT]
    gawaahi.where, gawaahi.plain = "left", True
    for person in company[:5]:
        person.where = "both"

    unrelated = [
        film
        for film in world.of_kind("film")
        if film.facts.get("culture") == "Indian" and "right" in film.catalogues()
    ]
    for film in draw.sample(unrelated, 3):
        world.relate(film, "cast", namesake)


def tell_story_of_radioactive(world: World) -> None:
    """A song and its remix: they differ in the guest and the length, and in little else."""
    song, remix = world.things[RADIOACTIVE], world.things[RADIOACTIVE_REMIX]
    album = world.tails(song, "album")[0]
    world.relations = {edge: None for edge in world.relations if edge[:2] != (remix.key, "album")}
    world.relate(remix, "album", album)
    song.where, song.plain = "both", True
    remix.where, remix.plain = "right", True
    remix.told = {"right": {"name": song.name, "year": song.facts["year"]}}
    artists = [world.artist("Imagine Dragons"), world.artist("Kendrick Lamar")]
    for neighbour in (album, *artists, *world.tails(song, "writer")):
        neighbour.where = "both"

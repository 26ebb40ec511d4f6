"""Two catalogues of one world: what each has, how it writes things down, and what it gets wrong.

The left one is kept like a library's card index: surnames and articles moved, accents lost, years
only. The right one is kept like an encyclopaedia: full names, other scripts, full dates, aliases.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import habits
from world import Kind, Side, Thing, World, dice

Row = tuple[str, ...]

KINDS: tuple[Kind, ...] = ("film", "series", "person", "song", "album", "artist")
TYPES: dict[Side, dict[Kind, str]] = {
    "left": {kind: kind for kind in KINDS},
    "right": {kind: "movie" if kind == "film" else kind for kind in KINDS},
}
RELATIONS: dict[Side, dict[str, str]] = {
    "left": {
        "director": "directed_by",
        "writer": "written_by",
        "cast": "stars",
        "creator": "created_by",
        "sequel of": "sequel_to",
        "remake of": "remake_of",
        "member of": "member_of",
        "album": "on_album",
        "performer": "performed_by",
        "featuring": "featuring",
        "producer": "produced_by",
        "remixer": "remixed_by",
    },
    "right": {
        "director": "director",
        "writer": "screenwriter",
        "cast": "cast_member",
        "creator": "creator",
        "sequel of": "follows",
        "remake of": "based_on",
        "member of": "member_of",
        "album": "part_of",
        "performer": "performer",
        "featuring": "featured_artist",
        "producer": "producer",
        "remixer": "remixer",
    },
}
COUNTRIES = {
    "BB": "Barbados",
    "BE": "Belgium",
    "BR": "Brazil",
    "CA": "Canada",
    "CO": "Colombia",
    "DE": "Germany",
    "DK": "Denmark",
    "ES": "Spain",
    "FR": "France",
    "GB": "United Kingdom",
    "HK": "Hong Kong",
    "IE": "Ireland",
    "IN": "India",
    "IR": "Iran",
    "IS": "Iceland",
    "IT": "Italy",
    "JP": "Japan",
    "KR": "South Korea",
    "MX": "Mexico",
    "NO": "Norway",
    "NZ": "New Zealand",
    "PL": "Poland",
    "RU": "Russia",
    "SE": "Sweden",
    "SN": "Senegal",
    "SU": "Soviet Union",
    "TW": "Taiwan",
    "US": "United States",
}
STYLES = {
    "science fiction": "sci-fi",
    "hip hop": "rap",
    "romance": "romantic",
    "musical": "music film",
    "electronic": "electronica",
    "soul": "R&B",
    "mystery": "mystery fiction",
    "soundtrack": "film music",
}


@dataclass
class Catalogue:
    """The tables of one side, without header rows, and the id each thing of the world got."""

    side: Side
    ids: dict[str, str]
    entities: list[Row] = field(default_factory=list)
    attributes: list[Row] = field(default_factory=list)
    relations: list[Row] = field(default_factory=list)


def write_catalogue(world: World, side: Side) -> Catalogue:
    """What this side has of the world, in its own words and in an order that tells nothing."""
    relations = kept_relations(world, side)
    # Catalogues list works and those who took part; somebody with no work left is not listed.
    named = {key for head, _, tail in relations for key in (head, tail)}
    things = [thing for thing in world.things.values() if thing.key in named]
    catalogue = Catalogue(side, opaque_ids(things, side))
    ids = catalogue.ids
    describe = describe_left if side == "left" else describe_right
    for thing in things:
        catalogue.entities.append((ids[thing.key], TYPES[side][thing.kind]))
        catalogue.attributes += (
            (ids[thing.key], attribute, value) for attribute, value in describe(thing)
        )
    for head, relation, tail in relations:
        name = relation_name(side, relation, world.things[head].kind)
        catalogue.relations.append((ids[head], name, ids[tail]))
    for name, rows in tables(catalogue).items():
        rows.sort()
        dice(side, name, "order").shuffle(rows)
    return catalogue


def tables(catalogue: Catalogue) -> dict[str, list[Row]]:
    """The tables by name; the lists themselves, not copies."""
    return {
        "entities": catalogue.entities,
        "attributes": catalogue.attributes,
        "relations": catalogue.relations,
    }


def relation_name(side: Side, relation: str, head: Kind) -> str:
    """The right catalogue tells writers of films from writers of songs; the left one does not."""
    if side == "right" and relation == "writer" and head == "song":
        return "songwriter"
    return RELATIONS[side][relation]


def kept_relations(world: World, side: Side) -> list[tuple[str, str, str]]:
    """The relations this side knows: a few are forgotten, and the left one cuts long casts."""
    kept, billed = [], dict.fromkeys(world.things, 0)
    for edge in world.relations:
        head, relation, tail = edge
        ends = (world.things[head], world.things[tail])
        if any(side not in end.catalogues() for end in ends):
            continue
        plain = any(end.plain for end in ends)
        if relation == "cast":
            billed[head] += 1
            if side == "left" and billed[head] > 5 and not plain:
                continue
        forgotten = dice(side, *edge).random() < (0.06 if side == "left" else 0.09)
        if plain or not forgotten:
            kept.append(edge)
    return kept


def opaque_ids(things: Iterable[Thing], side: Side) -> dict[str, str]:
    """An id for each thing, drawn without regard to the other side or to the order of the facts."""
    ids: dict[str, str] = {}
    by_kind: dict[Kind, list[str]] = {}
    everything = sorted(thing.key for thing in things)
    if side == "right":
        numbers = dice(side, "ids").sample(range(10_000, 100_000), len(everything))
        return {key: f"cat:Q{number}" for key, number in zip(everything, numbers, strict=True)}
    for thing in things:
        by_kind.setdefault(thing.kind, []).append(thing.key)
    for kind, keys in by_kind.items():
        numbers = dice(side, kind, "ids").sample(range(10_000), len(keys))
        # "t" for the tracks: the songs' own letter is taken by the series.
        letter = "t" if kind == "song" else "b" if kind == "album" else kind[0]
        for key, number in zip(sorted(keys), numbers, strict=True):
            ids[key] = f"lib:{letter}{number:04d}"
    return ids


# ------------------------------------------------------------------------------------- the left


def describe_left(thing: Thing) -> list[tuple[str, str]]:
    """The left catalogue's attributes of ``thing``."""
    label = "name" if thing.kind in ("person", "artist") else "title"
    said: list[tuple[str, str]] = []
    told = thing.told.get("left", {})
    if thing.plain or not chance(thing, "left", "no name", 0.04):
        name = told.get("name") or (thing.name if thing.plain else left_name(thing))
        said.append((label, name))
    for other in thing.other_names:
        if not thing.plain and habits.is_latin(other) and chance(thing, "left", other, 0.35):
            said.append(("also_known_as", habits.without_accents(other)))
    facts = thing.facts
    if "year" in facts and (thing.plain or not chance(thing, "left", "no year", 0.12)):
        said.append(("year", told.get("year") or slipped_year(thing, "left", 0.06)))
    if "minutes" in facts and (thing.plain or chance(thing, "left", "minutes", 0.8)):
        said.append(("runtime_minutes", facts["minutes"]))
    if "seconds" in facts and (thing.plain or chance(thing, "left", "seconds", 0.85)):
        said.append(("length_seconds", facts["seconds"]))
    if "born" in facts and not thing.plain and chance(thing, "left", "born", 0.6):
        wrong = chance(thing, "left", "wrong born", 0.05)
        born = habits.day_before_month(facts["born"]) if wrong else facts["born"]
        said.append(("birth_date", born))
    if "genre" in facts and chance(thing, "left", "genre", 0.7):
        said.append(("genre", facts["genre"]))
    if "country" in facts and chance(thing, "left", "country", 0.6):
        said.append(("country", facts["country"]))
    return said


def left_name(thing: Thing) -> str:
    """A person, artist or title as the card index has it."""
    if "name" in thing.told.get("left", {}):
        return thing.told["left"]["name"]
    name = card_name(thing) if thing.kind == "person" else card_title(thing)
    if chance(thing, "left", "accents", 0.6):
        name = habits.without_accents(name)
    return slipped_text(name, thing, "left", 0.05)


def card_name(person: Thing) -> str:
    """Often the surname first, or initials only."""
    name, roll = person.name, dice("left", person.key, "name").random()
    if chance(person, "left", "short given name", 0.1):
        name = habits.short_given_name(name)
    if chance(person, "left", "middle", 0.2):
        name = habits.drop_middle(name)
    if 0.1 < roll < 0.38:
        name = habits.initials(name)
    return habits.surname_first(name) if roll < 0.2 or roll > 0.9 else name


def card_title(work: Thing) -> str:
    """Articles moved to the end or lost, subtitles dropped, a version of a song in brackets."""
    title, roll = work.name, dice("left", work.key, "name").random()
    if work.kind != "song" and chance(work, "left", "subtitle", 0.15):
        title = habits.drop_subtitle(title)
    if roll < 0.45:
        title = habits.article_last(title)
    elif roll < 0.52:
        title = habits.drop_article(title)
    if "version" in work.facts and chance(work, "left", "version", 0.6):
        title = f"{title} ({version_label(work)})"
    return title


def version_label(song: Thing) -> str:
    """What a title says of a version, such as "Live" or "feat. Alba Funk"."""
    return song.facts.get("guest version", song.facts["version"])


# ------------------------------------------------------------------------------------ the right


def describe_right(thing: Thing) -> list[tuple[str, str]]:
    """The right catalogue's attributes of ``thing``."""
    said: list[tuple[str, str]] = []
    told = thing.told.get("right", {})
    name = ""
    if thing.plain or not chance(thing, "right", "no name", 0.03):
        name = told.get("name") or (thing.name if thing.plain else right_name(thing))
        said.append(("name", name))
    for other in (thing.name, *thing.other_names):
        known = other != name and "name" not in told
        if known and not thing.plain and chance(thing, "right", other, 0.5):
            said.append(("alias", other))
    facts = thing.facts
    if "year" in facts and (thing.plain or not chance(thing, "right", "no year", 0.14)):
        said.append(("release_date", told.get("year") or release_date(thing)))
    if "minutes" in facts and (thing.plain or chance(thing, "right", "minutes", 0.8)):
        said.append(("duration", about(thing, int(facts["minutes"]), 3)))
    if "seconds" in facts and (thing.plain or chance(thing, "right", "seconds", 0.85)):
        said.append(("duration", about(thing, int(facts["seconds"]), 2)))
    if "born" in facts and not thing.plain and chance(thing, "right", "born", 0.75):
        full = chance(thing, "right", "full born", 0.5)
        said.append(("born", facts["born"] if full else facts["born"][:4]))
    if "genre" in facts and chance(thing, "right", "genre", 0.7):
        said.append(("style", STYLES.get(facts["genre"], facts["genre"])))
    if "country" in facts and chance(thing, "right", "country", 0.6):
        said.append(("country_of_origin", COUNTRIES[facts["country"]]))
    if "minutes" in facts and not thing.plain and chance(thing, "right", "description", 0.3):
        said.append(("description", f"{facts['year']} {facts['genre']} film"))
    return said


def right_name(thing: Thing) -> str:
    """A person, artist or title as the encyclopaedia has it."""
    draw = dice("right", thing.key, "name")
    name = thing.name
    if "version" in thing.facts:
        if draw.random() < 0.4:
            name = f"{name} - {version_label(thing)}"
    elif thing.other_names and draw.random() < (0.12 if thing.kind == "person" else 0.2):
        name = draw.choice(thing.other_names)
    elif thing.kind == "person" and draw.random() < 0.05:
        name = habits.drop_middle(name)
    elif thing.kind != "person" and draw.random() < 0.1:
        name = habits.swap_ampersand(name)
    elif thing.kind in ("film", "series") and draw.random() < 0.08:
        name = habits.drop_subtitle(name)
    elif thing.kind == "album" and draw.random() < 0.12:
        name = f"{name} (Deluxe Edition)"
    return slipped_text(name, thing, "right", 0.03)


def release_date(thing: Thing) -> str:
    """The day, mostly, where it is known; otherwise the year."""
    if "date" in thing.facts and chance(thing, "right", "full date", 0.6):
        return thing.facts["date"]
    return slipped_year(thing, "right", 0.05)


# ---------------------------------------------------------------------------------------- slips


def chance(thing: Thing, side: Side, question: str, share: float) -> bool:
    """Whether this side does that to this thing, as it does to ``share`` of all things."""
    return dice(side, thing.key, question).random() < share


def slipped_year(thing: Thing, side: Side, share: float) -> str:
    """The year, or a neighbouring one by mistake."""
    year = int(thing.facts["year"])
    if not thing.plain and chance(thing, side, "wrong year", share):
        year += dice(side, thing.key, "which year").choice((-3, -1, -1, 1, 1, 2))
    return str(year)


def about(thing: Thing, length: int, most: int) -> str:
    """A length measured by somebody else: half of the time off by up to ``most`` units."""
    if not thing.plain and chance(thing, "right", "measured", 0.5):
        length += dice(thing.key, "measure").randint(-most, most)
    return str(length)


def slipped_text(text: str, thing: Thing, side: Side, share: float) -> str:
    """The text, or one with a typing error inside a word."""
    inside = [at for at in range(1, len(text) - 1) if text[at - 1 : at + 2].isalpha()]
    if not inside or not chance(thing, side, "typo", share):
        return text
    draw = dice(side, thing.key, "which typo")
    slip = draw.choice((habits.swap_letters, habits.lose_letter))
    return slip(text, draw.choice(inside))

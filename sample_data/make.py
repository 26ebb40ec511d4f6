"""Writes the sample data: two catalogues of one small world, and the links between them.

``python sample_data/make.py`` writes the tables beside this file; ``--check`` writes none, prints
the same counts and fails if the tables on disk differ from what would be written.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

from catalogues import KINDS, Catalogue, Row, tables, write_catalogue
from world import (
    ADITYA,
    ADITYA_NAMESAKE,
    RADIOACTIVE,
    RADIOACTIVE_REMIX,
    World,
    build_world,
    dice,
)

HERE = Path(__file__).parent
HEADERS: dict[str, Row] = {
    "entities": ("id", "type"),
    "attributes": ("entity", "attribute", "value"),
    "relations": ("head", "relation", "tail"),
    "links": ("left", "right", "label"),
}
SPLITS = {"train": 0.45, "valid": 0.15, "test": 0.40}


def make_files() -> dict[str, str]:
    """Every file of the sample data: its path below the folder, and its text."""
    world = build_world()
    left, right = write_catalogue(world, "left"), write_catalogue(world, "right")
    files = {
        f"{catalogue.side}/{name}.tsv": as_table(HEADERS[name], rows)
        for catalogue in (left, right)
        for name, rows in tables(catalogue).items()
    }
    for split, rows in make_links(world, left, right).items():
        files[f"links/{split}.tsv"] = as_table(HEADERS["links"], rows)
    stories = json.dumps(tell_stories(left, right), ensure_ascii=False, indent=2)
    files["stories.json"] = f"{stories}\n"
    return files


def as_table(header: Row, rows: list[Row]) -> str:
    """A table as text; there is no quoting, so no cell may hold a tab or a line end."""
    for row in rows:
        if any("\t" in cell or "\n" in cell for cell in row):
            raise ValueError(f"a table cannot hold {row!r}")
    return "".join("\t".join(row) + "\n" for row in [header, *rows])


def make_links(world: World, left: Catalogue, right: Catalogue) -> dict[str, list[Row]]:
    """The things both sides have, split alike within each type; the stories go to the test."""
    splits: dict[str, list[Row]] = {split: [] for split in SPLITS}
    for kind in KINDS:
        keys = sorted(thing.key for thing in world.of_kind(kind))
        keys = [key for key in keys if key in left.ids and key in right.ids]
        dice("links", kind).shuffle(keys)
        keys.sort(key=lambda key: key in (ADITYA, RADIOACTIVE))
        train, valid = (round(len(keys) * SPLITS[split]) for split in ("train", "valid"))
        parts = (keys[:train], keys[train : train + valid], keys[train + valid :])
        for split, part in zip(SPLITS, parts, strict=True):
            splits[split] += ((left.ids[key], right.ids[key], "1") for key in part)
    for split, rows in splits.items():
        rows.sort()
        dice("links", split, "order").shuffle(rows)
    return splits


def tell_stories(left: Catalogue, right: Catalogue) -> dict[str, dict[str, object]]:
    """The two pairs every demonstration opens, with the ids that belong to them."""
    return {
        "aditya": {
            "left": left.ids[ADITYA],
            "right": right.ids[ADITYA],
            "match": True,
            "title": "Aditya Raj and Aditya Raj Kapoor",
            "text": (
                "The names differ, no date of birth helps, and another man on the right is called "
                "Aditya Raj. Don't Stop Dreaming and Sambar Salsa are on both sides; Gawaahi is "
                "known on the left only and Shamaal on the right only. The shared works decide: "
                "one and the same writer."
            ),
            "namesake": right.ids[ADITYA_NAMESAKE],
        },
        "radioactive": {
            "left": left.ids[RADIOACTIVE],
            "right": right.ids[RADIOACTIVE_REMIX],
            "match": False,
            "title": "Radioactive and its remix",
            "text": (
                "Title, year, album and artist agree. The guest, Kendrick Lamar, and the length "
                "do not: the left song is the original, the right one its remix."
            ),
            "counterpart": right.ids[RADIOACTIVE],
        },
    }


def counts(files: dict[str, str]) -> str:
    """How much there is of everything, as lines of text."""
    rows = {
        path: [line.split("\t") for line in text.splitlines()[1:]]
        for path, text in files.items()
        if path.endswith(".tsv")
    }
    lines = []
    for side in ("left", "right"):
        entities = rows[f"{side}/entities.tsv"]
        types = Counter(kind for _, kind in entities)
        linked = {row[side == "right"] for split in SPLITS for row in rows[f"links/{split}.tsv"]}
        share = 1 - len(linked) / len(entities)
        lines.append(
            f"{side}: {len(entities)} entities, {len(rows[f'{side}/attributes.tsv'])} attributes, "
            f"{len(rows[f'{side}/relations.tsv'])} relations, {share:.0%} on this side only"
        )
        lines.append("  " + ", ".join(f"{count} {kind}" for kind, count in sorted(types.items())))
    type_of = {row[0]: row[1] for row in rows["left/entities.tsv"]}
    for split in SPLITS:
        links = rows[f"links/{split}.tsv"]
        types = Counter(type_of[left] for left, _, _ in links)
        lines.append(f"links/{split}: {len(links)}")
        lines.append("  " + ", ".join(f"{count} {kind}" for kind, count in sorted(types.items())))
    size = sum(len(text.encode()) for text in files.values())
    lines.append(f"all files: {size / 1e6:.2f} MB")
    return "\n".join(lines)


def main() -> int:
    """Write the files, or compare them; counts are printed either way."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=HERE, help="the folder to write to")
    parser.add_argument("--check", action="store_true", help="compare with the files, write none")
    arguments = parser.parse_args()
    files = make_files()
    print(counts(files))
    if arguments.check:
        differing = [path for path, text in files.items() if not same(arguments.out / path, text)]
        for path in differing:
            print(f"{path} is not what this script writes", file=sys.stderr)
        return 1 if differing else 0
    for path, text in files.items():
        target = arguments.out / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode())
    return 0


def same(path: Path, text: str) -> bool:
    """Whether the file holds that text, byte for byte."""
    return path.exists() and path.read_bytes() == text.encode()


if __name__ == "__main__":
    sys.exit(main())

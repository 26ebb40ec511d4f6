"""What holds for a project as a whole, checked wherever it comes from: a file, a page, a call."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import field, fields
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from kgreview.active.query_plan import check_shares, with_current_names
from kgreview.errors import InputError
from kgreview.exchange.export import ExportSettings
from kgreview.graph.quoting import quoted
from kgreview.store.audit_turns import AUDIT_EVERY
from kgreview.ui.links import is_template

FORMAT = 1
LARGEST_SEED = 2**32 - 1
MOST_DECISIONS = 100_000  # after which fine-tuning may start by itself
FINETUNE_AFTER = 50  # so many, where the project does not say
FEWEST_EVERY, MOST_EVERY = 2, 100  # questions of which one comes from the audit sample


def _template(text: str) -> str:
    if text and not is_template(text):
        raise ValueError
    return text


def _different(words: tuple[str, ...]) -> tuple[str, ...]:
    if "" in words or len(set(words)) < len(words):
        raise ValueError
    return words


# what a value must be is its description, which a message about another one ends with
_Name = Annotated[str, Field(description="text")]
_Template = Annotated[
    str, AfterValidator(_template), Field(description="web address with {id} in it")
]
_Words = Annotated[
    tuple[str, ...], AfterValidator(_different), Field(description="list of words, each once")
]
_STRICT = ConfigDict(strict=True, allow_inf_nan=False)


@dataclass(frozen=True, config=_STRICT)
class ProjectSettings:
    """What holds for a project as a whole. Raises ``ValueError`` for what makes no sense."""

    name: _Name
    created_at: _Name  # UTC, ISO 8601
    seed: Annotated[int, Field(ge=0, le=LARGEST_SEED, description="whole number from 0")] = 0
    # of the queue, drawn at random, that measures and never trains
    audit_share: Annotated[float, Field(ge=0, le=1, description="number from 0 to 1")] = 0.1
    # one question in so many comes from it
    audit_every: Annotated[
        int,
        Field(
            ge=FEWEST_EVERY,
            le=MOST_EVERY,
            description=f"whole number from {FEWEST_EVERY} to {MOST_EVERY}",
        ),
    ] = AUDIT_EVERY
    # codes that curators may give with a decision
    reasons: _Words = ()
    # whether curators may call a pair close, broader, narrower or related
    qualified_matches: Annotated[bool, Field(description="true or false")] = False
    # shares; none: the default's
    strategies: Annotated[Mapping[str, float], Field(description="object of shares")] = field(
        default_factory=dict
    )
    # of the queue, that a second curator decides, too
    double_share: Annotated[float, Field(ge=0, le=1, description="number from 0 to 1")] = 0.0
    # so many new decisions start a fine-tuning, 0: none does; None: as an earlier release kept it
    finetune_after: Annotated[
        int | None,
        Field(ge=0, le=MOST_DECISIONS, description=f"whole number from 0 to {MOST_DECISIONS:,}"),
    ] = None
    # how wide the 95 % intervals of precision and recall may be
    target: Annotated[float, Field(gt=0, le=1, description="number above 0 and up to 1")] = 0.1
    export: ExportSettings = field(default_factory=ExportSettings)  # how it is handed on
    # where an entity can be looked up, with {id} in the place of its id
    left_url: _Template = ""
    right_url: _Template = ""


_DESCRIPTIONS: dict[str, str] = {
    name: described["description"]
    for name, described in TypeAdapter(ProjectSettings).json_schema()["properties"].items()
    if "description" in described
}
_KNOWN = frozenset(each.name for each in fields(ProjectSettings))


def read_settings(file: Path) -> ProjectSettings:
    """Read the settings of a project. Raises ``InputError`` that names what is wrong with them."""
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError.at(file, f"is damaged ({error}); restore it from a copy") from error
    if not isinstance(values, dict) or "format" not in values:
        raise InputError.at(
            file, "is damaged (it is not an object of settings); restore it from a copy"
        )
    if values.pop("format") != FORMAT:
        raise InputError.at(file, "was written by another release; create it again")
    try:
        return settings_of(values)
    except ValueError as error:
        raise InputError.at(file, str(error)) from error
    except InputError as error:
        raise InputError.at(file, f"in its settings, {error}") from error


def settings_of(values: Mapping[str, Any]) -> ProjectSettings:
    """Make settings of JSON values. Raises ``ValueError``, or ``InputError`` for shares."""
    for name in values:
        if name not in _KNOWN:
            raise ValueError(f"{quoted(name)} is no setting; take it out, or correct its name")
    given = dict(values)
    if isinstance(given.get("reasons"), list):
        given["reasons"] = tuple(given["reasons"])
    if "export" in given and not isinstance(given["export"], ExportSettings):
        given["export"] = ExportSettings.from_json(given["export"])
    if isinstance(given.get("strategies"), dict):
        shares = with_current_names(given["strategies"])
        given["strategies"] = check_shares(shares) if shares else {}
    try:
        return ProjectSettings(**given)
    except ValidationError as error:
        raise ValueError(_in_words(error)) from error


def _in_words(error: ValidationError) -> str:
    """Say of the first setting that is wrong what it should be."""
    first = error.errors()[0]
    name = str(first["loc"][0])
    if first["type"].startswith("missing"):
        return f"{quoted(name)} is missing; add it, or restore the file from a copy"
    description = _DESCRIPTIONS.get(name, "setting")
    article = "" if description == "true or false" else "an " if description[0] in "aeiou" else "a "
    return f"{quoted(name)} is not {article}{description}, but {_shown(first['input'])}; correct it"


def _shown(value: object) -> str:
    return quoted(json.dumps(value, default=str, ensure_ascii=False))

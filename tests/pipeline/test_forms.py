"""The same value in another form tells namesakes apart as well as in the same form."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import pytest

from kgreview.candidates.blocking import block
from kgreview.features.similarity import PairSimilarity, first_scores
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.suggestion import infer_schema

Write = Callable[[date], str]
GERMAN = ("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September")
GERMAN += ("Oktober", "November", "Dezember")

FORMS: dict[str, Write] = {
    "ISO": lambda day: day.isoformat(),
    "compact": lambda day: f"{day:%Y%m%d}",
    "with a zone": lambda day: f"{day.isoformat()}+02:00",
    "with a time": lambda day: f"{day.isoformat()}T00:00:00Z",
    "day first": lambda day: f"{day:%d/%m/%Y}",
    "month first": lambda day: f"{day:%m/%d/%Y}",
    "with dots": lambda day: f"{day:%d.%m.%Y}",
    "in English": lambda day: f"{day.day} {day:%B} {day.year}",
    "in German": lambda day: f"{day.day}. {GERMAN[day.month - 1]} {day.year}",
    "in Japanese": lambda day: f"{day.year}年{day.month}月{day.day}日",
}


def people(make_graph, side: str, attribute: str, write: Write) -> KnowledgeGraph:
    """Forty names, each of four people who differ in their day of birth alone."""
    first = date(1931, 1, 5)
    ids = [f"{side}{i:03}" for i in range(160)]
    days = [first + timedelta(days=137 * i) for i in range(160)]
    return make_graph(
        [(entity, "person") for entity in ids],
        [
            (entity, "name", f"Person {chr(65 + i // 4 % 26)}{i // 4}")
            for i, entity in enumerate(ids)
        ]
        + [(entity, attribute, write(day)) for entity, day in zip(ids, days, strict=True)],
    )


@pytest.mark.parametrize("form", FORMS)
def test_four_namesakes_are_told_apart_by_a_date_in_any_form(make_graph, form: str) -> None:
    left = people(make_graph, "l", "date_of_birth", FORMS["ISO"])
    right = people(make_graph, "r", "birthday", FORMS[form])
    schema = infer_schema(left, right)
    found = block(left, right, schema)
    similarity = PairSimilarity.fit(left, right, schema)
    scores = first_scores(similarity.compute(found.left, found.right), similarity.feature_names)
    best = [
        int(found.right[mine[scores[mine].argmax()]])
        for mine in (np.flatnonzero(found.left == row) for row in range(left.num_entities))
    ]
    assert np.mean(np.array(best) == np.arange(left.num_entities)) == 1
    assert [(pair.left, pair.right) for pair in schema.attributes] == [
        ("date_of_birth", "birthday")
    ]

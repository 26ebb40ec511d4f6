"""Any pair of the two graphs: why it may not be matched, what a version makes of it, adding it.

A pair that is no candidate is compared and scored when it is opened, and becomes a candidate when
somebody decides it: to open an address changes nothing. What is needed for that, both graphs'
strings and the network, is loaded by a thread, so that nobody waits for it to decide.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from kgreview.errors import InputError, KGReviewError
from kgreview.features.similarity import first_scores
from kgreview.graph.schema import TypePair
from kgreview.pipeline import explanation, loaded_networks
from kgreview.pipeline.blocking import similarities
from kgreview.pipeline.project import Project
from kgreview.store.added_pairs import AddedPair, add_pair
from kgreview.store.candidate_pairs import audit_order
from kgreview.store.database import Database, value
from kgreview.store.questions import NO_CANDIDATE, Question
from kgreview.store.rights import Right, permit
from kgreview.store.versions import Version, current_version
from kgreview.text.iris import local_name

WHY = (
    "You opened this pair yourself. Blocking had not proposed it: with your answer it becomes a "
    "candidate."
)
LINKED = "A known link says that the two are the same, and blocking had lost it."


@dataclass(frozen=True, eq=False)
class Judgement:
    """What is made of a pair that is no candidate."""

    similarities: npt.NDArray[np.float32] | None = None  # (F,)
    score: float | None = None  # None where no version scores, or what it needs is not there


def refusal(project: Project, left: str, right: str) -> str | None:
    """Say why two ids cannot be put together as a pair; ``None``: they can."""
    for side, graph, entity in (("left", project.left, left), ("right", project.right, right)):
        if graph.rows([entity])[0] < 0:
            return f"The {side} graph has no entity “{entity}”"
    types = _types(project, left, right)
    if types in project.schema.types:
        return None
    return type_refusal(types.left, types.right)


def type_refusal(left_type: str, right_type: str) -> str:
    """Say that two types are not paired, and where they can be."""
    return (
        f"of a type that is not paired: {local_name(left_type)} and {local_name(right_type)} are "
        "no pair of types in schema.json"
    )


def outside_question(project: Project, curator: str, left: str, right: str) -> Question:
    """Put a pair that is no candidate to a curator, without a score yet. Changes nothing.

    Its token names what the curator is shown until they have answered.
    """
    types = _types(project, left, right)
    with project.database() as db:
        version = _scoring(db)
        answered = value(
            db,
            "SELECT count(*) FROM decisions WHERE left = ? AND right = ? AND curator = ?",
            [left, right, curator],
        )
        linked = value(
            db, "SELECT 1 FROM known_matches WHERE left = ? AND right = ?", [left, right]
        )
    named = "\0".join((curator, left, right, str(answered))).encode(errors="surrogatepass")
    return Question(
        candidate=NO_CANDIDATE,
        left=left,
        right=right,
        left_type=types.left,
        right_type=types.right,
        score=None,
        threshold=None if version is None else version.threshold,
        version=None if version is None else version.name,
        strategy="chosen",
        why=f"{WHY} {LINKED}" if linked else WHY,
        token=blake2b(named, digest_size=16).hexdigest(),
    )


def scored_at_once(project: Project, question: Question) -> tuple[Question, bool]:
    """Give a question its score, if it is to be had at once.

    Tells, too, whether it is worth asking again in a moment.
    """
    if question.version is None:
        return question, False
    try:
        ready = loaded_networks.ready_for_any(project, question.version)
    except KGReviewError:  # its folder is gone; the pair can be decided without
        return question, False
    if not ready:
        return question, True
    return replace(question, score=judge(project, question).score), False


def judge(project: Project, question: Question) -> Judgement:
    """Compare a pair, and score it by the version that the question names. Takes what it takes.

    It is judged among the candidates that blocking found, as an explanation of it is.
    """
    left, right = project.left.row(question.left), project.right.row(question.right)
    compared = None
    with contextlib.suppress(KGReviewError, OSError):  # it can be decided without
        names = similarities(project)[1]
        compared = loaded_networks.compared(project, left, right)
        if question.version is None:
            return Judgement(compared)
        if loaded_networks.has_network(project, question.version):
            explained = explanation.explain(project, question.version, left, right)
            return Judgement(compared, explained.probability)
        return Judgement(compared, float(first_scores(compared[None], names)[0]))
    return Judgement(compared)


def add(project: Project, curator: str, question: Question) -> Question:
    """Make the pair of a question a candidate, with its score; give the question about that.

    Raises ``InputError`` for a pair of types that are not paired, ``RightError`` for who may not.
    """
    refused = refusal(project, question.left, question.right)
    if refused is not None:
        raise InputError(refused)
    with project.database() as db:  # fine-tuning may have ended while it was on the screen
        permit(db, Right.DECIDE, curator)
        version = _scoring(db)
    name = None if version is None else version.name
    judged = judge(project, replace(question, version=name))
    rows = (
        project.left.rows([question.left]),
        project.right.rows([question.right]),
    )
    pair = AddedPair(
        question.left,
        question.right,
        question.left_type,
        question.right_type,
        linked=bool(project.all_links().settle(*rows)[0]),
        similarities=judged.similarities,
        curator=curator,
    )
    settings = project.settings
    with project.database() as db:
        number = add_pair(
            db,
            pair,
            audit=audit_order(question.left, settings.audit_share, settings.seed),
            version=name,
            score=judged.score,
        )
    if question.score is None and name == question.version:
        return replace(question, candidate=number, score=judged.score)
    return replace(question, candidate=number)


def _types(project: Project, left: str, right: str) -> TypePair:
    graphs = project.left, project.right
    return TypePair(*(g.type_of(g.row(e)) for g, e in zip(graphs, (left, right), strict=True)))


def _scoring(db: Database) -> Version | None:
    """Give the current version, if it has scored the candidates that are there."""
    version = current_version(db)
    return version if version is not None and version.scored else None

"""What is said, and where it goes on, when a curator is asked no pair."""

from __future__ import annotations

from dataclasses import dataclass

from kgreview.pipeline.project import Project
from kgreview.review.counts import ReviewCounts, review_counts
from kgreview.review.models import ModelState, model_state
from kgreview.store.assignments import second_of
from kgreview.store.entity_states import entity_states_told, type_progress
from kgreview.store.pair_filter import PairFilter
from kgreview.store.waiting import Waiting, waiting


@dataclass(frozen=True)
class NothingLeft:
    """Why there is no pair to show, and what to do."""

    title: str
    sentences: tuple[str, ...]
    pages: tuple[str, ...] = ()  # names of the pages that lead on, the best first


def nothing_left(project: Project, curator: str, wanted: PairFilter) -> NothingLeft:
    """Say why a curator is asked nothing under a filter, and what to do."""
    state = review_counts(project, curator)
    if not state.candidates:
        return NothingLeft("No candidates yet", (f"Find them: `kgreview run {project.path}`",))
    if state.version is None:
        return NothingLeft("No scores yet", (f"Train and score: `kgreview run {project.path}`",))
    with project.database() as db:
        shared = second_of(db, curator, wanted.key) if wanted.narrows else None
    if shared is not None:
        first, share = shared
        return NothingLeft(
            "No second opinion is wanted yet",
            (f"{first} decides this part first; {share:.0%} of it comes to you, too.",),
        )
    if wanted.narrows:
        return NothingLeft(
            "No open pair matches the filter",
            (f"{state.open:,} pairs are open in all. Change the filter or clear it.",),
        )
    return _all_answered(project, curator, state)


def _all_answered(project: Project, curator: str, state: ReviewCounts) -> NothingLeft:
    taught = model_state(project)
    with project.database() as db:
        open_pairs = waiting(db, curator)
        entities = type_progress(db, "left") if entity_states_told(db) else []
    unanswered = sum(each.total - each.settled for each in entities if each.asked)
    sentences, pages = [_settled(state, open_pairs), *_open(open_pairs)], []
    if words := _to_learn(taught):
        sentences.append(words)
    if taught.unseen and taught.missing is None:
        pages.append("model")
    if unanswered:
        sentences.append(
            f"{unanswered:,} left entities have neither a match nor an answer that there is none: "
            "the Entities page lists them."
        )
        pages.append("entities")
    if state.not_asked:
        sentences.append(
            f"{state.not_asked:,} open pairs are of types that are not asked about: "
            "change it on the Schema page, or filter by these types."
        )
        pages.append("schema")
    sentences.append("The Quality page says what the alignment is worth, Export hands it on.")
    return NothingLeft("Nothing left to ask you", tuple(sentences), (*pages, "quality", "export"))


def _settled(state: ReviewCounts, open_pairs: Waiting) -> str:
    """Say what settled the candidates."""
    linked = f", {open_pairs.linked:,} settled by known links" if open_pairs.linked else ""
    return (
        f"{state.candidates:,} candidates{linked}; {state.mine:,} decisions are yours, "
        f"{state.everybody:,} everybody's."
    )


def _open(open_pairs: Waiting) -> list[str]:
    """Say why what is open is not asked, if anything is."""
    why = {
        "that you skipped": open_pairs.skipped,
        "on the screens of others, for ten minutes at most": open_pairs.with_others,
        "of the audit sample, whose entities are done": open_pairs.done,
    }
    listed = ", ".join(f"{count:,} {words}" for words, count in why.items() if count)
    return [f"Still open: {listed}."] if listed else []


def _to_learn(taught: ModelState) -> str:
    """Say what there is to learn from."""
    if taught.missing is not None:
        return f"The model has not learnt: {taught.missing}."
    if taught.unseen:
        count = f"{taught.unseen:,} decision{'s' * (taught.unseen > 1)}"
        return (
            f"The current version has not learnt from {count}: fine-tune on the Model page, and "
            "other pairs may come up."
        )
    if taught.usable:
        return "The model has learnt from every decision there is."
    return "There is no decision to learn from."

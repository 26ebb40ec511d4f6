"""What a first network needs to learn from, told without torch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from kgreview.candidates.blocking import find
from kgreview.errors import KGReviewError
from kgreview.graph.links import Links, pair_keys
from kgreview.graph.pair_rows import pair_rows
from kgreview.pipeline.project import Project
from kgreview.store.database import Database
from kgreview.store.decisions import TrainingDecision, qualified_pairs, training_decisions
from kgreview.store.versions import current_version
from kgreview.text.columns import distinct_numbers

FEWEST_MATCHES = 10  # known ones, for a first network: with fewer, similarity is better
NO_NON_MATCHES = (
    "a first network needs non-matches to tell the known matches from, and there are none: reject "
    "some pairs or give links with label 0; until then the likeness of values gives the scores"
)


def links_teach(project: Project) -> bool:
    """Whether the links alone have enough matches for a first network."""
    return len(teaching_links(project, "train").matches) >= FEWEST_MATCHES


def teaching_links(project: Project, split: str) -> Links:
    """Give the links of a split without those that a curator has qualified.

    A link that turned out to be close, broader, narrower or related is no exact match, and what is
    nearly one must not be learnt as none: it teaches nothing, nor does it measure.
    """
    return project.counterparts.opened(teaching_paired_links(project, split))


def teaching_paired_links(project: Project, split: str) -> Links:
    """Give the links of ``teaching_links`` as they were stated."""
    links = project.paired_links(split)
    return links.take(~np.isin(links.keys, qualified_keys(project)))


def qualified_keys(project: Project) -> npt.NDArray[np.uint64]:
    """Give the keys of the pairs that somebody calls close or the like, and nobody the same."""
    with project.database() as db:
        rows = pair_rows(project.left, project.right, qualified_pairs(db))
    return pair_keys(rows.left, rows.right)


def still_missing(project: Project, db: Database) -> str | None:
    """Say what the network that fine-tuning would begin lacks; ``None``: nothing.

    Nor does anything lack where the current version is a network, from which it goes on.
    """
    current = current_version(db)
    if current is not None and current.kind != "similarity":
        return None
    return missing(project, training_decisions(db))


def missing(project: Project, decided: Sequence[TrainingDecision]) -> str | None:
    """Say what links and decisions lack to begin a network with; ``None``: nothing.

    Known matches count, from links to learn from and accepted pairs together, and any non-match
    must be known. What validation links hold out teaches nothing.
    """
    # of an entity that may have several counterparts links let non-matches be presumed
    links = teaching_paired_links(project, "train")
    valid = teaching_links(project, "valid")
    decided_links = decisions_as_links(project, decided)
    decided_links = decided_links.take(~valid.settle(decided_links.left, decided_links.right))
    linked = links.take(
        ~np.isin(links.keys, decided_links.keys) & ~valid.settle(links.left, links.right)
    )
    matches = len(linked.matches), len(np.unique(decided_links.matches.keys))
    if sum(matches) < FEWEST_MATCHES:
        return _too_few(*matches, held=len(valid.matches))
    all_links = Links.concatenate(linked, decided_links)
    if (all_links.label == 0).any() or _have_competitors(project, all_links.matches):
        return None
    return NO_NON_MATCHES


def decisions_as_links(project: Project, decided: Sequence[TrainingDecision]) -> Links:
    """Give decisions as links; those on an entity that its graph lacks are left out.

    An accepted pair is gold: the other candidates of its left entity are no matches, unless it may
    have several counterparts.
    """
    there = pair_rows(project.left, project.right, decided)
    label = np.array([d.label for d in there.pairs], dtype=np.int8)
    return project.counterparts.opened(Links(there.left, there.right, label, label == 1))


def _too_few(linked: int, accepted: int, held: int) -> str:
    there, more = linked + accepted, FEWEST_MATCHES - linked - accepted
    beside = f", beside {held:,} held out for validation" if held else ""
    return (
        f"a first network needs {FEWEST_MATCHES} known matches, and there "
        f"{'is' if there == 1 else 'are'} {there} ({linked} from links{beside}, {accepted} "
        f"accepted): accept {more} more {'pair' if more == 1 else 'pairs'} or give more links; "
        "until then the likeness of values gives the scores"
    )


def _have_competitors(project: Project, matches: Links) -> bool:
    """Whether a left entity of the matches has another candidate, which is then a non-match."""
    try:
        candidates = project.candidates()
    except KGReviewError:  # before the first blocking
        return True
    gold = matches.take(matches.gold)
    places = find(candidates, gold.left, gold.right)
    of_lefts = int(np.isin(candidates.left, gold.left).sum())
    return of_lefts > len(distinct_numbers(places[places >= 0]))

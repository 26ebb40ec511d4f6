"""A curator who answers what the queue asks from known links, wrongly now and then."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kgreview.graph.links import Links
from kgreview.pipeline.label_issues import doubts, find_doubts
from kgreview.pipeline.project import Project
from kgreview.progress import Progress
from kgreview.review.quality import quality
from kgreview.store.deciding import decide
from kgreview.store.decisions import DOUBT
from kgreview.store.outcomes import Outcome
from kgreview.store.queue import next_question

_CURATOR = "simulated"
_LOOK = 10  # answers after which the simulated curator looks whether the app says stop


class SimulatedCurator:
    """Answers what the queue asks from known links, wrongly now and then."""

    def __init__(self, project: Project, links: Links, noise: float) -> None:
        self.decisions = 0
        self.matches: set[tuple[int, int]] = set()  # as it says now
        self.stop_after: int | None = None  # after so many decisions, for the first time
        self.wrong: set[int] = set()  # ids of the first answers that are
        self.again: set[int] = set()  # of those that it was asked to look at again
        self._project = project
        self._noise = noise
        matches = links.take(links.label == 1)
        self._matches = set(zip(matches.left.tolist(), matches.right.tolist(), strict=True))
        self._rng = np.random.default_rng([project.settings.seed, 1])

    def answer(self, number: int) -> int:
        """Decide so many pairs, looking now and then whether to stop; gives how many there were."""
        answered = 0
        while answered < number:
            more = self._answer(min(_LOOK, number - answered))
            if not more:
                break
            answered += more
            if self.stop_after is None and quality(self._project).stop.stop:
                self.stop_after = self.decisions
        return answered

    def _answer(self, number: int) -> int:
        project = self._project
        with project.database() as db:
            for done in range(number):
                asked = next_question(db, _CURATOR)
                if asked is None:
                    return done
                pair = project.left.row(asked.left), project.right.row(asked.right)
                errs = self._rng.random() < self._noise
                says = (pair in self._matches) != errs
                saved = decide(
                    db,
                    left=asked.left,
                    right=asked.right,
                    curator=_CURATOR,
                    outcome=Outcome.MATCH if says else Outcome.NO_MATCH,
                    version=asked.version,
                    score=asked.score,
                    strategy=asked.strategy,
                    question=asked.token,
                )
                self.decisions += 1
                if asked.strategy == DOUBT and saved.supersedes is not None:
                    self.again.add(saved.supersedes)
                elif errs:
                    self.wrong.add(saved.id)
                (self.matches.add if says else self.matches.discard)(pair)
        return number


def doubts_of(project: Project, curator: SimulatedCurator, progress: Progress) -> dict[str, Any]:
    """Say what share of the wrong first answers the app's label issues led to a second look.

    Suggested are those that the queue asked again, and then the first of the list there is at the
    end, together a fifth as many as there are decisions.
    """
    find_doubts(project, progress)
    listed = doubts(project, max(0, curator.decisions // 5 - len(curator.again)))
    suggested = set(curator.again)
    if listed is not None:
        suggested |= {doubt.decision.id for doubt in listed.found}
    share = len(curator.wrong & suggested) / len(curator.wrong) if curator.wrong else math.nan
    return {
        "wrong": len(curator.wrong),
        "asked_again": len(curator.again),
        "suggested": len(suggested),
        "found": share,
    }

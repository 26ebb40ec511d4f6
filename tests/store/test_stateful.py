"""Any order of deciding, undoing, scoring and promoting, against a model of a few lines."""

import itertools
import shutil
import tempfile
from collections.abc import Collection
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from kgreview.store.asked_types import open_count
from kgreview.store.candidate_pairs import CandidateBatch, audit_order, replace_candidates
from kgreview.store.database import connect
from kgreview.store.deciding import decide, undo
from kgreview.store.decisions import Decision, counts, standing, training_decisions
from kgreview.store.outcomes import Outcome
from kgreview.store.queue import next_question
from kgreview.store.versions import (
    add_version,
    current_version,
    drop_old_scores,
    promote,
    versions,
    write_scores,
)

ALL = list(itertools.product("abc", "xyz"))
CURATORS = ("ann", "bob")
CLOSING = {*Outcome} - {Outcome.SKIP}
AUDIT = 0.3

pairs = st.sampled_from(ALL)
curators = st.sampled_from(CURATORS)
outcomes = st.sampled_from(Outcome)


class Review(RuleBasedStateMachine):
    """The model: what each curator said of each pair, as a stack whose top stands."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.db = connect(self.folder / "kgreview.db", create=True)
        self.said: dict[tuple[str, str, str], list[Decision]] = {}
        self.candidates: list[tuple[str, str]] = []
        self.answered = 0
        self.put_candidates(ALL)

    def teardown(self) -> None:
        self.db.close()
        shutil.rmtree(self.folder)

    # what the model says

    def stands(self) -> list[Decision]:
        return sorted((said[-1] for said in self.said.values() if said), key=lambda d: d.id)

    def open_pairs(self) -> set[tuple[str, str]]:
        return {
            (left, right)
            for left, right in self.candidates
            if not any(
                d.left == left
                and d.outcome in CLOSING
                and (d.right == right or d.outcome is Outcome.NO_COUNTERPART)
                for d in self.stands()
            )
        }

    def trains(self, d: Decision) -> bool:
        if d.outcome.label is None:
            return False
        drawn = audit_order(d.left, AUDIT, 0) is not None
        if d.strategy == "audit" or (drawn and (d.left, d.right) in self.candidates):
            return False
        return not any(
            (o.right == d.right and o.outcome.label == 1 - d.outcome.label)
            or (d.outcome is Outcome.MATCH and o.outcome is Outcome.NO_COUNTERPART)
            for o in self.stands()
            if o.left == d.left
        )

    # what can happen

    def remember(self, saved: Decision) -> None:
        self.said.setdefault((saved.left, saved.right, saved.curator), []).append(saved)

    def say(
        self, pair: tuple[str, str], curator: str, outcome: Outcome, strategy: str, token: str
    ) -> Decision:
        return decide(
            self.db,
            left=pair[0],
            right=pair[1],
            curator=curator,
            outcome=outcome,
            strategy=strategy,
            question=token,
        )

    @rule(pair=pairs, curator=curators, outcome=outcomes)
    def decide_any_pair(self, pair: tuple[str, str], curator: str, outcome: Outcome) -> None:
        self.answered += 1
        saved = self.say(pair, curator, outcome, "chosen", f"t{self.answered}")
        earlier = self.said.get((*pair, curator))
        assert saved.supersedes == (earlier[-1].id if earlier else None)
        self.remember(saved)

    @rule(curator=curators, outcome=outcomes, presses=st.integers(1, 3))
    def answer_the_question(self, curator: str, outcome: Outcome, presses: int) -> None:
        asked = next_question(self.db, curator)
        if asked is None:
            return
        assert (asked.left, asked.right) in self.open_pairs()
        assert not any(
            d.outcome is Outcome.SKIP
            and (d.curator, d.left, d.right) == (curator, asked.left, asked.right)
            for d in self.stands()
        )
        assert next_question(self.db, curator) == asked
        other = next_question(self.db, CURATORS[1 - CURATORS.index(curator)])
        assert other is None or other.candidate != asked.candidate
        saved = [
            self.say((asked.left, asked.right), curator, outcome, asked.strategy, asked.token)
            for _ in range(presses)
        ]
        assert saved == saved[:1] * presses
        self.remember(saved[0])

    @rule(curator=curators)
    def undo(self, curator: str) -> None:
        mine = [d for d in self.stands() if d.curator == curator]
        undone = undo(self.db, curator)
        assert undone == (mine[-1] if mine else None)
        if undone is not None:
            self.said[undone.left, undone.right, curator].pop()

    @rule(chosen=st.sets(pairs, min_size=1))
    def put_candidates(self, chosen: Collection[tuple[str, str]]) -> None:
        self.candidates = sorted(chosen)
        left, right = zip(*self.candidates, strict=True)
        types = ["film"] * len(left)
        batch = CandidateBatch(left, right, types, types)
        replace_candidates(self.db, [batch], audit_share=AUDIT, seed=0)

    @rule(scores=st.lists(st.floats(0, 1), min_size=9, max_size=9))
    def score_a_new_version(self, scores: list[float]) -> None:
        current = current_version(self.db)
        name = f"v{len(versions(self.db)) + 1}"
        add_version(
            self.db,
            name,
            parent=current.name if current else None,
            kind="trained",
            settings={},
            figures={},
            seed=0,
            threshold=0.5,
            decisions=[d.decision for d in training_decisions(self.db)],
        )
        size = len(self.candidates)
        write_scores(self.db, name, [(np.arange(size), np.array(scores[:size]))])

    @precondition(lambda self: any(v.scored for v in versions(self.db)))
    @rule(data=st.data())
    def promote_one(self, data: st.DataObject) -> None:
        ready = [v.name for v in versions(self.db) if v.scored]
        promote(self.db, data.draw(st.sampled_from(ready)))

    @rule()
    def drop_old_scores(self) -> None:
        drop_old_scores(self.db)

    # what must always hold

    @invariant()
    def what_stands_is_what_the_model_says(self) -> None:
        assert standing(self.db) == self.stands()
        for curator in (None, *CURATORS):
            mine = [d for d in self.stands() if curator in (None, d.curator)]
            assert counts(self.db, curator) == {
                outcome: sum(d.outcome is outcome for d in mine) for outcome in Outcome
            }

    @invariant()
    def the_queue_of_every_version_is_what_is_open(self) -> None:
        sql = (
            "SELECT v.name, c.left, c.right FROM scores s JOIN candidates c ON c.id = s.candidate"
            " JOIN versions v ON v.id = s.version WHERE s.open = 1"
        )
        found = set(self.db.execute(sql).fetchall())
        scored = [v.name for v in versions(self.db) if v.scored]
        assert found == {(name, *pair) for name in scored for pair in self.open_pairs()}
        current = current_version(self.db)
        if current is not None and current.scored:
            assert open_count(self.db) == len(self.open_pairs())

    @invariant()
    def the_network_learns_from_what_the_model_says(self) -> None:
        expected = [(d.id, d.outcome.label) for d in self.stands() if self.trains(d)]
        assert [(d.decision, d.label) for d in training_decisions(self.db)] == expected


TestReview = Review.TestCase
TestReview.settings = settings(
    max_examples=40,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)

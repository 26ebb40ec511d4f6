import time
from collections.abc import Callable

import numpy as np
import pytest
from sqlite_utils import Database

from kgreview.active.query_plan import QueryPlan
from kgreview.store import deciding, decisions
from kgreview.store.asked_types import open_count
from kgreview.store.cardinality import replace_several
from kgreview.store.deciding import undo
from kgreview.store.decisions import counts
from kgreview.store.label_issues import doubted, keep_doubts, let_stand
from kgreview.store.outcomes import Outcome
from kgreview.store.pair_filter import PairFilter
from kgreview.store.questions import Question, question
from kgreview.store.queue import next_question
from kgreview.store.second_looks import draw_second_looks
from kgreview.store.stored_plan import askable, write_plan
from kgreview.store.versions import add_version, promote, scores_of, write_scores

Steps = Callable[[Database, Callable[[], object]], int]
Say = Callable[..., decisions.Decision]
Put = Callable[..., None]


def asked(db: Database, curator: str) -> Question:
    found = next_question(db, curator)
    assert found is not None
    return found


def answer(db: Database, say: Say, curator: str, outcome: Outcome) -> tuple[str, str]:
    shown = asked(db, curator)
    say(
        db,
        curator,
        shown.left,
        shown.right,
        outcome,
        question=shown.token,
        strategy=shown.strategy,
    )
    return shown.left, shown.right


def let_minutes_pass(db: Database, minutes: float) -> None:
    db.execute("UPDATE questions SET asked_at = asked_at - ?", [minutes * 60])


def test_the_pairs_nearest_to_the_threshold_are_asked_first(db: Database, say: Say) -> None:
    order = [answer(db, say, "ann", Outcome.MATCH) for _ in range(4)]
    assert order == [("b", "z"), ("a", "y"), ("b", "x"), ("a", "x")]
    assert next_question(db, "ann") is None
    assert open_count(db) == 0


def test_a_question_says_what_is_shown_and_why(db: Database) -> None:
    shown = asked(db, "ann")
    assert (shown.candidate, shown.left, shown.right) == (3, "b", "z")
    assert (shown.left_type, shown.right_type) == ("film", "film")
    assert (shown.score, shown.threshold, shown.version) == (0.5, 0.5, "v1")
    assert shown.strategy == "uncertainty"
    assert "Its score is 0.50" in shown.why


def test_a_reload_shows_the_same_question(db: Database, say: Say) -> None:
    first = asked(db, "ann")
    assert asked(db, "ann") == first
    let_minutes_pass(db, 9)
    assert asked(db, "ann") == first
    let_minutes_pass(db, 60)  # nobody else was asked meanwhile
    assert asked(db, "ann") == first
    say(db, "ann", first.left, first.right, Outcome.MATCH, question=first.token)
    assert asked(db, "ann").token != first.token


def test_the_same_pair_is_not_handed_to_two_curators_within_ten_minutes(db: Database) -> None:
    first = asked(db, "ann")
    assert asked(db, "bob").candidate != first.candidate
    let_minutes_pass(db, 9.9)
    assert asked(db, "cem").candidate not in (first.candidate, asked(db, "bob").candidate)


def test_a_pair_left_lying_returns_to_the_others_after_ten_minutes(db: Database, say: Say) -> None:
    left_lying = asked(db, "ann")
    let_minutes_pass(db, 10.1)
    taken = asked(db, "bob")
    assert taken.candidate == left_lying.candidate
    assert taken.token != left_lying.token
    assert asked(db, "ann").candidate != left_lying.candidate
    # ann's answer to the old screen is kept all the same
    say(db, "ann", left_lying.left, left_lying.right, Outcome.MATCH, question=left_lying.token)
    assert counts(db)[Outcome.MATCH] == 1
    assert asked(db, "bob").candidate != left_lying.candidate


def test_a_page_that_stays_open_keeps_its_pair(db: Database) -> None:
    first = asked(db, "ann")
    for _ in range(3):
        let_minutes_pass(db, 6)
        assert asked(db, "ann") == first
    assert asked(db, "bob").candidate != first.candidate


def test_a_question_that_somebody_else_settled_gives_way(db: Database, say: Say) -> None:
    assert asked(db, "ann").left == "b"
    say(db, "bob", "b", "x", Outcome.NO_COUNTERPART)
    assert asked(db, "ann").left == "a"


def test_a_skipped_pair_is_hidden_from_that_curator_only(db: Database, say: Say) -> None:
    skipped = answer(db, say, "ann", Outcome.SKIP)
    assert (asked(db, "bob").left, asked(db, "bob").right) == skipped
    assert (asked(db, "ann").left, asked(db, "ann").right) != skipped
    assert open_count(db) == 4
    undo(db, "ann")
    db.execute("DELETE FROM questions")
    assert (asked(db, "ann").left, asked(db, "ann").right) == skipped


def test_what_all_others_are_shown_is_nothing_left_for_me(db: Database) -> None:
    for curator in ("ann", "bob", "cem", "dan"):
        asked(db, curator)
    assert next_question(db, "eva") is None
    let_minutes_pass(db, 11)
    assert asked(db, "eva").candidate == 3


def test_each_tenth_question_comes_from_the_audit_slice_in_its_order(
    fresh_db: Database, put: Put, say: Say
) -> None:
    pairs = [(f"l{i:03}", f"r{i:03}") for i in range(300)]
    put(fresh_db, pairs, [i / 300 for i in range(300)], audit=0.1)
    order = "SELECT left, right FROM candidates WHERE audit IS NOT NULL ORDER BY audit LIMIT 3"
    audit = fresh_db.execute(order).fetchall()
    strategies, drawn = [], []
    for number in range(30):
        shown = asked(fresh_db, "ann")
        strategies.append(shown.strategy)
        if shown.strategy == "audit":
            assert "at random" in shown.why
            drawn.append((shown.left, shown.right))
        answer(fresh_db, say, "ann", (Outcome.MATCH, Outcome.SKIP)[number % 2])
    assert strategies == (["uncertainty"] * 9 + ["audit"]) * 3
    assert drawn == audit
    # what uncertainty asks is never of the slice
    assert asked(fresh_db, "bob").strategy == "uncertainty"
    assert next(s for s in scores_of(fresh_db, left=asked(fresh_db, "bob").left)).audit is False


def test_a_project_may_have_the_audit_slice_asked_more_often(
    fresh_db: Database, put: Put, say: Say
) -> None:
    put(fresh_db, [(f"l{i:03}", f"r{i:03}") for i in range(60)], [0.5] * 60, audit=0.3)
    strategies = []
    for number in range(9):
        shown = next_question(fresh_db, "ann", audit_every=3)
        assert shown is not None
        strategies.append(shown.strategy)
        outcome = (Outcome.MATCH, Outcome.SKIP)[number % 2]
        told = {"question": shown.token, "strategy": shown.strategy}
        say(fresh_db, "ann", shown.left, shown.right, outcome, **told)
    assert strategies == ["uncertainty", "uncertainty", "audit"] * 3


def test_one_question_in_ten_of_all_curators_is_of_the_audit_slice(
    fresh_db: Database, put: Put, say: Say
) -> None:
    pairs = [(f"l{i:04}", f"r{i:04}") for i in range(1_500)]
    put(fresh_db, pairs, [i / 1_500 for i in range(1_500)], audit=0.3)
    forty = [f"curator {number}" for number in range(40)]
    strategies = []
    for name in forty:  # all begin at once, and none answers ten
        asked(fresh_db, name)
    for _ in range(9):
        for name in forty:
            strategies.append(asked(fresh_db, name).strategy)
            answer(fresh_db, say, name, Outcome.NO_MATCH)
            asked(fresh_db, name)
    assert strategies.count("audit") == pytest.approx(36, abs=2)
    # evenly, not all at once
    assert max(strategies[i : i + 40].count("audit") for i in range(len(strategies) - 39)) <= 8


def test_a_curator_beside_others_is_asked_one_in_ten_too(
    fresh_db: Database, put: Put, say: Say
) -> None:
    pairs = [(f"l{i:03}", f"r{i:03}") for i in range(900)]
    put(fresh_db, pairs, [i / 900 for i in range(900)], audit=0.3)
    for name in ("bob", "cem"):  # who answer nothing
        asked(fresh_db, name)
    strategies = []
    for _ in range(100):
        strategies.append(asked(fresh_db, "ann").strategy)
        answer(fresh_db, say, "ann", Outcome.NO_MATCH)
    assert strategies.count("audit") == pytest.approx(10, abs=2)


def test_answers_that_no_question_asked_for_do_not_hold_the_audit_up(
    fresh_db: Database, put: Put, say: Say
) -> None:
    pairs = [(f"l{i:03}", f"r{i:03}") for i in range(100)]
    put(fresh_db, pairs, [i / 100 for i in range(100)], audit=0.2)
    for _ in range(8):
        answer(fresh_db, say, "ann", Outcome.NO_MATCH)
    for left, right in pairs[:20]:
        say(fresh_db, "bob", left, right, Outcome.NO_MATCH, strategy="bulk")
    assert asked(fresh_db, "ann").strategy == "uncertainty"
    answer(fresh_db, say, "ann", Outcome.NO_MATCH)
    assert asked(fresh_db, "ann").strategy == "audit"


def test_a_clock_that_was_ahead_withholds_no_pair(db: Database, say: Say) -> None:
    ahead = asked(db, "ann")
    question(db, "a", "x", "ann")
    let_minutes_pass(db, -400 * 24 * 60)
    assert asked(db, "bob").candidate == ahead.candidate
    again = asked(db, "ann")
    assert again.candidate != ahead.candidate, "bob has it now"
    assert asked(db, "cem").candidate not in (ahead.candidate, again.candidate)
    left = db.execute("SELECT count(*) FROM questions WHERE asked_at > ?", [time.time() + 600])
    assert left.fetchone()[0] == 0


def test_undo_takes_the_count_to_the_tenth_back_too(fresh_db: Database, put: Put, say: Say) -> None:
    pairs = [(f"l{i:03}", f"r{i:03}") for i in range(100)]
    put(fresh_db, pairs, [i / 100 for i in range(100)], audit=0.2)
    for _ in range(9):
        answer(fresh_db, say, "ann", Outcome.MATCH)
    due = asked(fresh_db, "ann")
    assert due.strategy == "audit"
    undo(fresh_db, "ann", question=due.token)
    assert asked(fresh_db, "ann").strategy == "uncertainty"


@pytest.mark.parametrize(("audit", "strategy"), [(1.0, "audit"), (0.0, "uncertainty")])
def test_an_empty_half_of_the_queue_is_made_up_for_by_the_other(
    fresh_db: Database, put: Put, say: Say, audit: float, strategy: str
) -> None:
    pairs = [(f"l{i:03}", f"r{i:03}") for i in range(25)]
    put(fresh_db, pairs, [0.5] * 25, audit=audit)
    strategies = set()
    for _ in range(25):
        strategies.add(asked(fresh_db, "ann").strategy)
        answer(fresh_db, say, "ann", Outcome.NO_MATCH)
    assert strategies == {strategy}
    assert next_question(fresh_db, "ann") is None


def test_without_a_current_version_nothing_is_asked(fresh_db: Database, put: Put) -> None:
    assert next_question(fresh_db, "ann") is None
    put(fresh_db, [("a", "x")])
    assert next_question(fresh_db, "ann") is None
    assert open_count(fresh_db) == 0
    chosen = question(fresh_db, "a", "x", "ann")
    assert chosen is not None
    assert (chosen.score, chosen.threshold, chosen.version) == (None, None, None)


def test_a_pair_can_be_opened_by_its_ids_closed_or_not(db: Database, say: Say) -> None:
    say(db, "ann", "a", "x", Outcome.MATCH)
    for curator in ("ann", "bob"):
        shown = question(db, "a", "x", curator)
        assert shown is not None
        assert (shown.strategy, shown.score) == ("chosen", 0.9)
        assert question(db, "a", "x", curator) == shown
    assert question(db, "a", "z", "ann") is None


def test_opening_another_pair_leaves_the_queues_question_where_it_was(
    db: Database, say: Say
) -> None:
    waiting = asked(db, "ann")
    chosen = question(db, "a", "x", "ann")
    assert chosen is not None
    assert asked(db, "ann") == waiting
    say(db, "ann", "a", "x", Outcome.MATCH, question=chosen.token)
    assert asked(db, "ann") == waiting


def test_a_question_opened_by_its_ids_is_the_one_the_queue_asked(db: Database) -> None:
    waiting = asked(db, "ann")
    assert question(db, waiting.left, waiting.right, "ann") == waiting


def test_a_pair_somebody_opened_is_not_handed_out(db: Database) -> None:
    question(db, "b", "z", "ann")
    assert asked(db, "bob").candidate != 3


def test_pairs_opened_and_left_are_forgotten(db: Database, say: Say) -> None:
    for left, right in (("a", "x"), ("a", "y"), ("b", "x")):
        question(db, left, right, "ann")
    let_minutes_pass(db, 11)
    answer(db, say, "ann", Outcome.MATCH)
    asked(db, "ann")
    assert db.execute("SELECT count(*) FROM questions").fetchone()[0] == 1


def test_a_promotion_reorders_what_follows_but_not_what_is_on_the_screen(
    db: Database, say: Say, score: Callable[..., None]
) -> None:
    waiting = asked(db, "ann")
    score(db, "v2", [0.5, 0.6, 0.45, 0.1], parent="v1")
    assert asked(db, "bob").version == "v1"
    promote(db, "v2")
    again = asked(db, "ann")
    assert (again.candidate, again.token) == (waiting.candidate, waiting.token)
    assert (again.score, again.version) == (0.1, "v2")
    say(db, "ann", again.left, again.right, Outcome.NO_MATCH, question=again.token)
    assert answer(db, say, "ann", Outcome.MATCH) == ("a", "x")


def test_asking_and_deciding_cost_the_same_among_many_pairs_and_after_many_decisions(
    fresh_db: Database, put: Put, say: Say, score: Callable[..., None], steps: Steps
) -> None:
    def work() -> None:
        shown = asked(fresh_db, "ann")
        asked(fresh_db, "ann")
        question(fresh_db, shown.left, shown.right, "ann")
        say(fresh_db, "ann", shown.left, shown.right, Outcome.MATCH, question=shown.token)
        undo(fresh_db, "ann")
        open_count(fresh_db)
        counts(fresh_db)
        counts(fresh_db, "ann")
        scores_of(fresh_db, left=shown.left)
        scores_of(fresh_db, right=shown.right)
        decisions.standing(fresh_db, left=shown.left)
        decisions.standing(fresh_db, left=shown.left, right=shown.right)
        decisions.standing(fresh_db, right=shown.right)
        decisions.events(fresh_db, limit=1)

    cost = {}
    for size in (500, 5_000):
        pairs = [(f"l{i // 5:05}", f"r{i:05}") for i in range(size)]
        put(fresh_db, pairs, audit=0.1)
        score(fresh_db, f"v{size}", [i / size for i in range(size)])
        promote(fresh_db, f"v{size}")
        work()
        cost[size] = steps(fresh_db, work)
    assert cost[5_000] < cost[500] * 1.2
    for number in range(400):
        answer(fresh_db, say, "ann", (Outcome.NO_MATCH, Outcome.MATCH)[number % 2])
    assert steps(fresh_db, work) < cost[500] * 1.2


def test_no_statement_of_a_page_scans_a_table_that_grows(db: Database, say: Say) -> None:
    statements: list[str] = []
    put_in_order(db, "v1", (3, "margin", 0.5))
    db.conn.set_trace_callback(statements.append)
    shown = asked(db, "ann")
    asked(db, "ann")
    question(db, "a", "x", "ann")
    say(db, "ann", shown.left, shown.right, Outcome.MATCH, question=shown.token)
    say(db, "ann", shown.left, shown.right, Outcome.SKIP)
    undo(db, "ann", question="undo")
    open_count(db)
    scores_of(db, left="a")
    scores_of(db, right="x")
    decisions.standing(db, left="a", right="x")
    decisions.standing(db, right="x")
    decisions.standing(db, curator="ann")
    decisions.events(db)
    db.conn.set_trace_callback(None)
    plans = {
        statement: [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {statement}")]
        for statement in statements
        if statement.split()[0] in ("SELECT", "INSERT", "UPDATE", "DELETE")
    }
    assert len(plans) > 15
    for statement, plan in plans.items():
        for step in plan:
            # the partners of one entity are a few rows that were searched for; pairs of types
            # are as many as the schema has
            few = "SCAN CONSTANT ROW", "SCAN of_one_entity", "SCAN not_asked"
            assert not step.startswith("SCAN") or step in few, (statement, plan)
            # a search of the scores by version alone would read them all
            if step.endswith("(version=?)") and step != "SEARCH o USING PRIMARY KEY (version=?)":
                assert "USING INDEX scores_by_score" in step, (statement, plan)


# ---------------------------------------------------------------- the query plan


def put_in_order(db: Database, version: str, *planned: tuple[int, str, float]) -> None:
    candidates, strategies, figures = zip(*planned, strict=True)
    write_plan(db, version, QueryPlan(np.array(candidates), strategies, np.array(figures)))


def test_the_queue_follows_the_plan_and_then_the_threshold(db: Database, say: Say) -> None:
    put_in_order(db, "v1", (0, "margin", 0.55), (2, "coverage", float("nan")))
    shown = asked(db, "ann")
    assert (shown.candidate, shown.strategy) == (0, "margin")
    assert "the second, which has 0.55" in shown.why
    assert asked(db, "ann") == shown, "after a reload too"
    order = [answer(db, say, "ann", Outcome.NO_MATCH) for _ in range(4)]
    assert order == [("a", "x"), ("b", "x"), ("b", "z"), ("a", "y")]
    assert [d.strategy for d in decisions.standing(db)] == [
        "margin",
        "coverage",
        "uncertainty",
        "uncertainty",
    ]


def test_what_a_match_has_as_good_as_answered_is_not_in_the_plan(db: Database, say: Say) -> None:
    put_in_order(db, "v1", *((candidate, "margin", 0.5) for candidate in (0, 1, 2, 3)))
    assert answer(db, say, "ann", Outcome.MATCH) == ("a", "x")
    # a-y and b-x would match a or x a second time
    assert answer(db, say, "ann", Outcome.NO_MATCH) == ("b", "z")
    assert asked(db, "ann").strategy == "uncertainty"


def test_two_curators_follow_one_plan_side_by_side(db: Database) -> None:
    put_in_order(db, "v1", *((candidate, "coverage", 0.0) for candidate in (2, 0, 1)))
    assert [asked(db, curator).candidate for curator in ("ann", "bob", "cem")] == [2, 0, 1]


def test_a_new_plan_takes_the_place_of_the_old(db: Database) -> None:
    put_in_order(db, "v1", (0, "margin", 0.5), (1, "margin", 0.5))
    put_in_order(db, "v1", (2, "conflict", 0.5))
    assert asked(db, "ann").candidate == 2
    assert asked(db, "bob").strategy == "uncertainty"


def test_each_version_has_its_own_plan_and_going_back_brings_the_old_one_back(
    db: Database, say: Say, score: Callable[..., None]
) -> None:
    put_in_order(db, "v1", (0, "margin", 0.5), (1, "margin", 0.5))
    waiting = asked(db, "ann")
    score(db, "v2", [0.5, 0.6, 0.45, 0.1], parent="v1")
    put_in_order(db, "v2", (0, "conflict", 0.9), (2, "conflict", 0.9))
    promote(db, "v2")
    again = asked(db, "ann")
    assert (again.token, again.strategy) == (waiting.token, "margin")
    assert "0.90" not in again.why, "the figure of another reason"
    assert asked(db, "bob").candidate == 2
    say(db, "bob", "b", "x", Outcome.NO_MATCH)
    promote(db, "v1")
    assert asked(db, "bob").candidate == 1


def test_a_filter_goes_its_own_way(db: Database) -> None:
    put_in_order(db, "v1", (0, "margin", 0.5))
    found = next_question(db, "ann", PairFilter(high=0.6))
    assert found is not None
    assert (found.candidate, found.strategy) == (3, "uncertainty")


def test_a_plan_holds_open_pairs_to_learn_from(fresh_db: Database, put: Put, say: Say) -> None:
    pairs = [(f"l{i:03}", f"r{i:03}") for i in range(100)]
    put(fresh_db, pairs, [0.5] * 100, audit=0.2)
    say(fresh_db, "ann", "l007", "r007", Outcome.UNSURE)
    audit = {id for (id,) in fresh_db.execute("SELECT id FROM candidates WHERE audit IS NOT NULL")}
    assert audit
    assert set(askable(fresh_db, "v1").tolist()) == set(range(100)) - audit - {7}


def test_following_a_plan_costs_the_same_among_many_pairs_and_after_many_decisions(
    fresh_db: Database, put: Put, say: Say, steps: Steps
) -> None:
    def work() -> None:
        shown = asked(fresh_db, "ann")
        say(fresh_db, "ann", shown.left, shown.right, Outcome.NO_MATCH, question=shown.token)

    taken = []
    for size in (300, 3000):
        pairs = [(f"l{i:04}", f"r{i:04}") for i in range(size)]
        put(fresh_db, pairs)
        add_version(
            fresh_db,
            f"v{size}",
            parent=None,
            kind="trained",
            settings={},
            figures={},
            seed=0,
            threshold=0.5,
        )
        write_scores(fresh_db, f"v{size}", [(np.arange(size), np.full(size, 0.5))])
        promote(fresh_db, f"v{size}")
        put_in_order(fresh_db, f"v{size}", *((i, "margin", 0.5) for i in range(250)))
        for _ in range(size // 15):
            work()
        taken.append(steps(fresh_db, work))
    assert taken[1] < 1.2 * taken[0]


# ---------------------------------------------------------------- second looks


def decided(db: Database, say: Say, curator: str, outcome: Outcome, share: float = 1.0) -> Question:
    """Answer what the queue asks, as the desk does where pairs are to be decided twice."""
    shown = asked(db, curator)
    say(
        db,
        curator,
        shown.left,
        shown.right,
        outcome,
        question=shown.token,
        strategy=shown.strategy,
    )
    draw_second_looks(db, share)
    return shown


def test_nobody_is_asked_what_another_has_decided_unless_second_looks_are_wanted(
    db: Database, say: Say
) -> None:
    for _ in range(4):
        decided(db, say, "ann", Outcome.MATCH, share=0.0)
    assert next_question(db, "bob") is None


def test_each_third_question_is_a_second_look_while_there_are_some(db: Database, say: Say) -> None:
    first = decided(db, say, "ann", Outcome.MATCH)
    assert [decided(db, say, "bob", Outcome.NO_MATCH).strategy for _ in range(2)] == [
        "uncertainty",
        "uncertainty",
    ]
    second = asked(db, "bob")
    assert (second.strategy, second.candidate) == ("second", first.candidate)
    assert "answer is hidden" in second.why
    assert asked(db, "bob") == second, "after a reload too"
    decided(db, say, "bob", Outcome.NO_MATCH)
    both = decisions.standing(db, left=first.left, right=first.right)
    assert [(d.curator, d.outcome) for d in both] == [
        ("ann", Outcome.MATCH),
        ("bob", Outcome.NO_MATCH),
    ]


def test_a_pair_is_looked_at_twice_and_not_three_times_nor_twice_by_one(
    db: Database, say: Say
) -> None:
    for _ in range(4):
        decided(db, say, "ann", Outcome.MATCH)
    assert next_question(db, "ann") is None
    seen = [decided(db, say, "bob", Outcome.MATCH).strategy for _ in range(4)]
    assert seen == ["second"] * 4, "when nothing else is open"
    assert next_question(db, "cem") is None
    assert db.execute("SELECT count(*) FROM second_looks").fetchone()[0] == 0


def test_two_others_do_not_get_the_same_second_look(db: Database, say: Say) -> None:
    for _ in range(4):
        decided(db, say, "ann", Outcome.MATCH)
    assert asked(db, "bob").candidate != asked(db, "cem").candidate


def test_a_first_decision_taken_back_wants_no_second_look(db: Database, say: Say) -> None:
    first = decided(db, say, "ann", Outcome.MATCH)
    undo(db, "ann")
    draw_second_looks(db, 1.0)
    let_minutes_pass(db, 11)
    again = decided(db, say, "bob", Outcome.MATCH)
    assert (again.candidate, again.strategy) == (first.candidate, "uncertainty")


def test_a_second_look_on_the_screen_goes_when_somebody_else_has_taken_it(
    db: Database, say: Say
) -> None:
    for _ in range(4):
        decided(db, say, "ann", Outcome.MATCH)
    shown = asked(db, "bob")
    say(db, "cem", shown.left, shown.right, Outcome.MATCH)
    draw_second_looks(db, 1.0)
    assert asked(db, "bob").candidate != shown.candidate


def test_about_the_share_of_the_pairs_is_looked_at_twice_and_none_of_the_audit_slice(
    fresh_db: Database, put: Put, say: Say
) -> None:
    pairs = [(f"l{i:03}", f"r{i:03}") for i in range(400)]
    put(fresh_db, pairs, [0.5] * 400, audit=0.25)
    for left, right in pairs:
        say(fresh_db, "ann", left, right, Outcome.NO_MATCH)
    draw_second_looks(fresh_db, 0.2, seed=3)
    wanted = fresh_db.execute(
        "SELECT c.audit FROM second_looks l JOIN candidates c ON c.left = l.left"
    ).fetchall()
    assert len(wanted) == pytest.approx(60, abs=20)
    assert {audit for (audit,) in wanted} == {None}


def test_second_looks_follow_share_seed_and_what_stands(
    fresh_db: Database, put: Put, say: Say, steps: Steps
) -> None:
    pairs = [(f"l{i:03}", f"r{i:03}") for i in range(200)]
    put(fresh_db, pairs, [0.5] * 200)

    def drawn(share: float, seed: int = 3) -> set[str]:
        draw_second_looks(fresh_db, share, seed)
        return {left for (left,) in fresh_db.execute("SELECT left FROM second_looks")}

    for left, right in pairs[:100]:
        say(fresh_db, "ann", left, right, Outcome.NO_MATCH)
    for left, right in pairs[100:]:
        say(fresh_db, "ann", left, right, Outcome.NO_MATCH, strategy="bulk")
    assert drawn(0.0) == set()
    few, many, others = drawn(0.2), drawn(0.4), drawn(0.4, seed=4)
    assert 8 <= len(few) <= 32
    assert few < many < {left for left, _ in pairs[:100]}
    assert others != many
    assert drawn(0.4) == many
    assert steps(fresh_db, lambda: drawn(0.4)) < 2_000, "what it has looked at is not looked at"
    gone = sorted(many)[0]
    (decision,) = decisions.standing(fresh_db, left=gone)
    deciding.undo_decision(fresh_db, decision.id, "bob")
    assert drawn(0.4) == many - {gone}
    decided_twice = sorted(many)[1]
    say(fresh_db, "bob", decided_twice, decided_twice.replace("l", "r"), Outcome.MATCH)
    assert drawn(0.4) == many - {gone, decided_twice}
    assert drawn(0.0) == set()


def test_many_own_decisions_do_not_slow_the_search_for_those_of_others(
    fresh_db: Database, put: Put, say: Say, steps: Steps
) -> None:
    pairs = [(f"l{i:04}", f"r{i:04}") for i in range(900)]
    put(fresh_db, pairs, [0.5] * 900)
    taken = []
    for part in (pairs[:50], pairs[50:800]):
        for left, right in part:
            say(fresh_db, "bob", left, right, Outcome.NO_MATCH)
        draw_second_looks(fresh_db, 1.0)
        taken.append(steps(fresh_db, lambda: next_question(fresh_db, "bob")))
        fresh_db.execute("DELETE FROM questions")
    assert taken[1] < 1.5 * taken[0]


def test_an_entity_of_the_audit_slice_is_asked_best_first_until_its_match_is_found(
    fresh_db: Database, put: Put, say: Say
) -> None:
    pairs = [(left, f"r{left}{i}") for left in "abc" for i in range(3)]
    put(fresh_db, pairs, [0.2, 0.9, 0.5] * 3, audit=1.0)
    asked_of: dict[str, list[float | None]] = {}
    entities = []
    for outcome in (Outcome.MATCH, Outcome.NO_MATCH, Outcome.MATCH, Outcome.NO_COUNTERPART):
        shown = asked(fresh_db, "ann")
        assert "Press 0" in shown.why
        entities.append(shown.left)
        asked_of.setdefault(shown.left, []).append(shown.score)
        answer(fresh_db, say, "ann", outcome)
    # a match at once; a match at the second try; nobody
    assert list(asked_of.values()) == [[0.9], [0.9, 0.5], [0.9]]
    assert next_question(fresh_db, "ann") is None


def test_its_match_ends_it_where_an_entity_may_have_several_counterparts_too(
    fresh_db: Database, put: Put, say: Say
) -> None:
    put(fresh_db, [("a", "x"), ("a", "y"), ("b", "z")], [0.9, 0.8, 0.7], audit=1.0)
    replace_several(fresh_db, [("film", "film", "left")])
    entities = []
    while (shown := next_question(fresh_db, "ann")) is not None:
        entities.append(shown.left)
        answer(fresh_db, say, "ann", Outcome.MATCH)
    assert sorted(entities) == ["a", "b"]


# ---------------------------------------------------------------- doubted decisions


def strategies_asked(db: Database, say: Say, curator: str, number: int) -> list[str]:
    return [decided(db, say, curator, Outcome.NO_MATCH, 0.0).strategy for _ in range(number)]


def six_matches(db: Database, say: Say) -> None:
    """Let ann answer until a second look is due next."""
    for _ in range(6):
        decided(db, say, "ann", Outcome.MATCH, 0.0)


@pytest.fixture
def many(fresh_db: Database, put: Put) -> Database:
    """Forty open pairs of as many films."""
    put(fresh_db, [(f"l{i}", f"r{i}") for i in range(40)], np.linspace(0.1, 0.9, 40).tolist())
    return fresh_db


def test_a_curator_is_asked_again_about_their_own_doubted_decision_one_among_five(
    many: Database, say: Say
) -> None:
    first = [decided(many, say, "ann", Outcome.MATCH, 0.0) for _ in range(6)]
    said = decisions.standing(many)
    wrong = {said[0].id: 0.75, said[1].id: 0.9, said[2].id: 0.69}
    keep_doubts(many, wrong, looked_at=6, newest=said[-1].id)
    assert next_question(many, "bob") is not None
    again = asked(many, "ann")
    assert (again.strategy, again.candidate) == ("again", first[1].candidate), "the most doubted"
    assert "decided this pair before" in again.why
    assert asked(many, "ann") == again, "after a reload too"
    assert strategies_asked(many, say, "ann", 7) == ["again", *["uncertainty"] * 5, "again"]
    assert asked(many, "bob").strategy == "uncertainty"
    assert strategies_asked(many, say, "ann", 11).count("again") == 0, ".69 is too little"


def test_what_is_said_the_second_time_counts_and_undo_brings_the_question_back(
    many: Database, say: Say
) -> None:
    six_matches(many, say)
    doubtful = decisions.standing(many)[3]
    keep_doubts(many, {doubtful.id: 0.95}, looked_at=6, newest=doubtful.id + 2)
    again = decided(many, say, "ann", Outcome.NO_MATCH, 0.0)
    (stands,) = decisions.standing(many, left=again.left, right=again.right)
    assert (stands.outcome, stands.supersedes) == (Outcome.NO_MATCH, doubtful.id)
    assert decisions.training_decisions(many)[-1].label == 0
    assert asked(many, "ann").strategy == "uncertainty"
    assert undo(many, "ann") is not None
    assert decisions.standing(many, left=again.left, right=again.right) == [doubtful]
    look = doubted(many)
    assert look is not None
    assert look.found == ((doubtful, 0.95),)
    shown = question(many, again.left, again.right, "ann")
    assert shown is not None
    assert shown.strategy == "again"


def test_who_wants_no_second_look_is_asked_none_until_doubts_are_kept_anew(
    many: Database, say: Say
) -> None:
    six_matches(many, say)
    said = decisions.standing(many)
    wrong = {d.id: 0.95 for d in said}
    keep_doubts(many, wrong, looked_at=6, newest=said[-1].id)
    assert asked(many, "ann").strategy == "again"
    let_stand(many, "ann")
    assert decisions.standing(many) == said
    assert asked(many, "ann").strategy == "uncertainty"
    keep_doubts(many, wrong, looked_at=6, newest=said[-1].id)
    assert asked(many, "ann").strategy == "uncertainty", "what is on the screen stays"
    many.execute("DELETE FROM questions")
    assert asked(many, "ann").strategy == "again"


def test_a_second_look_ends_with_the_decision_it_is_about(many: Database, say: Say) -> None:
    six_matches(many, say)
    said = decisions.standing(many)
    keep_doubts(many, {said[-1].id: 0.95}, looked_at=6, newest=said[-1].id)
    assert asked(many, "ann").strategy == "again"
    assert undo(many, "ann") == said[-1]
    shown = question(many, said[-1].left, said[-1].right, "ann")
    assert shown is not None
    assert shown.strategy == "uncertainty", "as it was asked at first"


def test_a_second_look_ends_when_another_undoes_the_decision(many: Database, say: Say) -> None:
    six_matches(many, say)
    said = decisions.standing(many)[2]
    keep_doubts(many, {said.id: 0.95}, looked_at=6, newest=said.id)
    assert asked(many, "ann").strategy == "again"
    deciding.undo_decision(many, said.id, "bob")
    shown = question(many, said.left, said.right, "ann")
    assert shown is not None
    assert shown.strategy == "chosen"


def test_what_its_curator_has_opened_and_what_was_drawn_for_the_audit_is_not_asked_again(
    many: Database, say: Say
) -> None:
    for _ in range(5):
        decided(many, say, "ann", Outcome.MATCH, 0.0)
    shown = asked(many, "ann")
    drawn = say(many, "ann", shown.left, shown.right, Outcome.MATCH, strategy="audit")
    opened = decisions.standing(many)[0]
    keep_doubts(many, {drawn.id: 0.95, opened.id: 0.9}, looked_at=6, newest=drawn.id)
    assert question(many, opened.left, opened.right, "ann") is not None
    assert asked(many, "ann").strategy == "uncertainty"


def test_what_somebody_else_has_confirmed_is_not_asked_again(many: Database, say: Say) -> None:
    six_matches(many, say)
    doubtful = decisions.standing(many)[3]
    keep_doubts(many, {doubtful.id: 0.95}, looked_at=6, newest=doubtful.id + 2)
    say(many, "bob", doubtful.left, doubtful.right, Outcome.MATCH)
    assert asked(many, "ann").strategy == "uncertainty"
    look = doubted(many)
    assert look is not None
    assert look.found == ()


def test_a_decision_on_the_audit_slice_is_never_asked_again(many: Database, say: Say) -> None:
    six_matches(many, say)
    doubtful = decisions.standing(many)[3]
    many.execute("UPDATE candidates SET audit = 1 WHERE left = ?", [doubtful.left])
    keep_doubts(many, {doubtful.id: 0.95}, looked_at=6, newest=doubtful.id + 2)
    assert asked(many, "ann").strategy == "uncertainty"


def test_when_nothing_else_is_left_the_doubted_decisions_are_asked(db: Database, say: Say) -> None:
    for _ in range(4):
        decided(db, say, "ann", Outcome.NO_MATCH, 0.0)
    assert next_question(db, "ann") is None
    said = decisions.standing(db)
    keep_doubts(db, {d.id: 0.8 for d in said}, looked_at=4, newest=said[-1].id)
    assert strategies_asked(db, say, "ann", 4) == ["again"] * 4
    assert next_question(db, "ann") is None

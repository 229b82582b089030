"""What every strategy promises of its ledger, whoever comes and goes: sums, bounds, shares, and savings on leave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.engine.batch import Batch
from routing.engine.decide import decide
from routing.engine.ledger import earned, post, reverse
from routing.engine.types import (
    ONE_LEAD,
    Assigned,
    CatchUp,
    Fairness,
    LedgerAccount,
    LedgerKey,
    Member,
    People,
    PerformanceTable,
    Posting,
    Record,
    Refusal,
    Rulebook,
    Strategy,
    TopicTag,
    TurnsBy,
)
from tests.engine.builders import NOW, SMB, lead, people, rep, rulebook, take_turns
from tests.examples import examples

TURNS, CONTROL = LedgerKey(SMB), LedgerKey(SMB, control=True)
TOPICS = ("kubernetes", "security", "fintech")


class Pool:
    """A pool at work over many batches: one lead a batch, and anybody can be away, come back or be asked for."""

    def __init__(self, weights: dict[int, int], book: Rulebook, seed: int, catch_up: CatchUp | None = None) -> None:
        self.chance = Random(seed)
        self.weights, self.book, self.catch_up = weights, book, catch_up
        self.ledgers: dict[LedgerKey, dict[int, LedgerAccount]] = {}
        self.postings: list[Posting] = []
        self.winners: list[int] = []
        self.furthest: Counter[LedgerKey] = Counter()
        self.expertise = {who: {topic: self.chance.choice((0, 1, 2, 3)) for topic in TOPICS} for who in weights}
        self.results = {SMB: self._table()}

    def _table(self) -> PerformanceTable:
        records = {who: {(): Record(float(self.chance.randint(0, 50)), 100.0)} for who in self.weights}
        return PerformanceTable(date(2026, 3, 2), (), {(): Record(25.0 * len(records), 100.0 * len(records))}, records)

    def people(self, away: Iterable[int]) -> People:
        states = [
            rep(
                who,
                standing=Refusal.ON_LEAVE if who in away else None,
                expertise=self.expertise[who],
                open_units=self.chance.randint(0, 3),
                catch_up=self.catch_up,
            )
            for who in self.weights
        ]
        members = [Member(who, weight) for who, weight in self.weights.items()]
        return people(*states, pools={SMB: members}, ledgers=self.ledgers, performance=self.results)

    def lead(self, away: Iterable[int] = ()) -> int | None:
        number = len(self.winners) + 1
        topics = tuple(TopicTag(topic, self.chance.random(), "", "message") for topic in self.chance.sample(TOPICS, 2))
        batch = Batch(self.people(set(away)), NOW)
        one = lead(number, topics=topics, facts={"kind": self.chance.choice(("demo", "content"))})
        decision = decide(one, self.book, batch)
        if not isinstance(decision, Assigned):
            return None
        assert decision.posting is not None
        batch.record(one, decision)
        for ledger, who, account in batch.changed_accounts():
            self.ledgers.setdefault(ledger, {})[who] = account
        self.postings.append(decision.posting)
        self.winners.append(decision.rep)
        for ledger, accounts in self.ledgers.items():
            self.furthest[ledger] = max(self.furthest[ledger], *(abs(one.balance) for one in accounts.values()))
        return decision.rep

    def accounts(self) -> list[LedgerAccount]:
        return [account for ledger in self.ledgers.values() for account in ledger.values()]

    def take_back(self, posting: Posting) -> None:
        accounts = self.ledgers[posting.ledger]
        balances = {who: account.balance for who, account in accounts.items()}
        saved = {who: account.saved for who, account in accounts.items()}
        post(reverse(posting), balances, saved)
        self.ledgers[posting.ledger] = {
            who: replace(account, balance=balances[who], saved=saved[who]) for who, account in accounts.items()
        }

    def sums(self) -> set[int]:
        return {sum(account.balance for account in ledger.values()) for ledger in self.ledgers.values()}


def book(strategy: Strategy = Strategy.ROUND_ROBIN, **fields: Any) -> Rulebook:
    return rulebook(smb={"strategy": strategy, **fields})


seeds = st.integers(0, 2**32)
odd_weights = st.lists(st.integers(1, 50_000), min_size=1, max_size=7).map(lambda some: dict(enumerate(some, start=1)))
MODEST = settings(max_examples=examples(25))


@given(odd_weights, seeds, st.sampled_from(Strategy), st.sampled_from(Fairness), st.sampled_from([None, *TurnsBy]))
@MODEST
def test_every_ledger_sums_to_exactly_zero(
    weights: dict[int, int], seed: int, strategy: Strategy, fairness: Fairness, turns_by: TurnsBy | None
) -> None:
    catch_up = CatchUp(0.7, 2, 1.4)
    pool = Pool(weights, book(strategy, fairness=fairness, turns_by=turns_by, control_share=0.3), seed, catch_up)

    for _ in range(40):
        pool.lead(away=[who for who in weights if pool.chance.random() < 0.3])
        if pool.postings and pool.chance.random() < 0.2:
            pool.take_back(pool.postings.pop(pool.chance.randrange(len(pool.postings))))
        assert pool.sums() <= {0}
        assert all(account.saved >= 0 for account in pool.accounts())


def bound(members: int, band: int) -> int:
    """How far from zero the engine's own decisions let a balance go."""
    return (1 + band) * (members - 1) * ONE_LEAD // 2 + 1_000 * members


@pytest.mark.parametrize(
    ("strategy", "band"),
    [(Strategy.ROUND_ROBIN, 0), (Strategy.PERFORMANCE, 1), (Strategy.PERFORMANCE, 3), (Strategy.INTENT, 5)],
)
@given(odd_weights, seeds)
@MODEST
def test_no_balance_strays_beyond_its_bound(strategy: Strategy, band: int, weights: dict[int, int], seed: int) -> None:
    pool = Pool(weights, book(strategy, band=band * ONE_LEAD, control_share=0.3), seed)

    for _ in range(60):
        pool.lead(away=[who for who in weights if pool.chance.random() < 0.4])

    for ledger, furthest in pool.furthest.items():
        assert furthest <= bound(len(weights), 0 if ledger.control else band)


@pytest.mark.parametrize(("strategy", "band"), [(Strategy.ROUND_ROBIN, 0), (Strategy.PERFORMANCE, 1)])
@given(odd_weights, seeds)
@MODEST
def test_reversals_move_a_balance_by_no_more_than_they_post(
    strategy: Strategy, band: int, weights: dict[int, int], seed: int
) -> None:
    pool, moved = Pool(weights, book(strategy, band=band * ONE_LEAD, control_share=0), seed), 0

    for _ in range(60):
        pool.lead(away=[who for who in weights if pool.chance.random() < 0.4])
        if pool.postings and pool.chance.random() < 0.2:
            posting = pool.postings.pop(pool.chance.randrange(len(pool.postings)))
            pool.take_back(posting)
            moved += sum(max(0, amount) for _, amount in posting.lines)
        assert all(abs(one.balance) <= bound(len(weights), band) + moved for one in pool.accounts())


@given(odd_weights, seeds, st.sampled_from(Strategy))
@MODEST
def test_the_same_pool_decides_the_same(weights: dict[int, int], seed: int, strategy: Strategy) -> None:
    one, other = (Pool(weights, book(strategy), seed) for _ in range(2))

    assert [one.lead() for _ in range(10)] == [other.lead() for _ in range(10)]
    assert one.postings == other.postings


@pytest.mark.parametrize("band", [1, 2])
@given(odd_weights, seeds)
@settings(max_examples=examples(10))
def test_a_band_never_changes_the_share_in_the_long_run(band: int, weights: dict[int, int], seed: int) -> None:
    pool, n, whole = (
        Pool(weights, book(Strategy.PERFORMANCE, band=band * ONE_LEAD, control_share=0), seed),
        120,
        sum(weights.values()),
    )

    got = Counter(pool.lead() for _ in range(n))

    off = (1 + band) * (len(weights) - 1) / 2 + 0.01
    assert all(abs(got[who] - n * weight / whole) <= off for who, weight in weights.items())


@given(st.integers(2, 9), st.integers(0, 40))
@MODEST
def test_equal_weights_keep_a_running_spread_of_one(reps: int, leads: int) -> None:
    got, _ = take_turns(book(), people(*range(1, reps + 1)), leads)

    for n in range(leads + 1):
        counts = Counter(got[:n])
        assert max(counts.values(), default=0) - min(counts[who] for who in range(1, reps + 1)) <= 1


@given(st.lists(st.integers(1, 9), min_size=2, max_size=6))
@MODEST
def test_weights_are_met_within_two_leads_in_every_prefix(shares: list[int]) -> None:
    members = [Member(who, share * 1000) for who, share in enumerate(shares, start=1)]
    got, _ = take_turns(book(), people(*range(1, len(shares) + 1), pools={SMB: members}), 2 * sum(shares))

    for n in range(len(got) + 1):
        counts = Counter(got[:n])
        assert all(abs(counts[m.rep] - n * m.weight / 1000 / sum(shares)) <= 2 for m in members)


def test_the_control_group_keeps_its_own_count() -> None:
    pool = Pool({1: 1000, 2: 1000}, book(Strategy.PERFORMANCE, control_share=0.5), 7)
    for _ in range(200):
        pool.lead()

    in_control = Counter(posting.winner for posting in pool.postings if posting.ledger == CONTROL)

    assert abs(in_control[1] - in_control[2]) <= 1
    assert in_control.total() > 70
    assert set(pool.ledgers) == {TURNS, CONTROL}


# --- leave, joining, catching up --------------------------------------------------------------------------------


@pytest.mark.parametrize("k", [2, 3, 4, 6])
def test_who_comes_back_gets_about_a_kth_of_the_next_leads(k: int) -> None:
    pool = Pool(dict.fromkeys(range(1, k + 1), 1000), book(), 1)
    for _ in range(10 * (k - 1)):
        pool.lead(away=[1])

    back = Counter(pool.lead() for _ in range(10))

    assert abs(back[1] - 10 / k) <= 1


def test_a_newcomer_is_next_once_and_then_gets_their_share() -> None:
    pool = Pool({1: 1000, 2: 1000, 3: 1000, 4: 1000}, book(), 1)
    for _ in range(300):
        pool.lead(away=[4])

    got = [pool.lead() for _ in range(12)]

    assert 4 in got[:4]
    assert Counter(got) == {1: 3, 2: 3, 3: 3, 4: 3}


def after_leave(catch_up: CatchUp, leads: int = 30, reps: int = 3) -> Pool:
    """The first of them was on leave for so many leads."""
    pool = Pool(dict.fromkeys(range(1, reps + 1), 1000), book(), 1, catch_up)
    for _ in range(leads):
        pool.lead(away=[1])
    return pool


def saved(pool: Pool) -> int:
    return pool.ledgers[TURNS][1].saved


def test_somebody_on_leave_earns_nothing_by_default() -> None:
    assert 1 not in after_leave(CatchUp()).ledgers[TURNS]


def test_a_share_is_saved_on_leave_until_the_cap() -> None:
    assert saved(after_leave(CatchUp(share=0.5, cap=5))) == 30 * (ONE_LEAD // 6)
    assert saved(after_leave(CatchUp(share=0.5, cap=2))) == 2 * ONE_LEAD
    assert saved(after_leave(CatchUp(share=1, cap=50))) == 30 * (ONE_LEAD // 3)


def test_savings_are_paid_out_no_faster_than_the_rate() -> None:
    pool = after_leave(CatchUp(share=1, cap=4, max_rate=1.5))

    got = [pool.lead() for _ in range(60)]

    assert [got[n : n + 6].count(1) for n in range(0, 24, 6)] == [3, 3, 3, 3]  # 1.5 times their share of 2
    assert saved(pool) == 0
    assert got.count(1) == 20 + 4
    assert got[30:].count(1) == 10


def test_savings_do_not_make_it_somebodys_turn() -> None:
    pool = after_leave(CatchUp(share=1, cap=4, max_rate=1))

    assert [pool.lead() for _ in range(12)].count(1) == 4
    assert saved(pool) == 4 * ONE_LEAD


def test_a_posting_tells_who_saved_and_what_was_paid_out() -> None:
    pool = after_leave(CatchUp(share=0.5), leads=1)
    assert pool.postings[0].saved == ((1, ONE_LEAD // 6),)
    assert earned(pool.postings[0]) == {1: 166_666_666, 2: 416_666_667, 3: 416_666_667}

    pool.lead()

    assert pool.postings[1].saved == ()
    assert pool.postings[1].paid_out == ((1, 333_333_333 // 2),)
    assert pool.postings[1].paid == 999_999_999


def test_only_those_save_who_could_have_taken_the_lead() -> None:
    pool = after_leave(CatchUp(share=1), leads=0)
    pool.book = book(Strategy.INTENT, minimum_fit=0.9)
    pool.expertise = {1: {}, 2: dict.fromkeys(TOPICS, 3), 3: dict.fromkeys(TOPICS, 3)}

    for _ in range(20):
        pool.lead(away=[1])

    fitting = [posting for posting in pool.postings if len(posting.lines) - len(posting.saved) == 2]
    assert all((posting.saved == ()) is (dict(posting.lines).keys() == {2, 3}) for posting in fitting)
    assert any(posting.saved == () for posting in pool.postings)


@pytest.mark.parametrize("broken", [float("nan"), float("inf"), -1.0])
def test_a_catch_up_that_makes_no_sense_keeps_the_sum(broken: float) -> None:
    pool = after_leave(CatchUp(broken, broken, broken))
    for _ in range(10):
        pool.lead()

    assert pool.sums() == {0}


def test_what_a_reversal_takes_back_it_takes_from_the_savings() -> None:
    pool = after_leave(CatchUp(share=1), leads=3)

    for posting in pool.postings:
        pool.take_back(posting)

    assert {account.balance for account in pool.accounts()} | {saved(pool)} == {0}

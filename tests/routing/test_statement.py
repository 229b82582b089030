"""Statements of turns: they add up to the last billionth, whatever happened, and join without a gap."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from io import StringIO
from random import Random
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from reps.models import Rep, TimeOff
from routing.engine.ledger import entitle, pack, pay
from routing.engine.types import LedgerKey, Member
from routing.insights.periods import Period
from routing.insights.skew import Skew, skewed
from routing.models import Assignment, Lead, LedgerAccount, Pool, Posting
from routing.services.lead_actions.reassign import reassign
from routing.services.lead_actions.review import quarantine
from routing.services.ledger_entries import reverse_posting
from routing.services.pool_ledgers import ledgers_of
from routing.services.statement import Statement, statement
from tests.factories import make_rep
from tests.routing.lead_acts import OTHER_STORIES, open_company, owner_of, pour, routed

pytestmark = pytest.mark.django_db
MINUTE, WEEK = timedelta(minutes=1), timedelta(days=7)


def of(rep: Rep, now: datetime, **fields: Any) -> Statement:
    return statement(rep=rep, **{"since": now - WEEK, "until": now + WEEK} | fields)


def balance(rep: Rep) -> int:
    return sum(LedgerAccount.objects.filter(rep=rep).values_list("balance", flat=True))


def assert_adds_up(told: Statement) -> None:
    for ledger in told.ledgers:
        assert ledger.opening + sum(line.amount for line in ledger.lines) == ledger.closing
        assert ledger.opening + ledger.earned - ledger.paid == ledger.closing
        assert [line.amount for line in ledger.lines] == [line.earned - line.paid for line in ledger.lines]
        assert not ledger.lines or ledger.lines[-1].balance == ledger.closing


def test_a_lead_earns_everybody_a_share_and_its_owner_pays(now: datetime) -> None:
    _, (ana, bob, _) = open_company(now)
    lead = routed(now, first_name="Mia")

    [hers], [his] = of(ana, now).lines, of(bob, now).lines

    assert (hers.lead, hers.label, hers.got, hers.earned, hers.paid) == (
        str(lead.uuid), lead.label, True, 333_333_333, 999_999_999,
    )  # fmt: skip
    assert (his.got, his.earned, his.paid, his.balance) == (False, 333_333_333, 0, 333_333_333)


def test_a_turn_given_back_says_why(now: datetime) -> None:
    _, reps = open_company(now)
    lead = routed(now)
    owner = owner_of(lead)
    quarantine(lead=lead, reason="spam", now=now + MINUTE, actor="Boss")

    told = of(owner, now)

    assert [(line.kind, line.reason) for line in told.lines] == [("turn", ""), ("reversal", "spam")]
    assert told.closing == 0


def test_a_manual_turn_stands_in_it(now: datetime) -> None:
    _, (_, _, cy) = open_company(now)
    reassign(lead=routed(now), rep=cy, reason="knows her", counts=True, now=now + MINUTE, actor="Boss")

    assert [line.kind for line in of(cy, now).lines] == ["turn", "manual"]


def test_leave_is_saved_for(now: datetime) -> None:
    _, (ana, *_) = open_company(now)
    Rep.objects.filter(pk=ana.pk).update(catch_up={"share": 1, "cap": 5, "max_rate": 1.5})
    leave = TimeOff.objects.create(rep=ana, starts_at=now - MINUTE, ends_at=now + MINUTE)
    routed(now)
    leave.delete()
    routed(now + 5 * MINUTE, email="x@y.example")

    told = of(ana, now)

    assert told.lines[0].saved == told.lines[0].earned > 0
    assert told.lines[1].paid_out > 0
    assert_adds_up(told)


def whatever_happens(random: Random, now: datetime, reps: list[Rep]) -> Iterator[datetime]:
    """Leads, manual turns, reversals and spam, minute after minute."""
    for number in range(24):
        now += MINUTE
        lead = routed(now, email=f"mia@c{number}.example")
        act = random.choice(["manual", "spam", "reverse", "", ""])
        if act == "manual":
            reassign(lead=lead, rep=random.choice(reps), reason="", counts=True, now=now, actor="Boss")
        elif act == "spam":
            quarantine(lead=lead, reason="spam", now=now, actor="Boss")
        elif act == "reverse":
            posting = random.choice(list(Posting.objects.all()))
            reverse_posting(posting=posting, reason="wrong", now=now)
        yield now


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=OTHER_STORIES) for seed in (2, 3))])
def test_whatever_happens_it_adds_up_and_periods_join(now: datetime, seed: int) -> None:
    random = Random(seed)
    _, reps = open_company(now)
    then = list(whatever_happens(random, now, reps))
    cuts = [now, *sorted(random.sample(then, 3)), then[-1] + MINUTE]

    for rep in reps:
        periods = [of(rep, now, since=start, until=end) for start, end in zip(cuts, cuts[1:], strict=False)]
        whole = of(rep, now)
        for told in (*periods, whole):
            assert_adds_up(told)
        assert whole.closing == balance(rep)
        assert [told.closing for told in periods[:-1]] == [told.opening for told in periods[1:]]
        assert [line for told in periods for line in told.lines] == whole.lines


def test_turns_counted_separately_are_ledgers_of_their_own(now: datetime) -> None:
    _, (ana, *_) = open_company(now, turns_by="kind")
    for number, kind in enumerate(["demo", "pricing"]):
        routed(now + number * MINUTE, kind=kind, email=f"x@{kind}.example")

    told = of(ana, now)

    assert [(ledger.name, ledger.key, len(ledger.lines)) for ledger in told.ledgers] == [
        ("SMB", "demo", 1),
        ("SMB", "pricing", 1),
    ]


def test_queries_do_not_grow_with_ledgers_or_lines(now: datetime, django_assert_max_num_queries: Any) -> None:
    pool, (ana, *_) = open_company(now, turns_by="kind")
    for number in range(6):
        routed(now + number * MINUTE, kind=["demo", "pricing", "trial"][number % 3], email=f"x@c{number}.example")

    with django_assert_max_num_queries(11):
        of(ana, now, until=now + 4 * MINUTE, pool=pool)


def test_a_rep_without_turns_has_an_empty_statement(now: datetime) -> None:
    assert (of(make_rep(), now).lines, of(make_rep(), now).closing) == ([], 0)


def test_every_ledger_of_a_pool_is_shown_and_sums_to_nothing(now: datetime) -> None:
    pool, (ana, bob, cy) = open_company(now, turns_by="kind")
    for kind in ("demo", "pricing"):
        routed(now, kind=kind, email=f"x@{kind}.example")
    pool.members.get(rep=bob).delete()

    ledgers = ledgers_of(pool, now=now)

    assert [(ledger.key, ledger.sum) for ledger in ledgers] == [("demo", 0), ("pricing", 0)]
    assert [(share.rep, share.weight, share.former) for share in ledgers[0].members] == [
        (ana, 1.0, False), (cy, 1.0, False), (bob, None, True),
    ]  # fmt: skip


def test_a_new_pool_has_one_ledger_with_everybody_at_nothing(now: datetime) -> None:
    pool, reps = open_company(now)

    [ledger] = ledgers_of(pool, now=now)

    assert (ledger.key, [share.balance for share in ledger.members]) == ("all", [0, 0, 0])


def given(pool: Pool, reps: list[Rep], now: datetime, leads: int) -> Period:
    """All leads, shared out among all, went to the first."""
    pour(now, leads)
    Assignment.objects.update(rep=reps[0])
    Posting.objects.update(winner=reps[0], entries=_paid_by(reps))
    Lead.objects.update(owner=reps[0])
    return Period(now - MINUTE, now + MINUTE)


def _paid_by(reps: list[Rep]) -> bytes:
    return pack(pay(entitle(Member(rep.pk) for rep in reps), LedgerKey(1), reps[0].pk).lines)


@pytest.mark.parametrize(("leads", "found"), [(24, 0), (25, 1)])
def test_a_rep_with_far_more_than_a_fair_share_is_noticed(now: datetime, leads: int, found: int) -> None:
    pool, reps = open_company(now)

    noticed = skewed(given(pool, reps, now, leads))

    assert noticed == [Skew(pool.pk, reps[0].pk, 25, 25, pytest.approx(25 / 3))][:found]


def test_fair_turns_are_not_noticed(now: datetime) -> None:
    open_company(now)
    pour(now, 27)

    assert skewed(Period(now - MINUTE, now + MINUTE)) == []


def test_the_command_prints_a_statement(now: datetime) -> None:
    _, (ana, *_) = open_company(now)
    routed(now, first_name="Mia", last_name="Chen")
    out = StringIO()

    call_command("statement", ana.email, "--days", "3650", stdout=out)

    assert [line.split()[0:2] for line in out.getvalue().splitlines()][-1] == ["Closing", "balance"]
    assert "Mia Chen" in out.getvalue()


def test_the_command_says_whom_it_does_not_know() -> None:
    with pytest.raises(CommandError, match="There is no rep"):
        call_command("statement", "x@y.example")

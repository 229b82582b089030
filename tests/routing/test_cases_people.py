"""Concrete cases that other systems got wrong, through the real services and the database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from reps.models import Rep, TimeOff
from routing.models import Lead, Pool, PoolMember, Territory
from routing.services.change_rep import change_rep
from routing.services.lead_actions import NotOffered, NotTheirs, claim, decline
from routing.services.publish import publish
from routing.services.route_pending import route_all
from tests.factories import make_account, make_rep, make_rule
from tests.routing.lead_acts import fresh, open_company, pour, routed, sums

pytestmark = pytest.mark.django_db
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
MANY_TURNS = pytest.mark.one_database("turn after turn is arithmetic; that turns are kept is shown by a few on both")


def give(now: datetime, leads: int, *, every: timedelta = MINUTE, name: str = "company") -> list[str | None]:
    """Who gets so many leads of strangers, one a batch."""
    some = [routed(now + n * every, email=f"mia@{name}{n}.example") for n in range(leads)]
    return [lead.owner.name if lead.owner else None for lead in some]


def poured(now: datetime, leads: int) -> Counter[str | None]:
    """How many of so many leads in one batch each gets."""
    pour(now, leads)
    return Counter(Lead.objects.values_list("owner__name", flat=True))


# --- turns -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weights", "leads", "got"),
    [
        ((1, 1, 1), 4, "ABCA"),
        ((3, 1, 1), 5, "ABACA"),
        ((1, 2), 6, "BABBAB"),
        ((1,), 3, "AAA"),
    ],
)
def test_turns_go_on_from_batch_to_batch(now: datetime, weights: Sequence[int], leads: int, got: str) -> None:
    open_company(now, *"ABC"[: len(weights)])
    for member, weight in zip(PoolMember.objects.order_by("rep"), weights, strict=True):
        PoolMember.objects.filter(pk=member.pk).update(weight=weight)

    assert give(now, leads) == list(got)
    assert sums() == {0}


@MANY_TURNS
def test_one_lead_a_day_goes_to_two_equals_alike(now: datetime) -> None:
    open_company(now, "A", "B")

    assert Counter(give(now, 30, every=DAY)) == {"A": 15, "B": 15}


def test_whose_turn_it_is_hangs_on_no_lead_that_is_still_there(now: datetime) -> None:
    open_company(now, "A", "B", "C")
    give(now, 2)
    Lead.objects.all().delete()

    assert give(now + DAY, 1, name="later") == ["C"]


def test_a_lead_that_somebody_owns_stays_theirs_when_a_batch_runs(now: datetime) -> None:
    open_company(now, "A", "B")
    lead = routed(now)

    give(now + MINUTE, 3)

    assert (fresh(lead).owner, fresh(lead).attempt) == (lead.owner, 1)


def test_who_served_last_leaves_and_the_successor_comes_next(now: datetime) -> None:
    _, reps = open_company(now, "A", "B", "C", "D")
    give(now, 2)
    change_rep(rep=reps[1], changes={"active": False}, now=now)

    assert give(now + DAY, 1, name="later") == ["C"]


# --- leave and joining -------------------------------------------------------------------------------------------


@MANY_TURNS
def test_two_weeks_away_bring_no_flood(now: datetime) -> None:
    _, reps = open_company(now, "A", "B", "C")
    TimeOff.objects.create(rep=reps[0], starts_at=now, ends_at=now + 14 * DAY)
    give(now, 20, every=timedelta(hours=16))

    assert 2 <= give(now + 14 * DAY, 10, name="later").count("A") <= 4


@MANY_TURNS
def test_somebody_new_is_next_once_and_then_has_a_share(now: datetime) -> None:
    pool, _ = open_company(now, "A", "B")
    give(now, 31)
    PoolMember.objects.create(pool=pool, rep=make_rep("C"))

    got = give(now + DAY, 9, name="later")

    assert "C" in got[:2]
    assert Counter(got)["C"] == 3


@pytest.mark.parametrize(
    ("starts", "days", "owner"), [(1, 6, "B"), (3, 6, "A"), (1, 4, "A"), (0, 1, "B"), (-1, 1, "A")]
)
def test_before_a_long_leave_nobody_gets_new_leads(now: datetime, starts: int, days: int, owner: str) -> None:
    _, reps = open_company(now, "A", "B")
    TimeOff.objects.create(rep=reps[0], starts_at=now + starts * DAY, ends_at=now + (starts + days) * DAY)

    assert give(now, 1) == [owner]


def test_the_backlog_goes_to_the_first_who_comes_oldest_first_at_the_pace(now: datetime) -> None:
    _, reps = open_company(now, "A", "B")
    Rep.objects.update(paused=True)
    pour(now, 8)

    change_rep(rep=reps[0], changes={"paused": False}, now=now + MINUTE)
    route_all(now=now + MINUTE)

    assert list(Lead.objects.order_by("pk").values_list("owner__name", flat=True)) == ["A"] * 3 + [None] * 5


# --- caps --------------------------------------------------------------------------------------------------------


def test_two_caps_of_three_give_six_and_hold_fourteen_until_tomorrow(now: datetime) -> None:
    _, reps = open_company(now, "A", "B")
    Rep.objects.update(caps={"day": 3}, timezone="Europe/Berlin")

    assert poured(now, 20) == {"A": 3, "B": 3, None: 14}

    route_all(now=now.replace(hour=22, minute=59) + MINUTE / 2)  # 23:59:30 in Berlin
    assert Lead.objects.filter(status="held").count() == 14
    route_all(now=now.replace(hour=23, minute=5))
    assert Lead.objects.filter(status="held").count() == 8


@pytest.mark.parametrize(
    ("cap", "held"), [({"hour": 2}, 0), ({"hour": 1}, 1), ({"open": 2}, 1), ({"unanswered": 3}, 0)]
)
def test_what_a_cap_counts(now: datetime, cap: dict[str, int], held: int) -> None:
    open_company(now, "A")
    give(now - 70 * MINUTE, 2, every=20 * MINUTE)
    Rep.objects.update(caps=cap)

    assert give(now, 1, name="later").count(None) == held


def test_all_capped_but_one(now: datetime) -> None:
    _, reps = open_company(now, "A", "B", "C")
    Rep.objects.exclude(pk=reps[2].pk).update(caps={"day": 0})

    assert poured(now, 5) == {"C": 5}


# --- accounts and territories ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "owned"),
    [
        ({"email": "a@eu.globex.com"}, True),
        ({"email": "a@gmail.com", "website": "https://www.globex.com/x"}, True),
        ({"email": "a@testglobex.com"}, False),
        ({"email": "a@globex.com.example"}, False),
        ({"email": "globex.com@gmail.com"}, False),
    ],
)
def test_whose_account_it_is(now: datetime, facts: dict[str, Any], owned: bool) -> None:
    open_company(now, "A")
    make_account("Globex", domains=("globex.com",), owner=make_rep("Owner"))
    make_rule(position=1, destination="account_owner")
    publish(note="", user=None, now=now)

    assert routed(now, **facts).method == ("account" if owned else "round_robin")


def test_the_country_georgia_is_not_the_state(now: datetime) -> None:
    open_company(now, "A")
    Territory.objects.create(name="Atlanta", countries=["US"], regions=["US-GA"], owner_rep=make_rep("South"))
    make_rule(position=1, destination="territory")
    publish(note="", user=None, now=now)

    tbilisi, atlanta = routed(now, email="a@a.example", country="GE"), routed(now, email="b@b.example", region="US-GA")

    assert (tbilisi.method, atlanta.method) == ("round_robin", "territory")


def test_who_comes_back_is_routed_anew_once_the_owner_has_left(now: datetime) -> None:
    open_company(now, "A", "B")
    first = routed(now - 21 * DAY, form="ebook")
    assert first.owner is not None
    change_rep(rep=first.owner, changes={"active": False}, now=now)

    again = routed(now, form="demo")

    assert (again.owner != first.owner, again.method) == (True, "round_robin")


# --- claim -------------------------------------------------------------------------------------------------------


def test_a_claim_is_refused_who_was_not_asked_and_who_came_too_late(now: datetime) -> None:
    pool, reps = open_company(now, "A", "B", "C", offer="claim")
    stranger = make_rep("Stranger")
    lead = routed(now)

    with pytest.raises(NotOffered):
        claim(lead=lead, rep=stranger, now=now, actor="")
    claim(lead=lead, rep=reps[1], now=now, actor="")
    with pytest.raises(NotTheirs, match="B has this lead now"):
        claim(lead=lead, rep=reps[0], now=now, actor="")


def test_spam_gives_the_turn_back_and_no_time_does_not(now: datetime) -> None:
    open_company(now, "A", "B")
    first = routed(now)
    assert first.owner is not None

    decline(lead=first, rep=first.owner, reason="spam", note="", now=now + MINUTE, actor="")

    assert give(now + DAY, 4, name="later").count("A") == 2
    assert Pool.objects.count() == 1

"""Two people and the router act on one lead in the same instant: one wins, the other is told, nothing is done twice."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from email.message import EmailMessage
from random import Random
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Count

from reps.models import Rep
from routing.models import Assignment, Decision, Lead, Pool, Posting
from routing.services.batches.decide import decide_batch
from routing.services.batches.lock import lock_leads
from routing.services.batches.store import store_outcomes
from routing.services.deliver_alerts import deliver_alerts
from routing.services.lead_actions import (
    claim,
    decline,
    mark_duplicate,
    quarantine,
    reassign,
    release,
    respond,
    restore,
)
from routing.services.lead_actions.accept import accept
from routing.services.lead_actions.refusals import NotTheirs, Refusal
from routing.services.publish import publish
from routing.services.receive_lead import receive_lead
from routing.services.route_pending import route_all, route_pending
from routing.services.sweep import sweep
from routing.snapshots.rulebook import current_rulebook
from tests.chaos.at_once import at_once
from tests.factories import make_lead, make_pool, make_rep, make_rule
from tests.routing.lead_acts import fresh, open_company, owner_of, routed, sums
from tests.smtp import Sink, use

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.chaos]
ROUNDS = 8
MINUTE = timedelta(minutes=1)


def refusals(results: list[Any]) -> list[Refusal]:
    return [result for result in results if isinstance(result, Refusal)]


def open_assignments(lead: Lead) -> int:
    return Assignment.objects.current().filter(lead=lead).count()


def lead_and_another(number: int, now: datetime) -> tuple[Lead, Rep, Rep]:
    """A lead with its owner, and somebody else."""
    lead = routed(now, email=f"x{number}@company{number}.example")
    owner = owner_of(lead)
    return lead, owner, Rep.objects.exclude(pk=owner.pk).order_by("pk")[0]


def give(lead: Lead, rep: Rep, now: datetime) -> Lead:
    return reassign(lead=lead, rep=rep, reason="", counts=True, now=now, actor="Bo")


def turn_down(lead: Lead, rep: Rep, now: datetime) -> Lead:
    return decline(lead=lead, rep=rep, reason="bad_data", note="", now=now, actor=rep.name)


@pytest.fixture(autouse=True)
def company(now: datetime) -> None:
    open_company(now)


def test_who_accepts_while_a_manager_gives_the_lead_away(now: datetime) -> None:
    for number in range(ROUNDS):
        lead, owner, other = lead_and_another(number, now)

        accepted, _ = at_once(
            lambda: accept(lead=lead, rep=owner, now=now, actor="x"),  # noqa: B023  done before the next round
            lambda: give(lead, other, now),  # noqa: B023
        )

        assert (owner_of(lead), open_assignments(lead)) == (other, 1)
        assert not isinstance(accepted, Refusal) or isinstance(accepted, NotTheirs) and accepted.owner == other


def test_who_declines_while_a_manager_gives_the_lead_away(now: datetime) -> None:
    for number in range(ROUNDS):
        lead, owner, other = lead_and_another(number, now)

        at_once(lambda: turn_down(lead, owner, now), lambda: give(lead, other, now))  # noqa: B023

        assert (owner_of(lead), open_assignments(lead)) == (other, 1)
    assert sums() == {0}


def test_of_two_clicks_on_decline_one_is_told(now: datetime) -> None:
    for number in range(ROUNDS):
        lead, owner, _ = lead_and_another(number, now)

        results = at_once(*[lambda: turn_down(lead, owner, now)] * 2)  # noqa: B023

        assert [type(refusal) for refusal in refusals(results)] == [NotTheirs]
    assert Posting.objects.filter(kind="reversal").count() == ROUNDS
    assert sums() == {0}


def test_two_managers_at_once_leave_one_owner(now: datetime) -> None:
    for number in range(ROUNDS):
        lead, owner, _ = lead_and_another(number, now)
        first, second = Rep.objects.exclude(pk=owner.pk)

        results = at_once(lambda: give(lead, first, now), lambda: give(lead, second, now))  # noqa: B023

        assert (refusals(results), open_assignments(lead), fresh(lead).attempt) == ([], 1, 3)
    assert sums() == {0}


def test_the_router_and_a_manager_at_once_leave_the_managers_choice(now: datetime) -> None:
    bob = Rep.objects.get(name="Bob")
    for _ in range(ROUNDS):
        lead = make_lead(now)

        at_once(lambda: route_pending(now=now), lambda: give(lead, bob, now))  # noqa: B023

        assert (owner_of(lead), open_assignments(lead)) == (bob, 1)
        assert fresh(lead).attempt == Assignment.objects.filter(lead=lead).count()
    assert sums() <= {0}


def go_round(now: datetime) -> None:
    """What the clock does where the doorbell was not heard."""
    sweep(now=now)
    while route_pending(now=now).worked:
        continue


def test_job_sweep_and_a_managers_click_leave_one_owner_one_trace_and_one_mail(now: datetime, settings: Any) -> None:
    bob = Rep.objects.get(name="Bob")
    leads = []
    for number in range(ROUNDS):
        lead = receive_lead(facts={"email": f"m{number}@firm{number}.example"}, now=now).lead
        leads.append(lead)

        at_once(lambda: route_pending(now=now), lambda: go_round(now), lambda: give(lead, bob, now))  # noqa: B023

        last = Decision.objects.filter(lead=lead, outcome="assigned").order_by("pk").last()
        assert (owner_of(lead), open_assignments(lead), last and last.rep) == (bob, 1, bob)
        assert Decision.objects.filter(lead=lead).count() == fresh(lead).attempt
    assert sums() <= {0}
    assert Counter(mail["To"] for mail in mails(settings, now)) == {bob.email: ROUNDS}


def mails(settings: Any, now: datetime) -> list[EmailMessage]:
    """Everything that is sent by now."""
    with Sink() as sink:
        use(settings, real=None, local=sink)
        while deliver_alerts(now=now):
            continue
        return sink.mails


def test_the_owner_accepts_while_it_is_routed_again_and_given_away(now: datetime) -> None:
    for number in range(ROUNDS):
        lead, owner, other = lead_and_another(number, now)

        accepted, *_ = at_once(
            lambda: accept(lead=lead, rep=owner, now=now, actor="x"),  # noqa: B023
            lambda: release(lead=lead, now=now, actor="x"),  # noqa: B023
            lambda: go_round(now),
            lambda: give(lead, other, now),  # noqa: B023
        )
        route_all(now=now)

        assert open_assignments(lead) == 1
        assert owner_of(lead) == Assignment.objects.current().get(lead=lead).rep
        noted = Assignment.objects.filter(lead=lead, accepted_at__isnull=False).count()
        assert noted == (0 if isinstance(accepted, Refusal) else 1)
    assert sums() == {0}


def test_a_lead_is_claimed_once(now: datetime) -> None:
    open_pool, reps = open_company_with_claims(now)
    for number in range(ROUNDS):
        lead = routed(now, email=f"y{number}@firm{number}.example")

        results = at_once(
            *[lambda rep=rep: claim(lead=lead, rep=rep, now=now, actor=rep.name) for rep in reps]  # noqa: B023
        )

        told = refusals(results)
        assert len(told) == len(reps) - 1
        assert {refusal.owner for refusal in told if isinstance(refusal, NotTheirs)} == {owner_of(lead)}
    assert Posting.objects.filter(ledger=open_pool.ledger).count() == ROUNDS
    assert sums() <= {0}


def set_aside(lead: Lead, other: Lead, how: str, now: datetime) -> Lead:
    if how == "spam":
        return quarantine(lead=lead, reason="", now=now, actor="x")
    return mark_duplicate(lead=lead, of=other, now=now, actor="x")


def lost_duplicates() -> list[str]:
    """The states of originals that are none: whoever joined them is out of sight."""
    joined = Lead.objects.filter(status="duplicate").values_list("duplicate_of__status", flat=True)
    return sorted(set(joined) & {"duplicate", "quarantined"})


def until_somebody_waits() -> None:
    """For a lock that this transaction holds. On SQLite nobody else has even begun."""
    until = time.monotonic() + 30
    while connection.vendor == "postgresql" and time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.005)


@pytest.mark.parametrize(("how", "status"), [("joined to another", "duplicate"), ("spam", "quarantined")])
def test_who_joins_a_lead_in_the_instant_in_which_it_goes_elsewhere_goes_too(
    now: datetime, how: str, status: str
) -> None:
    first, other = (routed(now, email=f"{who}@gmail.com", first_name=who) for who in ("Ada", "Ben"))
    again = receive_lead(facts={"form": "demo", "email": "ada@gmail.com"}, now=now + MINUTE).lead
    published = current_rulebook()
    assert published is not None

    with ThreadPoolExecutor(1) as thread, transaction.atomic():
        outcomes = decide_batch(lock_leads([again.pk]), published=published, now=now + MINUTE)
        aside = thread.submit(at_once, lambda: set_aside(first, other, how, now))
        until_somebody_waits()
        store_outcomes(outcomes, now=now + MINUTE)

    assert refusals(aside.result()) == []
    assert (lost_duplicates(), fresh(again).status) == ([], status)
    assert fresh(again).duplicate_of == (other if status == "duplicate" else None)


def test_two_originals_joined_at_once_leave_no_chain(now: datetime) -> None:
    for number in range(ROUNDS):
        first, second, third = (routed(now, email=f"{who}{number}@gmail.com") for who in "abc")

        at_once(
            lambda: mark_duplicate(lead=first, of=second, now=now, actor="x"),  # noqa: B023
            lambda: mark_duplicate(lead=second, of=third, now=now, actor="x"),  # noqa: B023
        )

        assert lost_duplicates() == []
        assert fresh(second).duplicate_of == third


def open_company_with_claims(now: datetime) -> tuple[Pool, list[Rep]]:
    """A rule whose pool offers its leads to all, and whom."""
    reps = [make_rep(name) for name in ("Dan", "Eve", "Fay")]
    pool = make_pool(*reps, offer="claim")
    make_rule(pool=pool, position=1)
    publish(note="", user=None, now=now)
    return pool, reps


def storm(seed: int, leads: list[Lead], now: datetime) -> None:
    """One person who does this and that with these leads, whatever they are told."""
    chance = Random(seed)
    for _ in range(12):
        lead = fresh(chance.choice(leads))
        rep = lead.owner or Rep.objects.first()
        act = chance.choice(
            [
                lambda: turn_down(lead, rep, now),  # noqa: B023  done before the next turn
                lambda: give(lead, chance.choice(list(Rep.objects.all())), now),  # noqa: B023
                lambda: quarantine(lead=lead, reason="", now=now, actor="x"),  # noqa: B023
                lambda: restore(lead=lead, now=now, actor="x"),  # noqa: B023
                lambda: release(lead=lead, now=now, actor="x"),  # noqa: B023
                lambda: respond(lead=lead, rep=rep, channel="", note="", now=now, actor="x"),  # noqa: B023
                lambda: route_pending(now=now),
            ]
        )
        try:
            act()
        except Refusal:
            continue


def test_whatever_five_people_and_the_router_do_at_once_the_books_are_in_order(now: datetime) -> None:
    leads = [make_lead(now) for _ in range(4)]

    at_once(*[lambda seed=seed: storm(seed, leads, now) for seed in range(5)])
    route_all(now=now)

    most = Assignment.objects.current().values("lead").annotate(count=Count("pk")).values_list("count", flat=True)
    owned = Lead.objects.exclude(owner=None)
    assert set(most) <= {1}
    assert {(row.pk, row.owner_id) for row in owned} == set(
        Assignment.objects.current().values_list("lead_id", "rep_id")
    )
    assert sums() <= {0}
    assert not Lead.objects.filter(status="pending").exists()

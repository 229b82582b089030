"""Repair: what a faulty version decided is decided again, ledgers and all, where nobody has answered."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from reps.models import Rep
from routing.models import (
    Assignment,
    Decision,
    Lead,
    LeadEvent,
    Ledger,
    LedgerAccount,
    OutboxMessage,
    Pool,
    Posting,
    Rule,
    Work,
)
from routing.services.deliver_alerts import deliver_alerts
from routing.services.publish import publish
from routing.services.receive_lead import receive_lead
from routing.services.route_pending import route_all
from routing.services.work import run_next, start
from routing.services.work_progress import CannotRun
from tests.factories import make_catch_all, make_pool, make_rep, make_rule, make_settings
from tests.smtp import Sink, use

pytestmark = pytest.mark.django_db
LATER = timedelta(hours=1)
numbers = count(1)


@pytest.fixture
def company(now: datetime) -> tuple[Pool, Pool]:
    """Version 1 sends Germany to the wrong pool, SMB; version 2 to DACH. Two leads of each kind came by version 1."""
    make_settings()
    smb = make_pool(make_rep("Ana"), make_rep("Bob"), name="SMB")
    dach = make_pool(make_rep("Greta"), make_rep("Hans"), name="DACH")
    rule = make_rule(name="Germany", pool=smb, position=0,
                     conditions=[[{"field": "country", "op": "is", "value": "DE"}]])  # fmt: skip
    make_catch_all(smb)
    publish(note="wrong", user=None, now=now)
    for country in ("DE", "FR", "DE", "FR"):
        post(now, country=country)
    route_all(now=now)
    Rule.objects.filter(pk=rule.pk).update(pool=dach)
    publish(note="right", user=None, now=now + LATER)
    return smb, dach


def post(now: datetime, **facts: Any) -> Lead:
    n = next(numbers)
    return receive_lead(facts={"email": f"p{n}@c{n}.example", "first_name": f"P{n}"} | facts, now=now).lead


def repair(now: datetime, **params: Any) -> dict[str, Any]:
    then = now + 2 * LATER
    work = start(kind=Work.Kind.REPAIR, params={"from": 1, "to": 2} | params, user=None, now=then)
    run_next(clock=lambda: then)
    work.refresh_from_db()
    assert work.error == ""
    return work.report or {}


def owners() -> Counter[str]:
    return Counter(Lead.objects.values_list("owner__name", flat=True))


def test_a_preview_says_who_loses_and_gains_and_writes_nothing(company: tuple[Pool, Pool], now: datetime) -> None:
    before = owners()

    with CaptureQueriesContext(connection) as queries:
        report = repair(now)

    assert (report["looked_at"], report["moves"]["count"], report["applied"]) == (4, 2, False)
    assert {line["name"]: line["gains"] - line["loses"] for line in report["reps"]} == {
        "Ana": -2,
        "Greta": 1,
        "Hans": 1,
    }
    assert report["untouched"]["stays"] == 2
    writes = [q["sql"] for q in queries if q["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert all("routing_work" in write or "routing_auditentry" in write for write in writes)
    assert owners() == before


def test_only_the_wrongly_decided_leads_move(company: tuple[Pool, Pool], now: datetime) -> None:
    repair(now, apply=True)

    assert owners() == {"Greta": 1, "Hans": 1, "Bob": 2}
    ended = Assignment.objects.filter(end_reason="repaired")
    assert {a.lead.country for a in ended} == {"DE"}
    assert set(Assignment.objects.current().filter(pool=company[1]).values_list("rulebook_version", "attempt")) == {
        (2, 2)
    }


def test_the_turns_of_leads_that_moved_are_given_back(company: tuple[Pool, Pool], now: datetime) -> None:
    repair(now, apply=True)

    sums = LedgerAccount.objects.values_list("ledger").annotate(Sum("balance"))
    assert {total for _, total in sums} == {0}
    ana, bob = (LedgerAccount.objects.get(ledger=company[0].ledger, rep__name=name).balance for name in ("Ana", "Bob"))
    assert (ana, bob) == (1_000_000_000, -1_000_000_000)
    assert Posting.objects.filter(kind="reversal").count() == 2


def test_each_move_is_told_and_explained(company: tuple[Pool, Pool], now: datetime) -> None:
    repair(now, apply=True)

    texts = set(LeadEvent.objects.filter(kind="repaired").values_list("text", flat=True))
    assert texts == {f"Decided again by version 2: from Ana to {name}" for name in ("Greta", "Hans")}
    assert Decision.objects.filter(rulebook_version=2, outcome="assigned").count() == 2


def test_everybody_gets_one_mail_about_all(company: tuple[Pool, Pool], now: datetime, settings: Settings) -> None:
    with Sink() as sink:
        use(settings, real=None, local=sink)
        deliver_alerts(now=now)
        first = len(sink.mails)
        repair(now, apply=True)

        deliver_alerts(now=now + 3 * LATER)

        subjects = sorted(str(mail["Subject"]) for mail in sink.mails[first:])
    assert subjects == [
        "After a correction of the rules 1 lead is yours now",
        "After a correction of the rules 1 lead is yours now",
        "After a correction of the rules 2 leads are somebody else's",
    ]
    assert not OutboxMessage.objects.waiting().exists()
    assert not Assignment.objects.current().filter(due_at=None).exists()


@pytest.mark.parametrize("column", ["accepted_at", "responded_at"])
def test_what_was_answered_stays(company: tuple[Pool, Pool], now: datetime, column: str) -> None:
    Assignment.objects.update(**{column: now})
    before = owners()

    report = repair(now, apply=True)

    assert (report["moves"]["count"], report["untouched"]["answered"], owners()) == (0, 4, before)


def test_what_people_gave_by_hand_stays(company: tuple[Pool, Pool], now: datetime) -> None:
    Assignment.objects.update(method="manual")

    assert repair(now, apply=True)["untouched"]["given_by_hand"] == 4


def test_what_nobody_could_take_now_stays(company: tuple[Pool, Pool], now: datetime) -> None:
    Rep.objects.filter(name__in=["Greta", "Hans"]).update(paused=True)
    Rule.objects.filter(name="Germany").update(when_nobody=Rule.WhenNobodyKind.WAIT, wait_minutes=600)
    Rep.objects.filter(name="Greta").update(paused_until=now + 4 * LATER)
    publish(note="waits", user=None, now=now + LATER)

    report = repair(now, to=3, apply=True)

    assert (report["moves"]["count"], report["untouched"]["would_wait"]) == (0, 2)


def test_a_second_repair_finds_nothing_left(company: tuple[Pool, Pool], now: datetime) -> None:
    repair(now, apply=True)
    after = owners()

    report = repair(now, apply=True)

    assert (report["moves"]["count"], report["looked_at"], owners()) == (0, 2, after)


def test_leads_outside_the_span_are_left_alone(company: tuple[Pool, Pool], now: datetime) -> None:
    since = (now + timedelta(minutes=1)).isoformat()

    assert repair(now, since=since)["looked_at"] == 0


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({}, "from"),
        ({"from": 7}, "from"),
        ({"from": True}, "from"),
        ({"from": 2}, "to"),
        ({"from": 1, "to": 9}, "to"),
        ({"from": 1, "since": "yesterday"}, "since"),
        ({"from": 1, "apply": "yes"}, "apply"),
        ({"from": 1, "force": True}, "force"),
    ],
)
def test_a_repair_that_makes_no_sense_is_refused(
    company: tuple[Pool, Pool], now: datetime, params: dict[str, Any], field: str
) -> None:
    with pytest.raises(CannotRun) as refused:
        start(kind=Work.Kind.REPAIR, params=params, user=None, now=now + 2 * LATER)

    assert field in refused.value.errors


def test_the_command_tells_what_it_would_do(company: tuple[Pool, Pool], capsys: pytest.CaptureFixture[str]) -> None:
    call_command("repair", "--from", "1", "--to", "2")

    told = capsys.readouterr().out
    assert told.startswith("Version 1 by version 2: 2 leads would move.\n\nRep    Loses  Gains\nGreta      0      1\n")
    assert "Say --apply to move them." in told


def test_the_command_moves_them_when_told_to(company: tuple[Pool, Pool], capsys: pytest.CaptureFixture[str]) -> None:
    call_command("repair", "--from", "1", "--apply")

    assert capsys.readouterr().out.startswith("Version 1 by version 2: 2 leads moved.")


def test_the_command_refuses_an_unknown_version(company: tuple[Pool, Pool]) -> None:
    with pytest.raises(CommandError, match="from: The number of a version, 1 to 2."):
        call_command("repair", "--from", "9")


def test_turns_are_given_back_in_the_ledger_that_counted_them_then(company: tuple[Pool, Pool], now: datetime) -> None:
    post(now, country="FR")
    route_all(now=now + LATER)
    group = Ledger.objects.create(name="All of sales")
    Pool.objects.filter(pk=company[0].pk).update(fairness_group=group)
    publish(note="shared", user=None, now=now + LATER)

    repair(now, to=3, apply=True)

    own = LedgerAccount.objects.filter(ledger=company[0].ledger)
    assert dict(own.values_list("rep__name", "balance")) == {"Ana": 500_000_000, "Bob": -500_000_000}

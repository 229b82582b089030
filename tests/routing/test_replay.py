"""Replay: past leads through the draft and the published version, from the ledger as it was, and nothing written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from reps.models import Rep, TimeOff, WorkingHours
from routing.models import Assignment, Lead, LedgerAccount, Pool, PoolMember, Rule, Work
from routing.services.publish import publish
from routing.services.receive_lead import receive_lead
from routing.services.replay import run_replay
from routing.services.route_pending import route_all
from routing.services.work import run_next, start
from routing.services.work_progress import Progress
from tests.factories import make_catch_all, make_pool, make_rep, make_rule, make_settings

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def pool(now: datetime) -> Pool:
    """Ana and Bob, around the clock; rules as they were published a month ago."""
    make_settings()
    pool = make_pool(make_rep("Ana"), make_rep("Bob"), name="SMB")
    make_catch_all(pool)
    publish(note="", user=None, now=now - timedelta(days=30))
    return pool


@pytest.fixture
def numbers() -> Iterator[int]:
    return count(1)


def live(numbers: Iterator[int], at: datetime, **facts: Any) -> Lead:
    """A lead that came and was routed then."""
    n = next(numbers)
    facts = {"email": f"p{n}@c{n}.example", "first_name": "Mia", "country": "DE"} | facts
    lead = receive_lead(facts=facts, now=at).lead
    route_all(now=at)
    return lead


def replay(now: datetime, **params: Any) -> dict[str, Any]:
    work = start(kind=Work.Kind.REPLAY, params={"days": 7} | params, user=None, now=now)
    run_next(clock=lambda: now)
    work.refresh_from_db()
    assert work.error == ""
    return work.report or {}


def shares(report: dict[str, Any], column: str) -> dict[str, int]:
    return {line["name"]: line[column] for line in report["reps"] if line[column]}


def test_unchanged_rules_repeat_history(pool: Pool, numbers: Iterator[int], now: datetime) -> None:
    for n in range(7):
        live(numbers, now - (20 - n * n % 3 - 2 * n) * HOUR)

    report = replay(now)

    assert shares(report, "history") == shares(report, "published") == shares(report, "draft")
    assert report["changes"] == {"count": 0, "listed": []}


def test_the_ledger_is_the_one_from_the_beginning(pool: Pool, numbers: Iterator[int], now: datetime) -> None:
    for n in range(3):
        live(numbers, now - timedelta(days=10) + n * HOUR)
    lead = live(numbers, now - HOUR)

    report = replay(now)

    assert report["leads"] == 1
    assert shares(report, "published") == {Assignment.objects.get(lead=lead).rep.name: 1}


def test_a_new_rule_shows_who_gains_and_loses(pool: Pool, numbers: Iterator[int], now: datetime) -> None:
    live(numbers, now - HOUR, country="FR")
    lead = live(numbers, now - HOUR / 2)
    greta = make_rep("Greta")
    make_rule(name="Germany", pool=make_pool(greta, name="DACH"), position=0,
              conditions=[[{"field": "country", "op": "is", "value": "DE"}]])  # fmt: skip

    report = replay(now)

    assert report["changes"]["count"] == 1
    (change,) = report["changes"]["listed"]
    assert (change["lead"], change["draft"]["rep"], change["draft"]["rule"]) == (str(lead.uuid), greta.email, "Germany")
    assert report["reps"][0]["name"] == "Greta" and report["reps"][0]["change"] == 1
    assert report["columns"]["draft"]["by_rule"] == {"Catch-all": 1, "Germany": 1}


def test_gains_and_losses_cancel_out(pool: Pool, numbers: Iterator[int], now: datetime) -> None:
    for n in range(4):
        live(numbers, now - (n + 1) * HOUR, country="FR" if n % 2 else "DE")
    make_rule(name="France", pool=make_pool(make_rep("Greta"), name="France"), position=0,
              conditions=[[{"field": "country", "op": "is", "value": "FR"}]])  # fmt: skip

    report = replay(now)

    assert sum(shares(report, "published").values()) == sum(shares(report, "draft").values()) == 4
    assert {line["name"]: line["change"] for line in report["reps"] if line["change"] > 0} == {"Greta": 2}
    assert sum(line["change"] for line in report["reps"]) == 0


def test_a_replay_writes_nothing_but_its_own_row(pool: Pool, numbers: Iterator[int], now: datetime) -> None:
    live(numbers, now - HOUR)
    work = Work.objects.create(kind=Work.Kind.REPLAY, status="running", created_at=now, started_at=now)

    with CaptureQueriesContext(connection) as queries:
        run_replay({"days": 7}, Progress(work.pk, now, lambda: now), now)

    writes = [query["sql"] for query in queries if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert all("routing_work" in write for write in writes), writes


def test_names_of_leads_do_not_stay_in_the_report(pool: Pool, numbers: Iterator[int], now: datetime) -> None:
    live(numbers, now - HOUR, first_name="Canary", last_name="Yellow", email="canary@bird.example")
    Rule.objects.update(pool=make_pool(make_rep("Greta"), name="Other"))

    report = replay(now)

    assert report["changes"]["count"] == 1
    assert "anary" not in str(report)


def test_people_on_leave_then_got_nothing_then(pool: Pool, numbers: Iterator[int], now: datetime) -> None:
    ana = Rep.objects.get(name="Ana")
    TimeOff.objects.create(rep=ana, starts_at=now - 10 * HOUR, ends_at=now - 5 * HOUR, reason="leave")
    for n in (9, 8, 7, 6):
        live(numbers, now - n * HOUR)

    assert shares(replay(now), "published") == {"Bob": 4}


def test_a_pause_of_today_says_nothing_of_the_past(pool: Pool, numbers: Iterator[int], now: datetime) -> None:
    live(numbers, now - 2 * HOUR), live(numbers, now - HOUR)
    Rep.objects.filter(name="Ana").update(paused=True)

    assert shares(replay(now), "draft") == {"Ana": 1, "Bob": 1}


def night_shift(rep: Rep, weekday: int, start: str, end: str) -> None:
    Rep.objects.filter(pk=rep.pk).update(hours=Rep.Hours.OWN, timezone="UTC")
    WorkingHours.objects.create(rep=rep, weekday=weekday, start=start, end=end)


def test_a_lead_waits_for_the_next_shift(pool: Pool, numbers: Iterator[int], now: datetime) -> None:
    for rep in Rep.objects.all():
        night_shift(rep, 1, "09:00", "16:00")  # now is a Tuesday, 16:00
    live(numbers, now - 8 * HOUR)
    route_all(now=now - 7 * HOUR)

    waits = replay(now)["columns"]["published"]["waits"]

    assert waits == {"leads": 1, "p50_minutes": 60.0, "p90_minutes": 60.0}


def test_what_nobody_could_take_is_unserved(pool: Pool, numbers: Iterator[int], now: datetime) -> None:
    live(numbers, now - HOUR)
    PoolMember.objects.all().delete()

    columns = replay(now)["columns"]

    assert (columns["history"]["unserved"], columns["draft"]["unserved"]) == (0, 1)


def test_a_daily_cap_holds_and_is_new_every_day(pool: Pool, numbers: Iterator[int], now: datetime) -> None:
    for n in (30, 29, 28, 3, 2, 1):
        live(numbers, now - n * HOUR)
    Rep.objects.filter(name="Ana").update(caps={"day": 1})

    assert shares(replay(now), "draft") == {"Ana": 2, "Bob": 4}


def test_a_cap_on_open_leads_frees_when_a_lead_is_closed(pool: Pool, numbers: Iterator[int], now: datetime) -> None:
    first = live(numbers, now - 5 * HOUR)
    Lead.objects.filter(pk=first.pk).update(closed_at=now - 3 * HOUR)
    PoolMember.objects.filter(rep__name="Bob").delete()
    Rep.objects.filter(name="Ana").update(caps={"open": 1})
    live(numbers, now - 4 * HOUR)

    columns = replay(now)["columns"]

    assert columns["draft"]["waits"]["p50_minutes"] == 60.0


def test_answers_come_as_late_as_that_person_answered_before(pool: Pool, numbers: Iterator[int], now: datetime) -> None:
    for n, minutes in ((40, 90), (39, 2)):
        lead = live(numbers, now - timedelta(days=n))
        at = now - timedelta(days=n)
        Assignment.objects.filter(lead=lead).update(alerted_at=at, responded_at=at + timedelta(minutes=minutes))
    live(numbers, now - 2 * HOUR), live(numbers, now - HOUR)

    report = replay(now)

    assert shares(report, "published") == {"Ana": 1, "Bob": 1}
    assert report["columns"]["published"]["breaches"] == 1


def test_a_returning_person_goes_to_whoever_the_replay_gave_them(
    pool: Pool, numbers: Iterator[int], now: datetime
) -> None:
    live(numbers, now - 5 * HOUR, email="mia@chen.example")
    live(numbers, now - 2 * HOUR, email="mia@chen.example")
    Rule.objects.update(pool=make_pool(make_rep("Greta"), name="Other"))

    report = replay(now)

    assert report["columns"]["draft"]["by_method"] == {"returning": 1, "round_robin": 1}
    assert shares(report, "draft") == {"Greta": 2}


def test_a_double_post_is_a_duplicate_again(pool: Pool, numbers: Iterator[int], now: datetime) -> None:
    live(numbers, now - HOUR, email="mia@chen.example")
    live(numbers, now - HOUR + timedelta(minutes=1), email="mia@chen.example")

    columns = replay(now)["columns"]

    assert columns["history"]["duplicates"] == columns["draft"]["duplicates"] == 1


def test_test_leads_are_left_out(pool: Pool, numbers: Iterator[int], now: datetime) -> None:
    live(numbers, now - HOUR, test=True)

    assert replay(now)["leads"] == 0


def test_a_pool_that_is_new_in_the_draft_starts_at_zero(pool: Pool, numbers: Iterator[int], now: datetime) -> None:
    for n in range(4):
        live(numbers, now - n * HOUR - HOUR)
    Rule.objects.update(pool=make_pool(make_rep("Cy"), make_rep("Dee"), name="New"))

    report = replay(now)

    assert shares(report, "draft") == {"Cy": 2, "Dee": 2}
    assert {line["pool"]: line["draft"] for line in report["fairness"]}["New"] == 0.0
    assert not LedgerAccount.objects.filter(rep__name__in=["Cy", "Dee"]).exists()


def test_offers_count_as_taken_by_whoever_they_are_made_to(pool: Pool, numbers: Iterator[int], now: datetime) -> None:
    live(numbers, now - 2 * HOUR), live(numbers, now - HOUR)
    Pool.objects.update(offer="exclusive")

    report = replay(now)

    assert report["columns"]["draft"]["by_method"] == {"claim": 2}
    assert shares(report, "draft") == {"Ana": 1, "Bob": 1}


@pytest.mark.parametrize("strategy", ["load_balanced", "performance", "intent"])
def test_every_strategy_can_be_tried(strategy: str, pool: Pool, numbers: Iterator[int], now: datetime) -> None:
    for n in range(4):
        live(numbers, now - n * HOUR - HOUR)
    Pool.objects.update(strategy=strategy, fairness="totals")

    assert sum(shares(replay(now), "draft").values()) == 4


def test_a_version_that_does_not_exist_fails_with_its_reason(pool: Pool, now: datetime) -> None:
    work = start(kind=Work.Kind.REPLAY, params={"version": 9}, user=None, now=now)
    run_next(clock=lambda: now)

    work.refresh_from_db()
    assert work.error == "version: There is no version “9”. Say draft, published, or a number from 1 to 1."


def test_the_command_shows_the_three_columns(
    pool: Pool, numbers: Iterator[int], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    live(numbers, timezone.now() - HOUR)

    call_command("replay", "--days", "2", "--json", str(tmp_path / "report.json"))

    told = capsys.readouterr().out
    assert told.startswith("Leads from ") and ": 1; 0 change hands" in told
    assert "Rep  History  Published  Draft  Change\nAna        1          1      1      +0" in told
    assert json.loads((tmp_path / "report.json").read_text())["leads"] == 1


def test_of_many_sources_the_most_frequent_are_named(
    pool: Pool, numbers: Iterator[int], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("routing.services.replay.flow.MOST_SOURCES", 1)
    for source in ("website", "website", "fair", "podcast"):
        live(numbers, now - HOUR, source=source)

    ways = replay(now)["flow"]["published"]

    assert {(way["source"], way["rule"], way["pool"]) for way in ways} == {
        ("website", "Catch-all", "SMB"),
        ("Others", "Catch-all", "SMB"),
    }
    assert sum(way["leads"] for way in ways) == 4

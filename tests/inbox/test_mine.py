"""A rep's own availability, leave, numbers and settings."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from reps.models import TimeOff
from routing.models import Assignment, OutboxMessage


@pytest.mark.one_database("PostgreSQL tells the time itself, and nobody stops its clock")
def test_pausing_stops_new_leads_until_then(anas, ana):
    anas.post("/inbox/availability/pause/", {"reason": "training", "until": "2026-03-03T15:00"})

    ana.refresh_from_db()
    assert (ana.paused, ana.paused_reason) == (True, "training")
    assert ana.paused_until == datetime(2026, 3, 3, 20, 0, tzinfo=UTC)


def test_a_pause_cannot_end_before_it_begins(anas, ana):
    response = anas.post("/inbox/availability/pause/", {"until": "2026-03-03T09:00"})

    assert response.status_code == 400
    ana.refresh_from_db()
    assert not ana.paused


def test_resuming_ends_the_pause(anas, ana):
    anas.post("/inbox/availability/pause/", {"reason": "training"})
    anas.post("/inbox/availability/resume/")

    ana.refresh_from_db()
    assert (ana.paused, ana.paused_reason) == (False, "")


def test_the_page_says_since_when_leads_come(anas):
    assert b"On shift" in anas.get("/inbox/availability/").content


def test_leave_is_added_in_whole_local_days(anas):
    anas.post("/inbox/leave/", {"first": "2026-04-06", "last": "2026-04-07", "reason": "Easter"})

    leave = TimeOff.objects.get()
    assert leave.whole_days
    assert leave.starts_at == datetime(2026, 4, 6, 4, 0, tzinfo=UTC)
    assert leave.ends_at == datetime(2026, 4, 8, 4, 0, tzinfo=UTC)


def test_leave_with_times_is_an_exact_span(anas):
    anas.post("/inbox/leave/", {"first": "2026-04-06", "from_time": "12:00", "last": "2026-04-06", "to_time": "14:00"})

    leave = TimeOff.objects.get()
    assert (leave.ends_at - leave.starts_at).total_seconds() == 7200


def test_leave_that_ends_before_it_starts_is_refused(anas):
    response = anas.post("/inbox/leave/", {"first": "2026-04-06", "last": "2026-04-05"})

    assert b"must end after it starts" in response.content
    assert not TimeOff.objects.exists()


@pytest.mark.parametrize(("first", "last"), [("2026-03-10", "9999-12-31"), ("0001-01-01", "2026-03-10")])
def test_leave_beyond_the_calendar_is_refused(anas, first, last):
    response = anas.post("/inbox/leave/", {"first": first, "last": last})

    assert response.status_code == 400
    assert not TimeOff.objects.exists()


def test_leave_is_changed_and_removed(anas):
    anas.post("/inbox/leave/", {"first": "2026-04-06", "last": "2026-04-07"})
    address = f"/inbox/leave/{TimeOff.objects.get().uuid}/"

    anas.post(address, {"first": "2026-04-06", "last": "2026-04-09"})
    assert TimeOff.objects.get().ends_at.day == 10

    anas.post(f"{address}remove/")
    assert not TimeOff.objects.exists()


def test_removing_leave_twice_is_harmless(anas):
    anas.post("/inbox/leave/", {"first": "2026-04-06", "last": "2026-04-07"})
    address = f"/inbox/leave/{TimeOff.objects.get().uuid}/remove/"

    anas.post(address)

    assert anas.post(address).status_code == 302


def test_what_comes_from_the_calendar_is_not_changed_here(anas, ana, now):
    leave = TimeOff.objects.create(rep=ana, starts_at=now, ends_at=now.replace(day=9), calendar_uid="x")

    assert anas.get(f"/inbox/leave/{leave.uuid}/").status_code == 404


def test_leave_may_hand_open_leads_to_the_backup(anas, ana, bob):
    type(ana).objects.filter(pk=ana.pk).update(backup=bob)
    assert b"Bob Ray, your backup" in anas.get("/inbox/leave/").content

    days = {"first": "2099-04-06", "last": "2099-04-07", "hand_over": "backup", "hand_over_leads": "open"}
    anas.post("/inbox/leave/", days)

    leave = TimeOff.objects.get()
    assert (leave.hand_over, leave.hand_over_leads) == ("backup", "open")
    assert b"Open leads: Bob Ray" in anas.get("/inbox/leave/").content


def test_leave_hands_nothing_to_a_backup_that_is_not_there(anas):
    days = {"first": "2026-04-06", "last": "2026-04-07", "hand_over": "backup"}

    assert anas.post("/inbox/leave/", days).status_code == 400
    assert not TimeOff.objects.exists()


def test_what_a_leave_handed_over_is_not_asked_again(anas, ana, now):
    leave = TimeOff.objects.create(
        rep=ana, starts_at=now, ends_at=now.replace(day=9), hand_over="routing", handed_over_at=now
    )

    page = anas.get(f"/inbox/leave/{leave.uuid}/").content
    anas.post(f"/inbox/leave/{leave.uuid}/", {"first": "2026-03-03", "last": "2026-03-09", "hand_over": ""})

    leave.refresh_from_db()
    assert b"were handed over" in page
    assert leave.hand_over == "routing"


def test_a_calendar_feed_is_kept(anas, ana):
    anas.post("/inbox/leave/calendar/", {"calendar_url": "https://calendar.example/ana.ics"})

    ana.refresh_from_db()
    assert ana.calendar_url == "https://calendar.example/ana.ics"


@pytest.mark.one_database("PostgreSQL tells the time itself, and nobody stops its clock")
def test_numbers_are_the_reps_own(anas, ana, bob, give, now):
    lead = give(ana)
    give(bob)
    Assignment.objects.filter(lead=lead).update(responded_at=now)

    own = anas.get("/inbox/numbers/").context["own"]

    assert (own.got, own.answered, own.in_time, own.due) == (1, 1, 1, 1)
    assert own.median == 50


def test_a_test_alert_goes_through_the_outbox_once(anas, ana):
    anas.post("/inbox/settings/test-alert/")
    anas.post("/inbox/settings/test-alert/")

    message = OutboxMessage.objects.get(kind="test_alert")
    assert message.rep == ana
    assert b"On its way" in anas.get("/inbox/settings/").content


def test_the_fate_of_a_test_alert_is_shown(anas, now):
    anas.post("/inbox/settings/test-alert/")
    OutboxMessage.objects.update(done_at=now, result="failed", error="Mailbox full")

    assert b"Mailbox full" in anas.get("/inbox/settings/").content


def test_the_shell_is_all_that_the_worker_keeps(anas):
    worker = anas.get("/inbox/worker.js")

    assert worker["Content-Type"].startswith("text/javascript")
    assert b"inbox/leads" not in worker.content


def test_the_manifest_makes_it_installable(client, db):
    manifest = client.get("/inbox/manifest.webmanifest").json()

    assert manifest["start_url"] == "/inbox/"
    assert {icon["sizes"] for icon in manifest["icons"]} == {"192x192", "512x512"}

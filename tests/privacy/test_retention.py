"""What is kept for a time goes when it is over, and nothing else."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.checks import run_checks
from pytest_django import Settings

from routing.models import (
    AuditEntry,
    Form,
    Import,
    ImportChunk,
    ImportRow,
    Lead,
    LedgerAccount,
    MailboxMessage,
    Signal,
    Submission,
)
from routing.services.lead_actions.outcome import set_outcome
from routing.services.privacy import retention
from routing.services.privacy.retention import let_go_of_the_old
from tests.factories import make_lead

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _never_looked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "_hourly", retention.Hourly())


def later(now: datetime, days: float) -> int:
    """What goes so many days later."""
    return let_go_of_the_old(now=now + days * DAY)


def test_leads_are_kept_for_ever_unless_a_setting_says_otherwise(mia: Lead, now: datetime) -> None:
    assert later(now, 5_000) == 0
    assert Lead.objects.exists()


def test_a_lead_goes_so_many_days_after_the_last_thing_happened(mia: Lead, now: datetime, settings: Settings) -> None:
    settings.LEAD_RETENTION_DAYS = 30
    set_outcome(lead=mia, stage="won", amount=None, reason="", now=now + 10 * DAY, actor="")

    assert later(now, 39) == 0
    assert later(now, 41) == 1
    assert not Lead.objects.exists()
    assert sum(LedgerAccount.objects.values_list("balance", flat=True)) == 0


@pytest.mark.parametrize(
    "fields",
    [
        {"status": Lead.Status.PENDING},
        {"status": Lead.Status.PARKED, "review_date": date(2030, 1, 1), "route_after": None},
    ],
    ids=["to be routed", "to be reviewed"],
)
def test_a_lead_that_something_is_to_happen_to_stays(fields: Any, now: datetime, settings: Settings) -> None:
    settings.LEAD_RETENTION_DAYS = 30
    make_lead(now, **fields)

    assert later(now, 100) == 0


def test_a_lead_with_a_duplicate_that_is_younger_stays(mia: Lead, now: datetime, settings: Settings) -> None:
    settings.LEAD_RETENTION_DAYS = 30
    make_lead(now + 90 * DAY, status=Lead.Status.DUPLICATE, duplicate_of=mia, route_after=None)

    assert later(now, 100) == 0


def test_it_goes_on_until_nothing_is_left_and_then_looks_once_an_hour(
    now: datetime, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LEAD_RETENTION_DAYS = 30
    monkeypatch.setattr(retention, "MOST", 2)
    for _ in range(3):
        make_lead(now, status=Lead.Status.QUARANTINED, route_after=None)

    assert [later(now, 31), later(now, 31), later(now, 31)] == [2, 1, 0]
    make_lead(now, status=Lead.Status.QUARANTINED, route_after=None)
    assert [later(now, 31.01), later(now, 31.1)] == [0, 1]
    assert AuditEntry.objects.filter(action="retention.applied").count() == 3


def test_submissions_mails_and_signals_go_by_their_settings(mia: Lead, now: datetime) -> None:
    form = Form.objects.create(name="Contact", slug="contact")
    Submission.objects.create(form=form, key="1", raw="[]", received_at=now, lead=mia)
    MailboxMessage.objects.create(recipient="ana@acme.example", received_at=now)
    Signal.objects.create(domain="globex.com", kind="visit", observed_at=now, received_at=now)

    assert [later(now, days) for days in (29, 31, 91, 366)] == [0, 1, 1, 1]
    assert Lead.objects.get() == mia


def test_a_file_goes_with_its_rows_and_its_leads_stay(mia: Lead, now: datetime) -> None:
    done = Import.objects.create(section="leads", format="csv", status=Import.Status.DONE, created_at=now)
    ImportRow.objects.create(imported=done, number=1, state="new", values={"E-Mail": mia.email}, lead=mia)
    ImportChunk.objects.create(imported=done, number=0, data=b"E-Mail")

    assert [later(now, 29), later(now, 31), later(now, 31)] == [0, 1, 1]
    assert not Import.objects.exists()
    assert Lead.objects.get() == mia


def test_a_lead_that_grew_old_takes_no_file_along_that_waits(mia: Lead, now: datetime, settings: Settings) -> None:
    settings.LEAD_RETENTION_DAYS = 30
    uploaded = now + 31 * DAY
    waiting = Import.objects.create(section="leads", format="csv", status=Import.Status.READY, created_at=uploaded)
    ImportChunk.objects.create(imported=waiting, number=0, data=f"E-Mail\n{mia.email}\n".encode())

    assert later(now, 31) == 1
    assert not Lead.objects.exists()
    assert waiting.chunks.exists()
    assert Import.objects.get().status == Import.Status.READY


def test_0_is_never(now: datetime, settings: Settings) -> None:
    settings.MAILBOX_DAYS = 0
    MailboxMessage.objects.create(recipient="ana@acme.example", received_at=now)

    assert later(now, 5_000) == 0


def test_a_deployment_that_keeps_leads_for_ever_is_told() -> None:
    assert "leadrouting.W006" in {message.id for message in run_checks(include_deployment_checks=True)}

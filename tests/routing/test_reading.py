"""Big tables are read a few rows at a time: whoever reads may write between, whatever others have written meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection

from reps.models import Rep
from routing.models import Decision, Heartbeat, Import, ImportRow, Lead, Ledger, LedgerAccount
from routing.models.reading import in_batches, keys_as_listed, values_in_batches
from routing.services.exports import EXPORTS
from routing.services.exports import leads as exported_leads
from routing.services.exports import ledgers as exported_ledgers
from routing.services.exports import sections as exported_sections
from routing.services.imports import rows_out
from routing.services.privacy import erasing_rep
from tests.factories import make_lead, make_pool, make_rep

pytestmark = pytest.mark.django_db


def elsewhere(write: Callable[[], Any]) -> None:
    """Done by another connection, which is closed when it is over."""

    def run() -> None:
        try:
            write()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(run).result()


# --- a few at a time -----------------------------------------------------------------------------------------------


@pytest.fixture
def reps(db: None) -> list[Rep]:
    return [make_rep(f"Rep {number}") for number in range(5)]


@pytest.mark.parametrize("size", [1, 2, 5, 7])
def test_every_row_is_read_once_whatever_the_size(reps: list[Rep], size: int) -> None:
    batches = list(in_batches(Rep.objects.all(), size))

    assert [row for batch in batches for row in batch] == reps
    assert all(len(batch) <= size for batch in batches)


def test_rows_are_read_from_the_last_where_that_is_asked(reps: list[Rep]) -> None:
    assert [row for batch in in_batches(Rep.objects.all(), 2, by="-pk") for row in batch] == reps[::-1]


def test_an_empty_table_is_no_batch(db: None) -> None:
    assert list(in_batches(Rep.objects.all(), 2)) == []


def test_values_of_a_column_come_in_the_order_of_the_key(reps: list[Rep]) -> None:
    assert list(values_in_batches(Rep.objects.all(), "name", 2)) == [rep.name for rep in reps]


def test_rows_that_go_while_they_are_read_hide_none(reps: list[Rep]) -> None:
    seen = []
    for batch in in_batches(Rep.objects.all(), 2):
        seen.extend(batch)
        Rep.objects.filter(pk=batch[0].pk).delete()

    assert seen == reps


def test_keys_come_in_the_order_of_the_list(reps: list[Rep]) -> None:
    keys = list(keys_as_listed(Rep.objects.order_by("-name"), 2))

    assert keys == [[reps[4].pk, reps[3].pk], [reps[2].pk, reps[1].pk], [reps[0].pk]]


# --- while others write --------------------------------------------------------------------------------------------

LISTED: dict[str, Callable[[], Iterator[Any]]] = {
    "leads": lambda: EXPORTS["leads"].rows(Lead.objects.all()),
    "decisions": lambda: EXPORTS["decisions"].rows(Lead.objects.all()),
    "ledgers": lambda: EXPORTS["ledgers"].rows(Ledger.objects.all()),
    "reps": lambda: EXPORTS["reps"].rows(Rep.objects.all()),
    "rejected rows": lambda: iter(rows_out.rejected_rows(Import.objects.get())),
    "batches": lambda: in_batches(Lead.objects.all(), 2),
    "values": lambda: values_in_batches(Lead.objects.all(), "email", 2),
    "keys": lambda: keys_as_listed(Lead.objects.all(), 2),
}


@pytest.fixture
def much(now: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Five of everything, and two at once."""
    for module in (exported_leads, exported_ledgers, exported_sections):
        monkeypatch.setattr(module, "AT_ONCE", 2)
    monkeypatch.setattr(rows_out, "CHUNK", 2)
    imported = Import.objects.create(section="leads", status=Import.Status.READY, created_at=now)
    people = [make_rep(f"Rep {number}") for number in range(5)]
    ledger = make_pool(*people).ledger
    LedgerAccount.objects.filter(ledger=ledger).delete()
    for number, rep in enumerate(people, start=1):
        LedgerAccount.objects.create(ledger=ledger, rep=rep)
        ImportRow.objects.create(imported=imported, number=number, state=ImportRow.State.REJECTED)
        Decision.objects.create(lead=make_lead(now), outcome="held", decided_at=now)
    yield
    connection.close()  # with it goes what a failed test has left open


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", LISTED)
def test_who_reads_may_write_after_somebody_else_has_written(much: None, now: datetime, what: str) -> None:
    rows = LISTED[what]()
    seen = 0
    for _ in rows:
        elsewhere(lambda: Heartbeat.objects.beat("another", now))
        Heartbeat.objects.beat("reader", now)
        seen += 1

    assert seen >= 3


@pytest.mark.django_db(transaction=True)
def test_what_is_deleted_during_a_download_is_left_out(much: None) -> None:
    rows = EXPORTS["leads"].rows(Lead.objects.order_by("pk"))
    next(rows)
    Decision.objects.all().delete()
    elsewhere(lambda: Lead.objects.filter(pk=Lead.objects.latest("pk").pk).delete())

    assert len(list(rows)) == 3


# --- what is erased piece by piece ---------------------------------------------------------------------------------


def test_everybody_is_signed_out_however_many_have_a_session(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasing_rep, "AT_ONCE", 2)
    for number in range(5):
        text = Session.get_session_store_class()().encode({"_auth_user_id": str(number % 2)})
        Session.objects.create(session_key=f"k{number}", session_data=text, expire_date=now + timedelta(days=9_999))

    erasing_rep._sign_out(0)

    assert sorted(Session.objects.values_list("pk", flat=True)) == ["k1", "k3"]

"""A file is checked while leads come in: somebody else writes between any two rows."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import count

import pytest
from django.db import connection

from routing.models import Import, Lead, Work
from routing.services import work_progress
from routing.services.imports import start
from routing.services.imports.leads import preview
from routing.services.publish import publish
from routing.services.receive_lead import receive_lead
from routing.services.work import run_next
from tests.factories import make_catch_all, make_pool, make_rep, make_settings
from tests.imports.doing import csv, fresh, handed_in

pytestmark = pytest.mark.django_db(transaction=True)
ROWS = 9


@pytest.fixture
def imported(now: datetime, monkeypatch: pytest.MonkeyPatch) -> Import:
    """A file that is read in several batches, by a run that says after each row that it lives."""
    make_settings()
    make_catch_all(make_pool(make_rep("Ana"), make_rep("Bob"), name="SMB"))
    publish(note="", user=None, now=now)
    monkeypatch.setattr(work_progress, "SAY_SECONDS", 0)
    monkeypatch.setattr(preview, "CHUNK", 2)
    imported = handed_in(csv(*(f"p{n}@x{n}.com,DE," for n in range(ROWS))), now)
    start.check(imported=imported, now=now)
    return imported


def test_the_preview_comes_although_a_lead_comes_in_between_any_two_rows(imported: Import, now: datetime) -> None:
    numbers = count()

    def come() -> None:
        try:
            receive_lead(facts={"email": f"mia{next(numbers)}@globex.com"}, now=now)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as others:
        run_next(clock=lambda: now, beat=lambda _: others.submit(come).result())

    row = fresh(imported)
    assert (row.status, row.work.error if row.work else "") == (Import.Status.READY, "")
    assert row.report["preview"]["looked_at"] == ROWS
    assert Lead.objects.count() >= ROWS
    assert Work.objects.get().starts == 1

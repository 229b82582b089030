"""A repair whose process is killed half-way: whoever runs it again finishes it, and nothing is done twice."""

from __future__ import annotations

import time
from collections import Counter
from datetime import datetime, timedelta
from subprocess import Popen

import pytest
from django.db.models import Count, Max
from pytest_django import Settings

from routing.clock import current_time
from routing.models import Assignment, Lead, LeadEvent, OutboxMessage, Posting, Rule, Work
from routing.services.deliver_alerts import deliver_alerts
from routing.services.publish import publish
from routing.services.receive_lead import receive_leads
from routing.services.route_pending import route_all
from routing.services.work import ABANDONED_AFTER, run_next
from routing.services.work import start as start_work
from tests.chaos.processes import start
from tests.factories import make_catch_all, make_pool, make_rep, make_settings
from tests.routing.lead_acts import sums
from tests.smtp import Sink, use

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.chaos]
LEADS = 250
PATIENCE = 60.0
LATER = ABANDONED_AFTER + timedelta(seconds=1)


def prepare() -> datetime:
    """Leads that version 1 gave to the wrong pool, and a repair that waits to be run."""
    now = current_time() - timedelta(minutes=1)
    make_settings()
    wrong, right = (make_pool(make_rep(), make_rep(), make_rep()) for _ in range(2))
    rule = make_catch_all(wrong)
    publish(note="wrong", user=None, now=now)
    receive_leads(submissions=[{"email": f"a@company{n}.example"} for n in range(LEADS)], now=now)
    route_all(now=now)
    OutboxMessage.objects.all().delete()  # the first alerts are no matter here
    Rule.objects.filter(pk=rule.pk).update(pool=right)
    publish(note="right", user=None, now=now)
    start_work(kind=Work.Kind.REPAIR, params={"from": 1, "apply": True}, user=None, now=current_time())
    return now


def moved() -> int:
    return Assignment.objects.filter(end_reason="repaired").count()


def kill_half_way(process: Popen[str]) -> None:
    """As soon as the first leads have moved."""
    until = time.monotonic() + PATIENCE
    while not moved() and time.monotonic() < until:
        time.sleep(0.002)
    process.kill()
    process.communicate()


def test_a_repair_that_was_killed_is_finished_by_the_next(settings: Settings) -> None:
    prepare()
    kill_half_way(start("tests.chaos.repairer"))
    half = moved()
    told = OutboxMessage.objects.due(current_time()).count()

    then = current_time() + LATER
    run_next(clock=lambda: then)

    assert (0 < half < LEADS, told) == (True, 0)
    assert Work.objects.get().status == Work.Status.DONE
    assert moved() == LeadEvent.objects.filter(kind="repaired").count() == LEADS
    assert Assignment.objects.current().count() == Lead.objects.owned().count() == LEADS
    assert Lead.objects.annotate(had=Count("assignments")).aggregate(most=Max("had"))["most"] == 2
    assert (sums(), Posting.objects.filter(kind="reversal").count()) == ({0}, LEADS)
    assert set(mails_by_person(settings, then).values()) == {1}


def mails_by_person(settings: Settings, now: datetime) -> Counter[str]:
    with Sink() as sink:
        use(settings, real=None, local=sink)
        while deliver_alerts(now=now):
            pass
        return Counter(sink.to)

"""What comes late at an inbound address, or once more: the newest counts, and nothing becomes two leads."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from routing.intake.bodies import Body, item_body
from routing.models import InboundAddress, Lead, Submission
from routing.services.change_lead import change_lead
from routing.services.inbound.receive import Taken, make_lead, map_body, take_in
from routing.services.inbound.review import try_again
from routing.services.submissions import store
from routing.services.submissions.unfinished import finish_begun
from tests.chaos.at_once import at_once
from tests.inbound.conftest import MAPPING, MIA, new_address

pytestmark = pytest.mark.django_db
SOON, MINUTES, HOUR = timedelta(seconds=30), timedelta(minutes=2), timedelta(hours=1)
NOBODY = {"contact": {"email": "nonsense"}, "id": "7"}
Finish = Callable[[InboundAddress, Submission, Body, datetime], Any]


def sized(employees: int) -> Body:
    return item_body(MIA | {"id": "7", "size": employees})


def keep(address: InboundAddress, body: Body, now: datetime, key: str = "") -> Submission:
    """It is kept, and whoever makes a lead of it is slow, or dies."""
    name = store.fingerprint(f"key:{key}" if key else "id:7")
    return store.begin(inbound=address, key=name, raw=body.raw, content_type=body.content_type, now=now).submission


def its_process(address: InboundAddress, kept: Submission, body: Body, now: datetime) -> Taken:
    return make_lead(submission=kept, address=address, mapped=map_body(address.mapping, body), now=now)


def the_clock(address: InboundAddress, kept: Submission, body: Body, now: datetime) -> None:
    finish_begun(now=now + MINUTES)


def its_sender(address: InboundAddress, kept: Submission, body: Body, now: datetime) -> Taken:
    return take_in(address=address, body=body, now=now + MINUTES)


def somebody(address: InboundAddress, kept: Submission, body: Body, now: datetime) -> None:
    store.refuse(kept, {"email": ["No."]})
    try_again(submission=kept, now=now + HOUR)


@pytest.mark.parametrize("finish", [its_process, the_clock, its_sender, somebody])
def test_who_goes_on_with_what_came_first_changes_nothing_that_came_later(
    address: InboundAddress, now: datetime, finish: Finish
) -> None:
    kept = keep(address, sized(10), now)
    take_in(address=address, body=sized(20), now=now + SOON)

    finish(address, kept, sized(10), now)

    lead = Lead.objects.get()
    kept.refresh_from_db()
    assert (lead.employees, kept.lead, kept.status) == (20, lead, Submission.Status.ACCEPTED)


def test_what_somebody_said_of_the_lead_meanwhile_counts(address: InboundAddress, now: datetime) -> None:
    lead = take_in(address=address, body=sized(10), now=now).lead
    assert lead
    keep(address, sized(20), now + SOON)
    change_lead(lead=lead, facts={"employees": 30}, now=now + 2 * SOON, actor="Sales ops")

    finish_begun(now=now + SOON + MINUTES)

    assert Lead.objects.get().employees == 30
    assert Submission.objects.filter(lead=lead).count() == 2


def test_what_somebody_said_of_the_lead_before_gives_way(address: InboundAddress, now: datetime) -> None:
    lead = take_in(address=address, body=sized(10), now=now).lead
    assert lead
    change_lead(lead=lead, facts={"employees": 30}, now=now + SOON, actor="Sales ops")

    take_in(address=address, body=sized(20), now=now + 2 * SOON)

    assert Lead.objects.get().employees == 20


def test_what_came_last_counts_however_late_a_lead_is_made_of_it(address: InboundAddress, now: datetime) -> None:
    take_in(address=address, body=sized(10), now=now)
    keep(address, sized(20), now + SOON)

    finish_begun(now=now + SOON + MINUTES)

    assert Lead.objects.get().employees == 20


@pytest.mark.django_db(transaction=True)
def test_of_several_at_the_same_moment_the_newest_counts(address: InboundAddress, now: datetime) -> None:
    def send(number: int) -> None:
        take_in(address=address, body=sized(number), now=now + timedelta(milliseconds=number))

    at_once(*[partial(send, number) for number in (4, 2, 3, 1)])

    lead = Lead.objects.get()
    assert (lead.employees, lead.submissions.count()) == (4, 4)


def test_what_was_refused_and_comes_again_an_hour_later_is_news(address: InboundAddress, now: datetime) -> None:
    InboundAddress.objects.update(mapping={})
    address.refresh_from_db()
    take_in(address=address, body=sized(10), key="a", now=now)
    address.mapping = MAPPING
    take_in(address=address, body=sized(20), now=now + SOON)

    take_in(address=address, body=sized(10), key="a", now=now + HOUR)

    assert Lead.objects.get().employees == 10


def test_what_was_so_before_is_news_too_if_another_address_said_something_else(
    address: InboundAddress, now: datetime
) -> None:
    other = new_address(name="Fair").address
    for number, door in enumerate((address, other, address)):
        take_in(address=door, body=sized(20 if door is other else 10), now=now + number * HOUR)

    assert Lead.objects.get().employees == 10


def test_a_correction_sent_again_after_the_mistake_was_refused_is_the_same_lead(
    address: InboundAddress, now: datetime
) -> None:
    wrong, right = item_body(NOBODY), item_body(MIA)
    kept = keep(address, wrong, now, key="a")
    first = take_in(address=address, body=right, key="a", now=now)
    its_process(address, kept, wrong, now)

    again = take_in(address=address, body=right, key="a", now=now + HOUR)

    assert (again.lead, again.again) == (first.lead, True)


def test_nobody_reviews_what_was_corrected_while_its_process_died(address: InboundAddress, now: datetime) -> None:
    keep(address, item_body(NOBODY), now)
    take_in(address=address, body=sized(20), now=now + SOON)

    finish_begun(now=now + MINUTES)

    assert not Submission.objects.to_review().exists()
    assert (Lead.objects.get().employees, Lead.objects.get().submissions.count()) == (20, 2)


@pytest.mark.one_database("how it is asked, not what the answer is")
@pytest.mark.parametrize("body", [sized(10), item_body(MIA)])
def test_nothing_is_asked_for_in_the_order_of_time(address: InboundAddress, now: datetime, body: Body) -> None:
    """SQLite would read all that came in at the address, since another index is in that order."""
    take_in(address=address, body=body, now=now)

    with CaptureQueriesContext(connection) as asked:
        take_in(address=address, body=body, now=now)

    of_submissions = [query["sql"] for query in asked if 'FROM "routing_submission"' in query["sql"]]
    assert of_submissions
    assert not [sql for sql in of_submissions if "ORDER BY" in sql]

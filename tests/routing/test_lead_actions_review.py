"""Review: spam, duplicates by hand, and the way back."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from routing.models import Assignment, Lead, Posting
from routing.services.change_lead import change_lead
from routing.services.lead_actions import (
    Invalid,
    WrongState,
    decline,
    mark_duplicate,
    quarantine,
    reassign,
    restore,
    set_outcome,
)
from routing.services.merge_duplicates import merge_duplicates
from routing.services.privacy.erasing import erase_lead
from routing.services.receive_lead import receive_lead
from routing.services.route_pending import route_all
from tests.factories import make_lead
from tests.routing.lead_acts import balances, events, fresh, open_company, owner_of, routed, sums

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
JOINED = "Joined an earlier request of the same person, which"


@pytest.fixture(autouse=True)
def company(now: datetime) -> None:
    open_company(now)


def spam(lead: Lead, now: datetime) -> Lead:
    return quarantine(lead=lead, reason="casino", now=now, actor="Bo")


def join(lead: Lead, of: Lead, now: datetime) -> Lead:
    return mark_duplicate(lead=lead, of=of, now=now, actor="Bo")


def test_spam_goes_to_review_and_gives_the_turn_back(now: datetime) -> None:
    lead = routed(now)

    spam(lead, now)

    assert (fresh(lead).status, fresh(lead).screen_reason) == ("quarantined", "casino")
    assert Assignment.objects.get(lead=lead).end_reason == "reviewed"
    assert set(balances().values()) == {0}


def test_spam_twice_is_given_back_once(now: datetime) -> None:
    lead = routed(now)

    for _ in range(2):
        spam(lead, now)

    assert Posting.objects.filter(kind="reversal").count() == len(events(lead, "quarantined")) == 1


def test_a_turn_given_by_hand_is_given_back_too(now: datetime) -> None:
    lead = routed(now)
    first = owner_of(lead)
    after_first = balances()
    other = next(rep for rep in Assignment.objects.get(lead=lead).pool.members.all() if rep.rep_id != first.pk).rep
    reassign(lead=lead, rep=other, reason="", counts=True, now=now, actor="Bo")

    spam(lead, now)

    assert balances() == after_first
    assert sums() == {0}


def test_a_restored_lead_is_not_screened_again(now: datetime) -> None:
    lead = receive_lead(facts={"email": "mia@globex.com"}, honeypot="x", now=now).lead
    route_all(now=now)
    screened = fresh(lead).status

    restore(lead=lead, now=now, actor="Bo")
    route_all(now=now)

    assert (screened, fresh(lead).status) == ("quarantined", "assigned")
    assert events(lead, "restored") == [("Restored from: review", "Bo")]


def test_a_restored_duplicate_is_a_lead_of_its_own(now: datetime) -> None:
    first = routed(now)
    again = routed(now + MINUTE)
    joined = again.status

    restore(lead=again, now=now + MINUTE, actor="Bo")
    route_all(now=now + MINUTE)

    assert (joined, fresh(again).status, fresh(again).duplicate_of) == ("duplicate", "assigned", None)
    assert (fresh(again).method, fresh(again).owner) == ("returning", first.owner)


def test_restoring_twice_changes_nothing(now: datetime) -> None:
    lead = routed(now)
    spam(lead, now)

    for _ in range(2):
        restore(lead=lead, now=now, actor="Bo")

    assert len(events(lead, "restored")) == 1


def test_an_assigned_lead_is_not_restored(now: datetime) -> None:
    with pytest.raises(WrongState):
        restore(lead=routed(now), now=now, actor="Bo")


def test_a_duplicate_joins_the_original_with_what_it_says(now: datetime) -> None:
    first, second = routed(now), routed(now, email="mia@gmail.com", job_title="CTO")

    join(second, first, now)
    merge_duplicates(now=now)

    assert (fresh(second).status, fresh(second).duplicate_of, fresh(second).owner) == ("duplicate", first, None)
    assert fresh(first).job_title == "CTO"
    assert Posting.objects.filter(kind="reversal").count() == 1


def test_the_duplicates_of_a_duplicate_follow_it(now: datetime) -> None:
    first, second = make_lead(now), make_lead(now)
    third = make_lead(now, status="duplicate", duplicate_of=second)

    join(second, first, now)

    assert fresh(third).duplicate_of == first


def test_whoever_follows_a_duplicate_is_told_on_the_timeline(now: datetime) -> None:
    first, second = make_lead(now, first_name="Ada"), make_lead(now, first_name="Ben")
    third = make_lead(now, status="duplicate", duplicate_of=second)

    join(second, first, now)

    assert events(third, "duplicate") == [(f"Duplicate of {first.label}, as {second.label} is one too", "Bo")]


def test_spam_is_nobodys_original(now: datetime) -> None:
    first, again = routed(now), routed(now + MINUTE)
    joined = again.duplicate_of

    spam(first, now + MINUTE)

    reason = f"{JOINED} was marked as spam"
    row = fresh(again)
    assert (joined, row.status, row.duplicate_of, row.route_after) == (first, "quarantined", None, None)
    assert (row.screen_reason, events(again, "quarantined")) == (reason, [(reason, "Bo")])


@pytest.mark.parametrize("reason", ["spam", "duplicate"])
def test_what_joined_a_lead_that_was_declined_goes_to_review_too(now: datetime, reason: str) -> None:
    first, again = routed(now), routed(now + MINUTE)
    rep = owner_of(first)

    decline(lead=first, rep=rep, reason=reason, note="", now=now, actor=rep.name)

    assert fresh(again).status == "quarantined"
    assert fresh(again).screen_reason == f"{JOINED} {rep.name} declined as {reason}"


def test_what_joined_a_lead_keeps_it_through_another_kind_of_decline(now: datetime) -> None:
    first, again = routed(now), routed(now + MINUTE)
    rep = owner_of(first)

    decline(lead=first, rep=rep, reason="bad_data", note="", now=now, actor=rep.name)

    assert fresh(again).duplicate_of == first


def test_what_joined_a_lead_with_a_throwaway_address_goes_to_review_with_it(now: datetime) -> None:
    first, again = routed(now), routed(now + MINUTE)

    change_lead(lead=first, facts={"email": "mia@mailinator.com"}, now=now, actor="Bo")
    route_all(now=now + MINUTE)

    assert (fresh(first).status, fresh(again).status) == ("quarantined", "quarantined")
    assert events(again, "quarantined")[0][0].startswith(f"{JOINED} went to review: ")


def test_each_of_those_let_go_is_restored_on_its_own(now: datetime) -> None:
    first, second, third = (routed(now + n * MINUTE) for n in range(3))
    spam(first, now + 2 * MINUTE)

    restore(lead=third, now=now + 2 * MINUTE, actor="Bo")
    route_all(now=now + 2 * MINUTE)

    assert [fresh(lead).status for lead in (first, second, third)] == ["quarantined", "quarantined", "assigned"]
    assert fresh(third).owner is not None


def test_spam_with_many_duplicates_takes_no_more_statements(now: datetime) -> None:
    few, many = make_lead(now), make_lead(now)
    for original, count in ((few, 2), (many, 40)):
        for _ in range(count):
            make_lead(now, status="duplicate", duplicate_of=original)

    counts = []
    for original in (few, many):
        with CaptureQueriesContext(connection) as queries:
            spam(original, now)
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_an_erased_lead_takes_its_duplicates_along(now: datetime) -> None:
    first, again = routed(now), routed(now + MINUTE)

    erase_lead(lead=first, now=now)

    assert not Lead.objects.filter(pk__in=[first.pk, again.pk]).exists()


def test_a_lead_that_was_erased_a_moment_ago_is_not_found(now: datetime) -> None:
    first, second = make_lead(now), make_lead(now)
    erase_lead(lead=Lead.objects.get(pk=first.pk), now=now)

    with pytest.raises(Lead.DoesNotExist):
        join(second, first, now)


def test_a_lead_repeats_neither_itself_nor_a_duplicate_nor_spam(now: datetime) -> None:
    lead, other = make_lead(now), make_lead(now)
    wrong = [
        lead,
        make_lead(now, status="quarantined"),
        make_lead(now, status="duplicate", duplicate_of=other),
        make_lead(now, status="duplicate", duplicate_of=lead),
        make_lead(now, test=True),
    ]

    for of in wrong:
        with pytest.raises(Invalid):
            join(lead, of, now)


def test_joining_twice_is_noted_once(now: datetime) -> None:
    first, second = make_lead(now), make_lead(now)

    for _ in range(2):
        join(second, first, now)

    assert len(events(second, "duplicate")) == 1


def test_a_closed_lead_is_left_alone(now: datetime) -> None:
    lead = routed(now)
    set_outcome(lead=lead, stage="won", amount=None, reason="", now=now, actor="Ana")

    with pytest.raises(WrongState, match="closed"):
        spam(lead, now)

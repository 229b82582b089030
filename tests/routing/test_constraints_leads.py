"""The database refuses impossible leads, owners, decisions and messages."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from reps.models import Rep
from routing.models import (
    ApiKey,
    Assignment,
    Decision,
    EndReason,
    Identity,
    Lead,
    Offer,
    OutboxMessage,
    SharedLink,
    Signal,
    UsedKey,
)
from tests.factories import make_lead, make_owned_lead, make_pool, make_rep
from tests.routing.refusals import refused_by

pytestmark = pytest.mark.django_db


def assign(lead: Lead, rep: Rep, now: datetime, **fields: Any) -> Assignment:
    return Assignment.objects.create(**{"lead": lead, "rep": rep, "assigned_at": now, "method": "manual"} | fields)


def offer(lead: Lead, rep: Rep, now: datetime, **fields: Any) -> Offer:
    terms = {"kind": "claim", "pool": make_pool(), "offered_at": now, "until": now + timedelta(minutes=5)}
    return Offer.objects.create(lead=lead, rep=rep, **terms | fields)


def ended(now: datetime) -> dict[str, Any]:
    return {"ended_at": now, "end_reason": EndReason.DECLINED}


def test_a_person_or_company_twice_is_refused() -> None:
    Identity.objects.create(kind="email", key="mia@globex.com")

    with refused_by("identity_once"):
        Identity.objects.create(kind="email", key="mia@globex.com")


def test_an_identity_without_a_key_is_refused() -> None:
    with refused_by("identity_key_is_given"):
        Identity.objects.create(kind="email", key="")


def test_an_unknown_kind_of_identity_is_refused() -> None:
    with refused_by("identity_kind_is_known"):
        Identity.objects.create(kind="shoe", key="42")


def test_an_idempotency_key_twice_is_refused(now: datetime) -> None:
    key = ApiKey.objects.create(name="Website", digest="1")
    make_lead(now, api_key=key, idempotency_key="order-1")

    with refused_by("lead_idempotency_key_once"):
        make_lead(now, api_key=key, idempotency_key="order-1")


def test_leads_without_idempotency_key_are_not_the_same(now: datetime) -> None:
    key = ApiKey.objects.create(name="Website", digest="1")
    make_lead(now, api_key=key)

    assert make_lead(now, api_key=key).pk


def test_a_key_used_twice_to_change_leads_is_refused(now: datetime) -> None:
    key = ApiKey.objects.create(name="Website", digest="1")
    one, other = make_lead(now), make_lead(now)
    UsedKey.objects.create(api_key=key, key="order-1", lead=one)

    with refused_by("used_key_once"):
        UsedKey.objects.create(api_key=key, key="order-1", lead=other)


def test_a_used_key_without_api_key_is_refused_twice(now: datetime) -> None:
    lead = make_lead(now)
    UsedKey.objects.create(api_key=None, key="order-1", lead=lead)

    with refused_by("used_key_once_without_api_key"):
        UsedKey.objects.create(api_key=None, key="order-1", lead=lead)


def test_a_used_key_may_be_another_ones_too(now: datetime) -> None:
    website, crm = (ApiKey.objects.create(name=name, digest=name) for name in ("Website", "CRM"))
    lead = make_lead(now)
    UsedKey.objects.create(api_key=website, key="order-1", lead=lead)

    assert UsedKey.objects.create(api_key=crm, key="order-1", lead=lead).pk


def test_an_empty_used_key_is_refused(now: datetime) -> None:
    key, lead = ApiKey.objects.create(name="Website", digest="1"), make_lead(now)

    with refused_by("used_key_is_given"):
        UsedKey.objects.create(api_key=key, key="", lead=lead)


def test_an_external_id_twice_is_refused(now: datetime) -> None:
    make_lead(now, external_id="crm-1")

    with refused_by("lead_external_id_once"):
        make_lead(now, external_id="crm-1")


def test_an_unknown_status_is_refused(now: datetime) -> None:
    with refused_by("lead_status_is_known"):
        make_lead(now, status="lost")


@pytest.mark.parametrize("missing", ["owner", "owned_at"])
def test_an_assigned_lead_without_owner_is_refused(now: datetime, missing: str) -> None:
    owner = {"owner": make_rep(), "owned_at": now}

    with refused_by("lead_assigned_has_an_owner"):
        make_lead(now, status="assigned", **owner | {missing: None})


@pytest.mark.parametrize("status", ["pending", "quarantined"])
def test_an_owner_of_a_lead_that_is_not_assigned_is_refused(now: datetime, status: str) -> None:
    rep = make_rep()

    with refused_by("lead_owner_means_assigned_or_closed"):
        make_lead(now, status=status, owner=rep, owned_at=now)


def test_a_pending_lead_that_is_never_due_is_refused(now: datetime) -> None:
    with refused_by("lead_pending_is_due_some_time"):
        make_lead(now, route_after=None)


@pytest.mark.parametrize(
    "missing", [{"held_since": None}, {"hold_deadline_at": None}, {"route_after": None}, {"held_reason": ""}]
)
def test_a_waiting_lead_without_reason_or_deadline_is_refused(now: datetime, missing: dict[str, Any]) -> None:
    held = {"status": "held", "held_reason": "no_rule", "held_since": now, "hold_deadline_at": now}

    with refused_by("lead_held_has_reason_and_deadline"):
        make_lead(now, **held | missing)


def test_a_parked_lead_that_never_returns_is_refused(now: datetime) -> None:
    with refused_by("lead_parked_has_a_review_date"):
        make_lead(now, status="parked")


def test_a_duplicate_of_nothing_is_refused(now: datetime) -> None:
    with refused_by("lead_duplicate_names_the_original"):
        make_lead(now, status="duplicate")


def test_a_leads_email_in_capitals_is_refused(now: datetime) -> None:
    with refused_by("lead_email_is_lower_case"):
        make_lead(now, email="Mia@globex.com")


def test_a_second_owner_at_the_same_time_is_refused(now: datetime) -> None:
    rep, other = make_rep(), make_rep()
    lead = make_owned_lead(now, rep)
    assign(lead, rep, now)

    with refused_by("assignment_one_open_a_lead"):
        assign(lead, other, now, attempt=2)


def test_a_next_owner_after_the_first_is_allowed(now: datetime) -> None:
    rep = make_rep()
    lead = make_owned_lead(now, rep)
    assign(lead, rep, now, **ended(now))

    assert assign(lead, rep, now, attempt=2).pk


def test_an_attempt_twice_is_refused(now: datetime) -> None:
    rep = make_rep()
    lead = make_owned_lead(now, rep)
    assign(lead, rep, now, **ended(now))

    with refused_by("assignment_attempt_once"):
        assign(lead, rep, now)


def test_an_attempt_before_the_first_is_refused(now: datetime) -> None:
    rep = make_rep()
    lead = make_owned_lead(now, rep)

    with refused_by("assignment_attempt_from_1"):
        assign(lead, rep, now, attempt=0)


@pytest.mark.parametrize("missing", [{"ended_at": None}, {"end_reason": ""}])
def test_an_end_without_instant_or_reason_is_refused(now: datetime, missing: dict[str, Any]) -> None:
    rep = make_rep()
    lead = make_owned_lead(now, rep)

    with refused_by("assignment_end_has_a_reason"):
        assign(lead, rep, now, **ended(now) | missing)


def test_an_end_before_the_beginning_is_refused(now: datetime) -> None:
    rep = make_rep()
    lead = make_owned_lead(now, rep)

    with refused_by("assignment_ends_after_it_starts"):
        assign(lead, rep, now, **ended(now - timedelta(seconds=1)))


def test_a_second_open_offer_to_the_same_rep_is_refused(now: datetime) -> None:
    lead, rep = make_lead(now), make_rep()
    offer(lead, rep, now)

    with refused_by("offer_once"):
        offer(lead, rep, now, kind="exclusive")


def test_a_lead_may_be_offered_again_after_the_offer_has_ended(now: datetime) -> None:
    lead, rep = make_lead(now), make_rep()
    offer(lead, rep, now, ended_at=now, result="expired")

    assert offer(lead, rep, now).pk


def test_a_lead_may_be_offered_to_several_at_the_same_time(now: datetime) -> None:
    lead = make_lead(now)
    offer(lead, make_rep(), now)

    assert offer(lead, make_rep(), now).pk


@pytest.mark.parametrize("half", [{"ended_at": True}, {"result": "taken"}])
def test_an_offer_half_ended_is_refused(now: datetime, half: dict[str, Any]) -> None:
    lead, rep = make_lead(now), make_rep()
    fields = {key: now if value is True else value for key, value in half.items()}

    with refused_by("offer_end_has_a_result"):
        offer(lead, rep, now, **fields)


def test_a_signal_about_nobody_is_refused(now: datetime) -> None:
    with refused_by("signal_has_a_subject"):
        Signal.objects.create(kind="hiring", observed_at=now, received_at=now)


@pytest.mark.parametrize("subject", ["lead", "email", "domain"])
def test_a_signal_about_a_lead_a_person_or_a_company_is_allowed(now: datetime, subject: str) -> None:
    subjects = {"lead": make_lead(now), "email": "mia@globex.com", "domain": "globex.com"}

    assert Signal.objects.create(kind="hiring", observed_at=now, received_at=now, **{subject: subjects[subject]}).pk


@pytest.mark.parametrize("strength", [-0.1, 1.1])
def test_a_strength_that_is_no_share_is_refused(now: datetime, strength: float) -> None:
    with refused_by("signal_strength_is_a_share"):
        Signal.objects.create(domain="globex.com", kind="hiring", strength=strength, observed_at=now, received_at=now)


@pytest.mark.parametrize("days", [0, -1, 3_651, float("inf")])
def test_a_signal_that_never_fades_or_at_once_is_refused(now: datetime, days: float) -> None:
    with refused_by("signal_half_life_has_bounds"):
        Signal.objects.create(domain="globex.com", kind="hiring", half_life_days=days, observed_at=now, received_at=now)


@pytest.mark.parametrize("missing", [{"rep": None}, {"method": ""}])
def test_a_decision_for_nobody_or_by_no_way_is_refused(now: datetime, missing: dict[str, Any]) -> None:
    lead, rep = make_lead(now), make_rep()
    assigned: dict[str, Any] = {"outcome": "assigned", "rep": rep, "method": "direct", "decided_at": now}

    with refused_by("decision_assigned_names_rep_and_method"):
        Decision.objects.create(lead=lead, **assigned | missing)


def test_a_message_without_a_key_is_refused(now: datetime) -> None:
    with refused_by("outbox_key_is_given"):
        OutboxMessage.objects.create(key="", kind="alert", created_at=now, available_at=now)


@pytest.mark.parametrize("half", [{"done_at": True}, {"result": "sent"}])
def test_a_message_half_done_is_refused(now: datetime, half: dict[str, Any]) -> None:
    fields = {key: now if value is True else value for key, value in half.items()}

    with refused_by("outbox_done_has_a_result"):
        OutboxMessage.objects.create(key="alert:1:1", kind="alert", created_at=now, available_at=now, **fields)


def test_a_shared_link_that_ends_before_it_begins_is_refused(now: datetime) -> None:
    lead = make_lead(now)

    with refused_by("shared_link_ends_after_it_begins"):
        SharedLink.objects.create(lead=lead, created_at=now, ends_at=now)

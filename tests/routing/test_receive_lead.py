"""Taking submissions in: what is stored, replays, and leads that are known already."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routing.intake import FIELDS, InvalidLead
from routing.models import ApiKey, Identity, Lead, LeadEvent
from routing.services.receive_lead import KeyReused, Received, receive_lead, receive_leads
from tests.routing.plans import explained, full_scans

pytestmark = pytest.mark.django_db
EVERYTHING = {
    "email": "Mia.Chen@eu.globex.com",
    "first_name": "Mia",
    "last_name": "Chen",
    "phone": "+1 415 555 2671",
    "website": "https://www.globex.com",
    "company": "Globex Inc.",
    "kind": "demo",
    "form": "demo form",
    "campaign": "spring",
    "country": "USA",
    "region": "California",
    "postal_code": "94105",
    "city": "San Francisco",
    "industry": "energy",
    "employees": 101,
    "annual_revenue": 1000000,
    "expected_amount": "5000.50",
    "job_title": "Chief of everything",
    "source": "website",
    "language": "en-US",
    "product_interest": "routing",
    "message": "Hello",
    "utm": {"source": "x"},
    "attributes": {"size": "L", "tags": ["a", 1]},
    "external_id": "crm-1",
    "consent": True,
    "test": True,
}


@pytest.fixture
def key() -> ApiKey:
    return ApiKey.objects.create(name="website", digest="d", prefix="lr_x")


@pytest.fixture
def receive(now: datetime) -> Callable[..., Received]:
    def post(facts: dict[str, Any] | None = None, **options: Any) -> Received:
        return receive_lead(facts=facts or {"email": "mia@globex.com"}, now=now, **options)

    return post


def test_a_submission_becomes_a_pending_lead(receive: Any, now: datetime) -> None:
    lead = receive().lead

    stored = Lead.objects.get()
    assert (stored.pk, stored.status, stored.submitted_at, stored.route_after) == (lead.pk, "pending", now, now)
    assert (stored.email, stored.domain, stored.kind, stored.priority) == ("mia@globex.com", "globex.com", "other", 0)


def test_every_field_of_a_submission_is_kept(receive: Any) -> None:
    receive(EVERYTHING)

    stored = Lead.objects.values(*FIELDS).get()
    changed = {"email": "mia.chen@eu.globex.com", "phone": "+14155552671", "country": "US", "region": "US-CA"}
    changed |= {"language": "en", "expected_amount": 5000.5}
    assert stored == EVERYTHING | changed


def test_person_and_company_are_known_by_their_keys(receive: Any) -> None:
    lead = receive(EVERYTHING).lead

    assert {(row.kind, row.key) for row in Identity.objects.all()} == {
        ("email", "mia.chen@eu.globex.com"),
        ("phone", "+14155552671"),
        ("domain", "globex.com"),
    }
    assert lead.email_identity.key == lead.email
    assert lead.phone_identity.key == lead.phone
    assert lead.company_identity.key == lead.domain


def test_the_same_person_is_one_identity(receive: Any) -> None:
    first = receive({"email": "mia@globex.com"}).lead
    again = receive({"email": "MIA@Globex.com", "phone": "+1 415 555 2671"}).lead

    assert first.email_identity_id == again.email_identity_id
    assert first.company_identity_id == again.company_identity_id


def test_free_mail_is_no_company(receive: Any) -> None:
    assert receive({"email": "mia@gmail.com"}).lead.company_identity is None


def test_what_was_stripped_is_noted_with_the_lead(receive: Any) -> None:
    lead = receive({"email": "mia@globex.com", "attributes": {"note": "a\x00b\ud800"}}).lead

    event = LeadEvent.objects.get(lead=lead)
    assert event.kind == LeadEvent.Kind.CLEANED
    assert event.text.endswith("attributes.note")
    assert Lead.objects.get().attributes == {"note": "ab"}


def test_many_stripped_fields_fit_the_note(receive: Any) -> None:
    receive({"email": "mia@globex.com", "attributes": {f"{n:090}": "\x00" for n in range(100)}})

    assert len(LeadEvent.objects.get().text) == 500


def test_an_invalid_submission_writes_nothing(receive: Any) -> None:
    with pytest.raises(InvalidLead) as caught:
        receive({"email": "nobody", "owner": "x"})

    assert set(caught.value.errors) == {"email", "owner"}
    assert not Lead.objects.exists() and not Identity.objects.exists()


def test_a_suspicious_lead_is_kept_for_the_router_to_judge(receive: Any) -> None:
    lead = receive(honeypot="x").lead

    assert (lead.status, bool(lead.screen_reason)) == ("pending", True)


def test_an_address_in_any_script_satisfies_the_database(receive: Any) -> None:
    for address in ["İstanbul@globex.com", "ΣΊΣΥΦΟΣ@globex.com", "ǅ@globex.com", "Straẞe@globex.com", "ᏸ@globex.com"]:
        receive({"email": address})

    assert Lead.objects.count() == 5


STORABLE = st.text(st.characters(), max_size=30) | st.sampled_from(["US", "94105", "51-200", "mia@globex.com", "1e9"])


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.dictionaries(st.sampled_from(FIELDS), STORABLE, max_size=6),
    st.dictionaries(STORABLE, STORABLE | st.integers() | st.floats() | st.booleans() | st.lists(STORABLE), max_size=3),
)
def test_whatever_is_accepted_can_be_stored(receive: Any, facts: dict[str, Any], attributes: dict[str, Any]) -> None:
    with suppress(InvalidLead):
        receive({"email": "mia@globex.com"} | facts | {"attributes": attributes})


# --- replays ---------------------------------------------------------------------------------------------------


def test_a_replay_answers_with_the_first_lead(receive: Any, key: ApiKey) -> None:
    first = receive(api_key=key, idempotency_key="k", body_hash="h")
    again = receive(api_key=key, idempotency_key="k", body_hash="h")

    assert (again.lead, again.replayed, first.replayed) == (first.lead, True, False)
    assert Lead.objects.count() == 1


def test_a_key_with_another_body_is_refused(receive: Any, key: ApiKey) -> None:
    receive(api_key=key, idempotency_key="k", body_hash="h")

    with pytest.raises(KeyReused):
        receive(api_key=key, idempotency_key="k", body_hash="other")


def test_another_program_may_use_the_same_key(receive: Any, key: ApiKey) -> None:
    other = ApiKey.objects.create(name="other", digest="e", prefix="lr_y")
    receive(api_key=key, idempotency_key="k", body_hash="h")

    assert not receive(api_key=other, idempotency_key="k", body_hash="h").replayed


def test_without_a_key_every_submission_is_a_lead(receive: Any, key: ApiKey) -> None:
    receive(api_key=key)
    receive(api_key=key)

    assert Lead.objects.count() == 2


def test_a_known_external_id_brings_news_about_its_lead(receive: Any) -> None:
    first = receive({"email": "mia@globex.com", "external_id": "crm-1", "company": "Globex"})

    again = receive({"email": "mia@globex.com", "external_id": "crm-1", "job_title": "CTO"})

    assert (again.lead, again.replayed, again.changed, first.changed) == (first.lead, False, True, False)
    assert (again.lead.company, again.lead.job_title) == ("Globex", "CTO")
    assert Lead.objects.count() == 1


def test_news_that_cannot_be_used_is_refused(receive: Any) -> None:
    receive({"email": "mia@globex.com", "external_id": "crm-1"})

    with pytest.raises(InvalidLead) as caught:
        receive({"email": "mia@globex.com", "external_id": "crm-1", "test": True})
    assert set(caught.value.errors) == {"test"}


def test_news_with_a_key_counts_once(receive: Any, key: ApiKey) -> None:
    receive({"email": "mia@globex.com", "external_id": "crm-1"}, api_key=key, idempotency_key="k1", body_hash="1")
    news = {"email": "mia@globex.com", "external_id": "crm-1", "job_title": "CTO"}
    receive(news, api_key=key, idempotency_key="k2", body_hash="2")
    receive({**news, "job_title": "CEO"}, api_key=key, idempotency_key="k3", body_hash="3")

    again = receive(news, api_key=key, idempotency_key="k2", body_hash="2")

    assert (again.replayed, Lead.objects.get().job_title) == (True, "CEO")


def test_news_with_a_key_of_other_news_is_refused(receive: Any, key: ApiKey) -> None:
    facts = {"email": "mia@globex.com", "external_id": "crm-1"}
    receive(facts)
    receive(facts, api_key=key, idempotency_key="k", body_hash="1")

    with pytest.raises(KeyReused):
        receive(facts, api_key=key, idempotency_key="k", body_hash="2")


def test_a_replay_with_an_external_id_is_a_replay(receive: Any, key: ApiKey) -> None:
    facts = {"email": "mia@globex.com", "external_id": "crm-1"}
    receive(facts, api_key=key, idempotency_key="k", body_hash="h")

    assert receive(facts, api_key=key, idempotency_key="k", body_hash="h").replayed


# --- cost ------------------------------------------------------------------------------------------------------


TURN = 1 if connection.vendor == "postgresql" else 0
"""Whoever is being erased is waited for; SQLite has one lock."""


def test_a_plain_submission_takes_five_queries(receive: Any, django_assert_num_queries: Any) -> None:
    # the first asks who was erased, the last which webhooks listen; and a savepoint, as this test is in a transaction
    with django_assert_num_queries(5 + 2 + TURN):
        receive(EVERYTHING | {"external_id": None, "source": None, "consent": None})


def test_a_source_costs_one_query_more(receive: Any, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(6 + 2 + TURN):  # which version is published
        receive(EVERYTHING | {"external_id": None, "consent": None})


def test_consent_costs_one_query_more(receive: Any, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(6 + 2 + TURN):
        receive(EVERYTHING | {"external_id": None, "source": None})


def test_a_submission_with_key_and_external_id_takes_six_queries(
    receive: Any, key: ApiKey, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(6 + 2 + TURN):
        receive(EVERYTHING | {"source": None, "consent": None}, api_key=key, idempotency_key="k", body_hash="h")


def test_a_replay_takes_one_query(receive: Any, key: ApiKey, django_assert_num_queries: Any) -> None:
    receive(EVERYTHING, api_key=key, idempotency_key="k", body_hash="h")

    with django_assert_num_queries(1):
        receive(EVERYTHING, api_key=key, idempotency_key="k", body_hash="h")


def test_looking_for_a_replay_reads_no_whole_table(receive: Any, key: ApiKey, now: datetime) -> None:
    receive_leads(submissions=[{"email": f"x{n}@gmail.com", "external_id": f"x{n}"} for n in range(500)], now=now)

    with explained("routing_lead") as plans:
        receive(EVERYTHING, api_key=key, idempotency_key="k", body_hash="h")

    assert plans and not full_scans(plans, "routing_lead")


# --- many at once ----------------------------------------------------------------------------------------------


def test_many_submissions_are_stored_in_their_order(now: datetime) -> None:
    leads = receive_leads(submissions=[{"email": f"x{n}@globex.com"} for n in range(3)], now=now)

    assert [lead.email for lead in Lead.objects.order_by("pk")] == [lead.email for lead in leads]
    assert {lead.priority for lead in leads} == {Lead.Priority.IMPORTED}
    assert len({lead.company_identity_id for lead in leads}) == 1


def test_a_submission_of_an_import_may_say_when_it_came_in(now: datetime) -> None:
    monday = now - timedelta(days=8)

    (lead,) = receive_leads(submissions=[{"email": "mia@globex.com", "submitted_at": monday}], now=now)

    assert (lead.submitted_at, lead.route_after) == (monday, monday)


def test_one_bad_row_stores_nothing_and_is_named(now: datetime) -> None:
    with pytest.raises(InvalidLead) as caught:
        receive_leads(submissions=[{"email": "mia@globex.com"}, {"email": "nobody"}], now=now)

    assert set(caught.value.errors) == {"2.email"}
    assert not Lead.objects.exists()


def test_stripped_characters_are_noted_with_each_lead_of_many(now: datetime) -> None:
    first, second = receive_leads(submissions=[{"email": "a@x.com\x00"}, {"email": "b@x.com"}], now=now)

    assert LeadEvent.objects.get().lead == first


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite takes few values a statement")
def test_the_number_of_queries_does_not_grow_with_the_submissions(now: datetime) -> None:
    few, many = ([{"email": f"x{n}@y{n}.com"} for n in range(count)] for count in (2, 200))

    with CaptureQueriesContext(connection) as for_few:
        receive_leads(submissions=few, now=now)
    with CaptureQueriesContext(connection) as for_many:
        receive_leads(submissions=many, now=now)

    assert len(for_few) == len(for_many)


def test_no_submissions_are_no_leads(now: datetime) -> None:
    assert receive_leads(submissions=[], now=now) == []


# --- at the same moment ----------------------------------------------------------------------------------------


def _at_once(count: int, task: Callable[[int], Any]) -> list[Any]:
    """Run the task in so many threads, all let go at the same moment, each with a connection of its own."""
    start = threading.Barrier(count)

    def run(number: int) -> Any:
        try:
            start.wait(timeout=30)
            return task(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(run, range(count)))


@pytest.mark.django_db(transaction=True)
def test_sixteen_twins_at_once_are_one_lead(receive: Any, key: ApiKey) -> None:
    got = _at_once(16, lambda _: receive(EVERYTHING, api_key=key, idempotency_key="k", body_hash="h"))

    assert {received.lead.pk for received in got} == {Lead.objects.get().pk}
    assert sorted(received.replayed for received in got) == [False] + [True] * 15


@pytest.mark.django_db(transaction=True)
def test_eight_twins_with_news_at_once_change_the_lead_once(receive: Any, key: ApiKey) -> None:
    receive({"email": "mia@globex.com", "external_id": "crm-1"})
    news = {"email": "mia@globex.com", "external_id": "crm-1", "job_title": "CTO"}

    got = _at_once(8, lambda _: receive(news, api_key=key, idempotency_key="k", body_hash="h"))

    assert sorted(received.changed for received in got) == [False] * 7 + [True]
    assert LeadEvent.objects.filter(kind="edited").count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_key_with_sixteen_bodies_is_one_lead(receive: Any, key: ApiKey) -> None:
    def post(number: int) -> str:
        try:
            receive(EVERYTHING | {"external_id": None}, api_key=key, idempotency_key="k", body_hash=str(number))
        except KeyReused:
            return "refused"
        return "stored"

    assert sorted(_at_once(16, post)) == ["refused"] * 15 + ["stored"]
    assert Lead.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_colleagues_at_once_share_their_company(receive: Any) -> None:
    domains = ["globex.com", "acme.com", "initech.com"]

    got = _at_once(12, lambda number: receive({"email": f"x{number}@{domains[number % 3]}", "phone": "+14155552671"}))

    assert len(got) == Lead.objects.count() == 12
    assert Identity.objects.filter(kind="domain").count() == 3
    assert Lead.objects.values("phone_identity").distinct().count() == 1
    assert not Lead.objects.filter(company_identity=None).exists()

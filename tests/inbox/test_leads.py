"""What a rep does with their leads in the inbox."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from routing.models import Assignment, LeadEvent, Offer
from tests.factories import make_lead, make_pool, make_rep
from tests.inbox.conftest import browser_of


@pytest.fixture
def lead(ana, give):
    return give(ana)


@pytest.fixture
def offered(ana, now):
    lead = make_lead(now, status="held", held_reason="offered", held_since=now, hold_deadline_at=now, company="Globex")
    Offer.objects.create(
        lead=lead, rep=ana, kind="claim", pool=make_pool(ana), offered_at=now, until=now + timedelta(minutes=5)
    )
    return lead


def do(client, lead, act, **sent):
    return client.post(f"/inbox/leads/{lead.uuid}/{act}/", sent)


def page_of(client, lead) -> str:
    return client.get(f"/inbox/leads/{lead.uuid}/").content.decode()


def assignment_of(lead) -> Assignment:
    return Assignment.objects.get(lead=lead, attempt=1)


def test_the_list_shows_the_most_urgent_first(anas, ana, give, now):
    calm, urgent = give(ana), give(ana)
    Assignment.objects.filter(lead=urgent).update(due_at=now + timedelta(seconds=10))

    shown = re.findall(r'data-lead="([\w-]+)"', anas.get("/inbox/").content.decode())

    assert shown == [str(urgent.uuid), str(calm.uuid)]


def test_an_empty_list_says_so(anas):
    assert b"Nothing to answer" in anas.get("/inbox/").content


def test_accepting_is_one_post_and_a_double_click_is_harmless(anas, lead):
    do(anas, lead, "accept")
    again = do(anas, lead, "accept")

    assert again.status_code == 302
    assert LeadEvent.objects.filter(lead=lead, kind="accepted", actor="Ana Diaz").count() == 1


def test_declining_ends_the_ownership(anas, lead):
    do(anas, lead, "decline", reason="no_capacity")

    assert assignment_of(lead).decline_reason == "no_capacity"


def test_a_second_decline_is_no_error(anas, lead):
    do(anas, lead, "decline", reason="no_capacity")

    assert do(anas, lead, "decline", reason="no_capacity").status_code == 302


def test_a_decline_without_reason_asks_again(anas, lead):
    assert do(anas, lead, "decline").status_code == 400
    assert assignment_of(lead).ended_at is None


def test_a_call_is_noted_by_a_script(anas, lead):
    response = anas.post(f"/inbox/leads/{lead.uuid}/call/", headers={"X-Requested-With": "fetch"})

    assert response.status_code == 204
    assert assignment_of(lead).channel == "call"


def test_without_script_the_call_page_dials(anas, lead):
    assert b'href="tel:+14155552671"' in do(anas, lead, "call").content


def test_a_call_counts_once_within_a_double_click(anas, lead):
    do(anas, lead, "call")
    do(anas, lead, "call")

    assert LeadEvent.objects.filter(lead=lead, kind="responded").count() == 1


@pytest.mark.one_database("PostgreSQL tells the time itself, and nobody stops its clock")
def test_a_later_call_is_noted_too(anas, lead, now):
    do(anas, lead, "call")
    with time_machine.travel(now + timedelta(minutes=2), tick=False):
        do(anas, lead, "call")

    assert LeadEvent.objects.filter(lead=lead, kind="responded").count() == 2


def test_an_answer_carries_its_note(anas, lead):
    do(anas, lead, "answer", channel="meeting", note="On Friday")

    assert LeadEvent.objects.get(lead=lead, kind="responded").text.endswith("On Friday")


def test_an_outcome_closes_the_lead(anas, lead):
    do(anas, lead, "outcome", stage="won", amount="1200", reason="signed")

    lead.refresh_from_db()
    assert (lead.status, lead.amount) == ("closed", 1200)


def test_an_amount_below_zero_is_refused(anas, lead):
    response = do(anas, lead, "outcome", stage="won", amount="-1")

    assert response.status_code == 400
    assert b"greater than or equal to 0" in response.content


def test_passing_to_a_colleague_gives_them_the_lead(anas, lead, bob):
    do(anas, lead, "pass", to=bob.pk, reason="Knows them")

    lead.refresh_from_db()
    assert lead.owner == bob


def test_passing_twice_is_harmless(anas, lead, bob):
    do(anas, lead, "pass", to=bob.pk, reason="Knows them")

    assert do(anas, lead, "pass", to=bob.pk, reason="Knows them").status_code == 302
    assert Assignment.objects.filter(lead=lead).count() == 2


def test_nobody_inactive_can_be_chosen(anas, lead):
    gone = make_rep("Gone", active=False)

    assert do(anas, lead, "pass", to=gone.pk, reason="x").status_code == 400


def test_acting_on_a_lead_that_moved_says_who_has_it(anas, lead, bob):
    do(anas, lead, "pass", to=bob.pk, reason="Knows them")

    response = do(anas, lead, "accept")

    assert response.status_code == 409
    assert b"Bob Ray has this lead now." in response.content


def test_a_lead_that_left_is_told_by_name_and_reason_alone(anas, lead, bob):
    do(anas, lead, "pass", to=bob.pk, reason="Knows them")

    anas.get("/inbox/")  # shows what was done
    page = page_of(anas, lead)

    assert "Bob Ray has it now." in page
    assert lead.email not in page
    assert "Brightwater" not in page


def test_the_list_tells_what_has_gone(anas, lead, bob):
    do(anas, lead, "pass", to=bob.pk, reason="Knows them")
    anas.get("/inbox/")  # shows what was done

    page = anas.get("/inbox/").content.decode()

    assert "Recently gone" in page
    assert "Brightwater" not in page


@pytest.mark.one_database("PostgreSQL tells the time itself, and nobody stops its clock")
def test_the_page_says_how_late_it_is_there(anas, lead):
    assert "08:00 in Los Angeles" in page_of(anas, lead)


def test_codes_are_told_by_their_names(anas, ana, give):
    lead = give(ana, country="GR", region="GR-I", language="el", phone="")

    facts = dict(fact[:2] for fact in anas.get(f"/inbox/leads/{lead.uuid}/").context["facts"])

    assert [facts[name] for name in ("Country", "Region", "Language")] == ["Greece", "Attikí", "Modern Greek"]


def test_an_offer_can_be_declined(anas, offered):
    do(anas, offered, "decline", reason="no_capacity")

    assert Offer.objects.get(lead=offered).result == "declined"


@pytest.mark.one_database("PostgreSQL tells the time itself, and nobody stops its clock")
def test_an_offer_is_shown_with_a_button_to_take_it(anas, offered):
    page = anas.get("/inbox/").content.decode()

    assert f"/inbox/leads/{offered.uuid}/take/" in page
    assert "Globex" in page


def test_pages_of_a_rep_are_kept_nowhere(anas, lead):
    for address in ("/inbox/", f"/inbox/leads/{lead.uuid}/", "/inbox/numbers/", "/inbox/pulse/", "/inbox/nowhere-x/"):
        response = anas.get(address)
        if response.status_code == 200:
            assert response["Cache-Control"] == "no-store"


def test_the_policy_allows_nothing_unsafe_and_no_stranger(anas):
    policy = anas.get("/inbox/")["Content-Security-Policy"]

    assert "unsafe" not in policy
    assert "http" not in policy


def test_what_a_lead_typed_is_only_text(anas, ana, give):
    evil = '"><img src=x onerror=alert(1)>'
    lead = give(
        ana, first_name=evil, company=evil, message=evil, job_title=evil, website="javascript:alert(1)", source=evil,
        attributes={evil: evil},
    )  # fmt: skip

    pages = anas.get("/inbox/").content.decode() + page_of(anas, lead)

    assert "<img src=x" not in pages
    assert 'href="javascript:' not in pages


class TestPulse:
    """The small answer that keeps an open page up to date."""

    def mark(self, client) -> str:
        return client.get("/inbox/pulse/")["ETag"]

    def test_nothing_new_costs_two_queries(self, anas, lead):
        mark = self.mark(anas)
        with CaptureQueriesContext(connection) as queries:
            response = anas.get("/inbox/pulse/", headers={"If-None-Match": mark})

        assert response.status_code == 304
        asked = [query["sql"] for query in queries if "clock_timestamp" not in query["sql"]]
        assert len(asked) == 2

    @pytest.mark.parametrize(
        "change",
        [
            lambda lead, ana, give: give(ana),
            lambda lead, ana, give: Assignment.objects.filter(lead=lead).update(due_at=lead.submitted_at),
            lambda lead, ana, give: Assignment.objects.filter(lead=lead).update(accepted_at=lead.submitted_at),
            lambda lead, ana, give: Assignment.objects.filter(lead=lead).update(responded_at=lead.submitted_at),
            lambda lead, ana, give: Assignment.objects.filter(lead=lead).update(
                ended_at=lead.submitted_at, end_reason="too_slow"
            ),
        ],
    )
    def test_whatever_changes_the_list_changes_the_mark(self, anas, ana, lead, give, change):
        mark = self.mark(anas)
        change(lead, ana, give)

        assert anas.get("/inbox/pulse/", headers={"If-None-Match": mark}).status_code == 200

    def test_an_offer_changes_the_mark(self, anas, ana, lead, now):
        mark = self.mark(anas)
        Offer.objects.create(lead=make_lead(now), rep=ana, kind="claim", offered_at=now, until=now)

        assert self.mark(anas) != mark

    def test_whoever_is_not_signed_in_gets_nothing(self, client, db):
        assert client.get("/inbox/pulse/").status_code == 401

    def test_a_changed_password_ends_it(self, anas, ana):
        ana.user.set_password("another good one")
        ana.user.save()

        assert anas.get("/inbox/pulse/").status_code == 401

    def test_a_user_switched_off_gets_nothing(self, anas, ana):
        ana.user.is_active = False
        ana.user.save()

        assert anas.get("/inbox/pulse/").status_code == 401


def test_the_list_costs_as_much_with_many_leads(anas, ana, give):
    give(ana)
    with CaptureQueriesContext(connection) as few:
        anas.get("/inbox/")
    for _ in range(5):
        give(ana)
    with CaptureQueriesContext(connection) as many:
        anas.get("/inbox/")

    assert len(many) == len(few)


def test_browser_of_a_stranger_sees_nothing_of_it(bob, lead):
    assert browser_of(bob).get(f"/inbox/leads/{lead.uuid}/").status_code == 404

"""POST /in/KEY: somebody who asked never to be taken in again, and somebody who is erased just now."""

from __future__ import annotations

import pytest

from routing.models import Lead, Submission
from routing.services.inbound import receive
from routing.services.privacy import suppress
from routing.services.privacy.erasing import erase_person
from tests.inbound.conftest import MIA

pytestmark = pytest.mark.django_db
ADDRESS = MIA["contact"]["email"]
LEO = {"id": "7", "contact": {"email": "leo@example.com", "name": "Leo"}}
REASON = "asked to be erased"


@pytest.fixture
def refused(send, now):
    """What is answered if a known lead becomes theirs."""
    suppress([ADDRESS], now=now)
    send(LEO)
    return send({"id": "7", "contact": {"email": ADDRESS, "name": "Mia", "phone": "+49 40 1234567"}})


def test_nothing_of_theirs_is_written_onto_a_known_lead(refused):
    lead = Lead.objects.get()

    assert (lead.email, lead.first_name, lead.phone) == ("leo@example.com", "Leo", "")


def test_it_waits_in_review_with_the_reason(refused):
    kept = Submission.objects.latest("pk")

    assert (refused.status_code, kept.status, kept.lead) == (422, "invalid", None)
    assert REASON in kept.errors["email"][0]


def test_the_sender_is_not_told_who_asked_to_be_erased(refused):
    assert "erased" not in refused.content.decode()
    assert list(refused.json()["errors"]) == [""]


BESIDE = [
    {"email": ["mia@globex.com", "leo@example.com"], "name": "Leo"},
    {"email": "mia@globex.com", "phone": ["+49 40 1234567", "+49 40 7654321"], "name": "Leo"},
    {"email": "mia@globex.com", "phone": ["+49 40 1234567", "040 / 765 43 21"], "name": "Leo"},
]


@pytest.mark.parametrize("contact", BESIDE)
def test_nothing_of_who_stands_beside_another_is_written_onto_a_known_lead(send, now, contact):
    suppress(["leo@example.com", "+49407654321"], now=now)
    send({"id": "7"} | MIA)

    answer = send({"id": "7", "contact": contact})

    lead = Lead.objects.get()
    assert (answer.status_code, lead.first_name, lead.attributes) == (422, "Mia", {})
    assert list(answer.json()["errors"]) == [""]
    assert REASON in Submission.objects.latest("pk").errors[f"attributes.contact.{list(contact)[-2]}"][0]


@pytest.mark.parametrize("contact", BESIDE)
def test_who_stands_beside_another_has_people_look_at_a_new_lead(send, now, contact):
    suppress(["leo@example.com", "+49407654321"], now=now)

    send({"contact": contact})

    assert Lead.objects.get().screen_reason == REASON


def test_what_a_lead_has_of_theirs_already_stays(send, now):
    send({"id": "7", "contact": BESIDE[0]})
    suppress(["leo@example.com"], now=now)

    answer = send({"id": "7", "agreed": False})

    assert (answer.status_code, Lead.objects.get().consent) == (202, False)


@pytest.fixture
def erased_in_hand(monkeypatch, now):
    """Whoever is sent next is erased when it was kept, before anything is made of it."""

    def arranged(**options):
        erased, real = [], receive.with_own_id

        def after_an_erasure(*given):
            if not erased:
                erased.append(erase_person(email=ADDRESS, now=now, **options))
            return real(*given)

        monkeypatch.setattr(receive, "with_own_id", after_an_erasure)

    return arranged


def test_erased_while_it_was_in_hand_it_came_after_that(send, erased_in_hand):
    erased_in_hand(never_again=True)

    answer = send(MIA)

    assert (answer.status_code, Submission.objects.get().lead) == (202, Lead.objects.get())
    assert Lead.objects.get().screen_reason == REASON


def test_so_do_news_about_a_known_lead(send, erased_in_hand):
    send(LEO)
    erased_in_hand()

    answer = send({"id": "7"} | MIA)

    assert (answer.status_code, Lead.objects.get().email) == (202, ADDRESS)
    assert Submission.objects.latest("pk").lead == Lead.objects.get()
